"""The generated part of a dossier: who the town is, what makes it contrast, structure, development, gaps."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries import clusters, indicators, industry, profile, series, sources, towns
from queries.selection_base import SelectionBase
from queries.stage1.patterns import SIGNS, contrasts
from ui import figures, german, html_table, maps, plots, provenance, remarks, selection_state
from ui.atlas import ask
from ui.door import only_official
from ui.map_note import map_note

_MOST_INDUSTRIES = 6
_HIDDEN = "Ausgeblendet, weil „Nur amtliche Daten“ eingeschaltet ist: Hier stehen nur Modelldaten (synthetisch)."


def contrast_table(base: SelectionBase, unit_id: str) -> None:
    """The criteria on which the town lies outside the middle range, strongest first, and those without a value."""
    st.markdown("**Was die Stadt zum Kontrastfall macht**")
    found = contrasts(base.result, unit_id)
    body = []
    for key, row in found.iterrows():
        body.append(
            [
                html_table.text(base.titles[key], second_line=selection_state.origin(base, key)),
                html_table.text(selection_state.value_text(base, key, unit_id), strong=True),
                html_table.text(SIGNS[int(row["sign"])], second_line=german.number(row["scaled"], 1, signed=True)),
                html_table.text(selection_state.middle_text(base, key, row["low"], row["high"])),
            ]
        )
    st.html(
        html_table.table(
            ["Kriterium", "Wert", "Lage", "Mittlerer Bereich"],
            body,
            label="Kriterien außerhalb des mittleren Wertebereichs",
            widths=("36%", "26%", "14%", "24%"),
        )
    )
    missing = [base.titles[key] for key in base.result.values.columns if pd.isna(base.result.values.loc[unit_id, key])]
    inside = len(base.result.values.columns) - len(found) - len(missing)
    st.caption(
        f"Außerhalb bei {german.number(len(found))} von {german.number(len(base.result.values.columns))} Kriterien, "
        f"in der Mitte bei {german.number(inside)}. Unter „hoch“ und „niedrig“: Abstand vom Mittel der Städte zur Wahl "
        "in Standardabweichungen. "
        "Kriterien und Grenzen sind eine eigene Rekonstruktion."
        + (f" Ohne Wert: {', '.join(missing)}." if missing else "")
    )


def profile_facts(town: dict, unit_id: str) -> None:
    """Size, form and place of the town, and what is conspicuous beyond the criteria."""
    st.markdown("**Steckbrief**")
    members = int(town["member_count"])
    st.html(
        html_table.facts(
            {
                "Kreis und Land": f"{town['county_name']}, {town['state_name']}",
                "Stadttyp": town["town_type_title"],
                "Form": "Einheitsgemeinde" if members == 1 else f"Verband mit {members} Gemeinden",
                "Bevölkerung": german.with_unit(town["population"], "Personen"),
                "Fläche": german.with_unit(town["area_km2"], "km²", 1),
            }
        )
    )
    status = ask(sources.build_info)["territorial_status"]
    st.caption(f"Quelle: Gemeindeverzeichnis, Gebietsstand {status} · amtlich")
    catalogue = ask(indicators.indicators, only_official=only_official())
    found = ask(profile.town_figures, unit_id)
    found = profile.conspicuous(found[found["indicator_id"].isin(indicators.telling(catalogue))], 5)
    if len(found):
        lines = [
            f"- {catalogue[f.indicator_id].title}: "
            f"**{remarks.marked(figures.value_text(catalogue[f.indicator_id], f.value, f.value_status), f.flag)}** "
            f"(Prozentrang {german.number(f.percentile)}; {german.PROVENANCE_WORDS[f.provenance]}, {f.period})"
            for f in found.itertuples()
        ]
        st.markdown("Auffälligkeiten unter allen Kleinstädten:\n" + "\n".join(lines))
        st.caption(f"{provenance.NO_RANKING} {remarks.caption(found)}")


def structure(unit_id: str) -> None:
    """Economic structure in short, secret cells pooled, and the town's cluster."""
    register = ask(industry.register_source)
    if register is None:
        return
    st.markdown(f"**{provenance.chart_title('Wirtschaftsstruktur', {register['provenance']})}**")
    if only_official() and register["provenance"] == "synthetisch":
        st.caption(_HIDDEN)
        return
    total, shown = ask(industry.totals, unit_id), ask(industry.structure, unit_id)
    if total is None or shown.empty:
        st.caption("Das Register führt hier kein Unternehmen.")
        return
    largest = shown.sort_values("employee_share_pct", ascending=False, na_position="last").head(_MOST_INDUSTRIES)
    st.html(
        html_table.table(
            ["Wirtschaftszweig", "Unternehmen", "Anteil Beschäftigte", "übliche Kleinstadt"],
            [
                [
                    html_table.text(row.title),
                    html_table.text(german.number(row.companies)),
                    html_table.text(german.with_unit(row.employee_share_pct, "%", 1)),
                    html_table.text(german.with_unit(row.reference_share_pct, "%", 1)),
                ]
                for row in largest.itertuples()
            ],
            label="Größte Wirtschaftszweige",
            numeric=(1, 2, 3),
        )
    )
    st.caption(
        f"{german.number(total['companies'])} Unternehmen mit {german.number(total['employees'])} Beschäftigten. "
        f"{register['title']}, Stand {register['reference_date']} · {german.PROVENANCE_WORDS[register['provenance']]}. "
        "Werte, die einzelne Unternehmen erkennen ließen, sind zusammengefasst."
    )
    member = ask(clusters.membership_of, unit_id)
    if member:
        second = f"; am nächsten danach: {member['second_title']}" if member["second_title"] else ""
        st.caption(f"Cluster {member['cluster']}: {member['title']}{second} (eigene Rekonstruktion).")


def development(unit_id: str, name: str) -> None:
    """Population over the years, or what else is known over time; a word where nothing is imported."""
    st.markdown("**Entwicklung**")
    catalogue = ask(indicators.indicators, only_official=only_official())
    known = [key for key in catalogue if key in set(ask(series.with_series, unit_id))]
    if not known:
        st.caption(
            "Zeitreihen sind noch nicht eingelesen. Mit INKAR oder Tabellen der Regionalstatistik (Seite „Daten und "
            "Quellen“) steht hier die Entwicklung über die Jahre."
        )
        return
    indicator = catalogue["population" if "population" in known else known[0]]
    own = ask(series.of_indicator, unit_id, indicator.indicator_id)
    st.plotly_chart(
        plots.series_plot(own, ask(series.medians, indicator.indicator_id), indicator, name, height=260),
        key=f"dossier_verlauf_{unit_id}",
        theme=None,
        config={"displayModeBar": False},
        alt=f"{indicator.title} in {name} von {own['year'].min()} bis {own['year'].max()}",
    )
    st.caption(f"{indicator.title}. {provenance.source_line(indicator)}. {remarks.caption(own, indicator)}")


def location(town: dict, unit_id: str) -> None:
    """Map of the surroundings and the neighbours."""
    st.markdown("**Lage und Nachbarn**")
    st.plotly_chart(
        maps.location_map(town, ask(towns.larger_towns), ask(sources.geometry_files), height=300),
        key=f"dossier_lage_{unit_id}",
        theme=None,
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"Karte: Lage von {town['display_name']}",
    )
    near = ask(towns.neighbours, unit_id)
    listed = ", ".join(
        f"{row.display_name} ({row.town_type_title}, {german.number(row.population)})" for row in near.itertuples()
    )
    st.caption(
        f"Nachbarn nach gemeinsamer Grenze: {listed or 'keine'}. Punkte: Städte ab 50.000 Personen. {map_note()}"
    )


def gaps(unit_id: str) -> None:
    """Which figures are missing for this town, and which are flagged or noted."""
    catalogue = ask(indicators.indicators, only_official=only_official())
    found = ask(profile.town_figures, unit_id)
    found = found[found["indicator_id"].isin(list(catalogue))]
    curated = found[~found["indicator_id"].map(lambda key: catalogue[key].is_plain)]
    missing = curated[curated["value"].isna()]
    lines = [
        f"- {catalogue[row.indicator_id].title}: "
        f"{german.missing_reason(row.value_status if isinstance(row.value_status, str) else None)}"
        for row in missing.itertuples()
    ]
    flagged = curated[curated["flag"].notna() | curated["note"].notna()]
    lines += [
        f"- {catalogue[row.indicator_id].title}: {'; '.join(said)}"
        for row in flagged.itertuples()
        if (said := remarks.reasons(0.0, None, row.flag, row.note))
    ]
    with st.expander(f"Lücken und Hinweise in den Daten ({german.number(len(lines))})", icon=":material/rule:"):
        st.markdown("\n".join(lines) or "Keine Lücken, keine Auffälligkeiten in den Daten dieser Stadt.")
