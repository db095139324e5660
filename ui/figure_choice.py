"""Which key figures of a town are shown: all of them while they are few, else one theme or what is searched for."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from queries.indicators import Indicator
from ui import address, german

ALL = "alle"
# More rows than this are neither read nor sent quickly.
MOST_AT_ONCE = 80


def chosen(rows: pd.DataFrame, catalogue: dict[str, Indicator]) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Themes to show as (theme, title, rows of `rows` in it), after asking the user where there are many figures."""
    theme_of = rows["indicator_id"].map(lambda key: catalogue[key].theme)
    titles = {i.theme: i.theme_title for i in catalogue.values() if i.theme in set(theme_of)}
    if len(rows) > MOST_AT_ONCE:
        text, theme = _ask(
            len(rows), {theme: (title, int((theme_of == theme).sum())) for theme, title in titles.items()}
        )
        if text:
            rows = rows[rows["indicator_id"].map(lambda key: _fits(catalogue[key], text))]
            if rows.empty:
                st.info(f"Keine Kennzahl dieser Stadt passt zu „{text}“.", icon=":material/search_off:")
        elif theme != ALL:
            rows = rows[theme_of == theme]
    for theme, title in titles.items():
        of_theme = rows[rows["indicator_id"].map(lambda key, theme=theme: catalogue[key].theme == theme)]
        if len(of_theme):
            yield theme, title, of_theme


def _ask(number: int, themes: dict[str, tuple[str, int]]) -> tuple[str, str]:
    """Search text and theme that the user asks for."""
    text = st.text_input(
        "Kennzahl suchen",
        key="kennzahl",
        bind="query-params",
        placeholder=f"in allen {german.number(number)} Kennzahlen suchen, z. B. Pendler",
        icon=":material/search:",
    ).strip()
    options = {theme: f"{title} ({number_of})" for theme, (title, number_of) in themes.items()} | {ALL: "Alle Themen"}
    first = next(iter(options))
    theme = address.select("Thema", options, key="thema", default=first, draw=st.pills, disabled=bool(text))
    return text, theme or first


def _fits(indicator: Indicator, text: str) -> bool:
    return text.casefold() in f"{indicator.title} {indicator.definition} {indicator.theme_title}".casefold()
