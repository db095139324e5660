"""Fallstudienauswahl, Stufe 1: contrast criteria, live, saved in a project at every change."""

from __future__ import annotations

import streamlit as st

from queries.stage1.values import NotPossible
from ui import (
    navigation,
    project_bar,
    project_state,
    stage1_criteria,
    stage1_official,
    stage1_outcome,
    stage1_outliers,
    stage1_question,
    stage1_rule,
    stage1_state,
    stage1_towns,
    style,
)

navigation.enter()
style.german_table_tools()

st.title("Fallstudienauswahl")
stage1_question.notice()
project = project_bar.require()
stage1_state.show_message()
stage1_question.question_and_team(project)
settings = project_state.stage1_settings(project)
stage1_official.stop_at_model_data(settings)
project = stage1_state.bring_up_to_date(project)

try:
    found = stage1_state.outcome(settings)
except NotPossible as error:
    found = None
    st.warning(f"{error.text} {error.way_on}", icon=":material/lightbulb:")
    if not settings.towns.is_empty:
        st.button("Filter zurücksetzen", on_click=stage1_towns.reset_filter, key="s1_filter_weg_oben")
else:
    stage1_outcome.headline(found)

stage1_towns.section(settings)
stage1_criteria.section(settings, found)
stage1_rule.section(settings, found)
if found:
    stage1_outcome.section(found)
    stage1_outliers.section(found)
    navigation.way_on("dossiers", "Weiter zu den Dossiers", projekt=project.project_id)
