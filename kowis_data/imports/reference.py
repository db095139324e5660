"""Tables of a reading that are no values: crosswalks, former keys, attributes, official town types."""

from __future__ import annotations

import duckdb

from kowis_data.formats.reading import Reading


def add_tables(con: duckdb.DuckDBPyConnection, reading: Reading, source_id: str) -> None:
    """Write the reading's reference tables into the database, rows of the same source replaced."""
    for name, write in _WRITERS.items():
        if name in reading.tables and len(reading.tables[name]):
            con.register("table_rows", reading.tables[name].assign(source_id=source_id))
            write(con)
            con.unregister("table_rows")


def _crosswalk(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(
        "INSERT INTO crosswalk BY NAME SELECT level, from_key, from_date, to_key, to_date, weight_area, "
        "weight_population, weight_employees, source_id FROM table_rows"
    )


def _alias(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("INSERT INTO unit_key_alias BY NAME SELECT old_key, unit_id, source_id FROM table_rows")


def _attribute(con: duckdb.DuckDBPyConnection) -> None:
    """Attributes of regions that exist today; a later reference date replaces an earlier one."""
    con.execute(
        """
        INSERT INTO region_attribute BY NAME
        SELECT t.level, t.region_id, t.attribute, t.title, t.value_code::VARCHAR AS value_code, t.value_label,
               t.reference_date, t.source_id
        FROM table_rows t
        WHERE (t.level = 'unit' AND t.region_id IN (SELECT unit_id FROM unit))
           OR (t.level = 'county' AND t.region_id IN (SELECT county_id FROM county))
        """
    )


_WRITERS = {"crosswalk": _crosswalk, "unit_key_alias": _alias, "attribute": _attribute}
