"""Counts which periods of each indicator have values; every writer of observations calls it at its end."""

from __future__ import annotations

import duckdb

from kowis_data.settings import SQL


def count_periods(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `period_coverage` anew, on which the view `default_period` rests (sql/coverage.sql)."""
    con.execute((SQL / "coverage.sql").read_text(encoding="utf-8"))
