"""Official region keys (AGS, ARS and their relatives) brought into one written form.

Every publisher writes the keys a little differently: without leading zeros, with the association in the
middle, shortened for city states. Readers call `normalise_key` and get back the level and the key in the form
the database uses: municipality 8 digits (AGS), unit 9 digits (first nine of the ARS), county 5, state 2,
country `DG`. Whether such a region exists (today, or ever) is not decided here.
"""

from __future__ import annotations

import re

LEVELS = ("municipality", "unit", "county", "state", "country")
KEY_LENGTH = {"municipality": 8, "unit": 9, "county": 5, "state": 2}
COUNTRY_KEY = "DG"
STATE_KEYS = tuple(f"{number:02d}" for number in range(1, 17))

_DIGITS = re.compile(r"\d+")


def clean_key(text: object) -> str | None:
    """Digits of a key cell, or None where the cell holds no key.

    Spreadsheets turn keys into numbers (`1001000`, `1001000.0`); blanks and apostrophes around them are dropped.
    """
    key = str(text).strip().strip("'\"").replace(" ", "").replace("\u00a0", "")
    key = key.removesuffix(".0")
    return key if _DIGITS.fullmatch(key) else None


def pad_key(key: str, level: str) -> str | None:
    """`key` with its lost leading zero put back, or None where the length cannot be of this level."""
    length = KEY_LENGTH[level]
    if len(key) == length - 1:
        key = "0" + key
    return key if len(key) == length and key[:2] in STATE_KEYS else None


def ars_to_ags(ars: str) -> str:
    """AGS (8 digits) of a 12-digit ARS: the association's four digits in the middle are left out."""
    if len(ars) != 12:
        raise ValueError(f"ARS must have 12 digits: {ars!r}")
    return ars[:5] + ars[9:]
