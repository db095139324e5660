"""Robustness in the protocol: what was varied, how often the chosen towns held, which choice tips the result."""

from __future__ import annotations

from queries.record import Record
from queries.record_stage2 import Stage2Record
from queries.selection_robustness import mark_of
from queries.stage1.settings import Stage1Settings
from reports.document import Block, Bullets, Note, Section, Table, Text
from reports.german_words import number, town
from workspace import project_content

_KINDS = {"weight": "Gewicht", "band": "Breite des mittleren Wertebereichs", "normalisation": "Art des Vergleichens"}
_MOST_TOWNS, _MOST_CHANGES, _MOST_TIPPING = 20, 12, 6
# A weaker tie between a choice and the result is not worth a line.
_LEAST_EFFECT = 0.05


def is_there(content: dict) -> bool:
    """Whether the project keeps a check of robustness."""
    return bool((content.get("robustness") or {}).get("towns"))


def is_current(content: dict, settings: Stage1Settings, record: Record, stage2: Stage2Record) -> bool:
    """Whether it rests on the settings, refusals and data of today."""
    mark = mark_of(record.data, settings, stage2.settings, project_content.declined(content))
    return is_there(content) and content["robustness"].get("mark") == mark


def section(content: dict, settings: Stage1Settings, record: Record, stage2: Stage2Record) -> Section:
    """Section on robustness, from what the project keeps of its last check."""
    if not is_there(content):
        return Section("Robustheit", (Text("noch nicht geprüft", muted=True),))
    found = content["robustness"]
    blocks: list[Block] = []
    if not is_current(content, settings, record, stage2):
        blocks.append(
            Note(
                "Seit dieser Prüfung haben sich Einstellungen, Absagen oder Daten geändert; sie gilt für den Stand "
                "davor."
            )
        )
    final = found["base"]["final"]
    blocks.append(
        Text(
            f"Geprüft wurde zuerst jede Festlegung einzeln, dann alle zusammen in {number(found['rounds'])} "
            f"Wiederholungen (Startwert {found['seed']}): Gewichte, mittlere Wertebereiche und die Art, Kriterien "
            f"vergleichbar zu machen, zufällig verändert. Ausgangspunkt: {', '.join(town(record, u) for u in final)}. "
            f"Im Mittel bleiben {number(len(final) * found['kept_share'], 1)} von {len(final)} Städten, in "
            f"{number(100 * found['same_share'])} % der Wiederholungen genau dieselben."
        )
    )
    blocks += [_towns(found, record), _changes(found, record), *_tipping(found)]
    if found.get("remarks"):
        blocks += [Text("Vereinfachungen der Prüfung:"), Bullets(tuple(found["remarks"]))]
    return Section("Robustheit", tuple(blocks))


def _towns(found: dict, record: Record) -> Table:
    rows = tuple(
        (
            town(record, one["unit_id"]),
            f"{number(100 * one['remaining_share'], 1)} %",
            f"{number(100 * one['final_share'], 1)} %",
            "Endauswahl" if one["base_final"] else ("Stufe 1" if one["base_remaining"] else "–"),
        )
        for one in found["towns"][:_MOST_TOWNS]
    )
    more = f" (die ersten {_MOST_TOWNS} von {number(len(found['towns']))})" if len(found["towns"]) > _MOST_TOWNS else ""
    return Table(
        f"Wie oft jede Stadt gewählt wird{more}",
        ("Stadt", "nach Stufe 1", "in der Endauswahl", "im Ausgangspunkt"),
        rows,
        widths=(3, 1.3, 1.4, 1.4),
        numeric=(1, 2),
        small=True,
    )


def _changes(found: dict, record: Record) -> Table:
    listed = found["one_at_a_time"]
    stable = sum(row["final_kept"] == 1 for row in listed)
    rows = []
    for row in listed[:_MOST_CHANGES]:
        lost, new = (", ".join(town(record, u) for u in row[name]) for name in ("final_lost", "final_new"))
        what = row["title"] if row["change"] == row["title"] else f"{row['title']}: {row['change']}"
        rows.append((what, f"{number(100 * row['final_kept'])} %", f"{lost} → {new}" if lost else "–"))
    return Table(
        f"Eine Festlegung nach der anderen: {number(stable)} von {number(len(listed))} Änderungen lassen die "
        "Endauswahl, wie sie ist; hier die einflussreichsten",
        ("Änderung", "behält", "statt … kommt …"),
        tuple(rows),
        widths=(3.4, 0.8, 4),
        numeric=(1,),
        small=True,
    )


def _tipping(found: dict) -> list[Block]:
    strongest = [row for row in found["tipping"] if row["effect"] >= _LEAST_EFFECT][:_MOST_TIPPING]
    if not strongest:
        return [Text("Keine einzelne Festlegung hängt erkennbar damit zusammen, ob die Auswahl erhalten bleibt.")]
    rows = tuple(
        (
            _KINDS.get(row["kind"], row["kind"]),
            "–" if row["kind"] == "normalisation" else row["title"],
            number(row["effect"], 2),
        )
        for row in strongest
    )
    return [
        Table(
            "Was die Auswahl kippt (0 = ohne Einfluss, 1 = bestimmt es allein; Rangkorrelation oder Eta)",
            ("Festlegung", "Kriterium", "Zusammenhang"),
            rows,
            widths=(3, 4, 1.2),
            numeric=(2,),
            small=True,
        )
    ]


def named(content: dict) -> set[str]:
    """Towns that the section names."""
    if not is_there(content):
        return set()
    found = content["robustness"]
    ids = {one["unit_id"] for one in found["towns"][:_MOST_TOWNS]} | set(found["base"]["final"])
    return ids | {u for row in found["one_at_a_time"][:_MOST_CHANGES] for u in (*row["final_new"], *row["final_lost"])}
