"""A new database is made beside the old one and swapped in whole; a crash at any moment leaves the old one.

One writer at a time: a lock file beside the database (package filelock) is held while writing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout


class Busy(Exception):
    """Another process is writing the database."""


@contextmanager
def new_database(
    path: Path, *, start_from_old: bool = False, wait_seconds: float = 30
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connection to a new database that replaces `path` when the block ends without an error.

    Parameters
    ----------
    path : the database to be replaced.
    start_from_old : begin with a copy of the present database instead of an empty one.
    wait_seconds : how long to wait for another writer before `Busy` is raised.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    try:
        lock = FileLock(path.with_name(path.name + ".lock")).acquire(timeout=wait_seconds)
    except Timeout as error:
        raise Busy(
            "Gerade schreibt ein anderer Vorgang in die Datenbank. Bitte warten, bis er fertig ist, "
            "und es dann noch einmal versuchen."
        ) from error
    with lock:
        _remove(new)
        try:
            if start_from_old and path.exists():
                shutil.copyfile(path, new)
            with duckdb.connect(str(new)) as con:
                yield con
                con.execute("CHECKPOINT")
            os.replace(new, path)
        finally:
            _remove(new)


def set_aside(path: Path) -> Path:
    """Rename a broken database so that nothing is lost; returns its new path."""
    aside = path.with_name(f"{path.name}.defekt-{datetime.now():%Y%m%d-%H%M%S-%f}")
    os.replace(path, aside)
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        os.replace(wal, aside.with_name(aside.name + ".wal"))
    return aside


def _remove(new: Path) -> None:
    for leftover in (new, new.with_name(new.name + ".wal")):
        leftover.unlink(missing_ok=True)
