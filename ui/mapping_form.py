"""The mapping of one's own table on screen: suggested, changed, looked at, confirmed.

Objects (`Mapping`, `ValueColumn`, `Fit`) come from `kowis_data.import_files` through the page.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ui import german, html_table

NONE = "– keine –"
# Suggested is never "amtlich": who says so confirms it.
PROVENANCES = ("veroeffentlicht", "abgeleitet", "amtlich", "synthetisch")
_DECIMALS = {",": "Komma (1.234,5)", ".": "Punkt (1,234.5)"}
_LEVELS = {
    "municipality": ("Gemeinde", "Gemeinden"),
    "unit": ("Verband", "Verbände"),
    "county": ("Kreis", "Kreise"),
    "state": ("Land", "Länder"),
    "country": ("Deutschland", "Deutschland"),
}
_COLUMNS = {
    "used": "Nutzen",
    "column": "Spalte",
    "title": "Merkmal",
    "unit_label": "Einheit",
    "period": "Zeitraum",
    "reference_date": "Stichtag",
    "aggregation": "Zusammenfassen",
}


def mapping_from(
    suggestion: Any, answers: dict[str, Any], rows: Sequence[dict[str, Any]], value_column: Callable
) -> Any:
    """The mapping that the form describes.

    Parameters
    ----------
    suggestion : the mapping that the form began with; says what the form does not ask.
    answers : fields of `Mapping` by name, texts; the marker `NONE` stands for "no such column".
    rows : the value columns, as dicts of the fields of `ValueColumn`; cells left blank may be None.
    value_column : class of the value columns.
    """
    texts = {name: "" if answer in (None, NONE) else str(answer).strip() for name, answer in answers.items()}
    roles = {texts.get(name) for name in ("key_column", "name_column", "period_column", "state_column")}
    values = []
    for row in rows:
        plain = {name: "" if _is_blank(cell) else cell for name, cell in row.items()}
        # A column that became key or period holds no values any more.
        plain["used"] = bool(plain["used"]) and plain["column"] not in roles
        if texts.get("period_column"):
            plain["period"] = plain["reference_date"] = ""
        cells = {name: str(cell).strip() if isinstance(cell, str) else cell for name, cell in plain.items()}
        cells["column"] = row["column"]
        values.append(value_column(**cells))
    if texts.get("decimal") in _DECIMALS and texts["decimal"] == suggestion.thousands:
        texts["thousands"] = "." if texts["decimal"] == "," else ","
    return dataclasses.replace(suggestion, values=values, **texts)


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)


def show_form(
    key: str,
    start: Any,
    columns: list[str],
    offered: list[Any],
    kinds: dict[str, str],
    aggregations: dict[str, str],
) -> Any:
    """Draw the form; returns the mapping as it stands there. `key` tells the forms of several files apart."""

    def choose(place: Any, label: str, options: Sequence[str], now: str, name: str, **more: Any) -> str:
        return place.selectbox(
            label,
            options,
            index=list(options).index(now) if now in options else 0,
            key=f"{key}_{name}",
            placeholder="bitte wählen",
            **more,
        )

    for hint in start.hints:
        st.caption(f":material/lightbulb: {hint}")
    optional = [NONE, *columns]
    left, middle, right = st.columns(3)
    answers = {
        "key_column": choose(left, "Spalte mit Schlüssel oder Name", columns, start.key_column, "key_column"),
        "key_kind": choose(
            middle, "Art des Schlüssels", list(kinds), start.key_kind, "key_kind", format_func=kinds.get
        ),
        "period_column": choose(
            right,
            "Spalte mit dem Zeitraum",
            optional,
            start.period_column or NONE,
            "period_column",
            help="Nur wenn jede Zeile selbst sagt, für wann sie gilt; sonst steht der Zeitraum unten je Merkmal.",
        ),
    }
    left, middle, right = st.columns(3)
    if answers["key_kind"] == "name":
        answers["state_column"] = choose(
            left,
            "Spalte mit dem Land",
            optional,
            start.state_column or NONE,
            "state_column",
            help="Unterscheidet Orte, die es mehrfach gibt.",
        )
        answers["name_column"] = NONE
    else:
        answers["state_column"] = NONE
        answers["name_column"] = choose(
            left,
            "Spalte mit dem Namen",
            optional,
            start.name_column or NONE,
            "name_column",
            help="Hilft, wenn ein früherer Schlüssel keinem heutigen Gebiet entspricht.",
        )
    answers["decimal"] = choose(
        middle, "Dezimalzeichen", list(_DECIMALS), start.decimal, "decimal", format_func=_DECIMALS.get
    )
    answers["missing_marks"] = right.text_input(
        "Weitere Zeichen für „kein Wert“",
        start.missing_marks,
        key=f"{key}_missing_marks",
        placeholder="z. B. -999; keine Daten",
        help="Mit Semikolon getrennt. Leere Zellen und die amtlichen Zeichen - . x / ... versteht der Atlas ohnehin.",
    )
    st.markdown("**Merkmale**")
    edited = st.data_editor(
        _table(offered),
        key=f"{key}_werte",
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * max(len(offered), 1), 400),
        disabled=["column"],
        column_order=[name for name in _COLUMNS if not (name in ("period", "reference_date") and _has(answers))],
        column_config={
            "used": st.column_config.CheckboxColumn(_COLUMNS["used"], width=75),
            "column": st.column_config.TextColumn(_COLUMNS["column"], width=160),
            "title": st.column_config.TextColumn(_COLUMNS["title"], width=160),
            "unit_label": st.column_config.TextColumn(_COLUMNS["unit_label"], width=85),
            "period": st.column_config.TextColumn(
                _COLUMNS["period"], width=100, help="2022, 2011-2021 oder 2022-06"
            ),
            "reference_date": st.column_config.TextColumn(_COLUMNS["reference_date"], width=100),
            "aggregation": st.column_config.SelectboxColumn(
                _COLUMNS["aggregation"],
                width=170,
                options=list(aggregations),
                format_func=aggregations.get,
                required=True,
                help="Wie aus Werten der Gemeinden der Wert ihres Verbands, Kreises und Landes wird.",
            ),
        },
    )
    st.markdown("**Quelle**")
    left, right = st.columns(2)
    for place, label, name, example in (
        (left, "Titel der Tabelle", "title", "z. B. Leerstandserhebung 2022"),
        (right, "Herausgeber", "publisher", "Wer hat die Zahlen veröffentlicht?"),
        (left, "Lizenz", "licence", "z. B. dl-de/by-2-0 oder CC BY 4.0"),
        (right, "Fundstelle", "url", "Adresse oder Aktenzeichen"),
    ):
        answers[name] = place.text_input(label, getattr(start, name), key=f"{key}_{name}", placeholder=example)
    answers["provenance"] = choose(
        left,
        "Herkunft",
        PROVENANCES,
        start.provenance,
        "provenance",
        format_func=german.PROVENANCE_WORDS.get,
        help="Steht neben jeder Zahl. „Amtlich“ nur für Zahlen der amtlichen Statistik.",
    )
    return mapping_from(start, answers, edited.to_dict("records"), type(offered[0]) if offered else dict)


def _has(answers: dict[str, Any]) -> bool:
    return answers["period_column"] != NONE


def _table(offered: list[Any]) -> pd.DataFrame:
    return pd.DataFrame([dataclasses.asdict(column) for column in offered], columns=list(_COLUMNS))


def show_fit(fit: Any, *, has_state: bool) -> None:
    """What the mapping makes of the table: counts, first rows as they will be read, keys without a region.

    `has_state` says that a column with the Land is already used.
    """
    levels = ", ".join(german.count(count, *_LEVELS[level]) for level, count in fit.levels.items() if level in _LEVELS)
    share = f"{german.number(fit.fitting)} von {german.number(fit.keys)}"
    st.markdown(
        f"**So wird gelesen:** {german.count(fit.rows, 'Zeile', 'Zeilen')}, "
        f"{german.count(fit.values, 'Wert', 'Werte')}"
        + (f", {german.number(fit.marks)} begründet leer" if fit.marks else "")
        + f" · {levels} · **{share} Schlüsseln passen** auf den heutigen Gebietsstand."
    )
    if not fit.fitting:
        st.error(
            "Kein Schlüssel passt zu einem heutigen Gebiet. Wählen Sie eine andere Spalte oder eine andere Art "
            "des Schlüssels.",
            icon=":material/key_off:",
        )
    st.html(
        html_table.table(
            ["Zeile", "Schlüssel", "Gebiet heute", "Merkmal", "Zeitraum", "Wert"],
            [
                [
                    german.number(line),
                    html_table.text(key),
                    html_table.text(region or "passt nicht"),
                    html_table.text(title),
                    html_table.text(period),
                    german.missing_word(status) if value is None else german.number(value, 0 if value % 1 == 0 else 2),
                ]
                for line, key, region, period, title, value, status in fit.first_rows[:12]
            ],
            label="Erste Zeilen, wie sie gelesen werden",
            numeric=[0, 5],
        )
    )
    if fit.ambiguous:
        st.warning(
            f"{german.count(len(fit.ambiguous), 'Name kommt', 'Namen kommen')} mehrfach vor, ohne Treffer: "
            + "; ".join(f"**{name}** ({places})" for name, places in fit.ambiguous[:6])
            + (" …" if len(fit.ambiguous) > 6 else "")
            + f". Eine Spalte mit dem {'' if has_state else 'Land oder dem '}Gemeindeschlüssel hilft.",
            icon=":material/alt_route:",
        )
    if fit.unknown_count:
        examples = ", ".join(" ".join(part for part in pair if part) for pair in fit.unknown)
        st.warning(
            f"{german.count(fit.unknown_count, 'Schlüssel passt', 'Schlüssel passen')} zu keinem heutigen Gebiet: "
            f"{examples}{' …' if fit.unknown_count > len(fit.unknown) else ''}",
            icon=":material/location_off:",
        )
    if fit.refused_count:
        st.warning(
            f"{german.count(fit.refused_count, 'Zeile oder Zelle wird', 'Zeilen oder Zellen werden')} nicht gelesen: "
            + "; ".join(f"Zeile {line}: {reason}" for line, reason, _ in fit.refused[:4])
            + (" …" if fit.refused_count > 4 else ""),
            icon=":material/block:",
        )
    if set(fit.levels) & {"county"} and not set(fit.levels) & {"municipality", "unit"}:
        st.info("Werte nur für Kreise erscheinen bei den Städten als Kreiskontext.", icon=":material/info:")


def confirmation(key: str, mapping: str, *, is_possible: bool) -> bool:
    """The box that confirms exactly this mapping (JSON text): whatever is changed wants confirming again."""
    return st.checkbox(
        "Ich habe die Zuordnung geprüft: Schlüssel, Einheiten, Zeiträume und Quelle stimmen.",
        key=f"{key}_geprueft_{zlib.crc32(mapping.encode())}",
        disabled=not is_possible,
    )
