"""Daten und Quellen: every indicator and source with definition, licence, date and coverage."""

from __future__ import annotations

import streamlit as st

from queries import indicators, sources
from ui import german, widgets
from ui.atlas import ask

info = ask(sources.build_info)
st.title("Daten und Quellen")
st.markdown(
    f"Alle Zahlen des Atlas mit Herkunft, Stand und Abdeckung. Gebietsstand **{info['territorial_status']}**, Datenbank "
    f"aufgebaut am {info['built_at'][8:10]}.{info['built_at'][5:7]}.{info['built_at'][:4]}."
)
indicator_tab, source_tab, correction_tab = st.tabs(
    ["Merkmale", "Quellen und Lizenzen", "Korrekturen und Grenzen"], key="bereich", bind="query-params"
)

with indicator_tab:
    coverage = ask(indicators.coverage)
    coverage = coverage[coverage["indicator_id"].isin(list(widgets.catalogue()))]
    wanted = st.text_input(
        "Merkmale durchsuchen",
        key="merkmalsuche",
        placeholder="z. B. Bahnhof, Fläche, Zensus",
        icon=":material/search:",
    )
    text = coverage["title"] + " " + coverage["definition"] + " " + coverage["theme_title"]
    found = coverage[text.str.contains(wanted.strip(), case=False, regex=False)]
    if found.empty:
        st.info(f"Kein Merkmal passt zu „{wanted}“. Versuchen Sie ein kürzeres Wort.")
    else:
        shown = found.assign(
            share=100 * found["towns"] / found["all_towns"],
            provenance=found["provenance"].map(german.PROVENANCE_WORDS),
        )
        st.dataframe(
            shown[
                [
                    "theme_title",
                    "title",
                    "unit_label",
                    "definition",
                    "reference_date",
                    "share",
                    "towns",
                    "source_title",
                    "provenance",
                    "indicator_id",
                ]
            ],
            hide_index=True,
            height=560,
            placeholder="–",
            row_height=44,
            column_config={
                "theme_title": "Thema",
                "title": st.column_config.TextColumn("Merkmal", width="medium"),
                "unit_label": "Einheit",
                "definition": st.column_config.TextColumn("Definition", width="large"),
                "reference_date": "Stand",
                "share": st.column_config.ProgressColumn("Abdeckung", min_value=0, max_value=100, format="%.0f %%"),
                "towns": st.column_config.NumberColumn("Städte mit Wert", format="localized"),
                "source_title": st.column_config.TextColumn("Quelle", width="medium"),
                "provenance": "Herkunft",
                "indicator_id": "Kennung",
            },
        )
        st.caption(
            f"{german.count(found['indicator_id'].nunique(), 'Merkmal', 'Merkmale')}. Abdeckung: Anteil der "
            f"{german.number(int(coverage['all_towns'].iloc[0]))} Kleinstädte mit einem Wert."
        )

with source_tab:
    all_sources = ask(sources.sources)
    for word, group in all_sources.groupby(all_sources["provenance"].map(german.PROVENANCE_WORDS), sort=False):
        st.markdown(f"#### {word[0].upper()}{word[1:]}")
        for source in group.itertuples():
            with st.container(border=True):
                st.markdown(f"**{source.title}**")
                facts = [f"Herausgeber: {source.publisher}", f"Lizenz: {source.licence}"]
                if source.reference_date:
                    facts.append(f"Stand: {source.reference_date}")
                if source.observations:
                    facts.append(
                        f"{german.count(source.indicators, 'Merkmal', 'Merkmale')}, "
                        f"{german.number(source.observations)} Werte"
                    )
                st.caption("  \n".join([" · ".join(facts), f"Namensnennung: {source.attribution}"]))

with correction_tab:
    st.markdown("#### Korrekturen an amtlichen Daten")
    for row in ask(sources.corrections).itertuples():
        st.markdown(f"- **{row.name}** ({row.ags}): {row.old_value} → {row.new_value}. {row.reason}")
        st.caption(row.origin)
    st.markdown("#### Flächen auf der Karte, die vom Gemeindeverzeichnis abweichen")
    misfits = ask(sources.boundary_misfits)
    st.markdown(
        "Die Grenzen stammen von 2016 und wurden auf den heutigen Gebietsstand umgerechnet und vereinfacht. Bei "
        f"{german.count(len(misfits), 'Kleinstadt', 'Kleinstädten')} weicht die gezeichnete Fläche um mehr als 2 % von der "
        "amtlichen ab. Für Berechnungen zählt immer die amtliche Fläche."
    )
    st.dataframe(
        misfits,
        hide_index=True,
        height=360,
        column_config={
            "unit_id": "Schlüssel",
            "name": "Stadt",
            "register_area_km2": st.column_config.NumberColumn("amtlich (km²)", format="localized"),
            "polygon_area_km2": st.column_config.NumberColumn("gezeichnet (km²)", format="localized"),
            "deviation_pct": st.column_config.NumberColumn("Abweichung (%)", format="localized"),
            "cause": st.column_config.TextColumn("Ursache", width="large"),
        },
    )
