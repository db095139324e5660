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


class Discard(Exception):
    """Raised inside `new_database`: throw the new database away and go on, the old one stays."""


@contextmanager
def writing(path: Path, wait_seconds: float = 30) -> Iterator[None]:
    """The right to change the database, held by one process at a time; raises `Busy` after waiting in vain."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(path.with_name(path.name + ".lock")).acquire(timeout=wait_seconds)
    except Timeout as error:
        raise Busy(
            "Gerade schreibt ein anderer Vorgang in die Datenbank. Bitte warten, bis er fertig ist, "
            "und es dann noch einmal versuchen."
        ) from error
    with lock:
        yield


@contextmanager
def new_database(
    path: Path, *, start_from_old: bool = False, keep_old_as: Path | None = None, wait_seconds: float = 30
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Connection to a new database that replaces `path` when the block ends without an error.

    Parameters
    ----------
    path : the database to be replaced.
    start_from_old : begin with a copy of the present database instead of an empty one.
    keep_old_as : keep the replaced database under this name.
    wait_seconds : how long to wait for another writer before `Busy` is raised.
    """
    with writing(path, wait_seconds):
        new = path.with_name(path.name + ".new")
        _remove(new)
        try:
            if start_from_old and path.exists():
                shutil.copyfile(path, new)
            with duckdb.connect(str(new)) as con:
                yield con
                con.execute("CHECKPOINT")
            if keep_old_as and path.exists():
                _keep(path, keep_old_as)
            os.replace(new, path)
        except Discard:
            pass
        finally:
            _remove(new)


def _keep(path: Path, kept: Path) -> None:
    """A second name for the present file where the disk allows it, else a copy; whole or not at all."""
    beside = kept.with_name(kept.name + ".new")
    beside.unlink(missing_ok=True)
    try:
        os.link(path, beside)
    except OSError:
        shutil.copyfile(path, beside)
    os.replace(beside, kept)


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
