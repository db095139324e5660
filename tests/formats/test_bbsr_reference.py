"""BBSR reference tables and crosswalks: the official workbooks, and small ones of the neighbouring editions."""

import pytest

from kowis_data.formats import bbsr_reference as reader
from kowis_data.formats.bbsr_columns import SINCE_2021
from kowis_data.formats.reading import FormatError
from tests.formats.helpers import read_file, sample_of, value_of, write_workbook

GVB_SHEET = [
    ["Gemeindeverbände, Stand 31.12.2015"],
    ["Gemeindeverband", None, None, "Stadt-/Gemeindetyp", None, None, None, "Fläche/Bevölkerung"],
    ["gvb15", "Name des Gemeindeverbands", "Regionalschlüssel", "sgtyp", None, "wo", None, "Fläche in km²",
     "Bevölkerung 31.12.2015"],
    [1001000, "Flensburg, Stadt", 10010000, 20, "Mittelstadt", 1, "Westdeutschland", 56.74, 85942],
    [8426902, "VVG der Stadt Bad Schussenried", 84265002, 40, "Kleine Kleinstadt", 1, "Westdeutschland", 99.25, 11351],
    [16077950, "Gößnitz, Stadt", 160775050, 40, "Kleine Kleinstadt", 2, "Ostdeutschland", 34.98, 5136],
]  # fmt: skip
NEW_SHEET = [
    ["GEM2022", "GEM2022_RS", "GEM_NAME", "bev22", "VWG2022", "VWG_NAME", "KRS2022", "KRS_NAME", "KRO2022", "KRO_NAME",
     "GTU2022", "GTU_NAME", "XYZ2022", "XYZ_NAME"],
    ["Gemeinden (2022)", "ARS", "Gemeinden (2022) Name", "Bevölkerung", "Verbände (2022)", "Verbände (2022) Name",
     "Kreise (2022)", "Kreise (2022) Name", "Raumordnungsregionen (2022)", "Raumordnungsregionen (2022) Name",
     "Stadt- und Gemeindetyp (2022)", "Stadt- und Gemeindetyp (2022) Name", "Neue Gliederung (2022)",
     "Neue Gliederung (2022) Name"],
    [8426014, 84265002014, "Bad Schussenried, Stadt", 9000, 84265002, "Bad Schussenried", 8426000, "Biberach", 812,
     "Donau-Iller (BW)", 40, "Kleine Kleinstadt", 7, "sieben"],
    [8426062, 84265002062, "Ingoldingen", 3000, 84265002, "Bad Schussenried", 8426000, "Biberach", 812,
     "Donau-Iller (BW)", 40, "Kleine Kleinstadt", 7, "sieben"],
    [11000000, 110000000000, "Berlin, Stadt", 3755251, 110000000, "Berlin, Stadt", 11000000, "Berlin", 1101,
     "Berlin", 10, "Großstadt", 8, "acht"],
]  # fmt: skip
CROSSWALK_HEAD = [
    "Gemeinden\r\n 31.12.1996", "Gemeindename 1996", "flächen-\r\nproportionaler\r\nUmsteige-schlüssel",
    "bevölkerungs- \r\nproportionaler \r\nUmsteige- \r\nschlüssel", "Fläche am 31.12.1996 in km²",
    "Bevölkerung am 31.12.1996 in 100", "Gemeinden\r\n 31.12.2021", "Gemeindename 2021",
]  # fmt: skip
CROSSWALK_ROWS = [
    [3152012, "Göttingen", 1, 1, 117, 1280.5, 3159016, "Göttingen, Stadt"],
    [1001000, "Flensburg", 0.25, 0.1, 56, 870, 1001000, "Flensburg"],
    [1001000, "Flensburg", 0.75, 0.9, 56, 870, 1059001, "Nachbar"],
]


@pytest.fixture(scope="module")
def reference(official_data):
    return read_file(reader, official_data / "bbsr_referenz" / "Referenz_1998_2015.xlsx")


@pytest.fixture(scope="module")
def crosswalk(official_data):
    return read_file(reader, official_data / "bbsr_referenz" / "ref-gemeinden-ab-2020.xlsx")


@pytest.mark.official
def test_reference_tables_in_numbers(reference):
    recognition, reading = reference
    assert recognition.title == "BBSR-Referenztabellen 2015"
    assert recognition.details["Tabellenblätter"] == "GVB 2015, Gemeinden, Kreise"
    assert reading.refused.empty
    assert reading.rows_read == 4_538 + 11_166 + 402
    assert {name: len(table) for name, table in reading.tables.items()} == {
        "attribute": 4 * 4_538 + 11 * 402,
        "town_type": 4_538,
        "unit_key_alias": 4_538,
        "membership": 11_166,
    }
    sums = reading.values.groupby(["feature", "level"])["value"].sum()
    for level in ("municipality", "unit", "county"):
        assert sums["population", level] == 82_175_684  # published for 31.12.2015
    assert set(reading.features.set_index("feature")["population_basis"].dropna()) == {"zensus2011"}


@pytest.mark.official
@pytest.mark.parametrize(
    ("level", "region_id", "attribute", "code", "label"),
    [
        ("unit", "084265002", "ihk_bezirk", "75", "IHK Ulm"),
        ("unit", "084265002", "mittelbereich", "081102", "Biberach"),
        ("unit", "160775050", "west_ost", "2", "Ostdeutschland"),
        ("unit", "010010000", "mittelbereich", "010503", "Flensburg"),
        ("county", "01001", "kreistyp", "4", "Dünn besiedelte ländliche Kreise"),
        ("county", "01001", "raumordnungsregion", "0102", "Schleswig-Holstein Nord"),
        ("county", "01001", "kreisregion", "01059000", "Schleswig-Flensburg/Flensburg"),
        ("county", "16077", "land", "16", "Thüringen"),
        ("county", "16077", "nuts2", "DEG0", "Thüringen"),
        ("county", "16077", "regierungsbezirk", "160", "Thüringen"),
    ],
)
def test_attributes(reference, level, region_id, attribute, code, label):
    _, reading = reference
    table = reading.tables["attribute"]
    row = table[
        (table["level"] == level) & (table["region_id"] == region_id) & (table["attribute"] == attribute)
    ]
    assert row[["value_code", "value_label"]].to_numpy().tolist() == [[code, label]]
    assert row["reference_date"].tolist() == ["31.12.2015"]


@pytest.mark.official
def test_official_town_types(reference):
    _, reading = reference
    types = reading.tables["town_type"].set_index("unit_id")
    assert types["official_label"].value_counts().to_dict() == {
        "Landgemeinde": 1_733,
        "Kleine Kleinstadt": 1_235,
        "Größere Kleinstadt": 876,
        "Mittelstadt": 616,
        "Großstadt": 78,
    }
    assert types["town_type"].notna().all()
    assert types.loc["084265002", "town_type"] == "kleine_kleinstadt"
    assert types.loc["010010000", "town_type"] == "groessere_mittelstadt"
    assert types.loc["110000000", "town_type"] == "grosse_grossstadt"
    assert types.loc["031020000", "town_type"] == "groessere_mittelstadt"  # Salzgitter, 101,079 people
    assert set(types["year"]) == {"2015"}


@pytest.mark.official
def test_our_rule_on_the_populations_of_2015_gives_the_29_known_departures(reference):
    """domain.md: largest member municipality reproduces 4,509 of 4,538 official types."""
    _, reading = reference
    types = reading.tables["town_type"]
    largest = types["largest_member_population"]
    labels = ["Landgemeinde", "Kleine Kleinstadt", "Größere Kleinstadt", "Mittelstadt", "Großstadt"]
    rule = sum((largest >= bound).astype(int) for bound in (5_000, 10_000, 20_000, 100_000))
    assert (rule.map(dict(enumerate(labels))) == types["official_label"]).sum() == 4_509


@pytest.mark.official
def test_keys_of_associations(reference):
    _, reading = reference
    alias = reading.tables["unit_key_alias"].set_index("old_key")["unit_id"]
    assert alias["08426902"] == "084265002"
    assert alias["01001000"] == "010010000"
    members = reading.tables["membership"].set_index("ags")
    # The file's own column for this slipped: it puts Albersdorf into Brunsbüttel (010510011).
    assert members.loc["01051001", "unit_id"] == "010515175"
    assert members.loc["01051001", "association_id"] == "010515175"
    apart = members[members["unit_id"] != members["association_id"]]
    assert list(apart.index) == ["01055007", "01062076"]  # Bosau, Tangstedt: run from the next county
    assert any("Bosau (01055007)" in note for note in reading.notes)
    assert any("IHK Ostthüringen zu Gotha" in note for note in reading.notes)


@pytest.mark.official
def test_nobody_missing_in_uninhabited_areas(reference):
    _, reading = reference
    assert value_of(reading, "population", "01053105") == (0, None, "2015")  # Sachsenwald, gemeindefrei
    assert value_of(reading, "population", "08426014") == (8537, None, "2015")
    zero = reading.values.query("feature == 'population' and level == 'municipality' and value == 0")
    assert len(zero) == 74


@pytest.mark.official
def test_crosswalk_in_numbers(crosswalk):
    recognition, reading = crosswalk
    assert recognition.title == "BBSR-Umsteigeschlüssel 2020 → 2021, 2021 → 2022, 2022 → 2023"
    table = reading.tables["crosswalk"]
    assert table.groupby("from_date").size().to_dict() == {
        "31.12.2020": 11_004,
        "31.12.2021": 10_995,
        "31.12.2022": 11_000,
    }
    assert reading.rows_read == len(table) == 32_999
    assert reading.refused.empty
    once = table.drop_duplicates(["from_key", "from_date"]).groupby("from_date")
    people = once["population"].sum()
    assert people["31.12.2022"] == 84_358_845
    # The earlier sheets count in hundreds, rounded.
    assert people["31.12.2020"] == pytest.approx(83_155_031, rel=1e-4)
    assert once["employees"].sum()["31.12.2021"] == pytest.approx(33_718_000, rel=1e-3)
    weights = table.groupby(["from_date", "from_key"])[["weight_area", "weight_population"]].sum()
    assert ((weights - 1).abs() < 0.001).all(axis=None)


@pytest.mark.official
def test_single_crosswalk_rows(crosswalk):
    _, reading = crosswalk
    table = reading.tables["crosswalk"].set_index(["from_date", "from_key", "to_key"])
    part = table.loc[("31.12.2022", "16064073", "16061118")]
    assert (part["weight_area"], part["weight_population"]) == (0.4419, 0.5414)
    assert (part["from_ars"], part["to_ars"]) == ("160640073073", "160610118118")
    assert (part["from_name"], part["to_name"], part["population"]) == ("Anrode", "Dingelstädt, Stadt", 3151)
    velten = table.loc[("31.12.2020", "12065251", "12065332")]
    assert velten["weight_population"] == pytest.approx(0.009972111890476)
    assert velten["weight_employees"] == pytest.approx(0.01005631536605)
    assert (velten["population"], velten["employees"]) == (120, 30)


@pytest.mark.official
def test_weights_that_would_triple_an_area_are_repaired(crosswalk):
    _, reading = crosswalk
    table = reading.tables["crosswalk"]
    parts = table[(table["from_key"] == "09671456") & (table["from_date"] == "31.12.2020")]
    assert parts["weight_population"].tolist() == parts["weight_area"].tolist() == [0.01, 0.49, 0.5]
    assert any("09671456" in note and "Flächengewichte" in note for note in reading.notes)


def test_an_older_crosswalk_whose_head_was_copied_from_another_year(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"1990": [CROSSWALK_HEAD, *CROSSWALK_ROWS]})
    _, reading = read_file(reader, path)
    table = reading.tables["crosswalk"]
    assert set(table["from_date"]) == {"31.12.1990"}
    assert set(table["to_date"]) == {"31.12.2021"}
    assert any("1996" in note for note in reading.notes)
    assert table["from_key"].tolist() == ["03152012", "01001000", "01001000"]
    assert table["population"].tolist() == [128_050, 87_000, 87_000]
    assert table["weight_employees"].isna().all()


def test_a_crosswalk_of_counties(tmp_path):
    head = [cell.replace("Gemeinden", "Kreise").replace("in 100", "in 1000") for cell in CROSSWALK_HEAD]
    rows = [[3152000, "Göttingen", 1, 1, 117, 25.5, 3159000, "Göttingen"]]
    _, reading = read_file(reader, write_workbook(tmp_path / "a.xlsx", {"1996": [head, *rows]}))
    row = reading.tables["crosswalk"].iloc[0]
    assert (row["level"], row["from_key"], row["to_key"], row["population"]) == (
        "county",
        "03152",
        "03159",
        25_500,
    )


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([99001000, "X", 1, 1, 1, 1, 1001000, "Y"], "Schlüssel"),
        (["1,1E+07", "Berlin", 1, 1, 1, 1, 11000000, "Berlin"], "Schlüssel"),
        ([2000000, "Hamburg", 100, 1, 1, 1, 2000000, "Hamburg"], "zwischen 0 und 1"),
        ([2000000, "Hamburg", None, 1, 1, 1, 2000000, "Hamburg"], "Gewicht fehlt"),
        ([2000000, "Hamburg", "=1", 1, 1, 1, 2000000, "Hamburg"], "Formel"),
        ([2000000, "Hamburg", 1, 1, "viel", 1, 2000000, "Hamburg"], "Fläche"),
        (list(CROSSWALK_ROWS[0]), "Wiederholung"),
    ],
)
def test_refused_crosswalk_rows(tmp_path, row, reason):
    path = write_workbook(tmp_path / "a.xlsx", {"1996": [CROSSWALK_HEAD, *CROSSWALK_ROWS, row]})
    _, reading = read_file(reader, path)
    assert reading.refused["line"].tolist() == [5]
    assert reason in reading.refused["reason"].iloc[0]
    assert len(reading.tables["crosswalk"]) == 3


def test_area_weights_that_do_not_add_up_are_left_out(tmp_path):
    rows = [*CROSSWALK_ROWS[:2], [2000000, "Hamburg", 1, 1, 755, 18000, 2000000, "Hamburg"]]
    _, reading = read_file(reader, write_workbook(tmp_path / "a.xlsx", {"1996": [CROSSWALK_HEAD, *rows]}))
    assert "01001000" not in set(reading.tables["crosswalk"]["from_key"])
    assert any("01001000" in note and "nicht 1" in note for note in reading.notes)


def test_a_crosswalk_without_target_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"1996": [CROSSWALK_HEAD[:6], CROSSWALK_ROWS[0][:6]]})
    with pytest.raises(FormatError, match=r"unbekanntem Aufbau.*1996"):
        reader.recognise(sample_of(path))


def test_town_types_without_members_use_the_association(tmp_path):
    _, reading = read_file(reader, write_workbook(tmp_path / "a.xlsx", {"GVB 2015": GVB_SHEET}))
    types = reading.tables["town_type"].set_index("unit_id")["town_type"].to_dict()
    assert types == {
        "010010000": "groessere_mittelstadt",
        "084265002": "kleine_kleinstadt",
        "160775050": "kleine_kleinstadt",
    }
    assert value_of(reading, "population", "084265002", "unit") == (11351, None, "2015")


def test_the_layout_since_2021(tmp_path):
    recognition, reading = read_file(
        reader, write_workbook(tmp_path / "a.xlsx", {"Gemeindereferenz (inkl. Kreise)": NEW_SHEET})
    )
    assert recognition.version == SINCE_2021
    assert recognition.details["Stand"] == "31.12.2022"
    attributes = reading.tables["attribute"].set_index(["region_id", "attribute"])["value_label"]
    assert attributes["08426014", "raumordnungsregion"] == "Donau-Iller (BW)"
    assert attributes["08426014", "stadt_gemeindetyp"] == "Kleine Kleinstadt"
    assert attributes["08426014", "xyz"] == "sieben"
    titles = reading.tables["attribute"].set_index("attribute")["title"]
    assert set(titles["xyz"]) == {"Neue Gliederung"}
    codes = reading.tables["attribute"].set_index(["region_id", "attribute"])["value_code"]
    assert codes["08426014", "raumordnungsregion"] == "0812"
    types = reading.tables["town_type"].set_index("unit_id")["town_type"].to_dict()
    assert types == {"084265002": "kleine_kleinstadt", "110000000": "grosse_grossstadt"}
    assert reading.tables["membership"].set_index("ags").loc["08426062", "unit_id"] == "084265002"
    assert value_of(reading, "population", "11000000") == (3_755_251, None, "2022")


def test_a_sheet_of_counties_alone(tmp_path):
    rows = [
        ["Kreise, Stand 31.12.2015"],
        ["Kreise", None, "Kreistyp", None],
        ["krs15", "krs15name", "ktyp4", None],
        [1001000, "Flensburg", 4, "Dünn besiedelt"],
        [1051001, "Albersdorf", 4, "Dünn besiedelt"],
    ]
    _, reading = read_file(reader, write_workbook(tmp_path / "a.xlsx", {"Kreise": rows}))
    assert reading.tables["attribute"]["region_id"].tolist() == ["01001"]
    assert reading.refused["line"].tolist() == [5]  # a municipality among the counties


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([None, "X", 10010000, 20, "Mittelstadt", 1, "West", 1, 1], "Schlüssel"),
        ([1002000, "Kiel", 10030000, 20, "Mittelstadt", 1, "West", 1, 1], "Schlüssel"),
        ([1002000, "Kiel", 10020000, 20, "Mittelstadt", 1, "West", "=A1", 1], "Formel"),
        ([1002000, "Kiel", 10020000, 20, "Mittelstadt", 1, "West", 1, "viele"], "Bevölkerung"),
        ([1002000, "Kiel", 10020000, 20, "Mittelstadt", 1, "West", -1, 1], "Fläche"),
        (GVB_SHEET[3], "Wiederholung"),
    ],
)
def test_refused_reference_rows(tmp_path, row, reason):
    _, reading = read_file(reader, write_workbook(tmp_path / "a.xlsx", {"GVB 2015": [*GVB_SHEET, row]}))
    assert reading.refused["line"].tolist() == [7]
    assert reason in reading.refused["reason"].iloc[0]
    assert len(reading.tables["town_type"]) == 3


def test_zero_people_in_an_inhabited_association_is_a_gap(tmp_path):
    gap = [1002000, "Kiel", 10020000, 10, "Großstadt", 1, "Westdeutschland", 118.6, 0]
    _, reading = read_file(reader, write_workbook(tmp_path / "a.xlsx", {"GVB 2015": [*GVB_SHEET, gap]}))
    assert value_of(reading, "population", "010020000", "unit") == (None, "nichts_vorhanden", "2015")
    assert any("010020000" in note and "keine 0" in note for note in reading.notes)


def test_a_slipped_key_column_is_refused(tmp_path):
    keys = [row[2] for row in GVB_SHEET[3:]]
    rows = [[*row[:2], key, *row[3:]] for row, key in zip(GVB_SHEET[3:], keys[1:] + keys[:1], strict=True)]
    path = write_workbook(tmp_path / "a.xlsx", {"GVB 2015": [*GVB_SHEET[:3], *rows]})
    with pytest.raises(FormatError, match="nur 0 lesbar"):
        read_file(reader, path)


def test_other_workbooks_are_not_recognised(tmp_path):
    for rows in ([["Kennziffer", "Raumeinheit"], ["01001", "Flensburg"]], [["gem", "x"]], [[]]):
        assert reader.recognise(sample_of(write_workbook(tmp_path / "a.xlsx", {"x": rows}))) is None
