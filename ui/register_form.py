"""What the import of a company register asks: edition of the WZ, bad rows, origin, data on persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

_EDITIONS = {"": "am Inhalt erkennen", "2008": "WZ 2008", "2025": "WZ 2025"}
_ERRORS = {"continue": "auslassen und zählen", "stop": "Datei ablehnen"}
_ORIGINS = {"veroeffentlicht": "veröffentlicht", "amtlich": "amtlich", "abgeleitet": "abgeleitet"}


def register_form(key: str, personal: Sequence[str]) -> dict[str, Any] | None:
    """Widgets for one register; the answers by the names of `RegisterOptions`, None while persons are not named.

    `personal` are the heads of columns that seem to hold data on persons.
    """
    left, middle, right = st.columns(3)
    answers: dict[str, Any] = {
        "wz_version": left.selectbox(
            "Wirtschaftszweige",
            _EDITIONS,
            format_func=_EDITIONS.get,
            key=f"register_wz_{key}",
            placeholder="Ausgabe wählen",
        ),
        "on_error": middle.selectbox(
            "Fehlerhafte Zeilen",
            _ERRORS,
            format_func=_ERRORS.get,
            key=f"register_fehler_{key}",
            placeholder="Umgang wählen",
        ),
        "provenance": right.selectbox(
            "Herkunft",
            _ORIGINS,
            format_func=_ORIGINS.get,
            key=f"register_herkunft_{key}",
            placeholder="Herkunft wählen",
        ),
    }
    st.caption(
        "Das Register ersetzt das bisherige mit allem, was daraus berechnet ist; das lässt sich zurücknehmen. "
        "Gespeichert werden nur Summen, keine Namen."
    )
    if not personal:
        return answers
    named = ", ".join(f"„{head}“" for head in personal)
    if not st.checkbox(
        f"Mir ist bekannt, dass diese Spalten Personendaten enthalten: {named}. Sie werden nicht gelesen.",
        key=f"register_personen_{key}",
    ):
        return None
    return answers | {"name_personal": tuple(personal)}
