"""The economic structure of a town: industries, sizes, how special it is — with statistical secrecy kept.

A cell that would give away single companies is never shown, see `queries.secrecy`.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from queries import secrecy

# Kinds of breakdown: table expression with unit_id, code and the columns of a cell.
_BREAKDOWNS = {
    "section": ("s.wz_section", "industry_structure s"),
    "division": ("s.wz_division", "industry_structure s"),
    "group": ("g.group_id", "industry_structure s JOIN industry_group_division g USING (wz_division)"),
    "size_class": ("s.size_class", "industry_structure s"),
}
BREAKDOWNS = tuple(_BREAKDOWNS)
COMPARISONS = ("small_town", "country", "cluster", "county")
SIZE_CLASSES = ("0-9", "10-19", "20-49", "50-99", "100-249", "250-499", "500-999", "1000+")
_LARGER_SHARE = "share_larger_companies_employees_pct"
_CELLS = """
    WITH cell AS (
        SELECT {code} AS code, s.companies, s.employees, s.employees_estimated,
               unnest([s.largest_employees, s.second_employees]) AS employer,
               unnest([true, false]) AS is_first
        FROM {tables} WHERE {where}
    )
    SELECT code, coalesce(sum(companies) FILTER (is_first), 0) AS companies,
           coalesce(sum(employees) FILTER (is_first), 0) AS employees,
           coalesce(sum(employees_estimated) FILTER (is_first), 0) AS employees_estimated,
           max(employer, 2)[1] AS largest, max(employer, 2)[2] AS second
    FROM cell GROUP BY code ORDER BY code
"""


def register_source(con: duckdb.DuckDBPyConnection) -> dict | None:
    """The register in force: source_id, title, reference_date, provenance, attribution; None without one."""
    frame = con.execute(
        "SELECT source_id, title, reference_date, provenance, attribution FROM source "
        "SEMI JOIN industry_structure USING (source_id)"
    ).df()
    return frame.iloc[0].to_dict() if len(frame) else None


def titles(con: duckdb.DuckDBPyConnection, by: str) -> dict[str, str]:
    """German titles of the codes of a breakdown, in the order to show them."""
    if by == "size_class":
        return {
            code: f"{code.replace('-', '–').replace('1000+', '1.000 und mehr')} Beschäftigte" for code in SIZE_CLASSES
        }
    query = {
        "section": "SELECT wz_section, wz_section || ' · ' || title FROM wz_section ORDER BY position",
        "division": "SELECT wz_division, wz_division || ' · ' || title FROM wz_division ORDER BY wz_division",
        "group": "SELECT group_id, title FROM industry_group ORDER BY position",
    }[by]
    return dict(con.execute(query).fetchall())


def cells(con: duckdb.DuckDBPyConnection, unit_id: str, by: str) -> pd.DataFrame:
    """Cells of a unit as they stand in the register, secret ones included: for computing only, never for a screen.

    Index code; companies, employees, employees_estimated, largest, second (employees of the two largest companies).
    """
    return _cells(con, by, "s.unit_id = $unit_id", {"unit_id": unit_id})


# Fewer towns than this are no comparison: their own tables beside the sum would give secret cells away.
LEAST_TOWNS = 3


def reference_towns(con: duckdb.DuckDBPyConnection, unit_id: str, group: str) -> tuple[str, ...]:
    """Units that a unit is compared with: `country`, `small_town`, `cluster` (of the default model) or `county` (its
    other small towns); empty where there is no such group.
    """
    query = {
        "country": "SELECT DISTINCT unit_id FROM industry_structure WHERE $unit_id IS NOT NULL",
        "small_town": "SELECT unit_id FROM small_town SEMI JOIN industry_structure USING (unit_id) "
        "WHERE $unit_id IS NOT NULL",
        "cluster": "SELECT unit_id FROM cluster_membership WHERE model_id = 'standard' AND cluster = "
        "(SELECT cluster FROM cluster_membership WHERE model_id = 'standard' AND unit_id = $unit_id)",
        "county": "SELECT unit_id FROM small_town SEMI JOIN industry_structure USING (unit_id) WHERE unit_id <> "
        "$unit_id AND county_id = (SELECT county_id FROM unit WHERE unit_id = $unit_id)",
    }[group]
    found = tuple(row[0] for row in con.execute(f"{query} ORDER BY unit_id", {"unit_id": unit_id}).fetchall())
    return () if group in ("cluster", "county") and len(found) < LEAST_TOWNS else found


def reference(
    con: duckdb.DuckDBPyConnection, by: str, unit_ids: tuple[str, ...], *, calibrated: bool = False
) -> pd.Series:
    """Shares of the codes (0–1) among the employees of some units, 0 for codes that none of them has.

    Secret cells, possible where the units are few, are missing, and so is what would give them away. `calibrated` as
    in `structure`.
    """
    found = _cells(con, by, "s.unit_id IN (SELECT unnest($unit_ids))", {"unit_ids": list(unit_ids)})
    figures = _calibrated(con, unit_ids, by) if calibrated else found
    total = _employees(con, unit_ids, calibrated)
    codes = dict.fromkeys([*titles(con, by), *found.index])
    shares = pd.Series(0.0, index=pd.Index(list(codes), name="code"))
    if not total:
        return shares * float("nan")
    shown = secrecy.emptied(found.assign(is_secret=secrecy.is_secret(found)))
    if by != "group":
        shown = secrecy.pool_secret(found)
    is_open = shown["employees"].notna().reindex(found.index, fill_value=False)
    shares[found.index] = figures["employees"].reindex(found.index).where(is_open) / total
    return shares


def structure(
    con: duckdb.DuckDBPyConnection,
    unit_id: str,
    by: str = "section",
    compared_with: str = "small_town",
    *,
    calibrated: bool = False,
) -> pd.DataFrame:
    """What may be shown of a unit's structure: companies, employees, shares and location quotients.

    Location quotient = share of the employees here / share there; 1 = as usual. Secret cells are pooled into a last
    row `pooled`; groups, which overlap, are emptied instead. What the tables and indicators of one unit show together
    gives no secret cell away. `calibrated` raises sections and divisions to official totals of their county; the
    pooled row stays as counted (two different sums over it would give its parts away).

    Returns a frame, index code: title, companies, employees, employees_estimated, company_share_pct,
    employee_share_pct, reference_share_pct, location_quotient, is_secret.
    """
    found = cells(con, unit_id, by)
    if found.empty or totals(con, unit_id) is None:
        return pd.DataFrame(columns=["title", "companies", "employees", "employee_share_pct", "is_secret"])
    shown = _shown(con, unit_id, by, found)
    total = totals(con, unit_id)
    raised = calibrated and by in ("section", "division")
    if raised:
        shown.update(_calibrated(con, (unit_id,), by))
        total = shown[["companies", "employees"]].sum() if shown["employees"].notna().all() else total
    names = titles(con, by)
    others = {secrecy.POOLED: "übrige, zusammengefasst wegen Geheimhaltung"}
    shown["title"] = [names.get(code) or others.get(code, "ohne Angabe der Abteilung") for code in shown.index]
    shown["company_share_pct"] = 100 * shown["companies"] / total["companies"]
    shown["employee_share_pct"] = 100 * shown["employees"] / total["employees"] if total["employees"] else float("nan")
    usual = reference(con, by, reference_towns(con, unit_id, compared_with), calibrated=raised).reindex(shown.index)
    shown["reference_share_pct"] = 100 * usual
    shown["location_quotient"] = shown["employee_share_pct"] / shown["reference_share_pct"].where(usual > 0)
    order = {code: position for position, code in enumerate(names)}
    return shown.loc[sorted(shown.index, key=lambda code: order.get(code, len(order)))]


def _shown(con: duckdb.DuckDBPyConnection, unit_id: str, by: str, found: pd.DataFrame) -> pd.DataFrame:
    """The cells that may be shown, given what indicators and the coarser tables of the unit show already."""
    if by == "size_class":
        larger = frozenset(code for code in found.index if code in SIZE_CLASSES[3:])
        known = [larger] if larger and _open_indicators(con, unit_id, [_LARGER_SHARE]) else []
        return secrecy.pool_secret(found, known=known)
    divisions = con.execute(
        "SELECT DISTINCT wz_division, wz_section FROM industry_structure WHERE unit_id = ?", [unit_id]
    ).fetchall()
    parts = {
        "division": {division: frozenset([division]) for division, _ in divisions},
        "section": {s: frozenset(d for d, section in divisions if section == s) for _, s in divisions},
    }
    group_parts = _group_parts(con, {division for division, _ in divisions})
    in_indicators = _open_indicators(con, unit_id, [f"share_{group}_pct" for group in group_parts])
    known = [cells for group, cells in group_parts.items() if f"share_{group}_pct" in in_indicators]
    tables = {kind: cells(con, unit_id, kind) for kind in parts}
    secret = {
        kind: [parts[kind][code] for code in table.index[secrecy.is_secret(table)]] for kind, table in tables.items()
    }
    by_group = cells(con, unit_id, "group")
    secret["group"] = [group_parts[code] for code in by_group.index[secrecy.is_secret(by_group)]]
    finer = [*secret["division"], *secret["group"]]
    sections = secrecy.pool_secret(tables["section"], parts["section"], known, guarded=finer)
    if by == "section":
        return sections
    known += secrecy.sums_shown(sections, parts["section"])
    of_section = {
        code: [division for division, section in divisions if section == code]
        for code in sections.index
        if code != secrecy.POOLED
    }
    others = [division for division, section in divisions if section not in of_section]
    blocks = [*of_section.values(), *([others] if others else [])]
    shown_divisions = secrecy.pool_secret(
        tables["division"], parts["division"], known, blocks, [*secret["section"], *secret["group"]]
    )
    if by == "division":
        return shown_divisions
    known += secrecy.sums_shown(shown_divisions, parts["division"])
    guarded = [*secret["division"], *secret["section"]]
    hidden = secrecy.secret_overlapping(found, group_parts, known, guarded)
    return secrecy.emptied(found.assign(is_secret=hidden)).drop(columns=["largest", "second"])


def _group_parts(con: duckdb.DuckDBPyConnection, divisions: set[str]) -> dict[str, frozenset[str]]:
    rows = con.execute("SELECT group_id, list(wz_division) FROM industry_group_division GROUP BY group_id").fetchall()
    return {group: frozenset(members) & divisions for group, members in rows if divisions & set(members)}


def _open_indicators(con: duckdb.DuckDBPyConnection, unit_id: str, indicator_ids: list[str]) -> set[str]:
    """Those of some structure indicators that show a figure for a unit."""
    rows = con.execute(
        "SELECT DISTINCT indicator_id FROM observation WHERE indicator_id IN (SELECT unnest($ids)) AND level = 'unit' "
        "AND region_id = $unit_id AND value IS NOT NULL",
        {"ids": indicator_ids, "unit_id": unit_id},
    ).fetchall()
    return {row[0] for row in rows}


def _calibrated(con: duckdb.DuckDBPyConnection, unit_ids: tuple[str, ...], by: str) -> pd.DataFrame:
    code, _ = _BREAKDOWNS[by]
    return (
        con.execute(
            f"SELECT {code} AS code, sum(companies) AS companies, sum(employees) AS employees, "
            "sum(employees_estimated) AS employees_estimated FROM industry_structure_calibrated s "
            "WHERE unit_id IN (SELECT unnest(?)) GROUP BY ALL",
            [list(unit_ids)],
        )
        .df()
        .set_index("code")
    )


def _employees(con: duckdb.DuckDBPyConnection, unit_ids: tuple[str, ...], calibrated: bool) -> float | None:
    table = "industry_structure_calibrated" if calibrated else "industry_structure"
    return con.execute(
        f"SELECT sum(employees) FROM {table} WHERE unit_id IN (SELECT unnest(?))", [list(unit_ids)]
    ).fetchall()[0][0]


def _cells(con: duckdb.DuckDBPyConnection, by: str, where: str, parameters: dict) -> pd.DataFrame:
    code, tables = _BREAKDOWNS[by]
    return con.execute(_CELLS.format(code=code, tables=tables, where=where), parameters).df().set_index("code")


def totals(con: duckdb.DuckDBPyConnection, unit_id: str) -> dict | None:
    """Sums of a unit over all its companies; `employees` is missing (NaN) where even the sum is secret.

    Keys: companies, employees, employees_estimated, larger_companies, is_secret, source_id.
    """
    frame = con.execute(
        """
        SELECT companies, employees, employees_estimated, larger_companies, source_id,
               is_secret(companies, employees, largest_employees, second_employees) AS is_secret
        FROM company_unit WHERE unit_id = ?
        """,
        [unit_id],
    ).df()
    if frame.empty:
        return None
    row = frame.iloc[0].to_dict()
    if row["is_secret"]:
        row["employees"] = row["employees_estimated"] = float("nan")
    return row


def largest_employer_share_pct(con: duckdb.DuckDBPyConnection, unit_id: str) -> float | None:
    """Weight of the largest company among all employees of a unit in %; for the screen only, never exported."""
    rows = con.execute(
        "SELECT 100 * largest_employees / employees FROM company_unit WHERE unit_id = ? AND employees > 0", [unit_id]
    ).fetchall()
    return rows[0][0] if rows else None
