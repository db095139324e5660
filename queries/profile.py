"""One town among the others: its figures with rank and percentile, and what is conspicuous."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

# Fewer towns than this make a percentile meaningless.
SMALLEST_GROUP_FOR_PERCENTILE = 20

_FIGURES = """
    WITH figure AS MATERIALIZED (
        SELECT d.indicator_id, d.period, coalesce(i.is_county_context, false) AS is_county_context
        FROM default_period d JOIN indicator i USING (indicator_id)
    ),
    place AS (SELECT unit_id, county_id, state_id FROM unit WHERE unit_id = $unit_id),
    town AS (SELECT unit_id, county_id, state_id FROM small_town UNION FROM place),
    candidate AS MATERIALIZED (
        SELECT f.indicator_id, f.period, u.unit_id, u.state_id, o.value, o.value_status, o.source_id
        FROM observation o JOIN figure f ON f.indicator_id = o.indicator_id AND f.period = o.period
        JOIN town u ON u.unit_id = o.region_id
        WHERE o.level = 'unit' AND NOT f.is_county_context
        UNION ALL
        SELECT f.indicator_id, f.period, u.unit_id, u.state_id, o.value, o.value_status, o.source_id
        FROM observation o JOIN figure f ON f.indicator_id = o.indicator_id AND f.period = o.period
        JOIN town u ON u.county_id = o.region_id
        WHERE o.level = 'county' AND f.is_county_context
    ),
    several AS (
        SELECT indicator_id FROM candidate GROUP BY indicator_id HAVING min(source_id) <> max(source_id)
    ),
    best AS MATERIALIZED (
        FROM candidate ANTI JOIN several USING (indicator_id)
        UNION ALL
        -- The order of precedence of the view best_observation, for the few indicators with several sources.
        SELECT c.* FROM candidate c SEMI JOIN several USING (indicator_id) JOIN source s USING (source_id)
        QUALIFY row_number() OVER (
            PARTITION BY c.indicator_id, c.unit_id
            ORDER BY (c.value IS NULL), s.precedence, s.imported_at DESC, c.source_id
        ) = 1
    ),
    own AS (FROM best WHERE unit_id = $unit_id),
    compared AS (
        SELECT b.indicator_id, count(b.value) AS towns, median(b.value) AS median,
               count(*) FILTER (b.value > own.value) AS above, count(*) FILTER (b.value < own.value) AS below,
               count(b.value) FILTER (b.state_id = own.state_id) AS state_towns,
               median(b.value) FILTER (b.state_id = own.state_id) AS state_median,
               count(*) FILTER (b.value > own.value AND b.state_id = own.state_id) AS state_above,
               count(*) FILTER (b.value < own.value AND b.state_id = own.state_id) AS state_below
        FROM best b JOIN own USING (indicator_id)
        WHERE b.unit_id IN (SELECT unit_id FROM small_town)
        GROUP BY b.indicator_id
    )
    SELECT own.indicator_id, own.period,
           (SELECT any_value(p.reference_date) FROM indicator_period p
            WHERE p.indicator_id = own.indicator_id AND p.period = own.period) AS reference_date,
           own.unit_id, own.value, own.value_status, s.provenance, own.source_id,
           (SELECT string_agg(f.reason, '; ' ORDER BY f.reason) FROM unit_flag f WHERE f.unit_id = own.unit_id
            AND f.indicator_id = own.indicator_id AND f.period = own.period) AS flag,
           (SELECT string_agg(n.note, ' ' ORDER BY n.note) FROM unit_note n WHERE n.unit_id = own.unit_id
            AND n.indicator_id = own.indicator_id) AS note,
           c.* EXCLUDE (indicator_id)
    FROM own JOIN source s USING (source_id) JOIN compared c USING (indicator_id)
    ORDER BY own.indicator_id
"""


def town_figures(con: duckdb.DuckDBPyConnection, unit_id: str) -> pd.DataFrame:
    """Value of every indicator in its default period for one unit, with its place among all small towns and its Land.

    One row per indicator: indicator_id, period, reference_date, unit_id, value, value_status, provenance, source_id,
    flag and note (why the value needs care, or None), towns (small towns with a value), median, rank (1 = highest),
    percentile (0 = lowest, 100 = highest; equal values share the middle of their places, so that a value most towns
    have is not conspicuous), and the same with prefix `state_` within its Land. A unit that is no small town has no
    ranks; percentiles within fewer than `SMALLEST_GROUP_FOR_PERCENTILE` towns are missing.
    """
    table = con.execute(_FIGURES, {"unit_id": unit_id}).df()
    is_small = con.execute("SELECT count(*) FROM small_town WHERE unit_id = ?", [unit_id]).fetchall()[0][0] == 1
    has_place = table["value"].notna() & is_small
    for prefix in ("", "state_"):
        towns, above, below = (table.pop(f"{prefix}{name}") for name in ("towns", "above", "below"))
        same = towns - above - below
        percentile = 100 * (below + (same - 1) / 2) / (towns - 1).clip(lower=1)
        table[f"{prefix}towns"] = towns
        table[f"{prefix}rank"] = (above + 1).astype("Int64").where(has_place)
        table[f"{prefix}percentile"] = percentile.where(has_place & (towns >= SMALLEST_GROUP_FOR_PERCENTILE), np.nan)
    return table


def numbers_of_cases(con: duckdb.DuckDBPyConnection, unit_id: str) -> dict[str, float]:
    """What was counted for the rates of few cases, in the period that they show: count by the rate's indicator."""
    rows = con.execute(
        """
        SELECT i.indicator_id, o.value
        FROM indicator i JOIN default_period d USING (indicator_id)
        JOIN best_observation o ON o.indicator_id = i.count_indicator AND o.period = d.period
        WHERE o.level = 'unit' AND o.region_id = ? AND o.value IS NOT NULL
        """,
        [unit_id],
    ).fetchall()
    return dict(rows)


def municipality_values(con: duckdb.DuckDBPyConnection, ags: str) -> pd.DataFrame:
    """Value of every indicator that is known for a single municipality, in the period that its unit shows.

    Columns: indicator_id, period, value, value_status, provenance, source_id.
    """
    return con.execute(
        """
        SELECT o.indicator_id, o.period, o.value, o.value_status, o.provenance, o.source_id
        FROM best_observation o JOIN default_period d ON d.indicator_id = o.indicator_id AND d.period = o.period
        WHERE o.level = 'municipality' AND o.region_id = $ags
        ORDER BY o.indicator_id
        """,
        {"ags": ags},
    ).df()


def conspicuous(figures: pd.DataFrame, number: int = 8) -> pd.DataFrame:
    """The figures on which a town lies farthest from the middle of all small towns, most distant first.

    `figures` as from `town_figures`. Adds `distance` = |percentile − 50|; figures without a percentile are left out.
    Says nothing about good or bad.
    """
    with_percentile = figures.dropna(subset="percentile")
    distance = (with_percentile["percentile"] - 50).abs()
    return (
        with_percentile.assign(distance=distance)
        .sort_values(["distance", "indicator_id"], ascending=[False, True])
        .head(number)
    )
