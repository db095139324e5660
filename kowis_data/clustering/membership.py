"""How firmly each town belongs to its cluster."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist


def memberships(
    matrix: np.ndarray, labels: np.ndarray, centroids: np.ndarray, distances: np.ndarray | None = None
) -> pd.DataFrame:
    """One row per point, in the order of `matrix`.

    Columns: `distance` (Euclidean, to the own centroid), `silhouette` (Rousseeuw 1987, −1 to 1), `second` (label of
    the nearest other centroid) and `membership` = d₂ / (d₁ + d₂) with the distances to the own and that other centroid:
    0.5 halfway between both, 1 at the own centroid. `distances` (n × n, Euclidean) saves computing them again.
    """
    from sklearn.metrics import silhouette_samples

    to_centroids = cdist(matrix, centroids)
    rows = np.arange(len(matrix))
    own = to_centroids[rows, labels]
    others = to_centroids.copy()
    others[rows, labels] = np.inf
    second = others.argmin(axis=1)
    next_best = others[rows, second]
    both = own + next_best
    if distances is None:
        silhouette = silhouette_samples(matrix, labels)
    else:
        silhouette = silhouette_samples(distances, labels, metric="precomputed")
    return pd.DataFrame(
        {
            "distance": own,
            "silhouette": silhouette,
            "second": second,
            "membership": np.divide(next_best, both, out=np.full(len(matrix), 0.5), where=both > 0),
        }
    )


def medoid(distances: np.ndarray, members: np.ndarray) -> int:
    """Position of the member with the smallest sum of distances to the others; the first of equals.

    `distances` n × n, `members` positions of the cluster's points.
    """
    return int(members[distances[np.ix_(members, members)].sum(axis=1).argmin()])
