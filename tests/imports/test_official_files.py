"""All official files in one import: nothing refused, published claims come out, values agree with the files."""

from __future__ import annotations

import pytest

from kowis_data.catalogue import imported

pytestmark = pytest.mark.official


def value(con, indicator_id: str, level: str, region_id: str, period: str) -> float | None:
    rows = con.execute(
        "SELECT value FROM best_observation WHERE indicator_id = ? AND level = ? AND region_id = ? AND period = ?",
        [indicator_id, level, region_id, period],
    ).fetchall()
    return rows[0][0] if rows else None


def test_every_file_comes_in(official_import):
    _, report = official_import
    assert [(file.name, file.error) for file in report.files if file.error] == []
    assert report.is_complete
    assert len(report.files) >= 20


@pytest.mark.parametrize(
    ("ags", "before", "after"),
    [
        ("05758036", 19131, 18334),  # Vlotho −797
        ("08426014", 8333, 8925),  # Bad Schussenried +592
        ("15085228", 11548, 9873),  # Oberharz am Brocken −1,675
        ("10042115", 7900, 8872),  # Perl +972
    ],
)
def test_population_of_the_case_studies(official_import, ags, before, after):
    con, _ = official_import
    assert value(con, "population", "municipality", ags, "2011") == before
    assert value(con, "population", "municipality", ags, "2021") == after


def test_municipality_and_association_of_bad_schussenried_differ(official_import):
    con, _ = official_import
    town = [value(con, "population", "municipality", "08426014", year) for year in ("2011", "2021")]
    association = [value(con, "population", "unit", "084265002", year) for year in ("2011", "2021")]
    assert round(100 * (town[1] / town[0] - 1), 1) == 7.1
    assert round(100 * (association[1] / association[0] - 1), 1) == 8.9


@pytest.mark.parametrize(("period", "total"), [("2011", 80327900), ("2015", 82175684), ("2021", 83237124)])
def test_national_totals(official_import, period, total):
    con, _ = official_import
    # Shares of divided municipalities are rounded in the official crosswalk: less than one person in all.
    assert value(con, "population", "country", "DG", period) == pytest.approx(total, abs=1)
    if period != "2011":
        # Municipalities dissolved before 2016 cannot all be followed; the report lists them.
        return
    states = con.execute(
        "SELECT sum(value) FROM best_observation WHERE indicator_id = 'population' AND level = 'state' AND period = ?",
        [period],
    ).fetchall()
    assert states == [(total,)]


def test_no_change_is_computed_across_a_break(official_import):
    con, _ = official_import
    bases = dict(
        con.execute(
            "SELECT period, any_value(population_basis) FROM indicator_period WHERE indicator_id = 'population' "
            "GROUP BY period"
        ).fetchall()
    )
    assert bases["2010"] == "volkszaehlung1987"
    assert bases["2011"] == bases["2015"] == bases["2021"] == bases["2022"] == "zensus2011"
    assert bases["2024"] == "zensus2022"


def test_marks_keep_their_kind(official_import):
    con, _ = official_import
    kinds = {
        row[0] for row in con.execute("SELECT DISTINCT value_status FROM observation WHERE value IS NULL").fetchall()
    }
    assert {"geheim", "nichts_vorhanden"} <= kinds


def test_former_association_keys_reach_todays_units(official_import):
    """INKAR 2021 writes 08426902 for what is 084265002 today."""
    con, _ = official_import
    rows = con.execute(
        "SELECT count(DISTINCT source_id) FROM observation "
        "WHERE region_id = '084265002' AND source_id LIKE 'inkar_export%'"
    ).fetchall()
    assert rows[0][0] >= 2


def test_population_change_is_derived_from_two_files(official_import):
    con, _ = official_import
    for ags, change in (("05758036", -797), ("08426014", 592), ("15085228", -1675), ("10042115", 972)):
        assert value(con, "population_change_2011_2021", "municipality", ags, "2011-2021") == change
    assert value(con, "population_change_2011_2021_pct", "unit", "084265002", "2011-2021") == pytest.approx(
        8.9, abs=0.05
    )


def test_curated_features_of_the_single_files_come_in(official_import):
    """Those of INKAR's bulk file are looked up in tests/test_imported_catalogue.py."""
    con, _ = official_import
    present = {row[0] for row in con.execute("SELECT DISTINCT indicator_id FROM observation").fetchall()}
    in_files = {
        indicator_id
        for indicator_id, facts in imported.indicators().items()
        if any("|" in feature or feature.startswith("breitband_") for feature in facts["features"])
    }
    assert len(in_files) >= 45 and in_files <= present


def test_titles_are_unique_so_that_the_address_of_the_map_is(official_import):
    con, _ = official_import
    doubled = con.execute("SELECT title FROM indicator GROUP BY title HAVING count(*) > 1").fetchall()
    assert doubled == []
