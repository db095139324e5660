"""The economic structure of a town: industries, sizes, how special it is — with statistical secrecy kept.

A cell that would give away single companies (macro `is_secret` in kowis_data/sql/views.sql) is never shown: all
secret cells of a table are put together into one row, and if that row is still secret or could be worked out from the
total, the smallest open cell joins them.
"""

from __future__ import annotations

import duckdb
import pandas as pd

# Kinds of breakdown: table expression with unit_id, code and the columns of a cell.
_BREAKDOWNS = {
    "section": ("s.wz_section", "industry_structure s"),
    "division": ("s.wz_division", "industry_structure s"),
    "group": ("g.group_id", "industry_structure s JOIN industry_group_division g USING (wz_division)"),
    "size_class": ("s.size_class", "industry_structure s"),
}
BREAKDOWNS = tuple(_BREAKDOWNS)
SIZE_CLASSES = ("0-9", "10-19", "20-49", "50-99", "100-249", "250-499", "500-999", "1000+")
POOLED = "pooled"
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
    code, tables = _BREAKDOWNS[by]
    frame = con.execute(
        _CELLS.format(code=code, tables=tables, where="s.unit_id = $unit_id"), {"unit_id": unit_id}
    ).df()
    return frame.set_index("code")


def reference(con: duckdb.DuckDBPyConnection, by: str, group: str = "small_town") -> pd.DataFrame:
    """Shares of the codes in all small towns (`small_town`) or in Germany (`country`): what a town is compared with.

    Index code; company_share, employee_share (0–1).
    """
    code, tables = _BREAKDOWNS[by]
    where = "s.unit_id IN (SELECT unit_id FROM small_town)" if group == "small_town" else "true"
    frame = con.execute(
        f"""
        WITH total AS (
            SELECT sum(s.companies) AS companies, sum(s.employees) AS employees FROM industry_structure s WHERE {where}
        )
        SELECT {code} AS code, sum(s.companies) / any_value(t.companies) AS company_share,
               sum(s.employees) / any_value(t.employees) AS employee_share
        FROM {tables} CROSS JOIN total t WHERE {where} GROUP BY ALL ORDER BY ALL
        """
    ).df()
    return frame.set_index("code")


def structure(
    con: duckdb.DuckDBPyConnection, unit_id: str, by: str = "section", compared_with: str = "small_town"
) -> pd.DataFrame:
    """What may be shown of a unit's structure: companies, employees, shares and location quotients.

    Location quotient = share of the employees here / share there; 1 = as usual. Secret cells are pooled into a last
    row `pooled`; with groups, which overlap, they are emptied instead.

    Returns a frame, index code: title, companies, employees, employees_estimated, company_share_pct,
    employee_share_pct, reference_share_pct, location_quotient, is_secret.
    """
    found = cells(con, unit_id, by)
    total = totals(con, unit_id)
    if total is None or found.empty:
        return pd.DataFrame(columns=["title", "companies", "employees", "employee_share_pct", "is_secret"])
    shown = empty_secret(found) if by == "group" else pool_secret(found)
    names = titles(con, by)
    shown["title"] = [names.get(code, "übrige, zusammengefasst wegen Geheimhaltung") for code in shown.index]
    shown["company_share_pct"] = 100 * shown["companies"] / total["companies"]
    shown["employee_share_pct"] = 100 * shown["employees"] / total["employees"] if total["employees"] else None
    usual = reference(con, by, compared_with)["employee_share"].reindex(shown.index)
    shown["reference_share_pct"] = 100 * usual
    shown["location_quotient"] = shown["employee_share_pct"] / shown["reference_share_pct"].where(usual > 0)
    order = {code: position for position, code in enumerate(names)}
    return shown.loc[sorted(shown.index, key=lambda code: order.get(code, len(order)))]


def is_secret(frame: pd.DataFrame) -> pd.Series:
    """The rule of the macro `is_secret` on a frame of cells (companies, employees, largest, second)."""
    rest = frame["employees"] - frame["largest"] - frame["second"].fillna(0)
    return (frame["companies"] > 0) & ((frame["companies"] < 3) | (rest < 0.1 * frame["largest"]))


def pool_secret(found: pd.DataFrame) -> pd.DataFrame:
    """Cells that add up to a total, secret ones put together in one row `pooled` that is itself no secret.

    A single secret cell could be worked out from the total, and so could one whose pool stays secret: the smallest
    open cells (fewest employees) join until two or more are pooled and the pool is open. What cannot be opened at all
    keeps `is_secret` with empty figures.
    """
    found = found.assign(is_secret=is_secret(found)).sort_values("employees", kind="stable")
    pooled = list(found.index[found["is_secret"]])
    waiting = [code for code in found.index if not found.loc[code, "is_secret"]]
    if pooled:
        while waiting and (len(pooled) < 2 or bool(is_secret(_sum_up(found.loc[pooled])).iloc[0])):
            pooled.append(waiting.pop(0))
    shown = found.loc[[code for code in found.index if code not in set(pooled)]].assign(is_secret=False)
    if pooled:
        together = _sum_up(found.loc[pooled])
        together["is_secret"] = is_secret(together)
        shown = pd.concat([shown, _emptied(together)])
    return shown.drop(columns=["largest", "second"])


def empty_secret(found: pd.DataFrame) -> pd.DataFrame:
    """Cells that overlap and so cannot be pooled: the figures of secret ones are emptied."""
    return _emptied(found.assign(is_secret=is_secret(found))).drop(columns=["largest", "second"])


def _sum_up(part: pd.DataFrame) -> pd.DataFrame:
    employer = pd.concat([part["largest"], part["second"]]).dropna().sort_values(ascending=False)
    row = {name: part[name].sum() for name in ("companies", "employees", "employees_estimated")}
    row["largest"] = employer.iloc[0] if len(employer) else 0.0
    row["second"] = employer.iloc[1] if len(employer) > 1 else None
    return pd.DataFrame([row], index=pd.Index([POOLED], name="code")).astype({"second": float})


def _emptied(frame: pd.DataFrame) -> pd.DataFrame:
    figures = ["companies", "employees", "employees_estimated"]
    frame = frame.astype(dict.fromkeys(figures, float))
    frame.loc[frame["is_secret"], figures] = float("nan")
    return frame


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
