"""Derived indicators on tiny databases, and the order in which they are computed."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from kowis_data import catalogue
from kowis_data.derive import FORMER_TERRITORY, derive_change, derive_pair, insert_unit_values
from kowis_data.location import structure_figures
from kowis_data.settings import SQL


@pytest.fixture
def tiny():
    with duckdb.connect() as con:
        for name in ("schema.sql", "views.sql"):
            con.execute((SQL / name).read_text(encoding="utf-8"))
        for source_id in ("official", "own"):
            con.execute("INSERT INTO source (source_id, precedence) VALUES (?, 10)", [source_id])
        yield con


def observe(con, indicator_id: str, values: dict, level: str = "unit", period: str = "2022") -> None:
    con.executemany(
        "INSERT INTO observation VALUES (?, ?, ?, ?, ?, NULL, 'official')",
        [(indicator_id, level, region, period, value) for region, value in values.items()],
    )


def result(con, indicator_id: str) -> dict:
    rows = con.execute(
        "SELECT level, region_id, period, value, source_id FROM observation WHERE indicator_id = ?", [indicator_id]
    ).fetchall()
    return {(level, region, period): (value, source) for level, region, period, value, source in rows}


def test_ratio_at_every_level_that_has_both_parts(tiny):
    observe(tiny, "people", {"A": 400, "B": 90})
    observe(tiny, "people", {"DG": 490}, level="country")
    observe(tiny, "area", {"A": 40, "B": 0}, period="2024")
    observe(tiny, "area", {"DG": 70}, level="country", period="2024")
    derive_pair(tiny, "density", "own", {"kind": "ratio", "numerator": "people", "denominator": "area", "factor": 1})
    # B has no area: no figure rather than infinity. The period is that of the numerator.
    assert result(tiny, "density") == {("unit", "A", "2022"): (10, "own"), ("country", "DG", "2022"): (7, "own")}


def test_a_missing_part_gives_no_row(tiny):
    observe(tiny, "people", {"A": 400, "B": None})
    observe(tiny, "area", {"B": 3})
    derive_pair(tiny, "density", "own", {"kind": "ratio", "numerator": "people", "denominator": "area", "factor": 1})
    assert result(tiny, "density") == {}


def test_product_and_relative_difference(tiny):
    observe(tiny, "share", {"A": 12.5})
    observe(tiny, "area", {"A": 80})
    derive_pair(tiny, "built", "own", {"kind": "product", "of": ["share", "area"], "factor": 0.01})
    assert result(tiny, "built") == {("unit", "A", "2022"): (10, "own")}

    observe(tiny, "census", {"A": 9_500, "B": 10_200, "C": 5})
    observe(tiny, "register", {"A": 10_000, "B": 10_000, "C": 0})
    derive_pair(tiny, "deviation", "own", {"kind": "relative_difference_pct", "of": "census", "base": "register"})
    values = result(tiny, "deviation")
    assert values["unit", "A", "2022"][0] == pytest.approx(-5)
    assert values["unit", "B", "2022"][0] == pytest.approx(2)
    assert ("unit", "C", "2022") not in values


def test_a_frame_of_unit_values(tiny):
    frame = pd.DataFrame({"region_id": ["A", "B"], "value": [1.5, 2.5]})
    insert_unit_values(tiny, "figure", {"period": "2024", "source_id": "own"}, frame)
    assert result(tiny, "figure") == {("unit", "A", "2024"): (1.5, "own"), ("unit", "B", "2024"): (2.5, "own")}


def test_structure_of_a_unit_by_hand(tiny):
    tiny.execute(
        "INSERT INTO unit (unit_id, town_type, population, largest_member_population, county_id, member_count) VALUES "
        "('A', 'kleine_kleinstadt', 8000, 6000, 'K', 2), ('B', 'landgemeinde', 2000, 2000, 'K', 1), "
        "('F', 'gemeindefrei', 0, 0, 'K', 1)"
    )
    tiny.execute(
        "INSERT INTO municipality (ags, unit_id, county_id, population) VALUES "
        "('a1', 'A', 'K', 6000), ('a2', 'A', 'K', 2000), ('b1', 'B', 'K', 2000), ('f1', 'F', 'K', 0)"
    )
    tiny.execute("INSERT INTO unit_neighbour VALUES ('A','B',1), ('B','A',1), ('A','F',1), ('F','A',1)")
    tiny.execute("INSERT INTO station (station_id, unit_id) VALUES ('s1', 'A'), ('s2', 'A')")
    tiny.execute(
        "INSERT INTO place (geoname_id, country, ags) VALUES ('1','DE','a1'), ('2','DE','a1'), ('3','DE','a2'), "
        "('4','DE','b1'), ('5','DE','b1'), ('6','PL',NULL)"
    )
    figures = structure_figures(tiny).set_index("region_id")
    assert sorted(figures.index) == ["A", "B"]
    assert figures.loc["A"].to_dict() == {
        "population_share_of_county_pct": 80,
        "member_count": 2,
        "largest_member_share_pct": 75,
        "settlement_points": 3,
        "neighbour_count": 1,
        "neighbour_population": 2000,
        "own_weight_among_neighbours_pct": 80,
        "stations_in_unit": 2,
    }
    assert pd.isna(figures.loc["B", "settlement_points"])  # two points are too few
    assert figures.loc["B", "stations_in_unit"] == 0


def test_indicators_come_after_what_they_are_made_of():
    order = catalogue.in_order_of_computation()
    assert set(catalogue.indicators()) <= set(order)
    place = {indicator_id: n for n, indicator_id in enumerate(order)}
    assert place["settlement_traffic_area_share_pct"] < place["settlement_traffic_area_km2"]
    assert place["settlement_traffic_area_km2"] < place["settlement_area_per_head_m2"]
    assert place["area_km2"] < place["settlement_traffic_area_share_pct"]  # its weight
    assert place["census_population"] < place["census_deviation_pct"]
    assert set(order) <= set(catalogue.every_indicator())  # nothing is made of something unknown


def test_every_entry_of_the_catalogue_is_complete():
    for indicator_id, entry in catalogue.indicators().items():
        assert entry["aggregation"] in ("sum", "mean", "none"), indicator_id
        assert (entry["aggregation"] == "mean") == bool(entry["weight_indicator"]), indicator_id
        assert entry["scale"] in ("metric", "count", "class"), indicator_id
        assert entry["polarity"] in ("neutral", "higher", "lower", "positive", "negative"), indicator_id
        for field in ("title", "unit_label", "definition", "source_id", "period", "reference_date"):
            assert entry[field], (indicator_id, field)


@pytest.mark.parametrize("share", ["largest_member_share_pct", "own_weight_among_neighbours_pct"])
def test_shares_lie_between_0_and_100(con, share):
    low, high = con.execute("SELECT min(value), max(value) FROM observation WHERE indicator_id = ?", [share]).fetchone()
    assert 0 < low <= high <= 100


def test_no_change_from_the_value_of_a_former_smaller_territory(tiny):
    """A town that took in others shows no growth for it; nor does the association that it belongs to."""
    tiny.execute(
        "INSERT INTO municipality (ags, unit_id) VALUES ('01001001', 'A'), ('01001002', 'A'), ('01001003', 'B')"
    )
    for period, value in (("2011", 1000), ("2021", 1100)):
        observe(tiny, "population", {"01001001": value, "01001003": value}, "municipality", period)
        observe(tiny, "population", {"A": value, "B": value}, "unit", period)
        tiny.execute("INSERT INTO indicator_period VALUES ('population', ?, ?, '', 'zensus2011')", [period, period])
    flag = "INSERT INTO value_flag VALUES ('population', 'municipality', '01001001', '2011', ?)"
    tiny.execute(flag, [FORMER_TERRITORY])
    derive_change(tiny, "growth", "own", {"kind": "change_pct", "of": "population", "from": 2011, "to": 2021})
    found = tiny.execute(
        "SELECT region_id, round(value, 6), value_status FROM observation WHERE indicator_id = 'growth' ORDER BY 1"
    ).fetchall()
    assert found == [
        ("01001001", None, "nicht_sinnvoll"),
        ("01001003", 10, None),
        ("A", None, "nicht_sinnvoll"),
        ("B", 10, None),
    ]


def test_a_county_figure_of_a_newer_year_takes_nothing_from_the_towns(tiny):
    """Each level looks for the partner year of its own: a table that has counties only changes no town."""
    observe(tiny, "unemployed", {"A": 30}, period="2023")
    observe(tiny, "unemployed", {"01001": 300}, level="county", period="2023")
    observe(tiny, "population", {"A": 1000}, period="2022")
    observe(tiny, "population", {"01001": 20000}, level="county", period="2023")
    ratio = {"kind": "ratio", "numerator": "unemployed", "denominator": "population", "factor": 1000}
    derive_pair(tiny, "rate", "own", ratio)
    assert result(tiny, "rate") == {("unit", "A", "2023"): (30, "own"), ("county", "01001", "2023"): (15, "own")}
