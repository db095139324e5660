"""The exact optimum of a selection problem, the sets that follow it, and how far the quick choice is from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.case_selection import coverage, diverse, enumeration, heuristics, linear, max_min, max_sum
from queries.case_selection.distance import TICKS_PER_UNIT
from queries.case_selection.infeasible import explain_infeasible
from queries.case_selection.objectives import OBJECTIVES, levels, natural_value
from queries.case_selection.problem import Compiled, Problem

MAXIMISED = ("max_min", "max_sum", "diverse")


@dataclass(frozen=True)
class RankedSet:
    """A set of towns and its figures.

    Attributes
    ----------
    unit_ids : sorted keys.
    value : the objective in its own unit (smallest distance, sum, radius, mean distance, number of poles).
    levels : whole numbers that were compared, larger is better; see `objectives.levels`.
    smallest_distance, mean_distance : between the members; 0 for a single town.
    """

    unit_ids: tuple[str, ...]
    value: float
    levels: tuple[int, ...]
    smallest_distance: float
    mean_distance: float


@dataclass(frozen=True)
class Result:
    """Answer of `solve`.

    Attributes
    ----------
    objective : key of `OBJECTIVES`.
    sets : the best sets in order; the first is the optimum if `proven`.
    proven : no feasible set has a better objective.
    bound : proven limit of the objective in its own unit; equals the value if `proven`.
    ties : sets that share the best objective (max_min: also the smallest distance that is not between two fixed
        towns), the optimum included; None = not counted.
    ties_settled : all equally good sets were compared by the further levels and the keys.
    method : German sentence on how the proof was made.
    """

    objective: str
    sets: tuple[RankedSet, ...]
    proven: bool
    bound: float
    ties: int | None
    ties_settled: bool
    method: str

    @property
    def optimum(self) -> RankedSet:
        return self.sets[0]

    @property
    def gap(self) -> float:
        """Distance of the best set to the bound, as a share of the bound; 0 if proven."""
        return 0.0 if self.proven or self.bound == 0 else abs(self.bound - self.optimum.value) / abs(self.bound)


def solve(problem: Problem, objective: str = "max_min", best: int = 1) -> Result:
    """The best set(s) under all constraints.

    Raises
    ------
    NoSelection (German text and way on) when there are too few towns or the constraints exclude one another.
    ValueError for an unknown objective, `best` below 1 or a missing attribute.
    """
    if objective not in OBJECTIVES or best < 1:
        raise ValueError(f"unknown objective {objective} or number of sets {best}")
    c = problem.compiled
    if enumeration.count(c) <= enumeration.LIMIT:
        sets, ties = enumeration.best_sets(c, objective, best)
        if not len(sets):
            raise explain_infeasible(problem)
        method = "Alle zulässigen Zusammenstellungen wurden einzeln verglichen."
        return _result(c, objective, sets, ties, True, method)
    start = heuristics.good_set(c, objective)
    if start is None:
        start = linear.any_set(c)
        if start is None:
            raise explain_infeasible(problem)
        start = heuristics.swapped(c, objective, start)
    try:
        return _exact(c, objective, best, start)
    except linear.GivenUp:
        return _unproven(c, objective, start, _trivial_bound(c, objective))


def _exact(c: Compiled, objective: str, best: int, start: np.ndarray) -> Result:
    if objective == "max_min":
        sets, ties, settled = max_min.best_sets(c, best, start)
        text = "Beim nächstgrößeren kleinsten Abstand gibt es nachweislich keine zulässige Zusammenstellung."
        return _result(c, objective, sets, ties, settled, text)
    if objective == "max_sum" and c.size <= max_sum.MOST_MEMBERS:
        sets, ties = max_sum.best_by_pairs(c, best, start)
        text = (
            "Jede Zusammenstellung wurde über ihr entferntestes Paar geprüft oder durch eine Schranke ausgeschlossen."
        )
        return _result(c, objective, sets, ties, True, text)
    text = "Ein exakter Löser (HiGHS) hat bewiesen, dass es keine bessere Zusammenstellung gibt."
    if objective == "max_sum":
        if c.allowed.sum() > max_sum.MOST_CANDIDATES:
            return _unproven(c, objective, start, max_sum.upper_bound(c))
        sets, settled = max_sum.best_by_programme(c, best)
    elif objective == "coverage":
        sets, settled = coverage.best_center_sets(c, best, start), True
    elif objective == "median":
        if c.n > coverage.MOST_FOR_MEDIAN:
            return _unproven(c, objective, start, -coverage.median_bound(c))
        sets, settled = coverage.best_median_sets(c, best)
    else:
        sets, settled = diverse.best_diverse_sets(c, best)
    return _result(c, objective, sets, None, settled, text)


def _trivial_bound(c: Compiled, objective: str) -> int:
    """A first level that no set exceeds, for the rare case that the solver gave up."""
    if objective == "max_min":
        return int(c.ticks.max())
    if objective == "max_sum":
        return max_sum.upper_bound(c)
    if objective == "diverse":
        return 2 * c.pole_codes.shape[1]
    return -coverage.median_bound(c) if objective == "median" else 0


def _unproven(c: Compiled, objective: str, start: np.ndarray, bound: int) -> Result:
    sets = (ranked(c, objective, start),)
    text = "Beste gefundene Zusammenstellung (Tauschverfahren); bewiesen ist nur die Schranke, nicht das Optimum."
    return Result(objective, sets, False, natural_value(c, objective, bound), None, False, text)


def _result(c: Compiled, objective: str, sets: np.ndarray, ties: int | None, settled: bool, text: str) -> Result:
    chosen = tuple(ranked(c, objective, members) for members in sets)
    return Result(objective, chosen, True, chosen[0].value, ties, settled, text)


def ranked(c: Compiled, objective: str, members: np.ndarray) -> RankedSet:
    """Figures of one set (sorted positions)."""
    numbers = levels(c, objective, members[None, :])[0]
    inside = c.ticks[np.ix_(members, members)][np.triu_indices(len(members), 1)] / TICKS_PER_UNIT
    return RankedSet(
        tuple(c.keys[i] for i in members),
        natural_value(c, objective, numbers[0]),
        tuple(int(x) for x in numbers),
        float(inside.min()) if len(inside) else 0.0,
        float(inside.mean()) if len(inside) else 0.0,
    )


@dataclass(frozen=True)
class Comparison:
    """The quick choice beside the optimum: `gap` is the share of the optimum's value it misses."""

    greedy: RankedSet
    gap: float


def compare_with_greedy(problem: Problem, result: Result) -> Comparison | None:
    """Greedy choice with swaps for the same problem; None if it finds no feasible set."""
    c = problem.compiled
    members = heuristics.good_set(c, result.objective)
    if members is None:
        return None
    greedy = ranked(c, result.objective, members)
    best = result.optimum.value
    return Comparison(greedy, abs(best - greedy.value) / abs(best) if best else abs(greedy.value))
