"""Numbers, signs and dates in German; every figure on the screen passes through here."""

from __future__ import annotations

import math
from functools import lru_cache

from babel.numbers import format_decimal

MISSING = "k. A."
STATUS_WORDS = {
    "nichts_vorhanden": "– (nichts vorhanden)",
    "geheim": ". (geheim gehalten)",
    "nicht_sinnvoll": "x (nicht sinnvoll)",
    "unsicher": "/ (zu unsicher)",
    "noch_nicht": "… (liegt noch nicht vor)",
}
# The same at length, for a tooltip or a caption.
STATUS_REASONS = {
    "nichts_vorhanden": "nichts vorhanden: kein Fall gezählt, oder das Gebiet gab es damals noch nicht",
    "geheim": "geheim gehalten: zu wenige Fälle für eine Veröffentlichung",
    "nicht_sinnvoll": "nicht sinnvoll: die Zahl hätte hier keine Aussage",
    "unsicher": "zu unsicher: die Quelle verbürgt sich nicht für die Zahl",
    "noch_nicht": "liegt noch nicht vor",
}
NO_REASON = "keine Angabe: die Quelle nennt hier keinen Wert"
PROVENANCE_WORDS = {
    "amtlich": "amtlich",
    "veroeffentlicht": "veröffentlicht",
    "abgeleitet": "eigene Berechnung",
    "synthetisch": "Modelldaten (synthetisch)",
}


@lru_cache(maxsize=32)
def _pattern(decimals: int, signed: bool) -> str:
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    return f"+{digits};\u2212{digits}" if signed else f"{digits};\u2212{digits}"


def number(value: float | None, decimals: int = 0, *, signed: bool = False) -> str:
    """`1234.5` → `1.234,5`; with `signed` `+7,1`; missing → `k. A.`"""
    if value is None or math.isnan(value):
        return MISSING
    if round(value, decimals) == 0:
        value, signed = 0, False  # no "−0,0"
    return format_decimal(value, format=_pattern(decimals, signed), locale="de_DE")


def with_unit(value: float | None, unit_label: str, decimals: int = 0, *, signed: bool = False) -> str:
    """Number and unit, `7,1 %`; a missing value stands without unit."""
    text = number(value, decimals, signed=signed)
    return text if text == MISSING or not unit_label else f"{text}\u00a0{unit_label}"


def short_unit(unit_label: str) -> str:
    """Heading of a number column: the unit, or `Wert` where there is none worth saying."""
    return unit_label if 0 < len(unit_label) <= 24 else "Wert"


def missing_word(status: str | None) -> str:
    """Why a value is missing, in words; `k. A.` where the source gives no reason."""
    return STATUS_WORDS.get(status or "", MISSING)


def missing_reason(status: str | None) -> str:
    """Why a value is missing, in a few words that explain themselves."""
    return STATUS_REASONS.get(status or "", NO_REASON)


def count(number_of: int, singular: str, plural: str) -> str:
    """`1 Stadt`, `2.122 Städte`."""
    return f"{number(number_of)} {singular if number_of == 1 else plural}"
