"""Stufe 2 · Endauswahl: the final set out of the remaining towns, proposed, compared, decided."""

from __future__ import annotations

import streamlit as st

from queries.case_selection import NoSelection
from ui import (
    final_set,
    final_settings,
    navigation,
    own_set,
    project_bar,
    proposal_view,
    replacement_view,
    selection_state,
    set_comparison,
)

navigation.enter()

st.title("Stufe 2 · Endauswahl")
project = project_bar.require()
base = selection_state.base_of(project)
settings = selection_state.stage2_settings(project, base)
st.markdown(
    f"Aus den **{len(base.remaining)}** verbliebenen Städten wird eine kleine Menge mit möglichst viel Gegensatz. Die "
    "Rechnung macht einen Vorschlag; die Entscheidung trifft das Team."
)
with st.expander("Was ist das für ein Verfahren?", icon=":material/menu_book:"):
    st.markdown(final_settings.LITERATURE)
with st.expander("Einstellungen: Ziel, Vorgaben, Gewichte", icon=":material/tune:"):
    final_settings.form(base, settings)

replacement_view.show(project, base, settings)
try:
    final = final_set.solved(project, base, settings)
except NoSelection as reason:
    st.warning(f"{reason.text} {reason.way_on}", icon=":material/block:")
    if reason.conflict:
        st.button(
            "Alle Vorgaben aufheben",
            icon=":material/restart_alt:",
            on_click=final_settings.lift_constraints,
            args=(base,),
        )
    elif st.button("Zur Stufe 1", icon=":material/arrow_back:", key="zu_wenige_stufe_1"):
        st.switch_page(selection_state.STAGE1_PAGE)
    st.stop()
final_set.keep_proposal(project, final)

st.caption(final_settings.summary(base, settings, final.problem.constraints))
proposal_view.show(project, final)
final = proposal_view.alternatives(project, base, settings, final)
own_set.show(project, final)
set_comparison.show(project, final)

if st.button("Wie robust ist das?", icon=":material/science:", key="zur_robustheit"):
    st.switch_page("pages/robustheit.py")
