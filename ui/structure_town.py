"""The economic structure of one town in full: breakdown, specialisation, sizes, and the register beside "
"official totals."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from queries import industry, register_check, secrecy
from queries.indicators import Indicator
from reports import structure_file
from ui import address, german, html_table, industry_plots, industry_view, provenance
from ui import figures as figures_table
from ui.atlas import ask

SPECIAL = (
    "specialisation_krugman",
    "concentration_herfindahl",
    "employees_per_company",
    "companies_per_1000_inhabitants",
    "larger_companies",
    "share_larger_companies_employees_pct",
)
RAISED = (
    "Hochgerechnet: Jede Zahl ist mit dem Verhältnis von amtlicher Zahl und Register im Kreis und Abschnitt "
    "multipliziert. Abschnitte ohne solches Verhältnis und die Zeile „übrige“ bleiben wie gezählt."
)


def breakdown(town: Mapping, source: Mapping, *, can_calibrate: bool) -> None:
    """Shares by industry, group or size beside a comparison: choice, bars, table, file."""
    unit_id = town["unit_id"]
    by = address.select(
        "Gliederung",
        industry_view.BREAKDOWN_WORDS,
        key="gliederung",
        default="section",
        draw=st.segmented_control,
        required=True,
    )
    offered = {
        group: words
        for group, words in industry_view.COMPARISON_WORDS.items()
        if ask(industry.reference_towns, unit_id, group)
    }
    left, right = st.columns([1.2, 1], gap="large", vertical_alignment="bottom")
    with left:
        group = address.select(
            "Verglichen mit",
            offered,
            key="vergleich",
            default="small_town",
            placeholder="Vergleich wählen",
        )
    with right:
        raised = (
            can_calibrate
            and by in ("section", "division")
            and st.toggle("Hochgerechnet", key="hochgerechnet", bind="query-params", help=RAISED)
        )
    frame = ask(industry.structure, unit_id, by, group, calibrated=raised)
    number = len(ask(industry.reference_towns, unit_id, group))
    compared_with = offered[group]
    if group in ("cluster", "county"):
        compared_with = f"{compared_with} ({german.number(number)})"
    words = industry_view.BREAKDOWN_WORDS[by]
    st.subheader(provenance.chart_title(f"Beschäftigte nach {_DATIVE[by]}", {source["provenance"]}))
    if raised:
        st.caption(RAISED)
    st.plotly_chart(
        industry_plots.structure_bars(frame, town["display_name"], compared_with),
        key=f"struktur_{unit_id}_{by}",
        theme=None,
        config={"displayModeBar": False},
        alt=f"Anteile an den Beschäftigten nach {_DATIVE[by]} in {town['display_name']} und im Vergleich; "
        "dieselben Zahlen stehen in der Tabelle.",
    )
    if len(frame) > industry_plots.MOST_BARS:
        st.caption(f"Gezeigt sind die {industry_plots.MOST_BARS} größten Anteile; alle stehen in der Tabelle.")
    rows = frame if by != "division" else frame.head(20)
    st.html(industry_view.structure_table(rows, f"Beschäftigte nach {_DATIVE[by]}", compared_with))
    if len(rows) < len(frame):
        with st.expander(f"Weitere {len(frame) - len(rows)} Abteilungen", icon=":material/expand_more:"):
            st.html(industry_view.structure_table(frame.iloc[20:], "Weitere Abteilungen", compared_with))
    note = industry_view.SECRECY_GROUPS if by == "group" else industry_view.SECRECY
    if frame["is_secret"].any() or secrecy.POOLED in frame.index:
        st.caption(f":material/lock: {note}")
    st.caption(
        "Lokalisationsquotient: Anteil hier geteilt durch den Anteil im Vergleich; 1 heißt wie üblich. "
        f"{provenance.NO_RANKING}"
    )
    st.download_button(
        "Tabelle als CSV-Datei",
        data=lambda: structure_file.structure_csv(
            frame,
            unit_id=unit_id,
            town=town["display_name"],
            compared_with=compared_with,
            source=industry_view.source_line(source),
            note=RAISED if raised else "",
        ),
        file_name=f"kowis-atlas-struktur-{unit_id}-{words.lower().replace('ö', 'oe').replace('ß', 'ss')}.csv",
        mime="text/csv",
        icon=":material/download:",
    )


_DATIVE = {
    "section": "Abschnitten",
    "division": "Abteilungen",
    "group": "Branchengruppen",
    "size_class": "Größenklassen",
}


def special(town: Mapping, figures: pd.DataFrame, catalogue: dict[str, Indicator]) -> None:
    """Specialisation and sizes as key figures, with the town's place among the small towns."""
    rows = figures[figures["indicator_id"].isin([key for key in SPECIAL if key in catalogue])]
    if rows.empty:
        return
    rows = rows.sort_values("indicator_id", key=lambda ids: ids.map({key: n for n, key in enumerate(SPECIAL)}))
    provenances = set(rows["provenance"])
    st.subheader(provenance.chart_title("Wie spezialisiert ist die Stadt?", provenances))
    footnotes: dict[str, int] = {}
    st.html(
        figures_table.figure_table(
            rows,
            catalogue,
            label="Spezialisierung und Größe",
            state_name=town["state_name"],
            cases={},
            footnotes=footnotes,
        )
    )
    listed = " ".join(f"[{number}] {title}." for title, number in footnotes.items())
    st.caption(f"Quelle: {listed} {provenance.NO_RANKING}")
    with st.expander("Was bedeuten die Maße?", icon=":material/help:"):
        st.markdown("\n".join(f"- **{catalogue[key].title}:** {catalogue[key].definition}" for key in SPECIAL[:2]))


def sizes(unit_id: str, source: Mapping) -> None:
    """Companies by size, and what the study means by larger and smaller ones."""
    st.subheader(provenance.chart_title("Größere und kleinere Unternehmen", {source["provenance"]}))
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        frame = ask(industry.structure, unit_id, "size_class")
        st.html(industry_view.size_table(frame))
        if secrecy.POOLED in frame.index:
            st.caption(f":material/lock: {industry_view.SECRECY}")
    with right:
        st.markdown(industry_view.SIZES)


def calibration(source: Mapping, county_id: str | None) -> None:
    """The register of a county beside official totals by section; without them, what is missing."""
    if source["provenance"] == "synthetisch":
        st.info(
            "Das Modellregister wird nicht mit amtlichen Zahlen abgeglichen: Es ist selbst aus solchen erzeugt, die "
            "Übereinstimmung würde nichts belegen. Lesen Sie ein echtes Unternehmensregister ein; dann steht hier der "
            "Vergleich nach Kreis und Abschnitt.",
            icon=":material/rule:",
        )
        st.page_link("pages/daten.py", label="Register einlesen: Daten und Quellen", icon=":material/database:")
        return
    counties = ask(register_check.counties)
    if not counties:
        st.info(
            "Zum Vergleich fehlen amtliche Zahlen. Lesen Sie von regionalstatistik.de die Tabellen 52111 (Unternehmen) "
            "und 13111 (Beschäftigte am Arbeitsort) nach Kreisen und Wirtschaftsabschnitten ein.",
            icon=":material/rule:",
        )
        st.page_link("pages/daten.py", label="Dateien einlesen: Daten und Quellen", icon=":material/database:")
        return
    default = county_id if county_id in counties else next(iter(counties))
    chosen = address.select(
        "Kreis", counties, key="abgleichkreis", default=default, placeholder="Kreis wählen", width=420
    )
    rows = ask(register_check.comparison, chosen)
    st.subheader(f"Register und amtliche Statistik: {counties[chosen]}")
    body = [
        [
            html_table.text(row.title),
            german.number(row.register_companies),
            german.number(row.official_companies),
            _factor(row.factor_companies),
            "geheim" if row.is_secret else german.number(row.register_employees),
            german.number(row.official_employees),
            "geheim" if row.is_secret else _factor(row.factor_employees),
        ]
        for row in rows.itertuples()
    ]
    st.html(
        html_table.table(
            [
                "Abschnitt",
                "Unternehmen Register",
                "Unternehmen amtlich",
                "Verhältnis",
                "Beschäftigte Register",
                "Beschäftigte amtlich",
                "Verhältnis",
            ],
            body,
            label="Register und amtliche Zahlen",
            numeric=(1, 2, 3, 4, 5, 6),
        )
    )
    st.caption(
        "Amtlich: GENESIS 52111 (Unternehmen) und 13111 (SvB am Arbeitsort), jeweils der neueste eingelesene Stand. "
        "Verhältnis = amtlich geteilt durch Register. Es fehlt, wo das Register weniger als fünf Unternehmen "
        "kennt oder beide so weit auseinanderliegen, dass sie nicht dasselbe zählen. Das Register zählt Unternehmen an "
        "ihrem Sitz, die Beschäftigtenstatistik SvB am Arbeitsort: Ganz übereinstimmen können sie nicht. In der "
        "Ansicht „Eine Stadt“ rechnet der Schalter „Hochgerechnet“ mit diesen Verhältnissen."
    )


def _factor(value: float) -> str:
    return "–" if pd.isna(value) else german.number(value, 2)
