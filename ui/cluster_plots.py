"""Plots of a cluster model: profiles, measures by number of clusters, stability, silhouettes, boxes, flows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from queries.cluster_portraits import FEWEST_TOWNS, Comparison, Portrait
from queries.clusters import VARIABLES, Cluster, ClusterModel
from ui import colours, german
from ui.cluster_words import axis, shade, short
from ui.plots import wrap

_GRID = "#e6ebee"
MEASURES = {
    "silhouette": "Silhouette",
    "within": "Streuung in den Clustern",
    "gap": "Gap-Statistik",
    "calinski_harabasz": "Calinski–Harabasz",
}
# Measure -> key of `Numbers.suggested`.
SUGGESTED_BY = {"within": "elbow"}


def _lay_out(figure: go.Figure, height: int, **named) -> go.Figure:
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
    return _lay_out(
        figure,
        int(50 + 21 * lines),
        margin={"l": 8, "r": 12, "t": 8, "b": 24},
        barmode="group",
        bargap=0.28,
        xaxis={"range": [-1.08 * reach, 1.08 * reach], "gridcolor": _GRID, "fixedrange": True, "nticks": 7},
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


def numbers_plot(table: pd.DataFrame, suggested: dict[str, int], present: int) -> go.Figure:
    """Four measures by number of clusters; a ring on what each suggests, a dotted line at the model's number.

    `table` and `suggested` as in `kowis_data.clustering.Numbers`.
    """
    shown = [name for name in MEASURES if name in table]
    figure = make_subplots(2, 2, subplot_titles=[MEASURES[name] for name in shown], vertical_spacing=0.2)
    for position, name in enumerate(shown):
        row, column = position // 2 + 1, position % 2 + 1
        values = table[name].dropna()
        chosen = suggested.get(SUGGESTED_BY.get(name, name))
        error = {"type": "data", "array": table["gap_error"].reindex(values.index), "color": colours.MUTED}
        figure.add_trace(
            go.Scatter(
                x=values.index.tolist(),
                y=values.tolist(),
                error_y=error if name == "gap" else None,
                mode="lines+markers",
                line={"color": colours.ACCENT, "width": 2},
                marker={"size": 6},
                hovertemplate="%{x} Cluster: %{y:.3~f}<extra></extra>",
            ),
            row,
            column,
        )
        if chosen in values.index:
            figure.add_trace(
                go.Scatter(
                    x=[chosen],
                    y=[values[chosen]],
                    mode="markers",
                    marker={
                        "size": 15,
                        "symbol": "circle-open",
                        "color": colours.HIGHLIGHT,
                        "line": {"width": 2.5},
                    },
                    hoverinfo="skip",
                ),
                row,
                column,
            )
        figure.add_vline(x=present, line={"color": colours.MUTED, "width": 1, "dash": "dot"}, row=row, col=column)
    figure.update_xaxes(dtick=1, showgrid=False, fixedrange=True, tickfont={"size": 11})
    figure.update_yaxes(
        gridcolor=_GRID, fixedrange=True, automargin=True, tickfont={"size": 11}, nticks=5, tickformat=","
    )
    figure.update_annotations(font_size=13)
    return _lay_out(figure, 420, margin={"l": 8, "r": 12, "t": 28, "b": 24})


def stability_bars(stability: pd.DataFrame, clusters: Sequence[Cluster]) -> go.Figure:
    """Mean Jaccard similarity by cluster with the limits of the usual bands; `stability` as in `ClusterModel`."""
    by_number = {cluster.number: cluster for cluster in clusters}
    rows = stability.iloc[::-1]
    figure = go.Figure()
    for low, high, colour in ((0, 0.6, "#f6e3d6"), (0.6, 0.75, "#f3f0dd"), (0.75, 1, "#e2f0e9")):
        figure.add_vrect(x0=low, x1=high, fillcolor=colour, line_width=0, layer="below")
    figure.add_trace(
        go.Bar(
            x=rows["jaccard"],
            y=[axis(by_number[number]) for number in rows.index],
            orientation="h",
            width=0.55,
            marker={"color": [shade(number) for number in rows.index]},
            text=[
                f" {german.number(value, 2)} · {band}"
                for value, band in zip(rows["jaccard"], rows["band"], strict=True)
            ],
            textposition="auto",
            insidetextanchor="end",
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    return _lay_out(
        figure,
        70 + 56 * len(rows),
        xaxis={
            "range": [0, 1],
            "tickvals": [0, 0.5, 0.6, 0.75, 0.85, 1],
            "ticktext": ["0", "0,5", "0,6", "0,75", "0,85", "1"],
            "tickangle": 0,
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={"fixedrange": True, "automargin": True, "ticklabelstandoff": 6},
    )


def silhouette_plot(model: ClusterModel) -> go.Figure:
    """Silhouettes of the towns of every cluster, sorted; the dotted line is the mean of all."""
    figure = go.Figure()
    start, middles = 0.0, []
    for cluster in reversed(model.clusters):
        values = np.sort(model.towns.loc[model.towns["cluster"] == cluster.number, "silhouette"].to_numpy())
        # An outline of at most 120 points says the same as thousands.
        shares = np.linspace(0, 1, min(len(values), 120))
        outline = np.quantile(values, shares).round(3)
        heights = (start + shares * len(values)).round(1)
        figure.add_trace(
            go.Scatter(
                x=[0, *outline, 0],
                y=[heights[0], *heights, heights[-1]],
                fill="toself",
                mode="lines",
                line={"width": 0.5, "color": shade(cluster.number)},
                fillcolor=shade(cluster.number),
                name=short(cluster),
                hoveron="fills",
                text=f"{short(cluster)}: Mittel {german.number(cluster.silhouette, 2)}, "
                f"{german.count(int((values < 0).sum()), 'Stadt', 'Städte')} unter 0",
                hoverinfo="text",
            )
        )
        middles.append((start + len(values) / 2, f"{cluster.number}"))
        start += len(values) + 0.02 * len(model.towns)
    figure.add_vline(x=model.silhouette, line={"color": colours.INK, "width": 1, "dash": "dot"})
    figure.add_vline(x=0, line={"color": colours.STATE_LINE, "width": 1})
    return _lay_out(
        figure,
        70 + 56 * max(4, len(model.clusters)),
        xaxis={"fixedrange": True, "gridcolor": _GRID, "nticks": 7},
        yaxis={
            "fixedrange": True,
            "showgrid": False,
            "tickvals": [place for place, _ in middles],
            "ticktext": [f"Cluster {number}" for _, number in middles],
            "automargin": True,
        },
    )


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
    return _lay_out(
        figure,
        80 + 72 * len(labels),
        margin={"l": 8, "r": 12, "t": 8, "b": 44},
        xaxis={
            "fixedrange": True,
            "gridcolor": _GRID,
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
    return _lay_out(figure, 120 + 60 * max(len(left), len(right)), margin={"l": 8, "r": 8, "t": 12, "b": 12})


def _pale(colour: str, strength: float) -> str:
    """A colour `#rrggbb` with an opacity of 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{strength})"
