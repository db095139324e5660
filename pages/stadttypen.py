"""Stadt- und Gemeindetypen: what they mean and how settlements, people, companies and employees spread over them."""

from __future__ import annotations

import streamlit as st

from queries import industry, sources, town_type_shares
from reports import structure_file
from ui import german, industry_plots, navigation, provenance, town_type_view, type_map
from ui.atlas import ask
from ui.door import only_official
from ui.map_note import map_note

navigation.enter()

st.title("Stadt- und Gemeindetypen")
facts = ask(sources.build_info)
status = facts["territorial_status"]
types = ask(town_type_shares.types)
small = types[types["type_group"] == "Kleinstadt"]["units"].sum()
st.markdown(
    f"Von {german.number(types.drop(index='gemeindefrei')['units'].sum())} Einheiten in Deutschland sind "
    f"**{german.number(small)} Kleinstädte** (Gebietsstand {status}). Wie viel von Bevölkerung, Unternehmen und "
    "Beschäftigten auf sie entfällt, zeigt der Vergleich der Typen."
)

# ---- figure 2
left, right = st.columns([1, 1.4], vertical_alignment="bottom")
grouping = left.segmented_control(
    "Gliederung",
    ["Drei Gruppen", "Einzelne Typen"],
    default="Drei Gruppen",
    key="typen",
    bind="query-params",
    required=True,
)
with_land = right.toggle("Mit Landgemeinden (die Studie lässt sie weg)", key="landgemeinden", bind="query-params")
register = ask(industry.register_source)
in_groups = grouping == "Drei Gruppen"
frame = ask(town_type_shares.shares, in_groups=in_groups, with_landgemeinden=with_land)
is_hidden = register is not None and only_official() and register["provenance"] == "synthetisch"
if register is None or is_hidden:
    frame = town_type_view.without_companies(frame)
published = ask(town_type_shares.published) if in_groups and not with_land else None
provenances = {register["provenance"]} if register is not None and not is_hidden else set()
st.subheader(provenance.chart_title("Anteile der Typen", provenances))
st.plotly_chart(
    industry_plots.type_share_bars(frame, published),
    key="anteile",
    theme=None,
    config={"displayModeBar": False},
    alt="Anteile der Typen an Siedlungen, Bevölkerung, Unternehmen und Beschäftigten; dieselben Zahlen stehen in der "
    "Tabelle darunter.",
)
if is_hidden:
    st.info(
        "Unternehmen und Beschäftigte stammen aus dem künstlich erzeugten Modellregister und sind ausgeblendet. "
        "Schalten Sie „Nur amtliche Daten“ aus, oder lesen Sie auf der Seite „Daten und Quellen“ ein eigenes "
        "Register ein.",
        icon=":material/visibility_off:",
    )
if published is None:
    st.caption("Veröffentlichte Anteile gibt es nur für die drei Gruppen ohne Landgemeinden.")
source = town_type_view.source_line(status, facts.get("population_date"), None if is_hidden else register)
st.caption(f"{source} {provenance.NO_RANKING}")
if provenances == {"synthetisch"}:
    st.caption(
        "Das Modellregister ist an die veröffentlichten Anteile der Unternehmen und Beschäftigten angepasst. "
        "Dass beide übereinstimmen, bestätigt die Studie also nicht."
    )
with st.expander("Zahlen als Tabelle", icon=":material/table_rows:", expanded=True):
    st.html(town_type_view.shares_table(frame, published))
st.download_button(
    "Tabelle als CSV-Datei",
    data=lambda: structure_file.type_shares_csv(frame, industry_plots.MEASURE_WORDS, published, source),
    file_name="kowis-atlas-stadttypen.csv",
    mime="text/csv",
    icon=":material/download:",
)

# ---- what they mean, and where they lie
meaning, where = st.columns([1.15, 1], gap="large")
with meaning:
    st.subheader("Was die Typen bedeuten")
    st.html(town_type_view.types_table(types))
    town_type_view.rule(status, facts.get("town_type_basis"))
    town_type_view.dated(ask(town_type_shares.dated_types))
with where:
    st.subheader("Wo sie liegen")
    st.plotly_chart(
        type_map.type_map(ask(town_type_shares.units), town_type_view.SHADES, ask(sources.geometry_files)),
        key="typenkarte",
        theme=None,
        config={"displaylogo": False, "scrollZoom": True, "displayModeBar": False},
        alt="Karte: alle Einheiten in der Farbe ihres Stadttyps; ihre Zahlen stehen in der Tabelle daneben.",
    )
    st.caption(f"Stadttypen nach dem Gebietsstand {status}. {map_note()}")
