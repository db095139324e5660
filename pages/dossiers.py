"""Kleinstadt-Dossiers: each town that remains of stage 1, described, discussed, rated and asked."""

from __future__ import annotations

import streamlit as st

from queries import towns
from reports import values_file
from reports.pdf import as_pdf
from ui import (
    address,
    dossier_file,
    dossier_form,
    dossier_list,
    dossier_view,
    german,
    html_table,
    navigation,
    project_bar,
    selection_state,
    widgets,
)
from ui.atlas import ask

navigation.enter()

st.title("Kleinstadt-Dossiers")
project = project_bar.require()
base = selection_state.base_of(project)
st.markdown(
    f"Stufe 1 lässt **{german.count(len(base.remaining), 'Stadt', 'Städte')}** übrig. Zu jeder gibt es ein Dossier: "
    "links, was die Daten sagen, rechts, was das Team dazu weiß. Jede Änderung wird sofort gespeichert."
)

with st.expander("Alle Dossiers im Überblick", icon=":material/list:", expanded="dossier" not in st.query_params):
    dossier_list.overview(project, base)

unit_id = address.select(
    "Stadt",
    base.labels,
    key="dossier",
    default=base.remaining[0],
    placeholder="Stadt wählen",
)
dossier_list.steps(base, unit_id)
town = ask(towns.town, unit_id)

st.subheader(town["display_name"])
facts, form = st.columns([1.55, 1], gap="large")
with facts:
    dossier_view.contrast_table(base, unit_id)
    dossier_view.profile_facts(town, unit_id)
    dossier_view.structure(unit_id)
    dossier_view.development(unit_id, town["display_name"])
    dossier_view.location(town, unit_id)
    dossier_view.gaps(unit_id)
    with st.container(horizontal=True):
        if st.button("Vollständiges Stadtprofil", icon=":material/location_city:", key="dossier_profil"):
            widgets.go_to_town(town["central_ags"])
        st.download_button(
            "Dossier als PDF",
            lambda: as_pdf(dossier_file.document(project, base, unit_id)),
            file_name=values_file.file_name(f"dossier-{town['display_name']}", "pdf"),
            mime="application/pdf",
            icon=":material/picture_as_pdf:",
            on_click="ignore",
            key="dossier_pdf",
        )
with form:
    with st.container(border=True):
        dossier_form.contact(project, unit_id, town["display_name"])
    with st.container(border=True):
        dossier_form.rating(project, unit_id, town["display_name"], base.titles)
        table = dossier_form.rating_table(project.content, unit_id, base.titles)
        if table:
            st.markdown("**Wer hat wie bewertet?**")
            st.html(table)
        else:
            st.html(html_table.small("Noch hat niemand diese Stadt bewertet."))
    with st.container(border=True):
        dossier_form.writing(project, unit_id, town["display_name"])

left, _ = st.columns([1, 2])
if left.button("Weiter zur Endauswahl", type="primary", icon=":material/arrow_forward:", width="stretch"):
    st.switch_page("pages/endauswahl.py")
