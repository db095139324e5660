"""Where things lie: paths by environment variable, with defaults inside the project folder."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BASE_FILES = Path(__file__).resolve().parent / "base" / "files"
CATALOGUE = Path(__file__).resolve().parent / "catalogue"
SQL = Path(__file__).resolve().parent / "sql"
STATIC_GEOMETRY = PROJECT / "static" / "geo"


def database_path() -> Path:
    """Path of the DuckDB file: `KOWIS_DATABASE`, else `data/kowis.duckdb` in the project."""
    return Path(os.environ.get("KOWIS_DATABASE") or PROJECT / "data" / "kowis.duckdb")


def workspace_path() -> Path:
    """Folder of what users save: `KOWIS_WORKSPACE`, else `data/workspace` in the project."""
    return Path(os.environ.get("KOWIS_WORKSPACE") or PROJECT / "data" / "workspace")
