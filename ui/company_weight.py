"""What one company means: figure 3 of the study with any size and threshold, from jobs at hand, and for one town."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from queries import single_company
from queries.single_company import JobBasis
from reports import structure_file
from ui import address, german, html_table, industry_plots, provenance
from ui.atlas import ask
from ui.door import only_official

PUBLISHED = (
    "**Zum Vergleich die Studie (Abb. 3):** Ein Unternehmen mit 500 Beschäftigten stellt in etwa 60 % der kleinen "
    "Kleinstädte mindestens 20 % der Beschäftigten am Arbeitsort, in kleineren Mittelstädten fast nirgends "
    "(veröffentlicht)."
)
# Evenly spread on the logarithmic axis, 10 to 10.000.
SIZES = tuple(round(10 ** (1 + step / 20)) for step in range(61))
_LARGEST = 10_000


def show(town: Mapping | None) -> None:
    """Choices, sentence, curves, table and file; for a town what share the company would hold and what size it "
    "takes."""
    bases = [
        basis for basis in ask(single_company.bases) if not (only_official() and basis.provenance == "synthetisch")
    ]
    if not bases:
        st.info(
            "Amtliche Beschäftigtenzahlen sind noch nicht eingelesen, und Modelldaten sind ausgeblendet. Mit der Datei "
            "von INKAR (Einwohner-Arbeitsplatz-Dichte) oder der Tabelle 13111 rechnet diese Ansicht amtlich.",
            icon=":material/visibility_off:",
        )
        st.markdown(PUBLISHED)
        st.page_link("pages/daten.py", label="Dateien einlesen: Daten und Quellen", icon=":material/database:")
        return
    basis, employees, threshold = _choices(bases)
    jobs = ask(single_company.jobs, basis)
    now = single_company.shares_above(jobs, employees, threshold)
    title = f"Wo ein Unternehmen mit {german.number(employees)} Beschäftigten ins Gewicht fällt"
    st.subheader(provenance.chart_title(title, {basis.provenance}))
    st.markdown(_sentence(now, employees, threshold))
    plot_column, side_column = st.columns([1.6, 1], gap="large")
    with plot_column:
        sizes = tuple(sorted({*SIZES, employees}))
        st.plotly_chart(
            industry_plots.single_company_curves(
                single_company.curves(jobs, threshold, sizes), employees, threshold, now
            ),
            key="gewicht",
            theme=None,
            config={"displayModeBar": False},
            alt="Kurven je Stadttyp: Anteil der Einheiten, in denen ein Unternehmen einer Größe die Schwelle erreicht; "
            "die Werte für die gewählte Größe stehen in der Tabelle daneben.",
        )
    with side_column:
        st.html(
            html_table.table(
                ["Stadttyp", "Einheiten", "davon klein genug", "Anteil"],
                [
                    [
                        html_table.text(row.title),
                        german.number(row.units),
                        german.number(row.small_enough),
                        f"<b>{german.with_unit(row.share_pct, '%', 1)}</b>",
                    ]
                    for row in now.itertuples()
                ],
                label="Anteil der Einheiten je Stadttyp",
                numeric=(1, 2, 3),
            )
        )
        st.markdown(PUBLISHED)
        if town is not None:
            with st.container(border=True):
                _of_town(town, jobs, employees, threshold)
    st.caption(f"{_source(basis)}. {_what_is_counted(basis)} {provenance.NO_RANKING}")
    st.download_button(
        "Tabelle als CSV-Datei",
        data=lambda: structure_file.single_company_csv(
            now, employees=employees, threshold_pct=threshold, source=_source(basis)
        ),
        file_name=f"kowis-atlas-einzelnes-unternehmen-{employees}-{german.number(threshold)}.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _choices(bases: list[JobBasis]) -> tuple[JobBasis, int, float]:
    """Where the jobs come from, size of the company, threshold in %."""
    options = {f"{basis.indicator_id}:{basis.period}": basis for basis in bases}
    titles = {key: f"{basis.reference_date} · {_words(basis)}" for key, basis in options.items()}
    left, middle, right = st.columns([1.5, 0.8, 1.1], gap="large")
    with left:
        key = address.select(
            "Beschäftigte der Städte nach",
            titles,
            key="grundlage",
            default=next(iter(titles)),
            placeholder="Grundlage wählen",
        )
    employees = middle.number_input(
        "Beschäftigte des Unternehmens",
        min_value=1,
        max_value=_LARGEST,
        value=500,
        step=50,
        key="groesse",
        bind="query-params",
    )
    threshold = right.slider(
        "Anteil an allen Beschäftigten der Stadt, mindestens (%)",
        1,
        100,
        20,
        key="schwelle",
        bind="query-params",
    )
    return options[key], int(employees), float(threshold)


def _sentence(now, employees: int, threshold: float) -> str:
    def share(town_type: str) -> str:
        return f"**{german.with_unit(now.loc[town_type, 'share_pct'], '%', 1)}**"

    parts = [
        f"in {share(town_type)} der {words}"
        for town_type, words in (
            ("kleine_kleinstadt", "kleinen Kleinstädte"),
            ("groessere_kleinstadt", "größeren Kleinstädte"),
            ("kleinere_mittelstadt", "kleineren Mittelstädte"),
        )
        if town_type in now.index
    ]
    joined = ", ".join(parts[:-1]) + (" und " if len(parts) > 1 else "") + parts[-1] if parts else "nirgends"
    return (
        f"Ein Unternehmen mit {german.number(employees)} Beschäftigten stellt {joined} mindestens "
        f"{german.number(threshold)} % aller Beschäftigten. Das ist so, wo es höchstens "
        f"{german.number(employees * 100 // threshold)} gibt."
    )


def _of_town(town: Mapping, jobs, employees: int, threshold: float) -> None:
    name = town["display_name"]
    if town["unit_id"] not in jobs.index:
        st.markdown(f"**{name}:** Die gewählte Grundlage nennt hier keine Zahl (fehlend oder geheim).")
        return
    own = jobs.loc[town["unit_id"], "jobs"]
    if own <= 0:
        st.markdown(f"**{name}:** Die gewählte Grundlage nennt 0 Beschäftigte.")
        return
    share = 100 * employees / own
    held = (
        f"wären {german.with_unit(share, '%', 1)} davon"
        if share <= 100
        else "wären mehr, als es dort heute überhaupt gibt"
    )
    needed = german.number(single_company.size_needed(own, threshold))
    st.markdown(
        f"**{name}** hat {german.number(own)} Beschäftigte. {german.number(employees)} {held}. Um "
        f"{german.number(threshold)} % zu stellen, braucht ein Unternehmen dort **{needed}** Beschäftigte."
    )


def _words(basis: JobBasis) -> str:
    return basis.title if basis.is_official else "Beschäftigte laut Unternehmensregister"


def _source(basis: JobBasis) -> str:
    return (
        f"{_words(basis)}. Quelle: {basis.source_title} · Stand {basis.reference_date} · "
        f"{german.PROVENANCE_WORDS[basis.provenance]}"
    )


def _what_is_counted(basis: JobBasis) -> str:
    if basis.is_official:
        return (
            "SvB am Arbeitsort; Stadttypen von heute nach der Regel des Atlas. Die Studie zählt Siedlungen mit "
            "mittelzentraler Teilfunktion zu den kleinen Kleinstädten dazu, deshalb weichen die Anteile leicht ab."
        )
    return "Beschäftigte aller Unternehmen mit Sitz in der Stadt, nicht die SvB am Arbeitsort der Studie."
