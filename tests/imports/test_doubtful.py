"""Values that a source is known to get wrong: left empty with a reason, and never in the way of a right figure."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from kowis_data.imports import doubtful, periods
from kowis_data.settings import SQL

TOWN = "084265002"


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute((SQL / "schema.sql").read_text(encoding="utf-8"))
        con.execute((SQL / "views.sql").read_text(encoding="utf-8"))
        con.execute(
            "INSERT INTO source (source_id, provenance, precedence) "
            "VALUES ('inkar', 'amtlich', 10), ('computed', 'abgeleitet', 30)"
        )
        yield con


def observe(con, indicator_id, period, value, source_id="inkar", level="unit"):
    con.execute(
        "INSERT INTO observation VALUES (?, ?, ?, ?, ?, NULL, ?)",
        [indicator_id, level, TOWN, period, value, source_id],
    )


def withdraw(con, indicator_id="beds_per_1000", feature="q_schlafg_bev"):
    targets = pd.DataFrame([{"indicator_id": indicator_id, "feature": feature, "factor": 1.0}])
    return doubtful.withdraw(con, targets, "inkar")


def test_doubtful_zero_becomes_missing_and_is_flagged(con):
    observe(con, "beds_per_1000", "2012", 0.0)
    observe(con, "beds_per_1000", "2013", 7.5)
    observe(con, "beds_per_1000", "2012", 0.0, level="county")
    (note,) = withdraw(con)
    assert "1 Angaben (2008 bis 2017)" in note and "fast überall 0" in note
    rows = con.execute("SELECT level, period, value, value_status FROM observation ORDER BY ALL").fetchall()
    assert rows == [("county", "2012", 0.0, None), ("unit", "2012", None, "unsicher"), ("unit", "2013", 7.5, None)]
    ((level, period, reason),) = con.execute("SELECT level, period, reason FROM value_flag").fetchall()
    assert (level, period) == ("unit", "2012") and reason.endswith("fast überall 0")


def test_another_source_with_the_same_indicator_is_left_alone(con):
    observe(con, "beds_per_1000", "2012", 0.0)
    assert withdraw(con, feature="45412-01-02-5|Angebotene Gästebetten") == []
    assert con.execute("SELECT value FROM observation").fetchall() == [(0.0,)]


def test_a_right_figure_wins_and_needs_no_flag(con):
    for period in ("2018", "2019"):
        observe(con, "overnight_stays_per_inhabitant", period, 0.0)
    withdraw(con, "overnight_stays_per_inhabitant", "q_übern_bev")
    observe(con, "overnight_stays_per_inhabitant", "2018", 11.2, "computed")
    con.execute("INSERT INTO value_flag VALUES ('x', 'unit', 'y', '2018', 'anderer Grund')")
    doubtful.keep_flags_without_number(con)
    best = con.execute("SELECT period, value FROM best_observation ORDER BY ALL").fetchall()
    assert best == [("2018", 11.2), ("2019", None)]
    flags = con.execute("SELECT indicator_id, period FROM value_flag ORDER BY ALL").fetchall()
    assert flags == [("overnight_stays_per_inhabitant", "2019"), ("x", "2018")]


def test_basis_by_the_rule_only_where_the_file_says_nothing(con):
    rows = [
        ("residents_per_km2", "2010", None),
        ("residents_per_km2", "2011", "eigene Angabe"),
        ("residents_per_km2", "2022", None),
        ("residents_per_km2", "2023", None),
        ("employees_at_workplace", "2015", None),
        ("nobody_knows", "2015", None),
    ]
    for indicator_id, period, basis in rows:
        con.execute("INSERT INTO indicator_period VALUES (?, ?, NULL, NULL, ?)", [indicator_id, period, basis])
    periods.add_known_bases(con)
    found = con.execute(
        "SELECT indicator_id, period, population_basis FROM indicator_period WHERE population_basis IS NOT NULL "
        "ORDER BY ALL"
    ).fetchall()
    assert found == [
        ("residents_per_km2", "2010", "volkszaehlung1987"),
        ("residents_per_km2", "2011", "eigene Angabe"),
        ("residents_per_km2", "2022", "zensus2011"),
    ]
