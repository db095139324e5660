"""What must be said beside single values: flags, notes, kinds of missing, counts behind rates, Gemeinde or Verband."""

from __future__ import annotations

import pandas as pd

from queries.indicators import Indicator
from ui import german

MARK = "(!)"
LEGEND = (
    f"{MARK} auffälliger Wert: Er liegt außerhalb des möglichen Bereichs, springt oder weicht weit von allen Nachbarn "
    "ab. Er wird gezeigt wie geliefert, kann aber ein Fehler der Daten sein."
)
SMALL_NUMBERS = "Kleine Fallzahlen: In einer Kleinstadt ändern wenige Fälle die Rate stark."


def is_said(words: object) -> bool:
    """Whether there is a text at all (missing ones come as None or NaN)."""
    return isinstance(words, str) and words != ""


def marked(text: str, flag: object) -> str:
    """A value's text, with the mark if it is flagged."""
    return f"{text}\u00a0{MARK}" if is_said(flag) else text


def level_word(member_count: int) -> str:
    """Whether a unit is one Gemeinde or a Verband."""
    return "Gemeinde" if member_count == 1 else "Verband"


def reasons(value: float, status: object, flag: object, note: object) -> list[str]:
    """Everything to be said about one value: why it is missing, why it is conspicuous, what else to know."""
    said = []
    if pd.isna(value):
        said.append(german.missing_reason(status if isinstance(status, str) else None))
    elif status == "unsicher":
        said.append("unsicherer Wert")
    if is_said(flag):
        said.append(f"auffällig: {flag}")
    if is_said(note):
        said.append(str(note))
    return said


def column(frame: pd.DataFrame) -> list[str]:
    """The reasons for a table of values, one text per row; columns value, value_status, flag and note."""
    rows = zip(frame["value"], frame["value_status"], frame["flag"], frame["note"], strict=True)
    return ["; ".join(reasons(*row)) for row in rows]


def cases_text(indicator: Indicator, number: float) -> str:
    """The count behind a rate of few cases, e.g. „SvB ohne deutschen Pass: 37“; empty where there is none."""
    if indicator.count_title is None or number is None or pd.isna(number):
        return ""
    return f"{indicator.count_title}: {german.number(number)}"


def caption(frame: pd.DataFrame, indicator: Indicator | None = None) -> str:
    """Sentences under a map or table that explain the marks it holds; empty where it holds none."""
    parts = []
    if frame["flag"].notna().any():
        parts.append(LEGEND)
    missing = frame[frame["value"].isna()]
    kinds = [kind for kind in german.STATUS_REASONS if kind in set(missing["value_status"])]
    if kinds:
        parts.append("Lücken: " + "; ".join(german.STATUS_REASONS[kind] for kind in kinds) + ".")
    if indicator is not None and indicator.small_numbers:
        parts.append(SMALL_NUMBERS)
    return " ".join(parts)


def missing_kinds(frame: pd.DataFrame) -> list[tuple[str, int]]:
    """Why values are missing, with the number of towns, most frequent first."""
    statuses = frame.loc[frame["value"].isna(), "value_status"]
    words = statuses.map(lambda status: german.missing_reason(status if isinstance(status, str) else None))
    return list(words.value_counts().items())
