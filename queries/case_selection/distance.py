"""How far apart two towns are: Euclidean, Mahalanobis or Gower distance, on a grid of millionths.

Distances are whole multiples of one millionth. Equal distances are then equal on every machine, and sums are exact:
the same settings and data give the same set, whatever the last bits of floating point say.

References: Gower (1971), Biometrics 27(4); Ledoit & Wolf (2004), Journal of Multivariate Analysis 88(2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform

from queries.normalise import normalise

TICKS_PER_UNIT = 1_000_000
METHODS = {
    "euclidean": "Euklidischer Abstand",
    "mahalanobis": "Mahalanobis-Abstand (geschrumpfte Kovarianz)",
    "gower": "Gower-Abstand (auch für Kategorien)",
}
MISSING_RULES = {
    "mean": "ein fehlender Wert zählt als Durchschnitt",
    "pairwise": "verglichen wird nur, was beide Städte haben",
    "drop": "Städte mit Lücken fallen weg",
}


@dataclass(frozen=True)
class Distances:
    """Pairwise distances of n towns.

    Attributes
    ----------
    keys : unit ids, sorted.
    ticks : n × n, int64, symmetric, in millionths of the distance's unit.
    notes : German remarks on constant, missing and dropped values, for the screen and the record.
    """

    keys: tuple[str, ...]
    ticks: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """Distances in their own unit, towns × towns."""
        return pd.DataFrame(self.ticks / TICKS_PER_UNIT, index=self.keys, columns=self.keys)


def distances(
    values: pd.DataFrame,
    method: str = "euclidean",
    weights: Mapping[str, float] | None = None,
    normalisation: str = "z_score",
    missing: str = "mean",
    reference: pd.DataFrame | None = None,
    titles: Mapping[str, str] | None = None,
) -> Distances:
    """Distances between the rows of `values`.

    Parameters
    ----------
    values : index unit_id, one column per criterion; text or bool columns are categories (Gower only).
    weights : weight per criterion (≥ 0, default 1). Euclidean: d² = Σ w·Δ², weights scaled to mean 1. Mahalanobis:
        the standardised differences are multiplied by √w first. Gower: weighted mean of the per-criterion distances.
    normalisation : see `queries.normalise`; Gower always uses the range, as by definition.
    missing : `mean`, `pairwise` (Gower is always pairwise; a pair without a common criterion gets the largest
        distance seen) or `drop`. `pairwise` scales d² up by total weight / shared weight; not for Mahalanobis.
    reference : towns that set the scale (mean, spread, range, covariance), default the rows themselves.
    titles : German titles for the notes.

    Raises
    ------
    ValueError for unknown settings, negative or all-zero weights, text columns without Gower.
    """
    if method not in METHODS or missing not in MISSING_RULES:
        raise ValueError(f"unknown distance {method} or missing rule {missing}")
    if values.index.has_duplicates:
        raise ValueError("each unit once")
    values = values.sort_index()
    reference = values if reference is None else reference[values.columns]
    notes = _notes(values, missing, titles or {})
    if missing == "drop":
        values = values[values.notna().all(axis=1)]
    w = np.array([float((weights or {}).get(name, 1.0)) for name in values.columns])
    if len(w) == 0 or (w < 0).any() or w.sum() <= 0:
        raise ValueError("weights must not be negative, and one at least positive")
    if method == "gower":
        d = _gower(values, w, reference)
    else:
        if not all(pd.api.types.is_numeric_dtype(kind) for kind in values.dtypes):
            raise ValueError("categories need the Gower distance")
        d = _metric(values, w * len(w) / w.sum(), method, normalisation, missing, reference)
    return Distances(tuple(map(str, values.index)), np.rint(d * TICKS_PER_UNIT).astype(np.int64), tuple(notes))


def _metric(values, w, method, normalisation, missing, reference) -> np.ndarray:
    scaled = normalise(values.to_numpy(float), normalisation, reference.to_numpy(float))
    base = normalise(reference.to_numpy(float), normalisation)
    centre = np.array([np.mean(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0.0 for c in base.T])
    if method == "euclidean" and missing == "pairwise" and np.isnan(scaled).any():
        return _pairwise(scaled, w)
    filled = np.where(np.isnan(scaled), centre, scaled)
    weighted = filled * np.sqrt(w)
    if method == "mahalanobis" and len(base) > 1:
        from sklearn.covariance import ledoit_wolf  # heavy import, rarely needed

        covariance, _ = ledoit_wolf(np.where(np.isnan(base), centre, base))
        # Eigenvectors rather than Cholesky: a constant criterion leaves the covariance singular.
        value, vector = np.linalg.eigh(covariance)
        usable = value > 1e-9 * max(value.max(), 1e-300)
        weighted = weighted @ (vector[:, usable] / np.sqrt(value[usable]))
    return squareform(pdist(weighted)) if len(values) > 1 else np.zeros((len(values),) * 2)


def _pairwise(scaled: np.ndarray, w: np.ndarray) -> np.ndarray:
    present = ~np.isnan(scaled)
    total, shared = np.zeros((len(scaled),) * 2), np.zeros((len(scaled),) * 2)
    for column in range(scaled.shape[1]):
        both = np.outer(present[:, column], present[:, column])
        x = np.where(present[:, column], scaled[:, column], 0.0)
        total += w[column] * np.where(both, np.subtract.outer(x, x) ** 2, 0.0)
        shared += w[column] * both
    with np.errstate(invalid="ignore", divide="ignore"):
        d = np.sqrt(total * (w.sum() / shared))
    return _without_common(d, shared)


def _gower(values: pd.DataFrame, w: np.ndarray, reference: pd.DataFrame) -> np.ndarray:
    n = len(values)
    total, shared = np.zeros((n, n)), np.zeros((n, n))
    for weight, name in zip(w, values.columns, strict=True):
        column, present = values[name], values[name].notna().to_numpy()
        both = np.outer(present, present)
        kind = column.dtype
        if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind):
            span = float(reference[name].max() - reference[name].min())
            x = np.where(present, column.to_numpy(float, na_value=np.nan), 0.0)
            part = np.abs(np.subtract.outer(x, x)) / span if span > 0 else np.zeros((n, n))
        else:
            code = pd.factorize(column)[0]
            part = (code[:, None] != code[None, :]).astype(float)
        total += weight * np.where(both, part, 0.0)
        shared += weight * both
    with np.errstate(invalid="ignore", divide="ignore"):
        d = total / shared
    return _without_common(d, shared)


def _without_common(d: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """A pair with no criterion in common gets the largest distance seen; the diagonal is 0."""
    known = d[shared > 0]
    d = np.where(shared > 0, d, known.max() if len(known) else 0.0)
    np.fill_diagonal(d, 0.0)
    return d


def _notes(values: pd.DataFrame, missing: str, titles: Mapping[str, str]) -> list[str]:
    notes = []
    for name in values.columns:
        title, present = titles.get(name, str(name)), values[name].dropna()
        if present.empty:
            notes.append(f"„{title}“ hat für keine der {len(values)} Städte einen Wert und zählt nicht mit.")
        elif len(values) > 1 and present.nunique() == 1:
            notes.append(f"„{title}“ ist überall gleich und unterscheidet keine zwei Städte.")
        if 0 < len(present) < len(values):
            gaps = len(values) - len(present)
            rule = MISSING_RULES[missing]
            notes.append(f"„{title}“ fehlt bei {gaps} von {len(values)} Städten; Regel: {rule}.")
    return notes
