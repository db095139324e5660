"""Boundary files for the browser: named by their content, so that it may cache them for ever.

The shipped geometry (`base/files/*.geojson`) is enriched with the names a tooltip needs and written to
`static/geo/<layer>-<hash>.geojson`, which Streamlit serves. The table `geometry_file` says which file belongs to
this database; files of older databases stay until nobody needs them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import orjson

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
    boundaries = {name: _read(BASE_FILES / f"{name}.geojson") for name in {f for f, _ in LAYERS.values()}}
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


def _read(path: Path) -> dict[str, dict]:
    return {f["id"]: f["geometry"] for f in orjson.loads(path.read_bytes())["features"]}


def _write_once(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; one of this name already holds this very content."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.replace(path)
