"""The team in the protocol: dossiers, ratings, contacts and refusals, and the course of the decisions."""

from __future__ import annotations

from queries.record import Record
from reports.document import Block, Bullets, Section, Table, Text, clean
from reports.german_words import date_time, number, town
from ui import german
from workspace import project_content
from workspace.project_content import CONTACT_STATES, RATING_ASPECTS
from workspace.projects import Project


def sections(content: dict, record: Record) -> list[Section]:
    """Dossiers of the towns that remain or that somebody wrote about."""
    remaining = record.stage1.remaining if record.stage1 else ()
    named = sorted({*remaining, *content.get("dossiers", {})}, key=lambda u: town(record, u))
    blocks: list[Block] = []
    if named:
        blocks += [
            _contacts(content, record, named),
            *_ratings(content, record, named),
            *_notes(content, record, named),
        ]
    else:
        blocks.append(Text("Noch gibt es keine Dossiers.", muted=True))
    refused = project_content.declined(content)
    words = (
        "Absagen: " + "; ".join(_refusal(content, record, unit_id) for unit_id in refused) + "."
        if refused
        else "Absagen: bisher keine."
    )
    return [Section("Kleinstadt-Dossiers", (*blocks, Text(words)))]


def _refusal(content: dict, record: Record, unit_id: str) -> str:
    contact = project_content.dossier(content, unit_id)["contact"]
    note = clean(contact.get("note", "")).strip().rstrip(".")
    date = contact.get("date") or "ohne Datum"
    return f"{town(record, unit_id)} ({date})" + (f", {note}" if note else "")


def _contacts(content: dict, record: Record, named: list[str]) -> Table:
    rows = []
    for unit_id in named:
        saved = project_content.dossier(content, unit_id)
        contact = saved["contact"]
        state = CONTACT_STATES.get(contact.get("state", "open"), str(contact.get("state")))
        since = " · ".join(part for part in (contact.get("date", ""), contact.get("by", "")) if part)
        ratings = [rating for _, _, rating in project_content.ratings_of(content, unit_id)]
        mean = number(sum(ratings) / len(ratings), 1) if ratings else "–"
        rows.append((town(record, unit_id), state, since or "–", number(len(ratings)), mean))
    return Table(
        "Stand der Anfragen und Bewertungen",
        ("Stadt", "Kontakt", "seit · durch", "bewertet", "Mittel (1–5)"),
        tuple(rows),
        widths=(2.6, 2.2, 2.4, 1.2, 1.2),
        numeric=(3, 4),
    )


def _ratings(content: dict, record: Record, named: list[str]) -> list[Block]:
    titles = dict(RATING_ASPECTS)
    if record.stage1 is not None:
        titles |= {key: f"Kriterium {title}" for key, title in record.stage1.criteria["title"].items()}
    rows = []
    for unit_id in named:
        given: dict[str, list[str]] = {}
        for member, aspect, rating in project_content.ratings_of(content, unit_id):
            given.setdefault(aspect, []).append(f"{member} {number(rating)}")
        rows += [
            (town(record, unit_id), titles.get(aspect, aspect), " · ".join(said))
            for aspect, said in sorted(
                given.items(), key=lambda one: list(titles).index(one[0]) if one[0] in titles else -1
            )
        ]
    if not rows:
        return [Text("Bewertungen: noch keine.", muted=True)]
    return [
        Table(
            "Wer was bewertet hat (1 = wenig, 5 = sehr)",
            ("Stadt", "Gesichtspunkt", "Wer und wie"),
            tuple(rows),
            widths=(2.4, 3, 3.6),
            small=True,
        )
    ]


def _notes(content: dict, record: Record, named: list[str]) -> list[Block]:
    rows = []
    for unit_id in named:
        saved = project_content.dossier(content, unit_id)
        texts = [("Notizen", saved["notes"]), ("Wie Stadt und Unternehmen miteinander reden", saved["communication"])]
        texts.append(("Kontakt", saved["contact"].get("note", "")))
        rows += [(town(record, unit_id), label, clean(text).strip()) for label, text in texts if str(text).strip()]
    if not rows:
        return []
    return [Table("Aus den Dossiers", ("Stadt", "Worüber", "Text"), tuple(rows), widths=(1.8, 1.8, 5), small=True)]


def history(content: dict, project: Project, record: Record) -> list[Section]:
    """What was decided when and by whom, and the versions of the project that were given a name."""
    decisions = []
    for line in content.get("decisions") or ():
        text = str(line.get("text", ""))
        unit_id, colon, rest = text.partition(":")
        if colon and unit_id in record.towns.index:
            text = f"{town(record, unit_id)}:{rest}"
        decisions.append((date_time(line.get("at", "")), str(line.get("by") or "ohne Namen"), text))
    blocks: list[Block] = (
        [Table("Entscheidungen", ("Wann", "Wer", "Was"), tuple(decisions), widths=(1.5, 1.4, 6), small=True)]
        if decisions
        else [Text("Noch keine Entscheidung festgehalten.", muted=True)]
    )
    labelled = tuple(
        f"Fassung {entry.version} „{entry.label}“ ({date_time(entry.at)}" + (f", {entry.by})" if entry.by else ")")
        for entry in project.history
        if entry.label
    )
    count = german.count(len(project.history), "Fassung", "Fassungen")
    blocks.append(Text(f"Das Projekt hat {count}." + (" Benannt sind:" if labelled else "")))
    if labelled:
        blocks.append(Bullets(labelled))
    return [Section("Verlauf", tuple(blocks))]
