"""The chosen towns beside one another in the protocol: their values, where they differ, how they spread."""

from __future__ import annotations

from queries.record import Record
from queries.record_stage2 import Stage2Record
from reports import open_points
from reports.document import Block, Table, Text
from reports.german_words import MISSING, UNDECIDED, number, plain, titled, town

# More towns than this would not fit side by side on a page.
_TOWNS_SIDE_BY_SIDE = 4


def profiles(content: dict, record: Record, stage2: Stage2Record) -> tuple[Block, ...]:
    """Values of the chosen (or proposed) towns on every criterion, some towns side by side."""
    final, _ = open_points.final_set(content, stage2)
    stage1 = record.stage1
    known = [unit_id for unit_id in final if stage1 is not None and unit_id in stage1.values.index]
    if not known:
        return (Text(UNDECIDED, muted=True),)
    synthetic = any("synthetisch" in found for found in stage1.criteria["provenances"])
    mark = " – enthält Modelldaten (synthetisch)" if synthetic else ""
    tables: list[Block] = []
    for start in range(0, len(known), _TOWNS_SIDE_BY_SIDE):
        some = known[start : start + _TOWNS_SIDE_BY_SIDE]
        rows = [
            (
                titled(facts.title, facts.unit_label),
                facts.period or "–",
                *(value_words(record, key, unit_id) for unit_id in some),
            )
            for key, facts in zip(stage1.criteria.index, stage1.criteria.itertuples(), strict=True)
        ]
        tables.append(
            Table(
                f"Werte, wie sie in die Auswahl eingingen; ↑ über, ↓ unter dem mittleren Wertebereich{mark}",
                ("Merkmal", "Zeitraum", *(town(record, unit_id) for unit_id in some)),
                tuple(rows),
                widths=(3.4, 0.9, *(1.5 for _ in some)),
                small=True,
            )
        )
    words = "Quelle, Stand und Herkunft jedes Merkmals stehen unter „Kriterien“. Ein Vergleich, keine Bewertung."
    return (*tables, Text(words, muted=True))


def value_words(record: Record, key: str, unit_id: str) -> str:
    """A town's value of a criterion in its unit, and on which side of the middle range it lies."""
    facts = record.stage1.criteria.loc[key]
    value, sign = record.stage1.values.loc[unit_id, key], record.stage1.pattern.loc[unit_id, key]
    if facts["is_category"]:
        return MISSING if value != value else ("zählt als Kontrast" if value else "kein Kontrast")
    return number(float(value), int(facts["decimals"])) + {1: " ↑", -1: " ↓"}.get(int(sign), "")


def spread(record: Record, stage2: Stage2Record) -> tuple[Block, ...]:
    """On which criteria the towns differ, and how they spread over what they were not chosen by."""
    blocks: list[Block] = []
    if stage2.ranges is not None and len(stage2.ranges):
        rows = tuple(
            (
                str(row.Index),
                f"{number(100 * row.range_share)} %" if row.range_share == row.range_share else MISSING,
                town(record, row.lowest_unit) if row.lowest_unit else MISSING,
                town(record, row.highest_unit) if row.highest_unit else MISSING,
                "ja" if row.contrasts else "kaum",
            )
            for row in stage2.ranges.itertuples()
        )
        blocks.append(
            Table(
                "Wo sich die Städte unterscheiden: ihre Spanne, gemessen an der aller verbliebenen Städte",
                ("Merkmal", "Spanne", "niedrigster Wert", "höchster Wert", "Gegensatz"),
                rows,
                widths=(3.6, 0.9, 2, 2, 1.1),
                numeric=(1,),
                small=True,
            )
        )
    if len(record.spread):
        rows = tuple(
            (row.attribute, row.value, number(row.chosen), number(row.population), f"{plain(row.population_pct, 1)} %")
            for row in record.spread.itertuples()
        )
        blocks.append(
            Table(
                "Streuung über Eigenschaften, nach denen nicht gewählt wurde, neben allen Städten zur Wahl",
                ("Eigenschaft", "Ausprägung", "gewählt", "zur Wahl", "Anteil"),
                rows,
                widths=(1.6, 3.4, 1, 1, 1),
                numeric=(2, 3, 4),
                small=True,
            )
        )
    return tuple(blocks) or (Text(UNDECIDED, muted=True),)
