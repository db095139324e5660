"""Tables of one's own: the mapping from suggestion to import, what fits today's regions, the files to start from."""

from __future__ import annotations

import dataclasses
import json
from io import BytesIO

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data import import_files
from kowis_data.commands import main
from kowis_data.formats.generic_mapping import KEY_KINDS, Mapping, ValueColumn, template_csv
from kowis_data.formats.reading import FormatError
from kowis_data.imports import own_tables, templates

TABLE = """\
Gemeinde;Bundesland;Leerstand 2022 (%);Läden 2022 (Anzahl)
Vlotho;Nordrhein-Westfalen;7,5;41
Perl;Saarland;3,25;20
Bad Schussenried;Baden-Württemberg;-999;33
Oberharz am Brocken;Sachsen-Anhalt;.;12
Neuenkirchen;Niedersachsen;1;2
Nirgendheim;Bayern;2;2
Vlotho;Niemandsland;5;5
"""


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "laeden.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def item(table, tmp_path):
    return import_files.preview([table], tmp_path)[0]


def own_values(database) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(
            "SELECT i.title, o.level, o.region_id, o.period, o.value, o.value_status FROM observation o "
            "JOIN indicator i USING (indicator_id) WHERE i.title LIKE '%[eigene Tabelle]' ORDER BY ALL"
        ).fetchall()


def test_suggestion_knows_land_and_counts(item):
    mapping = import_files.suggested_mapping(item)
    assert (mapping.key_column, mapping.key_kind, mapping.state_column) == ("Gemeinde", "name", "Bundesland")
    assert [column.aggregation for column in mapping.values] == ["none", "sum"]
    assert mapping.provenance == "veroeffentlicht"


def test_fit_says_what_will_be_read(item, built_database):
    mapping = dataclasses.replace(import_files.suggested_mapping(item), missing_marks="keine Daten; -999")
    fit = import_files.fit_of_mapping(item, mapping, built_database)
    assert (fit.rows, fit.keys, fit.fitting) == (7, 6, 4)
    assert fit.unknown == [("Nirgendheim", "")]
    ((name, counties),) = fit.ambiguous
    assert name == "Neuenkirchen" and counties.count(",") >= 2
    assert fit.refused == [(8, "Kein Bundesland in Spalte „Bundesland“", fit.refused[0][2])]
    assert fit.first_rows[0] == (2, "Vlotho", "Vlotho", "2022", "Leerstand", 7.5, None)
    # -999 says nothing, the dot says "secret".
    assert not [row for row in fit.first_rows if row[1] == "Bad Schussenried" and row[4] == "Leerstand"]
    assert [row[6] for row in fit.first_rows if row[1] == "Oberharz am Brocken"] == ["geheim", None]


def test_town_names_need_their_land(tmp_path, built_database):
    path = tmp_path / "orte.csv"
    path.write_text("Ort;Land;Läden 2022\nNeuenkirchen;Schleswig-Holstein;3\nPerl;10;4\nVlotho;5;1\n", encoding="utf-8")
    item = import_files.preview([path], tmp_path)[0]
    mapping = import_files.suggested_mapping(item)
    assert mapping.state_column == "Land"
    without = dataclasses.replace(mapping, state_column="")
    assert [row[0] for row in import_files.fit_of_mapping(item, without, built_database).ambiguous] == ["Neuenkirchen"]


def test_confirmed_table_reaches_the_atlas_with_its_provenance(item, own_copy):
    mapping = import_files.suggested_mapping(item)
    mapping.missing_marks, mapping.publisher, mapping.licence = "-999", "Stadtmarketing", "CC BY 4.0"
    mapping.values[1].reference_date = "30.09.2022"
    confirmed = import_files.confirm_mapping(item, mapping)
    report = import_files.import_previews([confirmed], own_copy, lambda share, words: None)
    # One row has no Land that exists, so not everything the file announces is in.
    assert report.database_changed and not report.files[0].error and not report.is_complete
    assert report.files[0].not_carried[0][1:] == ("Neuenkirchen", "(nicht im Verzeichnis oder mehrfach)")
    found = own_values(own_copy)
    assert ("Läden [eigene Tabelle]", "municipality", "08426014", "2022", 33.0, None) in found
    # Bad Schussenried has a partner in its association: the sum of one member alone would be wrong.
    assert not [row for row in found if row[2] == "084265002"]
    assert ("Leerstand [eigene Tabelle]", "unit", "057580036", "2022", 7.5, None) in found
    with duckdb.connect(str(own_copy), read_only=True) as con:
        facts = con.execute(
            "SELECT DISTINCT s.provenance, s.publisher, s.licence, p.reference_date, i.decimals FROM indicator i "
            "JOIN source s USING (source_id) JOIN indicator_period p USING (indicator_id) "
            "WHERE i.title LIKE 'Läden [eigene%'"
        ).fetchall()
    assert facts == [("veroeffentlicht", "Stadtmarketing", "CC BY 4.0", "30.09.2022", 0)]


def test_unconfirmed_table_is_not_read(item, own_copy):
    before = own_copy.read_bytes()
    report = import_files.import_previews([item], own_copy, lambda share, words: None)
    assert "noch nicht bestätigt" in report.files[0].error and own_copy.read_bytes() == before


def test_each_period_keeps_its_own_reference_date(tmp_path, own_copy):
    path = tmp_path / "jahre.csv"
    path.write_text("AGS;Läden 30.06.2021;Läden 31.12.2022\n05758036;40;41\n10042115;19;20\n", encoding="utf-8")
    item = import_files.preview([path], tmp_path)[0]
    confirmed = import_files.confirm_mapping(item, import_files.suggested_mapping(item))
    import_files.import_previews([confirmed], own_copy, lambda share, words: None)
    with duckdb.connect(str(own_copy), read_only=True) as con:
        found = con.execute(
            "SELECT period, reference_date FROM indicator_period JOIN indicator USING (indicator_id) "
            "WHERE title LIKE 'Läden%' ORDER BY ALL"
        ).fetchall()
    assert found == [("2021", "30.06.2021"), ("2022", "31.12.2022")]


def test_county_values_are_county_context(tmp_path, own_copy):
    path = tmp_path / "kreise.csv"
    path.write_text("Kreis;Betriebe 2022\n05758;40\n08426;41\n10042;20\n15085;11\n", encoding="utf-8")
    item = import_files.preview([path], tmp_path)[0]
    confirmed = import_files.confirm_mapping(item, import_files.suggested_mapping(item))
    import_files.import_previews([confirmed], own_copy, lambda share, words: None)
    with duckdb.connect(str(own_copy), read_only=True) as con:
        assert con.execute("SELECT is_county_context FROM indicator WHERE title LIKE 'Betriebe%'").fetchall() == [
            (True,)
        ]


def test_same_title_with_another_unit_is_refused(tmp_path, own_copy):
    reports = []
    for number, unit in enumerate(("%", "Anzahl")):
        path = tmp_path / f"{number}.csv"
        path.write_text(f"AGS;Leerstand 202{number} ({unit})\n05758036;4{number}\n10042115;19\n", encoding="utf-8")
        item = import_files.preview([path], tmp_path)[0]
        confirmed = import_files.confirm_mapping(item, import_files.suggested_mapping(item))
        reports.append(import_files.import_previews([confirmed], own_copy, lambda share, words: None))
    assert reports[0].is_complete
    assert "anderer Einheit" in reports[1].files[0].error and not reports[1].database_changed


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


@given(
    st.builds(
        Mapping,
        key_column=TEXTS,
        key_kind=st.sampled_from(list(KEY_KINDS)),
        values=st.lists(st.builds(ValueColumn, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, st.booleans(), TEXTS), max_size=3),
        title=TEXTS,
        header_line=st.integers(0, 9),
    )
)
def test_mapping_survives_toml_and_json(tmp_path_factory, mapping):
    path = tmp_path_factory.mktemp("mapping") / "m.toml"
    for text in (own_tables.mapping_toml(mapping), mapping.to_json()):
        path.write_text(text, encoding="utf-8")
        assert own_tables.read_mapping(path) == mapping


@pytest.mark.parametrize("text", ["", "key_column = 3", "[[values]]\nspalte = 1", "{", "\x00", '{"values": 1}'])
def test_damaged_mapping_is_told_in_german(tmp_path, text):
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="Zuordnung"):
        own_tables.read_mapping(path)


def test_kept_mapping_takes_the_year_of_the_new_file():
    kept = Mapping("AGS", "ags", [ValueColumn("Quote", "Leerstand", "%", "2022", aggregation="mean")], title="Alt 2022")
    new = Mapping(
        "AGS", "ags", [ValueColumn("Quote", "Quote", "", "2023")], delimiter=",", decimal=".", title="Neu 2023"
    )
    found = own_tables.remembered(new, kept.to_json())
    assert (found.values[0].title, found.values[0].period, found.values[0].aggregation) == ("Leerstand", "2023", "mean")
    assert (found.title, found.delimiter, found.decimal) == ("Neu 2023", ",", ".")


def test_all_columns_are_offered():
    mapping = Mapping("AGS", "ags", [ValueColumn("a 2022", "a")])
    offered = own_tables.with_all_columns(mapping, ["AGS", "a 2022", "Bemerkung 2021 (%)"])
    assert [(c.column, c.title, c.period, c.used) for c in offered] == [
        ("a 2022", "a", "", True),
        ("Bemerkung 2021 (%)", "Bemerkung", "2021", False),
    ]


def test_templates_can_be_imported_as_they_are(tmp_path, own_copy, capsys):
    assert main(["template", "--folder", str(tmp_path)]) == 0
    assert main(["template", "--folder", str(tmp_path)]) == 0 and "schon da" in capsys.readouterr().out
    excel = pd.read_excel(tmp_path / templates.EXCEL_NAME, dtype={0: "str"})
    assert list(excel.iloc[:, 0]) == ["05758036", "08426014", "10042115", "15085228"]
    command = ["import", str(tmp_path / templates.CSV_NAME), "--database", str(own_copy)]
    assert main(command) == 1 and "--mapping" in capsys.readouterr().out
    assert main([*command, "--mapping", str(tmp_path / templates.MAPPING_NAME)]) == 0
    # The inhabitants of the template are those of the register: they must agree with the study's four towns.
    assert ("Einwohner [eigene Tabelle]", "unit", "057580036", "2021", 18334.0, None) in own_values(own_copy)
    assert BytesIO(template_csv()).read() == (tmp_path / templates.CSV_NAME).read_bytes()


def test_mapping_for_a_file_from_the_command_line(table, tmp_path, own_copy, capsys):
    assert main(["template", str(table), "--folder", str(tmp_path)]) == 0
    written = tmp_path / "laeden.csv.zuordnung.toml"
    command = ["import", str(table), "--database", str(own_copy), "--mapping", str(written), "--json"]
    capsys.readouterr()
    assert main(command) == 1  # not everything is in: one row was refused
    assert json.loads(capsys.readouterr().out)["files"][0]["refused_count"] == 1
    assert main(["template", str(table), "--folder", str(tmp_path)]) == 1
    assert "gibt es schon" in capsys.readouterr().err
