"""Map of the town types: every unit of the country in the colour of its type."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ui import maps


def type_map(units: pd.DataFrame, shades: dict[str, str], files: dict[str, str], *, height: int = 560) -> go.Figure:
    """All units of the country in the colour of their type; `units` as from `queries.town_type_shares.units`."""
    order = list(shades)
    place = units["town_type"].map({town_type: position for position, town_type in enumerate(order)})
    figure = go.Figure(
        go.Choroplethmap(
            geojson=maps.STATIC + files["units"],
            locations=units["unit_id"].tolist(),
            z=place.to_numpy(np.int8),
            zmin=-0.5,
            zmax=len(order) - 0.5,
            text=units["title"].tolist(),
            hovertemplate="<b>%{properties.name}</b><br>%{text}<extra></extra>",
            featureidkey="id",
            colorscale=[[(i + side) / len(order), shades[key]] for i, key in enumerate(order) for side in (0, 1)],
            showscale=False,
            marker={"line": {"width": 0.2, "color": "#ffffff"}, "opacity": 1},
        )
    )
    nowhere = pd.Series(dtype=float)
    maps.lay_out(figure, files, maps.view_of(nowhere, nowhere, width=340, height=height), height)
    return figure
