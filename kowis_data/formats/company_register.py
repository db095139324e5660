"""Reader of company registers: CSV or Parquet with one row per company, its industry, size and place.

No publisher fixes what such a file looks like. Columns are recognised by their heads (German or English) and checked
against what stands in them: WZ codes, employees, keys or towns or coordinates. The user may change the mapping
(`RegisterOptions`). `read` scans the file into `register_row`; what the rows mean is found by `kowis_data.companies`.

Columns with data on persons refuse the file until the user names them; they are never read.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow
import pyarrow.parquet

from kowis_data.companies import coordinates, employees, wz
from kowis_data.formats import company_register_scan as scan
from kowis_data.formats.company_register_columns import (
    PROVENANCES,
    ROLES,
    RegisterMapping,
    RegisterOptions,
    suggest,
)
from kowis_data.formats.reading import (
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
    SourceInfo,
    empty_features,
    empty_values,
)
from kowis_data.formats.text_files import decode, split_lines

FORMAT = Format(
    format_id="company_register",
    title="Unternehmensregister (CSV oder Parquet, eine Zeile je Unternehmen)",
    versions=("CSV", "Parquet"),
    gives="companies",
)
_DELIMITERS = ";\t|,"
_SAMPLE_ROWS = 1000
# Part of the sampled cells that must be codes (employees: readable), for a file to be taken for a register.
_FITTING = 0.5
_SNIFFED_BLOCKS = 64


def recognise(sample: Sample) -> Recognition | None:
    """A register by its heads and the codes and numbers under them; None for any other table."""
    if sample.head.startswith(b"PAR1"):
        found = _parquet_sample(sample.path)
        delimiter = encoding = ""
    else:
        found = _csv_sample(sample)
        if found:
            delimiter, found = found[0], found[1:]
            encoding = _encoding(sample.path)
    if not found:
        return None
    heads, rows = found
    mapping = suggest(heads)
    if mapping.missing() or not rows or not _fits(mapping, rows):
        return None
    version = wz.detect_version(_column(mapping, rows, "wz"))
    named = {role: mapping.columns[role] for role in ROLES if role in mapping.columns}
    details = {"Spalten": ", ".join(f"{ROLES[role]} = „{head}“" for role, head in named.items())}
    details["WZ"] = f"Ausgabe {version} (erkannt)" if version else "Ausgabe 2008 angenommen, beide möglich"
    if mapping.personal:
        details["Personendaten"] = ", ".join(f"„{head}“" for head in mapping.personal) + " – müssen ausdrücklich "
        details["Personendaten"] += "benannt werden, sonst wird die Datei abgelehnt"
    return Recognition(
        format=FORMAT,
        version="Parquet" if not delimiter else "CSV",
        title="Unternehmensregister",
        details=details,
        options={
            "columns": mapping,
            "delimiter": delimiter,
            "encoding": encoding,
            "detected_wz": version or "",
            "register": RegisterOptions(),
        },
    )


def confirm(recognition: Recognition, options: RegisterOptions) -> Recognition:
    """The recognition with what the user says; FormatError where it contradicts the file or itself."""
    for name, value, allowed in (
        ("Ausgabe der WZ", options.wz_version, ("", *wz.VERSIONS)),
        ("Umgang mit Fehlern", options.on_error, ("continue", "stop")),
        ("Herkunft", options.provenance, PROVENANCES),
    ):
        if value not in allowed:
            raise FormatError(f"{name}: „{value}“ ist unbekannt.", expected=", ".join(filter(None, allowed)))
    mapping = recognition.options["columns"].with_options(options)
    return replace(recognition, options=recognition.options | {"columns": mapping, "register": options})


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Scan the rows into `register_row`; `Reading.tables` stays empty, `Reading.refused` holds unreadable lines.

    Raises
    ------
    FormatError
        Where columns hold data on persons that the user has not named, where something needed is missing, and
        where no row is readable.
    """
    mapping: RegisterMapping = recognition.options["columns"]
    options: RegisterOptions = recognition.options["register"]
    _check(mapping, options, sample)
    try:
        if recognition.version == "Parquet":
            found = scan.scan_parquet(con, sample.path, mapping)
        else:
            delimiter, encoding = recognition.options["delimiter"], recognition.options["encoding"]
            found = scan.scan_csv(con, sample.path, mapping, delimiter, encoding)
    except duckdb.Error as error:
        raise FormatError(
            "Das Register lässt sich nicht lesen.",
            where=str(error).split("\n")[0][:200],
            expected="eine CSV-Datei mit gleich vielen Spalten in jeder Zeile oder eine Parquet-Datei",
            advice="Die Datei neu ausgeben lassen.",
        ) from error
    recognition.options["scan"] = found
    return Reading(
        values=empty_values(),
        features=empty_features(),
        source=SourceInfo(
            title=options.title or f"Unternehmensregister „{sample.name.rsplit('/', 1)[-1]}“",
            publisher="eigene Angaben",
            licence="wie vom Anbieter erteilt",
            reference_date=options.reference_date,
            provenance=options.provenance,
        ),
        rows_read=found.rows + len(found.rejected),
    )


def _check(mapping: RegisterMapping, options: RegisterOptions, sample: Sample) -> None:
    unnamed = [head for head in mapping.personal if head not in options.name_personal]
    if unnamed:
        raise FormatError(
            "Das Register enthält Spalten mit Personendaten: " + ", ".join(f"„{head}“" for head in unnamed) + ".",
            where=sample.name,
            expected="nur Angaben zu Unternehmen",
            advice="Die Spalten vorher löschen oder ausdrücklich benennen (--name-personal, auf der Seite ein Haken); "
            "gelesen und gespeichert werden sie auch dann nicht.",
        )
    if lacks := mapping.missing():
        raise FormatError(
            "Dem Register fehlt: " + ", ".join(lacks) + ".",
            where="Spalten " + ", ".join(mapping.heads[:20]),
            expected="Spalten für WZ-Code, Beschäftigte und Ort",
            advice="Die Zuordnung ergänzen, zum Beispiel --column wz=Branche.",
        )


def _csv_sample(sample: Sample) -> tuple[str, list[str], list[list[str]]] | None:
    """Delimiter, heads and the first rows; None where the beginning is no table with unique heads."""
    if b"\x00" in sample.head[:1000]:
        return None
    lines = split_lines(decode(sample.head)[0])
    if len(lines) < 2:
        return None
    delimiter = max(_DELIMITERS, key=lines[0].count)
    heads = [head.strip().strip('"').strip() for head in next(csv.reader([lines[0]], delimiter=delimiter), [])]
    if len(heads) < 3 or "" in heads or len({head.lower() for head in heads}) < len(heads):
        return None
    # The last line of the sample may be cut.
    rows = list(csv.reader(lines[1:-1] or lines[1:], delimiter=delimiter))[:_SAMPLE_ROWS]
    return delimiter, heads, [row for row in rows if len(row) == len(heads)]


def _parquet_sample(path: Path) -> tuple[list[str], list[list[str]]] | None:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            heads = file.schema_arrow.names
            first = next(file.iter_batches(_SAMPLE_ROWS), None)
    except (pyarrow.ArrowException, OSError):
        return None
    if first is None:
        return None
    rows = [["" if cell is None else str(cell) for cell in row.values()] for row in first.to_pylist()]
    return heads, rows


def _fits(mapping: RegisterMapping, rows: list[list[str]]) -> bool:
    """Whether WZ codes and employees stand where the heads say so, and coordinates lie in Germany."""
    codes = [text for text in _column(mapping, rows, "wz") if text.strip()]
    good = sum(any(not wz.normalise(text, version).problem for version in wz.VERSIONS) for text in codes)
    if not codes or good < _FITTING * len(codes):
        return False
    for role in ("employees", "size_class"):
        cells = [text for text in _column(mapping, rows, role) if text.strip()]
        if role == "employees" and sum(not employees.parse(text).problem for text in cells) < _FITTING * len(cells):
            return False
    if mapping.places == ["coordinates"]:
        return coordinates.plausible_system(*_points(mapping, rows)) is not None
    return True


def _points(mapping: RegisterMapping, rows: list[list[str]]) -> list[np.ndarray]:
    numbers = [[_number(text) for text in _column(mapping, rows, role)] for role in ("lon", "lat")]
    return [np.array(column) for column in numbers]


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return float("nan")


def _column(mapping: RegisterMapping, rows: list[list[str]], role: str) -> list[str]:
    head = mapping.columns.get(role)
    return [] if head is None else [row[mapping.heads.index(head)] for row in rows]


def _encoding(path: Path) -> str:
    """ "utf-8" or "latin-1", by blocks from all over the file: umlauts may come late."""
    size = path.stat().st_size
    utf8 = broken = 0
    with path.open("rb") as file:
        for start in range(0, size, max(size // _SNIFFED_BLOCKS, 65_536)):
            file.seek(start)
            block = file.read(65_536)
            if block.isascii():
                continue
            text = block.decode("utf-8", errors="replace")
            # A block may begin and end in the middle of a character.
            wrong = text[4:-4].count("\ufffd")
            broken += wrong
            utf8 += sum(not letter.isascii() for letter in text[4:-4]) - wrong
    return "utf-8" if utf8 >= broken else "latin-1"
