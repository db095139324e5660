"""Small registers written as files, and what an import makes of them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from kowis_data.formats.company_register_columns import RegisterOptions
from kowis_data.import_files import import_files
from kowis_data.imports.report import FileReport

HEAD = "Crefo;Firma;WZ 2008;Mitarbeiter;AGS"
VLOTHO, PERL, OBERHARZ, BAD_SCHUSSENRIED = "05758036", "10042115", "15085228", "08426014"
UNIT = {VLOTHO: "057580036", PERL: "100420115", OBERHARZ: "150850228", BAD_SCHUSSENRIED: "084265002"}


def write(path: Path, rows: list[str], head: str = HEAD, encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join([head, *rows, ""]).encode(encoding))
    return path


def run(path: Path, database: Path, **options) -> FileReport:
    """The report on one file."""
    return import_files([path], database, register=RegisterOptions(**options)).files[0]


def ask(database: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(query).fetchall()


def structure(database: Path) -> list[tuple]:
    """unit, division, section, size class, companies, employees, estimated, largest, second."""
    return ask(
        database,
        "SELECT * EXCLUDE (source_id) FROM industry_structure ORDER BY unit_id, wz_division, size_class",
    )
