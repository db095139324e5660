"""GV100AD: the official file of 30.11.2023, and small ones with every trap and damage."""

import datetime

import pytest

from kowis_data.formats import register_gv100ad as reader
from kowis_data.formats.reading import FormatError
from kowis_data.formats.register_population import match_total
from tests.formats.helpers import read_file, sample_of, value_of


def line(
    record_type,
    key,
    name,
    *,
    association="",
    seat="",
    code="",
    area=0,
    people=0,
    male=0,
    postcode="",
    date="20231130",
):
    figures = f"{area:011d}{people:011d}{male:011d}" if record_type == "60" else " " * 33
    text = f"{record_type}{date}{key:<8}{association:<4}{name:<50}{seat:<50}{code:<2}{'':4}{figures}{'':4}{postcode:<5}"
    return f"{text:<220}"


STATE = line("10", "05", "Nordrhein-Westfalen", seat="Düsseldorf")
COUNTY = line("40", "05758", "Herford", seat="Herford", code="43")
UNIT = line("50", "05758", "Löhne, Stadt", association="0024", code="50")
LOEHNE = line("60", "05758024", "Löhne, Stadt", association="0024", code="63", area=5952, people=40200, male=19800,
              postcode="32584")  # fmt: skip
VLOTHO = line("60", "05758036", "Vlotho, Stadt", association="0036", code="63", area=7693, people=18495, male=9263,
              postcode="32602")  # fmt: skip
COUNTED = datetime.date(2022, 12, 31)


def register(tmp_path, *lines, encoding="utf-8", newline="\n"):
    path = tmp_path / "daten.csv"
    path.write_bytes(newline.join([STATE, COUNTY, UNIT, *lines, ""]).encode(encoding))
    return path


@pytest.fixture(scope="module")
def official(official_data):
    return read_file(reader, official_data / "gemeindeverzeichnis" / "GV100AD_301123.txt")


@pytest.mark.official
@pytest.mark.parametrize(
    ("ags", "people", "male", "area"),
    [
        ("05758036", 18495, 9263, 76.93),
        ("12068117", 9094, 4675, 270.45),  # the gap of AuszugGV 30.06.2024
        ("01003000", 218095, 104723, 214.19),
    ],
)
def test_single_values(official, ags, people, male, area):
    _, reading = official
    assert value_of(reading, "population", ags) == (people, None, "2022")
    assert value_of(reading, "male", ags) == (male, None, "2022")
    assert value_of(reading, "female", ags) == (people - male, None, "2022")
    assert value_of(reading, "area_km2", ags) == (area, None, "2023")


@pytest.mark.official
def test_totals_tables_and_the_date_found_from_the_total(official):
    recognition, reading = official
    assert recognition.details["Gebietsstand"] == "30.11.2023"
    sums = reading.values.groupby("feature")["value"].sum()
    assert sums["population"] == 84_358_845
    assert sums["male"] == 41_559_052
    assert sums["area_km2"] == pytest.approx(357_595.70)
    assert reading.features.set_index("feature").loc["population", "population_basis"] == "zensus2011"
    assert any("folgt aus der Einwohnersumme" in note for note in reading.notes)
    assert reading.refused.empty
    assert {name: len(table) for name, table in reading.tables.items()} == {
        "municipality": 10_981,
        "association": 4_597,
        "county": 400,
        "state": 16,
        "government_region": 29,
        "region": 12,
    }
    assert reading.tables["region"].set_index("key").loc["0811", "name"] == "Region Stuttgart"
    county = reading.tables["county"].set_index("county_id").loc["05758"]
    assert (county["name"], county["seat"], county["kind"]) == ("Herford", "Herford", "Kreis")


@pytest.mark.official
def test_both_registers_agree_on_the_territory_of_2023(official, official_data):
    from kowis_data.formats import register_auszug_gv

    _, gv100ad = official
    _, auszug = read_file(
        register_auszug_gv, official_data / "gemeindeverzeichnis" / "31122023_Auszug_GV.xlsx"
    )
    columns = ["ags", "ars", "unit_id", "county_id", "name", "designation", "text_code", "postcode"]
    ours, theirs = (
        r.tables["municipality"].set_index("ags")[columns[1:]].sort_index() for r in (gv100ad, auszug)
    )
    assert list(ours.index) == list(theirs.index)
    # Between 30.11. and 31.12.2023 hardly anything changed.
    assert (ours.fillna("") != theirs.fillna("")).to_numpy().sum() < 60


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings(tmp_path, encoding, newline):
    path = register(tmp_path, LOEHNE, VLOTHO, encoding=encoding, newline=newline)
    _, reading = read_file(reader, path, population_date=COUNTED)
    assert list(reading.tables["municipality"]["name"]) == ["Löhne", "Vlotho"]
    assert value_of(reading, "population", "05758024") == (40200, None, "2022")
    assert reading.refused.empty


def test_without_a_date_there_are_no_people_only_areas(tmp_path):
    _, reading = read_file(reader, register(tmp_path, LOEHNE, VLOTHO))
    assert set(reading.values["feature"]) == {"area_km2"}
    assert any("nicht bestimmen" in note for note in reading.notes)
    assert reading.tables["municipality"]["population"].tolist() == [40200, 18495]


def test_a_gap_is_not_zero(tmp_path):
    gap = line("60", "05758032", "Spenge, Stadt", association="0032", code="63", area=4024)
    wood = line("60", "05758999", "Forst", association="9999", code="66", area=100)
    _, reading = read_file(reader, register(tmp_path, LOEHNE, VLOTHO, gap, wood), population_date=COUNTED)
    assert value_of(reading, "population", "05758032") == (None, "nichts_vorhanden", "2022")
    assert value_of(reading, "female", "05758032") == (None, "nichts_vorhanden", "2022")
    assert value_of(reading, "population", "05758999") == (0, None, "2022")
    assert any("Spenge" in note for note in reading.notes)


def test_text_decoded_twice_is_refused_not_shifted(tmp_path):
    # Every umlaut became two characters, so all figures behind it stand one column too far right.
    broken = LOEHNE.encode("utf-8").decode("cp1252")
    _, reading = read_file(reader, register(tmp_path, broken, VLOTHO), population_date=COUNTED)
    assert list(reading.refused["line"]) == [4]
    assert "verschoben" in reading.refused["reason"].iloc[0]
    assert list(reading.tables["municipality"]["ags"]) == ["05758036"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (VLOTHO[:150], "verschoben"),
        (VLOTHO.replace("00000018495", "0000001849x"), "verschoben"),
        (VLOTHO.replace("20231130", "20221130"), "verschoben"),
        (VLOTHO.replace("00000009263", "00000029263"), "außerhalb"),
        (VLOTHO.replace("00000018495", "99999999999"), "außerhalb"),
        (VLOTHO.replace("05758036", "99758036"), "Länderschlüssel"),
        (LOEHNE, "Wiederholung"),
        (LOEHNE.replace("00000040200", "00000040201"), "mehrfach"),
        ("Fehler 500", "verschoben"),
    ],
)
def test_refused_lines(tmp_path, bad, reason):
    other = line(
        "60", "05758012", "Herford", association="0012", code="63", area=7900, people=67000, male=33000
    )
    more = line("60", "05758008", "Enger", association="0008", code="63", area=4100, people=20000, male=9900)
    path = register(tmp_path, LOEHNE, other, more, *[STATE] * 0, bad)
    _, reading = read_file(reader, path, population_date=COUNTED)
    assert reading.refused["line"].iloc[-1] == 7
    assert reason in reading.refused["reason"].iloc[-1]
    assert value_of(reading, "population", "05758012")[0] == 67000


def test_a_line_cut_behind_the_figures_is_kept(tmp_path):
    _, reading = read_file(reader, register(tmp_path, LOEHNE, VLOTHO.rstrip()), population_date=COUNTED)
    assert value_of(reading, "population", "05758036")[0] == 18495
    assert reading.tables["municipality"]["postcode"].tolist() == ["32584", "32602"]


def test_a_shorter_layout_is_refused(tmp_path):
    path = register(tmp_path, LOEHNE[:120], VLOTHO[:120])
    with pytest.raises(FormatError, match=r"unbekanntem Aufbau.*bekannt ist"):
        reader.recognise(sample_of(path))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"<html><body>404</body></html>",
        b"AGS;Name\n05758036;Vlotho\n",
        b"\x00\x01" * 500,
        b"PK\x03\x04xl/",
    ],
)
def test_other_files_are_not_recognised(tmp_path, content):
    path = tmp_path / "GV100AD.txt"
    path.write_bytes(content)
    assert reader.recognise(sample_of(path)) is None


@pytest.mark.parametrize(
    ("population", "territorial", "date", "basis"),
    [
        (84_358_845, datetime.date(2023, 11, 30), "2022-12-31", "zensus2011"),
        (84_349_751, datetime.date(2024, 6, 30), "2022-12-31", "zensus2011"),
        (83_118_501, datetime.date(2024, 6, 30), "2022-12-31", "zensus2022"),
        (83_166_711, datetime.date(2020, 12, 31), "2019-12-31", "zensus2011"),
        (83_155_031, datetime.date(2020, 12, 31), "2020-12-31", "zensus2011"),
    ],
)
def test_dates_and_bases_found_by_the_national_total(population, territorial, date, basis):
    found = match_total(population, territorial=territorial)
    assert (found.date.isoformat(), found.basis) == (date, basis)


def test_a_total_of_another_year_or_of_none_is_not_matched():
    assert match_total(82_175_684, territorial=datetime.date(2023, 11, 30)) is None
    assert match_total(70_000_000, territorial=datetime.date(2023, 11, 30)) is None
