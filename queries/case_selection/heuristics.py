"""Greedy choice and swaps: a quick good set, the start of the exact search, never called the optimum.

The set grows by the town that helps most, then single towns are swapped as long as that helps. Ties go to the
first key, so the result is the same everywhere.
"""

from __future__ import annotations

import numpy as np

from queries.case_selection.objectives import UNREACHABLE, levels, pole_matrix
from queries.case_selection.problem import Compiled

STARTS = 12


def good_set(c: Compiled, objective: str, start: np.ndarray | None = None) -> np.ndarray | None:
    """Sorted positions of a good feasible set, or None if the greedy choice found none (there may still be one).

    `start` is a feasible set to improve by swaps, in addition to the greedy starts.
    """
    found = [swapped(c, objective, start)] if start is not None else []
    for first in _starts(c, objective):
        members = _grow(c, objective, first)
        if members is not None:
            found.append(swapped(c, objective, members))
    if not found:
        return None
    sets = np.unique(np.array(found), axis=0)
    return sets[np.lexsort(-levels(c, objective, sets).T[::-1])[0]]


def _starts(c: Compiled, objective: str) -> list[list[int]]:
    forced = list(np.flatnonzero(c.forced))
    if forced:
        return [forced]
    reach = c.ticks.max(axis=1) if objective in ("max_min", "max_sum", "diverse") else -c.ticks.sum(axis=1)
    candidates = np.flatnonzero(c.allowed)
    return [[int(i)] for i in candidates[np.argsort(-reach[candidates], kind="stable")][:STARTS]]


def _grow(c: Compiled, objective: str, members: list[int]) -> np.ndarray | None:
    members = list(members)
    while len(members) < c.size:
        usable = _may_join(c, members)
        if not usable.any():
            return None
        gain = np.where(usable, joined_value(c, objective, members), -UNREACHABLE)
        members.append(int(gain.argmax()))
    result = np.array(sorted(members))
    return result if c.feasible(result[None, :])[0] else None


def _may_join(c: Compiled, members: list[int]) -> np.ndarray:
    """Towns that may be added without breaking a constraint for good (bool, n)."""
    usable = c.allowed & ~c.conflict[members].any(axis=0)
    usable[members] = False
    left = c.size - len(members)
    for limit in c.limits:
        inside = int(limit.mask[members].sum())
        if inside >= limit.most:
            usable &= ~limit.mask
        if limit.least - inside >= left:
            usable &= limit.mask
    return usable


def joined_value(c: Compiled, objective: str, members: list[int]) -> np.ndarray:
    """First level of `members` plus each town in turn (n)."""
    members = list(members)
    d = c.ticks
    if objective == "max_min":
        among = d[np.ix_(members, members)]
        free = ~np.outer(c.forced[members], c.forced[members])
        inside = among[np.triu(free, 1)].min(initial=UNREACHABLE)
        return np.minimum(d[members].min(axis=0, initial=UNREACHABLE), inside)
    if objective == "max_sum":
        return d[members].sum(axis=0) + d[np.ix_(members, members)].sum() // 2
    if objective in ("coverage", "median"):
        nearest = np.minimum(d[:, members].min(axis=1, initial=UNREACHABLE)[:, None], d)
        return -(nearest.max(axis=0) if objective == "coverage" else nearest.sum(axis=0))
    poles = pole_matrix(c)
    return (poles | poles[members].any(axis=0)).sum(axis=1)


def swapped(c: Compiled, objective: str, members: np.ndarray) -> np.ndarray:
    """The set after the best single swaps, as long as one improves the first level."""
    members = np.array(sorted(members))
    value = _first_level(c, objective, members)
    while True:
        best = (value, None)
        for place in range(c.size):
            if c.forced[members[place]]:
                continue
            rest = [int(m) for i, m in enumerate(members) if i != place]
            gain = joined_value(c, objective, rest)
            for town in np.flatnonzero(_may_join(c, rest) & (gain > best[0])):
                trial = np.array(sorted([*rest, int(town)]))
                if gain[town] > best[0] and c.feasible(trial[None, :])[0]:
                    best = (int(gain[town]), trial)
        if best[1] is None:
            return members
        value, members = best


def _first_level(c: Compiled, objective: str, members: np.ndarray) -> int:
    rest, last = [int(m) for m in members[:-1]], int(members[-1])
    return int(joined_value(c, objective, rest)[last]) if rest else int(levels(c, objective, members[None, :])[0, 0])
