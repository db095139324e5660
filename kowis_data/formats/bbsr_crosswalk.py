"""Crosswalk sheets of the BBSR (Umsteigeschlüssel): which share of an old region lies in which new one.

A sheet carries one date to another: `ref-gemeinden-ab-2020` from year to year,
`ref-gemeinden-umrech-2021-1990-1999` and its likes each year to one target. Weights by area, by population
and (not always) by jobs.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kowis_data.formats.cells import (
    cell_text,
    digits,
    find_date,
    german_date,
    has_formula,
    normalise,
    numbers,
    texts,
)
from kowis_data.formats.excel_sheets import read_sheet
from kowis_data.formats.reading import REFUSED_COLUMNS, Format, FormatError
from kowis_data.formats.refusals import Refusals
from kowis_data.keys import STATE_KEYS

CROSSWALK_FORMAT = Format(
    format_id="bbsr_crosswalk",
    title="BBSR-Umsteigeschlüssel",
    versions=("Umsteigeschlüssel Gemeinden oder Kreise, je Blatt ein Gebietsstand zu einem anderen",),
    gives="crosswalk",
)
# Weights of one old region add up to 1; the publisher rounds to four digits.
WEIGHT_TOLERANCE = 0.002
_LEVELS = {"gemeinden": "municipality", "kreise": "county"}
_WEIGHTS = {
    "weight_area": "flachen",
    "weight_population": "bevolkerungs",
    "weight_employees": "beschaftigten",
}
_FIGURES = {"area_km2": "flacheam", "population": "bevolkerungam", "employees": "sozialvers"}
COLUMNS = (
    "level", "from_key", "from_date", "from_name", "to_key", "to_date", "to_name",
    *_WEIGHTS, *_FIGURES, "from_ars", "to_ars", "sheet", "line",
)  # fmt: skip


@dataclass(frozen=True)
class Crosswalk:
    """A sheet: level, both dates, columns by name, factor of the counts ("in 100"), a note on its dates."""

    level: str
    from_date: datetime.date
    to_date: datetime.date
    columns: dict[str, int]
    factors: dict[str, int]
    note: str = ""


def find_crosswalk(sheet: str, rows: pd.DataFrame) -> Crosswalk | None:
    """The crosswalk on a sheet, None where its first row is no head of one.

    Raises FormatError where weights are there but keys or dates are not.
    """
    if rows.empty:
        return None
    heads = [cell_text(cell) or "" for cell in rows.iloc[0]]
    plain = [normalise(head) for head in heads]
    if not any("umsteigeschlussel" in head for head in plain):
        return None
    columns: dict[str, int] = {}
    for name, start in _WEIGHTS.items():
        _put(
            columns,
            name,
            [i for i, p in enumerate(plain) if p.startswith(start) and "umsteigeschlussel" in p],
        )
    for name, start in _FIGURES.items():
        _put(columns, name, [i for i, p in enumerate(plain) if p.startswith(start) and "umsteige" not in p])
    level = next((level for word, level in _LEVELS.items() if plain[0].startswith(word)), None)
    keys = [i for i, p in enumerate(plain) if re.fullmatch(r"(gemeinden|kreise)\d{8}", p)]
    regional = [i for i, p in enumerate(plain) if re.fullmatch(r"gemeindenregionalschlussel\d{8}", p)]
    names = [i for i, p in enumerate(plain) if re.match(r"(gemeinde|kreis)name", p)]
    dates = [find_date(heads[i]) for i in keys]
    if level is None or len(keys) != 2 or None in dates or "weight_area" not in columns:
        raise FormatError(
            "Umsteigeschlüssel in unbekanntem Aufbau.",
            where=f"Blatt „{sheet}“, Zeile {rows.index[0]}",
            expected="Spalten „Gemeinden 31.12.JJJJ“ (alt, neu), „flächenproportionaler Umsteigeschlüssel“",
            advice="Die Datei unverändert von bbsr.bund.de laden.",
        )
    columns["from_key"], columns["to_key"] = keys
    for name, found in (("ars", regional), ("name", names)):
        if len(found) == 2:
            columns[f"from_{name}"], columns[f"to_{name}"] = found
    factors = {
        name: int(match[1]) if (match := re.search(r"in (100|1000)\b", heads[columns[name]])) else 1
        for name in ("population", "employees")
        if name in columns
    }
    from_date, note = _date_by_sheet(sheet, dates[0])
    return Crosswalk(level, from_date, dates[1], columns, factors, note)


def _put(columns: dict[str, int], name: str, found: list[int]) -> None:
    if found:
        columns[name] = found[0]


def _date_by_sheet(sheet: str, date: datetime.date) -> tuple[datetime.date, str]:
    """The old date. Heads were copied from sheet to sheet (1990 says 1996): the sheet's name goes first."""
    match = re.match(r"(19|20)\d\d(?!\d)", sheet.strip())
    if not match or int(match[0]) == date.year:
        return date, ""
    by_name = date.replace(year=int(match[0]))
    return by_name, f"Blatt „{sheet}“: Der Kopf nennt den {german_date(date)}, der Name des Blatts gilt."


def read_crosswalk(
    path: Path, crosswalks: dict[str, Crosswalk]
) -> tuple[pd.DataFrame, pd.DataFrame, int, list[str]]:
    """All sheets of a workbook.

    Returns the table (columns `COLUMNS`; weights 0 to 1, counts in persons, dates dd.mm.yyyy), the refused
    rows, the number of rows read and notes.
    """
    tables, refused, notes, rows_read = [], [], [], 0
    for sheet, crosswalk in crosswalks.items():
        raw = read_sheet(path, sheet, crosswalk.columns.values())
        raw = raw[raw.index > raw.index[0]]
        rows_read += len(raw)
        notes += [crosswalk.note] if crosswalk.note else []
        table, refusals = _read_rows(raw, crosswalk)
        table = _repair_weights(table, sheet, notes)
        tables.append(table.assign(sheet=sheet, line=table.index))
        refusal_table = refusals.table()
        refusal_table["reason"] = f"Blatt „{sheet}“: " + refusal_table["reason"].astype("str")
        refused.append(refusal_table)
        if len(table) < len(raw) / 2:
            first = refusal_table.iloc[0]
            raise FormatError(
                f"Auf dem Blatt „{sheet}“ sind von {len(raw)} Zeilen nur {len(table)} lesbar.",
                where=f"Zeile {first['line']}: {first['reason']}",
                expected="je Zeile zwei Schlüssel und Gewichte zwischen 0 und 1",
                advice="Prüfen, ob Spalten vertauscht sind; sonst die Datei neu herunterladen.",
            )
    table = pd.concat(tables, ignore_index=True)
    return (
        table[list(COLUMNS)],
        pd.concat(refused, ignore_index=True)[list(REFUSED_COLUMNS)],
        rows_read,
        notes,
    )


def _read_rows(raw: pd.DataFrame, crosswalk: Crosswalk) -> tuple[pd.DataFrame, Refusals]:
    blank = pd.Series(None, index=raw.index, dtype=object)
    cells = {name: raw[column] for name, column in crosswalk.columns.items()}
    table = pd.DataFrame({name: blank for name in COLUMNS if name not in ("sheet", "line")})
    refusals = Refusals(raw)
    refusals.mark(has_formula(raw), "Eine Zelle enthält eine Formel statt eines Wertes")
    for side in ("from", "to"):
        key = digits(cells[f"{side}_key"], 8)
        key = key.where(key.str[:2].isin(STATE_KEYS), None)
        if crosswalk.level == "county":
            key = key.str[:5].where(key.str[5:] == "000", None)
        refusals.mark(key.isna(), "Ein Schlüssel fehlt oder hat nicht die richtige Länge")
        table[f"{side}_key"] = key
        table[f"{side}_name"] = texts(cells.get(f"{side}_name", blank))
        table[f"{side}_ars"] = digits(cells.get(f"{side}_ars", blank), 12)
    for name in _WEIGHTS:
        table[name], bad = numbers(cells.get(name, blank))
        refusals.mark(bad | (name in cells and table[name].isna()), "Ein Gewicht fehlt oder ist keine Zahl")
        refusals.mark((table[name] < 0) | (table[name] > 1.0001), "Ein Gewicht liegt nicht zwischen 0 und 1")
    for name in _FIGURES:
        figure, bad = numbers(cells.get(name, blank))
        refusals.mark(bad | (figure < 0), "Keine lesbare Zahl bei Fläche, Bevölkerung oder Beschäftigten")
        table[name] = (figure * crosswalk.factors.get(name, 1)).round(4)
    table["level"] = crosswalk.level
    table["from_date"], table["to_date"] = german_date(crosswalk.from_date), german_date(crosswalk.to_date)
    pairs = table[~refusals.mask]
    refusals.mark(pairs.duplicated(), "Wiederholung einer früheren Zeile")
    pairs = table[~refusals.mask]
    refusals.mark(
        pairs.duplicated(["from_key", "to_key"], keep=False),
        "Dasselbe Paar steht mehrfach mit anderen Gewichten",
    )
    return table[~refusals.mask], refusals


def _repair_weights(table: pd.DataFrame, sheet: str, notes: list[str]) -> pd.DataFrame:
    """Weights that do not add up to 1: those by population and jobs fall back to those by area.

    The publisher gives uninhabited areas the weight 1 in each of their parts (Rohrbrunner Forst 2020).
    """
    area_sum = table.groupby("from_key")["weight_area"].transform("sum")
    is_area_whole = (area_sum - 1).abs() <= WEIGHT_TOLERANCE
    if not is_area_whole.all():
        keys = sorted(set(table["from_key"][~is_area_whole]))
        notes.append(
            f"Blatt „{sheet}“: Die Flächengewichte von {len(keys)} Gebieten ergeben zusammen nicht 1"
            f" ({', '.join(keys[:5])}); sie werden nicht umgerechnet."
        )
        table = table[is_area_whole]
    table = table.copy()
    for name in ("weight_population", "weight_employees"):
        sums = table.groupby("from_key")[name].transform("sum", min_count=1)
        wrong = sums.notna() & ((sums - 1).abs() > WEIGHT_TOLERANCE)
        if wrong.any():
            keys = sorted(set(table["from_key"][wrong]))
            kind = "Bevölkerungs" if name == "weight_population" else "Beschäftigten"
            notes.append(
                f"Blatt „{sheet}“: {kind}gewichte von"
                f" {', '.join(keys[:5])} ergeben zusammen nicht 1; ersetzt durch Flächengewichte."
            )
            table[name] = table[name].mask(wrong, table["weight_area"])
    return table
