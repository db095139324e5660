"""The table of an INKAR export: its cells, its two header rows, its numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kowis_data.formats.cells import cell_text
from kowis_data.formats.inkar_names import LARGEST_VALUE, period_of
from kowis_data.formats.reading import MARKS, FormatError
from kowis_data.formats.text_files import decode

KEY_HEADS = ("Kennziffer", "Raumeinheit", "Aggregat")
_DELIMITER = ";"
_ADVICE = "Die Tabelle unverändert so verwenden, wie INKAR sie speichert."
# INKAR groups thousands with points: 1.598 is one thousand five hundred and ninety-eight.
_GERMAN = r"[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?"
_POINT = r"[-+]?\d+\.\d+"


@dataclass(frozen=True)
class ValueColumn:
    """A column with values: its position in the table, the title and the period above it."""

    position: int
    title: str
    period: str


def read_text_table(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of a CSV export (text, index = line, columns 0, 1, …) and the broken rows as line, reason, excerpt.

    Raises FormatError where a quotation mark is never closed or the delimiter is not the semicolon.
    """
    text, _ = decode(path.read_bytes())
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_DELIMITER, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows += [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise FormatError(
            "In der INKAR-Tabelle steht ein Anführungszeichen an falscher Stelle oder wird nicht geschlossen.",
            where=f"Zeile {reader.line_num}",
            expected="Anführungszeichen nur paarweise um einen Wert",
            advice="Die Datei noch einmal herunterladen.",
        ) from error
    width = len(rows[0][1]) if rows else 0
    broken = [
        (line, f"Die Zeile hat {len(row)} statt {width} Spalten", ";".join(row)[:120])
        for line, row in rows
        if len(row) != width
    ]
    if rows and not text.endswith(("\n", "\r")) and len(rows[-1][1]) == width:
        line, row = rows.pop()
        reason = "Die letzte Zeile endet ohne Zeilenumbruch und ist vielleicht abgeschnitten"
        broken.append((line, reason, ";".join(row)[:120]))
    good = [(line, row) for line, row in rows if len(row) == width]
    frame = pd.DataFrame([row for _, row in good], index=[line for line, _ in good], dtype=object)
    return frame, pd.DataFrame(broken, columns=["line", "reason", "excerpt"])


def split_text_heads(line: str) -> tuple[str, list[str]]:
    """Delimiter and cells of a header line."""
    delimiter = max(";\t|,", key=line.count)
    return delimiter, [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def check_heads(heads: list[str], delimiter: str = _DELIMITER) -> bool:
    """Whether a header row is that of an INKAR export.

    Raises FormatError where it nearly is: a key column is missing or moved, or another delimiter.
    """
    found = [name for name in KEY_HEADS if name in heads]
    if len(found) < 2 or "Raumbezug" in heads:
        return False
    if tuple(heads[: len(KEY_HEADS)]) != KEY_HEADS:
        raise FormatError(
            "Die ersten Spalten der INKAR-Tabelle sind nicht die erwarteten: " + ", ".join(heads[:4]) + ".",
            where="Zeile 1",
            expected=", ".join(KEY_HEADS) + " und dann Indikatoren",
            advice=_ADVICE,
        )
    if delimiter != _DELIMITER:
        raise FormatError(
            f"In der INKAR-Tabelle trennt {delimiter!r} die Spalten.",
            where="Zeile 1",
            expected="Semikolon",
            advice=_ADVICE,
        )
    return True


def value_columns(titles: list, periods: list) -> list[ValueColumn]:
    """The columns with values from the two header rows.

    Raises FormatError where a title or a period is missing, or a column stands twice.
    """
    columns = []
    if any(cell_text(cell) for cell in periods[: len(KEY_HEADS)]):
        raise FormatError(
            "Unter den Namen der Spalten fehlt die Zeile mit den Jahren.",
            where="Zeile 2",
            expected="drei leere Zellen, dann zu jedem Indikator ein Jahr",
            advice=_ADVICE,
        )
    for position in range(len(KEY_HEADS), len(titles)):
        title, period = cell_text(titles[position]), cell_text(periods[position])
        if title is None and period is None:
            continue
        column = ValueColumn(position, " ".join((title or "").split()), period_of(period) or "")
        if not column.title or not column.period:
            raise FormatError(
                f"Eine Spalte der INKAR-Tabelle hat keinen Indikator oder kein Jahr („{title}“, „{period}“).",
                where=f"Zeile 1 und 2, Spalte {position + 1}",
                expected="oben der Indikator, darunter ein Jahr oder ein Zeitraum",
                advice=_ADVICE,
            )
        if any((column.title, column.period) == (other.title, other.period) for other in columns):
            raise FormatError(
                f"„{column.title}“ steht für {column.period} zweimal in der INKAR-Tabelle.",
                where=f"Spalte {position + 1}",
                expected="jeder Indikator und jedes Jahr einmal",
                advice=_ADVICE,
            )
        columns.append(column)
    if not columns:
        raise FormatError(
            "Die INKAR-Tabelle enthält keinen Indikator.",
            where="Zeile 1",
            expected="Spalten mit Indikatoren rechts von „Aggregat“",
            advice=_ADVICE,
        )
    return columns


def read_numbers(cells: pd.Series, column: ValueColumn) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Numbers, kinds of missing (`value_status`) and a mask of the cells that are neither nor blank.

    Raises FormatError where a column is written with decimal points throughout: 1.598 could not be told from
    1598 then.
    """
    is_number = cells.map(lambda cell: isinstance(cell, int | float) and not isinstance(cell, bool)).astype(bool)
    text = cells.where(~is_number).map(cell_text, na_action="ignore").astype("str")
    readable = text.str.fullmatch(_GERMAN).fillna(False).astype(bool)
    with_point = text.str.fullmatch(_POINT).fillna(False).astype(bool) & ~readable
    if with_point.any() and not text[readable].str.contains(",", regex=False).any():
        raise FormatError(
            f"Die Spalte „{column.title}“ ({column.period}) ist mit Dezimalpunkt geschrieben.",
            where=f"Zeile {with_point.idxmax()}: {text[with_point.idxmax()]}",
            expected="Dezimalkomma, zum Beispiel 1.598,5",
            advice="Die Tabelle neu aus INKAR speichern, ohne sie in einem anderen Programm zu bearbeiten.",
        )
    plain = text.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    values = pd.to_numeric(cells.where(is_number), errors="coerce").astype(float)
    values = values.where(~readable, pd.to_numeric(plain.where(readable), errors="coerce").astype(float))
    status = text.map(MARKS, na_action="ignore").astype(object)
    absurd = values.abs() > LARGEST_VALUE
    bad = (text.notna() & ~readable & status.isna()) | absurd
    return values.mask(absurd), status.where(status.notna(), None), bad
