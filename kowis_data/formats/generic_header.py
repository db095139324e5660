"""Heads of columns taken apart: "Einwohner 31.12.2022 (Anzahl)" is a title, a period, a date and a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kowis_data.formats.cells import find_date, german_date
from kowis_data.formats.generic_keys import period_of

_YEAR = r"(?:19|20)\d\d"
_PERIODS = re.compile(
    rf"(?<!\d)(?:\d{{1,2}}\.\d{{1,2}}\.{_YEAR}|{_YEAR}\s*(?:-|–|—|/|\bbis\b)\s*{_YEAR}|{_YEAR}-(?:0[1-9]|1[0-2])|{_YEAR})(?!\d)"
)
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_IN_UNIT = re.compile(
    r"[,;]?\s+in\s+((?:Tsd\.?|Mio\.?|1\.?000)?\s*(?:%|Prozent|€|Euro|EUR|km²?|km2|ha|m²|qm|Minuten|Jahren?|Personen))\s*$",
    re.I,
)
_PER_UNIT = re.compile(r"\s+(je\s+[\d. ]*\s*\w+.*)$", re.I)
_KNOWN_UNITS = re.compile(
    r"(%|prozent|€|euro|eur|km²?|km2|ha|m²|qm|min(uten)?|personen|anzahl|jahre|je .*|pro .*"
    r"|(tsd|mio|1\.?000)\.? .*|mbit/s|t|kwh?|mw)",
    re.I,
)
_SAME_UNIT = {"prozent": "%", "eur": "€", "euro": "€", "km2": "km²", "qm": "m²"}


@dataclass(frozen=True)
class Head:
    """What a head says; texts are empty where it is silent. `reference_date` is dd.mm.yyyy."""

    title: str
    unit_label: str = ""
    period: str = ""
    reference_date: str = ""


def parse_head(text: str) -> Head:
    """Title, unit and period of a head. The period may be a year, a span or a day; the last one named counts."""
    period = reference_date = ""
    rest = re.sub(r"[_]+", " ", text).strip()
    if matches := list(_PERIODS.finditer(rest)):
        match = matches[-1]
        period = period_of(match.group(0)) or ""
        reference_date = german_date(find_date(match.group(0)))
        if not period:
            reference_date = ""
        else:
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    unit = ""
    for match in _BRACKETS.finditer(rest):
        inside = match.group(1).strip().removeprefix("in ").strip()
        if not inside or _KNOWN_UNITS.fullmatch(inside):
            unit = inside or unit
            rest = rest.replace(match.group(0), " ")
    if not unit and (match := _IN_UNIT.search(rest.rstrip(" ,;:-–"))):
        unit, rest = match.group(1), rest[: match.start()]
    if not unit and (match := _PER_UNIT.search(rest)):
        unit = match.group(1).strip()
    if not unit and "%" in rest:
        unit, rest = "%", rest.replace("%", " ")
    rest = re.sub(
        r"\s+(am|im|zum|vom|von|jahr|stand|in)\s*$", "", " ".join(rest.split()).strip(" ,;:-–/"), flags=re.I
    )
    return Head(rest.strip(" ,;:-–/"), _SAME_UNIT.get(unit.lower(), unit), period, reference_date)
