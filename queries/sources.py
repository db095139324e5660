"""Where the figures come from: sources, corrections, the state of the database."""

from __future__ import annotations

import duckdb
import pandas as pd


def sources(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """All sources with the number of indicators and values that rest on them."""
    return con.execute(
        """
        SELECT s.*, coalesce(o.indicators, 0) AS indicators, coalesce(o.observations, 0) AS observations
        FROM source s LEFT JOIN (
            SELECT source_id, count(DISTINCT indicator_id) AS indicators, count(*) AS observations
            FROM observation GROUP BY source_id
        ) o USING (source_id)
        ORDER BY s.precedence, s.title
        """
    ).df()


def small_towns(con: duckdb.DuckDBPyConnection) -> int:
    """Number of small towns."""
    return con.execute("SELECT count(*) FROM small_town").fetchall()[0][0]


def corrections(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Documented corrections of official data: ags, name, field, old_value, new_value, reason, origin."""
    return con.execute(
        "SELECT c.ags, m.name, c.field, c.old_value, c.new_value, c.reason, c.origin "
        "FROM correction c JOIN municipality m USING (ags) ORDER BY c.ags"
    ).df()


def build_info(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Facts about the database itself: schema_version, territorial_status, population_date, built_at …"""
    return dict(con.execute("SELECT key, value FROM build_info").fetchall())


def boundary_attribution(con: duckdb.DuckDBPyConnection) -> str | None:
    """Attribution of the boundaries drawn, None for the shipped ones."""
    rows = con.execute("SELECT value FROM build_info WHERE key = 'boundary_attribution'").fetchall()
    return rows[0][0] if rows else None


def geometry_files(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """File name of each boundary layer, by layer."""
    return dict(con.execute("SELECT layer, file_name FROM geometry_file").fetchall())


def boundary_misfits(con: duckdb.DuckDBPyConnection, above_pct: float = 2) -> pd.DataFrame:
    """Small towns whose drawn area differs from the register by more than `above_pct` %, with the cause.

    A town that is not drawn at all has neither area nor deviation.
    """
    return con.execute(
        """
        SELECT u.unit_id, u.display_name AS name, b.register_area_km2, b.polygon_area_km2, b.deviation_pct, b.cause
        FROM boundary_check b JOIN small_town u USING (unit_id)
        WHERE abs(b.deviation_pct) > ? OR b.deviation_pct IS NULL ORDER BY abs(b.deviation_pct) DESC NULLS FIRST
        """,
        [above_pct],
    ).df()
