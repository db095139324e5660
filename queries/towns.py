"""Towns: found by name or key, and what they are made of."""

from __future__ import annotations

import duckdb
import pandas as pd

_TOWN_COLUMNS = """
    u.unit_id, u.name AS association_name, u.display_name, c.name AS central_name, c.designation,
    u.association_type, u.central_ags, u.town_type, t.title AS town_type_title, u.population,
    u.largest_member_population, u.area_km2, u.lon, u.lat, u.county_id, k.name AS county_name,
    k.kind AS county_kind, u.state_id, s.name AS state_name, u.member_count, u.travel_area, u.urbanisation,
    u.town_type IN ('groessere_kleinstadt', 'kleine_kleinstadt') AS is_small_town
"""
_TOWN_TABLES = """
    unit u JOIN municipality c ON c.ags = u.central_ags JOIN county k ON k.county_id = u.county_id
    JOIN state s ON s.state_id = u.state_id JOIN town_type t ON t.town_type = u.town_type
"""

_SEARCH = """
    WITH wanted AS (
        SELECT trim(search_key($text)) AS word, trim(plain_key($text)) AS plain_word
    ),
    hit AS (
        SELECT m.unit_id, m.ags, m.name, m.population, u.display_name, k.name AS county_name,
               s.name AS state_name, t.title AS town_type_title, m.ags = u.central_ags AS is_central,
               u.town_type IN ('groessere_kleinstadt', 'kleine_kleinstadt') AS is_small_town,
               CASE WHEN trim(search_key(m.name)) = word OR trim(plain_key(m.name)) = plain_word
                         OR $key IN (m.ags, m.ars, m.unit_id) THEN 0
                    WHEN starts_with(search_key(m.name), word) THEN 1
                    ELSE 2 END AS distance
        FROM wanted, municipality m JOIN unit u USING (unit_id) JOIN county k ON k.county_id = m.county_id
        JOIN state s ON s.state_id = m.state_id JOIN town_type t ON t.town_type = u.town_type
        WHERE $key IN (m.ags, m.ars, m.unit_id)
           OR (word <> '' AND (contains(search_key(m.name), word) OR contains(search_key(u.name), word)
                               OR contains(plain_key(m.name), plain_word)))
    )
    SELECT * FROM hit
    QUALIFY row_number() OVER (PARTITION BY unit_id ORDER BY distance, is_central DESC, population DESC, ags) = 1
    ORDER BY distance, is_small_town DESC, population DESC, ags
    LIMIT $limit
"""


def search(con: duckdb.DuckDBPyConnection, text: str, limit: int = 12) -> pd.DataFrame:
    """Units whose municipalities or association fit the text, best first.

    The text may be a name, a part of it, an AGS, ARS or unit key; case, umlauts (`ü` or `ue` or `u`) and hyphens
    do not matter. Columns: unit_id, ags and name of the municipality found, display_name of the unit, county_name,
    state_name, town_type_title, is_central, is_small_town, population of that municipality, distance (0 = exact).
    """
    digits = text.replace(" ", "").strip()
    key = digits if digits.isdecimal() else ""
    if len(key) in (7, 11):  # spreadsheets drop the leading zero
        key = "0" + key
    return con.execute(_SEARCH, {"text": text, "key": key, "limit": limit}).df()


def similar_names(con: duckdb.DuckDBPyConnection, text: str, limit: int = 5) -> pd.DataFrame:
    """Units with a name close to a text that nothing fits (typing errors); columns unit_id, ags, name."""
    return con.execute(
        """
        SELECT unit_id, ags, name FROM municipality
        WHERE jaro_winkler_similarity(search_key(name), search_key($text)) > 0.85
        ORDER BY jaro_winkler_similarity(search_key(name), search_key($text)) DESC, population DESC, ags
        LIMIT $limit
        """,
        {"text": text, "limit": limit},
    ).df()


def unit_of(con: duckdb.DuckDBPyConnection, key: str) -> str | None:
    """Key of the unit for an AGS (8 digits), ARS (12) or unit key (9); None where there is none today.

    Coastal waters and the border river have keys too, but belong to no county and are no place to look at.
    """
    rows = con.execute(
        "SELECT unit_id FROM municipality SEMI JOIN county USING (county_id) "
        "WHERE ags = $key OR ars = $key OR unit_id = $key LIMIT 1",
        {"key": key},
    ).fetchall()
    return rows[0][0] if rows else None


def town(con: duckdb.DuckDBPyConnection, unit_id: str) -> dict | None:
    """Everything the register says about a unit, as a dict; None if there is no such unit."""
    frame = con.execute(f"SELECT {_TOWN_COLUMNS} FROM {_TOWN_TABLES} WHERE u.unit_id = ?", [unit_id]).df()
    return frame.iloc[0].to_dict() if len(frame) else None


def members(con: duckdb.DuckDBPyConnection, unit_id: str) -> pd.DataFrame:
    """Member municipalities of a unit, largest first: ags, name, designation, population, area_km2, is_central."""
    return con.execute(
        """
        SELECT m.ags, m.name, m.designation, m.population, m.area_km2, m.ags = u.central_ags AS is_central
        FROM municipality m JOIN unit u USING (unit_id)
        WHERE m.unit_id = ? ORDER BY m.population DESC, m.ags
        """,
        [unit_id],
    ).df()


def neighbours(con: duckdb.DuckDBPyConnection, unit_id: str) -> pd.DataFrame:
    """Units that share a border with a unit, longest border first."""
    return con.execute(
        """
        SELECT u.unit_id, u.display_name, t.title AS town_type_title, u.population, u.member_count, n.shared_border_km,
               u.town_type IN ('groessere_kleinstadt', 'kleine_kleinstadt') AS is_small_town
        FROM unit_neighbour n JOIN unit u ON u.unit_id = n.neighbour_id
        JOIN town_type t ON t.town_type = u.town_type
        WHERE n.unit_id = ? AND u.town_type <> 'gemeindefrei'
        ORDER BY n.shared_border_km DESC, u.unit_id
        """,
        [unit_id],
    ).df()


def labels(con: duckdb.DuckDBPyConnection, unit_ids: tuple[str, ...]) -> pd.DataFrame:
    """What a list or map needs to name units: unit_id, name, central_ags, county_name, state_name, lon, lat."""
    return con.execute(
        """
        SELECT u.unit_id, u.display_name AS name, u.central_ags, k.name AS county_name, s.name AS state_name,
               u.lon, u.lat
        FROM unit u JOIN county k USING (county_id) JOIN state s ON s.state_id = u.state_id
        WHERE u.unit_id IN (SELECT unnest(?)) ORDER BY u.unit_id
        """,
        [list(unit_ids)],
    ).df()


def small_town_names(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name and county of every small town by unit id, in alphabetical order."""
    return dict(
        con.execute(
            "SELECT u.unit_id, u.display_name || ' · ' || k.name FROM small_town u JOIN county k USING (county_id) "
            "ORDER BY search_key(u.display_name), u.unit_id"
        ).fetchall()
    )


def larger_towns(con: duckdb.DuckDBPyConnection, at_least: int = 50_000) -> pd.DataFrame:
    """Towns whose largest municipality has that many people: unit_id, name, lon, lat."""
    return con.execute(
        "SELECT u.unit_id, m.name, u.lon, u.lat FROM unit u JOIN municipality m ON m.ags = u.central_ags "
        "WHERE u.largest_member_population >= ? ORDER BY u.unit_id",
        [at_least],
    ).df()


def small_town_counts(con: duckdb.DuckDBPyConnection) -> dict:
    """Number of small towns (`all`, `groessere_kleinstadt`, `kleine_kleinstadt`) and their population."""
    rows = con.execute("SELECT town_type, count(*), sum(population) FROM small_town GROUP BY town_type").fetchall()
    counts = {town_type: count for town_type, count, _ in rows}
    return counts | {"all": sum(counts.values()), "population": int(sum(row[2] for row in rows))}


def states(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names of the states that hold small towns, by key."""
    return dict(
        con.execute("SELECT state_id, name FROM state SEMI JOIN small_town USING (state_id) ORDER BY name").fetchall()
    )


def counties(con: duckdb.DuckDBPyConnection, state_ids: tuple[str, ...] = ()) -> dict[str, str]:
    """Names of the counties that hold small towns, by key; of the given states, or of all."""
    return dict(
        con.execute(
            "SELECT county_id, CASE WHEN count(*) OVER (PARTITION BY name) > 1 THEN name || ' (' || kind || ')' "
            "ELSE name END AS label FROM county SEMI JOIN small_town USING (county_id) "
            "WHERE len($states) = 0 OR state_id IN (SELECT unnest($states)) ORDER BY label, county_id",
            {"states": list(state_ids)},
        ).fetchall()
    )


def town_types(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Titles of the town types by id, in size order."""
    return dict(con.execute("SELECT town_type, title FROM town_type ORDER BY position").fetchall())
