"""Flags on early values of smaller territories and notes on towns near the border, on made-up rows."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from kowis_data.imports import border, early_territory

TARGETS = pd.DataFrame([{"indicator_id": "population", "feature": "bev"}])
TOWN, NEIGHBOUR, ELSEWHERE, ENDED = "99001001", "99001002", "99002001", "99001009"


@pytest.fixture
def con(own_copy):
    with duckdb.connect(str(own_copy)) as con:
        con.execute("CREATE TEMP TABLE feature_target AS SELECT 'bev' AS feature, 'population' AS indicator_id")
        con.execute("CREATE TEMP TABLE region_target (level VARCHAR, key VARCHAR, region_id VARCHAR)")
        con.execute(
            "CREATE TEMP TABLE staged (feature VARCHAR, level VARCHAR, region_id VARCHAR, period VARCHAR, value DOUBLE)"
        )
        yield con


def series(con, ags: str, values: dict[str, float], *, is_known: bool = True) -> None:
    for period, value in values.items():
        con.execute("INSERT INTO staged VALUES ('bev', 'municipality', ?, ?, ?)", [ags, period, value])
        if is_known:
            con.execute(
                "INSERT INTO observation VALUES ('population', 'municipality', ?, ?, ?, NULL, 'file')",
                [ags, period, value],
            )
    if is_known:
        con.execute("INSERT INTO region_target VALUES ('municipality', ?, ?)", [ags, ags])


def flagged(con) -> list[tuple[str, str]]:
    return con.execute(
        "SELECT region_id, period FROM value_flag WHERE reason = ? ORDER BY ALL", [early_territory.FORMER_TERRITORY]
    ).fetchall()


def test_whoever_grows_when_a_neighbour_ends_has_flagged_early_values(con):
    series(con, ENDED, {"2009": 900, "2010": 890}, is_known=False)
    series(con, TOWN, {"2009": 5000, "2010": 4990, "2011": 5870})
    series(con, NEIGHBOUR, {"2009": 5000, "2010": 5010, "2011": 5100})
    series(con, ELSEWHERE, {"2009": 5000, "2010": 5000, "2011": 5900})
    (note,) = early_territory.flag(con, TARGETS, "file")
    assert note.startswith("1 Gemeinden")
    assert flagged(con) == [(TOWN, "2009"), (TOWN, "2010")]


@pytest.mark.parametrize("after", [5600, 9000])
def test_a_rise_that_does_not_fit_the_ended_one_says_nothing(con, after):
    series(con, ENDED, {"2009": 900, "2010": 890}, is_known=False)
    series(con, TOWN, {"2010": 4990, "2011": after})
    assert early_territory.flag(con, TARGETS, "file") == [] and flagged(con) == []


def test_nothing_is_flagged_without_population_or_an_end(con):
    series(con, TOWN, {"2010": 4990, "2011": 5870})
    assert early_territory.flag(con, TARGETS, "file") == []
    assert early_territory.flag(con, pd.DataFrame([{"indicator_id": "unemployed"}]), "file") == []


def test_border_notes_are_written_anew_and_only_near_the_border(con):
    con.execute(
        "INSERT INTO indicator (indicator_id, title, theme) VALUES ('in_commuters', 'Einpendler', 'pendeln'), "
        "('employment_rate_pct', 'Beschäftigtenquote', 'arbeit'), ('unemployed', 'Arbeitslose', 'arbeit')"
    )
    before = con.execute("SELECT count(*) FROM value_note").fetchall()
    for _ in range(2):
        border.note_commuters(con)
    notes = con.execute(
        "SELECT DISTINCT n.indicator_id, o.value <= ? FROM value_note n "
        "JOIN best_observation o ON o.region_id = n.region_id AND o.indicator_id = 'distance_foreign_place_km' "
        "WHERE n.level = 'unit' AND n.note = ? ORDER BY ALL",
        [border.NEAR_KM, border.NOTE],
    ).fetchall()
    assert notes == [("employment_rate_pct", True), ("in_commuters", True)]
    # Perl.
    assert con.execute(
        "SELECT count(*) FROM value_note WHERE region_id IN ('10042115', '100420115') AND note = ?", [border.NOTE]
    ).fetchall() == [(2,)]
    con.execute("DELETE FROM indicator WHERE theme = 'pendeln' OR indicator_id = 'employment_rate_pct'")
    border.note_commuters(con)
    assert con.execute("SELECT count(*) FROM value_note").fetchall() == before
