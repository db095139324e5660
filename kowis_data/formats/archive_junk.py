"""What lies in an archive beside the data: leftovers of systems, licences, documents; each with a German reason."""

from __future__ import annotations

import re
import struct
from pathlib import PurePosixPath

from kowis_data.formats.text_files import decode, looks_like_html

_SHAPE_POLYGONS = (5, 15, 25)
_MAX_README_BYTES = 100_000
_README = re.compile(
    r"(read_?me|lies_?mich|licen[sc]e|(daten)?lizenz|hinweis|nutzungsbedingung|quellenvermerk)", re.I
)
_SYSTEM_FILES = (".ds_store", "thumbs.db", "desktop.ini")
_DATA_SUFFIXES = (".csv", ".txt", ".tsv", ".asc", ".xls", ".xlsx", ".json", ".geojson", ".gpkg", ".parquet")
_DOCUMENTS = {
    b"%PDF": "PDF-Dokument",
    b"\x89PNG": "Bild",
    b"\xff\xd8\xff": "Bild",
    b"GIF8": "Bild",
    b"{\\rtf": "Textdokument",
}


def junk_reason(member_name: str, size: int | None) -> str:
    """Reason to skip a member by its name alone; what it is about is decided by content later."""
    name = PurePosixPath(member_name)
    if "__MACOSX" in name.parts or name.name.startswith("._") or name.name.lower() in _SYSTEM_FILES:
        return "Beiwerk des Betriebssystems"
    if name.name.startswith("~$"):
        return "Sperrdatei eines geöffneten Office-Dokuments"
    if any(part.lower().endswith(".gdb") for part in name.parts[:-1]):
        return "Esri-Geodatenbank, nicht lesbar; BKG liefert dieselben Daten als GeoPackage"
    if name.name.lower().endswith((".gpkg-wal", ".gpkg-shm")):
        return "Zwischenspeicher eines GeoPackage"
    if _README.match(name.name) and (size or 0) < _MAX_README_BYTES:
        return "Lizenz oder Beschreibung"
    return ""


def document_reason(head: bytes, name: str) -> str:
    """Reason to skip a file because it is for people, by its content."""
    for magic, reason in _DOCUMENTS.items():
        if head.startswith(magic):
            return reason
    if b"word/" in head and head.startswith(b"PK"):
        return "Textdokument"
    is_text = b"\0" not in head and not name.lower().endswith(_DATA_SUFFIXES)
    return "Webseite oder XML-Beschreibung" if is_text and looks_like_html(decode(head)[0]) else ""


def has_polygons(head: bytes) -> bool:
    """Whether a .shp holds areas; damaged ones pass, their reader tells what is wrong."""
    return len(head) < 36 or struct.unpack_from("<i", head, 32)[0] in _SHAPE_POLYGONS
