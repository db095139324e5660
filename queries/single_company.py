"""What one company means for a town: where a company of N employees would hold at least T % of all jobs.

After figure 3 of the study. From the official jobs at the place of work where such figures were imported, else from
the employees of the company register.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

# Indicators that count the jobs of a unit, the first one with enough values is taken.
OFFICIAL = ("jobs_from_densities", "employees_at_workplace")
REGISTER = "register_employees"
# Small towns that must have a value for a period to be offered.
_ENOUGH_TOWNS = 1000


@dataclass(frozen=True)
class JobBasis:
    """Where the number of jobs comes from: indicator, period, its source and provenance."""

    indicator_id: str
    title: str
    period: str
    reference_date: str
    source_title: str
    provenance: str

    @property
    def is_official(self) -> bool:
        return self.indicator_id != REGISTER


def bases(con: duckdb.DuckDBPyConnection) -> list[JobBasis]:
    """What jobs can be taken from, official figures before the register, new periods before old ones."""
    rows = con.execute(
        """
        SELECT o.indicator_id, i.title, o.period, any_value(coalesce(p.reference_date, o.period)),
               any_value(s.title), any_value(s.provenance)
        FROM observation o JOIN small_town u ON u.unit_id = o.region_id
        JOIN indicator i ON i.indicator_id = o.indicator_id JOIN source s ON s.source_id = o.source_id
        LEFT JOIN indicator_period p ON p.indicator_id = o.indicator_id AND p.period = o.period
        WHERE o.indicator_id IN (SELECT unnest($ids)) AND o.level = 'unit' AND o.value IS NOT NULL
        GROUP BY o.indicator_id, i.title, o.period
        HAVING count(DISTINCT o.region_id) >= $enough
        ORDER BY list_position($ids, o.indicator_id), o.period DESC
        """,
        {"ids": [*OFFICIAL, REGISTER], "enough": _ENOUGH_TOWNS},
    ).fetchall()
    return [JobBasis(*row) for row in rows]


def jobs(con: duckdb.DuckDBPyConnection, basis: JobBasis) -> pd.DataFrame:
    """Jobs of every unit with a figure: index unit_id; town_type, title (of the type), position, jobs."""
    return (
        con.execute(
            """
            SELECT u.unit_id, u.town_type, t.title, t.position, o.value AS jobs
            FROM unit u JOIN town_type t ON t.town_type = u.town_type
            JOIN best_observation o ON o.region_id = u.unit_id
            WHERE o.level = 'unit' AND o.indicator_id = ? AND o.period = ? AND o.value IS NOT NULL
              AND u.town_type <> 'gemeindefrei'
            ORDER BY u.unit_id
            """,
            [basis.indicator_id, basis.period],
        )
        .df()
        .set_index("unit_id")
    )


def shares_above(found: pd.DataFrame, employees: int, threshold_pct: float) -> pd.DataFrame:
    """Share of each town type's units in which a company of `employees` would hold `threshold_pct` % of the jobs or
    more, that is units with at most employees × 100 / threshold jobs.

    `found` is `jobs`. Returns per town type in order of size: title, units, small_enough, share_pct.
    """
    if not 0 < threshold_pct <= 100 or employees <= 0:
        raise ValueError("employees must be positive, threshold_pct above 0 and at most 100")
    limit = employees * 100 / threshold_pct
    marked = found.assign(small_enough=found["jobs"] <= limit)
    grouped = marked.groupby(["position", "town_type", "title"])["small_enough"].agg(["size", "sum"]).reset_index()
    grouped = grouped.rename(columns={"size": "units", "sum": "small_enough"})
    grouped["share_pct"] = 100 * grouped["small_enough"] / grouped["units"]
    return grouped.set_index("town_type").drop(columns="position")


def curves(found: pd.DataFrame, threshold_pct: float, sizes: tuple[int, ...]) -> pd.DataFrame:
    """`shares_above` for many sizes of a company: one row per town type × size (title, employees, share_pct)."""
    parts = [shares_above(found, size, threshold_pct).assign(employees=size) for size in sizes]
    return pd.concat(parts).reset_index()[["town_type", "title", "employees", "share_pct"]]


def size_needed(jobs_of_town: float, threshold_pct: float) -> int:
    """Smallest company that holds `threshold_pct` % of the jobs of a town."""
    return max(1, int(-(-jobs_of_town * threshold_pct // 100)))
