"""Saved cluster models, and models kept so that they need not be computed twice.

A model is a JSON document made elsewhere; here it is bytes. Its id is made of its content: saving the same model twice
gives the same id, saving it under another title renames it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workspace.lists import write_atomically

_ID = re.compile(r"[0-9a-f]{12,16}")
_KEPT = 20
LONGEST_TITLE = 120


@dataclass(frozen=True)
class SavedModel:
    """What a list of models shows: id, title, time of saving (ISO), number of clusters and of towns."""

    model_id: str
    title: str
    saved_at: str
    clusters: int
    towns: int


def save_model(folder: Path, content: bytes, title: str) -> str:
    """Save a model under a title and return its id, 12 hexadecimal digits.

    Raises ValueError (in German) for an empty title, or for content that is no JSON model.
    """
    title = " ".join(title.split())[:LONGEST_TITLE]
    if not title:
        raise ValueError("Bitte einen Namen für das Modell eingeben.")
    try:
        document = json.loads(content)
        facts = {"clusters": len(document["clusters"]), "towns": len(document["towns"]["index"])}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError("Das ist kein Clustermodell.") from error
    model_id = hashlib.sha256(content).hexdigest()[:12]
    _write_bytes(_content(folder, model_id), content)
    saved_at = datetime.now().isoformat(timespec="seconds")
    write_atomically(_about(folder, model_id), {"title": title, "saved_at": saved_at, **facts})
    return model_id


def load_model(folder: Path, model_id: str) -> bytes | None:
    """Content of a saved model; None where there is no model of that id, or its file was damaged."""
    content = _read(_content(folder, model_id)) if _ID.fullmatch(model_id) else None
    # The id is made of the content: what does not fit it is no longer what was saved.
    return content if content and hashlib.sha256(content).hexdigest().startswith(model_id) else None


def list_models(folder: Path) -> list[SavedModel]:
    """Saved models, the newest first; unreadable files are passed over."""
    found = []
    for path in (folder / "cluster_models").glob("*.about.json"):
        model_id = path.name.removesuffix(".about.json")
        try:
            facts = json.loads(path.read_bytes())
            model = SavedModel(
                model_id, str(facts["title"]), str(facts["saved_at"]), int(facts["clusters"]), int(facts["towns"])
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if _ID.fullmatch(model_id) and _content(folder, model_id).exists():
            found.append(model)
    return sorted(found, key=lambda model: (model.saved_at, model.model_id), reverse=True)


def delete_model(folder: Path, model_id: str) -> bool:
    """Delete a saved model; False where there was none."""
    if not _ID.fullmatch(model_id):
        return False
    was_there = _content(folder, model_id).exists()
    for path in (_about(folder, model_id), _content(folder, model_id)):
        path.unlink(missing_ok=True)
    return was_there


def remember(folder: Path, key: str, content: bytes) -> None:
    """Keep a computed model under a key (hexadecimal digits) for `recall`; the oldest of more than 20 go."""
    if not _ID.fullmatch(key):
        raise ValueError("no key")
    _write_bytes(_computed(folder, key), content)
    kept = sorted(_computed(folder, key).parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    for path in kept[:-_KEPT]:
        path.unlink(missing_ok=True)


def recall(folder: Path, key: str) -> bytes | None:
    """A model kept by `remember`; None where there is none."""
    return _read(_computed(folder, key)) if _ID.fullmatch(key) else None


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _write_bytes(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _content(folder: Path, model_id: str) -> Path:
    return folder / "cluster_models" / f"{model_id}.json"


def _about(folder: Path, model_id: str) -> Path:
    return folder / "cluster_models" / f"{model_id}.about.json"


def _computed(folder: Path, key: str) -> Path:
    return folder / "cluster_models" / "computed" / f"{key}.json"
