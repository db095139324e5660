"""Wie robust ist das? What happens to the selection when its choices are changed."""

from __future__ import annotations

import streamlit as st

from ui import navigation, project_bar, robustness_view, selection_state

navigation.enter()

st.title("Wie robust ist das?")
project = project_bar.require()
base = selection_state.base_of(project)
settings = selection_state.stage2_settings(project, base)
st.markdown(
    "Jede Auswahl hängt an Festlegungen. Hier wird erst **eine nach der anderen** geändert – ein Kriterium weg, der "
    "mittlere Bereich breiter oder schmaler, ein anderer Zeitraum –, dann **alle zusammen** viele Male zufällig. Wer "
    "fast immer gewählt wird, ist gut begründet; wer nur selten vorkommt, verdankt den Platz einer Festlegung."
)
robustness_view.calculate(project, base, settings)
robustness_view.show(project, base, settings)
