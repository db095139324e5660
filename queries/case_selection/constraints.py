"""What a final set must fulfil; each constraint carries its German sentence beside its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NAMES_OF_COLUMNS = {
    "cluster": "Cluster",
    "state_id": "Land",
    "state_name": "Land",
    "county_id": "Kreis",
    "county_name": "Kreis",
    "town_type": "Stadttyp",
}


def _name(column: str) -> str:
    return NAMES_OF_COLUMNS.get(column, column)


def _towns(keys: tuple[str, ...], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(key, key) for key in keys)


@dataclass(frozen=True)
class Quota:
    """At least / at most so many members of each value of an attribute.

    `values` limits the quota to these values; without, it holds for every value found among the candidates. A town
    whose attribute is missing counts for none of them.
    """

    column: str
    at_least: int = 0
    at_most: int | None = None
    values: tuple[str, ...] | None = None

    def sentence(self, names: Mapping[str, str]) -> str:
        if self.at_most == self.at_least:
            amount = f"genau {self.at_least}"
        elif self.at_most is None:
            amount = f"mindestens {self.at_least}"
        elif self.at_least:
            amount = f"{self.at_least} bis {self.at_most}"
        else:
            amount = f"höchstens {self.at_most}"
        if self.values is None:
            return f"{amount} je {_name(self.column)}"
        return f"{amount} je {_name(self.column)} ({', '.join(names.get(str(v), str(v)) for v in self.values)})"


@dataclass(frozen=True)
class MinimumKm:
    """Members lie at least so far apart (great circle between their centres, kilometres; columns `lon`, `lat`)."""

    km: float

    def sentence(self, names: Mapping[str, str]) -> str:
        km = f"{self.km:.1f}".removesuffix(".0").replace(".", ",")
        return f"mindestens {km} km Abstand zwischen den Städten"


@dataclass(frozen=True)
class FixedIn:
    """These towns belong to the set."""

    unit_ids: tuple[str, ...]

    def sentence(self, names: Mapping[str, str]) -> str:
        return f"fest gesetzt: {_towns(self.unit_ids, names)}"


@dataclass(frozen=True)
class FixedOut:
    """These towns do not belong to the set (refused, excluded by the team)."""

    unit_ids: tuple[str, ...]

    def sentence(self, names: Mapping[str, str]) -> str:
        return f"ausgeschlossen: {_towns(self.unit_ids, names)}"


@dataclass(frozen=True)
class OnlyWilling:
    """Only towns whose attribute (true/false) says that they take part."""

    column: str = "willing"

    def sentence(self, names: Mapping[str, str]) -> str:
        return "nur Städte mit „Mitwirkung bestätigt“"


Constraint = Quota | MinimumKm | FixedIn | FixedOut | OnlyWilling


def one_per(column: str) -> Quota:
    """Exactly one member of every value, e.g. one per cluster."""
    return Quota(column, 1, 1)


def at_most_one_per(column: str) -> Quota:
    """No two members share a value, e.g. at most one per Land."""
    return Quota(column, 0, 1)
