"""Region keys as GENESIS writes them, brought to the database's form; the basis of population figures.

GENESIS names the same region in several ways. The classic table shortens independent cities to their county
key and Hamburg and Berlin to that of the state, and puts the association in the middle of its members' keys.
The flat file uses the plain AGS, the census the 12-digit ARS. All these forms differ in length or first
digits, so one table of patterns tells them apart, also after a spreadsheet dropped the leading zero.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pandas as pd

FACTS = tomllib.loads(Path(__file__).with_name("genesis.toml").read_text(encoding="utf-8"))
INDEPENDENT_CITIES = frozenset(FACTS["independent_cities"]["keys"] + FACTS["independent_cities"]["dissolved"])
# Beside the counties county tables name three towns; that makes them no municipal tables.
_TOWNS_IN_COUNTY_TABLES = frozenset(FACTS["independent_cities"]["towns_in_county_tables"])
CITY_STATES = {"02": "02000", "11": "11000"}

_STATE = r"(?:0[1-9]|1[0-6])"
_BERLIN_DISTRICT = r"0(?:0[1-9]|1[0-2])"
# Pattern, level and how the key of the database is made of the groups; the first pattern that fits counts.
_PATTERNS = (
    (r"(DG)", "country", r"\1"),
    (rf"({_STATE})", "state", r"\1"),
    (r"((?:03|05|06|07|08|09|14|15)\d)", "other", r"\1"),  # regions, in states that have them
    (rf"(11{_BERLIN_DISTRICT})", "other", r"\1"),
    (rf"(11({_BERLIN_DISTRICT})\2)", "other", r"\1"),
    (rf"({_STATE}\d{{3}})", "county", r"\1"),
    # Verbandsgemeinde: county + its number; its four digits in the ARS are 50 + number.
    (r"(07\d{3})(\d\d)", "unit", r"\g<1>50\2"),
    # Samtgemeinde: looks like an AGS; no municipality of Niedersachsen has a number from 400 to 499.
    (r"(03\d{3})(4\d\d)", "unit", r"\g<1>5\2"),
    (rf"({_STATE}\d{{6}})", "municipality", r"\1"),
    (rf"({_STATE}\d{{7}})", "unit", r"\1"),
    # Members of associations: county + association (2 digits; 3 in Niedersachsen) + municipality.
    (r"(07\d{3})\d\d(\d{3})", "municipality", r"\1\2"),
    (r"(03\d{3})\d{3}(\d{3})", "municipality", r"\1\2"),
    (rf"({_STATE}\d{{3}})\d{{4}}(\d{{3}})", "municipality", r"\1\2"),
)
_COMPILED = tuple((re.compile(pattern), level, form) for pattern, level, form in _PATTERNS)
_CITY_NAME = re.compile(r"kreisfreie|kreisfr\.|krfr\.|krsfr\.|stadtkreis", re.IGNORECASE)


def region_of(key: str) -> tuple[str, str, bool] | None:
    """Level, key in the database's form, and whether a lost leading zero was put back; None where it is no
    key.

    >>> region_of("03151401002")
    ('municipality', '03151002', False)
    >>> region_of("0713101")
    ('unit', '071315001', False)
    """
    key = key.strip().strip("'\"")
    for candidate, repaired in ((key, False), ("0" + key, True)):
        if repaired and len(key) == 8:
            break  # an AGS of no existing state, not a unit without its zero
        for pattern, level, form in _COMPILED:
            if match := pattern.fullmatch(candidate):
                return level, match.expand(form), repaired
    return None


def regions_of(keys: pd.Series, names: pd.Series) -> pd.DataFrame:
    """The regions behind the keys of a file, one row per key and level it stands for.

    Parameters
    ----------
    keys, names : distinct keys as written and a name for each.

    Returns
    -------
    DataFrame with `key`, `level`, `region_id` (both None where the key is none), `repaired` (a leading zero
    was put back) and `added` (the row was made from a key of a higher level: an independent city or city
    state is county and municipality at once). Rows are added only on levels the file has, and only where it
    does not name the region there itself.
    """
    found = [region_of(key) or (None, None, False) for key in keys]
    regions = pd.DataFrame(found, columns=["level", "region_id", "repaired"])
    regions.insert(0, "key", list(keys))
    regions["added"] = False
    present = set(zip(regions["level"], regions["region_id"], strict=True))
    levels = {level for level, region_id in present if region_id not in _TOWNS_IN_COUNTY_TABLES}
    extra = []
    for (key, level, region_id, *_), name in zip(regions.itertuples(index=False), names, strict=True):
        county = region_id if level == "county" else CITY_STATES.get(region_id) if level == "state" else None
        if county is None:
            continue
        is_city = level == "state" or county in INDEPENDENT_CITIES or bool(_CITY_NAME.search(str(name)))
        for target, target_id in (("county", county), ("municipality", county + "000")):
            if is_city and target in levels and (target, target_id) not in present:
                extra.append((key, target, target_id, False, True))
    return pd.concat([regions, pd.DataFrame(extra, columns=regions.columns)], ignore_index=True) if extra else regions


def key_notes(regions: pd.DataFrame) -> list[str]:
    """German sentences on what was done to the keys, for the quality report."""
    notes = []
    if repaired := int(regions["repaired"].sum()):
        notes.append(f"Bei {repaired} Regionalschlüsseln fehlte die führende Null; sie wurde ergänzt.")
    added = regions[regions["added"].astype(bool)]
    if cities := int((added["level"] == "municipality").sum()):
        notes.append(
            f"{cities} kreisfreie Städte und Stadtstaaten stehen in der Datei nur mit dem Schlüssel des "
            "Kreises oder Landes; ihre Werte gelten auch für die Gemeinde (Schlüssel des Kreises + 000)."
        )
    if other := int((regions["level"] == "other").sum()):
        notes.append(
            f"{other} Regionen anderer Ebenen (Regierungsbezirke, statistische Regionen, Stadtbezirke) "
            "werden gezählt, aber nicht übernommen."
        )
    return notes


def population_basis(statistic: str, year: int, national_totals: frozenset[int] | None = None) -> str | None:
    """The census on which a population figure of 31 December rests, None where that is not certain.

    Parameters
    ----------
    statistic : code, e.g. "12411" or a table "12411-01-01-5"; other statistics than 12411 have no basis.
    year : year of the reference date.
    national_totals : values of the file's row for Germany in that year; needed for 2022 and 2023, which were
        published on both bases. 2011 counts as Zensus 2011 (so regionalstatistik.de) unless the total says
        else.
    """
    facts = FACTS["population_basis"]
    if str(statistic).split("-")[0] != facts["statistic"]:
        return None
    for total in facts["totals"]:
        if total["year"] == year and total["population"] in (national_totals or ()):
            return total["basis"]
    if year <= 2010:
        return facts["before_2011"]
    if year <= 2021:
        return "zensus2011"
    return "zensus2022" if year >= 2024 else None
