"""Rows written into tables of the schema: single facts, and many at once without keeping their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Names of a table's columns, in order."""
    return [name for name, *_ in con.execute(f"DESCRIBE {table}").fetchall()]


def insert_row(con: duckdb.DuckDBPyConnection, table: str, row: dict) -> None:
    """One row of facts into a table; facts that the table does not keep are left out."""
    row = {name: row[name] for name in columns(con, table) if row.get(name) is not None}
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    con.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))


@contextmanager
def unordered(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let DuckDB forget the order of rows, so that it reads and writes with every core; the setting is put back.

    Rows stay together in blocks of a hundred thousand, so a table filled from a sorted one is still nearly sorted.
    """
    before = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute("SET preserve_insertion_order = false")
    try:
        yield
    finally:
        # After an error inside a transaction nothing can be set; unordered is then no harm to what follows.
        with suppress(duckdb.TransactionException):
            con.execute(f"SET preserve_insertion_order = {before}")
