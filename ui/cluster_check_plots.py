"""Plots of what a cluster model can be trusted with: number of clusters, stability, silhouettes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from queries.clusters import Cluster, ClusterModel
from ui import colours, german
from ui.cluster_plots import GRID, lay_out, parts
from ui.cluster_words import axis, shade, short

MEASURES = {
    "silhouette": "Silhouette",
    "within": "Streuung in den Clustern",
    "gap": "Gap-Statistik",
    "calinski_harabasz": "Calinski–Harabasz",
}
# Measure -> key of `Numbers.suggested`.
SUGGESTED_BY = {"within": "elbow"}


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
        gridcolor=GRID, fixedrange=True, automargin=True, tickfont={"size": 11}, nticks=5, tickformat=","
    )
    figure.update_annotations(font_size=13)
    return lay_out(figure, 420, margin={"l": 8, "r": 12, "t": 28, "b": 24})


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
            insidetextfont={"color": [_ink_on(shade(number)) for number in rows.index]},
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    return lay_out(
        figure,
        70 + 56 * len(rows),
        xaxis={
            "range": [0, 1],
            "tickvals": [0, 0.6, 0.75, 1],
            "ticktext": ["0", "0,6", "0,75", "1"],
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
    return lay_out(
        figure,
        70 + 56 * max(4, len(model.clusters)),
        xaxis={"fixedrange": True, "gridcolor": GRID, "nticks": 7},
        yaxis={
            "fixedrange": True,
            "showgrid": False,
            "tickvals": [place for place, _ in middles],
            "ticktext": [f"Cluster {number}" for _, number in middles],
            "automargin": True,
        },
    )


def _ink_on(colour: str) -> str:
    """Colour of writing that can be read on a colour."""
    red, green, blue = parts(colour)
    return colours.INK if 0.3 * red + 0.59 * green + 0.11 * blue > 140 else "#ffffff"
