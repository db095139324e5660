"""The registry: the right reader for every official file, and the best guess for what nobody knows."""

import subprocess
import sys
import types
from pathlib import Path

import openpyxl
import pytest

from kowis_data import formats
from kowis_data.formats.reading import Format, FormatError, Recognition
from tests.formats.helpers import sample_of, write_workbook

OFFICIAL = {
    "inkar_exports": {"inkar_export"},
    "genesis_classic": {"genesis_classic"},
    "genesis_ffcsv": {"genesis_ffcsv"},
    "gemeindeverzeichnis": {"register_auszug_gv", "register_gv100ad"},
    "bbsr_referenz": {"bbsr_reference"},
    "breitbandatlas": {"breitbandatlas"},
}
HTML = "<!DOCTYPE html><html><head><title>{}</title></head><body>{}</body></html>"


def error_for(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        formats.recognise(sample_of(path))
    return str(caught.value)


def write(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.official
@pytest.mark.parametrize("folder", OFFICIAL)
def test_official_files_find_their_reader(official_data, folder, tmp_path):
    files = [path for path in sorted((official_data / folder).iterdir()) if path.is_file()]
    assert files
    for number, path in enumerate(files):
        # Without name and suffix: content alone decides.
        hidden = tmp_path / f"datei{number}"
        hidden.symlink_to(path.resolve())
        module, recognition = formats.recognise(sample_of(hidden))
        assert module.__name__.rsplit(".", 1)[1] in OFFICIAL[folder], path.name
        assert recognition.format in vars(module).values()


def test_the_package_imports_no_reader():
    code = "import sys, kowis_data.formats; print([m for m in sys.modules if m in ('duckdb', 'openpyxl', 'pyogrio')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_reader_has_the_interface():
    for name in (*formats.READERS, formats.LAST_READER):
        module = formats.reader(name)
        assert isinstance(module.FORMAT, Format)
        assert callable(module.recognise) and callable(module.read)
    ids = [known.format_id for known in formats.known_formats()]
    assert len(ids) == len(set(ids)) and "boundaries" in ids and ids[-1] == "generic_table"


def fake_reader(monkeypatch, name: str, recognise) -> None:
    module = types.ModuleType(f"kowis_data.formats.{name}")
    module.recognise = recognise
    monkeypatch.setitem(sys.modules, module.__name__, module)


def refuse(sample):
    raise FormatError("Unbekannte Ausgabe.")


def known(sample):
    return Recognition(Format("x", "X", ("1",), "values"), "1", "X")


def test_an_unexpected_error_counts_as_not_recognised(tmp_path, monkeypatch, caplog):
    def fail(sample):
        raise ZeroDivisionError("broken reader")

    path = write(tmp_path / "a.csv", "a;b\n1;2\n")
    fake_reader(monkeypatch, "broken", fail)
    monkeypatch.setattr(formats, "READERS", ("broken", "does_not_exist"))
    assert "nicht erkannt" in error_for(path)
    assert "broken reader" in caplog.text and "does_not_exist" in caplog.text
    fake_reader(monkeypatch, "good", known)
    monkeypatch.setattr(formats, "READERS", ("broken", "good"))
    assert formats.recognise(sample_of(path))[0].__name__.endswith("good")


def test_a_refusal_yields_to_another_reader_but_not_to_the_generic_table(tmp_path, monkeypatch):
    path = write(tmp_path / "a.csv", "AGS;Wert 2022\n05758036;1\n08426014;2\n")
    fake_reader(monkeypatch, "refusing", refuse)
    fake_reader(monkeypatch, "good", known)
    monkeypatch.setattr(formats, "READERS", ("refusing", "good"))
    assert formats.recognise(sample_of(path))[0].__name__.endswith("good")
    monkeypatch.setattr(formats, "READERS", ("refusing",))
    assert error_for(path) == "Unbekannte Ausgabe."
    monkeypatch.setattr(formats, "READERS", ())
    assert formats.recognise(sample_of(path))[0].__name__.endswith("generic_table")


GENESIS_ERROR = '{"Ident":{},"Status":{"Code":104,"Content":"Kein Objekt."}}'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
ZIP = b"PK\x03\x04" + b"\0" * 26


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "leer (0 Bytes)"),
        ("a.csv", b"\xef\xbb\xbf \r\n\r\n", "nur Leerzeichen"),
        ("a.csv", HTML.format("404 Not Found", "weg"), "Webseite („404 Not Found“) mit einer Fehlermeldung"),
        ("a.csv", HTML.format("Portal", "<input type='password'>"), "Webseite („Portal“) zur Anmeldung"),
        ("a.xlsx", HTML.format("Tabelle", "<a href='x'>Download</a>"), "Webseite („Tabelle“)"),
        ("a.csv", b"%PDF-1.4\n%\xe2\xe3", "PDF-Dokument"),
        (
            "a.csv",
            '{"Ident":{},"Status":{"Code":104,"Content":"Kein Objekt."}}',
            "Meldung der Datenbank: „Kein Objekt.“",
        ),
        ("~$a.xlsx", b"\x05Erika" + b" " * 150, "Sperrdatei"),
        ("a.csv", b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (
            "a.doc",
            OLE + "WordDocument".encode("utf-16-le"),
            "Word-Dokument",
        ),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "Kennwort"),
        (
            "a.ods",
            ZIP + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
            "OpenDocument",
        ),
        (
            "a.docx",
            ZIP + b"[Content_Types].xml word/document.xml",
            "Word-Dokument (.docx)",
        ),
        ("a.csv", "Name;Zahl\nx;1\n".encode("utf-16"), "UTF-16"),
        ("a.csv", "Name;Zahl von irgendwas\nx;1\n".encode("utf-16-le"), "UTF-16"),
        ("a.prj", 'GEOGCS["WGS 84"]', "Teil eines Shapefile"),
        ("a.json", '{"x": 1}\n{"y": 2}', "JSON ohne Verwaltungsgrenzen"),
        ("a.xml", "<?xml version='1.0'?>\n<daten/>", "XML"),
        ("a.bin", bytes(range(256)) * 10, "keine Text- und keine Excel-Datei"),
        ("a.csv", "nur eine Zeile", "nur eine Zeile"),
        ("a.csv", "Kunde;Betrag\nMeier;3\nSchulz;4\n", "keine Spalte mit einem Schlüssel"),
    ],
)
def test_best_guess_for_unknown_files(tmp_path, name, content, words):
    told = error_for(write(tmp_path / name, content))
    assert words in told
    assert "Abhilfe: " in told and "Erwartet: " in told


def test_unknown_files_are_told_what_is_known(tmp_path):
    told = error_for(write(tmp_path / "a.csv", "Kunde;Betrag\nMeier;3\nSchulz;4\n"))
    for known_format in formats.known_formats():
        assert known_format.title in told


def test_single_parts_of_a_shapefile(tmp_path):
    head = (
        bytes([3, 124, 1, 1])
        + (0).to_bytes(4, "little")
        + (33).to_bytes(2, "little")
        + (1).to_bytes(2, "little")
    )
    assert "Teil eines Shapefile" in error_for(write(tmp_path / "a.dbf", head + bytes(20) + b"\r"))
    index = (9994).to_bytes(4, "big") + bytes(96) + (50).to_bytes(4, "big") + (10).to_bytes(4, "big")
    assert "Teil eines Shapefile" in error_for(write(tmp_path / "a.shx", index))


def test_damaged_workbook_is_refused_and_an_alien_one_unknown(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"Blatt": [["Kunde", "Betrag"], ["Meier", 3]]})
    assert "keine Tabelle mit einem Schlüssel" in error_for(path)
    whole = path.read_bytes()
    assert "beschädigt" in error_for(write(tmp_path / "b.xlsx", whole[: len(whole) // 2]))
    openpyxl.Workbook().save(tmp_path / "leer.xlsx")
    assert "keine Tabelle mit einem Schlüssel" in error_for(tmp_path / "leer.xlsx")
