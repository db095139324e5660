"""Heads of BBSR reference tables: which column is key, name, figure or attribute.

Two layouts are known. Until 2015 a row of codes (`gvb15`, `ktyp4`) stands under one or two rows of long
heads and the title gives the date; from 2021 on a row of codes with the year (`GEM2022`, `GTU2022`,
`GTU_NAME`) stands over a row of long heads.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from kowis_data.formats.cells import cell_text, find_date, normalise

UNTIL_2015 = "Referenztabellen mit Codezeile (gvb15, gem15, krs15)"
SINCE_2021 = "Raumgliederungen-Referenzen (GEM2021, VWG2021, KRS2021 …)"

_OLD_KEY = re.compile(r"(gem|gvb|krs)(\d\d)")
_NEW_KEY = re.compile(r"(gem|vwg|krs)((?:19|20)\d\d)")
LEVELS = {"gem": "municipality", "gvb": "unit", "vwg": "unit", "krs": "county"}

_FIGURES = {
    "population": r"(?:z?bev\d\d|bevolkerung(?:3112)?\d{4})",
    "male": r"mannlbevolkerung(?:3112)?\d{4}",
    "female": r"weiblbevolkerung(?:3112)?\d{4}",
    "area_km2": r"(?:flacheinkm2|fl\d\d)",
}
_NAMES = r"(?:gem|vwg|krs\d\d|krs)name|gemeindename\d*|namedesgemeindeverbands"
_REGIONAL_KEY = r"(?:regionalschlussel(?:\d{4})?|(?:gem|vwg)\d{4}rs)"


@dataclass(frozen=True)
class AttributeColumn:
    """A column of codes, the column of their names (or None), the width of codes that lost zeros (or 0)."""

    attribute: str
    title: str
    code_column: int
    label_column: int | None
    width: int = 0


@dataclass
class SheetColumns:
    """What the columns of a reference sheet are; numbers are column positions.

    `key` is the key of the sheet's own level, `regional_key` the ARS (municipality) or its first nine
    digits (unit), `association` the association of a municipality, written as `association_form` says
    ("gvb" 8 digits, "vwg" 9).
    """

    layout: str
    level: str
    year: int
    first_row: int
    key: int
    key_form: str
    regional_key: int | None = None
    name: int | None = None
    association: int | None = None
    association_form: str | None = None
    figures: dict[str, int] = field(default_factory=dict)
    attributes: list[AttributeColumn] = field(default_factory=list)
    width: int = 0
    unused: list[str] = field(default_factory=list)


@cache
def _facts() -> dict:
    return tomllib.loads(Path(__file__).with_name("bbsr_reference.toml").read_text(encoding="utf-8"))


def find_columns(rows: pd.DataFrame) -> SheetColumns | None:
    """The columns of a reference sheet by its first rows, None where it is none.

    Layout, level and year come from the first cell of the row of codes.
    """
    for position, number in enumerate(rows.index[:5]):
        first = normalise(rows.iloc[position, 0])
        old, new = _OLD_KEY.fullmatch(first), _NEW_KEY.fullmatch(first)
        if not (old or new):
            continue
        codes = [normalise(cell) for cell in rows.iloc[position]]
        if new:
            heads = (
                [cell_text(cell) or "" for cell in rows.iloc[position + 1]]
                if position + 1 < len(rows)
                else []
            )
            sheet = SheetColumns(SINCE_2021, LEVELS[new[1]], int(new[2]), number + 2, 0, new[1])
        else:
            heads = [
                cell_text(cell) or "" for cell in rows.iloc[max(position - 1, 0)].replace("", None).ffill()
            ]
            dates = [find_date(cell) for cell in rows.iloc[: position + 1].to_numpy().ravel()]
            dates = [date.year for date in dates if date]
            year = dates[0] if dates else 2000 + int(old[2])
            sheet = SheetColumns(UNTIL_2015, LEVELS[old[1]], year, number + 1, 0, old[1])
        sheet.width = len(codes)
        _assign(sheet, codes, heads + [""] * len(codes))
        return sheet
    return None


def _assign(sheet: SheetColumns, codes: list[str], heads: list[str]) -> None:
    column = 1
    while column < len(codes):
        code = codes[column]
        has_label = column + 1 < len(codes) and _is_label(code, codes[column + 1])
        figure = next((name for name, pattern in _FIGURES.items() if re.fullmatch(pattern, code)), None)
        attribute = _find_attribute(code, heads[column], has_label)
        if figure and figure not in sheet.figures:
            sheet.figures[figure] = column
        elif re.fullmatch(_REGIONAL_KEY, code) and sheet.regional_key is None:
            sheet.regional_key = column
        elif re.fullmatch(_NAMES, code) and sheet.name is None:
            sheet.name = column
        elif sheet.level == "municipality" and sheet.association is None and _is_association(code):
            sheet.association, sheet.association_form = column, "vwg" if code.startswith("vwg") else "gvb"
        elif attribute and code and not _is_ignored(code):
            name, title, width = attribute
            label = column + 1 if has_label else None
            sheet.attributes.append(AttributeColumn(name, title, column, label, width))
        elif code and not _is_ignored(code) and not _NEW_KEY.fullmatch(code):
            sheet.unused.append(code)
        column += 2 if has_label and attribute else 1


def _is_association(code: str) -> bool:
    return bool(re.fullmatch(r"vwg\d{4}|gvb\d\d|gemeindeverbandstand\d+", code))


def _is_label(code: str, following: str) -> bool:
    """Whether the next column names the codes of this one: no head, or one made of "name" and the code."""
    stem = _without_year(code)
    return bool(code) and (
        following == ""
        or (following.endswith("name") and following.startswith(stem[:3]))
        or (following.startswith("name") and following[4:] == code.removeprefix("kenn"))
    )


def _without_year(code: str) -> str:
    return re.sub(r"((19|20)\d\d|(?<=mittelb)\d\d|(?<=ror)\d\d)$", "", code)


def _is_ignored(code: str) -> bool:
    return any(re.fullmatch(rf"{pattern}\d*", code) for pattern in _facts()["ignored"]) or bool(
        re.fullmatch(_NAMES, code)
    )


def _find_attribute(code: str, head: str, has_label: bool) -> tuple[str, str, int] | None:
    """Slug, title and width: from the list of known codes, else (named codes only) from the head."""
    stem = _without_year(code)
    for entry in _facts()["attribute"]:
        if stem in entry["codes"]:
            return entry["attribute"], entry["title"], entry.get("width", 0)
    if not has_label or _NEW_KEY.fullmatch(code) or _OLD_KEY.fullmatch(code):
        return None
    return stem, re.sub(r"\s*\(\d{4}\).*$", "", head).strip() or stem, 0
