"""From variables to the standardised matrix that is clustered, with a record of everything that was changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kowis_data.clustering import compositions
from kowis_data.clustering.settings import FEWEST_TOWNS_PER_CLUSTER, Settings
from kowis_data.clustering.variables import VARIABLES
from kowis_data.clustering.wording import ClusteringError

# Share of the settings' floor that holds for a block.
FLOOR_OF_BLOCK = {"size": 0.1}
# Below this a column says the same about every town, but for rounding.
_NO_SPREAD = 1e-9
# Normal distribution: interquartile range / standard deviation.
_IQR_OF_SD = 1.349


@dataclass(frozen=True)
class Prepared:
    """The matrix and how it came about.

    Attributes
    ----------
    matrix : towns (index unit_id, sorted) × columns, standardised.
    raw : towns × chosen variables as they were (shares 0–1).
    columns : one row per column: `title`, `raised` (zeros and small shares replaced), `low` and `high` (limits in
        transformed units), `clipped_low`, `clipped_high` (towns limited), `centre`, `spread`.
    clipped : number of limited columns by town, only towns with any, most first.
    left_out : reason in German by unit_id, for towns that have no complete values.
    """

    matrix: pd.DataFrame
    raw: pd.DataFrame
    columns: pd.DataFrame
    clipped: pd.Series
    left_out: dict[str, str]


def prepare(variables: pd.DataFrame, settings: Settings) -> Prepared:
    """Choose, transform, limit and standardise; the order of rows does not matter.

    `variables`: index unit_id, the columns of `settings.variables` at least; shares 0–1. Raises ClusteringError for
    missing columns, too few towns or a column that is the same everywhere.
    """
    absent = [name for name in settings.variables if name not in variables]
    if absent:
        raise ClusteringError("Diese Merkmale fehlen in den Daten: " + ", ".join(map(title_of, absent)) + ".")
    raw = variables[list(settings.variables)].sort_index().astype(float)
    if raw.index.has_duplicates:
        raise ClusteringError("Eine Stadt kommt in den Daten doppelt vor.")
    complete = np.isfinite(raw).all(axis=1)
    left_out = {
        str(unit_id): "ohne Wert für: " + ", ".join(title_of(name) for name in raw if not np.isfinite(row[name]))
        for unit_id, row in raw[~complete].iterrows()
    }
    raw = raw[complete]
    needed = FEWEST_TOWNS_PER_CLUSTER * settings.clusters
    if len(raw) < needed:
        raise ClusteringError(
            f"Für {settings.clusters} Cluster braucht es mindestens {needed} Städte mit vollständigen Angaben; "
            f"es sind {len(raw)}. Bitte mehr Städte oder weniger Cluster wählen."
        )
    for name in raw:
        if np.ptp(raw[name]) <= _NO_SPREAD * max(1.0, raw[name].abs().max()):
            raise _constant(title_of(name))
    titles, values, raised = _transformed(raw, settings)
    low, high = (np.quantile(values, q, axis=0) for q in settings.winsorise)
    limited = np.clip(values, low, high)
    centre, spread = _location_and_scale(limited, settings.scaling)
    for title, width in zip(titles.values(), spread, strict=True):
        if not width > _NO_SPREAD:
            raise _constant(title)
    # Limits count as such only where a value really moved, not by rounding.
    below, above = values < low - 1e-12, values > high + 1e-12
    columns = pd.DataFrame(
        {
            "title": titles,
            "raised": pd.Series(raised),
            "low": pd.Series(low, titles),
            "high": pd.Series(high, titles),
            "clipped_low": pd.Series(below.sum(axis=0), titles),
            "clipped_high": pd.Series(above.sum(axis=0), titles),
            "centre": pd.Series(centre, titles),
            "spread": pd.Series(spread, titles),
        }
    ).reindex(list(titles))
    touched = pd.Series((below | above).sum(axis=1), raw.index)
    return Prepared(
        pd.DataFrame((limited - centre) / spread, raw.index, list(titles)),
        raw,
        columns,
        touched[touched > 0].sort_values(ascending=False, kind="stable"),
        left_out,
    )


def title_of(name: str) -> str:
    """German title of a variable; the name itself where it is none of the atlas."""
    return VARIABLES[name].title if name in VARIABLES else name


def _constant(title: str) -> ClusteringError:
    return ClusteringError(
        f"„{title}“ hat in (fast) allen Städten denselben Wert und trennt nichts. Bitte dieses Merkmal abwählen."
    )


def _transformed(raw: pd.DataFrame, settings: Settings) -> tuple[dict[str, str], np.ndarray, dict[str, int]]:
    """Titles by column, values, and number of raised shares by column."""
    titles: dict[str, str] = {}
    values: list[np.ndarray] = []
    raised: dict[str, int] = {}
    blocks: dict[str, list[str]] = {}
    for name in raw:
        blocks.setdefault(VARIABLES[name].block or name, []).append(name)
    for block, names in blocks.items():
        kind = VARIABLES[names[0]].kind
        part = raw[names].to_numpy()
        if kind == "part" and len(names) == 1:
            kind = "share"  # one part alone is a share against everything else
        if kind == "ratio":
            if not (part > 0).all():
                raise ClusteringError(f"„{title_of(names[0])}“ muss überall über 0 liegen.")
            new, moved = np.log(part), np.zeros_like(part, dtype=bool)
        elif settings.log_ratio == "none":
            new, moved = part, np.zeros_like(part, dtype=bool)
        elif kind == "share":
            new, moved = compositions.logit(part, settings.floor)
        else:
            closed, moved = compositions.replace_zeros(part, settings.floor * FLOOR_OF_BLOCK.get(block, 1))
            if settings.log_ratio == "ilr":
                names = [f"{block}_ilr_{i}" for i in range(1, len(names))]
                titles |= {name: f"{block}: {i}. Log-Verhältnis" for i, name in enumerate(names, 1)}
                new, moved = compositions.ilr(closed), moved[:, 1:]
            else:
                new = compositions.clr(closed)
        titles |= {name: titles.get(name, title_of(name)) for name in names}
        raised |= dict(zip(names, moved.sum(axis=0).tolist(), strict=True))
        values.append(new)
    return titles, np.hstack(values), raised


def _location_and_scale(values: np.ndarray, scaling: str) -> tuple[np.ndarray, np.ndarray]:
    if scaling == "robust":
        low, centre, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
        return centre, (high - low) / _IQR_OF_SD
    return values.mean(axis=0), values.std(axis=0)
