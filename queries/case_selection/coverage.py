"""Sets that leave no town far from the nearest member (p-center), or are near to all on average (p-median).

p-center: towns within radius r cover one another. For a radius the question "can size members cover all?" is a set
cover, answered by HiGHS; the radius is found by halving the list of distances, and that the next smaller radius is
impossible is the proof (Minieka 1970). p-median: the usual assignment programme (ReVelle & Swain 1970).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from queries.case_selection.distance import TICKS_PER_UNIT
from queries.case_selection.linear import NEAR_TIE, Rows, base_rows, collect, first_by_rank, solve
from queries.case_selection.objectives import centrality_rank, levels
from queries.case_selection.problem import Compiled

# p-median is solved with proof up to so many candidates (its programme has their square as columns).
MOST_FOR_MEDIAN = 130


def best_center_sets(c: Compiled, best: int, start: np.ndarray) -> np.ndarray:
    """The `best` first sets by radius, then by centrality (see `objectives`), in order; `start` is feasible."""
    rows = base_rows(c)
    radius = _smallest_radius(c, rows, start)
    found: list[np.ndarray] = []
    while len(found) < best:
        remaining = rows.without(found, c.size)
        members = first_by_rank(c, _covering(c, remaining, radius), centrality_rank(c))
        if members is not None:
            found.append(members)
            continue
        other = solve(c, remaining, np.zeros(c.n))
        if other is None:  # every feasible set is listed
            break
        radius = _smallest_radius(c, remaining, other, radius)
    return np.array(found)


def _covering(c: Compiled, rows: Rows, radius: int) -> Rows:
    return rows.extended().add(csr_matrix((c.ticks <= radius).astype(float)), 1, np.inf)


def _smallest_radius(c: Compiled, rows: Rows, start: np.ndarray, above: int = -1) -> int:
    """Smallest radius larger than `above` at which the rows allow a cover."""
    reach = int(-levels(c, "coverage", start[None, :])[0, 0])
    values = np.unique(c.ticks[:, c.allowed])
    low = int(np.searchsorted(values, max(above + 1, _unavoidable(c))))
    high = int(np.searchsorted(values, reach))
    while low < high:
        middle = (low + high) // 2
        members = solve(c, _covering(c, rows, int(values[middle])), np.zeros(c.n))
        if members is None:
            low = middle + 1
        else:
            high = min(middle, int(np.searchsorted(values, -levels(c, "coverage", members[None, :])[0, 0])))
    return int(values[high])


def _unavoidable(c: Compiled) -> int:
    """No radius is smaller: the largest distance of a town to its nearest possible member."""
    return int(c.ticks[:, c.allowed].min(axis=1).max())


def best_median_sets(c: Compiled, best: int) -> tuple[np.ndarray, bool]:
    """The `best` first sets by mean distance, in order, and whether all near ties were compared."""
    members = np.flatnonzero(c.allowed)
    m = len(members)
    pairs = c.n * m
    town, place = np.repeat(np.arange(c.n), m), np.tile(np.arange(m), c.n)
    k = np.arange(pairs)
    width = c.n + pairs
    one = csr_matrix((np.ones(pairs), (town, c.n + k)), shape=(c.n, width))
    only_members = csr_matrix(
        (np.repeat([1.0, -1.0], pairs), (np.concatenate([k, k]), np.concatenate([c.n + k, members[place]]))),
        shape=(pairs, width),
    )
    rows = base_rows(c).add(one, 1, 1).add(only_members, -np.inf, 0)
    cost = np.concatenate([np.zeros(c.n), c.ticks[town, members[place]] / TICKS_PER_UNIT])

    def next_set(found: list[np.ndarray]) -> np.ndarray | None:
        return solve(c, rows.without(found, c.size), cost, pairs)

    def near(last: np.ndarray, new: np.ndarray) -> bool:
        return last[0] - new[0] <= NEAR_TIE * TICKS_PER_UNIT

    return collect(c, "median", next_set, best, near)


def median_bound(c: Compiled) -> int:
    """No set has a smaller sum of distances, in ticks: a town that is no member has its nearest other one."""
    d = c.ticks[:, c.allowed].astype(np.int64).copy()
    d[np.flatnonzero(c.allowed), np.arange(d.shape[1])] = np.iinfo(np.int64).max
    nearest = np.sort(d.min(axis=1))
    return int(nearest[: c.n - c.size].sum())
