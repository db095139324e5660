"""Damaged files of every format: a clear German message, no traceback, and a database that stays as it was."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from kowis_data import import_files as imports
from kowis_data import swap
from kowis_data.commands import main
from kowis_data.imports.previews import mapping_for
from kowis_data.imports.report import as_text
from kowis_data.settings import PROJECT
from tests.imports import sound_files as sound
from tests.imports.damage import PARTIAL, REFUSED, Partial, Refused, data

_names = [damage.name for damage in (*REFUSED, *PARTIAL)]


def mark_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def untouched(built_database, tmp_path_factory) -> Path:
    """One database for all files that must not change it."""
    return Path(shutil.copy(built_database, tmp_path_factory.mktemp("damage") / "atlas.duckdb"))


def test_there_are_enough_kinds():
    assert len(set(_names)) == len(_names) >= 60


@pytest.mark.parametrize("damage", REFUSED, ids=lambda damage: damage.name)
def test_a_damaged_file_is_refused_in_words(untouched, tmp_path, damage: Refused, caplog):
    before = mark_of(untouched)
    report = imports.import_files([damage.make(tmp_path)], untouched)
    assert not report.is_complete and not report.database_changed
    message = " ".join(file.error for file in report.files)
    for word in damage.words:
        assert word in message
    assert "Traceback" not in message and "nicht vorhersieht" not in message
    # A reader that stumbles counts as not knowing the file, but says so in the log: none may.
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
    assert mark_of(untouched) == before
    assert {path.name for path in untouched.parent.iterdir()} <= {"atlas.duckdb", "atlas.duckdb.lock"}


@pytest.mark.parametrize("damage", PARTIAL, ids=lambda damage: damage.name)
def test_damaged_rows_are_left_out_and_shown(own_copy, tmp_path, damage: Partial):
    path = damage.make(tmp_path)
    mapping = mapping_for(path) if damage.is_own_table else None
    report = imports.import_files([path], own_copy, mapping=mapping)
    (file,) = report.files
    assert not file.error and report.database_changed
    assert [line for line, *_ in file.refused] == [line for line, _ in damage.refused]
    assert file.refused_count == len(damage.refused)
    for (_, reason, excerpt), (_, part) in zip(file.refused, damage.refused, strict=True):
        assert part in reason and excerpt
    assert report.is_complete is (not damage.refused)
    text = as_text(report)
    for word in (*damage.words, *(f"Zeile {line}" for line, _ in damage.refused)):
        assert word in text
    with duckdb.connect(str(own_copy), read_only=True) as con:
        rows = con.execute(
            "SELECT region_id, period, value FROM observation WHERE level = 'municipality' AND value IS NOT NULL "
            "AND source_id IN (SELECT source_id FROM import_log)"
        ).fetchall()
    assert set(damage.values) <= set(rows)
    assert not set(damage.absent) & {row[:2] for row in rows}


@pytest.mark.parametrize("name", ["0 Bytes", "Fehlerseite", "Zip abgeschnitten", "INKAR Spalten vertauscht"])
def test_the_command_says_it_too(untouched, tmp_path, name, capsys):
    damage = next(damage for damage in REFUSED if damage.name == name)
    before = mark_of(untouched)
    assert main(["import", str(damage.make(tmp_path)), "--database", str(untouched)]) == 1
    printed = capsys.readouterr()
    assert "nicht eingelesen" in printed.out and "unverändert" in printed.out
    assert all(word in printed.out for word in damage.words)
    assert "Traceback" not in printed.out + printed.err
    assert mark_of(untouched) == before


def test_the_command_in_a_process_of_its_own(untouched, tmp_path):
    before = mark_of(untouched)
    bad = data("inkar.csv", "<!DOCTYPE html><title>404</title>")(tmp_path)
    command = [sys.executable, "-m", "kowis_data", "import", bad, tmp_path / "fehlt.csv", "--database", untouched]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 1
    assert "Webseite" in done.stdout and "lässt sich nicht öffnen" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert mark_of(untouched) == before


def test_rows_left_out_give_an_exit_code_of_their_own(own_copy, tmp_path, capsys):
    path = data("inkar.csv", sound.inkar([*sound.INKAR_ROWS, "zu;kurz"]))(tmp_path)
    assert main(["import", str(path), "--database", str(own_copy)]) == 1
    assert "Zeile 6" in capsys.readouterr().out


def test_what_nobody_foresaw_is_told_and_the_other_files_come_in(own_copy, tmp_path, monkeypatch):
    from kowis_data.formats import genesis_classic

    def stumble(*_):
        raise KeyError("level")

    monkeypatch.setattr(genesis_classic, "read", stumble)
    paths = [data("12411.csv", sound.genesis())(tmp_path), data("inkar.csv", sound.inkar())(tmp_path)]
    report = imports.import_files(paths, own_copy)
    assert [bool(file.error) for file in report.files] == [True, False]
    assert "nicht vorhersieht" in report.files[0].error and "12411.csv (KeyError)" in report.files[0].error
    with duckdb.connect(str(own_copy), read_only=True) as con:
        assert con.execute("SELECT file_name FROM import_log").fetchall() == [("inkar.csv",)]


def test_a_file_that_vanishes_while_it_is_read(own_copy, tmp_path, monkeypatch):
    """Taken away between recognising and reading: told, and nothing is changed."""
    path = data("inkar.csv", sound.inkar())(tmp_path)
    found = imports.preview([path], tmp_path)
    path.unlink()
    before = mark_of(own_copy)
    with pytest.raises(imports.EXPECTED):
        imports.import_previews(found, own_copy, lambda share, words: None)
    assert mark_of(own_copy) == before


def test_only_unknown_regions_are_no_import(own_copy, tmp_path):
    before = mark_of(own_copy)
    path = data("inkar.csv", sound.inkar([sound.inkar_row(f"0842699{n}", name="Nirgendwo") for n in range(4)]))(
        tmp_path
    )
    report = imports.import_files([path], own_copy)
    assert "Keines der 4 Gebiete" in report.files[0].error and "08426990" in report.files[0].error
    assert mark_of(own_copy) == before


def test_a_folder_that_cannot_be_written(built_database, tmp_path):
    """A file stands where the folder of the database should be: the message names the folder and what helps."""
    (tmp_path / "ordner").write_text("")
    with (
        pytest.raises(swap.NotWritten, match=r"ordner lässt sich nicht schreiben.*KOWIS_DATABASE"),
        swap.new_database(tmp_path / "ordner" / "atlas.duckdb"),
    ):
        pass
