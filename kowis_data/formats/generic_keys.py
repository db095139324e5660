"""Cells of tables of one's own read as keys of regions, names of towns, and periods."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from kowis_data.formats.cells import find_date, texts
from kowis_data.formats.generic_mapping import PERIOD
from kowis_data.keys import COUNTRY_KEY, STATE_KEYS, ars_to_ags
from kowis_data.settings import BASE_FILES

BLANKS = " \u00a0\u202f\u2009"
_WIDTHS = {"ags": 8, "unit": 9, "county": 5, "state": 2}
_LEVEL_OF_WIDTH = {2: "state", 5: "county", 8: "municipality", 9: "unit"}


def parse_keys(column: pd.Series, kind: str) -> pd.DataFrame:
    """Columns `level`, `region_id` (None where a cell holds no key of this kind)."""
    text = (
        texts(column).astype("str").str.strip("'\"").str.replace(f"[{BLANKS}]+", " ", regex=True).str.strip()
    )
    level = pd.Series(None, index=column.index, dtype=object)
    region = pd.Series(None, index=column.index, dtype=object)
    if kind == "name":
        named = text.notna() & (text != "") & ~text.str.fullmatch(r"[-0-9 .,]+").fillna(False).astype(bool)
        return pd.DataFrame(
            {"level": level.mask(named, "municipality"), "region_id": region.mask(named, "name:" + text)}
        )
    keys = text.str.replace(" ", "", regex=False).str.removesuffix(".0")
    keys = keys.where(keys.str.fullmatch("[0-9]+").fillna(False))
    if kind == "mixed":
        for width, name in _LEVEL_OF_WIDTH.items():
            fits = (keys.str.len() == width).fillna(False).astype(bool)
            level, region = level.mask(fits, name), region.mask(fits, keys)
        is_country = text.str.lower().isin(["dg", "deutschland"])
    elif kind != "ars":
        width = _WIDTHS[kind]
        fits = keys.str.len().isin([width - 1, width])
        level, region = level.mask(fits, _LEVEL_OF_WIDTH[width]), region.mask(fits, keys.str.zfill(width))
    if kind in ("ars", "mixed"):
        full = keys.where(keys.str.len().isin([11, 12])).str.zfill(12)
        # An association as a whole ends in 000; so does a city without one, which is a municipality.
        is_unit = (full.str[5:9] != "0000") & (full.str[9:] == "000") & full.notna()
        level, region = level.mask(is_unit, "unit"), region.mask(is_unit, full.str[:9])
        is_town = full.notna() & ~is_unit
        level = level.mask(is_town, "municipality")
        region = region.mask(is_town, full[is_town].map(ars_to_ags).reindex(full.index))
    valid = region.astype("str").str[:2].isin(STATE_KEYS)
    level, region = level.where(valid, None), region.where(valid, None)
    if kind == "mixed":
        level, region = level.mask(is_country, "country"), region.mask(is_country, COUNTRY_KEY)
    return pd.DataFrame({"level": level, "region_id": region})


def state_keys(column: pd.Series) -> pd.Series:
    """Two digits of the Land for cells with its name or number, None for others."""
    text = texts(column).astype("str").str.strip()
    keys = text.str.casefold().map(_states()).astype(object)
    digits = text.str.removesuffix(".0").str.zfill(2)
    keys = keys.where(keys.notna(), digits.where(digits.isin(STATE_KEYS)))
    return keys.where(keys.notna(), None)


@cache
def _states() -> dict[str, str]:
    states = pd.read_parquet(BASE_FILES / "states.parquet", columns=["state_id", "name"])
    return dict(zip(states["name"].str.casefold(), states["state_id"], strict=True))


def add_states(regions: pd.DataFrame, states: pd.Series) -> pd.DataFrame:
    """Names of towns with their Land: the key becomes `name:<Land>:<name>`, empty where the cell names no Land."""
    keys = state_keys(states)
    named = regions["region_id"].astype("str").str.startswith("name:").fillna(False).astype(bool)
    known = named & keys.notna()
    region = regions["region_id"].mask(named & ~known, "")
    region = region.mask(known, "name:" + keys.astype("str") + ":" + region.astype("str").str[5:])
    return regions.assign(region_id=region)


def parse_periods(column: pd.Series) -> pd.Series:
    """Periods of a column that says when (2022, 31.12.2022, 2011–2021, 2022-06), None where it does not."""
    text = texts(column)
    known = {cell: period_of(cell) for cell in text.dropna().unique()}
    found = text.map(known).astype(object)
    return found.where(found.notna(), None)


def period_of(text: str) -> str | None:
    """`2022`, `2011-2021` or `2022-06` of a text that is nothing but a period."""
    if (date := find_date(text)) and re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", text.strip()):
        return str(date.year)
    plain = re.sub(r"\s*(?:–|—|\bbis\b|/)\s*", "-", text.strip())
    if iso := re.fullmatch(r"((?:19|20)\d\d)-\d\d-\d\d(?:[ T].*)?", plain):
        return iso.group(1)
    return plain if PERIOD.fullmatch(plain) else None
