"""What a selection project still lacks before its protocol can stand on its own."""

from __future__ import annotations

from dataclasses import dataclass

from queries.record import Record
from queries.record_stage2 import Stage2Record
from queries.stage1.settings import Stage1Settings
from reports import protocol_robustness
from workspace import project_content


@dataclass(frozen=True)
class Point:
    """One demand on the record: what, whether it is met, what is missing (German), and the page to see to it."""

    title: str
    is_done: bool
    detail: str
    page: str


def points(content: dict, settings: Stage1Settings, record: Record, stage2: Stage2Record) -> tuple[Point, ...]:
    """All demands in the order of the work."""
    content = project_content.completed(content)
    return (
        *_stage1(content, settings, record),
        *_dossiers(content, record),
        *_decision(content, settings, record, stage2),
    )


def final_set(content: dict, stage2: Stage2Record) -> tuple[tuple[str, ...], bool]:
    """The final set, sorted, and whether the team decided on it (else it is the proposal, or empty)."""
    own = tuple(sorted(content.get("own_set") or ()))
    if own:
        return own, True
    return (stage2.result.optimum.unit_ids if stage2.result else ()), False


def _stage1(content: dict, settings: Stage1Settings, record: Record) -> list[Point]:
    page = "fallstudienauswahl"
    question = bool(str(content["question"]).strip())
    titles = {} if record.stage1 is None else record.stage1.criteria["title"].to_dict()
    unreasoned = [titles.get(key, key) for key in settings.without_reason]
    found = [
        Point("Fragestellung", question, "" if question else "Wozu dient die Auswahl? Noch nicht festgelegt.", page),
        Point("Stufe 1 lässt sich mit den heutigen Daten rechnen", record.stage1 is not None, record.problem, page),
        Point(
            "Ein Grund je Kriterium",
            bool(settings.criteria) and not unreasoned,
            f"Ohne Grund: {', '.join(unreasoned)}." if unreasoned else ("" if settings.criteria else "Kein Kriterium."),
            page,
        ),
    ]
    if record.stage1 is not None:
        suspicious = record.stage1.suspicious
        undecided = int((~suspicious["is_decided"].astype(bool)).sum())
        found.append(
            Point(
                "Ausreißerprüfung",
                undecided == 0,
                f"{undecided} von {len(suspicious)} auffälligen Werten ohne Entscheidung." if undecided else "",
                page,
            )
        )
    bare = [decision for decision in settings.outliers if not decision.reason.strip()]
    excluded = [unit_id for unit_id, reason in settings.excluded if not str(reason).strip()]
    surroundings = settings.surroundings_km is not None and not settings.surroundings_reason.strip()
    missing = [
        *([f"{len(bare)} Entscheidungen zu auffälligen Werten"] if bare else []),
        *([f"{len(excluded)} Ausschlüsse von Hand"] if excluded else []),
        *(["Weglassen des Umlands der Großstädte"] if surroundings else []),
    ]
    found.append(
        Point(
            "Gründe für Ausschlüsse und Entscheidungen",
            not missing,
            f"Ohne Grund: {', '.join(missing)}." if missing else "",
            page,
        )
    )
    return found


def _dossiers(content: dict, record: Record) -> list[Point]:
    remaining = record.stage1.remaining if record.stage1 else ()
    rated = [unit_id for unit_id in remaining if project_content.ratings_of(content, unit_id)]
    complete = bool(remaining) and len(rated) == len(remaining)
    words = "" if complete else f"{len(rated)} von {len(remaining)} verbliebenen Städten bewertet."
    return [Point("Dossiers bewertet", complete, words, "dossiers")]


def _decision(content: dict, settings: Stage1Settings, record: Record, stage2: Stage2Record) -> list[Point]:
    page = "endauswahl"
    final, decided = final_set(content, stage2)
    proposal = stage2.result.optimum.unit_ids if stage2.result else ()
    states = {unit_id: project_content.dossier(content, unit_id)["contact"]["state"] for unit_id in final}
    unconfirmed = [unit_id for unit_id, state in states.items() if state != "confirmed"]
    found = [
        Point("Vorschlag der Stufe 2", bool(proposal), stage2.problem, page),
        Point("Endauswahl des Teams", decided, "" if decided else "Noch nicht festgelegt.", page),
    ]
    if decided:
        said = [line.get("kind") for line in content["decisions"] if line.get("kind") in ("final_set", "replacement")]
        settled = bool(said) and said[-1] == "final_set"
        words = "Die Auswahl steht, die Entscheidung darüber noch nicht."
        found.append(Point("Entscheidung festgehalten", settled, "" if settled else words, page))
        names = record.towns["name"]
        listed = ", ".join(names.get(unit_id, unit_id) for unit_id in unconfirmed)
        found.append(
            Point("Mitwirkung bestätigt", not unconfirmed, f"Noch offen: {listed}." if unconfirmed else "", page)
        )
        if proposal and final != proposal:
            reason = bool(str(content["departure_reason"]).strip())
            words = "Die Auswahl weicht vom Vorschlag ab; warum, steht noch nicht da."
            found.append(Point("Grund der Abweichung vom Vorschlag", reason, "" if reason else words, page))
    there = protocol_robustness.is_there(content)
    current = protocol_robustness.is_current(content, settings, record, stage2)
    words = "" if current else ("Rechnung von vor der letzten Änderung." if there else "Noch nicht gerechnet.")
    found.append(Point("Robustheit geprüft", current, words, "robustheit"))
    discussion = bool(str(content["discussion"]).strip())
    found.append(Point("Diskussion", discussion, "" if discussion else "Noch nicht festgehalten.", "protokoll"))
    return found


def named(content: dict, stage2: Stage2Record) -> tuple[str, ...]:
    """Every town that the protocol names beyond those that remain, sorted."""
    found = {*content.get("dossiers", {}), *content.get("own_set", ())}
    if stage2.result is not None:
        found |= {unit_id for one in stage2.result.sets for unit_id in one.unit_ids}
        found |= {unit_id for _, cost in stage2.costs for unit_id in cost.without.unit_ids}
    return tuple(sorted(found | protocol_robustness.named(content)))
