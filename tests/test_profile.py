"""Ranks and percentiles against a plain reckoning with numpy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from queries import profile


@pytest.fixture(scope="module")
def ranks(con) -> pd.DataFrame:
    table = profile.rank_table(con)
    states = con.execute("SELECT unit_id, state_id, county_id FROM small_town").df()
    return table.merge(states, on="unit_id")


def brute_force(values: np.ndarray) -> pd.DataFrame:
    """Rank (1 = highest) and percentile (share of the others below, equal ones half) of each value."""
    rows = []
    for value in values:
        higher, lower, same = (values > value).sum(), (values < value).sum(), (values == value).sum()
        percentile = 100 * (lower + (same - 1) / 2) / max(1, len(values) - 1)
        rows.append((higher + 1, percentile if len(values) >= 20 else np.nan))
    return pd.DataFrame(rows, columns=["rank", "percentile"])


@pytest.mark.parametrize(
    "indicator_id",
    ["population_density", "neighbour_count", "stations_in_unit", "settlement_points", "census_deviation_pct"],
)
def test_rank_and_percentile_among_all(ranks, indicator_id):
    rows = ranks[ranks["indicator_id"] == indicator_id].dropna(subset="value")
    expected = brute_force(rows["value"].to_numpy())
    assert rows["rank"].astype(int).tolist() == expected["rank"].tolist()
    assert rows["percentile"].to_numpy() == pytest.approx(expected["percentile"].to_numpy())
    assert rows["median"].to_numpy() == pytest.approx(np.median(rows["value"]))
    assert (rows["towns"] == len(rows)).all()


@pytest.mark.parametrize("indicator_id", ["population_density", "neighbour_count", "settlement_points"])
def test_rank_and_percentile_within_the_state(ranks, indicator_id):
    rows = ranks[ranks["indicator_id"] == indicator_id].dropna(subset="value")
    assert rows["state_id"].nunique() == 13
    for _, group in rows.groupby("state_id"):
        expected = brute_force(group["value"].to_numpy())
        assert group["state_rank"].astype(int).tolist() == expected["rank"].tolist()
        assert group["state_percentile"].to_numpy() == pytest.approx(expected["percentile"].to_numpy(), nan_ok=True)
        assert group["state_median"].to_numpy() == pytest.approx(np.median(group["value"]))


def test_no_percentile_among_fewer_than_20_towns(ranks):
    small = ranks["state_towns"] < 20
    assert small.any() and (~small).any()
    assert ranks.loc[small, "state_percentile"].isna().all()
    assert ranks.loc[~small & ranks["value"].notna(), "state_percentile"].notna().all()


def test_a_value_that_most_towns_share_is_not_conspicuous(ranks):
    whole = ranks[(ranks["indicator_id"] == "largest_member_share_pct") & (ranks["value"] == 100)]
    assert len(whole) > 1_600
    assert whole["rank"].eq(1).all()
    assert whole["percentile"].nunique() == 1
    assert 50 < whole["percentile"].iloc[0] < 65


def test_a_missing_value_has_no_place(ranks):
    missing = ranks[ranks["value"].isna()]
    assert missing[["rank", "percentile", "state_rank", "state_percentile"]].isna().all(axis=None)


def test_towns_of_one_county_share_its_values(ranks):
    context = ranks[ranks["indicator_id"] == "income_per_taxpayer_eur"]
    assert len(context) == 2_122
    assert context.groupby("county_id")["value"].nunique().eq(1).all()


def test_one_row_for_each_indicator_and_town(ranks):
    assert not ranks.duplicated(["indicator_id", "unit_id"]).any()


def test_conspicuous_figures_are_those_farthest_from_the_middle(ranks):
    own = ranks[ranks["unit_id"] == "100420115"]
    found = profile.conspicuous(own, 5)
    distance = (own["percentile"] - 50).abs()
    assert found["distance"].tolist() == sorted(distance.dropna(), reverse=True)[:5]
    assert found["percentile"].notna().all()
    assert "distance_foreign_place_km" in set(profile.conspicuous(own, 8)["indicator_id"])  # Perl lies at the border


def test_conspicuous_of_nothing(ranks):
    assert profile.conspicuous(ranks.head(0)).empty


def test_values_of_any_unit(con):
    hamburg = profile.unit_values(con, "020000000").set_index("indicator_id")
    assert hamburg.loc["population", "value"] == 1_892_122
    assert hamburg.index.is_unique
    assert profile.unit_values(con, "000000000").empty


def test_values_of_a_single_municipality(con):
    values = profile.municipality_values(con, "08426014").set_index("indicator_id")["value"]
    members = con.execute("SELECT population, area_km2 FROM municipality WHERE ags = '08426014'").fetchone()
    assert (values["population"], values["area_km2"]) == members
    assert "neighbour_count" not in values  # belongs to the association


def test_remarks_belong_to_the_unit(con):
    all_notes = con.execute("SELECT count(*) FROM value_note").fetchone()[0]
    assert all_notes > 0
    unit_id, indicator_id = con.execute(
        "SELECT u.unit_id, n.indicator_id FROM value_note n JOIN small_town u ON n.region_id = u.county_id "
        "WHERE n.level = 'county' ORDER BY ALL LIMIT 1"
    ).fetchone()
    assert profile.notes(con, unit_id)[indicator_id]
    assert profile.notes(con, "000000000") == {}
