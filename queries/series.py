"""Indicators over time: the values of one unit, with what breaks the series."""

from __future__ import annotations

import duckdb
import pandas as pd


def with_series(con: duckdb.DuckDBPyConnection, unit_id: str, at_least: int = 3) -> list[str]:
    """Indicators of a unit (or, in the county context, of its county) with values of at least that many years."""
    found = []
    for level, region_id in _regions(con, unit_id).items():
        rows = con.execute(
            """
            SELECT o.indicator_id
            FROM observation o JOIN indicator i USING (indicator_id)
            WHERE o.level = $level AND o.region_id = $region_id AND o.value IS NOT NULL
              AND coalesce(i.is_county_context, false) = ($level = 'county')
              AND regexp_full_match(o.period, '[0-9]{4}')
            GROUP BY o.indicator_id HAVING count(DISTINCT o.period) >= $at_least
            """,
            {"level": level, "region_id": region_id, "at_least": at_least},
        ).fetchall()
        found += [row[0] for row in rows]
    return sorted(found)


def of_indicator(con: duckdb.DuckDBPyConnection, unit_id: str, indicator_id: str) -> pd.DataFrame:
    """Values of one indicator for a unit by year, oldest first; of its county in the county context.

    Columns: period, year, value (never missing), value_status, population_basis, provenance, flag and note (why the
    value needs care, or None).
    """
    level = _level(con, indicator_id)
    return con.execute(
        """
        SELECT o.period, o.period::INT AS year, o.value, o.value_status,
               any_value(p.population_basis) AS population_basis,
               o.provenance, string_agg(DISTINCT f.reason, '; ' ORDER BY f.reason) AS flag,
               (SELECT string_agg(n.note, ' ' ORDER BY n.note) FROM unit_note n
                WHERE n.unit_id = $unit_id AND n.indicator_id = $indicator_id) AS note
        FROM best_observation o
        LEFT JOIN indicator_period p ON p.indicator_id = $indicator_id AND p.period = o.period
        LEFT JOIN unit_flag f ON f.unit_id = $unit_id AND f.indicator_id = $indicator_id AND f.period = o.period
        WHERE o.indicator_id = $indicator_id AND o.level = $level AND o.region_id = $region_id
          AND o.value IS NOT NULL AND regexp_full_match(o.period, '[0-9]{4}')
        GROUP BY o.period, o.value, o.value_status, o.provenance
        ORDER BY year
        """,
        {
            "unit_id": unit_id,
            "indicator_id": indicator_id,
            "level": level,
            "region_id": _regions(con, unit_id).get(level),
        },
    ).df()


def medians(con: duckdb.DuckDBPyConnection, indicator_id: str) -> pd.DataFrame:
    """Median of the small towns by year, of their own or their counties' values: year, median, towns (with a value)."""
    level = _level(con, indicator_id)
    key = "county_id" if level == "county" else "unit_id"
    return con.execute(
        f"""
        SELECT o.period::INT AS year, median(o.value) AS median, count(*) AS towns
        FROM best_observation o JOIN small_town u ON u.{key} = o.region_id
        WHERE o.indicator_id = $indicator_id AND o.level = $level AND o.value IS NOT NULL
          AND regexp_full_match(o.period, '[0-9]{{4}}')
        GROUP BY year ORDER BY year
        """,
        {"indicator_id": indicator_id, "level": level},
    ).df()


def _level(con: duckdb.DuckDBPyConnection, indicator_id: str) -> str:
    rows = con.execute(
        "SELECT 1 FROM indicator WHERE indicator_id = ? AND coalesce(is_county_context, false)", [indicator_id]
    ).fetchall()
    return "county" if rows else "unit"


def _regions(con: duckdb.DuckDBPyConnection, unit_id: str) -> dict[str, str]:
    """Key of the region whose values a unit shows, by level."""
    rows = con.execute("SELECT unit_id, county_id FROM unit WHERE unit_id = ?", [unit_id]).fetchall()
    return {"unit": rows[0][0], "county": rows[0][1]} if rows else {}
