"""What no reader can know: whether anything of a file came in, and what to say when something unforeseen happens."""

from __future__ import annotations

from kowis_data.formats.reading import FormatError, Reading
from kowis_data.imports.report import FileReport


def check_something_came(file: FileReport, reading: Reading) -> None:
    """Raises FormatError where a file was read, but neither a value nor a table of it can be used."""
    tables = any(len(table) for name, table in reading.tables.items() if name != "other_levels")
    if reading.companies or file.values_used or file.values_missing or (tables and not len(reading.features)):
        return
    if file.not_carried:
        shown = ", ".join(key for _, key, _ in file.not_carried[:5])
        raise FormatError(
            f"Keines der {len(file.not_carried)} Gebiete der Datei gibt es heute oder lässt sich zuordnen: {shown}.",
            where=file.name,
            expected="Schlüssel oder Namen von Gemeinden, Verbänden, Kreisen oder Ländern",
            advice="Prüfen, ob Spalten vertauscht sind oder die Schlüssel aus einer anderen Liste stammen.",
        )
    if len(reading.refused):
        first = reading.refused.iloc[0]
        found = f"alle {len(reading.refused)} Zeilen sind unbrauchbar, zuerst Zeile {first['line']}: {first['reason']}"
    elif sum(file.other_levels.values()):
        found = "es gibt nur Werte auf Ebenen, die nicht übernommen werden: " + ", ".join(file.other_levels)
    else:
        found = "unter dem Kopf steht keine Zahl"
    raise FormatError(
        f"Die Datei enthält keinen Wert, der sich verwenden lässt: {found}.",
        where=file.name,
        expected="Zeilen mit Schlüssel und Werten",
        advice="Die Datei vollständig laden; stehen Formeln in den Zellen, in Excel öffnen und neu speichern.",
    )


def unforeseen(name: str, error: Exception) -> FormatError:
    """What to tell of an error that no reader foresaw; the log holds the rest."""
    return FormatError(
        "Beim Lesen ist etwas geschehen, das der Atlas nicht vorhersieht; nichts aus der Datei wurde übernommen.",
        where=f"{name} ({type(error).__name__})",
        expected="eine unveränderte Datei eines bekannten Formats",
        advice="Die Datei noch einmal herunterladen; hilft das nicht, den Eintrag im Protokoll weitergeben.",
    )
