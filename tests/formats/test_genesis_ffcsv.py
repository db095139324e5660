"""GENESIS flat files: single values and totals of the official files, dimensions, keys, marks, damages."""

from __future__ import annotations

import random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kowis_data.formats import genesis_ffcsv
from kowis_data.formats.reading import FEATURE_COLUMNS, VALUE_COLUMNS, FormatError, Sample

FILES = {
    "census": "1000A-0000__1000A-0000_1773175153999_de_flat.csv",
    "population": "12411-01-01-4__12411-01-01-4_1773175772751_de_flat.csv",
    "atlas": "AI-N-01-2-5__AI-N-01-2-5_1773175147935_de_flat.csv",
}
ROWS_READ = {"census": 10787, "population": 1467, "atlas": 27132}


def read_path(path, inner_name=None):
    with path.open("rb") as file:
        sample = Sample(path, file.read(64 * 1024), inner_name)
    recognition = genesis_ffcsv.recognise(sample)
    assert recognition is not None
    return recognition, genesis_ffcsv.read(sample, recognition, duckdb.connect())


@pytest.fixture(scope="module")
def files(official_data):
    return {name: read_path(official_data / "genesis_ffcsv" / file) for name, file in FILES.items()}


def value(reading, feature, level, region_id, period):
    found = reading.values.query(
        "feature == @feature and level == @level and region_id == @region_id and period == @period"
    )
    assert len(found) == 1, f"{len(found)} Werte statt einem"
    row = found.iloc[0]
    return row["value_status"] if row["value"] != row["value"] else row["value"]


# Looked up in the files with grep.
@pytest.mark.official
@pytest.mark.parametrize(
    ("file", "feature", "level", "region_id", "period", "expected"),
    [
        ("census", "1000A|PRS018", "country", "DG", "2022", 82719540),
        ("census", "1000A|PRS018", "municipality", "05758036", "2022", 18625),  # ARS 057580036036
        ("census", "1000A|PRS018", "municipality", "08426014", "2022", 8705),  # ARS 084265002014
        ("census", "1000A|PRS018", "municipality", "11000000", "2022", 3596999),
        ("population", "12411|BEVSTD", "county", "08222", "2024", 318035),
        ("population", "12411|BEVSTD|GES=GESW", "county", "08222", "2024", 158789),
        ("population", "12411|BEVSTD", "municipality", "05334002", "2024", 262670),  # Aachen among counties
        ("population", "12411|BEVSTD", "other", "11001001", "2024", 364530),  # Berlin-Mitte
        ("population", "12411|BEVSTD", "county", "13001", "2024", "nichts_vorhanden"),  # dissolved
        ("atlas", "99910|AI0112", "municipality", "05758036", "2023", 1.1),
        ("atlas", "99910|AI0112", "municipality", "09672457", "2023", -42.2),
        ("atlas", "99910|AI0111", "municipality", "02000000", "2023", 58.6),
        ("atlas", "99910|AI0112", "municipality", "06635005", "2023", "nicht_sinnvoll"),
        ("atlas", "99910|AI0111", "municipality", "06635005", "2023", "nichts_vorhanden"),
        ("atlas", "99910|AI0111", "municipality", "11000000", "2023", 70.6),
    ],
)
def test_single_values(files, file, feature, level, region_id, period, expected):
    assert value(files[file][1], feature, level, region_id, period) == expected


@pytest.mark.official
@pytest.mark.parametrize("name", FILES)
def test_every_file_is_read_whole(files, name, official_data):
    recognition, reading = files[name]
    assert (reading.rows_read, len(reading.values), len(reading.refused)) == (ROWS_READ[name], ROWS_READ[name], 0)
    assert list(reading.values.columns) == list(VALUE_COLUMNS)
    assert list(reading.features.columns) == list(FEATURE_COLUMNS)
    assert (reading.values["value"].isna() == reading.values["value_status"].notna()).all()
    assert not reading.values.duplicated(["feature", "level", "region_id", "period"]).any()
    assert recognition.title.startswith(FILES[name].split("__")[0])
    lines = (official_data / "genesis_ffcsv" / FILES[name]).read_text(encoding="utf-8-sig").split("\n")
    position = lines[0].split(";").index("value")
    marks = {"nichts_vorhanden": "-", "nicht_sinnvoll": "x"}
    for row in reading.values.iloc[random.Random(name).sample(range(len(reading.values)), 300)].itertuples():
        cell = lines[row.line - 1].split(";")[position]
        assert cell == marks.get(row.value_status) or float(cell.replace(",", ".")) == row.value
        assert row.region_name in lines[row.line - 1]


@pytest.mark.official
def test_totals(files):
    """Counties of today sum up to the published population of Germany; the census disturbs its cells slightly."""
    counties = files["population"][1].values.query("level == 'county'").groupby("feature")["value"].sum()
    assert counties["12411|BEVSTD"] == 83577140
    assert counties["12411|BEVSTD|GES=GESM"] + counties["12411|BEVSTD|GES=GESW"] == 83577140
    census = files["census"][1].values
    assert census.loc[census["level"] == "municipality", "value"].sum() == 82711282


@pytest.mark.official
def test_features_periods_and_source(files):
    recognition, reading = files["population"]
    features = reading.features.set_index("feature")
    assert features.loc["12411|BEVSTD|GES=GESW", "title"] == "Bevölkerungsstand, Geschlecht: weiblich"
    assert features.loc["12411|BEVSTD", "title"] == "Bevölkerungsstand"
    assert set(features["reference_date"]) == {"31.12."}
    assert set(features["population_basis"]) == {"zensus2022"}
    assert reading.source.reference_date == "31.12.2024"
    assert recognition.details["Regionen"] == "Kreise und kreisfreie Städte"
    census = files["census"][1].features.iloc[0]
    assert (census["reference_date"], census["population_basis"]) == ("15.05.", "zensus2022")
    assert set(files["atlas"][1].features["unit_label"]) == {"Prozent"}
    # A county table makes no municipalities of independent cities.
    assert set(reading.values.query("level == 'municipality'")["region_id"]) == {"03241001", "05334002", "10041100"}


# --- small files ------------------------------------------------------------------------------------------------


def flat(rows, dimensions=1, quality=False):
    """A flat file; every row: time, the codes of each dimension as (variable, key), value, unit, content."""
    parts = ("variable_code", "variable_label", "variable_attribute_code", "variable_attribute_label")
    head = ["statistics_code", "statistics_label", "time_code", "time_label", "time"]
    head += [f"{number}_{part}" for number in range(1, dimensions + 1) for part in parts]
    head += ["value", "value_unit", "value_variable_code", "value_variable_label"] + ["value_q"] * quality
    lines = [";".join(head)]
    for time, places, number, unit, content, *more in rows:
        cells = ["12411", "Fortschreibung", "STAG", "Stichtag", time]
        for variable, key in places:
            cells += [variable, f"Merkmal {variable}" if variable else "", key, f"Name {key}"]
        lines.append(";".join([*cells, number, unit, content, f"Inhalt {content}", *more]))
    return "\ufeff" + "\n".join(lines) + "\n"


GOOD = [
    ("2024-12-31", [("DINSG", "DG")], "300", "Anzahl", "BEVSTD"),
    ("2024-12-31", [("DLAND", "02")], "100", "Anzahl", "BEVSTD"),
    ("2024-12-31", [("KREISE", "01051")], "200", "Anzahl", "BEVSTD"),
    ("2024-12-31", [("GEMEIN", "01051001")], "150", "Anzahl", "BEVSTD"),
    ("2024-12-31", [("GEMEIN", "01051002")], "50", "Anzahl", "BEVSTD"),
]


@pytest.fixture
def read_text(tmp_path):
    def read(text, encoding="utf-8"):
        path = tmp_path / "flach.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_path(path)[1]

    return read


def test_levels_mixed_in_one_file(read_text):
    reading = read_text(flat(GOOD))
    assert reading.refused.empty
    assert reading.values["level"].value_counts().to_dict() == {
        "municipality": 3,  # with Hamburg
        "county": 2,
        "state": 1,
        "country": 1,
    }
    assert value(reading, "12411|BEVSTD", "municipality", "02000000", "2024") == 100


def test_nothing_is_added_where_the_file_has_the_city_itself(read_text):
    rows = [*GOOD, ("2024-12-31", [("KREISE", "02000")], "101", "Anzahl", "BEVSTD")]
    rows += [("2024-12-31", [("GEMEIN", "02000000")], "102", "Anzahl", "BEVSTD")]
    reading = read_text(flat(rows))
    assert value(reading, "12411|BEVSTD", "county", "02000", "2024") == 101
    assert value(reading, "12411|BEVSTD", "municipality", "02000000", "2024") == 102


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_line_ends(read_text, encoding, line_end):
    text = flat(GOOD).removeprefix("\ufeff").replace("Inhalt", "Größe").replace("\n", line_end)
    assert read_text(text, encoding).features["title"].tolist() == ["Größe BEVSTD"]


def test_dimensions_make_features_in_any_order_of_columns(read_text):
    """The region is told by its variable, not by its place; totals and empty dimensions are left out."""
    first = read_text(
        flat(
            [
                ("2024", [("QUARTG", "QUART1"), ("HERKLD", "01"), ("DLAND", "05")], "1", "Anzahl", "A"),
                ("2024", [("QUARTG", ""), ("HERKLD", "02"), ("DLAND", "05")], "2", "Anzahl", "A"),
                ("2024", [("QUARTG", "INSGESAMT"), ("", ""), ("DLAND", "05")], "3", "Anzahl", "A"),
            ],
            3,
        )
    )
    assert first.values["feature"].tolist() == [
        "12411|A|HERKLD=01|QUARTG=QUART1",
        "12411|A|HERKLD=02",
        "12411|A",
    ]
    assert set(first.values["region_id"]) == {"05"}
    second = read_text(
        flat([("2024", [("DLAND", "05"), ("HERKLD", "01"), ("QUARTG", "QUART1")], "1", "Anzahl", "A")], 3)
    )
    assert second.features["feature"].tolist() == ["12411|A|HERKLD=01|QUARTG=QUART1"]


def test_same_code_with_number_and_share(read_text):
    rows = [
        ("2022-05-15", [("GEOGM4", "010010000000")], "10", "Anzahl", "GEB001"),
        ("2022-05-15", [("GEOGM4", "010010000000")], "33,3", "%", "GEB001"),
        ("2022-05-15", [("GEOVB4", "010515163")], "5", "Anzahl", "GEB001"),
        ("2022-05-15", [("GEORB3", "053")], "5", "Anzahl", "GEB001"),
        ("2022-05-15", [("GEOBZ1", "110000101")], "5", "Anzahl", "GEB001"),
    ]
    reading = read_text(flat(rows))
    assert value(reading, "12411|GEB001|%", "municipality", "01001000", "2022") == 33.3
    assert value(reading, "12411|GEB001", "municipality", "01001000", "2022") == 10
    assert value(reading, "12411|GEB001", "unit", "010515163", "2022") == 5
    assert set(reading.values.query("level == 'other'")["region_id"]) == {"053", "110000101"}


@pytest.mark.parametrize(
    ("cell", "quality", "number", "status"),
    [
        ("-", "", None, "nichts_vorhanden"),
        (".", "", None, "geheim"),
        ("x", "", None, "nicht_sinnvoll"),
        ("/", "", None, "unsicher"),
        ("...", "", None, "noch_nicht"),
        ("14", "()", 14, "unsicher"),
        ("14", "s", 14, "unsicher"),
        ("14", "e", 14, None),
        ("14", "p", 14, None),
        ("0,5", "", 0.5, None),
    ],
)
def test_marks_and_quality(read_text, cell, quality, number, status):
    rows = [(*row, "e") for row in GOOD[:4]] + [(*GOOD[4][:2], cell, *GOOD[4][3:], quality)]
    row = read_text(flat(rows, quality=True)).values.query("region_id == '01051002'").iloc[0]
    assert (row["value"] == number) if number is not None else row["value"] != row["value"]
    assert (row["value_status"] if isinstance(row["value_status"], str) else None) == status


def test_english_edition_has_a_decimal_point(read_text):
    text = flat([(*GOOD[0][:2], "45.5", "percent", "AI"), (*GOOD[2][:2], "1.5", "percent", "AI")])
    english = text.replace("Stichtag", "Reference date").replace("Name DG", "Germany")
    reading = read_text(english)
    assert value(reading, "12411|AI", "country", "DG", "2024") == 45.5
    assert any("englischer Sprache" in note for note in reading.notes)


def test_points_in_a_german_file_are_never_taken_for_decimals(read_text):
    rows = [*GOOD[:4], (*GOOD[4][:2], "1.234", *GOOD[4][3:])]
    reading = read_text(flat(rows))
    assert reading.refused["line"].tolist() == [6]
    assert "Tausenderzeichen" in reading.refused["reason"].iloc[0]


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("value", "", "leer"),
        ("value", "=SUMME(A1)", "Formel"),
        ("value", "12345678901234567890", "unglaubhaft groß"),
        ("value", "viel", "weder eine Zahl"),
        ("time", "irgendwann", "kein Zeitraum"),
        ("time", "2024-02-31", "kein Zeitraum"),
        ("1_variable_attribute_code", "Albersdorf", "kein Regionalschlüssel"),
        ("1_variable_attribute_code", "77051001", "kein Regionalschlüssel"),
        ("value_variable_code", "", "Spalten"),
    ],
)
def test_bad_rows_are_refused_with_their_line(read_text, column, text, reason):
    lines = flat(GOOD).split("\n")
    cells = lines[5].split(";")
    cells[lines[0].removeprefix("\ufeff").split(";").index(column)] = text
    lines[5] = ";".join(cells)
    reading = read_text("\n".join(lines))
    assert reading.refused["line"].tolist() == [6]
    assert reason in reading.refused["reason"].iloc[0]
    assert 0 < len(reading.refused["excerpt"].iloc[0]) <= 120
    assert "01051002" not in set(reading.values["region_id"])
    assert reading.rows_read == 5


@pytest.mark.parametrize(("row", "extra"), [(3, ";x"), (3, ";x;y;z"), (1, ";x" * 30)])
def test_rows_with_too_many_cells(read_text, row, extra):
    lines = flat(GOOD).split("\n")
    lines[row] += extra
    reading = read_text("\n".join(lines))
    assert reading.refused["line"].tolist() == [row + 1]
    assert "Spalten" in reading.refused["reason"].iloc[0]


def test_blank_lines_keep_the_line_numbers(read_text):
    lines = flat(GOOD).split("\n")
    lines.insert(3, "")
    assert read_text("\n".join(lines)).values.query("region_id == '01051002'")["line"].tolist() == [7]


def test_rows_given_twice(read_text):
    same = read_text(flat([*GOOD, GOOD[4]]))
    assert same.refused.empty
    assert value(same, "12411|BEVSTD", "municipality", "01051002", "2024") == 50
    assert any("stehen doppelt" in note for note in same.notes)
    other = read_text(flat([*GOOD, (*GOOD[4][:2], "51", *GOOD[4][3:])]))
    assert other.refused["line"].tolist() == [6, 7]
    assert "01051002" not in set(other.values["region_id"])


def test_a_cut_file_never_gives_a_wrong_number(read_text):
    """Cut anywhere, every value that is read is whole; the cut row is named."""
    whole = flat(GOOD)
    true = {key: float(number) for _, [(_, key)], number, *_ in GOOD}
    true |= {"02000": 100.0, "02000000": 100.0}
    complete = 0
    for end in range(whole.index("\n") + 2, len(whole), 4):
        try:
            reading = read_text(whole[:end])
        except FormatError:
            continue
        complete += 1
        assert all(true[row.region_id] == row.value for row in reading.values.itertuples())
        if whole[end - 1] != "\n":
            assert "Zeilenende" in reading.refused["reason"].iloc[-1]
    assert complete > 50


HEAD, *_BODY = flat(GOOD).split("\n")
DAMAGES = {
    "comma as delimiter": flat(GOOD).replace(";", ","),
    "tab as delimiter": flat(GOOD).replace(";", "\t"),
    "no rows": HEAD + "\n",
    "column missing": flat(GOOD).replace("value_unit", "einheit"),
    "column twice": flat(GOOD).replace("time_label", "time_code"),
    "no dimension": flat(GOOD).replace("1_variable", "variable"),
    "columns shifted": HEAD + "\n" + "\n".join(line.split(";", 1)[-1] + ";x" for line in _BODY if line) + "\n",
    "flat file of before 2025": "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit\n12411;x;STAG;y;31.12.2020\n",
    "message of the database": '{"Ident":{"Service":"data","Method":"x"},"Status":{"Code":98,"Content":"Zu groß"}}',
    "no region": flat([("2024", [("GES", "GESM")], "1", "Anzahl", "A")]),
    "two regions": flat([("2024", [("PGEMEIN", "01051001"), ("PGEM-2DI", "01051002")], "1", "Anzahl", "A")], 2),
    "mojibake": flat(GOOD).replace("Inhalt", "Größe").removeprefix("\ufeff").encode().decode("latin-1"),
    "broken characters": flat(GOOD).replace("Inhalt", "Gr\ufffd\ufffde"),
    "quote never closed": flat(GOOD).replace("Name 01051", 'Name"; "01051', 1).replace(";Name", ';"Name', 1),
    "many cells too many": flat(GOOD).replace("Name 01051;", "Name 01051;" + "x;" * 30),
    "point as decimal in a German file": flat([(*row[:2], "1.5", *row[3:]) for row in GOOD]),
    "binary rubbish": flat(GOOD * 400).encode() + b"\x00\n",
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_files_give_a_format_error_in_german(read_text, name):
    with pytest.raises(FormatError) as caught:
        read_text(DAMAGES[name])
    assert caught.value.problem.endswith(".")
    assert caught.value.expected or caught.value.where or caught.value.advice


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html>statistics_code;value</html>"[:6],
        b"PK\x03\x04\x00statistics_code",
        b"GENESIS-Tabelle: 1\n",
        b"AGS;Wert\n",
    ],
)
def test_other_files_are_left_alone(tmp_path, head):
    path = tmp_path / "12411-01-01-4_de_flat.csv"
    path.write_bytes(head)
    assert genesis_ffcsv.recognise(Sample(path, head)) is None


def test_table_is_named_after_the_member_of_the_archive(tmp_path):
    path = tmp_path / "x.tmp"
    path.write_text(flat(GOOD), encoding="utf-8")
    recognition, reading = read_path(path, "12411-01-01-5_1773175772751_de_flat.csv")
    assert recognition.title == "12411-01-01-5 Fortschreibung"
    assert reading.source.title == "Tabelle 12411-01-01-5: Fortschreibung"


@settings(max_examples=30, deadline=None)
@given(numbers=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), places=st.integers(0, 3))
def test_numbers_come_back_as_written(numbers, places, tmp_path_factory):
    texts = [f"{number / 10**places:.{places}f}".replace(".", ",") for number in numbers]
    rows = [("2024", [("GEMEIN", f"01051{at:03d}")], text, "Anzahl", "A") for at, text in enumerate(texts)]
    path = tmp_path_factory.mktemp("flach") / "flach.csv"
    path.write_text(flat(rows), encoding="utf-8")
    reading = read_path(path)[1]
    assert reading.values["value"].tolist() == [float(text.replace(",", ".")) for text in texts]
