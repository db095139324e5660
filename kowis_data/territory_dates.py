"""The dates that today's towns stand for: of their territory and of their population.

The shipped register sets them; a newer one that takes its place changes them in `build_info`.
"""

from __future__ import annotations

from typing import Any

import duckdb

SHIPPED = {"territorial_status": "30.06.2024", "population_date": "31.12.2022"}


def dates(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """`territorial_status` and `population_date` of the database, dd.mm.yyyy."""
    found = con.execute(
        "SELECT key, value FROM build_info WHERE key IN ('territorial_status', 'population_date')"
    ).fetchall()
    return SHIPPED | dict(found)


def set_date(con: duckdb.DuckDBPyConnection, key: str, value: str) -> None:
    """Set one of the dates, or another fact about what today's towns rest on."""
    con.execute("DELETE FROM build_info WHERE key = ?", [key])
    con.execute("INSERT INTO build_info VALUES (?, ?)", [key, value])


def dated(con: duckdb.DuckDBPyConnection, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of an indicator on today's towns, with the shipped dates in them replaced by those of the database."""
    today = dates(con)
    facts = dict(facts)
    for key, shipped in SHIPPED.items():
        if facts["reference_date"] == shipped:
            facts["reference_date"], facts["period"] = today[key], today[key][-4:]
            break
    for key, shipped in SHIPPED.items():
        facts["definition"] = facts["definition"].replace(shipped, today[key])
    if facts["population_basis"]:
        basis = con.execute(
            "SELECT any_value(population_basis) FROM indicator_period WHERE indicator_id = 'population' AND period = ?",
            [facts["period"]],
        ).fetchall()[0][0]
        facts["population_basis"] = basis or facts["population_basis"]
    return facts
