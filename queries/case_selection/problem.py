"""A selection problem: towns, their distances, how many to choose, what must hold; compiled to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from queries.case_selection.constraints import Constraint, FixedIn, FixedOut, MinimumKm, OnlyWilling, Quota
from queries.case_selection.distance import Distances

EARTH_RADIUS_KM = 6371.0088


class NoSelection(ValueError):
    """No set can be chosen: `text` says why and `way_on` what to do, both German."""

    def __init__(self, text: str, way_on: str, conflict: tuple[Constraint, ...] = ()) -> None:
        super().__init__(f"{text} {way_on}")
        self.text, self.way_on, self.conflict = text, way_on, conflict


@dataclass(frozen=True)
class GroupLimit:
    """`least` to `most` members among the towns of `mask` (bool, n)."""

    mask: np.ndarray
    least: int
    most: int


@dataclass(frozen=True, eq=False)
class Problem:
    """Choose `size` of the towns of `distances`.

    Attributes
    ----------
    distances : see `distance.distances`.
    size : members of the set, at least 1.
    constraints : see `constraints`.
    attributes : index unit_id (a superset of the keys), columns that the constraints name.
    patterns : towns × criteria, −1 low, +1 high, 0 middle or missing; for the objective `diverse` only.
    names : German names of unit ids and of attribute values, for messages.
    """

    distances: Distances
    size: int
    constraints: tuple[Constraint, ...] = ()
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)
    patterns: pd.DataFrame | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def with_constraints(self, constraints: tuple[Constraint, ...]) -> Problem:
        return replace(self, constraints=tuple(constraints))

    @cached_property
    def compiled(self) -> Compiled:
        return Compiled(self)


class Compiled:
    """Arrays of a problem; positions follow the sorted keys.

    `ticks` n × n distances · `allowed`, `forced` bool n · `conflict` n × n pairs that exclude one another ·
    `limits` list of `GroupLimit` · `pole_codes` n × m, −1/0/+1, or None.
    """

    def __init__(self, problem: Problem) -> None:
        self.keys = problem.distances.keys
        self.n, self.size = len(self.keys), problem.size
        self._check_counts()
        self.ticks = problem.distances.ticks
        self.allowed, self.forced = np.ones(self.n, dtype=bool), np.zeros(self.n, dtype=bool)
        self.conflict = np.zeros((self.n, self.n), dtype=bool)
        self.limits: list[GroupLimit] = []
        self.attributes = problem.attributes.reindex(list(self.keys))
        self.pole_codes = None
        if problem.patterns is not None:
            self.pole_codes = problem.patterns.reindex(list(self.keys)).fillna(0).to_numpy(int)
        for constraint in problem.constraints:
            self._add(constraint)
        self.allowed_or_forced = self.allowed | self.forced

    def _check_counts(self) -> None:
        if self.size < 1:
            raise NoSelection("Eine Auswahl braucht mindestens eine Stadt.", "Bitte eine größere Zahl wählen.")
        if self.n < self.size:
            there = {0: "ist keine Stadt", 1: "ist nur eine Stadt"}.get(self.n, f"sind nur {self.n} Städte")
            raise NoSelection(
                f"Gesucht {'ist eine Stadt' if self.size == 1 else f'sind {self.size} Städte'}, "
                f"nach Stufe 1 {there} übrig.",
                "Lockern Sie Stufe 1 (weniger Kriterien außerhalb, schmalerer mittlerer Wertebereich) oder wählen Sie "
                "weniger Städte.",
            )

    def _column(self, name: str) -> pd.Series:
        if name not in self.attributes:
            raise ValueError(f"attribute {name} is missing")
        return self.attributes[name]

    def _rows(self, unit_ids: tuple[str, ...]) -> np.ndarray:
        return np.isin(np.array(self.keys, dtype=object), list(unit_ids))

    def _add(self, constraint: Constraint) -> None:
        if isinstance(constraint, FixedOut):
            self.allowed &= ~self._rows(constraint.unit_ids)
        elif isinstance(constraint, OnlyWilling):
            willing = self._column(constraint.column)
            self.allowed &= willing.where(willing.notna(), False).astype(bool).to_numpy()
        elif isinstance(constraint, FixedIn):
            rows = self._rows(constraint.unit_ids)
            if rows.sum() < len(set(constraint.unit_ids)):  # a fixed town that is no candidate can never be chosen
                self.limits.append(GroupLimit(np.zeros(self.n, dtype=bool), 1, self.size))
            self.forced |= rows
        elif isinstance(constraint, MinimumKm):
            km = great_circle_km(self._column("lon").to_numpy(float), self._column("lat").to_numpy(float))
            near = km < constraint.km - 1e-6
            np.fill_diagonal(near, False)
            self.conflict |= near
        elif isinstance(constraint, Quota):
            self._add_quota(constraint)
        else:
            raise TypeError(f"unknown constraint {constraint!r}")

    def _add_quota(self, quota: Quota) -> None:
        column = self._column(quota.column)
        values = sorted(column.dropna().unique()) if quota.values is None else quota.values
        most = self.size if quota.at_most is None else quota.at_most
        for value in values:
            mask = (column == value).fillna(False).to_numpy(bool)
            self.limits.append(GroupLimit(mask, quota.at_least, most))
            if most == 1:
                self.conflict |= np.outer(mask, mask) & ~np.eye(self.n, dtype=bool)

    def feasible(self, sets: np.ndarray) -> np.ndarray:
        """Which of the sets (k × size positions) fulfil every constraint (bool, k)."""
        usable = self.allowed[sets].all(axis=1)
        for position in np.flatnonzero(self.forced):
            usable &= (sets == position).any(axis=1)
        if self.conflict.any():
            for i in range(sets.shape[1]):
                for j in range(i):
                    usable &= ~self.conflict[sets[:, i], sets[:, j]]
        for limit in self.limits:
            inside = limit.mask[sets].sum(axis=1)
            usable &= (inside >= limit.least) & (inside <= limit.most)
        return usable

    def positions(self, unit_ids: tuple[str, ...]) -> np.ndarray:
        """Sorted positions of unit ids; ValueError for one that is no candidate."""
        place = {key: i for i, key in enumerate(self.keys)}
        unknown = [key for key in unit_ids if key not in place]
        if unknown:
            raise ValueError(f"not among the candidates: {', '.join(unknown)}")
        return np.array(sorted(place[key] for key in unit_ids), dtype=int)


def great_circle_km(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Great-circle distances between all pairs of points (degrees), kilometres; a missing point is far from all."""
    lon, lat = np.radians(lon), np.radians(lat)
    half = (
        np.sin(np.subtract.outer(lat, lat) / 2) ** 2
        + np.outer(np.cos(lat), np.cos(lat)) * np.sin(np.subtract.outer(lon, lon) / 2) ** 2
    )
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return np.where(np.isnan(km), np.inf, km)
