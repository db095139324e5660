"""The cluster of one town in its profile."""

from __future__ import annotations

import streamlit as st

from queries import clusters
from ui import german, html_table, provenance
from ui.atlas import ask
from ui.cluster_words import RECONSTRUCTION, strength, titled
from ui.door import only_official


def show(unit_id: str, ags: str) -> None:
    """Cluster, strength and second best in the default model, with a link; nothing where there is none to show."""
    place = ask(clusters.membership_of, unit_id)
    if place is None or (only_official() and place["provenance"] == "synthetisch"):
        return
    st.subheader(provenance.chart_title("Cluster", {place["provenance"]}))
    st.html(
        html_table.facts(
            {
                "Cluster": titled(place["cluster"], place["title"]),
                "Zugehörigkeit": f"{german.number(place['membership'], 2)} ({strength(place['membership'])}; 0,5 heißt "
                "auf der Grenze, 1 genau in der Mitte)",
                "Zweitnächster": titled(place["second_cluster"], place["second_title"]),
            }
        )
    )
    source = ask(clusters.structure_source)
    fitted = (
        "Das Modellregister wurde auf die Fallstudien abgestimmt: Die Übereinstimmung bestätigt nichts. "
        if source.is_synthetic and unit_id in {study.unit_id for study in ask(clusters.case_study_towns)}
        else ""
    )
    st.caption(
        f"Standardmodell. {RECONSTRUCTION} {fitted}Quelle: {source.title} · "
        f"{german.PROVENANCE_WORDS[place['provenance']]}. "
        f"{provenance.NO_RANKING}"
    )
    st.page_link(
        "pages/cluster.py", label="In den Branchenprofilen ansehen", icon=":material/bubble_chart:",
        query_params={"stadt": ags},
    )  # fmt: skip
