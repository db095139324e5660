"""Imports of the past: when, which file, and the report kept on it."""

from __future__ import annotations

import duckdb
import pandas as pd


def imports(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Imported files, the latest first: source_id, file_name, imported_at, source_title, provenance, values."""
    return con.execute(
        """
        SELECT l.source_id, l.file_name, l.imported_at, s.title AS source_title, s.provenance,
               coalesce((l.report->>'values_used')::BIGINT, 0) AS values_used
        FROM import_log l LEFT JOIN source s USING (source_id)
        ORDER BY l.imported_at DESC, l.file_name
        """
    ).df()


def report(con: duckdb.DuckDBPyConnection, source_id: str) -> str | None:
    """The report on an imported file as JSON text; None where none was kept."""
    rows = con.execute("SELECT report FROM import_log WHERE source_id = ? LIMIT 1", [source_id]).fetchall()
    return rows[0][0] if rows else None
