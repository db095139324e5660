"""The database is replaced whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest
from filelock import FileLock

from kowis_data import build, swap
from kowis_data.settings import PROJECT
from queries import database


def content(path) -> list:
    with duckdb.connect(str(path), read_only=True) as con:
        return con.execute("SELECT * FROM t").fetchall()


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "kowis.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE t AS SELECT 1 AS x")
    return path


def leftovers(path) -> list[str]:
    return sorted(f.name for f in path.parent.iterdir() if f.name.startswith(path.name + ".new"))


def test_a_new_database_takes_the_place_of_the_old(old):
    with swap.new_database(old) as con:
        con.execute("CREATE TABLE t AS SELECT 2 AS x")
        assert content(old) == [(1,)]  # until the block ends
    assert content(old) == [(2,)]
    assert leftovers(old) == []


def test_an_error_leaves_the_old_one(old):
    with pytest.raises(RuntimeError, match="midway"), swap.new_database(old) as con:
        con.execute("CREATE TABLE t AS SELECT 2 AS x")
        raise RuntimeError("midway")
    assert content(old) == [(1,)]
    assert leftovers(old) == []
    with swap.new_database(old) as con:  # and the lock is free again
        con.execute("CREATE TABLE t AS SELECT 3 AS x")
    assert content(old) == [(3,)]


def test_start_from_the_old_one(old):
    with swap.new_database(old, start_from_old=True) as con:
        con.execute("INSERT INTO t VALUES (2)")
    assert content(old) == [(1,), (2,)]


def test_leftovers_of_a_crash_are_no_hindrance(old):
    old.with_name(old.name + ".new").write_bytes(b"half a database")
    old.with_name(old.name + ".new.wal").write_bytes(b"half a log")
    with swap.new_database(old) as con:
        con.execute("CREATE TABLE t AS SELECT 2 AS x")
    assert content(old) == [(2,)]


def test_busy_while_another_process_writes(old):
    with FileLock(old.with_name(old.name + ".lock")):
        start = time.perf_counter()
        with pytest.raises(swap.Busy, match="anderer Vorgang"), swap.new_database(old, wait_seconds=0.2):
            pass
        assert time.perf_counter() - start < 5
    assert content(old) == [(1,)]


def test_a_reader_keeps_its_copy_while_a_new_database_comes_in(own_database):
    before = database.version(own_database)
    con = database.open_copy(own_database)
    build.build(own_database)
    assert database.version(own_database) != before
    assert con.execute("SELECT count(*) FROM small_town").fetchone() == (2_122,)
    database.close_copy(con)


def damage_text(path):
    path.write_bytes(b"this is no database at all " * 400)


def damage_nothing(path):
    path.write_bytes(b"")


def damage_head(path):
    path.write_bytes(b"\0" * 20_000 + path.read_bytes()[20_000:])


def damage_half(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def damage_foreign(path):
    path.unlink()
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE something_else AS SELECT 1 AS x")


def damage_version(path):
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE build_info SET value = '0' WHERE key = 'schema_version'")


def damage_middle(path):
    content = path.read_bytes()
    start, end = int(0.6 * len(content)), int(0.8 * len(content))
    path.write_bytes(content[:start] + b"\x55" * (end - start) + content[end:])


@pytest.mark.parametrize(
    "damage",
    [damage_text, damage_nothing, damage_head, damage_half, damage_foreign, damage_version, damage_middle],
)
def test_a_broken_database_is_set_aside_and_built_anew(own_database, damage):
    damage(own_database)
    broken = own_database.read_bytes()
    aside = build.ensure(own_database)
    assert aside is not None and aside.name.startswith("kowis.duckdb.defekt-")
    assert aside.read_bytes() == broken  # kept, not deleted
    con = database.open_copy(own_database)
    assert con.execute("SELECT count(*) FROM small_town").fetchone() == (2_122,)
    database.close_copy(con)
    assert build.ensure(own_database) is None  # once is enough


def test_a_good_database_stays(own_database):
    before = database.version(own_database)
    assert build.ensure(own_database) is None
    assert database.version(own_database) == before


def test_a_verified_database_is_read_again_only_when_it_changed(own_database, monkeypatch):
    read = []
    verify = build._is_usable
    monkeypatch.setattr(build, "_is_usable", lambda path: read.append(path) or verify(path))
    assert build.ensure(own_database) is None and build.ensure(own_database) is None
    assert len(read) == 1
    damage_middle(own_database)
    assert build.ensure(own_database) is not None
    assert len(read) == 2


def test_a_missing_database_is_built(tmp_path):
    path = tmp_path / "new folder" / "kowis.duckdb"
    assert build.ensure(path) is None
    assert path.exists()


def test_two_broken_databases_are_both_kept(own_database):
    names = set()
    for mark in (b"first", b"second"):
        own_database.write_bytes(mark)
        names.add(build.ensure(own_database))
    assert {path.read_bytes() for path in names} == {b"first", b"second"}


def test_opening_says_what_is_wrong(tmp_path):
    with pytest.raises(database.DatabaseMissing):
        database.open_copy(tmp_path / "nothing.duckdb")
    with pytest.raises(database.DatabaseMissing):
        database.version(tmp_path / "nothing.duckdb")
    broken = tmp_path / "broken.duckdb"
    damage_text(broken)
    with pytest.raises(database.DatabaseBroken):
        database.open_copy(broken)


def test_nobody_writes_through_the_readers_connection(con):
    with pytest.raises(duckdb.Error, match="read-only"):
        con.execute("DELETE FROM unit")


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_killed_build_leaves_a_good_database(own_database):
    """Killed without warning at random moments; what stands in the place must be whole, and the next build works."""
    command = [sys.executable, "-m", "kowis_data", "build", "--database", str(own_database)]
    moments = random.Random(20240630)
    killed = 0
    for _ in range(4):
        before = own_database.read_bytes()
        process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not own_database.with_name(own_database.name + ".new").exists() and time.monotonic() < deadline:
            if process.poll() is not None:
                break
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 1.2))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
            process.wait()
            after = own_database.read_bytes()
            assert after == before or build._is_usable(own_database)
        process.wait()
        with duckdb.connect(str(own_database), read_only=True) as con:
            assert con.execute("SELECT count(*) FROM small_town").fetchone() == (2_122,)
    assert killed >= 2
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, timeout=120)
    assert leftovers(own_database) == []
