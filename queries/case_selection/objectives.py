"""What makes a set good: five objectives, each a list of whole numbers compared one after the other.

The first number is the objective proper, the further ones break ties; what is still equal is settled by the keys
(the set whose sorted keys come first). All numbers are "larger is better" inside; `natural_value` turns the first
one back into the unit of the screen.

References: Kuby (1987) for p-dispersion and maxisum; Hakimi (1964) for p-center and p-median; Seawright & Gerring
(2008) for diverse cases.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from queries.case_selection.distance import TICKS_PER_UNIT
from queries.case_selection.problem import Compiled

OBJECTIVES = {
    "max_min": "größter kleinster Abstand",
    "max_sum": "größte Summe der Abstände",
    "coverage": "Abdeckung: keine Stadt weit von der nächsten ausgewählten",
    "median": "Abdeckung im Mittel: kleinster mittlerer Abstand zur nächsten ausgewählten",
    "diverse": "möglichst viele gegensätzliche Ausprägungen",
}
UNREACHABLE = np.int64(1) << 60
CHUNK = 20_000


def levels(c: Compiled, objective: str, sets: np.ndarray) -> np.ndarray:
    """Numbers of each set, k × levels, int64, larger is better; `sets` are k × size positions.

    max_min: smallest distance; smallest distance not between two fixed towns; sum. max_sum: sum; smallest.
    coverage: −radius; then the set with the most central town, the second most central … median: −sum of the
    distances to the nearest member; −radius. diverse: poles (criterion × high/low) present; different patterns; total
    distance to all towns.
    """
    parts = [_levels(c, objective, sets[i : i + CHUNK]) for i in range(0, len(sets), CHUNK)]
    return np.concatenate(parts) if parts else np.zeros((0, 2), dtype=np.int64)


def _levels(c: Compiled, objective: str, sets: np.ndarray) -> np.ndarray:
    if objective == "max_min":
        smallest = np.full(len(sets), UNREACHABLE if sets.shape[1] > 1 else 0)
        smallest_free, total = smallest.copy(), np.zeros(len(sets), dtype=np.int64)
        forced = c.forced.any()
        for i, j in combinations(range(sets.shape[1]), 2):
            d = c.ticks[sets[:, i], sets[:, j]]
            np.minimum(smallest, d, out=smallest)
            total += d
            if forced:
                d = np.where(c.forced[sets[:, i]] & c.forced[sets[:, j]], UNREACHABLE, d)
                np.minimum(smallest_free, d, out=smallest_free)
        return np.column_stack([smallest, smallest_free if forced else smallest, total])
    if objective == "max_sum":
        smallest = np.full(len(sets), UNREACHABLE if sets.shape[1] > 1 else 0)
        total = np.zeros(len(sets), dtype=np.int64)
        for i, j in combinations(range(sets.shape[1]), 2):
            d = c.ticks[sets[:, i], sets[:, j]]
            np.minimum(smallest, d, out=smallest)
            total += d
        return np.column_stack([total, smallest])
    if objective in ("coverage", "median"):
        radius, total = np.zeros(len(sets), dtype=np.int64), np.zeros(len(sets), dtype=np.int64)
        for town in range(c.n):
            nearest = c.ticks[town][sets].min(axis=1)
            np.maximum(radius, nearest, out=radius)
            total += nearest
        if objective == "median":
            return np.column_stack([-total, -radius])
        return np.column_stack([-radius, -np.sort(centrality_rank(c)[sets], axis=1)])
    if objective == "diverse":
        poles = pole_matrix(c)
        found = poles[sets[:, 0]].copy()
        for i in range(1, sets.shape[1]):
            found |= poles[sets[:, i]]
        code = np.sort(pattern_codes(c)[sets], axis=1)
        different = 1 + (np.diff(code, axis=1) != 0).sum(axis=1)
        return np.column_stack([found.sum(axis=1), different, c.ticks.sum(axis=1)[sets].sum(axis=1)])
    raise ValueError(f"unknown objective {objective}")


def centrality_rank(c: Compiled) -> np.ndarray:
    """0 for the town with the smallest total distance to all others, and so on; ties by key (n)."""
    rank = np.empty(c.n, dtype=np.int64)
    rank[np.argsort(c.ticks.sum(axis=1), kind="stable")] = np.arange(c.n)
    return rank


def pole_matrix(c: Compiled) -> np.ndarray:
    """Which poles a town shows: n × 2m, first the highs, then the lows of the m criteria (bool)."""
    if c.pole_codes is None:
        raise ValueError("the objective diverse needs patterns")
    return np.hstack([c.pole_codes > 0, c.pole_codes < 0])


def pattern_codes(c: Compiled) -> np.ndarray:
    """Number of the truth-table cell of each town (n)."""
    return np.unique(c.pole_codes, axis=0, return_inverse=True)[1].reshape(-1)


def best_first(sets: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Order of sets: by falling levels, then by keys (positions follow the sorted keys)."""
    columns = [sets[:, i] for i in range(sets.shape[1] - 1, -1, -1)]
    return np.lexsort([*columns, *(-numbers[:, i] for i in range(numbers.shape[1] - 1, -1, -1))])


def natural_value(c: Compiled, objective: str, first_level: int) -> float:
    """The objective in its own unit: distance, sum of distances, radius, mean distance, number of poles."""
    if objective == "diverse":
        return float(first_level)
    value = abs(int(first_level)) / TICKS_PER_UNIT
    return value / c.n if objective == "median" else value
