"""Tables of one's own loaded as cells, and their cells read as numbers."""

from __future__ import annotations

import io
import numbers
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kowis_data.formats.cells import EXCERPT_LENGTH, cell_text
from kowis_data.formats.excel_sheets import read_sheet
from kowis_data.formats.generic_keys import BLANKS
from kowis_data.formats.genesis_cells import check_text
from kowis_data.formats.reading import MARKS, FormatError
from kowis_data.formats.refusals import refused_table
from kowis_data.formats.text_files import decode, split_lines

MAX_ROWS = 5_000_000
# Written for "nobody knows"; like an empty cell they say nothing, not even why.
EMPTY_WORDS = ("", "na", "n/a", "nan", "null", "none", "k. a.", "k.a.")
_MAX_DIGITS = 15


@dataclass
class Table:
    """Cells by head of column (index = line in the file), lines that are no rows, and rows met in all."""

    cells: pd.DataFrame
    refused: pd.DataFrame
    rows_read: int


def unique_heads(heads: list[object]) -> list[str]:
    """Heads as text; a blank one gets its number, a repeated one a counter."""
    found: list[str] = []
    for number, head in enumerate(heads, start=1):
        base = " ".join((cell_text(head) or f"Spalte {number}").split())
        name, count = base, 1
        while name in found:
            count += 1
            name = f"{base} ({count})"
        found.append(name)
    return found


def text_lines(path: Path, limit: int | None = None) -> pd.Series:
    """Lines of a text file that are not blank, index = line number; of the first `limit` bytes only, if given."""
    with path.open("rb") as file:
        data = file.read(limit) if limit else file.read()
    lines = split_lines(check_text(decode(data)[0]))
    if limit and len(data) == limit:
        lines = lines[:-1]
    found = pd.Series(lines, index=np.arange(1, len(lines) + 1), dtype="str")
    return found[found.str.strip() != ""]


def split_cells(lines: pd.Series, delimiter: str) -> pd.DataFrame:
    """Cells of text lines that all have the same number of them; quotation marks around cells are taken off."""
    cells = pd.read_csv(
        io.StringIO("\n".join(lines)),
        sep=delimiter,
        header=None,
        dtype="str",
        na_filter=False,
        engine="c",
        skipinitialspace=True,
    )
    return cells.set_axis(lines.index).apply(lambda column: column.str.strip())


def line_pattern(delimiter: str, width: int) -> str:
    """Regular expression of a line with `width` cells; a quoted cell may hold delimiters and doubled quotes."""
    sign = re.escape(delimiter)
    cell = f'(?: *"(?:[^"]|"")*" *|[^"{sign}]*)'
    return f"{cell}(?:{sign}{cell}){{{width - 1}}}"


def load_text(path: Path, delimiter: str, header_line: int, limit: int | None = None) -> Table:
    """A delimited text file; lines with another number of cells than the head are refused."""
    lines = text_lines(path, limit)
    lines = lines[lines.index >= header_line]
    if lines.empty or lines.index[0] != header_line:
        raise _changed(path, f"Zeile {header_line} ist leer oder fehlt")
    # Quotes in the head may be unbalanced only where the whole file is; let the error tell.
    heads = [cell.strip() for cell in _plain_split(lines.iloc[0], delimiter)]
    rows = lines.iloc[1:]
    fits = rows.str.fullmatch(line_pattern(delimiter, len(heads))).astype(bool)
    bad = rows[~fits]
    counts = bad.map(lambda line: len(_plain_split(line, delimiter)))
    reasons = [
        "Ein Anführungszeichen bleibt offen oder steht mitten in der Zelle"
        if count == len(heads) or line.count('"') % 2
        else f"Die Zeile hat {count} statt {len(heads)} Zellen"
        for line, count in zip(bad, counts, strict=True)
    ]
    refused = refused_table(bad.index, reasons, bad.str.slice(0, EXCERPT_LENGTH))
    good = rows[fits]
    cells = (
        split_cells(good, delimiter) if len(good) else pd.DataFrame(columns=range(len(heads)), dtype="str")
    )
    return Table(cells.set_axis(unique_heads(heads), axis=1), refused, len(rows))


def _plain_split(line: str, delimiter: str) -> list[str]:
    cells = re.split(f'{re.escape(delimiter)}(?=(?:[^"]*"[^"]*")*[^"]*$)', line)
    return [cell.strip().removeprefix('"').removesuffix('"').replace('""', '"') for cell in cells]


def load_sheet(path: Path, sheet: str, header_line: int) -> Table:
    """A sheet of a workbook below its heads; rows with text in one cell only (titles, sources) are left out."""
    raw = read_sheet(path, sheet)
    if header_line not in raw.index:
        raise _changed(path, f"Zeile {header_line} des Blattes „{sheet}“ ist leer oder fehlt")
    heads = unique_heads(list(raw.loc[header_line]))
    rows = raw[raw.index > header_line].set_axis(heads, axis=1)
    return Table(rows, refused_table([], [], []), len(rows))


def load_parquet(path: Path) -> Table:
    """A Parquet file; named index columns become columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.ParquetFile(path).metadata.num_rows
        if rows > MAX_ROWS:
            raise FormatError(
                f"Die Tabelle hat {rows} Zeilen.", where=path.name, expected=f"höchstens {MAX_ROWS} Zeilen"
            )
        frame = pd.read_parquet(path)
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise FormatError(
            "Die Parquet-Datei ist beschädigt oder abgeschnitten.",
            where=path.name,
            expected="eine vollständige Parquet-Datei",
            advice="Die Datei neu erzeugen oder als CSV speichern.",
        ) from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame = frame.set_axis(unique_heads([str(name) for name in frame.columns]), axis=1)
    cells = frame.astype(object).where(frame.notna(), None).set_axis(np.arange(1, len(frame) + 1))
    return Table(cells, refused_table([], [], []), len(cells))


def _changed(path: Path, what: str) -> FormatError:
    return FormatError(
        f"Die Zuordnung passt nicht zur Datei: {what}.",
        where=path.name,
        advice="Die Datei noch einmal auswählen und die Zuordnung neu bestätigen.",
    )


def number_pattern(decimal: str, thousands: str) -> str:
    """Regular expression of a number with groups `sign, whole, fraction, exponent`."""
    mark = f"[{BLANKS}]" if thousands == " " else re.escape(thousands)
    grouped = rf"|[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+" if thousands else ""
    return (
        rf"(?P<sign>[-+−]?)(?P<whole>[0-9]+{grouped})(?:{re.escape(decimal)}(?P<fraction>[0-9]+))?"
        rf"(?P<exponent>[eE]-[0-9]{{1,3}})?[{BLANKS}]?[%€]?"
    )


def parse_numbers(column: pd.Series, decimal: str, thousands: str) -> pd.DataFrame:
    """Cells of a column as numbers and marks.

    Parameters
    ----------
    column : text or typed cells.
    decimal, thousands : marks in text; typed cells do not need them.

    Returns
    -------
    DataFrame with the index of `column`: `value`, `value_status`, `is_empty`, `reason` (German, None if good).
    """
    codes, distinct = pd.factorize(
        column.map(lambda cell: (type(cell).__name__, cell)), use_na_sentinel=False
    )
    read = pd.DataFrame(_parse_distinct([cell for _, cell in distinct], decimal, thousands))
    found = read.iloc[codes].set_axis(column.index)
    if thousands in (".", ","):
        # 1.234 beside 12345: nobody can tell what the dot means.
        plain = found["is_long_plain"].any()
        doubtful = found["is_one_group"] & plain
        why = f"„{thousands}“ kann Tausender oder Dezimalen trennen: andere Zahlen der Spalte stehen ohne"
        found.loc[doubtful, ["value", "reason"]] = [np.nan, why]
    return found[["value", "value_status", "is_empty", "reason"]]


def _parse_distinct(cells: list[object], decimal: str, thousands: str) -> list[dict[str, object]]:
    pattern = re.compile(number_pattern(decimal, thousands))
    return [_parse_cell(cell, pattern, thousands) for cell in cells]


def _parse_cell(cell: object, pattern: re.Pattern, thousands: str) -> dict[str, object]:
    found = {
        "value": np.nan,
        "value_status": None,
        "is_empty": False,
        "reason": None,
        "is_one_group": False,
        "is_long_plain": False,
    }
    if isinstance(cell, numbers.Number) and not isinstance(cell, bool | np.bool_):
        found["value"] = float(cell)
    else:
        text = (cell_text(cell) or "") if cell is not None and cell is not pd.NaT else ""
        if text.lower() in EMPTY_WORDS:
            return found | {"is_empty": True}
        if text in MARKS:
            return found | {"value_status": MARKS[text]}
        match = pattern.fullmatch(text)
        if not match:
            return found | {"reason": _why_bad(text)}
        sign, whole, fraction, exponent = match.groups()
        digits = re.sub("[^0-9]", "", whole)
        if len(digits.lstrip("0")) > _MAX_DIGITS:
            return found | {"reason": f"„{text[:40]}“ ist unglaubhaft groß"}
        found["value"] = float(
            f"{'-' if sign in '-−' and sign else ''}{digits}.{fraction or 0}{exponent or ''}"
        )
        found["is_one_group"] = bool(thousands) and whole.count(thousands) == 1 and not fraction
        found["is_long_plain"] = len(whole) > 3 and whole.isdecimal()
    if found["value"] != found["value"]:
        return found | {"is_empty": True}
    if abs(found["value"]) >= 10**_MAX_DIGITS:
        return found | {"value": np.nan, "reason": f"„{cell_text(cell)}“ ist unglaubhaft groß"}
    return found


def _why_bad(text: str) -> str:
    shown = f"„{text[:40]}“"
    if text.startswith(("=", "@")):
        return f"{shown} ist eine Formel, keine Zahl"
    if text.startswith("#"):
        return f"{shown} ist ein Fehler der Tabellenkalkulation"
    if re.fullmatch(r"[-+]?[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", text):
        return f"{shown} wurde von einem Tabellenprogramm gekürzt"
    if re.fullmatch(rf"[-+−]?[0-9.,'{BLANKS}]+[%€]?", text):
        return f"{shown} passt nicht zum gewählten Dezimal- und Tausenderzeichen"
    return f"{shown} ist weder eine Zahl noch ein Zeichen der amtlichen Statistik (- . x / ...)"
