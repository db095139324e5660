"""Early values of municipalities that have since taken in others which cannot be followed: flagged, not repaired.

A municipality that ended before 2016 and has no successor in any table is not carried. Whoever took it in keeps its
own key, so its values before that are those of a smaller territory. The file itself tells who: in the same county,
in the very year after the last value of the ended one, a population jumps by about as much.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.derive import FORMER_TERRITORY

# The rise has to reach this part of the ended municipality's population and this share of one's own: growth by
# itself hardly ever does both in the same county and year.
LEAST_OF_ENDED = 0.8
LEAST_RISE = 0.03

_GROWN = """
    WITH value AS (
        SELECT s.region_id AS key, s.period, s.value FROM staged s JOIN feature_target f USING (feature)
        WHERE f.indicator_id = 'population' AND s.level = 'municipality' AND s.value > 0
    ),
    ended AS (
        SELECT left(key, 5) AS county, max(period) AS period, max_by(value, period) AS value
        FROM value WHERE key NOT IN (SELECT key FROM region_target WHERE level = 'municipality')
        GROUP BY key HAVING max(period) < (SELECT max(period) FROM value)
    ),
    series AS (
        SELECT region_id, period, value, lead(value) OVER (PARTITION BY region_id ORDER BY period) AS next
        FROM observation
        WHERE source_id = $source_id AND indicator_id = 'population' AND level = 'municipality' AND value > 0
    ),
    -- A municipality lies in the counties of all its keys over time.
    home AS (SELECT DISTINCT region_id, left(key, 5) AS county FROM region_target WHERE level = 'municipality')
    SELECT s.region_id, s.period
    FROM series s JOIN home h USING (region_id) JOIN ended e ON e.county = h.county AND e.period = s.period
    WHERE s.next >= (1 + $least_rise) * s.value
    GROUP BY s.region_id, s.period, s.value, s.next
    -- At least the smallest of the ended ones, at most all of them with some growth of one's own.
    HAVING s.next - s.value BETWEEN $least_of_ended * min(e.value) AND sum(e.value) + $least_rise * s.value
"""
_FLAG = """
    INSERT INTO value_flag
    SELECT DISTINCT o.indicator_id, o.level, o.region_id, o.period, $reason
    FROM observation o
    JOIN (
        SELECT 'municipality' AS level, region_id, max(period) AS period FROM grown GROUP BY region_id
        -- In an association the flag of the member counts, which names it.
        UNION ALL SELECT 'unit', m.unit_id, max(g.period) FROM grown g JOIN municipality m ON m.ags = g.region_id
        JOIN unit u ON u.unit_id = m.unit_id AND u.member_count = 1 GROUP BY m.unit_id
    ) g ON g.level = o.level AND g.region_id = o.region_id
    WHERE o.source_id = $source_id AND o.indicator_id = 'population' AND o.value IS NOT NULL AND o.period <= g.period
"""


def flag(con: duckdb.DuckDBPyConnection, targets: pd.DataFrame, source_id: str) -> list[str]:
    """Flag early populations of a source that hold for a smaller territory; to be called after values went up.

    Needs the temporary tables of kowis_data.imports.staging. Returns a German sentence for the report, if any.
    """
    if "population" not in set(targets["indicator_id"]):
        return []
    parameters = {"source_id": source_id, "least_of_ended": LEAST_OF_ENDED, "least_rise": LEAST_RISE}
    con.execute(f"CREATE OR REPLACE TEMP TABLE grown AS {_GROWN}", parameters)
    number = con.execute("SELECT count(DISTINCT region_id) FROM grown").fetchall()[0][0]
    if not number:
        return []
    con.execute(_FLAG, {"source_id": source_id, "reason": FORMER_TERRITORY})
    return [
        f"{number} Gemeinden haben später Nachbarn aufgenommen, die sich nicht übertragen lassen; ihre früheren "
        "Bevölkerungszahlen gelten für ein kleineres Gebiet und sind so gekennzeichnet."
    ]
