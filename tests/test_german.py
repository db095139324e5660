"""Numbers as Germans write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import german


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "text"),
    [
        (1234.5, 1, False, "1.234,5"),
        (2122, 0, False, "2.122"),
        (84_358_845, 0, False, "84.358.845"),
        (7.14, 1, True, "+7,1"),
        (-14.5, 1, True, "\u221214,5"),
        (-14.5, 1, False, "\u221214,5"),
        (0.0, 1, True, "0,0"),
        (-0.04, 1, True, "0,0"),
        (-0.04, 1, False, "0,0"),
        (0.04, 1, True, "0,0"),
        (999.96, 1, False, "1.000,0"),
        (None, 1, False, "k. A."),
        (float("nan"), 0, False, "k. A."),
    ],
)
def test_numbers(value, decimals, signed, text):
    assert german.number(value, decimals, signed=signed) == text


@given(st.floats(-1e12, 1e12), st.integers(0, 3), st.booleans())
def test_a_number_can_be_read_back(value, decimals, signed):
    text = german.number(value, decimals, signed=signed)
    read = float(text.replace(".", "").replace(",", ".").replace("\u2212", "-"))
    assert math.isclose(read, value, abs_tol=0.5 * 10**-decimals * 1.001, rel_tol=1e-15)
    assert "-" not in text  # a minus sign, not a hyphen


def test_units_and_counts():
    assert german.with_unit(7.1, "%", 1) == "7,1\u00a0%"
    assert german.with_unit(None, "%", 1) == "k. A."
    assert german.with_unit(3, "", 0) == "3"
    assert german.count(1, "Stadt", "Städte") == "1 Stadt"
    assert german.count(0, "Stadt", "Städte") == "0 Städte"
    assert german.count(2122, "Stadt", "Städte") == "2.122 Städte"


def test_missing_is_not_one_thing():
    kinds = ("nichts_vorhanden", "geheim", "nicht_sinnvoll", "unsicher", "noch_nicht")
    words = {german.missing_word(kind) for kind in kinds}
    assert len(words) == 5 and "k. A." not in words
    for kind, sign in zip(kinds, ("–", ".", "x", "/", "…"), strict=True):
        assert german.missing_word(kind).startswith(sign)
    assert german.missing_word(None) == german.missing_word("something new") == "k. A."


def test_every_kind_of_missing_value_of_the_readers_has_a_word():
    from kowis_data.formats.reading import VALUE_STATUSES

    assert set(VALUE_STATUSES) == set(german.STATUS_WORDS)


def test_every_provenance_has_a_word():
    assert set(german.PROVENANCE_WORDS) == {"amtlich", "veroeffentlicht", "abgeleitet", "synthetisch"}
    assert german.PROVENANCE_WORDS["abgeleitet"] == "eigene Berechnung"
