"""Values carried up the levels, on a database small enough to reckon by hand."""

from __future__ import annotations

import duckdb
import pytest

from kowis_data.aggregate import aggregate
from kowis_data.settings import SQL

# ags, unit, county, state, population, area
MUNICIPALITIES = [
    ("a1", "A", "11", "1", 100, 10.0),
    ("a2", "A", "11", "1", 300, 30.0),
    ("b1", "B", "11", "1", 50, 20.0),
    ("c1", "C", "12", "1", 200, 40.0),
    ("f1", "F", "12", "1", 0, 5.0),  # gemeindefrei, nobody lives there
    ("d1", "D", "21", "2", 400, 80.0),
]


@pytest.fixture
def tiny():
    with duckdb.connect() as con:
        con.execute((SQL / "schema.sql").read_text(encoding="utf-8"))
        con.executemany(
            "INSERT INTO municipality (ags, unit_id, county_id, state_id, population, area_km2) VALUES (?,?,?,?,?,?)",
            MUNICIPALITIES,
        )
        con.execute("INSERT INTO county (county_id, state_id) VALUES ('11', '1'), ('12', '1'), ('21', '2')")
        observe(con, "area", "2024", {row[0]: row[5] for row in MUNICIPALITIES})
        yield con


def observe(con, indicator_id: str, period: str, values: dict, level: str = "municipality") -> None:
    con.executemany(
        "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, 'official')",
        [
            (indicator_id, level, region, period, value, None if value is not None else "geheim")
            for region, value in values.items()
        ],
    )


def carried(con, indicator_id: str, period: str = "2022") -> dict:
    rows = con.execute(
        "SELECT level, region_id, value FROM observation "
        "WHERE indicator_id = ? AND period = ? AND level <> 'municipality'",
        [indicator_id, period],
    ).fetchall()
    return {(level, region): value for level, region, value in rows}


def test_sums(tiny):
    observe(tiny, "people", "2022", {row[0]: row[4] for row in MUNICIPALITIES})
    aggregate(tiny, "people", "sum")
    assert carried(tiny, "people") == {
        ("unit", "A"): 400,
        ("unit", "B"): 50,
        ("unit", "C"): 200,
        ("unit", "D"): 400,
        ("unit", "F"): 0,
        ("county", "11"): 450,
        ("county", "12"): 200,
        ("county", "21"): 400,
        ("state", "1"): 650,
        ("state", "2"): 400,
        ("country", "DG"): 1050,
    }


def test_a_sum_with_a_gap_is_no_sum_but_an_uninhabited_area_may_be_missing(tiny):
    observe(tiny, "jobs", "2022", {"a1": 10, "a2": None, "b1": 5, "c1": 20, "d1": 40})
    aggregate(tiny, "jobs", "sum")
    assert carried(tiny, "jobs") == {
        ("unit", "B"): 5,
        ("unit", "C"): 20,
        ("unit", "D"): 40,
        ("county", "12"): 20,
        ("county", "21"): 40,
        ("state", "2"): 40,
    }


def test_weighted_mean(tiny):
    observe(tiny, "share", "2022", {"a1": 10, "a2": 30, "b1": 50, "c1": 20, "f1": 0, "d1": 5})
    aggregate(tiny, "share", "mean", "area")
    result = carried(tiny, "share")
    assert result["unit", "A"] == pytest.approx((10 * 10 + 30 * 30) / 40)
    assert result["county", "11"] == pytest.approx((10 * 10 + 30 * 30 + 20 * 50) / 60)
    assert result["county", "12"] == pytest.approx((40 * 20 + 5 * 0) / 45)
    assert result["country", "DG"] == pytest.approx((100 + 900 + 1000 + 800 + 0 + 400) / 185)


def test_a_mean_needs_95_percent_of_the_weight(tiny):
    observe(tiny, "share", "2022", {"a1": None, "a2": 30, "b1": 50, "c1": 20, "d1": 5})
    aggregate(tiny, "share", "mean", "area")
    complete = {("unit", "B"), ("unit", "C"), ("unit", "D"), ("county", "21"), ("state", "2")}
    assert set(carried(tiny, "share")) == complete  # A lacks a quarter of its area, state 1 15 of 105 km²

    observe(tiny, "other", "2022", {"a1": 10, "a2": 30, "b1": 50, "c1": 20, "d1": 5})
    aggregate(tiny, "other", "mean", "area")
    result = carried(tiny, "other")
    assert ("state", "1") in result  # 100 of 105 km², 95.2 %
    assert ("county", "12") not in result  # 40 of 45 km²
    assert result["state", "1"] == pytest.approx((100 + 900 + 1000 + 800) / 100)


def test_a_region_with_a_value_of_its_own_keeps_it(tiny):
    observe(tiny, "people", "2022", {row[0]: row[4] for row in MUNICIPALITIES})
    observe(tiny, "people", "2022", {"DG": 9_999}, level="country")
    aggregate(tiny, "people", "sum")
    result = carried(tiny, "people")
    assert result["country", "DG"] == 9_999
    assert result["state", "1"] == 650


def test_every_period_on_its_own(tiny):
    observe(tiny, "people", "2021", {"a1": 1, "a2": 2, "b1": 3, "c1": 4, "d1": 5})
    observe(tiny, "people", "2022", {"a1": 10, "a2": 20, "b1": None, "c1": 40, "d1": 50})
    aggregate(tiny, "people", "sum")
    assert carried(tiny, "people", "2021")["country", "DG"] == 15
    assert ("country", "DG") not in carried(tiny, "people", "2022")
    assert carried(tiny, "people", "2022")["unit", "A"] == 30


def test_none_stays_and_unknown_rules_are_refused(tiny):
    observe(tiny, "rate", "2022", {"a1": 10})
    aggregate(tiny, "rate", "none")
    assert carried(tiny, "rate") == {}
    with pytest.raises(ValueError, match=r"rate.*'median'"):
        aggregate(tiny, "rate", "median")
