"""What follows from the table `industry_structure` whenever a company register was loaded.

Sums by unit, and the structure indicators of the catalogue (`industry.toml`) as ordinary observations, so that they
show on the map, in profiles and as criteria. A figure that would give away single companies is `geheim` there.
References: Krugman (1991), Geography and Trade; Herfindahl index as in Hirschman (1964), AER 54(5).
"""

from __future__ import annotations

import re

import duckdb

from kowis_data import catalogue, clusters_standard
from kowis_data.database_rows import insert_row

# Companies of about 50 employees and more are the "larger" ones (table 1 of the study).
LARGER_SIZE_CLASSES = ("50-99", "100-249", "250-499", "500-999", "1000+")
# With a larger share of employees whose division is unknown, shares of groups of divisions are left out.
MOST_UNKNOWN_SHARE = 0.05

_SUMS = """
    INSERT INTO company_unit
    WITH employer AS (
        SELECT unit_id, source_id, unnest([largest_employees, second_employees]) AS employees FROM industry_structure
    ),
    two AS (SELECT unit_id, source_id, max(employees, 2) AS top FROM employer GROUP BY unit_id, source_id)
    SELECT s.unit_id, sum(s.companies), sum(s.employees), sum(s.employees_estimated),
           coalesce(sum(s.companies) FILTER (s.size_class IN (SELECT unnest($larger))), 0),
           any_value(t.top[1]), any_value(t.top[2]), s.source_id
    FROM industry_structure s JOIN two t ON t.unit_id = s.unit_id AND t.source_id = s.source_id
    GROUP BY s.unit_id, s.source_id ORDER BY s.unit_id
"""
# Every measure gives unit_id, value and is_secret.
_UNIT = """
    SELECT c.unit_id, {value} AS value, is_secret(c.companies, c.employees, c.largest_employees, c.second_employees)
    FROM company_unit c JOIN unit u USING (unit_id)
"""
# An index over all cells tells the parts of a small pool: with one or two secret cells their two unknown figures follow
# from their sum and the index. With more of them there are more unknowns than equations. Krugman's index is linear in
# them: rounded to two decimals it tells a figure to 0.25 % of all employees only, so it is kept where there are many.
_FEW_SECRETS = """
    WITH employer AS (
        SELECT unit_id, {code} AS code, unnest([largest_employees, second_employees]) AS employees
        FROM industry_structure
    ),
    two AS (SELECT unit_id, code, max(employees, 2) AS top FROM employer GROUP BY ALL),
    sums AS (
        SELECT unit_id, {code} AS code, sum(companies) AS companies, sum(employees) AS employees
        FROM industry_structure GROUP BY ALL
    ),
    judged AS (
        SELECT s.unit_id, count(*) FILTER (is_secret(s.companies, s.employees, t.top[1], t.top[2])) AS cells
        FROM sums s JOIN two t ON t.unit_id = s.unit_id AND t.code = s.code GROUP BY s.unit_id
    )
    SELECT i.unit_id, round(i.value, {decimals}), j.cells BETWEEN 1 AND 2 AND {tells}
    FROM ({index}) i (unit_id, value) JOIN judged j ON j.unit_id = i.unit_id
    JOIN company_unit c ON c.unit_id = i.unit_id
"""
_MEASURES = {
    # Numbers of companies are no secret; what they employ may be.
    "companies": "SELECT unit_id, companies AS value, false FROM company_unit",
    "companies_per_1000_inhabitants": (
        "SELECT c.unit_id, 1000 * c.companies / u.population AS value, false "
        "FROM company_unit c JOIN unit u USING (unit_id) WHERE u.population > 0"
    ),
    "larger_companies": "SELECT unit_id, larger_companies AS value, false FROM company_unit",
    "employees": _UNIT.format(value="c.employees"),
    "employees_per_company": _UNIT.format(value="c.employees / c.companies"),
    "herfindahl": _FEW_SECRETS.format(
        code="wz_division",
        decimals=3,
        tells="true",
        index="""
        WITH share AS (
            SELECT s.unit_id, sum(s.employees) / any_value(c.employees) AS share
            FROM industry_structure s JOIN company_unit c USING (unit_id)
            WHERE c.employees > 0 GROUP BY s.unit_id, s.wz_division
        )
        SELECT unit_id, sum(share * share) FROM share GROUP BY unit_id
        """,
    ),
    "krugman": _FEW_SECRETS.format(
        code="wz_section",
        decimals=2,
        tells="c.employees < 1000",
        index="""
        WITH country AS (
            SELECT wz_section, sum(employees) / (SELECT sum(employees) FROM industry_structure) AS share
            FROM industry_structure GROUP BY wz_section
        ),
        own AS (
            SELECT s.unit_id, s.wz_section, sum(s.employees) / any_value(c.employees) AS share
            FROM industry_structure s JOIN company_unit c USING (unit_id)
            WHERE c.employees > 0 GROUP BY s.unit_id, s.wz_section
        )
        SELECT o.unit_id, sum(abs(o.share - k.share)) + 1 - sum(k.share)
        FROM own o JOIN country k USING (wz_section) GROUP BY o.unit_id
        """,
    ),
}
# Share of the employees of some cells of a unit; units without such a cell have 0. The figure is also secret where the
# cells of `rest` are: they are what is left when open figures are taken from each other, and would follow from it.
_SHARE = """
    WITH kind AS (
        SELECT *, {condition} AS is_part, {rest} AS is_rest FROM industry_structure
    ),
    cell AS (
        SELECT *, unnest([true, false]) AS of_part FROM kind WHERE is_part OR is_rest
    ),
    wanted AS (SELECT * FROM cell WHERE CASE WHEN of_part THEN is_part ELSE is_rest END),
    employer AS (
        SELECT unit_id, of_part, unnest([largest_employees, second_employees]) AS employees FROM wanted
    ),
    two AS (SELECT unit_id, of_part, max(employees, 2) AS top FROM employer GROUP BY ALL),
    sums AS (
        SELECT unit_id, of_part, sum(companies) AS companies, sum(employees) AS employees FROM wanted GROUP BY ALL
    ),
    judged AS (
        SELECT s.unit_id, sum(s.employees) FILTER (s.of_part) AS employees,
               bool_or(is_secret(s.companies, s.employees, t.top[1], t.top[2])) AS is_secret
        FROM sums s JOIN two t ON t.unit_id = s.unit_id AND t.of_part = s.of_part GROUP BY s.unit_id
    )
    SELECT c.unit_id, 100 * coalesce(j.employees, 0) / c.employees AS value, coalesce(j.is_secret, false)
    FROM company_unit c LEFT JOIN judged j USING (unit_id)
    WHERE c.employees > 0
"""
_LARGER = "size_class IN (SELECT unnest($larger))"
_MEASURES["larger_companies_employees_pct"] = _SHARE.format(condition=_LARGER, rest=f"NOT ({_LARGER})")
_MEASURES["employees_share_pct"] = _SHARE.format(
    condition="wz_division IN (SELECT wz_division FROM industry_group_division WHERE group_id = $group)",
    rest="wz_division IN (SELECT unnest($rest))",
)


def load_classification(con: duckdb.DuckDBPyConnection) -> None:
    """Sections and divisions of WZ 2008 and the named groups of industries, from their TOML files."""
    wz = catalogue.load("wz2008")
    for position, (section, title) in enumerate(wz["sections"].items()):
        insert_row(con, "wz_section", {"wz_section": section, "title": title, "position": position})
        for division, name in wz["divisions"].get(section, {}).items():
            insert_row(con, "wz_division", {"wz_division": division, "wz_section": section, "title": name})
    for position, (group_id, group) in enumerate(catalogue.load("industry")["groups"].items()):
        insert_row(con, "industry_group", {"group_id": group_id, "position": position} | group)
        for division in group["divisions"]:
            insert_row(con, "industry_group_division", {"group_id": group_id, "wz_division": division})


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Write anew everything that rests on `industry_structure`: sums by unit, clusters and structure indicators.

    The structure is that of one register (one source); with none in the table all of it goes.
    """
    summarise_companies(con)
    clusters_standard.refresh(con)
    indicators = catalogue.load("industry")["indicators"]
    ids = list(indicators)
    con.execute("DELETE FROM observation WHERE indicator_id IN (SELECT unnest(?))", [ids])
    con.execute("DELETE FROM indicator_period WHERE indicator_id IN (SELECT unnest(?))", [ids])
    con.execute("DELETE FROM indicator WHERE indicator_id IN (SELECT unnest(?))", [ids])
    sources = con.execute(
        "SELECT s.source_id, s.reference_date FROM source s SEMI JOIN industry_structure USING (source_id)"
    ).fetchall()
    if not sources:
        return
    ((source_id, reference_date),) = sources
    period = _year(reference_date)
    for position, (indicator_id, facts) in enumerate(indicators.items()):
        row = catalogue.INDICATOR_DEFAULTS | {"theme": "wirtschaftsstruktur", "aggregation": "none", **facts}
        row |= {"indicator_id": indicator_id, "source_id": source_id, "position": 500 + position}
        insert_row(con, "indicator", row)
        _observe(con, indicator_id, facts, period, source_id)
    con.execute(
        "INSERT INTO indicator_period SELECT DISTINCT indicator_id, period, $date, $status, NULL FROM observation "
        "WHERE indicator_id IN (SELECT unnest($ids))",
        {"date": reference_date, "status": "auf den heutigen Gebietsstand gebracht", "ids": ids},
    )


def _observe(con: duckdb.DuckDBPyConnection, indicator_id: str, facts: dict, period: str, source_id: str) -> None:
    query = _MEASURES[facts["measure"]]
    parameters = {"indicator_id": indicator_id, "period": period, "source_id": source_id}
    if "$group" in query:
        parameters |= {"group": facts["group"], "rest": facts.get("rest", [])}
    if "$larger" in query:
        parameters["larger"] = list(LARGER_SIZE_CLASSES)
    # Shares of groups of divisions say nothing where many employees are known by their section only.
    unknown = "u.share > $most_unknown" if "$group" in query else "false"
    if "$group" in query:
        parameters["most_unknown"] = MOST_UNKNOWN_SHARE
    con.execute(
        f"""
        INSERT INTO observation
        WITH unknown AS (
            SELECT unit_id, sum(employees) FILTER (wz_division = '00') / nullif(sum(employees), 0) AS share
            FROM industry_structure GROUP BY unit_id
        ),
        judged AS (
            SELECT m.*, coalesce({unknown}, false) AS is_unknown
            FROM ({query}) m (unit_id, value, is_secret) LEFT JOIN unknown u ON u.unit_id = m.unit_id
        )
        SELECT $indicator_id, 'unit', unit_id, $period, CASE WHEN NOT is_secret AND NOT is_unknown THEN value END,
               CASE WHEN is_secret THEN 'geheim' WHEN is_unknown THEN 'nicht_sinnvoll' END, $source_id
        FROM judged ORDER BY unit_id
        """,
        parameters,
    )


def summarise_companies(con: duckdb.DuckDBPyConnection) -> None:
    """Write `company_unit` anew: companies, employees and the two largest employers of every unit."""
    con.execute("DELETE FROM company_unit")
    con.execute(_SUMS, {"larger": list(LARGER_SIZE_CLASSES)})


def _year(reference_date: str | None) -> str:
    """Newest year named in a reference date; a register without one stands under its own word."""
    years = re.findall(r"(?:19|20)\d\d", reference_date or "")
    return max(years) if years else "ohne Jahr"
