"""The command line: `python -m kowis_data build | status | export`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from kowis_data import build, checks, swap
from kowis_data.export import EXPORTS, FORMATS, export
from kowis_data.settings import database_path
from kowis_data.status import report, status


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (0 only when everything announced was done)."""
    parser = argparse.ArgumentParser(prog="python -m kowis_data", description="Datenbank des KOWIS-Atlas")
    commands = parser.add_subparsers(dest="command", required=True, metavar="BEFEHL")

    command = commands.add_parser("build", help="Datenbank aus den mitgelieferten Daten aufbauen")
    _with_database(command)
    command.set_defaults(run=_build)

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

    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (swap.Busy, checks.CheckFailed, OSError, ValueError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return 1


def _with_database(command: argparse.ArgumentParser) -> None:
    command.add_argument("--database", type=Path, default=database_path(), help="Pfad der Datenbank")


def _build(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    build.build(options.database)
    print(f"{options.database} aufgebaut in {time.perf_counter() - start:.1f} s")
    return 0


def _status(options: argparse.Namespace) -> int:
    found = status(options.database)
    print(json.dumps(found, ensure_ascii=False, indent=1) if options.json else report(found))
    return 0


def _export(options: argparse.Namespace) -> int:
    path = export(options.database, options.what, options.format, options.out)
    print(f"geschrieben: {path}")
    return 0
