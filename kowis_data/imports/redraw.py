"""The map after a change of territory: polygons of merged units united, areas compared with the register again.

There are polygons of units only. A municipality that changed to another unit stays drawn with its former one until
new boundaries are imported; `boundary_check` names every such unit.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import geometry

TOLERATED_PCT = 2.0
UNKNOWN_AREA = "Fläche unbekannt: in den vorhandenen Grenzen nicht gezeichnet"


def redraw(con: duckdb.DuckDBPyConnection, owner: dict[str, str], strays: list[tuple]) -> list[str]:
    """Give the polygons to the units that took them over; write `boundary` and `boundary_check`.

    Parameters
    ----------
    owner : unit of the old territory → unit of the new one that takes over its polygon.
    strays : (AGS, unit it belongs to, unit it is drawn with).

    Returns
    -------
    German notes: units without a polygon, municipalities drawn with the wrong unit.
    """
    if any(old != new for old, new in owner.items()):
        _unite(con, owner)
    _check(con, owner, strays)
    notes = []
    missing = con.execute(
        "SELECT u.display_name, u.unit_id FROM boundary_check b JOIN unit u USING (unit_id) "
        "WHERE b.polygon_area_km2 IS NULL AND u.town_type <> 'gemeindefrei' ORDER BY u.unit_id"
    ).fetchall()
    if missing:
        named = ", ".join(f"{name} ({key})" for name, key in missing[:8])
        notes.append(
            f"Ohne Fläche auf der Karte ({len(missing)}): {named}. Die vorhandenen Grenzen kennen sie nicht; neue "
            "Grenzen (VG250) lassen sich einlesen."
        )
    if strays:
        notes.append(
            f"{len(strays)} Gemeinden wechselten den Verband und sind bis zum Einlesen neuer Grenzen noch beim "
            f"früheren gezeichnet: {', '.join(ags for ags, *_ in strays[:8])}."
        )
    return notes


def _unite(con: duckdb.DuckDBPyConnection, owner: dict[str, str]) -> None:
    import geopandas as gpd
    import shapely

    from kowis_data.areas.coverage import WGS84
    from kowis_data.areas.layers import drawn_layers

    drawn = geometry.load(con, "units")
    shapes = gpd.GeoSeries({key: shapely.geometry.shape(shape) for key, shape in drawn.items()}, crs=WGS84)
    shapes = shapes[shapes.index.isin(owner)]
    groups = shapes.groupby(shapes.index.map(owner))
    united = {
        key: group.iloc[0] if len(group) == 1 else shapely.coverage_union_all(group.to_numpy())
        for key, group in groups
    }
    for layer, areas in drawn_layers(gpd.GeoSeries(united, crs=WGS84)).items():
        geometry.store(con, layer, {key: shapely.geometry.mapping(shape) for key, shape in areas.items()})


def _check(con: duckdb.DuckDBPyConnection, owner: dict[str, str], strays: list[tuple]) -> None:
    """`boundary_check` of the new units; polygons keep their measured area, which adds up where they are united."""
    before = con.execute("SELECT unit_id, polygon_area_km2, cause FROM boundary_check").df()
    before["after"] = before["unit_id"].map(owner)
    drawn = before.groupby("after")["polygon_area_km2"].sum(min_count=1)
    cause = before.sort_values("polygon_area_km2").groupby("after")["cause"].last()
    units = con.execute("SELECT unit_id, area_km2 FROM unit ORDER BY unit_id").df().set_index("unit_id")["area_km2"]
    table = pd.DataFrame({"register_area_km2": units, "polygon_area_km2": drawn.reindex(units.index)})
    excess = table["polygon_area_km2"] - table["register_area_km2"]
    table["deviation_pct"] = (100 * excess / table["register_area_km2"]).round(3)
    off = table["deviation_pct"].abs() > TOLERATED_PCT
    words = cause.reindex(units.index).fillna("").mask(~off, "")
    words = words.mask(off & (words == ""), "Gebietsänderung nach dem Stand der Grenzen")
    for ags, unit_id, drawn_with in strays:
        words[unit_id] = f"Gemeinde {ags} kam hinzu und ist noch bei ihrem früheren Verband gezeichnet"
        words[drawn_with] = f"Gemeinde {ags} gehört nicht mehr dazu, ist aber noch mitgezeichnet"
    words = words.mask(table["polygon_area_km2"].isna(), UNKNOWN_AREA)
    con.register("check_rows", table.assign(cause=words).rename_axis("unit_id").reset_index())
    con.execute("DELETE FROM boundary_check")
    con.execute("INSERT INTO boundary_check BY NAME SELECT * FROM check_rows ORDER BY unit_id")
    con.unregister("check_rows")
