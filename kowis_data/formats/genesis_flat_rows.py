"""Rows of the GENESIS flat file as text: named columns, line numbers, damaged rows set apart."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pandas as pd

from kowis_data.formats.genesis_cells import EXCERPT_LENGTH, merge_refused
from kowis_data.formats.genesis_dimensions import dimension_numbers
from kowis_data.formats.reading import FormatError

ADVICE = "Laden Sie die Tabelle neu als Flat-File-CSV herunter, ohne sie in einem anderen Programm zu speichern."
_FIXED = ("statistics_code", "statistics_label", "time_code", "time_label", "time", "value", "value_unit")
_CONTENT = ("value_variable_code", "value_variable_label")
_PARTS = ("variable_code", "variable_label", "variable_attribute_code", "variable_attribute_label")
_SPARE = tuple(f"_spare_{number}" for number in range(1, 9))


def column_names(line: str) -> list[str]:
    """Column names of the first line; FormatError where one is missing or the delimiter is another."""
    columns = [name.strip().strip('"') for name in line.split(";")]
    if len(columns) == 1:
        raise FormatError(
            "Die Spalten sind nicht durch Semikolon getrennt.",
            where="Zeile 1",
            expected="Semikolon",
            advice=ADVICE,
        )
    numbers = dimension_numbers(columns) or ["1"]
    wanted = [*_FIXED, *_CONTENT, *(f"{number}_{part}" for number in numbers for part in _PARTS)]
    missing = [name for name in wanted if name not in columns]
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if missing or twice:
        listed = ", ".join(f"„{name}“" for name in missing or twice)
        raise FormatError(
            f"Spalten fehlen: {listed}." if missing else f"Spalten kommen doppelt vor: {listed}.",
            where="Zeile 1",
            expected=", ".join(wanted),
            advice=ADVICE,
        )
    return columns


def flat_rows(text: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows with all their cells as text and `line`; rows with too few or too many cells refused."""
    columns = column_names(text.split("\n", 1)[0])
    try:
        with warnings.catch_warnings():
            # Of rows far too long pandas keeps the beginning and warns; their spare cells get them refused.
            warnings.simplefilter("ignore", pd.errors.ParserWarning)
            rows = pd.read_csv(
                io.BytesIO(text.encode("utf-8")),  # a StringIO would take four bytes per character
                sep=";",
                header=None,
                names=[*columns, *_SPARE],
                skiprows=1,
                dtype=str,  # not "category": that would turn keys into numbers
                keep_default_na=False,
                na_values=[],
                skip_blank_lines=False,
                index_col=False,
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FormatError(
            "Die Zeilen der Datei lassen sich nicht in Spalten teilen.",
            where=str(error).strip()[:200],
            expected=f"{len(columns)} Spalten in jeder Zeile, Anführungszeichen paarweise",
            advice=ADVICE,
        ) from error
    rows["line"] = np.arange(2, len(rows) + 2)
    if len(rows) + 1 != text.count("\n") + (not text.endswith("\n")):
        # A cell over several lines: labels have none, so a quote is open and the line numbers would be wrong.
        raise FormatError("Ein Anführungszeichen der Datei ist nicht geschlossen.", advice=ADVICE)
    if not text.endswith("\n"):
        refused = [
            refuse(
                rows,
                rows.index == len(rows) - 1,
                "Am Dateiende fehlt das Zeilenende; die Zeile ist vielleicht gekürzt",
            )
        ]
        rows = rows.iloc[:-1]
    else:
        refused = []
    blank = (rows[columns] == "").all(axis=1)
    rows = rows[~blank].reset_index(drop=True)
    if not len(rows):
        raise FormatError("Die Datei enthält keine Zeilen mit Werten.", where="nach Zeile 1", advice=ADVICE)
    needed = ["statistics_code", "time", "value_variable_code", "value_variable_label"]
    bad = (rows[needed] == "").any(axis=1) | (rows[_SPARE[0]] != "")
    refused.append(refuse(rows, bad, f"Die Zeile hat nicht {len(columns)} Spalten"))
    return rows[~bad].drop(columns=list(_SPARE)).reset_index(drop=True), merge_refused(refused)


def refuse(rows: pd.DataFrame, bad: pd.Series, reason: str | pd.Series) -> pd.DataFrame:
    """The bad rows as `line`, `reason`, `excerpt`; `reason` is one for all or one per row of `rows`."""
    found = rows[bad]
    own = [name for name in rows.columns if name not in ("line", "value_found", "value_status", "reason")]
    cells = found[own].astype(object).fillna("").astype(str)
    return pd.DataFrame(
        {
            "line": found["line"].to_numpy(),
            "reason": reason if isinstance(reason, str) else reason[bad].to_numpy(),
            "excerpt": [";".join(row)[:EXCERPT_LENGTH] for row in cells.itertuples(index=False)],
        }
    )
