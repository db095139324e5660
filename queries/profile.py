"""One town among the others: its figures with rank and percentile, and what is conspicuous."""

from __future__ import annotations

import duckdb
import pandas as pd

# Fewer towns than this make a percentile meaningless.
SMALLEST_GROUP_FOR_PERCENTILE = 20

_PROFILE = """
    WITH covered AS (
        SELECT o.indicator_id, o.period, coalesce(i.is_county_context, false) AS is_county_context, count(*) AS regions
        FROM observation o JOIN indicator i USING (indicator_id)
        WHERE o.value IS NOT NULL
          AND o.level = CASE WHEN coalesce(i.is_county_context, false) THEN 'county' ELSE 'unit' END
        GROUP BY o.indicator_id, o.period, i.is_county_context
    ),
    figure AS (
        -- The newest period with at least half as many values as the best covered one.
        SELECT c.indicator_id, c.is_county_context, c.period, p.reference_date
        FROM covered c
        JOIN (SELECT indicator_id, max(regions) AS regions FROM covered GROUP BY indicator_id) best USING (indicator_id)
        LEFT JOIN (SELECT indicator_id, period, any_value(reference_date) AS reference_date
                   FROM indicator_period GROUP BY indicator_id, period) p USING (indicator_id, period)
        QUALIFY row_number() OVER (
            PARTITION BY c.indicator_id
            ORDER BY c.regions < 0.5 * best.regions, c.period DESC
        ) = 1
    ),
    candidate AS (
        SELECT f.indicator_id, f.period, f.reference_date, u.unit_id, u.state_id, o.value, o.value_status,
               o.source_id
        FROM observation o
        JOIN figure f ON f.indicator_id = o.indicator_id AND f.period = o.period
        JOIN small_town u ON u.unit_id = o.region_id
        WHERE o.level = 'unit' AND NOT f.is_county_context
        UNION ALL
        SELECT f.indicator_id, f.period, f.reference_date, u.unit_id, u.state_id, o.value, o.value_status,
               o.source_id
        FROM observation o
        JOIN figure f ON f.indicator_id = o.indicator_id AND f.period = o.period
        JOIN small_town u ON u.county_id = o.region_id
        WHERE o.level = 'county' AND f.is_county_context
    )
    -- The same order of precedence as the view best_observation, for these few rows only.
    SELECT c.*, s.provenance
    FROM candidate c JOIN source s USING (source_id)
    QUALIFY row_number() OVER (
        PARTITION BY c.indicator_id, c.unit_id
        ORDER BY (c.value IS NULL), s.precedence, s.imported_at DESC, c.source_id
    ) = 1
    ORDER BY c.unit_id, c.indicator_id
"""


def rank_table(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Latest value of every indicator for every small town with its place among all and among its state.

    One row per indicator and town: indicator_id, period, reference_date, unit_id, value, value_status,
    provenance, source_id, towns, rank (1 = highest), percentile (0 = lowest, 100 = highest; equal values share the
    middle of their places, so that a value most towns have is not conspicuous), median, and the same with prefix
    `state_`. Percentiles within groups below `SMALLEST_GROUP_FOR_PERCENTILE` towns are missing.
    """
    table = con.execute(_PROFILE).df()
    for prefix, group in (("", ["indicator_id"]), ("state_", ["indicator_id", "state_id"])):
        values = table.groupby(group, sort=False)["value"]
        towns = values.transform("count")
        table[f"{prefix}towns"] = towns
        table[f"{prefix}rank"] = values.rank(ascending=False, method="min").astype("Int64")
        percentile = 100 * (values.rank(method="average") - 1) / (towns - 1).clip(lower=1)
        table[f"{prefix}percentile"] = percentile.where(towns >= SMALLEST_GROUP_FOR_PERCENTILE)
        table[f"{prefix}median"] = values.transform("median")
    return table.drop(columns="state_id")


def unit_values(con: duckdb.DuckDBPyConnection, unit_id: str) -> pd.DataFrame:
    """Latest value of every indicator for any unit, small town or not: indicator_id, period, value, …"""
    return con.execute(
        """
        WITH place AS (SELECT unit_id, county_id FROM unit WHERE unit_id = $unit_id)
        SELECT o.indicator_id, o.period, p.reference_date, o.value, o.value_status, o.provenance, o.source_id
        FROM best_observation o JOIN indicator i USING (indicator_id)
        LEFT JOIN indicator_period p ON p.indicator_id = o.indicator_id AND p.period = o.period
        WHERE (o.level = 'unit' AND o.region_id = (SELECT unit_id FROM place)
               AND NOT coalesce(i.is_county_context, false))
           OR (o.level = 'county' AND o.region_id = (SELECT county_id FROM place)
               AND coalesce(i.is_county_context, false))
        QUALIFY o.period = max(o.period) OVER (PARTITION BY o.indicator_id)
        ORDER BY i.position
        """,
        {"unit_id": unit_id},
    ).df()


def municipality_values(con: duckdb.DuckDBPyConnection, ags: str) -> pd.DataFrame:
    """Latest value of every indicator that is known for a single municipality: indicator_id, period, value, …"""
    return con.execute(
        """
        SELECT o.indicator_id, o.period, o.value, o.value_status, o.provenance, o.source_id
        FROM best_observation o
        WHERE o.level = 'municipality' AND o.region_id = $ags
        QUALIFY o.period = max(o.period) OVER (PARTITION BY o.indicator_id)
        """,
        {"ags": ags},
    ).df()


def notes(con: duckdb.DuckDBPyConnection, unit_id: str) -> dict[str, str]:
    """Remarks about single values of a unit, its county or (for a unit of one municipality) its municipality."""
    rows = con.execute(
        """
        SELECT n.indicator_id, string_agg(DISTINCT n.note, ' ')
        FROM value_note n JOIN unit u ON u.unit_id = $unit_id
        WHERE (n.level = 'county' AND n.region_id = u.county_id)
           OR (n.level = 'municipality' AND n.region_id IN (SELECT ags FROM municipality WHERE unit_id = $unit_id))
        GROUP BY n.indicator_id
        """,
        {"unit_id": unit_id},
    ).fetchall()
    return dict(rows)


def conspicuous(ranks: pd.DataFrame, number: int = 8) -> pd.DataFrame:
    """The figures on which a town lies farthest from the middle of all small towns, most distant first.

    `ranks` are the rows of one town in `rank_table`. Adds `distance` = |percentile − 50|; figures without a
    percentile are left out. Says nothing about good or bad.
    """
    with_percentile = ranks.dropna(subset="percentile")
    distance = (with_percentile["percentile"] - 50).abs()
    return (
        with_percentile.assign(distance=distance)
        .sort_values(["distance", "indicator_id"], ascending=[False, True])
        .head(number)
    )
