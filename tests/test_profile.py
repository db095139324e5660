"""Ranks and percentiles against a plain reckoning with numpy and pandas."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from queries import indicators, profile

TOWNS = ("057580036", "100420115", "150850228")


@pytest.fixture(scope="module")
def values(con) -> pd.DataFrame:
    """Best value of every indicator in its default period for every small town, with unit_id and state_id."""
    return con.execute(
        """
        SELECT o.indicator_id, u.unit_id, u.state_id, o.value
        FROM best_observation o JOIN indicator i USING (indicator_id)
        JOIN default_period d ON d.indicator_id = o.indicator_id AND d.period = o.period
        JOIN small_town u ON u.unit_id = o.region_id
        WHERE o.level = 'unit' AND NOT coalesce(i.is_county_context, false)
        """
    ).df()


@pytest.fixture(scope="module")
def sample(con) -> list[str]:
    """Towns of every state, among them the smallest states."""
    rows = con.execute(
        "SELECT unit_id FROM small_town QUALIFY row_number() OVER (PARTITION BY state_id ORDER BY md5(unit_id)) = 1"
    ).fetchall()
    return sorted({row[0] for row in rows} | set(TOWNS))


def brute_force(values: np.ndarray, value: float) -> tuple[int, float]:
    """Rank (1 = highest) and percentile (share of the others below, equal ones half) of a value among others."""
    higher, lower, same = (values > value).sum(), (values < value).sum(), (values == value).sum()
    percentile = 100 * (lower + (same - 1) / 2) / max(1, len(values) - 1)
    return higher + 1, percentile if len(values) >= 20 else np.nan


def test_rank_and_percentile_among_all_and_in_the_state(con, values, sample):
    for unit_id in sample:
        figures = profile.town_figures(con, unit_id).set_index("indicator_id")
        own_state = values.loc[values["unit_id"] == unit_id, "state_id"].iloc[0]
        for indicator_id in (
            "population_density",
            "neighbour_count",
            "stations_in_unit",
            "settlement_points",
            "census_deviation_pct",
        ):
            rows = values[values["indicator_id"] == indicator_id].dropna(subset="value").reset_index(drop=True)
            if indicator_id not in figures.index:
                assert unit_id not in set(rows["unit_id"])
                continue
            found = figures.loc[indicator_id]
            for prefix, group in (("", rows), ("state_", rows[rows["state_id"] == own_state].reset_index(drop=True))):
                assert found[f"{prefix}towns"] == len(group)
                assert found[f"{prefix}median"] == pytest.approx(np.median(group["value"]))
                own = group.index[group["unit_id"] == unit_id]
                if len(own) == 0:
                    assert pd.isna(found["value"])
                    assert pd.isna(found[f"{prefix}rank"]) and pd.isna(found[f"{prefix}percentile"])
                    continue
                expected = brute_force(group["value"].to_numpy(), group.loc[own[0], "value"])
                assert (found["value"], found[f"{prefix}rank"]) == (group.loc[own[0], "value"], expected[0])
                assert found[f"{prefix}percentile"] == pytest.approx(expected[1], nan_ok=True)


def test_no_percentile_among_fewer_than_20_towns(con, values):
    groups = values.dropna(subset="value").groupby(["indicator_id", "state_id"])
    number = groups["unit_id"].count()
    indicator_id, state_id = number[number < 20].index[0]
    unit_id = groups.get_group((indicator_id, state_id))["unit_id"].iloc[0]
    found = profile.town_figures(con, unit_id).set_index("indicator_id").loc[indicator_id]
    assert found["state_towns"] == number[indicator_id, state_id] < 20 <= found["towns"]
    assert pd.isna(found["state_percentile"])
    assert found["state_rank"] >= 1
    assert 0 <= found["percentile"] <= 100


def test_a_value_that_most_towns_share_is_not_conspicuous(con):
    whole = profile.town_figures(con, "057580036").set_index("indicator_id").loc["largest_member_share_pct"]
    assert (whole["value"], whole["rank"]) == (100, 1)
    assert 50 < whole["percentile"] < 65


def test_towns_of_one_county_share_its_values(con):
    rows = con.execute("SELECT unit_id FROM small_town WHERE county_id = '10042' ORDER BY unit_id").fetchall()
    found = [profile.town_figures(con, row[0]).set_index("indicator_id") for row in rows[:3]]
    assert len(found) == 3
    assert len({figures.loc["income_per_taxpayer_eur", "value"] for figures in found}) == 1
    assert found[0].loc["income_per_taxpayer_eur", "towns"] == 2_122


def test_conspicuous_figures_are_those_farthest_from_the_middle(con):
    own = profile.town_figures(con, "100420115")
    assert own["indicator_id"].is_unique
    found = profile.conspicuous(own, 5)
    distance = (own["percentile"] - 50).abs()
    assert found["distance"].tolist() == sorted(distance.dropna(), reverse=True)[:5]
    assert found["percentile"].notna().all()
    assert "distance_foreign_place_km" in set(profile.conspicuous(own, 8)["indicator_id"])  # Perl lies at the border


def test_conspicuous_of_nothing(con):
    assert profile.conspicuous(profile.town_figures(con, "057580036").head(0)).empty


def test_a_city_has_figures_but_no_place_among_small_towns(con):
    hamburg = profile.town_figures(con, "020000000").set_index("indicator_id")
    assert hamburg.loc["population", "value"] == 1_892_122
    assert hamburg.loc["population", "towns"] == 2_122
    assert hamburg[["rank", "percentile", "state_rank", "state_percentile"]].isna().all(axis=None)
    assert profile.town_figures(con, "000000000").empty


def test_values_of_a_single_municipality(con):
    values = profile.municipality_values(con, "08426014").set_index("indicator_id")["value"]
    members = con.execute("SELECT population, area_km2 FROM municipality WHERE ags = '08426014'").fetchone()
    assert (values["population"], values["area_km2"]) == members
    assert "neighbour_count" not in values  # belongs to the association


def test_remarks_belong_to_the_unit(con):
    unit_id, indicator_id, note = con.execute(
        "SELECT u.unit_id, n.indicator_id, n.note FROM value_note n JOIN small_town u ON n.region_id = u.county_id "
        "JOIN default_period d USING (indicator_id) WHERE n.level = 'county' ORDER BY ALL LIMIT 1"
    ).fetchall()[0]
    figures = profile.town_figures(con, unit_id).set_index("indicator_id")
    assert figures.loc[indicator_id, "note"] == note
    assert figures["note"].notna().sum() < len(figures)
    assert figures["flag"].isna().all()  # the base data hold no flags


@pytest.fixture
def with_remarks(own_database):
    """A database with flags and notes on every level, and a rate of few cases."""
    con = duckdb.connect(str(own_database))
    member, association, name = con.execute(
        "SELECT m.ags, u.unit_id, m.name FROM municipality m JOIN small_town u USING (unit_id) "
        "WHERE u.member_count = 2 ORDER BY m.ags LIMIT 1"
    ).fetchall()[0]
    period = con.execute("SELECT period FROM default_period WHERE indicator_id = 'population_density'").fetchall()[0][0]
    for level, region_id, when, reason in (
        ("unit", "057580036", period, "weit entfernt von allen Nachbarn"),
        ("unit", "057580036", period, "Sprung gegenüber 2009"),
        ("unit", "057580036", "1950", "gehört zu einem anderen Jahr"),
        ("municipality", member, period, "Sprung gegenüber 2009"),
    ):
        con.execute(
            "INSERT INTO value_flag VALUES ('population_density', ?, ?, ?, ?)", [level, region_id, when, reason]
        )
    con.execute("INSERT INTO value_note VALUES ('population_density', 'municipality', '05758036', 'Ein Hinweis.')")
    con.execute(
        "UPDATE indicator SET small_numbers = true, count_indicator = 'population' "
        "WHERE indicator_id = 'population_density'"
    )
    yield con, association, name
    con.close()


def test_flags_and_notes_stand_at_the_value_they_mean(with_remarks):
    con, association, name = with_remarks
    vlotho = profile.town_figures(con, "057580036").set_index("indicator_id").loc["population_density"]
    assert vlotho["flag"] == "Sprung gegenüber 2009; weit entfernt von allen Nachbarn"
    assert vlotho["note"] == "Ein Hinweis."
    of_association = profile.town_figures(con, association).set_index("indicator_id")
    assert of_association.loc["population_density", "flag"] == f"{name}: Sprung gegenüber 2009"
    assert of_association["flag"].notna().sum() == 1


def test_the_map_gets_the_same_remarks_and_the_count_behind_a_rate(with_remarks):
    con, association, name = with_remarks
    indicator = indicators.indicators(con)["population_density"]
    assert (indicator.small_numbers, indicator.count_indicator, indicator.count_title) == (
        True,
        "population",
        "Bevölkerung",
    )
    period = indicators.periods(con, "population_density")["period"].iloc[0]
    frame = indicators.values(con, indicator, period).set_index("unit_id")
    assert len(frame) == 2_122
    assert frame.loc["057580036", "flag"] == "Sprung gegenüber 2009; weit entfernt von allen Nachbarn"
    assert frame.loc["057580036", "note"] == "Ein Hinweis."
    assert frame.loc[association, "flag"] == f"{name}: Sprung gegenüber 2009"
    assert frame["flag"].notna().sum() == 2
    population = con.execute("SELECT population FROM unit WHERE unit_id = '057580036'").fetchall()[0][0]
    assert frame.loc["057580036", "number_of_cases"] == population
    assert profile.numbers_of_cases(con, "057580036") == {"population_density": population}
