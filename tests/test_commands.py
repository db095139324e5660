"""The command line as people use it."""

from __future__ import annotations

import json

import duckdb
import openpyxl
import pandas as pd
import pytest

from kowis_data.commands import main
from kowis_data.export import EXPORTS


def test_build(tmp_path, capsys):
    path = tmp_path / "here" / "kowis.duckdb"
    assert main(["build", "--database", str(path)]) == 0
    assert "aufgebaut in" in capsys.readouterr().out
    with duckdb.connect(str(path), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM small_town").fetchone() == (2_122,)


def test_status_for_machines(built_database, capsys):
    assert main(["status", "--json", "--database", str(built_database)]) == 0
    found = json.loads(capsys.readouterr().out)
    counts = found["counts"]
    assert {name: counts[name] for name in ("municipality", "unit", "small_town", "county", "state")} == {
        "municipality": 10_959,
        "unit": 4_596,
        "small_town": 2_122,
        "county": 400,
        "state": 16,
    }
    assert found["build"]["territorial_status"] == "30.06.2024"
    by_key = {(row["indicator_id"], row["level"]): row for row in found["indicators"]}
    assert by_key["population", "municipality"]["values"] == 10_959
    assert by_key["census_population", "municipality"]["gaps"] == 3
    assert all(source["provenance"] and source["licence"] for source in found["sources"])


def test_status_for_people(built_database, capsys):
    assert main(["status", "--database", str(built_database)]) == 0
    text = capsys.readouterr().out
    assert "2122 Kleinstädte" in text and "Bevölkerungsdichte" in text


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["export", "small_towns"]])
def test_without_a_database_the_message_says_what_to_do(command, tmp_path, capsys):
    path = tmp_path / "none.duckdb"
    assert main([*command, "--database", str(path)]) == 1
    message = capsys.readouterr().err
    assert str(path) in message and "python -m kowis_data build" in message
    assert not path.exists()


def test_status_of_a_broken_database(tmp_path, capsys):
    path = tmp_path / "broken.duckdb"
    path.write_bytes(b"no database " * 1000)
    assert main(["status", "--database", str(path)]) == 1
    message = capsys.readouterr().err
    assert "keine lesbare Datenbank" in message and "python -m kowis_data build" in message


def test_export_of_a_broken_database(tmp_path, capsys):
    path = tmp_path / "broken.duckdb"
    path.write_bytes(b"no database " * 1000)
    assert main(["export", "small_towns", "--database", str(path), "--out", str(tmp_path / "x.csv")]) == 1
    assert "Fehler:" in capsys.readouterr().err


def test_export_into_a_folder_that_is_not_there(built_database, tmp_path, capsys):
    out = tmp_path / "not there" / "x.csv"
    assert main(["export", "small_towns", "--database", str(built_database), "--out", str(out)]) == 1
    assert "Fehler:" in capsys.readouterr().err


def test_a_build_while_another_runs(tmp_path, capsys, monkeypatch):
    from filelock import FileLock

    from kowis_data import swap

    path = tmp_path / "kowis.duckdb"
    new_database = swap.new_database
    monkeypatch.setattr(swap, "new_database", lambda target: new_database(target, wait_seconds=0.1))
    with FileLock(path.with_name(path.name + ".lock")):
        assert main(["build", "--database", str(path)]) == 1
    assert "anderer Vorgang" in capsys.readouterr().err


def export(database, what: str, file_format: str, out) -> None:
    assert main(["export", what, "--format", file_format, "--database", str(database), "--out", str(out)]) == 0


@pytest.mark.parametrize("what", sorted(EXPORTS))
def test_csv_opens_in_german_excel(built_database, tmp_path, what):
    out = tmp_path / "x.csv"
    export(built_database, what, "csv", out)
    head = out.read_bytes()[:3]
    assert head == b"\xef\xbb\xbf"
    frame = pd.read_csv(out, sep=";", decimal=",", encoding="utf-8-sig", dtype={"unit_id": str}, low_memory=False)
    rows = {"small_towns": 2_122, "municipalities": 10_959, "units": 4_596}
    assert len(frame) == rows.get(what, len(frame)) > 10
    if what == "small_towns":
        vlotho = frame[frame["unit_id"] == "057580036"].iloc[0]
        assert (vlotho["display_name"], vlotho["population"], vlotho["area_km2"]) == ("Vlotho", 18_495, 76.93)


# Observations fill 280,000 rows: written as Excel they take half a minute and teach nothing new.
@pytest.mark.parametrize("what", sorted(set(EXPORTS) - {"observations"}))
def test_excel(built_database, tmp_path, what):
    out = tmp_path / "x.xlsx"
    export(built_database, what, "xlsx", out)
    sheet = openpyxl.load_workbook(out, read_only=True).active
    rows = sheet.iter_rows(values_only=True)
    head, first = next(rows), next(rows)
    if what == "small_towns":
        assert first[head.index("unit_id")] == "010510011"  # a key is text: its zero stays
        assert isinstance(first[head.index("population")], int)


@pytest.mark.parametrize("what", sorted(EXPORTS))
def test_parquet(built_database, tmp_path, con, what):
    out = tmp_path / "x.parquet"
    export(built_database, what, "parquet", out)
    expected = con.execute(f"SELECT count(*) FROM ({EXPORTS[what]})").fetchone()
    assert con.execute("SELECT count(*) FROM read_parquet(?)", [str(out)]).fetchone() == expected


def test_geojson_of_the_small_towns(built_database, tmp_path):
    out = tmp_path / "x.geojson"
    export(built_database, "small_towns", "geojson", out)
    collection = json.loads(out.read_text(encoding="utf-8"))
    assert len(collection["features"]) == 2_122
    assert any("GeoBasis-DE" in text for text in collection["attribution"])
    feature = next(f for f in collection["features"] if f["id"] == "057580036")
    assert feature["properties"]["display_name"] == "Vlotho"
    assert feature["geometry"]["type"] in ("Polygon", "MultiPolygon")


def test_geojson_needs_boundaries(built_database, tmp_path, capsys):
    out = tmp_path / "x.geojson"
    arguments = ["export", "sources", "--format", "geojson", "--database", str(built_database), "--out", str(out)]
    assert main(arguments) == 1
    assert "keine Grenzen" in capsys.readouterr().err
    assert not out.exists()


def test_the_name_of_the_file_follows_from_its_content(built_database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["export", "sources", "--database", str(built_database)]) == 0
    assert (tmp_path / "sources.csv").exists()


@pytest.mark.parametrize("arguments", [[], ["fly"], ["export", "everything"], ["export", "sources", "--format", "pdf"]])
def test_unknown_commands_are_refused(arguments):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2


def test_the_database_is_found_by_environment(built_database, monkeypatch, capsys):
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["database"] == str(built_database)
