"""Small tables of a town: its members, its keys and what it is sorted under, its neighbours."""

from __future__ import annotations

import pandas as pd

from queries.attributes import Attribute
from queries.indicators import Indicator
from ui import figures, german, html_table, remarks


def members(rows: pd.DataFrame) -> str:
    """HTML table of the municipalities of an association, as from `queries.towns.members`."""
    return html_table.table(
        ["Gemeinde", "AGS", "Bevölkerung", "Fläche (km²)"],
        [
            [
                html_table.text(row.name, strong=row.is_central),
                html_table.text(row.ags),
                german.number(row.population),
                german.number(row.area_km2, 1),
            ]
            for row in rows.itertuples(index=False)
        ],
        label="Gemeinden des Verbands",
        numeric=(2, 3),
    )


def keys(town: dict, sorted_under: list[tuple[Attribute, str]]) -> str:
    """HTML table of a unit's keys and of its attributes, each with date and source."""
    rows = [
        [
            "AGS der größten Gemeinde" if town["member_count"] > 1 else "Amtlicher Gemeindeschlüssel (AGS)",
            town["central_ags"],
            "",
        ],
        ["Schlüssel der Einheit", town["unit_id"], str(town["association_type"])],
    ]
    rows += [
        [attribute.title, label, f"Stand {attribute.reference_date}, {attribute.short_source}"]
        for attribute, label in sorted_under
    ]
    return html_table.table(
        ["Angabe", "Wert", "Stand und Quelle"],
        [[html_table.text(a), html_table.text(b), html_table.small(c)] for a, b, c in rows],
        label="Schlüssel und Einordnung",
    )


def neighbours(town: dict, rows: pd.DataFrame, values: pd.DataFrame, indicator: Indicator) -> str:
    """HTML table of a town and its neighbours with their values of one indicator.

    `rows` as from `queries.towns.neighbours`, `values` as from `queries.indicators.of_units` for them and the town.
    """
    by_unit = values.set_index("unit_id")

    def cells(unit: dict, border: str, is_own: bool) -> list[str]:
        found = by_unit.loc[unit["unit_id"]]
        missing = pd.isna(found["value"])
        text = german.MISSING if missing else figures.value_text(indicator, found["value"], found["value_status"])
        said = remarks.reasons(found["value"], found["value_status"], found["flag"], found["note"])
        return [
            html_table.text(unit["display_name"], strong=is_own, second_line=unit["town_type_title"]),
            remarks.level_word(unit["member_count"]),
            html_table.text(remarks.marked(text, found["flag"]), strong=is_own, second_line=" · ".join(said)),
            german.number(unit["population"]),
            border,
        ]

    body = [cells(town, "–", True)]
    body += [cells(row, german.number(row["shared_border_km"], 1), False) for row in rows.to_dict("records")]
    return html_table.table(
        ["Stadt oder Gemeinde", "Wert gilt für", indicator.title, "Bevölkerung", "Gemeinsame Grenze (km)"],
        body,
        label=f"Nachbarn von {town['display_name']}",
        numeric=(3, 4),
    )
