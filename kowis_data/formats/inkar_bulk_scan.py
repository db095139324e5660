"""One scan of an INKAR bulk file into groups inside DuckDB.

Grouping by the columns that repeat (indicator, level, period) while scanning is nearly free and leaves about
50,000 groups with lists of keys and values instead of millions of rows of text.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from kowis_data.database_rows import unordered
from kowis_data.formats.inkar_names import facts, level_of
from kowis_data.formats.reading import FormatError

CARRIED = ("municipality", "unit", "county", "state", "country")
_MAX_ERRORS = 100_000
# Values of one year bring the names of nearly all regions; for the rest the file is scanned again.
_YEAR_OF_NAMES = {"2021": "2017", "2024": "2019"}
# Length and digits of a key in one integer: leading zeros survive, and integers are cheap to carry. What a cast
# accepts beyond digits ("1.5", " 12", "1e3") comes out with a length that no level has, and is refused there.
KEY_LENGTH_UNIT = 10_000_000_000
KEY_AS_INTEGER = f"(strlen(Kennziffer) * {KEY_LENGTH_UNIT} + try_cast(Kennziffer AS INTEGER))"


@dataclass(frozen=True)
class BulkFile:
    """The CSV in UTF-8: its path, its column names in the order of the file."""

    path: Path
    columns: tuple[str, ...]

    def recoded(self, folder: Path) -> BulkFile:
        """A copy in UTF-8 of a file in Windows-1252 (or Latin-1), which DuckDB does not read."""
        copy = folder / "inkar.csv"
        with self.path.open("rb") as source, copy.open("w", encoding="utf-8", newline="") as target:
            while block := source.read(1 << 24):
                target.write(block.decode("cp1252", errors="replace"))
        return BulkFile(copy, self.columns)

    def scan(self, *, as_text: bool = False) -> str:
        """`read_csv(...)` over the file; with `as_text` every row as it stands and in the order of the file."""
        kinds = {} if as_text else {"ID": "INTEGER", "Wert": "DOUBLE"}
        columns = ", ".join(f"'{name}': '{kinds.get(name, 'VARCHAR')}'" for name in self.columns)
        how = (
            "null_padding = true, ignore_errors = true, parallel = false"
            if as_text
            else "decimal_separator = ',', nullstr = ['', 'NA'], store_rejects = true, "
            f"rejects_table = 'inkar_reject', rejects_scan = 'inkar_reject_scan', rejects_limit = {_MAX_ERRORS}"
        )
        # Brackets, asks and stars in a file name would be taken for a pattern of names.
        path = "".join(f"[{letter}]" if letter in "[?*" else letter for letter in str(self.path))
        return (
            f"read_csv({literal(path)}, delim = ';', header = true, auto_detect = false, quote = '\"', "
            f"escape = '\"', columns = {{{columns}}}, {how})"
        )


def key_text(key: int) -> str:
    """The digits of a Kennziffer as they stand in the file, from the integer that carries them."""
    return str(key % KEY_LENGTH_UNIT).zfill(key // KEY_LENGTH_UNIT)


def cut_line(source: BulkFile) -> dict[str, str] | None:
    """The cells of the last line where no line break follows it: the file may have been cut within its value."""
    with source.path.open("rb") as file:
        file.seek(max(source.path.stat().st_size - 4096, 0))
        tail = file.read()
    if not tail or tail.endswith((b"\n", b"\r")):
        return None
    text = tail.replace(b"\r", b"\n").rsplit(b"\n", 1)[-1].decode("utf-8", errors="replace")
    cells = next(csv.reader([text], delimiter=";"))
    return dict(zip(source.columns, cells, strict=True)) if len(cells) == len(source.columns) else None


def literal(text: str) -> str:
    """A text as SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def store(con: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame, kinds: str) -> None:
    """Write a DataFrame as temporary table with the columns `kinds` ("variant_no SMALLINT, …")."""
    con.register("inkar_frame", frame)
    try:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({kinds})")
        con.execute(f"INSERT INTO {name} FROM inkar_frame")
    finally:
        con.unregister("inkar_frame")


def load_groups(con: duckdb.DuckDBPyConnection, source: BulkFile) -> None:
    """Scan the file into `inkar_group` and what cannot be read into `inkar_reject`.

    Raises FormatError where a quotation mark is never closed (it would swallow the rest of the file) or where
    too many rows cannot be read.
    """
    names = [name for level in CARRIED for name in facts()["levels"][level]]
    _scan_groups(con, source, names)
    # The levels are compared letter by letter while scanning; a file may write them with other capitals.
    found = con.execute("SELECT DISTINCT raumbezug FROM inkar_group WHERE raumbezug IS NOT NULL").fetchall()
    unusual = [name for (name,) in found if name not in names and level_of(name) in CARRIED]
    if unusual:
        _scan_groups(con, source, [*names, *unusual])
    rows = con.execute("SELECT error_type::VARCHAR, min(line), count(*) FROM inkar_reject GROUP BY 1").fetchall()
    errors = {kind: line for kind, line, _ in rows}
    if "UNQUOTED VALUE" in errors:
        raise FormatError(
            "In der INKAR-Datei wird ein Anführungszeichen nicht geschlossen.",
            where=f"Zeile {errors['UNQUOTED VALUE']}",
            expected="Anführungszeichen nur paarweise",
            advice="Die Datei noch einmal herunterladen und neu entpacken.",
        )
    if sum(count for _, _, count in rows) >= _MAX_ERRORS:
        raise FormatError(
            f"Mindestens {_MAX_ERRORS} Zeilen der INKAR-Datei sind nicht lesbar.",
            where=f"zuerst Zeile {min(errors.values())}",
            expected="Zeilen mit passender Spaltenzahl, ganzer ID und Zahlen mit Dezimalkomma",
            advice="Die Datei noch einmal herunterladen und neu entpacken.",
        )


def is_other_encoding(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether rows failed as UTF-8 and none shows a character that only UTF-8 writes so: it is Windows-1252."""
    failed = con.execute("SELECT count(*) FROM inkar_reject WHERE error_type = 'INVALID ENCODING'").fetchall()
    proven = con.execute("""
        SELECT count(*) FROM inkar_group, unnest([bereich, title, raumbezug]) AS cell(text)
        WHERE strlen(text) > length(text)
    """).fetchall()
    return failed[0][0] > 0 and proven[0][0] == 0


def _scan_groups(con: duckdb.DuckDBPyConnection, source: BulkFile, level_names: list[str]) -> None:
    for name in ("inkar_reject", "inkar_reject_scan"):
        con.execute(f"DROP TABLE IF EXISTS {name}")
    carried = ", ".join(map(literal, level_names))
    country = ", ".join(map(literal, facts()["levels"]["country"]))
    has_kuerzel = "Kuerzel" in source.columns
    year = _YEAR_OF_NAMES["2024" if has_kuerzel else "2021"]
    statement = f"""
        CREATE OR REPLACE TEMP TABLE inkar_group AS
        SELECT ID AS id, Bereich AS bereich, {"Kuerzel" if has_kuerzel else "NULL::VARCHAR"} AS kuerzel,
               Indikator AS title, Raumbezug AS raumbezug, Zeitbezug AS zeitbezug, count(*) AS n,
               list(key) FILTER (is_carried) AS keys, list(Wert) FILTER (is_carried) AS "values",
               list({{key: key, name: Name}}) FILTER (is_carried AND Zeitbezug = '{year}') AS names
        FROM (
            SELECT *, Raumbezug IN ({carried}) AS is_carried,
                   CASE WHEN Raumbezug IN ({country}) THEN {KEY_LENGTH_UNIT} ELSE {KEY_AS_INTEGER} END AS key
            FROM {source.scan()}
        )
        GROUP BY ALL
    """
    with unordered(con):
        con.execute(statement)


def load_names(con: duckdb.DuckDBPyConnection, source: BulkFile) -> None:
    """Scan the file for the name of every region (`inkar_name`), where one year does not name them all."""
    statement = f"""
        CREATE OR REPLACE TEMP TABLE inkar_name AS
        SELECT Raumbezug AS raumbezug, {KEY_AS_INTEGER} AS key, min(trim(Name)) AS name
        FROM {source.scan(as_text=True)}
        WHERE key IS NOT NULL
        GROUP BY ALL
    """
    with unordered(con):
        con.execute(statement)
