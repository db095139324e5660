"""A register beside official totals in the layouts of GENESIS, worked out by hand."""

from __future__ import annotations

import pytest

from kowis_data.companies.calibration import sections_of
from kowis_data.import_files import import_files
from tests.companies.registers import PERL, VLOTHO, ask, run, write

CLASSIC = """GENESIS-Tabelle: 52111-02-01-4
Unternehmen nach Wirtschaftsabschnitten (WZ 2008);;;;
- Berichtsjahr -;;;;
regionale Tiefe: Kreise und krfr. Städte;;;;
Unternehmensregister;;;;
Unternehmen (Anzahl);;;;
2022;;;;
;;WZ2008 (Abschnitte);WZ2008 (Abschnitte);WZ2008 (Abschnitte)
;;Insgesamt;Verarbeitendes Gewerbe;Baugewerbe
DG;Deutschland;3435478;230000;390000
05758;      Herford, Kreis;10000;18;100
10042;      Merzig-Wadern, Landkreis;4000;.;500
____________________
Quelle: Statistische Ämter des Bundes und der Länder
"""
FLAT_HEAD = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;2_variable_attribute_code;"
    "2_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label"
)
FLAT_ROW = (
    "13111;Beschäftigungsstatistik;STAG;Stichtag;{date};KREISE;Kreise;05758;Herford, Kreis;WZ08X1;"
    "Wirtschaftsabschnitte (WZ2008);{code};{label};{value};Anzahl;ERW032;"
    "Sozialversicherungspfl. Beschäftigte (Arbeitsort)"
)


@pytest.fixture
def official_tables(tmp_path):
    classic = tmp_path / "52111.csv"
    classic.write_text(CLASSIC, encoding="utf-8")
    flat = tmp_path / "13111.csv"
    rows = [("2022-06-30", "WZ08-B-E", "Produzierendes Gewerbe ohne Baugewerbe", 900),
            ("2020-06-30", "WZ08-B-E", "Produzierendes Gewerbe ohne Baugewerbe", 1),
            ("2022-06-30", "WZ08-F", "Baugewerbe", 5000),
            ("2022-06-30", "", "Insgesamt", 98000)]  # fmt: skip
    lines = [FLAT_ROW.format(date=d, code=c, label=label, value=v) for d, c, label, v in rows]
    flat.write_text("\n".join([FLAT_HEAD, *lines, ""]), encoding="utf-8")
    return [classic, flat]


@pytest.fixture
def register(tmp_path):
    # Vlotho: 12 manufacturers with 50 each (600), 6 builders with 10 each (60); Perl: 2 builders.
    rows = [f"{n};M{n};25;50;{VLOTHO}" for n in range(12)] + [f"{n};B{n};43;10;{VLOTHO}" for n in range(20, 26)]
    return write(tmp_path / "r.csv", [*rows, f"40;C;43;10;{PERL}", f"41;D;43;10;{PERL}"])


EXPECTED = [
    # county, sections, companies of register and official, employees of both, factors
    ("05758", "B-E", 12, None, 600, 900, None, 1.5),
    ("05758", "C", 12, 18, 600, None, 1.5, None),
    ("05758", "F", 6, 100, 60, 5000, None, None),  # 16.7 and 83: beyond the bounds
    ("10042", "F", 2, 500, 20, None, None, None),  # fewer than five companies
]


@pytest.mark.parametrize("register_first", [True, False])
def test_comparison_and_factors(own_database, official_tables, register, register_first):
    if register_first:
        report = run(register, own_database)
        assert any(note.startswith("Mit amtlichen Zahlen verglichen wurde nicht") for note in report.notes)
        assert import_files(official_tables, own_database).is_complete
    else:
        assert import_files(official_tables, own_database).is_complete
        report = run(register, own_database)
        assert (
            "Unternehmen gegenüber amtlichen Zahlen in 3 Kreis-Abschnitten: 20 im Register, 618 amtlich; "
            "1 Faktoren zum Hochrechnen, im Mittel (Median) 1,50."
        ) in report.notes
    query = "SELECT * EXCLUDE (source_id) FROM register_calibration ORDER BY county_id, wz_section"
    assert ask(own_database, query) == EXPECTED
    calibrated = ask(
        own_database,
        "SELECT unit_id, wz_section, sum(companies), sum(employees), any_value(factor_companies) "
        "FROM industry_structure_calibrated GROUP BY ALL ORDER BY ALL",
    )
    assert calibrated == [
        ("057580036", "C", 18, 900, 1.5),  # companies by C, employees by the group B-E that holds it
        ("057580036", "F", 6, 60, None),
        ("100420115", "F", 2, 20, None),
    ]


def test_the_synthetic_register_is_not_compared(own_database, official_tables):
    import_files(official_tables, own_database)
    assert ask(own_database, "SELECT count(*) FROM register_calibration") == [(0,)]


@pytest.mark.parametrize(
    ("indicator_id", "title", "group"),
    [
        ("genesis_13111_erw032_wz08x1_wz08_c", "x", "C"),
        ("genesis_13111_erw032_wz08x1_wz08_b_e", "x", "B-E"),
        ("g", "Unternehmen, WZ2008 (Abschnitte): Verarbeitendes Gewerbe [52111-02-01-4]", "C"),
        ("g", "Unternehmen, C Verarbeitendes Gewerbe [52111-02-01-4]", "C"),
        ("g", "Unternehmen: Baugewerbe (F) [52111-02-01-4]", "F"),
        ("g", "Beschäftigte: Produzierendes Gewerbe ohne Baugewerbe (B-E) [13111-07-05-4]", "B-E"),
        ("g", "Beschäftigte: Produzierendes Gewerbe [13111-07-05-4]", "B-F"),
        ("g", "Unternehmen, WZ2008 (Abschnitte): Insgesamt [52111-02-01-4]", None),
        ("g", "Unternehmen [52111-02-01-4]", None),
    ],
)
def test_sections_of_features(indicator_id, title, group):
    assert sections_of(indicator_id, title) == group
