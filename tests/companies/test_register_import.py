"""Registers through the whole import: exact structure, every kind of bad row, persons, duplicates, replacing, undo."""

from __future__ import annotations

import zipfile

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kowis_data.import_files import import_files, undo
from tests.companies.registers import (
    BAD_SCHUSSENRIED,
    OBERHARZ,
    PERL,
    UNIT,
    VLOTHO,
    ask,
    run,
    structure,
    write,
)


def test_structure_of_a_small_register(own_database, tmp_path):
    rows = [
        f"1;A;C25.11.0;120;{VLOTHO}",
        f"2;B;2562;300;{VLOTHO}",
        f"3;C;25;110;{VLOTHO}",
        f"4;D;25.99;100;{VLOTHO}",
        f"5;E;47.11;4;{BAD_SCHUSSENRIED}",
        f"6;F;G47;0;{BAD_SCHUSSENRIED}",
        "7;G;56.10;12;8426062",  # Ingoldingen, a member of the same unit, without its zero
        f"8;H;Q;9;{PERL}",
    ]
    report = run(write(tmp_path / "r.csv", rows), own_database)
    assert (report.error, report.rows_read, report.refused_count) == ("", 8, 0)
    assert report.companies["used"] == 8 and report.companies["employees"] == 655
    assert structure(own_database) == [
        (UNIT[VLOTHO], "25", "C", "100-249", 3, 330, 0, 120, 110),
        (UNIT[VLOTHO], "25", "C", "250-499", 1, 300, 0, 300, None),
        (UNIT[BAD_SCHUSSENRIED], "47", "G", "0-9", 2, 4, 0, 4, 0),
        (UNIT[BAD_SCHUSSENRIED], "56", "I", "10-19", 1, 12, 0, 12, None),
        (UNIT[PERL], "00", "Q", "0-9", 1, 9, 0, 9, None),
    ]
    assert ask(own_database, "SELECT * EXCLUDE (source_id) FROM company_unit ORDER BY unit_id") == [
        (UNIT[VLOTHO], 4, 630, 0, 4, 300, 120),
        (UNIT[BAD_SCHUSSENRIED], 3, 16, 0, 0, 12, 4),
        (UNIT[PERL], 1, 9, 0, 0, 9, None),
    ]


BAD = [
    ("1;A;XX;5;{V}", "WZ-Code unbekannt"),
    ("1;A;34.1;5;{V}", "WZ-Code unbekannt"),
    ("1;A;;5;{V}", "WZ-Code fehlt"),
    ("1;A;25;-5;{V}", "Beschäftigte negativ"),
    ("1;A;25;7000000;{V}", "Beschäftigte unmöglich hoch"),
    ("1;A;25;viele;{V}", "Beschäftigte nicht lesbar"),
    ("1;A;25;5;99999999", "Gemeindeschlüssel unbekannt"),
    ("1;A;25;5;05758", "Gemeindeschlüssel unbekannt"),
    ("1;A;25;5;", "Ort fehlt"),
    ("1;A;25;5", "Zu wenige Spalten"),
    ("1;A;25;5;{V};6", "Zu viele Spalten"),
    ("9;B;25;5;{V}", "Kennung doppelt"),
    ("2; b g.m.b.h. ;25;5;{V}", "Name, Ort und Wirtschaftszweig doppelt"),
]


def test_bad_rows_are_counted_exampled_and_kept_out(own_database, tmp_path):
    rows = [f"9;B GmbH;25;10;{VLOTHO}", *(row.format(V=VLOTHO) for row, _ in BAD), f"8;C;28;20;{VLOTHO}"]
    report = run(write(tmp_path / "r.csv", rows), own_database)
    assert not report.error
    assert [(line, why) for line, why, _ in report.refused] == [(3 + n, why) for n, (_, why) in enumerate(BAD)]
    assert report.refused_reasons == {why: [w for _, w in BAD].count(why) for _, why in BAD}
    assert report.refused_count == len(BAD) and report.rows_read == len(BAD) + 2
    assert report.companies["used"] == 2
    kept = ask(own_database, "SELECT subject, value FROM company_report WHERE kind = 'refused'")
    assert dict(kept) == report.refused_reasons


def test_a_file_with_bad_rows_stops_where_wanted(own_database, tmp_path):
    before = ask(own_database, "SELECT count(*), sum(companies) FROM industry_structure")
    path = write(tmp_path / "r.csv", [f"1;A;25;10;{VLOTHO}", f"2;B;XX;10;{VLOTHO}"])
    report = run(path, own_database, on_error="stop")
    assert "1 fehlerhafte von 2 Zeilen" in report.error and "Zeile 3: WZ-Code unbekannt XX" in report.error
    assert ask(own_database, "SELECT count(*), sum(companies) FROM industry_structure") == before
    assert not run(write(tmp_path / "good.csv", [f"1;A;25;10;{VLOTHO}"]), own_database, on_error="stop").error


def test_a_repetition_of_a_spoilt_row_counts(own_database, tmp_path):
    report = run(write(tmp_path / "r.csv", [f"1;A;XX;10;{VLOTHO}", f"1;A;25;10;{VLOTHO}"]), own_database)
    assert report.companies["used"] == 1 and report.refused_reasons == {"WZ-Code unbekannt": 1}


def test_same_name_elsewhere_or_in_another_industry_is_another_company(own_database, tmp_path):
    rows = [f"1;A;25;10;{VLOTHO}", f"2;A;25;10;{PERL}", f"3;A;28;10;{VLOTHO}", f";A2;25;1;{PERL}", f";A3;25;1;{PERL}"]
    assert run(write(tmp_path / "r.csv", rows), own_database).companies["used"] == 5


def test_broken_encoding_in_one_line(own_database, tmp_path):
    rows = [f"{n};Bäcker {n};10.71;5;{VLOTHO}".encode() for n in range(5)]
    rows[2] = rows[2].replace("ä".encode(), b"\xe4")
    path = tmp_path / "r.csv"
    path.write_bytes(b"Crefo;Firma;WZ;Mitarbeiter;AGS\n" + b"\n".join(rows) + b"\n")
    report = run(path, own_database)
    assert report.refused == [(4, "Zeichen nicht lesbar (falsche Zeichenkodierung)", "")]
    assert report.companies["used"] == 4


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig"])
def test_encodings_of_whole_files(own_database, tmp_path, encoding):
    rows = [f"{n};Bäcker {n};10.71;5;32602;Vlotho" for n in range(3)] + ["4;Öl;47;5;87527;Sonthofen, Stadt"]
    path = write(tmp_path / "r.csv", rows, "Crefo;Firma;WZ;Beschäftigte;PLZ;Ort", encoding)
    assert run(path, own_database).companies["used"] == 4


def test_umlauts_that_come_late_do_not_hide_the_encoding(own_database, tmp_path):
    rows = [f"{n};Firma Nummer {n};25;5;66706;Perl" for n in range(4000)] + ["x;Öl;47;5;37115;Duderstädt"]
    path = write(tmp_path / "r.csv", rows, "Crefo;Firma;WZ;Mitarbeiter;PLZ;Ort", "latin-1")
    report = run(path, own_database)
    assert report.companies["used"] == 4001  # by its postcode, the name is misspelt


def test_an_endless_line_does_not_reach_memory(own_database, tmp_path):
    path = tmp_path / "r.csv"
    with path.open("wb") as file:
        file.write(f"Crefo;Firma;WZ;Mitarbeiter;AGS\n1;A;25;5;{VLOTHO}\n2;".encode())
        for _ in range(40):
            file.write(b"x" * 1_000_000)
        file.write(f";25;5;{VLOTHO}\n3;B;28;5;{VLOTHO}\n4;C;XX;5;{VLOTHO}\n".encode())
    report = run(path, own_database)
    assert [(line, why) for line, why, _ in report.refused] == [
        (3, "Zeile länger als 2 MB"),
        (5, "WZ-Code unbekannt"),
    ]
    assert report.companies["used"] == 2


def test_lines_are_told_with_blank_lines_line_breaks_and_mixed_ends(own_database, tmp_path):
    path = tmp_path / "r.csv"
    good = f"25;5;{VLOTHO}"
    lines = f'1;"A\nund B";{good}\n\n2;"C; D";{good}\r\n3;E;XX;5;{VLOTHO}\n4;F;{good}\n'
    path.write_bytes(f"Crefo;Firma;WZ;Mitarbeiter;AGS\n{lines}".encode())
    report = run(path, own_database)
    assert [(line, why, what) for line, why, what in report.refused] == [(6, "WZ-Code unbekannt", "XX")]
    assert report.companies["used"] == 3


def test_a_stray_quotation_mark_spoils_no_other_row(own_database, tmp_path):
    rows = [f"1;A;25;5;{VLOTHO}", f'2;"Gasthaus;56;5;{VLOTHO}', f"3;B;28;5;{VLOTHO}", f"4;C;28;5;{VLOTHO}"]
    assert run(write(tmp_path / "r.csv", rows), own_database).companies["used"] == 4


def test_persons_refuse_the_file_until_they_are_named(own_database, tmp_path):
    head = "Firma;Geschäftsführer;E-Mail;WZ;Mitarbeiter;AGS"
    path = write(tmp_path / "r.csv", [f"Kessler KG;Erika Muster;e@m.de;25;5;{VLOTHO}"], head)
    before = own_database.read_bytes()
    report = run(path, own_database)
    assert "„Geschäftsführer“, „E-Mail“" in report.error and "--name-personal" in report.error
    assert own_database.read_bytes() == before
    assert "„E-Mail“" in run(path, own_database, name_personal=("Geschäftsführer",)).error
    report = run(path, own_database, name_personal=("Geschäftsführer", "E-Mail"))
    assert not report.error and report.companies["used"] == 1
    for word in (b"Muster", b"e@m.de", b"Kessler"):
        assert word not in own_database.read_bytes()


def test_names_that_slipped_into_another_column_are_not_kept(own_database, tmp_path):
    rows = [f"1;A;25;5;{VLOTHO}", f"2;25;Kessler KG;5;{VLOTHO}"]
    report = run(write(tmp_path / "r.csv", rows), own_database)
    assert report.refused == [(3, "WZ-Code unbekannt", "KESSLER KG")]  # on screen, to find the row
    kept = ask(own_database, "SELECT report::VARCHAR FROM import_log")[0][0]
    assert "KESSLER" not in kept.upper() and "WZ-Code unbekannt" in kept


def test_classes_and_missing_numbers_are_estimated_and_marked(own_database, tmp_path):
    rows = [f"{n};N{n};25;{n};{VLOTHO}" for n in range(11, 22)]  # eleven of 11 to 21: median 16
    rows += [f"100;A;28;10-49;{PERL}", f"101;B;25;;{PERL}", f"102;C;56;10 bis 49;{OBERHARZ}"]
    rows += [f"103;D;56;250+;{OBERHARZ}"]
    report = run(write(tmp_path / "r.csv", rows), own_database)
    assert structure(own_database)[-4:] == [
        (UNIT[PERL], "25", "C", "10-19", 1, 16, 16, 16, None),
        (UNIT[PERL], "28", "C", "10-19", 1, 16, 16, 16, None),
        (UNIT[OBERHARZ], "56", "I", "10-19", 1, 16, 16, 16, None),  # class in all sections
        (UNIT[OBERHARZ], "56", "I", "250-499", 1, 353.6, 353.6, 353.6, None),  # fixed figure of the class
    ]
    assert report.companies["employees_estimated"] == pytest.approx(401.6)
    assert any("4 Unternehmen sind die Beschäftigten geschätzt" in note for note in report.notes)


def test_a_column_of_classes_beside_the_numbers(own_database, tmp_path):
    head = "Firma;WZ;Mitarbeiter;Größenklasse;AGS"
    rows = [f"A;25;7;250+;{VLOTHO}", f"B;25;;3;{VLOTHO}", f"C;25;;9;{VLOTHO}", f"D;25;;unter 10;{VLOTHO}"]
    report = run(write(tmp_path / "r.csv", rows, head), own_database, size_codes={"3": "50 bis 249"})
    assert report.refused_reasons == {"Größenklasse unbekannt": 1}
    assert [row[3:6] for row in structure(own_database)] == [("0-9", 2, 10), ("100-249", 1, 111.6)]


def test_no_size_anywhere_is_refused(own_database, tmp_path):
    report = run(write(tmp_path / "r.csv", [f"1;A;25;;{VLOTHO}"]), own_database)
    assert "Kein Unternehmen des Registers nennt seine Größe" in report.error


def test_no_usable_row_is_refused(own_database, tmp_path):
    report = run(write(tmp_path / "r.csv", [f"{n};A;25;5;99999999" for n in range(3)]), own_database)
    assert "keine Zeile verwendbar" in report.error and "3-mal Gemeindeschlüssel unbekannt" in report.error


def test_edition_2025_detected_and_asked(own_database, tmp_path):
    rows = [f"1;A;L64;5;{VLOTHO}", f"2;B;47;5;{VLOTHO}", f"3;C;95.31;5;{VLOTHO}"]
    path = write(tmp_path / "r.csv", rows)
    report = run(path, own_database)
    assert [row[1:3] for row in structure(own_database)] == [("45", "G"), ("47", "G"), ("64", "K")]
    assert any("WZ 2025 (an den Codes erkannt)" in note for note in report.notes)
    assert any(note.startswith("1 Zeilen nennen nach WZ 2025 nur die Abteilung") for note in report.notes)
    other = run(write(tmp_path / "s.csv", [*rows, ""]), own_database, wz_version="2008")
    assert other.refused_reasons == {"WZ-Code unbekannt": 1}


def test_columns_named_by_the_user(own_database, tmp_path):
    head = "Was;Betrieb;Schlagwort;Leute;Wo"
    path = write(tmp_path / "r.csv", [f"1;A;25;5;{VLOTHO}"], head)
    assert run(path, own_database).title != "Unternehmensregister"
    head = "Nr;Firma;WZ;Mitarbeiter;Leute;Gemeinde;AGS"
    path = write(tmp_path / "r.csv", [f"1;A;25;5;17;Perl;{VLOTHO}"], head)
    report = run(path, own_database, mapping={"beschaeftigte": "Leute", "ags": "", "ort": "Gemeinde"})
    assert structure(own_database) == [(UNIT[PERL], "25", "C", "10-19", 1, 17, 0, 17, None)]
    assert "„Gibtsnicht“" in run(path, own_database, mapping={"wz": "Gibtsnicht"}).error
    assert "„farbe“" in run(path, own_database, mapping={"farbe": "WZ"}).error
    assert not report.error


def test_a_real_register_replaces_the_synthetic_one_and_undo_brings_it_back(own_database, tmp_path):
    assert ask(own_database, "SELECT DISTINCT source_id FROM industry_structure") == [("demo_register",)]
    with duckdb.connect(str(own_database)) as con:
        con.execute(
            "INSERT INTO observation VALUES ('population', 'unit', '057580036', '1900', 1, NULL, 'demo_register')"
        )
        con.execute("INSERT INTO indicator_period VALUES ('population', '1900', '1900', '', 'x')")
    first = write(tmp_path / "r.csv", [f"1;A;25;10;{VLOTHO}"])
    run(first, own_database, provenance="amtlich", title="Register 2024")
    (source,) = ask(own_database, "SELECT DISTINCT source_id FROM industry_structure")
    assert ask(own_database, f"SELECT title, provenance FROM source WHERE source_id = '{source[0]}'") == [
        ("Register 2024", "amtlich")
    ]
    assert ask(own_database, "SELECT count(*) FROM source WHERE source_id = 'demo_register'") == [(0,)]
    assert ask(own_database, "SELECT count(*) FROM observation WHERE source_id = 'demo_register'") == [(0,)]
    run(write(tmp_path / "s.csv", [f"1;A;25;20;{PERL}"]), own_database)
    assert [row[0] for row in structure(own_database)] == [UNIT[PERL]]
    undo(own_database)
    assert [row[0] for row in structure(own_database)] == [UNIT[VLOTHO]]
    # What a later register had pushed out can be imported again.
    run(write(tmp_path / "s.csv", [f"1;A;25;20;{PERL}"]), own_database)
    assert not run(first, own_database).unchanged
    undo(own_database)
    assert ask(own_database, "SELECT DISTINCT unit_id FROM industry_structure") == [(UNIT[PERL],)]


def test_undo_of_the_first_register_brings_back_the_synthetic_one(own_database, tmp_path):
    content = "SELECT count(*), bit_xor(hash(s)) FROM industry_structure s"
    before = ask(own_database, content)
    run(write(tmp_path / "r.csv", [f"1;A;25;10;{VLOTHO}"]), own_database)
    undo(own_database)
    assert ask(own_database, content) == before


def test_the_same_file_twice_changes_nothing(own_database, tmp_path):
    path = write(tmp_path / "r.csv", [f"1;A;25;10;{VLOTHO}"])
    run(path, own_database)
    before = own_database.read_bytes()
    assert run(path, own_database).unchanged
    assert own_database.read_bytes() == before


def test_parquet_and_zip_give_the_same(own_database, tmp_path):
    rows = [(1, "A", "25.1", 5, VLOTHO), (2, "B", "XX", 6, PERL), (3, "C", "28", None, PERL)]
    cells = ", ".join(f"({a}, '{b}', '{c}', {'NULL' if d is None else d}, '{e}')" for a, b, c, d, e in rows)
    duckdb.execute(
        f"COPY (SELECT * FROM (VALUES {cells}) t(Crefo, Firma, WZ, Mitarbeiter, AGS)) TO '{tmp_path / 'r.parquet'}'"
    )
    report = run(tmp_path / "r.parquet", own_database)
    assert report.refused == [(2, "WZ-Code unbekannt", "XX")]
    found = structure(own_database)
    assert len(found) == 2
    text = [";".join("" if cell is None else str(cell) for cell in row) for row in rows]
    plain = write(tmp_path / "r.csv", text, "Crefo;Firma;WZ;Mitarbeiter;AGS")
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as archive:
        archive.write(plain, "ordner/r.csv")
    report = run(tmp_path / "r.zip", own_database)
    assert report.refused == [(3, "WZ-Code unbekannt", "XX")]
    assert structure(own_database) == found


@pytest.mark.parametrize("mark", [",", "\t", "|"])
def test_other_delimiters_and_english_heads(own_database, tmp_path, mark):
    head = mark.join(["company id", "Company name", "NACE code", "Employees", "AGS"])
    path = write(tmp_path / "r.csv", [mark.join(["1", "A", "25.1", "5", VLOTHO])], head)
    assert run(path, own_database).companies["used"] == 1


def test_tables_of_sums_are_no_registers(own_database, tmp_path):
    path = write(tmp_path / "t.csv", [f"{VLOTHO};120;17"], "AGS;Beschäftigte 2020;Betriebe 2020")
    assert import_files([path], own_database).files[0].title != "Unternehmensregister"


row = st.tuples(
    st.sampled_from(["25.11", "C", "47", "XX", "", "96.02", "34"]),
    st.sampled_from(["0", "5", "49", "50", "1.200", "-1", "10-49", "", "unklar", "250+"]),
    st.sampled_from([VLOTHO, PERL, "8426062", "07000000", "", "084265002"]),
)


@settings(max_examples=6)
@given(st.lists(row, min_size=1, max_size=30))
def test_every_row_is_counted_once_and_sums_are_kept(built_database, tmp_path_factory, rows):
    """Rows = companies + refused; companies and employees agree between structure, units and report."""
    folder = tmp_path_factory.mktemp("conserved")
    database = folder / "k.duckdb"
    database.write_bytes(built_database.read_bytes())
    lines = [f"{n};Firma {n};{wz};{size};{ags}" for n, (wz, size, ags) in enumerate(rows)]
    # One sound row of each kind, so that there is always something to estimate from.
    lines.append(f"x;Sicher;28;30;{OBERHARZ}")
    report = run(write(folder / "r.csv", lines, "Crefo;Firma;WZ;Mitarbeiter;AGS"), database)
    assert not report.error
    assert report.companies["used"] + report.refused_count == len(lines) == report.rows_read
    bad = ("XX", "34", "", "-1", "unklar", "07000000")
    good = sum(w not in bad and s not in ("-1", "unklar") and a not in bad for w, s, a in rows)
    assert report.companies["used"] == good + 1
    cells = ask(
        database,
        "SELECT sum(companies), sum(employees), sum(employees_estimated), bool_and(employees_estimated <= employees), "
        "bool_and(largest_employees <= employees), bool_and((companies = 1) = (second_employees IS NULL)) "
        "FROM industry_structure",
    )[0]
    units = ask(database, "SELECT sum(companies), sum(employees), sum(employees_estimated) FROM company_unit")[0]
    assert cells[:3] == pytest.approx(units) and all(cells[3:])
    assert cells[:2] == pytest.approx((report.companies["used"], report.companies["employees"]))
