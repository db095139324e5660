"""Breitbandatlas: the two official files, and small ones in every dialect and with every damage."""

import pytest

from kowis_data.formats import breitbandatlas as reader
from kowis_data.formats.breitbandatlas_columns import parse_column, period_of
from kowis_data.formats.reading import VALUE_COLUMNS, FormatError
from tests.formats.helpers import read_file, sample_of, value_of, write_workbook

HEAD = ["AGS", "alle Technologien ≥ 50 Mbit/s", "alle Technologien ≥ 200 Mbit/s", "DSL ≥ 50 Mbit/s"]
VLOTHO = ["05758036", "80.58", "62.35", "70"]
FLENSBURG = ["01001000", "100", "97.5", "93"]


def text_of(*rows, delimiter=";", quote='"'):
    head = delimiter.join(f"{quote}{name}{quote}" for name in HEAD)
    return "\n".join([head, *(delimiter.join(row) for row in rows)]) + "\n"


def delivery(tmp_path, *rows, name="gemeinde_privat_2021_mitte.csv", encoding="utf-8", **dialect):
    path = tmp_path / name
    path.write_bytes(text_of(*rows, **dialect).encode(encoding))
    return path


@pytest.fixture(scope="module")
def mid_2021(official_data):
    return read_file(reader, official_data / "breitbandatlas" / "gemeinde_bezirke_privat_2021_mitte.csv")


@pytest.fixture(scope="module")
def end_2018(official_data):
    return read_file(reader, official_data / "breitbandatlas" / "gemeinde_privat_2018_ende.csv")


@pytest.mark.official
@pytest.mark.parametrize(
    ("feature", "ags", "share"),
    [
        ("breitband_alle_ge_50_mbit", "05758036", 80.58),
        ("breitband_alle_ge_200_mbit", "05758036", 62.35),
        ("breitband_leitungsgebunden_ge_16_mbit", "05758036", 97.73),
        ("breitband_alle_ge_1000_mbit", "02000000", 96.51),
        ("breitband_alle_ge_1_mbit", "03357002", 100.39),  # rounded beyond 100 by the publisher
    ],
)
def test_shares_of_2021(mid_2021, feature, ags, share):
    _, reading = mid_2021
    assert value_of(reading, feature, ags) == (share, None, "2021-06")


@pytest.mark.official
@pytest.mark.parametrize(
    ("feature", "ags", "share"),
    [
        ("breitband_alle_ge_100_mbit", "01051003", 94),
        ("breitband_ftthb_ge_1000_mbit", "01001000", 13),
        ("breitband_mobil_ge_6_mbit", "16077055", 61),
        ("breitband_catv_ge_1_mbit", "01003000", 91),
        ("breitband_dsl_ge_200_mbit", "01002000", 47),
        ("breitband_alle_ge_200_mbit", "01051004", 0),  # a zero among other numbers is a zero
    ],
)
def test_shares_of_2018(end_2018, feature, ags, share):
    _, reading = end_2018
    assert value_of(reading, feature, ags) == (share, None, "2018-12")


@pytest.mark.official
def test_files_in_numbers(mid_2021, end_2018):
    for (recognition, reading), rows, columns, silent in (
        (mid_2021, 11_388, 53, 238),
        (end_2018, 11_330, 45, 120),
    ):
        assert reading.rows_read == rows
        assert reading.refused.empty
        assert len(reading.values) == rows * columns
        assert list(reading.values.columns) == list(VALUE_COLUMNS)
        assert len(reading.features) == columns
        assert set(reading.features["unit_label"]) == {"% der Haushalte"}
        missing = reading.values[reading.values["value"].isna()]
        assert len(missing) == silent * columns
        assert set(missing["value_status"]) == {"nichts_vorhanden"}
        assert "aus dem Dateinamen" in recognition.details["Zeitbezug"]


@pytest.mark.official
def test_rows_of_zeros_are_places_without_people(end_2018, official_data):
    """Of the rows with 0 everywhere none is inhabited in the register of 2021."""
    from kowis_data.formats import register_auszug_gv

    _, register = read_file(
        register_auszug_gv, official_data / "gemeindeverzeichnis" / "31122021_Auszug_GV.xlsx"
    )
    inhabited = set(register.tables["municipality"].query("population > 0")["ags"])
    values = end_2018[1].values
    assert not set(values[values["value"].isna()]["region_id"]) & inhabited


@pytest.mark.official
def test_city_districts_are_no_municipalities(mid_2021):
    _, reading = mid_2021
    districts = reading.values[reading.values["level"] == "other"]["region_id"].drop_duplicates()
    assert districts.str[:5].value_counts().to_dict() == {"11000": 12, "02000": 7, "04011": 5}
    assert any("24 Zeilen sind Bezirke" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("delimiter", "decimal", "quote"),
    [(";", ",", '"'), (";", ".", '"'), (",", ".", '"'), ("\t", ",", ""), (";", ",", "")],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_dialects(tmp_path, delimiter, decimal, quote, encoding):
    row = [cell.replace(".", decimal) for cell in VLOTHO]
    _, reading = read_file(
        reader, delivery(tmp_path, row, delimiter=delimiter, quote=quote, encoding=encoding)
    )
    assert value_of(reading, "breitband_alle_ge_50_mbit", "05758036") == (80.58, None, "2021-06")


def test_latin1_spoils_only_the_sign(tmp_path):
    path = tmp_path / "a_2021.csv"
    path.write_bytes(text_of(VLOTHO).replace("≥", ">=").encode("cp1252"))
    assert value_of(read_file(reader, path)[1], "breitband_dsl_ge_50_mbit", "05758036")[0] == 70
    path.write_bytes(text_of(VLOTHO).encode("utf-8").decode("cp1252").encode("utf-8"))
    assert value_of(read_file(reader, path)[1], "breitband_dsl_ge_50_mbit", "05758036")[0] == 70


def test_quoted_decimal_commas_in_a_comma_file(tmp_path):
    row = ["05758036", '"80,58"', '"62,35"', "70"]
    _, reading = read_file(reader, delivery(tmp_path, row, delimiter=","))
    assert value_of(reading, "breitband_alle_ge_200_mbit", "05758036")[0] == 62.35


def test_coded_columns_levels_and_lost_zeros(tmp_path):
    path = tmp_path / "landkreis_privat_2020_2.csv"
    path.write_text(
        "ags;verf_300_50;verf_200_2;verf_ftth_1000\n5758;80.5;99;3.25\n1001;90;99;0\n", encoding="utf-8"
    )
    recognition, reading = read_file(reader, path)
    assert recognition.version == reader.CODED_NAMES
    assert value_of(reading, "breitband_ftthb_ge_1000_mbit", "05758", "county") == (3.25, None, "2020-12")
    path.write_text("staat;verf_300_50\nDeutschland;95.07\n", encoding="utf-8")
    assert value_of(read_file(reader, path)[1], "breitband_alle_ge_50_mbit", "DG", "country")[0] == 95.07


def test_a_workbook(tmp_path):
    rows = [HEAD, [5758036, 80.58, 62.35, 70]]
    _, reading = read_file(reader, write_workbook(tmp_path / "bba_062021.xlsx", {"Gemeinden": rows}))
    assert value_of(reading, "breitband_alle_ge_200_mbit", "05758036") == (62.35, None, "2021-06")


def test_marks_keep_their_meaning(tmp_path):
    _, reading = read_file(reader, delivery(tmp_path, FLENSBURG, ["05758036", ".", "-", ""]))
    assert value_of(reading, "breitband_alle_ge_50_mbit", "05758036")[:2] == (None, "geheim")
    assert value_of(reading, "breitband_alle_ge_200_mbit", "05758036")[:2] == (None, "nichts_vorhanden")
    assert value_of(reading, "breitband_dsl_ge_50_mbit", "05758036")[:2] == (None, "nichts_vorhanden")


def test_commercial_deliveries_are_not_households(tmp_path):
    lines = "AGS,leitungsg. Technologien ≥ 50 Mbit/s\n05758036,80.58\n"
    for name, feature in (
        ("gemeinde_gew_2021_mitte.csv", "breitband_gewerbe_leitungsgebunden_ge_50_mbit"),
        ("gemeinde_gewerbe_gwg_2021_mitte.csv", "breitband_gewerbegebiete_leitungsgebunden_ge_50_mbit"),
    ):
        path = tmp_path / name
        path.write_text(lines, encoding="utf-8")
        _, reading = read_file(reader, path)
        assert value_of(reading, feature, "05758036")[0] == 80.58
        assert "Haushalte" not in reading.features["unit_label"].iloc[0]
    unnamed = tmp_path / "daten_2021_mitte.csv"
    unnamed.write_text(lines, encoding="utf-8")
    with pytest.raises(FormatError, match="gewerbliche Standorte oder Gewerbegebiete"):
        read_file(reader, unnamed)
    _, reading = read_file(reader, unnamed, sector="gewerbe")
    assert reading.features["unit_label"].tolist() == ["% der gewerblichen Standorte"]


def test_the_period_is_asked_for_where_the_name_has_none(tmp_path):
    path = delivery(tmp_path, VLOTHO, name="daten.csv")
    recognition = reader.recognise(sample_of(path))
    assert recognition.options["period"] is None
    assert "bitte angeben" in recognition.details["Zeitbezug"]
    with pytest.raises(FormatError, match="Zeitbezug"):
        read_file(reader, path)
    assert (
        value_of(read_file(reader, path, period="2019-06")[1], "breitband_dsl_ge_50_mbit", "05758036")[2]
        == "2019-06"
    )


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("gemeinde_privat_2018_ende.csv", "2018-12"),
        ("gemeinde_bezirke_privat_2021_mitte.csv", "2021-06"),
        ("Verf_Gemeinden_atene Mitte 18.csv", "2018-06"),
        ("landkreis_privat_2020_2.csv", "2020-12"),
        ("bba_062021.xlsx", "2021-06"),
        ("breitband 2020.csv", "2020"),
        ("daten.csv", None),
        ("05758036_200.csv", None),
    ],
)
def test_periods_in_names(name, period):
    assert period_of(name) == period


@pytest.mark.parametrize(
    ("head", "technology", "speed"),
    [
        ("leitungsg. Technologien ≥ 1000 Mbit/s", "leitungsgebunden", 1000),
        ("FTTH/B ≥ 400 Mbit/s", "ftthb", 400),
        ("5G ≥ 2 Mbit/s", "5g", 2),
        ("verf_5g_2", "5g", 2),
        ("100_16", "leitungsgebunden", 16),
        ("CATV_400", "catv", 400),
    ],
)
def test_column_names(head, technology, speed):
    column = parse_column(head)
    assert (column.technology, column.speed) == (technology, speed)


@pytest.mark.parametrize("head", ["AGS", "Name", "HH_ges", "Einwohner 2020", "Wasserstoff ≥ 5 Mbit/s", ""])
def test_other_column_names(head):
    assert parse_column(head) is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["05758036", "80.58", "62.35"], "3 statt 4 Felder"),
        (["05758036", "80.58", "62.35", "70", "1"], "5 statt 4 Felder"),
        (['"05758036', "80.58", "62.35", "70"], "Anführungszeichen"),
        (["05758036", "viele", "62.35", "70"], "keine Zahl"),
        (["05758036", "1e2", "62.35", "70"], "keine Zahl"),
        (["05758036", "8058", "62.35", "70"], "zwischen 0 und 100"),
        (["05758036", "-1", "62.35", "70"], "zwischen 0 und 100"),
        (["05758036", "62.35", "80.58", "70"], "höheres Tempo"),
        (["99758036", "80.58", "62.35", "70"], "Schlüssel"),
        (["0575803", "80.58", "62.35", "70"], "Schlüssel"),
        (["=1+1", "80.58", "62.35", "70"], "Formel"),
        (FLENSBURG, "Wiederholung"),
    ],
)
def test_refused_rows(tmp_path, row, reason):
    kiel = ["01002000", "100", "98", "87"]
    _, reading = read_file(reader, delivery(tmp_path, FLENSBURG, kiel, row))
    assert reading.refused["line"].tolist() == [4]
    assert reason in reading.refused["reason"].iloc[0]
    assert set(reading.values["region_id"]) == {"01001000", "01002000"}


def test_contradicting_rows_are_both_refused(tmp_path):
    other = ["01001000", "99", "97.5", "93"]
    _, reading = read_file(reader, delivery(tmp_path, VLOTHO, ["01002000", "9", "8", "7"], FLENSBURG, other))
    assert reading.refused["line"].tolist() == [4, 5]
    assert "mehrfach" in reading.refused["reason"].iloc[0]


def test_swapped_columns_are_refused(tmp_path):
    swapped = [[row[0], row[2], row[1], row[3]] for row in (VLOTHO, FLENSBURG)]
    with pytest.raises(FormatError, match=r"nur 0 lesbar.*höheres Tempo"):
        read_file(reader, delivery(tmp_path, *swapped))


def test_a_column_twice_is_refused(tmp_path):
    path = tmp_path / "a_2021.csv"
    path.write_text(
        "AGS;DSL ≥ 50 Mbit/s;DSL ≥ 50 Mbit/s;mobile Technologien ≥ 2 Mbit/s\n1001000;1;2;3\n",
        encoding="utf-8",
    )
    with pytest.raises(FormatError, match="doppelt"):
        reader.recognise(sample_of(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ags;down_fn_hh_alle_50\n05758036;1\n", "Rasterdaten"),
        ("AGS;Technologie;Flaechenart;Verfügbarkeit\n05758036;LTE;Wald;1\n", "Mobilfunkstatistik"),
        ("AGS#alle Technologien ≥ 50 Mbit/s\n05758036#1\n", "unbekanntes Trennzeichen"),
        (text_of(), "keine Datenzeile"),
    ],
)
def test_unknown_deliveries_are_refused(tmp_path, text, message):
    path = tmp_path / "a_2021_mitte.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=message):
        read_file(reader, path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"<!DOCTYPE html><html>AGS;DSL</html>",
        b"AGS;Name\n05758036;Vlotho\n",
        b"\x00\x01\x02" * 99,
        b"AGS",
    ],
)
def test_other_files_are_not_recognised(tmp_path, content):
    path = tmp_path / "breitbandatlas_gemeinde_privat_2021_mitte.csv"
    path.write_bytes(content)
    assert reader.recognise(sample_of(path)) is None


@pytest.mark.official
@pytest.mark.parametrize("part", [0.3, 0.77])
def test_a_cut_file_refuses_its_last_row(official_data, tmp_path, part):
    data = (official_data / "breitbandatlas" / "gemeinde_privat_2018_ende.csv").read_bytes()
    path = tmp_path / "gemeinde_privat_2018_ende.csv"
    path.write_bytes(data[: int(len(data) * part)])
    _, reading = read_file(reader, path)
    assert reading.refused["line"].tolist() == [reading.rows_read + 1]
