"""What looks odd among the values just imported: coverage, implausible values, differences to other sources."""

from __future__ import annotations

import duckdb

# A value that is this many times its predecessor (or the other way round) is a jump, unless it is tiny.
JUMP_FACTOR = 3.0
JUMP_LEAST_MEMBERS = 100
DIFFERENCE_SHARE = 0.01
# Distance from the median of the neighbours, in median absolute deviations of all such distances.
NEIGHBOUR_DISTANCE = 12.0

_OUT_OF_RANGE = """
    INSERT INTO value_flag
    SELECT o.indicator_id, o.level, o.region_id, o.period,
           CASE WHEN o.value < i.minimum THEN 'unter dem möglichen Bereich' ELSE 'über dem möglichen Bereich' END
    FROM observation o JOIN indicator i USING (indicator_id)
    WHERE o.source_id = $source_id AND (o.value < i.minimum OR o.value > i.maximum)
"""
_JUMPS = """
    INSERT INTO value_flag
    WITH series AS (
        SELECT o.*, i.title, lag(o.value) OVER w AS before, lag(o.period) OVER w AS period_before
        FROM observation o JOIN indicator i USING (indicator_id)
        WHERE o.source_id = $source_id AND o.level IN ('municipality', 'unit') AND i.aggregation = 'sum'
          AND o.value IS NOT NULL
        WINDOW w AS (PARTITION BY o.indicator_id, o.level, o.region_id ORDER BY o.period)
    )
    SELECT indicator_id, level, region_id, period, 'Sprung gegenüber ' || period_before
    FROM series
    WHERE least(value, before) >= $least AND greatest(value, before) > $factor * least(value, before)
"""
# A share or rate far from what the neighbouring towns have; only for the newest period.
_NEIGHBOURS = """
    INSERT INTO value_flag
    WITH newest AS (
        SELECT o.indicator_id, o.region_id, o.period, o.value
        FROM observation o JOIN indicator i USING (indicator_id) JOIN unit u ON u.unit_id = o.region_id
        WHERE o.source_id = $source_id AND o.level = 'unit' AND i.aggregation <> 'sum' AND o.value IS NOT NULL
          AND u.town_type <> 'gemeindefrei'
        QUALIFY o.period = max(o.period) OVER (PARTITION BY o.indicator_id)
    ),
    beside AS (
        SELECT a.indicator_id, a.region_id, a.period, a.value - median(b.value) AS distance
        FROM newest a JOIN unit_neighbour n ON n.unit_id = a.region_id
        JOIN newest b ON b.indicator_id = a.indicator_id AND b.region_id = n.neighbour_id
        GROUP BY a.indicator_id, a.region_id, a.period, a.value HAVING count(*) >= 3
    ),
    spread AS (SELECT indicator_id, mad(distance) AS mad FROM beside GROUP BY indicator_id)
    SELECT b.indicator_id, 'unit', b.region_id, b.period, 'weit entfernt von allen Nachbarn'
    FROM beside b JOIN spread s USING (indicator_id)
    WHERE s.mad > 0 AND abs(b.distance) > $distance * s.mad
"""


def flag_values(con: duckdb.DuckDBPyConnection, source_id: str) -> tuple[int, list[tuple]]:
    """Flag implausible values of a source in `value_flag`; returns their number and examples."""
    con.execute(_OUT_OF_RANGE, {"source_id": source_id})
    con.execute(_JUMPS, {"source_id": source_id, "least": JUMP_LEAST_MEMBERS, "factor": JUMP_FACTOR})
    con.execute(_NEIGHBOURS, {"source_id": source_id, "distance": NEIGHBOUR_DISTANCE})
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE flagged_value AS
        SELECT o.indicator_id, o.region_id, o.period, o.value, f.reason
        FROM value_flag f JOIN observation o USING (indicator_id, level, region_id, period)
        WHERE o.source_id = $source_id AND o.value IS NOT NULL
        """,
        {"source_id": source_id},
    )
    count = con.execute("SELECT count(*) FROM flagged_value").fetchall()[0][0]
    examples = con.execute(
        "SELECT i.title, f.region_id, f.period, round(f.value, 4), f.reason "
        "FROM flagged_value f JOIN indicator i USING (indicator_id) ORDER BY ALL LIMIT 50"
    ).fetchall()
    con.execute("DROP TABLE flagged_value")
    return count, examples


def coverage(con: duckdb.DuckDBPyConnection, source_id: str) -> list[tuple]:
    """(indicator title, periods, small towns with a value in the newest period) of a source, best covered first."""
    return con.execute(
        """
        SELECT i.title,
               CASE WHEN min(o.period) = max(o.period) THEN min(o.period)
                    ELSE min(o.period) || ' bis ' || max(o.period) END AS periods,
               count(DISTINCT u.unit_id) FILTER (o.period = newest.period) AS towns
        FROM observation o JOIN indicator i USING (indicator_id)
        JOIN (SELECT indicator_id, max(period) AS period FROM observation WHERE source_id = $source_id
              GROUP BY indicator_id) newest USING (indicator_id)
        LEFT JOIN small_town u ON o.level = 'unit' AND o.region_id = u.unit_id AND o.value IS NOT NULL
        WHERE o.source_id = $source_id
        GROUP BY i.indicator_id, i.title ORDER BY towns DESC, i.title
        """,
        {"source_id": source_id},
    ).fetchall()


def differences(con: duckdb.DuckDBPyConnection, source_id: str, indicator_ids: list[str]) -> list[tuple]:
    """(indicator, compared, different by more than 1 %, example) against values of other official sources."""
    return con.execute(
        """
        WITH own AS (
            SELECT * FROM observation
            WHERE source_id = $source_id AND value IS NOT NULL AND indicator_id IN (SELECT unnest($indicator_ids))
        ),
        pair AS (
            SELECT i.title, own.region_id, own.period, own.value AS new, o.value AS old
            FROM own JOIN observation o USING (indicator_id, level, region_id, period)
            JOIN indicator i USING (indicator_id) JOIN source s ON s.source_id = o.source_id
            WHERE o.source_id <> own.source_id AND o.value IS NOT NULL AND s.provenance = 'amtlich'
        )
        SELECT title, count(*), count(*) FILTER (abs(new - old) > $share * greatest(abs(new), abs(old))) AS different,
               max_by(region_id || ' ' || period || ': ' || round(new, 2) || ' statt ' || round(old, 2), abs(new - old))
        FROM pair GROUP BY title HAVING different > 0 ORDER BY different DESC
        """,
        {"source_id": source_id, "share": DIFFERENCE_SHARE, "indicator_ids": indicator_ids},
    ).fetchall()
