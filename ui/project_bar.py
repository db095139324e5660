"""What stands at the top of every page of the case selection: which project, whose hands, open, name, hand on."""

from __future__ import annotations

import streamlit as st

from queries import data_version
from ui import german, project_state
from ui.atlas import workspace_folder
from workspace import projects
from workspace.projects import Project


def require() -> Project:
    """The current project with its bar; without one the page offers to begin and ends here."""
    project = project_state.current()
    if project is None:
        _begin()
        st.stop()
    _bar(project)
    if project_state.conflict():
        st.stop()
    _newer_data(project)
    return project


def _begin() -> None:
    st.markdown(
        "Eine Auswahl ist ein **Projekt**: Kriterien, Gründe, Bewertungen und die Entscheidung bleiben beisammen und "
        "lassen sich später wieder öffnen, weitergeben und drucken."
    )
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        st.markdown("**Neu beginnen**")
        title = st.text_input("Name des Projekts", project_state.DEFAULT_TITLE, key="projekt_neu_name")
        if st.button("Mit der Vorgabe beginnen", type="primary", icon=":material/play_arrow:", key="projekt_neu"):
            _tell(lambda: project_state.start(title))
        st.caption(
            "Die Vorgabe ist eine eigene Rekonstruktion, nicht die Kriterien der Studie. Alles daran lässt sich ändern."
        )
    with right, st.container(border=True):
        st.markdown("**Weiterarbeiten**")
        _open_saved("beginn")
        _take_file("beginn")


def _bar(project: Project) -> None:
    name, saved, menu = st.columns([3, 2.4, 1], vertical_alignment="center")
    name.markdown(f"**Projekt: {project.title}**")
    by = f" von {project.changed_by}" if project.changed_by else ""
    saved.caption(f"Fassung {project.version} · gespeichert {german_time(project.changed_at)}{by}")
    with menu.popover("Projekt", icon=":material/folder_open:", width="stretch"):
        st.text_input("Ihr Name (für das Protokoll)", key="projekt_wer", placeholder="z. B. A. Muster")
        # The title is part of the key: where somebody else renamed the project, the field begins anew.
        name_key = f"projekt_name_{project.project_id}_{project.title}"
        title = st.text_input("Name des Projekts", project.title, key=name_key)
        if title.strip() and title.strip() != project.title:
            _tell(lambda: project_state.change(project.content, "Projekt umbenannt", title=title))
        label = st.text_input(
            "Diese Fassung benennen", key=f"projekt_fassung_{project.version}", placeholder="z. B. Stand Beirat"
        )
        if st.button("Fassung festhalten", icon=":material/bookmark:", disabled=not label.strip()):
            _tell(lambda: project_state.change(project.content, "Fassung benannt", label=label.strip()))
        _earlier(project)
        st.download_button(
            "Projekt herunterladen (JSON)",
            projects.to_json(project),
            file_name=f"kowis-auswahl-{project.project_id}.json",
            mime="application/json",
            icon=":material/download:",
        )
        st.divider()
        _open_saved("leiste")
        _take_file("leiste")
        if st.button("Neues Projekt", icon=":material/add:"):
            project_state.forget()
            st.rerun()


def _earlier(project: Project) -> None:
    kept = [v for v in projects.versions(workspace_folder(), project.project_id) if v != project.version]
    if not kept:
        return
    entries = {entry.version: entry for entry in project.history}

    def words(version: int) -> str:
        entry = entries.get(version)
        if entry is None:
            return f"Fassung {version}"
        return f"{version}: {entry.label or entry.what} · {german_time(entry.at)}"

    version = st.selectbox(
        "Frühere Fassung",
        kept[::-1],
        index=None,
        format_func=words,
        placeholder="Fassung wählen",
        key=f"projekt_frueher_{project.version}",
    )
    if version and st.button("Zu dieser Fassung zurück", icon=":material/history:"):
        old = projects.load_version(workspace_folder(), project.project_id, version)
        if old is not None:
            _tell(lambda: project_state.change(old.content, f"zurück zu Fassung {version}"))


def _open_saved(where: str) -> None:
    saved = {p.project_id: p for p in projects.list_projects(workspace_folder())}
    if not saved:
        st.caption("Noch ist kein Projekt gespeichert.")
        return
    chosen = st.selectbox(
        "Gespeichertes Projekt öffnen",
        list(saved),
        index=None,
        format_func=lambda key: f"{saved[key].title} · {german_time(saved[key].changed_at)}",
        placeholder="Projekt wählen",
        key=f"projekt_oeffnen_{where}",
    )
    if chosen and st.button("Öffnen", key=f"projekt_oeffnen_knopf_{where}", icon=":material/folder_open:"):
        project_state.open_project(saved[chosen])
        st.rerun()


def _take_file(where: str) -> None:
    upload = st.file_uploader("Projektdatei (JSON) übernehmen", type="json", key=f"projekt_datei_{where}")
    if upload is None or not st.button("Übernehmen", key=f"projekt_datei_knopf_{where}", icon=":material/upload:"):
        return

    def take() -> None:
        taken = projects.from_json(upload.getvalue())
        project_state.open_project(
            projects.save(workspace_folder(), taken, by=project_state.who(), what="aus einer Datei übernommen")
        )

    _tell(take)


def _newer_data(project: Project) -> None:
    """Say what changed in the data since the project was made, and offer to take today's as its own."""
    now = project_state.data_now()
    said = data_version.changes(project.data, now) if project.data else []
    if not said:
        return
    with st.expander(
        f"Die Daten haben sich seit diesem Projekt geändert ({german.number(len(said))})", icon=":material/update:"
    ):
        st.markdown("\n".join(f"- {sentence}" for sentence in said))
        if st.button("Mit den heutigen Daten weiterarbeiten", icon=":material/check:"):
            words = "auf heutige Daten umgestellt: " + " ".join(said)
            _tell(lambda: project_state.change(project.content, words, data=now))


def german_time(iso: str) -> str:
    """`2026-11-25T20:15:00` → `25.11.2026, 20:15`."""
    return f"{iso[8:10]}.{iso[5:7]}.{iso[:4]}, {iso[11:16]}" if len(iso) >= 16 else iso


def _tell(action) -> None:
    """Do it, show a German message where it fails, else draw the page anew."""
    try:
        done = action()
    except projects.ProjectError as error:
        st.error(str(error))
    else:
        if done is not False:  # a conflict is shown where the page goes on
            st.rerun()
