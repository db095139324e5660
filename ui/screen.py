"""What we know of the screen: the server does not learn its width, only what kind of device asks."""

from __future__ import annotations

import streamlit as st


def is_telephone() -> bool:
    """Whether the browser calls itself mobile."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
