"""Files of areas opened: GeoPackage, Shapefile and GeoJSON, checked for completeness, any coordinate system.

The libraries for geodata are imported when such a file comes: the rest of the atlas runs without them.
"""

from __future__ import annotations

import re
import sqlite3
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from kowis_data.formats.reading import FormatError, Sample

if TYPE_CHECKING:
    import geopandas as gpd

WGS84 = "EPSG:4326"
# What a file without a coordinate system may be in: degrees, UTM (also with the zone in front), Gauß-Krüger.
CANDIDATES = (4326, 25832, 25833, 4647, 5650, 31466, 31467, 31468, 31469)
# Germany with its part of the North Sea (west, south, east, north).
GERMANY = (3.0, 46.8, 15.6, 56.0)

_GPKG_MAGIC, _SHAPE_MAGIC = b"SQLite format 3\x00", b"\x00\x00\x27\x0a"
_PROPERTIES = re.compile(rb'"properties"\s*:\s*(\{[^{}]*\})')
_ADVICE = "Die Datei neu herunterladen, am besten als GeoPackage."


@dataclass(frozen=True)
class Layer:
    """A layer of areas: its name (None: the only one), columns as in the file, and its first row."""

    name: str | None
    columns: tuple[str, ...]
    first_row: dict[str, object]
    count: int | None


def kind_of(sample: Sample) -> str:
    """`GeoPackage`, `Shapefile`, `GeoJSON` or the empty text, by content."""
    head = sample.head
    if head.startswith(_GPKG_MAGIC):
        return "GeoPackage" if _has_contents(sample.path) else ""
    # The index (.shx) begins like the .shp, but its first entry is a position (50), not the number 1.
    if head.startswith(_SHAPE_MAGIC):
        return "Shapefile" if len(head) < 104 or struct.unpack_from(">i", head, 100)[0] == 1 else ""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "GeoJSON" if start in (b"{", b"[") and b'"Feature' in head and b'"coordinates"' in head else ""


def _has_contents(path: Path) -> bool:
    """Whether an SQLite file is a GeoPackage; a cut one passes, it is refused later."""
    try:
        con = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error:
        return True
    try:
        return bool(con.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_contents'").fetchall())
    except sqlite3.Error:
        return True
    finally:
        con.close()


def geo_libraries() -> None:
    """Raises FormatError where the libraries for geodata are missing."""
    try:
        import geopandas  # noqa: F401
        import pyogrio  # noqa: F401
        import shapely  # noqa: F401
    except ImportError as error:
        raise FormatError(
            f"Zum Lesen von Grenzen fehlt ein Python-Paket ({error.name}).",
            expected="geopandas, pyogrio und shapely sind eingerichtet",
            advice="„pip install -r requirements.txt“ ausführen und die Anwendung neu starten.",
        ) from error


def area_layers(sample: Sample, kind: str) -> list[Layer]:
    """Layers with areas. Raises FormatError for files that are cut off or lack a part."""
    check_complete(sample.path, sample.name, kind)
    if kind == "GeoJSON":
        return [Layer(None, tuple(row), row, None)] if (row := _first_properties(sample.path)) else []
    geo_libraries()
    import pyogrio

    try:
        source = _source(sample.path, kind)
        found = []
        for name, geometry in pyogrio.list_layers(source):
            # Shapefiles of areas say "Polygon", GeoPackages any of these or nothing definite.
            if geometry is None or not any(word in geometry for word in ("Polygon", "Unknown", "Surface")):
                continue
            info = pyogrio.read_info(source, layer=name)
            rows = pyogrio.read_dataframe(source, layer=name, max_features=1, read_geometry=False)
            first = {} if rows.empty else rows.iloc[0].to_dict()
            found.append(Layer(name, tuple(info["fields"]), first, int(info["features"])))
        return found
    except _library_errors() as error:
        raise _damaged(kind, sample.name) from error


def read_layer(sample: Sample, kind: str, layer: Layer, columns: list[str]) -> gpd.GeoDataFrame:
    """All areas of a layer with some columns, in the coordinates of the file. Raises FormatError for damage."""
    geo_libraries()
    import pyogrio

    check_complete(sample.path, sample.name, kind)
    try:
        source = _features(sample.path) if kind == "GeoJSON" else _source(sample.path, kind)
        return pyogrio.read_dataframe(source, layer=layer.name, columns=columns, force_2d=True)
    except _library_errors() as error:
        raise _damaged(kind, sample.name) from error


def _library_errors() -> tuple[type[Exception], ...]:
    """Errors of pyogrio are RuntimeErrors, those of orjson ValueErrors."""
    import shapely

    return (RuntimeError, ValueError, shapely.errors.ShapelyError)


def _source(path: Path, kind: str) -> Path | bytes:
    """What pyogrio opens: it goes by the suffix, we do not."""
    return path if kind == "Shapefile" or path.suffix.lower() == ".gpkg" else path.read_bytes()


def _features(path: Path) -> bytes:
    """One FeatureCollection: lists and collections within collections (as in npm packages) are flattened."""
    import orjson

    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    # GDAL would give the areas before a cut and keep silent.
    parsed = orjson.loads(data)
    if isinstance(parsed, dict) and parsed.get("type") == "FeatureCollection":
        features = parsed.get("features")
        if isinstance(features, list) and all(
            isinstance(feature, dict) and feature.get("type") == "Feature" for feature in features
        ):
            return data
    return orjson.dumps({"type": "FeatureCollection", "features": list(_flatten(parsed))})


def _flatten(item: object):
    if isinstance(item, list):
        for part in item:
            yield from _flatten(part)
    elif isinstance(item, dict) and item.get("type") == "Feature":
        yield item
    elif isinstance(item, dict) and isinstance(item.get("features"), list):
        yield from _flatten(item["features"])
    else:
        raise ValueError("neither a feature nor a list of them")


@lru_cache(maxsize=4)
def _first_properties_of(path: Path, _changed: int) -> dict[str, object]:
    import orjson

    # The first "properties" of a file may be those of its coordinate system.
    for number, found in enumerate(_PROPERTIES.finditer(path.read_bytes())):
        try:
            row = orjson.loads(found.group(1))
        except orjson.JSONDecodeError:
            continue
        if number or set(row) != {"name"}:
            return row
    return {}


def _first_properties(path: Path) -> dict[str, object]:
    return dict(_first_properties_of(path, path.stat().st_mtime_ns))


def check_complete(path: Path, name: str, kind: str) -> None:
    """Raises FormatError where a Shapefile lacks a part or is shorter than its own headers say."""
    # SQLite compares the length of a GeoPackage with its header by itself; a GeoJSON is parsed whole.
    if kind == "Shapefile":
        missing = [part for part in (".shp", ".shx", ".dbf") if not _part(path, part)]
        if missing:
            raise FormatError(
                f"Zum Shapefile fehlen Teile: {', '.join(missing)}.",
                where=name,
                expected=".shp, .shx, .dbf und .prj mit gleichem Namen",
                advice="Alle Teile zusammen in ein Zip packen oder das GeoPackage verwenden.",
            )
        with path.open("rb") as file:
            head = file.read(100)
        if len(head) < 100 or struct.unpack_from(">i", head, 24)[0] * 2 > path.stat().st_size:
            raise _damaged(kind, name)
        table = _part(path, ".dbf")
        with table.open("rb") as file:
            start = file.read(12)
        if len(start) < 12:
            raise _damaged(kind, table.name)
        rows, header_length, row_length = struct.unpack_from("<IHH", start, 4)
        if header_length + rows * row_length > table.stat().st_size:
            raise _damaged(kind, table.name)


def _part(path: Path, suffix: str) -> Path | None:
    candidates = (path.with_suffix(suffix), path.with_suffix(suffix.upper()))
    return next((candidate for candidate in candidates if candidate.exists()), None)


def _damaged(kind: str, name: str) -> FormatError:
    return FormatError(
        f"Die Geodaten ({kind}) sind beschädigt oder abgeschnitten.",
        where=name,
        expected="eine vollständige Datei",
        advice=_ADVICE,
    )


def to_degrees(areas: gpd.GeoDataFrame, name: str, notes: list[str]) -> gpd.GeoDataFrame:
    """Areas in WGS84; a missing coordinate system is found where only one fits, and noted.

    Raises FormatError where none or several fit, and where the areas do not lie in Germany.
    """
    if areas.crs is None:
        fitting = [
            code for code in CANDIDATES if _in_germany(areas.set_crs(code, allow_override=True).to_crs(WGS84))
        ]
        if len(fitting) != 1:
            raise FormatError(
                "Das Koordinatensystem der Geodaten ist nicht angegeben und nicht zu erschließen.",
                where=name,
                expected="die Angabe in der Datei .prj oder im GeoPackage",
                advice="Das vollständige Archiv des BKG verwenden.",
            )
        notes.append(f"Das Koordinatensystem fehlt; nur EPSG:{fitting[0]} passt zu Deutschland.")
        areas = areas.set_crs(fitting[0])
    try:
        areas = areas.to_crs(WGS84)
        inside = _in_germany(areas)
    except RuntimeError:  # pyproj's errors
        inside = False
    if not inside:
        raise FormatError(
            "Die Flächen liegen nicht in Deutschland.",
            where=name,
            expected="Koordinaten, die zum angegebenen Koordinatensystem passen (Achsen nicht vertauscht)",
            advice=_ADVICE,
        )
    return areas


def _in_germany(areas: gpd.GeoDataFrame) -> bool:
    west, south, east, north = areas.total_bounds
    return bool(west >= GERMANY[0] and south >= GERMANY[1] and east <= GERMANY[2] and north <= GERMANY[3])
