"""Stage 2 of the case selection: the set of towns that differ most from one another.

Distance is Euclidean on standardised criteria; the set with the largest smallest distance (max-min, p-dispersion)
is found exactly: pairs are added from the most distant down, and the first clique of the wanted size is optimal,
because a set with a larger smallest distance would have been complete earlier. Sets with the same smallest
distance differ in their other distances: of those that share the deciding pair, the one with the largest mean is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform


@dataclass(frozen=True)
class FinalSet:
    """A set of towns: their keys, sorted, the smallest and the mean distance between them."""

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

    The order of rows does not matter: what is still equal after the mean distance is settled by the keys. Raises
    ValueError with fewer rows than `size` or a size below 2.
    """
    if size < 2:
        raise ValueError("size must be at least 2")
    if len(values) < size:
        raise ValueError(f"only {len(values)} rows for a set of {size}")
    values = values.sort_index()
    condensed = pdist(standardise(values).to_numpy())
    distance = squareform(condensed)
    i, j, adjacent = _deciding_pair(condensed, len(values), size)
    completions = _cliques_within(adjacent, adjacent[i] & adjacent[j], size - 2)
    best = max(completions, key=lambda rest: distance[np.ix_([i, j, *rest], [i, j, *rest])].sum())
    members = sorted([i, j, *best])
    inside = distance[np.ix_(members, members)][np.triu_indices(size, 1)]
    return FinalSet(tuple(values.index[members]), float(inside.min()), float(inside.mean()))


def _deciding_pair(condensed: np.ndarray, n: int, size: int) -> tuple[int, int, list[int]]:
    """Add pairs by falling distance until one of them completes a clique of `size`: that pair, and the graph so far.

    The graph is one integer per row, used as a set of bits.
    """
    first, second = np.triu_indices(n, 1)
    adjacent = [0] * n
    for edge in np.argsort(-condensed, kind="stable"):
        i, j = int(first[edge]), int(second[edge])
        if next(_cliques_within(adjacent, adjacent[i] & adjacent[j], size - 2), None) is not None:
            return i, j, adjacent
        adjacent[i] |= 1 << j
        adjacent[j] |= 1 << i
    raise AssertionError("a complete graph holds every clique")


def _cliques_within(adjacent: list[int], candidates: int, size: int) -> Iterator[list[int]]:
    """Members of every clique of `size` among the candidate bits, lowest first."""
    if size == 0:
        yield []
        return
    while candidates.bit_count() >= size:
        lowest = candidates & -candidates
        node = lowest.bit_length() - 1
        candidates ^= lowest
        for rest in _cliques_within(adjacent, candidates & adjacent[node], size - 1):
            yield [node, *rest]
