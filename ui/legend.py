"""The map's legend: how the values are spread, in the colours of the classes, and each class with its number."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ui import colours, german
from ui.classes import Classes

_BARS = 36


def histogram(values: np.ndarray, classes: Classes, unit_label: str, decimals: int, signed: bool) -> go.Figure:
    """Histogram in class colours; a bar takes the colour of the class its middle lies in.

    The outermost half per cent on each side is drawn into the first and last bar.
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    low, high = np.quantile(values, [0.005, 0.995])
    if low == high:
        low, high = values.min() - 0.5, values.max() + 0.5
    edges = np.linspace(low, high, _BARS + 1)
    counts, _ = np.histogram(np.clip(values, low, high), bins=edges)
    middles = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure(
        go.Bar(
            x=middles,
            y=counts,
            width=(high - low) / _BARS,
            marker={"color": [classes.colours[i] for i in classes.of(middles)], "line": {"width": 0}},
            customdata=[
                f"{german.number(a, decimals, signed=signed)} bis "
                f"{german.with_unit(b, unit_label, decimals, signed=signed)}: "
                f"{german.count(int(n), 'Stadt', 'Städte')}"
                for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_layout(
        height=96,
        margin={"l": 4, "r": 4, "t": 4, "b": 22},
        bargap=0,
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
        yaxis={"visible": False, "fixedrange": True},
        xaxis={
            "fixedrange": True,
            "range": [low, high],
            "showticklabels": False,
            "showgrid": False,
        },
        separators=",.",
        font={"family": colours.FONT},
        dragmode=False,
    )
    for x, anchor in ((low, "left"), ((low + high) / 2, "center"), (high, "right")):
        figure.add_annotation(
            x=x,
            y=0,
            yref="paper",
            xanchor=anchor,
            yanchor="top",
            text=german.number(x, decimals, signed=signed),
            showarrow=False,
            font={"size": 11, "color": colours.MUTED},
        )
    return figure


def class_list(
    values: np.ndarray, classes: Classes, decimals: int, signed: bool, missing: Sequence[tuple[str, int]] | None = None
) -> str:
    """The classes as an HTML list: colour, range, number of towns; then the missing ones.

    `missing` gives reasons with numbers of towns (as from `ui.remarks.missing_kinds`); without it they are one row.
    """
    numbers = classes.of(np.asarray(values, float))
    rows = []
    for i, shade in enumerate(classes.colours):
        low, high = (german.number(x, decimals, signed=signed) for x in classes.limits[i : i + 2])
        last = i == len(classes) - 1
        text = low if low == high else f"{low} bis {'' if last else 'unter '}{high}"
        rows.append(_row(shade, text, int((numbers == i).sum())))
    number_missing = int((numbers == -1).sum())
    if missing is None:
        missing = [(german.MISSING, number_missing)] if number_missing else []
    rows += [_row(colours.MISSING, words, towns) for words, towns in missing]
    return (
        '<table style="border-collapse:collapse;width:100%;font-size:0.87rem" '
        'aria-label="Legende: Klassen und Zahl der Städte">' + "".join(rows) + "</table>"
    )


def _row(shade: str, text: str, towns: int) -> str:
    return (
        f'<tr><td style="width:1.6rem;padding:1px 0;border:0"><span style="display:block;width:1.1rem;height:0.85rem;'
        f'background:{shade};border:1px solid #c3ccd2;border-radius:2px"></span></td>'
        f'<td style="border:0;padding:1px 0">{html.escape(text)}</td>'
        f'<td style="border:0;padding:1px 0;text-align:right;color:{colours.MUTED}">{german.number(towns)}</td></tr>'
    )
