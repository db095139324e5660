"""Wirtschaftsstruktur: industries and sizes of one town, maps of them, one company's weight, check of the register."""

from __future__ import annotations

import streamlit as st

from queries import industry, profile, register_check, towns
from ui import address, company_weight, industry_view, navigation, structure_map, structure_town, widgets
from ui.atlas import ask
from ui.door import only_official

navigation.enter()

VIEWS = {
    "stadt": "Eine Stadt",
    "karte": "Karte und Rangliste",
    "unternehmen": "Bedeutung eines einzelnen Unternehmens",
    "abgleich": "Abgleich mit amtlichen Zahlen",
}

st.title("Wirtschaftsstruktur")
view = address.select(
    "Ansicht",
    VIEWS,
    key="ansicht",
    default="stadt",
    draw=st.segmented_control,
    required=True,
    label_visibility="collapsed",
)
source = ask(industry.register_source)
is_hidden = source is not None and only_official() and source["provenance"] == "synthetisch"
key = st.query_params.get("stadt", "")
unit_id = ask(towns.unit_of, key) if key else None
town = ask(towns.town, unit_id) if unit_id else None


def choose_town(label: str) -> None:
    """Search field; a town chosen goes into the address."""
    if key and town is None:
        st.warning(
            f"Zum Schlüssel „{key}“ gibt es keine Stadt oder Gemeinde. Bitte suchen Sie nach dem Namen.",
            icon=":material/search_off:",
        )
    found = widgets.town_search("struktur_suche", label=label)
    if found:
        st.query_params["stadt"] = found
        st.session_state.pop("struktur_suche", None)
        st.rerun()
    if town is None:
        widgets.case_study_buttons("struktur")


def head_of_town() -> None:
    """Name, place and type of the town, and the way to another one."""
    left, right = st.columns([2.2, 1], gap="large", vertical_alignment="bottom")
    with left:
        st.header(town["display_name"])
        st.markdown(f"{town['county_name']} · {town['state_name']} · **{town['town_type_title']}**")
    with right:
        choose_town("Andere Stadt")


def show_town() -> None:
    """Structure of one town beside a comparison."""
    if town is None:
        choose_town("Welche Stadt möchten Sie ansehen?")
        return
    head_of_town()
    total = ask(industry.totals, unit_id)
    if total is None:
        st.info(
            f"Das Unternehmensregister kennt in {town['display_name']} kein Unternehmen. Wählen Sie eine andere Stadt, "
            "oder lesen Sie auf der Seite „Daten und Quellen“ ein vollständigeres Register ein.",
            icon=":material/domain_disabled:",
        )
        return
    industry_view.key_figures(total, ask(industry.largest_employer_share_pct, unit_id))
    if not town["is_small_town"]:
        st.caption(f"{town['town_type_title']}: Ränge unter den Kleinstädten entfallen.")
    structure_town.breakdown(town, source, can_calibrate=ask(register_check.has_factors, unit_id))
    structure_town.special(town, ask(profile.town_figures, unit_id), widgets.catalogue())
    structure_town.sizes(unit_id, source)


if view == "unternehmen":
    company_weight.show(town)
    choose_town("Stadt dazu wählen" if town is None else "Andere Stadt")
elif source is None:
    st.info(
        "Es ist kein Unternehmensregister geladen. Lesen Sie eines auf der Seite „Daten und Quellen“ ein.",
        icon=":material/domain_disabled:",
    )
    st.page_link("pages/daten.py", label="Daten und Quellen", icon=":material/database:")
elif is_hidden:
    industry_view.explain_hidden()
elif view == "stadt":
    show_town()
elif view == "karte":
    structure_map.show(unit_id)
else:
    structure_town.calibration(source, town["county_id"] if town else None)
if view != "unternehmen" and source is not None and not is_hidden:
    st.caption(
        f"{industry_view.source_line(source)}. Gezählt sind Unternehmen am Sitz mit allen Beschäftigten – nicht die "
        "sozialversicherungspflichtig Beschäftigten am Arbeitsort der amtlichen Statistik. Gliederung nach WZ 2008."
    )
