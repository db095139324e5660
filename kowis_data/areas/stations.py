"""Which unit a railway station belongs to, by the polygons of the units."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

NEAR_BORDER_DEGREES = 0.01


def stations_in_units(stations: pd.DataFrame, units: gpd.GeoSeries) -> pd.DataFrame:
    """`stations` with `unit_id` of the unit whose area holds the station, or by whose border it stands.

    Simplified borders leave single stations just outside (Radolfzell at the lake, Bayerisch Eisenstein at the
    frontier); farther than `NEAR_BORDER_DEGREES` from every area `unit_id` is null. `units` are polygons in
    WGS84, index unit_id.
    """
    tree = shapely.STRtree(units.to_numpy())
    points = shapely.points(stations["lon"], stations["lat"])
    station, unit = tree.query_nearest(points, max_distance=NEAR_BORDER_DEGREES, all_matches=False)
    unit_ids = pd.Series(None, index=stations.index, dtype=object)
    unit_ids.iloc[station] = units.index.to_numpy()[unit]
    return stations.assign(unit_id=unit_ids)
