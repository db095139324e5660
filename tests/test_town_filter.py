"""A filter is an SQL condition and a German sentence that mean the same."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.town_filter import TownFilter, sentence


@pytest.fixture(scope="module")
def small_towns(con) -> pd.DataFrame:
    return con.execute("SELECT unit_id, state_id, county_id, town_type, population FROM small_town").df()


def chosen(con, towns: TownFilter) -> set[str]:
    condition, parameters = towns.sql()
    return {row[0] for row in con.execute(f"SELECT unit_id FROM small_town u WHERE {condition}", parameters).fetchall()}


def by_hand(frame: pd.DataFrame, towns: TownFilter) -> set[str]:
    keep = pd.Series(True, index=frame.index)
    for name, column in (
        ("state_ids", "state_id"),
        ("county_ids", "county_id"),
        ("town_types", "town_type"),
        ("unit_ids", "unit_id"),
    ):
        if getattr(towns, name):
            keep &= frame[column].isin(getattr(towns, name))
    if towns.population_from is not None:
        keep &= frame["population"] >= towns.population_from
    if towns.population_to is not None:
        keep &= frame["population"] <= towns.population_to
    return set(frame.loc[keep, "unit_id"])


def test_the_empty_filter_restricts_nothing(con):
    assert TownFilter().is_empty
    assert len(chosen(con, TownFilter())) == 2_122
    assert sentence(con, TownFilter()) == "Kleinstädte"
    assert not TownFilter(population_from=0).is_empty


@settings(max_examples=60)
@given(data=st.data())
def test_any_filter_equals_the_same_choice_by_hand(con, small_towns, data):
    def some(column: str):
        keys = st.sampled_from(sorted(small_towns[column].unique()))
        return data.draw(st.sets(keys, max_size=4).map(sorted).map(tuple))

    bound = st.one_of(st.none(), st.integers(0, 60_000))
    towns = TownFilter(
        state_ids=some("state_id"),
        county_ids=some("county_id"),
        town_types=some("town_type"),
        unit_ids=some("unit_id"),
        population_from=data.draw(bound),
        population_to=data.draw(bound),
    )
    assert chosen(con, towns) == by_hand(small_towns, towns)
    assert sentence(con, towns).strip()


def test_both_bounds_are_inclusive(con, small_towns):
    size = int(small_towns["population"].iloc[0])
    assert small_towns["unit_id"].iloc[0] in chosen(con, TownFilter(population_from=size, population_to=size))


@pytest.mark.parametrize(
    ("towns", "words"),
    [
        (
            TownFilter(state_ids=("10",), population_from=5_000, population_to=8_000),
            "Kleinstädte in Saarland mit 5.000 bis 8.000 Personen",
        ),
        (TownFilter(state_ids=("10", "16")), "Kleinstädte in Saarland oder Thüringen"),
        (TownFilter(town_types=("kleine_kleinstadt",)), "Kleine Kleinstadt"),
        (TownFilter(county_ids=("05758",), state_ids=("05",)), "Kleinstädte in Herford"),
        (TownFilter(population_from=12_000), "Kleinstädte ab 12.000 Personen"),
        (TownFilter(population_to=12_000), "Kleinstädte bis 12.000 Personen"),
        (TownFilter(population_from=0), "Kleinstädte ab 0 Personen"),
        (TownFilter(unit_ids=("057580036", "100420115")), "Kleinstädte aus eigener Liste (2)"),
    ],
)
def test_the_sentence(con, towns, words):
    assert sentence(con, towns) == words


def test_attributes_of_the_register(con):
    number = con.execute("SELECT count(*) FROM small_town WHERE state_id >= '11'").fetchall()[0][0]
    east = TownFilter(attributes=(("west_ost", ("Ostdeutschland",)),))
    assert not east.is_empty
    assert len(chosen(con, east)) == number == 432
    both = TownFilter(attributes=(("west_ost", ("Ostdeutschland",)), ("gemeindeform", ("verband",))))
    rows = con.execute("SELECT unit_id FROM small_town WHERE state_id >= '11' AND member_count > 1").fetchall()
    assert chosen(con, both) == {row[0] for row in rows}
    either = TownFilter(attributes=(("west_ost", ("Ostdeutschland", "Westdeutschland")),))
    assert len(chosen(con, either)) == 2_122
    assert chosen(con, TownFilter(attributes=(("gibt es nicht", ("1",)),))) == set()


def test_the_sentence_names_attributes(con):
    towns = TownFilter(state_ids=("10",), attributes=(("gemeindeform", ("gemeinde",)), ("unbekannt", ("7",))))
    assert sentence(con, towns) == "Kleinstädte in Saarland; Gemeinde oder Verband: einzelne Gemeinde; unbekannt: 7"


def test_nothing_is_injected_through_a_filter(con):
    assert chosen(con, TownFilter(state_ids=("' OR true --",))) == set()
