"""263 towns, ten criteria: an independent solver (SCIP and CP-SAT of OR-tools; the product uses neither) agrees.

The set found is checked by hand; that the next better value is impossible is asked of the other solver.
"""

from __future__ import annotations

import numpy as np
import pytest

from queries.case_selection import MinimumKm, OnlyWilling, Problem, Quota, at_most_one_per, distances, one_per, solve
from tests.case_selection.instances import attributes, facts, frame, fulfils, km_between, merit

pywraplp = pytest.importorskip("ortools.linear_solver.pywraplp")
cp_model = pytest.importorskip("ortools.sat.python.cp_model")

N, DIMENSIONS = 263, 10
CONSTRAINTS = {
    "none": (),
    "few": (Quota("cluster", 1, 2), at_most_one_per("state_id"), MinimumKm(150.0)),
    "many": (Quota("cluster", 4, 6), MinimumKm(25.0), OnlyWilling()),
    "mix": (Quota("town_type", 7, 9),),
}
MAX_MIN = [(seed, 4, kind) for seed, kind in enumerate(("none", "few", "mixless", "few", "none"))]
MAX_MIN += [(10 + seed, 16, kind) for seed, kind in enumerate(("none", "many", "mix", "many", "none", "many", "many"))]
COVERAGE = [(20, 16, "many"), (21, 16, "none"), (22, 16, "many"), (23, 4, "few")]
MAX_SUM = [(30, 4, "none"), (31, 4, "few"), (32, 3, "none"), (33, 4, "mixless")]


def larger(seed: int, size: int, kind: str) -> Problem:
    constraints = (one_per("cluster"),) if size == 3 else CONSTRAINTS.get(kind, (OnlyWilling(),))
    return Problem(distances(frame(seed, N, DIMENSIONS)), size, constraints, attributes(seed, N))


def other_model(p: Problem, apart: np.ndarray | None = None):
    """The constraints in SCIP, written down anew: one row per pair."""
    model = pywraplp.Solver.CreateSolver("SCIP")
    table = p.attributes.loc[list(p.distances.keys)]
    x = [model.BoolVar("") for _ in p.distances.keys]
    model.Add(sum(x) == p.size)
    for c in p.constraints:
        if isinstance(c, OnlyWilling):
            for i in np.flatnonzero(~table["willing"].to_numpy()):
                model.Add(x[i] == 0)
        elif isinstance(c, Quota):
            for value in c.values or table[c.column].unique():
                inside = sum(x[i] for i in np.flatnonzero(table[c.column] == value))
                model.Add(inside >= c.at_least)
                if c.at_most is not None:
                    model.Add(inside <= c.at_most)
        else:
            for i in range(N):
                for j in range(i):
                    if not fulfils_pair(p, c, i, j):
                        model.Add(x[i] + x[j] <= 1)
    return model, x


def fulfils_pair(p: Problem, constraint, i: int, j: int) -> bool:
    rows = facts(p).rows
    return km_between(rows[i], rows[j]) >= constraint.km


@pytest.mark.parametrize(("seed", "size", "kind"), MAX_MIN)
def test_max_min(seed, size, kind):
    p = larger(seed, size, kind)
    found = solve(p, "max_min").optimum
    assert fulfils(p, found.unit_ids) and merit(p, "max_min", found.unit_ids) == found.levels
    # No feasible set has all distances larger.
    model = cp_model.CpModel()
    table = p.attributes.loc[list(p.distances.keys)]
    x = [model.new_bool_var("") for _ in range(N)]
    model.add(sum(x) == size)
    near = p.distances.ticks <= found.levels[0]
    for c in p.constraints:
        if isinstance(c, OnlyWilling):
            for i in np.flatnonzero(~table["willing"].to_numpy()):
                model.add(x[i] == 0)
        elif isinstance(c, MinimumKm):
            near = near | np.array([[i != j and not fulfils_pair(p, c, i, j) for j in range(N)] for i in range(N)])
        else:
            for value in c.values or table[c.column].unique():
                inside = sum(x[i] for i in np.flatnonzero(table[c.column] == value))
                model.add(inside >= c.at_least)
                model.add(inside <= (size if c.at_most is None else c.at_most))
    for group in groups_of_pairs(near):
        model.add_at_most_one(x[i] for i in group)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.INFEASIBLE


def groups_of_pairs(near: np.ndarray) -> list[list[int]]:
    """Groups of towns that are all near one another, together holding every near pair."""
    left, groups = np.triu(near, 1), []
    while left.any():
        i, j = (int(x) for x in np.argwhere(left)[0])
        group, common = [i, j], near[i] & near[j]
        common[: j + 1] = False
        while common.any():
            group.append(int(common.argmax()))
            common &= near[group[-1]]
            common[: group[-1] + 1] = False
        left[np.ix_(group, group)] = False
        groups.append(group)
    return groups


@pytest.mark.parametrize(("seed", "size", "kind"), COVERAGE)
def test_coverage(seed, size, kind):
    p = larger(seed, size, kind)
    found = solve(p, "coverage").optimum
    assert fulfils(p, found.unit_ids) and merit(p, "coverage", found.unit_ids) == found.levels
    model, x = other_model(p)
    nearer = p.distances.ticks < -found.levels[0]
    for town in range(N):
        model.Add(sum(x[j] for j in np.flatnonzero(nearer[town])) >= 1)
    assert model.Solve() == pywraplp.Solver.INFEASIBLE


@pytest.mark.parametrize(("seed", "size", "kind"), MAX_SUM)
def test_max_sum(seed, size, kind):
    """All sets of three or four are gone through: none with a larger sum fulfils the constraints."""
    p = larger(seed, size, kind)
    found = solve(p, "max_sum").optimum
    assert fulfils(p, found.unit_ids) and merit(p, "max_sum", found.unit_ids) == found.levels
    better = [s for s in sets_above(p, found.levels[0]) if fulfils(p, s)]
    assert better == []


def sets_above(p: Problem, limit: int):
    """Every set with a sum above the limit; towns and pairs that a constraint rules out are left out before."""
    d = p.distances.ticks.copy()
    never = -(10**12)
    for c in p.constraints:
        if isinstance(c, OnlyWilling):
            refusing = ~p.attributes.loc[list(p.distances.keys), "willing"].to_numpy()
            d[refusing], d[:, refusing] = never, never
        elif isinstance(c, MinimumKm):
            d[~np.array([[i == j or fulfils_pair(p, c, i, j) for j in range(N)] for i in range(N)])] = never
        elif c.at_most == 1:
            group = p.attributes.loc[list(p.distances.keys), c.column].to_numpy()
            d[np.equal.outer(group, group) & ~np.eye(N, dtype=bool)] = never
    keys = p.distances.keys
    for i in range(N):
        for j in range(i + 1, N):
            reach = d[i, j + 1 :] + d[j, j + 1 :]
            if p.size == 3:
                for k in np.flatnonzero(reach + d[i, j] > limit):
                    yield keys[i], keys[j], keys[j + 1 + k]
                continue
            total = d[j + 1 :, j + 1 :] + reach[:, None] + (reach + d[i, j])[None, :]
            if total.size and total.max() > limit:
                for k, m in np.argwhere(np.triu(total > limit, 1)):
                    yield keys[i], keys[j], keys[j + 1 + k], keys[j + 1 + m]
