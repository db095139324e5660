"""Stadtprofil: one town among all small towns."""

from __future__ import annotations

import streamlit as st

from queries import attributes, case_studies, indicators, profile, series, sources, towns
from ui import (
    cluster_block,
    figure_choice,
    german,
    html_table,
    industry_view,
    maps,
    navigation,
    plots,
    provenance,
    remarks,
    town_tables,
    widgets,
)
from ui import figures as figures_table
from ui.atlas import ask
from ui.door import only_official
from ui.map_note import map_note

navigation.enter()

key = st.query_params.get("stadt", "")
unit_id = ask(towns.unit_of, key) if key else None

if unit_id is None:
    st.title("Stadtprofil")
    if key:
        status = ask(sources.build_info)["territorial_status"]
        st.warning(
            f"Zum Schlüssel „{key}“ gibt es im Verzeichnis vom {status} keine Stadt oder Gemeinde. Bitte suchen Sie "
            "unten nach dem Namen.",
            icon=":material/search_off:",
        )
    found = widgets.town_search("profil_suche", label="Welche Stadt möchten Sie ansehen?")
    if found:
        st.query_params["stadt"] = found
        st.rerun()
    st.markdown("**Zum Beispiel eine der vier Fallstudien:**")
    with st.container(horizontal=True):
        for study in ask(case_studies.case_studies).itertuples():
            if st.button(study.name, key=f"beispiel_{study.ags}"):
                st.query_params["stadt"] = study.ags
                st.rerun()
    st.stop()

town = ask(towns.town, unit_id)
members = ask(towns.members, unit_id)
catalogue = widgets.catalogue()
is_association = town["member_count"] > 1
asked_ags = key if key in set(members["ags"]) else town["central_ags"]
municipality = members[members["ags"] == asked_ags].iloc[0]

# ---- head
title_column, search_column = st.columns([3, 1.3], gap="large", vertical_alignment="bottom")
with title_column:
    st.title(town["display_name"])
    st.markdown(
        f"{town['county_name']} · {town['state_name']} · **{town['town_type_title']}** · "
        f"{german.with_unit(town['population'], 'Personen')} · "
        f"{german.with_unit(town['area_km2'], 'km²', 1)}"
    )
with search_column:
    found = widgets.town_search("profil_suche", label="Andere Stadt")
    if found:
        st.query_params["stadt"] = found
        st.session_state.pop("profil_suche", None)
        st.rerun()
if is_association:
    kind = town["association_type"]
    st.info(
        f"**Verband mit {town['member_count']} Gemeinden** ({kind}). Die Werte unten gelten für den ganzen Verband, "
        f"wenn nicht „Gemeinde“ dabeisteht. Gesucht: {municipality['name']} "
        f"({german.with_unit(municipality['population'], 'Personen')}).",
        icon=":material/hub:",
    )
if not town["is_small_town"]:
    st.info(
        f"{town['display_name']} ist nach der Regel des Atlas keine Kleinstadt ({town['town_type_title']}). Ränge und "
        "Vergleiche mit Kleinstädten entfallen deshalb.",
        icon=":material/info:",
    )

# ---- where it lies, what is conspicuous
every_figure = ask(profile.town_figures, unit_id)
own = every_figure[every_figure["indicator_id"].isin(list(catalogue))]
map_column, plot_column = st.columns([1, 1.35], gap="large")
with map_column:
    st.subheader("Lage")
    neighbours = ask(towns.neighbours, unit_id)
    st.plotly_chart(
        maps.location_map(town, ask(towns.larger_towns), ask(sources.geometry_files), height=390),
        key=f"lage_{unit_id}",
        theme=None,
        config={"displayModeBar": False, "scrollZoom": False},
        alt=f"Karte: Lage von {town['display_name']} in {town['state_name']}",
    )
    st.caption(f"Punkte: Städte ab 50.000 Personen. {map_note()}")
with plot_column:
    st.subheader("Auffälligkeiten")
    of_town_itself = [key for key, indicator in catalogue.items() if not indicator.is_county_context]
    conspicuous = profile.conspicuous(own[own["indicator_id"].isin(indicators.telling(catalogue))])
    if conspicuous.empty:
        st.caption("Für diese Stadt lassen sich keine Auffälligkeiten unter den Kleinstädten bestimmen.")
    else:
        st.caption(
            "Die Merkmale, bei denen die Stadt am weitesten von der Mitte aller Kleinstädte entfernt liegt – ohne "
            "Modelldaten und ohne bloße Anzahlen, die vor allem die Größe zeigen. Grau: die mittlere Hälfte der Städte "
            "(Prozentrang 25 bis 75). "
            f"{provenance.NO_RANKING} {remarks.caption(conspicuous)}"
        )
        st.plotly_chart(
            plots.conspicuous_plot(conspicuous, catalogue),
            key=f"auffaellig_{unit_id}",
            theme=None,
            config={"displayModeBar": False},
            alt="Auffälligkeiten: "
            + "; ".join(
                f"{catalogue[f.indicator_id].title}: Prozentrang {german.number(f.percentile)}"
                for f in conspicuous.itertuples()
            ),
        )

# ---- the four case studies: published beside official
studies = ask(case_studies.case_studies)
if asked_ags in set(studies["ags"]) or unit_id in set(studies["unit_id"]):
    study = studies[studies["unit_id"] == unit_id].iloc[0]
    st.subheader("Fallstudie der KOWIS-Studie")
    st.markdown(f"**Cluster {study['cluster']}: {study['cluster_title']}** (veröffentlicht)")
    figures = ask(case_studies.published_figures, study["ags"])
    st.html(
        html_table.table(
            [
                "Angabe",
                "Veröffentlicht",
                "Amtlich nachgerechnet",
                "Wofür sie gilt, warum sie abweicht",
                "Fundstelle",
            ],
            [
                [
                    html_table.text(f.subject),
                    html_table.text(f.value_text, strong=True),
                    html_table.text(f.official_text if isinstance(f.official_text, str) else "–"),
                    html_table.text(f.note),
                    html_table.small(f.page_or_figure),
                ]
                for f in figures.itertuples()
            ],
            label="Veröffentlichte Angaben der Studie neben amtlichen",
        )
    )
    st.caption(
        f"Alle veröffentlichten Angaben gelten für die Gemeinde {study['name']}. Quelle: KOWIS-Studie "
        "(BBSR/ExWoSt 2024), veröffentlicht; amtliche Prüfwerte: GENESIS 12411 (31.12.2011), "
        "Gemeindeverzeichnis (31.12.2021)."
    )


# ---- economic structure and cluster
industry_view.profile_block(town)
cluster_block.show(unit_id, asked_ags)

# ---- all key figures
st.subheader("Kennzahlen")
position = {indicator_id: n for n, indicator_id in enumerate(catalogue)}
rows = own.sort_values("indicator_id", key=lambda ids: ids.map(position))
own_municipality = (
    (f"Gemeinde {municipality['name']}", ask(profile.municipality_values, asked_ags)) if is_association else None
)
cases = ask(profile.numbers_of_cases, unit_id)
footnotes: dict[str, int] = {}
for theme, title, of_theme in figure_choice.chosen(rows, catalogue):
    is_context = theme == "kreiskontext"
    st.markdown(f"**{title}**")
    if is_context:
        st.caption(
            f"Werte für {town['county_name']} insgesamt, nicht für die Stadt: Alle Städte desselben Kreises haben "
            "denselben Wert. Deshalb stehen sie für sich und dienen nicht zur Auswahl."
        )
    is_plain = of_theme["indicator_id"].map(lambda key: catalogue[key].is_plain)
    for is_folded, part in of_theme.groupby(is_plain):
        # What nobody has given a good name to yet stays folded.
        place = st.expander(f"{len(part)} Einzelangaben aus eingelesenen Dateien") if is_folded else st
        place.html(
            figures_table.figure_table(
                part,
                catalogue,
                label=f"Kennzahlen: {title}",
                state_name=town["state_name"],
                cases=cases,
                municipality=None if is_context else own_municipality,
                association_heading="Kreis" if is_context else remarks.level_word(town["member_count"]),
                footnotes=footnotes,
            )
        )
listed = " ".join(f"[{number}] {title}." for title, number in footnotes.items())
st.caption(
    f"Rang 1 = höchster Wert unter {german.number(ask(towns.small_town_counts)['all'])} Kleinstädten; Mitte = Median; "
    f"grau: mittlere Hälfte der Städte. {provenance.NO_RANKING} {remarks.caption(rows)}"
)
st.caption(f"Quellen: {listed}")

# ---- over time
with_series = ask(series.with_series, unit_id)
with_series = [key for key in catalogue if key in with_series]
if with_series:
    st.subheader("Entwicklung")
    indicator = widgets.indicator_choice(
        "verlauf", {key: catalogue[key] for key in with_series}, default="population", label="Merkmal im Zeitverlauf"
    )
    own_series = ask(series.of_indicator, unit_id, indicator.indicator_id)
    medians = ask(series.medians, indicator.indicator_id)
    st.plotly_chart(
        plots.series_plot(own_series, medians, indicator, town["display_name"]),
        key=f"verlauf_{unit_id}",
        theme=None,
        config={"displayModeBar": False},
        alt=f"{indicator.title} in {town['display_name']} von {own_series['year'].min()} bis "
        f"{own_series['year'].max()}; dieselben Werte stehen in der Tabelle darunter.",
    )
    breaks = (
        " Wo die Grundlage der Bevölkerungszahl wechselt, bricht die Linie ab: Der Sprung dort ist kein Wachstum."
        if own_series["population_basis"].nunique() > 1
        else ""
    )
    level = "Kreis" if indicator.is_county_context else remarks.level_word(town["member_count"])
    st.caption(
        f"Wert gilt für: {level}. {provenance.source_line(indicator)}.{breaks} {remarks.caption(own_series, indicator)}"
    )
    with st.expander("Werte als Tabelle", icon=":material/table_rows:"):
        st.html(figures_table.series_table(own_series, medians, indicator))

# ---- members and neighbours
left, right = st.columns([1, 1.35], gap="large")
with left:
    if is_association:
        st.subheader("Gemeinden des Verbands")
        st.html(town_tables.members(members))
    st.subheader("Schlüssel und Einordnung")
    st.html(town_tables.keys(town, ask(attributes.of_unit, unit_id, only_official=only_official())))
with right:
    st.subheader("Nachbarn")
    indicator = widgets.indicator_choice(
        "nachbarmerkmal", {key: catalogue[key] for key in of_town_itself}, label="Vergleichen nach"
    )
    period = ask(indicators.periods, indicator.indicator_id).iloc[0].to_dict()
    beside = ask(indicators.of_units, indicator, period["period"], (unit_id, *neighbours["unit_id"]))
    st.html(town_tables.neighbours(town, neighbours, beside, indicator))
    st.caption(
        f"{indicator.title}. {provenance.source_line(indicator, period)}. {provenance.NO_RANKING} "
        f"{remarks.caption(beside, indicator)}"
    )
