"""Distances against their definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import LedoitWolf

from queries.case_selection import distances
from queries.normalise import NORMALISATIONS, normalise
from tests.case_selection.instances import frame


def test_euclidean_is_standardised_and_weighted():
    values = frame(1, 12, 3)
    z = (values - values.mean()) / values.std(ddof=0)
    weights = {"c0": 2.0, "c1": 1.0, "c2": 0.0}
    found = distances(values, weights=weights).frame
    for a, b in (("u000", "u001"), ("u003", "u011")):
        squared = 2 * (z.loc[a, "c0"] - z.loc[b, "c0"]) ** 2 + (z.loc[a, "c1"] - z.loc[b, "c1"]) ** 2
        assert found.loc[a, b] == pytest.approx(np.sqrt(squared), abs=1e-6)  # weights 2, 1, 0 have mean 1
    assert (found.to_numpy() == found.to_numpy().T).all() and (np.diag(found) == 0).all()


def test_mahalanobis_follows_the_shrunk_covariance():
    values = frame(2, 30, 4)
    values["c3"] = values["c0"] * 0.9 + 0.1 * values["c1"]
    z = ((values - values.mean()) / values.std(ddof=0)).to_numpy()
    inverse = np.linalg.inv(LedoitWolf().fit(z).covariance_)
    found = distances(values, "mahalanobis").frame.to_numpy()
    for i, j in ((0, 1), (5, 29)):
        difference = z[i] - z[j]
        assert found[i, j] == pytest.approx(np.sqrt(difference @ inverse @ difference), abs=2e-6)


def test_gower_by_hand():
    values = pd.DataFrame(
        {"people": [1000.0, 3000.0, np.nan], "kind": ["Verband", "Gemeinde", "Gemeinde"], "spa": [True, True, None]},
        index=list("abc"),
    )
    found = distances(values, "gower").frame
    assert found.loc["a", "b"] == pytest.approx((1 + 1 + 0) / 3, abs=1e-6)
    assert found.loc["a", "c"] == 1 and found.loc["b", "c"] == 0  # only the kind is known of both
    weighted = distances(values, "gower", weights={"people": 1, "kind": 2, "spa": 1}).frame
    assert weighted.loc["a", "b"] == pytest.approx(3 / 4)


def test_rules_for_missing_values():
    values = pd.DataFrame({"x": [0.0, 2.0, 4.0, 2.0], "y": [0.0, 1.0, np.nan, 2.0]}, index=list("abcd"))
    z = normalise(values.to_numpy())
    mean = distances(values)
    assert mean.frame.loc["a", "c"] == pytest.approx(np.hypot(z[0, 0] - z[2, 0], z[0, 1]), abs=1e-6)
    assert any("„y“ fehlt bei 1 von 4 Städten" in note for note in mean.notes)
    pairwise = distances(values, missing="pairwise").frame
    assert pairwise.loc["a", "c"] == pytest.approx(np.sqrt(2) * abs(z[0, 0] - z[2, 0]), abs=1e-6)
    assert pairwise.loc["a", "b"] == pytest.approx(mean.frame.loc["a", "b"], abs=1e-6)
    assert distances(values, missing="drop").keys == ("a", "b", "d")


def test_constant_and_empty_criteria_are_named_and_count_nothing():
    values = pd.DataFrame({"x": [0.1, 5.0, 7.0], "same": [0.1] * 3, "none": [np.nan] * 3}, index=list("abc"))
    found = distances(values, titles={"same": "Fläche", "none": "Betten"})
    weights = {"x": 1, "same": 0, "none": 0}
    assert found.frame.to_numpy() == pytest.approx(distances(values, weights=weights).frame / np.sqrt(3), abs=1e-5)
    assert any("„Fläche“ ist überall gleich" in note for note in found.notes)
    assert any("„Betten“ hat für keine der 3 Städte einen Wert" in note for note in found.notes)


def test_no_common_criterion_counts_as_the_largest_distance():
    values = pd.DataFrame({"x": [0.0, 1.0, np.nan], "y": [np.nan, 0.0, 1.0]}, index=list("abc"))
    found = distances(values, "gower").frame
    assert found.loc["a", "c"] == found.to_numpy().max() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"method": "manhattan"}, {"missing": "zero"}, {"weights": {"c0": -1.0}}, {"weights": {"c0": 0.0, "c1": 0.0}}],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError):
        distances(frame(1, 5, 2), **wrong)


def test_text_needs_gower_and_units_are_unique():
    values = pd.DataFrame({"kind": ["a", "b"]}, index=["u1", "u2"])
    with pytest.raises(ValueError):
        distances(values)
    with pytest.raises(ValueError):
        distances(frame(1, 3, 2).set_axis(["u1", "u1", "u2"]))


def test_normalisations():
    x = np.array([[1.0], [2.0], [3.0], [np.nan], [10.0]])
    present = x[[0, 1, 2, 4], 0]
    expected = {
        "z_score": (present - present.mean()) / present.std(),
        "rank": (np.arange(4) + 0.5) / 4,
        "min_max": (present - 1) / 9,
        "robust": (present - 2.5) / ((4.75 - 1.75) / 1.3489795),
    }
    for how in NORMALISATIONS:
        found = normalise(x, how)[:, 0]
        assert np.isnan(found[3]) and found[[0, 1, 2, 4]] == pytest.approx(expected[how])
        assert normalise(np.full((3, 1), 0.1), how).tolist() == [[0.0]] * 3
    assert normalise(x, "min_max", reference=np.array([[0.0], [20.0]]))[4, 0] == 0.5
    with pytest.raises(ValueError):
        normalise(x, "log")
