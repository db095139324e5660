"""Selections as projects: named, with every setting and version kept, safe when two people save at the same time.

One JSON file per project, written whole or not at all. A save names the version it rests on: if somebody else saved
meanwhile, nothing is written and `Conflict` carries their version. Earlier versions stay beside the file.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from workspace.lists import write_atomically

FORMAT = "kowis-atlas-projekt"
FORMAT_VERSION = 1
LONGEST_TITLE = 120
# Versions kept without a name of their own; named ones stay for good.
KEPT_VERSIONS = 50
_ID = re.compile(r"[0-9a-f]{10}")
_LARGEST_FILE = 20_000_000


class ProjectError(ValueError):
    """Something about a project that a user can mend, told in German."""


@dataclass(frozen=True)
class Entry:
    """One line of the history: version, time (ISO), who, what; `label` where the version was given a name."""

    version: int
    at: str
    by: str
    what: str
    label: str = ""


@dataclass(frozen=True)
class Project:
    """A selection as it was saved.

    Attributes
    ----------
    project_id : ten hexadecimal digits.
    title : its name.
    content : everything the team decided (`workspace.project_content`).
    data : facts on the data it was made with (sources, dates).
    version : counts the saves, from 1; 0 = not yet saved.
    history : one entry per save, oldest first.
    """

    project_id: str
    title: str
    content: dict
    data: dict = field(default_factory=dict)
    version: int = 0
    history: tuple[Entry, ...] = ()

    @property
    def changed_at(self) -> str:
        return self.history[-1].at if self.history else ""

    @property
    def changed_by(self) -> str:
        return self.history[-1].by if self.history else ""


class Conflict(ProjectError):
    """Somebody else saved the project meanwhile; `theirs` is what stands in the file."""

    def __init__(self, theirs: Project) -> None:
        who = theirs.changed_by or "Jemand anderes"
        super().__init__(
            f"{who} hat dieses Projekt inzwischen gespeichert (Fassung {theirs.version}). Ihre Änderung wurde nicht "
            "geschrieben, damit nichts verloren geht."
        )
        self.theirs = theirs


def new_project(title: str, content: dict, data: dict) -> Project:
    """A project with a fresh id that is not saved yet.

    Raises ProjectError for an empty title.
    """
    return Project(secrets.token_hex(5), _clean(title), content, data)


def save(folder: Path, project: Project, *, by: str, what: str, label: str = "") -> Project:
    """Save a project that rests on `project.version`; returns it with its new version and history.

    Raises
    ------
    Conflict : the file holds a newer version.
    ProjectError : somebody else is writing it right now.
    """
    path = _path(folder, project.project_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = FileLock(path.with_suffix(".lock")).acquire(timeout=10)
    except Timeout as error:
        raise ProjectError(
            "Das Projekt wird gerade von jemand anderem gespeichert. Bitte gleich noch einmal."
        ) from error
    with lock:
        present = load(folder, project.project_id)
        if present is not None and present.version != project.version:
            raise Conflict(present)
        entry = Entry(project.version + 1, datetime.now().isoformat(timespec="seconds"), by.strip(), what, label)
        saved = replace(project, version=entry.version, history=(*project.history, entry))
        document = _document(saved)
        write_atomically(_version_path(folder, saved.project_id, saved.version), document)
        write_atomically(path, document)
        _forget_old_versions(folder, saved)
    return saved


def load(folder: Path, project_id: str) -> Project | None:
    """A saved project; None where there is none of that id or its file is damaged."""
    return _read(_path(folder, project_id)) if _ID.fullmatch(project_id) else None


def load_version(folder: Path, project_id: str, version: int) -> Project | None:
    """An earlier version that is still kept."""
    return _read(_version_path(folder, project_id, version)) if _ID.fullmatch(project_id) else None


def versions(folder: Path, project_id: str) -> list[int]:
    """Numbers of the versions that can still be opened, oldest first."""
    return sorted(int(path.stem) for path in _version_path(folder, project_id, 0).parent.glob("*.json"))


def list_projects(folder: Path) -> list[Project]:
    """All readable projects, the last saved first."""
    found = [_read(path) for path in (folder / "projects").glob("*.json")]
    return sorted((p for p in found if p), key=lambda p: (p.changed_at, p.project_id), reverse=True)


def delete(folder: Path, project_id: str) -> bool:
    """Delete a project with all its versions; False where there was none."""
    if not _ID.fullmatch(project_id) or not _path(folder, project_id).exists():
        return False
    for path in _version_path(folder, project_id, 0).parent.glob("*.json"):
        path.unlink()
    _path(folder, project_id).unlink()
    return True


def rename(project: Project, title: str) -> Project:
    """The project under another title (not saved yet); raises ProjectError for an empty one."""
    return replace(project, title=_clean(title))


def copy_of(project: Project, title: str) -> Project:
    """The same content as a project of its own, with a fresh id and history."""
    return new_project(title, project.content, project.data)


def to_json(project: Project) -> bytes:
    """A project as a file to hand on: same project, same bytes."""
    return json.dumps(_document(project), ensure_ascii=False, indent=1, sort_keys=True).encode()


def from_json(content: bytes) -> Project:
    """A project from a file of `to_json`, as a new one of its own (fresh id): nothing of ours is overwritten.

    Raises ProjectError where the file is no project, is damaged or comes from a later edition.
    """
    if len(content) > _LARGEST_FILE:
        raise ProjectError("Die Datei ist zu groß für ein Projekt (über 20 MB).")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except ValueError as error:
        raise ProjectError(
            "Die Datei ist kein gültiges JSON. Bitte die Datei nehmen, die der Atlas geschrieben hat."
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ProjectError(
            "Die Datei ist kein Projekt des KOWIS-Atlas. Erwartet wird eine Datei aus „Projekt herunterladen“."
        )
    if document.get("format_version", 0) > FORMAT_VERSION:
        raise ProjectError("Das Projekt stammt aus einer neueren Ausgabe des Atlas. Bitte zuerst den Atlas erneuern.")
    project = _from_document(document)
    if project is None:
        raise ProjectError("Die Datei ist beschädigt: Ihre Prüfsumme passt nicht zum Inhalt, oder es fehlen Angaben.")
    return replace(project, project_id=secrets.token_hex(5), version=0)


def _document(project: Project) -> dict:
    content = {"title": project.title, "content": project.content, "data": project.data}
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "project_id": project.project_id,
        "version": project.version,
        "history": [asdict(entry) for entry in project.history],
        **content,
        "checksum": _checksum(content),
    }


def _from_document(document: dict) -> Project | None:
    try:
        content = {key: document[key] for key in ("title", "content", "data")}
        if document["checksum"] != _checksum(content) or not isinstance(document["content"], dict):
            return None
        history = tuple(Entry(**entry) for entry in document["history"])
        return Project(
            document["project_id"],
            document["title"],
            document["content"],
            document["data"],
            document["version"],
            history,
        )
    except (KeyError, TypeError):
        return None


def _checksum(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> Project | None:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return _from_document(document) if isinstance(document, dict) else None


def _forget_old_versions(folder: Path, project: Project) -> None:
    named = {entry.version for entry in project.history if entry.label}
    plain = [version for version in versions(folder, project.project_id) if version not in named]
    for version in plain[:-KEPT_VERSIONS]:
        _version_path(folder, project.project_id, version).unlink(missing_ok=True)


def _clean(title: str) -> str:
    title = " ".join(title.split())[:LONGEST_TITLE]
    if not title:
        raise ProjectError("Bitte einen Namen für das Projekt eingeben.")
    return title


def _path(folder: Path, project_id: str) -> Path:
    return folder / "projects" / f"{project_id}.json"


def _version_path(folder: Path, project_id: str, version: int) -> Path:
    return folder / "projects" / project_id / f"{version:06d}.json"
