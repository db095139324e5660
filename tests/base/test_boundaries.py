"""The shipped boundaries: complete, without gaps, and as large as the register says."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from kowis_data.areas.boundary_check import small_town_units
from kowis_data.areas.coverage import area_km2, length_km
from kowis_data.areas.layers import WITHOUT_COUNTY, WITHOUT_STATE
from kowis_data.base.tables import FILES

MUNICIPALITIES_2016 = 11_299
GONE_SINCE_2016 = 437
UNITS = 4_596


def layer(name: str) -> gpd.GeoSeries:
    return gpd.read_file(FILES / f"{name}.geojson").set_index("id").geometry


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    return pd.read_parquet(FILES / "municipalities.parquet")


@pytest.fixture(scope="module")
def units() -> gpd.GeoSeries:
    return layer("units")


@pytest.fixture(scope="module")
def check() -> pd.DataFrame:
    return pd.read_parquet(FILES / "boundary_check.parquet").set_index("unit_id")


@pytest.fixture(scope="module")
def crosswalk() -> pd.DataFrame:
    return pd.read_parquet(FILES / "municipality_2016.parquet")


@pytest.fixture(scope="module")
def neighbours() -> pd.DataFrame:
    return pd.read_parquet(FILES / "unit_neighbours.parquet")


@pytest.fixture(scope="module")
def deviation(units, register, check) -> pd.Series:
    """Polygon against register in %, measured anew on the shipped polygons (plus the water not drawn)."""
    registered = register.groupby("unit_id")["area_km2"].sum()
    return 100 * ((area_km2(units) + check["water_area_km2"]) / registered - 1)


# --- Polygons -----------------------------------------------------------------------------------------------


def test_every_unit_of_the_register_has_one_polygon(units, register):
    assert len(units) == UNITS
    assert set(units.index) == set(register["unit_id"])
    assert units.is_valid.all()
    assert (area_km2(units) > 0.01).all()
    assert set(units.geom_type) <= {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize("name", ["units", "counties", "states"])
def test_neighbours_share_their_edges(name):
    assert shapely.coverage_is_valid(layer(name).to_numpy())


def test_no_slivers_between_units(units):
    """What the units leave open inside the country are waters and an exclave, not cracks at borders."""
    together = shapely.coverage_union_all(units.drop("130009999").to_numpy())
    rings = [ring for part in shapely.get_parts(together) for ring in part.interiors]
    holes = gpd.GeoSeries([shapely.Polygon(ring) for ring in rings], crs=units.crs)
    # Jungholz (Tirol) and the boddens of the Baltic coast.
    assert 1 <= len(holes) < 10
    assert area_km2(holes).min() > 1


def test_coordinates_have_five_decimals(units):
    points = shapely.get_coordinates(units.to_numpy())
    assert np.abs(points - np.round(points, 5)).max() < 1e-9


def test_counties_and_states_are_those_of_the_register(register):
    assert len(layer("counties")) == 400
    units_in_counties = register[~register["unit_id"].isin(WITHOUT_COUNTY)]
    assert set(layer("counties").index) == set(units_in_counties["county_id"])
    assert set(layer("states").index) == set(register["state_id"])


@pytest.mark.parametrize(
    ("name", "digits", "without"), [("counties", 5, WITHOUT_COUNTY), ("states", 2, WITHOUT_STATE)]
)
def test_counties_and_states_cover_exactly_their_units(units, name, digits, without):
    inside = units[~units.index.isin(without)]
    expected = area_km2(inside).groupby(inside.index.str[:digits]).sum()
    assert area_km2(layer(name)).sort_index().to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)
    outline = shapely.coverage_union_all(layer(name).to_numpy())
    assert shapely.coverage_union_all(inside.to_numpy()).symmetric_difference(outline).area < 1e-9


def test_files_are_small_enough_to_ship():
    sizes = {path.name: path.stat().st_size for path in FILES.glob("*.geojson")}
    assert set(sizes) == {"units.geojson", "counties.geojson", "states.geojson"}
    assert sum(sizes.values()) < 10_000_000


# --- Areas --------------------------------------------------------------------------------------------------


def test_areas_of_small_towns_fit_the_register(deviation, register):
    small = deviation[small_town_units(register)].abs()
    assert len(small) == 2_122
    assert (small <= 2).mean() >= 0.955
    assert (small <= 5).mean() >= 0.985
    assert small.max() <= 11


def test_the_check_table_says_what_is_measured(deviation, check):
    assert list(check.index) == sorted(deviation.index)
    assert check["deviation_pct"].to_numpy() == pytest.approx(deviation[check.index].to_numpy(), abs=0.01)


def test_every_misfit_has_a_cause_and_only_misfits(check):
    misfit = check["deviation_pct"].abs() > 2
    assert 100 < misfit.sum() < 300
    assert (check.loc[misfit, "cause"].str.len() > 10).all()
    assert (check.loc[~misfit, "cause"] == "").all()


def test_country_as_a_whole_has_the_registered_area(units, register):
    land = units.drop("130009999")
    assert area_km2(land).sum() == pytest.approx(register["area_km2"].sum(), rel=0.002)


# --- Crosswalk ----------------------------------------------------------------------------------------------


def test_every_municipality_of_2016_is_given_away_whole(crosswalk):
    shares = crosswalk.groupby("ags_2016")["share"].sum()
    assert len(shares) == MUNICIPALITIES_2016
    assert shares.to_numpy() == pytest.approx(1, abs=0.001)
    gone = crosswalk[crosswalk["method"] != "same_key"]["ags_2016"]
    assert gone.nunique() == GONE_SINCE_2016
    assert (gone.isin(crosswalk["ags_2024"])).sum() == 0


def test_crosswalk_leads_to_municipalities_of_today(crosswalk, register):
    today = register.set_index("ags")["unit_id"]
    assert (crosswalk["ags_2024"].map(today) == crosswalk["unit_id"]).all()
    # Only the three units of water hold no municipality of 2016.
    assert set(today.index) - set(crosswalk["ags_2024"]) == {"07000999", "10042999", "13000999"}


@pytest.mark.parametrize(
    ("ags_2016", "ags_2024"),
    [
        ("03152012", "03159016"),  # Göttingen, renumbered
        ("16056000", "16063105"),  # Eisenach, no longer kreisfrei
        ("07339061", "07339030"),  # Wackernheim to Ingelheim
        ("16064014", "16061118"),  # Dünwald to Dingelstädt, not to Unstruttal of the same size
        ("13076084", "13076046"),  # Leussow to Göhlen, though they do not touch
        ("15085228", "15085228"),  # Oberharz am Brocken
    ],
)
def test_known_changes(crosswalk, ags_2016, ags_2024):
    assert list(crosswalk.loc[crosswalk["ags_2016"] == ags_2016, "ags_2024"]) == [ags_2024]


def test_divided_municipalities_are_marked(crosswalk):
    divided = crosswalk[crosswalk["share"] < 1]
    assert {"16064073", "16064055", "09472457"} <= set(divided["ags_2016"])
    assert divided["note"].str.startswith("Geteilt").all()


@pytest.mark.official
def test_receivers_agree_with_the_official_change_list(crosswalk, register):
    """BBSR's list of changes 2020-2023: the municipality that got most of a dissolved one is the same."""
    folder = os.environ.get("KOWIS_OFFICIAL_DATA")
    if not folder and not os.environ.get("CI"):
        pytest.skip("KOWIS_OFFICIAL_DATA nennt keinen Ordner mit amtlichen Dateien")
    path = Path(folder or "") / "bbsr_referenz" / "ref-gemeinden-ab-2020.xlsx"
    received = {}
    for sheet in ("2020", "2021", "2022"):
        table = pd.read_excel(path, sheet_name=sheet, dtype=str)
        keys = [name for name in table if name.startswith("Gemeinden\n")]
        share = pd.to_numeric(table[next(name for name in table if name.startswith("flächen"))])
        main = table[share > 0.5]
        received |= dict(zip(main[keys[0]].str.zfill(8), main[keys[1]].str.zfill(8), strict=True))
    today = set(register["ags"])
    ours = crosswalk[(crosswalk["share"] > 0.5) & (crosswalk["method"] != "same_key")]
    compared = {
        row.ags_2016: (row.ags_2024, received[row.ags_2016])
        for row in ours.itertuples()
        if received.get(row.ags_2016) in today
    }
    assert len(compared) >= 20
    assert {key: pair for key, pair in compared.items() if pair[0] != pair[1]} == {}


# --- Neighbours ---------------------------------------------------------------------------------------------


def test_neighbours_are_mutual(neighbours):
    there = neighbours.set_index(["unit_id", "neighbour_id"])["shared_border_km"]
    back = neighbours.set_index(["neighbour_id", "unit_id"])["shared_border_km"]
    assert there.index.is_unique
    assert (there.sort_index() - back.sort_index()).abs().max() == 0
    assert (neighbours["unit_id"] != neighbours["neighbour_id"]).all()


def test_units_without_neighbours_are_islands(neighbours, units):
    alone = units.index.difference(neighbours["unit_id"])
    assert {"010560025", "010550046", "034520013"} <= set(alone)  # Helgoland, Fehmarn, Juist
    for unit_id in alone:
        assert not units.drop(unit_id).intersects(units[unit_id]).any()


def test_shared_borders_surround_an_inland_unit(neighbours, units):
    for unit_id in ("084265002", "057580036"):  # Bad Schussenried, Vlotho
        shared = neighbours.loc[neighbours["unit_id"] == unit_id, "shared_border_km"].sum()
        assert shared == pytest.approx(length_km(units[[unit_id]]).iloc[0], abs=0.01)
