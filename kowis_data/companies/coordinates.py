"""Points in polygons: which unit a company lies in, by its coordinates.

The shipped boundaries are simplified and draw land only, so a company at a quay or on a border may stand just outside
all of them; it goes to the nearest unit within `NEAREST_METRES`. A point on a common border belongs to the unit
with the smaller key.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import orjson
import pyproj
import shapely

from kowis_data.settings import BASE_FILES

# How far outside all polygons a point may lie: the simplification moves borders by up to some 300 m, and quays and
# reservoirs are not drawn.
NEAREST_METRES = 1000.0
# Registers' coordinate systems -> EPSG number; longitude (easting) first.
SYSTEMS = {"wgs84": 4326, "utm32": 25832}
# Units that are nothing but water (coastal waters, the German-Luxemburg river): no company has its seat there.
_WATERS = ("130009999", "070009999", "100429999")
# A box around Germany in degrees, with room for companies at sea.
_BOX = (5.5, 47.0, 15.5, 55.5)
_CELL = 0.05
_COLUMNS, _ROWS = (int((_BOX[high] - _BOX[low]) / _CELL) + 1 for low, high in ((0, 2), (1, 3)))


class _Units:
    """Boundaries of the units, part by part (a unit with islands has many), and a search tree over them."""

    def __init__(self) -> None:
        features = orjson.loads((BASE_FILES / "units.geojson").read_bytes())["features"]
        shapes = sorted((f["id"], orjson.dumps(f["geometry"]).decode()) for f in features if f["id"] not in _WATERS)
        self.ids = np.array([unit_id for unit_id, _ in shapes])
        polygons = shapely.from_geojson([text for _, text in shapes])
        self.parts, self.owner = shapely.get_parts(polygons, return_index=True)
        self.tree = shapely.STRtree(self.parts)
        shapely.prepare(self.parts)

    def locate(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Index of the unit of each point (degrees, in the box), −1 where it lies in none.

        Points are sorted into cells once; each part then tests the points of the cells it touches against its
        prepared polygon. Measured: a sixth of the time of a search tree asked point by point.
        """
        cell = _cell(y, 1) * _COLUMNS + _cell(x, 0)
        order = np.argsort(cell, kind="stable")
        sorted_x, sorted_y = x[order], y[order]
        start = np.searchsorted(cell[order], np.arange(_ROWS * _COLUMNS + 1))
        found = np.full(len(x), -1, dtype=np.int32)
        bounds = shapely.bounds(self.parts)
        # Backwards, so that of two units on a common border the first one stands.
        for part in range(len(self.parts))[::-1]:
            west, east = _cell(bounds[part, [0, 2]], 0)
            south, north = _cell(bounds[part, [1, 3]], 1)
            for row in range(south, north + 1):
                low, high = start[row * _COLUMNS + west], start[row * _COLUMNS + east + 1]
                if low < high:
                    hit = shapely.intersects_xy(self.parts[part], sorted_x[low:high], sorted_y[low:high])
                    found[low:high][hit] = self.owner[part]
        result = np.empty_like(found)
        result[order] = found
        return result


def _cell(degrees: np.ndarray, axis: int) -> np.ndarray:
    return ((degrees - _BOX[axis]) / _CELL).astype(np.int64)


@cache
def _units() -> _Units:
    return _Units()


def units_of(x: np.ndarray, y: np.ndarray, system: str = "wgs84") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The unit of each point.

    Parameters
    ----------
    x, y : longitudes and latitudes in degrees ("wgs84") or eastings and northings in metres ("utm32"), shape (n,).

    Returns
    -------
    index of the unit in the third array (−1: none), whether it is only the nearest one within `NEAREST_METRES`,
    and the keys of all units.
    """
    units = _units()
    if system != "wgs84":
        x, y = pyproj.Transformer.from_crs(SYSTEMS[system], 4326, always_xy=True).transform(x, y)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    found = np.full(len(x), -1, dtype=np.int32)
    inside = np.flatnonzero((x > _BOX[0]) & (x < _BOX[2]) & (y > _BOX[1]) & (y < _BOX[3]))
    found[inside] = units.locate(x[inside], y[inside])
    outside = inside[found[inside] < 0]
    nearest = _nearest(units, x[outside], y[outside])
    found[outside] = nearest
    is_near = np.zeros(len(x), dtype=bool)
    is_near[outside] = nearest >= 0
    return found, is_near, units.ids


def _nearest(units: _Units, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Index of the nearest unit within `NEAREST_METRES`, −1 where there is none; distances on the ellipsoid."""
    found = np.full(len(x), -1, dtype=np.int32)
    if not len(x):
        return found
    points = shapely.points(x, y)
    # A degree of longitude has at least 64 km in Germany: candidates first, then their distance in metres.
    point, part = units.tree.query(points, predicate="dwithin", distance=NEAREST_METRES / 62_000)
    if not len(point):
        return found
    near = shapely.get_coordinates(shapely.shortest_line(points[point], units.parts[part])).reshape(-1, 2, 2)
    _, _, metres = pyproj.Geod(ellps="GRS80").inv(near[:, 0, 0], near[:, 0, 1], near[:, 1, 0], near[:, 1, 1])
    owner = units.owner[part]
    order = np.lexsort((owner, metres, point))[::-1]
    order = order[np.asarray(metres)[order] <= NEAREST_METRES]
    found[point[order]] = owner[order]
    return found


def plausible_system(x: np.ndarray, y: np.ndarray) -> str | None:
    """ "wgs84" or "utm32", by where most points would lie; None where neither is in Germany."""
    is_point = ~(np.isnan(x) | np.isnan(y))
    x, y = x[is_point], y[is_point]
    for system, (low_x, low_y, high_x, high_y) in {
        "wgs84": _BOX,
        "utm32": (250_000.0, 5_200_000.0, 950_000.0, 6_150_000.0),
    }.items():
        if len(x) and np.mean((x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y)) > 0.5:
            return system
    return None
