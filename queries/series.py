"""Indicators over time: the values of one region, with what breaks the series."""

from __future__ import annotations

import duckdb
import pandas as pd


def series(con: duckdb.DuckDBPyConnection, level: str, region_id: str, at_least: int = 3) -> pd.DataFrame:
    """Every indicator of a region with values of at least that many single years.

    Columns: indicator_id, period, year, value, population_basis, provenance, reason (of a flag, or None).
    """
    return con.execute(
        """
        SELECT o.indicator_id, o.period, o.period::INT AS year, o.value, p.population_basis, o.provenance,
               (SELECT min(f.reason) FROM value_flag f WHERE f.indicator_id = o.indicator_id AND f.level = o.level
                AND f.region_id = o.region_id AND f.period = o.period) AS reason
        FROM best_observation o
        LEFT JOIN indicator_period p ON p.indicator_id = o.indicator_id AND p.period = o.period
        WHERE o.level = $level AND o.region_id = $region_id AND o.value IS NOT NULL
          AND regexp_full_match(o.period, '[0-9]{4}')
        QUALIFY count(*) OVER (PARTITION BY o.indicator_id) >= $at_least
        ORDER BY o.indicator_id, year
        """,
        {"level": level, "region_id": region_id, "at_least": at_least},
    ).df()


def medians(con: duckdb.DuckDBPyConnection, indicator_id: str) -> pd.DataFrame:
    """Median of the small towns by year: year, median, towns (with a value)."""
    return con.execute(
        """
        SELECT o.period::INT AS year, median(o.value) AS median, count(*) AS towns
        FROM best_observation o JOIN small_town u ON u.unit_id = o.region_id
        WHERE o.indicator_id = ? AND o.level = 'unit' AND o.value IS NOT NULL
          AND regexp_full_match(o.period, '[0-9]{4}')
        GROUP BY year ORDER BY year
        """,
        [indicator_id],
    ).df()
