"""WZ codes in every form, both editions, and the list of divisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.companies import wz
from kowis_data.companies.wz import WzCode, detect_version, full_length, normalise

# Two-digit divisions are unique per section; sections by their first letters in order.
SIZES = (3, 5, 24, 1, 4, 3, 3, 5, 2, 6, 3, 1, 7, 6, 1, 1, 3, 4, 3, 2, 1)
SECTION_SIZES = dict(zip("ABCDEFGHIJKLMNOPQRSTU", SIZES, strict=True))


def test_the_classification_is_whole():
    assert len(wz.divisions()) == 88 and len(wz.sections()) == 21
    assert {section: len(titles) for section, titles in wz.classification()["divisions"].items()} == SECTION_SIZES
    assert list(wz.divisions()) == sorted(wz.divisions())
    assert all(wz.divisions().values()) and all(wz.sections().values())
    assert wz.divisions()["28"] == "Maschinenbau" and wz.divisions()["55"] == "Beherbergung"


def test_2025_has_22_sections_and_all_divisions_but_45():
    by_section = wz.classification()["wz2025"]["sections"]
    assert len(by_section) == 22
    listed = [division for all_ in by_section.values() for division in all_]
    assert sorted(listed) == sorted(set(wz.divisions()) - {"45"})


@pytest.mark.parametrize(
    "text",
    ["C25.11.0", "C 25.11.0", "C-25.11.0", "25.11.0", "25.11", "25110", "2511", "251", "25", "c25", "WZ08-25",
     "WZ08-2511", "WZ 2008: 25.1", "25110.0", " 25.11.0 ", "'25110", "25.11.0; 46.90.1", "NACE Rev. 2: 25.11"],
)  # fmt: skip
def test_forms_of_one_code(text):
    assert normalise(text) == WzCode("C", "25")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("C", WzCode("C", "00")),
        ("WZ08-C", WzCode("C", "00")),
        ("1.11", WzCode("A", "01")),
        ("1", WzCode("A", "01")),
        ("01110", WzCode("A", "01")),
        ("99", WzCode("U", "99")),
        ("WZ 25", WzCode("C", "25")),
        ("WZ 2025 46", WzCode("G", "46")),
    ],
)
def test_other_codes(text, code):
    assert normalise(text) == code


@pytest.mark.parametrize("text", ["XX", "34", "00", "04110", "L64", "V", "C25x", "1234567", "Metallbau", "CC25"])
def test_unknown_codes(text):
    found = normalise(text)
    assert (found.section, found.division) == ("", "") and found.problem.startswith("WZ-Code unbekannt: ")


@pytest.mark.parametrize("text", [None, "", "-", "k.A.", "NULL"])
def test_missing_codes(text):
    assert normalise(text).problem == "WZ-Code fehlt"


@pytest.mark.parametrize(
    ("text", "section", "division"),
    [
        ("K62", "J", "62"),
        ("J58", "J", "58"),
        ("L64", "K", "64"),
        ("V99", "U", "99"),
        ("T", "S", "00"),
        ("K", "J", "00"),
        ("M", "L", "00"),
        ("46.71.0", "G", "45"),
        ("47.81", "G", "45"),
        ("95.31", "G", "45"),
        ("60.31", "J", "63"),
        ("95.10", "S", "95"),
    ],
)
def test_2025_leads_to_2008(text, section, division):
    found = normalise(text, "2025")
    assert (found.section, found.division, found.problem) == (section, division, "")


def test_ambiguous_and_vanished_codes_of_2025():
    assert normalise("46", "2025").is_ambiguous and normalise("G47", "2025").is_ambiguous
    assert not normalise("46.31", "2025").is_ambiguous and not normalise("46").is_ambiguous
    assert normalise("45.20", "2025").problem


@pytest.mark.parametrize(
    ("texts", "version"),
    [
        (["45200", "25110"], "2008"),
        (["96.02.1"], "2008"),
        (["K64"], "2008"),
        (["L64", "25"], "2025"),
        (["V"], "2025"),
        (["96.21"], "2025"),
        (["95.31", "47.11"], "2025"),
        (["25110", "C", "47"], None),
        ([], None),
    ],
)
def test_detecting_the_edition(texts, version):
    assert detect_version(texts) == version


def test_frequent_codes_decide():
    assert detect_version(["45200", "96210"], [100, 3]) == "2008"
    assert detect_version(["45200", "96210"], [3, 100]) == "2025"


def test_lost_zeros():
    texts = ["25110", "46900", "1110", "47110"]
    assert full_length(texts) == 5
    assert normalise("1110", full_length=5) == WzCode("A", "01")
    assert normalise("1110") == WzCode("C", "11")
    # Codes of different depth, with dots or with their zeros, have lost nothing.
    assert full_length(["25", "251", "2511", "25110"]) is None
    assert full_length(["25110", "01110"]) is None
    assert full_length(["25.11", "1.11"]) is None


@given(
    st.sampled_from(sorted(wz.divisions())),
    st.text("0123456789", max_size=3),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", " ", "-"]),
)
def test_any_writing_of_a_division_leads_to_it(division, rest, with_letter, with_dots, between):
    section = wz.classification()["section_of"]["2008"][division]
    code = division + ("." + rest[:2] + ("." + rest[2:] if rest[2:] else "") if with_dots and rest else rest)
    text = (section + between if with_letter else "") + code
    assert normalise(text) == WzCode(section, division)
    assert normalise(text.lower()) == normalise(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_code_or_a_problem(text):
    for version in wz.VERSIONS:
        found = normalise(text, version)
        assert bool(found.problem) != bool(found.section)
        if not found.problem:
            assert found.division == "00" or wz.classification()["section_of"]["2008"][found.division] == found.section
