"""Reader of the Breitbandatlas: households with at least a given speed, by technology and municipality.

Delimiter and decimal mark differ by delivery, and so do the names of the columns. Neither the period nor
(in the commercial deliveries) whom the shares are about stands in the file: both come from its name, or
from the user.
"""

from __future__ import annotations

import re

import duckdb
import pandas as pd

from kowis_data.formats.breitbandatlas_columns import (
    SpeedColumn,
    facts,
    parse_column,
    period_of,
    reference_date,
    sector_of,
)
from kowis_data.formats.breitbandatlas_rows import (
    find_regions,
    make_long,
    read_cells,
    read_shares,
    tell_peculiarities,
)
from kowis_data.formats.cells import cell_text, has_formula
from kowis_data.formats.excel_sheets import is_workbook, preview
from kowis_data.formats.reading import (
    FEATURE_COLUMNS,
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
    SourceInfo,
)
from kowis_data.formats.refusals import Refusals
from kowis_data.formats.text_files import decode, looks_like_html

SPOKEN_NAMES = "Spalten „alle Technologien ≥ 50 Mbit/s“ (2018 bis 2021)"
CODED_NAMES = "Spalten „verf_300_50“ oder „100_50“ (2010 bis 2021)"
FORMAT = Format(
    format_id="breitbandatlas", title="Breitbandatlas", versions=(SPOKEN_NAMES, CODED_NAMES), gives="values"
)
ATLAS_URL = "https://gigabitgrundbuch.bund.de"

_KEY_HEADS = ("ags", "gemeindeschlüssel", "kennziffer", "gem", "staat")
_DELIMITERS = (";", ",", "\t", "|")


def recognise(sample: Sample) -> Recognition | None:
    """Recognise the atlas by its columns, in text or on a sheet of a workbook.

    Raises FormatError for the atlas's data on a grid and for deliveries whose columns are unknown.
    """
    if is_workbook(sample.head):
        return _recognise_workbook(sample)
    if b"\x00" in sample.head and not sample.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    text, encoding = decode(sample.head)
    if not text.strip() or looks_like_html(text):
        return None
    first = text.lstrip("\r\n").splitlines()[0]
    for delimiter in _DELIMITERS:
        heads = [head.strip().strip('"').strip() for head in first.split(delimiter)]
        if len(heads) > 1 and (recognition := _recognise_heads(heads, sample.name)):
            recognition.options.update(delimiter=delimiter)
            recognition.details["Trennzeichen"] = {"\t": "Tabulator"}.get(delimiter, delimiter)
            recognition.details["Zeichensatz"] = encoding
            return recognition
    if "Mbit/s" in first and re.search(r"Technologien|FTTH|DSL", first):
        raise FormatError(
            "Der Breitbandatlas hat ein unbekanntes Trennzeichen oder unbekannte Spalten.",
            where="Zeile 1",
            expected="Semikolon, Komma oder Tabulator; " + "; ".join(FORMAT.versions),
            advice="Die Datei unverändert einlesen, wie sie ausgeliefert wurde.",
        )
    return None


def _recognise_workbook(sample: Sample) -> Recognition | None:
    for sheet, rows in preview(sample.path).items():
        if rows.empty:
            continue
        heads = [cell_text(cell) or "" for cell in rows.iloc[0]]
        if recognition := _recognise_heads(heads, sample.name):
            recognition.options.update(sheet=sheet, first_row=int(rows.index[0]) + 1)
            recognition.details["Tabellenblatt"] = sheet
            return recognition
    return None


def _recognise_heads(heads: list[str], name: str) -> Recognition | None:
    key = next((i for i, head in enumerate(heads) if head.lower() in _KEY_HEADS), None)
    if key is None:
        return None
    columns = {i: column for i, head in enumerate(heads) if (column := parse_column(head))}
    if any(head.lower().startswith("down_fn_") for head in heads):
        raise _unknown("Rasterdaten der Bundesnetzagentur ab 2022 (Spalten „down_fn_…“)")
    if not columns:
        if {"technologie", "verfügbarkeit"} <= {head.lower() for head in heads}:
            raise _unknown("Mobilfunkstatistik nach Flächenart")
        return None
    twice = [f"{c.title} ≥ {c.speed}" for c in columns.values() if list(columns.values()).count(c) > 1]
    if twice:
        raise FormatError(
            "Eine Spalte des Breitbandatlas steht doppelt in der Datei.",
            where=f"Zeile 1: {twice[0]} Mbit/s",
            expected="jede Technologie und Geschwindigkeit einmal",
            advice="Die Datei neu herunterladen oder die doppelte Spalte löschen.",
        )
    unknown = [head for i, head in enumerate(heads) if i != key and i not in columns and head]
    sector, how = sector_of(list(columns.values()), name)
    period = period_of(name)
    is_spoken = any("Mbit/s" in head for head in heads)
    return Recognition(
        format=FORMAT,
        version=SPOKEN_NAMES if is_spoken else CODED_NAMES,
        title=f"Breitbandatlas {reference_date(period) if period else '(ohne Zeitangabe)'}",
        details={
            "Zeitbezug": f"{reference_date(period)} (aus dem Dateinamen; steht nicht in der Datei)"
            if period
            else "steht weder in der Datei noch im Dateinamen, bitte angeben",
            "Anteile bezogen auf": f"{facts()['sector'][sector]['title']} ({how})" if sector else how,
            "Spalten": str(len(columns)),
        },
        options={
            "period": period,
            "sector": sector,
            "key": key,
            "columns": columns,
            "width": len(heads),
            "unused": unknown,
        },
    )


def _unknown(what: str) -> FormatError:
    return FormatError(
        f"Diese Auslieferung des Breitbandatlas ist nicht bekannt: {what}.",
        where="Zeile 1",
        expected="bekannt sind: " + "; ".join(FORMAT.versions),
        advice="Eine Datei je Gemeinde mit Anteilen in Prozent verwenden.",
    )


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read all shares; features `breitband_<technology>_ge_<speed>_mbit`, period yyyy-mm (or yyyy).

    A row with 0 in every column is a place without households or without report: its values are missing
    ("nichts_vorhanden"), not 0. Raises FormatError while period or sector are unknown (set them in
    `recognition.options`).
    """
    options = recognition.options
    period, sector = _known(options)
    columns: dict[int, SpeedColumn] = options["columns"]
    cells, broken, rows_read = read_cells(sample.path, options)
    level, region = find_regions(cells[options["key"]])
    rows = cells.rename(columns=str).assign(region=region)
    refusals = Refusals(rows)
    refusals.mark(has_formula(cells), "Eine Zelle enthält eine Formel statt eines Wertes")
    refusals.mark(region.isna(), "Der Schlüssel ist keiner von Gemeinde (8 Ziffern), Kreis (5) oder Land (2)")
    refusals.mark_duplicates(["region"])
    shares, statuses = read_shares(cells[list(columns)], list(columns.values()), refusals)
    used = ~refusals.mask
    shares, statuses, level, region = shares[used], statuses[used], level[used], region[used]
    refused = pd.concat([broken, refusals.table()], ignore_index=True).sort_values("line", ignore_index=True)
    if rows_read == 0 or len(shares) < rows_read / 2:
        first = f"Zeile {refused['line'].iloc[0]}: {refused['reason'].iloc[0]}" if len(refused) else ""
        raise FormatError(
            f"Von {rows_read} Zeilen des Breitbandatlas sind nur {len(shares)} lesbar.",
            where=first or "unter dem Kopf steht keine Datenzeile",
            expected="je Zeile ein Schlüssel und Anteile zwischen 0 und 100",
            advice="Die Datei neu herunterladen.",
        )
    notes = tell_peculiarities(shares, level, region)
    notes += [f"Nicht gebrauchte Spalten: {', '.join(options['unused'])}."] if options["unused"] else []
    silent = (shares == 0).all(axis=1)
    shares, statuses = shares.mask(silent), statuses.mask(silent, "nichts_vorhanden")
    features = _features(columns, sector, period)
    return Reading(
        values=make_long(shares, statuses, level, region, list(features["feature"]), period),
        features=features,
        source=SourceInfo(
            title=recognition.title,
            publisher="Bundesnetzagentur, Breitbandatlas (Gigabit-Grundbuch)",
            url=ATLAS_URL,
            reference_date=reference_date(period),
        ),
        rows_read=rows_read,
        refused=refused,
        notes=notes,
    )


def _known(options: dict) -> tuple[str, str]:
    """Period and sector; FormatError where the file's name gave neither and the user did not say."""
    period, sector = options.get("period"), options.get("sector")
    if not re.fullmatch(r"(19|20)\d\d(-(0[1-9]|1[0-2]))?", str(period)):
        raise FormatError(
            "Der Zeitbezug des Breitbandatlas steht weder in der Datei noch in ihrem Namen.",
            expected="Jahr und Halbjahr, z. B. „2021_mitte“ oder „2018_ende“ im Dateinamen",
            advice="Den Zeitbezug beim Einlesen angeben (2021-06) oder die Datei entsprechend umbenennen.",
        )
    if sector not in facts()["sector"]:
        raise FormatError(
            "Es ist nicht zu erkennen, ob die Anteile für gewerbliche Standorte oder Gewerbegebiete gelten.",
            expected="„gew“ oder „gwg“ im Dateinamen, wie ausgeliefert",
            advice="Beim Einlesen angeben, worauf sich die Anteile beziehen, oder die Datei so umbenennen.",
        )
    return str(period), str(sector)


def _features(columns: dict[int, SpeedColumn], sector: str, period: str) -> pd.DataFrame:
    about = facts()["sector"][sector]
    rows = [
        (
            f"{about['prefix']}_{column.technology}_ge_{column.speed}_mbit",
            f"Breitband ab {column.speed} Mbit/s, {column.title} ({about['title']})",
            about["unit_label"],
            f"Anteil: {about['title']}, für die es {column.speed} Mbit/s oder mehr gibt ({column.title}).",
            reference_date(period),
            None,
        )
        for column in columns.values()
    ]
    return pd.DataFrame(rows, columns=list(FEATURE_COLUMNS))
