"""Generic tables: the suggested mapping, reading what was confirmed, numbers, keys, and what is refused."""

import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kowis_data import formats
from kowis_data.formats import generic_table
from kowis_data.formats.generic_cells import parse_numbers
from kowis_data.formats.generic_header import parse_head
from kowis_data.formats.generic_keys import parse_keys, period_of
from kowis_data.formats.generic_mapping import Mapping, ValueColumn, slug
from kowis_data.formats.generic_marks import find_marks
from kowis_data.formats.reading import MARKS, FormatError
from tests.formats.helpers import sample_of, value_of, write_workbook

TOWNS = {
    "05758036": "Vlotho",
    "08426014": "Bad Schussenried",
    "10042115": "Perl",
    "15085228": "Oberharz am Brocken",
}
KEYS = list(TOWNS)


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def suggest(path: Path) -> Mapping:
    mapping = generic_table.suggest(sample_of(path))
    assert mapping is not None, "no mapping suggested"
    return mapping


def read(path: Path, mapping: Mapping | None = None):
    return generic_table.read(sample_of(path), mapping or suggest(path))


def lines_of(reading) -> dict[int, str]:
    return dict(zip(reading.refused["line"], reading.refused["reason"], strict=True))


def column(cells: list, decimal: str = ",", thousands: str = ".") -> pd.DataFrame:
    return parse_numbers(pd.Series(cells, dtype=object), decimal, thousands)


# The template and the way from suggestion to values


def test_template_is_recognised_confirmed_and_read(tmp_path):
    path = tmp_path / "vorlage.csv"
    path.write_bytes(generic_table.template_csv())
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    module, recognition = formats.recognise(sample_of(path))
    assert module is generic_table
    assert recognition.version == "Zuordnung bestätigen"
    with pytest.raises(FormatError, match="noch nicht bestätigt"):
        generic_table.read(sample_of(path), recognition, None)
    reading = generic_table.read(sample_of(path), generic_table.confirm(recognition), None)
    values = reading.values.set_index("region_id")
    assert values["value"].to_dict() == dict(zip(KEYS, (18334, 8925, 8872, 9873), strict=True))
    assert values["region_name"].to_dict() == TOWNS
    assert set(values["period"]) == {"2021"} and set(values["feature"]) == {"eigene_einwohner"}
    assert reading.features[["title", "reference_date"]].values.tolist() == [["Einwohner", "31.12.2021"]]
    assert reading.source.provenance == "veroeffentlicht"


def test_suggestion_for_a_german_table_with_a_title(tmp_path):
    path = write(
        tmp_path / "a.csv",
        "Tabelle 1: Eigene Erhebung;;;;\n\n"
        "AGS;Ort;Steuerkraft 2019 (Euro);Anteil 65+ in % 2011–2021;PLZ\n"
        '5758036;"Vlotho; Stadt";1.234,5;22,1;32602\n'
        "8426014;Bad Schussenried;900,25;-;88427\n"
        "10042115;Perl;x;.;66706\n"
        "15085228;Oberharz am Brocken;12.345;/;38875\n"
        "Insgesamt;;99;;\n",
        "cp1252",
    )
    mapping = suggest(path)
    assert (mapping.key_column, mapping.key_kind, mapping.name_column) == ("AGS", "ags", "Ort")
    assert (mapping.delimiter, mapping.header_line, mapping.decimal, mapping.thousands) == (";", 3, ",", ".")
    used = [value for value in mapping.values if value.used]
    assert [(value.title, value.unit_label, value.period) for value in used] == [
        ("Steuerkraft", "€", "2019"),
        ("Anteil 65+", "%", "2011-2021"),
    ]
    assert [value.column for value in mapping.values if not value.used] == ["PLZ"]
    reading = read(path, mapping)
    assert value_of(reading, "eigene_steuerkraft", "05758036") == (1234.5, None, "2019")
    assert value_of(reading, "eigene_steuerkraft", "08426014") == (900.25, None, "2019")
    assert value_of(reading, "eigene_steuerkraft", "10042115") == (None, "nicht_sinnvoll", "2019")
    assert value_of(reading, "eigene_steuerkraft", "15085228") == (12345, None, "2019")
    assert value_of(reading, "eigene_anteil_65", "08426014") == (None, "nichts_vorhanden", "2011-2021")
    assert value_of(reading, "eigene_anteil_65", "10042115") == (None, "geheim", "2011-2021")
    assert value_of(reading, "eigene_anteil_65", "15085228") == (None, "unsicher", "2011-2021")
    assert lines_of(reading) == {8: "Kein Schlüssel dieser Art: Amtlicher Gemeindeschlüssel (AGS, 8 Ziffern)"}
    assert (reading.rows_read, len(reading.values)) == (5, 8)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_delimiter_and_encoding(tmp_path, delimiter, encoding):
    rows = [
        ["Schlüssel", "Größe 2020 (ha)"],
        *([key, f"{number}.25"] for number, key in enumerate(KEYS, start=1)),
    ]
    path = write(tmp_path / "a.txt", "\r\n".join(delimiter.join(row) for row in rows), encoding)
    reading = read(path)
    assert reading.values["value"].tolist() == [1.25, 2.25, 3.25, 4.25]
    assert reading.features["title"].tolist() == ["Größe"] and reading.features["unit_label"].tolist() == [
        "ha"
    ]


def test_long_table_with_a_column_for_the_year(tmp_path):
    rows = "".join(f"{key};{year};{year - 2000}\n" for key in KEYS for year in (2000, 2001, 2002))
    path = write(tmp_path / "a.csv", "Kennziffer;Jahr;Wert\n" + rows + "05758036;bald;7\n")
    mapping = suggest(path)
    assert (mapping.key_column, mapping.period_column) == ("Kennziffer", "Jahr")
    reading = read(path, mapping)
    chosen = reading.values[reading.values["region_id"] == "10042115"]
    assert dict(zip(chosen["period"], chosen["value"], strict=True)) == {"2000": 0, "2001": 1, "2002": 2}
    assert lines_of(reading) == {14: "Kein Zeitbezug in Spalte „Jahr“"}


def test_years_are_no_counties(tmp_path):
    path = write(tmp_path / "a.csv", "Jahr;Anzahl 2020\n2000;5\n2000;6\n")
    assert generic_table.suggest(sample_of(path)) is None


def test_columns_named_by_years_are_one_feature(tmp_path):
    path = write(tmp_path / "arbeitslose.csv", "AGS;2019;2020\n05758036;10;11\n08426014;20;21\n")
    reading = read(path)
    assert set(reading.values["feature"]) == {"eigene_arbeitslose"}
    assert sorted(zip(reading.values["period"], reading.values["value"], strict=True)) == [
        *(("2019", value) for value in (10, 20)),
        *(("2020", value) for value in (11, 21)),
    ]
    assert len(reading.features) == 1


def test_names_of_towns_are_left_to_the_import(tmp_path):
    path = write(tmp_path / "a.csv", "Stadt;Wert 2020\nVlotho;1\nBad   Schussenried;2\nNirgendwo;3\n;4\n")
    mapping = suggest(path)
    assert mapping.key_kind == "name" and any("nach ihrem Namen" in hint for hint in mapping.hints)
    reading = read(path, mapping)
    assert reading.values[["level", "region_id", "region_name"]].values.tolist() == [
        ["municipality", "name:Vlotho", "Vlotho"],
        ["municipality", "name:Bad Schussenried", "Bad   Schussenried"],
        ["municipality", "name:Nirgendwo", "Nirgendwo"],
    ]
    assert list(lines_of(reading)) == [5]


@pytest.mark.parametrize(
    ("head", "keys", "kind", "level", "first"),
    [
        ("x", ["05758036", "08426014"], "ags", "municipality", "05758036"),
        ("x", ["5758036.0", "8426014.0"], "ags", "municipality", "05758036"),
        ("x", ["'05758036'", "08 4 26 014"], "ags", "municipality", "05758036"),
        ("x", ["057580036036", "084265002014"], "ars", "municipality", "05758036"),
        ("x", ["84265002014", "100420115115"], "ars", "municipality", "08426014"),
        ("x", ["084265002", "057580036"], "unit", "unit", "084265002"),
        ("x", ["84265002", "57580036"], "unit", "unit", "084265002"),
        ("x", ["08426", "05758"], "county", "county", "08426"),
        ("Kreis", ["8426", "5758", "3152"], "county", "county", "08426"),
        ("Land", ["8", "10", "5"], "state", "state", "08"),
        ("Schlüssel", ["DG", "08", "08426", "08426014"], "mixed", "country", "DG"),
    ],
)
def test_kinds_of_keys_are_found_by_content(tmp_path, head, keys, kind, level, first):
    path = write(tmp_path / "a.csv", f"{head};Wert 2020\n" + "".join(f"{key};1,5\n" for key in keys))
    mapping = suggest(path)
    assert mapping.key_kind == kind
    reading = read(path, mapping)
    assert reading.values[["level", "region_id"]].values.tolist()[0] == [level, first]
    assert len(reading.values) == len(keys)


def test_association_as_a_whole_in_an_ars_column():
    found = parse_keys(
        pd.Series(["084265002000", "084265002014", "010010000000", "990010000000", "08426"]), "ars"
    )
    assert found.values.tolist() == [
        ["unit", "084265002"],
        ["municipality", "08426014"],
        ["municipality", "01001000"],
        [None, None],
        [None, None],
    ]


def test_numbers_that_look_like_keys_are_no_keys(tmp_path):
    rows = "".join(f"Kunde {number};{number * 317 + 1000};{number % 9 + 1}\n" for number in range(200))
    path = write(tmp_path / "a.csv", "Kunde;Umsatz 2020;Rang\n" + rows)
    assert generic_table.suggest(sample_of(path)) is None


# Numbers


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1), ("-1,5", -1.5), ("−2", -2), ("+3", 3), ("1.234", 1234), ("1.234.567,89", 1234567.89),
        ("12,5 %", 12.5), ("7 €", 7), ("0,000", 0), ("1,5e-3", 0.0015), (4, 4), (2.5, 2.5), ("007", 7),
    ],
)  # fmt: skip
def test_good_numbers(cell, value):
    found = column([cell]).iloc[0]
    assert (found["value"], found["value_status"], found["reason"]) == (value, None, None)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("12.5", "passt nicht zum gewählten Dezimal"),
        ("1.23", "passt nicht zum gewählten Dezimal"),
        ("1,234.5", "passt nicht zum gewählten Dezimal"),
        ("1.2345", "passt nicht zum gewählten Dezimal"),
        ("1 234", "passt nicht zum gewählten Dezimal"),
        ("31.12.2022", "passt nicht zum gewählten Dezimal"),
        ("=SUMME(A1:A3)", "Formel"),
        ("#DIV/0!", "Fehler der Tabellenkalkulation"),
        ("1,23E+05", "gekürzt"),
        ("9" * 16, "unglaubhaft groß"),
        (1e300, "unglaubhaft groß"),
        (math.inf, "unglaubhaft groß"),
        ("viele", "weder eine Zahl noch ein Zeichen"),
        ("12 Euro", "weder eine Zahl noch ein Zeichen"),
        ("١٢", "weder eine Zahl noch ein Zeichen"),
        (True, "weder eine Zahl noch ein Zeichen"),
    ],
)
def test_bad_numbers_are_refused(cell, why):
    found = column([cell]).iloc[0]
    assert math.isnan(found["value"]) and why in found["reason"] and not found["is_empty"]


@pytest.mark.parametrize("cell", ["", "  ", None, "NA", "k. A.", math.nan, pd.NaT])
def test_empty_cells_say_nothing(cell):
    assert column([cell])["is_empty"].tolist() == [True]


def test_marks_keep_their_meaning():
    found = column(list(MARKS))
    assert found["value_status"].tolist() == list(MARKS.values()) and found["value"].isna().all()


def test_a_dot_that_may_mean_either_is_refused():
    found = column(["1.234", "12345", "1.234.567", "99", "2.345,5"])
    assert found["value"].fillna(-1).tolist() == [-1, 12345, 1234567, 99, 2345.5]
    assert "kann Tausender oder Dezimalen trennen" in found["reason"].iloc[0]
    assert column(["1.234", "999", "12.345"])["value"].tolist() == [1234, 999, 12345]


SIGNS = st.sampled_from([(",", "."), (",", " "), (",", "'"), (",", ""), (".", ","), (".", " "), (".", "")])


def written(value: float, decimals: int, decimal: str, thousands: str) -> str:
    return f"{value:,.{decimals}f}".replace(",", "T").replace(".", decimal).replace("T", thousands)


@given(st.lists(st.tuples(st.floats(-1e12, 1e12), st.integers(0, 4)), min_size=1, max_size=30), SIGNS)
def test_written_numbers_are_read_back(numbers, signs):
    texts = [written(value, decimals, *signs) for value, decimals in numbers]
    found = column(texts, *signs)
    assert found["value"].tolist() == [float(f"{value:.{decimals}f}") for value, decimals in numbers]


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.integers(1, 2)), min_size=4, max_size=4),
    st.sampled_from([(",", "."), (".", ","), (",", ""), (".", ""), (",", " "), (".", "'")]),
    st.sampled_from([";", "\t", ",", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
)
def test_csv_round_trip_by_suggestion_alone(tmp_path, numbers, signs, delimiter, encoding):
    """One or two decimals leave no doubt about the marks: what was written is read, whatever the signs."""
    cells = [written(value, decimals, *signs) for value, decimals in numbers]
    rows = [f'{key}{delimiter}"{cell}"' for key, cell in zip(KEYS, cells, strict=True)]
    path = write(tmp_path / "a.csv", "\n".join([f"AGS{delimiter}Übernachtungen 2020", *rows, ""]), encoding)
    reading = read(path)
    assert len(reading.refused) == 0
    assert reading.values.set_index("region_id")["value"].to_dict() == {
        key: float(f"{value:.{decimals}f}") for key, (value, decimals) in zip(KEYS, numbers, strict=True)
    }


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8), SIGNS)
def test_any_cell_is_a_number_a_mark_empty_or_refused(cells, signs):
    found = column(cells, *signs)
    ways = (
        found["value"].notna().astype(int)
        + found["value_status"].notna()
        + found["is_empty"]
        + found["reason"].notna()
    )
    assert (ways == 1).all()


def test_doubtful_marks_are_told():
    doubtful = pd.DataFrame({"a": ["1.234", "5.678"]})
    assert find_marks(doubtful, ";") == (",", ".", ["Bitte prüfen: „1.234“ wird als 1234 gelesen."])
    english = pd.DataFrame({"a": ["1,234", "5,678"]})
    assert find_marks(english, ",") == (".", ",", ["Bitte prüfen: „1,234“ wird als 1234 gelesen."])
    assert find_marks(english, ";") == (",", ".", ["Bitte prüfen: „1,234“ wird als 1,234 gelesen."])
    mixed = pd.DataFrame({"a": ["1,5", "2,5", "3.5"]})
    decimal, _, hints = find_marks(mixed, ";")
    assert decimal == "," and "uneinheitlich: 2 Zellen mit Komma, 1 mit Punkt" in hints[0]
    assert find_marks(pd.DataFrame({"a": ["1 234,5", "0,125"]}), ";") == (",", " ", [])


# Heads


@pytest.mark.parametrize(
    ("text", "title", "unit", "period", "date"),
    [
        ("Einwohner 2022", "Einwohner", "", "2022", ""),
        ("Einwohner am 31.12.2022", "Einwohner", "", "2022", "31.12.2022"),
        ("Wanderungssaldo 2011 bis 2021", "Wanderungssaldo", "", "2011-2021", ""),
        ("bev_2011-2021", "bev", "", "2011-2021", ""),
        ("Breitband 2021-06 (%)", "Breitband", "%", "2021-06", ""),
        ("Anteil Frauen in Prozent", "Anteil Frauen", "%", "", ""),
        ("Fläche [km2] 2020", "Fläche", "km²", "2020", ""),
        ("Ärzte je 1.000 Einwohner 2019", "Ärzte je 1.000 Einwohner", "je 1.000 Einwohner", "2019", ""),
        ("SvB (Arbeitsort) 2020", "SvB (Arbeitsort)", "", "2020", ""),
        ("Betriebe mit 12345 Plätzen", "Betriebe mit 12345 Plätzen", "", "", ""),
        ("2019", "", "", "2019", ""),
    ],
)
def test_heads_are_taken_apart(text, title, unit, period, date):
    found = parse_head(text)
    assert (found.title, found.unit_label, found.period, found.reference_date) == (title, unit, period, date)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2020", "2020"), ("30.06.2020", "2020"), ("2011 – 2021", "2011-2021"), ("2020-06", "2020-06"),
        ("2020-06-30", "2020"), ("2020/2021", "2020-2021"), ("202", None), ("1. Quartal 2020", None), ("20201", None),
    ],
)  # fmt: skip
def test_periods(text, period):
    assert period_of(text) == period


def test_slugs():
    assert slug("Ärzte & Größe (%)") == "aerzte_groesse_prozent"
    assert len(slug("x" * 200)) == 60 and slug("§§") == ""


# Other kinds of files


def test_workbook_with_several_sheets(tmp_path):
    rows = [
        ["Erhebung 2020"],
        [],
        ["AGS", "Name", "Wert 2020 (%)"],
        [5758036, "Vlotho", 1.5],
        [8426014, "x", "=A1+1"],
    ]
    rows += [[10042115.0, "Perl", "2,5"], ["Quelle: eigene"]]
    path = write_workbook(tmp_path / "a.xlsx", {"Hinweise": [["Bitte", "lesen"]], "Daten": rows})
    mapping = suggest(path)
    assert (mapping.file_kind, mapping.sheet, mapping.header_line) == ("excel", "Daten", 3)
    reading = read(path, mapping)
    assert reading.values.set_index("region_id")["value"].to_dict() == {"05758036": 1.5, "10042115": 2.5}
    told = lines_of(reading)
    assert "Formel" in told[5] and "Kein Schlüssel" in told[7] and set(told) == {5, 7}


def test_parquet(tmp_path):
    frame = pd.DataFrame({"ags": [5758036, 8426014, 10042115], "Wert 2020": [1.5, None, 3.0], "name": "x"})
    path = tmp_path / "a.parquet"
    frame.set_index("ags").to_parquet(path)
    module, recognition = formats.recognise(sample_of(path))
    assert module is generic_table
    reading = generic_table.read(sample_of(path), recognition.options["mapping"])
    assert reading.values.set_index("region_id")["value"].to_dict() == {"05758036": 1.5, "10042115": 3.0}
    assert "1 leere Zellen bleiben ohne Wert." in reading.notes
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError, match="Parquet-Datei ist beschädigt"):
        generic_table.suggest(sample_of(path))


# Damage


def test_broken_lines_and_contradictions(tmp_path):
    path = write(
        tmp_path / "a.csv",
        "AGS;Name;Wert 2020\n"
        "05758036;Vlotho;1,5\n"
        "08426014;Bad Schussenried\n"
        '10042115;"Perl;3\n'
        "15085228;Oberharz;4;zuviel\n"
        "05758036;Vlotho;1,5\n"
        "05758032;Rödinghausen;5\n"
        "05758032;Rödinghausen;6\n"
        '05758012;"Herford ""Stadt""";7\n'
        "05758004;Bünde;8\n",
    )
    reading = read(path)
    assert reading.values.set_index("region_id")["value"].to_dict() == {
        "05758036": 1.5,
        "05758012": 7,
        "05758004": 8,
    }
    assert reading.values["region_name"].tolist()[1] == 'Herford "Stadt"'
    told = lines_of(reading)
    assert set(told) == {3, 4, 5, 7, 8}
    assert told[3] == "Die Zeile hat 2 statt 3 Zellen" and told[5] == "Die Zeile hat 4 statt 3 Zellen"
    assert "Anführungszeichen" in told[4]
    assert "verschiedene Zahlen" in told[7] and "verschiedene Zahlen" in told[8]
    assert "1 wiederholte Werte wurden zusammengefasst." in reading.notes
    assert reading.rows_read == 9 and reading.refused["excerpt"].str.len().max() <= 120


def test_wrong_mapping_or_other_file(tmp_path):
    path = write(tmp_path / "a.csv", "AGS;Wert 2020\n05758036;1,5\n08426014;2,5\n")
    mapping = suggest(path)
    other = write(tmp_path / "b.csv", "AGS;Anzahl 2020\n05758036;1,5\n")
    with pytest.raises(FormatError, match=r"fehlen: „Wert 2020“.*vorhanden sind: AGS, Anzahl 2020"):
        read(other, mapping)
    mapping.decimal, mapping.thousands = ".", ","
    with pytest.raises(FormatError, match=r"kein Wert verwendbar.*Zeile 2"):
        read(path, mapping)
    mapping.header_line = 9
    with pytest.raises(FormatError, match="Zeile 9 ist leer oder fehlt"):
        read(path, mapping)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key_kind": "plz"}, "Art des Schlüssels „plz“"),
        ({"provenance": "geraten"}, "Herkunft „geraten“"),
        ({"thousands": ","}, "Dezimal- und Tausenderzeichen"),
        ({"values": []}, "keine Spalte mit Werten"),
        ({"name_column": "AGS"}, "„AGS“ ist zweimal verwendet"),
        ({"values": [ValueColumn("a", "A")]}, "fehlt der Zeitbezug"),
        ({"values": [ValueColumn("a", "A", period="2020 ca.")]}, "fehlt der Zeitbezug"),
        ({"values": [ValueColumn("a", "§", period="2020")]}, "keinen Titel"),
        ({"values": [ValueColumn(c, "A", period="2020") for c in "ab"]}, "mehreren Spalten zugeordnet"),
    ],
)
def test_contradictory_mappings(change, words):
    mapping = Mapping("AGS", "ags", [ValueColumn("a", "A", period="2020")])
    mapping.check()
    for name, value in change.items():
        setattr(mapping, name, value)
    with pytest.raises(FormatError, match=re.escape(words)):
        mapping.check()


def test_mapping_is_kept_as_json():
    mapping = Mapping("AGS", "ags", [ValueColumn("Größe 2020", "Größe", "ha", "2020")], provenance="amtlich")
    assert Mapping.from_json(mapping.to_json()) == mapping
    assert json.loads(mapping.to_json())["values"][0]["column"] == "Größe 2020"
    broken = [
        "", "[]", "{}", '{"values": 3}', '{"values": [], "key_column": 3, "key_kind": "ags"}',
        '{"values": [{"x": 1}], "key_column": "a", "key_kind": "ags"}',
        '{"values": [], "key_column": "a", "key_kind": "ags", "header_line": "1"}',
    ]  # fmt: skip
    for text in broken:
        with pytest.raises(FormatError, match="Zuordnung"):
            Mapping.from_json(text)


def test_provenance_and_source_are_the_users_choice(tmp_path):
    path = write(tmp_path / "a.csv", "AGS;Wert 2020\n05758036;1\n08426014;2\n")
    mapping = suggest(path)
    mapping.provenance, mapping.publisher, mapping.title = "synthetisch", "Kreis Herford", "Planspiel"
    source = read(path, mapping).source
    assert (source.provenance, source.publisher, source.title) == (
        "synthetisch",
        "Kreis Herford",
        "Planspiel",
    )


@pytest.mark.parametrize(
    "text", ["a;b\n1;2\n", "AGS;Name\n05758036;Vlotho\n08426014;x\n", "nur Text\nohne Tabelle\n"]
)
def test_what_is_no_table_is_not_taken(tmp_path, text):
    assert generic_table.suggest(sample_of(write(tmp_path / "a.csv", text))) is None


def test_missing_period_is_asked_for_and_may_come_from_the_file_name(tmp_path):
    path = write(tmp_path / "a.csv", "AGS;Wert\n05758036;1\n08426014;2\n")
    assert "Zeitbezug bitte angeben für: „Wert“." in suggest(path).hints
    with pytest.raises(FormatError, match="fehlt der Zeitbezug"):
        read(path)
    named = suggest(path.rename(tmp_path / "werte_2019.csv"))
    assert (
        named.values[0].period == "2019"
        and "Der Zeitbezug 2019 stammt aus dem Namen der Datei." in named.hints
    )


@settings(max_examples=50)
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_end_in_a_recognition_or_a_format_error(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(b"AGS;Wert 2020\n05758036;1\n" + content)
    try:
        mapping = generic_table.suggest(sample_of(path))
        if mapping:
            read(path, mapping)
    except FormatError:
        pass
