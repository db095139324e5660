"""What the pages after stage 1 share: the remaining towns of the current project, and saving at every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isinf
from typing import Any

import streamlit as st

from queries import indicators, industry
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import SelectionBase, selection_base
from queries.stage1.criterion import CATEGORY
from queries.stage1.values import NotPossible
from ui import figures, german, project_state, stage1_official
from ui.atlas import ask
from ui.door import only_official
from workspace import project_content, projects
from workspace.projects import Project

_MESSAGE = "auswahl_meldung"
STAGE1_PAGE = "pages/fallstudienauswahl.py"


def base_of(project: Project) -> SelectionBase:
    """Stage 1 of the project on today's data; where it leaves nothing, the page says so and ends here."""
    show_message()
    settings = project_state.stage1_settings(project)
    stage1_official.stop_at_model_data(settings)
    try:
        base = ask(selection_base, settings)
    except NotPossible as error:
        st.warning(f"Stufe 1 lässt sich mit diesen Einstellungen nicht rechnen. {error.text} {error.way_on}")
        _to_stage1()
        st.stop()
    if not base.remaining:
        st.info(
            "Nach Stufe 1 ist keine Stadt übrig. Verlangen Sie dort weniger Kriterien außerhalb des mittleren "
            "Wertebereichs, oder machen Sie ihn schmaler."
        )
        _to_stage1()
        st.stop()
    _warn(project, base)
    if only_official() and _register_is_synthetic():
        base = replace(base, towns=base.towns.assign(cluster=None))
    return base


def _warn(project: Project, base: SelectionBase) -> None:
    """Say what stage 1 still leaves open: suspicious values nobody decided on, and model data behind the clusters."""
    undecided = project.content["results"].get("outliers_open", 0)
    if undecided:
        st.warning(
            f"Ausreißerprüfung noch offen: {german.count(undecided, 'auffälliger Wert', 'auffällige Werte')} unter den "
            "verbleibenden Städten. Eine Kontrastauswahl greift gerade solche Werte heraus; bitte erst entscheiden.",
            icon=":material/report:",
        )
        _to_stage1("Zur Ausreißerprüfung")
    if uses_model_data(base):
        st.caption(
            "Enthält Modelldaten (synthetisch): Cluster und Wirtschaftsstruktur beruhen hier auf dem erfundenen "
            "Beispielregister, solange kein echtes Unternehmensregister eingelesen ist. Für eine echte Auswahl "
            "taugen sie nicht."
        )


def uses_model_data(base: SelectionBase) -> bool:
    """Whether the criteria or the clusters of the selection rest on synthetic data."""
    if not _register_is_synthetic():
        return False
    known = ask(indicators.indicators)
    return base.settings.needs_clusters or any(
        c.key in known and known[c.key].provenance == "synthetisch" for c in base.settings.criteria
    )


def _register_is_synthetic() -> bool:
    register = ask(industry.register_source)
    return register is not None and register["provenance"] == "synthetisch"


def _to_stage1(label: str = "Zur Stufe 1") -> None:
    if st.button(label, icon=":material/arrow_back:", key="zur_stufe_1"):
        st.switch_page(STAGE1_PAGE)


def stage2_settings(project: Project, base: SelectionBase) -> Stage2Settings:
    """Settings of stage 2 of a project; "one per cluster" rests while the clusters are hidden as model data."""
    settings = Stage2Settings.of_project(project.content["stage2"], base.settings)
    return settings if base.towns["cluster"].notna().any() else replace(settings, one_per_cluster=False)


def value_text(base: SelectionBase, key: str, unit_id: str) -> str:
    """A town's value of a criterion as it counts in the selection, with unit."""
    value = float(base.result.values.loc[unit_id, key])
    criterion = next(c for c in base.settings.criteria if c.key == key)
    if criterion.kind == CATEGORY:
        return german.MISSING if value != value else ("zählt als Kontrast" if value else "kein Kontrast")
    return number_text(base, key, value)


def number_text(base: SelectionBase, key: str, value: float) -> str:
    """A number in the unit of a criterion."""
    if value != value:
        return german.MISSING
    indicator = ask(indicators.indicators).get(key)
    return figures.value_text(indicator, value, None) if indicator else german.number(value, 1)


def middle_text(base: SelectionBase, key: str, low: float, high: float) -> str:
    """The middle range of a criterion, „28,4 bis 132,4“; an open side is left out."""
    indicator = ask(indicators.indicators).get(key)
    decimals = indicator.decimals if indicator else 1

    def plain(value: float) -> str:
        return german.number(value, decimals, signed=bool(indicator and indicator.is_signed))

    if isinf(low) and isinf(high):
        return "–"
    if isinf(low):
        return f"bis {plain(high)}"
    return f"ab {plain(low)}" if isinf(high) else f"{plain(low)} bis {plain(high)}"


def plain_text(base: SelectionBase, key: str, unit_id: str) -> str:
    """A town's value of a criterion without the unit, for tables that name it once."""
    indicator = ask(indicators.indicators).get(key)
    if indicator is None:
        return value_text(base, key, unit_id)
    return german.number(base.result.values.loc[unit_id, key], indicator.decimals, signed=indicator.is_signed)


def origin(base: SelectionBase, key: str, *, with_unit: bool = False) -> str:
    """Period and provenance of a criterion's values, after their unit if asked for."""
    criterion = next(c for c in base.settings.criteria if c.key == key)
    indicator = ask(indicators.indicators).get(key)
    if indicator is None:
        return criterion.period
    unit = indicator.unit_label if with_unit else ""
    return " · ".join(filter(None, [unit, criterion.period, german.PROVENANCE_WORDS[indicator.provenance]]))


# ---- changing


def content() -> dict:
    """Content of the project as it is saved at this moment (for callbacks)."""
    return project_state.current().content


def save(changed: dict, what: str) -> bool:
    """Save changed content at once; where that fails, keep the words for the next drawing of the page."""
    try:
        return project_state.change(changed, what)
    except projects.ProjectError as error:
        st.session_state[_MESSAGE] = str(error)
        return False


def decide(changed: dict, kind: str, text: str, what: str) -> bool:
    """Save changed content with a line on the record."""
    return save(project_content.with_decision(changed, kind, text, by=project_state.who()), what)


def show_message() -> None:
    """What a callback had to say, once."""
    message = st.session_state.pop(_MESSAGE, None)
    if message:
        st.error(message, icon=":material/error:")


def hold(key: str, value: Any) -> str:
    """Let the control of this key show the saved value; gives the key back."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def control(key: str, value: Any, apply: Callable[[Any], Any]) -> dict:
    """`key` and `on_change` of a control that shows a saved value and hands a new one to `apply`."""
    return {"key": hold(key, value), "on_change": lambda: apply(st.session_state[key])}
