"""Import reports as files: a table for Excel, JSON for programs, and back from the log of imports."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from typing import Any

from kowis_data.imports.report import FileReport, ImportReport

_LISTS = {
    "refused": ("abgelehnt", ("Zeile", "Grund", "Inhalt")),
    "not_carried": ("nicht übertragbar", ("Ebene", "Schlüssel", "Name")),
    "contradictions": ("Widerspruch in der Datei", ("Merkmal", "Gebiet", "Zeitraum", "Werte")),
    "coverage": ("Abdeckung", ("Merkmal", "Zeitraum", "Kleinstädte mit Wert")),
    "implausible": ("auffälliger Wert", ("Merkmal", "Gebiet", "Zeitraum", "Wert", "Grund")),
    "differences": ("anders als vorhanden", ("Merkmal", "verglichen", "anders", "Beispiel")),
}
_COUNTS = {
    "rows_read": "Zeilen gelesen",
    "values_used": "Werte übernommen",
    "values_missing": "begründet leer",
    "refused_count": "Zeilen abgelehnt",
    "not_carried_values": "Werte nicht übertragbarer Gebiete",
    "duplicates": "doppelt in der Datei",
    "implausible_count": "auffällige Werte",
}


def as_csv(report: ImportReport) -> bytes:
    """The whole report as a table (file, kind of entry, what), as a German Excel opens it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Datei", "Angabe", "Inhalt"])
    for file in report.files:
        writer.writerows((file.name, kind, _harmless(content)) for kind, content in _rows(file))
    return text.getvalue().encode("utf-8-sig")


def as_json(report: ImportReport) -> bytes:
    """The whole report for programs."""
    return json.dumps(report.as_dict(), ensure_ascii=False, indent=1, default=str).encode()


def from_log(content: str) -> FileReport:
    """The report on a file as it was kept in the log of imports; fields of later versions are passed over."""
    known = {item.name for item in fields(FileReport)}
    kept = json.loads(content)
    report = FileReport(**{name: value for name, value in kept.items() if name in known})
    for name in _LISTS:
        setattr(report, name, [tuple(row) for row in getattr(report, name)])
    return report


def _rows(file: FileReport) -> list[tuple[str, str]]:
    rows: list[tuple[str, Any]] = [("erkannt als", f"{file.title} [{file.version}]")] if file.title else []
    if file.error:
        return [*rows, ("nicht eingelesen", file.error)]
    if file.unchanged:
        return [*rows, ("schon vorhanden", "Genau diese Datei wurde bereits eingelesen; nichts geändert.")]
    rows += [(title, str(getattr(file, name))) for name, title in _COUNTS.items()]
    rows += [("abgelehnt, Anzahl je Grund", f"{count} × {reason}") for reason, count in file.refused_reasons.items()]
    rows += [("auf den heutigen Gebietsstand gebracht", f"{count} {how}") for how, count in file.carried.items()]
    rows += [("andere Ebene, nur gezählt", f"{name}: {count}") for name, count in file.other_levels.items()]
    for name, (title, columns) in _LISTS.items():
        for row in getattr(file, name):
            told = (f"{column}: {cell}" for column, cell in zip(columns, row, strict=False) if cell not in (None, ""))
            rows.append((title, " · ".join(told)))
    return rows + [("Hinweis", note) for note in file.notes]


def _harmless(content: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return "'" + content if content[:1] in ("=", "+", "-", "@") else content
