"""Downloading the official files named in `catalogue/downloads.toml`; no request is made unless `fetch` is called.

A file arrives as `<name>.part` and takes its name in one step when it is whole. `<name>.part.json` keeps what is needed
to resume after an interruption (ETag, date, size), `<name>.fetched.json` what was fetched when, with its checksum.
Proxies and certificates come from the environment (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE), as `requests` does it.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import logging
import os
import re
import shutil
import socket
import ssl
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import filelock
import requests
import urllib3

from kowis_data.settings import CATALOGUE

__all__ = ["Download", "FetchError", "Fetched", "downloads", "fetch", "fetch_all", "last_downloads"]

log = logging.getLogger(__name__)

DOWNLOADS_FILE = CATALOGUE / "downloads.toml"
KINDS = ("zip", "xlsx", "csv")
CHUNK = 256 * 1024
CONNECT_SECONDS = 10  # longest wait for a connection; `timeout` then counts from one piece of data to the next
WAITS = (1, 2, 4)  # seconds before the second, third and fourth attempt
LONGEST_WAIT = 30  # a server that asks for more patience (Retry-After) is not asked again
MAX_REDIRECTS = 5
HEADERS = {"User-Agent": "KOWIS-Atlas (python -m kowis_data fetch)", "Accept-Encoding": "identity"}

# Called with source id, bytes there so far, bytes in all (None where the server does not say). An exception raised in
# it ends the download and passes through; what has come so far is kept for the next call.
Progress = Callable[[str, int, int | None], None]

BY_HAND = "Die Datei lässt sich auch im Browser laden ({address}) und mit „python -m kowis_data import“ einlesen."
# reason -> (what is wrong, what the user can do)
PROBLEMS = {
    "unknown": ("Diese Quelle gibt es nicht.", "Eine der bekannten Quellen angeben: {known}."),
    "settings": ("Die Liste der Downloads ist fehlerhaft: {detail}.", "Die Datei {file} berichtigen."),
    "busy": ("Diese Datei wird gerade schon geladen.", "Warten, bis der andere Vorgang fertig ist."),
    "offline": (
        "Der Server {host} ist nicht zu finden; vermutlich besteht keine Internetverbindung.",
        "Die Verbindung prüfen und es noch einmal versuchen. Der Atlas läuft auch ohne: mit den mitgelieferten Daten.",
    ),
    "refused": ("Der Server {host} nimmt keine Verbindung an.", "Später noch einmal versuchen. " + BY_HAND),
    "proxy": (
        "Der Proxy des Netzwerks lässt den Abruf nicht zu oder ist nicht erreichbar.",
        "Die Einstellungen HTTPS_PROXY und NO_PROXY prüfen oder die IT fragen. " + BY_HAND,
    ),
    "tls": (
        "Die gesicherte Verbindung zu {host} kam nicht zustande (Zertifikat oder Verschlüsselung).",
        "Uhrzeit des Rechners prüfen; in Firmennetzen nennt die IT das Zertifikat für REQUESTS_CA_BUNDLE. " + BY_HAND,
    ),
    "timeout": (
        "Der Server {host} antwortet nicht oder zu langsam (Wartezeit {seconds:g} s).",
        "Später noch einmal versuchen; wenn der Server es zulässt, geht es an der erreichten Stelle weiter.",
    ),
    "cut": (
        "Die Verbindung zu {host} brach ab (geladen: {loaded}).",
        "Noch einmal versuchen; wenn der Server es zulässt, geht es an der erreichten Stelle weiter.",
    ),
    "changed": ("Die Datei hat sich beim Herausgeber während des Ladens geändert.", "Noch einmal versuchen."),
    "not_found": (
        "Unter der Adresse {address} gibt es keine Datei mehr (Antwort {status}).",
        "Die neue Adresse beim Herausgeber suchen und in {file} eintragen.",
    ),
    "forbidden": ("Der Server {host} verweigert den Zugriff (Antwort {status}).", BY_HAND),
    "too_many": ("Der Server {host} bittet um eine Pause (Antwort {status}).", "Später noch einmal versuchen."),
    "server": ("Der Server {host} meldet eine Störung (Antwort {status}).", "Später noch einmal versuchen. " + BY_HAND),
    "status": ("Der Server {host} gibt eine unerwartete Antwort ({status}).", BY_HAND),
    "redirect": (
        "Der Server leitet auf eine Adresse weiter, der nicht gefolgt wird: {detail}.",
        "Die Adresse in {file} prüfen.",
    ),
    "address": ("Die Adresse lässt sich nicht abrufen: {address}.", "Die Adresse in {file} prüfen."),
    "html": (
        "Statt der Datei kam eine Webseite.",
        "Im WLAN zuerst anmelden; sonst hat sich die Adresse geändert und ist in {file} zu berichtigen. " + BY_HAND,
    ),
    "wrong_kind": ("Es kam keine Datei der Art „{kind}“.", "Die Adresse in {file} prüfen. " + BY_HAND),
    "damaged": ("Die geladene Datei ist unvollständig oder beschädigt.", "Noch einmal versuchen. " + BY_HAND),
    "disk_full": (
        "Auf dem Datenträger ist zu wenig Platz ({detail}).",
        "Platz schaffen oder einen anderen Ordner wählen: {folder}.",
    ),
    "unwritable": (
        "Im Ordner {folder} lässt sich nicht schreiben ({detail}).",
        "Einen anderen Ordner wählen; ist die Datei in einem Programm geöffnet, sie dort schließen.",
    ),
}
RETRIED = ("timeout", "cut", "changed", "server", "too_many")


class FetchError(Exception):
    """A file that could not be fetched, told in German: what is wrong and what to do.

    `reason` is one of the keys of `PROBLEMS`, `retry_after` the pause in seconds that the server asked for.
    """

    def __init__(self, reason: str, subject: str, *, retry_after: float = 0, **facts: object):
        problem, advice = (text.format(**facts) for text in PROBLEMS[reason])
        self.reason, self.problem, self.advice, self.retry_after = reason, problem, advice, retry_after
        super().__init__(f"{subject}: {problem} Abhilfe: {advice}")


@dataclass(frozen=True)
class Download:
    """An official file that can be fetched; `kind` is one of `KINDS`, `attribution` may hold `{year}` of the fetch."""

    source_id: str
    title: str
    publisher: str
    address: str
    file_name: str
    kind: str
    licence: str
    attribution: str
    remark: str

    def error(self, reason: str, *, retry_after: float = 0, **facts: object) -> FetchError:
        """The error `reason` of this download; `facts` fill the gaps of its text."""
        known = {"address": self.address, "host": urlsplit(self.address).hostname, "kind": self.kind}
        return FetchError(reason, self.title, retry_after=retry_after, **known | {"file": DOWNLOADS_FILE} | facts)


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


def downloads() -> list[Download]:
    """The files that can be fetched, in the order of the settings file.

    Raises
    ------
    FetchError : the settings file is damaged ("settings").
    """
    try:
        entries = tomllib.loads(DOWNLOADS_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _bad_settings(f"nicht lesbar ({error})") from error
    return [_download(source_id, entry) for source_id, entry in entries.items()]


def last_downloads(folder: Path) -> list[Fetched]:
    """What was fetched into `folder`, the latest first; unreadable notes are passed over.

    The notes outlive the files: a file may have been removed or changed since.
    """
    found = [_read_record(path) for path in sorted(Path(folder).glob("*.fetched.json"))]
    return sorted((record for record in found if record), key=lambda record: record.fetched_at, reverse=True)


def fetch_all(
    ids: Iterable[str] | None,
    folder: Path,
    progress: Progress | None = None,
    *,
    timeout: float = 30,
    opener: requests.Session | None = None,
) -> dict[str, Fetched | FetchError]:
    """Fetch several files (all of them where `ids` is None or empty), see `fetch`; one failing does not stop the rest.

    Returns
    -------
    For each id, in order, what was fetched or why it was not.

    Raises
    ------
    FetchError : an id is unknown ("unknown") or the settings are damaged ("settings"); then nothing is fetched.
    """
    wanted = list(dict.fromkeys(ids or [])) or [download.source_id for download in downloads()]
    for source_id in wanted:
        _find(source_id)
    outcome: dict[str, Fetched | FetchError] = {}
    for source_id in wanted:
        try:
            outcome[source_id] = fetch(source_id, folder, progress=progress, timeout=timeout, opener=opener)
        except FetchError as error:
            outcome[source_id] = error
    return outcome


def fetch(
    source_id: str,
    folder: Path,
    *,
    progress: Progress | None = None,
    timeout: float = 30,
    opener: requests.Session | None = None,
) -> Fetched:
    """Fetch one file into `folder`, resuming an interrupted download; nothing is loaded if it is still the newest.

    Parameters
    ----------
    source_id : a source of the settings file, see `downloads`.
    folder : where the file goes; made if missing. A file already there stays as it is until the new one is whole.
    progress : see `Progress`.
    timeout : longest silence of the server in seconds.
    opener : session to be used for the requests; a new one where None.

    Raises
    ------
    FetchError : every failure of network, server, content or disk, after at most `len(WAITS)` further attempts.
    """
    download = _find(source_id)
    target = Path(folder) / download.file_name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            filelock.FileLock(_beside(target, ".lock"), timeout=0),
            nullcontext(opener) if opener else requests.Session() as session,
        ):
            present = _intact(download, target)
            waits = list(WAITS)
            while True:
                try:
                    return _attempt(download, target, present, session, timeout, progress)
                except FetchError as error:
                    if not waits or error.reason not in RETRIED or error.retry_after > LONGEST_WAIT:
                        raise
                    wait = max(waits.pop(0), error.retry_after)
                    left = f"noch {len(waits)} danach" if waits else "der letzte"
                    log.warning("%s: %s Neuer Versuch in %g s (%s).", download.title, error.problem, wait, left)
                    time.sleep(wait)
    except filelock.Timeout as error:
        raise download.error("busy") from error
    except OSError as error:
        raise _disk_error(download, target, error) from error


class _Part:
    """The beginning of a file that is being fetched, and what is needed to go on with it."""

    def __init__(self, target: Path):
        self.path, self.notes = _beside(target, ".part"), _beside(target, ".part.json")

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, download: Download, response: requests.Response, total: int | None) -> None:
        """Start afresh. The old notes go first: at no moment may they stand beside bytes of another version."""
        self.discard()
        self.path.touch()
        etag, last_modified = _marks(response)
        # If-Range needs a strong mark; a weak ETag ("W/…") does not promise equal bytes.
        validator = etag if etag and not etag.startswith("W/") else last_modified
        if validator and not response.headers.get("Content-Encoding"):
            notes = {"address": download.address, "validator": validator, "total": total}
            _write_json(self.notes, notes | {"etag": etag, "last_modified": last_modified})

    def resume(self, download: Download) -> tuple[int, dict[str, object]]:
        """Where to go on, and the notes; 0 where the file has to be loaded from its beginning."""
        notes = _read_json(self.notes)
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


def _attempt(
    download: Download,
    target: Path,
    present: Fetched | None,
    session: requests.Session,
    timeout: float,
    progress: Progress | None,
) -> Fetched:
    part = _Part(target)
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
        with _open(download, session, headers, timeout) as response:
            if response.status_code == 304 and present:
                part.discard()
                return _record(target, replace(present, checked_at=datetime.now(UTC), resumed=False, unchanged=True))
            _check_status(download, response, offset, part)
            resumed = response.status_code == 206
            if resumed and not _goes_on(response, offset, notes):
                part.discard()
                raise download.error("changed")
            offset = offset if resumed else 0
            total = _total(response, notes if resumed else {})
            pieces = response.iter_content(CHUNK)
            first = next(pieces, b"")
            if not resumed:
                # Looked at before the old part goes: a log-in page of some network must not cost what is there.
                _check_head(download, first)
                part.begin(download, response, total)
            _receive(download, part, itertools.chain([first], pieces), offset, total, progress)
            etag, last_modified = _marks(response)
    except requests.RequestException as error:
        raise _network_error(download, error, timeout, part.size, total) from error
    if total is not None and part.size != total:
        raise download.error("cut" if part.size < total else "changed", loaded=_loaded(part.size, total))
    if not _is_whole(download, part.path):
        part.discard()
        # A resumed file may be pieced together wrongly by the server; a second try from the beginning tells.
        raise download.error("changed" if resumed else "damaged")
    return _finish(download, target, part, present, resumed, etag, last_modified)


def _finish(
    download: Download,
    target: Path,
    part: _Part,
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
    return _record(target, fetched)


def _open(download: Download, session: requests.Session, headers: dict[str, str], timeout: float) -> requests.Response:
    """The server's answer after redirects, which lead only to http(s) and never from https back to http."""
    address = download.address
    patience = (min(timeout, CONNECT_SECONDS), timeout)
    for _ in range(MAX_REDIRECTS + 1):
        try:
            response = session.get(address, headers=headers, stream=True, timeout=patience, allow_redirects=False)
            if not response.is_redirect:
                return response
            response.close()
            following = urljoin(address, response.headers["Location"])
            before, after = urlsplit(address).scheme, urlsplit(following).scheme
        except requests.RequestException:
            raise
        except ValueError as error:  # an address to follow that is none; already `get` takes it apart
            raise download.error("redirect", detail="das Ziel ist keine Adresse") from error
        if after not in ("http", "https") or (before == "https" and after == "http"):
            raise download.error("redirect", detail=following)
        address = following
    raise download.error("redirect", detail=f"mehr als {MAX_REDIRECTS} Weiterleitungen, zuletzt {address}")


def _check_status(download: Download, response: requests.Response, offset: int, part: _Part) -> None:
    status = response.status_code
    if status == 200 or (status == 206 and offset):
        return
    if status == 416 and offset:
        part.discard()
        raise download.error("changed")
    reasons = {401: "forbidden", 403: "forbidden", 404: "not_found", 410: "not_found", 407: "proxy", 429: "too_many"}
    reason = reasons.get(status, "server" if status >= 500 else "status")
    pause = response.headers.get("Retry-After", "")
    raise download.error(reason, status=status, retry_after=float(pause) if re.fullmatch(r"[0-9]+", pause) else 0)


def _goes_on(response: requests.Response, offset: int, notes: dict[str, object]) -> bool:
    """Whether the answer 206 is the rest of the version begun; some servers ignore If-Range."""
    found = re.fullmatch(r"bytes ([0-9]+)-[0-9]+/([0-9]+|\*)", response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != offset or response.headers.get("Content-Encoding"):
        return False
    if found[2] != "*" and notes.get("total") not in (None, int(found[2])):
        return False
    begun = (notes.get("etag"), notes.get("last_modified"))
    return all(old == new for old, new in zip(begun, _marks(response), strict=True) if old and new)


def _total(response: requests.Response, notes: dict[str, object]) -> int | None:
    """Size of the whole file in bytes, None where unknown."""
    if notes:
        size = response.headers["Content-Range"].rpartition("/")[2]
        return int(size) if size != "*" else notes.get("total")
    length = response.headers.get("Content-Length", "")
    # With a Content-Encoding the length is that of the packed bytes; urllib3 checks it then.
    packed = response.headers.get("Content-Encoding")
    return int(length) if re.fullmatch(r"[0-9]+", length) and not packed else None


def _marks(response: requests.Response) -> tuple[str | None, str | None]:
    return response.headers.get("ETag"), response.headers.get("Last-Modified")


def _receive(
    download: Download,
    part: _Part,
    pieces: Iterable[bytes],
    offset: int,
    total: int | None,
    progress: Progress | None,
) -> None:
    free = shutil.disk_usage(part.path.parent).free
    if total is not None and total - offset > free:
        detail = f"nötig {_amount(total - offset)}, frei {_amount(free)}"
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


def _check_head(download: Download, head: bytes) -> None:
    """Raise FetchError where the first bytes cannot begin a file of the expected kind."""
    text = head[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<") and (b"<html" in text or b"<!doctype html" in text or b"<head" in text):
        raise download.error("html")
    magic = b"PK\x03\x04"
    if not head or (download.kind in ("zip", "xlsx") and head[:4] != magic[: len(head)]):
        raise download.error("wrong_kind")


def _is_whole(download: Download, path: Path) -> bool:
    """Whether the file has an end as well as a beginning: the table of contents of a zip stands last."""
    if download.kind == "csv":
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    return "xl/workbook.xml" in names if download.kind == "xlsx" else bool(names)


def _network_error(
    download: Download, error: requests.RequestException, timeout: float, received: int, total: int | None
) -> FetchError:
    """The German error for what `requests` raised; the kind of trouble often hides in the causes below it."""
    causes = list(_causes(error))

    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    codes = {cause.errno for cause in causes if isinstance(cause, OSError)}
    facts = {"loaded": _loaded(received, total), "seconds": timeout}
    if any_is(requests.exceptions.ProxyError):
        reason = "proxy"
    elif any_is(socket.gaierror) or codes & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}:
        reason = "offline"
    elif any_is(requests.Timeout, urllib3.exceptions.ReadTimeoutError):
        reason = "timeout"
    elif any_is(ConnectionRefusedError):
        reason = "refused"
    elif any_is(requests.exceptions.SSLError) and not any_is(ssl.SSLEOFError, ConnectionResetError):
        reason = "tls"
    elif any_is(requests.exceptions.SSLError, requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        reason = "cut"
    elif any_is(requests.exceptions.ContentDecodingError):
        reason = "damaged"
    else:
        reason = "address"
    return download.error(reason, **facts)


def _causes(error: object) -> Iterator[BaseException]:
    """The exception and all that it wraps, wherever `requests` and `urllib3` put it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _disk_error(download: Download, target: Path, error: OSError) -> FetchError:
    full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
    reason = "disk_full" if full else "unwritable"
    return download.error(reason, folder=target.parent, detail=error.strerror or str(error))


def _intact(download: Download, target: Path) -> Fetched | None:
    """The note on the file at `target`, if it is from the same address and still what was fetched then."""
    record = _read_record(_beside(target, ".fetched.json"))
    if not record or record.address != download.address or not target.is_file():
        return None
    if target.stat().st_size != record.bytes:
        return None
    with target.open("rb") as file:
        return record if hashlib.file_digest(file, "sha256").hexdigest() == record.sha256 else None


def _record(target: Path, fetched: Fetched) -> Fetched:
    """Write the note on `fetched` beside its file; the path stays out of it, the folder may be moved."""
    entry = asdict(fetched) | {"path": target.name}
    entry |= {name: getattr(fetched, name).isoformat() for name in ("fetched_at", "checked_at")}
    _write_json(_beside(target, ".fetched.json"), entry)
    return fetched


def _read_record(notes: Path) -> Fetched | None:
    entry = _read_json(notes)
    try:
        times = {name: datetime.fromisoformat(entry[name]).astimezone(UTC) for name in ("fetched_at", "checked_at")}
        path = notes.with_name(notes.name.removesuffix(".fetched.json"))
        return Fetched(**{field.name: entry[field.name] for field in fields(Fetched)} | times | {"path": path})
    except (KeyError, TypeError, ValueError):
        return None


def _read_json(path: Path) -> dict[str, object]:
    """Content of a note, empty where it is missing or damaged."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_json(path: Path, content: dict[str, object]) -> None:
    new = _beside(path, ".new")
    new.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(new, path)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _amount(count: int) -> str:
    return f"{count / 1e6:.1f} MB".replace(".", ",")


def _loaded(received: int, total: int | None) -> str:
    return _amount(received) if total is None else f"{_amount(received)} von {_amount(total)}"


def _find(source_id: str) -> Download:
    known = {download.source_id: download for download in downloads()}
    if source_id not in known:
        raise FetchError("unknown", source_id, known=", ".join(known))
    return known[source_id]


def _download(source_id: str, entry: object) -> Download:
    """One entry of the settings file, checked: people change it by hand when an address has moved."""
    names = [field.name for field in fields(Download)][1:]
    if not isinstance(entry, dict) or set(entry) != set(names):
        raise _bad_settings(f"[{source_id}] braucht genau die Angaben {', '.join(names)}")
    if wrong := [name for name in names if not isinstance(entry[name], str) or not entry[name].strip()]:
        raise _bad_settings(f"[{source_id}] {wrong[0]} ist kein Text oder leer")
    if not re.match(r"https?://[^/\s]+/\S*$", entry["address"]):
        raise _bad_settings(f"[{source_id}] address ist keine Adresse mit http:// oder https://")
    if not re.fullmatch(r"\w[\w.-]*", entry["file_name"]):
        raise _bad_settings(f"[{source_id}] file_name ist kein einfacher Dateiname")
    if entry["kind"] not in KINDS:
        raise _bad_settings(f"[{source_id}] kind ist keines von {', '.join(KINDS)}")
    if set(re.findall(r"[{}]", entry["attribution"].replace("{year}", ""))):
        raise _bad_settings(f"[{source_id}] attribution kennt nur den Platzhalter {{year}}")
    return Download(source_id=source_id, **entry)


def _bad_settings(detail: str) -> FetchError:
    return FetchError("settings", "Downloads", detail=detail, file=DOWNLOADS_FILE)
