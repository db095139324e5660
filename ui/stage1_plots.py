"""Plots of stage 1: the funnel, the survivors by width of the middle range, the towns that remain on the map."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ui import colours, german, maps, screen

_PALE = "#b8c9d1"


def funnel_bars(steps: list[tuple[str, int, int]]) -> go.Figure:
    """One bar per step of the funnel with the towns left; the last is dark. `steps`: (sentence, left, lost)."""
    labels = [maps.wrapped(sentence, 34 if screen.is_telephone() else 46) for sentence, _, _ in steps]
    texts = [german.number(left) + (f"  (\u2212{german.number(lost)})" if lost else "") for _, left, lost in steps]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            x=[left for _, left, _ in steps],
            y=list(range(len(steps))),
            marker={"color": [_PALE] * (len(steps) - 1) + [colours.ACCENT]},
            text=texts,
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
            width=0.5,
        )
    )
    most = max(left for _, left, _ in steps)
    for position, label in enumerate(labels):
        figure.add_annotation(
            x=0,
            y=position - 0.28,
            text=label,
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            align="left",
            font={"size": 12, "color": "#3d4a53"},
        )
    figure.update_layout(
        height=30 + sum(52 + 15 * label.count("<br>") for label in labels),
        xaxis={"visible": False, "fixedrange": True, "range": [0, 1.3 * max(1, most)]},
        yaxis={"visible": False, "fixedrange": True, "range": [len(steps) - 0.4, -1.0]},
        **_PLAIN,
    )
    return figure


def survivors_by_k(survivors: pd.Series, at_least: float | None) -> go.Figure:
    """Bars: towns that fulfil the rule by the number of criteria asked for; the one in force is dark."""
    asked = [int(k) for k in survivors.index if k > 0]
    figure = go.Figure(
        go.Bar(
            x=[str(k) for k in asked],
            y=[survivors[k] for k in asked],
            marker={"color": [colours.ACCENT if k == at_least else _PALE for k in asked]},
            text=[german.number(survivors[k]) for k in asked],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="mindestens %{x}: %{text} Städte<extra></extra>",
        )
    )
    figure.update_layout(
        height=260,
        xaxis={"title": "mindestens … Kriterien außerhalb", "type": "category", "fixedrange": True, "tickangle": 0},
        yaxis={"visible": False, "fixedrange": True, "range": [0, 1.15 * max(1, survivors.max())]},
        **_PLAIN,
    )
    return figure


def survivors_by_width(survivors: pd.Series, width: float | None) -> go.Figure:
    """Line: towns that fulfil the rule by the width of the middle range (index 0–1); a dot marks the one in force."""
    figure = go.Figure(
        go.Scatter(
            x=[100 * w for w in survivors.index],
            y=survivors.to_numpy(),
            mode="lines",
            line={"color": colours.ACCENT, "width": 2.5},
            customdata=[german.number(count) for count in survivors],
            hovertemplate="mittlere %{x} %: %{customdata} Städte<extra></extra>",
        )
    )
    if width is not None:
        nearest = min(survivors.index, key=lambda w: abs(w - width))
        figure.add_trace(
            go.Scatter(
                x=[100 * nearest],
                y=[survivors[nearest]],
                mode="markers+text",
                text=[german.number(survivors[nearest])],
                textposition="bottom center",
                marker={"size": 12, "color": colours.HIGHLIGHT},
                hoverinfo="skip",
            )
        )
    figure.update_layout(
        height=260,
        xaxis={"title": "Breite des mittleren Bereichs in %", "fixedrange": True, "showgrid": False},
        yaxis={
            "fixedrange": True,
            "gridcolor": "#e6ebee",
            "tickformat": ",",
            "range": [0, 1.08 * max(1, survivors.max())],
            "automargin": True,
        },
        **_PLAIN,
    )
    return figure


def remaining_map(
    towns: pd.DataFrame, texts: list[str], shades: list[str], files: dict[str, str], *, height: int = 560
) -> go.Figure:
    """The towns that remain, one hover text and colour each, named while they are few.

    `towns` as from `queries.towns.labels`.
    """
    figure = go.Figure(
        go.Scattermap(
            lon=towns["lon"],
            lat=towns["lat"],
            mode="markers+text" if len(towns) <= 24 else "markers",
            text=towns["name"].str.split(" (", regex=False).str[0],  # a member's name is enough on the map
            textposition="top center",
            textfont={"size": 12, "color": "#26323a"},
            customdata=[f"<b>{name}</b><br>{text}" for name, text in zip(towns["name"], texts, strict=True)],
            hovertemplate="%{customdata}<extra></extra>",
            marker={"size": 11 if len(towns) <= 60 else 6, "color": shades},
        )
    )
    none = pd.Series(dtype=float)
    maps.lay_out(figure, files, maps.view_of(none, none, width=340, height=height), height)
    return figure


_PLAIN = {
    "margin": {"l": 8, "r": 8, "t": 16, "b": 36},
    "plot_bgcolor": "#ffffff",
    "paper_bgcolor": "#ffffff",
    "showlegend": False,
    "separators": ",.",
    "font": {"family": colours.FONT},
    "dragmode": False,
}
