"""Branchenprofile (Cluster): towns grouped by economic structure, from the choice of a model to comparing two."""

from __future__ import annotations

import streamlit as st

from queries import cluster_portraits, clusters, sources, town_filter, towns
from ui import (
    address,
    cluster_checks,
    cluster_choice,
    cluster_form,
    cluster_plots,
    cluster_towns,
    cluster_view,
    cluster_words,
    german,
    html_table,
    maps,
    navigation,
    provenance,
    widgets,
)
from ui.atlas import ask, workspace_folder
from ui.cluster_choice import Shown
from ui.door import only_official
from ui.map_note import map_note
from workspace import cluster_models

navigation.enter()

PLAIN = cluster_view.PLAIN


def titled(shown: Shown, title: str) -> str:
    """Title of a figure or table, with the mark of model data."""
    return provenance.chart_title(title, {shown.provenance})


def origin(shown: Shown) -> str:
    """Source line of everything that comes from the model."""
    return f"{data_words(shown)} · eigene Rekonstruktion"


def data_words(shown: Shown) -> str:
    """What the model's data are."""
    if not shown.is_present:
        return "frühere Fassung der Wirtschaftsstruktur, Herkunft unbekannt"
    date = shown.source.reference_date
    parts = [shown.source.title, f"Stand {date}" if date and date[0].isdigit() else date]
    return " · ".join([*filter(None, parts), german.PROVENANCE_WORDS[shown.source.provenance]])


def way_on() -> None:
    """Where a register comes in."""
    st.page_link(
        "pages/daten.py",
        label="Unternehmensregister einlesen",
        icon=":material/upload:",
        query_params={"bereich": "Dateien einlesen"},
    )


def model_section(source: clusters.StructureSource) -> Shown | None:
    """Choose, compute, save: the model of the page, or None while there is none to show."""
    st.subheader("1 · Welches Modell?")
    model_id = cluster_choice.choose(source)
    if model_id == cluster_choice.NEW:
        own_model()
        return None
    shown = cluster_choice.opened(model_id, source)
    if shown is None:
        st.warning(
            "Dieses Modell lässt sich nicht lesen: Seine Datei ist beschädigt oder gelöscht. Bitte wählen Sie ein "
            "anderes.",
            icon=":material/error:",
        )
        return None
    keep_or_delete(shown)
    cluster_choice.progress(cluster_choice.OWN)
    if not shown.is_present:
        st.warning(
            "Dieses Modell wurde aus einer anderen Fassung der Wirtschaftsstruktur gerechnet als der, die jetzt im "
            "Atlas liegt. Es wird deshalb wie Modelldaten behandelt. Für heutige Daten bitte neu rechnen.",
            icon=":material/history:",
        )
    with st.expander("Einstellungen und Datenstand", icon=":material/tune:"):
        st.html(html_table.facts(cluster_words.facts(shown.model, data_words(shown))))
        names = [clusters.VARIABLES[name].title for name in shown.model.settings.variables]
        st.caption("Merkmale: " + "; ".join(names) + ".")
    return shown


def own_model() -> None:
    """Form and start of a model of one's own."""
    with st.container(border=True):
        settings, chosen_towns = cluster_form.settings_form()
        is_busy = cluster_choice.progress(cluster_choice.OWN)
        if st.button(
            "Modell rechnen", type="primary", icon=":material/play_arrow:", disabled=is_busy or settings is None
        ):
            title = f"Clustermodell mit {settings.clusters} Clustern: {ask(town_filter.sentence, chosen_towns)}"
            cluster_choice.compute(cluster_choice.OWN, title, settings, chosen_towns)


def keep_or_delete(shown: Shown) -> None:
    """Save a computed model under a name, or delete a saved one."""
    if cluster_choice.is_computed_only(shown.model_id):
        name_column, button_column = st.columns([2, 1], vertical_alignment="bottom")
        title = name_column.text_input("Name", key="modellname", placeholder="z. B. Fünf Cluster ohne Größe")
        if button_column.button("Speichern", icon=":material/save:", type="primary"):
            try:
                saved = cluster_models.save_model(workspace_folder(), clusters.to_json(shown.model), title)
            except ValueError as error:
                st.error(str(error))
            else:
                st.session_state.pop("cluster_gerechnet", None)
                st.query_params["modell"] = saved
                st.rerun()
    elif not shown.is_standard:
        with st.popover("Modell löschen", icon=":material/delete:"):
            st.markdown(f"„{shown.title}“ wird endgültig gelöscht.")
            if st.button("Ja, löschen", type="primary"):
                cluster_models.delete_model(workspace_folder(), shown.model_id)
                del st.query_params["modell"]
                st.rerun()


def map_section(shown: Shown) -> None:
    """Map, legend, table behind it."""
    st.subheader("2 · Karte der Cluster")
    model = shown.model
    members = ask(clusters.members, model)
    names = {str(cluster.number): cluster_words.short(cluster) for cluster in model.clusters}
    picked = address.select("Cluster hervorheben", names, key="cluster", draw=st.pills)
    chosen = int(picked) if picked else None
    asked = st.query_params.get("stadt")
    map_column, side_column = st.columns([2.1, 1], gap="medium")
    with side_column:
        shape = st.segmented_control(
            "Darstellung",
            ["Flächen", "Punkte"],
            default="Flächen",
            key="darstellung",
            bind="query-params",
            required=True,
        )
    with map_column:
        st.markdown(f"**{titled(shown, 'Cluster der Kleinstädte')}**")
        st.plotly_chart(
            cluster_view.map_figure(
                members,
                model,
                ask(sources.geometry_files),
                chosen,
                ask(towns.unit_of, asked) if asked else None,
                shape == "Punkte",
            ),
            key="clusterkarte",
            on_select=town_clicked,
            selection_mode="points",
            theme=None,
            config={"displaylogo": False, "scrollZoom": True, "displayModeBar": False},
            alt=f"Karte: {len(members)} Kleinstädte nach {len(names)} Clustern; dieselben Angaben als Tabelle.",
        )
        st.caption(f"Schwarze Punkte: die vier Fallstudien. {origin(shown)}.  \n{map_note()}")
    with side_column:
        st.markdown(f"**{german.count(len(members), 'Stadt', 'Städte')}** · {model.origin}")
        st.html(cluster_view.legend(model))
        st.caption(
            "Zugehörigkeit: 1 heißt genau in der Mitte des eigenen Clusters, 0,5 auf halbem Weg zum zweitnächsten. "
            f"{cluster_words.RECONSTRUCTION} {provenance.NO_RANKING}"
        )
    shown_rows = members if chosen is None else members[members["cluster"] == chosen]
    with st.expander(titled(shown, "Alle Städte als Tabelle"), icon=":material/table_rows:"):
        table = cluster_view.town_table(shown_rows, model)
        st.dataframe(
            table,
            hide_index=True,
            height=420,
            placeholder=german.MISSING,
            column_config=cluster_view.column_config(table),
        )
    mark = "-modelldaten" if shown.provenance == "synthetisch" else ""
    st.download_button(
        "Alle Städte als CSV-Datei",
        data=lambda: cluster_view.as_csv(members, model, shown.title, origin(shown)),
        file_name=f"kowis-atlas-cluster-{shown.model_id}{mark}.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def town_clicked() -> None:
    """A click on the map chooses a town."""
    clicked = maps.clicked_unit(st.session_state["clusterkarte"])
    if clicked:
        st.query_params["stadt"] = clicked


def portrait_section(shown: Shown) -> None:
    """A card per cluster and the medians of the structure."""
    st.subheader(titled(shown, "3 · Porträts der Cluster"))
    model = shown.model
    st.caption(
        "Die Balken zeigen, wie weit ein Cluster im Mittel von allen Städten abweicht, in Standardabweichungen der "
        "umgerechneten Merkmale: kräftig nach Beschäftigten, blass nach Unternehmen. "
        "Die Texte nennen die Mediane der unveränderten Anteile. "
        f"{provenance.NO_RANKING}"
    )
    typical = ask(towns.labels, tuple(unit_id for cluster in model.clusters for unit_id in cluster.typical))
    told = [c.number for c in model.clusters if c.towns >= cluster_portraits.FEWEST_TOWNS]
    reach = float(model.centroids.loc[told].abs().max().max()) if told else 1.0
    for start in range(0, len(model.clusters), 2):
        for column, cluster in zip(st.columns(2, gap="medium"), model.clusters[start : start + 2], strict=False):
            with column:
                cluster_view.portrait_card(model, cluster, typical, reach)
    if shown.is_present:
        with st.expander(titled(shown, "Mediane der Wirtschaftsstruktur je Cluster"), icon=":material/table_rows:"):
            table = cluster_portraits.structure_medians(ask(clusters.structure_variables), model.towns["cluster"])
            st.html(cluster_view.structure_table(table, model))
            st.caption(
                "Mediane aller Merkmale, auch der nicht gewählten; Cluster mit weniger als drei Städten bleiben leer."
            )
    st.caption(f"{origin(shown)}.")


def indicator_section(shown: Shown) -> None:
    """Any indicator by cluster."""
    st.subheader("6 · Cluster und Standortbedingungen")
    left, right = st.columns([3.6, 1])
    with left:
        indicator = widgets.indicator_choice("merkmal", widgets.catalogue(), default="distance_grossstadt_km")
    with right:
        period = widgets.period_choice("zeit", indicator)
    found = ask(cluster_portraits.portrait, shown.model.towns["cluster"], indicator, period["period"])
    title = provenance.chart_title(indicator.title, {indicator.provenance, shown.provenance})
    st.markdown(f"**{title}** · {indicator.unit_label}")
    if found.boxes["towns"].sum() == 0:
        st.info("Für dieses Merkmal liegen zu den Städten des Modells keine Werte vor. Bitte wählen Sie ein anderes.")
        return
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        st.plotly_chart(
            cluster_plots.box_plot(found, shown.model.clusters),
            key="kasten",
            theme=None,
            config=PLAIN,
            alt=f"{indicator.title} nach Clustern; Mediane: "
            + "; ".join(
                f"Cluster {number}: {german.with_unit(box['median'], indicator.unit_label, indicator.decimals)}"
                for number, box in found.boxes.iterrows()
            ),
        )
        st.caption(
            "Kasten: mittlere Hälfte der Städte mit dem Median; Linien: bis zum Anderthalbfachen der Kastenbreite; "
            "Punkte: Städte darüber hinaus; gepunktet: Median aller Städte."
        )
    with right:
        cluster_checks.test_words(found, is_same_source=indicator.source_id == shown.source.source_id)
    st.caption(f"{provenance.source_line(indicator, period)}. Cluster: {origin(shown)}. {provenance.NO_RANKING}")


def town_section(shown: Shown) -> None:
    """Where one town stands."""
    st.subheader("7 · Wo steht eine Stadt?")
    asked = st.query_params.get("stadt")
    unit_id = ask(towns.unit_of, asked) if asked else None
    left, right = st.columns([1, 1.6], gap="large")
    with left:
        found = widgets.town_search("cluster_suche", label="Stadt suchen")
        if found:
            st.query_params["stadt"] = found
            st.session_state.pop("cluster_suche", None)
            st.rerun()
        if asked and unit_id is None:
            st.warning(f"Zum Schlüssel „{asked}“ gibt es keine Stadt oder Gemeinde.", icon=":material/search_off:")
        if unit_id is None:
            st.caption("Oder auf der Karte oben eine Stadt anklicken.")
            return
        similar = ask(cluster_portraits.similar_in_cluster, shown.model, unit_id) if shown.is_present else None
        town = ask(towns.town, unit_id)
        cluster_towns.place_words(town, cluster_portraits.place_in_cluster(shown.model, unit_id), shown.model)
        if st.button("Stadtprofil öffnen", icon=":material/location_city:"):
            widgets.go_to_town(town["central_ags"])
        st.caption(f"{origin(shown)}. {provenance.NO_RANKING}")
    with right:
        if similar is not None and len(similar):
            cluster_towns.similar_table(similar, titled(shown, "Am ähnlichsten im selben Cluster"), shown.model)


def comparison_section(shown: Shown, source: clusters.StructureSource) -> None:
    """Two models side by side."""
    st.subheader("8 · Zwei Modelle vergleichen")
    others = {
        key: title for key, title in cluster_choice.options(source, with_new=False).items() if key != shown.model_id
    }
    if not others:
        st.info(
            "Noch gibt es kein zweites Modell. Wählen Sie oben „Eigenes Modell rechnen …“, zum Beispiel mit fünf "
            "Clustern, und kommen Sie dann hierher zurück.",
            icon=":material/compare_arrows:",
        )
        return
    second_id = address.select(
        "Vergleichen mit", others, key="vergleich", placeholder="zweites Modell wählen", default=None
    )
    second = cluster_choice.opened(second_id, source) if second_id else None
    if second is None:
        st.caption(f"Zur Wahl: {german.count(len(others), 'Modell', 'Modelle')}.")
        return
    both = {shown.provenance, second.provenance}
    if only_official() and "synthetisch" in both:
        st.info("Ausgeblendet: Eines der beiden Modelle zählt als Modelldaten.", icon=":material/visibility_off:")
        return
    cluster_towns.comparison(shown, second, provenance.chart_title("Städte nach Clustern beider Modelle", both))
    st.caption(f"{origin(shown)}. {provenance.NO_RANKING}")


st.title("Branchenprofile (Cluster)")
st.markdown(
    "Welche Kleinstädte ähneln sich in ihrer Wirtschaftsstruktur? Städte mit ähnlichen Branchen und Betriebsgrößen "
    "bilden eine Gruppe, einen **Cluster**. Die KOWIS-Studie hat vier beschrieben; hier lässt sich nachrechnen, wie "
    "sicher eine solche Einteilung ist und was sie von anderen unterscheidet."
)
structure = ask(clusters.structure_source)
if structure is None:
    st.info(
        "**Noch keine Wirtschaftsstruktur im Atlas.** Cluster entstehen aus einem Unternehmensregister (Branche, Größe "
        "und Ort der Unternehmen). Lesen Sie eines ein, dann erscheint hier das Standardmodell.",
        icon=":material/domain_disabled:",
    )
    way_on()
elif only_official() and structure.is_synthetic:
    st.info(
        "**Ausgeblendet, weil „Nur amtliche Daten“ eingeschaltet ist.** Im Atlas liegt zurzeit nur das Modellregister "
        "(synthetisch); alle Cluster daraus sind Modelldaten. Lesen Sie ein wirkliches Unternehmensregister ein, oder "
        "schalten Sie den Schalter in der Seitenleiste aus, um das Verfahren kennenzulernen.",
        icon=":material/visibility_off:",
    )
    way_on()
else:
    if structure.is_synthetic:
        st.warning(cluster_words.REGISTER_IS_MODEL, icon=":material/science:")
    shown_model = model_section(structure)
    if shown_model is not None and only_official() and shown_model.provenance == "synthetisch":
        st.info("Ausgeblendet: Dieses Modell zählt als Modelldaten, und „Nur amtliche Daten“ ist eingeschaltet.")
    elif shown_model is not None:
        map_section(shown_model)
        portrait_section(shown_model)
        cluster_checks.numbers_section(shown_model, titled(shown_model, "4 · Wie viele Cluster?"), origin(shown_model))
        cluster_checks.stability_section(shown_model, titled(shown_model, "5 · Wie stabil?"), origin(shown_model))
        indicator_section(shown_model)
        town_section(shown_model)
        comparison_section(shown_model, structure)
