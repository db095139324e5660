"""Settings of stage 2: kept in a file without loss, and made into the problem that they describe."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from queries.case_selection import FixedIn, FixedOut, MinimumKm, NoSelection, OnlyWilling, Quota, solve
from queries.case_selection.settings import Stage2Settings, usual_weights
from queries.stage1.criterion import Criterion, Words
from queries.stage1.run import run
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import Stage1Data

TOWNS = [f"{n:09d}" for n in range(1, 13)]


@pytest.fixture
def stage1():
    """Twelve towns on three criteria, the first two nearly the same; all remain."""
    random = np.random.default_rng(5)
    a, b = random.normal(size=12), random.normal(size=12)
    values = pd.DataFrame({"a": a, "twin": a + 0.01 * b, "b": b}, index=TOWNS)
    towns = pd.DataFrame(
        {
            "state_id": "01",
            "cluster": [1, 2, 3, 4] * 3,
            "town_type": "kleine_kleinstadt",
            "distance_grossstadt_km": 1.0,
        },
        index=TOWNS,
    )
    settings = Stage1Settings(
        criteria=tuple(Criterion(key, band="limits", lower=0.0, upper=0.0) for key in values), at_least=0.0
    )
    return settings, run(Stage1Data(towns, values, {key: Words(key) for key in values}), settings)


@pytest.fixture
def attributes():
    return pd.DataFrame(
        {
            "cluster": pd.Series([1, 2, 3, 4] * 3, TOWNS, dtype=object),
            "state_id": [f"{n:02d}" for n in (1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4)],
            "town_type": ["groessere_kleinstadt", "kleine_kleinstadt"] * 6,
            "lon": np.linspace(8, 12, 12),
            "lat": 51.0,
        },
        index=TOWNS,
    )


def test_saved_and_read_again_nothing_is_lost():
    settings = Stage2Settings(
        size=3,
        objective="coverage",
        method="gower",
        criteria=("a", "b"),
        weights=(("a", 2.0),),
        minimum_km=50.0,
        town_types=(("kleine_kleinstadt", 1, 2),),
        fixed_in=(TOWNS[0],),
        fixed_out=(TOWNS[1],),
        only_willing=True,
    )
    assert Stage2Settings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings
    assert Stage2Settings.from_dict({"size": 5, "of_a_later_edition": 1}) == Stage2Settings(size=5)


def test_one_per_cluster_binds_by_default_only_where_stage_1_uses_clusters(attributes):
    assert Stage2Settings.of_project({}, Stage1Settings(group="cluster")).one_per_cluster
    assert not Stage2Settings.of_project({}, Stage1Settings()).one_per_cluster
    assert Stage2Settings.of_project({"one_per_cluster": True}, Stage1Settings()).one_per_cluster
    assert Stage2Settings().constraints(attributes) == (Quota("cluster", 1, 1),)
    assert Stage2Settings(size=6).constraints(attributes) == (Quota("cluster", 1, 2),)
    assert Stage2Settings().constraints(attributes.assign(cluster=None)) == ()


def test_every_setting_becomes_its_constraint(attributes):
    settings = Stage2Settings(
        one_per_cluster=False,
        at_most_one_per_state=True,
        minimum_km=80.0,
        town_types=(("kleine_kleinstadt", 1, 3),),
        fixed_in=(TOWNS[0],),
        fixed_out=(TOWNS[2],),
        only_willing=True,
    )
    assert settings.constraints(attributes, declined=(TOWNS[1],)) == (
        Quota("state_id", 0, 1),
        MinimumKm(80.0),
        Quota("town_type", 1, 3, ("kleine_kleinstadt",)),
        FixedIn((TOWNS[0],)),
        FixedOut((TOWNS[1], TOWNS[2])),
        OnlyWilling(),
    )


def test_correlated_criteria_share_a_weight_unless_set_otherwise(stage1):
    settings, result = stage1
    assert usual_weights(settings, result).to_dict() == {"a": 0.5, "twin": 0.5, "b": 1.0}
    assert Stage2Settings().weights_of(settings, result) == {"a": 0.5, "twin": 0.5, "b": 1.0}
    chosen = Stage2Settings(criteria=("b", "a"), weights=(("a", 3.0), ("gone", 1.0)))
    assert chosen.weights_of(settings, result) == {"a": 3.0, "b": 1.0}
    apart = Stage1Settings(criteria=settings.criteria, correlated_once=False)
    assert set(usual_weights(apart, result)) == {1.0}


def test_the_problem_of_the_default_is_solved(stage1, attributes):
    settings, result = stage1
    problem = Stage2Settings().problem(settings, result, attributes, declined=(TOWNS[3],))
    chosen = solve(problem).optimum.unit_ids
    assert sorted(attributes.loc[list(chosen), "cluster"]) == [1, 2, 3, 4]
    assert TOWNS[3] not in chosen


def test_only_confirmed_towns_and_too_few_of_them(stage1, attributes):
    settings, result = stage1
    willing = Stage2Settings(only_willing=True)
    problem = willing.problem(settings, result, attributes, confirmed=TOWNS[:4])
    assert solve(problem).optimum.unit_ids == tuple(TOWNS[:4])
    with pytest.raises(NoSelection, match="Mitwirkung bestätigt"):
        solve(willing.problem(settings, result, attributes, confirmed=TOWNS[:3]))


def test_no_criterion_that_counts_is_told(stage1, attributes):
    settings, result = stage1
    with pytest.raises(NoSelection, match="zählt kein Kriterium"):
        Stage2Settings(criteria=("a",), weights=(("a", 0.0),)).problem(settings, result, attributes)
    with pytest.raises(NoSelection, match="zählt kein Kriterium"):
        Stage2Settings(criteria=()).problem(settings, result, attributes)
