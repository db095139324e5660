"""The key figures of a town as a table: value, place among all and in the Land, date, provenance, source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from queries.indicators import Indicator
from ui import german, html_table, provenance, remarks


def value_text(indicator: Indicator, value: float, status: object) -> str:
    """A figure with its unit, or why there is none; an uncertain figure says so."""
    if pd.isna(value):
        return german.missing_word(status if isinstance(status, str) else None)
    # The title of a count says already what is counted ("Zahl der Nachbarn: 6").
    unit = "" if indicator.scale in ("count", "class") or indicator.unit_label == "Anzahl" else indicator.unit_label
    text = german.with_unit(value, unit, indicator.decimals, signed=indicator.is_signed)
    return f"{text} (unsicher)" if status == "unsicher" else text


def figure_table(
    rows: pd.DataFrame,
    catalogue: dict[str, Indicator],
    *,
    label: str,
    state_name: str,
    cases: Mapping[str, float],
    municipality: tuple[str, pd.DataFrame] | None = None,
    association_heading: str = "Wert",
    footnotes: dict[str, int],
) -> str:
    """HTML table of the figures of one theme.

    `rows` as from `queries.profile.town_figures`; `cases` are the counts behind rates of few cases by indicator;
    `municipality` gives a second value column (heading, values); `footnotes` numbers sources by title and grows.
    """
    ranked = rows["rank"].notna().any()
    columns = ["Merkmal", association_heading]
    if municipality:
        columns.append(municipality[0])
    if ranked:
        columns += ["Lage unter allen", "Rang unter allen", f"Rang in {state_name}"]
    columns.append("Stand und Herkunft")
    by_municipality = municipality[1].set_index("indicator_id")["value"] if municipality else {}
    body = []
    for row in rows.itertuples():
        indicator = catalogue[row.indicator_id]

        def plain(value: float, indicator: Indicator = indicator) -> str:
            return german.number(value, indicator.decimals, signed=indicator.is_signed)

        cells = [
            html_table.text(
                indicator.title, second_line=row.note if remarks.is_said(row.note) else indicator.note or ""
            ),
            _value_cell(indicator, row, cases.get(row.indicator_id)),
        ]
        if municipality:
            own = by_municipality.get(row.indicator_id)
            cells.append("–" if own is None or pd.isna(own) else plain(own))
        if ranked:
            cells += [
                _bar(row.percentile),
                _rank(row.rank, row.towns, plain(row.median)),
                _rank(row.state_rank, row.state_towns, plain(row.state_median)),
            ]
        number = footnotes.setdefault(indicator.source_title, len(footnotes) + 1)
        cells.append(
            html_table.text(
                row.reference_date or row.period,
                nowrap=len(row.reference_date or "") < 12,
                second_line=f"{german.PROVENANCE_WORDS[row.provenance]} [{number}]",
            )
        )
        body.append(cells)
    # The same widths in every theme, so that the columns stand below one another down the page.
    weights = [22, 15] + [11] * bool(municipality) + ([12, 12, 12] if ranked else []) + [14]
    widths = [f"{100 * weight / sum(weights):.1f}%" for weight in weights]
    return html_table.table(columns, body, label=label, widths=widths)


def series_table(own: pd.DataFrame, medians: pd.DataFrame, indicator: Indicator) -> str:
    """HTML table of one indicator over the years, newest first: value, median of the small towns, basis, remarks."""
    by_year = medians.set_index("year")["median"]
    columns = ["Jahr", "Wert", "Median der Kleinstädte", "Herkunft und Hinweise"]
    body = []
    for row in own.iloc[::-1].itertuples():
        basis = f"Bevölkerung nach {provenance.basis_word(row.population_basis)}" if row.population_basis else ""
        said = [german.PROVENANCE_WORDS[row.provenance], basis]
        said += remarks.reasons(row.value, row.value_status, row.flag, row.note)
        median = by_year.get(row.year)
        body.append(
            [
                str(row.year),
                html_table.text(remarks.marked(value_text(indicator, row.value, None), row.flag), nowrap=True),
                html_table.text(german.MISSING if median is None else value_text(indicator, median, None), nowrap=True),
                html_table.small(" · ".join(filter(None, said))),
            ]
        )
    return html_table.table(columns, body, label=f"{indicator.title} nach Jahren")


def _value_cell(indicator: Indicator, row: Any, number_of_cases: float | None) -> str:
    """The value in bold or the kind of gap, below it what was counted and why the value is conspicuous."""
    said = [remarks.cases_text(indicator, number_of_cases)]
    if remarks.is_said(row.flag):
        said.append(f"auffällig: {row.flag}")
    return html_table.text(
        remarks.marked(value_text(indicator, row.value, row.value_status), row.flag),
        strong=not pd.isna(row.value),
        second_line=" · ".join(filter(None, said)),
    )


def _bar(percentile: float) -> str:
    if pd.isna(percentile):
        return "–"
    return html_table.percentile_bar(percentile, f"Prozentrang {german.number(percentile)} unter allen Kleinstädten")


def _rank(rank: object, of: int, median: str) -> str:
    if pd.isna(rank):
        return "–"
    return html_table.text(
        f"{german.number(int(rank))} von {german.number(of)}", second_line=f"Mitte: {median}", nowrap=True
    )
