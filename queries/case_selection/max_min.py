"""The set whose closest two members lie as far apart as possible (p-dispersion), exact for hundreds of towns.

Towns are joined when they lie at least d apart and no constraint keeps them apart. A set with smallest distance d is
then a clique: all members joined with one another. The largest d with a clique of the wanted size is found by
halving the list of distances; that there is none at the next larger distance is the proof. Cliques are searched with
sets of bits and a colouring bound (Tomita & Seki 2003): as many colours as a colouring needs, so many members a
clique can have at most. Quotas prune the search as soon as they cannot be met any more.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from queries.case_selection.linear import base_rows, solve
from queries.case_selection.objectives import UNREACHABLE, best_first, levels
from queries.case_selection.problem import Compiled

# Steps of one search before the solver is asked instead; a count, not a time: the same on every machine.
MOST_STEPS = 400_000
# Equally good sets that are compared one by one.
MOST_TIES = 20_000


class TooManySteps(RuntimeError):
    """The clique search took more than its allowed steps."""


class CliqueSearch:
    """Cliques of a graph given as one integer of bits per town, under the quotas of a problem."""

    def __init__(self, adjacent: list[int], limits: list[tuple[int, int, int]], steps: int = MOST_STEPS) -> None:
        self.adjacent, self.limits, self.steps = adjacent, limits, steps

    def cliques(self, candidates: int, members: list[int], need: int) -> Iterator[list[int]]:
        """Every way to add `need` of the candidate bits to `members`."""
        self.steps -= 1
        if self.steps < 0:
            raise TooManySteps
        for mask, least, most in self.limits:
            inside = sum(mask >> m & 1 for m in members)
            if inside > most:
                return
            if inside == most:
                candidates &= ~mask
            elif least - inside == need:
                candidates &= mask
            if inside + min(need, (candidates & mask).bit_count()) < least:
                return
        if need == 0:
            yield members
            return
        for node in reversed(self._worth_trying(candidates, need)):
            yield from self.cliques(candidates & self.adjacent[node], [*members, node], need - 1)
            candidates &= ~(1 << node)

    def _worth_trying(self, candidates: int, need: int) -> list[int]:
        """Towns from the colour `need` on; a clique of that size must hold one of them."""
        if candidates.bit_count() < need:
            return []
        adjacent, order, colour = self.adjacent, [], 0
        while candidates:
            colour += 1
            same = candidates
            while same:
                lowest = same & -same
                node = lowest.bit_length() - 1
                candidates ^= lowest
                same = (same ^ lowest) & ~adjacent[node]
                if colour >= need:
                    order.append(node)
        return order


class MaxMin:
    """Threshold graphs of one problem, towns put in a favourable order (many far partners first)."""

    def __init__(self, c: Compiled) -> None:
        self.c = c
        # Distances between fixed towns are given: they must not hide the choice of the others.
        self.ticks = np.where(np.outer(c.forced, c.forced), UNREACHABLE, c.ticks)
        self.ticks = np.where(c.conflict, -1, self.ticks)
        np.fill_diagonal(self.ticks, -1)
        usable = c.allowed & (c.forced | (~c.conflict[c.forced].any(axis=0)))
        self.towns = np.flatnonzero(usable)
        far = np.sort(self.ticks[np.ix_(self.towns, self.towns)], axis=1).sum(axis=1, dtype=float)
        self.towns = self.towns[np.argsort(-far, kind="stable")]
        self.matrix = self.ticks[np.ix_(self.towns, self.towns)]
        self.place = {int(town): i for i, town in enumerate(self.towns)}
        self.forced = [self.place[int(t)] for t in np.flatnonzero(c.forced)]
        # "At most one" is already in the graph: its towns are not joined.
        binding = [g for g in c.limits if g.least > 0 or 1 < g.most < c.size or (g.most == 0 and g.mask.any())]
        self.limits = [(bits(g.mask[self.towns]), g.least, g.most) for g in binding]
        distinct = np.unique(self.matrix[np.triu_indices(len(self.towns), 1)])
        self.values = distinct[distinct >= 0]

    def sets_at(self, adjacent: list[int], members: list[int], steps: int = MOST_STEPS) -> Iterator[np.ndarray]:
        """Cliques of the graph that hold `members` and the fixed towns, as sorted positions of the problem."""
        held = list(dict.fromkeys([*self.forced, *members]))
        candidates = (1 << len(self.towns)) - 1
        for i, node in enumerate(held):
            if any(not adjacent[node] >> other & 1 for other in held[:i]):
                return
            candidates &= adjacent[node]
        search = CliqueSearch(adjacent, self.limits, steps)
        for clique in search.cliques(candidates, held, self.c.size - len(held)):
            yield np.sort(self.towns[clique])

    def reachable(self, ticks: int) -> np.ndarray | None:
        """A feasible set with all (free) distances at least `ticks`, or None: exact."""
        graph = [bits(row) for row in self.matrix >= ticks]
        try:
            return next(self.sets_at(graph, []), None)
        except TooManySteps:
            apart = (self.ticks < ticks) & ~np.eye(self.c.n, dtype=bool)
            return solve(self.c, base_rows(self.c, apart), np.zeros(self.c.n))

    def free_smallest(self, members: np.ndarray) -> int:
        """Smallest distance of a set that is not between two fixed towns; the largest there is if all are."""
        inside = self.ticks[np.ix_(members, members)][np.triu_indices(len(members), 1)]
        return int(min(inside.min(initial=UNREACHABLE), self.values[-1] if len(self.values) else 0))


def bits(row: np.ndarray) -> int:
    return int.from_bytes(np.packbits(row, bitorder="little").tobytes(), "little")


def best_sets(c: Compiled, best: int, start: np.ndarray) -> tuple[np.ndarray, int, bool]:
    """The `best` first sets in order, how many share the optimum, and whether all of these were compared.

    `start` is any feasible set of at least two members; a good one saves steps.
    """
    search = MaxMin(c)
    optimum, proven = _optimum(search, start)
    found: list[np.ndarray] = []
    ties, complete = 0, True
    graph = [bits(row) for row in search.matrix > optimum]
    for value in search.values[search.values <= optimum][::-1]:
        rows, columns = np.nonzero(np.triu(search.matrix == value, 1))
        new: list[np.ndarray] = []
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
            # Pairs of equal distance are added one by one: each set is met at the last of its closest pairs.
            graph[i] |= 1 << j
            graph[j] |= 1 << i
            if complete:
                complete = _gather(search, graph, [i, j], new)
        found += new
        ties = len(new) if value == optimum else ties
        if len(found) >= best or not complete:
            break
    sets = np.unique(np.array([*found, proven]), axis=0)  # whatever a limit cut off, the proven set is among them
    return sets[best_first(sets, levels(c, "max_min", sets))[:best]], max(ties, 1), complete


def _gather(search: MaxMin, graph: list[int], pair: list[int], found: list[np.ndarray]) -> bool:
    try:
        for members in search.sets_at(graph, pair):
            found.append(members)
            if len(found) > MOST_TIES:
                return False
    except TooManySteps:
        return False
    return True


def _optimum(search: MaxMin, start: np.ndarray) -> tuple[int, np.ndarray]:
    """The largest smallest (free) distance and a set that has it.

    The next larger distance than the start's is tried first, then the list of distances is halved.
    """
    values, members = search.values, start
    low = int(np.searchsorted(values, search.free_smallest(start)))
    high = len(values) - 1
    middle = low + 1
    while low < high:
        better = search.reachable(int(values[middle]))
        if better is None:
            high = middle - 1
        else:
            members = better
            low = int(np.searchsorted(values, search.free_smallest(members)))
        middle = (low + high + 1) // 2
    return int(values[low]), members
