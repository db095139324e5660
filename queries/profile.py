"""One town among the others: its figures with rank and percentile, and what is conspicuous."""

from __future__ import annotations

import duckdb
import pandas as pd

# Fewer towns than this make a percentile meaningless.
SMALLEST_GROUP_FOR_PERCENTILE = 20

_PROFILE = """
    WITH figure AS (
        SELECT i.indicator_id, i.theme, i.position, coalesce(i.is_county_context, false) AS is_county_context,
               max(p.period) AS period, max_by(p.reference_date, p.period) AS reference_date
        FROM indicator i JOIN indicator_period p USING (indicator_id)
        GROUP BY ALL
    ),
    ranked AS (
        SELECT f.indicator_id, f.period, f.reference_date, u.unit_id, u.state_id, o.value, o.value_status,
               o.provenance, o.source_id
        FROM figure f CROSS JOIN small_town u
        JOIN best_observation o ON o.indicator_id = f.indicator_id AND o.period = f.period
            AND o.level = CASE WHEN f.is_county_context THEN 'county' ELSE 'unit' END
            AND o.region_id = CASE WHEN f.is_county_context THEN u.county_id ELSE u.unit_id END
    )
    SELECT indicator_id, period, reference_date, unit_id, value, value_status, provenance, source_id,
           count(value) OVER everybody AS towns,
           rank() OVER (PARTITION BY indicator_id ORDER BY value DESC NULLS LAST) AS rank,
           count(*) OVER (PARTITION BY indicator_id, value) AS equals,
           median(value) OVER everybody AS median,
           count(value) OVER state AS state_towns,
           rank() OVER (PARTITION BY indicator_id, state_id ORDER BY value DESC NULLS LAST) AS state_rank,
           count(*) OVER (PARTITION BY indicator_id, state_id, value) AS state_equals,
           median(value) OVER state AS state_median
    FROM ranked
    WINDOW everybody AS (PARTITION BY indicator_id), state AS (PARTITION BY indicator_id, state_id)
"""


def rank_table(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Latest value of every indicator for every small town with its place among all and among its state.

    One row per indicator and town: indicator_id, period, reference_date, unit_id, value, value_status,
    provenance, source_id, towns, rank (1 = highest), percentile (0 = lowest, 100 = highest; equal values share the
    middle of their places, so that a value most towns have is not conspicuous), median, and the same with prefix
    `state_`. Percentiles within groups below `SMALLEST_GROUP_FOR_PERCENTILE` towns are missing.
    """
    table = con.execute(_PROFILE + " ORDER BY unit_id, indicator_id").df()
    has_value = table["value"].notna()
    for prefix in ("", "state_"):
        rank, towns, equals = (table[f"{prefix}{name}"] for name in ("rank", "towns", "equals"))
        percentile = 100 * (towns - rank - (equals - 1) / 2) / (towns - 1).clip(lower=1)
        enough = (towns >= SMALLEST_GROUP_FOR_PERCENTILE) & has_value
        table[f"{prefix}percentile"] = percentile.where(enough)
        table[f"{prefix}rank"] = rank.where(has_value).astype("Int64")
    return table


def unit_values(con: duckdb.DuckDBPyConnection, unit_id: str) -> pd.DataFrame:
    """Latest value of every indicator for any unit, small town or not: indicator_id, period, value, …"""
    return con.execute(
        """
        SELECT o.indicator_id, o.period, p.reference_date, o.value, o.value_status, o.provenance, o.source_id
        FROM best_observation o JOIN indicator i USING (indicator_id) JOIN unit u ON u.unit_id = $unit_id
        LEFT JOIN indicator_period p ON p.indicator_id = o.indicator_id AND p.period = o.period
        WHERE o.level = CASE WHEN coalesce(i.is_county_context, false) THEN 'county' ELSE 'unit' END
          AND o.region_id = CASE WHEN coalesce(i.is_county_context, false) THEN u.county_id ELSE u.unit_id END
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
