"""Imports that are killed, run out of disk or meet another one: the database is the old or the new one, never between.

What a killed import leaves lying about stays there for the next one, which must not mind.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sys
import time
from pathlib import Path

import duckdb
import pytest

from kowis_data import import_files as imports
from kowis_data.checks import check_database
from queries import database as reading
from tests.imports import sound_files as sound

if sys.platform == "win32":
    pytest.skip("SIGKILL and fork", allow_module_level=True)

from tests.imports import child

KILLS = 50


def mark_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Values of four towns over 27 years and a few indicators, and one row that must be refused."""
    rows = [
        sound.inkar_row(key, f"{number},{year}", code=code, id=str(number), title=f"Merkmal {number}", period=str(year))
        for number, code in enumerate(("q_bev_fl", "q_alo", "a_eins", "a_zwei"), 11)
        for year in range(1995, 2022)
        for key in sound.TOWNS
    ]
    path = tmp_path_factory.mktemp("input") / "inkar.csv"
    path.write_text(sound.inkar(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """Random values that need room: 100,000 rows."""
    draw = random.Random(7)
    rows = [
        sound.inkar_row(key, f"{draw.random():.12f}".replace(".", ","), code=f"x{n}", id=str(n), title=f"Zufall {n}",
                        period=str(year))
        for n in range(1000)
        for year in range(1996, 2021)
        for key in sound.TOWNS
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("input") / "gross.csv"
    path.write_text(sound.inkar(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def states(built_database, file, tmp_path_factory):
    """(database before, its mark, its content, content after the import, seconds the import takes)."""
    database = Path(shutil.copy(built_database, tmp_path_factory.mktemp("states") / "atlas.duckdb"))
    old = child.content_of(database)
    child.run(database, file)  # warms the process that the others are forked from
    shutil.copyfile(built_database, database)
    begin = time.perf_counter()
    assert child.run(database, file) == 0
    seconds = time.perf_counter() - begin
    new = child.content_of(database)
    assert old != new
    return built_database, mark_of(built_database), old, new, seconds


def state_of(database: Path, states) -> str:
    """ "old" or "new"; fails where it is neither or contradicts itself."""
    _, mark, old, new, _ = states
    if mark_of(database) == mark:
        return "old"
    content = child.content_of(database)
    with duckdb.connect(str(database), read_only=True) as con:
        check_database(con)
    assert content in (old, new)
    return "old" if content == old else "new"


def test_killed_at_fifty_random_moments(states, file, own_copy):
    moments = random.Random(20240630)
    seen = []
    seconds = states[4]
    for number in range(KILLS):
        # Four fifths over the whole run and a little beyond, one fifth around its end, where the swap is.
        share = moments.uniform(0, 1.05) if number % 5 else moments.uniform(0.85, 1.1)
        process = child.start(own_copy, file)
        process.join(share * seconds)
        process.kill()
        process.join()
        state = state_of(own_copy, states)
        seen.append(state)
        if state == "new":
            imports.undo(own_copy)
            assert mark_of(own_copy) == states[1]
    assert seen.count("old") >= 10
    assert child.run(own_copy, file) == 0
    assert state_of(own_copy, states) == "new"
    left = {path.name for path in own_copy.parent.iterdir() if path.name.startswith(own_copy.name)}
    assert left == {"atlas.duckdb", "atlas.duckdb.lock", "atlas.duckdb.vorher"}


@pytest.mark.parametrize("step", child.STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_step_of_the_swap(states, file, own_copy, when, step):
    assert child.run(own_copy, file, die_at=(when, step)) == -9
    expected = "new" if (when, step) == ("after", "replace 2") else "old"
    assert state_of(own_copy, states) == expected
    # Whatever lies about: the next import works, and can be taken back.
    assert child.run(own_copy, file) == 0
    assert state_of(own_copy, states) == "new"
    imports.undo(own_copy)
    assert state_of(own_copy, states) == "old"


@pytest.mark.parametrize("more", [-1_000_000, 300_000], ids=["for the copy", "for what is added"])
def test_a_full_disk(states, large, own_copy, tmp_path, more):
    output = tmp_path / "output.txt"
    assert child.run(own_copy, large, largest_file=own_copy.stat().st_size + more, output=output) == 1
    said = output.read_text(encoding="utf-8")
    assert "nicht genug Platz" in said and "Die bisherige ist unverändert" in said
    assert "Traceback" not in said
    assert mark_of(own_copy) == states[1]
    left = {path.name for path in own_copy.parent.iterdir() if path.name.startswith(own_copy.name)}
    assert left == {"atlas.duckdb", "atlas.duckdb.lock"}


def test_two_imports_at_the_same_time_both_come_in(own_copy, file, tmp_path):
    other = tmp_path / "12411.csv"
    other.write_text(sound.genesis(), encoding="utf-8")
    both = [child.start(own_copy, file), child.start(own_copy, other)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    with duckdb.connect(str(own_copy), read_only=True) as con:
        check_database(con)
        names = con.execute("SELECT file_name FROM import_log ORDER BY 1").fetchall()
    assert names == [("12411.csv",), ("inkar.csv",)]


def test_the_same_file_twice_at_the_same_time_comes_in_once(states, own_copy, file):
    both = [child.start(own_copy, file), child.start(own_copy, file)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert state_of(own_copy, states) == "new"


def test_a_running_app_sees_the_new_database(own_copy, file):
    before = reading.version(own_copy)
    open_one = reading.open_copy(own_copy)
    assert child.run(own_copy, file) == 0
    assert reading.version(own_copy) != before
    assert open_one.execute("SELECT count(*) FROM import_log").fetchall() == [(0,)]  # its copy stays whole
    fresh = reading.open_copy(own_copy)
    assert fresh.execute("SELECT count(*) FROM import_log").fetchall() == [(1,)]
    reading.close_copy(open_one)
    reading.close_copy(fresh)
