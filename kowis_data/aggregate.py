"""Values of municipalities carried up to units, counties, states and the country.

The indicator's rule decides: `sum`, `mean` (weighted by a named indicator) or `none`. A sum is given only where
every inhabited member has a value; a weighted mean where members with at least 95 % of the weight have one.
"""

from __future__ import annotations

import duckdb

# Parent key of a municipality at each level.
PARENTS = {"unit": "m.unit_id", "county": "k.county_id", "state": "m.state_id", "country": "'DG'"}
MEAN_COVERAGE = 0.95

# A few gemeindefreie Gebiete belong to no county, so counties are joined, not read from the key. A region that
# has a value of its own from the source keeps it.
_CARRY = """
    INSERT INTO observation
    SELECT $indicator_id, $level, region_id, period, value, NULL, source_id
    FROM (
        SELECT {parent} AS region_id, p.period, {formula} AS value, any_value(o.source_id) AS source_id,
               {complete} AS is_complete
        FROM (SELECT DISTINCT period FROM observation
              WHERE indicator_id = $indicator_id AND level = 'municipality') p
        CROSS JOIN municipality m
        LEFT JOIN county k ON k.county_id = m.county_id
        LEFT JOIN observation o ON o.indicator_id = $indicator_id AND o.level = 'municipality'
            AND o.region_id = m.ags AND o.period = p.period
        {weight_join}
        GROUP BY {parent}, p.period
    ) carried
    WHERE is_complete AND region_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM observation own
        WHERE own.indicator_id = $indicator_id AND own.level = $level
          AND own.region_id = carried.region_id AND own.period = carried.period
    )
"""
_SUM = {
    "formula": "sum(o.value)",
    "complete": "bool_and(o.value IS NOT NULL OR m.population = 0) AND count(o.value) > 0",
    "weight_join": "",
}
_MEAN = {
    "formula": "sum(o.value * w.value) / nullif(sum(w.value) FILTER (WHERE o.value IS NOT NULL), 0)",
    "complete": ("sum(w.value) FILTER (WHERE o.value IS NOT NULL) >= $coverage * sum(w.value) AND sum(w.value) > 0"),
    "weight_join": (
        "JOIN observation w ON w.indicator_id = $weight AND w.level = 'municipality' AND w.region_id = m.ags"
    ),
}


def aggregate(con: duckdb.DuckDBPyConnection, indicator_id: str, rule: str, weight: str | None = None) -> None:
    """Carry an indicator's municipal values up; a level that already has a value of its own keeps it."""
    if rule == "none":
        return
    for level, parent in PARENTS.items():
        parameters = {"indicator_id": indicator_id, "level": level}
        if rule == "sum":
            con.execute(_CARRY.format(parent=parent, **_SUM), parameters)
        elif rule == "mean":
            parameters |= {"weight": weight, "coverage": MEAN_COVERAGE}
            con.execute(_CARRY.format(parent=parent, **_MEAN), parameters)
        else:
            raise ValueError(f"unknown rule of aggregation for {indicator_id}: {rule!r}")
