"""What the INKAR readers share: levels, region keys, periods and names of indicators over the editions."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from kowis_data.formats.reading import SourceInfo
from kowis_data.keys import COUNTRY_KEY, STATE_KEYS, pad_key

# A unit key of the editions before 2024 (8 digits: the association's own key or the AGS of an Einheitsgemeinde).
# Whoever knows the BBSR reference tables translates it; a 9-digit key of the database never looks like this.
OLD_UNIT_PREFIX = "alt:"
EARLIEST_YEAR, LATEST_YEAR = 1950, 2100
# No published figure comes near (the GDP of Germany in euros is 4e12): more is a slip of digits.
LARGEST_VALUE = 1e15

_YEARS = re.compile(r"(\d{4})(?:\s*(?:bis|und|[-–—/])\s*(\d{4}|\d{2}))*")
_YEAR = re.compile(r"(?<![\d,])\d{4}(?!\d|[,.]\d)")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@cache
def facts() -> dict:
    """The content of `inkar.toml`."""
    return tomllib.loads(Path(__file__).with_name("inkar.toml").read_text(encoding="utf-8"))


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


@cache
def level_of(spatial_reference: str) -> str:
    """Level of a Raumbezug or Aggregat; "other" for those the atlas does not carry."""
    wanted = _fold(spatial_reference)
    for level, names in facts()["levels"].items():
        if any(_fold(name) == wanted for name in names):
            return level
    return "other"


@cache
def side_area(subject_area: str) -> str:
    """`zom`, `sdg` or `europe` for the Bereiche that repeat others, the empty text for the main part."""
    wanted = _fold(subject_area)
    for area, names in facts()["side_areas"].items():
        if any(_fold(name) == wanted for name in names):
            return area
    return ""


def slug(text: str) -> str:
    """`"Pendler mit Arbeitsweg 50 km"` -> `"pendler_mit_arbeitsweg_50_km"`."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold().translate(_UMLAUTS).replace("²", "2")).strip("_")


@cache
def _kuerzel_by_title() -> dict[str, str]:
    return {slug(title): kuerzel for kuerzel, titles in facts()["titles"].items() for title in titles}


def feature_of(title: str, *, kuerzel: str = "", area: str = "", long_title: str = "") -> str:
    """The code of an indicator, the same over editions and kinds of file where that can be told.

    Parameters
    ----------
    title : the short name ("Indikator").
    kuerzel : INKAR's own code where the file has one; the text `NA` means that there is none.
    area : as from `side_area`; titles of side areas mean something else and get their own code.
    long_title : "Langname" of a table export.
    """
    if kuerzel.strip() and kuerzel.strip().upper() != "NA":
        return kuerzel.strip()
    known = None if area else _kuerzel_by_title().get(slug(title))
    if known is None:
        return "_".join(filter(None, ("inkar", area, slug(title))))
    needed = facts()["long_title_contains"].get(known, "")
    if long_title and needed not in long_title:
        return f"inkar_{slug(long_title)}"
    return known


def region_id(level: str, key: str | None, *, old_unit_keys: bool) -> str | None:
    """A key in the database's form, None where it cannot be one.

    Parameters
    ----------
    level : a level that the atlas carries.
    key : the digits in the file, leading zeros possibly lost.
    old_unit_keys : whether the file writes units with the 8 digits of the editions before 2024; they come back
        with `OLD_UNIT_PREFIX`.
    """
    if level == "country":
        return COUNTRY_KEY
    key = (key or "").strip()
    if not (key.isascii() and key.isdigit()):
        return None
    # Counties and states are also written with the zeros of the municipality: 01001000 is county 01001.
    tail = {"county": "000", "state": "000000"}.get(level)
    if tail and len(key) >= 7 and key.endswith(tail):
        key = key[: -len(tail)]
    if level != "unit":
        return pad_key(key, level)
    if not old_unit_keys:
        return pad_key(key, "unit")
    key = key.zfill(8) if len(key) == 7 else key
    return OLD_UNIT_PREFIX + key if len(key) == 8 and key[:2] in STATE_KEYS else None


def period_of(text: str | None) -> str | None:
    """`"2019"`, `"2010 bis 2019"` -> `"2010-2019"`, `"2016/2017/2018"` -> `"2016-2018"`, `"2019/20"` ->
    `"2019-2020"`. Other text stays as it is if it names a year; None for no period."""
    text = " ".join((text or "").split())
    if _YEARS.fullmatch(text):
        found = re.findall(r"\d+", text)
        years = [int(year if len(year) == 4 else found[0][:2] + year) for year in found]
        if years != sorted(set(years)) or not EARLIEST_YEAR <= years[0] <= years[-1] <= LATEST_YEAR:
            return None
        return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    named = any(EARLIEST_YEAR <= int(year) <= LATEST_YEAR for year in _YEAR.findall(text))
    return text if named and len(text) <= 40 else None


def inkar_source(edition: str, what: str) -> SourceInfo:
    """Source of a file of an edition ("2024", empty if unknown); `what` tells the kind of file in German."""
    named = f", Ausgabe {edition}" if edition else ""
    return SourceInfo(
        title=f"INKAR – Indikatoren und Karten zur Raum- und Stadtentwicklung{named} ({what})",
        publisher="Bundesinstitut für Bau-, Stadt- und Raumforschung (BBSR)",
        url="https://www.inkar.de",
        reference_date=edition,
    )
