"""The report on an import: what came in, what was carried, what was refused or looks odd.

Objects (`ImportReport`, `FileReport`) come from `kowis_data.import_files` through the page.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui import german, html_table

SHOWN = 20
_LEVELS = {
    "municipality": "Gemeinde",
    "unit": "Verband",
    "county": "Kreis",
    "state": "Land",
    "country": "Deutschland",
    "other": "andere",
}
# (attribute, attribute with the number of all, title, what it means, columns, columns with numbers)
_ODD = (
    ("refused", "refused_count", "Abgelehnte Zeilen", "", ["Zeile", "Grund", "Inhalt"], [0]),
    (
        "not_carried",
        None,
        "Nicht übertragbare Gebiete",
        "Für sie gibt es keinen eindeutigen Nachfolger; ihre Werte bleiben weg, statt geraten zu werden.",
        ["Ebene", "Schlüssel", "Name"],
        [],
    ),
    (
        "contradictions",
        None,
        "Widersprüche in der Datei",
        "Für dasselbe Gebiet und denselben Zeitraum stehen verschiedene Zahlen in der Datei.",
        ["Merkmal", "Gebiet", "Zeitraum", "Werte"],
        [],
    ),
    (
        "implausible",
        "implausible_count",
        "Auffällige Werte",
        "Sie bleiben erhalten und sind überall gekennzeichnet, wo sie erscheinen.",
        ["Merkmal", "Gebiet", "Zeitraum", "Wert", "Grund"],
        [3],
    ),
    (
        "differences",
        None,
        "Anders als in vorhandenen Quellen",
        "Verglichen mit amtlichen Werten für dasselbe Gebiet und denselben Zeitraum; mehr als 1 % Abstand zählt.",
        ["Merkmal", "verglichen", "anders", "Beispiel"],
        [1, 2],
    ),
)


def show_report(report: Any, all_towns: int) -> None:
    """One block per file; `all_towns` is the number of small towns, for the coverage."""
    for file in report.files:
        icon = ":material/error:" if file.error else ":material/check:" if file.unchanged else ":material/task_alt:"
        # Without square brackets: they would be read as a link or a colour.
        with st.expander(f"{file.name} – {headline(file)}", icon=icon, expanded=len(report.files) == 1):
            show_file(file, all_towns)


def headline(file: Any) -> str:
    """What came of a file, in a few words."""
    if file.error:
        return "nicht eingelesen"
    if file.unchanged:
        return "schon vorhanden"
    return f"{_taken(file)} übernommen"


def _taken(file: Any) -> str:
    if found := file.companies:
        return (
            f"{german.count(found['used'], 'Unternehmen', 'Unternehmen')} mit "
            f"{german.number(found['employees'])} Beschäftigten in "
            f"{german.count(found['units'], 'Einheit', 'Einheiten')}"
        )
    return german.count(file.values_used, "Wert", "Werte")


def show_file(file: Any, all_towns: int) -> None:
    """The report on one file."""
    if file.error:
        st.error(file.error)
        return
    if file.unchanged:
        st.markdown("Genau diese Datei wurde schon eingelesen; nichts wurde geändert.")
        return
    st.html(
        html_table.facts(
            {
                "Erkannt als": f"{file.title} ({file.version})",
                "Gelesen": f"{german.count(file.rows_read, 'Zeile', 'Zeilen')} in {german.number(file.seconds, 1)} s",
                "Übernommen": _taken(file)
                + (f", {german.number(file.values_missing)} begründet leer" if file.values_missing else ""),
                "Abgelehnt": german.count(file.refused_count, "Zeile", "Zeilen") if file.refused_count else "nichts",
                "Doppelt": f"{german.number(file.duplicates)} Angaben mehrfach in der Datei" if file.duplicates else "",
                "Umgerechnet": ", ".join(
                    f"{german.count(count, 'Gebiet', 'Gebiete')} {method}" for method, count in file.carried.items()
                ),
                "Nicht übertragbar": f"{german.count(len(file.not_carried), 'Gebiet', 'Gebiete')} mit "
                f"{german.count(file.not_carried_values, 'Wert', 'Werten')}"
                if file.not_carried
                else "",
                "Andere Ebenen": ", ".join(
                    f"{_LEVELS.get(name, name)} {german.number(count)}" for name, count in file.other_levels.items()
                )
                + (" (nur gezählt)" if file.other_levels else ""),
            }
        )
    )
    if file.coverage:
        _coverage(file.coverage, all_towns)
    if file.refused_reasons:
        st.markdown("**Warum Zeilen abgelehnt wurden**")
        st.html(
            html_table.table(
                ["Grund", "Zeilen"],
                [[html_table.text(reason), german.number(count)] for reason, count in file.refused_reasons.items()],
                label="Gründe der Ablehnung",
                numeric=[1],
            )
        )
    for attribute, counted, title, meaning, columns, numeric in _ODD:
        rows = getattr(file, attribute)
        if rows:
            _examples(title, meaning, columns, numeric, rows, getattr(file, counted) if counted else len(rows))
    for note in file.notes:
        st.caption(note)


def _coverage(coverage: list[tuple], all_towns: int) -> None:
    st.markdown(f"**Abdeckung der {german.number(all_towns)} Kleinstädte**")
    rows = [
        [
            html_table.text(title),
            html_table.text(periods),
            f"{german.number(towns)} ({german.number(100 * towns / all_towns, 1)} %)",
        ]
        for title, periods, towns in coverage
    ]
    head = ["Merkmal", "Zeitraum", "Kleinstädte mit Wert"]
    st.html(html_table.table(head, rows[:SHOWN], label="Abdeckung", numeric=[2]))
    if len(rows) > SHOWN:
        with st.expander(f"{german.number(len(rows) - SHOWN)} weitere Merkmale"):
            st.html(html_table.table(head, rows[SHOWN:], label="Abdeckung, weitere Merkmale", numeric=[2]))


def _examples(title: str, meaning: str, columns: list[str], numeric: list[int], rows: list[tuple], count: int) -> None:
    st.markdown(f"**{title}** ({german.number(count)})")
    if meaning:
        st.caption(meaning)
    cells = [
        [_cell(cell, is_number=position in numeric) for position, cell in enumerate(row[: len(columns)])]
        for row in rows[:SHOWN]
    ]
    st.html(html_table.table(columns, cells, label=title, numeric=numeric))
    if count > SHOWN:
        st.caption(f"Gezeigt sind {SHOWN} Beispiele von {german.number(count)}; weitere stehen im Bericht als Datei.")


def _cell(cell: Any, *, is_number: bool) -> str:
    if cell is None:
        return ""
    if is_number and isinstance(cell, int | float):
        return german.number(cell, 0 if float(cell).is_integer() else 2)
    return html_table.text(_LEVELS.get(str(cell), str(cell)))
