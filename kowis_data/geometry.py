"""Boundary files for the browser: named by their content, so that it may cache them for ever.

Boundaries are the shipped ones (`base/files/*.geojson`) unless the table `boundary` holds others. They are enriched
with the names a tooltip needs and written to `static/geo/<layer>-<hash>.geojson`, which Streamlit serves. The table
`geometry_file` says which file belongs to this database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson
import pandas as pd

from kowis_data.settings import BASE_FILES, STATIC_GEOMETRY

# Layer -> (boundary file, query giving id and name of the regions to be drawn).
LAYERS = {
    "small_towns": ("units", "SELECT unit_id, display_name FROM small_town ORDER BY unit_id"),
    "units": ("units", "SELECT unit_id, display_name FROM unit ORDER BY unit_id"),
    "counties": ("counties", "SELECT county_id, name FROM county ORDER BY county_id"),
    "states": ("states", "SELECT state_id, name FROM state ORDER BY state_id"),
}


def publish(con: duckdb.DuckDBPyConnection) -> None:
    """Write the boundary files of this database into the static folder and note their names."""
    con.execute("DELETE FROM geometry_file")
    for layer, content, features in _layers(con):
        file_name = f"{layer}-{hashlib.sha256(content).hexdigest()[:12]}.geojson"
        _write_once(STATIC_GEOMETRY / file_name, content)
        con.execute("INSERT INTO geometry_file VALUES (?, ?, ?, ?)", [layer, file_name, features, len(content)])


def write_files(con: duckdb.DuckDBPyConnection) -> None:
    """Write again the files that this database names and that are missing in the static folder."""
    names = [name for (name,) in con.execute("SELECT file_name FROM geometry_file").fetchall()]
    if all((STATIC_GEOMETRY / name).exists() for name in names):
        return
    for layer, content, _ in _layers(con):
        name = f"{layer}-{hashlib.sha256(content).hexdigest()[:12]}.geojson"
        if name in names:
            _write_once(STATIC_GEOMETRY / name, content)


def _layers(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, bytes, int]]:
    """Layer name, file content and number of features of each layer."""
    boundaries = {name: load(con, name) for name in sorted({f for f, _ in LAYERS.values()})}
    for layer, (boundary_file, query) in LAYERS.items():
        features = [
            {
                "type": "Feature",
                "id": region_id,
                "properties": {"name": name},
                "geometry": boundaries[boundary_file][region_id],
            }
            for region_id, name in con.execute(query).fetchall()
            if region_id in boundaries[boundary_file]
        ]
        collection = {"type": "FeatureCollection", "features": features}
        yield layer, orjson.dumps(collection), len(features)


def load(con: duckdb.DuckDBPyConnection, layer: str) -> dict[str, dict]:
    """GeoJSON geometry by key of a layer (`units`, `counties`, `states`): the database's own, else the shipped."""
    own = con.execute("SELECT region_id, geometry FROM boundary WHERE layer = ? ORDER BY region_id", [layer]).fetchall()
    if own:
        return {region_id: orjson.loads(geometry) for region_id, geometry in own}
    return {f["id"]: f["geometry"] for f in orjson.loads((BASE_FILES / f"{layer}.geojson").read_bytes())["features"]}


def store(con: duckdb.DuckDBPyConnection, layer: str, boundaries: dict[str, dict]) -> None:
    """Keep GeoJSON geometries by key as the database's own boundaries of a layer; `publish` shows them."""
    con.execute("DELETE FROM boundary WHERE layer = ?", [layer])
    rows = pd.DataFrame(
        {
            "layer": layer,
            "region_id": list(boundaries),
            "geometry": [orjson.dumps(geometry).decode() for geometry in boundaries.values()],
        }
    )
    con.register("boundary_rows", rows)
    con.execute("INSERT INTO boundary SELECT layer, region_id, geometry FROM boundary_rows ORDER BY region_id")
    con.unregister("boundary_rows")


def own_files(path: Path) -> set[str]:
    """Boundary files named by a database that has boundaries of its own; none for one with the shipped ones."""
    if not path.exists():
        return set()
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            if not con.execute("SELECT count(*) FROM boundary").fetchall()[0][0]:
                return set()
            return {name for (name,) in con.execute("SELECT file_name FROM geometry_file").fetchall()}
    except duckdb.Error:  # of an older schema
        return set()


def files_of(path: Path) -> set[str]:
    """Boundary files named by a database."""
    if not path.exists():
        return set()
    with duckdb.connect(str(path), read_only=True) as con:
        return {name for (name,) in con.execute("SELECT file_name FROM geometry_file").fetchall()}


def remove_files(names: set[str]) -> None:
    """Delete boundary files that nobody needs any more."""
    for name in names:
        (STATIC_GEOMETRY / name).unlink(missing_ok=True)


def _write_once(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one of this name already holds this very content."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.replace(path)
