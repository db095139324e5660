"""Cells of spreadsheets and fixed-width files turned into keys and numbers, column by column.

Spreadsheets turn keys into numbers and numbers into text; both come back here. Nothing is guessed: what is no
number is reported as bad, and the reader refuses the row.
"""

from __future__ import annotations

import datetime
import math
import re

import pandas as pd

EXCERPT_LENGTH = 120

# [0-9], not \d: that also takes the digits of other scripts.
_PLAIN = r"-?[0-9]+(?:[.,][0-9]+)?"
_GERMAN = r"-?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+"
_WHOLE = "[0-9]+|[0-9]{1,3}(?:[ .\u00a0\u202f][0-9]{3})+"
_DATE = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?!\d)")


def cell_text(cell: object) -> str | None:
    """What a reader of the sheet sees in a cell: `1001000.0` is `"1001000"`, a blank cell is None."""
    if cell is None or isinstance(cell, str):
        return (cell or "").strip() or None
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime.date):
        return f"{cell.day:02d}.{cell.month:02d}.{cell.year}"
    return str(cell).strip() or None


def texts(column: pd.Series) -> pd.Series:
    """`cell_text` of a whole column, dtype object, None where blank."""
    return pd.Series([cell_text(cell) for cell in column], index=column.index, dtype=object)


def digits(column: pd.Series, width: int, *, any_length: bool = False) -> pd.Series:
    """Keys of `width` digits as text, None where a cell holds no such key.

    One lost leading zero is put back; with `any_length` any number (for the parts of a key, "1" for "001").
    """
    shortest = 1 if any_length else width - 1
    found = (
        texts(column).astype("str").str.extract(rf"^['\"]?([0-9]{{{shortest},{width}}})['\"]?$", expand=False)
    )
    found = found.str.zfill(width).astype(object)
    return found.where(found.notna(), None)


def numbers(column: pd.Series, *, whole: bool = False) -> tuple[pd.Series, pd.Series]:
    """Numbers of a column and a mask of the cells that are neither blank nor a number.

    Text may have a decimal comma or point; with `whole` blanks or points may group thousands and fractions
    are bad.
    """
    is_number = column.map(lambda cell: isinstance(cell, int | float) and not isinstance(cell, bool))
    values = pd.to_numeric(column.where(is_number), errors="coerce").astype(float)
    text = texts(column.where(~is_number)).astype("str")
    if whole:
        readable = text.str.fullmatch(_WHOLE).fillna(False).astype(bool)
        text = text.str.replace("[ .\u00a0\u202f]", "", regex=True)
    else:
        readable = text.str.fullmatch(f"{_PLAIN}|{_GERMAN}").fillna(False).astype(bool)
        german = text.str.fullmatch(_GERMAN).fillna(False).astype(bool)
        text = text.mask(german, text.str.replace(".", "", regex=False)).str.replace(",", ".", regex=False)
    values = values.where(~readable, pd.to_numeric(text.where(readable), errors="coerce").astype(float))
    bad = text.notna() & ~readable
    if whole:
        fraction = values.notna() & (values % 1 != 0)
        bad, values = bad | fraction, values.mask(fraction)
    infinite = values.isin([math.inf, -math.inf])
    return values.mask(infinite), bad | infinite


def find_date(text: object) -> datetime.date | None:
    """The first date `dd.mm.yyyy` in a text, None where there is none."""
    match = _DATE.search(cell_text(text) or "")
    if not match:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def german_date(date: datetime.date | None) -> str:
    """`31.12.2021`; the empty text for None."""
    return f"{date.day:02d}.{date.month:02d}.{date.year}" if date else ""


def excerpts(rows: pd.DataFrame) -> pd.Series:
    """What stands in each row, cells joined by " | ", shortened for a message."""
    lines = [" | ".join(filter(None, map(cell_text, row))) for row in rows.itertuples(index=False)]
    return pd.Series([line[:EXCERPT_LENGTH] for line in lines], index=rows.index, dtype=object)


def has_formula(rows: pd.DataFrame) -> pd.Series:
    """Mask of the rows in which a cell holds a formula instead of a value."""
    starts = pd.DataFrame({name: column.astype("str").str.startswith("=") for name, column in rows.items()})
    return starts.fillna(False).astype(bool).any(axis=1)


def normalise(text: object) -> str:
    """A heading reduced to what does not change: lower case letters and digits, umlauts without dots.

    `"Post-leit-zahl3)"` gives `"postleitzahl"`: marks of footnotes are dropped.
    """
    shown = re.sub(r"\s*\d\)", "", cell_text(text) or "").lower()
    for umlaut, plain in (("ä", "a"), ("ö", "o"), ("ü", "u"), ("ß", "ss")):
        shown = shown.replace(umlaut, plain)
    return re.sub(r"[^a-z0-9²]", "", shown).replace("²", "2")
