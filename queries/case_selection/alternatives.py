"""What a constraint costs, near ties, and where a given set stands among all sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

import numpy as np

from queries.case_selection import enumeration
from queries.case_selection.constraints import Constraint, Quota
from queries.case_selection.objectives import levels
from queries.case_selection.problem import Compiled, Problem
from queries.case_selection.solver import RankedSet, Result, ranked, solve

# Sets within this share of the optimum's value are shown as nearly as good.
NEAR_SHARE = 0.01
SAMPLES = 20_000


def near_ties(result: Result, share: float = NEAR_SHARE) -> tuple[RankedSet, ...]:
    """The sets after the first whose value lies within `share` of it."""
    best = result.optimum.value
    return tuple(s for s in result.sets[1:] if abs(s.value - best) <= share * abs(best))


@dataclass(frozen=True)
class ConstraintCost:
    """The optimum without one constraint; `loss` is what the constraint takes from the objective (share, ≥ 0)."""

    constraint: Constraint
    without: RankedSet
    loss: float


def constraint_costs(problem: Problem, result: Result) -> tuple[ConstraintCost, ...]:
    """For each constraint the optimum when it alone is lifted."""
    costs = []
    for constraint in problem.constraints:
        rest = tuple(x for x in problem.constraints if x is not constraint)
        free = solve(problem.with_constraints(rest), result.objective).optimum
        loss = abs(free.value - result.optimum.value) / abs(free.value) if free.value else 0.0
        costs.append(ConstraintCost(constraint, free, loss))
    return tuple(costs)


@dataclass(frozen=True)
class Placement:
    """Where a set stands among all sets that fulfil the constraints.

    Attributes
    ----------
    percentile : share of sets with a worse objective, equal ones counted half, in per cent.
    standard_error : of the percentile in percentage points; 0 if every set was counted.
    sets : how many sets were compared.
    counted : True = all of them, False = a random sample.
    fulfils : the set itself fulfils the constraints.
    """

    own: RankedSet
    percentile: float
    standard_error: float
    sets: int
    counted: bool
    fulfils: bool


def placement(
    problem: Problem, unit_ids: Sequence[str], objective: str = "max_min", samples: int = SAMPLES, seed: int = 0
) -> Placement:
    """Percentile of a given set: exact where all sets can be counted, else from a seeded sample.

    With "exactly so many per group" the sample is drawn within the groups, so also four of four clusters of two
    thousand towns. Raises ValueError for a set of another size or unknown towns, NoSelection if no set is feasible.
    """
    c = problem.compiled
    own = c.positions(tuple(unit_ids))
    if len(set(unit_ids)) != problem.size:
        raise ValueError("the set has another size")
    counted = enumeration.count(c) <= enumeration.LIMIT
    sets = enumeration.feasible_sets(c) if counted else sample_sets(problem, samples, seed)
    if not len(sets):
        solve(problem, objective)  # raises the explanation if nothing is feasible
        raise ValueError("no feasible set met by the sample")
    value = levels(c, objective, own[None, :])[0, 0]
    others = levels(c, objective, sets)[:, 0]
    share = float(((others < value).sum() + 0.5 * (others == value).sum()) / len(others))
    error = 0.0 if counted else 100 * sqrt(share * (1 - share) / len(others))
    fulfils = bool(c.feasible(own[None, :])[0])
    return Placement(ranked(c, objective, own), 100 * share, error, len(sets), counted, fulfils)


def sample_sets(problem: Problem, samples: int, seed: int) -> np.ndarray:
    """Feasible sets drawn uniformly with replacement (k × size); fewer than `samples` where few draws fit."""
    c = problem.compiled
    random = np.random.default_rng(seed)
    parts, missing = [], samples
    for _ in range(50):
        drawn = _draw(c, _strata(problem, c), samples, random)
        drawn = drawn[c.feasible(drawn)][:missing]
        parts.append(drawn)
        missing -= len(drawn)
        if missing <= 0:
            break
    return np.concatenate(parts)


def _strata(problem: Problem, c: Compiled) -> list[tuple[np.ndarray, int]]:
    """Groups with their exact number of members if a quota fixes them, else all allowed towns at once."""
    for constraint in problem.constraints:
        if isinstance(constraint, Quota) and constraint.at_most == constraint.at_least and constraint.values is None:
            column = c.attributes[constraint.column]
            groups = [np.flatnonzero((column == value).to_numpy(bool)) for value in sorted(column.dropna().unique())]
            if len(groups) * constraint.at_least == c.size:
                return [(g[c.allowed[g]], constraint.at_least) for g in groups]
    forced = np.flatnonzero(c.forced)
    free = np.flatnonzero(c.allowed & ~c.forced)
    return [(forced, len(forced)), (free, c.size - len(forced))]


def _draw(c: Compiled, strata: list[tuple[np.ndarray, int]], samples: int, random: np.random.Generator) -> np.ndarray:
    parts = []
    for towns, amount in strata:
        if amount > len(towns):
            return np.zeros((0, c.size), dtype=np.int64)
        drawn = random.integers(0, max(len(towns), 1), (samples, amount))
        parts.append(towns[drawn] if amount else np.zeros((samples, 0), dtype=np.int64))
    sets = np.sort(np.hstack(parts), axis=1)
    # Drawn with replacement; what holds a town twice is put aside: the rest is uniform.
    return sets[(np.diff(sets, axis=1) > 0).all(axis=1)]


def number_of_sets(towns: int, size: int) -> int:
    """How many sets there are without any constraint."""
    return comb(towns, size)
