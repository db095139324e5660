"""Classes of the map against numpy, the known optimum of natural breaks, and the rules that hold for any values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import legend
from ui.classes import METHODS, Classes, classify, parse_limits

numbers = st.one_of(st.integers(-50, 50).map(float), st.floats(-1e7, 1e7, width=32))
samples = st.lists(st.one_of(numbers, st.just(float("nan"))), min_size=1, max_size=60).filter(
    lambda values: not np.isnan(values).all()
)


@given(
    values=samples,
    method=st.sampled_from(list(METHODS)),
    number=st.integers(2, 9),
    signed=st.booleans(),
    own=st.lists(numbers, max_size=5),
)
def test_every_value_falls_into_exactly_one_class(values, method, number, signed, own):
    values = np.array(values)
    classes = classify(values, method, number, signed=signed, own=tuple(own))
    limits = np.array(classes.limits)
    assert len(limits) == len(classes) + 1
    assert (np.diff(limits)[:-1] > 0).all() or len(classes) == 1
    assert len(classes.colours) == len(set(classes.colours)), "two classes of one colour"
    if method != "own" or not own:
        assert len(classes) <= number
    present = values[~np.isnan(values)]
    assert (limits[0], limits[-1]) == (present.min(), present.max())
    found = classes.of(values)
    assert (found[np.isnan(values)] == -1).all()
    for value, i in zip(values, found, strict=True):
        if np.isnan(value):
            continue
        last = i == len(classes) - 1
        assert limits[i] <= value and (value < limits[i + 1] or (last and value == limits[-1]))


@given(
    values=st.lists(numbers, min_size=2, max_size=60), number=st.integers(2, 9), method=st.sampled_from(list(METHODS))
)
def test_zero_stays_a_limit_of_signed_values(values, number, method):
    values = np.array(values)
    classes = classify(values, method, number, signed=True)
    if values.min() < 0 < values.max():
        assert 0.0 in classes.limits
        assert len(set(np.sign(values[classes.of(values) == classes.of(np.array([0.0]))[0]])) & {-1.0}) == 0


@given(values=samples, method=st.sampled_from(["quantile", "natural", "equal"]), number=st.integers(2, 9))
def test_no_class_of_the_computed_methods_but_equal_widths_is_empty(values, method, number):
    classes = classify(np.array(values), method, number)
    counts = np.bincount(classes.of(np.array(values))[~np.isnan(values)], minlength=len(classes))
    if method == "natural":
        assert (counts > 0).all()
    assert counts.sum() == (~np.isnan(values)).sum()


def test_quantiles_are_those_of_numpy():
    values = np.random.default_rng(1).gamma(2, 100, 1_000)
    classes = classify(values, "quantile", 5)
    assert classes.limits == pytest.approx(np.quantile(values, [0, 0.2, 0.4, 0.6, 0.8, 1]))
    assert np.bincount(classes.of(values)).tolist() == [200] * 5


def test_equal_widths():
    classes = classify(np.array([0.0, 1.0, 2.0, 100.0]), "equal", 4)
    assert classes.limits == pytest.approx((0, 25, 50, 75, 100))
    assert classes.of(np.array([0.0, 24.9, 25.0, 99.0, 100.0])).tolist() == [0, 0, 1, 3, 3]


def test_natural_breaks_of_the_textbook():
    """The groups anyone would see, and for Fisher's own criterion no partition is better."""
    values = np.array([1, 2, 3, 12, 13, 14, 21, 22, 23, 27, 28, 29], float)
    classes = classify(values, "natural", 4)
    assert classes.limits == (1, 12, 21, 27, 29)
    assert classes.of(values).tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3


# In every second sample the best partition leaves the highest value alone.
@pytest.mark.parametrize("seed", range(8))
def test_natural_breaks_have_the_smallest_squared_deviation(seed):
    from itertools import combinations

    values = np.sort(np.random.default_rng(seed).lognormal(3, 1, 14))
    classes = classify(values, "natural", 4)

    def deviation(groups) -> float:
        return sum(((group - group.mean()) ** 2).sum() for group in groups)

    best = min(deviation(np.split(values, cuts)) for cuts in combinations(range(1, 14), 3))
    numbers_of = classes.of(values)
    assert len(classes) == 4
    assert deviation([values[numbers_of == i] for i in range(4)]) == pytest.approx(best)


def test_own_limits_outside_the_values_do_not_count():
    values = np.array([10.0, 60.0, 200.0])
    classes = classify(values, "own", 6, own=(50, 100, 500, -3, 50))
    assert classes.limits == (10, 50, 100, 200)
    assert classify(values, "own", 6, own=(1_000,)).limits == (10, 200)


def test_fewer_values_than_classes():
    assert classify(np.array([7.0]), "quantile", 6).limits == (7, 7)
    assert len(classify(np.array([1.0, 2.0]), "natural", 6)) <= 2
    with pytest.raises(ValueError):
        classify(np.array([np.nan]), "quantile", 6)
    with pytest.raises(ValueError):
        classify(np.array([]), "quantile", 6)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("50; 100; 250,5", (50, 100, 250.5)),
        ("50 100 250,5", (50, 100, 250.5)),
        ("1.234,5", (1234.5,)),
        ("1.000; 20.000", (1000, 20000)),
        ("-5; 0; 5", (-5, 0, 5)),
        ("\u22122,5; 0", (-2.5, 0)),
        ("100;50;50", (50, 100)),
        ("", ()),
        ("  ; ;", ()),
    ],
)
def test_limits_as_germans_type_them(text, limits):
    assert parse_limits(text) == limits


@pytest.mark.parametrize(("text", "part"), [("50; viel; 100", "viel"), ("5,5,5", "5,5,5"), ("10€", "10€")])
def test_what_is_no_number_is_named(text, part):
    with pytest.raises(ValueError) as error:
        parse_limits(text)
    assert str(error.value) == part


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e400"])
def test_limits_must_be_finite(text):
    with pytest.raises(ValueError):
        parse_limits(text)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("values", [[1.0, 2, 3, 4, 5, 60], [-5.0, -1, 0, 2, 9, 40], [4.0, 4, 4], [0.0, float("nan")]])
def test_legend_counts_every_town_once(values, signed):
    values = np.array(values)
    classes = classify(values, "quantile", 4, signed=signed)
    html = legend.class_list(values, classes, 0, signed)
    counts = [int(cell.split("<")[0]) for cell in html.split("text-align:right")[1:] for cell in [cell.split(">")[1]]]
    assert sum(counts) == len(values)
    assert len(counts) == len(classes) + bool(np.isnan(values).any())
    legend.histogram(values, classes, "km", 1, signed)


def test_classes_of_the_missing():
    assert Classes((0, 1), ("#000000",)).of(np.array([np.nan, 0.5])).tolist() == [-1, 0]
