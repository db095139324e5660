"""What servers answer: redirects, status, sizes and marks, and whether the bytes are a file of the kind expected."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests

from kowis_data.fetching.settings import Download

if TYPE_CHECKING:
    from kowis_data.fetching.transfer import Part

CONNECT_SECONDS = 10  # longest wait for a connection; `timeout` then counts from one piece of data to the next
MAX_REDIRECTS = 5
HEADERS = {"User-Agent": "KOWIS-Atlas (python -m kowis_data fetch)", "Accept-Encoding": "identity"}


def open_address(
    download: Download, session: requests.Session, headers: dict[str, str], timeout: float
) -> requests.Response:
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


def check_status(download: Download, response: requests.Response, offset: int, part: Part) -> None:
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


def goes_on(response: requests.Response, offset: int, notes: dict[str, object]) -> bool:
    """Whether the answer 206 is the rest of the version begun; some servers ignore If-Range."""
    found = re.fullmatch(r"bytes ([0-9]+)-[0-9]+/([0-9]+|\*)", response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != offset or response.headers.get("Content-Encoding"):
        return False
    if found[2] != "*" and notes.get("total") not in (None, int(found[2])):
        return False
    begun = (notes.get("etag"), notes.get("last_modified"))
    return all(old == new for old, new in zip(begun, marks(response), strict=True) if old and new)


def total_size(response: requests.Response, notes: dict[str, object]) -> int | None:
    """Size of the whole file in bytes, None where unknown."""
    if notes:
        size = response.headers["Content-Range"].rpartition("/")[2]
        return int(size) if size != "*" else notes.get("total")
    length = response.headers.get("Content-Length", "")
    # With a Content-Encoding the length is that of the packed bytes; urllib3 checks it then.
    packed = response.headers.get("Content-Encoding")
    return int(length) if re.fullmatch(r"[0-9]+", length) and not packed else None


def marks(response: requests.Response) -> tuple[str | None, str | None]:
    return response.headers.get("ETag"), response.headers.get("Last-Modified")


def check_head(download: Download, head: bytes) -> None:
    """Raise FetchError where the first bytes cannot begin a file of the expected kind."""
    text = head[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<") and (b"<html" in text or b"<!doctype html" in text or b"<head" in text):
        raise download.error("html")
    magic = b"PK\x03\x04"
    if not head or (download.kind in ("zip", "xlsx") and head[:4] != magic[: len(head)]):
        raise download.error("wrong_kind")


def is_whole(download: Download, path: Path) -> bool:
    """Whether the file has an end as well as a beginning: the table of contents of a zip stands last."""
    if download.kind == "csv":
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        return False
    return "xl/workbook.xml" in names if download.kind == "xlsx" else bool(names)
