"""Dissolved municipalities and what became of them, for carrying older figures to today's keys."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CHANGES_FILE = Path(__file__).parent / "territory_changes.toml"


@dataclass(frozen=True)
class TerritoryChanges:
    """Changes after one date.

    Attributes
    ----------
    successor : old AGS -> today's AGS, for municipalities that went into one other as a whole.
    parts : old AGS -> today's AGS that received a part, for divided ones.
    """

    successor: dict[str, str]
    parts: dict[str, tuple[str, ...]]

    @property
    def grown_unclear(self) -> set[str]:
        """Municipalities of today that hold a part of a divided one: sums of old figures do not fit them."""
        return {ags for receivers in self.parts.values() for ags in receivers}

    def old_of(self, ags: str) -> list[str]:
        """Dissolved municipalities that are now in `ags` as a whole."""
        return sorted(old for old, new in self.successor.items() if new == ags)


def changes_between(after: str, until: str = "9999-12-31", path: Path = CHANGES_FILE) -> TerritoryChanges:
    """Changes that took effect after the date `after` and up to `until` (ISO dates)."""
    facts = tomllib.loads(path.read_text(encoding="utf-8"))
    mergers = [m for m in facts["merger"] if after < m["date"] <= until]
    divisions = [d for d in facts["division"] if after < d["date"] <= until]
    return TerritoryChanges(
        successor={old: m["new"] for m in mergers for old in m["old"]},
        parts={d["old"]: tuple(d["new"]) for d in divisions},
    )
