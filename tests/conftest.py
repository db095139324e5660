"""Fixtures shared by all tests."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, settings

# Two slow cores shared with other work: no deadlines; the same examples every time.
settings.register_profile(
    "atlas", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("atlas")


# Files whose tests share something that takes long to make: with several processes (`-n 2`) one of them runs them all.
SHARED = {
    "tests/imports/test_official_files.py": "official",
    "tests/imports/test_single_values.py": "official",
    "tests/imports/test_domain_traps.py": "official",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Deal out whole files, all browser tests as one: two browsers at a time only slow each other down."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0]
            return "browser" if "/browser/" in path else SHARED.get(path, path)

    return ByFile(config, log)


@pytest.fixture(scope="session")
def official_data() -> Path:
    """Folder of the official files (environment variable KOWIS_OFFICIAL_DATA); they are no part of the project."""
    folder = os.environ.get("KOWIS_OFFICIAL_DATA", "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    hint = "KOWIS_OFFICIAL_DATA nennt keinen Ordner mit den amtlichen Dateien"
    if os.environ.get("CI") == "true":
        pytest.fail(hint)
    pytest.skip(hint)


@pytest.fixture(scope="session")
def built_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database built once from the shipped base data. Read only: a test that changes it takes `own_database`."""
    from kowis_data.build import build

    path = tmp_path_factory.mktemp("atlas") / "kowis.duckdb"
    build(path)
    return path


@pytest.fixture(scope="session")
def con(built_database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Read-only connection to a private copy of the built database, opened as the app opens it."""
    from queries import database

    connection = database.open_copy(built_database)
    yield connection
    database.close_copy(connection)


@pytest.fixture(scope="session")
def catalogue(con):
    """The indicators that the app offers, by id."""
    from queries import indicators

    return indicators.indicators(con)


@pytest.fixture
def own_database(built_database: Path, tmp_path: Path) -> Path:
    """A copy of the built database that a test may break."""
    path = tmp_path / "own" / "kowis.duckdb"
    path.parent.mkdir()
    shutil.copyfile(built_database, path)
    return path


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees or touches the database and the workspace of the person who runs it."""
    monkeypatch.setenv("KOWIS_DATABASE", str(tmp_path / "kowis.duckdb"))
    monkeypatch.setenv("KOWIS_WORKSPACE", str(tmp_path / "workspace"))
