"""Criteria on a common scale: four usual ways, NumPy only."""

from __future__ import annotations

import numpy as np

NORMALISATIONS = {
    "z_score": "Mittel 0, Standardabweichung 1",
    "rank": "Rang (Anteil der Städte mit kleinerem Wert)",
    "min_max": "Spannweite (kleinster Wert 0, größter 1)",
    "robust": "Median 0, Quartilsabstand als Maß",
}
# Quartile distance of the normal distribution: makes the robust scale comparable with the standard deviation.
IQR_OF_NORMAL = 1.3489795003921634


def normalise(values: np.ndarray, how: str = "z_score", reference: np.ndarray | None = None) -> np.ndarray:
    """Columns on a common scale; missing values stay NaN, a column that is constant in `reference` becomes 0.

    Parameters
    ----------
    values : towns × criteria, NaN = missing.
    how : a key of `NORMALISATIONS`.
    reference : towns × criteria that set the scale (e.g. all small towns); default: `values` themselves.

    Raises
    ------
    ValueError for an unknown `how`.
    """
    if how not in NORMALISATIONS:
        raise ValueError(f"unknown normalisation {how}")
    values = np.asarray(values, dtype=float)
    reference = values if reference is None else np.asarray(reference, dtype=float)
    result = np.full(values.shape, np.nan)
    for column in range(values.shape[1]):
        x, r = values[:, column], reference[:, column]
        r = np.sort(r[~np.isnan(r)])  # sorted: sums do not depend on the order of rows
        present = ~np.isnan(x)
        result[present, column] = _scaled(x[present], r, how) if len(r) and r[0] != r[-1] else 0.0
    return result


def _scaled(x: np.ndarray, r: np.ndarray, how: str) -> np.ndarray:
    if how == "rank":  # equal values share the middle of their places
        return (np.searchsorted(r, x, "left") + np.searchsorted(r, x, "right")) / (2 * len(r))
    if how == "min_max":
        return (x - r[0]) / (r[-1] - r[0])
    if how == "robust":
        first, median, third = np.quantile(r, [0.25, 0.5, 0.75])
        if third > first:
            return (x - median) / ((third - first) / IQR_OF_NORMAL)
        return (x - median) / r.std()  # more than half of the towns share one value
    return (x - r.mean()) / r.std()
