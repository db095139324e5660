"""Indicators from imported files: the curated ones of `imported.toml`, and plain rules for all others."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from kowis_data.catalogue import INDICATOR_DEFAULTS, load

OWN_TABLE = "generic_table"
# Source of whatever is computed from imported files (catalogue/derived_sources.toml).
DERIVED_SOURCE_ID = "derived_imported"

# Fields that only indicators from files have; their meaning stands at the top of imported.toml.
IMPORTED_DEFAULTS: dict[str, Any] = {
    "needs_period_pairs": False,
    "small_numbers": False,
    "count_indicator": None,
    "three_year_mean": None,
    "population_basis_by_period": None,
    "doubtful": [],
    "is_blind_abroad": False,
}

_HELPER_DEFAULTS = {"theme": "bevoelkerung", "decimals": 0, "aggregation": "sum", "is_helper": True}

# What a figure from a file is called in its id, by the beginning of the format's id.
_PREFIXES = {"inkar": "inkar", "genesis": "genesis", "breitband": "breitband", "register": "register"}
_LONGEST_ID = 60
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "²": "2", "€": "eur"})

# Units of counts that add up over municipalities.
_COUNT = re.compile(
    r"(?:(?:1 ?000|Tsd\.|Mill\.|Mio\.|Mrd\.|T)? ?)?"
    r"(?:Anzahl|Personen|Beschäftigte|Wohnungen|Gebäude|EUR|Euro|q?k?m²?|km2|m2|qm|ha|t|GJ|TJ|kWh|MWh|GWh)",
)
# Figures that do not add up although they are counted: averages, rates, and moves that cross municipal borders.
_NO_SUM = re.compile(
    r"durchschnitt|mittel|median|anteil|quote|\bje\b|index|ziffer|veränderung|dichte|hebesatz|(?:zu|fort)z[uü]g|pendler",
    re.IGNORECASE,
)


@cache
def themes() -> dict[str, str]:
    """Themes that imported indicators need beside those of `indicators.toml`: id -> German title."""
    return dict(load("imported")["themes"])


@cache
def indicators() -> dict[str, dict[str, Any]]:
    """The curated indicators by id, in the order of the file, then their ingredients; every field filled."""
    facts = load("imported")
    found = {indicator_id: _filled(entry) for indicator_id, entry in facts["indicators"].items()}
    for indicator_id, entry in facts["helpers"].items():
        described = {"definition": f"{entry['title']}: Bestandteil anderer Merkmale, amtliche Zahl oder Summe daraus."}
        found[indicator_id] = _filled(_HELPER_DEFAULTS | described | entry)
    return found


def _filled(entry: dict[str, Any]) -> dict[str, Any]:
    source = {"source_id": DERIVED_SOURCE_ID} if "derive" in entry else {}
    facts = INDICATOR_DEFAULTS | IMPORTED_DEFAULTS | source | entry
    if facts["small_numbers"] and facts["count_indicator"] is None:
        facts["count_indicator"] = (facts.get("derive") or {}).get("numerator")
    return facts


def population_basis(facts: Mapping[str, Any], period: str) -> str | None:
    """Census on which the population in a figure of that period rests ("zensus2011"), None where not known.

    Only for indicators with `population_basis_by_period`; what a file says of itself goes before.
    """
    rule = facts.get("population_basis_by_period")
    if rule is None or not re.match(r"\d{4}", period):
        return None
    # A span of years rests on the basis of its last one.
    year = int(re.findall(r"\d{4}", period)[-1])
    for step in load("imported")["population_basis_rules"][rule]:
        if year <= step["until"]:
            return step["basis"]
    return None


def doubt(facts: Mapping[str, Any], feature: str, level: str, period: str, value: float) -> str | None:
    """Reason in German why a value of a source is known not to mean what it says, None where there is none."""
    for known in facts.get("doubtful", []):
        if (
            feature in known["features"]
            and level in known["levels"]
            and period in known["periods"]
            and value in known["values"]
        ):
            return known["reason"]
    return None


def has_county_values_only(levels: Iterable[str]) -> bool:
    """Whether a file gives a figure for counties but for no smaller region: then it is county context."""
    levels = set(levels)
    return "county" in levels and not levels & {"municipality", "unit"}


def automatic_indicator(feature: Mapping[str, Any], table: str, format_id: str) -> dict[str, Any]:
    """Catalogue entry of a feature that nobody curated, from the file's own words.

    Parameters
    ----------
    feature : a row of `Reading.features`; `subject_area` (Bereich of INKAR) is used where present.
    table : title of the source, for the definition where the file gives none.
    format_id : format of the file, e.g. "inkar_bulk".

    Returns
    -------
    dict with `indicator_id` and every field of the catalogue; nothing is judged (polarity neutral), rates never
    go up a level.
    """
    code = str(feature["feature"])
    title = _text(feature, "title") or code
    unit = _text(feature, "unit_label")
    definition = _text(feature, "definition") or f"Ohne eigene Beschreibung in der Datei. Aus: {table}."
    return (
        INDICATOR_DEFAULTS
        | IMPORTED_DEFAULTS
        | {
            "indicator_id": automatic_id(code, format_id),
            # The code makes titles unique: many tables have an "Insgesamt". Those of one's own tables are confirmed.
            "title": f"{title} [{'eigene Tabelle' if format_id == OWN_TABLE else code.split('|')[0]}]",
            "unit_label": load("imported")["automatic"]["units"].get(unit, unit),
            "theme": _theme(code, title, _text(feature, "subject_area"), format_id),
            "decimals": _decimals(unit),
            "aggregation": "sum" if _adds_up(title, unit, format_id) else "none",
            "definition": definition,
            "note": None if unit else "Die Datei nennt keine Einheit.",
            "is_signed": bool(re.search(r"saldo|veränderung|entwicklung", title, re.IGNORECASE)),
            "features": [code],
        }
    )


def automatic_id(code: str, format_id: str) -> str:
    """Readable id of a feature: `("q_alo_f", "inkar_bulk")` gives `"inkar_q_alo_f"`.

    Codes that had to be rewritten or cut end in a mark of their own, so that two of them never share an id.
    """
    family = next((prefix for start, prefix in _PREFIXES.items() if format_id.startswith(start)), "datei")
    plain = re.sub(r"[^a-z0-9]+", "_", code.casefold().translate(_UMLAUTS)).strip("_")
    found = plain if plain.startswith(f"{family}_") else f"{family}_{plain}"
    if plain == code and len(found) <= _LONGEST_ID:
        return found
    return f"{found[:_LONGEST_ID].rstrip('_')}_{hashlib.sha256(code.encode()).hexdigest()[:6]}"


def _text(feature: Mapping[str, Any], name: str) -> str:
    found = feature.get(name)
    return found.strip() if isinstance(found, str) else ""


def _theme(code: str, title: str, subject_area: str, format_id: str) -> str:
    rules = load("imported")["automatic"]
    for start, theme in rules["theme_by_subject_area"].items():
        if subject_area.casefold().startswith(start.casefold()):
            return theme
    if format_id.startswith("genesis"):
        for length in (3, 2, 1):
            if theme := rules["theme_by_statistic"].get(code[:length]):
                return theme
    for words, theme in rules["theme_by_word"].items():
        if re.search(words, title, re.IGNORECASE):
            return theme
    return "weitere"


def _decimals(unit: str) -> int:
    if not unit:
        return 2
    if _COUNT.fullmatch(unit) and unit not in ("qkm", "km²", "km2"):
        return 0
    return 1


def _adds_up(title: str, unit: str, format_id: str) -> bool:
    """Counts of official statistics add up; shares, means and whatever has no unit do not."""
    if not format_id.startswith(("genesis", "register", "inkar")) or _NO_SUM.search(title):
        return False
    return bool(unit) and _COUNT.fullmatch(unit) is not None
