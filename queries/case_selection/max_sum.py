"""The set with the largest sum of distances (maxisum): exact up to four members of any number, or 30 candidates.

Up to four members: every set has a farthest pair. With that pair given, the others lie no farther from each of the
two and from one another than the two from each other, which bounds the sum; pairs too close to reach the best known
sums are skipped, for the rest all completions are looked at as one matrix. Up to 30 candidates: a linear programme
with one column per pair, tightened by "a member has size − 1 pairs". Beyond: swaps, with a proven upper bound.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from queries.case_selection.distance import TICKS_PER_UNIT
from queries.case_selection.linear import NEAR_TIE, base_rows, collect, solve
from queries.case_selection.objectives import best_first, levels
from queries.case_selection.problem import Compiled

MOST_MEMBERS = 4
MOST_CANDIDATES = 30


def best_by_pairs(c: Compiled, best: int, start: np.ndarray) -> tuple[np.ndarray, int]:
    """The `best` first sets of two to four members, in order, and how many share the optimum."""
    found = _neighbours(c, start)
    sums = levels(c, "max_sum", found)[:, 0]
    border = int(np.sort(sums)[-best]) if len(sums) >= best else -1
    kept = [found[sums >= border]]
    pairs = c.size * (c.size - 1) // 2
    d = np.where(c.conflict | ~np.outer(c.allowed, c.allowed), -1, c.ticks)
    first, second = np.triu_indices(c.n, 1)
    distance = d[first, second]
    usable = (distance >= 0) & (distance * pairs >= border)
    first, second, distance = first[usable], second[usable], distance[usable]
    for e in np.argsort(-distance, kind="stable"):
        longest = int(distance[e])
        if longest * pairs < border:
            break
        sets = _completions(c, d, int(first[e]), int(second[e]), longest, border)
        if len(sets):
            kept = [np.unique(np.vstack([*kept, sets]), axis=0)]
            sums = levels(c, "max_sum", kept[0])[:, 0]
            if len(sums) >= best:
                border = max(border, int(np.sort(sums)[-best]))
                kept = [kept[0][sums >= border]]
    sets = np.unique(np.vstack(kept), axis=0)
    numbers = levels(c, "max_sum", sets)
    return sets[best_first(sets, numbers)[:best]], int((numbers[:, 0] == numbers[:, 0].max()).sum())


def _neighbours(c: Compiled, start: np.ndarray) -> np.ndarray:
    """The start and all feasible sets that differ from it by one member."""
    sets = [start[None, :]]
    for place in range(c.size):
        others = np.setdiff1d(np.arange(c.n), start)
        trial = np.tile(start, (len(others), 1))
        trial[:, place] = others
        sets.append(np.sort(trial, axis=1))
    sets = np.unique(np.vstack(sets), axis=0)
    return sets[c.feasible(sets)]


def _completions(c: Compiled, d: np.ndarray, i: int, j: int, longest: int, border: int) -> np.ndarray:
    """Feasible sets with farthest pair (i, j) and a sum of at least `border`."""
    if c.size == 2:
        sets = np.array([[i, j]])
        return sets[c.feasible(sets)] if longest >= border else sets[:0]
    near = (d[i] >= 0) & (d[j] >= 0) & (d[i] <= longest) & (d[j] <= longest)
    near[[i, j]] = False
    others = np.flatnonzero(near)
    reach = d[i, others] + d[j, others]
    if c.size == 3:
        chosen = others[longest + reach >= border][:, None]
    else:
        if len(others) < 2:
            return np.zeros((0, c.size), dtype=np.int64)
        others = others[2 * longest + reach + reach.max() >= border]
        reach = d[i, others] + d[j, others]
        among = d[np.ix_(others, others)]
        total = np.where((among >= 0) & (among <= longest), among + reach[:, None] + reach[None, :] + longest, -1)
        rows, columns = np.nonzero(np.triu(total >= border, 1))
        chosen = np.column_stack([others[rows], others[columns]])
    if not len(chosen):
        return np.zeros((0, c.size), dtype=np.int64)
    sets = np.sort(np.hstack([np.tile([i, j], (len(chosen), 1)), chosen]), axis=1)
    return sets[c.feasible(sets)]


def best_by_programme(c: Compiled, best: int) -> tuple[np.ndarray, bool]:
    """The `best` first sets among few candidates, in order, and whether all near ties were compared."""
    candidates = np.flatnonzero(c.allowed)
    first, second = (candidates[x] for x in np.triu_indices(len(candidates), 1))
    m, k = len(first), np.arange(len(first))
    rows = base_rows(c)
    width = c.n + m
    # Every member has size − 1 pairs, and a pair counts only with both its towns.
    degree = csr_matrix(
        (
            np.concatenate([np.ones(2 * m), np.full(len(candidates), 1.0 - c.size)]),
            (np.concatenate([first, second, candidates]), np.concatenate([c.n + k, c.n + k, candidates])),
        ),
        shape=(c.n, width),
    )
    both = csr_matrix(
        (
            np.repeat([1.0, -1.0, 1.0, -1.0], m),
            (np.concatenate([k, k, m + k, m + k]), np.concatenate([c.n + k, first, c.n + k, second])),
        ),
        shape=(2 * m, width),
    )
    rows.add(degree, 0, 0).add(both, -np.inf, 0)
    cost = np.concatenate([np.zeros(c.n), -c.ticks[first, second] / TICKS_PER_UNIT])

    def next_set(found: list[np.ndarray]) -> np.ndarray | None:
        return solve(c, rows.without(found, c.size), cost, m)

    def near(last: np.ndarray, new: np.ndarray) -> bool:
        return last[0] - new[0] <= NEAR_TIE * TICKS_PER_UNIT

    return collect(c, "max_sum", next_set, best, near)


def upper_bound(c: Compiled) -> int:
    """No set has a larger sum, in ticks: each member counts half of its size − 1 longest distances."""
    d = np.where(c.conflict | ~np.outer(c.allowed, c.allowed), 0, c.ticks)
    longest = np.sort(d, axis=1)[:, ::-1][:, : c.size - 1].sum(axis=1)
    forced = longest[c.forced].sum()
    free = np.sort(longest[c.allowed & ~c.forced])[::-1][: c.size - int(c.forced.sum())].sum()
    return int(forced + free) // 2
