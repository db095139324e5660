"""The selection project that the pages of the case selection work on: opened by its address, saved at every change.

The id stands in the address as `projekt` and stays in the session, so that it survives the way through the menu. Every
change is saved at once as a new version; where somebody else saved meanwhile, nothing is written and the page offers
to take theirs or to keep one's own as a copy.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from queries import data_version
from queries.stage1.default import default_settings
from queries.stage1.settings import Stage1Settings
from ui.atlas import ask, workspace_folder
from ui.door import only_official
from workspace import project_content, projects
from workspace.projects import Project

_KEY = "projekt"
_PROJECT = "projekt_geladen"
_CONFLICT = "projekt_konflikt"
_WHO = "projekt_wer"
DEFAULT_TITLE = "Meine Fallstudienauswahl"


def current() -> Project | None:
    """The project that the address or the session names, as it was last loaded or saved; None without one."""
    asked = st.query_params.get(_KEY) or st.session_state.get(_KEY)
    if not asked:
        return None
    loaded = st.session_state.get(_PROJECT)
    if loaded is None or loaded.project_id != asked:
        loaded = projects.load(workspace_folder(), asked)
        if loaded is None:
            forget()
            st.warning(
                "Das Projekt aus der Adresse gibt es hier nicht (mehr). Öffnen Sie ein anderes oder legen Sie eines an."
            )
            return None
        _hold(loaded)
    st.session_state[_KEY] = asked
    if st.query_params.get(_KEY) != asked:
        st.query_params[_KEY] = asked
    return loaded


def who() -> str:
    """Name of the person at the screen, "" while not given."""
    return str(st.session_state.get(_WHO, "")).strip()


def start(title: str, settings: Stage1Settings | None = None, what: str = "Projekt angelegt") -> Project:
    """Make a project with these settings (the documented default without any), save it and work on it."""
    chosen = settings or ask(default_settings, only_official=only_official())
    made = projects.new_project(title, project_content.empty(chosen.as_dict()), data_now())
    return open_project(projects.save(workspace_folder(), made, by=who(), what=what))


def open_project(project: Project) -> Project:
    """Work on this project from now on."""
    st.session_state[_KEY] = project.project_id
    st.query_params[_KEY] = project.project_id
    st.session_state.pop(_CONFLICT, None)
    _hold(project)
    return project


def forget() -> None:
    """Work on no project."""
    for key in (_KEY, _PROJECT, _CONFLICT):
        st.session_state.pop(key, None)
    st.query_params.pop(_KEY, None)


def change(content: dict, what: str, *, label: str = "", title: str = "", data: dict | None = None) -> bool:
    """Save changed content of the current project as a new version; what is the same is not saved again.

    Returns whether it was saved. A conflict is kept for `conflict` to show; nothing is lost on either side.
    """
    project = st.session_state[_PROJECT]
    changed = replace(project, content=content, data=project.data if data is None else data)
    if title:
        changed = projects.rename(changed, title)
    if (changed.content, changed.title, changed.data) == (project.content, project.title, project.data) and not label:
        return True
    try:
        _hold(projects.save(workspace_folder(), changed, by=who(), what=what, label=label))
    except projects.Conflict as conflict:
        st.session_state[_CONFLICT] = (changed, conflict)
        # Still on the old version: what is changed until the conflict is settled adds up and is kept with it.
        _hold(changed)
        return False
    return True


def stage1_settings(project: Project) -> Stage1Settings:
    """Settings of stage 1 of a project."""
    return Stage1Settings.from_dict(project.content.get("stage1", {}))


def data_now() -> dict:
    """Facts on the data in the atlas as they are today."""
    return ask(data_version.facts)


def conflict() -> bool:
    """Show a conflict, if there is one, with both ways out; True while it is not settled."""
    if _CONFLICT not in st.session_state:
        return False
    mine, error = st.session_state[_CONFLICT]
    st.error(str(error), icon=":material/group:")
    left, right, _ = st.columns([1, 1, 2])
    if left.button("Deren Fassung öffnen", icon=":material/download:", width="stretch"):
        open_project(error.theirs)
        st.rerun()
    if right.button("Meine als Kopie speichern", icon=":material/content_copy:", width="stretch"):
        copied = projects.copy_of(mine, f"{mine.title} (Kopie)")
        open_project(
            projects.save(workspace_folder(), copied, by=who(), what="nach einem Konflikt als Kopie gespeichert")
        )
        st.rerun()
    return True


def _hold(project: Project) -> None:
    st.session_state[_PROJECT] = replace(project, content=project_content.completed(project.content))
