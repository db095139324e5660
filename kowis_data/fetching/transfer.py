"""One attempt to fetch a file: begun or resumed, received in pieces, checked, and put in its place in one step."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import requests

from kowis_data.fetching.answers import (
    HEADERS,
    check_head,
    check_status,
    goes_on,
    is_whole,
    marks,
    open_address,
    total_size,
)
from kowis_data.fetching.errors import amount, loaded, network_error
from kowis_data.fetching.records import Fetched, beside, read_json, record_download, write_json
from kowis_data.fetching.settings import Download

CHUNK = 256 * 1024

# Called with source id, bytes there so far, bytes in all (None where the server does not say). An exception raised in
# it ends the download and passes through; what has come so far is kept for the next call.
Progress = Callable[[str, int, int | None], None]


class Part:
    """The beginning of a file that is being fetched, and what is needed to go on with it."""

    def __init__(self, target: Path):
        self.path, self.notes = beside(target, ".part"), beside(target, ".part.json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, download: Download, response: requests.Response, total: int | None) -> None:
        """Start afresh. The old notes go first: at no moment may they stand beside bytes of another version."""
        self.discard()
        self.path.touch()
        etag, last_modified = marks(response)
        # If-Range needs a strong mark; a weak ETag ("W/…") does not promise equal bytes.
        validator = etag if etag and not etag.startswith("W/") else last_modified
        if validator and not response.headers.get("Content-Encoding"):
            notes = {"address": download.address, "validator": validator, "total": total}
            write_json(self.notes, notes | {"etag": etag, "last_modified": last_modified})

    def resume(self, download: Download) -> tuple[int, dict[str, object]]:
        """Where to go on, and the notes; 0 where the file has to be loaded from its beginning."""
        notes = read_json(self.notes)
        total, size = notes.get("total"), self.size
        if notes.get("address") != download.address or not isinstance(notes.get("validator"), str):
            return 0, {}
        if not isinstance(total, int):
            return size, notes
        # Where everything is there but the rename, the last byte is asked for again: a range must not be empty.
        return (max(min(size, total - 1), 0), notes) if size <= total else (0, {})

    def discard(self) -> None:
        self.notes.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def attempt(
    download: Download,
    target: Path,
    present: Fetched | None,
    session: requests.Session,
    timeout: float,
    progress: Progress | None,
) -> Fetched:
    part = Part(target)
    offset, notes = part.resume(download)
    headers = dict(HEADERS)
    if offset:
        headers |= {"Range": f"bytes={offset}-", "If-Range": str(notes["validator"])}
    if present and present.etag:
        headers["If-None-Match"] = present.etag
    if present and present.last_modified:
        headers["If-Modified-Since"] = present.last_modified
    total = None
    try:
        with open_address(download, session, headers, timeout) as response:
            if response.status_code == 304 and present:
                part.discard()
                return record_download(
                    target, replace(present, checked_at=datetime.now(UTC), resumed=False, unchanged=True)
                )
            check_status(download, response, offset, part)
            resumed = response.status_code == 206
            if resumed and not goes_on(response, offset, notes):
                part.discard()
                raise download.error("changed")
            offset = offset if resumed else 0
            total = total_size(response, notes if resumed else {})
            pieces = response.iter_content(CHUNK)
            first = next(pieces, b"")
            if not resumed:
                # Looked at before the old part goes: a log-in page of some network must not cost what is there.
                check_head(download, first)
                part.begin(download, response, total)
            _receive(download, part, itertools.chain([first], pieces), offset, total, progress)
            etag, last_modified = marks(response)
    except requests.RequestException as error:
        raise network_error(download, error, timeout, part.size, total) from error
    if total is not None and part.size != total:
        raise download.error("cut" if part.size < total else "changed", loaded=loaded(part.size, total))
    if not is_whole(download, part.path):
        part.discard()
        # A resumed file may be pieced together wrongly by the server; a second try from the beginning tells.
        raise download.error("changed" if resumed else "damaged")
    return _finish(download, target, part, present, resumed, etag, last_modified)


def _finish(
    download: Download,
    target: Path,
    part: Part,
    present: Fetched | None,
    resumed: bool,
    etag: str | None,
    last_modified: str | None,
) -> Fetched:
    with part.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    now = datetime.now(UTC)
    fetched = Fetched(
        source_id=download.source_id,
        path=target,
        bytes=part.size,
        sha256=sha256,
        address=download.address,
        fetched_at=now,
        checked_at=now,
        resumed=resumed,
        unchanged=False,
        attribution=download.attribution.format(year=now.year),
        etag=etag,
        last_modified=last_modified,
    )
    if present and present.sha256 == sha256:
        same = {"fetched_at": present.fetched_at, "attribution": present.attribution, "unchanged": True}
        fetched = replace(fetched, **same)
    else:
        os.replace(part.path, target)
    part.discard()
    return record_download(target, fetched)


def _receive(
    download: Download,
    part: Part,
    pieces: Iterable[bytes],
    offset: int,
    total: int | None,
    progress: Progress | None,
) -> None:
    free = shutil.disk_usage(part.path.parent).free
    if total is not None and total - offset > free:
        detail = f"nötig {amount(total - offset)}, frei {amount(free)}"
        raise download.error("disk_full", detail=detail, folder=part.path.parent)
    with part.path.open("r+b") as file:
        file.seek(offset)
        for piece in pieces:
            file.write(piece)
            offset += len(piece)
            if progress:
                progress(download.source_id, offset, total)
        file.flush()
        os.fsync(file.fileno())
