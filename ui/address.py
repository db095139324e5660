"""Select boxes whose state stands in the address as ids, so that a renamed title breaks no link.

Streamlit's own `bind="query-params"` writes the words that the user sees. Links from then still open: a word that is
the title of an option counts as its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st


def select(
    label: str,
    options: Mapping[str, str],
    *,
    key: str,
    default: str | None = None,
    draw: Callable[..., Any] = st.selectbox,
    **named: Any,
) -> str | None:
    """Choice of one of `options` (title by id), the id in the address as `key`; the default is not written there.

    `draw` is the kind of box (`st.selectbox`, `st.pills`, or that of a column); `named` goes to it. Without a default
    the box may stay empty and then gives None.
    """
    asked = _new_in_address(key)
    if asked is not None:
        st.session_state[key] = _id_of(asked, options)
    if st.session_state.get(key) not in options:
        st.session_state[key] = default if default in options else None
    chosen = draw(label, list(options), format_func=options.get, key=key, **named)
    _write(key, chosen if chosen != default else None)
    return chosen


def multiselect(
    label: str, options: Mapping[str, str], *, key: str, container: Any = st, **named: Any
) -> tuple[str, ...]:
    """Multiselect over `options` (title by id), the ids in the address with commas between; sorted."""
    asked = _new_in_address(key)
    if asked is not None:
        st.session_state[key] = [found for part in asked.split(",") if (found := _id_of(part, options))]
    st.session_state[key] = [chosen for chosen in st.session_state.get(key, []) if chosen in options]
    chosen = container.multiselect(label, list(options), format_func=options.get, key=key, **named)
    _write(key, ",".join(sorted(chosen)) or None)
    return tuple(sorted(chosen))


def _new_in_address(key: str) -> str | None:
    """What the address says if the user changed it (a link, back and forward); None if we wrote it ourselves."""
    present = st.query_params.get(key, "")
    if key in st.session_state and present == st.session_state.get(f"{key}_adresse", ""):
        return None
    return present


def _write(key: str, value: str | None) -> None:
    if value is None:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != value:
        st.query_params[key] = value
    st.session_state[f"{key}_adresse"] = value or ""


def _id_of(text: str, options: Mapping[str, str]) -> str | None:
    if text in options:
        return text
    return next((key for key, title in options.items() if title == text), None)


def is_set(key: str) -> bool:
    """Whether a select box will hold anything, asked before it is drawn."""
    return bool(st.session_state[key] if key in st.session_state else st.query_params.get(key))


def forget(keys: Sequence[str]) -> None:
    """Empty multiselects (for a button's `on_click`)."""
    for key in keys:
        st.session_state[key] = []
