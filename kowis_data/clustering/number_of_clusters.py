"""How many clusters? Silhouette, elbow, gap statistic and Calinski–Harabasz side by side; none of them decides.

Gap statistic: Tibshirani, Walther & Hastie (2001), references uniform over the box along the principal axes, and
their rule of one standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kowis_data.clustering.partition import Partition, kmeans, ward_centroids

# Random starts for each reference data set; the observed data get the same number for a fair comparison.
GAP_STARTS = 2


@dataclass(frozen=True)
class Numbers:
    """Measures by number of clusters, and what each of them suggests.

    Attributes
    ----------
    table : index k from 1; `within` (sum of squares), `explained` (share 0–1 of the total), `ward_height` (of the
        merger that leaves k − 1), `silhouette` (mean), `calinski_harabasz`, `gap`, `gap_error` (NaN where undefined).
    suggested : number by measure: `silhouette`, `elbow`, `calinski_harabasz` and, where computed, `gap`.
    """

    table: pd.DataFrame
    suggested: dict[str, int]


def compare_numbers(
    matrix: np.ndarray,
    tree: np.ndarray,
    distances: np.ndarray,
    numbers: tuple[int, int],
    seed: int,
    gap_references: int,
    progress: Callable[[float], None] = lambda share: None,
) -> Numbers:
    """All measures for every k of a range.

    `matrix` n × d; `tree` from `ward_tree`; `distances` n × n Euclidean.
    """
    from sklearn.metrics import calinski_harabasz_score, silhouette_samples

    smallest, largest = numbers
    rows = {1: {"within": within_one(matrix)}}
    for k in range(2, largest + 1):
        part = kmeans(matrix, k, seed, GAP_STARTS, ward_centroids(matrix, tree, k))
        rows[k] = {"within": part.within, "ward_height": float(tree[-(k - 1), 2])}
        if k >= smallest:
            rows[k] |= {
                "silhouette": float(silhouette_samples(distances, part.labels, metric="precomputed").mean()),
                "calinski_harabasz": float(calinski_harabasz_score(matrix, part.labels)),
            }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("k")
    table["explained"] = 1 - table["within"] / table.at[1, "within"]
    seen = table.loc[smallest:]
    suggested = {
        "silhouette": int(seen["silhouette"].idxmax()),
        "calinski_harabasz": int(seen["calinski_harabasz"].idxmax()),
        "elbow": elbow(table["within"]),
    }
    if gap_references:
        table["gap"], table["gap_error"] = gap_statistic(matrix, table["within"], seed, gap_references, progress)
        suggested["gap"] = one_error_rule(table["gap"], table["gap_error"])
    return Numbers(table, suggested)


def within_one(matrix: np.ndarray) -> float:
    """Sum of squared distances to the common mean."""
    return float(((matrix - matrix.mean(axis=0)) ** 2).sum())


def elbow(within: pd.Series) -> int:
    """The k that lies farthest below the straight line from the first to the last k, both axes scaled to 0–1."""
    k = within.index.to_numpy(float)
    along = (k - k[0]) / (k[-1] - k[0])
    fall = (within.to_numpy() - within.iloc[-1]) / (within.iloc[0] - within.iloc[-1])
    return int(within.index[np.argmax(1 - along - fall)])


def gap_statistic(
    matrix: np.ndarray,
    within: pd.Series,
    seed: int,
    references: int,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Gap(k) = mean of log W*(k) over the references − log W(k), and s(k) = standard deviation × √(1 + 1/B).

    `within` is W by k (index 1 … K) of the n × d `matrix`.
    """
    random = np.random.default_rng(seed)
    middle = matrix.mean(axis=0)
    _, _, axes = np.linalg.svd(matrix - middle, full_matrices=False)
    turned = (matrix - middle) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    logs = np.empty((references, len(within)))
    for number in range(references):
        sample = random.uniform(low, high, turned.shape)
        for column, k in enumerate(within.index):
            logs[number, column] = np.log(_reference(sample, int(k), seed + number).within)
        progress((number + 1) / references)
    return logs.mean(axis=0) - np.log(within.to_numpy()), logs.std(axis=0) * np.sqrt(1 + 1 / references)


def _reference(sample: np.ndarray, k: int, seed: int) -> Partition:
    if k == 1:
        return Partition(np.zeros(len(sample), int), sample.mean(axis=0)[None], within_one(sample))
    return kmeans(sample, k, seed, GAP_STARTS)


def one_error_rule(gap: pd.Series, error: pd.Series) -> int:
    """The smallest k with Gap(k) ≥ Gap(k + 1) − s(k + 1); the largest k where there is none."""
    for k in gap.index[:-1]:
        if gap[k] >= gap[k + 1] - error[k + 1]:
            return int(k)
    return int(gap.index[-1])
