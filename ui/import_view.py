"""How files to be imported and the report on them are shown. Objects come from `kowis_data.import_files`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui import german, html_table


def confirm_replacements(answers: Sequence[Any]) -> dict[str, bool]:
    """A checkbox for everything that files replace only on confirmation, and why others replace nothing.

    `answers` are `kowis_data.import_files.confirmations`. Returns the arguments for the import that were confirmed.
    """
    confirmed: dict[str, bool] = {}
    for answer in (answer for answer in answers if not answer.applies):
        st.caption(f"{answer.name} – {answer.explanation}")
    offered = [answer for answer in answers if answer.applies]
    for option in dict.fromkeys(answer.option for answer in offered):
        together = [answer for answer in offered if answer.option == option]
        confirmed[option] = st.checkbox(
            " · ".join(answer.question for answer in together), key=f"bestaetigt_{option}", value=False
        )
        for explanation in dict.fromkeys(answer.explanation for answer in together):
            st.caption(explanation)
    return confirmed


def show_preview(item: Any, *, with_details: bool) -> None:
    """One waiting file: what it was recognised as, version, size, what it holds, or the reason why it is refused."""
    size = f" · {size_text(item.size)}" if item.size is not None else ""
    if not item.recognition:
        st.markdown(f":red[:material/block:] **{_plain(item.name)}**{size} · wird nicht eingelesen")
        st.error(item.error)
        return
    found = item.recognition
    st.markdown(f":green[:material/task:] **{_plain(item.name)}**{size}")
    st.markdown(f"{_plain(found.title)}  \n:gray[{_plain(found.format.title)} · {_plain(found.version)}]")
    if with_details and found.details:
        st.html(html_table.facts({label: _short(text) for label, text in found.details.items()}))


def show_first_rows(text: str) -> None:
    """The first rows of a file as they stand in it, folded away."""
    if text:
        with st.expander("Erste Zeilen der Datei", icon=":material/table_rows:"):
            st.code(text, language=None, wrap_lines=False)


def size_text(size: int) -> str:
    """`826,4 MB`, `12 kB`."""
    if size >= 1_000_000:
        return f"{german.number(size / 1e6, 1)} MB"
    return f"{german.number(max(size / 1000, 1))} kB" if size else "0 Bytes"


def show_undo(goes: Sequence[tuple[str, str, int]]) -> None:
    """What an undo of the last import takes away."""
    if not goes:
        st.markdown("Die Daten werden wieder so, wie sie vor dem letzten Import waren.")
        return
    st.markdown("Diese Dateien verschwinden wieder, mit allem, was daraus berechnet wurde:")
    for name, title, values in goes:
        st.markdown(f"- **{_plain(name)}** – {_plain(title or '')}, {german.count(values, 'Wert', 'Werte')}")


def _plain(text: str) -> str:
    """Text in which no sign has a meaning in Markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>$~:])", r"\\\1", text)


def _short(text: str) -> str:
    return text if len(text) <= 300 else text[:299] + "…"


def log_line(row: Any) -> str:
    """One imported file in a list: day, name, source, how much."""
    title = f" – {row.source_title}" if isinstance(row.source_title, str) else ""
    values = german.count(int(row.values_used), "Wert", "Werte")
    return f"{row.imported_at:%d.%m.%Y %H:%M} · {row.file_name}{title} · {values}"


def download_list(offered: Sequence[Any], before: Mapping[str, Any], is_busy: bool) -> list[str]:
    """The sources that can be downloaded, a button for each and one for all; ids of what was asked for just now."""
    wanted: list[str] = []
    for download in offered:
        with st.container(border=True):
            left, right = st.columns([0.74, 0.26], vertical_alignment="center")
            left.markdown(f"**{_plain(download.title)}**")
            record = before.get(download.source_id)
            left.html(
                html_table.facts(
                    {
                        "Herausgeber": download.publisher,
                        "Lizenz": download.licence,
                        "Server": download.address.split("/")[2],
                        "Größe": size_text(record.bytes) if record else "",
                        "Zuletzt geladen": f"{record.fetched_at.astimezone():%d.%m.%Y %H:%M}" if record else "noch nie",
                        "Hinweis": download.remark,
                    }
                )
            )
            if right.button(
                "Erneut laden" if record else "Laden",
                key=f"laden_{download.source_id}",
                icon=":material/cloud_download:",
                disabled=is_busy,
                width="stretch",
            ):
                wanted = [download.source_id]
    if st.button("Alle laden", icon=":material/cloud_download:", disabled=is_busy, type="primary"):
        wanted = [download.source_id for download in offered]
    return wanted


def show_outcomes(outcomes: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """What came of each download, by source; `titles` of the sources."""
    for source_id, outcome in outcomes.items():
        if isinstance(outcome, Exception):
            st.error(f"{outcome} Was schon geladen ist, bleibt liegen; beim nächsten Versuch geht es dort weiter.")
            continue
        state = "ist noch die neueste" if outcome.unchanged else "geladen"
        title = _plain(titles.get(source_id, source_id))
        st.markdown(f":green[:material/task_alt:] **{title}** {state} · {size_text(outcome.bytes)}")
        st.caption(f"Prüfsumme SHA-256 {outcome.sha256}")
