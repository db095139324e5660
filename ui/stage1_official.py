"""A project that rests on model data while only official data are to be seen: said, with two ways on."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from queries.stage1.settings import Stage1Settings
from ui import stage1_state, widgets
from ui.door import only_official


def stop_at_model_data(settings: Stage1Settings) -> None:
    """With „Nur amtliche Daten“ on, end the page where the settings rest on model data."""
    if not only_official():
        return
    hidden = [c for c in settings.criteria if c.kind == "metric" and c.indicator_id not in widgets.catalogue()]
    rests_on_clusters = settings.needs_clusters and stage1_state.is_synthetic(settings)
    if not hidden and not rests_on_clusters:
        return
    what = [f"{len(hidden)} Kriterien"] * bool(hidden) + ["die Cluster"] * rests_on_clusters
    st.info(
        f"„Nur amtliche Daten“ ist eingeschaltet, aber dieses Projekt beruht auf Modelldaten ({' und '.join(what)}). "
        "Schalten Sie den Schalter links aus, oder stellen Sie das Projekt um: Kriterien aus Modelldaten fallen weg, "
        "verglichen wird mit allen Städten statt je Cluster, und die Zahl der verbleibenden gilt insgesamt.",
        icon=":material/verified:",
    )
    st.button("Auf amtliche Daten umstellen", on_click=_without_model_data, type="primary", key="s1_amtlich")
    st.stop()


def _without_model_data() -> None:
    settings = stage1_state.now()
    kept = tuple(
        replace(c, relative_to="all" if c.relative_to == "cluster" else c.relative_to)
        for c in settings.criteria
        if (c.kind == "metric" and c.indicator_id in widgets.catalogue())
        or (c.kind == "category" and c.indicator_id != "cluster")
    )
    is_grouped = settings.group == "cluster"
    per_group = 4 * settings.per_group if is_grouped and settings.per_group else settings.per_group
    stage1_state.update(
        "auf amtliche Daten umgestellt",
        criteria=kept,
        towns=replace(settings.towns, attributes=tuple(a for a in settings.towns.attributes if a[0] != "cluster")),
        group=None if is_grouped else settings.group,
        per_group=per_group,
    )
