"""The shipped base files: complete, consistent, equal to single figures of the publishers' tables."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest

from kowis_data.base.tables import FILES
from kowis_data.formats.reading import VALUE_STATUSES


@pytest.fixture(scope="module")
def municipalities() -> pd.DataFrame:
    return pd.read_parquet(FILES / "municipalities.parquet")


@pytest.fixture(scope="module")
def units() -> pd.DataFrame:
    return pd.read_parquet(FILES / "units.parquet")


@pytest.fixture(scope="module")
def counties() -> pd.DataFrame:
    return pd.read_parquet(FILES / "counties.parquet")


@pytest.fixture(scope="module")
def states() -> pd.DataFrame:
    return pd.read_parquet(FILES / "states.parquet")


@pytest.fixture(scope="module")
def values() -> pd.DataFrame:
    return pd.read_parquet(FILES / "values.parquet")


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    return pd.read_parquet(FILES / "places.parquet")


def test_counts(municipalities, units, counties, states):
    assert len(municipalities) == 10_959
    assert municipalities["is_unincorporated"].sum() == 207
    assert len(units) == 4_596
    assert len(counties) == 400
    assert len(states) == 16


def test_population_is_the_published_total(municipalities):
    assert municipalities["population"].sum() == 84_358_845


@pytest.mark.parametrize(
    ("column", "length"), [("ags", 8), ("ars", 12), ("unit_id", 9), ("county_id", 5), ("state_id", 2)]
)
def test_keys_are_text_of_the_right_length(municipalities, column, length):
    keys = municipalities[column].dropna()
    assert keys.map(type).eq(str).all()
    assert keys.str.fullmatch(rf"\d{{{length}}}").all()
    # A lost leading zero would leave no key of the first nine states.
    assert keys.str.startswith("0").sum() > 5_000


def test_keys_fit_each_other(municipalities):
    ars = municipalities["ars"]
    assert municipalities["ags"].is_unique and ars.is_unique
    assert (municipalities["ags"] == ars.str[:5] + ars.str[9:]).all()
    assert (municipalities["unit_id"] == ars.str[:9]).all()


def test_every_municipality_has_its_unit_county_and_state(municipalities, units, counties, states):
    assert set(municipalities["unit_id"]) == set(units["unit_id"])
    assert set(municipalities["county_id"].dropna()) == set(counties["county_id"])
    assert set(municipalities["state_id"]) == set(states["state_id"])
    assert set(counties["state_id"]) == set(states["state_id"])
    # Border river and coastal waters belong to no county.
    without = municipalities[municipalities["county_id"].isna()]
    assert set(without["ags"]) == {"07000999", "13000999"}


def test_fehrbellin_is_corrected_and_documented(municipalities):
    row = municipalities.set_index("ags").loc["12068117"]
    assert row["population"] == 9_094
    assert pd.isna(row["male"]) and pd.isna(row["female"])
    (correction,) = pd.read_parquet(FILES / "corrections.parquet").to_dict("records")
    assert (correction["ags"], correction["field"]) == ("12068117", "population")
    assert (correction["old_value"], correction["new_value"]) == (0, 9_094)
    assert "84.358.845" in correction["reason_de"]


def test_nobody_inhabited_has_zero_people(municipalities):
    empty = municipalities[municipalities["population"] == 0]
    assert set(empty["text_code"]) == {"66"}
    assert len(empty) == 205
    assert municipalities["population"].notna().all()


def test_sexes_add_up(municipalities):
    known = municipalities.dropna(subset=["male", "female"])
    assert len(known) == len(municipalities) - 1
    assert (known["male"] + known["female"] == known["population"]).all()


@pytest.mark.parametrize(
    ("ags", "name", "unit_id", "unit_name", "population"),
    [
        ("05758036", "Vlotho", "057580036", "Vlotho", 18_495),
        ("08426014", "Bad Schussenried", "084265002", "VVG der Stadt Bad Schussenried", 9_118),
        ("15085228", "Oberharz am Brocken", "150850228", "Oberharz am Brocken", 9_754),
        ("10042115", "Perl", "100420115", "Perl", 8_992),
    ],
)
def test_case_studies(municipalities, units, ags, name, unit_id, unit_name, population):
    row = municipalities.set_index("ags").loc[ags]
    assert (row["name"], row["unit_id"], row["population"]) == (name, unit_id, population)
    assert units.set_index("unit_id").loc[unit_id, "name"] == unit_name


def test_centres_lie_in_germany(municipalities):
    without = municipalities[municipalities["lon"].isna()]
    assert set(without["ags"]) == {"07000999", "10042999", "13000999"}
    placed = municipalities.drop(without.index)
    assert placed["lon"].between(5.8, 15.1).all() and placed["lat"].between(47.2, 55.1).all()
    assert municipalities.set_index("ags").loc["01001000", ["lon", "lat"]].tolist() == [9.43751, 54.78252]


def test_population_of_states_from_municipalities(municipalities):
    by_state = municipalities.groupby("state_id")["population"].sum()
    # Published: Bevölkerung nach Ländern am 31.12.2022.
    assert by_state["02"] == 1_892_122
    assert by_state["05"] == 18_139_116
    assert by_state["11"] == 3_755_251


def test_values_are_unique_and_explained(values):
    assert not values.duplicated(["feature", "level", "region_id", "period"]).any()
    assert values.loc[values["value"].isna(), "value_status"].notna().all()
    assert set(values["value_status"].dropna()) <= set(VALUE_STATUSES)


def test_every_value_names_a_described_source(values):
    sources = tomllib.loads((FILES / "sources.toml").read_text(encoding="utf-8"))["source"]
    by_id = {source["source_id"]: source for source in sources}
    assert len(by_id) == len(sources)
    assert set(values["source_id"]) <= set(by_id)
    needed = {"title", "publisher", "licence", "attribution", "url", "reference_date", "provenance"}
    assert all(needed <= set(source) and all(source.values()) for source in sources)
    assert {s["provenance"] for s in sources} <= {"amtlich", "veroeffentlicht", "abgeleitet", "synthetisch"}


def test_regions_of_the_values_exist(values, municipalities, counties, states):
    known = {
        "municipality": set(municipalities["ags"]),
        "county": set(counties["county_id"]),
        "state": set(states["state_id"]),
        "country": {"DG"},
    }
    for level, rows in values.groupby("level"):
        assert set(rows["region_id"]) <= known[level], level
    per_feature = values[values["level"] == "county"].groupby("feature").size()
    assert (per_feature == 400).all() and len(per_feature) == 21


def lookup(values: pd.DataFrame, feature: str, region_id: str) -> tuple[float, str | None]:
    (row,) = values[(values["feature"] == feature) & (values["region_id"] == region_id)].to_dict("records")
    return row["value"], row["value_status"] if isinstance(row["value_status"], str) else None


# Looked up by hand in the recorded tables.
REFERENCE = [
    ("census_population", "05758036", 18_625),
    ("census_population", "08426014", 8_705),
    ("census_population", "DG", 82_719_540),
    ("settlement_traffic_area_share_pct", "05758036", 21.0),
    ("settlement_traffic_area_share_pct", "10042115", 14.1),
    ("settlement_traffic_area_change_pct", "12065136", -0.3),
    ("settlement_traffic_area_change_pct", "15085228", 4.4),
    ("building_land_price_eur_per_m2", "09474", 191.67),
    ("building_land_sold_1000_m2", "09474", 90),
    ("building_land_sales", "05758", 163),
    ("ready_building_land_price_eur_per_m2", "15085", 57.84),
    ("ready_building_land_sold_1000_m2", "10042", 67),
    ("ready_building_land_sales", "08426", 142),
    ("taxpayers", "05758", 122_707),
    ("total_income_1000_eur", "05758", 5_564_954),
    ("income_tax_1000_eur", "05758", 928_442),
    ("income_per_taxpayer_eur", "05758", 45_351.56),
    ("income_tax_per_taxpayer_eur", "05758", 7_566.33),
    ("company_insolvencies", "05758", 112),
    ("company_insolvency_claims_1000_eur", "05758", 58_545),
    ("company_insolvencies_per_10000_inhabitants", "05758", 4.40245),
    ("population_census2022_basis", "05758", 254_404),
    ("students", "06412", 70_127),
    ("students", "01060", 0),
    ("household_waste_t", "12073", 67_988),
    ("household_waste_kg_per_inhabitant", "12073", 578.956),
    ("protection_seekers", "10", 54_160),
    ("protection_seekers", "DG", 3_278_005),
]


@pytest.mark.parametrize(("feature", "region_id", "expected"), REFERENCE)
def test_reference_values(values, feature, region_id, expected):
    value, status = lookup(values, feature, region_id)
    assert value == pytest.approx(expected, rel=1e-5)
    assert status is None


@pytest.mark.parametrize(
    ("feature", "region_id", "status"),
    [
        ("building_land_price_eur_per_m2", "08437", "nichts_vorhanden"),
        ("building_land_price_eur_per_m2", "01001", "geheim"),
        ("household_waste_t", "10042", "geheim"),
        ("household_waste_t", "07235", "nicht_sinnvoll"),  # five counties in one figure
        ("protection_seekers", "10044", "nicht_sinnvoll"),  # the whole Saarland in one figure
        ("protection_seekers_per_1000_inhabitants", "10042", "nichts_vorhanden"),
        ("census_population", "16061118", "nichts_vorhanden"),  # holds a part of a divided municipality
        ("settlement_traffic_area_change_pct", "01059126", "nicht_sinnvoll"),  # grew by a merger
    ],
)
def test_missing_values_say_why(values, feature, region_id, status):
    value, found = lookup(values, feature, region_id)
    assert pd.isna(value)
    assert found == status
    notes = pd.read_parquet(FILES / "value_notes.parquet")
    if status == "nicht_sinnvoll":
        assert ((notes["feature"] == feature) & (notes["region_id"] == region_id)).any()


def test_census_is_complete_up_to_three_municipalities(values, municipalities):
    census = values[(values["feature"] == "census_population") & (values["level"] == "municipality")]
    inhabited = municipalities[municipalities["population"] > 0]
    assert set(census["region_id"]) == set(inhabited["ags"])
    assert set(census[census["value"].isna()]["region_id"]) == {"16061118", "16064046", "16064071"}
    # 10,786 old municipalities add up to 82,711,282; the divided ones and their receivers are left out.
    left_out = 6_853 + 2_257 + 35_337 + 2_978 + 1_904 + 3_147 + 1_983
    assert census["value"].sum() == 82_711_282 - left_out


def test_merged_census_figures(values):
    assert lookup(values, "census_population", "01059126") == (1_258 + 397 + 692, None)
    assert lookup(values, "census_population", "14522275") == (3_427 + 1_288, None)


def test_counties_add_up_to_published_totals(values):
    sums = values[values["level"] == "county"].groupby("feature")["value"].sum()
    assert sums["population_census2022_basis"] == 83_577_140  # published, 31.12.2024
    assert sums["students"] == pytest.approx(2_868_311, abs=5)  # published, winter term 2023/24


def test_stations():
    stations = pd.read_parquet(FILES / "stations.parquet")
    assert len(stations) == 5_388 and stations["station_id"].is_unique
    assert stations["category"].between(1, 7).all()
    by_name = stations.set_index("name")
    assert by_name.loc["Köln Hbf", "category"] == 1
    assert by_name.loc["Vlotho", ["lon", "lat"]].tolist() == pytest.approx([8.8598, 52.1680], abs=0.02)


def test_places(places, municipalities):
    german = places[places["country"] == "DE"]
    assert set(german["ags"].dropna()) <= set(municipalities["ags"])
    assert german[german["ags"].isna()]["name"].tolist() == ["Anrode"]  # divided in 2023
    assert places[places["country"] != "DE"]["ags"].isna().all()
    assert {"LU", "FR", "CH", "AT", "CZ", "PL", "DK", "NL", "BE"} <= set(places["country"])
    assert "population" not in places.columns
    assert places["feature_code"].str.startswith("PPL").all()
    assert not places["feature_code"].isin(["PPLX", "PPLH", "PPLW", "PPLQ"]).any()
    assert german.set_index("geoname_id").loc[2_803_474, "name"] == "Zwota"


def test_files_stay_small():
    tables = ["municipalities", "units", "counties", "states", "corrections", "values", "value_notes"]
    tables += ["stations", "places"]
    assert sum((FILES / f"{name}.parquet").stat().st_size for name in tables) < 3_000_000


def test_every_shipped_file_has_its_licence():
    text = (FILES / "LICENCES.md").read_text(encoding="utf-8")
    assert [file.name for file in FILES.iterdir() if f"`{file.name}`" not in text] == []
