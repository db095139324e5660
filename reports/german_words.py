"""German words and numbers of documents: those of the screen, so that both say the same."""

from __future__ import annotations

import math

from ui import german
from ui.provenance import basis_word

number = german.number
MISSING = german.MISSING
UNDECIDED = "noch nicht festgelegt"


def basis(text: str) -> str:
    """Population basis in words, "" where it has none."""
    return basis_word(text) if text else ""


def plain(value: float | None, decimals: int) -> str:
    """A bound or value; open or missing ones as a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return german.number(value, decimals)


def titled(title: str, unit_label: str) -> str:
    """Title of an indicator with its unit, where the title does not say it already."""
    return title if not unit_label or unit_label in title else f"{title} ({unit_label})"


def date_time(iso: str) -> str:
    """`2026-11-25T20:15:00` → `25.11.2026, 20:15`; what is no such time stays as it is."""
    text = str(iso or "")
    return f"{text[8:10]}.{text[5:7]}.{text[:4]}, {text[11:16]}" if len(text) >= 16 and text[4] == "-" else text


def town(record, unit_id: str) -> str:
    """Name of a town; its key where today's data do not know it."""
    names = record.towns["name"]
    return str(names[unit_id]) if unit_id in names.index else f"Schlüssel {unit_id} (heute unbekannt)"
