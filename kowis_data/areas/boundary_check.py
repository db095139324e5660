"""Do the drawn polygons have the areas of the register? `boundary_check` answers for every unit.

Areas are measured in ETRS89-LAEA (EPSG:3035, equal-area). The register counts the water of a municipality,
the map draws land only: the water parts of the source (Geofaktor 2) are added before comparing. Each unit
more than 2 % off gets its most probable cause in German. No source here tells how a boundary moved after
the date of the map: what can only be seen from the areas is described, not explained.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from kowis_data.areas.coverage import area_km2, length_km

TOLERATED_PCT = 2.0
# Two neighbours whose deviations cancel out have a border drawn elsewhere: at least this part of the one is
# found in the other, and spread along their common border it would be at least this wide.
CANCELLED_SHARE = 0.5
SHIFTED_METRES = 70.0
# Mean shift along the whole border that generalisation explains (99 % of the units stay below).
GENERALISED_METRES = 50.0

# Units of water only; `boundaries` explains how they are drawn.
RIVER = "Grenzfluss zu Luxemburg: in der Quelle nicht gezeichnet, als Streifen vor dem Ufer geschätzt"
WATER_UNITS = {
    "070009999": RIVER,
    "100429999": RIVER,
    "130009999": "Küstengewässer: Register führt 1,00 km², gezeichnet ist die Küstensee des Landes (VG250)",
}


def check_areas(
    register: pd.DataFrame,
    source: gpd.GeoSeries,
    shipped: gpd.GeoSeries,
    water_km2: pd.Series,
    neighbours: pd.DataFrame,
    *,
    shared_out: set[str],
    at_sea: set[str],
    product: str = "VG250",
    year: str = "2016",
) -> pd.DataFrame:
    """Compare every unit with the register and name the cause of each deviation beyond 2 %.

    Parameters
    ----------
    register : municipalities of today: `unit_id, name, area_km2, population`.
    source, shipped : the units before and after simplification, by `unit_id`.
    water_km2 : water of the units that is not drawn.
    neighbours : from `coverage.shared_borders`.
    shared_out : units that hold a part of a divided municipality, whose dividing line is estimated.
    at_sea : units beside the sea or Lake Constance, where land and water are hard to tell apart.
    product, year : of the map, for the words.

    Returns
    -------
    One row per unit: `unit_id, name` (largest member), `register_area_km2, polygon_area_km2` (shipped land
    plus `water_area_km2`), `deviation_pct` (polygon against register), `cause` (empty within 2 %).
    """
    by_size = register.sort_values(["population", "area_km2"])
    table = pd.DataFrame(
        {
            "name": by_size.groupby("unit_id")["name"].last(),
            "register_area_km2": register.groupby("unit_id")["area_km2"].sum(),
        }
    )
    table["water_area_km2"] = water_km2.reindex(table.index).fillna(0.0)
    table["polygon_area_km2"] = area_km2(shipped) + table["water_area_km2"]
    excess = table["polygon_area_km2"] - table["register_area_km2"]
    table["deviation_pct"] = 100 * excess / table["register_area_km2"]

    source_pct = 100 * ((area_km2(source) + table["water_area_km2"]) / table["register_area_km2"] - 1)
    shift_m = 1000 * excess.abs() / length_km(shipped)
    cancelling = cancelling_neighbours(excess.drop(list(WATER_UNITS), errors="ignore"), neighbours)
    is_association = register.groupby("unit_id").size() > 1
    label = table["name"].where(~is_association, table["name"] + " (Verband)")

    causes = {}
    for unit_id in table.index[table["deviation_pct"].abs() > TOLERATED_PCT]:
        if unit_id in WATER_UNITS:
            cause = WATER_UNITS[unit_id]
        elif abs(source_pct[unit_id]) <= TOLERATED_PCT:
            cause = f"Vereinfachung für die Karte (vorher {_german(source_pct[unit_id], 1)} %)"
        elif unit_id in shared_out:
            cause = f"Gebietsänderung nach {year}: aufgeteilte Gemeinde, Trennlinie geschätzt"
        elif unit_id in cancelling:
            other = cancelling[unit_id]
            cause = (
                f"Grenze zu {label[other]} verläuft in der Quelle anders (hier"
                f" {_german(excess[unit_id], 2)} km², dort {_german(excess[other], 2)} km²):"
                f" Gebietsänderung nach {year} oder Generalisierung"
            )
        elif unit_id in at_sea:
            cause = f"Küste: Register und {product} grenzen Strand, Watt und Wasser verschieden ab"
        elif shift_m[unit_id] <= GENERALISED_METRES:
            cause = f"{product} generalisiert die Grenze (im Mittel um {shift_m[unit_id]:.0f} m versetzt)"
        else:
            cause = f"ungeklärt ({_german(excess[unit_id], 2)} km²), möglich: Gebietsänderung nach {year}"
        causes[unit_id] = cause
    table["cause"] = pd.Series(causes, dtype="str").reindex(table.index).fillna("")
    decimals = {"water_area_km2": 5, "polygon_area_km2": 5, "deviation_pct": 3}
    columns = ["name", "register_area_km2", "polygon_area_km2", "water_area_km2", "deviation_pct", "cause"]
    return table.round(decimals).rename_axis("unit_id").reset_index()[["unit_id", *columns]]


def cancelling_neighbours(excess: pd.Series, neighbours: pd.DataFrame) -> dict[str, str]:
    """For each unit the neighbour that most likely holds its missing area, or lacks what it has too much.

    Parameters
    ----------
    excess : km² by unit, polygon minus register.
    neighbours : `unit_id, neighbour_id, shared_border_km`.

    Returns
    -------
    Unit to neighbour, only where at least half of the excess is cancelled and would make a strip of 70 m
    along the common border.
    """
    pairs = neighbours.assign(
        own=neighbours["unit_id"].map(excess), other=neighbours["neighbour_id"].map(excess)
    )
    pairs["cancelled"] = np.minimum(pairs["own"].abs(), pairs["other"].abs())
    opposite = np.sign(pairs["own"]) == -np.sign(pairs["other"])
    enough = pairs["cancelled"] >= CANCELLED_SHARE * pairs["own"].abs()
    wide = 1000 * pairs["cancelled"] >= SHIFTED_METRES * pairs["shared_border_km"]
    best = (
        pairs[opposite & enough & wide].sort_values("cancelled", ascending=False).drop_duplicates("unit_id")
    )
    return dict(zip(best["unit_id"], best["neighbour_id"], strict=True))


def small_town_units(register: pd.DataFrame) -> pd.Index:
    """Units whose largest member municipality has 5,000 to 19,999 inhabitants."""
    largest = register.groupby("unit_id")["population"].max()
    return largest.index[(largest >= 5_000) & (largest < 20_000)]


def summary(check: pd.DataFrame, register: pd.DataFrame) -> str:
    """The figures the boundaries are judged by, in a few lines."""
    deviation = check.set_index("unit_id")["deviation_pct"].abs().drop(list(WATER_UNITS), errors="ignore")
    lines = []
    for label, unit_ids in (
        ("small towns", small_town_units(register)),
        ("all units but three waters", deviation.index),
    ):
        part = deviation.loc[unit_ids]
        within = [f"{(part <= limit).mean():.2%} within {limit} %" for limit in (2, 5)]
        lines.append(f"{label}: {len(part)}, {', '.join(within)}, worst {part.max():.1f} %")
    return "\n".join(lines)


def _german(value: float, decimals: int) -> str:
    """`+1,3` or `−2,4`: signed, decimal comma."""
    return f"{value:+.{decimals}f}".replace(".", ",").replace("-", "−")
