"""Files into the database: recognised by content, read, brought to today's regions, checked, swapped in whole.

The only module of `kowis_data` that pages may call. A new database is made beside the present one from a copy of it;
whatever happens on the way, the old one stays until the new one is complete. The state before the last import is
kept beside it for `undo`.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import orjson

from kowis_data import geometry, swap
from kowis_data.aggregate import aggregate_all
from kowis_data.checks import CheckFailed, check_database
from kowis_data.companies import calibration
from kowis_data.coverage import count_periods
from kowis_data.database_rows import insert_row
from kowis_data.derive import derive_again
from kowis_data.formats.company_register_columns import RegisterOptions
from kowis_data.formats.generic_mapping import AGGREGATIONS, KEY_KINDS, Mapping, ValueColumn
from kowis_data.formats.reading import FormatError, Reading, Recognition
from kowis_data.imports import (
    border,
    doubtful,
    downloading,
    early_territory,
    features,
    guard,
    periods,
    quality,
    reference,
    replacing,
    staging,
)
from kowis_data.imports.checksums import Checksum
from kowis_data.imports.downloading import FetchError, FetchResult, downloads, fetched_before
from kowis_data.imports.own_tables import remembered
from kowis_data.imports.previews import (
    Preview,
    columns_of_table,
    confirm_mapping,
    confirm_register,
    first_rows_of,
    fit_of_mapping,
    is_register,
    mapped,
    offered_columns,
    personal_columns,
    preview,
    suggested_mapping,
)
from kowis_data.imports.replacing import Confirmation, confirmations
from kowis_data.imports.report import FileReport, ImportReport, refused_reasons
from kowis_data.imports.report_files import as_csv, as_json, from_log
from kowis_data.imports.templates import template_files, template_zip
from kowis_data.imports.undoing import NothingToUndo, can_undo, remove_boundary_files, undo, undo_path, what_goes
from kowis_data.keys import LEVELS

__all__ = [
    "AGGREGATIONS",
    "EXPECTED",
    "FETCH_EXPECTED",
    "KEY_KINDS",
    "Confirmation",
    "FetchError",
    "FetchResult",
    "FormatError",
    "ImportReport",
    "Mapping",
    "NothingToUndo",
    "Preview",
    "RegisterOptions",
    "ValueColumn",
    "as_csv",
    "as_json",
    "can_undo",
    "columns_of_table",
    "confirm_mapping",
    "confirm_register",
    "confirmations",
    "downloads",
    "fetch_and_import",
    "fetched_before",
    "first_rows_of",
    "fit_of_mapping",
    "from_log",
    "import_files",
    "import_previews",
    "is_register",
    "offered_columns",
    "personal_columns",
    "preview",
    "remembered",
    "suggested_mapping",
    "template_files",
    "template_zip",
    "undo",
    "what_goes",
]

Progress = Callable[[float, str], None]

_log = logging.getLogger(__name__)

# Reference tables first: what they say about former regions helps to place the values of the other files.
_ORDER = {"crosswalk": 0, "town_types": 1, "register": 2, "boundaries": 3, "values": 4, "companies": 5}
_KEPT_EXAMPLES = 100


# Errors of an import that a user can understand; whatever was there before is unchanged.
EXPECTED = (swap.Busy, swap.NotWritten, CheckFailed, NothingToUndo, OSError)
FETCH_EXPECTED = (*EXPECTED, FetchError)


def import_files(
    paths: list[Path],
    database: Path,
    progress: Progress | None = None,
    *,
    levels: tuple[str, ...] = LEVELS,
    mapping: Mapping | None = None,
    register: RegisterOptions | None = None,
    replace_territory: bool = False,
    replace_boundaries: bool = False,
) -> ImportReport:
    """Add files to the database and report on each; files that cannot be read leave the others unhindered.

    `levels` limits what is taken over to some of the five levels; `mapping` says how tables of one's own are read,
    `register` how company registers are; `replace_territory` and `replace_boundaries` confirm what `confirmations`
    asks for.

    Raises
    ------
    kowis_data.swap.Busy : another build or import is writing.
    kowis_data.swap.NotWritten : the disk is full or the folder cannot be written; nothing is changed.
    kowis_data.checks.CheckFailed : the result would contradict itself; nothing is changed.
    """
    tell = progress or (lambda share, words: None)
    with tempfile.TemporaryDirectory(prefix="kowis-import-") as folder:
        tell(0.0, "Dateien werden erkannt")
        found = preview(paths, Path(folder))
        if mapping:
            found = [mapped(item, mapping) for item in found]
        if register:
            found = [confirm_register(item, register) for item in found]
        return import_previews(
            found,
            database,
            tell,
            levels=levels,
            replace_territory=replace_territory,
            replace_boundaries=replace_boundaries,
        )


def import_previews(
    found: list[Preview],
    database: Path,
    tell: Progress,
    *,
    levels: tuple[str, ...] = LEVELS,
    replace_territory: bool = False,
    replace_boundaries: bool = False,
) -> ImportReport:
    """Import what `preview` recognised; the samples must still lie where it put them.

    `replace_territory` and `replace_boundaries` confirm what `confirmations` asks for.
    """
    report = ImportReport([FileReport(item.name, error=item.error) for item in found])
    replaces = replacing.replacing(
        found, database, replace_territory=replace_territory, replace_boundaries=replace_boundaries
    )
    recognised = [
        (file, item, replaces.get(place))
        for place, (file, item) in enumerate(zip(report.files, found, strict=True))
        if item.recognition
    ]
    recognised.sort(key=lambda row: _ORDER[row[1].recognition.format.gives])
    known = _imported_before(database)
    work = []
    for file, item, kind in recognised:
        file.title, file.version = item.recognition.title, item.recognition.version
        checksum = Checksum(item)
        # A file whose values are there already may still be told to replace something. A single file that comes
        # first cannot be there yet, so nobody waits for its checksum.
        if known or len(recognised) > 1:
            file.unchanged = checksum.value in known and kind is None
        if not file.unchanged:
            work.append((file, item, checksum, kind))
            if len(recognised) > 1:
                known.add(checksum.value)
    if not work:
        return report
    unneeded = geometry.own_files(undo_path(database))
    with swap.new_database(database, start_from_old=True, keep_old_as=undo_path(database)) as con:
        changed: set[str] = set()
        imported, replaced = [], []
        # Another import may have brought the same file while this one waited for its turn.
        known = {row[0] for row in con.execute("SELECT sha256 FROM import_log").fetchall()}
        for number, (file, item, checksum, kind) in enumerate(work):
            if known and checksum.value in known and kind is None:
                file.unchanged = True
                continue

            def say(part: float, words: str, done: int = number, name: str = file.name) -> None:
                tell((done + part) / (len(work) + 1), f"{name}: {words}")

            say(0, "wird gelesen")
            source_id = _import_one(con, file, item, checksum, changed, levels, say, kind)
            if source_id:
                imported.append((file, source_id))
                replaced += [kind] if kind else []
        if not imported:
            raise swap.Discard
        tell(len(work) / (len(work) + 1), "Abgeleitete Merkmale werden berechnet und alles geprüft")
        derive_again(con, changed, replacing.FIGURES if replaced else ())
        calibration.refresh(con)
        count_periods(con)
        doubtful.keep_flags_without_number(con)
        border.note_commuters(con)
        check_database(con, None if replaced else [source_id for _, source_id in imported])
        for file, source_id in imported:
            con.execute(
                "UPDATE import_log SET report = ? WHERE source_id = ?",
                [orjson.dumps(file.as_kept(), default=str).decode(), source_id],
            )
        report.database_changed = True
    if report.database_changed:
        remove_boundary_files(unneeded, database)
    tell(1.0, "Fertig")
    return report


def fetch_and_import(source_ids: list[str], database: Path, tell: Progress) -> FetchResult:
    """Download official files and import them: the only thing in the atlas that uses the network."""
    return downloading.fetch_and_import(source_ids, database, tell, import_files)


def _import_one(
    con: duckdb.DuckDBPyConnection,
    file: FileReport,
    item: Preview,
    checksum: Checksum,
    changed: set[str],
    levels: tuple[str, ...],
    say: Progress,
    replaces: str | None,
) -> str | None:
    """Read one file into the new database; fills its report and returns its source id, None where it failed.

    `replaces` is what the user confirmed that the file replaces (`replacing.TERRITORY` …).
    """
    start = time.perf_counter()
    con.execute("BEGIN")
    try:
        recognition = item.recognition
        reading = item.reader.read(item.sample, recognition, con)
        say(0.5, "Werte kommen auf den heutigen Gebietsstand und werden geprüft")
        replacing.forget(con, _source_id(recognition, checksum.value))
        source_id = _add_source(con, recognition, reading, checksum.value)
        if replaces:
            replacing.replace(con, replaces, reading, recognition, source_id, file)
            changed.update(row[0] for row in con.execute("SELECT indicator_id FROM indicator").fetchall())
        else:
            replacing.stand_beside(con, reading, recognition, file)
        file.notes += reference.add_tables(con, reading, source_id)
        if replaces == replacing.TOWN_TYPES:
            replacing.make_types_todays(con, source_id, replacing.date_of(recognition), file)
        if recognition.format.gives == "companies":
            # Geometry libraries take their time to load and are only needed here.
            from kowis_data.companies.load import add

            add(con, reading, recognition.options, source_id)
        _add_values(con, file, reading, recognition.format.format_id, source_id, changed, levels)
        guard.check_something_came(file, reading)
        insert_row(
            con,
            "import_log",
            {
                "source_id": source_id,
                "file_name": item.name,
                "imported_at": datetime.now(),
                "sha256": checksum.value,
            },
        )
        con.execute("COMMIT")
    except FormatError as error:
        con.execute("ROLLBACK")
        file.clear(str(error))
        return None
    except Exception as error:
        if swap.is_disk_full(error) or isinstance(error, duckdb.FatalException):
            raise
        # Nobody foresaw this file: the details go to the log, the other files come in all the same.
        _log.exception("%s cannot be imported", item.name)
        con.execute("ROLLBACK")
        file.clear(str(guard.unforeseen(item.name, error)))
        return None
    file.rows_read = reading.rows_read
    file.companies = reading.companies
    file.refused = list(reading.refused.head(_KEPT_EXAMPLES).itertuples(index=False, name=None))
    file.refused_reasons = reading.refused_reasons or refused_reasons(reading.refused)
    file.refused_count = sum(reading.refused_reasons.values()) or len(reading.refused)
    file.notes += reading.notes
    file.seconds = time.perf_counter() - start
    return source_id


def _add_values(
    con: duckdb.DuckDBPyConnection,
    file: FileReport,
    reading: Reading,
    format_id: str,
    source_id: str,
    changed: set[str],
    levels: tuple[str, ...],
) -> None:
    file.other_levels = staging.stage(con, reading, levels)
    if not len(reading.features):
        return
    known = {row[0] for row in con.execute("SELECT DISTINCT indicator_id FROM indicator_period").fetchall()}
    target = features.targets(con, reading, format_id, source_id)
    if not reading.is_numbered:
        file.duplicates, contradictions = staging.repeated(con)
        file.contradictions = contradictions[:_KEPT_EXAMPLES]
    file.carried, not_carried, values = staging.place(con, target, source_id, reading)
    file.not_carried, file.not_carried_values = file.not_carried + not_carried, file.not_carried_values + values
    file.notes += doubtful.withdraw(con, target, source_id)
    file.values_used, file.values_missing = con.execute(
        "SELECT count(value), count(*) - count(value) FROM observation WHERE source_id = ?", [source_id]
    ).fetchall()[0]
    rules = target.drop_duplicates("indicator_id")[["indicator_id", "aggregation", "weight_indicator"]]
    aggregate_all(con, rules.itertuples(index=False, name=None), source_id)
    file.notes += early_territory.flag(con, target, source_id)
    changed.update(target["indicator_id"])
    periods.describe(con, reading, source_id)
    file.coverage = quality.coverage(con, source_id)
    file.implausible_count, file.implausible = quality.flag_values(con, source_id)
    before = set(target["indicator_id"]) & known
    file.differences = quality.differences(con, source_id, sorted(before)) if before else []


def _add_source(con: duckdb.DuckDBPyConnection, recognition: Recognition, reading: Reading, digest: str) -> str:
    source = reading.source
    source_id = _source_id(recognition, digest)
    insert_row(
        con,
        "source",
        {
            "source_id": source_id,
            "title": source.title,
            "publisher": source.publisher,
            "licence": source.licence,
            "attribution": f"© {source.publisher}; Daten verändert (auf den heutigen Gebietsstand gebracht)",
            "url": source.url,
            "reference_date": source.reference_date,
            "imported_at": datetime.now(),
            "sha256": digest,
            "provenance": source.provenance,
            "precedence": {"amtlich": 10, "veroeffentlicht": 20, "abgeleitet": 30}.get(source.provenance, 90),
        },
    )
    return source_id


def _source_id(recognition: Recognition, digest: str) -> str:
    return f"{recognition.format.format_id}_{digest[:10]}"


def _imported_before(database: Path) -> set[str]:
    """Checksums of the files that the database holds already."""
    if not database.exists():
        return set()
    with duckdb.connect(str(database), read_only=True) as con:
        return {row[0] for row in con.execute("SELECT sha256 FROM import_log").fetchall()}
