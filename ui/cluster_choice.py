"""Which cluster model is shown: the default one, a saved one, or one computed just now; work in the background."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import streamlit as st

from queries import clusters
from queries.clusters import ClusteringError, ClusterModel, Settings, StructureSource
from queries.town_filter import TownFilter
from ui import address, background, german
from ui.atlas import ask, connection, database_file, workspace_folder
from workspace import cluster_models

NEW = "neu"
# Kinds of work on the board: a model of one's own, and the checks of the default model.
OWN, CHECKS = "cluster", "clusterpruefung"
_WAITING = "cluster_wartet"
_MEANWHILE = "Sie können diese Seite verlassen: Die Rechnung geht weiter, und das Ergebnis liegt danach hier bereit."


@dataclass(frozen=True)
class Shown:
    """The model on the screen.

    `checked` is the same model with comparison of numbers and stability, as far as computed; `is_present` whether its
    data are those of the database today.
    """

    model_id: str
    title: str
    model: ClusterModel
    checked: ClusterModel
    source: StructureSource
    is_present: bool

    @property
    def is_standard(self) -> bool:
        return self.model_id == clusters.STANDARD

    @property
    def provenance(self) -> str:
        """Of the structure; unknown for a model of earlier data, which then counts as model data."""
        return self.source.provenance if self.is_present else "synthetisch"


def options(source: StructureSource, *, with_new: bool = True) -> dict[str, str]:
    """Titles of everything that can be shown, by id."""
    found = {}
    standard = ask(clusters.standard_model)
    if standard is not None:
        found[clusters.STANDARD] = standard.title
    for saved in cluster_models.list_models(workspace_folder()):
        size = f"{saved.clusters} Cluster, {german.count(saved.towns, 'Stadt', 'Städte')}"
        found[saved.model_id] = f"{saved.title} ({size})"
    computed = _computed_key()
    if computed and computed not in found:
        found[computed] = "Eben gerechnetes Modell (noch nicht gespeichert)"
    if with_new:
        found[NEW] = "Eigenes Modell rechnen …"
    return found


def choose(source: StructureSource) -> str | None:
    """Select box for the model; its id stands in the address."""
    _open_what_was_waited_for()
    known = options(source)
    asked = st.query_params.get("modell")
    if asked and asked not in known and asked not in known.values():
        st.warning(
            f"Ein Clustermodell „{asked}“ gibt es hier nicht (mehr): Es wurde gelöscht, oder es war nur gerechnet und "
            "nicht gespeichert. Gezeigt wird stattdessen das erste der Liste.",
            icon=":material/search_off:",
        )
    return address.select(
        "Modell", known, key="modell", default=next(iter(known)), placeholder="Modell wählen"
    )  # fmt: skip


def opened(model_id: str, source: StructureSource) -> Shown | None:
    """The model of an id; None where it cannot be read any more."""
    if model_id == clusters.STANDARD:
        standard = ask(clusters.standard_model)
        if standard is None:
            return None
        settings = checking_settings()
        checked = _recalled(ask(clusters.run_key, settings)) or standard.model
        return Shown(model_id, standard.title, standard.model, checked, standard.source, True)
    model = _read(cluster_models.load_model(workspace_folder(), model_id)) or _recalled(model_id)
    if model is None:
        return None
    title = options(source).get(model_id, "Clustermodell")
    return Shown(model_id, title, model, model, source, ask(clusters.is_of_present_data, model))


def checking_settings() -> Settings:
    """Settings of the default model with all checks."""
    standard = ask(clusters.standard_model).model.settings
    plain = Settings()
    return replace(standard, numbers=plain.numbers, bootstrap_rounds=plain.bootstrap_rounds)


def is_computed_only(model_id: str) -> bool:
    """Whether a model was computed and not saved."""
    return len(model_id) == 16 and model_id != clusters.STANDARD


def compute(kind: str, title: str, settings: Settings, towns: TownFilter) -> None:
    """Show a model that was computed before, or start computing it; the page is drawn anew in any case."""
    key = ask(clusters.run_key, settings, towns)
    folder = workspace_folder()
    if kind == OWN:
        st.session_state[_WAITING] = key
    if _recalled(key) is None:
        con = connection()

        def work(tell: background.Tell) -> str:
            model = clusters.run(con, settings, towns, tell)
            cluster_models.remember(folder, key, clusters.to_json(model))
            return key

        background.board(str(database_file())).start(kind, title, work, (ClusteringError,))
    st.rerun()


def progress(kind: str) -> bool:
    """Progress or error of work of a kind, if any; True while the machine computes or imports anything."""
    place = str(database_file())
    board = background.board(place)
    running = board.running()
    if running and running.kind == kind:
        background.show_progress(place, kind, _MEANWHILE)
        return True
    job = board.last(kind)
    if job and not job.is_running and job.error:
        st.error(f"Das Modell konnte nicht gerechnet werden. {job.error}", icon=":material/error:")
    if running and running.kind not in (OWN, CHECKS):
        st.caption(f":material/hourglass_top: Gerade läuft: {running.title}. Danach kann hier gerechnet werden.")
    return running is not None


def _open_what_was_waited_for() -> None:
    key = st.session_state.get(_WAITING)
    if key and _recalled(key) is not None:
        del st.session_state[_WAITING]
        st.session_state["cluster_gerechnet"] = key
        st.query_params["modell"] = key


def _computed_key() -> str | None:
    """Key of a model that was computed: named by the address, or the last one of this session."""
    for key in (st.query_params.get("modell", ""), st.session_state.get("cluster_gerechnet", "")):
        if re.fullmatch("[0-9a-f]{16}", key) and _recalled(key) is not None:
            return key
    return None


def _recalled(key: str) -> ClusterModel | None:
    return _read(cluster_models.recall(workspace_folder(), key))


def _read(content: bytes | None) -> ClusterModel | None:
    if content is None:
        return None
    try:
        return ask(clusters.from_saved, content)
    except ClusteringError:
        return None
