"""Stage 2 of the case selection: the set of towns that differ most from one another.

Distance is Euclidean on standardised criteria; the set with the largest smallest distance (max-min, p-dispersion)
is found exactly: pairs are added from the most distant down, and the first clique of the wanted size is optimal,
because a set with a larger smallest distance would have been complete earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform


@dataclass(frozen=True)
class FinalSet:
    """A set of towns: their keys in order of the input, the smallest and the mean distance between them."""

    unit_ids: tuple[str, ...]
    smallest_distance: float
    mean_distance: float


def standardise(values: pd.DataFrame) -> pd.DataFrame:
    """Columns with mean 0 and standard deviation 1; a missing value becomes the mean, a constant column 0."""
    spread = values.std(ddof=0)
    scaled = (values - values.mean()) / spread.where(spread > 0)
    return scaled.fillna(0.0)


def most_contrasting(values: pd.DataFrame, size: int) -> FinalSet:
    """The `size` rows of `values` (index unit_id) with the largest smallest distance; exact.

    Ties are settled by the order of rows. Raises ValueError with fewer rows than `size` or a size below 2.
    """
    if size < 2:
        raise ValueError("size must be at least 2")
    if len(values) < size:
        raise ValueError(f"only {len(values)} rows for a set of {size}")
    condensed = pdist(standardise(values).to_numpy())
    members = _first_clique(condensed, len(values), size)
    inside = squareform(condensed)[np.ix_(members, members)][np.triu_indices(size, 1)]
    return FinalSet(tuple(values.index[members]), float(inside.min()), float(inside.mean()))


def _first_clique(condensed: np.ndarray, n: int, size: int) -> list[int]:
    """Add pairs by falling distance until the graph holds a clique of `size`; its members, sorted.

    Adjacency is kept as one integer per row, used as a set of bits.
    """
    first, second = np.triu_indices(n, 1)
    adjacent = [0] * n
    for edge in np.argsort(-condensed, kind="stable"):
        i, j = int(first[edge]), int(second[edge])
        rest = _clique_within(adjacent, adjacent[i] & adjacent[j], size - 2)
        if rest is not None:
            return sorted([i, j, *rest])
        adjacent[i] |= 1 << j
        adjacent[j] |= 1 << i
    raise AssertionError("a complete graph holds every clique")


def _clique_within(adjacent: list[int], candidates: int, size: int) -> list[int] | None:
    """Members of a clique of `size` among the candidate bits, lowest first; None if there is none."""
    if size == 0:
        return []
    while candidates.bit_count() >= size:
        lowest = candidates & -candidates
        node = lowest.bit_length() - 1
        candidates ^= lowest
        rest = _clique_within(adjacent, candidates & adjacent[node], size - 1)
        if rest is not None:
            return [node, *rest]
    return None
