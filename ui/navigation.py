"""The pages of the atlas, and the way back through `app.py` for a visitor who came in by a side door.

Streamlit itself treats a folder named `pages` as a list of pages until an app has called `st.navigation` once. The
very first visitor after a start who opens the address of a page would therefore get that file alone, without what
`app.py` prepares. Every page calls `enter()` first, which sends such a visitor through `app.py`.
"""

from __future__ import annotations

import streamlit as st

from kowis_data.settings import PROJECT

_ENTERED = "entered_through_app"


def pages() -> dict[str, list[st.Page]]:
    """All pages in the order of the menu, by its headings."""
    return {
        "": [st.Page("pages/start.py", title="Start", icon=":material/home:", default=True)],
        "Städte": [
            st.Page("pages/karte.py", title="Karte", icon=":material/map:", url_path="karte"),
            st.Page(
                "pages/stadtprofil.py", title="Stadtprofil", icon=":material/location_city:", url_path="stadtprofil"
            ),
        ],
        "Wirtschaft": [
            st.Page(
                "pages/wirtschaftsstruktur.py",
                title="Wirtschaftsstruktur",
                icon=":material/factory:",
                url_path="wirtschaftsstruktur",
            ),
            st.Page(
                "pages/cluster.py",
                title="Branchenprofile (Cluster)",
                icon=":material/bubble_chart:",
                url_path="cluster",
            ),
            st.Page(
                "pages/stadttypen.py",
                title="Stadt- und Gemeindetypen",
                icon=":material/stacked_bar_chart:",
                url_path="stadttypen",
            ),
        ],
        "Fallstudienauswahl": [
            st.Page(
                "pages/fallstudienauswahl.py",
                title="Fallstudienauswahl",
                icon=":material/filter_alt:",
                url_path="fallstudienauswahl",
            ),
            st.Page(
                "pages/dossiers.py", title="Kleinstadt-Dossiers", icon=":material/folder_shared:", url_path="dossiers"
            ),
            st.Page(
                "pages/endauswahl.py",
                title="Stufe 2 · Endauswahl",
                icon=":material/checklist:",
                url_path="endauswahl",
            ),
            st.Page("pages/robustheit.py", title="Robustheit", icon=":material/science:", url_path="robustheit"),
            st.Page("pages/protokoll.py", title="Protokoll", icon=":material/description:", url_path="protokoll"),
            st.Page(
                "pages/reproduktion.py",
                title="Reproduktion der Studie",
                icon=":material/fact_check:",
                url_path="reproduktion",
            ),
        ],
        "Grundlagen": [
            st.Page("pages/daten.py", title="Daten und Quellen", icon=":material/database:", url_path="daten"),
        ],
    }


def configure() -> None:
    """Title, icon and width of the browser page. The icon is a file: a named one would be fetched from a server."""
    st.set_page_config(page_title="KOWIS-Atlas", page_icon=str(PROJECT / "assets" / "favicon.svg"), layout="wide")


def current_page() -> st.Page:
    """The page asked for; for `app.py` only."""
    configure()
    st.session_state[_ENTERED] = True
    # Expanded: with many pages Streamlit would fold the last ones behind an English word.
    return st.navigation(pages(), expanded=True)


def way_on(url_path: str, label: str, **query: str) -> None:
    """Link to another page of the menu; nothing where there is no such page."""
    page = next((page for group in pages().values() for page in group if page.url_path == url_path), None)
    if page is not None:
        st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)


def enter() -> None:
    """First line of every page: make sure that `app.py` has run before it."""
    if not st.session_state.get(_ENTERED):
        configure()
        st.navigation(pages(), expanded=True)  # from here on Streamlit starts every visit with app.py
        st.rerun()
