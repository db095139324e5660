"""Measures on tiny data worked by hand, and against scikit-learn and SciPy where those have them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_samples

from kowis_data.clustering import compare, compare_groups, moved
from kowis_data.clustering.group_tests import cliffs_delta, holm
from kowis_data.clustering.membership import medoid, memberships
from kowis_data.clustering.number_of_clusters import compare_numbers, elbow, gap_statistic, one_error_rule
from kowis_data.clustering.partition import kmeans, one_thread, ward_centroids, ward_tree
from kowis_data.clustering.stability import band, bootstrap_jaccard, jaccard, separation, summary, verdict

LINE = np.array([[0.0], [1.0], [10.0], [12.0]])
LABELS = np.array([0, 0, 1, 1])
CENTROIDS = np.array([[0.5], [11.0]])


def blobs(seed: int, towns: int = 60, apart: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centres = apart * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]])
    labels = np.repeat(np.arange(3), towns // 3)
    return centres[labels] + random.normal(size=(towns, 3)), labels


def test_membership_by_hand():
    found = memberships(LINE, LABELS, CENTROIDS)
    assert found["distance"].tolist() == [0.5, 0.5, 1.0, 1.0]
    assert found["second"].tolist() == [1, 1, 0, 0]
    # Town 0: 11 to the other centroid, 0.5 to its own.
    assert found["membership"].tolist() == pytest.approx([11 / 11.5, 10 / 10.5, 9.5 / 10.5, 11.5 / 12.5])
    # Town 0: a = 1, b = (10 + 12) / 2 = 11; town 2: a = 2, b = (10 + 9) / 2 = 9.5.
    assert found["silhouette"].tolist()[0] == pytest.approx(10 / 11)
    assert found["silhouette"].tolist()[2] == pytest.approx(7.5 / 9.5)


def test_halfway_is_one_half():
    found = memberships(np.array([[0.0], [1.0], [2.0]]), np.array([0, 0, 1]), np.array([[0.0], [2.0]]))
    assert found["membership"].tolist() == [1.0, 0.5, 1.0]


def test_silhouette_is_that_of_scikit_learn():
    matrix, labels = blobs(1)
    centroids = np.vstack([matrix[labels == k].mean(axis=0) for k in range(3)])
    assert memberships(matrix, labels, centroids)["silhouette"].to_numpy() == pytest.approx(
        silhouette_samples(matrix, labels)
    )


def test_medoid_is_the_middle_one():
    points = np.array([0.0, 1.0, 5.0, 100.0])
    distances = np.abs(points[:, None] - points[None, :])
    assert medoid(distances, np.array([0, 1, 2])) == 1


def test_jaccard_by_hand():
    first, second = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])
    assert jaccard(first, second).tolist() == [[2 / 3, 1 / 5], [0, 2 / 3]]


@pytest.mark.parametrize(
    ("similarity", "word"),
    [
        (0.49, "aufgelöst"),
        (0.5, "unsicher"),
        (0.6, "erkennbares Muster"),
        (0.75, "stabil"),
        (0.85, "sehr stabil"),
        (1.0, "sehr stabil"),
    ],
)
def test_bands_of_hennig(similarity, word):
    assert band(similarity) == word


def test_summary_counts_dissolved_and_recovered_rounds():
    rounds = np.array([[1.0, 0.4], [0.8, 0.5], [0.75, np.nan], [0.7, 0.9]])
    found = summary(rounds, [2, 1])
    assert found.index.tolist() == [1, 2]
    assert found.at[2, "jaccard"] == pytest.approx(0.8125) and found.at[2, "recovered"] == 0.75
    assert found.at[1, "jaccard"] == pytest.approx(0.6) and found.at[1, "dissolved"] == 0.5


def test_the_verdict_weighs_clusters_with_their_towns():
    stability = pd.DataFrame({"jaccard": [0.9, 0.6]}, index=[1, 2])
    assert verdict(stability, pd.Series({1: 90, 2: 10}), 0.2)[0] is True  # 0.87
    said = verdict(stability, pd.Series({1: 10, 2: 90}), 0.2)  # 0.63
    assert said[0] is False and "0,63" in said[1]


def test_clusters_no_tighter_than_without_groups_do_not_count():
    stability = pd.DataFrame({"jaccard": [0.9, 0.9]}, index=[1, 2])
    said = verdict(stability, pd.Series({1: 50, 2: 50}), 0.03)
    assert said[0] is False and "ohne Gruppen" in said[1]


def test_an_elongated_cloud_comes_back_but_is_no_groups():
    cloud = np.random.default_rng(4).normal(size=(600, 4)) * [10, 1, 1, 1]
    matrix, _ = blobs(4)
    with one_thread():
        part = kmeans(cloud, 3, 1, 5)
        assert bootstrap_jaccard(cloud, part.labels, 7, 20).mean() > 0.75
        assert abs(separation(cloud, 3, part.within, 1)) < 0.05
        assert separation(matrix, 3, kmeans(matrix, 3, 1, 5).within, 1) > 0.5


def test_bootstrap_finds_well_separated_groups_every_time():
    matrix, labels = blobs(2)
    with one_thread():
        assert bootstrap_jaccard(matrix, labels, 7, 20).min() > 0.95


def test_bootstrap_finds_no_groups_in_noise():
    matrix = np.random.default_rng(3).normal(size=(200, 6))
    with one_thread():
        labels = kmeans(matrix, 4, 1, 5).labels
        similarity = bootstrap_jaccard(matrix, labels, 7, 30).mean(axis=0)
    assert similarity.max() < 0.75 and similarity.mean() < 0.6


def test_kmeans_is_never_worse_than_scikit_learn_from_the_same_starts():
    matrix, _ = blobs(4, apart=2.0)
    theirs = KMeans(4, n_init=10, random_state=5).fit(matrix)
    ours = kmeans(matrix, 4, 5, 10, ward_centroids(matrix, ward_tree(matrix), 4))
    assert ours.within <= theirs.inertia_ * (1 + 1e-9)
    assert ours.within == pytest.approx(((matrix - ours.centroids[ours.labels]) ** 2).sum())


def test_ward_is_that_of_scikit_learn():
    matrix, _ = blobs(5, apart=3.0)
    theirs = AgglomerativeClustering(5, linkage="ward").fit_predict(matrix)
    expected = np.array([matrix[theirs == k].mean(axis=0) for k in range(5)])
    ours = ward_centroids(matrix, ward_tree(matrix), 5)
    assert np.sort(ours, axis=0) == pytest.approx(np.sort(expected, axis=0))


def test_elbow_by_hand():
    # From (0, 1) to (1, 0) the point of k = 2 lies 1 − 1/3 − 0.1 below the line, that of k = 3 only 1 − 2/3 − 0.05.
    assert elbow(pd.Series([100.0, 10.0, 5.0, 0.0], index=[1, 2, 3, 4])) == 2


def test_rule_of_one_standard_error_by_hand():
    gap = pd.Series([0.1, 0.5, 0.52, 0.9], index=[1, 2, 3, 4])
    assert one_error_rule(gap, pd.Series([0.05] * 4, index=gap.index)) == 2
    assert one_error_rule(gap, pd.Series([0.001] * 4, index=gap.index)) == 4


def test_gap_of_one_reference_by_hand():
    """W(1) of 0, 1, 10, 12 is 110.75, W(2) is 0.5 + 2; the reference is drawn again with the same seed."""
    within = pd.Series([110.75, 2.5], index=[1, 2])
    gap, error = gap_statistic(LINE, within, seed=3, references=1)
    drawn = np.sort(np.random.default_rng(3).uniform(-5.75, 6.25, (4, 1)).ravel())
    turned = np.sort(np.random.default_rng(3).uniform(-6.25, 5.75, (4, 1)).ravel())

    def two_groups(values: np.ndarray) -> float:
        return min(sum(((p - p.mean()) ** 2).sum() for p in np.split(values, [cut])) for cut in (1, 2, 3))

    # The sign of a principal axis is free.
    expected = [
        [math.log(((v - v.mean()) ** 2).sum()) - math.log(110.75), math.log(two_groups(v)) - math.log(2.5)]
        for v in (drawn, turned)
    ]
    assert any(gap == pytest.approx(pair) for pair in expected)
    assert error.tolist() == [0, 0]


def test_all_measures_point_at_three_planted_groups():
    matrix, _ = blobs(6, towns=90)
    distances = np.linalg.norm(matrix[:, None] - matrix[None, :], axis=2)
    with one_thread():
        numbers = compare_numbers(matrix, ward_tree(matrix), distances, (2, 6), 1, 10)
    assert numbers.suggested == {"silhouette": 3, "calinski_harabasz": 3, "elbow": 3, "gap": 3}
    assert numbers.table["within"].is_monotonic_decreasing
    assert numbers.table.at[1, "explained"] == 0


def test_comparison_by_hand():
    first = pd.Series({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "x": 1})
    second = pd.Series({"a": 5, "b": 5, "c": 7, "d": 7, "e": 7, "y": 5})
    found = compare(first, second)
    assert found.flows.to_dict() == {5: {1: 2, 2: 0}, 7: {1: 1, 2: 2}}
    assert (found.towns, found.only_first, found.only_second, found.together) == (5, 1, 1, 4)
    assert found.pairs == ((1, 5), (2, 7))
    # Pairs of towns: together in both 2, in the first 4, in the second 4, of 10; expected 1.6.
    assert found.adjusted_rand == pytest.approx((2 - 1.6) / (4 - 1.6))
    assert found.adjusted_rand == pytest.approx(adjusted_rand_score([1, 1, 1, 2, 2], [5, 5, 7, 7, 7]))
    assert moved(first, second, found.pairs).tolist() == ["c"]


def test_models_without_common_towns_cannot_be_compared():
    with pytest.raises(ValueError, match="keine Stadt gemeinsam"):
        compare(pd.Series({"a": 1}), pd.Series({"b": 1}))


def test_groups_by_hand():
    values = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan])
    groups = pd.Series(["a", "a", "a", "b", "b", "b", "b"])
    found = compare_groups(values, groups)
    # Rank sums 6 and 15: H = 12 / 42 · (36 / 3 + 225 / 3) − 21 = 3.857; ε² = H / 5.
    assert found.h == pytest.approx(27 / 7) and found.epsilon_squared == pytest.approx(27 / 35)
    pair = found.pairs.iloc[0]
    # Mean ranks 2 and 5, variance 3.5 · 2 / 3.
    assert pair["z"] == pytest.approx(-3 / math.sqrt(3.5 * 2 / 3))
    assert (pair["delta"], pair["strength"]) == (-1.0, "stark")
    assert found.p == pytest.approx(kruskal([1, 2, 3], [4, 5, 6]).pvalue)
    assert pair["p"] == pytest.approx(found.p)  # two groups: both tests are the same


def test_nothing_to_compare():
    assert compare_groups(pd.Series([1.0, 2.0]), pd.Series([1, 1])) is None
    assert compare_groups(pd.Series([1.0, 1.0]), pd.Series([1, 2])) is None


def test_cliffs_delta_with_ties_by_hand():
    # 4 pairs: 1 < 2, 1 = 1, 2 = 2, 2 > 1.
    assert cliffs_delta(np.array([1, 2]), np.array([2, 1])) == 0
    assert cliffs_delta(np.array([2, 3]), np.array([1, 2])) == 0.75


def test_holm_by_hand():
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]
