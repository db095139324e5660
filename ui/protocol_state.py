"""The protocol of the current project: asked of the database once per version and data, files made when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from queries import sources
from queries.record import Record, record
from queries.record_stage2 import Stage2Record, stage2_record
from queries.stage1.settings import Stage1Settings
from reports import open_points, protocol
from reports.document import Document
from reports.germany_map import borders
from reports.open_points import Point
from ui import project_state
from ui.atlas import ask
from ui.map_note import map_note
from workspace import project_content
from workspace.projects import Project


@dataclass(frozen=True)
class Answers:
    """What a project's protocol is made of."""

    project: Project
    settings: Stage1Settings
    record: Record
    stage2: Stage2Record

    @property
    def rests_on_model_data(self) -> bool:
        """Whether criteria or clusters of the project come from the synthetic register."""
        return bool((self.record.sources["provenance"] == "synthetisch").any())

    @property
    def points(self) -> tuple[Point, ...]:
        """What the record needs, and what of it is there."""
        return open_points.points(self.project.content, self.settings, self.record, self.stage2)

    def document(self, created: str) -> Document:
        """The protocol."""
        states = borders(ask(sources.geometry_files)["states"])
        return protocol.compose(self.project, self.settings, self.record, self.stage2, created, states, map_note())


def answers(project: Project) -> Answers:
    """Ask the database everything about a project; the answers are kept until settings or data change."""
    content = project_content.completed(project.content)
    settings = project_state.stage1_settings(project)
    own = tuple(sorted(content["own_set"]))
    with st.spinner("Das Protokoll wird zusammengestellt …"):
        stage2 = ask(
            stage2_record,
            settings,
            content["stage2"],
            own,
            project_content.declined(content),
            project_content.confirmed(content),
        )
        final, _ = open_points.final_set(content, stage2)
        found = ask(record, settings, open_points.named(content, stage2), final, stage2.settings.one_per_cluster)
    return Answers(project, settings, found, stage2)


def now() -> str:
    """Date and time as they stand in the protocol."""
    return datetime.now().strftime("%d.%m.%Y, %H:%M")
