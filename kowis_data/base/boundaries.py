"""Boundaries of today's units, counties and states, made from the municipalities of 2016.

`make_boundaries` writes six files: `units.geojson`, `counties.geojson`, `states.geojson` (WGS84, land only),
`municipality_2016.parquet` (see `territory_2016`), `boundary_check.parquet` (see `boundary_check`) and
`unit_neighbours.parquet` (see `coverage.shared_borders`). It needs the npm package and no network, about half
a minute and 1 GB.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely.ops import substring

from kowis_data.areas.boundary_check import check_areas, summary
from kowis_data.areas.coverage import EQUAL_AREA, WGS84, area_km2, shared_borders, simplify_coverage, write_geojson
from kowis_data.areas.layers import COASTAL_WATERS, CONDOMINIUM, drawn_layers
from kowis_data.base.area_balance import cut_by_area
from kowis_data.base.tables import write_table
from kowis_data.base.territory_2016 import WATER, read_layer, resolve

SEA = 1  # Geofaktor of the sea, which belongs to a state and to no municipality
LUXEMBURG_BORDER_ENDS = (shapely.Point(6.3671, 49.4695), shapely.Point(6.1375, 50.1299))  # Schengen, Ouren

# Overlap given to a cut, so that parts computed in metres and parts left in degrees leave no gap between
# them.
CUT_OVERLAP_METRES = 0.1


def make_boundaries(
    package_dir: Path, register: pd.DataFrame, places: pd.DataFrame, out_dir: Path
) -> gpd.GeoSeries:
    """Make and write all files of this module; print what came out.

    Parameters
    ----------
    package_dir : the folder of the npm package with `gemeinden.geo.json` and `laender.geo.json`.
    register : municipalities of today: `ags, name, unit_id, area_km2, population, lon, lat,
        is_unincorporated`.
    places : settlements of GeoNames in Germany: `ags` (their admin4; other texts are ignored), `lon, lat`.
    out_dir : folder of the shipped files.

    Returns
    -------
    The units as shipped, by `unit_id`.

    Raises
    ------
    ValueError
        If a municipality of 2016 cannot be resolved, a unit has no polygon, or the result is no valid
        coverage.
    """
    old = read_layer(package_dir, "gemeinden")
    crosswalk = resolve(old, register, places)
    is_water = old["kind"] == WATER
    source = _units_on_land(old[~is_water].set_index("key").geometry, crosswalk)
    states_2016 = read_layer(package_dir, "laender")
    sea = states_2016[states_2016["kind"] == SEA].set_index("key").geometry
    source = pd.concat([source, _uninhabited_waters(sea, source, register)]).sort_index()
    without = sorted(set(register["unit_id"]) - set(source.index))
    if without:
        raise ValueError(f"units without a polygon: {without}")

    units = simplify_coverage(source)
    layers = drawn_layers(units)
    neighbours = shared_borders(units)
    water_km2 = _water_km2(old[is_water], crosswalk)
    check = check_areas(
        register,
        source,
        units,
        water_km2,
        neighbours,
        shared_out=set(crosswalk.loc[crosswalk["share"] < 1, "unit_id"]),
        at_sea=set(source.index[source.intersects(sea.union_all())]),
    )

    out_dir.mkdir(parents=True, exist_ok=True)
    for name, layer in layers.items():
        write_geojson(layer, out_dir / f"{name}.geojson")
    tables = {"municipality_2016": crosswalk, "boundary_check": check, "unit_neighbours": neighbours}
    for name, table in tables.items():
        write_table(table, out_dir / f"{name}.parquet")

    print(crosswalk["method"].value_counts().to_string())
    print(summary(check, register))
    for path in [*(f"{name}.geojson" for name in layers), *(f"{name}.parquet" for name in tables)]:
        print(f"{path}: {(out_dir / path).stat().st_size / 1e6:.2f} MB")
    return units


def _units_on_land(land: gpd.GeoSeries, crosswalk: pd.DataFrame) -> gpd.GeoSeries:
    """The land of the municipalities of 2016 (by AGS), put together to the units of today (by `unit_id`)."""
    whole = crosswalk[crosswalk["share"] == 1]
    unit_ids, pieces = list(whole["unit_id"]), list(land.reindex(whole["ags_2016"]))
    metres = land.to_crs(EQUAL_AREA)
    core = whole.groupby("ags_2024")["ags_2016"].agg(list)
    for ags, rows in crosswalk[crosswalk["share"] < 1].groupby("ags_2016"):
        targets = [metres[core[target]].union_all() for target in rows["ags_2024"]]
        cuts = gpd.GeoSeries(cut_by_area(metres[ags], targets, list(rows["share"])), crs=EQUAL_AREA)
        # The original is cut, not replaced: its outer boundary must keep the vertices it shares with others.
        rest = land[ags]
        for cut in cuts.iloc[:-1].buffer(CUT_OVERLAP_METRES).to_crs(WGS84):
            pieces.append(rest.intersection(cut))
            rest = rest.difference(cut)
        pieces.append(rest)
        unit_ids += list(rows["unit_id"])
    frame = gpd.GeoDataFrame({"unit_id": unit_ids}, geometry=pieces, crs=WGS84)
    return frame.dissolve("unit_id").geometry


def _uninhabited_waters(sea: gpd.GeoSeries, source: gpd.GeoSeries, register: pd.DataFrame) -> gpd.GeoSeries:
    """The three units of the register that are water only: coastal waters and the German-Luxemburg river."""
    registered = register.groupby("unit_id")["area_km2"].sum()
    germany = source.union_all()
    border = _outline_between(germany, *LUXEMBURG_BORDER_ENDS)
    waters = {COASTAL_WATERS: sea.loc[[COASTAL_WATERS[:2]]].union_all().difference(germany)}
    taken = germany
    for state, unit_id in CONDOMINIUM.items():
        # Merged to one line: the ends of single edges would leave wedges between their strips.
        outline = source[source.index.str[:2] == state].union_all().boundary
        bank = shapely.line_merge(border.intersection(outline))
        bank = gpd.GeoSeries([bank], crs=WGS84).to_crs(EQUAL_AREA).iloc[0]
        strip = bank.buffer(registered[unit_id] * 1e6 / bank.length, cap_style="flat")
        strip = gpd.GeoSeries([strip], crs=EQUAL_AREA).to_crs(WGS84).iloc[0].difference(taken)
        waters[unit_id] = strip
        taken = taken.union(strip)
    return gpd.GeoSeries(waters, crs=WGS84)


def _outline_between(area: shapely.Geometry, start: shapely.Point, end: shapely.Point) -> shapely.LineString:
    """The shorter way along the outline of the largest part of `area` between the points nearest to two
    points."""
    outline = max(shapely.get_parts(area), key=shapely.area).exterior
    first, last = sorted((outline.project(start), outline.project(end)))
    inner = substring(outline, first, last)
    around = shapely.line_merge(
        shapely.union(substring(outline, last, outline.length), substring(outline, 0, first))
    )
    return min(inner, around, key=shapely.length)


def _water_km2(water: gpd.GeoDataFrame, crosswalk: pd.DataFrame) -> pd.Series:
    """km² of water that belongs to the municipalities of each unit; units without any are left out."""
    by_ags = area_km2(water.geometry).groupby(water["key"]).sum()
    rows = crosswalk[crosswalk["ags_2016"].isin(by_ags.index)]
    return (rows["ags_2016"].map(by_ags) * rows["share"]).groupby(rows["unit_id"]).sum()
