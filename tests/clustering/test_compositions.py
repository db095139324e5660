"""Log-ratios on hand-worked rows, and the laws that hold for every composition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import pdist

from kowis_data.clustering import ClusteringError
from kowis_data.clustering.compositions import clr, ilr, logit, replace_zeros

COMPOSITIONS = arrays.arrays(
    float, st.tuples(st.integers(1, 8), st.integers(2, 6)), elements=st.floats(0, 1000, width=32)
).filter(lambda rows: (rows.sum(axis=1) > 1e-3).all())


def test_a_zero_takes_its_floor_from_the_others_in_proportion():
    replaced, raised = replace_zeros(np.array([[0.0, 0.2, 0.8]]), 0.01)
    assert replaced == pytest.approx(np.array([[0.01, 0.198, 0.792]]))
    assert raised.tolist() == [[True, False, False]]


def test_a_share_below_the_floor_counts_as_the_floor():
    replaced, raised = replace_zeros(np.array([[0.004, 0.0, 0.996]]), 0.01)
    assert replaced == pytest.approx(np.array([[0.01, 0.01, 0.98]]))
    assert raised.sum() == 2


def test_clr_by_hand():
    # Geometric mean of 0.1, 0.4 and 0.5 is (0.02)^(1/3).
    middle = 0.02 ** (1 / 3)
    expected = [[math.log(part / middle) for part in (0.1, 0.4, 0.5)]]
    assert clr(np.array([[0.1, 0.4, 0.5]])) == pytest.approx(np.array(expected))


def test_ilr_of_two_parts_is_the_scaled_logit():
    assert abs(ilr(np.array([[0.2, 0.8]]))[0, 0]) == pytest.approx(math.log(4) / math.sqrt(2))


def test_logit_is_limited_on_both_sides():
    values, moved = logit(np.array([0.0, 0.5, 1.0]), 0.01)
    assert values == pytest.approx([-math.log(99), 0, math.log(99)])
    assert moved.tolist() == [True, False, True]


@pytest.mark.parametrize("shares", [[[0.0, 0.0]], [[-0.1, 1.1]]])
def test_what_is_no_composition_is_refused(shares):
    with pytest.raises(ClusteringError, match="Anteile"):
        replace_zeros(np.array(shares), 0.01)


def test_a_floor_too_large_for_the_parts_is_refused():
    with pytest.raises(ClusteringError, match="zu groß"):
        replace_zeros(np.array([[0.5, 0.5]]), 0.5)


@given(COMPOSITIONS)
def test_laws(rows):
    replaced, raised = replace_zeros(rows, 0.01)
    assert replaced.sum(axis=1) == pytest.approx(np.ones(len(rows)))
    assert (replaced[raised] == 0.01).all() and (replaced > 0).all()
    assert clr(replaced).sum(axis=1) == pytest.approx(np.zeros(len(rows)), abs=1e-9)
    # Only ratios count: another unit of measurement changes nothing.
    assert replace_zeros(rows * 37.5, 0.01)[0] == pytest.approx(replaced)
    assert pdist(ilr(replaced)) == pytest.approx(pdist(clr(replaced)), abs=1e-9)
