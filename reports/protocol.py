"""The record of a case selection as a document: why these towns, with every setting, reason, refusal and departure."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from queries import data_version
from queries.record import Record
from queries.record_stage2 import Stage2Record
from queries.stage1.settings import Stage1Settings
from reports import open_points, protocol_decision, protocol_stage1, protocol_team
from reports.document import Bullets, Code, Document, Note, Section, Table, Text, given
from reports.german_words import basis, number
from reports.protocol_decision import NO_FREQUENCIES
from ui import german
from workspace import project_content
from workspace.projects import Project

RECONSTRUCTION = (
    "Eigene Rekonstruktion: Die KOWIS-Studie beschreibt das zweistufige Vorgehen, veröffentlicht aber weder ihre "
    "Kriterien noch deren Grenzen. Kriterien, Regeln und Rechenwege dieses Protokolls sind die des Atlas und des Teams."
)


def settings_of(content: dict) -> dict[str, Any]:
    """What reproduces the selection with the same data: the settings, without results and what people wrote."""
    names = ("stage1", "stage2", "own_set")
    return {name: content[name] for name in names if content.get(name)}


def checksum(settings: dict[str, Any], data: dict) -> str:
    """Checksum of settings and data (16 hexadecimal digits): equal ones give the same selection."""
    text = json.dumps([settings, data], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compose(
    project: Project,
    settings: Stage1Settings,
    record: Record,
    stage2: Stage2Record,
    created: str,
    states: dict,
    map_note: str,
) -> Document:
    """The protocol of a project.

    Parameters
    ----------
    settings : of stage 1, as the project holds them.
    record, stage2 : answers of the database to the project (`queries.record`, `queries.record_stage2`).
    created : date and time as they shall stand there; everything else depends on project and data alone.
    states : boundaries of the Länder (GeoJSON) for the map.
    map_note : attribution of the boundaries.
    """
    content = project_content.completed(project.content)
    found = open_points.points(content, settings, record, stage2)
    missing = [point for point in found if not point.is_done]
    facts = (
        ("Projekt", f"{project.title} (Kennung {project.project_id}, Fassung {project.version})"),
        ("Team", ", ".join(_team(content)) or "noch nicht festgelegt"),
        ("Bearbeitet", _edited(project)),
        (
            "Daten",
            f"{number(record.small_towns)} Kleinstädte, Gebietsstand {record.territorial_status}, Bevölkerung vom "
            f"{_population(record)}",
        ),
        ("Prüfsumme", checksum(settings_of(content), record.data)),
        (
            "Stand",
            "vollständig" if not missing else f"unvollständig: {german.count(len(missing), 'Punkt', 'Punkte')} offen",
        ),
    )
    sections = [
        *protocol_decision.result(content, record, stage2, states, map_note),
        Section("Frage und Vorgehen", (*given(content["question"]), *_approach(record))),
        *_data(record, project),
        *protocol_stage1.sections(settings, record),
        *protocol_team.sections(content, record),
        *protocol_decision.sections(content, settings, record, stage2),
        _open(found),
        *protocol_team.history(content, project, record),
        *_appendix(content, record, project),
    ]
    return Document("Protokoll der Fallstudienauswahl", project.title, facts, tuple(sections), created)


def _team(content: dict) -> list[str]:
    members = content.get("team") or []
    return [str(one.get("name", "")) if isinstance(one, dict) else str(one) for one in members]


def _population(record: Record) -> str:
    known = basis(record.population_basis)
    return record.population_date + (f" ({known})" if known else "")


def _edited(project: Project) -> str:
    if not project.history:
        return "noch nicht gespeichert"
    by = f" von {project.changed_by}" if project.changed_by else ""
    at = project.changed_at
    return f"zuletzt am {at[8:10]}.{at[5:7]}.{at[:4]}{by}"


def _approach(record: Record) -> tuple:
    blocks = [
        Text(
            "Die Auswahl geht in zwei Stufen vor. Stufe 1 lässt die Städte weg, deren Werte im mittleren Wertebereich "
            "liegen; es bleiben gegensätzliche. Stufe 2 vergleicht deren Dossiers und wählt wenige aus, die sich "
            "möglichst deutlich unterscheiden. In der Methodenliteratur verbindet das extreme, vielfältige und "
            "möglichst verschiedene Fälle (Seawright & Gerring 2008, Political Research Quarterly 61(2))."
        ),
        Note(RECONSTRUCTION),
    ]
    synthetic = [row.title for row in record.sources.itertuples() if row.provenance == "synthetisch"]
    if synthetic:
        blocks.append(
            Note(
                "Enthält Modelldaten (synthetisch): " + "; ".join(synthetic) + ". Was darauf beruht, sagt nichts über "
                "wirkliche Städte und taugt nicht als Grundlage einer Entscheidung."
            )
        )
    return tuple(blocks)


def _data(record: Record, project: Project) -> list[Section]:
    rows = tuple(
        (
            str(row.title),
            str(row.publisher or german.MISSING),
            str(row.reference_date or "wie die Ausgangsdaten"),
            german.PROVENANCE_WORDS[row.provenance],
        )
        for row in record.sources.itertuples()
    )
    blocks = [
        Text(
            f"Grundgesamtheit: {number(record.small_towns)} Kleinstädte (BBSR-Typ, Verbände und Einheitsgemeinden), "
            f"Gebietsstand {record.territorial_status}. Der Typ folgt der größten Mitgliedsgemeinde; die "
            f"Bevölkerungszahlen gelten zum {_population(record)}."
        ),
        Table(
            "Verwendete Quellen",
            ("Quelle", "Herausgeber", "Stand", "Herkunft"),
            rows,
            widths=(4.2, 2.2, 2.4, 1.5),
            small=True,
        ),
    ]
    changed = data_version.changes(project.data, record.data) if project.data else []
    if changed:
        blocks.append(Text("Die Daten haben sich geändert, seit das Projekt sie zuletzt als Grundlage festhielt:"))
        blocks.append(Bullets(tuple(changed)))
    return [Section("Daten", tuple(blocks))]


def _open(found: tuple[open_points.Point, ...]) -> Section:
    rows = tuple((point.title, "ja" if point.is_done else "offen", point.detail or "–") for point in found)
    return Section(
        "Vollständigkeit",
        (Table("Was ein nachprüfbares Protokoll braucht", ("Punkt", "erfüllt", "Anmerkung"), rows, widths=(3, 1, 4)),),
    )


def _appendix(content: dict, record: Record, project: Project) -> list[Section]:
    settings = settings_of(content)
    attributions = tuple(dict.fromkeys(row.attribution for row in record.sources.itertuples() if row.attribution))
    return [
        Section("Grenzen der Aussage", (Note(NO_FREQUENCIES), Text(_limits()))),
        Section("Namensnennung der Quellen", (Bullets(attributions),)),
        Section(
            "Einstellungen zum Nachrechnen",
            (
                Text(
                    f"Mit diesen Einstellungen und denselben Daten ergibt sich dieselbe Auswahl. Prüfsumme über "
                    f"Einstellungen und Daten: {checksum(settings, record.data)}. Die Projektdatei (JSON) mit der "
                    f"Kennung {project.project_id}, Fassung {project.version}, enthält zusätzlich alles Geschriebene."
                ),
                Code(json.dumps(settings, ensure_ascii=False, sort_keys=True, default=str)),
            ),
        ),
    ]


def _limits() -> str:
    return (
        "Das rechnerische Optimum ist ein Vorschlag; entschieden hat das Team. Ein anderer Zuschnitt der Kriterien "
        "kann andere Städte ergeben; wie empfindlich das Ergebnis ist, steht unter „Robustheit“. Vergleiche zwischen "
        "Städten sind keine Bewertung. Pendlerzahlen der amtlichen Statistik enthalten keine Wege ins Ausland."
    )
