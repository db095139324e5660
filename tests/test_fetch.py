"""Fetching against a server of our own on 127.0.0.1; names of other machines do not resolve here."""

import errno
import gzip
import hashlib
import io
import json
import os
import random
import socket
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import filelock
import pytest
import requests

from kowis_data import fetch as fetching
from kowis_data.fetch import FetchError, downloads, fetch, fetch_all, last_downloads
from kowis_data.fetching import answers, settings, transfer

MODIFIED = "Mon, 01 Jan 2024 10:00:00 GMT"
HTML = b"\xef\xbb\xbf\n<!DOCTYPE html><html><head><title>Anmeldung</title></head><body>WLAN</body></html>"


def zipped(seed: int, size: int = 1_500_000, member: str = "inkar.csv") -> bytes:
    """A zip larger than several pieces of a download."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(member, random.Random(seed).randbytes(size))
    return target.getvalue()


OLD, NEW = zipped(1), zipped(2)
WORKBOOK = zipped(3, size=2000, member="xl/workbook.xml")


@dataclass
class Answer:
    """What the server does on one request; the defaults are a well-behaved server with one file."""

    body: bytes = OLD
    etag: str | None = '"one"'
    modified: str | None = None
    status: int | None = None  # this answer whatever was asked
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None  # send only so many bytes of the body, then hang up
    stall_after: int | None = None  # send so many bytes, then fall silent
    ignores_range: bool = False
    ignores_if_range: bool = False
    says_length: bool = True
    chunked: bool = False
    silent: bool = False  # hang up without any answer


class Server(ThreadingHTTPServer):
    """Answers the requests in the order of `answers`, the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = [Answer()]
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.wake = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def asked(self, header: str) -> list[str | None]:
        return [headers.get(header) for _, headers in self.requests]

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up (or speaks TLS to us) is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        answer = server.answers[min(len(server.requests), len(server.answers) - 1)]
        server.requests.append((self.path, dict(self.headers)))
        self.close_connection = True
        if answer.silent:
            return
        status, headers, body = self.decide(answer)
        self.send_response(status)
        if answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif answer.says_length:
            headers.setdefault("Content-Length", str(len(body)))
        for name, value in (headers | answer.headers).items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        sent = body[: answer.cut_after if answer.stall_after is None else answer.stall_after]
        if answer.chunked:
            for start in range(0, len(sent), 50_000):
                piece = sent[start : start + 50_000]
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if answer.cut_after is None:
                self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(sent)
        if answer.stall_after is not None:
            server.wake.wait(20)

    def decide(self, answer: Answer) -> tuple[int, dict[str, str], bytes]:
        marks = {"ETag": answer.etag, "Last-Modified": answer.modified}
        headers = {name: value for name, value in marks.items() if value}
        asked = self.headers
        if answer.status:
            return answer.status, headers, answer.body
        if "If-None-Match" in asked:
            unchanged = asked["If-None-Match"] == answer.etag
        else:
            unchanged = "If-Modified-Since" in asked and asked["If-Modified-Since"] == answer.modified
        if unchanged:
            return 304, headers | {"Content-Length": "0"}, b""
        matches = answer.ignores_if_range or asked.get("If-Range") in headers.values()
        if "Range" not in asked or answer.ignores_range or not matches:
            return 200, headers, answer.body
        start = int(asked["Range"].removeprefix("bytes=").removesuffix("-"))
        total = len(answer.body)
        if start >= total:
            return 416, {"Content-Range": f"bytes */{total}"}, b""
        headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        return 206, headers, answer.body[start:]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.wake.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_other_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the person who runs the tests, and no name but ours resolves: as on a machine without network."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    resolve = socket.getaddrinfo

    def only_here(host: str, *arguments: object, **more: object):
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, noted instead of waited."""
    taken: list[float] = []
    monkeypatch.setattr(fetching, "time", SimpleNamespace(sleep=taken.append))
    return taken


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Writes a settings file of its own; called with addresses by source id, all of kind zip unless said otherwise."""

    def write(kind: str = "zip", **addresses: str) -> None:
        text = ""
        for source_id, address in addresses.items():
            text += (
                f'[{source_id}]\ntitle = "Titel {source_id}"\npublisher = "Amt"\naddress = "{address}"\n'
                f'file_name = "{source_id}.{kind}"\nkind = "{kind}"\nlicence = "dl-de/by-2-0"\n'
                'attribution = "© Amt, {year}"\nremark = "klein"\n'
            )
        path = tmp_path / "downloads.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(settings, "DOWNLOADS_FILE", path)

    return write


@pytest.fixture
def folder(server: Server, catalogue: Callable[..., None], tmp_path: Path) -> Path:
    """The folder fetched into; the source `inkar` lies on the local server."""
    catalogue(inkar=server.address + "/inkar.zip?__blob=publicationFile")
    return tmp_path / "new" / "downloads"


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"inkar.zip.lock"}


def refused(folder: Path, source_id: str = "inkar", **options: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(source_id, folder, **options)
    text = str(caught.value)
    assert "Abhilfe: " in text
    assert "{" not in text
    assert "None" not in text
    return caught.value


def interrupted(server: Server, folder: Path, answer: Answer, after: int) -> int:
    """Fetch `answer`, broken off in `progress` after so many bytes; returns how many are there."""

    class Stop(Exception):
        pass

    def stop(source_id: str, received: int, total: int | None) -> None:
        if received >= after:
            raise Stop

    server.answers = [answer]
    with pytest.raises(Stop):
        fetch("inkar", folder, progress=stop)
    server.requests.clear()
    return (folder / "inkar.zip.part").stat().st_size


# --- the whole file ---------------------------------------------------------------------------------------------------


def test_file_record_and_progress(server: Server, folder: Path):
    seen = []
    before = datetime.now(UTC)
    fetched = fetch("inkar", folder, progress=lambda *news: seen.append(news))
    assert fetched.path == folder / "inkar.zip"
    assert fetched.path.read_bytes() == OLD
    assert (fetched.bytes, fetched.sha256) == (len(OLD), hashlib.sha256(OLD).hexdigest())
    assert fetched.address == server.address + "/inkar.zip?__blob=publicationFile"
    assert before <= fetched.fetched_at == fetched.checked_at <= datetime.now(UTC)
    assert (fetched.resumed, fetched.unchanged, fetched.etag) == (False, False, '"one"')
    assert fetched.attribution == f"© Amt, {fetched.fetched_at.year}"
    assert leftovers(folder) == {"inkar.zip", "inkar.zip.fetched.json"}
    assert server.requests[0][0] == "/inkar.zip?__blob=publicationFile"
    assert server.asked("Accept-Encoding") == ["identity"]
    assert "KOWIS-Atlas" in server.asked("User-Agent")[0]
    assert seen[-1] == ("inkar", len(OLD), len(OLD))
    assert [received for _, received, _ in seen] == sorted({received for _, received, _ in seen})
    assert len(seen) == -(-len(OLD) // transfer.CHUNK)
    assert last_downloads(folder) == [fetched]


@pytest.mark.parametrize("answer", [Answer(says_length=False), Answer(chunked=True)], ids=["no length", "chunked"])
def test_size_unknown(server: Server, folder: Path, answer: Answer):
    server.answers = [answer]
    seen = []
    assert fetch("inkar", folder, progress=lambda *news: seen.append(news)).path.read_bytes() == OLD
    assert seen[-1] == ("inkar", len(OLD), None)


def test_unasked_gzip_is_unpacked(server: Server, folder: Path):
    server.answers = [Answer(body=gzip.compress(OLD, 1), headers={"Content-Encoding": "gzip"})]
    assert fetch("inkar", folder).path.read_bytes() == OLD


def test_damaged_gzip(server: Server, folder: Path):
    server.answers = [Answer(body=b"\x1f\x8b" + OLD, headers={"Content-Encoding": "gzip"})]
    assert refused(folder).reason == "damaged"


def test_workbook_and_csv(server: Server, folder: Path, catalogue: Callable[..., None]):
    catalogue(kind="xlsx", register=server.address + "/a")
    server.answers = [Answer(body=WORKBOOK)]
    assert fetch("register", folder).path.name == "register.xlsx"
    catalogue(kind="csv", table=server.address + "/b")
    server.answers = [Answer(body=b"AGS;Wert\r\n01001000;<5\r\n")]
    assert fetch("table", folder).bytes == 23


def test_redirects_are_followed(server: Server, folder: Path):
    server.answers = [
        Answer(status=302, body=b"", headers={"Location": "/b"}),
        Answer(status=308, body=b"", headers={"Location": server.address + "/c.zip"}),
        Answer(),
    ]
    fetched = fetch("inkar", folder)
    assert [path for path, _ in server.requests][1:] == ["/b", "/c.zip"]
    assert fetched.path.read_bytes() == OLD
    assert fetched.address.endswith("/inkar.zip?__blob=publicationFile")


def test_scheme_in_capitals(server: Server, folder: Path):
    location = server.address.replace("http:", "HTTP:") + "/b.zip"
    server.answers = [Answer(status=302, body=b"", headers={"Location": location}), Answer()]
    assert fetch("inkar", folder).path.read_bytes() == OLD


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("ftp://127.0.0.1/a.zip", "ftp://127.0.0.1/a.zip"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("http://[broken/", "das Ziel ist keine Adresse"),
    ],
)
def test_redirects_lead_only_to_http(server: Server, folder: Path, location: str, named: str):
    server.answers = [Answer(status=302, body=b"", headers={"Location": location})]
    error = refused(folder)
    assert error.reason == "redirect"
    assert named in error.problem
    assert len(server.requests) == 1


def test_endless_redirects(server: Server, folder: Path):
    server.answers = [Answer(status=301, body=b"", headers={"Location": "/again"})]
    assert refused(folder).reason == "redirect"
    assert len(server.requests) == answers.MAX_REDIRECTS + 1


class Scripted(requests.adapters.BaseAdapter):
    """Stands for a server that cannot be had on this machine: an answer or an error made by hand."""

    def __init__(self, result: Exception | dict[str, str]):
        super().__init__()
        self.result = result

    def send(self, request, **options):
        if isinstance(self.result, Exception):
            raise self.result
        response = requests.Response()
        response.status_code, response.request, response.url = 302, request, request.url
        response.headers.update(self.result)
        response.raw = io.BytesIO()
        return response

    def close(self) -> None:
        pass


def scripted(result: Exception | dict[str, str]) -> requests.Session:
    session = requests.Session()
    session.mount("https://amt.example/", Scripted(result))
    return session


def test_no_way_back_from_https(server: Server, folder: Path, catalogue: Callable[..., None]):
    catalogue(inkar="https://amt.example/inkar.zip")
    for start in ("http:", "HTTP:"):
        location = server.address.replace("http:", start) + "/inkar.zip"
        assert refused(folder, opener=scripted({"Location": location})).reason == "redirect"
    assert server.requests == []


def test_proxy_of_the_environment(server: Server, folder: Path, catalogue: Callable[..., None], monkeypatch):
    catalogue(inkar="http://amt.example/inkar.zip")
    monkeypatch.setenv("HTTP_PROXY", server.address)
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.requests[0][0] == "http://amt.example/inkar.zip"


# --- resuming ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "validator"),
    [
        ({"etag": '"one"', "modified": MODIFIED}, '"one"'),
        ({"etag": None, "modified": MODIFIED}, MODIFIED),
        ({"etag": 'W/"one"', "modified": MODIFIED}, MODIFIED),
    ],
    ids=["etag", "date", "weak etag and date"],
)
def test_cut_download_goes_on_by_itself(server: Server, folder: Path, pauses, marks, validator: str, caplog):
    server.answers = [Answer(cut_after=900_000, **marks), Answer(**marks)]
    seen = []
    fetched = fetch("inkar", folder, progress=lambda *news: seen.append(news))
    assert fetched.path.read_bytes() == OLD
    assert fetched.sha256 == hashlib.sha256(OLD).hexdigest()
    assert fetched.resumed
    start = int(server.asked("Range")[1].removeprefix("bytes=").removesuffix("-"))
    assert 900_000 - transfer.CHUNK <= start <= 900_000
    assert server.asked("If-Range") == [None, validator]
    assert pauses == [1]
    assert "Neuer Versuch in 1 s (noch 2 danach)" in caplog.text
    received = [count for _, count, _ in seen]
    assert received == sorted(received)
    assert seen[-1] == ("inkar", len(OLD), len(OLD))


def test_interrupted_download_goes_on_in_the_next_call(server: Server, folder: Path):
    there = interrupted(server, folder, Answer(), after=600_000)
    assert there == 3 * transfer.CHUNK
    assert leftovers(folder) == {"inkar.zip.part", "inkar.zip.part.json"}
    fetched = fetch("inkar", folder)
    assert fetched.resumed
    assert fetched.path.read_bytes() == OLD
    assert server.asked("Range") == [f"bytes={there}-"]
    assert leftovers(folder) == {"inkar.zip", "inkar.zip.fetched.json"}


def test_everything_there_but_the_rename(server: Server, folder: Path):
    there = interrupted(server, folder, Answer(), after=len(OLD))
    assert there == len(OLD)
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.asked("Range") == [f"bytes={len(OLD) - 1}-"]


def test_size_unknown_and_everything_there(server: Server, folder: Path):
    assert interrupted(server, folder, Answer(chunked=True), after=len(OLD)) == len(OLD)
    server.answers = [Answer()]  # answers 416: nothing follows the last byte
    fetched = fetch("inkar", folder)
    assert fetched.path.read_bytes() == OLD
    assert server.asked("Range") == [f"bytes={len(OLD)}-", None]
    assert not fetched.resumed


@pytest.mark.parametrize("marks", [{"etag": None}, {"etag": 'W/"one"'}], ids=["no mark", "weak etag"])
def test_without_a_strong_mark_it_starts_afresh(server: Server, folder: Path, marks):
    interrupted(server, folder, Answer(**marks), after=600_000)
    fetched = fetch("inkar", folder)
    assert server.asked("Range") == [None]
    assert not fetched.resumed
    assert fetched.path.read_bytes() == OLD


@pytest.mark.parametrize(
    "second",
    [Answer(ignores_range=True), Answer(body=NEW, etag='"two"')],
    ids=["range ignored", "file changed"],
)
def test_full_download_instead_of_the_rest(server: Server, folder: Path, second: Answer):
    interrupted(server, folder, Answer(), after=600_000)
    server.answers = [second]
    fetched = fetch("inkar", folder)
    assert fetched.path.read_bytes() == second.body
    assert not fetched.resumed
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "second",
    [
        Answer(body=NEW, etag='"two"', ignores_if_range=True),
        Answer(body=NEW, etag=None, modified=None, ignores_if_range=True, headers={"Content-Range": "bytes 0-9/10"}),
        Answer(body=zipped(4, size=1_700_000), etag=None, ignores_if_range=True),
        Answer(ignores_if_range=True, headers={"Content-Range": "items 5"}),
        Answer(ignores_if_range=True, headers={"Content-Encoding": "gzip"}),
        Answer(body=zipped(5, size=2000)),
    ],
    ids=["other etag", "other place", "other size", "no place", "packed rest", "file shorter: 416"],
)
def test_rest_of_another_file_is_not_joined(server: Server, folder: Path, pauses, second: Answer):
    interrupted(server, folder, Answer(), after=600_000)
    server.answers = [second, Answer(body=NEW, etag='"two"')]
    fetched = fetch("inkar", folder)
    assert fetched.path.read_bytes() == NEW
    assert not fetched.resumed
    assert server.asked("Range")[1] is None
    assert pauses == [1]


def test_wrongly_joined_file_is_loaded_afresh(server: Server, folder: Path):
    """A server without marks in its answer 206 joins two versions of equal size: the zip tells."""
    interrupted(server, folder, Answer(), after=600_000)
    server.answers = [Answer(body=OLD[:-100] + b"x" * 100, etag=None, ignores_if_range=True), Answer()]
    fetched = fetch("inkar", folder)
    assert fetched.path.read_bytes() == OLD
    assert not fetched.resumed


def test_rest_longer_than_announced(server: Server, folder: Path, caplog):
    interrupted(server, folder, Answer(), after=600_000)
    start = 3 * transfer.CHUNK
    place = {"Content-Range": f"bytes {start}-{len(OLD) - 1}/{len(OLD)}"}
    server.answers = [Answer(status=206, body=OLD[start:] + b"more", headers=place), Answer()]
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.asked("Range") == [f"bytes={start}-", None]
    assert "hat sich beim Herausgeber" in caplog.text


def test_rest_in_slices(server: Server, folder: Path):
    """Some servers answer a range with less than was asked for."""
    interrupted(server, folder, Answer(), after=600_000)
    start, middle = 3 * transfer.CHUNK, 1_000_000
    place = {"Content-Range": f"bytes {start}-{middle - 1}/{len(OLD)}"}
    server.answers = [Answer(status=206, body=OLD[start:middle], headers=place), Answer()]
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.asked("Range") == [f"bytes={start}-", f"bytes={middle}-"]


def test_size_left_open_in_the_rest(server: Server, folder: Path):
    interrupted(server, folder, Answer(), after=600_000)
    start = 3 * transfer.CHUNK
    server.answers = [Answer(headers={"Content-Range": f"bytes {start}-{len(OLD) - 1}/*"})]
    fetched = fetch("inkar", folder)
    assert fetched.resumed
    assert fetched.path.read_bytes() == OLD


@pytest.mark.parametrize("notes", ["", "[]", "{", '{"address": "http://anderswo/"}', None])
def test_damaged_notes_are_not_trusted(server: Server, folder: Path, notes: str | None):
    interrupted(server, folder, Answer(), after=600_000)
    path = folder / "inkar.zip.part.json"
    if notes is None:  # the part has grown beyond the file it was begun for
        with (folder / "inkar.zip.part").open("ab") as part:
            part.write(OLD)
    else:
        path.write_text(notes)
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.asked("Range") == [None]


@pytest.mark.parametrize(
    "later",
    [
        Answer(body=NEW, etag=None, ignores_range=True),
        Answer(body=gzip.compress(NEW, 1), ignores_range=True, headers={"Content-Encoding": "gzip"}),
    ],
    ids=["no mark", "packed"],
)
def test_old_notes_do_not_stand_beside_new_bytes(server: Server, folder: Path, later: Answer):
    interrupted(server, folder, Answer(), after=600_000)
    interrupted(server, folder, later, after=600_000)
    server.answers = [Answer()]
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.asked("Range") == [None]


def test_part_from_another_address(server: Server, folder: Path, catalogue):
    interrupted(server, folder, Answer(), after=600_000)
    catalogue(inkar=server.address + "/moved.zip")
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert server.asked("Range") == [None]


def test_login_page_does_not_cost_the_part(server: Server, folder: Path):
    there = interrupted(server, folder, Answer(), after=600_000)
    server.answers = [Answer(body=HTML, etag=None)]
    assert refused(folder).reason == "html"
    server.answers = [Answer()]
    assert fetch("inkar", folder).resumed
    assert server.asked("Range") == [f"bytes={there}-"] * 2


# --- nothing new ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "header"),
    [({"etag": 'W/"one"'}, "If-None-Match"), ({"etag": None, "modified": MODIFIED}, "If-Modified-Since")],
)
def test_not_modified(server: Server, folder: Path, marks, header: str):
    server.answers = [Answer(**marks)]
    first = fetch("inkar", folder)
    second = fetch("inkar", folder)
    assert server.asked(header)[1] in marks.values()
    assert second.unchanged
    assert second.fetched_at == first.fetched_at < second.checked_at
    assert (second.sha256, second.bytes, second.path) == (first.sha256, first.bytes, first.path)
    assert last_downloads(folder) == [second]


def test_same_checksum(server: Server, folder: Path):
    first = fetch("inkar", folder)
    written = first.path.stat().st_mtime_ns
    server.answers = [Answer(etag='"other mark, same bytes"')]
    second = fetch("inkar", folder)
    assert second.unchanged
    assert second.fetched_at == first.fetched_at
    assert first.path.stat().st_mtime_ns == written
    assert last_downloads(folder)[0].etag == '"other mark, same bytes"'
    assert leftovers(folder) == {"inkar.zip", "inkar.zip.fetched.json"}


def test_new_version_replaces_the_old_one(server: Server, folder: Path):
    first = fetch("inkar", folder)
    server.answers = [Answer(body=NEW, etag='"two"')]
    second = fetch("inkar", folder)
    assert second.path.read_bytes() == NEW
    assert not second.unchanged
    assert second.fetched_at > first.fetched_at
    assert [record.sha256 for record in last_downloads(folder)] == [hashlib.sha256(NEW).hexdigest()]


@pytest.mark.parametrize("damage", ["changed", "shorter", "removed", "no record", "other address"])
def test_a_file_that_is_not_what_was_fetched_is_fetched_again(server: Server, folder: Path, catalogue, damage: str):
    path = fetch("inkar", folder).path
    match damage:
        case "changed":
            path.write_bytes(OLD[:-1] + b"x")
        case "shorter":
            path.write_bytes(OLD[:-1])
        case "removed":
            path.unlink()
        case "no record":
            (folder / "inkar.zip.fetched.json").unlink()
        case "other address":
            catalogue(inkar=server.address + "/moved.zip")
    assert not fetch("inkar", folder).unchanged
    assert server.asked("If-None-Match") == [None, None]
    assert path.read_bytes() == OLD


def test_304_clears_a_part_begun_in_between(server: Server, folder: Path):
    fetch("inkar", folder)
    interrupted(server, folder, Answer(body=NEW, etag='"two"'), after=600_000)
    server.answers = [Answer()]  # the publisher has withdrawn the new version
    fetched = fetch("inkar", folder)
    assert fetched.unchanged
    assert server.asked("If-Range") == ['"two"']
    assert fetched.path.read_bytes() == OLD
    assert leftovers(folder) == {"inkar.zip", "inkar.zip.fetched.json"}


def test_304_without_asking(server: Server, folder: Path):
    server.answers = [Answer(status=304, body=b"")]
    assert refused(folder).reason == "status"


def test_last_downloads(server: Server, folder: Path, catalogue, tmp_path: Path):
    assert last_downloads(tmp_path / "nowhere") == []
    catalogue(inkar=server.address + "/a", vg250=server.address + "/b")
    outcome = fetch_all(["inkar", "vg250"], folder)
    (folder / "broken.fetched.json").write_text('{"path": "x"}')
    (folder / "torn.fetched.json").write_text('{"source_id": "in')
    assert last_downloads(folder) == [outcome["vg250"], outcome["inkar"]]
    note = json.loads((folder / "inkar.zip.fetched.json").read_text(encoding="utf-8"))
    assert (note["sha256"], note["path"]) == (hashlib.sha256(OLD).hexdigest(), "inkar.zip")
    moved = folder.rename(tmp_path / "moved")
    assert last_downloads(moved)[0].path == moved / "vg250.zip"


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((401, "forbidden"), (403, "forbidden"), (404, "not_found"), (410, "not_found")),
        *((407, "proxy"), (418, "status"), (206, "status"), (204, "status"), (300, "status")),
    ],
)
def test_status_that_ends_it(server: Server, folder: Path, pauses, status: int, reason: str):
    server.answers = [Answer(status=status, body=b"")]
    assert refused(folder).reason == reason
    assert len(server.requests) == 1
    assert pauses == []
    assert leftovers(folder) == set()


@pytest.mark.parametrize(("status", "reason"), [(500, "server"), (503, "server"), (429, "too_many")])
def test_disturbance_that_passes(server: Server, folder: Path, pauses, status: int, reason: str):
    server.answers = [Answer(status=status, body=HTML), Answer(status=status, body=HTML), Answer()]
    assert fetch("inkar", folder).path.read_bytes() == OLD
    assert pauses == [1, 2]


@pytest.mark.parametrize(("status", "reason"), [(502, "server"), (429, "too_many")])
def test_disturbance_that_stays(server: Server, folder: Path, pauses, status: int, reason: str):
    server.answers = [Answer(status=status, body=HTML)]
    error = refused(folder)
    assert error.reason == reason
    assert str(status) in error.problem
    assert len(server.requests) == 4
    assert pauses == [1, 2, 4]


def test_retry_after(server: Server, folder: Path, pauses):
    server.answers = [
        Answer(status=503, headers={"Retry-After": "7"}),
        Answer(status=503, headers={"Retry-After": "Mon, 01 Jan 2024 10:00:00 GMT"}),
        Answer(status=429, headers={"Retry-After": "3600"}),
    ]
    assert refused(folder).reason == "too_many"
    assert pauses == [7, 2]


def test_timeout_before_the_answer(server: Server, folder: Path, pauses):
    server.answers = [Answer(stall_after=0)]
    error = refused(folder, timeout=0.15)
    assert error.reason == "timeout"
    assert "0.15 s" in error.problem.replace(",", ".")
    assert pauses == [1, 2, 4]


def test_timeout_in_the_middle_then_the_rest(server: Server, folder: Path, pauses):
    server.answers = [Answer(stall_after=700_000), Answer()]
    fetched = fetch("inkar", folder, timeout=0.3)
    assert fetched.resumed
    assert fetched.path.read_bytes() == OLD
    assert pauses == [1]


def test_offline(folder: Path, catalogue, pauses):
    catalogue(inkar="https://www.bbr-server.example/inkar.zip")
    error = refused(folder)
    assert error.reason == "offline"
    assert "www.bbr-server.example" in error.problem
    assert pauses == []


def test_network_unreachable(folder: Path, catalogue):
    catalogue(inkar="https://amt.example/inkar.zip")
    below = requests.ConnectionError(OSError(errno.ENETUNREACH, "Network is unreachable"))
    assert refused(folder, opener=scripted(below)).reason == "offline"


def test_nobody_listens(folder: Path, catalogue):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        catalogue(inkar=f"http://127.0.0.1:{free.getsockname()[1]}/inkar.zip")
        assert refused(folder).reason == "refused"


def test_proxy_out_of_reach(folder: Path, catalogue, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    catalogue(inkar="https://amt.example/inkar.zip")
    assert refused(folder).reason == "proxy"


def test_no_tls_on_the_other_side(server: Server, folder: Path, catalogue, pauses):
    catalogue(inkar=server.address.replace("http:", "https:") + "/inkar.zip")
    assert refused(folder).reason == "tls"
    assert pauses == []


@pytest.mark.parametrize(
    ("below", "reason", "attempts"),
    [
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "tls", 1),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "cut", 4),
    ],
)
def test_tls_errors(folder: Path, catalogue, pauses, below: Exception, reason: str, attempts: int):
    catalogue(inkar="https://amt.example/inkar.zip")
    error = refused(folder, opener=scripted(requests.exceptions.SSLError(below)))
    assert error.reason == reason
    assert len(pauses) == attempts - 1


def test_address_that_cannot_be_asked(folder: Path, catalogue):
    catalogue(inkar="http://127.0.0.1:port/inkar.zip")
    assert refused(folder).reason == "address"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(cut_after=300_000),
        Answer(cut_after=300_000, ignores_range=True),
        Answer(cut_after=300_000, etag=None),
        Answer(cut_after=300_000, chunked=True),
        Answer(silent=True),
    ],
    ids=["resumable", "range ignored", "no mark", "chunked", "no answer at all"],
)
def test_line_that_is_always_cut(server: Server, folder: Path, pauses, answer: Answer):
    server.answers = [answer]
    error = refused(folder)
    assert error.reason == "cut"
    assert pauses == [1, 2, 4]
    assert not (folder / "inkar.zip").exists()
    server.requests.clear()
    server.answers = [Answer()]
    assert fetch("inkar", folder).path.read_bytes() == OLD


def test_each_attempt_gets_further(server: Server, folder: Path):
    server.answers = [Answer(cut_after=300_000)]
    assert f"geladen: {4 * transfer.CHUNK / 1e6:.1f} MB von 1,5 MB".replace("1.0", "1,0") in refused(folder).problem
    assert server.asked("Range") == [None, *(f"bytes={count * transfer.CHUNK}-" for count in (1, 2, 3))]


def test_length_announced_too_large(server: Server, folder: Path, pauses):
    server.answers = [Answer(ignores_range=True, headers={"Content-Length": str(len(OLD) + 5000)})]
    error = refused(folder)
    assert error.reason == "cut"
    assert "von 1,5 MB" in error.problem
    assert len(server.requests) == 4


def test_length_announced_too_small(server: Server, folder: Path):
    server.answers = [Answer(headers={"Content-Length": str(len(OLD) - 5000)})]
    assert refused(folder).reason == "damaged"
    assert leftovers(folder) == set()


def test_cut_that_no_length_tells(server: Server, folder: Path):
    server.answers = [Answer(says_length=False, cut_after=900_000)]
    assert refused(folder).reason == "damaged"


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        *(("zip", HTML, "html"), ("xlsx", HTML, "html"), ("csv", HTML, "html")),
        *(("zip", b"", "wrong_kind"), ("csv", b"", "wrong_kind"), ("zip", b"AGS;Wert\r\n", "wrong_kind")),
        *(("zip", b"<?xml version='1.0'?><Error/>", "wrong_kind"), ("zip", b"PK", "damaged")),
        ("xlsx", zipped(6, size=100), "damaged"),
    ],
)
def test_something_else_than_the_file(server: Server, tmp_path: Path, catalogue, kind: str, body: bytes, reason: str):
    """Even with the answer 200 and the right Content-Type; the good file of last time stays."""
    catalogue(kind=kind, table=server.address + "/t")
    target = tmp_path / f"table.{kind}"
    target.write_bytes(b"good")
    server.answers = [Answer(body=body, headers={"Content-Type": "application/zip"})]
    assert refused(tmp_path, "table").reason == reason
    assert target.read_bytes() == b"good"
    assert not (tmp_path / f"table.{kind}.part").exists()


def test_disk_too_small_for_the_file(server: Server, folder: Path, monkeypatch):
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    error = refused(folder)
    assert error.reason == "disk_full"
    assert "nötig 1,5 MB, frei 1,0 MB" in error.problem
    assert not (folder / "inkar.zip").exists()


def test_disk_fills_up_while_writing(server: Server, folder: Path, monkeypatch):
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(transfer.os, "fsync", full)
    error = refused(folder)
    assert error.reason == "disk_full"
    assert str(folder) in str(error)
    monkeypatch.undo()


def test_folder_that_cannot_be_written(server: Server, folder: Path, monkeypatch):
    folder.parent.write_bytes(b"a file where the folder should be")
    assert refused(folder).reason == "unwritable"
    assert server.requests == []


def test_target_open_in_another_program(server: Server, folder: Path, monkeypatch):
    """As on Windows: the file cannot be replaced while Excel has it open."""
    replace = os.replace

    def held(source: Path, target: Path) -> None:
        if Path(target).name == "inkar.zip":
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(transfer.os, "replace", held)
    assert refused(folder).reason == "unwritable"
    monkeypatch.setattr(transfer.os, "replace", replace)
    assert fetch("inkar", folder).resumed


def test_two_at_the_same_time(server: Server, folder: Path):
    folder.mkdir(parents=True)
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        with filelock.FileLock(folder / "inkar.zip.lock"):
            held.set()
            done.wait(20)

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(20)
    try:
        assert refused(folder).reason == "busy"
    finally:
        done.set()
        thread.join()
    assert server.requests == []
    assert fetch("inkar", folder).path.read_bytes() == OLD


# --- several files, the settings, no request by accident --------------------------------------------------------------


@pytest.mark.parametrize("ids", [None, [], ["a", "b", "c", "a"]])
def test_one_failure_does_not_stop_the_rest(server: Server, folder: Path, catalogue, ids):
    catalogue(a=server.address + "/a", b=server.address + "/b", c=server.address + "/c")
    server.answers = [Answer(), Answer(status=404), Answer(body=NEW)]
    seen = []
    outcome = fetch_all(ids, folder, lambda *news: seen.append(news))
    assert list(outcome) == ["a", "b", "c"]
    assert outcome["a"].path.read_bytes() == OLD
    assert isinstance(outcome["b"], FetchError)
    assert str(outcome["b"]).startswith("Titel b: Unter der Adresse http://127.0.0.1")
    assert outcome["c"].path.read_bytes() == NEW
    assert {source_id for source_id, _, _ in seen} == {"a", "c"}


def test_unknown_source_before_anything_is_loaded(server: Server, folder: Path):
    with pytest.raises(
        FetchError, match=r"^inkar_1999: Diese Quelle gibt es nicht. Abhilfe: .* Quellen angeben: inkar"
    ):
        fetch_all(["inkar", "inkar_1999"], folder)
    assert server.requests == []
    assert not folder.exists()


def test_shipped_settings():
    shipped = {download.source_id: download for download in downloads()}
    assert list(shipped) == ["inkar_2024", "gemeindeverzeichnis", "vg250"]
    assert all(download.address.startswith("https://") for download in shipped.values())
    assert {download.licence for download in shipped.values()} == {"dl-de/by-2-0"}
    assert [download.kind for download in shipped.values()] == ["zip", "xlsx", "zip"]
    assert len({download.file_name for download in shipped.values()}) == 3
    comment = settings.DOWNLOADS_FILE.read_text(encoding="utf-8").split("[")[0]
    assert "öffentlich" in comment
    assert "ändern" in comment


ENTRY = {
    "title": "Titel",
    "publisher": "Amt",
    "address": "https://amt.example/a.zip",
    "file_name": "a.zip",
    "kind": "zip",
    "licence": "dl-de/by-2-0",
    "attribution": "© Amt {year}",
    "remark": "klein",
}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        *(({"address": "ftp://amt.example/a"}, "address"), ({"address": "amt.example/a"}, "address")),
        *(({"file_name": "../a.zip"}, "file_name"), ({"file_name": ".a"}, "file_name"), ({"kind": "exe"}, "kind")),
        *(({"title": ""}, "title"), ({"remark": 5}, "remark"), ({"more": "x"}, "genau")),
        *(({"attribution": "© {jahr}"}, "attribution"), ({"attribution": "© {"}, "attribution")),
    ],
)
def test_mistakes_in_the_settings(monkeypatch, tmp_path: Path, change: dict[str, object], place: str):
    path = tmp_path / "downloads.toml"
    monkeypatch.setattr(settings, "DOWNLOADS_FILE", path)
    lines = [f"{name} = {json.dumps(value)}" for name, value in (ENTRY | change).items()]
    path.write_text("\n".join(["[quelle]", *lines]), encoding="utf-8")
    error = refused_settings()
    assert "[quelle]" in error.problem
    assert place in error.problem
    path.write_text("\n".join(["[quelle]", *(f"{name} = {json.dumps(value)}" for name, value in ENTRY.items())]))
    assert downloads()[0].attribution == "© Amt {year}"


@pytest.mark.parametrize("text", [None, "[quelle", "quelle = 3", b"\xff\xfe"])
def test_unreadable_settings(monkeypatch, tmp_path: Path, text: str | bytes | None):
    path = tmp_path / "downloads.toml"
    monkeypatch.setattr(settings, "DOWNLOADS_FILE", path)
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert refused_settings().reason == "settings"


def refused_settings() -> FetchError:
    with pytest.raises(FetchError) as caught:
        downloads()
    assert str(settings.DOWNLOADS_FILE) in str(caught.value)
    return caught.value


def test_no_request_without_being_called():
    """Importing the module and listing the downloads opens no socket."""
    code = (
        "import socket, sys\n"
        "def fail(*a, **k): sys.exit('a connection was tried')\n"
        "socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = fail\n"
        "from kowis_data import fetch\n"
        "print(len(fetch.downloads()), fetch.last_downloads('.'))\n"
    )
    project = Path(fetching.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=project, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "3 []"), done.stderr
