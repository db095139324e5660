"""Everything in the database that is keyed by region, brought from the old territory to the new one.

`region_change` (level, old_key, new_key, share) says where values may go. Regions that keep their key and stay as
they are, are not touched; all others are taken out, carried where that is true, and what cannot be is counted.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import catalogue, industry
from kowis_data.aggregate import aggregate_all

LEVELS = ("municipality", "unit", "county", "state")

# Old regions whose rows have to move: renamed, merged with others, divided, or without a successor.
_MOVING = """
    CREATE OR REPLACE TEMP TABLE moving AS
    WITH region AS (
        SELECT 'municipality' AS level, ags AS old_key FROM old_municipality
        UNION ALL SELECT DISTINCT 'unit', unit_id FROM old_municipality
        UNION ALL SELECT DISTINCT 'county', county_id FROM old_municipality WHERE county_id IS NOT NULL
        UNION ALL SELECT DISTINCT 'state', state_id FROM old_municipality
    ),
    parts AS (SELECT level, new_key, count(*) AS parts FROM region_change GROUP BY level, new_key)
    SELECT r.level, r.old_key, c.new_key, c.share, p.parts
    FROM region r LEFT JOIN region_change c USING (level, old_key) LEFT JOIN parts p USING (level, new_key)
    WHERE c.new_key IS NULL OR c.new_key <> r.old_key OR p.parts > 1 OR c.share < 1
"""
# Sums add up if every inhabited part has its value; means are weighted; anything else needs one single part.
_CARRY = """
    INSERT INTO observation
    WITH rule AS (SELECT indicator_id, aggregation, weight_indicator FROM indicator),
    weight AS (
        SELECT indicator_id, level, region_id, max_by(value, period) AS weight
        FROM (FROM observation UNION ALL FROM moved)
        WHERE indicator_id IN (SELECT weight_indicator FROM rule) GROUP BY ALL
    ),
    wanted AS (
        SELECT m.level, m.new_key, count(*) FILTER (coalesce(p.population, 1) > 0) AS parts
        FROM moving m LEFT JOIN old_population p ON p.level = m.level AND p.region_id = m.old_key
        WHERE m.new_key IS NOT NULL GROUP BY ALL
    ),
    part AS (
        SELECT o.*, m.new_key, m.share, m.parts, r.aggregation, w.weight, coalesce(p.population, 1) > 0 AS inhabited
        FROM moved o JOIN moving m ON m.level = o.level AND m.old_key = o.region_id
        JOIN rule r USING (indicator_id)
        LEFT JOIN weight w ON w.indicator_id = r.weight_indicator AND w.level = o.level AND w.region_id = o.region_id
        LEFT JOIN old_population p ON p.level = o.level AND p.region_id = o.region_id
        WHERE m.new_key IS NOT NULL
    ),
    merged AS (
        SELECT indicator_id, level, new_key, period, source_id,
               count(*) FILTER (inhabited) AS present,
               CASE WHEN aggregation = 'sum' THEN
                        CASE WHEN bool_or(value IS NULL AND value_status <> 'nichts_vorhanden') THEN NULL
                             ELSE sum(value * share) END
                    WHEN max(parts) = 1 AND bool_and(share = 1) THEN max(value)
                    WHEN aggregation = 'mean' AND count(value) = count(*) AND count(weight) = count(*)
                        THEN sum(value * weight * share) / nullif(sum(weight * share), 0)
                    WHEN count(*) FILTER (inhabited) = 1 THEN max(value) FILTER (inhabited AND share = 1) END AS value,
               CASE WHEN max(parts) = 1 THEN max(value_status)
                    WHEN aggregation = 'sum' THEN max(value_status) FILTER (value_status <> 'nichts_vorhanden')
               END AS value_status,
               bool_and(value IS NULL) AS is_blank, max(value_status) AS any_status
        FROM part GROUP BY indicator_id, level, new_key, period, source_id, aggregation
    ),
    judged AS (
        SELECT m.*, CASE WHEN m.present < w.parts THEN NULL ELSE m.value END AS sure
        FROM merged m JOIN wanted w USING (level, new_key)
    )
    SELECT indicator_id, level, new_key, period, sure,
           CASE WHEN sure IS NOT NULL THEN value_status
                ELSE coalesce(value_status, CASE WHEN is_blank THEN any_status END, 'nicht_sinnvoll') END,
           source_id
    FROM judged
"""


def carry_observations(con: duckdb.DuckDBPyConnection) -> tuple[int, list[tuple[str, str]], int]:
    """Bring all observations to the new territory; `municipality` and `unit` are the new ones already.

    Needs the temporary tables `region_change`, `old_municipality` and `old_population` (level, region_id,
    population). Municipal values are summed up anew for regions whose members changed.

    Returns
    -------
    Number of values moved, the old regions (level, key) some of whose values found no place, and their number.
    """
    con.execute(_MOVING)
    moving = "(level, region_id) IN (SELECT (level, old_key) FROM moving)"
    con.execute(f"CREATE OR REPLACE TEMP TABLE moved AS SELECT * FROM observation WHERE {moving}")
    con.execute(f"DELETE FROM observation WHERE {moving}")
    con.execute(_CARRY)
    rules = con.execute(
        "SELECT DISTINCT i.indicator_id, i.aggregation, i.weight_indicator FROM indicator i "
        "JOIN observation o USING (indicator_id) WHERE o.level = 'municipality' ORDER BY ALL"
    ).fetchall()
    aggregate_all(con, rules)
    return _lost(con)


def _lost(con: duckdb.DuckDBPyConnection) -> tuple[int, list[tuple[str, str]], int]:
    """Numbers of the old regions whose (indicator, period) has no number in any region that took them over.

    What is computed anew in any case does not count.
    """
    derived = [key for key, facts in catalogue.every_indicator().items() if facts["derive"]]
    derived += catalogue.load("industry")["indicators"]
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE heir AS
        SELECT DISTINCT level, old_key, new_key FROM region_change
        UNION
        SELECT DISTINCT l.level,
               CASE l.level WHEN 'unit' THEN o.unit_id WHEN 'county' THEN o.county_id ELSE o.state_id END,
               CASE l.level WHEN 'unit' THEN n.unit_id WHEN 'county' THEN n.county_id ELSE n.state_id END
        FROM region_change c JOIN old_municipality o ON o.ags = c.old_key JOIN municipality n ON n.ags = c.new_key,
             (VALUES ('unit'), ('county'), ('state')) l(level)
        WHERE c.level = 'municipality'
        """
    )
    lost = con.execute(
        """
        WITH number AS (
            SELECT DISTINCT level, region_id, indicator_id, period FROM moved
            WHERE value IS NOT NULL AND indicator_id NOT IN (SELECT unnest($derived))
        ),
        found AS (
            SELECT DISTINCT n.level, n.region_id, n.indicator_id, n.period
            FROM number n JOIN heir h ON h.level = n.level AND h.old_key = n.region_id
            JOIN observation o ON o.level = n.level AND o.region_id = h.new_key
                AND o.indicator_id = n.indicator_id AND o.period = n.period
            WHERE o.value IS NOT NULL
        )
        SELECT level, region_id, count(*) FROM number ANTI JOIN found USING (level, region_id, indicator_id, period)
        GROUP BY level, region_id ORDER BY level, region_id
        """,
        {"derived": derived},
    ).fetchall()
    moved = con.execute(
        "SELECT count(value) FROM moved WHERE indicator_id NOT IN (SELECT unnest($derived))", {"derived": derived}
    ).fetchall()[0][0]
    return moved, [(level, key) for level, key, _ in lost], sum(count for *_, count in lost)


def carry_facts(con: duckdb.DuckDBPyConnection, owner: dict[str, str]) -> list[str]:
    """Bring everything but observations to the new territory; returns German notes on what was left behind.

    Needs the temporary tables of `carry_observations`; `owner` says which unit takes over each old unit's polygon.
    """
    notes = []
    con.register("owner_rows", pd.DataFrame(list(owner.items()), columns=["old_key", "new_key"]))
    con.execute("CREATE OR REPLACE TEMP TABLE polygon_owner AS FROM owner_rows")
    con.unregister("owner_rows")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE whole AS SELECT level, old_key, any_value(new_key) AS new_key "
        "FROM region_change GROUP BY level, old_key HAVING count(*) = 1"
    )
    for table in ("place", "case_study", "published_figure", "correction"):
        con.execute(
            f"UPDATE {table} SET ags = (SELECT w.new_key FROM whole w WHERE w.level = 'municipality' "
            f"AND w.old_key = {table}.ags) WHERE ags IN (SELECT ags FROM old_municipality)"
        )
    con.execute("UPDATE case_study SET unit_id = (SELECT m.unit_id FROM municipality m WHERE m.ags = case_study.ags)")
    con.execute(
        "UPDATE station SET unit_id = (SELECT p.new_key FROM polygon_owner p WHERE p.old_key = station.unit_id) "
        "WHERE unit_id IS NOT NULL"
    )
    con.execute(
        "UPDATE unit_key_alias SET unit_id = w.new_key FROM whole w "
        "WHERE w.level = 'unit' AND w.old_key = unit_key_alias.unit_id"
    )
    notes += _same_for_all_parts(con)
    notes += _companies(con)
    con.execute(
        "UPDATE unit_neighbour SET unit_id = a.new_key, neighbour_id = b.new_key FROM polygon_owner a, polygon_owner b "
        "WHERE a.old_key = unit_neighbour.unit_id AND b.old_key = unit_neighbour.neighbour_id"
    )
    con.execute(
        "CREATE OR REPLACE TABLE unit_neighbour AS SELECT unit_id, neighbour_id, "
        "round(sum(shared_border_km), 3) AS shared_border_km FROM unit_neighbour "
        "WHERE unit_id <> neighbour_id GROUP BY ALL ORDER BY ALL"
    )
    return notes


def _same_for_all_parts(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Attributes, notes and flags: kept where the region lives on as it was, or where all its parts agree."""
    notes = []
    moved = "(level, region_id) IN (SELECT (level, old_key) FROM moving)"
    for table, said, german in (
        ("region_attribute", "attribute, title, value_code, value_label, reference_date, source_id", "Zuordnungen"),
        ("value_note", "indicator_id, note", "Bemerkungen"),
        ("value_flag", "indicator_id, period, reason", "Kennzeichen auffälliger Werte"),
    ):
        con.execute(f"CREATE OR REPLACE TEMP TABLE leaving AS SELECT * FROM {table} WHERE {moved}")
        con.execute(f"DELETE FROM {table} WHERE {moved}")
        con.execute(
            f"""
            INSERT INTO {table} BY NAME
            SELECT l.level, m.new_key AS region_id, {", ".join("l." + name.strip() for name in said.split(","))}
            FROM leaving l JOIN moving m ON m.level = l.level AND m.old_key = l.region_id
            WHERE m.new_key IS NOT NULL AND m.share = 1
            GROUP BY ALL HAVING count(DISTINCT l.region_id) = any_value(m.parts)
            """
        )
        before, after = con.execute(
            f"SELECT (SELECT count(DISTINCT (l.level, l.region_id)) FROM leaving l), (SELECT count(DISTINCT "
            f"(l.level, l.region_id)) FROM leaving l JOIN moving m ON m.level = l.level AND m.old_key = l.region_id "
            f"JOIN {table} t ON t.level = l.level AND t.region_id = m.new_key)"
        ).fetchall()[0]
        if before > after:
            notes.append(
                f"{german} von {before - after} Gebieten gelten für die neuen Gebiete nicht mehr und entfallen."
            )
    return notes


def _companies(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Company figures of units that went whole into another one; the two largest employers of each cell stay known."""
    moved = "unit_id IN (SELECT old_key FROM moving WHERE level = 'unit')"
    con.execute(f"CREATE OR REPLACE TEMP TABLE moved_structure AS SELECT * FROM industry_structure WHERE {moved}")
    con.execute(f"DELETE FROM industry_structure WHERE {moved}")
    con.execute(
        """
        INSERT INTO industry_structure BY NAME
        WITH part AS (
            SELECT s.*, m.new_key FROM moved_structure s JOIN moving m ON m.level = 'unit' AND m.old_key = s.unit_id
            WHERE m.new_key IS NOT NULL
        ),
        largest AS (
            SELECT new_key, wz_division, size_class, source_id, max(employees, 2) AS two
            FROM (SELECT *, unnest([largest_employees, second_employees]) AS largest FROM part) l(
                unit_id, wz_division, wz_section, size_class, companies, all_employees, employees_estimated,
                largest_employees, second_employees, source_id, new_key, employees)
            GROUP BY ALL
        )
        SELECT p.new_key AS unit_id, p.wz_division, any_value(p.wz_section) AS wz_section, p.size_class,
               sum(p.companies) AS companies, sum(p.employees) AS employees,
               sum(p.employees_estimated) AS employees_estimated, any_value(l.two[1]) AS largest_employees,
               any_value(l.two[2]) AS second_employees, p.source_id
        FROM part p JOIN largest l ON l.new_key = p.new_key AND l.wz_division = p.wz_division
            AND l.size_class = p.size_class AND l.source_id = p.source_id
        GROUP BY p.new_key, p.wz_division, p.size_class, p.source_id
        """
    )
    industry.refresh(con)
    lost = con.execute(
        "SELECT count(DISTINCT unit_id) FROM moved_structure SEMI JOIN moving m ON m.level = 'unit' "
        "AND m.old_key = unit_id AND m.new_key IS NULL"
    ).fetchall()[0][0]
    if not lost:
        return []
    return [
        f"Unternehmensdaten von {lost} aufgeteilten oder neu zugeschnittenen Einheiten lassen sich nicht aufteilen und "
        "entfallen, bis das Unternehmensregister neu eingelesen wird."
    ]
