"""The catalogue of indicators and the values of one of them as a file."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd

from queries import catalogue, indicators
from reports import values_file
from ui import catalogue_view


def test_every_indicator_once_with_its_coverage(con):
    table = catalogue.catalogue_table(con)
    assert table["indicator_id"].is_unique
    assert set(indicators.indicators(con)) <= set(table["indicator_id"])
    row = table.set_index("indicator_id").loc["population"]
    assert (row["towns"], row["all_towns"], row["period"]) == (2122, 2122, "2022")
    assert list(row["provenances"]) == ["amtlich"]


def test_coverage_agrees_with_a_plain_count(con):
    """The shortcut for periods of one source gives what counting towns gives."""
    table = catalogue.catalogue_table(con).set_index("indicator_id")
    for indicator_id in ("census_population", "settlement_points", "station_distance_km"):
        if indicator_id in table.index:
            expected = con.execute(
                "SELECT count(DISTINCT unit_id) FROM small_town JOIN observation ON region_id = unit_id "
                "WHERE level = 'unit' AND indicator_id = ? AND period = ? AND value IS NOT NULL",
                [indicator_id, table.loc[indicator_id, "period"]],
            ).fetchall()[0][0]
            assert table.loc[indicator_id, "towns"] == expected


def test_all_values_with_their_origin(con):
    values = catalogue.all_values(con, "population")
    assert {"municipality", "unit", "county", "state", "country"} == set(values["level"])
    vlotho = values[(values["level"] == "municipality") & (values["region_id"] == "05758036")].iloc[0]
    assert vlotho["region_name"] == "Vlotho" and vlotho["provenance"] == "amtlich" and vlotho["licence"]
    assert not values.duplicated(["level", "region_id", "period"]).any()


def test_values_as_csv_and_workbook(con):
    data = catalogue_view.values_as_file(catalogue.all_values(con, "population"), "csv", {})
    table = pd.read_csv(io.BytesIO(data), sep=";", decimal=",", dtype={"Schlüssel": "str"}, encoding="utf-8-sig")
    assert list(table) == list(values_file.COLUMNS.values())
    row = table[(table["Ebene"] == "Gemeinde") & (table["Schlüssel"] == "05758036")].iloc[0]
    assert (row["Gebiet"], row["Herkunft"]) == ("Vlotho", "amtlich") and row["Wert"] > 18000
    facts = {"Merkmal": "Bevölkerung", "Einheit": "Personen"}
    data = catalogue_view.values_as_file(catalogue.all_values(con, "settlement_points").head(5), "xlsx", facts)
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Werte", "Angaben"]
    assert [cell.value for cell in book["Angaben"][2]] == ["Merkmal", "Bevölkerung"]
    assert book["Werte"]["B2"].data_type == "s"  # keys stay text


def test_file_names_are_plain():
    assert values_file.file_name("Läden [eigene Tabelle] ≥ 5 %", "csv") == "kowis-atlas-laeden-eigene-tabelle-5.csv"
    assert values_file.file_name("—", "xlsx") == "kowis-atlas-merkmal.xlsx"
