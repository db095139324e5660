"""Every set there is, as one array: the plainest proof, for small problems."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, combinations
from math import comb

import numpy as np

from queries.case_selection.objectives import best_first, levels
from queries.case_selection.problem import Compiled

# Up to so many sets are looked at one by one.
LIMIT = 200_000


@lru_cache(maxsize=8)
def all_combinations(n: int, size: int) -> np.ndarray:
    """Every way to choose `size` of n positions, in the order of a dictionary (shared: do not write to it)."""
    count = comb(n, size)
    flat = np.fromiter(chain.from_iterable(combinations(range(n), size)), dtype=np.int64, count=count * size)
    return flat.reshape(count, size)


def count(c: Compiled) -> int:
    """Sets to look at: the fixed towns and any of the other allowed ones."""
    forced = int((c.forced & c.allowed).sum())
    if (c.forced & ~c.allowed).any() or forced > c.size:
        return 0
    return comb(int(c.allowed.sum()) - forced, c.size - forced)


def feasible_sets(c: Compiled) -> np.ndarray:
    """All sets that fulfil every constraint, k × size sorted positions."""
    forced = np.flatnonzero(c.forced & c.allowed)
    if count(c) == 0:
        return np.zeros((0, c.size), dtype=np.int64)
    free = np.flatnonzero(c.allowed & ~c.forced)
    chosen = free[all_combinations(len(free), c.size - len(forced))] if len(free) else np.zeros((1, 0), dtype=np.int64)
    if len(forced):
        chosen = np.sort(np.hstack([chosen, np.tile(forced, (len(chosen), 1))]), axis=1)
    return chosen[c.feasible(chosen)]


def best_sets(c: Compiled, objective: str, best: int) -> tuple[np.ndarray, int]:
    """The `best` first sets in order, and how many share its objective with the very best."""
    sets = feasible_sets(c)
    if not len(sets):
        return sets, 0
    numbers = levels(c, objective, sets)
    compared = numbers[:, :2] if objective == "max_min" else numbers[:, :1]  # fixed pairs may hide the choice
    top = compared[np.lexsort(-compared.T[::-1])[0]]
    ties = int((compared == top).all(axis=1).sum())
    # Only what can be among the first is put in order.
    first = -numbers[:, 0]
    if len(sets) > best:
        border = np.partition(first, best - 1)[best - 1]
        keep = first <= border
        sets, numbers = sets[keep], numbers[keep]
    return sets[best_first(sets, numbers)[:best]], ties
