"""The import as a whole: same file twice, undo, errors that leave everything as it was."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from kowis_data import swap
from kowis_data.import_files import NothingToUndo, can_undo, import_files, undo

TABLE = """GENESIS-Tabelle: 12411-01-01-5
Bevölkerungsstand: Bevölkerung nach Geschlecht;;;
- Stichtag 31.12. -;;;
regionale Tiefe: Gemeinden, Samt-/Verbandsgemeinden;;;
Fortschreibung des Bevölkerungsstandes;;;
Bevölkerungsstand (Anzahl);;;
;;31.12.2014;31.12.2014;31.12.2014
;;Insgesamt;männlich;weiblich
DG;Deutschland;81197537;39835457;41362080
05758036;        Vlotho, Stadt;18500;9000;9500
08426014;        Bad Schussenried, Stadt;8500;4200;4300
08426062;        Ingoldingen;3000;1500;1500
15085228;        Oberharz am Brocken, Stadt;.;.;.
____________________
Quelle: Statistische Ämter des Bundes und der Länder
"""


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "12411.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def rows(database: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(query).fetchall()


def test_values_reach_municipalities_and_units(own_copy, table):
    report = import_files([table], own_copy)
    assert report.is_complete and report.database_changed
    found = rows(
        own_copy,
        "SELECT level, region_id, value, value_status FROM observation "
        "WHERE indicator_id = 'population' AND period = '2014' ORDER BY ALL",
    )
    assert ("municipality", "08426014", 8500.0, None) in found
    # The association is the sum of its two members, secret values stay secret.
    assert ("unit", "084265002", 11500.0, None) in found
    assert ("unit", "057580036", 18500.0, None) in found
    assert ("municipality", "15085228", None, "geheim") in found
    assert not [row for row in found if row[:2] == ("unit", "150855228")]


def test_the_same_file_twice_changes_nothing(own_copy, table):
    import_files([table], own_copy)
    before = fingerprint(own_copy)
    report = import_files([table, table], own_copy)
    assert all(file.unchanged for file in report.files)
    assert report.is_complete and not report.database_changed
    assert fingerprint(own_copy) == before


def test_undo_brings_back_what_was_before(own_copy, table):
    before = fingerprint(own_copy)
    assert not can_undo(own_copy)
    with pytest.raises(NothingToUndo):
        undo(own_copy)
    import_files([table], own_copy)
    assert can_undo(own_copy) and fingerprint(own_copy) != before
    undo(own_copy)
    assert fingerprint(own_copy) == before


def test_a_damaged_file_does_not_hinder_the_others(own_copy, table, tmp_path):
    bad = tmp_path / "leer.csv"
    bad.write_bytes(b"")
    report = import_files([bad, table], own_copy)
    assert not report.is_complete and report.database_changed
    assert [bool(file.error) for file in report.files] == [True, False]


def test_a_second_import_waits_and_then_says_so(own_copy, table, monkeypatch):
    before = fingerprint(own_copy)
    waiting = swap.writing
    monkeypatch.setattr(swap, "writing", lambda path, wait_seconds=0.2: waiting(path, 0.2))
    code = (
        "import sys, time; from pathlib import Path; from kowis_data import swap\n"
        "with swap.writing(Path(sys.argv[1])):\n    print('locked', flush=True); time.sleep(30)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(own_copy)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline().strip() == "locked"
        with pytest.raises(swap.Busy, match="anderer Vorgang"):
            import_files([table], own_copy)
    finally:
        other.kill()
        other.wait()
    assert fingerprint(own_copy) == before
