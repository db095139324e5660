"""Start: what this is, the state of the data, search for a town, the four case studies, ways on."""

from __future__ import annotations

import streamlit as st

from queries import case_studies, sources, towns
from ui import colours, german, navigation, widgets
from ui.atlas import ask

navigation.enter()

counts = ask(towns.small_town_counts)
info = ask(sources.build_info)

st.title("KOWIS-Atlas")
st.markdown(
    f"**Alle {german.number(counts['all'])} Kleinstädte in Deutschland im Vergleich** – "
    "erkunden, einordnen und Fallstudien nachvollziehbar auswählen."
)

# ---- find a town
left, right = st.columns([3, 2], gap="large")
with left:
    ags = widgets.town_search("suche", label="Welche Stadt interessiert Sie?")
    if ags:
        widgets.go_to_town(ags)
with right, st.container(border=True):
    st.markdown("**Wie geht es weiter?**")
    st.page_link("pages/karte.py", label="Merkmale auf der Karte ansehen", icon=":material/map:")
    st.page_link("pages/fallstudienauswahl.py", label="Kontrastierende Städte auswählen", icon=":material/filter_alt:")
    st.page_link("pages/daten.py", label="Nachsehen, woher die Zahlen stammen", icon=":material/database:")

# ---- the four case studies
st.subheader("Die vier Fallstudien der KOWIS-Studie")
studies = ask(case_studies.case_studies)
for column, study in zip(st.columns(4), studies.itertuples(), strict=True):
    with column, st.container(border=True, height="stretch", vertical_alignment="distribute"):
        st.markdown(
            f'<div style="border-left:5px solid {colours.CLUSTERS[study.cluster]};padding-left:0.6rem">'
            f"<b>{study.name}</b><br>{study.county_name}, {study.state_name}</div>",
            unsafe_allow_html=True,
        )
        st.caption(f"Cluster {study.cluster}: {study.cluster_title}")
        if st.button("Stadtprofil öffnen", key=f"studie_{study.ags}", width="stretch"):
            widgets.go_to_town(study.ags)
st.caption(
    "Zuordnung der vier Städte zu Clustern: veröffentlicht (KOWIS-Studie, BBSR/ExWoSt 2024, Anhang). Für alle übrigen "
    "Städte hat die Studie keine Zuordnung veröffentlicht."
)

# ---- the state of the data
st.subheader("Stand der Daten")
all_sources = ask(sources.sources)
catalogue = widgets.catalogue()
first, second, third, fourth = st.columns(4)
first.metric("Kleinstädte", german.number(counts["all"]), border=True)
second.metric(
    "davon größere / kleine",
    f"{german.number(counts['groessere_kleinstadt'])} / {german.number(counts['kleine_kleinstadt'])}",
    border=True,
)
third.metric("Merkmale je Stadt", german.number(len(catalogue)), border=True)
fourth.metric("Menschen in Kleinstädten", german.number(counts["population"] / 1e6, 1) + " Mio.", border=True)
st.caption(
    f"Gebietsstand {info['territorial_status']} · Bevölkerung {info['population_date']} · "
    "Kleinstadt: Einheitsgemeinde oder Gemeindeverband, deren größte Gemeinde 5.000 bis unter "
    "20.000 Personen zählt "
    "(Regel nach BBSR) · Quelle: Gemeindeverzeichnis, Statistisches Bundesamt, amtlich; "
    f"Typ: {info.get('town_type_basis', 'eigene Berechnung')}."
)
with st.expander("Was ist der KOWIS-Atlas?", icon=":material/info:"):
    st.markdown(
        """
Der Atlas zeigt für jede deutsche Kleinstadt amtliche Zahlen – auf der Karte, im Stadtprofil und im Vergleich mit
allen anderen. Er führt außerdem vor, wie man aus gut zweitausend Städten wenige, möglichst gegensätzliche Fallstudien
auswählt und diese Wahl begründet. Vorbild ist die Studie *KOWIS – Kooperative Wirtschafts- und Stadtentwicklung*
des BBSR.

- **Herkunft sichtbar:** Neben jeder Zahl stehen Quelle, Stand und Herkunft – *amtlich*, *veröffentlicht*,
  *eigene Berechnung* oder *Modelldaten (synthetisch)*.
- **Keine Bewertung:** Ränge und Auffälligkeiten sagen, wo eine Stadt liegt, nicht wie gut sie ist.
- **Gemeinde oder Verband:** Verglichen werden Einheitsgemeinden und Gemeindeverbände. Wo beides auseinanderfällt,
  steht dabei, wofür eine Zahl gilt.
- **Ohne Internet:** Alles läuft auf diesem Rechner; keine Anfrage verlässt ihn.
"""
    )
