"""The downloads named in `catalogue/downloads.toml`, checked: people change that file by hand."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from kowis_data.fetching.errors import FetchError
from kowis_data.settings import CATALOGUE

DOWNLOADS_FILE = CATALOGUE / "downloads.toml"
KINDS = ("zip", "xlsx", "csv")


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


def find(source_id: str) -> Download:
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
