"""A new database is made beside the old one and swapped in whole; a crash at any moment leaves the old one.

One writer at a time: a lock file beside the database (package filelock) is held while writing.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

# What DuckDB says where the system reports a full disk.
_FULL = re.compile(r"no space left|disk quota|file too large|not enough space", re.I)


class Busy(Exception):
    """Another process is writing the database."""


class NotWritten(Exception):
    """The disk is full, or the folder of the database cannot be written to; the old database is as it was."""


class Discard(Exception):
    """Raised inside `new_database`: throw the new database away and go on, the old one stays."""


@contextmanager
def writing(path: Path, wait_seconds: float = 30) -> Iterator[None]:
    """The right to change the database, held by one process at a time; raises `Busy` after waiting in vain."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(path.name + ".lock")).acquire(timeout=wait_seconds)
    except Timeout as error:
        raise Busy(
            "Gerade schreibt ein anderer Vorgang in die Datenbank. Bitte warten, bis er fertig ist, "
            "und es dann noch einmal versuchen."
        ) from error
    except OSError as error:
        raise _not_written(path, error) from error
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
        except (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException, OSError) as error:
            raise _not_written(path, error) from error
        finally:
            _remove(new)


def is_disk_full(error: Exception) -> bool:
    """Whether an error of the system or of DuckDB says that there is no room left to write."""
    return getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or bool(_FULL.search(str(error)))


def _not_written(path: Path, error: Exception) -> NotWritten:
    """The error in words: what went wrong, that nothing is lost, what helps."""
    text = str(error)
    if is_disk_full(error):
        what = "auf dem Datenträger ist nicht genug Platz"
        advice = "Platz schaffen (nötig ist etwa das Doppelte der Datenbank)"
    elif isinstance(error, (PermissionError, NotADirectoryError, FileExistsError)) or "Read-only" in text:
        what = f"in den Ordner {path.parent} lässt sich nicht schreiben"
        advice = "Rechte des Ordners prüfen oder mit KOWIS_DATABASE einen anderen Ort wählen"
    elif isinstance(error, duckdb.OutOfMemoryException):
        what, advice = "der Arbeitsspeicher reicht nicht", "Andere Programme schließen oder weniger Dateien auf einmal"
    else:
        what, advice = text.splitlines()[0][:200], "Datenträger und Rechte prüfen"
    return NotWritten(
        f"Die neue Datenbank ließ sich nicht schreiben: {what}. Die bisherige ist unverändert. "
        f"Abhilfe: {advice} und es noch einmal versuchen."
    )


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
    # What DuckDB could not hold in memory.
    shutil.rmtree(new.with_name(new.name + ".tmp"), ignore_errors=True)
