"""Codes of the German classification of economic activities (WZ 2008, WZ 2025), brought to divisions of WZ 2008.

Whatever a register writes ("C25.11.0", "25110", "2511", "WZ08-25", "C") becomes a section ("C") and a division
("25"). Only the first two digits and the letter are checked: the classes below are taken as they are. The list of
divisions and how WZ 2025 leads to WZ 2008 stand in `catalogue/wz2008.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import repeat

from kowis_data.settings import CATALOGUE

VERSIONS = ("2008", "2025")
# Division of companies of which only the section is known.
UNKNOWN_DIVISION = "00"

# The edition only counts as such where a code follows: "WZ 25" is division 25, "WZ 2025: 25" too.
_PREFIX = re.compile(r"^(WZ|NACE)[\s\-_]*((20)?(08|25)(?=[\s\-_:.]+\w)|REV\.?\s*2(\.1)?(?=[\s\-_:.]+\w))?[\s\-_:.]*")
_CODE = re.compile(r"([A-Z])?[\s.\-]*([0-9][0-9.\s]*)?")
_SEPARATORS = re.compile(r"[;,/|]")
_NO_CODE = {"", "-", "–", ".", "NULL", "NA", "N/A", "NAN", "K.A.", "K. A.", "UNBEKANNT"}


@dataclass(frozen=True)
class WzCode:
    """Section and division of WZ 2008, or the German reason why a code has none.

    `is_ambiguous`: a code of WZ 2025 too short to tell whether it is motor trade (2008: division 45).
    """

    section: str = ""
    division: str = ""
    problem: str = ""
    is_ambiguous: bool = False


@cache
def classification() -> dict:
    """The content of `wz2008.toml`, with `section_of` for both versions: division → section letter."""
    facts = tomllib.loads((CATALOGUE / "wz2008.toml").read_text(encoding="utf-8"))
    facts["section_of"] = {
        "2008": {division: section for section, titles in facts["divisions"].items() for division in titles},
        "2025": {division: section for section, all_ in facts["wz2025"]["sections"].items() for division in all_},
    }
    return facts


def divisions() -> dict[str, str]:
    """Division → official German title, the 88 of WZ 2008 in order."""
    return {division: title for titles in classification()["divisions"].values() for division, title in titles.items()}


def sections() -> dict[str, str]:
    """Section → official German title, the 21 of WZ 2008 in order."""
    return dict(classification()["sections"])


def normalise(text: str | None, version: str = "2008", full_length: int | None = None) -> WzCode:
    """Section and division of WZ 2008 of one cell; of several codes in a cell the first counts.

    Parameters
    ----------
    text : as it stands in the register.
    version : "2008" or "2025", the classification the code belongs to.
    full_length : digits of a whole code, where a program has taken the leading zeros away; codes one digit
        shorter get theirs back.
    """
    letter, digits, written = _split(text)
    if not letter and not digits:
        return WzCode(problem="WZ-Code fehlt" if written in _NO_CODE else f"WZ-Code unbekannt: {written[:20]}")
    if full_length and not letter and len(digits) == full_length - 1:
        digits = "0" + digits
    facts = classification()
    section_of = facts["section_of"][version]
    if not digits:
        found = [d for d, section in section_of.items() if section == letter]
        if not found:
            return WzCode(problem=f"WZ-Code unbekannt: {written[:20]}")
        return WzCode(facts["section_of"]["2008"][found[0]], UNKNOWN_DIVISION)
    division = digits[:2]
    own = section_of.get(division)
    if own is None or (letter and letter != own):
        return WzCode(problem=f"WZ-Code unbekannt: {written[:20]}")
    is_ambiguous = False
    if version == "2025":
        moved = facts["wz2025"]["moved"]
        division = next((moved[digits[:n]] for n in (4, 3) if digits[:n] in moved), division)
        is_ambiguous = len(digits) == 2 and division in facts["wz2025"]["ambiguous"]
    return WzCode(facts["section_of"]["2008"][division], division, is_ambiguous=is_ambiguous)


def detect_version(texts: Iterable[str | None], counts: Iterable[int] = repeat(1)) -> str | None:
    """The version that most of the telling codes belong to; None where they fit both (or neither).

    `counts` says how often each text occurs.
    """
    facts = classification()
    votes = {"2008": 0, "2025": 0}
    for text, count in zip(texts, counts, strict=False):
        letter, digits, _ = _split(text)
        fits = {
            v: not letter or facts["section_of"][v].get(digits[:2], letter if not digits else "") == letter
            for v in VERSIONS
        }
        for version, other in (("2008", "2025"), ("2025", "2008")):
            by_letter = bool(letter and digits and fits[version] and not fits[other])
            by_digits = any(digits.startswith(start) for start in facts["telling"][f"wz{version}"])
            votes[version] += count * (by_letter or by_digits)
        if letter == "V":
            votes["2025"] += count
    if votes["2008"] == votes["2025"]:
        return None
    return "2008" if votes["2008"] > votes["2025"] else "2025"


def full_length(texts: Iterable[str | None]) -> int | None:
    """Digits of whole codes, where all leading zeros of a column seem to be lost; None otherwise.

    That is so where codes stand without dot and letter, none begins with 0, and most have the same four or five
    digits: then one digit less means a lost zero (1110 among five-digit codes is 01110, agriculture).
    """
    lengths: dict[int, int] = {}
    for text in texts:
        letter, digits, written = _split(text)
        if not digits:
            continue
        if letter or digits.startswith("0") or "." in written:
            return None
        lengths[len(digits)] = lengths.get(len(digits), 0) + 1
    longest = max(lengths, default=0)
    # A lost zero leaves lengths of n and n - 1 only; mixed depths (25, 251, 2511) are no sign of it.
    is_uniform = longest in (4, 5) and set(lengths) <= {longest, longest - 1}
    return longest if is_uniform and lengths[longest] > lengths.get(longest - 1, 0) else None


def _split(text: str | None) -> tuple[str, str, str]:
    """Letter, digits and the first code of a cell as written; both empty where it is no code."""
    written = _SEPARATORS.split(str(text or "").strip().strip("'\"").upper(), maxsplit=1)[0].strip()
    bare = _PREFIX.sub("", written)
    # A spreadsheet makes 25110.0 of a number; 25.0 stays what it is.
    bare = re.sub(r"^(\d{3,6})\.0$", r"\1", bare)
    match = _CODE.fullmatch(bare)
    if not match or written in _NO_CODE:
        return "", "", written
    number = (match.group(2) or "").strip()
    if re.match(r"\d\.", number) or re.fullmatch(r"\d", number):
        number = "0" + number
    digits = re.sub(r"[.\s]", "", number)
    return ("", "", written) if len(digits) == 1 or len(digits) > 6 else (match.group(1) or "", digits, written)
