"""Random problems, and the plainest possible search through all sets to compare with."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import asin, cos, radians, sin, sqrt

import numpy as np
import pandas as pd

from queries.case_selection import (
    Constraint,
    FixedIn,
    FixedOut,
    MinimumKm,
    OnlyWilling,
    Problem,
    Quota,
    at_most_one_per,
    distances,
    one_per,
)

KINDS = ("none", "one_per", "at_most_one", "mix", "km", "fixed_in", "fixed_out", "willing", "several")


def frame(seed: int, n: int, dimensions: int, rounded: bool = False) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    values = random.standard_t(5, size=(n, dimensions))
    if rounded:
        values = np.round(values)  # many equal distances
    return pd.DataFrame(values, index=[f"u{i:03}" for i in range(n)], columns=[f"c{j}" for j in range(dimensions)])


def attributes(seed: int, n: int) -> pd.DataFrame:
    random = np.random.default_rng(1000 + seed)
    return pd.DataFrame(
        {
            "cluster": random.integers(1, 4, n),
            "state_id": random.choice(["01", "05", "08", "09", "12", "15"], n),
            "town_type": random.choice(["groessere_kleinstadt", "kleine_kleinstadt"], n),
            "lon": random.uniform(6, 15, n),
            "lat": random.uniform(47.5, 54.5, n),
            "willing": random.random(n) < 0.8,
        },
        index=[f"u{i:03}" for i in range(n)],
    )


def constraints(kind: str, size: int, n: int) -> tuple[Constraint, ...]:
    return {
        "none": (),
        "one_per": (Quota("cluster", 1, max(1, size - 2)),) if size != 3 else (one_per("cluster"),),
        "at_most_one": (at_most_one_per("state_id"),),
        "mix": (Quota("town_type", 1, None, ("groessere_kleinstadt", "kleine_kleinstadt")),),
        "km": (MinimumKm(150.0),),
        "fixed_in": (FixedIn(("u000", f"u{n - 1:03}")),),
        "fixed_out": (FixedOut(("u001", "u002")),),
        "willing": (OnlyWilling(),),
        "several": (at_most_one_per("state_id"), MinimumKm(80.0), FixedOut(("u003",)), Quota("cluster", 0, 2)),
    }[kind]


@cache
def problem(seed: int) -> tuple[Problem, str]:
    """A small problem with one kind of constraint, by turns all of them."""
    random = np.random.default_rng(seed)
    n, size, dimensions = int(random.integers(6, 11)), int(random.integers(2, 5)), int(random.integers(1, 6))
    values = frame(seed, n, dimensions, rounded=seed % 3 == 0)
    kind = KINDS[seed % len(KINDS)]
    patterns = (values > 0.6).astype(int) - (values < -0.6).astype(int)
    chosen = constraints(kind, size, n)
    return Problem(distances(values), size, chosen, attributes(seed, n), patterns), kind


class Facts:
    """A problem as plain Python lists."""

    def __init__(self, p: Problem) -> None:
        self.keys = p.distances.keys
        self.d = p.distances.ticks.tolist()
        self.total = [sum(row) for row in self.d]
        order = sorted(range(len(self.d)), key=lambda i: (self.total[i], i))
        self.rank = {town: place for place, town in enumerate(order)}
        self.rows = list(p.attributes.loc[list(self.keys)].to_dict("records"))
        self.patterns = None if p.patterns is None else p.patterns.loc[list(self.keys)].to_numpy().tolist()
        self.fixed = {self.keys.index(u) for x in p.constraints if isinstance(x, FixedIn) for u in x.unit_ids}


@cache
def facts(p: Problem) -> Facts:
    return Facts(p)


def km_between(a: dict, b: dict) -> float:
    half = sin(radians(b["lat"] - a["lat"]) / 2) ** 2
    half += cos(radians(a["lat"])) * cos(radians(b["lat"])) * sin(radians(b["lon"] - a["lon"]) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))


def fulfils(p: Problem, members: tuple[str, ...]) -> bool:
    """Every constraint checked in its plain meaning."""
    f = facts(p)
    rows = [f.rows[f.keys.index(key)] for key in members]
    for x in p.constraints:
        if isinstance(x, FixedIn) and not set(x.unit_ids) <= set(members):
            return False
        if isinstance(x, FixedOut) and set(x.unit_ids) & set(members):
            return False
        if isinstance(x, OnlyWilling) and not all(row["willing"] for row in rows):
            return False
        if isinstance(x, MinimumKm) and any(km_between(a, b) < x.km for a, b in combinations(rows, 2)):
            return False
        if isinstance(x, Quota):
            for value in x.values or {row[x.column] for row in f.rows}:
                inside = sum(row[x.column] == value for row in rows)
                if inside < x.at_least or (x.at_most is not None and inside > x.at_most):
                    return False
    return True


def merit(p: Problem, objective: str, members: tuple[str, ...]) -> tuple[int, ...]:
    """The numbers compared, from the definitions, larger is better; whole millionths."""
    f = facts(p)
    d, m = f.d, [f.keys.index(key) for key in members]
    inside = [d[i][j] for i, j in combinations(m, 2)]
    if objective == "max_min":
        free = [d[i][j] for i, j in combinations(m, 2) if not {i, j} <= f.fixed]
        return min(inside), min(free, default=10**15), sum(inside)
    if objective == "max_sum":
        return sum(inside), min(inside)
    if objective == "diverse":
        rows = [f.patterns[i] for i in m]
        poles = {(j, side) for row in rows for j, side in enumerate(row) if side}
        return len(poles), len({tuple(row) for row in rows}), sum(f.total[i] for i in m)
    nearest = [min(row[i] for i in m) for row in d]
    if objective == "coverage":
        return -max(nearest), *(-rank for rank in sorted(f.rank[i] for i in m))
    return -sum(nearest), -max(nearest)


@cache
def feasible_sets(p: Problem) -> tuple[tuple[str, ...], ...]:
    return tuple(s for s in combinations(p.distances.keys, p.size) if fulfils(p, s))


def all_ranked(p: Problem, objective: str) -> list[tuple[str, ...]]:
    """Every feasible set, best first."""
    return sorted(feasible_sets(p), key=lambda s: (*(-x for x in merit(p, objective, s)), s))
