"""Log-ratios of shares that add up to 1: only the ratios between parts carry information (Aitchison 1986).

A zero has no logarithm. Shares below a floor count as the floor, and the other parts shrink in proportion, so that
the row still adds up to 1 and the ratios between the other parts stay (multiplicative replacement,
Martín-Fernández, Barceló-Vidal & Pawlowsky-Glahn 2003). Raising small shares too, not only zeros, keeps the order of
towns: 0.1 % never counts as less than nothing.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import helmert

from kowis_data.clustering.wording import ClusteringError


def replace_zeros(shares: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows closed to 1 without any share below about `floor`; and which entries were raised (boolean).

    `shares`: towns × parts, ≥ 0. Raises ClusteringError for a negative share or an empty row.
    """
    shares = np.asarray(shares, dtype=float)
    total = shares.sum(axis=1, keepdims=True)
    if (shares < 0).any() or not (total > 0).all():
        raise ClusteringError("Anteile müssen mindestens 0 sein und eine Summe über 0 haben.")
    if floor * shares.shape[1] >= 1:
        raise ClusteringError("Der kleinste Anteil ist für so viele Teile zu groß.")
    closed = shares / total
    raised = closed < floor
    rest = np.where(raised, 0.0, closed)
    room = 1 - floor * raised.sum(axis=1, keepdims=True)
    return np.where(raised, floor, rest * room / rest.sum(axis=1, keepdims=True)), raised


def clr(shares: np.ndarray) -> np.ndarray:
    """Centred log-ratio of positive shares (towns × parts): log of each part over the row's geometric mean."""
    logs = np.log(shares)
    return logs - logs.mean(axis=1, keepdims=True)


def ilr(shares: np.ndarray) -> np.ndarray:
    """Isometric log-ratio (towns × parts − 1): part j + 2 against the geometric mean of those before it.

    The basis is the orthonormal Helmert matrix, so distances are those of `clr` (Egozcue et al. 2003).
    """
    return clr(shares) @ helmert(shares.shape[1]).T


def logit(share: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """log(p / (1 − p)) of a single share (0–1), limited to floor … 1 − floor; and which entries were limited."""
    limited = np.clip(share, floor, 1 - floor)
    return np.log(limited / (1 - limited)), limited != share
