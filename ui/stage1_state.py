"""Stage 1 of the current project: its settings, what they give, and the one way by which a control changes them.

The saved project is what counts: `hold` makes every control show it, and a control's callback saves a new version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from queries import attributes, clusters
from queries.stage1 import describe, outliers, steer, values
from queries.stage1.criterion import CATEGORY, OWN_ATTRIBUTES, BadCriterion, Criterion
from queries.stage1.run import Stage1Result, run
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import NotPossible, Stage1Data
from ui import german, project_state, widgets
from ui.atlas import ask, connection, data_version
from workspace import project_content, projects
from workspace.projects import Project

_OUTCOME = "stufe1_ergebnis"
_MESSAGE = "stufe1_meldung"


@dataclass(frozen=True)
class Outcome:
    """What the settings give on today's data; `checks` are the suspicious values of `queries.stage1.outliers`."""

    settings: Stage1Settings
    data: Stage1Data
    result: Stage1Result
    checks: pd.DataFrame

    @property
    def remaining(self) -> tuple[str, ...]:
        return self.result.remaining

    @property
    def open_checks(self) -> pd.DataFrame:
        return self.checks[~self.checks["is_decided"].astype(bool)]


def outcome(settings: Stage1Settings) -> Outcome:
    """Stage 1 on today's data, kept in the session until settings or data change.

    Raises NotPossible.
    """
    mark = (settings, data_version())
    kept = st.session_state.get(_OUTCOME)
    if kept is not None and kept[0] == mark:
        return kept[1]
    data = ask(values.read, _what_is_read(settings))
    result = run(data, settings)
    found = Outcome(settings, data, result, ask(outliers.suspicious, result, settings, data.values))
    st.session_state[_OUTCOME] = (mark, found)
    return found


def _what_is_read(settings: Stage1Settings) -> Stage1Settings:
    """Only what decides on the values read, so that another band or rule finds them in the cache."""
    criteria = tuple(
        Criterion(c.indicator_id, c.period, kind=c.kind, categories=c.categories) for c in settings.criteria
    )
    return Stage1Settings(
        towns=settings.towns,
        criteria=criteria,
        group="cluster" if settings.needs_clusters else None,
        county_reason=settings.county_reason,
        cluster_model=settings.cluster_model,
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _steered(version: str, question: str, settings: Stage1Settings, _outcome: Outcome) -> pd.Series | pd.DataFrame:
    return getattr(steer, question)(_outcome.data, _outcome.result, settings)


def survivors_by_k(found: Outcome) -> pd.Series:
    """Towns that fulfil the rule by the number of criteria asked for."""
    return _steered(data_version(), "survivors_by_k", found.settings, found)


def survivors_by_width(found: Outcome) -> pd.Series:
    """Towns that fulfil the rule by the width of the middle range; the slowest, so asked for only when shown."""
    return _steered(data_version(), "survivors_by_width", found.settings, found)


def cuts(found: Outcome) -> pd.DataFrame:
    """What each criterion does (`queries.stage1.steer.cuts`)."""
    return _steered(data_version(), "cuts", found.settings, found)


def results(settings: Stage1Settings) -> dict:
    """What is kept in the project for later pages and the record: remaining towns, funnel in words, open checks."""
    try:
        found = outcome(settings)
    except NotPossible as error:
        return {"remaining": [], "funnel": [], "rule": "", "outliers_open": 0, "problem": str(error)}
    steps = describe.funnel(connection(), settings, found.result)
    return {
        "remaining": list(found.remaining),
        "funnel": [{"sentence": sentence, "left": left, "lost": lost} for sentence, left, lost in steps],
        "rule": describe.rule(settings, found.result),
        "outliers_open": len(found.open_checks),
        "problem": "",
    }


def bring_up_to_date(project: Project) -> Project:
    """Keep the results where the project has none yet, or where it was taken over to today's data."""
    now = results(project_state.stage1_settings(project))
    kept = {key: project.content["results"].get(key) for key in now}
    if kept == now:
        return project
    is_new = kept["remaining"] is None
    if is_new or project.data == project_state.data_now():
        content = project.content | {"results": project.content["results"] | now}
        if save(content, "Stufe 1 gerechnet" if is_new else "Stufe 1 auf heutigen Daten gerechnet"):
            return project_state.current() or project
        if _MESSAGE not in st.session_state:  # somebody else saved meanwhile: the bar asks what to do
            st.rerun()
        return project
    then, today = (german.count(len(found["remaining"]), "Stadt", "Städte") for found in (kept, now))
    st.info(
        f"Verblieben nach dem gespeicherten Stand: {then}. Nach den heutigen Daten: {today}. Was hier steht, ist mit "
        "den heutigen Daten gerechnet. Gespeichert wird es mit der nächsten Änderung oder sobald Sie oben mit den "
        "heutigen Daten weiterarbeiten.",
        icon=":material/update:",
    )
    return project


def now() -> Stage1Settings:
    """Settings as they are saved at this moment (for callbacks)."""
    return project_state.stage1_settings(project_state.current())


def update(what: str, *, decision: tuple[str, str] | None = None, **changes: Any) -> None:
    """Save changed settings; `decision` (kind, German text) goes on the record."""
    store(replace(now(), **changes), what, decision)


def update_criterion(key: str, what: str, **changes: Any) -> None:
    """Save a changed criterion; what cannot be meant is said instead of saved."""
    settings = now()
    criterion = next((c for c in settings.criteria if c.key == key), None)
    if criterion is None:
        return
    try:
        changed = replace(criterion, **changes)
    except BadCriterion as error:
        tell(f"{title_of(criterion)}: {error} Die Änderung wurde nicht übernommen.")
        return
    store(settings.with_criterion(changed), what)


def store(settings: Stage1Settings, what: str, decision: tuple[str, str] | None = None) -> None:
    """Save settings with what they give as a new version."""
    content = project_state.current().content
    content = content | {"stage1": settings.as_dict(), "results": content["results"] | results(settings)}
    if decision:
        content = project_content.with_decision(content, *decision, by=project_state.who())
    save(content, what)


def save(content: dict, what: str) -> bool:
    """Save content; where the file is busy, say so."""
    try:
        return project_state.change(content, what)
    except projects.ProjectError as error:
        tell(str(error))
        return False


def save_field(field: str, value: Any, what: str) -> None:
    """Save one field of the content beside the settings (for callbacks: two may come at once)."""
    save(project_state.current().content | {field: value}, what)


def tell(message: str) -> None:
    """Keep a message for the next drawing of the page."""
    st.session_state[_MESSAGE] = message


def show_message() -> None:
    """Show what a callback had to say, once."""
    message = st.session_state.pop(_MESSAGE, None)
    if message:
        st.warning(message, icon=":material/info:")


def hold(key: str, value: Any) -> str:
    """Make the control of this key show the saved value; gives the key back."""
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return key


def on_change(key: str, apply: Callable[[Any], None]) -> dict:
    """`key` and `on_change` of a control: `apply` gets its new value."""
    return {"key": key, "on_change": lambda: apply(st.session_state[key])}


def title_of(criterion: Criterion) -> str:
    """Title of a criterion from the catalogue, also where the data cannot be read."""
    if criterion.kind == CATEGORY:
        known = ask(attributes.attributes)
        own = OWN_ATTRIBUTES.get(criterion.indicator_id)
        return own or (known[criterion.key].title if criterion.key in known else criterion.key)
    indicator = widgets.catalogue().get(criterion.indicator_id)
    return indicator.title if indicator else criterion.indicator_id


def is_synthetic(settings: Stage1Settings) -> bool:
    """Whether anything the selection rests on is model data."""
    catalogue = widgets.catalogue()
    used = {catalogue[c.indicator_id].provenance for c in settings.criteria if c.indicator_id in catalogue}
    if settings.needs_clusters:
        source = ask(clusters.structure_source)
        used |= {source.provenance} if source else set()
    return "synthetisch" in used
