"""The company register beside official totals of its counties, by section, with statistical secrecy kept."""

from __future__ import annotations

import duckdb
import pandas as pd

from queries import secrecy

_SECTIONS = "ABCDEFGHIJKLMNOPQRSTU"


def counties(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Names of the counties that can be compared, by key; empty without a register or without official totals."""
    return dict(
        con.execute(
            "SELECT county_id, name || ' (' || kind || ')' FROM county SEMI JOIN register_calibration "
            "USING (county_id) ORDER BY name, county_id"
        ).fetchall()
    )


def has_factors(con: duckdb.DuckDBPyConnection, unit_id: str) -> bool:
    """Whether any figure of a unit would change when it is raised to official totals."""
    return bool(
        con.execute(
            "SELECT count(*) FROM register_factor SEMI JOIN unit USING (county_id) WHERE county_id = "
            "(SELECT county_id FROM unit WHERE unit_id = ?)",
            [unit_id],
        ).fetchall()[0][0]
    )


def comparison(con: duckdb.DuckDBPyConnection, county_id: str) -> pd.DataFrame:
    """Register and official totals of a county by section or group of sections, in the order of the sections.

    Index wz_section ("C", "B-E"); title, register_companies, official_companies, register_employees,
    official_employees, factor_companies, factor_employees (official / register; missing where it would rest on too
    little), is_secret: then the employees of the register and the factor that would give them away are missing.
    """
    rows = con.execute(
        "SELECT * EXCLUDE (source_id, county_id) FROM register_calibration WHERE county_id = ? ORDER BY wz_section",
        [county_id],
    ).df()
    rows = rows.set_index("wz_section")
    cells = con.execute(
        """
        WITH employer AS (
            SELECT s.wz_section, s.companies, s.employees, unnest([s.largest_employees, s.second_employees])
                   AS employer, unnest([true, false]) AS is_first
            FROM industry_structure s SEMI JOIN (SELECT unit_id FROM unit WHERE county_id = ?) USING (unit_id)
        )
        SELECT wz_section, sum(companies) FILTER (is_first) AS companies, sum(employees) FILTER (is_first) AS employees,
               list_sort(list(employer) FILTER (employer IS NOT NULL), 'DESC')[:2] AS top
        FROM employer GROUP BY wz_section
        """,
        [county_id],
    ).df()
    found = pd.DataFrame([_sum(cells, _letters(group)) for group in rows.index], index=rows.index)
    parts = {group: frozenset(_letters(group)) & frozenset(cells["wz_section"]) for group in rows.index}
    # The sum over all sections can be had from the figures of the units.
    hidden = secrecy.secret_overlapping(found, parts, [frozenset(cells["wz_section"])], [])
    titles = dict(con.execute("SELECT wz_section, title FROM wz_section").fetchall())
    rows["title"] = [
        f"{group} · {titles[group]}" if group in titles else f"Abschnitte {group.replace('-', '–')} zusammen"
        for group in rows.index
    ]
    rows["is_secret"] = hidden
    rows.loc[hidden, ["register_employees", "factor_employees"]] = float("nan")
    return rows


def _letters(group: str) -> str:
    first, _, last = group.partition("-")
    return _SECTIONS[_SECTIONS.index(first) : _SECTIONS.index(last or first) + 1]


def _sum(cells: pd.DataFrame, sections: str) -> dict[str, float]:
    part = cells[cells["wz_section"].isin(list(sections))]
    top = sorted((number for two in part["top"] for number in two), reverse=True)
    return {
        "companies": part["companies"].sum(),
        "employees": part["employees"].sum(),
        "largest": top[0] if top else 0.0,
        "second": top[1] if len(top) > 1 else 0.0,
    }
