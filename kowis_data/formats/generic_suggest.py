"""A first guess how a table of one's own is to be read; the user confirms or changes it.

Key columns are found by what stands in them: a column is a key if enough of its cells are keys (or names) of today's
register. Heads only decide where content cannot, and give title, unit and period of the values.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pandas as pd

from kowis_data.formats.cells import cell_text, texts
from kowis_data.formats.excel_sheets import is_workbook, preview, read_sheet
from kowis_data.formats.generic_cells import (
    EMPTY_WORDS,
    Table,
    line_pattern,
    load_parquet,
    load_sheet,
    load_text,
    text_lines,
)
from kowis_data.formats.generic_header import parse_head
from kowis_data.formats.generic_keys import parse_keys, parse_periods, period_of, state_keys
from kowis_data.formats.generic_mapping import Mapping, ValueColumn
from kowis_data.formats.generic_marks import find_marks, number_share
from kowis_data.formats.reading import Sample
from kowis_data.formats.text_files import looks_like_html
from kowis_data.settings import BASE_FILES

DELIMITERS = ";\t|,"
MAX_SUGGEST_BYTES = 2_000_000
_HEAD_LINES = 60
_MAX_ROWS = 20_000
# Part of the cells that must be known keys; a hint in the head makes less enough (old keys, few rows).
_KNOWN_SHARE, _KNOWN_SHARE_WITH_HINT = 0.5, 0.2
_NUMBER_SHARE = 0.6
_HINTS = {
    "ars": r"\bars\b|regionalschl|\brs\b",
    "unit": r"verband|einheit|unit|\bvg\b|\bvb\b",
    "ags": r"\bags\b|gemeindeschl|\bgkz\b|gemeindekennz|kennziffer|schl[uü]ssel|\bkey\b|\bid\b",
    "county": r"kreis|\bkrs\b|county",
    "state": r"\bland\b|bundesland|state|\blan\b",
    "mixed": r"schl[uü]ssel|kennziffer|\bags\b|region",
    "name": r"gemeinde|stadt|\bort|kommune|name|town|municip",
}
_PERIOD_HEAD = re.compile(
    r"\b(jahr|year|zeit|zeitbezug|zeitpunkt|zeitraum|stand|stichtag|datum|periode?)\b", re.I
)
# Numbers that say where or which, not how much.
_NO_VALUE_HEAD = re.compile(
    r"\b(plz|postleit\w*|l[aä]nge\w*|breite\w*|lon|lat|long?itude|latitude|nr|lfd|id)\b", re.I
)
# Units of things that can be counted together: values of municipalities add up to those of their association.
_COUNTS = ("anzahl", "personen", "€", "ha", "km²")
# Small whole numbers are states, counties or anything: they need a hint in the head.
_NEEDS_HINT = ("state",)


@lru_cache(maxsize=1)
def _known() -> dict[str, frozenset[str]]:
    """Keys and names of today's register, as the content of key columns is compared with them."""
    columns = ["ags", "unit_id", "county_id", "state_id", "name"]
    register = pd.read_parquet(BASE_FILES / "municipalities.parquet", columns=columns)
    return {
        "municipality": frozenset(register["ags"]),
        "unit": frozenset(register["unit_id"]),
        "county": frozenset(register["county_id"]),
        "state": frozenset(register["state_id"]),
        "country": frozenset(["DG"]),
        "name": frozenset(register["name"].str.casefold()),
    }


def suggest(sample: Sample) -> Mapping | None:
    """The likeliest mapping of a table; None where it has no key, no names, or no numbers.

    Raises FormatError for damaged workbooks, Parquet files and texts.
    """
    if is_workbook(sample.head):
        found = [mapping for sheet in preview(sample.path) if (mapping := _suggest_sheet(sample, sheet))]
        # The sheet that tells more: keys rather than names, then more columns.
        return max(found, key=lambda mapping: (mapping.key_kind != "name", len(mapping.values)), default=None)
    if sample.head.startswith(b"PAR1"):
        return _suggest_columns(
            load_parquet(sample.path), Mapping("", "", file_kind="parquet", header_line=0), sample
        )
    if b"\x00" in sample.head and not sample.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    return _suggest_text(sample)


def _suggest_text(sample: Sample) -> Mapping | None:
    lines = text_lines(sample.path, MAX_SUGGEST_BYTES)
    if len(lines) < 2 or looks_like_html(lines.iloc[0]):
        return None
    found = _find_delimiter(lines.iloc[:_HEAD_LINES])
    if not found:
        return None
    delimiter, width = found
    fits = lines.iloc[:_HEAD_LINES].str.fullmatch(line_pattern(delimiter, width)).astype(bool)
    for number, line in lines.iloc[:_HEAD_LINES][fits].items():
        cells = [cell.strip().strip('"') for cell in line.split(delimiter)]
        if _is_head(cells):
            layout = Mapping("", "", header_line=int(number), delimiter=delimiter)
            table = load_text(sample.path, delimiter, layout.header_line, MAX_SUGGEST_BYTES)
            return _suggest_columns(table, layout, sample)
    return None


def _find_delimiter(lines: pd.Series) -> tuple[str, int] | None:
    """The delimiter that splits most lines into the same number of cells, and that number."""
    best = None
    for delimiter in DELIMITERS:
        outside = lines.str.replace(r'"(?:[^"]|"")*"', "", regex=True)
        counts = (outside.str.count(re.escape(delimiter)) + 1).value_counts()
        counts = counts[counts.index > 1]
        if len(counts) and (best is None or counts.max() > best[0]):
            best = (counts.max(), delimiter, int(counts.idxmax()))
    return best[1:] if best else None


def _suggest_sheet(sample: Sample, sheet: str) -> Mapping | None:
    top = preview(sample.path)[sheet]
    for number, row in top.iterrows():
        if _is_head([cell_text(cell) or "" for cell in row]):
            layout = Mapping("", "", file_kind="excel", header_line=int(number), sheet=sheet)
            read_sheet(sample.path, sheet)
            return _suggest_columns(load_sheet(sample.path, sheet, int(number)), layout, sample)
    return None


def _is_head(cells: list[str]) -> bool:
    """Whether a row names columns: most cells are filled, at least one is no number, none looks like a value."""
    filled = [cell for cell in cells if cell]
    years = [cell for cell in filled if period_of(cell)]
    numbers = [cell for cell in filled if re.fullmatch(r"[-+]?[0-9][0-9.,' ]*%?", cell) and cell not in years]
    return len(filled) >= 2 and len(filled) >= 0.6 * len(cells) and not numbers and len(years) < len(filled)


def _suggest_columns(table: Table, layout: Mapping, sample: Sample) -> Mapping | None:
    cells = table.cells.iloc[:: len(table.cells) // _MAX_ROWS + 1]
    if cells.empty:
        return None
    # Before the keys: 2000 is a year, though it could be the county of Hamburg.
    periods = [column for column in cells if _is_period_column(cells[column], column)]
    keys = _key_columns(cells.drop(columns=periods))
    if not keys:
        return None
    layout.key_column, layout.key_kind = keys[0]
    taken = {column for column, _ in keys}
    layout.name_column = next(
        (column for column, kind in keys if kind == "name" and column != layout.key_column), ""
    )
    layout.period_column = periods[0] if periods else ""
    taken |= set(periods)
    if layout.key_kind == "name":
        layout.state_column = _state_column(cells.drop(columns=[layout.key_column, *periods]))
        taken |= {layout.state_column} - {""}
    numeric = [
        column for column in cells if column not in taken and number_share(cells[column]) >= _NUMBER_SHARE
    ]
    candidates = [column for column in numeric if not _NO_VALUE_HEAD.search(column)]
    if not candidates:
        return None
    # Offered, but not chosen: columns still to be filled, postcodes and the like.
    offered = [
        column for column in cells if column in numeric or (column not in taken and _is_blank(cells[column]))
    ]
    layout.decimal, layout.thousands, layout.hints = find_marks(cells[candidates], layout.delimiter)
    about = _year_about(sample)
    for column in offered:
        head = parse_head(column)
        period = "" if layout.period_column else head.period or about
        layout.values.append(
            ValueColumn(
                column,
                head.title or parse_head(about_title(sample)).title or "Wert",
                head.unit_label,
                period,
                head.reference_date,
                used=column in candidates,
                aggregation="sum" if head.unit_label.casefold() in _COUNTS else "none",
            )
        )
    layout.title = about_title(sample)
    if not layout.period_column:
        unknown = [value.column for value in layout.values if value.used and not value.period]
        if unknown:
            layout.hints.append(
                "Zeitbezug bitte angeben für: " + ", ".join(f"„{name}“" for name in unknown) + "."
            )
        elif about and any(not parse_head(value.column).period for value in layout.values):
            layout.hints.append(f"Der Zeitbezug {about} stammt aus dem Namen der Datei.")
    if layout.key_kind == "name":
        layout.hints.append(
            "Gemeinden werden nach ihrem Namen gesucht; mehrfach vergebene Namen bleiben ohne Treffer"
            + (", wenn auch das Land sie nicht unterscheidet." if layout.state_column else ".")
        )
    return layout


def _key_columns(cells: pd.DataFrame) -> list[tuple[str, str]]:
    """Columns with keys or names of regions and their kind, the best first."""
    known, found = _known(), []
    order = ("ars", "ags", "unit", "county", "state", "mixed", "name")
    for column in cells:
        filled = cells[column][texts(cells[column]).notna()]
        if filled.empty:
            continue
        best = None
        for kind in order:
            keys = parse_keys(filled, kind)
            hint = bool(re.search(_HINTS[kind], column, re.I))
            if kind == "name":
                names = keys["region_id"].astype("str").str.removeprefix("name:").str.casefold()
                share = sum(name in known["name"] for name in names) / len(filled)
            else:
                # Two digits alone may be anything.
                levels = [
                    level for level in known if hint or kind != "mixed" or level not in ("state", "country")
                ]
                found_keys = keys[keys["level"].isin(levels)]
                pairs = zip(found_keys["level"], found_keys["region_id"], strict=True)
                share = sum(key in known[level] for level, key in pairs) / len(filled)
            needed = _KNOWN_SHARE_WITH_HINT if hint else _KNOWN_SHARE
            if share < needed or (kind in _NEEDS_HINT and not hint):
                continue
            if best is None or (share, hint) > (best[0] + 0.02, best[1]):
                best = (share, hint, kind)
        if best:
            found.append((order.index(best[2]), -best[0], column, best[2]))
    # The lowest level wins: a county beside each town is no key of its row.
    finest = {"ars": 0, "ags": 0, "unit": 1, "mixed": 0, "name": 2, "county": 3, "state": 4}
    return [
        (column, kind)
        for _, share, column, kind in sorted(found, key=lambda item: (finest[item[3]], item[1]))
    ]


def _state_column(cells: pd.DataFrame) -> str:
    """The column that names the Land of each row, empty where there is none."""
    for column in cells:
        keys = state_keys(cells[column])
        is_named = bool(re.search(_HINTS["state"], column, re.I))
        if keys.notna().mean() > 0.8 and (is_named or not number_share(cells[column])):
            return column
    return ""


def _is_period_column(column: pd.Series, head: str) -> bool:
    filled = column[texts(column).notna()]
    if filled.empty:
        return False
    share = parse_periods(filled).notna().mean()
    return share > 0.9 if _PERIOD_HEAD.search(head) else share == 1 and len(filled) > 3


def _is_blank(column: pd.Series) -> bool:
    return texts(column).astype("str").fillna("").str.lower().isin(EMPTY_WORDS).all()


def about_title(sample: Sample) -> str:
    """Title of the table by the name of its file, for want of a better one."""
    stem = sample.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return " ".join(re.sub(r"[_\-]+", " ", stem).split())[:80] or "Eigene Tabelle"


def _year_about(sample: Sample) -> str:
    return parse_head(about_title(sample)).period
