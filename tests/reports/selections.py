"""Selection projects as teams would leave them: just begun, and worked through to the end."""

from __future__ import annotations

import json
from dataclasses import replace

from queries import data_version, record, record_stage2, selection_robustness, sources
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import selection_base
from queries.stage1.default import default_settings
from queries.stage1.settings import OutlierDecision
from reports import open_points, protocol
from reports.germany_map import borders
from workspace import project_content
from workspace.projects import Entry, Project

CREATED = "25.11.2026, 20:30"
WHEN = "2026-11-25T20:15:00"


def begun(con, *, only_official: bool = False) -> Project:
    """A project on the documented default that nobody has worked on."""
    settings = default_settings(con, only_official=only_official)
    return Project("abcdef0123", "Auswahl Test", project_content.empty(settings.as_dict()), {}, 1, ())


def answers(con, project: Project):
    """Settings, record and stage 2 of a project."""
    from queries.stage1.settings import Stage1Settings

    content = project_content.completed(project.content)
    settings = Stage1Settings.from_dict(content["stage1"])
    stage2 = record_stage2.stage2_record(
        con,
        settings,
        content["stage2"],
        tuple(sorted(content["own_set"])),
        project_content.declined(content),
        project_content.confirmed(content),
    )
    final, _ = open_points.final_set(content, stage2)
    named = open_points.named(content, stage2)
    return settings, record.record(con, settings, named, final, stage2.settings.one_per_cluster), stage2


def composed(con, project: Project, created: str = CREATED):
    """The protocol of a project."""
    states = borders(sources.geometry_files(con)["states"])
    return protocol.compose(project, *answers(con, project), created, states, "Grenzen: Test")


def checked(con, settings, content: dict) -> dict:
    """A check of robustness as the page keeps it, of few repetitions."""
    base = selection_base(con, settings)
    stage2 = Stage2Settings.of_project(content["stage2"], settings)
    declined = project_content.declined(content)
    prepared = selection_robustness.prepare(con, base, stage2, declined)
    mark = selection_robustness.mark_of(data_version.facts(con), settings, stage2, declined)
    return {"mark": mark} | selection_robustness.run(prepared, 20, 1)


def worked_through(con) -> Project:
    """The same project with everything that a record needs, one refusal and a departure from the proposal."""
    project = begun(con)
    settings, found, stage2 = answers(con, project)
    decisions = tuple(
        OutlierDecision(row.unit_id, row.key, "confirmed", "Im Register nachgesehen")
        for row in found.stage1.suspicious.itertuples()
    )
    settings = replace(settings, outliers=decisions)
    proposal = stage2.result.optimum.unit_ids
    own = stage2.result.sets[1].unit_ids
    refused = next(unit_id for unit_id in found.stage1.remaining if unit_id not in {*proposal, *own})
    content = project.content | {
        "stage1": settings.as_dict(),
        "question": "Wie sprechen Kleinstädte mit ihren Unternehmen?",
        "team": ["A. Muster", "B. Beispiel"],
        "own_set": list(own),
        "departure_reason": "Der Beirat wollte eine Stadt weniger im Süden.",
        "discussion": "Zwei Runden.\n\nEinwand: zu viele kleine Städte.",
    }
    for unit_id in found.stage1.remaining:
        content = project_content.with_rating(content, unit_id, "A. Muster", "contrast", 4)
    for unit_id in own:
        content = project_content.with_contact(content, unit_id, "confirmed", by="A. Muster")
    content = project_content.with_contact(content, refused, "declined", by="B. Beispiel", note="keine Zeit im Amt")
    content = project_content.with_decision(content, "final_set", "Endauswahl: wie oben.", by="A. Muster")
    content["robustness"] = checked(con, settings, content)
    content = json.loads(json.dumps(content))
    for line in content["decisions"]:
        line["at"] = WHEN
    history = (Entry(1, WHEN, "A. Muster", "Projekt angelegt"), Entry(2, WHEN, "A. Muster", "Beirat", "Stand Beirat"))
    return replace(project, content=content, version=2, history=history)
