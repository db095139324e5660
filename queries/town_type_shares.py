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


def types(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every town type in order of size: index town_type; title, type_group, at_least (persons of the largest member
    municipality), units, associations (of several municipalities), population of the units.
    """
    return (
        con.execute(
            """
            SELECT t.town_type, t.title, t.type_group, t.at_least, count(u.unit_id) AS units,
                   count(*) FILTER (u.member_count > 1) AS associations,
                   coalesce(sum(u.population), 0)::BIGINT AS population
            FROM town_type t LEFT JOIN unit u USING (town_type)
            GROUP BY t.town_type, t.title, t.type_group, t.at_least, t.position ORDER BY t.position
            """
        )
        .df()
        .set_index("town_type")
    )


def dated_types(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Imported types of other dates: attribute, title, reference_date, source_title, value_label, units, population
    (of today), one row per type; empty where none were imported.
    """
    return con.execute(
        """
        SELECT a.attribute, a.title, a.reference_date, any_value(s.title) AS source_title, a.value_code, a.value_label,
               count(*) AS units, sum(u.population)::BIGINT AS population
        FROM unit_attribute a JOIN unit u USING (unit_id) LEFT JOIN source s USING (source_id)
        WHERE a.attribute IN ('stadttyp', 'stadt_gemeindetyp')
        GROUP BY a.attribute, a.title, a.reference_date, a.value_code, a.value_label
        ORDER BY a.attribute, a.value_code
        """
    ).df()


def units(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every unit with its type, for the map (no waters): unit_id, name, town_type, title, population."""
    return con.execute(
        "SELECT u.unit_id, u.display_name AS name, u.town_type, t.title, u.population FROM unit u "
        "JOIN town_type t USING (town_type) SEMI JOIN county USING (county_id) ORDER BY u.unit_id"
    ).df()
