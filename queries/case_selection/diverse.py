"""The set that shows as many contrasting poles as possible: diverse cases over the truth table.

A pole is a criterion and a side (high or low). The number of poles present comes first, then the number of different
patterns, then the total distance to all towns: three linear programmes, each keeping the values before (maximal
covering, Church & ReVelle 1974).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from queries.case_selection.distance import TICKS_PER_UNIT
from queries.case_selection.linear import NEAR_TIE, Rows, base_rows, collect, solve
from queries.case_selection.objectives import levels, pattern_codes, pole_matrix
from queries.case_selection.problem import Compiled


def best_diverse_sets(c: Compiled, best: int) -> tuple[np.ndarray, bool]:
    """The `best` first sets by poles, patterns and distance, in order, and whether all near ties were compared."""
    codes = pattern_codes(c)
    cells = (codes[:, None] == np.arange(codes.max() + 1)[None, :]).T
    poles = pole_matrix(c).T
    features = np.vstack([poles, cells]).astype(float)
    m = len(features)
    k = np.arange(m)
    # A feature counts only if a member has it.
    present = csr_matrix(np.hstack([-features, np.eye(m)]))
    rows = base_rows(c).add(present, -np.inf, 0)
    # One pole outweighs all patterns there can be in a set.
    count = np.concatenate([np.zeros(c.n), np.where(k < len(poles), c.size + 1.0, 1.0)])
    spread = np.concatenate([-c.ticks.sum(axis=1) / TICKS_PER_UNIT, np.zeros(m)])

    def next_set(found: list[np.ndarray]) -> np.ndarray | None:
        remaining: Rows = rows.without(found, c.size)
        most = solve(c, remaining, -count, m)
        if most is None:
            return None
        first, second = levels(c, "diverse", most[None, :])[0][:2]
        return solve(c, remaining.add(count, (c.size + 1) * first + second - 0.5, np.inf), spread, m)

    def near(last: np.ndarray, new: np.ndarray) -> bool:
        return (last[:2] == new[:2]).all() and last[2] - new[2] <= NEAR_TIE * TICKS_PER_UNIT

    return collect(c, "diverse", next_set, best, near)
