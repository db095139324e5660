"""The first rows of a file as they stand in it, for a look before the import."""

from __future__ import annotations

from kowis_data.formats import excel_sheets
from kowis_data.formats.cells import cell_text
from kowis_data.formats.reading import FormatError, Sample
from kowis_data.formats.text_files import decode, split_lines

ROWS = 8
WIDTH = 160


def first_rows(sample: Sample, rows: int = ROWS) -> str:
    """Up to `rows` lines of text, or rows of the first sheet (cells between bars); empty for other files."""
    try:
        if excel_sheets.is_workbook(sample.head):
            return _of_workbook(sample, rows)
        if sample.head.startswith((b"PAR1", b"PK", b"SQLite format 3")):
            return ""
        lines = split_lines(decode(sample.head)[0])
    except FormatError:
        return ""
    return "\n".join(_short(line) for line in lines[:rows]).rstrip()


def _of_workbook(sample: Sample, rows: int) -> str:
    name, frame = next(iter(excel_sheets.preview(sample.path).items()))
    lines = [" | ".join(cell_text(cell) or "" for cell in row) for row in frame.head(rows).itertuples(index=False)]
    return "\n".join([f"Blatt „{name}“", *(_short(line) for line in lines)])


def _short(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"
