"""Plots of the economic structure: shares beside a comparison, one company's weight, shares of the town types."""

from __future__ import annotations

import textwrap

import pandas as pd
import plotly.graph_objects as go

from queries.town_type_shares import MEASURES
from ui import colours, german, screen

# More bars than this are no longer read; the table holds them all.
MOST_BARS = 16
MEASURE_WORDS = {
    "settlements": "Siedlungen",
    "population": "Bevölkerung",
    "companies": "Unternehmen",
    "employees": "Beschäftigte",
}
_PLAIN = {
    "plot_bgcolor": "#ffffff",
    "paper_bgcolor": "#ffffff",
    "separators": ",.",
    "font": {"family": colours.FONT, "color": "#1d2a33"},
    "dragmode": False,
}


def structure_bars(frame: pd.DataFrame, town: str, compared_with: str) -> go.Figure:
    """Shares of the employees as bars, those of the comparison as marks; the largest `MOST_BARS` of the rows.

    `frame` as from `queries.industry.structure`.
    """
    shown = frame[frame["employee_share_pct"].notna()]
    if len(shown) > MOST_BARS:
        shown = shown.loc[shown.index.isin(shown["employee_share_pct"].nlargest(MOST_BARS).index)]
    shown = shown.iloc[::-1]
    # The town's own share stands in the label: beside the mark it would be taken for that of the comparison.
    labels = [
        f"{_wrapped(title)}  <b>{german.with_unit(share, '%', 1)}</b>"
        for title, share in zip(shown["title"], shown["employee_share_pct"], strict=True)
    ]
    lines = sum(label.count("<br>") + 1 for label in labels)
    figure = go.Figure(
        go.Bar(
            y=labels,
            x=shown["employee_share_pct"],
            orientation="h",
            name=town,
            marker={"color": colours.ACCENT},
            customdata=[german.with_unit(value, "%", 1) for value in shown["employee_share_pct"]],
            hovertemplate="%{customdata}<extra>" + town + "</extra>",
        )
    )
    figure.add_trace(
        go.Scatter(
            y=labels,
            x=shown["reference_share_pct"],
            mode="markers",
            name=compared_with,
            marker={"symbol": "diamond", "size": 10, "color": "#e69f00", "line": {"width": 1, "color": "#ffffff"}},
            customdata=[german.with_unit(value, "%", 1) for value in shown["reference_share_pct"]],
            hovertemplate="%{customdata}<extra>" + compared_with + "</extra>",
        )
    )
    most = shown[["employee_share_pct", "reference_share_pct"]].max().max()
    figure.update_layout(
        height=90 + 15 * lines + 13 * len(shown),
        margin={"l": 4, "r": 8, "t": 34, "b": 30},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        bargap=0.3,
        xaxis={
            "range": [0, 1.05 * most if most > 0 else 1],
            "ticksuffix": " %",
            "gridcolor": "#e6ebee",
            "fixedrange": True,
            "nticks": 6,
        },
        yaxis={"fixedrange": True, "automargin": True, "tickfont": {"size": 12}},
        **_PLAIN,
    )
    return figure


def single_company_curves(curves: pd.DataFrame, employees: int, threshold_pct: float, now: pd.DataFrame) -> go.Figure:
    """For each town type the share of units in which a company of a size would hold the threshold; figure 3.

    `curves` as from `queries.single_company.curves`, `now` as from `shares_above` for the size in force.
    """
    figure = go.Figure()
    for town_type, part in curves.groupby("town_type", sort=False):
        title = part["title"].iloc[0]
        figure.add_trace(
            go.Scatter(
                x=part["employees"],
                y=part["share_pct"],
                mode="lines",
                name=title,
                line={
                    "color": _LINES[town_type],
                    "width": 3.5 if "kleinstadt" in town_type else 2,
                    "dash": "dot" if "grossstadt" in town_type else "solid",
                },
                customdata=[
                    f"{german.number(size)} Beschäftigte: {german.with_unit(share, '%', 1)}"
                    for size, share in zip(part["employees"], part["share_pct"], strict=True)
                ],
                hovertemplate="%{customdata}<extra>" + title + "</extra>",
            )
        )
    figure.add_vline(x=employees, line={"color": colours.MUTED, "width": 1.2, "dash": "dash"})
    figure.add_trace(
        go.Scatter(
            x=[employees] * len(now),
            y=now["share_pct"],
            mode="markers",
            showlegend=False,
            marker={
                "size": 10,
                "color": [_LINES[town_type] for town_type in now.index],
                "line": {"width": 2, "color": "#ffffff"},
            },
            customdata=[
                f"{title}: {german.with_unit(share, '%', 1)}"
                for title, share in zip(now["title"], now["share_pct"], strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    ticks = [size for size in (10, 50, 200, 1000, 5000) if size >= curves["employees"].min()]
    figure.update_layout(
        height=470,
        margin={"l": 8, "r": 12, "t": 10, "b": 8},
        legend={"orientation": "h", "y": -0.2, "x": 0, "xanchor": "left"},
        xaxis={
            "type": "log",
            "title": "Beschäftigte des Unternehmens",
            "tickvals": ticks,
            "range": [1, 4.03],
            "ticktext": [german.number(size) for size in ticks],
            "fixedrange": True,
            "gridcolor": "#eef1f3",
        },
        yaxis={
            "title": {
                "text": f"Einheiten, in denen es mindestens {german.number(threshold_pct)} % sind",
                "standoff": 8,
            },
            "automargin": True,
            "range": [-3, 104],
            "ticksuffix": " %",
            "fixedrange": True,
            "gridcolor": "#e6ebee",
            "zeroline": False,
        },
        **_PLAIN,
    )
    return figure


# Lines need more contrast on white than areas do.
_LINES = colours.TOWN_TYPES | {
    "kleinere_mittelstadt": "#5b8fbf",
    "groessere_mittelstadt": "#3b6ea5",
    "kleine_kleinstadt": "#e08e45",
    "landgemeinde": "#8a9168",
}


def type_share_bars(frame: pd.DataFrame, published: pd.DataFrame | None) -> go.Figure:
    """Stacked bars of 100 % per measure, those of the atlas above the published ones; figure 2.

    `frame` as from `queries.town_type_shares.shares`, `published` as from `published` (None to leave it out); a
    measure without figures at hand keeps its published bar only.
    """
    shades = colours.TYPE_GROUPS | colours.TOWN_TYPES
    rows: dict[str, dict[str, float]] = {}
    for measure in MEASURES:
        own = frame[f"{measure}_pct"]
        if own.notna().any():
            rows[f"{MEASURE_WORDS[measure]} · Atlas"] = own.to_dict()
        if published is not None:
            found = published[published["measure"] == measure].set_index("type_group")["share_pct"]
            rows[f"{MEASURE_WORDS[measure]} · Studie"] = found.to_dict()
    labels = list(rows)[::-1]
    figure = go.Figure()
    for key, title in frame["title"].items():
        values = [rows[label].get(key) for label in labels]
        dark = key in ("grosse_grossstadt", "kleine_grossstadt", "Großstadt", "groessere_kleinstadt")
        figure.add_trace(
            go.Bar(
                y=labels,
                x=values,
                orientation="h",
                name=title,
                marker={
                    "color": shades[key],
                    "opacity": [0.62 if label.endswith("Studie") else 1 for label in labels],
                    "line": {"width": 1, "color": "#ffffff"},
                },
                text=[german.number(value, 1) if value and value >= 3.5 else "" for value in values],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont={"color": "#ffffff" if dark else "#1d2a33", "size": 12},
                customdata=[german.with_unit(value, "%", 1) for value in values],
                hovertemplate="%{y}: %{customdata}<extra>" + title + "</extra>",
            )
        )
    figure.update_layout(
        barmode="stack",
        height=110 + 38 * len(labels),
        margin={"l": 4, "r": 24, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.1, "x": 0, "xanchor": "left", "traceorder": "normal"},
        bargap=0.22,
        xaxis={
            "range": [0, 100.6],
            "tickvals": [0, 25, 50, 75, 100],
            "ticksuffix": " %",
            "fixedrange": True,
            "showgrid": False,
        },
        yaxis={"fixedrange": True, "automargin": True, "tickfont": {"size": 13}},
        **_PLAIN,
    )
    return figure


def _wrapped(title: str) -> str:
    width = 20 if screen.is_telephone() else 34
    return "<br>".join(textwrap.wrap(title, width, max_lines=2, placeholder=" …"))
