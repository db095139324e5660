"""Makes the database from the shipped base data: a few seconds, no network.

The steps read like the table of contents of the atlas: regions, official values, what follows from them, facts,
geometry, checks. Everything is written into a new file beside the old one, which is swapped in whole at the end
(kowis_data.swap).
"""

from __future__ import annotations

import tomllib
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb

from kowis_data import catalogue, geometry, industry, swap
from kowis_data.aggregate import aggregate
from kowis_data.catalogue import imported
from kowis_data.checks import check_database
from kowis_data.coverage import count_periods
from kowis_data.database_rows import columns, insert_row
from kowis_data.derive import Derivation
from kowis_data.settings import BASE_FILES, SQL
from kowis_data.territory_dates import SHIPPED

SCHEMA_VERSION = "6"
TERRITORIAL_STATUS = SHIPPED["territorial_status"]
SYNTHETIC_PRECEDENCE = 90


def build(path: Path) -> None:
    """Build the database at `path`; an existing one stays untouched until the new one is complete.

    Raises
    ------
    kowis_data.swap.Busy : another build or import is writing this database.
    kowis_data.checks.CheckFailed : the base data contradict themselves.
    """
    with swap.new_database(path) as con:
        create(con)


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Fill an empty database with everything that the base data give."""
    create_without_demo(con)
    load_demo_register(con)
    count_periods(con)
    geometry.publish(con)
    con.execute(
        "INSERT INTO build_info VALUES ('schema_version', ?), ('territorial_status', ?), ('population_date', ?), "
        "('built_at', ?)",
        [
            SCHEMA_VERSION,
            TERRITORIAL_STATUS,
            SHIPPED["population_date"],
            datetime.now().isoformat(timespec="seconds"),
        ],
    )
    check_database(con)


def create_without_demo(con: duckdb.DuckDBPyConnection) -> None:
    """Everything that real data give, without boundaries: what the demo register is drawn from."""
    con.execute((SQL / "schema.sql").read_text(encoding="utf-8"))
    con.execute((SQL / "views.sql").read_text(encoding="utf-8"))
    load_facts(con)
    load_regions(con)
    load_observations(con)


def load_facts(con: duckdb.DuckDBPyConnection) -> None:
    """Sources, themes, indicators, town types, case studies and published figures from their TOML files."""
    base_sources = tomllib.loads((BASE_FILES / "sources.toml").read_text(encoding="utf-8"))["source"]
    precedence = {"amtlich": 10, "veroeffentlicht": 20, "abgeleitet": 30, "synthetisch": SYNTHETIC_PRECEDENCE}
    for source in base_sources:
        insert_row(con, "source", source | {"precedence": precedence[source["provenance"]]})
    attributions = {source["source_id"]: source["attribution"] for source in base_sources}
    for source_id, facts in catalogue.load("derived_sources").items():
        insert_row(
            con,
            "source",
            {
                "source_id": source_id,
                "publisher": "KOWIS-Atlas",
                "licence": "dl-de/by-2-0",
                "attribution": "; ".join(attributions[origin] for origin in facts["derived_from"])
                + "; eigene Berechnung",
                "provenance": "abgeleitet",
                "precedence": precedence["abgeleitet"],
                **facts,
            },
        )
    themes = catalogue.load("indicators")["themes"] | imported.themes() | catalogue.load("industry")["themes"]
    for position, (theme, title) in enumerate(themes.items()):
        insert_row(con, "theme", {"theme": theme, "title": title, "position": position})
    industry.load_classification(con)
    for position, town_type in enumerate(catalogue.load("town_types")["town_types"]):
        insert_row(con, "town_type", {"position": position, "type_group": town_type["group"], **town_type})
    for position, (indicator_id, facts) in enumerate(catalogue.indicators().items()):
        insert_row(con, "indicator", {"indicator_id": indicator_id, "position": position} | facts)


def load_regions(con: duckdb.DuckDBPyConnection) -> None:
    """States, counties, municipalities, units, and what lies in and between them."""
    _copy(con, "state", "states")
    # The new Länder have the keys 12 to 16; Berlin (11) is counted with the East, as BBSR does.
    con.execute("UPDATE state SET region = CASE WHEN state_id >= '11' THEN 'Ostdeutschland' ELSE 'Westdeutschland' END")
    _copy(con, "county", "counties")
    _copy(con, "municipality", "municipalities", order="ags")
    con.execute("CREATE TEMP TABLE base_unit AS SELECT * FROM read_parquet(?)", [str(BASE_FILES / "units.parquet")])
    con.execute((SQL / "units.sql").read_text(encoding="utf-8"))
    for table, name in (
        ("place", "places"),
        ("station", "stations"),
        ("unit_neighbour", "unit_neighbours"),
        ("boundary_check", "boundary_check"),
    ):
        _copy(con, table, name)
    con.execute(
        "INSERT INTO correction SELECT ags, field, old_value, new_value, reason_de, source_de FROM read_parquet(?)",
        [str(BASE_FILES / "corrections.parquet")],
    )
    con.execute(
        "INSERT INTO value_note SELECT feature, level, region_id, note_de FROM read_parquet(?)",
        [str(BASE_FILES / "value_notes.parquet")],
    )
    studies = catalogue.load("case_studies")
    for position, study in enumerate(studies["case_studies"]):
        unit_id = con.execute("SELECT unit_id FROM municipality WHERE ags = ?", [study["ags"]]).fetchall()[0][0]
        title = studies["clusters"][str(study["cluster"])]
        insert_row(con, "case_study", study | {"unit_id": unit_id, "cluster_title": title, "position": position})
    published = catalogue.load("published_shares")
    for measure, by_group in published["shares"].items():
        for group, share in by_group.items():
            row = {"measure": measure, "type_group": group, "share_pct": share}
            insert_row(con, "published_share", row | {"page_or_figure": published["page_or_figure"]})
    for figure in studies["figures"]:
        insert_row(con, "published_figure", figure)


def load_observations(con: duckdb.DuckDBPyConnection) -> None:
    """Official values of the base data, carried up the levels, and the indicators derived from them."""
    con.execute((SQL / "base_observations.sql").read_text(encoding="utf-8"), [str(BASE_FILES / "values.parquet")])
    derivation = Derivation(con)
    base = catalogue.indicators()
    for indicator_id in catalogue.in_order_of_computation():
        if indicator_id not in base:
            continue
        facts = base[indicator_id]
        if facts["derive"]:
            derivation.derive(indicator_id, facts)
        else:
            aggregate(con, indicator_id, facts["aggregation"], facts["weight_indicator"])
    con.execute("CREATE OR REPLACE TABLE observation AS FROM observation ORDER BY indicator_id, level, region_id")
    for indicator_id, facts in catalogue.indicators().items():
        con.execute(
            "INSERT INTO indicator_period SELECT DISTINCT indicator_id, period, ?, ?, ? FROM observation "
            "WHERE indicator_id = ?",
            [facts["reference_date"], TERRITORIAL_STATUS, facts["population_basis"], indicator_id],
        )


def load_demo_register(con: duckdb.DuckDBPyConnection) -> None:
    """The synthetic company register summed up by unit, until a user imports a register of their own."""
    source = catalogue.load("demo_register")["source"]
    insert_row(con, "source", source | {"precedence": SYNTHETIC_PRECEDENCE})
    con.execute(
        "INSERT INTO industry_structure BY NAME SELECT *, $source_id AS source_id FROM read_parquet($path)",
        {"source_id": source["source_id"], "path": str(BASE_FILES / "demo_structure.parquet")},
    )
    industry.refresh(con)


def _copy(con: duckdb.DuckDBPyConnection, table: str, name: str, order: str = "ALL") -> None:
    """Rows of a shipped Parquet file into a table of the schema, columns matched by name."""
    path = str(BASE_FILES / f"{name}.parquet")
    shipped = [column for column, *_ in con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()]
    names = ", ".join(column for column in columns(con, table) if column in shipped)
    con.execute(
        f"INSERT INTO {table} BY NAME SELECT {names} FROM read_parquet(?) ORDER BY {order}",
        [path],
    )


def ensure(path: Path) -> Path | None:
    """Make sure that there is a usable database; build it where it is missing.

    Returns the path to which a broken or outdated database was set aside, None otherwise. Nothing is deleted.
    """
    aside = None
    if path.exists() and not _is_verified(path):
        aside = swap.set_aside(path)
    if not path.exists():
        build(path)
    else:
        _publish_missing_geometry(path)
    return aside


def _is_verified(path: Path) -> bool:
    """Whether the database is usable; a file found whole is not read again until it changes."""
    stamp = path.with_name(path.name + ".geprueft")
    stat = path.stat()
    mark = f"{SCHEMA_VERSION} {stat.st_mtime_ns} {stat.st_size} {stat.st_ino}"
    try:
        if stamp.read_text(encoding="ascii") == mark:
            return True
    except (OSError, UnicodeError):
        pass  # never verified
    if not _is_usable(path):
        return False
    with suppress(OSError):  # a folder that cannot be written: verified again next time
        stamp.write_text(mark, encoding="ascii")
    return True


def _is_usable(path: Path) -> bool:
    """Whether every block of every table can be read (DuckDB checks its checksums) and the schema is ours."""
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            version = con.execute("SELECT value FROM build_info WHERE key = 'schema_version'").fetchall()
            con.execute("SELECT unit_id FROM small_town LIMIT 1").fetchall()
            for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                con.execute(f'SELECT bit_xor(hash(t)) FROM "{table}" t').fetchall()
    except duckdb.Error:
        return False
    return version == [(SCHEMA_VERSION,)]


def _publish_missing_geometry(path: Path) -> None:
    """The boundary files in the static folder may be gone (a fresh copy of the program with an old database)."""
    with duckdb.connect(str(path), read_only=True) as con:
        geometry.write_files(con)
