"""KOWIS-Atlas: opens the door. `streamlit run app.py`."""

from __future__ import annotations

import logging

import streamlit as st

from kowis_data.build import ensure
from kowis_data.settings import database_path
from ui import door, navigation

page = navigation.current_page()


@st.cache_resource(show_spinner="Die Datenbank wird aus den mitgelieferten Daten aufgebaut …", max_entries=4)
def _prepare(path: str, stamp: object) -> str | None:
    aside = ensure(database_path())
    return aside.name if aside else None


path = database_path()
try:
    set_aside = _prepare(str(path), path.stat().st_mtime_ns if path.exists() else None)
except Exception as error:  # the door must open with words, whatever happened behind it
    logging.getLogger("kowis").exception("database could not be prepared")
    door.database_failed(path, error)
    st.stop()

door.sidebar()
if set_aside:
    door.database_was_set_aside(set_aside)
try:
    page.run()
except Exception:  # a page that fails says so in German; the details go to the log
    logging.getLogger("kowis").exception("page %s failed", page.title)
    door.page_failed()
