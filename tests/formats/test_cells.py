"""Cells, workbooks and text files: numbers and keys survive the way through a spreadsheet."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.formats.cells import cell_text, digits, find_date, normalise, numbers
from kowis_data.formats.excel_sheets import is_workbook, read_sheet
from kowis_data.formats.reading import FormatError
from kowis_data.formats.text_files import decode, split_lines


def number(cell, **options):
    values, bad = numbers(pd.Series([cell], dtype=object), **options)
    return values.iloc[0], bool(bad.iloc[0])


@given(st.decimals(min_value=-(10**8), max_value=10**8, places=6))
def test_numbers_in_german_and_english_writing(value):
    plain = f"{value:.6f}"
    grouped = f"{value:,.6f}".translate(str.maketrans(",.", ".,"))
    for cell in (plain, plain.replace(".", ","), grouped, float(value)):
        assert number(cell) == (float(value), False)


@given(st.integers(min_value=0, max_value=10**9))
def test_whole_numbers_with_and_without_groups(value):
    for cell in (
        value,
        float(value),
        str(value),
        f"{value:,}".replace(",", "."),
        f"{value:,}".replace(",", "\u202f"),
    ):
        assert number(cell, whole=True) == (value, False)


@given(st.text(max_size=12))
def test_any_text_is_a_number_blank_or_bad(text):
    value, bad = number(text)
    assert math.isnan(value) == (bad or not text.strip())


@pytest.mark.parametrize(
    "cell", ["1e5", "12,3,4", "1.5.2", "=A1", "NaN", "inf", True, math.inf, "12 Personen", "٣"]
)
def test_cells_that_are_no_numbers(cell):
    value, bad = number(cell)
    assert bad
    assert math.isnan(value)


def test_fractions_are_no_whole_numbers():
    assert number(12.5, whole=True)[1]
    assert number("12,5", whole=True)[1]


@given(st.integers(min_value=1_000_000, max_value=16_999_999))
def test_keys_survive_a_spreadsheet(number_of_key):
    key = f"{number_of_key:08d}"
    column = pd.Series([key, number_of_key, float(number_of_key), f"'{key}", f" {key} "], dtype=object)
    assert digits(column, 8).tolist() == [key] * 5


def test_cells_that_are_no_keys():
    column = pd.Series([None, "", "1.1e+07", "123456", "123456789", "0100100x", 12.5], dtype=object)
    assert digits(column, 8).tolist() == [None] * 7


def test_heads_and_dates():
    assert normalise("Postleit-\nzahl3)") == "postleitzahl"
    assert normalise("Fläche km² 1)") == "flachekm2"
    assert find_date("am 31.12.2021 (Jahr)").isoformat() == "2021-12-31"
    assert find_date("31.02.2021") is None
    assert find_date("Version 1.2.3") is None
    assert cell_text(1001000.0) == "1001000"


def test_text_files():
    text = "Löhne;Größe\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850"):
        assert decode(text.encode(encoding))[0] == text
    assert decode("Größe".encode()[:4])[0] == "Grö"  # cut in the middle of a character
    assert split_lines("a\r\nb\rc\x85d\n") == ["a", "b", "c\x85d", ""]
    with pytest.raises(FormatError):
        decode(b"\x00\x01")


@pytest.mark.official
def test_old_workbooks_are_read_too(official_data):
    path = next((official_data / "inkar_exports").rglob("*.xls"))
    assert is_workbook(path.read_bytes()[:65_536])
    sheet = read_sheet(path, "Daten")
    assert len(sheet) > 100
    assert sheet.index[0] == 1
    path_cut = path.read_bytes()[:5_000]
    assert is_workbook(path_cut)


def test_a_damaged_old_workbook_is_told(tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 4_000)
    with pytest.raises(FormatError, match="lässt sich nicht öffnen"):
        read_sheet(path, "Daten")
