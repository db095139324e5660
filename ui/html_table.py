"""Plain HTML tables for texts that must wrap: nothing is cut, narrow screens scroll sideways, printers see it all."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from ui import colours

_CELL = "padding:0.34rem 0.6rem 0.34rem 0;border:0;border-bottom:1px solid #e3e8eb;vertical-align:top"


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    label: str,
    numeric: Sequence[int] = (),
    widths: Sequence[str] = (),
    least_width: int | None = None,
) -> str:
    """An HTML table; cells are HTML already (see `text`), `numeric` are the columns set flush right.

    `widths` (CSS, one for each column) keep several tables below one another in step; below `least_width` (rem) the
    table is scrolled sideways instead of squeezed.
    """

    def cell(tag: str, position: int, content: str) -> str:
        align = "right" if position in numeric else "left"
        style = f"{_CELL};text-align:{align}"
        if tag == "th":
            style += f";color:{colours.MUTED};font-weight:600;font-size:0.8rem;white-space:normal"
        scope = ' scope="col"' if tag == "th" else ""
        return f'<{tag}{scope} style="{style}">{content}</{tag}>'

    head = "".join(cell("th", i, html.escape(column)) for i, column in enumerate(columns))
    body = "".join("<tr>" + "".join(cell("td", i, content) for i, content in enumerate(row)) + "</tr>" for row in rows)
    columns_of = "<colgroup>" + "".join(f'<col style="width:{width}">' for width in widths) + "</colgroup>"
    if least_width is None:
        least_width = 38 if len(columns) > 4 else 0
    return (
        f'<div style="overflow-x:auto" tabindex="0" role="region" aria-label="{html.escape(label)}">'
        f'<table style="border-collapse:collapse;width:100%;min-width:{least_width}rem;'
        f'font-size:0.87rem;line-height:1.35">{columns_of}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def text(content: str, *, second_line: str = "", strong: bool = False, nowrap: bool = False) -> str:
    """Escaped text for a cell, with a smaller second line; `nowrap` keeps the first line in one piece."""
    first = html.escape(content)
    first = f"<b>{first}</b>" if strong else first
    first = f'<span style="white-space:nowrap">{first}</span>' if nowrap else first
    return first + (f"<br>{small(second_line)}" if second_line else "")


def small(content: str) -> str:
    """Escaped text in a smaller, paler type."""
    return f'<span style="color:{colours.MUTED};font-size:0.8rem">{html.escape(content)}</span>'


def percentile_bar(percentile: float, label: str) -> str:
    """Where a value lies among all: a track with the middle half shaded and a dot; `percentile` 0–100."""
    return (
        f'<span role="img" aria-label="{html.escape(label)}" title="{html.escape(label)}" style="display:inline-block;'
        'position:relative;width:6.5rem;height:0.9rem">'
        '<span style="position:absolute;left:0;right:0;top:0.38rem;height:2px;background:#c9d2d7"></span>'
        '<span style="position:absolute;left:25%;width:50%;top:0.2rem;height:0.5rem;background:#dfe6ea;'
        'border-radius:2px"></span>'
        f'<span style="position:absolute;left:calc({percentile:.1f}% - 0.33rem);top:0.12rem;width:0.66rem;'
        f'height:0.66rem;border-radius:50%;background:{colours.ACCENT}"></span></span>'
    )


def facts(pairs: Mapping[str, str]) -> str:
    """Labels and texts in two columns, without lines between them; pairs without text are left out."""
    rows = "".join(
        f'<div style="color:{colours.MUTED}">{html.escape(label)}</div><div>{html.escape(content)}</div>'
        for label, content in pairs.items()
        if content
    )
    return (
        '<div style="display:grid;grid-template-columns:minmax(6rem,auto) 1fr;gap:0.15rem 1rem;font-size:0.87rem;'
        f'line-height:1.35;overflow-wrap:anywhere">{rows}</div>'
    )
