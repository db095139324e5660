"""The catalogue of indicators with periods and coverage, and all values of one of them."""

from __future__ import annotations

import duckdb
import pandas as pd


def catalogue_table(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per indicator that towns have values of: its facts, its periods and how many small towns it covers.

    Columns: theme_title, indicator_id, title, unit_label, definition, is_county_context, first_period, last_period,
    periods, period (the best covered of the newest), towns (with a value in it), reference_date, all_towns,
    sources (titles), provenances (of the sources of its values).
    """
    return con.execute(
        """
        WITH shown AS (
            SELECT indicator_id, coalesce(is_county_context, false) AS is_county_context,
                   CASE WHEN coalesce(is_county_context, false) THEN 'county' ELSE 'unit' END AS level
            FROM indicator WHERE NOT coalesce(is_helper, false)
        ),
        town AS (
            SELECT 'unit' AS level, unit_id AS region_id, 1 AS towns FROM small_town
            UNION ALL
            SELECT 'county', county_id, count(*) FROM small_town GROUP BY county_id
        ),
        counted AS (
            SELECT o.indicator_id, o.period, o.source_id, sum(t.towns)::BIGINT AS towns
            FROM observation o JOIN shown USING (indicator_id, level) JOIN town t USING (level, region_id)
            WHERE o.value IS NOT NULL
            GROUP BY ALL
        ),
        -- A town counts once, however many sources know its value; only few periods have several sources.
        several AS (SELECT indicator_id, period FROM counted GROUP BY ALL HAVING count(*) > 1),
        present AS (
            SELECT DISTINCT o.indicator_id, o.level, o.period, o.region_id
            FROM observation o JOIN shown USING (indicator_id, level) JOIN several USING (indicator_id, period)
            WHERE o.value IS NOT NULL
        ),
        covered AS (
            SELECT indicator_id, period, towns FROM counted ANTI JOIN several USING (indicator_id, period)
            UNION ALL
            SELECT p.indicator_id, p.period, sum(t.towns)::BIGINT
            FROM present p JOIN town t USING (level, region_id) GROUP BY ALL
        ),
        best AS (
            SELECT indicator_id, max(towns) AS most, min(period) AS first_period, max(period) AS last_period,
                   count(*) AS periods
            FROM covered GROUP BY indicator_id
        ),
        newest AS (
            SELECT c.indicator_id, max(c.period) AS period, max_by(c.towns, c.period) AS towns
            FROM covered c JOIN best b USING (indicator_id) WHERE c.towns >= 0.5 * b.most GROUP BY c.indicator_id
        ),
        origin AS (
            SELECT o.indicator_id, list_sort(list(DISTINCT s.title)) AS sources,
                   list_sort(list(DISTINCT s.provenance)) AS provenances
            FROM (SELECT DISTINCT indicator_id, source_id FROM observation) o JOIN source s USING (source_id)
            GROUP BY o.indicator_id
        ),
        dated AS (
            SELECT indicator_id, period, any_value(reference_date) AS reference_date
            FROM indicator_period GROUP BY indicator_id, period
        )
        SELECT t.title AS theme_title, i.indicator_id, i.title, i.unit_label, i.definition, s.is_county_context,
               b.first_period, b.last_period, b.periods, n.period, n.towns, d.reference_date,
               (SELECT count(*) FROM small_town) AS all_towns, o.sources, o.provenances
        FROM shown s JOIN indicator i USING (indicator_id) JOIN theme t USING (theme)
        JOIN best b USING (indicator_id) JOIN newest n USING (indicator_id) JOIN origin o USING (indicator_id)
        LEFT JOIN dated d ON d.indicator_id = n.indicator_id AND d.period = n.period
        ORDER BY t.position, i.position
        """
    ).df()


def all_values(con: duckdb.DuckDBPyConnection, indicator_id: str) -> pd.DataFrame:
    """Every value of an indicator at every level and period, the best source's, with its origin.

    Columns: level, region_id, region_name, period, value, value_status, flag, reference_date, provenance,
    source_title, licence, attribution.
    """
    return con.execute(
        """
        WITH region AS (
            SELECT 'municipality' AS level, ags AS region_id, name FROM municipality
            UNION ALL SELECT 'unit', unit_id, display_name FROM unit
            UNION ALL SELECT 'county', county_id, name FROM county
            UNION ALL SELECT 'state', state_id, name FROM state
            UNION ALL SELECT 'country', 'DG', 'Deutschland'
        ),
        flagged AS (
            SELECT level, region_id, period, string_agg(DISTINCT reason, '; ') AS flag
            FROM value_flag WHERE indicator_id = $indicator_id GROUP BY ALL
        ),
        dated AS (
            SELECT period, any_value(reference_date) AS reference_date
            FROM indicator_period WHERE indicator_id = $indicator_id GROUP BY period
        )
        SELECT o.level, o.region_id, r.name AS region_name, o.period, o.value, o.value_status, f.flag,
               d.reference_date, s.provenance, s.title AS source_title, s.licence, s.attribution
        FROM best_observation o JOIN source s USING (source_id)
        LEFT JOIN region r ON r.level = o.level AND r.region_id = o.region_id
        LEFT JOIN flagged f ON f.level = o.level AND f.region_id = o.region_id AND f.period = o.period
        LEFT JOIN dated d ON d.period = o.period
        WHERE o.indicator_id = $indicator_id
        ORDER BY o.period DESC, o.level, o.region_id
        """,
        {"indicator_id": indicator_id},
    ).df()
