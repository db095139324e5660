"""One scan of a company register into `register_row`; lines that are no rows are counted and set apart.

Only mapped columns are read. Names and ids become 64-bit hashes while scanning: they serve to find duplicates and
go no further. `register_row` has one row per readable line, in the order of the file:
`id_hash, name_hash UBIGINT, wz, employees, size_class, ags, postcode, town, lon, lat VARCHAR`.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from kowis_data.formats.company_register_columns import RegisterMapping
from kowis_data.formats.inkar_bulk_scan import literal
from kowis_data.formats.reading import FormatError

# A line longer than this is no row of a register; half of it is the block in which it is noticed.
LONGEST_LINE = 2_000_000
_BLOCK = LONGEST_LINE // 2
# Where a file has such a line, every line is cut here.
_KEPT = 100_000
_MOST_REJECTS = 1_000_000
_HASHED = {"id": "id_hash", "name": "name_hash"}
TEXTS = ("wz", "employees", "size_class", "ags", "postcode", "town", "lon", "lat")
_REASONS = {
    "MISSING COLUMNS": "Zu wenige Spalten",
    "TOO MANY COLUMNS": "Zu viele Spalten",
    "INVALID ENCODING": "Zeichen nicht lesbar (falsche Zeichenkodierung)",
    "UNQUOTED VALUE": "Anführungszeichen nicht geschlossen",
    "LINE SIZE OVER MAXIMUM": "Zeile länger als 2 MB",
}
_TOO_LONG = _REASONS["LINE SIZE OVER MAXIMUM"]


@dataclass
class Scan:
    """What a scan met: accepted rows, rejected lines as (line, German reason), and how to find a row's line."""

    rows: int
    rejected: list[tuple[int, str]] = field(default_factory=list)
    path: Path | None = None
    delimiter: str = ";"
    quote: str = '"'
    has_plain_lines: bool = True
    folder: TemporaryDirectory | None = None

    def close(self) -> None:
        """Remove the tidied copy of the file, if one was needed."""
        if self.folder:
            self.folder.cleanup()

    def lines(self, row_ids: list[int]) -> dict[int, int]:
        """Line in the file (row in a Parquet file) of rows of `register_row`, by their `rowid`."""
        if self.path is None:
            return {row: row + 1 for row in row_ids}
        bad = sorted({line for line, _ in self.rejected})
        if self.has_plain_lines:
            # Line 2 holds the first row; every rejected line before moves the rows by one.
            return {row: self._moved(row + 2, bad) for row in row_ids}
        return self._counted(set(row_ids), set(bad))

    @staticmethod
    def _moved(line: int, bad: list[int]) -> int:
        skipped = 0
        while (now := bisect_right(bad, line + skipped)) != skipped:
            skipped = now
        return line + skipped

    def _counted(self, wanted: set[int], bad: set[int]) -> dict[int, int]:
        """Lines where blank lines or line breaks within quotes forbid to count by number: the file is read again."""
        found: dict[int, int] = {}
        last, row, before = max(wanted, default=-1), -1, 0
        with self.path.open(encoding="utf-8", errors="replace", newline="") as file:
            csv.field_size_limit(LONGEST_LINE)
            quoting = csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE
            reader = csv.reader(file, delimiter=self.delimiter, quoting=quoting)
            for cells in reader:
                start, before = before + 1, reader.line_num
                if not cells or start in bad or start == 1:
                    continue
                row += 1
                if row in wanted:
                    found[row] = start
                if row >= last:
                    break
        return found


def scan_csv(
    con: duckdb.DuckDBPyConnection, path: Path, mapping: RegisterMapping, delimiter: str, encoding: str
) -> Scan:
    """Scan a CSV into `register_row`; a file with mixed line ends or an endless line is tidied into a copy first.

    Raises FormatError where more lines are unreadable than can be told apart.
    """
    shape = _shape(path)
    long_lines: list[int] = []
    folder = None
    if shape.has_stray_returns or shape.has_long_line:
        folder = TemporaryDirectory(prefix="register_")
        path, long_lines = _tidied(path, Path(folder.name) / "register.csv")
        shape = _shape(path)
    quote = '"'
    rejects = _read(con, path, mapping, delimiter, encoding, quote)
    rows = _count(con)
    if any(kind == "UNQUOTED VALUE" for _, kind in rejects):
        # A stray quotation mark swallows what follows; read as a plain character it spoils one cell at most.
        quote = ""
        other = _read(con, path, mapping, delimiter, encoding, quote)
        if _count(con) < rows:
            quote = '"'
            other = _read(con, path, mapping, delimiter, encoding, quote)
        rejects, rows = other, _count(con)
    if len(rejects) >= _MOST_REJECTS:
        raise FormatError(
            f"Mehr als {_MOST_REJECTS} Zeilen des Registers sind nicht lesbar.",
            where=f"zuerst Zeile {rejects[0][0]}: {_REASONS.get(rejects[0][1], rejects[0][1])}",
            expected=f"{len(mapping.heads)} durch „{delimiter}“ getrennte Spalten in UTF-8 oder Latin-1",
            advice="Die Datei neu ausgeben lassen oder das Trennzeichen prüfen.",
        )
    rejected = [
        (line, _TOO_LONG if line in long_lines else _REASONS.get(kind, "Zeile nicht lesbar")) for line, kind in rejects
    ]
    is_plain = shape.lines == rows + len(rejected) + 1
    return Scan(rows, rejected, path, delimiter, quote, is_plain, folder)


def scan_parquet(con: duckdb.DuckDBPyConnection, path: Path, mapping: RegisterMapping) -> Scan:
    """Scan a Parquet file into `register_row`."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE register_row AS SELECT {_cells(mapping)} FROM read_parquet({_at(path)})")
    return Scan(_count(con))


def _read(
    con: duckdb.DuckDBPyConnection, path: Path, mapping: RegisterMapping, delimiter: str, encoding: str, quote: str
) -> list[tuple[int, str]]:
    for name in ("register_reject", "register_reject_scan"):
        con.execute(f"DROP TABLE IF EXISTS {name}")
    columns = ", ".join(f"{literal(head)}: 'VARCHAR'" for head in mapping.heads)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE register_row AS SELECT {_cells(mapping)} FROM read_csv(
            {_at(path)}, delim = {literal(delimiter)}, header = true, auto_detect = false, quote = {literal(quote)},
            escape = {literal(quote)}, columns = {{{columns}}}, encoding = {literal(encoding)}, strict_mode = true,
            max_line_size = {LONGEST_LINE}, store_rejects = true, rejects_table = 'register_reject',
            rejects_scan = 'register_reject_scan', rejects_limit = {_MOST_REJECTS})
    """)
    found = con.execute(
        "SELECT line, min_by(error_type::VARCHAR, column_idx) FROM register_reject GROUP BY line ORDER BY line"
    ).fetchall()
    # The reject table holds whole lines, with everything that must not be kept.
    for name in ("register_reject", "register_reject_scan"):
        con.execute(f"DROP TABLE IF EXISTS {name}")
    return found


def _cells(mapping: RegisterMapping) -> str:
    cells = []
    for role, column in _HASHED.items():
        # A name is the same with other capitals, blanks and marks; G.m.b.H. is GmbH.
        cell = _quoted(mapping.columns.get(role))
        plain = f"lower(translate({cell}::VARCHAR, ' .,;:&/+-_()''\"', ''))"
        cells.append(f"CASE WHEN {plain} <> '' THEN hash({plain}) END AS {column}")
    cells += [f"{_quoted(mapping.columns.get(role))}::VARCHAR AS {role}" for role in TEXTS]
    return ", ".join(cells)


def _quoted(head: str | None) -> str:
    return "NULL" if head is None else '"' + head.replace('"', '""') + '"'


def _at(path: Path) -> str:
    # Brackets, asks and stars in a file name would be taken for a pattern of names.
    return literal("".join(f"[{letter}]" if letter in "[?*" else letter for letter in str(path)))


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return con.execute("SELECT count(*) FROM register_row").fetchall()[0][0]


@dataclass(frozen=True)
class _Shape:
    lines: int
    has_stray_returns: bool
    has_long_line: bool


def _shape(path: Path) -> _Shape:
    """Lines of a file, and whether it has mixed line ends or a line that must not reach the CSV reader."""
    newlines = pairs = returns = 0
    has_long_line, last = False, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            here = block.count(b"\n")
            newlines += here
            if b"\r" in block:
                returns += block.count(b"\r")
                pairs += block.count(b"\r\n")
            pairs += last == b"\r" and block[:1] == b"\n"
            has_long_line = has_long_line or (not here and len(block) == _BLOCK)
            last = block[-1:]
    is_mixed = returns != pairs or pairs not in (0, newlines)
    return _Shape(newlines + (last != b"\n"), is_mixed, has_long_line)


def _tidied(path: Path, copy: Path) -> tuple[Path, list[int]]:
    """A copy with plain line ends, in which too long lines are cut to their first characters; their numbers."""
    long_lines: list[int] = []
    line, length, carried = 1, 0, b""
    with path.open("rb") as source, copy.open("wb") as target:
        while block := source.read(_BLOCK):
            block = carried + block
            # A return at the end may be half of a line end.
            carried = b"\r" if block.endswith(b"\r") else b""
            block = block[: len(block) - len(carried)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            *whole, rest = block.split(b"\n")
            for part in whole:
                _write(target, part, length, line, long_lines)
                target.write(b"\n")
                line, length = line + 1, 0
            _write(target, rest, length, line, long_lines)
            length += len(rest)
        if carried:
            target.write(b"\n")
    return copy, long_lines


def _write(target, part: bytes, length: int, line: int, long_lines: list[int]) -> None:
    """A part of a line; what lies beyond the longest line is dropped, a mark in its place makes it unreadable."""
    if length + len(part) <= _KEPT:
        target.write(part)
    elif line not in long_lines[-1:]:
        long_lines.append(line)
        # More delimiters of every kind than any register has columns.
        target.write(b";,|\t" * 1000)
