"""Values of municipalities carried up to units, counties, states and the country.

The indicator's rule decides: `sum`, `mean` (weighted by a named indicator) or `none`. A sum is given only where
every inhabited member has a value; a weighted mean where members with at least 95 % of the weight have one. Values
of different sources are never mixed, and a region that has a value of its own from that source keeps it.

All indicators of a file are carried in one go: one pass over millions of values instead of one per indicator.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pandas as pd

# Parent key of a municipality at each level; a few gemeindefreie Gebiete belong to no county, so counties are
# joined, not read from the key.
PARENTS = {"unit": "m.unit_id", "county": "k.county_id", "state": "m.state_id", "country": "'DG'"}
RULES = ("sum", "mean", "none")
MEAN_COVERAGE = 0.95

# The municipal values to be carried: of the indicators with this rule, of one source or of all.
_MUNICIPAL = """
    SELECT o.*, r.weight_indicator FROM observation o JOIN aggregation_rule r USING (indicator_id)
    WHERE o.level = 'municipality' AND ($source_id IS NULL OR o.source_id = $source_id) AND r.rule IN ({rules})
"""
# What the source itself says of a region goes before what its members add up to.
_NOT_OWN = """
    ANTI JOIN (
        SELECT indicator_id, region_id, period, source_id FROM observation
        WHERE level = $level AND ($source_id IS NULL OR source_id = $source_id)
          AND indicator_id IN (SELECT indicator_id FROM aggregation_rule)
    ) own USING (indicator_id, region_id, period, source_id)
"""
_CARRY = """
    INSERT INTO observation
    WITH weight AS ({weights}),
    member AS (
        SELECT m.ags, {parent} AS region_id, m.population > 0 AS is_inhabited
        FROM municipality m LEFT JOIN county k ON k.county_id = m.county_id
        WHERE {parent} IS NOT NULL
    ),
    whole AS (
        SELECT m.region_id, w.weight_indicator, count(*) FILTER (m.is_inhabited) AS members, sum(w.value) AS weight
        FROM member m LEFT JOIN weight w ON w.region_id = m.ags GROUP BY ALL
    ),
    carried AS (
        SELECT o.indicator_id, m.region_id, o.period, o.source_id, o.weight_indicator, {formula} AS value,
               count(o.value) FILTER (m.is_inhabited) AS members, count(o.value) AS present,
               sum(w.value) FILTER (o.value IS NOT NULL) AS weight
        FROM ({municipal}) o JOIN member m ON m.ags = o.region_id
        LEFT JOIN weight w ON w.region_id = o.region_id AND w.weight_indicator = o.weight_indicator
        GROUP BY ALL
    ),
    complete AS (
        SELECT c.indicator_id, c.region_id, c.period, c.value, c.source_id
        FROM carried c JOIN whole w ON w.region_id = c.region_id AND {same_weight}
        WHERE c.present > 0 AND {complete} AND c.value IS NOT NULL
    )
    SELECT indicator_id, $level, region_id, period, value, NULL, source_id FROM complete {not_own}
"""
_SUM = {
    "formula": "sum(o.value)",
    "complete": "c.members = w.members",
    "weights": "SELECT NULL::VARCHAR AS weight_indicator, NULL::VARCHAR AS region_id, NULL::DOUBLE AS value",
    "same_weight": "w.weight_indicator IS NULL",
}
_MEAN = {
    "formula": "sum(o.value * w.value) / nullif(sum(w.value) FILTER (o.value IS NOT NULL), 0)",
    "complete": f"c.weight >= {MEAN_COVERAGE} * w.weight",
    # The newest weights stand for every period.
    "weights": (
        "SELECT indicator_id AS weight_indicator, region_id, max_by(value, period) AS value FROM observation "
        "WHERE level = 'municipality' AND indicator_id IN (SELECT weight_indicator FROM aggregation_rule) GROUP BY ALL"
    ),
    "same_weight": "w.weight_indicator = c.weight_indicator",
}

# A unit of one municipality is that municipality: whatever is known of it, marks included, holds for the unit.
_SAME = """
    INSERT INTO observation
    WITH alone AS (
        SELECT m.ags, m.unit_id FROM municipality m JOIN unit u ON u.unit_id = m.unit_id AND u.member_count = 1
    ),
    same AS (
        SELECT o.indicator_id, a.unit_id AS region_id, o.period, o.value, o.value_status, o.source_id
        FROM ({municipal}) o JOIN alone a ON a.ags = o.region_id
    )
    SELECT indicator_id, $level, region_id, period, value, value_status, source_id FROM same {not_own}
"""


def aggregate(con: duckdb.DuckDBPyConnection, indicator_id: str, rule: str, weight: str | None = None) -> None:
    """Carry an indicator's municipal values of all sources up, period by period and source by source.

    With the rule `none` only to units that consist of one municipality.
    """
    aggregate_all(con, [(indicator_id, rule, weight)])


def aggregate_all(
    con: duckdb.DuckDBPyConnection, rules: Iterable[tuple[str, str, str | None]], source_id: str | None = None
) -> None:
    """Carry several indicators up, each given as (indicator, rule, indicator that weighs a mean).

    With `source_id` only the values of that source. Raises ValueError for an unknown rule.
    """
    frame = pd.DataFrame(list(rules), columns=["indicator_id", "rule", "weight_indicator"], dtype=object)
    for row in frame[~frame["rule"].isin(RULES)].itertuples():
        raise ValueError(f"unknown rule of aggregation for {row.indicator_id}: {row.rule!r}")
    con.register("rule_rows", frame)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE aggregation_rule AS "
        "SELECT indicator_id, rule, weight_indicator::VARCHAR AS weight_indicator FROM rule_rows"
    )
    con.unregister("rule_rows")
    every = ", ".join(f"'{rule}'" for rule in RULES)
    con.execute(
        _SAME.format(municipal=_MUNICIPAL.format(rules=every), not_own=_NOT_OWN),
        {"level": "unit", "source_id": source_id},
    )
    for rule, parts in (("sum", _SUM), ("mean", _MEAN)):
        if not (frame["rule"] == rule).any():
            continue
        municipal = _MUNICIPAL.format(rules=f"'{rule}'")
        for level, parent in PARENTS.items():
            con.execute(
                _CARRY.format(parent=parent, municipal=municipal, not_own=_NOT_OWN, **parts),
                {"level": level, "source_id": source_id},
            )
    con.execute("DROP TABLE aggregation_rule")
