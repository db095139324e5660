"""Distances between towns, stations and places: straight lines on the sphere, found with k-d trees.

Points are put on the unit sphere, where the straight chord grows with the great-circle distance; so a plain
three-dimensional tree finds the true nearest neighbour (scipy.spatial.cKDTree).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


def unit_sphere(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Points in degrees as x, y, z on the unit sphere, shape (n, 3)."""
    lam, phi = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def chord_to_km(chord: np.ndarray) -> np.ndarray:
    """Great-circle distance in km for chords on the unit sphere."""
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(np.asarray(chord) / 2, 0, 1))


def km_to_chord(km: float) -> float:
    """Chord on the unit sphere for a great-circle distance in km."""
    return 2 * np.sin(km / EARTH_RADIUS_KM / 2)


def nearest(origins: pd.DataFrame, targets: pd.DataFrame, *, skip_self: bool = False) -> pd.DataFrame:
    """Nearest target of each origin.

    Parameters
    ----------
    origins, targets : frames with columns `lon`, `lat` (degrees).
    skip_self : leave out a target at the origin's own place (origins are among the targets).

    Returns
    -------
    Frame like `origins` with `km` and `position` (row number in `targets`); NaN and -1 without a target.
    """
    k = 2 if skip_self else 1
    if len(targets) < k:
        return pd.DataFrame({"km": np.nan, "position": -1}, index=origins.index)
    from scipy.spatial import cKDTree  # takes its time to load

    tree = cKDTree(unit_sphere(targets["lon"], targets["lat"]))
    chord, position = tree.query(unit_sphere(origins["lon"], origins["lat"]), k=[k])
    return pd.DataFrame({"km": chord_to_km(chord[:, 0]), "position": position[:, 0]}, index=origins.index)


def sum_within(origins: pd.DataFrame, targets: pd.DataFrame, weight: np.ndarray, km: float) -> np.ndarray:
    """Sum of the targets' weights within `km` of each origin, shape (len(origins),)."""
    from scipy.spatial import cKDTree  # takes its time to load

    tree = cKDTree(unit_sphere(targets["lon"], targets["lat"]))
    hits = tree.query_ball_point(unit_sphere(origins["lon"], origins["lat"]), km_to_chord(km), return_sorted=False)
    weight = np.asarray(weight, float)
    lengths = np.fromiter((len(h) for h in hits), int, len(hits))
    owner = np.repeat(np.arange(len(hits)), lengths)
    flat = np.concatenate([np.asarray(h, int) for h in hits]) if lengths.sum() else np.array([], int)
    return np.bincount(owner, weights=weight[flat], minlength=len(hits))


def dispersion_km(points: pd.DataFrame, group: str, at_least: int = 3) -> pd.Series:
    """Mean distance of a group's points from their centre, km, by group with `at_least` points."""
    xyz = pd.DataFrame(unit_sphere(points["lon"], points["lat"]), columns=["x", "y", "z"], index=points.index)
    groups = points[group]
    centre = xyz.groupby(groups).transform("mean")
    centre = centre.div(np.sqrt((centre**2).sum(axis=1)), axis=0)
    km = pd.Series(chord_to_km(np.sqrt(((xyz - centre) ** 2).sum(axis=1))), index=points.index)
    result = km.groupby(groups).agg(["mean", "size"])
    return result.loc[result["size"] >= at_least, "mean"]
