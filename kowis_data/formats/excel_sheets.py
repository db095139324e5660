"""Workbooks (.xlsx and .xls) as tables of raw cells, with the row numbers a user sees in Excel."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from kowis_data.formats.reading import FormatError

_ZIP_MAGIC = b"PK\x03\x04"
_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The largest workbook met in official data unpacks to 20 MB; a zip bomb to many GB.
MAX_UNPACKED_BYTES = 400_000_000
MAX_ROWS = 300_000
PREVIEW_ROWS = 14

_PLAIN_TYPES = (str, int, float, type(None))


def is_workbook(head: bytes) -> bool:
    """Whether a file with this beginning is a workbook: .xls, or a zip with the parts of an .xlsx."""
    if head.startswith(_OLE_MAGIC):
        return True
    return head.startswith(_ZIP_MAGIC) and (b"[Content_Types].xml" in head or b"xl/" in head)


def preview(path: Path) -> dict[str, pd.DataFrame]:
    """The first rows of every sheet, as `read_sheet` gives them; remembered while the content is the same."""
    return _preview(path, hashlib.blake2b(path.read_bytes()).digest())


@lru_cache(maxsize=8)
def _preview(path: Path, _content: bytes) -> dict[str, pd.DataFrame]:
    return _read(path, None, PREVIEW_ROWS)


def read_sheet(path: Path, sheet: str, columns: Iterable[int] = ()) -> pd.DataFrame:
    """All cells of a sheet: columns 0, 1, …, index = row number in the sheet, blank rows left out.

    A cell is a str, int, float or None; a formula is its text, beginning with "=". Raises FormatError for
    files that are damaged, protected or absurdly large, and where the sheet or one of `columns` is no longer
    there.
    """
    found = _read(path, sheet, None)
    if sheet not in found or not set(columns) <= set(found[sheet].columns):
        raise FormatError(
            f"Das Tabellenblatt „{sheet}“ oder eine seiner Spalten ist nicht mehr da.",
            where=path.name,
            advice="Die Datei wurde inzwischen geändert: bitte noch einmal auswählen.",
        )
    return found[sheet]


def _read(path: Path, sheet: str | None, limit: int | None) -> dict[str, pd.DataFrame]:
    try:
        data = path.read_bytes()
        is_old = data.startswith(_OLE_MAGIC)
        return _read_xls(data, sheet, limit) if is_old else _read_xlsx(data, sheet, limit)
    except FormatError:
        raise
    # openpyxl and xlrd let errors of their parsers through (zipfile, zlib, XML, struct …): all mean the
    # same here.
    except Exception as error:
        raise FormatError(
            "Die Excel-Datei lässt sich nicht öffnen: beschädigt, abgeschnitten oder mit Kennwort geschützt.",
            where=path.name,
            expected="eine vollständige Datei .xlsx oder .xls",
            advice="Die Datei noch einmal herunterladen oder in Excel öffnen und neu speichern.",
        ) from error


def _read_xlsx(data: bytes, sheet: str | None, limit: int | None) -> dict[str, pd.DataFrame]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise FormatError(
                "Die Excel-Datei wird entpackt viel zu groß.",
                expected=f"höchstens {MAX_UNPACKED_BYTES // 1_000_000} MB",
                advice="Leere, aber formatierte Zeilen und Bilder löschen und neu speichern.",
            )
    # Formulas are read as such: a stored result may be stale, and a file without stored results looks empty.
    import openpyxl  # readers of Excel files take their time to load

    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    try:
        found = {}
        for worksheet in workbook.worksheets:
            if sheet is None or worksheet.title == sheet:
                # Some programs write a wrong extent; read-only mode would believe it and stop early.
                worksheet.reset_dimensions()
                found[worksheet.title] = _frame(worksheet.iter_rows(max_row=limit, values_only=True))
        return found
    finally:
        workbook.close()


def _read_xls(data: bytes, sheet: str | None, limit: int | None) -> dict[str, pd.DataFrame]:
    import xlrd

    with xlrd.open_workbook(file_contents=data, on_demand=True, logfile=io.StringIO()) as workbook:
        names = workbook.sheet_names() if sheet is None else [sheet]
        return {name: _frame(_xls_rows(workbook.sheet_by_name(name), limit)) for name in names}


def _xls_rows(worksheet, limit: int | None):
    import xlrd

    for number in range(min(worksheet.nrows, limit or worksheet.nrows)):
        types, values = worksheet.row_types(number), worksheet.row_values(number)
        yield tuple(
            xlrd.error_text_from_code.get(value, "#?") if kind == xlrd.XL_CELL_ERROR else value
            for kind, value in zip(types, values, strict=True)
        )


def _frame(rows) -> pd.DataFrame:
    kept, numbers = [], []
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise FormatError(
                "Die Tabelle hat viel zu viele Zeilen.", expected=f"höchstens {MAX_ROWS} Zeilen"
            )
        if any(cell is not None and cell != "" for cell in row):
            kept.append(tuple(cell if isinstance(cell, _PLAIN_TYPES) else _as_plain(cell) for cell in row))
            numbers.append(number)
    width = max(map(len, kept), default=0)
    kept = [row + (None,) * (width - len(row)) for row in kept]
    frame = pd.DataFrame(kept, index=pd.Index(numbers, dtype="int64"), dtype=object)
    return frame.where(frame.notna(), None)


def _as_plain(cell: object) -> object:
    if hasattr(cell, "strftime"):
        return cell.strftime("%d.%m.%Y")
    # Array and data-table formulas come as objects.
    return f"={getattr(cell, 'text', '')}" if type(cell).__module__.startswith("openpyxl") else str(cell)
