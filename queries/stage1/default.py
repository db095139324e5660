"""The documented default of stage 1 on whichever data are loaded."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from queries.stage1.criterion import Criterion
from queries.stage1.settings import Stage1Settings


@cache
def facts() -> dict[str, Any]:
    """Content of `default.toml`."""
    return tomllib.loads((Path(__file__).resolve().parent / "default.toml").read_text(encoding="utf-8"))


def default_settings(con: duckdb.DuckDBPyConnection, *, only_official: bool = False) -> Stage1Settings:
    """The default: every criterion that has values, at P25–P75 within each cluster, four towns per cluster.

    Without a cluster model (or with `only_official`, as clusters rest on the demo register then) the towns of all
    Germany are compared and 16 kept in all: four per cluster are our own inference from 16 towns and four clusters.
    """
    standing = _default_periods(con, only_official)
    has_clusters = not (only_official and _register_is_synthetic(con)) and bool(
        con.execute("SELECT count(*) FROM cluster_membership WHERE model_id = 'standard'").fetchall()[0][0]
    )
    criteria = []
    for entry in facts()["criteria"]:
        found = next((indicator_id for indicator_id in entry["indicators"] if indicator_id in standing), None)
        if found and found not in {c.key for c in criteria}:
            is_best = found == entry["indicators"][0]
            why = entry["reason"] if is_best else f"{facts()['stand_in']} {entry['reason']}"
            criteria.append(
                Criterion(
                    found,
                    standing[found],
                    lower=facts()["lower"],
                    upper=facts()["upper"],
                    relative_to="cluster" if has_clusters else "all",
                    reason=f"{why} {facts()['reason_of_all']}.",
                )
            )
    per_cluster = facts()["per_cluster"]
    return Stage1Settings(
        criteria=tuple(criteria),
        logic="at_least",
        at_least=1.0,
        group="cluster" if has_clusters else None,
        per_group=per_cluster if has_clusters else 4 * per_cluster,
    )


def _register_is_synthetic(con: duckdb.DuckDBPyConnection) -> bool:
    rows = con.execute(
        "SELECT count(*) FROM source SEMI JOIN industry_structure USING (source_id) WHERE provenance = 'synthetisch'"
    ).fetchall()
    return rows[0][0] > 0


def _default_periods(con: duckdb.DuckDBPyConnection, only_official: bool) -> dict[str, str]:
    """Indicator → newest period with at least half as many values as the best covered one (as on the map)."""
    wanted = [indicator_id for entry in facts()["criteria"] for indicator_id in entry["indicators"]]
    rows = con.execute(
        """
        WITH covered AS (
            SELECT o.indicator_id, o.period, count(*) AS towns
            FROM best_observation o SEMI JOIN small_town u ON u.unit_id = o.region_id
            WHERE o.level = 'unit' AND o.value IS NOT NULL AND o.indicator_id IN (SELECT unnest($wanted))
              AND NOT ($only_official AND o.provenance = 'synthetisch')
            GROUP BY o.indicator_id, o.period
        )
        SELECT indicator_id, max(period) FROM covered c
        WHERE towns >= 0.5 * (SELECT max(towns) FROM covered b WHERE b.indicator_id = c.indicator_id)
        GROUP BY indicator_id
        """,
        {"wanted": wanted, "only_official": only_official},
    ).fetchall()
    return dict(rows)
