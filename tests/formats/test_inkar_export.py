"""INKAR table exports: the six official files, small hand-made ones for traps, and damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.formats import inkar_bulk
from kowis_data.formats import inkar_export as reader
from kowis_data.formats.reading import FEATURE_COLUMNS, VALUE_COLUMNS, FormatError
from tests.formats.helpers import read_file, sample_of, write_workbook

HEADS = ["Kennziffer", "Raumeinheit", "Aggregat"]
UNITS_2024 = "Gemeindeverbände (Verwaltungsgemeinschaft)"
METADATA = [
    ["Dokumentation der exportierten Indikatoren"],
    ["Indikator", "Langname", "Quelle", "Berechnungsgrundlage", "Anmerkungen"],
    ["Einwohnerdichte", "Einwohner je km²", "BBSR", "E / Fläche", "Zeile 1_x000D_\nZeile 2."],
]
FLENSBURG = ["01001000", "Flensburg, Stadt", "Gemeinden"]
KIEL = ["01002000", "Kiel", "Gemeinden"]


def citation(year):
    return [[f"Quelle (Zitierhinweis): INKAR. Ausgabe {year}. Hrsg.: BBSR - Bonn {year}."]]


def workbook(tmp_path, *rows, titles=("Einwohnerdichte",), periods=("2019",), year=2024, sheets=None):
    daten = [[*HEADS, *titles], [None, None, None, *periods], *(list(row) for row in rows)]
    extra = {"Metadaten": METADATA, "Quellangabe": citation(year)} if sheets is None else sheets
    return write_workbook(tmp_path / "tabelle.xlsx", {"Daten": daten, **extra})


def text_table(tmp_path, *rows, heads="Einwohnerdichte", periods="2019", encoding="utf-8-sig", last="\r\n"):
    lines = [";".join([*HEADS, heads]), f";;;{periods}", *(";".join(f'"{cell}"' for cell in row) for row in rows)]
    path = tmp_path / "tabelle.csv"
    path.write_bytes(("\r\n".join(lines) + last).encode(encoding))
    return path


def read(path):
    return read_file(reader, path)[1]


def tuples(reading, *columns):
    found = reading.values[list(columns or ("level", "region_id", "period", "value"))].astype(object)
    return [tuple(row) for row in found.itertuples(index=False)]


# --- The official files --------------------------------------------------------------------------------------------

FILES = (
    "A_Arbeitslosigkeit.xls",
    "A_Beschaeftigtenquote.xlsx",
    "B_SVBeschaeftigte.xls",
    "E_Einkommensteuer.xls",
    "E_Einkommensteuer.xlsx",
    "inkar_kreise_2017.csv",
)


@pytest.fixture(scope="module")
def official(official_data):
    """All six files, read: name -> (recognition, reading)."""
    return {name: read_file(reader, official_data / "inkar_exports" / name) for name in FILES}


@pytest.mark.official
@pytest.mark.parametrize(
    ("name", "feature", "level", "region", "period", "value"),
    [
        ("A_Arbeitslosigkeit.xls", "alo", "municipality", "01001000", "1998", 5784),
        ("A_Arbeitslosigkeit.xls", "alo", "municipality", "01002000", "1999", 14183),
        ("A_Arbeitslosigkeit.xls", "alo", "municipality", "16077052", "2000", 205),
        ("A_Beschaeftigtenquote.xlsx", "q_svw", "unit", "alt:08426902", "2019", 65.5),
        ("A_Beschaeftigtenquote.xlsx", "q_svw", "unit", "alt:12068117", "2001", 51.31),
        ("A_Beschaeftigtenquote.xlsx", "q_svw", "unit", "alt:16077951", "2003", 48.11),
        ("B_SVBeschaeftigte.xls", "svw", "county", "01001", "1997", 25803),
        ("B_SVBeschaeftigte.xls", "svw", "county", "16077", "1999", 40775),
        ("E_Einkommensteuer.xls", "q_einkst_bev", "unit", "010010000", "1995", 302.74),
        ("E_Einkommensteuer.xls", "q_einkst_bev", "unit", "160775052", "1997", 62.66),
        ("E_Einkommensteuer.xlsx", "q_einkst_bev", "unit", "alt:01001000", "1996", 268.28),
        ("E_Einkommensteuer.xlsx", "q_einkst_bev", "unit", "alt:08426902", "2019", 550.47),
        ("inkar_kreise_2017.csv", "q_alo", "county", "01001", "2017", 8.9),
        # 1.598 has a point for thousands, 9,47 a decimal comma; the beds are of another year than the rest.
        ("inkar_kreise_2017.csv", "inkar_haushaltseinkommen", "county", "01001", "2017", 1598),
        ("inkar_kreise_2017.csv", "q_betten_bev", "county", "01001", "2016", 9.47),
        ("inkar_kreise_2017.csv", "q_bev_fl", "county", "01002", "2017", 2090),
        ("inkar_kreise_2017.csv", "inkar_einwohner_je_arzt", "county", "16077", "2017", 686.7),
    ],
)
def test_single_values(official, name, feature, level, region, period, value):
    values = official[name][1].values
    (found,) = values.loc[
        (values["feature"] == feature)
        & (values["level"] == level)
        & (values["region_id"] == region)
        & (values["period"] == period),
        "value",
    ]
    assert found == pytest.approx(value)


@pytest.mark.official
@pytest.mark.parametrize(
    ("name", "rows", "values", "empty", "version"),
    [
        ("A_Arbeitslosigkeit.xls", 10_990, 263_352, 408, "Ausgabe 2024"),
        ("A_Beschaeftigtenquote.xlsx", 4_618, 83_796, 3_946, "Ausgabe 2021"),
        ("B_SVBeschaeftigte.xls", 400, 10_000, 0, "Ausgabe 2024"),
        ("E_Einkommensteuer.xls", 4_600, 109_924, 5_076, "Ausgabe 2024"),
        ("E_Einkommensteuer.xlsx", 4_618, 110_274, 5_176, "Ausgabe 2021"),
        ("inkar_kreise_2017.csv", 401, 4_409, 2, "CSV ohne Angabe der Ausgabe"),
    ],
)
def test_totals(official, name, rows, values, empty, version):
    """Cells by type counted with xlrd and openpyxl; CSV with grep."""
    recognition, reading = official[name]
    assert recognition.version == version
    assert (reading.rows_read, len(reading.values), len(reading.refused)) == (rows, values, 0)
    assert [note for note in reading.notes if "leere Zellen" in note] == (
        [f"{empty} leere Zellen: INKAR nennt dort keinen Wert."] if empty else []
    )
    assert list(reading.values.columns) == list(VALUE_COLUMNS)
    assert reading.values["value"].notna().all()


@pytest.mark.official
def test_both_editions_agree_on_bad_schussenried(official):
    """The same association: 084265002 in 2024, 08426902 in 2021."""
    series = {}
    for name, region in (("E_Einkommensteuer.xls", "084265002"), ("E_Einkommensteuer.xlsx", "alt:08426902")):
        values = official[name][1].values
        series[name] = values[values["region_id"] == region].set_index("period")["value"].to_dict()
    new, old = series.values()
    assert len(new) == 25
    assert new == old


@pytest.mark.official
def test_metadata_become_features(official):
    features = {row["feature"]: row for _, reading in official.values() for _, row in reading.features.iterrows()}
    assert features["alo"]["unit_label"] == "Anzahl"
    assert features["alo"]["definition"].startswith("Zahl der Arbeitslosen insgesamt. Es handelt sich um die Zahl")
    assert features["q_svw"]["unit_label"] == "%"
    assert "Sozialversicherungspflichtig Beschäftigte sind Arbeiter" in features["q_svw"]["definition"]
    assert "_x000D_" not in features["q_svw"]["definition"]
    for _, reading in official.values():
        assert list(reading.features.columns) == list(FEATURE_COLUMNS)
        assert set(reading.features["feature"]) == set(reading.values["feature"])
        assert reading.source.publisher.endswith("(BBSR)")


@pytest.mark.official
def test_the_bulk_reader_leaves_exports_alone(official_data):
    for name in FILES:
        assert inkar_bulk.recognise(sample_of(official_data / "inkar_exports" / name)) is None


# --- Traps ---------------------------------------------------------------------------------------------------------


def test_keys_that_became_numbers(tmp_path):
    reading = read(
        workbook(
            tmp_path,
            [1001000, "Flensburg", "Gemeinden", 1],
            [1001, "Flensburg", "Kreise", 2],
            ["01001000", "Flensburg", "Kreise", 2],
            [1, "Schleswig-Holstein", "Bundesländer", 3],
            ["111", "Deutschland", "Bund", 4],
            [10010000, "Flensburg", UNITS_2024, 5],
            [160775050, "Gößnitz", UNITS_2024, 6],
        )
    )
    assert tuples(reading, "level", "region_id", "value") == [
        ("municipality", "01001000", 1),
        ("county", "01001", 2),
        ("state", "01", 3),
        ("country", "DG", 4),
        ("unit", "010010000", 5),
        ("unit", "160775050", 6),
    ]
    # The same county under both ways of writing its key, with the same value.
    assert reading.refused[["line", "reason"]].values.tolist() == [[5, "Wiederholung einer früheren Zeile"]]


@pytest.mark.parametrize("aggregate", ["Gemeindeverband", "verbandsfreie Gemeinde", "gemeindefreies Gebiet"])
def test_old_unit_keys(tmp_path, aggregate):
    reading = read(workbook(tmp_path, ["08426902", "VVG ", aggregate, 1.5], year=2021))
    assert tuples(reading, "level", "region_id", "region_name", "value") == [("unit", "alt:08426902", "VVG", 1.5)]
    assert any("achtstelligen" in note for note in reading.notes)


def test_unknown_levels_are_kept_as_found(tmp_path):
    reading = read(workbook(tmp_path, ["0101", "Schleswig-Holstein Nord", "Raumordnungsregionen", 1], [*KIEL, 2]))
    assert tuples(reading, "level", "region_id") == [("other", "0101"), ("municipality", "01002000")]
    assert any("Raumordnungsregionen" in note for note in reading.notes)


def test_empty_is_missing_and_marks_keep_their_kind(tmp_path):
    periods = ("2015", "2016", "2017", "2018", "2019")
    path = workbook(
        tmp_path,
        [*FLENSBURG, None, "", "-", ".", "x"],
        [*KIEL, 0, "/", "...", 7, " "],
        titles=["Einwohnerdichte"] * 5,
        periods=periods,
    )
    reading = read(path)
    found = {(row.region_id, row.period): (row.value, row.value_status) for row in reading.values.itertuples()}
    statuses = {key: status for key, (value, status) in found.items() if isinstance(status, str)}
    assert statuses == {
        ("01001000", "2017"): "nichts_vorhanden",
        ("01001000", "2018"): "geheim",
        ("01001000", "2019"): "nicht_sinnvoll",
        ("01002000", "2016"): "unsicher",
        ("01002000", "2017"): "noch_nicht",
    }
    assert found["01002000", "2015"][0] == 0
    assert found["01002000", "2018"][0] == 7
    assert len(found) == 7
    assert "3 leere Zellen: INKAR nennt dort keinen Wert." in reading.notes


def test_several_indicators_and_periods(tmp_path):
    reading = read(
        workbook(
            tmp_path,
            [*FLENSBURG, 1, 2, 3],
            titles=["Einwohnerdichte", "Einwohnerdichte", "Ärzte "],
            periods=[2018, "2019", "2015 bis 2019"],
        )
    )
    assert tuples(reading, "feature", "period", "value") == [
        ("q_bev_fl", "2018", 1),
        ("q_bev_fl", "2019", 2),
        ("q_ärzte_bev", "2015-2019", 3),
    ]
    assert reading.features["feature"].tolist() == ["q_bev_fl", "q_ärzte_bev"]
    assert reading.features["unit_label"].tolist() == ["je km²", None]
    assert reading.features["definition"][0] == "Einwohner je km². E / Fläche. Zeile 1 Zeile 2"


def test_two_known_names_in_one_table_stay_apart(tmp_path):
    path = workbook(tmp_path, [*FLENSBURG, 1, 2], titles=["Bevölkerung", "Bevölkerung gesamt"], periods=[2019, 2019])
    assert tuples(read(path), "feature", "value") == [("xbev", 1), ("inkar_bevoelkerung_gesamt", 2)]


def test_without_metadata_and_citation(tmp_path):
    reading = read(workbook(tmp_path, [*FLENSBURG, 1], sheets={}))
    assert tuples(reading) == [("municipality", "01001000", "2019", 1)]
    assert len([note for note in reading.notes if "nicht" in note]) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_tables_in_any_encoding(tmp_path, encoding):
    reading = read(text_table(tmp_path, ["01002000", "Kiel–Süd, Höhe", "Gemeinden", "1.598,5"], encoding=encoding))
    assert tuples(reading, "region_name", "value") == [("Kiel–Süd, Höhe", 1598.5)]


def test_thousands_point_in_text(tmp_path):
    rows = [
        [f"0100{n}000", "x", "Gemeinden", text] for n, text in enumerate(["1.598", "1.000.000", "987", "-1.234,5"], 1)
    ]
    assert [row[3] for row in tuples(read(text_table(tmp_path, *rows)))] == [1598, 1_000_000, 987, -1234.5]


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_german_numbers_come_back(tmp_path_factory, number):
    text = f"{number:,}".replace(",", "_").replace(".", ",").replace("_", ".")
    reading = read(text_table(tmp_path_factory.mktemp("number"), [*FLENSBURG, text]))
    assert [row[3] for row in tuples(reading)] == [pytest.approx(float(number))]


# --- Damage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["abc", "=1+1", "=SUM(D1:D2)", True, "#DIV/0!", 1e300, "1,2,3", "1.23.4,5", "12 %", "12.5"]
)
def test_bad_cell_is_refused_with_its_row(tmp_path, cell):
    path = workbook(
        tmp_path, [*FLENSBURG, cell, 1], [*KIEL, "2,5", 2], titles=["Einwohnerdichte"] * 2, periods=["2018", "2019"]
    )
    reading = read(path)
    assert tuples(reading, "region_id", "period", "value") == [
        ("01002000", "2018", 2.5),
        ("01001000", "2019", 1),
        ("01002000", "2019", 2),
    ]
    ((line, reason),) = zip(reading.refused["line"], reading.refused["reason"], strict=True)
    assert line == 3
    assert "„Einwohnerdichte“ (2018)" in reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["", "Kiel", "Gemeinden"], "passt nicht"),
        (["DG", "Kiel", "Gemeinden"], "passt nicht"),
        (["99002000", "Kiel", "Gemeinden"], "passt nicht"),
        (["01002", "Kiel", "Gemeinden"], "passt nicht"),
        (["01002001", "Kiel", "Kreise"], "passt nicht"),
        (["010020000", "Kiel", "Gemeinden"], "passt nicht"),
        (["=A1", "Kiel", "Gemeinden"], "passt nicht"),
        (["01002000", "Kiel", None], "Aggregat fehlt"),
    ],
)
def test_bad_row_is_refused(tmp_path, row, reason):
    reading = read(workbook(tmp_path, [*FLENSBURG, 1], [*row, 2]))
    assert tuples(reading, "region_id", "value") == [("01001000", 1)]
    ((line, found),) = zip(reading.refused["line"], reading.refused["reason"], strict=True)
    assert line == 4
    assert reason in found


def test_duplicates_and_contradictions(tmp_path):
    rows = [[*FLENSBURG, 1], [*FLENSBURG, 1], [*KIEL, 2], [*KIEL, 3], ["01003000", "Lübeck", "Gemeinden", 4]]
    reading = read(workbook(tmp_path, *rows))
    assert tuples(reading, "region_id", "value") == [("01001000", 1), ("01003000", 4)]
    assert reading.refused["line"].tolist() == [4, 5, 6]


@pytest.mark.parametrize("cut", [2, 3, 5, 9, 25])
def test_cut_text_never_gives_a_cut_value(tmp_path, cut):
    path = text_table(tmp_path, [*FLENSBURG, "1,5"], [*KIEL, "123,45"])
    path.write_bytes(path.read_bytes()[:-cut])
    try:
        reading = read(path)
    except FormatError as error:
        assert "Anführungszeichen" in error.problem
    else:
        assert tuples(reading, "region_id", "value") == [("01001000", 1.5)]
        assert reading.refused["line"].tolist() == [4]


def test_text_row_of_other_width(tmp_path):
    reading = read(
        text_table(tmp_path, [*FLENSBURG, "1,5"], [*KIEL, "1", "5"], ["01003000", "Lübeck", "Gemeinden", "2"])
    )
    assert tuples(reading, "region_id", "value") == [("01001000", 1.5), ("01003000", 2)]
    assert [(row.line, row.reason) for row in reading.refused.itertuples()] == [(4, "Die Zeile hat 5 statt 4 Spalten")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Kennziffer,Raumeinheit,Aggregat,X\n,,,2019\n", "trennt"),
        ("Kennziffer;Aggregat;X\n;;2019\n", "nicht die erwarteten"),
        ("Raumeinheit;Kennziffer;Aggregat;X\n;;;2019\n", "nicht die erwarteten"),
        ("Kennziffer;Raumeinheit;Aggregat\n;;\n", "keinen Indikator"),
        ("Kennziffer;Raumeinheit;Aggregat;X\n", "kein Jahr"),
        ("Kennziffer;Raumeinheit;Aggregat;X\n;;;abc\n", "kein Jahr"),
        ("Kennziffer;Raumeinheit;Aggregat;X;\n;;;2019;2020\n", "keinen Indikator oder kein Jahr"),
        ("Kennziffer;Raumeinheit;Aggregat;X;X\n;;;2019;2019\n", "zweimal"),
        ('Kennziffer;Raumeinheit;Aggregat;X\n"01001000";"F";"Gemeinden";"1"\n', "fehlt die Zeile mit den Jahren"),
        ("Kennziffer;Raumeinheit;Aggregat;X\n;;;2019\n", "keine Zeile verwendbar"),
        ('Kennziffer;Raumeinheit;Aggregat;X\n;;;2019\n"01001000";"F";"Gemeinden";"8.9"\n', "Dezimalpunkt"),
        ('Kennziffer;Raumeinheit;Aggregat;X\n;;;2019\n"01001000";"F;"Gemeinden";"8"\n', "Anführungszeichen"),
        ('Kennziffer;Raumeinheit;Aggregat;X\n;;;2019\n"x";"F";"Gemeinden";"8"\n', "keine Zeile verwendbar"),
    ],
)
def test_damaged_text_is_refused(tmp_path, content, message):
    path = tmp_path / "inkar.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FormatError, match=message) as caught:
        read(path)
    assert caught.value.expected and caught.value.advice


@pytest.mark.parametrize("year", [2016, 2025, 2031])
def test_unknown_edition_names_the_known_ones(tmp_path, year):
    with pytest.raises(FormatError, match=f"{year}.*2017 bis 2024"):
        read(workbook(tmp_path, [*FLENSBURG, 1], year=year))


@pytest.mark.parametrize(
    "heads", [["Kennziffer", "Aggregat", "X", "Y"], ["Raumeinheit", "Kennziffer", "Aggregat", "X"]]
)
def test_workbook_with_moved_columns_is_refused(tmp_path, heads):
    path = write_workbook(tmp_path / "x.xlsx", {"Daten": [heads, [None, None, None, "2019"], [*FLENSBURG, 1]]})
    with pytest.raises(FormatError, match="nicht die erwarteten"):
        read(path)


def test_workbook_without_rows_is_refused(tmp_path):
    with pytest.raises(FormatError, match="steht nichts"):
        read(write_workbook(tmp_path / "x.xlsx", {"Daten": [[*HEADS, "X"]]}))


@pytest.mark.official
@pytest.mark.parametrize("name", ["B_SVBeschaeftigte.xls", "E_Einkommensteuer.xlsx"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_cut_workbook_is_refused(official_data, tmp_path, name, share):
    data = (official_data / "inkar_exports" / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(FormatError, match="beschädigt"):
        read(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"<html><body>Kennziffer;Raumeinheit;Aggregat</body></html>",
        b"AGS;Name;Wert\n01001000;Flensburg;1\n",
        b"Bereich;ID;Kuerzel;Indikator;Raumbezug;Kennziffer;Name;Zeitbezug;Wert\n",
        bytes(range(256)),
    ],
)
def test_other_files_are_left_to_others(tmp_path, content):
    path = tmp_path / "inkar.csv"
    path.write_bytes(content)
    assert reader.recognise(sample_of(path)) is None


def test_other_workbooks_are_left_to_others(tmp_path):
    path = write_workbook(tmp_path / "x.xlsx", {"Daten": [["AGS", "Name"], ["01001000", "Flensburg"]], "Leer": []})
    assert reader.recognise(sample_of(path)) is None
