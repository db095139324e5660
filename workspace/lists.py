"""Saved lists of towns, named by their content: saving the same list twice gives the same id."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{12}")


def save_list(folder: Path, unit_ids: list[str]) -> str:
    """Save a list of unit keys (order and repeats do not count) and return its id, 12 hexadecimal digits."""
    keys = sorted(set(unit_ids))
    list_id = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:12]
    if load_list(folder, list_id) is None:
        write_atomically(_path(folder, list_id), {"unit_ids": keys})
    return list_id


def load_list(folder: Path, list_id: str) -> list[str] | None:
    """Unit keys of a saved list; None where there is no list of that id."""
    if not _ID.fullmatch(list_id):
        return None
    try:
        content = json.loads(_path(folder, list_id).read_bytes())
    except (FileNotFoundError, ValueError):  # a damaged file counts as none
        return None
    return content.get("unit_ids") if isinstance(content, dict) else None


def write_atomically(path: Path, content: dict) -> None:
    """Write a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=1)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _path(folder: Path, list_id: str) -> Path:
    return folder / "lists" / f"{list_id}.json"
