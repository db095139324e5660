"""Classic CSV tables of regionalstatistik.de and GENESIS: one row per region, one column per category or
date.
"""

from __future__ import annotations

import re

import duckdb
import numpy as np
import pandas as pd

from kowis_data.formats.genesis_cells import (
    EXCERPT_LENGTH,
    check_text,
    head_text,
    merge_refused,
    parse_cells,
    settle_duplicates,
    text_column,
)
from kowis_data.formats.genesis_header import FIRST_LINE, ClassicHead, parse_foot, parse_head, split_cells
from kowis_data.formats.genesis_keys import key_notes, regions_of
from kowis_data.formats.genesis_periods import describe_periods, parse_periods, period_span, period_table
from kowis_data.formats.reading import (
    FEATURE_COLUMNS,
    VALUE_COLUMNS,
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
    SourceInfo,
)
from kowis_data.formats.text_files import decode

FORMAT = Format(
    "genesis_classic",
    "GENESIS-Tabelle, klassische CSV-Datei (regionalstatistik.de)",
    ("„GENESIS-Tabelle: …“ (bis 2025)", "„Tabelle: …“ (ab 2025)"),
    "values",
)
_VERSIONS = dict(zip(("GENESIS-Tabelle", "Tabelle"), FORMAT.versions, strict=True))
# The head of a table with many columns and periods can be longer than the sample.
_HEAD_BYTES = 2**20
_ADVICE = "Laden Sie die Tabelle neu als CSV herunter und speichern Sie sie nicht in einem anderen Programm."


def recognise(sample: Sample) -> Recognition | None:
    """Recognition by the first line "GENESIS-Tabelle: …" (or "Tabelle: …"); None for other files.

    Raises FormatError for an English edition and where the head is damaged.
    """
    lines = head_text(sample.head).split("\n")
    if re.match(r'"?GENESIS-Table:', lines[0]):
        raise FormatError(
            "Diese GENESIS-Tabelle ist in englischer Sprache gespeichert.",
            where="Zeile 1",
            expected="die deutsche Ausgabe; bekannt sind: " + ", ".join(FORMAT.versions),
            advice="Stellen Sie die Datenbank auf Deutsch und laden Sie die Tabelle neu herunter.",
        )
    first = FIRST_LINE.match(lines[0])
    if not first:
        return None
    if sample.path.stat().st_size > len(sample.head):
        with sample.path.open("rb") as file:
            lines = head_text(file.read(_HEAD_BYTES)).split("\n")[:-1] or lines
    head = parse_head(_above_foot(lines))
    periods = [head.period] if head.period else [column.period for column in head.columns if column.period]
    texts = sorted({period for period, _ in parse_periods(periods).values()})
    details = {
        "Tabelle": head.table,
        "Statistik": head.statistic,
        "Regionale Tiefe": head.depth,
        "Zeitbezug": " bis ".join(dict.fromkeys(texts[:1] + texts[-1:])) or "je Zeile",
        "Spalten mit Werten": str(len(head.columns)),
    }
    return Recognition(FORMAT, _VERSIONS[first.group(1)], f"{head.table} {head.title}", details)


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """All values of a classic table.

    Besides values and features the reading holds `tables["period"]`: feature, period, reference date and
    population basis, since the basis changes within one feature. Raises FormatError where the file is cut or
    has lost its structure.
    """
    lines = check_text(decode(sample.path.read_bytes())[0]).split("\n")
    above = _above_foot(lines)
    if len(above) == len(lines):
        raise FormatError(
            "Der Datei fehlt das Ende; sie ist unvollständig.",
            where=f"nach Zeile {len(lines)}",
            expected="eine Zeile aus Unterstrichen und die Hinweise des Herausgebers",
            advice=_ADVICE,
        )
    head = parse_head(above)
    notes_text, owner, stand = parse_foot(lines[len(above) :])
    rows, refused = _rows(above, head)
    rows_read = len(rows) + len(refused)
    regions = regions_of(*(rows.drop_duplicates("key")[name] for name in ("key", "name")))
    refused = [refused, _refuse_keys(rows, regions)]
    rows = rows.merge(regions.dropna(subset="level"), on="key", how="inner", sort=False)
    if not len(rows):
        raise FormatError(
            "Keine Zeile der Tabelle ist lesbar.",
            where=f"ab Zeile {head.first_row + 1}",
            expected=f"{head.width} Spalten und ein Regionalschlüssel in jeder Zeile",
            advice=_ADVICE,
        )
    values, features, days, bad = _long(rows, head)
    refused.append(bad)
    if not len(values) or bad["cells"].sum() > len(values):
        raise FormatError(
            "Die meisten Werte der Tabelle sind nicht lesbar.",
            where=f"zuerst Zeile {int(bad['line'].iloc[0])}: {bad['reason'].iloc[0]}" if len(bad) else "alle Zeilen",
            expected="Zahlen mit Dezimalkomma oder die Zeichen - . x / ...",
            advice=_ADVICE,
        )
    twice = rows.duplicated(["level", "region_id", "time", "category"], keep=False).to_numpy()
    merged = 0
    if twice.any():
        is_twice = twice[values.pop("row").to_numpy()]
        settled, contradictions, merged = settle_duplicates(values[is_twice])
        values = pd.concat([values[~is_twice], settled], ignore_index=True)
        refused.append(contradictions)
    else:
        values = values.drop(columns="row")
    periods, period_notes = period_table(values, days, dict.fromkeys(features["feature"], head.table))
    features = describe_periods(features, periods, days, head.nature)
    features["definition"] = _definition(head, notes_text)
    notes = key_notes(regions) + period_notes
    if merged:
        notes.append(
            f"{merged} Werte stehen doppelt in der Datei (Gemeinden unter früherem und heutigem Verband); je "
            "Region und Zeitraum wurde die Zahl übernommen, nicht das Zeichen."
        )
    if stand:
        notes.append(f"Stand der Datei: {stand}.")
    source = SourceInfo(
        title=f"Tabelle {head.table}: {head.title}",
        publisher=re.sub(r",? \d{4}\.?$", "", owner) or "Statistische Ämter des Bundes und der Länder",
        url="https://www.regionalstatistik.de/",
        reference_date=period_span(periods),
    )
    return Reading(
        values[list(VALUE_COLUMNS)],
        features[list(FEATURE_COLUMNS)],
        source,
        rows_read,
        merge_refused(refused),
        {"period": periods},
        notes,
    )


def _above_foot(lines: list[str]) -> list[str]:
    foot = next((number for number, line in enumerate(lines) if line.lstrip('"').startswith("____")), len(lines))
    return lines[:foot]


def _rows(lines: list[str], head: ClassicHead) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with as many cells as the head (`line`, `key`, `name`, `time`, `category`, `cells`), and the
    others.
    """
    body = lines[head.first_row :]
    numbered = [(number, line) for number, line in enumerate(body, start=head.first_row + 1) if line.strip()]
    odd = [
        (number, "Ein Anführungszeichen ist nicht geschlossen", line)
        for number, line in numbered
        if line.count('"') % 2
    ]
    numbered = [(number, line) for number, line in numbered if line.count('"') % 2 == 0]
    cells = split_cells([line for _, line in numbered])
    short = [
        (number, f"{len(row)} statt {head.width} Spalten", line)
        for (number, line), row in zip(numbered, cells, strict=True)
        if len(row) != head.width
    ]
    good = [(number, row) for (number, _), row in zip(numbered, cells, strict=True) if len(row) == head.width]
    rows = pd.DataFrame(
        {
            "line": [number for number, _ in good],
            "key": [row[head.key] for _, row in good],
            "name": [row[head.name] for _, row in good],
            "time": [row[head.time] if head.time is not None else "" for _, row in good],
            "category": ["|".join(row[index] for index in head.categories) for _, row in good],
            "cells": [row for _, row in good],
        }
    )
    refused = pd.DataFrame(odd + short, columns=["line", "reason", "excerpt"])
    return rows, refused.assign(excerpt=refused["excerpt"].str[:EXCERPT_LENGTH])


def _refuse_keys(rows: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    bad = rows[rows["key"].isin(regions.loc[regions["level"].isna(), "key"])]
    return pd.DataFrame(
        {
            "line": bad["line"],
            "reason": "„" + bad["key"].str[:20] + "“ ist kein Regionalschlüssel",
            "excerpt": bad["cells"].str.join(";").str[:EXCERPT_LENGTH],
        }
    )


def _long(rows: pd.DataFrame, head: ClassicHead) -> tuple[pd.DataFrame, pd.DataFrame, dict, pd.DataFrame]:
    """Values (with `row`, the place in `rows`), features, reference days by period, lines with bad cells."""
    columns = head.columns
    grid = np.array(rows["cells"].tolist(), dtype=object).reshape(len(rows), head.width)
    codes, distinct = pd.factorize(grid[:, [column.index for column in columns]].ravel())
    parsed = parse_cells(distinct)
    row = np.repeat(np.arange(len(rows)), len(columns))
    category, categories = pd.factorize(rows["category"])
    feature_of, features = _feature_table(head, list(categories))
    period, written = pd.factorize(_written_periods(rows, head))
    known = parse_periods(written)
    place = np.tile(np.arange(len(columns)), len(rows))
    values = pd.DataFrame(
        {
            "feature": text_column(features["feature"], feature_of[category[row], place]),
            "level": text_column(rows["level"], row),
            "region_id": text_column(rows["region_id"], row),
            "region_name": text_column(rows["name"], row),
            "period": text_column([known[text][0] if text in known else None for text in written], period),
            "value": parsed["value"].to_numpy()[codes],
            "value_status": text_column(parsed["value_status"], codes),
            "line": rows["line"].to_numpy()[row],
            "row": row,
        }
    )
    reasons = text_column(parsed["reason"], codes)
    reasons[values["period"].isna()] = "Der Zeitbezug der Zeile ist kein Jahr und kein Datum"
    is_bad = reasons.notna().to_numpy()
    bad = pd.DataFrame({"line": values["line"][is_bad], "reason": reasons[is_bad], "row": row[is_bad]})
    bad = bad.groupby("line", sort=False).agg(
        reason=("reason", "first"), cells=("reason", "size"), row=("row", "first")
    )
    bad = bad.reset_index()
    more = " (und " + (bad["cells"] - 1).astype(str) + " weitere Zellen der Zeile)"
    bad["reason"] = bad["reason"].astype(str) + more.where(bad["cells"] > 1, "")
    bad["excerpt"] = [";".join(rows["cells"].iat[place])[:EXCERPT_LENGTH] for place in bad["row"]]
    return values[~is_bad], features, dict(known.values()), bad


def _feature_table(head: ClassicHead, categories: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Number of the feature by category of the row and column, and the features (code, title, unit)."""
    numbers: dict[str, int] = {}
    described, feature_of = [], np.empty((len(categories), len(head.columns)), dtype=int)
    for at, category in enumerate(categories):
        words = tuple(word for word in category.split("|") if word)
        for place, column in enumerate(head.columns):
            code = head.code(column, words)
            if code not in numbers:
                numbers[code] = len(numbers)
                described.append((code, head.label(column, words), column.unit))
            feature_of[at, place] = numbers[code]
    return feature_of, pd.DataFrame(described, columns=["feature", "title", "unit_label"])


def _written_periods(rows: pd.DataFrame, head: ClassicHead) -> np.ndarray:
    """The period of each value as written in the file."""
    if head.time is not None:
        return np.repeat(rows["time"].to_numpy(dtype=object), len(head.columns))
    return np.tile(np.array([column.period or head.period for column in head.columns], dtype=object), len(rows))


def _definition(head: ClassicHead, notes: str) -> str:
    parts = [
        f"{head.title}.",
        f"Statistik: {head.statistic}." if head.statistic else "",
        f"Tabelle {head.table}.",
    ]
    return " ".join(filter(None, [*parts, f"Hinweise der Quelle: {notes}" if notes else ""]))
