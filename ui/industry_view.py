"""Economic structure of one town on the screen: key figures, table, what sizes mean, and the block of the "
"Stadtprofil."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from queries import industry
from ui import german, html_table, provenance
from ui.atlas import ask
from ui.door import only_official

BREAKDOWN_WORDS = {
    "section": "Abschnitte",
    "division": "Abteilungen",
    "group": "Branchengruppen",
    "size_class": "Größenklassen",
}
COMPARISON_WORDS = {
    "small_town": "Alle Kleinstädte",
    "country": "Deutschland",
    "cluster": "Kleinstädte desselben Clusters (Standardmodell)",
    "county": "Andere Kleinstädte im Kreis",
}
SECRECY = (
    "Zahlen, aus denen sich ein einzelnes Unternehmen ablesen ließe (weniger als drei Unternehmen oder eines mit "
    "überragendem Gewicht), sind geheim. Sie stehen zusammen in einer Zeile „übrige“; reicht das nicht, kommt die "
    "kleinste offene Zeile dazu."
)
SECRECY_GROUPS = (
    "Branchengruppen überschneiden sich. Eine Gruppe bleibt leer, wenn sich aus ihr ein einzelnes Unternehmen ablesen "
    "ließe, allein oder zusammen mit den anderen Tabellen."
)
SIZES = (
    "**Größere Unternehmen** haben hier 50 und mehr Beschäftigte. Sie produzieren häufig, verkaufen überregional bis "
    "weltweit und sind oft Teil eines Konzerns oder ähnlich aufgebaut.\n\n"
    "**Kleinere Unternehmen** liegen darunter: Läden, Handwerk, Gaststätten, oft in Familienhand, selbständig und auf "
    "den Ort und sein Umland ausgerichtet.\n\n"
    "Die Grenze von etwa 50 folgt Tabelle 1 der Studie. Sie beschreibt, was häufig ist; ein Betrieb mit 40 "
    "Beschäftigten kann durchaus weltweit liefern."
)


def source_line(source: Mapping) -> str:
    """Title, date and provenance of the register."""
    date = source["reference_date"] or "ohne Stichtag"
    dated = date if "stand" in date.lower() else f"Stand {date}"
    return f"Quelle: {source['title']} · {dated} · {german.PROVENANCE_WORDS[source['provenance']]}"


def explain_hidden() -> None:
    """Why nothing is shown while only official data are wanted, and the ways on."""
    st.info(
        "Die Wirtschaftsstruktur beruht hier auf einem künstlich erzeugten Modellregister. „Nur amtliche Daten“ "
        "blendet sie aus. Lesen Sie ein eigenes Unternehmensregister ein, dann stehen hier dessen Zahlen – oder "
        "schalten Sie „Nur amtliche Daten“ in der Seitenleiste aus.",
        icon=":material/visibility_off:",
    )
    st.page_link("pages/daten.py", label="Register einlesen: Daten und Quellen", icon=":material/database:")


def quotient_words(quotient: float, reference_pct: float) -> str:
    """A location quotient in words: „1,8-mal so viel wie üblich“."""
    if pd.isna(quotient):
        return "im Vergleich nicht vertreten" if reference_pct == 0 else "–"
    if quotient < 0.05:
        return "kaum vertreten"
    if 0.87 <= quotient <= 1.15:
        return "etwa wie üblich"
    return f"{'' if quotient > 1 else 'nur '}{german.number(quotient, 1)}-mal so viel wie üblich"


def structure_table(frame: pd.DataFrame, label: str, compared_with: str) -> str:
    """HTML table of `queries.industry.structure`."""

    def figure(value: float, is_secret: bool, decimals: int = 0) -> str:
        if is_secret and pd.isna(value):
            return html_table.text("geheim", nowrap=True)
        return german.number(value, decimals)

    body = [
        [
            html_table.text(row.title),
            figure(row.companies, row.is_secret),
            figure(row.employees, row.is_secret),
            figure(row.employee_share_pct, row.is_secret, 1),
            "–" if pd.isna(row.reference_share_pct) else german.number(row.reference_share_pct, 1),
            html_table.text(quotient_words(row.location_quotient, row.reference_share_pct)),
        ]
        for row in frame.itertuples()
    ]
    return html_table.table(
        ["Gliederung", "Unternehmen", "Beschäftigte", "Anteil (%)", f"{compared_with} (%)", "Lokalisationsquotient"],
        body,
        label=label,
        numeric=(1, 2, 3, 4),
        widths=["34%", "11%", "11%", "9%", "13%", "22%"],
        least_width=40,
    )


def size_table(frame: pd.DataFrame) -> str:
    """HTML table of companies and employees by size class; `frame` as from `structure(by="size_class")`."""
    body = [
        [
            html_table.text(row.title.removesuffix(" Beschäftigte").split(",")[0]),
            "geheim" if row.is_secret else german.number(row.companies),
            "geheim" if row.is_secret else german.with_unit(row.company_share_pct, "%", 1),
            "geheim" if row.is_secret else german.with_unit(row.employee_share_pct, "%", 1),
        ]
        for row in frame.itertuples()
    ]
    return html_table.table(
        ["Beschäftigte", "Unternehmen", "Anteil", "Anteil der Beschäftigten"],
        body,
        label="Unternehmen nach Größe",
        numeric=(1, 2, 3),
    )


def key_figures(total: dict, largest_pct: float | None) -> None:
    """Companies, employees, larger companies and the weight of the largest employer as four figures."""
    columns = st.columns(4)
    columns[0].metric("Unternehmen", german.number(total["companies"]))
    columns[1].metric("Beschäftigte", "geheim" if total["is_secret"] else german.number(total["employees"]))
    columns[2].metric("Größere Unternehmen (ab 50)", german.number(total["larger_companies"]))
    columns[3].metric(
        "Größter Arbeitgeber",
        "geheim" if total["is_secret"] or largest_pct is None else german.with_unit(largest_pct, "%"),
        help="Anteil des größten Unternehmens an allen Beschäftigten. Steht nur auf dem Bildschirm, in keiner Datei.",
    )
    if not total["is_secret"] and total["employees"]:
        share = 100 * total["employees_estimated"] / total["employees"]
        estimated = (
            f"{german.with_unit(share, '%', 1)} der Beschäftigten sind geschätzt, weil das Register keine Zahl nennt."
        )
        st.caption(estimated if share >= 0.05 else "Für alle Unternehmen nennt das Register die Beschäftigten selbst.")


def profile_block(town: Mapping) -> None:
    """The short block of the Stadtprofil: strongest groups, sizes, larger companies, and the way to the page."""
    unit_id, source = town["unit_id"], ask(industry.register_source)
    if source is None:
        return
    title = provenance.chart_title("Wirtschaftsstruktur", {source["provenance"]})
    if only_official() and source["provenance"] == "synthetisch":
        st.subheader("Wirtschaftsstruktur")
        explain_hidden()
        return
    st.subheader(title)
    total = ask(industry.totals, unit_id)
    if total is None:
        st.caption("Das Unternehmensregister kennt hier kein Unternehmen.")
        return
    groups = ask(industry.structure, unit_id, "group")
    sizes = ask(industry.structure, unit_id, "size_class")
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        st.markdown("**Worin die Stadt stärker ist als üblich**")
        strongest = groups[groups["location_quotient"] > 1.15].sort_values("location_quotient", ascending=False).head(5)
        if strongest.empty:
            st.caption("In keiner Branchengruppe liegt der Anteil deutlich über dem aller Kleinstädte.")
        else:
            st.html(
                html_table.table(
                    ["Branchengruppe", "Anteil an den Beschäftigten", "Gemessen an allen Kleinstädten"],
                    [
                        [
                            html_table.text(row.title),
                            german.with_unit(row.employee_share_pct, "%", 1),
                            html_table.text(quotient_words(row.location_quotient, row.reference_share_pct)),
                        ]
                        for row in strongest.itertuples()
                    ],
                    label="Branchengruppen mit überdurchschnittlichem Anteil",
                    numeric=(1,),
                )
            )
        larger = german.number(total["larger_companies"])
        st.caption(f"{larger} größere Unternehmen (ab 50 Beschäftigte) unter {german.number(total['companies'])}.")
    with right:
        st.markdown("**Unternehmen nach Größe**")
        st.html(size_table(sizes))
    st.caption(f"{source_line(source)}. {provenance.NO_RANKING}")
    st.page_link(
        "pages/wirtschaftsstruktur.py",
        label="Mehr zur Wirtschaftsstruktur",
        icon=":material/factory:",
        query_params={"stadt": town["central_ags"]},
    )
