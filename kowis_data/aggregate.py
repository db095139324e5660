"""Values of municipalities carried up to units, counties, states and the country.

The indicator's rule decides: `sum`, `mean` (weighted by a named indicator) or `none`. A sum is given only where
every inhabited member has a value; a weighted mean where members with at least 95 % of the weight have one. Values
of different sources are never mixed, and a region that has a value of its own from that source keeps it.
"""

from __future__ import annotations

import duckdb

# Parent key of a municipality at each level; a few gemeindefreie Gebiete belong to no county, so counties are
# joined, not read from the key.
PARENTS = {"unit": "m.unit_id", "county": "k.county_id", "state": "m.state_id", "country": "'DG'"}
MEAN_COVERAGE = 0.95

_CARRY = """
    INSERT INTO observation
    WITH member AS (
        SELECT m.ags, {parent} AS region_id, m.population > 0 AS is_inhabited, w.value AS weight
        FROM municipality m
        LEFT JOIN county k ON k.county_id = m.county_id
        LEFT JOIN ({weights}) w ON w.region_id = m.ags
        WHERE {parent} IS NOT NULL
    ),
    whole AS (
        SELECT region_id, count(*) FILTER (is_inhabited) AS members, sum(weight) AS weight
        FROM member GROUP BY region_id
    ),
    carried AS (
        SELECT m.region_id, o.period, o.source_id, {formula} AS value,
               count(o.value) FILTER (m.is_inhabited) AS members, count(o.value) AS present,
               sum(m.weight) FILTER (o.value IS NOT NULL) AS weight
        FROM observation o JOIN member m ON m.ags = o.region_id
        WHERE o.indicator_id = $indicator_id AND o.level = 'municipality'
        GROUP BY m.region_id, o.period, o.source_id
    )
    SELECT $indicator_id, $level, c.region_id, c.period, c.value, NULL, c.source_id
    FROM carried c JOIN whole w USING (region_id)
    WHERE c.present > 0 AND {complete} AND c.value IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM observation own
        WHERE own.indicator_id = $indicator_id AND own.level = $level
          AND own.region_id = c.region_id AND own.period = c.period AND own.source_id = c.source_id
    )
"""
_SUM = {
    "formula": "sum(o.value)",
    "complete": "c.members = w.members",
    "weights": "SELECT ags AS region_id, NULL::DOUBLE AS value FROM municipality",
}
_MEAN = {
    "formula": "sum(o.value * m.weight) / nullif(sum(m.weight) FILTER (o.value IS NOT NULL), 0)",
    "complete": f"c.weight >= {MEAN_COVERAGE} * w.weight",
    # The newest weights stand for every period.
    "weights": (
        "SELECT region_id, max_by(value, period) AS value FROM observation "
        "WHERE indicator_id = $weight AND level = 'municipality' GROUP BY region_id"
    ),
}

# A unit of one municipality is that municipality: whatever is known of it, marks included, holds for the unit.
_SAME = """
    INSERT INTO observation
    SELECT o.indicator_id, 'unit', m.unit_id, o.period, o.value, o.value_status, o.source_id
    FROM observation o JOIN municipality m ON m.ags = o.region_id
    JOIN unit u ON u.unit_id = m.unit_id AND u.member_count = 1
    WHERE o.indicator_id = $indicator_id AND o.level = 'municipality' AND NOT EXISTS (
        SELECT 1 FROM observation own
        WHERE own.indicator_id = $indicator_id AND own.level = 'unit'
          AND own.region_id = m.unit_id AND own.period = o.period AND own.source_id = o.source_id
    )
"""


def aggregate(con: duckdb.DuckDBPyConnection, indicator_id: str, rule: str, weight: str | None = None) -> None:
    """Carry an indicator's municipal values up, period by period and source by source.

    With the rule `none` only to units that consist of one municipality.
    """
    con.execute(_SAME, {"indicator_id": indicator_id})
    if rule == "none":
        return
    if rule not in ("sum", "mean"):
        raise ValueError(f"unknown rule of aggregation for {indicator_id}: {rule!r}")
    parts = _SUM if rule == "sum" else _MEAN
    for level, parent in PARENTS.items():
        parameters = {"indicator_id": indicator_id, "level": level}
        if rule == "mean":
            parameters["weight"] = weight
        con.execute(_CARRY.format(parent=parent, **parts), parameters)
