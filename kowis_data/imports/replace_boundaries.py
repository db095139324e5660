"""Imported boundaries take the place of those drawn so far: units, counties and states with shared edges.

Recipe as for the shipped ones (`kowis_data.areas.coverage`): clean, simplify together, round, check that neighbours
share their edges; land only. Neighbours, the comparison of areas and the units of stations follow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from kowis_data import geometry
from kowis_data.formats.reading import FormatError, Reading
from kowis_data.imports import territory
from kowis_data.imports.redraw import UNKNOWN_AREA
from kowis_data.territory_dates import set_date

if TYPE_CHECKING:
    import geopandas as gpd

# What is left of an old polygon beside the new ones, so that it may stay.
KEPT_SHARE = 0.5
# Old and new boundaries are generalised differently: narrower gaps between them are closed (degrees).
SEAM_DEGREES = 0.005
# A kept unit that lost a neighbour along more than this would stand apart (km).
LOST_BORDER_KM = 1.0
_NAMED = 8
_PRODUCT = re.compile(r"VG\d+")


def replace_boundaries(con: duckdb.DuckDBPyConnection, reading: Reading, source_id: str) -> list[str]:
    """Draw today's regions by the boundaries of a file; returns German notes.

    `derive_again` for the kind `structure` has to follow.

    Raises
    ------
    FormatError
        If the areas overlap, or units without a polygon cannot keep their old one.
    """
    boundary = reading.tables["boundary"]
    levels = set(boundary["level"])
    if levels & {"municipality", "unit"}:
        notes = _by_units(con, boundary, _words(reading))
    elif "county" in levels:
        notes = _by_counties(con, boundary)
    else:
        raise FormatError(
            "Die Datei enthält weder Gemeinden noch Verbände noch Kreise.",
            expected="VG250 oder VG1000 mit Gemeinden, oder VG2500 mit Kreisen",
            advice="Das vollständige Archiv des BKG verwenden.",
        )
    year = reading.source.reference_date[-4:]
    set_date(con, "boundary_source", source_id)
    set_date(
        con,
        "boundary_attribution",
        f"Grenzen: © GeoBasis-DE / BKG{' ' + year if year else ''}, dl-de/by-2-0, Daten verändert (vereinfacht)",
    )
    geometry.publish(con)
    return notes


def _words(reading: Reading) -> tuple[str, str]:
    product = _PRODUCT.search(reading.source.title)
    return product.group(0) if product else "die Karte", reading.source.reference_date[-4:] or "dem Stand der Karte"


def _by_units(con: duckdb.DuckDBPyConnection, boundary: pd.DataFrame, words: tuple[str, str]) -> list[str]:
    import shapely

    from kowis_data.areas.boundary_check import check_areas
    from kowis_data.areas.coverage import shared_borders, simplify_coverage
    from kowis_data.areas.layers import drawn_layers

    notes: list[str] = []
    level = "municipality" if (boundary["level"] == "municipality").any() else "unit"
    rows = boundary[boundary["level"] == level]
    unit_of = _units_today(con, rows, level, notes)
    source = areas_of_units(rows, unit_of)
    kept = _kept(con, source, notes)
    source = pd.concat([source, kept]).sort_index()
    try:
        units = simplify_coverage(source, gap_width=SEAM_DEGREES if _has_seam(con, kept) else 0.0)
    except ValueError as error:
        raise FormatError(
            "Die Flächen überlappen einander oder lassen Lücken; gemeinsame Grenzen sind nicht zu bilden.",
            expected="Flächen, die genau aneinander grenzen, wie im VG250",
            advice="Die Datei unverändert beim BKG laden.",
        ) from error
    neighbours = shared_borders(units)
    _check_seam(con, kept, neighbours)
    water = rows[(rows["part"] == "water") & rows["region_id"].isin(unit_of)]
    water_km2 = water["area_km2"].groupby(water["region_id"].map(unit_of)).sum()
    sea = rows[rows["part"] == "sea"]
    sea = shapely.union_all(shapely.from_wkb(sea["geometry"].to_numpy())) if len(sea) else None
    register = con.execute("SELECT unit_id, name, area_km2, population FROM municipality ORDER BY ags").df()
    drawn = register[register["unit_id"].isin(units.index)]
    check = check_areas(
        drawn,
        source,
        units,
        water_km2,
        neighbours,
        shared_out=set(),
        at_sea=set() if sea is None else set(source.index[source.intersects(sea)]),
        product=words[0],
        year=words[1],
    )
    for layer, areas in drawn_layers(units).items():
        geometry.store(con, layer, {key: shapely.geometry.mapping(shape) for key, shape in areas.items()})
    _write(con, check, neighbours, units)
    within = (check["deviation_pct"].abs() <= 2).mean()
    notes.insert(
        0,
        f"{len(units)} Einheiten neu gezeichnet; {100 * within:.0f} % liegen höchstens 2 % neben der amtlichen.",
    )
    return notes


def _units_today(
    con: duckdb.DuckDBPyConnection, rows: pd.DataFrame, level: str, notes: list[str]
) -> dict[str, str]:
    """Today's unit of each key in the file; keys that do not fit are noted."""
    land = rows[rows["part"] == "land"].drop_duplicates("region_id")
    keys = pd.DataFrame({"level": level, "key": land["region_id"], "name": land["region_name"]})
    resolved = territory.resolve(con, keys.reset_index(drop=True))
    resolved = resolved[resolved["share"] == 1]
    targets = dict(zip(resolved["key"], resolved["region_id"], strict=True))
    if level == "municipality":
        home = dict(con.execute("SELECT ags, unit_id FROM municipality").fetchall())
        targets = {key: home[ags] for key, ags in targets.items()}
    unknown = land[~land["region_id"].isin(targets)]
    if len(unknown):
        named = ", ".join(f"{row.region_name} ({row.region_id})" for row in unknown.head(_NAMED).itertuples())
        notes.append(f"{len(unknown)} Flächen passen zu keinem heutigen Gebiet und bleiben weg: {named}.")
    return targets


def areas_of_units(rows: pd.DataFrame, unit_of: dict[str, str]) -> gpd.GeoSeries:
    """The land of units, put together from regions of one level.

    Parameters
    ----------
    rows : of the table "boundary", one level.
    unit_of : today's unit of each key; other keys are left out.

    Raises FormatError where nothing is left.
    """
    import geopandas as gpd

    land = rows[(rows["part"] == "land") & rows["region_id"].isin(unit_of)]
    if land.empty:
        raise FormatError(
            "Aus diesen Grenzen lassen sich keine Gemeindeverbände zusammensetzen.",
            expected="Gemeinden mit AGS oder ARS, die es im Gemeindeverzeichnis gibt",
            advice="VG250 des BKG verwenden (Ebene VG250_GEM).",
        )
    shapes = gpd.GeoSeries.from_wkb(land["geometry"], crs="EPSG:4326")
    frame = gpd.GeoDataFrame({"unit_id": land["region_id"].map(unit_of)}, geometry=shapes)
    return frame.dissolve("unit_id").geometry


def _kept(con: duckdb.DuckDBPyConnection, source: gpd.GeoSeries, notes: list[str]) -> gpd.GeoSeries:
    """What is left of the old polygons of units that the file does not draw."""
    import geopandas as gpd
    import shapely

    units = dict(con.execute("SELECT unit_id, town_type FROM unit ORDER BY unit_id").fetchall())
    names = dict(con.execute("SELECT unit_id, display_name FROM unit").fetchall())
    old = geometry.load(con, "units")
    tree = shapely.STRtree(source.to_numpy())
    kept, dropped, impossible = {}, [], []
    for unit_id in sorted(set(units) - set(source.index)):
        shape = shapely.make_valid(shapely.geometry.shape(old[unit_id])) if unit_id in old else None
        rest = shape
        if shape is not None:
            beside = source.iloc[tree.query(shape, predicate="intersects")]
            rest = shape.difference(shapely.union_all(beside.to_numpy()))
        if rest is not None and rest.area >= KEPT_SHARE * shape.area:
            kept[unit_id] = _polygons(rest)
        elif units[unit_id] == "gemeindefrei":
            dropped.append(unit_id)
        else:
            impossible.append(unit_id)
    if impossible:
        named = ", ".join(f"{names[key]} ({key})" for key in impossible[:_NAMED])
        raise FormatError(
            f"{len(impossible)} Städte und Gemeinden hätten keine Fläche mehr: {named}.",
            expected="Grenzen auf dem Gebietsstand des Atlas, oder die heutigen Flächen bleiben daneben frei",
            advice="Erst ein Gemeindeverzeichnis mit dem Stand der Grenzen einlesen, oder passende Grenzen laden.",
        )
    if kept:
        named = ", ".join(names[key] for key in list(kept)[:_NAMED])
        notes.append(f"{len(kept)} Einheiten fehlen in der Datei und behalten ihre bisherige Fläche: {named}.")
    if dropped:
        notes.append(f"{len(dropped)} gemeindefreie Gebiete sind in der Datei nicht gezeichnet und entfallen.")
    return gpd.GeoSeries(kept, crs=source.crs)


def _polygons(shape: object) -> object:
    """Only the areas of a geometry: a difference may leave lines."""
    import shapely

    parts = [part for part in shapely.get_parts(shape) if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def _inhabited(con: duckdb.DuckDBPyConnection, kept: gpd.GeoSeries) -> set[str]:
    rows = con.execute(
        "SELECT unit_id FROM unit WHERE town_type <> 'gemeindefrei' AND unit_id IN (SELECT unnest(?))",
        [list(kept.index)],
    ).fetchall()
    return {unit_id for (unit_id,) in rows}


def _has_seam(con: duckdb.DuckDBPyConnection, kept: gpd.GeoSeries) -> bool:
    return bool(_inhabited(con, kept))


def _check_seam(con: duckdb.DuckDBPyConnection, kept: gpd.GeoSeries, neighbours: pd.DataFrame) -> None:
    """Raise FormatError where units with their old polygon no longer touch those with a new one."""
    before = con.execute(
        "SELECT unit_id, neighbour_id FROM unit_neighbour WHERE unit_id IN (SELECT unnest(?)) AND shared_border_km > ?",
        [sorted(_inhabited(con, kept)), LOST_BORDER_KM],
    ).fetchall()
    now = set(zip(neighbours["unit_id"], neighbours["neighbour_id"], strict=True))
    lost = [pair for pair in before if pair not in now]
    if lost:
        named = ", ".join(f"{a} und {b}" for a, b in lost[:3])
        raise FormatError(
            f"Neue und bisherige Grenzen passen an {len(lost)} Stellen nicht aneinander, zum Beispiel {named}.",
            expected="Grenzen für ganz Deutschland oder solche, die an die bisherigen anschließen",
            advice="Die Grenzen für ganz Deutschland laden (VG250).",
        )


def _by_counties(con: duckdb.DuckDBPyConnection, boundary: pd.DataFrame) -> list[str]:
    """Counties and states only (VG2500): the lines on the map; areas and neighbours of the towns stay."""
    import shapely

    from kowis_data.areas.coverage import dissolve, simplify_coverage

    land = boundary[(boundary["level"] == "county") & (boundary["part"] == "land")]
    known = {key for (key,) in con.execute("SELECT county_id FROM county").fetchall()}
    missing = sorted(known - set(land["region_id"]))
    if missing:
        raise FormatError(
            f"{len(missing)} heutige Kreise fehlen in der Datei: {', '.join(missing[:_NAMED])}.",
            expected="alle Kreise auf dem Gebietsstand des Atlas",
            advice="Eine Ausgabe mit dem passenden Gebietsstand verwenden.",
        )
    counties = areas_of_units(land, {key: key for key in known})
    try:
        counties = simplify_coverage(counties)
    except ValueError as error:
        raise FormatError(
            "Die Kreise überlappen einander; gemeinsame Grenzen sind nicht zu bilden.",
            expected="Flächen, die genau aneinander grenzen",
            advice="Die Datei unverändert beim BKG laden.",
        ) from error
    for layer, areas in (("counties", counties), ("states", dissolve(counties, 2))):
        geometry.store(con, layer, {key: shapely.geometry.mapping(shape) for key, shape in areas.items()})
    return ["Kreis- und Landesgrenzen ersetzt. Die Flächen der Städte bleiben, weil die Datei keine Gemeinden enthält."]


def _write(
    con: duckdb.DuckDBPyConnection, check: pd.DataFrame, neighbours: pd.DataFrame, units: gpd.GeoSeries
) -> None:
    from kowis_data.areas.stations import stations_in_units

    tables = {
        "check_rows": check,
        "neighbour_rows": neighbours,
        "station_rows": stations_in_units(con.execute("SELECT * EXCLUDE unit_id FROM station").df(), units),
    }
    for name, rows in tables.items():
        con.register(name, rows)
    con.execute("DELETE FROM unit_neighbour")
    con.execute(
        "INSERT INTO unit_neighbour SELECT unit_id, neighbour_id, shared_border_km FROM neighbour_rows ORDER BY ALL"
    )
    con.execute("DELETE FROM station")
    con.execute("INSERT INTO station BY NAME SELECT * FROM station_rows ORDER BY station_id")
    con.execute("DELETE FROM boundary_check")
    con.execute(
        """
        INSERT INTO boundary_check
        SELECT unit_id, c.register_area_km2, c.polygon_area_km2, c.deviation_pct, c.cause
        FROM check_rows c
        UNION ALL
        SELECT unit_id, area_km2, NULL, NULL, ?
        FROM unit WHERE unit_id NOT IN (SELECT unit_id FROM check_rows)
        ORDER BY unit_id
        """,
        [UNKNOWN_AREA],
    )
    for name in tables:
        con.unregister(name)
