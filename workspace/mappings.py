"""Confirmed mappings of tables of one's own, kept by the columns of the table and offered for the next one like it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from workspace.lists import write_atomically


def keep_mapping(folder: Path, columns: Sequence[str], mapping: str) -> None:
    """Keep a mapping (JSON text) for tables with these columns in this order; an earlier one is replaced."""
    content = {"columns": list(columns), "kept_on": date.today().isoformat(), "mapping": mapping}
    write_atomically(_path(folder, columns), content)


def kept_mapping(folder: Path, columns: Sequence[str]) -> tuple[str, date] | None:
    """The mapping kept for tables with these columns and the day it was confirmed; None where there is none."""
    try:
        content = json.loads(_path(folder, columns).read_bytes())
        return str(content["mapping"]), date.fromisoformat(content["kept_on"])
    except (OSError, ValueError, KeyError, TypeError):  # a damaged file counts as none
        return None


def _path(folder: Path, columns: Sequence[str]) -> Path:
    layout = hashlib.sha256("\n".join(columns).encode()).hexdigest()[:16]
    return folder / "mappings" / f"{layout}.json"
