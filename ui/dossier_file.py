"""A dossier as a document to print or hand round: what the data say and what the team added, on a few pages."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from queries import clusters, industry, sources, towns
from queries.selection_base import SelectionBase
from queries.stage1.patterns import SIGNS, contrasts
from reports.document import Block, Bullets, Document, Note, Section, Table, Text, given
from ui import german, selection_state
from ui.atlas import ask
from ui.door import only_official
from workspace import project_content
from workspace.projects import Project

_MOST_INDUSTRIES = 6
NO_FREQUENCIES = "Eine Kontrastauswahl erlaubt keine Häufigkeitsaussagen. Kriterien: eigene Rekonstruktion."


def document(project: Project, base: SelectionBase, unit_id: str) -> Document:
    """The dossier of a town in today's state."""
    town = ask(towns.town, unit_id)
    saved = project_content.dossier(project.content, unit_id)
    contact = saved["contact"]
    contact_words = project_content.CONTACT_STATES[contact["state"]]
    if contact["date"]:
        contact_words += f" ({contact['date']}{', ' + contact['by'] if contact['by'] else ''})"
    facts = [
        ("Projekt", f"{project.title}, Fassung {project.version}"),
        ("Kreis und Land", f"{town['county_name']}, {town['state_name']}"),
        ("Stadttyp", town["town_type_title"]),
        ("Größe", _size(town)),
        ("Kontakt", contact_words),
    ]
    return Document(
        town["display_name"],
        "Kleinstadt-Dossier",
        tuple(facts),
        (
            Section("Was die Stadt zum Kontrastfall macht", _contrasts(base, unit_id)),
            Section("Wirtschaftsstruktur", _structure(unit_id)),
            Section("Nachbarn", _neighbours(unit_id)),
            Section("Wie reden Stadt und Unternehmen miteinander?", given(saved["communication"], _EMPTY)),
            Section("Notizen", given("\n".join([saved["notes"], contact["note"]]), _EMPTY)),
            Section("Bewertungen im Team", _ratings(project, base, unit_id)),
        ),
        datetime.now().strftime("%d.%m.%Y, %H:%M"),
    )


_EMPTY = "noch nichts eingetragen"


def _size(town: dict) -> str:
    status = ask(sources.build_info)["territorial_status"]
    people = german.with_unit(town["population"], "Personen")
    return f"{people}, {german.with_unit(town['area_km2'], 'km²', 1)} (amtlich, Gebietsstand {status})"


def _contrasts(base: SelectionBase, unit_id: str) -> tuple[Block, ...]:
    rows = tuple(
        (
            base.titles[key],
            selection_state.value_text(base, key, unit_id),
            f"{SIGNS[int(row['sign'])]} ({german.number(row['scaled'], 1, signed=True)})",
            selection_state.middle_text(base, key, row["low"], row["high"]),
            selection_state.origin(base, key),
        )
        for key, row in contrasts(base.result, unit_id).iterrows()
    )
    table = Table(
        "Kriterien außerhalb des mittleren Wertebereichs, in Klammern der Abstand vom Mittel in Standardabweichungen",
        ("Kriterium", "Wert", "Lage", "Mittlerer Bereich", "Stand und Herkunft"),
        rows,
        widths=(3, 2, 1.3, 1.8, 2.2),
        small=True,
    )
    missing = [base.titles[key] for key, value in base.result.values.loc[unit_id].items() if pd.isna(value)]
    gaps = (Text(f"Ohne Wert: {', '.join(missing)}.", muted=True),) if missing else ()
    return (table, *gaps, Note(NO_FREQUENCIES))


def _structure(unit_id: str) -> tuple[Block, ...]:
    register, found = ask(industry.register_source), ask(industry.structure, unit_id)
    if register is None or found.empty:
        return (Text("Kein Unternehmensregister eingelesen.", muted=True),)
    if only_official() and register["provenance"] == "synthetisch":
        return (Text("Ausgeblendet: nur Modelldaten (synthetisch).", muted=True),)
    largest = found.sort_values("employee_share_pct", ascending=False, na_position="last").head(_MOST_INDUSTRIES)
    rows = tuple(
        (
            row.title,
            german.number(row.companies),
            german.with_unit(row.employee_share_pct, "%", 1),
            german.with_unit(row.reference_share_pct, "%", 1),
        )
        for row in largest.itertuples()
    )
    origin = f"{register['title']}, Stand {register['reference_date']}"
    blocks: list[Block] = [
        Table(
            f"Größte Wirtschaftszweige – {german.PROVENANCE_WORDS[register['provenance']]}",
            ("Wirtschaftszweig", "Unternehmen", "Anteil Beschäftigte", "übliche Kleinstadt"),
            rows,
            widths=(4, 1.3, 1.6, 1.6),
            numeric=(1, 2, 3),
            small=True,
        ),
        Text(f"{origin}. Was einzelne Unternehmen erkennen ließe, ist zusammengefasst.", muted=True),
    ]
    member = ask(clusters.membership_of, unit_id)
    if member:
        blocks.append(Text(f"Cluster {member['cluster']}: {member['title']} (eigene Rekonstruktion)."))
    return tuple(blocks)


def _neighbours(unit_id: str) -> tuple[Block, ...]:
    near = ask(towns.neighbours, unit_id)
    items = tuple(
        f"{row.display_name} ({row.town_type_title}, {german.with_unit(row.population, 'Personen')})"
        for row in near.itertuples()
    )
    return (Bullets(items),) if items else (Text("keine", muted=True),)


def _ratings(project: Project, base: SelectionBase, unit_id: str) -> tuple[Block, ...]:
    found = project_content.ratings_of(project.content, unit_id)
    if not found:
        return (Text("noch keine", muted=True),)
    members = sorted({member for member, _, _ in found})
    given_by = {(member, aspect): rating for member, aspect, rating in found}
    words = project_content.RATING_ASPECTS | base.titles
    rows = tuple(
        (words.get(aspect, aspect), *(str(given_by.get((member, aspect), "–")) for member in members))
        for aspect in [*words, *sorted({a for _, a, _ in found} - set(words))]
        if any((member, aspect) in given_by for member in members)
    )
    return (Table("1 = wenig, 5 = sehr", ("Bewertet", *members), rows, small=True),)
