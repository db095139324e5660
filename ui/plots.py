"""Plots of single towns."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from queries.indicators import Indicator
from ui import colours, german, remarks
from ui.figures import value_text


def conspicuous_plot(figures: pd.DataFrame, catalogue: dict[str, Indicator]) -> go.Figure:
    """Where a town lies among all small towns on its most conspicuous figures: one line each, percentile 0–100.

    `figures` as from `queries.profile.conspicuous`; the middle half of the towns is shaded.
    """
    figures = figures.iloc[::-1]
    shown = [catalogue[indicator_id] for indicator_id in figures["indicator_id"]]
    texts = [
        "<br>".join(
            [remarks.marked(value_text(i, row.value, None), row.flag), *remarks.reasons(0, None, row.flag, row.note)]
        )
        for row, i in zip(figures.itertuples(), shown, strict=True)
    ]
    labels = [wrap(remarks.marked(i.title, row.flag)) for row, i in zip(figures.itertuples(), shown, strict=True)]
    lines = max((label.count("<br>") + 1 for label in labels), default=1)
    figure = go.Figure()
    figure.add_vrect(x0=25, x1=75, fillcolor="#e6ebee", line_width=0, layer="below")
    figure.add_vline(x=50, line={"color": colours.STATE_LINE, "width": 1, "dash": "dot"})
    for label, percentile in zip(labels, figures["percentile"], strict=True):
        figure.add_trace(
            go.Scatter(
                x=[50, percentile],
                y=[label, label],
                mode="lines",
                line={"color": colours.ACCENT, "width": 3},
                hoverinfo="skip",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=figures["percentile"],
            y=labels,
            mode="markers",
            marker={"size": 13, "color": colours.ACCENT},
            customdata=[
                f"{text}<br>Prozentrang {german.number(p)}"
                for text, p in zip(texts, figures["percentile"], strict=True)
            ],
            hovertemplate="<b>%{y}</b><br>%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(
        height=70 + max(44, 12 + 17 * lines) * len(figures),
        margin={"l": 8, "r": 16, "t": 8, "b": 36},
        showlegend=False,
        plot_bgcolor="#ffffff",
        paper_bgcolor="#ffffff",
        separators=",.",
        font={"family": colours.FONT},
        dragmode=False,
        xaxis={
            "range": [-8, 108],
            "tickvals": [0, 25, 50, 75, 100],
            "ticktext": ["niedrig", "25", "Mitte", "75", "hoch"],
            "tickangle": 0,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={"fixedrange": True, "showgrid": False, "tickfont": {"size": 13}, "automargin": True},
    )
    return figure


def series_plot(
    own: pd.DataFrame, others: pd.DataFrame, indicator: Indicator, name: str, *, height: int = 300
) -> go.Figure:
    """One indicator over the years; lines stop where the population basis changes, a dotted line names the new one.

    `own` as from `queries.series.of_indicator`, `others` as from `queries.series.medians` (may be empty).
    """
    figure = go.Figure()
    basis = own["population_basis"].fillna("")
    blocks = (basis != basis.shift()).cumsum()
    starts = own.groupby(blocks).first().iloc[1:]
    for number, part in enumerate(_parts(others, starts["year"])):
        line = _series_line(part["year"], part["median"], "Median der Kleinstädte", "#9fb0b9", indicator)
        line.showlegend = number == 0
        figure.add_trace(line)
    for number, (_, block) in enumerate(own.groupby(blocks)):
        line = _series_line(block["year"], block["value"], name, colours.ACCENT, indicator)
        line.showlegend = number == 0
        figure.add_trace(line)
    for year, new_basis in zip(starts["year"], starts["population_basis"], strict=True):
        figure.add_vline(x=year - 0.5, line={"color": colours.HIGHLIGHT, "width": 1, "dash": "dot"})
        figure.add_annotation(
            x=year - 0.5,
            y=1,
            yref="paper",
            yanchor="bottom",
            text=f"ab {year}: {_short_basis(new_basis)}",
            showarrow=False,
            # The label of a late break would run out of the plot on the right.
            xanchor="right" if year > own["year"].median() else "left",
            font={"size": 11, "color": colours.HIGHLIGHT},
        )
    flagged = own[own["flag"].notna()]
    if len(flagged):
        figure.add_trace(
            go.Scatter(
                x=flagged["year"],
                y=flagged["value"],
                mode="markers",
                name="auffälliger Wert",
                marker={"symbol": "circle-open", "size": 14, "color": colours.HIGHLIGHT, "line": {"width": 2}},
                customdata=flagged["flag"],
                hovertemplate="%{x}: %{customdata}<extra></extra>",
            )
        )
    is_small = height < 250
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 26 if len(starts) else 10, "b": 26},
        plot_bgcolor="#ffffff",
        paper_bgcolor="#ffffff",
        showlegend=not is_small,
        legend={"orientation": "h", "y": -0.12},
        xaxis={
            "fixedrange": True,
            "tickformat": "d",
            "showgrid": False,
            "automargin": True,
            "nticks": 5 if is_small else 12,
        },
        yaxis={
            "fixedrange": True,
            "gridcolor": "#e6ebee",
            "automargin": True,
            "tickformat": ",",
            "title": None if is_small else indicator.unit_label,
            "nticks": 4 if is_small else 7,
        },
        separators=",.",
        font={"family": colours.FONT},
        dragmode=False,
    )
    return figure


def _parts(others: pd.DataFrame, starts: pd.Series) -> list[pd.DataFrame]:
    """The rows cut at the years in which a new population basis begins."""
    if others.empty:
        return []
    block = others["year"].map(lambda year: sum(year >= start for start in starts))
    return [part for _, part in others.groupby(block)]


def _short_basis(basis: object) -> str:
    words = {"zensus2011": "Zensus 2011", "zensus2022": "Zensus 2022", "volkszaehlung1987": "Volkszählung 1987"}
    return words.get(basis, "andere Grundlage") if isinstance(basis, str) else "andere Grundlage"


def _series_line(years: pd.Series, values: pd.Series, name: str, colour: str, indicator: Indicator) -> go.Scatter:
    return go.Scatter(
        x=years,
        y=values,
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 2.5},
        marker={"size": 5},
        customdata=[value_text(indicator, value, None) for value in values],
        hovertemplate="%{x}: %{customdata}<extra>" + name + "</extra>",
    )


def wrap(title: str, width: int = 30) -> str:
    """A title on several lines, broken with <br>."""
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
