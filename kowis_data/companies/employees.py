"""Employees as registers write them: numbers, or classes in words ("10-49", "50 bis unter 250", "250 und mehr")."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

# Classes of `industry_structure`, with their lowest number of employees; they add up to the official four
# (0-9, 10-49, 50-249, 250 and more).
SIZE_CLASSES = {
    "0-9": 0,
    "10-19": 10,
    "20-49": 20,
    "50-99": 50,
    "100-249": 100,
    "250-499": 250,
    "500-999": 500,
    "1000+": 1000,
}
# No employer in Germany has more at all places together; beyond, a number is taken for a mistake.
MOST_EMPLOYEES = 500_000
# A median needs this many companies that give a number.
FEWEST_FOR_MEDIAN = 10

# Words of the EU recommendation on small and medium-sized enterprises, by number of employees.
_WORDS = {
    "kleinst": (0, 9),
    "micro": (0, 9),
    "klein": (10, 49),
    "small": (10, 49),
    "mittel": (50, 249),
    "medium": (50, 249),
    "mittelgroß": (50, 249),
    "groß": (250, None),
    "gross": (250, None),
    "large": (250, None),
}
_MISSING = {"", "-", "–", ".", "x", "/", "...", "…", "null", "na", "n/a", "nan", "none", "k.a.", "k. a.", "k.a",
            "unbekannt", "keine angabe", "nicht bekannt"}  # fmt: skip
_NUMBER = r"(\d{1,3}(?:[.\u00a0' ]\d{3})+|\d+)"
_PLAIN = re.compile(r"([-+−]?)" + _NUMBER + r"(?:,(\d+)|\.(\d{1,2}))?")
_RANGE = re.compile(_NUMBER + r"\s*(?:-|–|—|bis(?P<under>\s+unter)?|to|\.\.\.?)\s*" + _NUMBER)
_FROM = re.compile(
    rf"(?:(?:ab|>=|≥|mindestens|from)\s*{_NUMBER})|(?:{_NUMBER}\s*(?:\+|und\s+mehr|u\.\s*m\.|oder\s+mehr|and\s+more|or\s+more))"
)
_ABOVE = re.compile(rf"(?:>|über|mehr\s+als|more\s+than)\s*{_NUMBER}")
_BELOW = re.compile(rf"(?:<|unter|weniger\s+als|less\s+than)\s*{_NUMBER}")
_UP_TO = re.compile(rf"(?:<=|≤|bis(?:\s+zu)?|höchstens|max\.?|up\s+to)\s*{_NUMBER}")
_NOISE = re.compile(
    r"\b(sv-?pflichtig\w*|sozialversicherungspflichtig\w*|tätige\w*|beschäftigte\w*|mitarbeiter\w*|mitarbeitende\w*|"
    r"arbeitnehmer\w*|personen|person|employees|staff|ca\.?|circa|etwa|rund|unternehmen|klasse|ma|svb)\b\.?"
)


@dataclass(frozen=True)
class Employees:
    """What a cell says: a number, or a class from `low` to `high` (None: open), or nothing, or a problem."""

    number: float | None = None
    low: int | None = None
    high: int | None = None
    problem: str = ""

    @property
    def is_missing(self) -> bool:
        return self.number is None and self.low is None and not self.problem


def parse(text: str | None, codes: dict[str, str] | None = None) -> Employees:
    """Number or class of a cell.

    Parameters
    ----------
    codes : what the register's own codes of classes mean, e.g. {"3": "10-49"}; they go before everything else.
    """
    written = str(text if text is not None else "").strip()
    if codes and written in codes:
        return parse(codes[written])
    small = re.sub(r"\s+", " ", _NOISE.sub(" ", written.lower().strip("'\""))).strip(" ()")
    if small in _MISSING:
        return Employees()
    if match := _PLAIN.fullmatch(small):
        return _number(match, written)
    if found := _class(small):
        low, high = found
        if (high is not None and high < low) or low > MOST_EMPLOYEES:
            return Employees(problem=f"Größenklasse widersinnig: {written[:30]}")
        return Employees(low=low, high=high)
    return Employees(problem=f"Beschäftigte nicht lesbar: {written[:30]}")


def size_class(number: float) -> str:
    """The class of `industry_structure` of a number of employees."""
    return [name for name, lowest in SIZE_CLASSES.items() if number >= lowest][-1]


def fallback(low: int, high: int | None) -> float:
    """Employees of a company in a class, where the register itself gives no median.

    The geometric mean of the bounds (companies grow rarer with size, so the middle would be too high), with 1 for
    0 and twice the lower bound for the upper end of an open class.
    """
    top = 2 * low if high is None else high
    return round(math.sqrt(max(low, 1) * max(top, 1)), 1)


def _number(match: re.Match, written: str) -> Employees:
    sign, whole, comma, point = match.groups()
    number = float(re.sub(r"\D", "", whole) + "." + (comma or point or "0"))
    if sign in ("-", "−") and number > 0:
        return Employees(problem=f"Beschäftigte negativ: {written[:30]}")
    if number > MOST_EMPLOYEES:
        return Employees(problem=f"Beschäftigte unmöglich hoch: {written[:30]}")
    return Employees(number=number)


def _class(small: str) -> tuple[int, int | None] | None:
    word = re.sub(r"[- ]?(st)?(unternehmen|betriebe?|firma|enterprises?)?$", r"\1", small)
    if word in _WORDS:
        return _WORDS[word]
    if match := _RANGE.fullmatch(small):
        low, _, high = match.groups()
        return _int(low), _int(high) - bool(match.group("under"))
    for pattern, shift, is_lower in ((_FROM, 0, True), (_ABOVE, 1, True), (_BELOW, -1, False), (_UP_TO, 0, False)):
        if match := pattern.fullmatch(small):
            bound = _int(next(group for group in match.groups() if group)) + shift
            return (bound, None) if is_lower else (0, bound)
    return None


def _int(text: str) -> int:
    return int(re.sub(r"\D", "", text))
