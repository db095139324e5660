"""The app's door to the database: one shared connection per database version, answers cached by question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import streamlit as st

from kowis_data.settings import database_path, workspace_path
from queries import database


@st.cache_resource(max_entries=2, show_spinner=False, on_release=database.close_copy)
def _connection(path: str, version: str) -> duckdb.DuckDBPyConnection:
    return database.open_copy(database_path())


def database_file() -> Path:
    """Path of the database that this app shows."""
    return database_path()


def workspace_folder() -> Path:
    """Folder of what users save."""
    return workspace_path()


def data_version() -> str:
    """Mark of the present database; part of every cache key, so that a new database shows at once."""
    return database.version(database_path())


def connection() -> duckdb.DuckDBPyConnection:
    """A cursor of its own for this call (DuckDB connections are not shared between threads)."""
    return _connection(str(database_path()), data_version()).cursor()


@st.cache_data(max_entries=512, show_spinner=False)
def _ask(version: str, question: str, arguments: tuple, named: dict, _query: Callable) -> Any:
    return _query(connection(), *arguments, **named)


def ask(query: Callable, *arguments: Any, **named: Any) -> Any:
    """Answer of a function of `queries` to these arguments, from the cache if it was asked before."""
    question = f"{query.__module__}.{query.__qualname__}"
    try:
        return _ask(data_version(), question, arguments, named, _query=query)
    except (duckdb.FatalException, duckdb.InternalException):
        # An internal error of DuckDB makes its whole connection unusable: open it anew, for this and all others.
        _connection.clear()
        return _ask(data_version(), question, arguments, named, _query=query)
