"""What a reader gives, put into temporary tables of the new database and brought to today's regions.

`staged` holds the values as they stand in the file, `feature_target` says which indicator each feature becomes,
`region_target` where each key lies today.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.formats.reading import VALUE_COLUMNS, Reading
from kowis_data.imports import territory
from kowis_data.keys import LEVELS

_TYPES = {"value": "DOUBLE", "line": "BIGINT"}

# A region of today made of several former ones, or of a part of one: sums add up, and a secret part makes the
# whole secret. Anything that is no sum is only taken over where all but one part did not exist at the time.
_PLACE = """
    WITH target AS (
        SELECT *, count(*) OVER (PARTITION BY level, region_id) > 1 OR share < 1 AS is_merged
        FROM region_target
    ),
    placed_value AS (
        SELECT f.indicator_id, f.rank, f.aggregation, s.level, t.region_id, s.period, s.value * f.factor AS value,
               s.value_status, t.share, t.is_merged, s.line
        FROM staged s
        JOIN feature_target f USING (feature)
        JOIN target t ON t.level = s.level AND t.key = s.region_id
    ),
    merged AS (
        SELECT indicator_id, rank, level, region_id, period,
               CASE WHEN aggregation = 'sum' THEN
                        CASE WHEN bool_or(value IS NULL AND value_status <> 'nichts_vorhanden') THEN NULL
                             ELSE sum(value * share) END
                    WHEN count(value) = 1 AND bool_and(share = 1) THEN max(value) END AS value,
               CASE WHEN aggregation = 'sum' THEN max(value_status) FILTER (value_status <> 'nichts_vorhanden')
                    WHEN count(value) = 0 THEN max(value_status)
                    WHEN count(value) > 1 THEN 'nicht_sinnvoll' END AS merged_status,
               max(value_status) AS any_status, count(value) AS parts
        FROM placed_value WHERE is_merged
        GROUP BY indicator_id, rank, level, region_id, period, aggregation
    )
    SELECT indicator_id, rank, level, region_id, period, value, value_status FROM placed_value WHERE NOT is_merged
    UNION ALL
    SELECT indicator_id, rank, level, region_id, period, value,
           CASE WHEN value IS NULL THEN coalesce(merged_status, any_status, 'nicht_sinnvoll') END
    FROM merged
"""
# Where features of different rank give the same figure, the first one stands.
_DISTINCT = """
    SELECT indicator_id, level, region_id, period, value, value_status
    FROM ({placed})
    QUALIFY row_number() OVER (
        PARTITION BY indicator_id, level, region_id, period ORDER BY (value IS NULL), rank, value
    ) = 1
"""


def stage(con: duckdb.DuckDBPyConnection, reading: Reading, levels: tuple[str, ...] = LEVELS) -> dict[str, int]:
    """Make `staged` from the values at the levels asked for; returns the number of values by other level.

    Bulk values stay where the reader put them (it keeps to the five levels and to one row per key itself);
    `staged` is then only a view of them.
    """
    # DuckDB refuses DROP TABLE IF EXISTS for a view, so the kind left by the file before has to be known.
    left = con.execute("SELECT table_type FROM information_schema.tables WHERE table_name = 'staged'").fetchall()
    if left:
        con.execute(f"DROP {'VIEW' if left[0][0] == 'VIEW' else 'TABLE'} staged")
    if isinstance(reading.values, str):
        listed = ", ".join(f"'{level}'" for level in LEVELS if level in levels)
        con.execute(f"CREATE TEMP VIEW staged AS SELECT * FROM {reading.values} WHERE level IN ({listed})")
        return {}
    con.register("reading_values", reading.values[list(VALUE_COLUMNS)])
    columns = ", ".join(f"{name}::{_TYPES.get(name, 'VARCHAR')} AS {name}" for name in VALUE_COLUMNS)
    con.execute(
        f"CREATE TEMP TABLE staged AS SELECT {columns} FROM reading_values "
        "WHERE level IN (SELECT unnest($levels)) AND (value IS NOT NULL OR value_status IS NOT NULL)",
        {"levels": list(levels)},
    )
    others = con.execute(
        "SELECT level, count(*) FROM reading_values WHERE level NOT IN (SELECT unnest($levels)) GROUP BY level",
        {"levels": list(levels)},
    ).fetchall()
    con.unregister("reading_values")
    return dict(others)


def repeated(con: duckdb.DuckDBPyConnection) -> tuple[int, list[tuple]]:
    """Number of repeated keys in `staged`, and examples whose numbers contradict each other."""
    rows = con.execute(
        """
        SELECT feature, level, region_id, period, count(*) AS times, min(value) AS low, max(value) AS high
        FROM staged WHERE value IS NOT NULL
        GROUP BY feature, level, region_id, period HAVING count(*) > 1
        ORDER BY ALL LIMIT 100000
        """
    ).fetchall()
    contradictions = [
        (feature, region_id, period, f"{low:g} oder {high:g}")
        for feature, _, region_id, period, _, low, high in rows
        if high - low > 1e-9 * max(abs(low), abs(high))
    ]
    return len(rows), contradictions


def place(
    con: duckdb.DuckDBPyConnection, targets: pd.DataFrame, source_id: str, *, is_distinct: bool
) -> tuple[dict[str, int], list[tuple], int]:
    """Write `staged` into `observation`: indicators of the atlas at regions of today.

    `targets` is `feature_target`: feature, indicator_id, factor, rank, aggregation; `is_distinct` says that every
    key of the file stands there once. Returns the number of former regions carried by method, the regions that
    cannot be carried as (level, key, name), and the number of their values.
    """
    con.register("feature_rows", targets)
    con.execute("CREATE OR REPLACE TEMP TABLE feature_target AS SELECT * FROM feature_rows")
    con.unregister("feature_rows")
    keys = con.execute(
        "SELECT level, region_id AS key, any_value(region_name) AS name, count(value) AS numbers FROM staged "
        "GROUP BY level, region_id ORDER BY ALL"
    ).df()
    resolved = territory.resolve(con, keys)
    con.register("region_rows", resolved)
    con.execute("CREATE OR REPLACE TEMP TABLE region_target AS SELECT * FROM region_rows")
    con.unregister("region_rows")
    one_to_one = is_distinct and targets["indicator_id"].is_unique
    con.execute(
        "INSERT INTO observation SELECT indicator_id, level, region_id, period, value, value_status, $source_id "
        f"FROM ({_PLACE if one_to_one else _DISTINCT.format(placed=_PLACE)})"
        + ("" if is_distinct else " ORDER BY indicator_id, level, region_id"),
        {"source_id": source_id},
    )
    methods = resolved.drop_duplicates(["level", "key"])["method"].value_counts()
    carried = {method: int(count) for method, count in methods.items() if method != territory.SAME}
    lost = keys.merge(resolved[["level", "key"]].drop_duplicates(), how="left", indicator=True)
    lost = lost[(lost["_merge"] == "left_only") & (lost["numbers"] > 0)]
    names = lost["name"].astype(object).where(lost["name"].notna(), None)
    return carried, list(zip(lost["level"], lost["key"], names, strict=True)), int(lost["numbers"].sum())
