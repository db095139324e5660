"""Writing the shipped tables: Parquet with zstd, the same bytes for the same rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

FILES = Path(__file__).parent / "files"


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write `table` (columns and row order as given) as Parquet to `path`."""
    con = duckdb.connect()
    try:
        # One thread keeps the order of the rows and so the bytes of the file: a re-make shows up in git
        # only where a value changed.
        con.execute("SET threads = 1")
        con.register("rows_to_write", table)
        target = str(path).replace("'", "''")
        options = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19"
        con.execute(f"COPY rows_to_write TO '{target}' ({options})")
    finally:
        con.close()
