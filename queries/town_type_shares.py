"""How settlements, people, companies and employees spread over the town types (figure 2 of the study)."""

from __future__ import annotations

import duckdb
import pandas as pd

MEASURES = ("settlements", "population", "companies", "employees")
LAND_GROUP = "Landgemeinde"


def shares(con: duckdb.DuckDBPyConnection, *, in_groups: bool = True, with_landgemeinden: bool = False) -> pd.DataFrame:
    """Shares in % of each town type in all four measures, today's units; rows in order of size.

    `in_groups` gives the three groups of the study, otherwise the single types; as in the study Landgemeinden are
    left out unless asked for. Index: type or group; title and, per measure, `<measure>` (number) and
    `<measure>_pct`. Without a company register companies and employees are 0 and their shares missing.
    """
    key = "t.type_group" if in_groups else "t.town_type"
    frame = con.execute(
        f"""
        SELECT {key} AS type, any_value({"t.type_group" if in_groups else "t.title"}) AS title,
               min(t.position) AS position, count(*) AS settlements, sum(u.population)::DOUBLE AS population,
               coalesce(sum(c.companies), 0) AS companies, coalesce(sum(c.employees), 0) AS employees
        FROM unit u JOIN town_type t ON t.town_type = u.town_type LEFT JOIN company_unit c ON c.unit_id = u.unit_id
        WHERE u.town_type <> 'gemeindefrei' AND ($with_land OR t.type_group <> $land)
        GROUP BY ALL ORDER BY position
        """,
        {"with_land": with_landgemeinden, "land": LAND_GROUP},
    ).df()
    frame = frame.set_index("type").drop(columns="position")
    for measure in MEASURES:
        total = frame[measure].sum()
        frame[f"{measure}_pct"] = 100 * frame[measure] / total if total else float("nan")
    return frame


def published(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The study's shares of figure 2: columns measure, type_group, share_pct, page_or_figure."""
    return con.execute("SELECT * FROM published_share ORDER BY rowid").df()
