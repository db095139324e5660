"""Stage 2: the set found is the optimum of a search through all sets."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from queries.case_selection import most_contrasting, standardise


def instance(seed: int) -> tuple[pd.DataFrame, int]:
    random = np.random.default_rng(seed)
    rows, columns = int(random.integers(4, 13)), int(random.integers(1, 6))
    values = random.normal(size=(rows, columns)) * random.uniform(0.1, 1000, columns)
    if seed % 3 == 0:
        values = np.round(values / values.std(axis=0))  # many equal distances
    values[random.random(values.shape) < 0.1] = np.nan
    frame = pd.DataFrame(values, index=[f"u{i:02}" for i in range(rows)])
    return frame, int(random.integers(2, min(5, rows) + 1))


def plain_standardise(values: pd.DataFrame) -> np.ndarray:
    columns = []
    for name in values:
        column = values[name].to_numpy()
        present = column[~np.isnan(column)]
        mean = present.mean() if len(present) else 0
        spread = np.sqrt(((present - mean) ** 2).mean()) if len(present) else 0
        scaled = (column - mean) / spread if spread > 0 else np.zeros(len(column))
        columns.append(np.where(np.isnan(scaled), 0, scaled))
    return np.column_stack(columns)


def smallest_distance(points: np.ndarray, members: tuple[int, ...]) -> float:
    return min(float(np.linalg.norm(points[i] - points[j])) for i, j in combinations(members, 2))


@pytest.mark.parametrize("seed", range(200))
def test_optimum_equals_brute_force(seed):
    values, size = instance(seed)
    points = plain_standardise(values)
    best = max(smallest_distance(points, members) for members in combinations(range(len(values)), size))
    found = most_contrasting(values, size)
    assert len(set(found.unit_ids)) == size
    assert found.smallest_distance == pytest.approx(best, rel=1e-9, abs=1e-12)
    members = tuple(values.index.get_loc(key) for key in found.unit_ids)
    assert smallest_distance(points, members) == pytest.approx(best, rel=1e-9, abs=1e-12)
    distances = [np.linalg.norm(points[i] - points[j]) for i, j in combinations(members, 2)]
    assert found.mean_distance == pytest.approx(np.mean(distances))


@pytest.mark.parametrize("seed", range(1, 60, 2))
def test_of_equally_good_sets_the_one_with_the_largest_mean_is_taken(seed):
    values = pd.DataFrame(np.random.default_rng(seed).normal(size=(12, 3)))
    points = plain_standardise(values)
    sets = list(combinations(range(12), 4))
    best = max(smallest_distance(points, members) for members in sets)
    means = [
        np.mean([np.linalg.norm(points[i] - points[j]) for i, j in combinations(members, 2)])
        for members in sets
        if smallest_distance(points, members) >= best - 1e-12
    ]
    assert most_contrasting(values, 4).mean_distance == pytest.approx(max(means))


@pytest.mark.parametrize("seed", [1, 2, 4, 5, 7, 8])
def test_order_of_rows_and_units_do_not_matter(seed):
    random = np.random.default_rng(seed)
    values = pd.DataFrame(random.normal(size=(40, 4)), index=[f"u{i:02}" for i in range(40)])
    found = set(most_contrasting(values, 4).unit_ids)
    assert set(most_contrasting(values.sample(frac=1, random_state=seed), 4).unit_ids) == found
    assert set(most_contrasting(values * [1000, 0.001, 7, 1] + [5, -3, 0, 100], 4).unit_ids) == found
    assert set(most_contrasting(values[values.columns[::-1]], 4).unit_ids) == found


def test_four_corners_of_a_square():
    inside = [(x / 10, y / 10) for x in range(-5, 6) for y in range(-5, 6)]
    corners = [(-3, -3), (-3, 3), (3, -3), (3, 3)]
    values = pd.DataFrame(inside + corners, index=[f"i{n}" for n in range(len(inside))] + list("abcd"))
    found = most_contrasting(values, 4)
    assert found.unit_ids == ("a", "b", "c", "d")


def test_equal_towns_can_be_chosen_when_there_is_nothing_else():
    values = pd.DataFrame({"x": [1.0] * 5}, index=list("abcde"))
    found = most_contrasting(values, 4)
    assert len(set(found.unit_ids)) == 4 and found.smallest_distance == 0


def test_standardise():
    values = pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan], "same": [5.0] * 4, "none": [np.nan] * 4})
    scaled = standardise(values)
    assert scaled["x"].tolist() == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5), 0])
    assert scaled["same"].tolist() == [0] * 4 and scaled["none"].tolist() == [0] * 4


@pytest.mark.parametrize(("rows", "size"), [(3, 4), (0, 2), (5, 1), (5, 0)])
def test_impossible_sizes_are_refused(rows, size):
    with pytest.raises(ValueError):
        most_contrasting(pd.DataFrame({"x": range(rows)}, dtype=float), size)


def test_same_answer_every_time():
    values = pd.DataFrame(np.random.default_rng(3).integers(0, 3, (60, 4)).astype(float))
    assert len({most_contrasting(values, 4).unit_ids for _ in range(3)}) == 1
