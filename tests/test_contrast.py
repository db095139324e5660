"""Stage 1 of the case selection against a naive loop, and the rules that must hold whatever the data."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries import contrast, indicators
from queries.contrast import Criterion, stage1
from queries.town_filter import TownFilter


def criteria_of(template, names: list[str], lower: float = 0.25, upper: float = 0.75) -> tuple[Criterion, ...]:
    return tuple(Criterion(replace(template, indicator_id=name), "2022", lower, upper) for name in names)


@pytest.fixture(scope="module")
def template(catalogue):
    return catalogue["population_density"]


def quantile(values: list[float], q: float) -> float:
    """Linear interpolation between the order statistics (type 7 of Hyndman & Fan 1996)."""
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def naive(values: pd.DataFrame, lower: float, upper: float, at_least: int) -> set:
    limits = {}
    for name in values.columns:
        present = [v for v in values[name] if not math.isnan(v)]
        limits[name] = (quantile(present, lower), quantile(present, upper)) if present else (math.nan, math.nan)
    remaining = set()
    for town, row in values.iterrows():
        present = [name for name in values.columns if not math.isnan(row[name])]
        if len(present) < 0.8 * len(values.columns) - 1e-9:
            continue
        outside = sum(row[name] < limits[name][0] or row[name] > limits[name][1] for name in present)
        if outside >= at_least:
            remaining.add(town)
    return remaining


def tables(min_rows: int = 1):
    number = st.one_of(st.integers(-20, 20).map(float), st.floats(-1e6, 1e6, width=32), st.just(math.nan))
    return st.integers(1, 6).flatmap(
        lambda columns: st.lists(
            st.lists(number, min_size=columns, max_size=columns), min_size=min_rows, max_size=25
        ).map(
            lambda rows: pd.DataFrame(
                rows, columns=[f"c{i}" for i in range(columns)], index=[f"t{i:02}" for i in range(len(rows))]
            )
        )
    )


@given(values=tables(), band=st.sampled_from([(0.25, 0.75), (0.1, 0.9), (0.45, 0.55)]), data=st.data())
def test_equals_a_naive_loop(template, values, band, data):
    criteria = criteria_of(template, list(values.columns), *band)
    at_least = data.draw(st.integers(0, len(criteria)))
    result = stage1(values, criteria, at_least)
    assert set(result.remaining) == naive(values, *band, at_least)
    for k, number in result.survivors.items():
        assert number == len(naive(values, *band, k))


@given(values=tables(), seed=st.integers(0, 1000))
def test_order_of_rows_and_columns_does_not_matter(template, values, seed):
    criteria = criteria_of(template, list(values.columns))
    shuffled = values.sample(frac=1, random_state=seed)
    expected = set(stage1(values, criteria, 1).remaining)
    assert set(stage1(shuffled, criteria, 1).remaining) == expected
    assert set(stage1(values[values.columns[::-1]], criteria[::-1], 1).remaining) == expected


@given(values=tables(), power=st.integers(-6, 6))
def test_units_of_measurement_do_not_matter(template, values, power):
    criteria = criteria_of(template, list(values.columns))
    scaled = values * 2.0**power  # exact in floating point, as metres and kilometres should be
    assert set(stage1(scaled, criteria, 1).remaining) == set(stage1(values, criteria, 1).remaining)


@given(values=tables(), at_least=st.integers(1, 6))
def test_more_demands_never_leave_more(template, values, at_least):
    names = list(values.columns)
    wide = set(stage1(values, criteria_of(template, names, 0.1, 0.9), at_least).remaining)
    narrow = set(stage1(values, criteria_of(template, names, 0.3, 0.7), at_least).remaining)
    assert wide <= narrow  # a broader middle range leaves fewer outside
    result = stage1(values, criteria_of(template, names), at_least)
    assert set(stage1(values, criteria_of(template, names), at_least + 1).remaining) <= set(result.remaining)
    assert result.survivors.is_monotonic_decreasing


def test_a_missing_value_is_no_contrast_and_four_of_five_are_enough(template):
    values = pd.DataFrame(
        {f"c{i}": [float(n) for n in range(20)] for i in range(5)}, index=[f"t{n:02}" for n in range(20)]
    )
    values.loc["t00", "c0"] = np.nan  # 4 of 5 present: counted, outside on 4
    values.loc["t01", ["c0", "c1"]] = np.nan  # 3 of 5: left out
    result = stage1(values, criteria_of(template, list(values.columns)), 4)
    assert result.towns.loc["t00", ["present", "outside"]].tolist() == [4, 4]
    assert result.towns.loc["t00", "remains"] and not result.towns.loc["t00", "dropped_for_gaps"]
    assert result.towns.loc["t01", "dropped_for_gaps"] and not result.towns.loc["t01", "remains"]
    assert result.pattern.loc["t00", "c0"] == 0
    assert result.pattern.loc["t19"].tolist() == [1] * 5
    strict = stage1(values, criteria_of(template, list(values.columns)), 5)
    assert "t00" not in strict.remaining  # a gap can never help


def test_a_value_on_the_limit_lies_inside(template):
    values = pd.DataFrame({"c": [0.0, 1.0, 2.0, 3.0, 4.0]}, index=list("abcde"))
    result = stage1(values, criteria_of(template, ["c"]), 1)
    assert result.limits.loc["c"].tolist() == [1.0, 3.0]
    assert list(result.remaining) == ["a", "e"]


def test_correlated_pairs():
    random = np.random.default_rng(5)
    a = random.normal(size=300)
    values = pd.DataFrame({"a": a, "b": -a + 0.1 * random.normal(size=300), "c": random.normal(size=300)})
    ((first, second, r),) = contrast.correlated_pairs(values)
    assert (first, second) == ("a", "b")
    assert r == pytest.approx(np.corrcoef(values["a"], values["b"])[0, 1])
    assert r < -0.7
    assert contrast.correlated_pairs(values[["a"]]) == []


def period(con, indicator_id: str) -> str:
    return indicators.periods(con, indicator_id)["period"].iloc[0]


def test_county_values_are_refused(con, catalogue):
    county = next(i for i in catalogue.values() if i.is_county_context)
    criteria = (
        Criterion(catalogue["population_density"], period(con, "population_density")),
        Criterion(county, period(con, county.indicator_id)),
    )
    with pytest.raises(ValueError, match="Kreiswerte") as error:
        contrast.criterion_values(con, criteria, TownFilter())
    assert county.title in str(error.value)


def test_values_of_the_database(con, catalogue):
    names = ["population_density", "settlement_points"]
    criteria = tuple(Criterion(catalogue[name], period(con, name)) for name in names)
    values = contrast.criterion_values(con, criteria, TownFilter())
    assert values.shape == (2_122, 2) and list(values.columns) == names
    assert values.index.is_monotonic_increasing and values.index.is_unique
    assert values["settlement_points"].isna().sum() == 1_649
    saarland = contrast.criterion_values(con, criteria, TownFilter(state_ids=("10",)))
    assert saarland.index.str.startswith("10").all()
    pd.testing.assert_frame_equal(saarland, values.loc[saarland.index])
    assert contrast.criterion_values(con, criteria, TownFilter(population_from=10**9)).empty


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_any_criteria_of_the_catalogue_equal_the_naive_loop(con, catalogue, seed):
    random = np.random.default_rng(seed)
    own = [key for key, indicator in catalogue.items() if not indicator.is_county_context]
    names = random.choice(own, 5, replace=False).tolist()
    criteria = tuple(Criterion(catalogue[name], period(con, name), 0.2, 0.8) for name in names)
    values = contrast.criterion_values(con, criteria, TownFilter(state_ids=("05", "10", "15")))
    assert set(stage1(values, criteria, 3).remaining) == naive(values, 0.2, 0.8, 3)
