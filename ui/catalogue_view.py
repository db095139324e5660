"""The catalogue of indicators: searched, by theme, and one of them in detail with all its values as a file."""

from __future__ import annotations

from urllib.parse import quote

import pandas as pd
import streamlit as st

from queries import catalogue
from reports import values_file
from ui import german, html_table
from ui.atlas import ask

SHOWN_AT_ONCE = 60
LONGEST_DEFINITION = 220
_LEVELS = {
    "municipality": "Gemeinde",
    "unit": "Einheit (Gemeinde oder Verband)",
    "county": "Kreis",
    "state": "Land",
    "country": "Deutschland",
}


def show(table: pd.DataFrame, offered: set[str]) -> None:
    """Everything about indicators; `table` is `queries.catalogue.catalogue_table`, `offered` the ids to be shown."""
    table = table[table["indicator_id"].isin(offered)]
    _detail(table)
    left, right = st.columns([0.6, 0.4])
    wanted = left.text_input(
        "Merkmale durchsuchen",
        key="merkmalsuche",
        placeholder="z. B. Bahnhof, Fläche, Zensus",
        icon=":material/search:",
    )
    themes = list(dict.fromkeys(table["theme_title"]))
    theme = right.selectbox("Thema", themes, index=None, key="thema", bind="query-params", placeholder="alle Themen")
    text = table["title"] + " " + table["definition"].fillna("") + " " + table["theme_title"]
    found = table[text.str.contains(wanted.strip(), case=False, regex=False)]
    if theme:
        found = found[found["theme_title"] == theme]
    if found.empty:
        st.info(f"Kein Merkmal passt zu „{wanted}“. Versuchen Sie ein kürzeres Wort oder ein anderes Thema.")
        return
    st.caption(
        f"{german.count(len(found), 'Merkmal', 'Merkmale')}. Abdeckung: Anteil der "
        f"{german.number(int(table['all_towns'].iloc[0]))} Kleinstädte mit einem Wert im genannten Zeitraum."
    )
    for theme_title, group in found.head(_limit(len(found))).groupby("theme_title", sort=False):
        st.markdown(f"**{theme_title}**")
        st.html(
            html_table.table(
                ["Merkmal und Definition", "Einheit", "Zeitraum", "Abdeckung", "Herkunft und Quelle"],
                [_row(row) for row in group.itertuples()],
                label=f"Merkmale: {theme_title}",
                widths=["42%", "13%", "12%", "10%", "23%"],
            )
        )
    st.download_button(
        "Liste der Merkmale (CSV)",
        lambda: _plain(found).to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig"),
        file_name="kowis-atlas-merkmale.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _limit(number: int) -> int:
    """How many rows are drawn: more only when asked for, hundreds of definitions at once are slow to read and send."""
    if number <= SHOWN_AT_ONCE:
        return number
    everything = st.toggle(
        f"Alle {german.number(number)} zeigen (sonst die ersten {SHOWN_AT_ONCE})", key="alle_merkmale"
    )
    return number if everything else SHOWN_AT_ONCE


def _row(row) -> list[str]:
    return [
        html_table.text(row.title, second_line=_short(row.definition or ""), strong=True),
        html_table.text(row.unit_label or ""),
        html_table.text(_date(row), second_line=_span(row)),
        html_table.text(
            f"{german.number(100 * row.towns / row.all_towns, 1)} %",
            second_line=f"{german.number(row.towns)} Städte",
            nowrap=True,
        ),
        html_table.text(_provenance(row.provenances), second_line=_sources(row.sources)),
    ]


def _short(definition: str) -> str:
    """The beginning of a definition: notes of official tables run over many lines, the detail shows them whole."""
    if len(definition) <= LONGEST_DEFINITION:
        return definition
    return definition[:LONGEST_DEFINITION].rsplit(" ", 1)[0] + " …"


def _date(row) -> str:
    return row.reference_date if isinstance(row.reference_date, str) and row.reference_date else row.period


def _span(row) -> str:
    if row.periods == 1:
        return ""
    return f"{german.number(row.periods)} Zeiträume: {row.first_period} bis {row.last_period}"


def _provenance(provenances) -> str:
    return ", ".join(german.PROVENANCE_WORDS[word] for word in provenances)


def _sources(titles) -> str:
    return "; ".join(titles[:2]) + (
        f" und {german.count(len(titles) - 2, 'weitere', 'weitere')}" if len(titles) > 2 else ""
    )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        sources=table["sources"].map("; ".join), provenances=table["provenances"].map(_provenance)
    ).drop(columns=["is_county_context"])


def _detail(table: pd.DataFrame) -> None:
    """One indicator with its own address, and its values as a file."""
    by_id = {row.indicator_id: row for row in table.itertuples()}
    chosen = st.selectbox(
        "Ein Merkmal ansehen und seine Werte herunterladen",
        list(by_id),
        index=None,
        format_func=lambda indicator_id: by_id[indicator_id].title,
        key="merkmal",
        bind="query-params",
        placeholder="Merkmal wählen",
    )
    if chosen is None:
        return
    row = by_id[chosen]
    facts = {
        "Merkmal": row.title,
        "Definition": row.definition or "",
        "Einheit": row.unit_label or "",
        "Zeiträume": row.period if row.periods == 1 else _span(row),
        "Stand": f"{_date(row)} ({german.number(row.towns)} von {german.number(row.all_towns)} Kleinstädten)",
        "Ebene": "Kreiswert, bei den Städten als Kreiskontext" if row.is_county_context else "",
        "Herkunft": _provenance(row.provenances),
        "Quellen": "; ".join(row.sources),
    }
    with st.container(border=True):
        st.html(html_table.facts(facts))
        with st.container(horizontal=True):
            for label, ending, mime in (
                ("Alle Werte (CSV)", "csv", "text/csv"),
                ("Alle Werte (Excel)", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ):
                st.download_button(
                    label,
                    lambda ending=ending: values_as_file(ask(catalogue.all_values, chosen), ending, facts),
                    file_name=values_file.file_name(row.title, ending),
                    mime=mime,
                    icon=":material/download:",
                    key=f"werte_{ending}",
                )
            st.page_link(
                "pages/karte.py", label="Auf der Karte", icon=":material/map:", query_params={"merkmal": row.title}
            )
        st.caption(f"Adresse dieses Merkmals: daten?merkmal={quote(row.title)}")


def values_as_file(values: pd.DataFrame, ending: str, facts: dict[str, str]) -> bytes:
    """`queries.catalogue.all_values` in German words, as `csv` or `xlsx`."""
    values = values.assign(
        level_title=values["level"].map(_LEVELS),
        missing=[german.STATUS_WORDS.get(status, "") for status in values["value_status"]],
        provenance=values["provenance"].map(german.PROVENANCE_WORDS),
    )
    return values_file.as_csv(values) if ending == "csv" else values_file.as_excel(values, facts)
