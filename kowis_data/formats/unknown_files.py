"""What a file is that no reader knows: the best guess why, in German, with what to do.

`refuse_at_once` tells what can hold no table for certain, before any reader looks at it; `why_unknown` guesses
after all readers have declined.
"""

from __future__ import annotations

import re
import struct

from kowis_data.formats.reading import FormatError, Sample
from kowis_data.formats.text_files import decode, looks_like_html

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams in the directory of an OLE file are UTF-16.
_OLE_STREAMS = {
    "WordDocument": (
        "ein Word-Dokument (.doc)",
        "Die Tabelle in Excel kopieren und als .xlsx oder CSV speichern.",
    ),
    "PowerPoint Document": ("eine PowerPoint-Datei (.ppt)", "Die Daten als Tabelle speichern."),
    "EncryptedPackage": (
        "eine mit Kennwort geschützte Office-Datei",
        "In Excel öffnen und ohne Kennwort speichern.",
    ),
    "__substg1.0": ("eine Outlook-Nachricht (.msg)", "Den Anhang speichern und einlesen."),
}
_SAVE_AS = "In Excel oder LibreOffice öffnen und als .xlsx oder CSV (UTF-8) speichern."
_MAGIC = (
    (b"%PDF", "ein PDF-Dokument", "Bei der Quelle die Tabelle als CSV oder Excel-Datei laden."),
    (b"{\\rtf", "ein Textdokument (RTF)", _SAVE_AS),
    (b"\x89PNG", "ein Bild", "Die Tabelle statt des Bildes laden."),
    (b"\xff\xd8\xff", "ein Bild", "Die Tabelle statt des Bildes laden."),
    (b"GIF8", "ein Bild", "Die Tabelle statt des Bildes laden."),
    (b"7z\xbc\xaf\x27\x1c", "ein 7-Zip-Archiv", "Von Hand entpacken oder als Zip packen."),
    (b"Rar!", "ein RAR-Archiv", "Von Hand entpacken oder als Zip packen."),
    (b"\xfd7zXZ", "ein XZ-Archiv", "Von Hand entpacken oder als Zip packen."),
    (b"BZh", "ein BZip2-Archiv", "Von Hand entpacken oder als Zip packen."),
    (b"\x28\xb5\x2f\xfd", "ein Zstandard-Archiv", "Von Hand entpacken oder als Zip packen."),
    (b"$FL2", "eine SPSS-Datei (.sav)", "In SPSS als CSV oder Excel-Datei speichern."),
    (b"<stata_dta>", "eine Stata-Datei (.dta)", "In Stata als CSV speichern (export delimited)."),
    (b"MZ", "ein Programm", "Nur Dateien mit Daten einlesen."),
    (b"version https://git-lfs", "ein Git-LFS-Verweis", "Die eigentliche Datei laden (git lfs pull)."),
)
_OFFICE_ZIPS = (
    (b"application/vnd.oasis.opendocument.spreadsheet", "eine OpenDocument-Tabelle (.ods)", _SAVE_AS),
    (b"application/vnd.oasis.opendocument", "ein OpenDocument-Dokument", _SAVE_AS),
    (
        b"word/",
        "ein Word-Dokument (.docx)",
        "Die Tabelle in Excel kopieren und als .xlsx oder CSV speichern.",
    ),
    (b"ppt/", "eine PowerPoint-Datei (.pptx)", "Die Daten als Tabelle speichern."),
)
_SHAPE_MAGIC = b"\x00\x00\x27\x0a"
_LOGIN = re.compile(r"type=[\"']?password|\blog-?in\b|anmeld|passwort|kennwort", re.I)
_ERROR_PAGE = re.compile(r"\b(40[0-9]|50[0-9])\b|not found|nicht gefunden|error|fehler|wartung", re.I)
_GENESIS = re.compile(r'"Code"\s*:\s*-?\d+\s*,\s*"Content"\s*:\s*"(.*?)"', re.S)


def _guess(what: str, advice: str, name: str) -> FormatError:
    return FormatError(
        f"Die Datei ist {what}.", where=name, expected="eine Tabelle (CSV, Excel, Parquet)", advice=advice
    )


def refuse_at_once(sample: Sample) -> None:
    """Raises FormatError for files that are something else for certain, however a reader may look at them."""
    head, name = sample.head, sample.name
    if not head:
        raise _guess(
            "leer (0 Bytes)", "Der Download wurde wohl abgebrochen: noch einmal herunterladen.", name
        )
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise _guess("leer: sie enthält nur Leerzeichen oder Nullbytes", "Noch einmal herunterladen.", name)
    if name.rsplit("/", 1)[-1].startswith("~$") and len(head) < 1000:
        raise _guess(
            "die Sperrdatei eines gerade geöffneten Office-Dokuments",
            "Die Datei ohne „~$“ am Anfang des Namens wählen; sie liegt im selben Ordner.",
            name,
        )
    for magic, what, advice in _MAGIC:
        if head.startswith(magic):
            raise _guess(what, advice, name)
    if head.startswith(_OLE):
        data = sample.path.read_bytes()
        for stream, (what, advice) in _OLE_STREAMS.items():
            if stream.encode("utf-16-le") in data:
                raise _guess(what, advice, name)
    if head.startswith(b"PK"):
        for mark, what, advice in _OFFICE_ZIPS:
            if mark in head and b"xl/" not in head:
                raise _guess(what, advice, name)
    if b"\x00" not in head:
        _refuse_replies(decode(head)[0], name)


def _refuse_replies(text: str, name: str) -> None:
    """Web pages and messages of a server, saved under the name of a table."""
    if looks_like_html(text) and not text.lstrip().lower().startswith("<?xml"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
        shown = re.sub(r"\s+", " ", title.group(1)).strip()[:80] if title else ""
        what = "keine Tabelle, sondern eine Webseite" + (f" („{shown}“)" if shown else "")
        if _LOGIN.search(text):
            what, advice = what + " zur Anmeldung", "Im Browser anmelden und die Datei dort herunterladen."
        elif _ERROR_PAGE.search(shown):
            what, advice = what + " mit einer Fehlermeldung", "Später noch einmal herunterladen."
        else:
            advice = "Auf der Seite den Verweis zum Herunterladen benutzen."
        raise _guess(what, advice, name)
    if text.lstrip().startswith("{") and "Status" in text and (message := _GENESIS.search(text)):
        raise _guess(
            f"keine Tabelle, sondern eine Meldung der Datenbank: „{message.group(1)[:200]}“",
            "Die Abfrage prüfen und die Tabelle noch einmal herunterladen.",
            name,
        )


def why_unknown(sample: Sample, known: str) -> FormatError:
    """The error for a file that no reader knows.

    Parameters
    ----------
    sample : the file.
    known : German list of the formats that can be read.
    """
    what, advice = _why(sample)
    return FormatError(
        f"Die Datei wurde nicht erkannt: {what}.",
        where=sample.name,
        expected=f"bekannt sind {known}",
        advice=advice,
    )


def _why(sample: Sample) -> tuple[str, str]:
    head = sample.head
    own_table = "Als Tabelle mit einer Schlüsselspalte aufbereiten (siehe Vorlage)."
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or _is_utf16(head):
        return (
            "sie ist in UTF-16 („Unicode-Text“) gespeichert und passt zu keinem Format",
            "In Excel als „CSV UTF-8“ speichern.",
        )
    if head.startswith(_SHAPE_MAGIC) or _is_dbf(head, sample.path.stat().st_size):
        return (
            "sie ist ein einzelner Teil eines Shapefile",
            "Alle Teile (.shp, .shx, .dbf, .prj) in ein Zip packen.",
        )
    if head.startswith(b"SQLite format 3"):
        return (
            "sie ist eine SQLite-Datenbank ohne Verwaltungsgrenzen",
            "Ein GeoPackage des BKG verwenden (VG250).",
        )
    if head.startswith((_OLE, b"PK")):
        return "die Excel-Datei enthält keine Tabelle mit einem Schlüssel oder Gemeindenamen", own_table
    if head.startswith(b"PAR1"):
        return "die Parquet-Datei enthält keine Spalte mit einem Schlüssel oder Gemeindenamen", own_table
    if b"\x00" in head:
        return "sie ist keine Text- und keine Excel-Datei", "Bei der Quelle als CSV oder Excel-Datei laden."
    text = decode(head)[0]
    start = text.lstrip()[:300]
    if start.startswith(("GEOGCS[", "PROJCS[", "GEOGCRS[", "PROJCRS[")):
        return "sie ist ein einzelner Teil eines Shapefile (.prj)", "Alle Teile in ein Zip packen."
    if start.startswith(("{", "[")):
        return "sie ist JSON ohne Verwaltungsgrenzen", own_table
    if start.startswith("<"):
        return "sie ist XML", "Bei der Quelle als CSV oder Excel-Datei laden."
    if sum(not char.isprintable() and char not in "\r\n\t" for char in text[:2000]) > 100:
        return "sie enthält keinen lesbaren Text", "Noch einmal herunterladen."
    if len(text.strip().splitlines()) < 2:
        return "sie hat nur eine Zeile", "Prüfen, ob der Download vollständig ist."
    return "sie enthält keine Spalte mit einem Schlüssel oder Gemeindenamen", own_table


def _is_utf16(head: bytes) -> bool:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    start = head[:2000]
    zeros = max(start[0::2].count(0), start[1::2].count(0))
    return (
        len(start) > 20 and zeros > 0.4 * len(start) and min(start[0::2].count(0), start[1::2].count(0)) < 5
    )


def _is_dbf(head: bytes, size: int) -> bool:
    """The table of a Shapefile: its header says how long it must be."""
    if len(head) < 33 or head[0] not in (0x03, 0x30, 0x31, 0x83, 0x8B):
        return False
    records, header_length, record_length = struct.unpack_from("<IHH", head, 4)
    return abs(header_length + records * record_length - size) <= 2
