"""Databases with imported files for the tests of this folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from kowis_data.import_files import import_files

# Parts of INKAR's bulk files: edition → (subject areas, spatial levels, periods).
BULK = {
    "2024": ("siedlungsstruktur,wirtschaft", "Gemeinden,Gemeindeverb,Bund", {"2011", "2012", "2019", "2021"}),
    "2021": (
        "oeffentliche_finanzen,siedlungsstruktur,verkehr_und_erreichbarkeit",
        "Gemeindeverb",
        {"2016/2017/2018", "2017", "2018", "2019", "2020"},
    ),
}


@pytest.fixture
def own_copy(built_database, tmp_path) -> Path:
    """A database of the base data that a test may change."""
    return Path(shutil.copy(built_database, tmp_path / "atlas.duckdb"))


@pytest.fixture(scope="session")
def inkar_bulk(official_data, tmp_path_factory) -> dict[str, Path]:
    """Excerpts of INKAR's bulk files in the published layout, by edition."""
    folder = tmp_path_factory.mktemp("inkar")
    tool = official_data.parents[1] / "tools" / "inkar_bulk.py"
    made = {}
    for edition, (areas, levels, periods) in BULK.items():
        whole, made[edition] = folder / f"{edition}.csv", folder / f"inkar_{edition}.csv"
        command = [sys.executable, str(tool), edition, str(whole), "--areas", areas, "--levels", levels]
        subprocess.run(command, check=True, capture_output=True)
        with whole.open(encoding="utf-8") as lines, made[edition].open("w", encoding="utf-8") as kept:
            kept.write(lines.readline())
            kept.writelines(line for line in lines if line.rsplit(";", 2)[1] in periods)
        whole.unlink()
    return made


@pytest.fixture(scope="session")
def official_import(built_database, official_data, inkar_bulk, tmp_path_factory):
    """All single official files and excerpts of INKAR's bulk files imported in one go: (connection, report)."""
    database = Path(shutil.copy(built_database, tmp_path_factory.mktemp("official") / "atlas.duckdb"))
    files = [
        path
        for folder in sorted(official_data.iterdir())
        for path in sorted(folder.glob("*.*"))
        if path.suffix in (".csv", ".xlsx", ".xls", ".txt")
    ]
    report = import_files([*files, *inkar_bulk.values()], database)
    with duckdb.connect(str(database), read_only=True) as con:
        yield con, report
