"""Indicators that come from imported files: a curated list (`imported.toml`) and rules for everything else.

A feature that the list does not name becomes an indicator from the file's own words; its values go up a level only
where they are counts, because a rate cannot be added.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_LIST = Path(__file__).resolve().parent / "imported.toml"
OWN_TABLE = "generic_table"
_COUNTS = ("anzahl", "personen", "eur", "euro", "1000 eur", "tsd. euro")


@cache
def indicators() -> dict[str, dict[str, Any]]:
    """The curated indicators by id, every field filled."""
    from kowis_data.catalogue import INDICATOR_DEFAULTS

    entries = tomllib.loads(_LIST.read_text(encoding="utf-8"))["indicators"]
    return {indicator_id: INDICATOR_DEFAULTS | facts for indicator_id, facts in entries.items()}


@cache
def themes() -> dict[str, str]:
    """Titles of the themes that only imported indicators have, by id."""
    return tomllib.loads(_LIST.read_text(encoding="utf-8"))["themes"]


def automatic_indicator(feature: dict[str, Any], table: str, format_id: str) -> dict[str, Any]:
    """Facts of an indicator for a feature that nobody curated.

    Parameters
    ----------
    feature : a row of `Reading.features`.
    table : title of the source, for the definition where the file gives none.
    format_id : of the reader; begins the id, so that two formats never share one.
    """
    unit_label = _text(feature["unit_label"])
    is_count = unit_label.casefold() in _COUNTS and "|" in feature["feature"]
    # The code makes titles unique: many tables have an "Insgesamt". Titles of one's own tables are confirmed.
    code = "eigene Tabelle" if format_id == OWN_TABLE else feature["feature"].split("|")[0]
    return {
        "indicator_id": slug(f"{format_id}_{feature['feature']}"),
        "title": f"{_text(feature['title']) or feature['feature']} [{code}]",
        "unit_label": unit_label,
        "theme": "weitere",
        "decimals": 0 if is_count else 1,
        "aggregation": "sum" if is_count else "none",
        "definition": _text(feature["definition"]) or f"Ohne eigene Beschreibung in der Datei. Aus: {table}.",
    }


def slug(text: str) -> str:
    """Small letters, digits and `_`, umlauts spelt out: a readable id."""
    for umlaut, spelling in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("≥", "ab")):
        text = text.casefold().replace(umlaut, spelling)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
