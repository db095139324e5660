"""Stage 1 as plain array mathematics: limits of the middle range, who lies outside, who remains. NumPy only.

Arrays are towns × criteria; NaN is a missing value and never a contrast. Everything is vectorised, so that a
thousand variants of the settings take seconds.
"""

from __future__ import annotations

import numpy as np

# A town needs values on at least this share of the criteria.
REQUIRED_SHARE_PRESENT = 0.8
# Sums of weights and of excess are compared on this grid: the last bits of floating point decide nothing.
DECIMALS = 9


def limits(
    values: np.ndarray, lower: float | np.ndarray, upper: float | np.ndarray, groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of the middle range: quantiles (linear interpolation) of the values present.

    Parameters
    ----------
    values : n × m.
    lower, upper : quantiles 0–1, one for all criteria or one per criterion (shape m).
    groups : n codes; each town is then measured against its own group (cluster, Land).

    Returns
    -------
    low, high : shape (m,) without groups, (n, m) with groups: every row carries its group's bounds. NaN where no
        value is present.
    """
    values = np.asarray(values, dtype=float)
    if groups is None:
        return SortedColumns(values).between(lower, upper)
    low, high = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    groups = np.asarray(groups)
    for group in np.unique(groups):
        rows = groups == group
        low[rows], high[rows] = SortedColumns(values[rows]).between(lower, upper)
    return low, high


class SortedColumns:
    """Columns sorted once, for many quantiles: what `limits` uses, and a thousand variants of the bands."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = np.sort(np.asarray(values, dtype=float), axis=0)  # NaN last
        self.counts = np.sum(~np.isnan(self.values), axis=0)

    def quantile(self, q: float | np.ndarray) -> np.ndarray:
        """One quantile per column (shape m), linear between neighbours as in `numpy.quantile`."""
        m = self.values.shape[1]
        if self.values.shape[0] == 0:
            return np.full(m, np.nan)
        place = np.clip(np.broadcast_to(np.asarray(q, dtype=float), (m,)), 0, 1) * np.maximum(self.counts - 1, 0)
        below = np.floor(place).astype(int)
        above = np.minimum(below + 1, np.maximum(self.counts - 1, 0))
        columns = np.arange(m)
        first, second = self.values[below, columns], self.values[above, columns]
        return first + (second - first) * (place - below)

    def between(self, lower: float | np.ndarray, upper: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.quantile(lower), self.quantile(upper)


def outside_pattern(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """+1 above, −1 below, 0 inside the middle range or missing (int8, n × m); bounds as `limits` returns them."""
    return (values > high).astype(np.int8) - (values < low).astype(np.int8)


def outside_weight(pattern: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Number of criteria outside per town; with weights their sum, scaled to a mean weight of 1."""
    outside = pattern != 0
    if weights is None:
        return outside.sum(axis=1).astype(float)
    weights = np.asarray(weights, dtype=float)
    return np.round(outside @ (weights * len(weights) / weights.sum()), DECIMALS)


def enough_present(values: np.ndarray, required_share: float = REQUIRED_SHARE_PRESENT) -> np.ndarray:
    """Towns with values on at least this share of the criteria (bool, n)."""
    return np.sum(~np.isnan(values), axis=1) >= np.ceil(required_share * values.shape[1] - 1e-9)


def survivors(
    values: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    k: float,
    weights: np.ndarray | None = None,
    required_share: float = REQUIRED_SHARE_PRESENT,
) -> np.ndarray:
    """Towns that lie outside on at least `k` criteria (weighted: at least weight `k`) and have enough values."""
    outside = outside_weight(outside_pattern(values, low, high), weights)
    return (outside >= k - 10.0**-DECIMALS) & enough_present(values, required_share)


def excess(scaled: np.ndarray, low: np.ndarray, high: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """How far a town lies outside, summed over the criteria (n): distance beyond the nearer bound.

    `scaled`, `low` and `high` are on one common scale (e.g. `normalise.normalise`), as the sum mixes criteria.
    """
    beyond = np.fmax(np.fmax(scaled - high, low - scaled), 0.0)
    beyond = np.where(np.isnan(beyond), 0.0, beyond)
    if weights is not None:
        weights = np.asarray(weights, dtype=float)
        beyond = beyond * (weights * len(weights) / weights.sum())
    return np.round(beyond.sum(axis=1), DECIMALS)


def pick_per_group(
    outside: np.ndarray,
    beyond: np.ndarray,
    target: int,
    groups: np.ndarray | None = None,
    eligible: np.ndarray | None = None,
) -> np.ndarray:
    """The `target` towns of each group with the most criteria outside (bool, n).

    Ties: larger excess (`beyond`), then the earlier row (rows are sorted by key). Towns that are not `eligible`
    (too many gaps, excluded) are passed over; a group with fewer eligible towns keeps them all.
    """
    n = len(outside)
    groups = np.zeros(n, dtype=int) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    eligible = np.ones(n, dtype=bool) if eligible is None else np.asarray(eligible, dtype=bool)
    order = np.lexsort((np.arange(n), -beyond, -outside, groups, ~eligible))
    order = order[: int(eligible.sum())]
    ordered = groups[order]
    starts = np.searchsorted(ordered, ordered, "left")
    picked = np.zeros(n, dtype=bool)
    picked[order[np.arange(len(order)) - starts < target]] = True
    return picked
