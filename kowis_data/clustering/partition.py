"""Partitions: Ward's tree to look, k-means to finish.

Everything runs on one thread: with several, sums are added in changing order and the last digits differ from run to
run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from threadpoolctl import threadpool_limits

_ROUNDS = 300


@dataclass(frozen=True)
class Partition:
    """Labels 0 … k − 1 of n points, the k × d centroids and the sum of squared distances to them."""

    labels: np.ndarray
    centroids: np.ndarray
    within: float


def one_thread() -> threadpool_limits:
    """Context in which scikit-learn and BLAS use a single thread."""
    import sklearn.cluster  # noqa: F401  only libraries that are loaded by now are limited

    return threadpool_limits(limits=1)


def ward_tree(matrix: np.ndarray) -> np.ndarray:
    """SciPy's linkage matrix of Ward's method (Ward 1963) for n × d points."""
    return linkage(matrix, method="ward")


def ward_centroids(matrix: np.ndarray, tree: np.ndarray, k: int) -> np.ndarray:
    """Means (k × d) of the k groups into which Ward's tree falls."""
    labels = cut_tree(tree, n_clusters=k)[:, 0]
    return np.vstack([matrix[labels == group].mean(axis=0) for group in range(k)])


def kmeans(matrix: np.ndarray, k: int, seed: int, starts: int, first: np.ndarray | None = None) -> Partition:
    """The best of k-means from `first` (centroids, optional) and from `starts` random starts (k-means++).

    A random start replaces the one from `first` only where it is better by more than rounding.
    """
    from sklearn.cluster import KMeans

    runs = [] if first is None else [KMeans(k, init=first, n_init=1, max_iter=_ROUNDS)]
    if starts:
        runs.append(KMeans(k, init="k-means++", n_init=starts, max_iter=_ROUNDS, random_state=seed))
    best: KMeans | None = None
    for run in runs:
        run.fit(matrix)
        if best is None or run.inertia_ < best.inertia_ * (1 - 1e-9):
            best = run
    if best is None:
        raise ValueError("neither first centroids nor random starts")
    return Partition(best.labels_.astype(int), best.cluster_centers_, float(best.inertia_))
