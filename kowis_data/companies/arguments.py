"""What the command line asks about a company register."""

from __future__ import annotations

import argparse

from kowis_data.companies.wz import VERSIONS
from kowis_data.formats.company_register_columns import GERMAN, PROVENANCES, RegisterOptions


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options of a company register, added to the command `import`."""
    group = command.add_argument_group("Unternehmensregister")
    group.add_argument("--wz", choices=VERSIONS, default="", help="Ausgabe der Wirtschaftszweige (Vorgabe: erkannt)")
    group.add_argument(
        "--on-error",
        choices=("continue", "stop"),
        default="continue",
        help="fehlerhafte Zeilen auslassen und zählen, oder die Datei ablehnen",
    )
    group.add_argument(
        "--name-personal",
        nargs="+",
        action="extend",
        default=[],
        metavar="SPALTE",
        help="Spalten mit Personendaten, die bekannt sind; sie werden nie gelesen",
    )
    group.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="ANGABE=SPALTE",
        help="Zuordnung einer Spalte; Angaben: " + ", ".join(GERMAN),
    )
    group.add_argument(
        "--size-code", action="append", default=[], metavar="CODE=KLASSE", help='zum Beispiel --size-code "3=10-49"'
    )
    group.add_argument("--provenance", choices=PROVENANCES, default=PROVENANCES[0], help="Herkunft der Angaben")
    group.add_argument("--title", default="", help="Name der Quelle im Atlas")
    group.add_argument("--reference-date", default="", metavar="TT.MM.JJJJ", help="Stand des Registers")


def options_from(given: argparse.Namespace) -> RegisterOptions | None:
    """The options as given; None for a command without them. Raises ValueError for an assignment without "="."""
    if not hasattr(given, "on_error"):
        return None
    return RegisterOptions(
        wz_version=given.wz,
        on_error=given.on_error,
        name_personal=tuple(given.name_personal),
        mapping=_pairs(given.column, "--column"),
        size_codes=_pairs(given.size_code, "--size-code"),
        provenance=given.provenance,
        title=given.title,
        reference_date=given.reference_date,
    )


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark:
            raise ValueError(f"{option} {text}: erwartet wird eine Angabe mit Gleichheitszeichen.")
        pairs[name.strip()] = value.strip()
    return pairs
