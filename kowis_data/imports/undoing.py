"""The state before the last import: kept beside the database, brought back by `undo`."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from kowis_data import geometry, swap


class NothingToUndo(Exception):
    """There is no state before the last import."""


def undo_path(database: Path) -> Path:
    """Where the database as it was before the last import is kept."""
    return database.with_name(database.name + ".vorher")


def can_undo(database: Path) -> bool:
    """Whether `undo` has something to bring back."""
    return undo_path(database).exists()


def undo(database: Path) -> None:
    """Bring back the database as it was before the last import.

    Raises `NothingToUndo` where there is no earlier state, `kowis_data.swap.Busy` while another process writes.
    """
    before = undo_path(database)
    if not before.exists():
        raise NothingToUndo("Es gibt keinen Import, der sich zurücknehmen ließe.")
    unneeded = geometry.own_files(database)
    with swap.writing(database):
        os.replace(before, database)
    with duckdb.connect(str(database), read_only=True) as con:
        geometry.write_files(con)
    remove_boundary_files(unneeded, database)


def remove_boundary_files(unneeded: set[str], database: Path) -> None:
    """Delete boundary files that neither the database nor the state before its last import needs."""
    geometry.remove_files(unneeded - geometry.files_of(database) - geometry.files_of(undo_path(database)))


def what_goes(database: Path) -> list[tuple[str, str, int]]:
    """(file, title of its source, number of values) of what `undo` would take away; empty where that is unknown."""
    before = undo_path(database)
    if not (before.exists() and database.exists()):
        return []
    try:
        with duckdb.connect(str(before), read_only=True) as con:
            kept = [row[0] for row in con.execute("SELECT source_id FROM import_log").fetchall()]
        with duckdb.connect(str(database), read_only=True) as con:
            return con.execute(
                """
                SELECT l.file_name, any_value(s.title), (SELECT count(*) FROM observation o
                       WHERE o.source_id = l.source_id)
                FROM import_log l LEFT JOIN source s USING (source_id)
                WHERE l.source_id NOT IN (SELECT unnest($kept::VARCHAR[]))
                GROUP BY l.source_id, l.file_name ORDER BY l.file_name
                """,
                {"kept": kept},
            ).fetchall()
    except duckdb.Error:
        return []
