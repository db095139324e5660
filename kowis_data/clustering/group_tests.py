"""Does an indicator differ between clusters, and how much? Rank tests with effect sizes.

Kruskal–Wallis with ε² (Tomczak & Tomczak 2014); pairs by Dunn (1964) with Holm's correction (1979) and Cliff's delta
(Cliff 1993; bands of Romano et al. 2006).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

# Upper limits of ε² and |δ| -> German word.
EPSILON_BANDS = ((0.01, "kaum ein Unterschied"), (0.08, "schwach"), (0.26, "mittel"), (1.01, "stark"))
DELTA_BANDS = ((0.147, "kaum ein Unterschied"), (0.33, "schwach"), (0.474, "mittel"), (1.01, "stark"))


@dataclass(frozen=True)
class GroupTest:
    """Result over all groups and by pair.

    Attributes
    ----------
    h, p : Kruskal–Wallis statistic (with tie correction) and its probability.
    epsilon_squared : H / (n − 1), 0 to 1.
    strength : German word for it.
    pairs : one row per pair: `first`, `second`, `z`, `p`, `p_holm`, `delta` (−1 to 1, > 0: first is higher),
        `strength`.
    """

    h: float
    p: float
    epsilon_squared: float
    strength: str
    pairs: pd.DataFrame


def compare_groups(values: pd.Series, groups: pd.Series) -> GroupTest | None:
    """Compare the values (NaN = missing) of the groups; None where fewer than two groups have values or all are equal.

    Both series share their index.
    """
    from scipy.stats import kruskal

    frame = pd.DataFrame({"value": values, "group": groups}).dropna()
    samples = {group: part.to_numpy(float) for group, part in frame.groupby("group")["value"]}
    if len(samples) < 2 or frame["value"].nunique() < 2:
        return None
    h, p = kruskal(*samples.values())
    epsilon = float(h / (len(frame) - 1))
    pairs = _dunn(frame["value"].to_numpy(float), frame["group"].to_numpy(), list(samples))
    pairs["p_holm"] = holm(pairs["p"].to_numpy())
    pairs["delta"] = [cliffs_delta(samples[a], samples[b]) for a, b in combinations(samples, 2)]
    pairs["strength"] = [_word(abs(delta), DELTA_BANDS) for delta in pairs["delta"]]
    return GroupTest(float(h), float(p), epsilon, _word(epsilon, EPSILON_BANDS), pairs)


def cliffs_delta(first: np.ndarray, second: np.ndarray) -> float:
    """P(first > second) − P(first < second) over all pairs of values."""
    from scipy.stats import mannwhitneyu

    u = mannwhitneyu(first, second, method="asymptotic").statistic
    return float(2 * u / (len(first) * len(second)) - 1)


def holm(p: np.ndarray) -> np.ndarray:
    """Probabilities corrected for their number, step down."""
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(steps, 1)
    return corrected


def _dunn(values: np.ndarray, groups: np.ndarray, names: list) -> pd.DataFrame:
    """Dunn's z of every pair from the common ranks, with correction for ties."""
    from scipy.stats import norm, rankdata, tiecorrect

    ranks = rankdata(values)
    n = len(values)
    variance = n * (n + 1) / 12 * tiecorrect(ranks)
    mean = {name: ranks[groups == name].mean() for name in names}
    size = {name: int((groups == name).sum()) for name in names}
    rows = []
    for a, b in combinations(names, 2):
        z = (mean[a] - mean[b]) / np.sqrt(variance * (1 / size[a] + 1 / size[b]))
        rows.append({"first": a, "second": b, "z": float(z), "p": float(2 * norm.sf(abs(z)))})
    return pd.DataFrame(rows)


def _word(size: float, bands: tuple[tuple[float, str], ...]) -> str:
    return next(word for limit, word in bands if size < limit)
