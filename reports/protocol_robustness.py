"""Robustness in the protocol: what was varied, how often the chosen towns held, which choice tips the result."""

from __future__ import annotations

from queries.record import Record
from reports.document import Section, Text


def section(content: dict, record: Record) -> Section:
    """Section on robustness, from what the project keeps of its last check."""
    saved = saved_of(content)
    if not saved:
        return Section("Robustheit", (Text("noch nicht geprüft", muted=True),))
    return Section("Robustheit", (Text(str(saved.get("text", ""))),))


def saved_of(content: dict) -> dict:
    """The last check of robustness that the project keeps; empty without one."""
    return content.get("robustness") or (content.get("results") or {}).get("robustness") or {}
