"""Databases with imported files for the tests of this folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from kowis_data.import_files import import_files


@pytest.fixture
def own_copy(built_database, tmp_path) -> Path:
    """A database of the base data that a test may change."""
    return Path(shutil.copy(built_database, tmp_path / "atlas.duckdb"))


@pytest.fixture(scope="session")
def official_import(built_database, official_data, tmp_path_factory):
    """All single official files imported in one go: (connection, report)."""
    database = Path(shutil.copy(built_database, tmp_path_factory.mktemp("official") / "atlas.duckdb"))
    files = [
        path
        for folder in sorted(official_data.iterdir())
        for path in sorted(folder.glob("*.*"))
        if path.suffix in (".csv", ".xlsx", ".xls", ".txt")
    ]
    report = import_files(files, database)
    with duckdb.connect(str(database), read_only=True) as con:
        yield con, report
