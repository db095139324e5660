"""What the built database must hold, in exact numbers."""

from __future__ import annotations

import pytest

from kowis_data import catalogue as facts
from kowis_data.checks import CheckFailed, check_database

METRIC_NEEDS = 20  # an indicator with no more distinct values than this is no metric one


def one(con, query: str, *parameters):
    return con.execute(query, list(parameters)).fetchone()[0]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("SELECT count(*) FROM municipality", 10_959),
        ("SELECT count(*) FROM unit", 4_596),
        ("SELECT count(*) FROM unit WHERE town_type <> 'gemeindefrei'", 4_389),
        ("SELECT count(*) FROM small_town", 2_122),
        ("SELECT count(*) FROM small_town WHERE town_type = 'groessere_kleinstadt'", 900),
        ("SELECT count(*) FROM small_town WHERE town_type = 'kleine_kleinstadt'", 1_222),
        ("SELECT count(*) FROM unit WHERE town_type = 'gemeindefrei'", 207),
        ("SELECT count(*) FROM municipality WHERE is_unincorporated", 207),
        ("SELECT count(*) FROM unit WHERE town_type = 'gemeindefrei' AND population > 0", 2),
        ("SELECT count(*) FROM small_town WHERE member_count > 1", 469),
        (
            "SELECT count(*) FROM small_town WHERE member_count > 1 AND largest_member_population < 0.5 * population",
            164,
        ),
        ("SELECT count(*) FROM county", 400),
        ("SELECT count(*) FROM state", 16),
        ("SELECT count(*) FROM case_study", 4),
    ],
)
def test_counts(con, query, number):
    assert one(con, query) == number


def test_population_of_the_country(con):
    query = "SELECT value FROM best_observation WHERE indicator_id = 'population' AND level = 'country'"
    assert con.execute(query).fetchall() == [(84_358_845.0,)]
    assert one(con, "SELECT sum(population) FROM municipality") == 84_358_845


def test_fehrbellin_has_its_published_population_and_the_correction_is_on_record(con):
    assert one(con, "SELECT population FROM municipality WHERE ags = '12068117'") == 9_094
    assert one(con, "SELECT town_type FROM unit WHERE central_ags = '12068117'") == "kleine_kleinstadt"
    rows = con.execute("SELECT ags, field, old_value, new_value, reason, origin FROM correction").fetchall()
    assert [row[:4] for row in rows] == [("12068117", "population", "0", "9094")]
    assert "84.358.845" in rows[0][4] + rows[0][5] and "84.349.751" in rows[0][4] + rows[0][5]


@pytest.mark.parametrize(("indicator_id", "column"), [("population", "population"), ("area_km2", "area_km2")])
def test_sums_agree_on_every_level(con, indicator_id, column):
    sums = dict(
        con.execute(
            "SELECT level, sum(value) FROM best_observation WHERE indicator_id = ? GROUP BY level", [indicator_id]
        ).fetchall()
    )
    assert set(sums) == {"municipality", "unit", "county", "state", "country"}
    # Border river and coastal waters have an area and belong to no county.
    outside = one(con, f"SELECT coalesce(sum({column}), 0) FROM municipality ANTI JOIN county USING (county_id)")
    sums["county"] += outside
    for level, total in sums.items():
        assert total == pytest.approx(sums["municipality"], rel=1e-12), level


def test_every_small_town_has_at_least_25_indicators_of_its_own(con, catalogue):
    own = [key for key, indicator in catalogue.items() if not indicator.is_county_context]
    numbers = con.execute(
        """
        SELECT u.unit_id, count(DISTINCT o.indicator_id) AS indicators
        FROM small_town u LEFT JOIN best_observation o ON o.region_id = u.unit_id AND o.level = 'unit'
            AND o.value IS NOT NULL AND o.indicator_id IN (SELECT unnest(?))
        GROUP BY u.unit_id
        """,
        [own],
    ).df()
    assert len(numbers) == 2_122
    assert numbers["indicators"].min() >= 25


def test_gaps_of_the_indicators_are_the_known_ones(con, catalogue):
    """Fehrbellin has no figures by sex, two towns no census result of their own; the rest of these is complete."""
    missing = con.execute(
        """
        SELECT i.indicator_id, count(*) FROM indicator i CROSS JOIN small_town u
        LEFT JOIN best_observation o ON o.indicator_id = i.indicator_id AND o.level = 'unit'
            AND o.region_id = u.unit_id
        WHERE o.value IS NULL AND NOT i.is_county_context AND NOT i.is_helper AND i.source_id <> 'demo_register'
        GROUP BY i.indicator_id
        """
    ).fetchall()
    assert dict(missing) == {
        "women_per_100_men": 1,
        "census_population": 2,
        "census_deviation_pct": 2,
        "settlement_traffic_area_change_pct": 16,
        "settlement_points": 1_649,
        "settlement_dispersion_km": 1_649,
    }


def test_every_metric_indicator_has_more_than_20_values_among_the_small_towns(con, catalogue):
    distinct = dict(
        con.execute(
            """
            SELECT i.indicator_id, count(DISTINCT o.value)
            FROM indicator i JOIN best_observation o USING (indicator_id)
            JOIN small_town u ON o.region_id
                = CASE WHEN i.is_county_context THEN u.county_id ELSE u.unit_id END
            WHERE o.level = CASE WHEN i.is_county_context THEN 'county' ELSE 'unit' END
            GROUP BY i.indicator_id
            """
        ).fetchall()
    )
    metric = [key for key, indicator in catalogue.items() if indicator.scale == "metric"]
    assert len(metric) >= 25
    assert {key: distinct[key] for key in metric if distinct[key] <= METRIC_NEEDS} == {}


@pytest.mark.parametrize(
    "indicator_id",
    [
        *("population", "population_density", "area_km2", "women_per_100_men"),
        *("settlement_traffic_area_share_pct", "settlement_traffic_area_change_pct", "member_count"),
        *("largest_member_share_pct", "settlement_points", "neighbour_count", "distance_mittelstadt_km"),
        *("distance_grossstadt_km", "distance_foreign_place_km", "distance_station_km", "station_category"),
        *("stations_in_unit", "census_population", "census_deviation_pct"),
        *("building_land_price_eur_per_m2", "building_land_sold_1000_m2", "income_per_taxpayer_eur"),
        *("income_tax_per_taxpayer_eur", "company_insolvencies_per_10000_inhabitants"),
        *("company_insolvency_claims_1000_eur", "students_per_1000_inhabitants"),
        *("household_waste_kg_per_inhabitant", "protection_seekers_per_1000_inhabitants"),
    ],
)
def test_the_indicators_named_in_the_task_are_there(catalogue, indicator_id):
    assert indicator_id in catalogue


def test_titles_are_unique_and_definitions_are_sentences(catalogue):
    titles = [indicator.title for indicator in catalogue.values()]
    assert len(set(titles)) == len(titles)
    for indicator in catalogue.values():
        assert indicator.definition.endswith("."), indicator.indicator_id
        assert indicator.unit_label and indicator.source_title, indicator.indicator_id


def test_county_indicators_are_never_values_of_towns(con):
    levels = con.execute(
        "SELECT DISTINCT o.level FROM observation o JOIN indicator i USING (indicator_id) WHERE i.is_county_context"
    ).fetchall()
    assert {row[0] for row in levels} <= {"county", "state", "country"}
    themes = con.execute("SELECT DISTINCT theme FROM indicator WHERE is_county_context").fetchall()
    assert themes == [("kreiskontext",)]
    assert one(con, "SELECT count(*) FROM indicator WHERE theme = 'kreiskontext' AND NOT is_county_context") == 0


def test_provenance_of_every_value_is_known(con):
    words = con.execute(
        "SELECT DISTINCT s.provenance FROM observation o LEFT JOIN source s USING (source_id)"
    ).fetchall()
    assert {row[0] for row in words} <= {"amtlich", "veroeffentlicht", "abgeleitet", "synthetisch"}
    without = con.execute("SELECT source_id FROM source WHERE title IS NULL OR licence IS NULL OR publisher IS NULL")
    assert without.fetchall() == []
    # A value computed by us is never passed off as official.
    derived = [key for key, entry in facts.indicators().items() if entry["derive"]]
    wrong = con.execute(
        "SELECT DISTINCT o.indicator_id FROM observation o JOIN source s USING (source_id) "
        "WHERE o.indicator_id IN (SELECT unnest(?)) AND s.provenance = 'amtlich'",
        [derived],
    ).fetchall()
    assert wrong == []


def test_only_the_demo_register_is_synthetic_and_its_gaps_are_secrets(con):
    synthetic = "SELECT {} FROM best_observation o JOIN source s USING (source_id) WHERE s.provenance = 'synthetisch'"
    assert con.execute(synthetic.format("DISTINCT o.source_id")).fetchall() == [("demo_register",)]
    kinds = con.execute(synthetic.format("DISTINCT o.value_status") + " AND o.value IS NULL").fetchall()
    assert kinds == [("geheim",)]


def test_every_period_has_a_date_and_population_figures_have_a_basis(con):
    assert one(con, "SELECT count(*) FROM indicator_period WHERE reference_date IS NULL") == 0
    rows = con.execute(
        "SELECT indicator_id, population_basis FROM indicator_period "
        "WHERE indicator_id IN ('population', 'census_population', 'census_deviation_pct')"
    ).fetchall()
    assert dict(rows) == {
        "population": "zensus2011",
        "census_population": "zensus2022",
        "census_deviation_pct": "zensus2022 und zensus2011",
    }


def test_the_census_is_never_called_growth(catalogue):
    deviation = catalogue["census_deviation_pct"]
    assert "Abweichung" in deviation.title and "kein Wachstum" in deviation.definition
    assert "Kein Wachstum" in deviation.note


def test_density_of_vlotho_by_hand(con):
    population, area = con.execute("SELECT population, area_km2 FROM municipality WHERE ags = '05758036'").fetchone()
    assert (population, area) == (18_495, 76.93)
    value = one(
        con,
        "SELECT value FROM best_observation WHERE indicator_id = 'population_density' "
        "AND level = 'municipality' AND region_id = '05758036'",
    )
    assert value == pytest.approx(18_495 / 76.93, rel=1e-12)
    assert round(value, 1) == 240.4


def test_weighted_mean_of_bad_schussenried_and_ingoldingen_by_hand(con):
    members = con.execute(
        """
        SELECT m.name, m.area_km2, o.value FROM municipality m
        JOIN best_observation o ON o.region_id = m.ags AND o.level = 'municipality'
            AND o.indicator_id = 'settlement_traffic_area_share_pct'
        WHERE m.unit_id = '084265002' ORDER BY m.ags
        """
    ).fetchall()
    (first, area_1, share_1), (second, area_2, share_2) = members
    assert [first, second] == ["Bad Schussenried", "Ingoldingen"]
    value = one(
        con,
        "SELECT value FROM best_observation WHERE indicator_id = 'settlement_traffic_area_share_pct' "
        "AND level = 'unit' AND region_id = '084265002'",
    )
    assert value == pytest.approx((area_1 * share_1 + area_2 * share_2) / (area_1 + area_2), rel=1e-12)
    assert min(share_1, share_2) < value < max(share_1, share_2)
    population = con.execute(
        "SELECT level, value FROM best_observation WHERE indicator_id = 'population' "
        "AND (region_id = '084265002' OR region_id IN ('08426014', '08426062')) ORDER BY level, region_id"
    ).fetchall()
    assert population[2] == ("unit", population[0][1] + population[1][1])


def test_case_studies_and_their_clusters(con):
    rows = con.execute("SELECT ags, cluster FROM case_study ORDER BY cluster").fetchall()
    assert rows == [("05758036", 1), ("15085228", 2), ("10042115", 3), ("08426014", 4)]
    without_place = one(con, "SELECT count(*) FROM published_figure WHERE coalesce(page_or_figure, '') = ''")
    assert without_place == 0


def test_published_figures_of_the_case_studies(con):
    values = dict(con.execute("SELECT figure_id, value FROM published_figure").fetchall())
    assert values["vlotho_population_change"] == -800
    assert values["vlotho_commuter_balance"] == 4_270 - 5_600 == -1_330
    assert values["oberharz_population_change"] == -1_675
    assert values["schussenried_jobs_change"] == 980
    assert values["small_towns_2019"] == 2_126


@pytest.mark.parametrize(
    ("breakage", "sentence"),
    [
        ("INSERT INTO observation SELECT * FROM observation LIMIT 1", "Wert doppelt"),
        ("UPDATE municipality SET population = 0 WHERE ags = '12068117'", "Bewohnte Gemeinde ohne Bevölkerung"),
        ("UPDATE observation SET value = NULL WHERE indicator_id = 'area_km2'", "Wert weder Zahl noch begründet leer"),
        ("DELETE FROM source WHERE source_id = 'derived_location'", "Merkmal ohne Quelle"),
    ],
)
def test_checks_find_what_is_broken(own_database, breakage, sentence):
    import duckdb

    with duckdb.connect(str(own_database)) as con:
        check_database(con)
        con.execute(breakage)
        with pytest.raises(CheckFailed, match=sentence):
            check_database(con)
