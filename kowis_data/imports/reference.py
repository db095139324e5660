"""Tables of a reading that are no values: crosswalks, former keys, attributes, town types of a date."""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.formats.reading import Reading
from kowis_data.imports import territory

# Attribute of a unit: its town type at another date than today's.
DATED_TYPE, DATED_TYPE_TITLE = "stadttyp", "Stadttyp zum Stand der Quelle"


def add_tables(con: duckdb.DuckDBPyConnection, reading: Reading, source_id: str) -> list[str]:
    """Write the reading's reference tables into the database; returns German notes on what was kept and what not."""
    notes: list[str] = []
    for name, write in _WRITERS.items():
        if name in reading.tables and len(reading.tables[name]):
            notes += write(con, reading.tables[name].assign(source_id=source_id))
    return notes


def _crosswalk(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    con.register("table_rows", rows)
    con.execute(
        "INSERT INTO crosswalk BY NAME SELECT level, from_key, from_date, to_key, to_date, weight_area, "
        "weight_population, weight_employees, source_id FROM table_rows"
    )
    con.unregister("table_rows")
    return []


def _alias(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    con.register("table_rows", rows)
    con.execute("INSERT INTO unit_key_alias BY NAME SELECT old_key, unit_id, source_id FROM table_rows")
    con.unregister("table_rows")
    return []


def _attribute(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    """Attributes of units and counties, those that are gone by their successors."""
    rows = rows[rows["level"].isin(("unit", "county"))]
    kept, lost = _at_todays_regions(con, rows)
    con.register("table_rows", kept)
    con.execute(
        "INSERT INTO region_attribute BY NAME SELECT level, region_id, attribute, title, "
        "value_code::VARCHAR AS value_code, value_label, reference_date, source_id FROM table_rows"
    )
    con.unregister("table_rows")
    if not lost:
        return []
    shown = ", ".join(lost[:8]) + (" …" if len(lost) > 8 else "")
    return [f"Zuordnungen von {len(lost)} früheren Gebieten lassen sich nicht auf heutige übertragen: {shown}."]


def _town_type(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    """Official town types of a date, kept as an attribute of the units."""
    dates = ("31.12." + rows["year"]).unique()
    typed = rows[rows["town_type"].notna()]
    notes = _dated_types(con, typed.assign(reference_date="31.12." + typed["year"]), "amtlich")
    return [
        f"Amtliche Stadttypen vom {' und '.join(dates)}: {len(typed)} Einheiten. Sie gelten für diesen Stand.",
        *notes,
    ]


def _register(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> list[str]:
    """Town types that the atlas's rule gives for the municipalities of a register, kept as an attribute."""
    known = rows[rows["unit_id"].notna() & rows["population"].notna() & rows["reference_date"].notna()]
    known = known[~known["is_unincorporated"]]
    if known.empty:
        return []
    # A unit with a gap in it has no type: the gap may be its largest municipality.
    gaps = set(rows.loc[rows["population"].isna() & ~rows["is_unincorporated"], "unit_id"].dropna())
    largest = known[~known["unit_id"].isin(gaps)].groupby("unit_id")["population"].max()
    bounds = con.execute(
        "SELECT town_type, at_least FROM town_type WHERE at_least IS NOT NULL ORDER BY at_least DESC"
    ).fetchall()
    types = [next(name for name, least in bounds if people >= least or least <= 1) for people in largest]
    date = known["reference_date"].iloc[0]
    table = pd.DataFrame({"unit_id": largest.index, "town_type": types, "reference_date": date})
    notes = _dated_types(con, table.assign(source_id=rows["source_id"].iloc[0]), "nach der Regel des Atlas")
    return [
        f"Stadttypen nach der Bevölkerung vom {date}: {len(table)} Einheiten. Sie gelten für diesen Stand.",
        *notes,
    ]


def _dated_types(con: duckdb.DuckDBPyConnection, types: pd.DataFrame, basis: str) -> list[str]:
    titles = dict(con.execute("SELECT town_type, title FROM town_type").fetchall())
    rows = pd.DataFrame(
        {
            "level": "unit",
            "region_id": types["unit_id"],
            "attribute": DATED_TYPE,
            "title": DATED_TYPE_TITLE,
            "value_code": types["town_type"],
            "value_label": types["town_type"].map(titles) + f" ({basis})",
            "reference_date": types["reference_date"],
            "source_id": types["source_id"],
        }
    )
    return _attribute(con, rows)


def _at_todays_regions(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Attributes at today's regions, and the keys that cannot be carried.

    A region of today that is made of several former ones has an attribute only where all of them agree.
    """
    keys = rows[["level", "region_id"]].drop_duplicates().rename(columns={"region_id": "key"}).assign(name=None)
    resolved = territory.resolve(con, keys.reset_index(drop=True))
    resolved = resolved[resolved["share"] == 1].rename(columns={"region_id": "today"})
    placed = rows.merge(resolved[["level", "key", "today"]], left_on=["level", "region_id"], right_on=["level", "key"])
    same = ["level", "today", "attribute", "reference_date"]
    # A region that still is there speaks for itself.
    own = placed[placed["key"] == placed["today"]]
    others = placed.merge(own[same].drop_duplicates(), on=same, how="left", indicator=True)
    others = others[others["_merge"] == "left_only"].drop(columns="_merge")
    agreed = others.groupby(same)["value_code"].transform("nunique") == 1
    others = others[agreed].drop_duplicates(same)
    kept = pd.concat([own, others], ignore_index=True)
    kept["region_id"] = kept["today"]
    gone = set(zip(keys["level"], keys["key"], strict=True)) - set(zip(placed["level"], placed["key"], strict=True))
    return kept.drop(columns=["key", "today"]), sorted(key for _, key in gone)


_WRITERS = {
    "crosswalk": _crosswalk,
    "unit_key_alias": _alias,
    "attribute": _attribute,
    "town_type": _town_type,
    "municipality": _register,
}
