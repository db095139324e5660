"""The command line: `python -m kowis_data`; `--help` lists its commands."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import duckdb

from kowis_data import build, checks, fetch, import_files, swap
from kowis_data.companies import arguments as arguments_of_registers
from kowis_data.export import EXPORTS, FORMATS, export
from kowis_data.formats.reading import FormatError
from kowis_data.imports import own_tables, templates
from kowis_data.imports.previews import mapping_for
from kowis_data.imports.report import as_text
from kowis_data.keys import LEVELS
from kowis_data.settings import database_path
from kowis_data.status import report, status

# Errors that a user can understand and mend; they end in one German line.
EXPECTED = (
    swap.Busy,
    swap.NotWritten,
    checks.CheckFailed,
    import_files.NothingToUndo,
    fetch.FetchError,
    FormatError,
    OSError,
    ValueError,
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (0 only when everything announced was done)."""
    parser = argparse.ArgumentParser(prog="python -m kowis_data", description="Datenbank des KOWIS-Atlas")
    commands = parser.add_subparsers(dest="command", required=True, metavar="BEFEHL")

    command = commands.add_parser("build", help="Datenbank aus den mitgelieferten Daten aufbauen")
    _with_database(command)
    command.set_defaults(run=_build)

    command = commands.add_parser("import", help="amtliche Dateien einlesen")
    _with_database(command)
    command.add_argument("files", metavar="DATEI", nargs="+", type=Path)
    command.add_argument("--level", action="append", choices=LEVELS, help="nur diese Ebene (mehrfach möglich)")
    command.add_argument("--mapping", metavar="ZUORDNUNG", type=Path, help="wie eigene Tabellen zu lesen sind")
    command.add_argument("--json", action="store_true", help="Bericht für Programme")
    command.add_argument(
        "--replace-territory",
        action="store_true",
        help="ein neueres Gemeindeverzeichnis (oder neuere amtliche Stadttypen) wird zum heutigen Stand",
    )
    command.add_argument(
        "--replace-boundaries", action="store_true", help="Grenzen (VG250, VG1000, VG2500) ersetzen die gezeichneten"
    )
    arguments_of_registers.add_arguments(command)
    command.set_defaults(run=_import)

    command = commands.add_parser("template", help="Vorlage für eigene Tabellen, oder Zuordnung zu einer Datei")
    command.add_argument("file", metavar="DATEI", nargs="?", type=Path, help="eigene Tabelle; ohne: Beispieldateien")
    command.add_argument("--folder", type=Path, default=Path(), help="wohin (Vorgabe: aktueller Ordner)")
    command.set_defaults(run=_template)

    command = commands.add_parser("undo", help="den letzten Import zurücknehmen")
    _with_database(command)
    command.set_defaults(run=_undo)

    command = commands.add_parser("fetch", help="amtliche Dateien herunterladen und einlesen")
    _with_database(command)
    command.add_argument("sources", metavar="QUELLE", nargs="*", help="ohne Angabe: alle")
    command.add_argument("--folder", type=Path, help="Ordner für die Dateien (Vorgabe: neben der Datenbank)")
    command.add_argument("--list", action="store_true", help="nur zeigen, was sich herunterladen lässt")
    command.set_defaults(run=_fetch)

    command = commands.add_parser("status", help="zeigen, was in der Datenbank ist")
    _with_database(command)
    command.add_argument("--json", action="store_true", help="Ausgabe für Programme")
    command.set_defaults(run=_status)

    command = commands.add_parser("export", help="Daten in eine Datei schreiben")
    _with_database(command)
    command.add_argument("what", metavar="WAS", choices=sorted(EXPORTS), help=", ".join(sorted(EXPORTS)))
    command.add_argument("--format", choices=FORMATS, default="csv", help="Dateiformat (Vorgabe: csv)")
    command.add_argument("--out", type=Path, help="Zieldatei (Vorgabe: Name nach Inhalt, im aktuellen Ordner)")
    command.set_defaults(run=_export)

    command = commands.add_parser("demo-register", help="das künstliche Unternehmensregister als Datei schreiben")
    _with_database(command)
    command.add_argument("out", metavar="DATEI", type=Path, help="Ziel mit Endung .csv oder .parquet")
    command.add_argument("--seed", type=int, help="andere Zufallszahlen (Vorgabe: die des mitgelieferten Registers)")
    command.set_defaults(run=_demo_register)

    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except EXPECTED as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return 1


def _with_database(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", type=Path, default=database_path(), help="Pfad der Datenbank")


def _build(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    build.build(options.database)
    print(f"{options.database} aufgebaut in {time.perf_counter() - start:.1f} s")
    return 0


def _import(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    if not options.database.exists():
        build.build(options.database)
    result = import_files.import_files(
        options.files,
        options.database,
        None if options.json else _say,
        levels=tuple(options.level or LEVELS),
        mapping=own_tables.read_mapping(options.mapping) if options.mapping else None,
        replace_territory=options.replace_territory,
        replace_boundaries=options.replace_boundaries,
        register=arguments_of_registers.options_from(options),
    )
    if options.json:
        print(json.dumps(result.as_dict(), ensure_ascii=False, indent=1, default=str))
    else:
        print(as_text(result))
        changed = "geändert" if result.database_changed else "unverändert"
        print(f"\n{options.database}: {changed} ({time.perf_counter() - start:.1f} s)")
    return 0 if result.is_complete else 1


def _template(options: argparse.Namespace) -> int:
    if options.file is None:
        written = templates.write_templates(options.folder)
        print("\n".join(f"geschrieben: {path}" for path in written) or "Die Vorlagen sind schon da.")
        return 0
    mapping = mapping_for(options.file)
    path = options.folder / f"{options.file.name}.zuordnung.toml"
    if path.exists():
        raise ValueError(f"{path} gibt es schon; zuerst umbenennen oder löschen.")
    hints = "".join(f"# {hint}\n" for hint in ["Vorschlag, bitte prüfen.", *mapping.hints])
    path.write_text(hints + own_tables.mapping_toml(mapping), encoding="utf-8")
    print(f"geschrieben: {path}\nDann: python -m kowis_data import {options.file} --mapping {path}")
    return 0


def _undo(options: argparse.Namespace) -> int:
    import_files.undo(options.database)
    print("Der letzte Import ist zurückgenommen.")
    return 0


def _fetch(options: argparse.Namespace) -> int:
    if options.list:
        for download in fetch.downloads():
            print(f"{download.source_id:<24}{download.title}\n{'':<24}{download.address}")
        return 0
    folder = options.folder or options.database.parent / "downloads"
    fetched = fetch.fetch_all(options.sources or None, folder, _say_bytes)
    failed = [outcome for outcome in fetched.values() if isinstance(outcome, fetch.FetchError)]
    for error in failed:
        print(f"Fehler: {error}", file=sys.stderr)
    options.files = [outcome.path for outcome in fetched.values() if not isinstance(outcome, fetch.FetchError)]
    options.level, options.json, options.mapping = None, False, None
    options.replace_territory = options.replace_boundaries = False
    code = _import(options) if options.files else 1
    return 1 if failed else code


def _say(share: float, words: str) -> None:
    print(f"{100 * share:3.0f} % {words}", file=sys.stderr)


def _say_bytes(source_id: str, received: int, total: int | None) -> None:
    of = f" von {total / 1e6:.1f}" if total else ""
    print(f"\r{source_id}: {received / 1e6:.1f}{of} MB", end="" if received != total else "\n", file=sys.stderr)


def _status(options: argparse.Namespace) -> int:
    found = status(options.database)
    print(json.dumps(found, ensure_ascii=False, indent=1) if options.json else report(found))
    return 0


def _demo_register(options: argparse.Namespace) -> int:
    if options.out.suffix not in (".csv", ".parquet"):
        raise ValueError("Das Register lässt sich als .csv oder .parquet schreiben; bitte eine dieser Endungen wählen.")
    if not options.database.exists():
        build.build(options.database)
    from kowis_data.demo_register.generate import generate, write_rows

    with duckdb.connect(str(options.database), read_only=True) as con:
        companies = write_rows(generate(con, options.seed), options.out)
    print(f"geschrieben: {options.out}, {companies} künstliche Unternehmen (Modelldaten, kein einziges ist echt)")
    return 0


def _export(options: argparse.Namespace) -> int:
    path = export(options.database, options.what, options.format, options.out)
    print(f"geschrieben: {path}")
    return 0
