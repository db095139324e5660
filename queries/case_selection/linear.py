"""The selection as a mixed-integer linear programme, solved exactly by HiGHS (`scipy.optimize.milp`).

A solver's answer depends on its version where several sets are equally good. So it is only asked for values and
for yes or no; the set that is shown is settled by whole numbers and keys (`collect`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, vstack

from queries.case_selection.objectives import best_first, levels
from queries.case_selection.problem import Compiled

# Seconds after which a single question to the solver is given up; the result then says that it is not proven.
TIME_LIMIT = 120.0
# Sets within this much of a tie (in distance units) are compared in whole numbers.
NEAR_TIE = 1e-4
MOST_NEAR_TIES = 40
# Towns decided at once when ranks settle a tie.
BLOCK = 16


class GivenUp(RuntimeError):
    """The solver found no answer within its limit."""


@dataclass
class Rows:
    """Linear rows over the n towns: matrix · x between low and high."""

    n: int
    matrices: list = field(default_factory=list)
    low: list = field(default_factory=list)
    high: list = field(default_factory=list)

    def add(self, matrix, low: float | np.ndarray, high: float | np.ndarray) -> Rows:
        matrix = csr_matrix(np.atleast_2d(matrix) if isinstance(matrix, np.ndarray) else matrix)
        self.matrices.append(matrix)
        self.low.append(np.broadcast_to(low, matrix.shape[0]).astype(float))
        self.high.append(np.broadcast_to(high, matrix.shape[0]).astype(float))
        return self

    def extended(self) -> Rows:
        return Rows(self.n, list(self.matrices), list(self.low), list(self.high))

    def without(self, sets: list[np.ndarray], size: int) -> Rows:
        """The same rows, and none of these sets."""
        rows = self.extended()
        for members in sets:
            row = np.zeros(self.n)
            row[members] = 1
            rows.add(row, -np.inf, size - 1)
        return rows


def base_rows(c: Compiled, conflict: np.ndarray | None = None) -> Rows:
    """Size, quotas and pairs that exclude one another; `conflict` replaces the problem's own pairs."""
    rows = Rows(c.n).add(np.ones(c.n), c.size, c.size)
    for limit in c.limits:
        rows.add(limit.mask.astype(float), limit.least, limit.most)
    pairs = c.conflict if conflict is None else conflict
    cover = conflict_cliques(pairs & np.outer(c.allowed, c.allowed))
    if cover:
        row = np.repeat(np.arange(len(cover)), [len(q) for q in cover])
        matrix = csr_matrix((np.ones(len(row)), (row, np.concatenate(cover))), shape=(len(cover), c.n))
        rows.add(matrix, -np.inf, 1)
    return rows


def conflict_cliques(conflict: np.ndarray) -> list[np.ndarray]:
    """Groups of towns that all exclude one another and together hold every conflicting pair.

    One row per group is a much tighter programme than one row per pair.
    """
    left, groups = np.triu(conflict, 1).copy(), []
    for i in range(len(conflict)):
        while left[i].any():
            j = int(left[i].argmax())
            group, common = [i, j], conflict[i] & conflict[j]
            while common.any():
                candidates = np.flatnonzero(common)
                new = (left[np.ix_(group, candidates)] | left[np.ix_(candidates, group)].T).sum(axis=0)
                k = int(candidates[new.argmax()])
                group.append(k)
                common = common & conflict[k]
            members = np.array(sorted(group))
            left[np.ix_(members, members)] = False
            groups.append(members)
    return groups


def solve(c: Compiled, rows: Rows, cost: np.ndarray, more_columns: int = 0) -> np.ndarray | None:
    """Positions of a set with the smallest cost, or None if no set fulfils the rows; GivenUp at the limit.

    `cost` has n entries, or n + `more_columns` when the rows carry further continuous columns between 0 and 1.
    """
    total = c.n + more_columns
    high = np.ones(total)
    high[: c.n] = c.allowed
    low = np.zeros(total)
    low[: c.n] = c.forced
    if (low > high).any():
        return None
    matrix = vstack([_padded(m, total) for m in rows.matrices], format="csr")
    answer = milp(
        np.asarray(cost, dtype=float),
        integrality=np.arange(total) < c.n,
        bounds=Bounds(low, high),
        constraints=LinearConstraint(matrix, np.concatenate(rows.low), np.concatenate(rows.high)),
        options={"time_limit": TIME_LIMIT, "mip_rel_gap": 0.0},
    )
    if answer.status == 2:
        return None
    if answer.status != 0 or answer.x is None:
        raise GivenUp(answer.message)
    return np.flatnonzero(answer.x[: c.n] > 0.5)


def _padded(matrix: csr_matrix, width: int) -> csr_matrix:
    missing = width - matrix.shape[1]
    return matrix if not missing else hstack([matrix, csr_matrix((matrix.shape[0], missing))], format="csr")


def any_set(c: Compiled) -> np.ndarray | None:
    """Some feasible set, or None."""
    return solve(c, base_rows(c), np.zeros(c.n))


def first_by_rank(c: Compiled, rows: Rows, rank: np.ndarray) -> np.ndarray | None:
    """The feasible set whose members' sorted ranks come first in the order of a dictionary, or None.

    Towns are decided in blocks: within a block, taking an earlier town outweighs all later ones together (weights
    are powers of two), and what is decided stays. So the answer is one and the same for every solver.
    """
    order = np.argsort(rank)
    rows, members = rows.extended(), None
    chosen: list[int] = []
    for i in range(0, c.n, BLOCK):
        block = order[i : i + BLOCK]
        cost = np.zeros(c.n)
        cost[block] = -(2.0 ** np.arange(len(block) - 1, -1, -1))
        members = solve(c, rows, cost)
        if members is None:
            return None
        inside = np.isin(block, members)
        chosen += block[inside].tolist()
        if len(chosen) == c.size:
            break
        fixed = np.zeros((len(block), c.n))
        fixed[np.arange(len(block)), block] = 1
        rows.add(fixed, inside.astype(float), inside.astype(float))
    return members


def collect(c: Compiled, objective: str, next_set, best: int, near) -> tuple[np.ndarray, bool]:
    """The `best` first sets, asked from the solver one by one; exact among near ties.

    `next_set(found)` gives the best set that is none of those found, or None. It is asked until a set is clearly
    worse than the last one wanted: `near(numbers_of_last_wanted, numbers_of_new)` says whether it could still be
    the solver's rounding. Returns the sets in order, and whether all near ties were seen.
    """
    found: list[np.ndarray] = []
    while len(found) < best + MOST_NEAR_TIES:
        new = next_set(found)
        if new is None:
            return _ordered(c, objective, found, best), True
        found.append(new)
        if len(found) > best:
            ordered = _ordered(c, objective, found[:-1], best)
            last = levels(c, objective, ordered[-1:])[0]
            if not near(last, levels(c, objective, new[None, :])[0]):
                return _ordered(c, objective, found, best), True
    return _ordered(c, objective, found, best), False


def _ordered(c: Compiled, objective: str, found: list[np.ndarray], best: int) -> np.ndarray:
    if not found:
        return np.zeros((0, c.size), dtype=np.int64)
    sets = np.array(found)
    return sets[best_first(sets, levels(c, objective, sets))[:best]]
