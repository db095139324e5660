"""Notes beside fetched files: what came when from where, with its checksum."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from kowis_data.fetching.settings import Download


@dataclass(frozen=True)
class Fetched:
    """A file that was fetched.

    Attributes
    ----------
    path, bytes, sha256 : the file, its size and its checksum.
    address : where it came from.
    fetched_at, checked_at : when these bytes came, and when the server last said that they are still the newest (UTC).
    resumed : put together from an earlier, interrupted download and its rest.
    unchanged : the server had nothing newer than what was there already (answer 304 or the same checksum).
    attribution : how to name the source, with the year of the fetch.
    etag, last_modified : the server's marks of this version, None where it gives none.
    """

    source_id: str
    path: Path
    bytes: int
    sha256: str
    address: str
    fetched_at: datetime
    checked_at: datetime
    resumed: bool
    unchanged: bool
    attribution: str
    etag: str | None
    last_modified: str | None


def last_downloads(folder: Path) -> list[Fetched]:
    """What was fetched into `folder`, the latest first; unreadable notes are passed over.

    The notes outlive the files: a file may have been removed or changed since.
    """
    found = [_read_record(path) for path in sorted(Path(folder).glob("*.fetched.json"))]
    return sorted((record for record in found if record), key=lambda record: record.fetched_at, reverse=True)


def intact(download: Download, target: Path) -> Fetched | None:
    """The note on the file at `target`, if it is from the same address and still what was fetched then."""
    record = _read_record(beside(target, ".fetched.json"))
    if not record or record.address != download.address or not target.is_file():
        return None
    if target.stat().st_size != record.bytes:
        return None
    with target.open("rb") as file:
        return record if hashlib.file_digest(file, "sha256").hexdigest() == record.sha256 else None


def record_download(target: Path, fetched: Fetched) -> Fetched:
    """Write the note on `fetched` beside its file; the path stays out of it, the folder may be moved."""
    entry = asdict(fetched) | {"path": target.name}
    entry |= {name: getattr(fetched, name).isoformat() for name in ("fetched_at", "checked_at")}
    write_json(beside(target, ".fetched.json"), entry)
    return fetched


def _read_record(notes: Path) -> Fetched | None:
    entry = read_json(notes)
    try:
        times = {name: datetime.fromisoformat(entry[name]).astimezone(UTC) for name in ("fetched_at", "checked_at")}
        path = notes.with_name(notes.name.removesuffix(".fetched.json"))
        return Fetched(**{field.name: entry[field.name] for field in fields(Fetched)} | times | {"path": path})
    except (KeyError, TypeError, ValueError):
        return None


def read_json(path: Path) -> dict[str, object]:
    """Content of a note, empty where it is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: dict[str, object]) -> None:
    new = beside(path, ".new")
    new.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(new, path)


def beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
