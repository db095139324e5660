"""Two models of the same towns: how far they agree, and who moves from which cluster to which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment


@dataclass(frozen=True)
class Comparison:
    """Agreement of two partitions.

    Attributes
    ----------
    adjusted_rand : Hubert & Arabie (1985); 1 = the same division, 0 = as good as chance.
    flows : clusters of the first (rows) × of the second (columns), numbers of towns.
    towns : towns in both models; `only_first`, `only_second`: towns in one alone.
    together : number of towns in clusters that correspond to each other best (one to one).
    pairs : corresponding clusters (first, second).
    """

    adjusted_rand: float
    flows: pd.DataFrame
    towns: int
    only_first: int
    only_second: int
    together: int
    pairs: tuple[tuple[int, int], ...]


def compare(first: pd.Series, second: pd.Series) -> Comparison:
    """Compare two series of cluster numbers, index unit_id; only common towns count.

    Raises ValueError where the two have no town in common.
    """
    from sklearn.metrics import adjusted_rand_score

    common = first.index.intersection(second.index)
    if common.empty:
        raise ValueError("Die beiden Modelle haben keine Stadt gemeinsam.")
    a, b = first[common], second[common]
    flows = pd.crosstab(a.to_numpy(), b.to_numpy()).rename_axis(index="first", columns="second")
    rows, columns = linear_sum_assignment(flows.to_numpy(), maximize=True)
    return Comparison(
        float(adjusted_rand_score(a.to_numpy(), b.to_numpy())),
        flows,
        len(common),
        len(first) - len(common),
        len(second) - len(common),
        int(flows.to_numpy()[rows, columns].sum()),
        tuple((int(flows.index[i]), int(flows.columns[j])) for i, j in zip(rows, columns, strict=True)),
    )


def moved(first: pd.Series, second: pd.Series, pairs: tuple[tuple[int, int], ...]) -> pd.Index:
    """Towns (unit_id) whose clusters in two models do not correspond to each other."""
    common = first.index.intersection(second.index)
    partner = first[common].map(dict(pairs))
    return common[np.asarray(partner != second[common])]
