"""Plots of a cluster model: profiles, an indicator by cluster, flows between two models."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from queries.cluster_portraits import FEWEST_TOWNS, Comparison, Portrait
from queries.clusters import VARIABLES, Cluster
from ui import colours, german
from ui.cluster_words import axis, shade, short
from ui.plots import wrap

GRID = "#e6ebee"


def lay_out(figure: go.Figure, height: int, **named) -> go.Figure:
    """The common look of these plots; `named` goes to the layout."""
    figure.update_layout(
        height=height,
        plot_bgcolor="#ffffff",
        paper_bgcolor="#ffffff",
        separators=",.",
        font={"family": colours.FONT},
        dragmode=False,
        **({"margin": {"l": 8, "r": 12, "t": 8, "b": 36}, "showlegend": False} | named),
    )
    return figure


def profile_bars(centroid: pd.Series, titles: pd.Series, colour: str, reach: float) -> go.Figure:
    """Standardised means of one cluster: a group of bars per branch, by jobs and paler by companies.

    `centroid` and `titles` by column of the model; `reach` is the largest absolute mean of all clusters, so that the
    profiles can be compared with the eye.
    """
    rows = pd.DataFrame([(*_place(column, titles[column]), value) for column, value in centroid.items()])
    rows.columns = ["series", "label", "value"]
    labels = {label: wrap(label, 34) for label in rows["label"]}
    lines = sum(max(1.35, 0.85 * text.count("<br>") + 0.85) for text in labels.values())
    figure = go.Figure()
    # Plotly draws from below: later series first, so that jobs stand above companies.
    for series, strength in (("Unternehmen", 0.4), ("Beschäftigte", 1.0), ("", 1.0)):
        part = rows[rows["series"] == series]
        if part.empty:
            continue
        figure.add_trace(
            go.Bar(
                x=part["value"].round(3),
                y=[labels[label] for label in part["label"]],
                orientation="h",
                marker={"color": _pale(colour, strength)},
                customdata=[german.number(value, 2, signed=True) for value in part["value"]],
                hovertemplate="<b>%{y}</b><br>"
                + (f"nach {series}{'n' if series == 'Beschäftigte' else ''}: " if series else "")
                + "%{customdata} Standardabweichungen<extra></extra>",
            )
        )
    figure.add_vline(x=0, line={"color": colours.STATE_LINE, "width": 1})
    return lay_out(
        figure,
        int(50 + 21 * lines),
        margin={"l": 8, "r": 12, "t": 8, "b": 24},
        barmode="group",
        bargap=0.28,
        xaxis={"range": [-1.08 * reach, 1.08 * reach], "gridcolor": GRID, "fixedrange": True, "nticks": 7},
        yaxis={
            "fixedrange": True,
            "automargin": True,
            "categoryorder": "array",
            "categoryarray": list(dict.fromkeys(labels.values()))[::-1],
            "tickfont": {"size": 12},
        },
    )


def _place(column: str, title: str) -> tuple[str, str]:
    """Series and label of a column of the model; transformed ones keep their title."""
    variable = VARIABLES.get(column)
    if variable is None:
        return "", title
    series = {"jobs": "Beschäftigte", "companies": "Unternehmen"}.get(variable.block or "", "")
    return series, variable.short or variable.title


def box_plot(portrait: Portrait, clusters: Sequence[Cluster]) -> go.Figure:
    """An indicator by cluster: boxes with whiskers, towns beyond them as points, the median of all dotted.

    Clusters with fewer than three values have no box and no points.
    """
    figure = go.Figure()
    boxes, values = portrait.boxes, portrait.values
    indicator = portrait.indicator
    labels = []
    for cluster in reversed(clusters):
        box = boxes.loc[cluster.number]
        label = axis(cluster, int(box["towns"]))
        labels.append(label)
        if box["towns"] < FEWEST_TOWNS:
            continue
        figure.add_trace(
            go.Box(
                y=[label],
                q1=[box["q1"]],
                median=[box["median"]],
                q3=[box["q3"]],
                lowerfence=[box["low"]],
                upperfence=[box["high"]],
                orientation="h",
                width=0.5,
                fillcolor="rgba(255,255,255,0)",
                line={"color": shade(cluster.number), "width": 2.5},
                hoverinfo="skip",
            )
        )
        inside = values[values["cluster"] == cluster.number]
        beyond = inside[(inside["value"] < box["low"]) | (inside["value"] > box["high"])]
        figure.add_trace(
            go.Scatter(
                x=beyond["value"].tolist(),
                y=[label] * len(beyond),
                mode="markers",
                marker={"size": 5, "color": shade(cluster.number), "opacity": 0.6},
                customdata=[
                    f"<b>{town.name}</b><br>"
                    + german.with_unit(town.value, indicator.unit_label, indicator.decimals, signed=indicator.is_signed)
                    for town in beyond.itertuples(index=False)
                ],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    if len(values):
        figure.add_vline(x=values["value"].median(), line={"color": colours.MUTED, "width": 1, "dash": "dot"})
    return lay_out(
        figure,
        80 + 72 * len(labels),
        margin={"l": 8, "r": 12, "t": 8, "b": 44},
        xaxis={
            "fixedrange": True,
            "gridcolor": GRID,
            "zeroline": False,
            "title": {"text": wrap(indicator.unit_label, 60), "font": {"size": 12}},
            "tickformat": ",",
        },
        yaxis={"fixedrange": True, "automargin": True, "categoryorder": "array", "categoryarray": labels},
    )


def flow_sankey(found: Comparison, first: Sequence[Cluster], second: Sequence[Cluster]) -> go.Figure:
    """Who moves from which cluster of one model to which of another.

    Clusters of the second model take the colour of the one they correspond to, grey where there is none.
    """
    flows = found.flows
    partner = {b: a for a, b in found.pairs}
    left, right = list(flows.index), list(flows.columns)
    names = (
        {cluster.number: short(cluster) for cluster in first},
        {cluster.number: short(cluster) for cluster in second},
    )
    cells = [(i, j, int(flows.iat[i, j])) for i in range(len(left)) for j in range(len(right)) if flows.iat[i, j]]
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            node={
                "label": [names[0][number] for number in left] + [names[1][number] for number in right],
                "color": [
                    *(shade(number) for number in left),
                    *(shade(partner[number]) if number in partner else colours.MISSING for number in right),
                ],
                "pad": 14,
                "thickness": 16,
                "line": {"width": 0},
                "hovertemplate": "%{label}: %{value:,.0f} Städte<extra></extra>",
            },
            link={
                "source": [i for i, _, _ in cells],
                "target": [len(left) + j for _, j, _ in cells],
                "value": [towns for _, _, towns in cells],
                "color": [_pale(shade(left[i]), 0.32) for i, _, _ in cells],
                "hovertemplate": "%{source.label} → %{target.label}: %{value:,.0f} Städte<extra></extra>",
            },
            textfont={"size": 12, "color": colours.INK, "shadow": "none"},
        )
    )
    return lay_out(figure, 120 + 60 * max(len(left), len(right)), margin={"l": 8, "r": 8, "t": 12, "b": 12})


def parts(colour: str) -> tuple[int, int, int]:
    """Red, green and blue (0–255) of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _pale(colour: str, strength: float) -> str:
    """A colour `#rrggbb` with an opacity of 0 to 1."""
    red, green, blue = parts(colour)
    return f"rgba({red},{green},{blue},{strength})"
