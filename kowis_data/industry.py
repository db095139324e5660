"""What follows from the table `industry_structure` whenever a company register was loaded."""

from __future__ import annotations

import duckdb

# Companies of about 50 employees and more are the "larger" ones (table 1 of the study).
LARGER_SIZE_CLASSES = ("50-99", "100-249", "250-499", "500-999", "1000+")


def summarise_companies(con: duckdb.DuckDBPyConnection) -> None:
    """Write `company_unit` anew: companies, employees and the two largest employers of every unit."""
    con.execute("DELETE FROM company_unit")
    con.execute(
        """
        INSERT INTO company_unit
        WITH employer AS (
            SELECT unit_id, source_id, unnest([largest_employees, second_employees]) AS employees
            FROM industry_structure
        ),
        two AS (SELECT unit_id, source_id, max(employees, 2) AS top FROM employer GROUP BY unit_id, source_id)
        SELECT s.unit_id, sum(s.companies), sum(s.employees), sum(s.employees_estimated),
               coalesce(sum(s.companies) FILTER (s.size_class IN (SELECT unnest($larger))), 0),
               any_value(t.top[1]), any_value(t.top[2]), s.source_id
        FROM industry_structure s JOIN two t ON t.unit_id = s.unit_id AND t.source_id = s.source_id
        GROUP BY s.unit_id, s.source_id ORDER BY s.unit_id
        """,
        {"larger": list(LARGER_SIZE_CLASSES)},
    )
