"""Do the clusters come back when the towns are drawn anew? Bootstrap Jaccard per cluster (Hennig 2007).

Each round draws n towns with replacement, keeps each drawn town once, runs k-means on them from new random starts and
notes for every original cluster the highest Jaccard similarity with a new one, both restricted to the drawn towns.
Starting from the found centroids would be faster, but would lead k-means back to the same division even in noise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from kowis_data.clustering.partition import kmeans
from kowis_data.clustering.wording import number

# Hennig's bands: from this mean similarity on -> German word.
BANDS = (
    (0.85, "sehr stabil"),
    (0.75, "stabil"),
    (0.60, "erkennbares Muster"),
    (0.50, "unsicher"),
    (0.00, "aufgelöst"),
)
DISSOLVED, RECOVERED = 0.5, 0.75
ROUND_STARTS = 3
# Own convention: clusters less than 5 % tighter than without groups do not count as groups.
APART = 0.05
NULL_REFERENCES = 10


def band(similarity: float) -> str:
    """German word for a mean Jaccard similarity (0–1)."""
    return next(word for lowest, word in BANDS if similarity >= lowest)


def jaccard(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Jaccard similarity of every group of one labelling (rows) with every group of another (columns).

    Both label the same points with 0 …; an empty group has similarity 0 with all.
    """
    common = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(common, (first, second), 1)
    union = common.sum(axis=1)[:, None] + common.sum(axis=0)[None, :] - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)


def bootstrap_jaccard(
    matrix: np.ndarray,
    labels: np.ndarray,
    seed: int,
    rounds: int,
    progress: Callable[[float], None] = lambda share: None,
) -> np.ndarray:
    """Best similarity of each cluster in each round: rounds × k, NaN where no town of a cluster was drawn."""
    k = labels.max() + 1
    found = np.full((rounds, k), np.nan)
    random = np.random.default_rng(seed)
    for turn in range(rounds):
        drawn = np.unique(random.integers(0, len(matrix), len(matrix)))
        again = kmeans(matrix[drawn], k, int(random.integers(2**31)), ROUND_STARTS).labels
        original = labels[drawn]
        present = np.unique(original)
        found[turn, present] = jaccard(original, again).max(axis=1)[present]
        progress((turn + 1) / rounds)
    return found


def summary(similarities: np.ndarray, numbers: list[int]) -> pd.DataFrame:
    """Stability by cluster number: `jaccard` (mean), `band`, shares of the rounds `dissolved` (≤ 0.5) and `recovered`.

    Recovered means ≥ 0.75. `similarities`: rounds × k as from `bootstrap_jaccard`; `numbers`: the clusters' numbers in
    that order.
    """
    mean = np.nanmean(similarities, axis=0)
    return pd.DataFrame(
        {
            "jaccard": mean,
            "band": [band(value) for value in mean],
            "dissolved": np.nanmean(similarities <= DISSOLVED, axis=0),
            "recovered": np.nanmean(similarities >= RECOVERED, axis=0),
        },
        index=pd.Index(numbers, name="cluster"),
    ).sort_index()


def separation(matrix: np.ndarray, k: int, within: float, seed: int, references: int = NULL_REFERENCES) -> float:
    """How much smaller the variance within k clusters is than in data of the same spread without groups (0–1).

    1 − W / W₀, with W = `within` and W₀ its mean over k-means of normal data with the same covariance (the null of
    Liu, Hayes, Nobel & Marron 2008). About 0 where k-means only cuts up one cloud of points.
    """
    random = np.random.default_rng(seed)
    centred = matrix - matrix.mean(axis=0)
    spread = np.linalg.svd(centred, compute_uv=False) / np.sqrt(len(matrix))
    null = []
    for _ in range(references):
        drawn = random.normal(size=(len(matrix), len(spread))) * spread
        # Sampling changes the total a little; only the division of it counts.
        share = (
            kmeans(drawn, k, int(random.integers(2**31)), ROUND_STARTS).within / ((drawn - drawn.mean(0)) ** 2).sum()
        )
        null.append(share)
    return float(1 - within / (centred**2).sum() / np.mean(null))


def verdict(stability: pd.DataFrame, towns: pd.Series, apart: float) -> tuple[bool, str]:
    """Whether the division as a whole can be relied on, and one German sentence on it.

    `stability` from `summary`, `towns` by cluster, `apart` from `separation`. The whole counts as stable when the mean
    of the clusters' similarities, weighted with their towns, reaches 0.75 (in noise, single clusters can do so by
    chance) and the clusters are at least 5 % tighter than without groups (one elongated cloud is cut the same way every
    time).
    """
    jaccards = stability["jaccard"]
    weights = towns.reindex(jaccards.index)
    overall = float((jaccards * weights).sum() / weights.sum())
    firm = int((jaccards >= RECOVERED).sum())
    said = f"mittlere Ähnlichkeit {number(overall, 2)}"
    if overall < RECOVERED:
        return False, (
            f"Die Einteilung ist nicht stabil ({said}): Bei neu gezogenen Städten fällt sie anders aus. "
            "Sie sollte nicht gedeutet werden."
        )
    if apart < APART:
        return False, (
            f"Die Einteilung trägt nicht: Sie kehrt zwar wieder ({said}), aber die Cluster sind kaum dichter als in "
            "Daten ganz ohne Gruppen. Sie sollte nicht gedeutet werden."
        )
    if firm == len(jaccards):
        return True, f"Alle Cluster sind stabil ({said}): Sie kehren auch bei neu gezogenen Städten wieder."
    return True, (
        f"Die Einteilung ist im Ganzen stabil ({said}), für sich aber nur {firm} von {len(jaccards)} Clustern; "
        "die übrigen sind mit Vorsicht zu deuten."
    )
