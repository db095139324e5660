"""The towns of a map as a table, highest value first, and the same rows as a file."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries.indicators import Indicator
from ui import german, provenance, remarks
from ui.map_note import map_note

PARTS = ("Höchste 50", "Niedrigste 50", "Alle")


def ranked(frame: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """The rows of `queries.indicators.values` by value, with `rank` (1 = highest), `level` and `remark`."""
    ranking = frame.sort_values(["value", "unit_id"], ascending=[False, True]).assign(
        rank=lambda f: f["value"].rank(ascending=False, method="min").astype("Int64"),
        level="Kreis" if indicator.is_county_context else frame["member_count"].map(remarks.level_word),
        value=lambda f: f["value"].round(indicator.decimals),
    )
    return ranking.assign(remark=remarks.column(ranking))


def part_of(ranking: pd.DataFrame, part: str) -> pd.DataFrame:
    """The rows of one of `PARTS`."""
    if part == "Alle":
        return ranking
    with_value = ranking.dropna(subset="value")
    return with_value.head(50) if part == PARTS[0] else with_value.tail(50).iloc[::-1]


def column_order(shown: pd.DataFrame, indicator: Indicator) -> list[str]:
    """Columns worth showing: remarks and counts only where there are any."""
    columns = ["rank", "name", "level", "value"]
    columns += ["number_of_cases"] * bool(shown["number_of_cases"].notna().any())
    columns += ["remark"] * bool((shown["remark"] != "").any())
    return [*columns, "county_name", "state_name", "town_type_title", "population"]


def column_config(indicator: Indicator) -> dict:
    """Headings and formats of the table."""
    return {
        "rank": st.column_config.NumberColumn("Rang", width="small", format="localized"),
        "name": st.column_config.TextColumn("Stadt", width="medium"),
        "level": st.column_config.TextColumn("Wert gilt für", width="small"),
        "number_of_cases": st.column_config.NumberColumn(
            "Fälle", width="small", format="localized", help=f"{indicator.count_title}. {remarks.SMALL_NUMBERS}"
        ),
        "remark": st.column_config.TextColumn("Hinweis", width="medium"),
        "county_name": "Kreis",
        "state_name": "Land",
        "town_type_title": "Stadttyp",
        "population": st.column_config.NumberColumn("Bevölkerung", format="localized"),
        "value": st.column_config.NumberColumn(
            german.short_unit(indicator.unit_label),
            format="localized",
            help=f"{indicator.title}, {indicator.unit_label}",
        ),
    }


def as_csv(ranking: pd.DataFrame, indicator: Indicator, period: dict) -> bytes:
    """All rows for a German spreadsheet: semicolons, decimal commas; source, date and remarks in every row."""
    table = pd.DataFrame(
        {
            "Rang": ranking["rank"],
            "Schlüssel der Einheit": ranking["unit_id"],
            "Stadt": ranking["name"],
            "Kreis": ranking["county_name"],
            "Land": ranking["state_name"],
            "Stadttyp": ranking["town_type_title"],
            "Wert gilt für": ranking["level"],
            "Merkmal": indicator.title,
            "Einheit": indicator.unit_label,
            "Wert": ranking["value"],
            "Fälle": ranking["number_of_cases"],
            "Hinweis": ranking["remark"],
            "Zeitraum": period["period"],
            "Quelle und Herkunft": provenance.source_line(indicator, period),
            "Vermerk": f"{indicator.attribution}; {map_note()}" if indicator.attribution else map_note(),
        }
    )
    if indicator.count_indicator is None:
        table = table.drop(columns="Fälle")
    return table.to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig")
