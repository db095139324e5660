"""AuszugGV: the official workbooks of 2021 and 2023, and small ones with every trap and damage."""

import io
import zipfile

import pytest

from kowis_data.formats import register_auszug_gv as reader
from kowis_data.formats.reading import VALUE_COLUMNS, FormatError
from tests.formats.helpers import read_file, sample_of, value_of, write_workbook

HEAD = [
    ["Gemeinden in Deutschland nach Fläche, Bevölkerung und Postleitzahl am 30.06.2024 (2. Quartal)"],
    [],
    ["Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)", None, None, None, None, "Gemeindename",
     "Fläche km2 1)", "Bevölkerung2)", None, None, None, "Postleit-zahl3)", "Geografische Mittelpunktkoordinaten"],
    [None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None, "insgesamt", "männlich", "weiblich", "je km2", None,
     "Längengrad", "Breitengrad"],
    [None, None, "Gebietsstand am 30.06.2024 (2. Quartal)", None, None, None, None, None, "31.12.2022 (Jahr)",
     "am 31.12.2022 (Jahr)", None, None, None, None, "Zuordnungsstand am 31.12.2023"],
    [],
]  # fmt: skip
STATE = ["10", None, "05", None, None, None, None, "Nordrhein-Westfalen"]
COUNTY = ["40", "43", "05", "7", "58", None, None, "Herford, Kreis"]
UNIT = ["50", "50", "05", "7", "58", "0036", None, "Vlotho, Stadt"]
VLOTHO = ["60", "63", "05", "7", "58", "0036", "036", "Vlotho, Stadt", 76.93, 18334, 9202, 9132, 238, "32602",
          "8,85", "52,16"]  # fmt: skip
SPENGE = ["60", "63", "05", "7", "58", "0032", "032", "Spenge, Stadt", 40.24, 14300, 7000, 7300, 355, "32139",
          "8,49", "52,14"]  # fmt: skip


def workbook(tmp_path, *rows, head=HEAD, title="Onlineprodukt_Gemeinden30062024"):
    sheets = {"Inhalt": [["Gemeindeverzeichnis"]], title: [*head, STATE, COUNTY, UNIT, *rows]}
    return write_workbook(tmp_path / "beliebig.xlsx", sheets)


def changed(row, **cells):
    positions = {"association": 5, "name": 7, "area": 8, "population": 9, "male": 10, "female": 11, "lon": 14}
    row = list(row)
    for name, cell in cells.items():
        row[positions[name]] = cell
    return row


@pytest.fixture(scope="module")
def reading_2021(official_data):
    return read_file(reader, official_data / "gemeindeverzeichnis" / "31122021_Auszug_GV.xlsx")


@pytest.mark.official
@pytest.mark.parametrize(
    ("ags", "population"),
    [("05758036", 18334), ("08426014", 8925), ("15085228", 9873), ("10042115", 8872), ("01001000", 91113)],
)
def test_population_of_2021(reading_2021, ags, population):
    _, reading = reading_2021
    assert value_of(reading, "population", ags) == (population, None, "2021")


@pytest.mark.official
def test_totals_of_2021(reading_2021):
    recognition, reading = reading_2021
    assert recognition.details["Gebietsstand"] == "31.12.2021 (Jahr)"
    sums = reading.values.groupby("feature")["value"].sum()
    assert sums["population"] == 83_237_124
    assert sums["male"] + sums["female"] == 83_237_124
    assert sums["area_km2"] == pytest.approx(357_592.16)
    assert list(reading.values.columns) == list(VALUE_COLUMNS)
    assert len(reading.values) == 4 * 10_997
    assert reading.rows_read == 16_060
    assert reading.refused.empty
    assert {name: len(table) for name, table in reading.tables.items()} == {
        "municipality": 10_997,
        "association": 4_606,
        "county": 400,
        "state": 16,
        "government_region": 29,
        "region": 12,
    }


@pytest.mark.official
def test_rows_of_2021(reading_2021):
    _, reading = reading_2021
    municipality = reading.tables["municipality"].set_index("ags").loc["08426014"]
    assert municipality["ars"] == "084265002014"
    assert municipality["unit_id"] == "084265002"
    assert (municipality["name"], municipality["designation"]) == ("Bad Schussenried", "Stadt")
    assert municipality["area_km2"] == 55.01
    assert municipality["postcode"] == "88427"
    assert (municipality["lon"], municipality["lat"]) == pytest.approx((9.6588, 48.0051), abs=0.01)
    assert not municipality["is_unincorporated"]
    unit = reading.tables["association"].set_index("unit_id").loc["084265002"]
    assert unit["association_type"] == "vereinbarte Verwaltungsgemeinschaft"
    unincorporated = reading.tables["municipality"].query("is_unincorporated")
    assert len(unincorporated) == 210  # Textkennzeichen 66 and the two inhabited ones, 65
    inhabited = unincorporated.query("population > 0").set_index("ags")["population"].to_dict()
    assert inhabited == {"03351501": 757, "03358501": 4084}
    # Nobody lives there and nobody is missing: 0 is a value.
    assert value_of(reading, "population", "01053105") == (0, None, "2021")


@pytest.mark.official
def test_2023_has_its_dates_in_other_cells_and_its_basis_from_the_total(official_data):
    recognition, reading = read_file(
        reader, official_data / "gemeindeverzeichnis" / "31122023_Auszug_GV.xlsx"
    )
    assert recognition.details["Bevölkerung am"] == "31.12.2023"
    assert value_of(reading, "population", "01001000") == (92667, None, "2023")
    features = reading.features.set_index("feature")
    # 84.669.326 is the total on Zensus 2011; on Zensus 2022 it would be 83.456.045.
    assert features.loc["population", "population_basis"] == "zensus2011"
    assert features.loc["population", "reference_date"] == "31.12.2023"


def test_territory_and_count_have_different_dates(tmp_path):
    recognition, reading = read_file(reader, workbook(tmp_path, VLOTHO))
    assert recognition.details["Gebietsstand"] == "30.06.2024 (2. Quartal)"
    assert recognition.details["Bevölkerung am"] == "31.12.2022"
    assert value_of(reading, "population", "05758036") == (18334, None, "2022")
    assert reading.features.set_index("feature").loc["population", "reference_date"] == "31.12.2022"
    assert reading.source.reference_date == "30.06.2024"
    # Two bases were published for this date, and an extract has no national total to tell them apart.
    assert reading.features["population_basis"].isna().all()
    assert any("nur 1 von 16 Ländern" in note for note in reading.notes)


def test_moved_columns_and_keys_as_numbers(tmp_path):
    head = [[row[0] if row else None, *([None] if row else []), *row[1:]] for row in HEAD]
    numeric = ["60", None, 63, 5, 7, 58, 36, 36, *VLOTHO[7:]]
    path = write_workbook(tmp_path / "a.xlsx", {"x": [*head, numeric]})
    _, reading = read_file(reader, path)
    row = reading.tables["municipality"].iloc[0]
    assert (row["ags"], row["ars"], row["unit_id"]) == ("05758036", "057580036036", "057580036")
    assert row["population"] == 18334


def test_an_edition_without_associations(tmp_path):
    def drop(row):
        return [cell for position, cell in enumerate(row) if position != 5]

    path = write_workbook(tmp_path / "a.xlsx", {"x": [*map(drop, HEAD), drop(VLOTHO)]})
    recognition, reading = read_file(reader, path)
    assert recognition.version == reader.WITHOUT_ASSOCIATIONS
    assert value_of(reading, "population", "05758036")[0] == 18334
    assert reading.tables["municipality"]["unit_id"].isna().all()


@pytest.mark.parametrize("population", [0, None])
def test_a_gap_is_not_zero(tmp_path, population):
    gap = changed(SPENGE, population=population, male=population, female=population)
    gap[12] = None
    _, reading = read_file(reader, workbook(tmp_path, VLOTHO, gap))
    for figure in ("population", "male", "female"):
        assert value_of(reading, figure, "05758032") == (None, "nichts_vorhanden", "2022")
    assert value_of(reading, "area_km2", "05758032")[0] == 40.24
    assert any("Spenge (05758032)" in note and "keine 0" in note for note in reading.notes)
    assert reading.tables["municipality"].set_index("ags")["population"].isna()["05758032"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (changed(SPENGE, population="=SUMME(A1)"), "Formel"),
        (changed(SPENGE, population="viele"), "Bevölkerung"),
        (changed(SPENGE, population=14300.5), "Bevölkerung"),
        (changed(SPENGE, population=1e30, male=0, female=1e30), "außerhalb"),
        (changed(SPENGE, population=7000, male=14300), "Männlich und weiblich"),
        (changed(SPENGE, area=4024), "je km²"),
        (changed(SPENGE, area=None), "Fläche"),
        (changed(SPENGE, area=-40.24), "außerhalb"),
        (changed(SPENGE, name=None), "Name"),
        (changed(SPENGE, association=None), "Gemeindeverband"),
        (["60", "63", "17", *SPENGE[3:]], "Länderschlüssel"),
        (["60", "63", "05", "7", "58", "0032", "abc", *SPENGE[7:]], "Gemeinde"),
        (["99", *SPENGE[1:]], "Satzart"),
        (list(VLOTHO), "Wiederholung"),
    ],
)
def test_refused_rows(tmp_path, row, reason):
    bochum = ["60", "63", "05", "9", "11", "0000", "000", *SPENGE[7:]]
    _, reading = read_file(reader, workbook(tmp_path, VLOTHO, bochum, row))
    assert len(reading.refused) == 1
    refused = reading.refused.iloc[0]
    assert reason in refused["reason"]
    assert refused["line"] == 12
    assert 0 < len(refused["excerpt"]) <= 120
    assert list(reading.tables["municipality"]["ags"]) == ["05758036", "05911000"]


def test_contradicting_rows_are_all_refused(tmp_path):
    other = changed(VLOTHO, population=18335, male=9203)
    _, reading = read_file(
        reader, workbook(tmp_path, SPENGE, ["60", *SPENGE[1:6], "033", *SPENGE[7:]], VLOTHO, other)
    )
    assert list(reading.refused["line"]) == [12, 13]
    assert "05758036" not in set(reading.values["region_id"])


def test_thousands_and_decimal_marks_in_text_cells(tmp_path):
    row = changed(VLOTHO, population="18.334", male="9 202", female="9132", area="76,93")
    _, reading = read_file(reader, workbook(tmp_path, row))
    assert value_of(reading, "population", "05758036")[0] == 18334
    assert value_of(reading, "area_km2", "05758036")[0] == 76.93


def test_foot_notes_are_no_rows(tmp_path):
    notes = [[], ["Quelle: Gemeindeverzeichnis"], ["1) Abweichungen bei den Flächenangaben"]]
    _, reading = read_file(reader, workbook(tmp_path, VLOTHO, *notes))
    assert reading.refused.empty
    assert reading.rows_read == 4


def test_coordinates_outside_are_dropped_and_told(tmp_path):
    _, reading = read_file(reader, workbook(tmp_path, changed(VLOTHO, lon="52,16")))
    assert reading.tables["municipality"]["lon"].isna().all()
    assert any("Längengrad außerhalb Deutschlands" in note for note in reading.notes)


def test_swapped_columns_are_refused(tmp_path):
    rows = [changed(row, population=row[10], male=row[9]) for row in (VLOTHO, SPENGE)]
    with pytest.raises(FormatError, match=r"nur 0 lesbar.*Männlich und weiblich"):
        read_file(reader, workbook(tmp_path, *rows))


def test_a_missing_column_is_named(tmp_path):
    head = [[cell if cell != "insgesamt" else "zusammen" for cell in row] for row in HEAD]
    with pytest.raises(FormatError, match=r"Es fehlen Spalten.*bevolkerung/insgesamt.*bekannt sind"):
        reader.recognise(sample_of(workbook(tmp_path, VLOTHO, head=head)))


def test_a_head_without_dates_is_refused(tmp_path):
    head = [["Gemeinden in Deutschland nach Fläche, Bevölkerung"], *HEAD[1:4], []]
    with pytest.raises(FormatError, match="Gebietsstand oder Datum"):
        reader.recognise(sample_of(workbook(tmp_path, VLOTHO, head=head)))


def test_an_unknown_layout_of_the_register_is_refused(tmp_path):
    head = [["Gemeinden in Deutschland nach Fläche, Bevölkerung am 31.12.2030"], ["Schlüssel", "Ort"]]
    with pytest.raises(FormatError, match="unbekanntem Aufbau"):
        reader.recognise(sample_of(workbook(tmp_path, ["1", "2"], head=head)))


def test_other_files_are_not_recognised(tmp_path):
    other = write_workbook(tmp_path / "a.xlsx", {"Daten": [["Kennziffer", "Name"], ["01001", "Flensburg"]]})
    page = tmp_path / "AuszugGV.xlsx"
    page.write_text("<html><title>404</title></html>", encoding="utf-8")
    empty = tmp_path / "leer.xlsx"
    empty.touch()
    for path in (other, page, empty):
        assert reader.recognise(sample_of(path)) is None


def test_a_cut_workbook_is_told(tmp_path):
    path = workbook(tmp_path, VLOTHO)
    data = path.read_bytes()
    for part in (0.2, 0.5, 0.9):
        path.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(FormatError, match="lässt sich nicht öffnen"):
            reader.recognise(sample_of(path))


def test_a_zip_bomb_is_refused_before_unpacking(tmp_path):
    path = workbook(tmp_path, VLOTHO)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(450):
            part.write(b"\0" * 1_000_000)
    with pytest.raises(FormatError, match="viel zu groß"):
        reader.recognise(sample_of(path))


def test_a_wrong_extent_does_not_cut_the_sheet(tmp_path):
    path = workbook(tmp_path, VLOTHO)
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(buffer, "w") as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "xl/worksheets/sheet2.xml":
                assert b"<dimension" in data
                data = data.replace(
                    data[data.index(b"<dimension") : data.index(b"<sheetViews")], b'<dimension ref="A1"/>'
                )
            new.writestr(part, data)
    path.write_bytes(buffer.getvalue())
    _, reading = read_file(reader, path)
    assert value_of(reading, "population", "05758036")[0] == 18334
