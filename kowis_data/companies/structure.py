"""From single companies to the structure of the units: duplicates out, missing employees estimated, cells summed.

Writes `industry_structure`: sums and the two largest companies of each cell, no names.
"""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd

from kowis_data.companies.employees import FEWEST_FOR_MEDIAN, SIZE_CLASSES, fallback

BY_ID = "Kennung doppelt"
BY_NAME = "Name, Ort und Wirtschaftszweig doppelt"


def find_duplicates(con: duckdb.DuckDBPyConnection) -> None:
    """`duplicate(row, first_row, kind)`: later rows of one id, or of one name, place and industry.

    Only usable rows count, so that a spoilt first row does not push its good repetition out.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE duplicate (row BIGINT, first_row BIGINT, kind VARCHAR)")
    for column, kind in (("id_hash", BY_ID), ("same_hash", BY_NAME)):
        con.execute(
            f"""
            INSERT INTO duplicate
            WITH repeated AS (
                SELECT {column}, min(row) AS first_row FROM company
                WHERE problem IS NULL AND {column} IS NOT NULL AND row NOT IN (SELECT row FROM duplicate)
                GROUP BY {column} HAVING count(*) > 1
            )
            SELECT c.row, r.first_row, $kind FROM company c JOIN repeated r USING ({column})
            WHERE c.problem IS NULL AND c.row > r.first_row AND c.row NOT IN (SELECT row FROM duplicate)
            """,
            {"kind": kind},
        )


class Medians:
    """Medians of the register's own numbers of employees, by section and range.

    Parameters
    ----------
    histogram : `section`, `number`, `companies`, one row per pair.
    """

    def __init__(self, histogram: pd.DataFrame):
        self._all = histogram.groupby("number", as_index=False)["companies"].sum()
        self._sections = dict(list(histogram.groupby("section")))

    def estimate(self, section: str, low: int, high: int | None, *, is_class: bool) -> float | None:
        """Employees of a company of a section in a class, or of unknown size.

        The median of the companies with numbers in the same section and class, where there are at least
        `FEWEST_FOR_MEDIAN`; else of the class in all sections; else a fixed figure of the class. None where the
        size is unknown and the register has no numbers at all.
        """
        for rows in (self._sections.get(section), self._all):
            if rows is not None:
                within = rows[(rows["number"] >= low) & (rows["number"] <= (np.inf if high is None else high))]
                if within["companies"].sum() >= FEWEST_FOR_MEDIAN:
                    return weighted_median(within["number"], within["companies"])
        if is_class:
            return fallback(low, high)
        return weighted_median(self._all["number"], self._all["companies"]) if len(self._all) else None


def weighted_median(numbers: pd.Series, counts: pd.Series) -> float:
    """Median of numbers that stand for `counts` companies each; the mean of the two in the middle."""
    order = np.argsort(numbers.to_numpy(), kind="stable")
    values, reached = numbers.to_numpy()[order], np.cumsum(counts.to_numpy()[order])
    total = reached[-1]
    low, high = np.searchsorted(reached, [(total + 1) // 2, total // 2 + 1])
    return float(values[low] + values[high]) / 2


def estimate_employees(con: duckdb.DuckDBPyConnection, classes: list[tuple[int, int | None]]) -> bool:
    """`estimate(wz_no, class_no, number)` for companies without a number (class −1: size unknown).

    Where no company gives a number but all classes, those of unknown size get the median of the class figures.
    Returns False where nothing in the register tells any size.
    """
    rows = con.execute("""
        SELECT w.section, c.wz_no, c.class_no, c.number, count(*) AS companies
        FROM company c JOIN (SELECT DISTINCT wz_no, section FROM wz_code WHERE problem IS NULL) w USING (wz_no)
        WHERE c.problem IS NULL AND c.row NOT IN (SELECT row FROM duplicate)
        GROUP BY ALL
    """).df()
    known = rows[rows["number"].notna()]
    open_rows = rows[rows["number"].isna()]
    medians = Medians(known[["section", "number", "companies"]])
    estimates = {}
    for row in open_rows[open_rows["class_no"] >= 0].itertuples():
        low, high = classes[row.class_no]
        estimates[row.wz_no, row.class_no] = medians.estimate(row.section, low, high, is_class=True)
    if known.empty and estimates:
        sized = open_rows[open_rows["class_no"] >= 0]
        numbers = [estimates[key] for key in zip(sized["wz_no"], sized["class_no"], strict=True)]
        medians = Medians(sized[["section", "companies"]].assign(number=numbers))
    for row in open_rows[open_rows["class_no"] < 0].itertuples():
        number = medians.estimate(row.section, 0, None, is_class=False)
        if number is None:
            return False
        estimates[row.wz_no, row.class_no] = number
    frame = pd.DataFrame([(*key, number) for key, number in estimates.items()], columns=["wz_no", "class_no", "number"])
    con.register("estimate_rows", frame)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE estimate AS SELECT wz_no::SMALLINT AS wz_no, class_no::SMALLINT AS class_no, "
        "number::DOUBLE AS number FROM estimate_rows"
    )
    con.unregister("estimate_rows")
    return True


def write(con: duckdb.DuckDBPyConnection, source_id: str) -> None:
    """Sum the usable companies into `industry_structure`."""
    size = "CASE " + " ".join(
        f"WHEN employees >= {lowest} THEN '{name}'" for name, lowest in reversed(SIZE_CLASSES.items())
    )
    con.execute(
        f"""
        INSERT INTO industry_structure BY NAME
        WITH sized AS (
            SELECT c.unit_no, c.wz_no, coalesce(c.number, e.number)::DOUBLE AS employees,
                   c.number IS NULL AS is_estimated
            FROM company c LEFT JOIN estimate e ON e.wz_no = c.wz_no AND e.class_no = c.class_no
            WHERE c.problem IS NULL AND c.row NOT IN (SELECT row FROM duplicate)
        ),
        cell AS (
            SELECT unit_no, wz_no, {size} END AS size_class, count(*) AS companies, sum(employees) AS employees,
                   coalesce(sum(employees) FILTER (is_estimated), 0) AS employees_estimated,
                   max(employees, 2) AS top
            FROM sized GROUP BY ALL
        )
        SELECT u.unit_id, w.division AS wz_division, w.section AS wz_section, cell.size_class, cell.companies,
               cell.employees, cell.employees_estimated, cell.top[1] AS largest_employees,
               cell.top[2] AS second_employees, $source_id AS source_id
        FROM cell JOIN unit_number u USING (unit_no)
        JOIN (SELECT DISTINCT wz_no, section, division FROM wz_code WHERE problem IS NULL) w USING (wz_no)
        ORDER BY ALL
        """,
        {"source_id": source_id},
    )
