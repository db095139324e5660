"""Opens the database for reading, as a private copy, so that a new one can be swapped in at any time."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import duckdb


class DatabaseMissing(Exception):
    """There is no database file."""


class DatabaseBroken(Exception):
    """The file exists but is no usable database of the atlas."""


def version(path: Path) -> str:
    """Mark of the file's present content, cheap to ask for: changes whenever a new database is swapped in."""
    try:
        stat = path.stat()
    except FileNotFoundError as error:
        raise DatabaseMissing(str(path)) from error
    return f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"


def open_copy(path: Path) -> duckdb.DuckDBPyConnection:
    """Read-only connection to a private copy of the database; the copy goes when the system cleans up.

    Raises
    ------
    DatabaseMissing : no file at `path`.
    DatabaseBroken : the file cannot be opened or lacks the tables of the atlas.
    """
    if not path.exists():
        raise DatabaseMissing(str(path))
    folder = Path(tempfile.mkdtemp(prefix="kowis-atlas-"))
    copy = folder / "atlas.duckdb"
    try:
        shutil.copyfile(path, copy)
        con = duckdb.connect(str(copy), read_only=True)
        con.execute("SELECT count(*) FROM build_info, small_town LIMIT 1").fetchall()
    except (duckdb.Error, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise DatabaseBroken(str(error)) from error
    return con


def close_copy(con: duckdb.DuckDBPyConnection) -> None:
    """Close a connection of `open_copy` and delete its private file."""
    paths = con.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'atlas'").fetchall()
    con.close()
    for (path,) in paths:
        shutil.rmtree(Path(path).parent, ignore_errors=True)
