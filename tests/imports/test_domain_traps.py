"""What official figures do not say of themselves: figure 3 of the study, borders, former territories, coverage."""

from __future__ import annotations

import duckdb
import pytest

from kowis_data.catalogue import imported
from kowis_data.imports import border, early_territory

pytestmark = pytest.mark.official

# Towns of the default stage-1 criteria that come from official files; at least so many small towns have a value.
CRITERIA = {
    "employees_per_100_inhabitants": 2100,
    "jobs_change_2011_2021_pct": 2100,
    "commuter_balance_per_100_jobs": 2050,
    "commuter_balance_from_rate": 2050,
    "population_change_2011_2021_pct": 2050,
    "share_65_plus_pct": 2000,
    "overnight_stays_per_inhabitant": 1700,
    "tax_power_eur_per_head_3y": 2050,
    "unemployed": 2050,
    "unemployed_per_1000_inhabitants": 2000,
    "minutes_to_oberzentrum": 2050,
    "regional_population_potential": 2050,
    "distance_foreign_place_km": 2122,
}

# Town types as in the official typology: the plain rule on the register, but higher where BBSR's types of 2015 stand
# higher than the rule gave then, for a central function. INKAR's own rows, units whose key has not changed.
_FIGURE_3 = """
    WITH rank(town_type, label, rank) AS (
        VALUES ('landgemeinde', 'Landgemeinde', 1), ('kleine_kleinstadt', 'Kleine Kleinstadt', 2),
               ('groessere_kleinstadt', 'Größere Kleinstadt', 3), ('kleinere_mittelstadt', 'Mittelstadt', 4)
    ),
    largest AS (
        -- Only units with the members of 2015: the table's own figure for the unit is (nearly) the sum of today's.
        SELECT m.unit_id, max(o.value) AS population
        FROM observation o JOIN municipality m ON m.ags = o.region_id
        JOIN observation own ON own.region_id = m.unit_id AND own.level = 'unit' AND own.period = o.period
         AND own.indicator_id = o.indicator_id AND own.source_id = o.source_id
        WHERE o.indicator_id = 'population' AND o.level = 'municipality' AND o.period = '2015'
          AND starts_with(o.source_id, 'bbsr_reference')
        GROUP BY m.unit_id HAVING abs(sum(o.value) - any_value(own.value)) < 0.05 * any_value(own.value)
    ),
    official AS (
        SELECT a.region_id AS unit_id, r.rank AS official_rank,
               CASE WHEN l.population >= 20000 THEN 4 WHEN l.population >= 10000 THEN 3
                    WHEN l.population >= 5000 THEN 2 ELSE 1 END AS rule_rank
        FROM region_attribute a JOIN rank r ON r.label = a.value_label JOIN largest l ON l.unit_id = a.region_id
        WHERE a.attribute = 'stadt_gemeindetyp'
    ),
    typed AS (
        SELECT u.unit_id, u.area_km2,
               CASE WHEN o.official_rank > o.rule_rank THEN greatest(r.rank, o.official_rank) ELSE r.rank END AS rank
        FROM unit u JOIN rank r USING (town_type) LEFT JOIN official o USING (unit_id)
    ),
    inkar AS (
        SELECT raumbezug, kennziffer, q_bevsva_qkm - q_bev_fl AS jobs_per_km2
        FROM read_parquet($path) WHERE zeitbezug = $period AND q_bevsva_qkm IS NOT NULL
    ),
    members AS (
        SELECT m.unit_id, sum(i.jobs_per_km2 * m.area_km2) AS jobs
        FROM municipality m LEFT JOIN inkar i ON i.raumbezug = 'Gemeinden' AND i.kennziffer = m.ags
        WHERE m.population > 0
        GROUP BY m.unit_id HAVING count(*) = count(i.jobs_per_km2)
    ),
    jobs AS (
        SELECT t.rank, coalesce(i.jobs_per_km2 * t.area_km2, m.jobs) AS jobs
        FROM typed t LEFT JOIN members m USING (unit_id)
        LEFT JOIN inkar i ON i.raumbezug LIKE 'Gemeindeverb%' AND i.kennziffer = t.unit_id
    )
    SELECT rank, count(jobs) AS units, count(*) FILTER (jobs <= 2500) AS small FROM jobs GROUP BY rank
"""


@pytest.mark.parametrize(("period", "share"), [("2019", 59.7), ("2021", 59.5)])
def test_figure_3_one_company_of_500_holds_a_fifth_of_the_jobs(official_import, official_data, period, share):
    con, _ = official_import
    path = str(official_data / "inkar_2024" / "siedlungsstruktur.parquet")
    rows = con.execute(_FIGURE_3, {"path": path, "period": period}).fetchall()
    shares = {rank: 100 * small / units for rank, units, small in rows}
    assert round(shares[2], 1) == share
    assert shares[3] < 15 and shares[4] < 0.2


@pytest.mark.parametrize(("period", "share"), [("2019", 59.5), ("2021", 59.3)])
def test_figure_3_by_the_plain_rule_of_the_atlas(official_import, period, share):
    con, _ = official_import
    ((found,),) = con.execute(
        "SELECT 100.0 * count(*) FILTER (o.value <= 2500) / count(*) FROM best_observation o "
        "JOIN unit u ON u.unit_id = o.region_id AND u.town_type = 'kleine_kleinstadt' "
        "WHERE o.indicator_id = 'jobs_from_densities' AND o.level = 'unit' AND o.period = ? AND o.value IS NOT NULL",
        [period],
    ).fetchall()
    assert round(found, 1) == share


def test_jobs_of_bad_schussenried_grow_by_a_third(official_import):
    con, _ = official_import
    found = dict(
        con.execute(
            "SELECT indicator_id, value FROM best_observation WHERE level = 'municipality' AND region_id = '08426014' "
            "AND period = '2011-2021' AND starts_with(indicator_id, 'jobs_change')"
        ).fetchall()
    )
    assert round(found["jobs_change_2011_2021"]) == 1005
    assert round(found["jobs_change_2011_2021_pct"], 1) == 31.5


@pytest.mark.parametrize(("indicator_id", "towns"), CRITERIA.items())
def test_stage_1_criteria_have_values(official_import, indicator_id, towns):
    con, _ = official_import
    ((found,),) = con.execute(
        "SELECT count(DISTINCT u.unit_id) FROM best_observation o JOIN small_town u ON u.unit_id = o.region_id "
        "WHERE o.level = 'unit' AND o.indicator_id = ? AND o.value IS NOT NULL",
        [indicator_id],
    ).fetchall()
    assert found >= towns


def test_sixty_curated_indicators_reach_most_small_towns(official_import):
    con, _ = official_import
    rows = con.execute(
        "SELECT o.indicator_id FROM best_observation o JOIN small_town u ON u.unit_id = o.region_id "
        "WHERE o.level = 'unit' AND o.value IS NOT NULL "
        "GROUP BY o.indicator_id HAVING count(DISTINCT u.unit_id) >= 1000"
    ).fetchall()
    offered = {key for key, facts in imported.indicators().items() if not facts["is_helper"]}
    assert len(offered & {row[0] for row in rows}) >= 60


def test_towns_near_the_border_say_that_jobs_abroad_are_missing(official_import):
    con, _ = official_import
    noted = con.execute(
        "SELECT indicator_id, region_id FROM value_note WHERE note = ? AND level = 'unit'", [border.NOTE]
    ).fetchall()
    assert ("commuter_balance_per_100_jobs", "100420115") in noted
    assert ("employment_rate_pct", "100420115") in noted
    assert ("migration_balance", "100420115") not in noted
    assert not [row for row in noted if row[1] in ("057580036", "150850228", "084265002")]
    ((farthest,),) = con.execute(
        "SELECT max(o.value) FROM best_observation o "
        "JOIN value_note n ON n.region_id = o.region_id AND n.level = 'unit' "
        "WHERE o.indicator_id = 'distance_foreign_place_km' AND o.level = 'unit' AND n.note = ?",
        [border.NOTE],
    ).fetchall()
    assert 25 < farthest <= border.NEAR_KM


def early_flags(con: duckdb.DuckDBPyConnection, level: str, region_id: str) -> list[str]:
    rows = con.execute(
        "SELECT DISTINCT period FROM value_flag WHERE reason = ? AND level = ? AND region_id = ? "
        "AND indicator_id = 'population' ORDER BY period",
        [early_territory.FORMER_TERRITORY, level, region_id],
    ).fetchall()
    return [row[0] for row in rows]


def test_early_values_of_a_smaller_territory_are_flagged(official_import):
    con, _ = official_import
    # Eschede took in its neighbours in 2014, Altenberg Geising in 2011.
    assert early_flags(con, "municipality", "03351025") == ["2008", "2009", "2010", "2011", "2012", "2013"]
    assert early_flags(con, "municipality", "14628010") == ["2008", "2009", "2010"]
    # The file gives Bad Kreuznach with Bad Münster am Stein-Ebernburg from 2011 on, years before they merged.
    assert early_flags(con, "municipality", "07133006") == ["2008", "2009", "2010"]
    for ags in ("10042115", "05758036", "08426014"):
        assert early_flags(con, "municipality", ags) == []


def test_doubtful_figures_of_inkar_never_beat_right_ones(official_import):
    con, _ = official_import
    ((zeros,),) = con.execute(
        "SELECT count(*) FROM best_observation "
        "WHERE indicator_id IN ('beds_per_1000', 'overnight_stays_per_inhabitant') AND level = 'unit' "
        "AND period IN ('2012', '2019', '2021') AND value = 0 AND provenance = 'amtlich'"
    ).fetchall()
    assert zeros <= 2500
    ((flags, wrong),) = con.execute(
        "SELECT count(*), count(*) FILTER (o.value IS NOT NULL) FROM value_flag f "
        "JOIN best_observation o USING (indicator_id, level, region_id, period) "
        "WHERE starts_with(f.reason, 'Angabe der Quelle nicht verwendet')"
    ).fetchall()
    assert flags > 4000 and wrong == 0
