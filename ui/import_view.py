"""How files to be imported and the report on them are shown. Objects come from `kowis_data.import_files`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui import german, html_table


def preview_table(found: Sequence[Any]) -> str:
    """HTML table of previews: file, what it was recognised as, details or the reason why it cannot be read."""
    rows = []
    for item in found:
        if item.recognition:
            details = " · ".join(f"{label}: {text}" for label, text in item.recognition.details.items())
            kind = html_table.text(item.recognition.format.title, second_line=item.recognition.version)
            what = html_table.text(item.recognition.title, second_line=details[:300])
        else:
            kind = html_table.text("nicht lesbar")
            what = html_table.text(item.error)
        rows.append([html_table.text(item.name, strong=True), kind, what])
    return html_table.table(
        ["Datei", "Erkannt als", "Inhalt"], rows, label="Erkannte Dateien", widths=["26%", "26%", "48%"]
    )


def show_report(report: Any) -> None:
    """One block per file: what came in, what was carried, what was refused or looks odd."""
    for file in report.files:
        state = "error" if file.error else "unchanged" if file.unchanged else "done"
        icon = {"error": ":material/error:", "unchanged": ":material/check:", "done": ":material/task_alt:"}[state]
        with st.expander(f"{file.name} – {_headline(file)}", icon=icon, expanded=len(report.files) == 1):
            if file.error:
                st.error(file.error)
                continue
            if file.unchanged:
                st.markdown("Genau diese Datei wurde schon eingelesen; nichts wurde geändert.")
                continue
            _figures(file)
            _odd(file)
            for note in file.notes:
                st.caption(note)


def _headline(file: Any) -> str:
    if file.error:
        return "nicht eingelesen"
    if file.unchanged:
        return "schon vorhanden"
    return f"{german.number(file.values_used)} Werte übernommen"


def _figures(file: Any) -> None:
    st.markdown(
        f"**{file.title}** ({file.version})  \n"
        f"{german.number(file.rows_read)} Zeilen gelesen · {german.number(file.values_used)} Werte übernommen · "
        f"{german.number(file.values_missing)} begründet leer · {german.number(file.refused_count)} Zeilen abgelehnt · "
        f"{german.number(file.seconds, 1)} s"
    )
    if file.carried:
        st.markdown(
            "Auf den heutigen Gebietsstand gebracht: "
            + ", ".join(f"{german.number(count)} Gebiete {method}" for method, count in file.carried.items())
        )
    if file.other_levels:
        st.markdown(
            "Andere Ebenen, nur gezählt: "
            + ", ".join(f"{name} {german.number(count)}" for name, count in file.other_levels.items())
        )
    if file.coverage:
        st.html(
            html_table.table(
                ["Merkmal", "Zeitraum", "Kleinstädte mit Wert"],
                [
                    [html_table.text(title), html_table.text(periods), german.number(towns)]
                    for title, periods, towns in file.coverage[:40]
                ],
                label="Abdeckung",
                numeric=[2],
            )
        )


def _odd(file: Any) -> None:
    """Refused rows, regions that could not be carried, contradictions, implausible and differing values."""
    lists = (
        ("Abgelehnte Zeilen", ["Zeile", "Grund", "Inhalt"], file.refused, file.refused_count),
        ("Nicht übertragbare Gebiete", ["Ebene", "Schlüssel", "Name"], file.not_carried, len(file.not_carried)),
        (
            "Widersprüche in der Datei",
            ["Merkmal", "Gebiet", "Zeitraum", "Werte"],
            file.contradictions,
            len(file.contradictions),
        ),
        (
            "Auffällige Werte (behalten und gekennzeichnet)",
            ["Merkmal", "Gebiet", "Zeitraum", "Wert", "Grund"],
            file.implausible,
            file.implausible_count,
        ),
        (
            "Anders als in vorhandenen Quellen",
            ["Merkmal", "verglichen", "anders", "Beispiel"],
            file.differences,
            len(file.differences),
        ),
    )
    for title, columns, rows, count in lists:
        if rows:
            st.markdown(f"**{title}** ({german.number(count)})")
            cells = [[html_table.text("" if cell is None else str(cell)) for cell in row] for row in rows[:20]]
            st.html(html_table.table(columns, cells, label=title))
            if count > 20:
                st.caption("Gezeigt sind die ersten 20.")
