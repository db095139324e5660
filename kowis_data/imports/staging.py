"""What a reader gives, put into temporary tables of the new database and brought to today's regions.

`staged` holds the values as they stand in the file, `feature_target` says which indicator each feature becomes,
`region_target` where each key lies today.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.database_rows import unordered
from kowis_data.formats.reading import VALUE_COLUMNS, Reading
from kowis_data.imports import territory
from kowis_data.keys import LEVELS

_TYPES = {"value": "DOUBLE", "line": "BIGINT"}

# A region of today made of several former ones, or of a part of one: sums add up, and a secret part makes the
# whole secret. Anything that is no sum is only taken over where all but one part did not exist at the time.
_PLACE = """
    WITH placed_value AS NOT MATERIALIZED ({placed_value}),
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
_PLACED = """
    SELECT f.indicator_id, f.rank, f.aggregation, s.level, t.region_id, s.period, s.value * f.factor AS value,
           s.value_status, t.share, t.is_merged
    FROM staged s JOIN feature_target f USING (feature)
    JOIN region_target t ON t.level = s.level AND t.key = s.region_id
"""
# The same over the numbers of a bulk file: no text is compared or copied before a row is written.
_PLACED_NUMBERS = """
    SELECT f.indicator_id, f.rank, f.aggregation, t.level, t.region_id, p.period, s.value * f.factor AS value,
           NULL::VARCHAR AS value_status, t.share, t.is_merged
    FROM {observation} s JOIN numbered_feature f USING (feature_no) JOIN numbered_region t USING (region_no)
    JOIN {period} p USING (period_no)
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
    if reading.is_numbered:
        listed = ", ".join(f"'{level}'" for level in LEVELS if level in levels)
        con.execute("SET VARIABLE staged_levels = $levels", {"levels": list(levels)})
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
    con: duckdb.DuckDBPyConnection, targets: pd.DataFrame, source_id: str, reading: Reading
) -> tuple[dict[str, int], list[tuple], int]:
    """Write `staged` into `observation`: indicators of the atlas at regions of today.

    `targets` is `feature_target`: feature, indicator_id, factor, rank, aggregation. Returns the number of former
    regions carried by method, the regions that cannot be carried as (level, key, name), and the number of their
    values.
    """
    con.register("feature_rows", targets)
    con.execute("CREATE OR REPLACE TEMP TABLE feature_target AS SELECT * FROM feature_rows")
    con.unregister("feature_rows")
    keys = con.execute(_keys(reading)).df()
    resolved = territory.resolve(con, keys)
    con.register("region_rows", resolved)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE region_target AS SELECT *, "
        "count(*) OVER (PARTITION BY level, region_id) > 1 OR share < 1 AS is_merged FROM region_rows"
    )
    con.unregister("region_rows")
    placed = _PLACE.format(placed_value=_numbered(con, reading) if reading.is_numbered else _PLACED)
    if not (reading.is_numbered and targets["indicator_id"].is_unique):
        placed = _DISTINCT.format(placed=placed)
    insert = (
        "INSERT INTO observation SELECT indicator_id, level, region_id, period, value, value_status, $source_id "
        f"FROM ({placed})"
    )
    if reading.is_numbered:  # bulk values come sorted from their reader
        with unordered(con):
            con.execute(insert, {"source_id": source_id})
    else:
        con.execute(insert + " ORDER BY indicator_id, level, region_id", {"source_id": source_id})
    methods = resolved.drop_duplicates(["level", "key"])["method"].value_counts()
    carried = {method: int(count) for method, count in methods.items() if method != territory.SAME}
    lost = keys.merge(resolved[["level", "key"]].drop_duplicates(), how="left", indicator=True)
    lost = lost[(lost["_merge"] == "left_only") & (lost["numbers"] > 0)]
    names = lost["name"].astype(object).where(lost["name"].notna(), None)
    is_name = lost["key"].str.startswith("name:").astype(bool)
    shown = lost["key"].str.replace(r"^name:(\d\d:)?", "", regex=True)
    names = names.mask(is_name, "(nicht im Verzeichnis oder mehrfach)")
    return carried, list(zip(lost["level"], shown, names, strict=True)), int(lost["numbers"].sum())


def _keys(reading: Reading) -> str:
    """SQL: level, key, name of every region in the file and how many numbers it has."""
    if not reading.is_numbered:
        return (
            "SELECT level, region_id AS key, any_value(region_name) AS name, count(value) AS numbers FROM staged "
            "GROUP BY level, region_id ORDER BY ALL"
        )
    return f"""
        SELECT level, region_id AS key, region_name AS name, numbers
        FROM (SELECT region_no, count(value) AS numbers FROM {reading.numbered("observation")} GROUP BY region_no)
        JOIN {reading.numbered("region")} USING (region_no)
        WHERE level IN (SELECT unnest(getvariable('staged_levels'))) ORDER BY ALL
    """


def _numbered(con: duckdb.DuckDBPyConnection, reading: Reading) -> str:
    """Targets of the numbers of features and regions as tables; returns the SQL that places values by them."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE numbered_feature AS "
        f"SELECT feature_no, t.* FROM {reading.numbered('feature')} JOIN feature_target t USING (feature)"
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE numbered_region AS "
        "SELECT r.region_no, t.level, t.region_id, t.share, t.is_merged "
        f"FROM {reading.numbered('region')} r JOIN region_target t ON t.level = r.level AND t.key = r.region_id"
    )
    return _PLACED_NUMBERS.format(observation=reading.numbered("observation"), period=reading.numbered("period"))
