"""Indicators computed from other indicators or from how towns lie, as the catalogue's `derive` says.

Two at a time, at every level and period that has both:

- `ratio`: numerator / denominator × factor; `product`: of[0] × of[1] × factor;
- `sum`: the parts of `of` added up × factor, only where every one of them has a value;
- `difference`: (minuend − subtrahend) × factor; `relative_difference_pct`: (of / base − 1) × 100.

Over time, one series: `change_pct` and `change_abs` (from → to, only within one population basis) and
`mean_of_periods` (mean of the last `years` periods, only where all are there and follow one another).

From the lie of the land: `structure` and `distance` (kowis_data.location). A missing part gives no row.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import catalogue, location
from kowis_data.database_rows import insert_row
from kowis_data.territory_dates import dated, dates

# A figure of another year may stand in for a missing one up to this distance.
LONGEST_GAP_YEARS = 2
# Flag of values from before a region took in others that cannot be followed (kowis_data.imports.early_territory).
FORMER_TERRITORY = "Wert gilt für das frühere, kleinere Gebiet"

_BEST = """
    SELECT level, region_id, period, value FROM {table}
    WHERE indicator_id = {name} AND value IS NOT NULL
"""
# The period of the first part is the period of the result; the second part is taken from the same period, else from
# the nearest earlier one of the same level. What hardly changes (is_static: the area of today's territory) is always
# the newest.
_PAIR = """
    INSERT INTO observation
    WITH a AS ({left}), b AS ({right}),
    pair AS (
        SELECT p.level, p.period,
               CASE WHEN $is_static THEN max(b.period)
                    ELSE coalesce(max(b.period) FILTER (b.period <= p.period), min(b.period)) END AS other
        FROM (SELECT DISTINCT level, period FROM a) p JOIN (SELECT DISTINCT level, period FROM b) b ON b.level = p.level
        GROUP BY p.level, p.period
    )
    SELECT $indicator_id, a.level, a.region_id, a.period, {formula} AS value, NULL, $source_id
    FROM a JOIN pair ON pair.level = a.level AND pair.period = a.period
    JOIN b ON b.level = a.level AND b.region_id = a.region_id AND b.period = pair.other
    WHERE ($is_static OR abs(left(pair.period, 4)::INT - left(pair.other, 4)::INT) <= $gap) {guard}
"""
_FORMULAS = {
    "ratio": ("a.value / b.value * $factor", "AND b.value <> 0"),
    "product": ("a.value * b.value * $factor", ""),
    "difference": ("(a.value - b.value) * $factor", ""),
    "relative_difference_pct": ("(a.value / b.value - 1) * $factor", "AND b.value <> 0"),
}
_PARTS = {
    "ratio": ("numerator", "denominator"),
    "difference": ("minuend", "subtrahend"),
    "relative_difference_pct": ("of", "base"),
}
# A value that holds for a former, smaller territory is not compared with one of today's: there is no figure then, and
# that is said. In an association it is enough that one member grew so.
_CHANGE = """
    INSERT INTO observation
    WITH series AS ({left}),
    smaller AS (
        SELECT DISTINCT f.level, f.region_id FROM value_flag f
        WHERE f.indicator_id = $left AND f.reason = $former AND f.period IN ($from_period, $to_period)
        UNION SELECT DISTINCT 'unit', m.unit_id FROM value_flag f JOIN municipality m ON m.ags = f.region_id
        WHERE f.indicator_id = $left AND f.level = 'municipality' AND f.reason = $former
          AND f.period IN ($from_period, $to_period)
    )
    SELECT $indicator_id, a.level, a.region_id, $from_period || '-' || $to_period,
           CASE WHEN s.region_id IS NULL THEN {formula} END,
           CASE WHEN s.region_id IS NOT NULL THEN 'nicht_sinnvoll' END, $source_id
    FROM series a JOIN series b USING (level, region_id)
    LEFT JOIN smaller s ON s.level = a.level AND s.region_id = a.region_id
    WHERE a.period = $from_period AND b.period = $to_period {guard}
      AND (SELECT count(DISTINCT coalesce(population_basis, '')) FROM indicator_period
           WHERE indicator_id = $left AND period IN ($from_period, $to_period)) = 1
"""
_CHANGES = {
    "change_pct": ("(b.value / a.value - 1) * 100", "AND a.value <> 0"),
    "change_abs": ("b.value - a.value", ""),
}
_MEAN = """
    INSERT INTO observation
    WITH series AS ({left})
    SELECT $indicator_id, level, region_id, period, mean, NULL, $source_id
    FROM (
        SELECT level, region_id, period, avg(value) OVER w AS mean, count(*) OVER w AS present,
               left(period, 4)::INT - left(min(period) OVER w, 4)::INT AS span
        FROM series
        WINDOW w AS (PARTITION BY level, region_id ORDER BY period ROWS BETWEEN $before PRECEDING AND CURRENT ROW)
    )
    WHERE present = $before + 1 AND span = $before
"""


_SUM = """
    INSERT INTO observation
    SELECT $indicator_id, level, region_id, period, sum(value) * $factor, NULL, $source_id
    FROM best_observation
    WHERE indicator_id IN (SELECT unnest($of)) AND value IS NOT NULL
    GROUP BY level, region_id, period HAVING count(*) = len($of)
"""


class Derivation:
    """Computes derived indicators one by one; figures that come many at a time are computed once and kept."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con
        self._figures: dict[str, pd.DataFrame] = {}

    def derive(self, indicator_id: str, facts: dict) -> None:
        """Write the observations of one derived indicator; needs the indicators it is made of."""
        derive = facts["derive"]
        kind = derive["kind"]
        if kind in _FORMULAS:
            derive_pair(self.con, indicator_id, facts["source_id"], derive)
        elif kind == "sum":
            derive_sum(self.con, indicator_id, facts["source_id"], derive)
        elif kind in _CHANGES:
            derive_change(self.con, indicator_id, facts["source_id"], derive)
        elif kind == "mean_of_periods":
            derive_mean(self.con, indicator_id, facts["source_id"], derive)
        elif kind in location.FIGURES:
            if kind not in self._figures:
                self._figures[kind] = location.FIGURES[kind](self.con)
            frame = self._figures[kind][["region_id", indicator_id]].dropna()
            insert_unit_values(self.con, indicator_id, dated(self.con, facts), frame)
        else:
            raise ValueError(f"unknown kind of derivation for {indicator_id}: {kind!r}")


def derive_again(con: duckdb.DuckDBPyConnection, changed: set[str], kinds: tuple[str, ...] = ()) -> list[str]:
    """Compute anew every derived indicator that rests, however indirectly, on one of the changed ones.

    `kinds` names kinds of derivation that rest on no indicator and have changed all the same: `structure`,
    `distance`. Returns the ids of those that were computed; `changed` stays as it is.
    """
    derivation = Derivation(con)
    stale = set(changed)
    known = {row[0] for row in con.execute("SELECT indicator_id FROM indicator").fetchall()}
    done = []
    for indicator_id in catalogue.in_order_of_computation():
        facts = catalogue.every_indicator()[indicator_id]
        if not facts["derive"]:
            continue
        if not stale & set(catalogue.needs(facts)) and facts["derive"]["kind"] not in kinds:
            continue
        con.execute(
            "DELETE FROM observation WHERE indicator_id = ? AND source_id IN "
            "(SELECT source_id FROM source WHERE provenance = 'abgeleitet')",
            [indicator_id],
        )
        derivation.derive(indicator_id, facts)
        if indicator_id not in known:
            _add_to_catalogue(con, indicator_id, facts)
        if facts["derive"]["kind"] in location.FIGURES:
            _describe_today(con, indicator_id, dated(con, facts))
        else:
            _add_periods(con, indicator_id, facts)
        stale.add(indicator_id)
        done.append(indicator_id)
    return done


def _add_to_catalogue(con: duckdb.DuckDBPyConnection, indicator_id: str, facts: dict) -> None:
    """Put an indicator into the database's catalogue as soon as it has values."""
    if con.execute("SELECT count(*) FROM observation WHERE indicator_id = ?", [indicator_id]).fetchall()[0][0]:
        position = con.execute("SELECT max(position) + 1 FROM indicator").fetchall()[0][0]
        insert_row(con, "indicator", {**facts, "indicator_id": indicator_id, "position": position})


def _describe_today(con: duckdb.DuckDBPyConnection, indicator_id: str, facts: dict) -> None:
    """Period and definition of a figure on how towns lie today, which has no other period."""
    con.execute("DELETE FROM indicator_period WHERE indicator_id = ?", [indicator_id])
    con.execute(
        "INSERT INTO indicator_period VALUES (?, ?, ?, ?, ?)",
        [
            indicator_id,
            facts["period"],
            facts["reference_date"],
            dates(con)["territorial_status"],
            facts["population_basis"],
        ],
    )
    con.execute("UPDATE indicator SET definition = ? WHERE indicator_id = ?", [facts["definition"], indicator_id])


def _add_periods(con: duckdb.DuckDBPyConnection, indicator_id: str, facts: dict) -> None:
    """Describe new periods of a derived indicator; the basis is that of what it was computed from."""
    needs = catalogue.needs(facts)
    con.execute(
        """
        INSERT INTO indicator_period
        SELECT DISTINCT $indicator_id, o.period,
               coalesce((SELECT max(p.reference_date) FROM indicator_period p
                         WHERE p.indicator_id = $first AND p.period = o.period), o.period),
               (SELECT max(p.territorial_status) FROM indicator_period p WHERE p.indicator_id = $first),
               (SELECT string_agg(DISTINCT p.population_basis, ' und ') FROM indicator_period p
                WHERE p.indicator_id IN (SELECT unnest($needs)) AND p.period = o.period)
        FROM observation o
        WHERE o.indicator_id = $indicator_id AND o.period NOT IN
            (SELECT period FROM indicator_period WHERE indicator_id = $indicator_id)
        """,
        {"indicator_id": indicator_id, "first": needs[0], "needs": needs},
    )


def _best(con: duckdb.DuckDBPyConnection, parameter: str, indicator_id: str) -> str:
    """SQL for the best value of every region and period. Where all are of one source none has to be chosen, which
    spares sorting: the largest indicators have a million values."""
    sources = con.execute(
        "SELECT count(DISTINCT source_id) FROM observation WHERE indicator_id = ?", [indicator_id]
    ).fetchall()[0][0]
    return _BEST.format(name=parameter, table="best_observation" if sources > 1 else "observation")


def derive_pair(con: duckdb.DuckDBPyConnection, indicator_id: str, source_id: str, derive: dict) -> None:
    """One indicator from two others at every level that has both."""
    kind = derive["kind"]
    left, right = derive["of"] if kind == "product" else (derive[part] for part in _PARTS[kind])
    formula, guard = _FORMULAS[kind]
    known = catalogue.every_indicator()
    static = known.get(right, {}).get("is_static", False)
    gap = 0 if known.get(indicator_id, {}).get("needs_period_pairs") else LONGEST_GAP_YEARS
    con.execute(
        _PAIR.format(left=_best(con, "$left", left), right=_best(con, "$right", right), formula=formula, guard=guard),
        {
            "indicator_id": indicator_id,
            "source_id": source_id,
            "left": left,
            "right": right,
            "is_static": static,
            "gap": gap,
            "factor": derive.get("factor", 100 if kind == "relative_difference_pct" else 1),
        },
    )


def derive_sum(con: duckdb.DuckDBPyConnection, indicator_id: str, source_id: str, derive: dict) -> None:
    """Several indicators added up at every level, region and period that has all of them."""
    con.execute(
        _SUM,
        {
            "indicator_id": indicator_id,
            "source_id": source_id,
            "of": derive["of"],
            "factor": derive.get("factor", 1),
        },
    )


def derive_change(con: duckdb.DuckDBPyConnection, indicator_id: str, source_id: str, derive: dict) -> None:
    """Change of one indicator between two periods; nothing where the population basis differs between them."""
    formula, guard = _CHANGES[derive["kind"]]
    con.execute(
        _CHANGE.format(left=_best(con, "$left", derive["of"]), formula=formula, guard=guard),
        {
            "indicator_id": indicator_id,
            "source_id": source_id,
            "left": derive["of"],
            "former": FORMER_TERRITORY,
            "from_period": str(derive["from"]),
            "to_period": str(derive["to"]),
        },
    )


def derive_mean(con: duckdb.DuckDBPyConnection, indicator_id: str, source_id: str, derive: dict) -> None:
    """Mean of each period and the `years` − 1 before it, for figures that swing from year to year."""
    con.execute(
        _MEAN.format(left=_best(con, "$left", derive["of"])),
        {
            "indicator_id": indicator_id,
            "source_id": source_id,
            "left": derive["of"],
            "before": derive.get("years", 3) - 1,
        },
    )


def insert_unit_values(con: duckdb.DuckDBPyConnection, indicator_id: str, facts: dict, frame: pd.DataFrame) -> None:
    """Write a frame (region_id, value) as unit observations of the indicator's own period."""
    rows = frame.set_axis(["region_id", "value"], axis=1)
    con.register("derived_rows", rows)
    con.execute(
        "INSERT INTO observation SELECT ?, 'unit', region_id, ?, value, NULL, ? FROM derived_rows",
        [indicator_id, facts["period"], facts["source_id"]],
    )
    con.unregister("derived_rows")
