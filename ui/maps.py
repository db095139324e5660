"""Maps of the small towns: areas or points in classes, Länder and Kreise as background, all offline.

Boundaries come from the app's own static folder by a relative address (works under any base path) and are cached
by the browser; only keys, class numbers and tooltips travel with a rerun. The base map is plain white: no tiles.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from queries.indicators import Indicator
from ui import colours, german, remarks, screen
from ui.classes import Classes

STATIC = "app/static/geo/"
GERMANY = (5.87, 47.27, 15.04, 55.06)  # west, south, east, north in degrees
# Plotly's own "white-bg" names a font server and would ask it as soon as a name stands on the map.
BLANK_STYLE = {
    "version": 8,
    # Plotly drops an empty object on the next update and then sets a style without sources: one unused point keeps it.
    "sources": {"nothing": {"type": "geojson", "data": {"type": "Point", "coordinates": [10, 51]}}},
    "layers": [{"id": "background", "type": "background", "paint": {"background-color": "#ffffff"}}],
}
# Of the shipped boundaries; `ui.map_note` fills in the date, or takes the attribution of imported ones.
ATTRIBUTION = (
    "Grenzen: © GeoBasis-DE / BKG 2016, dl-de/by-2-0, Daten verändert (auf den Gebietsstand {territorial_status} "
    "umgerechnet, vereinfacht)"
)


@dataclass(frozen=True)
class View:
    """Where the map looks: centre in degrees and zoom of the tile scheme."""

    lon: float
    lat: float
    zoom: float


def view_of(lon: pd.Series, lat: pd.Series, *, width: int = 0, height: int = 700, margin: float = 0.12) -> View:
    """View that shows all points; the whole country without points, a region at most at zoom 10.

    `width` of the map in pixels; without it what a telephone or a desk screen leaves for the main map.
    """
    width = width or (340 if screen.is_telephone() else 720)
    if len(lon) == 0 or len(lon) > 1500:
        west, south, east, north = GERMANY
    else:
        west, east, south, north = (
            lon.min() - margin,
            lon.max() + margin,
            lat.min() - margin,
            lat.max() + margin,
        )
    middle = (south + north) / 2
    across = (east - west) / 360
    up = (_mercator(north) - _mercator(south)) / (2 * math.pi)
    zoom = min(math.log2(width / 512 / across), math.log2(height / 512 / up)) - 0.05
    return View((west + east) / 2, middle, min(zoom, 10))


def _mercator(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def background(files: dict[str, str]) -> list[dict]:
    """Länder as a pale surface below the towns, Kreis and Länder borders above them."""
    return [
        {"source": STATIC + files["states"], "type": "fill", "color": colours.LAND, "below": "traces"},
        {
            "source": STATIC + files["counties"],
            "type": "line",
            "color": colours.COUNTY_LINE,
            "line": {"width": 0.5},
        },
        {
            "source": STATIC + files["states"],
            "type": "line",
            "color": colours.STATE_LINE,
            "line": {"width": 1.1},
        },
    ]


def town_map(
    towns: pd.DataFrame,
    classes: Classes,
    files: dict[str, str],
    tooltips: list[str],
    *,
    selected: str | None = None,
    points: bool = False,
    height: int = 700,
) -> go.Figure:
    """Map of an indicator for the towns of `queries.indicators.values`, coloured by class.

    `tooltips` is one line per town; `selected` is marked and named. A click gives the unit key as `location` (areas) or
    `customdata` (points).
    """
    number = classes.of(towns["value"].to_numpy())
    steps = len(classes) + 1
    shades = [colours.MISSING, *classes.colours]
    scale = [[(i + side) / steps, shade] for i, shade in enumerate(shades) for side in (0, 1)]
    figure = go.Figure(_towns(towns, files, tooltips, number.astype(np.int8), scale, -1.5, points=points))
    if selected is not None and selected in set(towns["unit_id"]):
        _mark(figure, towns[towns["unit_id"] == selected].iloc[0])
    lay_out(figure, files, view_of(towns["lon"], towns["lat"], height=height), height)
    return figure


def _towns(
    towns: pd.DataFrame,
    files: dict[str, str],
    tooltips: list[str],
    place: np.ndarray,
    scale: list[list],
    lowest: float,
    *,
    points: bool,
) -> go.Scattermap | go.Choroplethmap:
    """The towns as areas or points, coloured by their place on a scale of steps of one that begins at `lowest`."""
    highest = lowest + len(scale) / 2
    if points:
        return go.Scattermap(
            lon=np.round(towns["lon"], 4),
            lat=np.round(towns["lat"], 4),
            customdata=towns["unit_id"].tolist(),
            text=[f"<b>{name}</b><br>{tip}" for name, tip in zip(towns["name"], tooltips, strict=True)],
            hovertemplate="%{text}<extra></extra>",
            marker={
                "color": place,
                "colorscale": scale,
                "cmin": lowest,
                "cmax": highest,
                "size": np.round(4 + np.sqrt(towns["population"]) / 16, 1),
                "opacity": 0.9,
            },
        )
    return go.Choroplethmap(
        geojson=STATIC + files["small_towns"],
        locations=towns["unit_id"].tolist(),
        z=place,
        zmin=lowest,
        zmax=highest,
        text=tooltips,
        hovertemplate="<b>%{properties.name}</b><br>%{text}<extra></extra>",
        featureidkey="id",
        colorscale=scale,
        showscale=False,
        marker={"line": {"width": 0.3, "color": "#ffffff"}, "opacity": 1},
    )


def category_map(
    towns: pd.DataFrame,
    shades: dict[int, str],
    files: dict[str, str],
    tooltips: list[str],
    *,
    named: pd.DataFrame,
    faded: Collection[int] = (),
    selected: str | None = None,
    points: bool = False,
    height: int = 700,
) -> go.Figure:
    """Map of a division of the towns, one colour each.

    `towns` has unit_id, name, population, lon, lat and `category` (a key of `shades`); `named` the towns to be marked
    with a dot and their name: columns name, lon, lat; the categories in `faded` are drawn grey. Clicks as on
    `town_map`.
    """
    order = list(shades)
    place = towns["category"].map({category: position for position, category in enumerate(order)}).to_numpy(np.int8)
    colour_of = [colours.MISSING if category in faded else shades[category] for category in order]
    scale = [[(i + side) / len(order), shade] for i, shade in enumerate(colour_of) for side in (0, 1)]
    figure = go.Figure(_towns(towns, files, tooltips, place, scale, -0.5, points=points))
    for size, shade in ((13, "#ffffff"), (9, colours.INK)):
        figure.add_trace(
            go.Scattermap(
                lon=named["lon"],
                lat=named["lat"],
                mode="markers+text" if size == 9 else "markers",
                # In one piece: a second line would run over the dot.
                text=[name.replace(" ", "\u00a0") for name in named["name"]],
                textposition="top center",
                textfont={"size": 15, "color": colours.INK, "weight": 700},
                marker={"size": size, "color": shade},
                hoverinfo="skip",
            )
        )
    if selected is not None and selected in set(towns["unit_id"]):
        _mark(figure, towns[towns["unit_id"] == selected].iloc[0])
    lay_out(figure, files, view_of(towns["lon"], towns["lat"], height=height), height)
    return figure


def _mark(figure: go.Figure, town: pd.Series) -> None:
    """Put a dot and the name on a town's centre, so that it is found at any zoom."""
    figure.add_trace(
        go.Scattermap(
            lon=[town["lon"]],
            lat=[town["lat"]],
            mode="markers+text",
            text=[town["name"]],
            textposition="top center",
            textfont={"size": 14, "color": colours.HIGHLIGHT},
            marker={"size": 14, "color": colours.HIGHLIGHT, "opacity": 0.9},
            hoverinfo="skip",
        )
    )


def location_map(town: dict, surroundings: pd.DataFrame, files: dict[str, str], *, height: int = 320) -> go.Figure:
    """Small map of where a town lies in its country: borders, the town, and named towns around it.

    `surroundings` has name, lon, lat of places to be named.
    """
    figure = go.Figure()
    figure.add_trace(
        go.Scattermap(
            lon=surroundings["lon"],
            lat=surroundings["lat"],
            mode="markers+text",
            textposition="top center",
            textfont={"size": 12, "color": "#3d4a53"},
            text=surroundings["name"],
            hovertemplate="%{text}<extra></extra>",
            marker={"size": 7, "color": colours.MUTED},
        )
    )
    figure.add_trace(
        go.Choroplethmap(
            geojson=STATIC + files["units"],
            locations=[town["unit_id"]],
            z=[1],
            featureidkey="id",
            colorscale=[[0, colours.HIGHLIGHT], [1, colours.HIGHLIGHT]],
            showscale=False,
            marker={"line": {"width": 1.2, "color": colours.HIGHLIGHT}, "opacity": 0.55},
            hovertemplate="%{properties.name}<extra></extra>",
        )
    )
    lay_out(figure, files, View(town["lon"], town["lat"], 7.6), height)
    return figure


def selection_map(
    towns: pd.DataFrame, chosen: tuple[str, ...], files: dict[str, str], *, height: int = 520
) -> go.Figure:
    """Points of the towns that remain, the chosen ones large and named; `towns` as from `queries.towns.labels`."""
    is_chosen = towns["unit_id"].isin(chosen)
    named = towns[is_chosen]
    figure = go.Figure()
    for part, size, colour, mode, side in (
        (towns[~is_chosen], 6, colours.MUTED, "markers", "top center"),
        # One trace per town, as a trace has one side for all its names.
        *((named.iloc[[i]], 15, colours.HIGHLIGHT, "markers+text", name_side(named, i)) for i in range(len(named))),
    ):
        figure.add_trace(
            go.Scattermap(
                lon=part["lon"],
                lat=part["lat"],
                mode=mode,
                text=part["name"],
                textposition=side,
                textfont={"size": 13, "color": "#1d2a33"},
                hovertemplate="%{text}<extra></extra>",
                marker={"size": size, "color": colour},
            )
        )
    lay_out(
        figure,
        files,
        view_of(pd.Series(dtype=float), pd.Series(dtype=float), width=320, height=height),
        height,
    )
    return figure


def name_side(towns: pd.DataFrame, position: int) -> str:
    """Side of a town's point for its name: away from the nearest other one, or the map would leave a name out."""
    east = (towns["lon"] - towns["lon"].iloc[position]).to_numpy() * math.cos(math.radians(51))
    north = (towns["lat"] - towns["lat"].iloc[position]).to_numpy()
    distance = np.hypot(east, north)
    distance[position] = np.inf
    nearest = int(np.argmin(distance))
    if not distance[nearest] < 2:
        return "top center"
    if abs(east[nearest]) > abs(north[nearest]):
        return "middle left" if east[nearest] > 0 else "middle right"
    return "bottom center" if north[nearest] > 0 else "top center"


def lay_out(figure: go.Figure, files: dict[str, str], view: View, height: int) -> None:
    figure.update_layout(
        map={
            "style": BLANK_STYLE,
            "center": {"lon": view.lon, "lat": view.lat},
            "zoom": view.zoom,
            "layers": background(files),
        },
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        height=height,
        showlegend=False,
        # The user's pan and zoom survive a rerun as long as the view meant by the page stays the same.
        uirevision=f"{view.lon:.2f} {view.lat:.2f} {view.zoom:.1f}",
        hoverlabel={
            "bgcolor": "#ffffff",
            "font": {"color": "#1d2a33", "size": 13, "family": colours.FONT},
            "bordercolor": colours.STATE_LINE,
        },
        clickmode="event+select",
        separators=",.",
        font={"family": colours.FONT},
    )


def clicked_unit(event: object) -> str | None:
    """Unit key of a click on one of our maps, from Streamlit's selection event."""
    selection = getattr(event, "selection", None) or {}
    for point in selection.get("points", []):
        key = point.get("location") or point.get("customdata")
        if isinstance(key, list):
            key = key[0] if key else None
        if key:
            return str(key)
    return None


def tooltips(towns: pd.DataFrame, indicator: Indicator) -> list[str]:
    """One text per town of `queries.indicators.values`: number with unit and mark, or why there is none; remarks."""
    texts = []
    columns = ("value", "value_status", "flag", "note", "number_of_cases", "member_count")
    for value, status, flag, note, cases, member_count in zip(*(towns[name] for name in columns), strict=True):
        lines = []
        if not math.isnan(value):
            number = german.with_unit(value, indicator.unit_label, indicator.decimals, signed=indicator.is_signed)
            lines.append(remarks.marked(number, flag))
        if said := remarks.cases_text(indicator, cases):
            lines.append(said)
        lines += remarks.reasons(value, status, flag, note)
        if member_count > 1 and not indicator.is_county_context:
            lines.append(f"Wert des Verbands ({german.number(member_count)} Gemeinden)")
        texts.append("<br>".join(wrapped(line) for line in lines))
    return texts


def wrapped(text: str, width: int = 60) -> str:
    """A long remark on several lines of the tooltip."""
    return "<br>".join(textwrap.wrap(text, width)) if len(text) > width else text
