"""The remaining towns as a list: cluster, contact, ratings; and the way from one dossier to the next."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries.selection_base import SelectionBase
from ui import dossier_form, german, html_table
from workspace import project_content
from workspace.projects import Project

_WITHOUT_SCROLLING = 8


def _states(project: Project, base: SelectionBase) -> dict[str, str]:
    return {key: project_content.dossier(project.content, key)["contact"]["state"] for key in base.remaining}


def open_dossier(unit_id: str) -> None:
    """Open a town's dossier."""
    st.switch_page("pages/dossiers.py", query_params={"dossier": unit_id})


def overview(project: Project, base: SelectionBase) -> None:
    """All dossiers as a table: place, cluster, contrasts, contact, ratings with their spread."""
    states = _states(project, base)
    ratings = dossier_form.rating_summary(project.content, base.remaining)
    has_clusters = base.towns["cluster"].notna().any()
    columns = ["Stadt", *(["Cluster"] if has_clusters else []), "außerhalb bei", "Kontakt", "Bewertung", "Notizen"]
    body = []
    for key, town in base.towns.iterrows():
        saved = project_content.dossier(project.content, key)
        rated = ratings.loc[key]
        body.append(
            [
                html_table.text(town["name"], strong=True, second_line=f"{town['county_name']}, {town['state_name']}"),
                *([html_table.text("–" if pd.isna(town["cluster"]) else str(town["cluster"]))] if has_clusters else []),
                html_table.text(german.number(int((base.result.pattern.loc[key] != 0).sum()))),
                html_table.text(dossier_form.state_words(states[key]), nowrap=True),
                html_table.text(german.number(rated["mean"], 1), second_line=_who(project, key, rated))
                if rated["ratings"]
                else "–",
                html_table.text("ja" if saved["notes"] or saved["communication"] else "–"),
            ]
        )
    box = st.container(height=400) if len(body) > _WITHOUT_SCROLLING else st.container()
    box.html(html_table.table(columns, body, label="Dossiers im Überblick", least_width=44))
    counts = pd.Series(states).value_counts()
    said = [
        f"{german.number(int(counts[state]))} {words}"
        for state, words in project_content.CONTACT_STATES.items()
        if state in counts
    ]
    st.caption(
        f"Kontakt: {', '.join(said)}. Bewertung: Mittel aller Bewertungen von 1 bis 5; „uneinig“ heißt, dass zwei im "
        "Team bei derselben Frage um zwei oder mehr Punkte auseinanderliegen."
    )


def _who(project: Project, unit_id: str, rated: pd.Series) -> str:
    people = ", ".join(dict.fromkeys(member for member, _, _ in project_content.ratings_of(project.content, unit_id)))
    return f"{people}: uneinig" if rated["spread"] >= 2 else people


def steps(base: SelectionBase, unit_id: str) -> None:
    """Buttons to the dossier before and after."""
    place = base.remaining.index(unit_id)

    def show(key: str) -> None:
        st.session_state["dossier"] = key

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Vorige",
            icon=":material/chevron_left:",
            disabled=place == 0,
            on_click=show,
            args=(base.remaining[max(place - 1, 0)],),
        )
        st.button(
            "Nächste",
            icon=":material/chevron_right:",
            disabled=place == len(base.remaining) - 1,
            on_click=show,
            args=(base.remaining[min(place + 1, len(base.remaining) - 1)],),
        )
        st.caption(f"{german.number(place + 1)} von {german.number(len(base.remaining))}")
