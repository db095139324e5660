"""A map of Germany as SVG: borders of the Länder and numbered towns. Small, without any font of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise
from math import cos, radians
from typing import Any

from kowis_data.settings import STATIC_GEOMETRY

_WIDTH = 460.0
_MARGIN = 10.0
# Rings smaller than this (pixels, either side of their box) are islands that nobody would see.
_SMALLEST = 2.0
_LAND, _LINE, _CHOSEN, _OTHER = "#eef1f2", "#8b99a3", "#b84a00", "#1d5a74"
# Germany's middle latitude: there a degree east and a degree north stand in the right relation.
_SQUEEZE = cos(radians(51.2))


@lru_cache(maxsize=2)
def borders(file_name: str) -> dict[str, Any]:
    """Boundaries of the Länder that the database in use names (`queries.sources.geometry_files`)."""
    return json.loads((STATIC_GEOMETRY / file_name).read_bytes())


def germany_map(
    states: Mapping[str, Any],
    chosen: Sequence[tuple[str, float, float]],
    others: Sequence[tuple[float, float]] = (),
) -> str:
    """Drawing with the chosen towns (number or letter, lon, lat) as large dots and others (lon, lat) as small ones.

    `states` is a GeoJSON feature collection of polygons in degrees.
    """
    rings = [ring for feature in states["features"] for ring in _outer_rings(feature["geometry"])]
    west = min(point[0] for ring in rings for point in ring)
    east = max(point[0] for ring in rings for point in ring)
    south = min(point[1] for ring in rings for point in ring)
    north = max(point[1] for ring in rings for point in ring)
    scale = (_WIDTH - 2 * _MARGIN) / ((east - west) * _SQUEEZE)
    height = (north - south) * scale + 2 * _MARGIN

    def place(lon: float, lat: float) -> tuple[float, float]:
        return _MARGIN + (lon - west) * _SQUEEZE * scale, _MARGIN + (north - lat) * scale

    paths = "".join(_path([place(*point[:2]) for point in ring]) for ring in rings)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}" '
        f'height="{height:.0f}">',
        f'<path d="{paths}" fill="{_LAND}" stroke="{_LINE}" stroke-width="0.8" stroke-linejoin="round"/>',
    ]
    for lon, lat in others:
        x, y = place(lon, lat)
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_OTHER}" stroke="#ffffff" stroke-width="1"/>')
    for number, lon, lat in chosen:
        x, y = place(lon, lat)
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="{_CHOSEN}" stroke="#ffffff" stroke-width="1.5"/>'
            f'<text x="{x:.1f}" y="{y + 4.6:.1f}" text-anchor="middle" font-family="Libertinus Serif, serif" '
            f'font-size="14" font-weight="bold" fill="#ffffff">{escape(number)}</text>'
        )
    return "".join(parts) + "</svg>"


def _outer_rings(geometry: Mapping[str, Any]) -> list:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for polygon in polygons for ring in polygon]


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Ring as a path on a grid of half pixels; what falls onto the same place is drawn once."""
    rounded = [(round(2 * x) / 2, round(2 * y) / 2) for x, y in points]
    kept = [rounded[0], *(b for a, b in pairwise(rounded) if a != b)]
    columns, lines = [x for x, _ in kept], [y for _, y in kept]
    if max(columns) - min(columns) < _SMALLEST and max(lines) - min(lines) < _SMALLEST:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"
