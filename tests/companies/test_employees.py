"""Employees as numbers and as classes in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.companies.employees import SIZE_CLASSES, Employees, fallback, parse, size_class
from kowis_data.companies.structure import Medians, weighted_median


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("0", 0), ("1.200", 1200), ("1 200", 1200), ("12,5", 12.5), ("12.0", 12), ("1.234.567,5", None),
     ("ca. 50", 50), ("120 Mitarbeiter", 120), ("2,5 Beschäftigte", 2.5), ("-0", 0)],
)  # fmt: skip
def test_numbers(text, number):
    found = parse(text)
    assert found.number == number
    assert bool(found.problem) == (number is None)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("10-49", 10, 49), ("10 – 49 Beschäftigte", 10, 49), ("50 bis 249", 50, 249), ("50 bis unter 250", 50, 249),
     ("0 bis 9", 0, 9), ("unter 10", 0, 9), ("<10", 0, 9), ("bis 9 Mitarbeiter", 0, 9), ("250 und mehr", 250, None),
     ("250+", 250, None), ("ab 250", 250, None), (">= 250", 250, None), ("> 249", 250, None),
     ("mehr als 249", 250, None),
     ("1.000 und mehr", 1000, None), ("Kleinstunternehmen", 0, 9), ("Kleinunternehmen", 10, 49), ("Mittel", 50, 249),
     ("Großunternehmen", 250, None), ("klein", 10, 49)],
)  # fmt: skip
def test_classes(text, low, high):
    assert parse(text) == Employees(low=low, high=high)


@pytest.mark.parametrize("text", [None, "", "-", "k.A.", "unbekannt", "NULL", "...", "x"])
def test_missing(text):
    assert parse(text).is_missing


@pytest.mark.parametrize(
    ("text", "begin"),
    [("-3", "Beschäftigte negativ"), ("9999999", "Beschäftigte unmöglich hoch"), ("viele", "Beschäftigte nicht lesbar"),
     ("49-10", "Größenklasse widersinnig"), ("12;3", "Beschäftigte nicht lesbar")],
)  # fmt: skip
def test_problems(text, begin):
    assert parse(text).problem.startswith(f"{begin}: ")


def test_codes_of_the_register():
    assert parse("3", {"3": "10-49"}) == Employees(low=10, high=49)
    assert parse("4", {"3": "10-49"}).number == 4


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "0-9"), (9.9, "0-9"), (10, "10-19"), (49, "20-49"), (50, "50-99"), (249, "100-249"), (250, "250-499"),
     (999, "500-999"), (1000, "1000+"), (400_000, "1000+")],
)  # fmt: skip
def test_size_classes(number, name):
    assert size_class(number) == name


def test_fallback_is_the_geometric_mean_of_the_bounds():
    assert fallback(10, 49) == 22.1  # √490
    assert fallback(0, 9) == 3.0  # √(1 · 9)
    assert fallback(250, None) == 353.6  # √(250 · 500)
    for low in SIZE_CLASSES.values():
        assert fallback(low, None) >= low


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=60))
def test_weighted_median_is_the_median_of_the_numbers(numbers):
    counted = pd.Series(numbers).value_counts()
    assert weighted_median(pd.Series(counted.index), pd.Series(counted.to_numpy())) == np.median(numbers)


def test_medians_fall_back_from_section_to_all_to_figure():
    histogram = pd.DataFrame(
        [("C", 12, 6), ("C", 20, 5), ("C", 400, 3), ("G", 30, 4), ("G", 3, 20)],
        columns=["section", "number", "companies"],
    )
    medians = Medians(histogram)
    assert medians.estimate("C", 10, 49, is_class=True) == 12  # six of eleven have 12
    assert medians.estimate("G", 10, 49, is_class=True) == 20  # 4 in G are too few: 12 ×6, 20 ×5, 30 ×4
    assert medians.estimate("C", 250, None, is_class=True) == fallback(250, None)  # 3 are too few anywhere
    assert medians.estimate("G", 0, None, is_class=False) == 3
    # 20 × 3, 6 × 12, 5 × 20, 4 × 30, 3 × 400: the 19th and 20th of 38 are both 3.
    assert medians.estimate("Q", 0, None, is_class=False) == 3
    assert Medians(histogram.head(0)).estimate("Q", 0, None, is_class=False) is None
