"""What a selection project holds, as plain dictionaries: questions, settings, dossiers, the team's set, the record.

Every function gives a changed copy; nothing is written here. Keys are English, what users wrote is theirs.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any

CONTACT_STATES = {
    "open": "noch nicht angefragt",
    "asked": "angefragt",
    "confirmed": "Mitwirkung bestätigt",
    "declined": "abgelehnt",
}
# What a member of the team rates in a dossier, 1 (wenig) to 5 (sehr); the criteria of stage 1 come on top.
RATING_ASPECTS = {
    "contrast": "Gegensatz zu den anderen Städten",
    "relevance": "Ergiebigkeit für die Fragestellung",
    "access": "Zugang zu Stadt und Unternehmen",
}
RATINGS = (1, 2, 3, 4, 5)

_EMPTY: dict[str, Any] = {
    "question": "",
    "team": [],
    "stage1": {},
    "stage2": {},
    "robustness": {},
    "dossiers": {},
    "own_set": [],
    "departure_reason": "",
    "discussion": "",
    "results": {},
    "decisions": [],
}
_EMPTY_DOSSIER: dict[str, Any] = {
    "notes": "",
    "communication": "",
    "contact": {"state": "open", "date": "", "by": "", "note": ""},
    "ratings": {},
}


def empty(stage1: dict, stage2: dict | None = None) -> dict:
    """Content of a new project with these settings."""
    return deepcopy(_EMPTY) | {"stage1": deepcopy(stage1), "stage2": deepcopy(stage2 or {})}


def completed(content: dict) -> dict:
    """Content of an older project with every part that came later at its default."""
    return deepcopy(_EMPTY) | deepcopy(content)


def dossier(content: dict, unit_id: str) -> dict:
    """Dossier of a town as the team filled it in, every field present."""
    saved = content.get("dossiers", {}).get(unit_id, {})
    return deepcopy(_EMPTY_DOSSIER) | deepcopy(saved)


def with_dossier(content: dict, unit_id: str, **changes: Any) -> dict:
    """Content with changed fields (`notes`, `communication`) of one dossier."""
    unknown = set(changes) - set(_EMPTY_DOSSIER)
    if unknown:
        raise KeyError(unknown)
    changed = deepcopy(content)
    changed.setdefault("dossiers", {})[unit_id] = dossier(content, unit_id) | changes
    return changed


def with_contact(content: dict, unit_id: str, state: str, *, by: str, note: str = "") -> dict:
    """Content with the state of contact with a town; a change of state goes on the record."""
    if state not in CONTACT_STATES:
        raise KeyError(state)
    before = dossier(content, unit_id)["contact"]["state"]
    contact = {"state": state, "date": _today(), "by": by, "note": note}
    changed = with_dossier(content, unit_id, contact=contact)
    if state != before:
        changed = with_decision(changed, "contact", f"{unit_id}: {CONTACT_STATES[state]}. {note}".strip(), by=by)
    return changed


def with_rating(content: dict, unit_id: str, member: str, aspect: str, rating: int | None) -> dict:
    """Content with one member's rating of one aspect; None takes it back."""
    if rating is not None and rating not in RATINGS:
        raise ValueError(rating)
    ratings = dossier(content, unit_id)["ratings"]
    own = ratings.get(member, {})
    own = {k: v for k, v in own.items() if k != aspect} | ({} if rating is None else {aspect: rating})
    ratings = {k: v for k, v in ratings.items() if k != member} | ({member: own} if own else {})
    return with_dossier(content, unit_id, ratings=ratings)


def ratings_of(content: dict, unit_id: str) -> list[tuple[str, str, int]]:
    """All ratings of a town: (member, aspect, rating), in order of names."""
    ratings = dossier(content, unit_id)["ratings"]
    return [
        (member, aspect, ratings[member][aspect]) for member in sorted(ratings) for aspect in sorted(ratings[member])
    ]


def with_decision(content: dict, kind: str, text: str, *, by: str) -> dict:
    """Content with a line on the record: what was decided, by whom, when."""
    changed = deepcopy(content)
    changed.setdefault("decisions", []).append(
        {"at": datetime.now().isoformat(timespec="seconds"), "by": by, "kind": kind, "text": text}
    )
    return changed


def declined(content: dict) -> tuple[str, ...]:
    """Towns that refused."""
    return _in_state(content, "declined")


def confirmed(content: dict) -> tuple[str, ...]:
    """Towns whose participation is confirmed."""
    return _in_state(content, "confirmed")


def _in_state(content: dict, state: str) -> tuple[str, ...]:
    found = content.get("dossiers", {})
    return tuple(sorted(key for key in found if dossier(content, key)["contact"]["state"] == state))


def _today() -> str:
    return datetime.now().strftime("%d.%m.%Y")
