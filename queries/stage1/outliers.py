"""The outlier check: a contrast selection picks exactly the wrong values, so suspicious ones must be decided on."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from queries.stage1.criterion import CATEGORY
from queries.stage1.run import Stage1Result
from queries.stage1.settings import Stage1Settings

# "Far out" after Tukey (1977): three interquartile ranges beyond the quartiles.
FAR_OUT = 3.0
# A town this many times further from its neighbours' median than is usual (median absolute distance) stands alone.
ALONE = 12.0
_LEAST_NEIGHBOURS = 3


def suspicious(
    con: duckdb.DuckDBPyConnection, result: Stage1Result, settings: Stage1Settings, raw: pd.DataFrame
) -> pd.DataFrame:
    """Suspicious values among the towns that remain.

    `raw` are the values before any decision. Columns: unit_id, key, value, reason (German), is_decided.
    """
    remaining = list(result.remaining)
    metric = [c for c in settings.criteria if c.kind != CATEGORY]
    flagged = _flags(con, remaining, metric)
    beside = _neighbours(con, remaining, metric)
    decided = {(d.unit_id, d.key) for d in settings.outliers}
    rows = []
    for criterion in metric:
        column = raw[criterion.key]
        present = column.dropna()
        first, third = present.quantile([0.25, 0.75])
        fence = FAR_OUT * (third - first)
        one_percent = present.quantile(0.01)
        own = column.reindex(remaining).dropna()
        for unit_id, value in zip(own.index, own.to_numpy(), strict=True):
            reasons = list(flagged.get((unit_id, criterion.key), []))
            median, distance = beside.get((unit_id, criterion.key), (np.nan, np.nan))
            if value == 0 and one_percent > 0:
                reasons.append("genau 0, wo fast alle anderen Städte einen Wert darüber haben")
            if distance > ALONE:
                reasons.append("weit entfernt von allen Nachbarn")
            if fence > 0 and (value < first - fence or value > third + fence):
                reasons.append("weit außerhalb der üblichen Spanne")
            if reasons:
                rows.append(
                    {
                        "unit_id": unit_id,
                        "key": criterion.key,
                        "value": float(value),
                        "neighbours": median,
                        "reason": "; ".join(dict.fromkeys(reasons)),
                        "is_decided": (unit_id, criterion.key) in decided,
                    }
                )
    columns = ["unit_id", "key", "value", "neighbours", "reason", "is_decided"]
    return pd.DataFrame(rows, columns=columns)


def _flags(con, remaining: list[str], metric: list) -> dict[tuple[str, str], list[str]]:
    rows = con.execute(
        """
        SELECT f.region_id, f.indicator_id, f.reason FROM value_flag f
        SEMI JOIN (SELECT unnest($ids) AS indicator_id, unnest($periods) AS period) w
            ON w.indicator_id = f.indicator_id AND w.period = f.period
        WHERE f.level = 'unit' AND f.region_id IN (SELECT unnest($units)) ORDER BY ALL
        """,
        {
            "ids": [c.indicator_id for c in metric],
            "periods": [c.period for c in metric],
            "units": remaining,
        },
    ).fetchall()
    found: dict[tuple[str, str], list[str]] = {}
    for unit_id, indicator_id, reason in rows:
        found.setdefault((unit_id, indicator_id), []).append(reason)
    return found


def _neighbours(con, remaining: list[str], metric: list) -> dict[tuple[str, str], tuple[float, float]]:
    """(unit, key) → median of the neighbours and distance from it in usual distances of the indicator."""
    frame = con.execute(
        """
        WITH value AS (
            SELECT indicator_id, region_id, value FROM best_values($ids, $periods, 'unit') WHERE value IS NOT NULL
        ),
        beside AS (
            SELECT a.indicator_id, a.region_id, a.value, median(b.value) AS median
            FROM value a JOIN unit_neighbour n ON n.unit_id = a.region_id
            JOIN value b ON b.indicator_id = a.indicator_id AND b.region_id = n.neighbour_id
            GROUP BY ALL HAVING count(*) >= $least
        ),
        usual AS (SELECT indicator_id, median(abs(value - median)) AS usual FROM beside GROUP BY indicator_id)
        SELECT b.region_id, b.indicator_id, b.median, abs(b.value - b.median) / nullif(u.usual, 0)
        FROM beside b JOIN usual u ON u.indicator_id = b.indicator_id
        WHERE b.region_id IN (SELECT unnest($units))
        """,
        {
            "ids": [c.indicator_id for c in metric],
            "periods": [c.period for c in metric],
            "units": remaining,
            "least": _LEAST_NEIGHBOURS,
        },
    ).fetchall()
    return {
        (unit_id, key): (median, distance if distance is not None else np.nan)
        for unit_id, key, median, distance in frame
    }
