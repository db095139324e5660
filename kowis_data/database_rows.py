"""Single rows of facts written into tables of the schema."""

from __future__ import annotations

import duckdb


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return [name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()]


def insert_row(con: duckdb.DuckDBPyConnection, table: str, row: dict) -> None:
    """One row of facts into a table; facts that the table does not keep are left out."""
    row = {name: row[name] for name in columns(con, table) if row.get(name) is not None}
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
