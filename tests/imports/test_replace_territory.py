"""A newer register takes the place of today's when confirmed, and stands beside it otherwise."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import duckdb
import pytest

from kowis_data.import_files import confirmations, import_files, preview, undo
from tests.imports import registers

SCHUSSENRIED, INGOLDINGEN = "08426014", "08426062"
PERL, LOSHEIM, BORDERLAND = "10042115", "10042112", "10042199"
TIEFENBACH, BUCHAU, RIEDLINGEN = "08426118", "084265001", "084265007"
WARTBURG, RENUMBERED = "16063", "16099"


def changed_tables() -> dict:
    """Two members of an association merge into one town; two towns become one under a new name and key; a county
    gets another number; a municipality changes its association; one takes another name."""
    tables = registers.shipped()
    registers.merge(tables, [INGOLDINGEN], SCHUSSENRIED, unit_id="084260014", ars="084260014014")
    registers.merge(
        tables, [PERL], LOSHEIM, ags=BORDERLAND, ars="100420199199", unit_id="100420199", name="Grenzland"
    )
    registers.move(tables, TIEFENBACH, RIEDLINGEN)
    registers.renumber_county(tables, WARTBURG, RENUMBERED)
    municipalities = tables["municipalities"]
    municipalities.loc[municipalities["ags"] == "05758036", "name"] = "Vlotho an der Weser"
    alone = "verbandsfreie Gemeinde/Einheitsgemeinde"
    tables["units"].loc[len(tables["units"])] = ["084260014", "Bad Schussenried", alone, "50"]
    tables["units"].loc[len(tables["units"])] = ["100420199", "Grenzland", alone, "50"]
    return tables


@pytest.fixture(scope="session")
def newer_register(tmp_path_factory) -> Path:
    return registers.write_gv100ad(tmp_path_factory.mktemp("register") / "gv100ad.txt", changed_tables())


@pytest.fixture(scope="session")
def replaced(built_database, newer_register, tmp_path_factory):
    """(path, report) of a database whose territory was replaced; not to be changed."""
    path = Path(shutil.copy(built_database, tmp_path_factory.mktemp("replaced") / "atlas.duckdb"))
    with duckdb.connect(str(path)) as con:
        # A rate that nothing weighs: it cannot be merged.
        con.execute(
            "INSERT INTO indicator BY NAME SELECT * REPLACE ('rate' AS indicator_id, 'none' AS aggregation, "
            "NULL AS weight_indicator) FROM indicator WHERE indicator_id = 'settlement_traffic_area_share_pct'"
        )
        con.execute("INSERT INTO indicator_period VALUES ('rate', '2023', '31.12.2023', '30.06.2024', NULL)")
        for ags, rate in ((PERL, 1.5), (LOSHEIM, 2.5), ("16063003", 3.5)):
            con.execute(
                "INSERT INTO observation VALUES ('rate', 'municipality', ?, '2023', ?, NULL, 'zensus_1000a_0000')",
                [ags, rate],
            )
    report = import_files([newer_register], path, replace_territory=True)
    return path, report


@pytest.fixture(scope="session")
def new(replaced):
    with duckdb.connect(str(replaced[0]), read_only=True) as con:
        yield con


@pytest.fixture(scope="session")
def old(built_database):
    with duckdb.connect(str(built_database), read_only=True) as con:
        yield con


def one(con, query: str, *parameters):
    return con.execute(query, list(parameters)).fetchall()[0][0]


def value(con, indicator_id: str, level: str, region_id: str, period: str = "2022"):
    rows = con.execute(
        "SELECT value FROM best_observation WHERE indicator_id = ? AND level = ? AND region_id = ? AND period = ?",
        [indicator_id, level, region_id, period],
    ).fetchall()
    return rows[0][0] if rows else None


def test_the_report_says_what_happened(replaced):
    report = replaced[1].files[0]
    assert replaced[1].is_complete and replaced[1].database_changed
    said = " ".join(report.notes)
    assert "31.12.2025 gilt jetzt anstelle von 30.06.2024" in said
    assert "Ingoldingen (08426062) → Bad Schussenried (08426014)" in said
    assert "gleicher Name, neuer Schlüssel (30)" in said
    assert "1 Gemeinden wechselten den Verband" in said and TIEFENBACH in said


def test_towns_follow(new):
    assert one(new, "SELECT value FROM build_info WHERE key = 'territorial_status'") == "31.12.2025"
    units = dict(new.execute("SELECT unit_id, town_type FROM unit").fetchall())
    assert len(units) == 4595
    assert units["084260014"] == "groessere_kleinstadt" and "084265002" not in units
    assert units["100420199"] == "kleinere_mittelstadt"
    assert one(new, "SELECT count(*) FROM municipality") == 10_957
    assert one(new, "SELECT name FROM municipality WHERE ags = '05758036'") == "Vlotho an der Weser"
    assert one(new, "SELECT count(*) FROM municipality WHERE county_id = ?", RENUMBERED) == 30
    assert one(new, "SELECT name FROM county WHERE county_id = ?", RENUMBERED) == "Wartburgkreis"


def test_what_the_register_lacks_is_kept(new, old):
    """GV100AD has neither coordinates nor Reisegebiet; a merged town has those of its largest part."""
    query = "SELECT lon, lat, travel_area, urbanisation FROM municipality WHERE ags = ?"
    assert new.execute(query, ["05758036"]).fetchall() == old.execute(query, ["05758036"]).fetchall()
    assert new.execute(query, [BORDERLAND]).fetchall() == old.execute(query, [LOSHEIM]).fetchall()
    assert one(new, "SELECT region FROM state WHERE state_id = '16'") == "Ostdeutschland"


@pytest.mark.parametrize("indicator_id", ["census_population", "settlement_traffic_area_km2", "population"])
def test_totals_are_conserved(new, old, indicator_id):
    query = (
        "SELECT period, round(sum(value), 6) FROM observation WHERE indicator_id = ? AND level = ? "
        "AND source_id NOT LIKE 'register_%' GROUP BY period ORDER BY period"
    )
    for level in ("municipality", "unit", "county", "state"):
        before = old.execute(query, [indicator_id, level]).fetchall()
        after = new.execute(query, [indicator_id, level]).fetchall()
        assert [period for period, _ in before] == [period for period, _ in after] and before
        assert [total for _, total in after] == pytest.approx([total for _, total in before]), level


def test_values_are_carried_and_summed_up_anew(new, old):
    parts = [value(old, "census_population", "municipality", ags) for ags in (SCHUSSENRIED, INGOLDINGEN)]
    assert value(new, "census_population", "municipality", SCHUSSENRIED) == sum(parts)
    assert value(new, "census_population", "unit", "084260014") == sum(parts)
    moved = value(old, "census_population", "municipality", TIEFENBACH)
    for unit_id, sign in ((BUCHAU, -1), (RIEDLINGEN, 1)):
        before = value(old, "census_population", "unit", unit_id)
        assert value(new, "census_population", "unit", unit_id) == before + sign * moved
    assert value(new, "income_per_taxpayer", "county", RENUMBERED, "2021") == value(
        old, "income_per_taxpayer", "county", WARTBURG, "2021"
    )
    keys = new.execute(
        "SELECT DISTINCT region_id FROM observation WHERE level = 'unit' "
        "AND region_id NOT IN (SELECT unit_id FROM unit)"
    ).fetchall()
    assert keys == []
    assert one(new, "SELECT count(*) FROM observation WHERE level = 'municipality' AND region_id = ?", PERL) == 0


def test_what_is_no_sum_is_left_open_and_listed(replaced, new):
    """A rate of two towns cannot be merged: it is missing with a reason, and reported."""
    query = "SELECT value, value_status FROM observation WHERE indicator_id = 'rate' AND region_id = ?"
    assert new.execute(query, [BORDERLAND]).fetchall() == [(None, "nicht_sinnvoll")]
    assert new.execute(query, ["16099003"]).fetchall() == [(3.5, None)]
    report = replaced[1].files[0]
    listed = {("municipality", PERL, "Perl"), ("municipality", LOSHEIM, "Losheim am See")}
    assert set(report.not_carried) == listed and report.not_carried_values == 2


def test_weighted_means_are_weighted(new, old):
    shares = [
        value(old, "settlement_traffic_area_share_pct", "municipality", ags, "2023") for ags in (PERL, LOSHEIM)
    ]
    areas = [one(old, "SELECT area_km2 FROM municipality WHERE ags = ?", ags) for ags in (PERL, LOSHEIM)]
    expected = sum(share * area for share, area in zip(shares, areas, strict=True)) / sum(areas)
    for level, key in (("municipality", BORDERLAND), ("unit", "100420199")):
        assert value(new, "settlement_traffic_area_share_pct", level, key, "2023") == pytest.approx(expected)


def test_figures_on_the_lie_of_the_land_are_computed_anew(new, old):
    assert value(new, "member_count", "unit", RIEDLINGEN, "2025") == 8
    assert value(new, "member_count", "unit", RIEDLINGEN, "2024") is None
    reference = new.execute(
        "SELECT period, reference_date, territorial_status FROM indicator_period WHERE indicator_id = 'member_count'"
    ).fetchall()
    assert reference == [("2025", "31.12.2025", "31.12.2025")]
    assert "31.12.2025" in one(new, "SELECT definition FROM indicator WHERE indicator_id = 'member_count'")
    # Perl and Losheim are no neighbours of themselves; who bordered on either borders on the new town.
    neighbours = {
        row[0]
        for row in old.execute(
            "SELECT neighbour_id FROM unit_neighbour WHERE unit_id IN ('100420115', '100420112')"
        ).fetchall()
    } - {"100420115", "100420112"}
    found = {row[0] for row in new.execute(
        "SELECT neighbour_id FROM unit_neighbour WHERE unit_id = '100420199'").fetchall()}  # fmt: skip
    assert found == neighbours
    back = {row[0] for row in new.execute(
        "SELECT unit_id FROM unit_neighbour WHERE neighbour_id = '100420199'").fetchall()}  # fmt: skip
    assert back == neighbours


def test_the_map_follows(new, old):
    from kowis_data import geometry

    drawn = geometry.load(new, "units")
    assert set(drawn) == {row[0] for row in new.execute("SELECT unit_id FROM unit").fetchall()}
    assert RENUMBERED in geometry.load(new, "counties") and WARTBURG not in geometry.load(new, "counties")
    query = "SELECT polygon_area_km2 FROM boundary_check WHERE unit_id = ?"
    assert one(new, query, "100420199") == pytest.approx(one(old, query, "100420115") + one(old, query, "100420112"))
    causes = dict(new.execute("SELECT unit_id, cause FROM boundary_check").fetchall())
    assert "kam hinzu" in causes[RIEDLINGEN] and "noch mitgezeichnet" in causes[BUCHAU]
    for layer, name in new.execute("SELECT layer, file_name FROM geometry_file").fetchall():
        assert (geometry.STATIC_GEOMETRY / name).exists(), layer


def test_facts_with_keys_follow(new, old):
    studies = dict(new.execute("SELECT ags, unit_id FROM case_study").fetchall())
    assert studies[SCHUSSENRIED] == "084260014" and studies[BORDERLAND] == "100420199"
    assert one(new, "SELECT count(*) FROM published_figure ANTI JOIN municipality USING (ags) WHERE ags <> ''") == one(
        old, "SELECT count(*) FROM published_figure ANTI JOIN municipality USING (ags) WHERE ags <> ''"
    )
    for table in ("station", "industry_structure", "company_unit", "cluster_membership"):
        orphans = f"SELECT count(*) FROM {table} ANTI JOIN unit USING (unit_id) WHERE unit_id IS NOT NULL"
        assert one(new, orphans) == 0, table
    assert one(new, "SELECT count(*) FROM place ANTI JOIN municipality USING (ags) WHERE ags IS NOT NULL") == 0
    assert one(new, "SELECT count(*) FROM place WHERE ags IS NULL") == one(
        old, "SELECT count(*) FROM place WHERE ags IS NULL"
    )


def test_companies_of_merged_towns_add_up(new, old):
    query = "SELECT sum(companies), sum(employees), max(largest_employees) FROM industry_structure WHERE unit_id IN "
    before = old.execute(query + "('100420115', '100420112')").fetchall()
    assert new.execute(query + "('100420199')").fetchall() == before and before[0][0] > 0


def test_later_files_find_the_new_keys(replaced, tmp_path):
    """A table with the keys of 2024 still arrives."""
    path = Path(shutil.copy(replaced[0], tmp_path / "atlas.duckdb"))
    table = tmp_path / "12411.csv"
    table.write_text(
        "GENESIS-Tabelle: 12411-01-01-5\nBevölkerungsstand: Bevölkerung nach Geschlecht;;;\n- Stichtag 31.12. -;;;\n"
        "regionale Tiefe: Gemeinden, Samt-/Verbandsgemeinden;;;\nFortschreibung des Bevölkerungsstandes;;;\n"
        "Bevölkerungsstand (Anzahl);;;\n;;31.12.2014;31.12.2014;31.12.2014\n;;Insgesamt;männlich;weiblich\n"
        "10042112;  Losheim am See;16000;8000;8000\n10042115;  Perl;8000;4000;4000\n"
        "16063003;  Bad Salzungen, Stadt;15000;7000;8000\n99;  Unsinn;1;1;0\n"
        "____________________\nQuelle: Statistische Ämter des Bundes und der Länder\n",
        encoding="utf-8",
    )
    report = import_files([table], path)
    assert report.is_complete, report.files[0].error
    with duckdb.connect(str(path), read_only=True) as con:
        assert value(con, "population", "municipality", BORDERLAND, "2014") == 24_000
        assert value(con, "population", "municipality", "16099003", "2014") == 15_000
    assert report.files[0].carried == {"über das Nachfolgegebiet": 3}


def test_without_confirmation_only_values_come(own_copy, newer_register, old):
    report = import_files([newer_register], own_copy)
    assert report.is_complete
    with duckdb.connect(str(own_copy), read_only=True) as con:
        tables = ("municipality", "unit", "county", "unit_neighbour", "boundary_check", "case_study", "station")
        for table in tables:
            assert con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() == (
                old.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            ), table
        # Renumbered municipalities find their old key; merged ones would bring the wrong number.
        assert value(con, "area_km2", "municipality", "16063003", "2025") is not None
        assert value(con, "area_km2", "municipality", SCHUSSENRIED, "2025") is None
        dated = con.execute(
            "SELECT count(*), min(reference_date) FROM region_attribute WHERE attribute = 'stadttyp'"
        ).fetchall()[0]
        assert dated[0] > 4300 and dated[1] == "31.12.2022"
    file = report.files[0]
    assert {key for _, key, _ in file.not_carried} == {SCHUSSENRIED, BORDERLAND}
    assert any("Ohne Bestätigung" in note for note in file.notes)
    # The same file, now confirmed, is no repetition; undo brings back the state before it.
    before = hashlib.sha256(own_copy.read_bytes()).hexdigest()
    again = import_files([newer_register], own_copy, replace_territory=True)
    assert again.database_changed and not again.files[0].unchanged
    with duckdb.connect(str(own_copy), read_only=True) as con:
        assert one(con, "SELECT value FROM build_info WHERE key = 'territorial_status'") == "31.12.2025"
        assert value(con, "area_km2", "municipality", SCHUSSENRIED, "2025") == pytest.approx(99.24)
    undo(own_copy)
    assert hashlib.sha256(own_copy.read_bytes()).hexdigest() == before


def test_an_incomplete_register_is_refused(own_copy, tmp_path):
    tables = registers.shipped()
    municipalities = tables["municipalities"]
    tables["municipalities"] = municipalities[municipalities["state_id"] != "09"]
    path = registers.write_gv100ad(tmp_path / "gv.txt", tables)
    before = own_copy.read_bytes()
    report = import_files([path], own_copy, replace_territory=True)
    assert "kann den heutigen Gebietsstand nicht ersetzen" in report.files[0].error
    assert "bedecken nur" in report.files[0].error and own_copy.read_bytes() == before


def test_auszug_with_another_population_and_a_gap(own_copy, tmp_path):
    tables = registers.shipped()
    row = tables["municipalities"]["ags"] == "12068117"
    tables["municipalities"].loc[row, ["population", "male", "female"]] = 0
    path = registers.write_auszug(tmp_path / "auszug.xlsx", tables, grown=lambda people: people * 2)
    report = import_files([path], own_copy, replace_territory=True)
    assert report.is_complete, report.files[0].error
    assert any("Ohne Einwohnerzahl im Verzeichnis" in note and "Fehrbellin" in note for note in report.files[0].notes)
    with duckdb.connect(str(own_copy), read_only=True) as con:
        types = dict(con.execute("SELECT unit_id, town_type FROM unit").fetchall())
        assert types["057580036"] == "kleinere_mittelstadt"  # Vlotho with twice its people
        assert one(con, "SELECT value FROM build_info WHERE key = 'population_date'") == "31.12.2024"
        twice = 2 * value(con, "population", "unit", "057580036", "2022")
        assert value(con, "population", "unit", "057580036", "2024") == twice
        assert value(con, "neighbour_population", "unit", "057580036", "2024") is not None
        # A gap is no 0 and is filled with nothing: only the town type goes by the last known number.
        assert one(con, "SELECT population FROM municipality WHERE ags = '12068117'") == 9094
        assert value(con, "population", "municipality", "12068117", "2024") is None
        assert one(con, "SELECT count(*) FROM correction WHERE ags = '12068117' AND new_value = '9094'") == 1
        # Nothing merged: the shipped boundaries stay as they are.
        assert one(con, "SELECT count(*) FROM boundary") == 0


@pytest.mark.official
@pytest.mark.parametrize("name", ["31122021_Auszug_GV.xlsx", "31122023_Auszug_GV.xlsx", "GV100AD_301123.txt"])
def test_official_registers_are_older_and_cannot_replace(official_data, built_database, tmp_path, name):
    found = preview([official_data / "gemeindeverzeichnis" / name], tmp_path)
    answers = confirmations(found, built_database)
    assert [(answer.kind, answer.applies) for answer in answers] == [("territory", False)]
    assert "nicht neuer als der heutige Gebietsstand 30.06.2024" in answers[0].explanation


@pytest.mark.official
def test_an_older_official_register_changes_no_town_even_if_confirmed(official_data, own_copy, old):
    path = official_data / "gemeindeverzeichnis" / "GV100AD_301123.txt"
    report = import_files([path], own_copy, replace_territory=True)
    assert report.is_complete
    with duckdb.connect(str(own_copy), read_only=True) as con:
        for table in ("municipality", "unit", "build_info"):
            query = f"SELECT * FROM {table} ORDER BY ALL"
            assert con.execute(query).fetchall() == old.execute(query).fetchall()
