"""What must hold for any values: order, units, constraints, determinism, tighter bands."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from queries import contrast_core as core
from queries.case_selection import (
    OBJECTIVES,
    FixedOut,
    NoSelection,
    Problem,
    compare_with_greedy,
    distances,
    solve,
)
from queries.case_selection.objectives import OBJECTIVES as ALL
from tests.case_selection.instances import KINDS, attributes, constraints, frame

WORSE_IS_LARGER = ("coverage", "median")


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), objective=st.sampled_from(sorted(ALL)))
def test_order_of_rows_and_units_do_not_matter(seed, objective):
    random = np.random.default_rng(seed)
    values = frame(seed, 14, 4, rounded=seed % 2 == 0)
    patterns = (values > 0.5).astype(int) - (values < -0.5).astype(int)
    expected = solve(Problem(distances(values), 4, patterns=patterns), objective, 3)
    mixed = values.sample(frac=1, random_state=seed)
    scaled = mixed * random.choice([0.001, 0.3, 7.0, 1000.0], 4) + random.choice([-5.0, 0.0, 3.0], 4)
    again = solve(Problem(distances(scaled), 4, patterns=patterns.sample(frac=1, random_state=seed)), objective, 3)
    assert [s.unit_ids for s in again.sets] == [s.unit_ids for s in expected.sets]
    assert again == expected


@pytest.mark.parametrize("objective", sorted(OBJECTIVES))
@pytest.mark.parametrize("seed", range(9))
def test_a_constraint_never_improves_and_greedy_is_never_better(seed, objective):
    values = frame(seed, 12, 3)
    patterns = (values > 0.5).astype(int) - (values < -0.5).astype(int)
    free = Problem(distances(values), 4, (), attributes(seed, 12), patterns)
    best = solve(free, objective).optimum
    bound = free.with_constraints(constraints(KINDS[seed], 4, 12))
    try:
        result = solve(bound, objective)
    except NoSelection:
        return
    assert result.optimum.levels[0] <= best.levels[0]
    greedy = compare_with_greedy(bound, result)
    assert greedy is None or (greedy.greedy.levels[0] <= result.optimum.levels[0] and greedy.gap >= 0)


def test_the_same_answer_every_time():
    p = Problem(distances(frame(3, 80, 4, rounded=True)), 6)
    answers = [solve(Problem(distances(frame(3, 80, 4, rounded=True)), 6), "max_min", 5) for _ in range(2)]
    assert answers[0] == answers[1] == solve(p, "max_min", 5)


def test_the_next_best_set_is_the_best_without_a_member():
    p = Problem(distances(frame(8, 20, 3)), 4)
    first = solve(p, "max_min", 10)
    assert [s.levels for s in first.sets] == sorted((s.levels for s in first.sets), reverse=True)
    for key in first.optimum.unit_ids:
        rest = solve(p.with_constraints((FixedOut((key,)),))).optimum
        listed = [s for s in first.sets if key not in s.unit_ids]
        assert not listed or listed[0].unit_ids == rest.unit_ids


VALUES = arrays(float, st.tuples(st.integers(1, 25), st.integers(1, 5)), elements=st.integers(-4, 4) | st.just(np.nan))


@given(values=VALUES, lower=st.floats(0, 0.5), upper=st.floats(0.5, 1), wider=st.floats(0, 0.3), k=st.integers(0, 5))
def test_a_wider_middle_range_never_leaves_more(values, lower, upper, wider, k):
    narrow = core.survivors(values, *core.limits(values, lower, upper), k)
    wide = core.survivors(values, *core.limits(values, max(0, lower - wider), min(1, upper + wider)), k)
    assert not (wide & ~narrow).any()


@given(values=VALUES, q=st.floats(0, 1))
def test_limits_are_the_quantiles_of_the_values_present(values, q):
    low, _ = core.limits(values, q, 1.0)
    for column in range(values.shape[1]):
        present = values[~np.isnan(values[:, column]), column]
        expected = np.quantile(present, q) if len(present) else np.nan
        assert low[column] == pytest.approx(expected, nan_ok=True)


@given(values=VALUES, target=st.integers(0, 6), groups=st.integers(1, 4))
def test_picking_per_group_is_a_plain_sort_within_the_group(values, target, groups):
    n = len(values)
    group = np.arange(n) * 7 % groups
    pattern = core.outside_pattern(values, *core.limits(values, 0.25, 0.75))
    outside, eligible = core.outside_weight(pattern), core.enough_present(values)
    beyond = core.excess(values, *core.limits(values, 0.25, 0.75))
    picked = core.pick_per_group(outside, beyond, target, group, eligible)
    expected = []
    for g in range(groups):
        rows = [i for i in range(n) if group[i] == g and eligible[i]]
        expected += sorted(rows, key=lambda i: (-outside[i], -beyond[i], i))[:target]
    assert sorted(np.flatnonzero(picked).tolist()) == sorted(expected)


def test_groups_are_measured_against_their_own_limits():
    values = np.array([[1.0], [2.0], [3.0], [10.0], [20.0], [30.0]])
    low, high = core.limits(values, 0.25, 0.75, np.array(["a"] * 3 + ["b"] * 3))
    assert low[:, 0].tolist() == [1.5] * 3 + [15.0] * 3 and high[:, 0].tolist() == [2.5] * 3 + [25.0] * 3
    assert core.outside_pattern(values, low, high)[:, 0].tolist() == [-1, 0, 1, -1, 0, 1]


def test_weights_and_missing_values():
    pattern = np.array([[1, 0, -1], [0, 0, 1]])
    assert core.outside_weight(pattern).tolist() == [2, 1]
    assert core.outside_weight(pattern, np.array([2.0, 1.0, 1.0])).tolist() == [2.25, 0.75]
    values = pd.DataFrame([[9, np.nan, 9, 9, 9], [9, np.nan, np.nan, 9, 9]]).to_numpy()
    assert core.enough_present(values).tolist() == [True, False]
    assert core.excess(np.array([[3.0, np.nan], [0.0, -2.0]]), np.array([0.0, 0.0]), np.array([1.0, 1.0])).tolist() == [
        2.0,
        2.0,
    ]
