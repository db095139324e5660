"""Town types on the screen: shares as a table, what the types mean, official types of another date."""

from __future__ import annotations

import html
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from queries.town_type_shares import MEASURES
from ui import colours, german, html_table
from ui.industry_plots import MEASURE_WORDS

SHADES = colours.TOWN_TYPES


def without_companies(frame: pd.DataFrame) -> pd.DataFrame:
    """The shares without what comes from the register: missing, not 0."""
    columns = ["companies", "companies_pct", "employees", "employees_pct"]
    return frame.assign(**dict.fromkeys(columns, float("nan")))


def shares_table(frame: pd.DataFrame, published: pd.DataFrame | None) -> str:
    """HTML table of numbers and shares; below each share the published one."""
    by_measure = (
        {}
        if published is None
        else {m: p.set_index("type_group")["share_pct"] for m, p in published.groupby("measure")}
    )

    def cell(row: pd.Series, measure: str) -> str:
        said = [] if pd.isna(row[measure]) else [german.number(row[measure])]
        if measure in by_measure:
            said.append(f"Studie: {german.with_unit(by_measure[measure].get(row.name), '%', 1)}")
        share = german.with_unit(row[f"{measure}_pct"], "%", 1)
        return html_table.text(share, strong=not pd.isna(row[measure]), second_line=" · ".join(said))

    return html_table.table(
        ["Typ", *(MEASURE_WORDS[measure] for measure in MEASURES)],
        [[html_table.text(row["title"]), *(cell(row, measure) for measure in MEASURES)] for _, row in frame.iterrows()],
        label="Anteile der Typen",
        numeric=(1, 2, 3, 4),
        least_width=34,
    )


def types_table(types: pd.DataFrame) -> str:
    """HTML table of the types with their colour on the map, lower bound, units and people."""
    body = []
    for key, row in types.iterrows():
        swatch = (
            f'<span style="display:inline-block;width:0.9rem;height:0.8rem;margin-right:0.5em;border:1px solid #b9c3c9;'
            f'border-radius:2px;background:{SHADES[key]}"></span>'
        )
        name = html.escape(row["title"])
        if row["type_group"] == "Kleinstadt":
            name = f"<b>{name}</b>"
        bound = "–" if pd.isna(row["at_least"]) else german.number(row["at_least"])
        body.append([swatch + name, bound, german.number(row["units"]), german.number(row["population"])])
    return html_table.table(
        ["Typ", "ab Personen", "Einheiten", "Bevölkerung"], body, label="Stadt- und Gemeindetypen", numeric=(1, 2, 3)
    )


def rule(status: str, official: str | None) -> None:
    """How a unit gets its type."""
    if official:
        st.markdown(f"Maßgeblich sind hier die eingelesenen amtlichen Typen ({official}), Gebietsstand {status}.")
        return
    st.markdown(
        "Maßgeblich ist die Bevölkerung der **größten Gemeinde** einer Einheit, auch wenn ein Verband zusammen mehr "
        "Menschen zählt. Das BBSR berücksichtigt zusätzlich die zentralörtliche Funktion: Orte mit mittelzentraler "
        "Teilfunktion gelten auch unter 5.000 Personen als kleine Kleinstadt. Die einfache Regel trifft die amtlichen "
        "Typen von 2015 in **99,4 %** der Fälle (4.509 von 4.538)."
    )
    st.markdown(
        "„Kleinstadt“ meint diesen Typ, nicht das Stadtrecht: Auch eine Gemeinde ohne Stadttitel kann eine "
        "Kleinstadt sein. Gemeindefreie Gebiete haben keinen Typ und zählen in keinem Anteil. Für Ende 2019 hat "
        "das BBSR 2.126 Kleinstädte veröffentlicht; Stand und Grundlage sind dort andere."
    )


def dated(types: pd.DataFrame) -> None:
    """Imported types of other dates, or how to get them."""
    if types.empty:
        st.caption(
            "Amtliche Stadt- und Gemeindetypen eines Stichtags kommen mit den BBSR-Referenztabellen hinzu (Seite "
            "„Daten und Quellen“)."
        )
        return
    for (title, date), part in types.groupby(["title", "reference_date"], sort=False):
        st.markdown(f"**{title}, Stand {date}** (amtlich, eingelesen)")
        st.html(
            html_table.table(
                ["Typ", "Einheiten", "Bevölkerung heute"],
                [
                    [html_table.text(row.value_label), german.number(row.units), german.number(row.population)]
                    for row in part.itertuples()
                ],
                label=f"{title}, {date}",
                numeric=(1, 2),
            )
        )
        st.caption(
            f"Quelle: {part['source_title'].iloc[0]}. Gezählt sind heutige Einheiten, denen die Tabelle einen Typ gibt."
        )


def source_line(status: str, population_date: str | None, register: Mapping | None) -> str:
    """Where the numbers come from: register of municipalities, company register, study."""
    date = f", Bevölkerung {population_date}" if population_date else ""
    parts = [f"Siedlungen und Bevölkerung: Gemeindeverzeichnis, Gebietsstand {status}{date}, amtlich"]
    if register is not None:
        parts.append(
            f"Unternehmen und Beschäftigte: {register['title']}, {register['reference_date']}, "
            f"{german.PROVENANCE_WORDS[register['provenance']]}"
        )
    return " · ".join([*parts, "Studie: KOWIS (BBSR/ExWoSt 2024), Abb. 2, veröffentlicht"]) + "."
