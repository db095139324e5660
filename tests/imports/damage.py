"""Damaged files: each kind makes one file, and says which words the message about it must hold.

`REFUSED` are damages of the whole file: nothing of it is taken over. `PARTIAL` are damages of single rows: these are
left out, counted and shown with their lines, and the good rows stand.
"""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import shapely

from tests.imports import sound_files as sound


@dataclass(frozen=True)
class Refused:
    """A file that must be refused as a whole: `words` stand in the German message."""

    name: str
    make: Callable[[Path], Path]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Partial:
    """A file of which some rows are damaged.

    Attributes
    ----------
    refused : (line, part of the reason) of the rows that must be refused; empty where the damage is mended.
    values : (AGS, period, value) that must come in, of any indicator.
    absent : (AGS, period) that must not.
    words : must stand in the report.
    is_own_table : a table of one's own, read by the mapping the atlas suggests.
    """

    name: str
    make: Callable[[Path], Path]
    refused: tuple[tuple[int, str], ...]
    values: tuple[tuple[str, str, float], ...]
    absent: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()
    is_own_table: bool = False


def data(name: str, content: str | bytes, encoding: str = "utf-8") -> Callable[[Path], Path]:
    """Makes a file of this content."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


def workbook(name: str, sheets: dict[str, list[list]], hidden: bool = False) -> Callable[[Path], Path]:
    return lambda folder: sound.write_workbook(folder / name, sheets, hidden)


def packed(name: str, members: dict[str, str | bytes]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return folder / name

    return make


def cut(make: Callable[[Path], Path], share: float) -> Callable[[Path], Path]:
    """The same file, broken off after this share of its bytes."""

    def cut_file(folder: Path) -> Path:
        path = make(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        return path

    return cut_file


def areas(suffix: str, frame: gpd.GeoDataFrame, **options: object) -> Callable[[Path], Path]:
    return lambda folder: sound.write_areas(folder / f"grenzen.{suffix}", frame, **options)


def parquet(**columns: list) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        pd.DataFrame(columns).to_parquet(folder / "tabelle.parquet")
        return folder / "tabelle.parquet"

    return make


# --- Makers that need more than a few bytes -------------------------------------------------------------------------


def folder_instead_of_file(folder: Path) -> Path:
    (folder / "ordner.csv").mkdir()
    return folder / "ordner.csv"


def missing(folder: Path) -> Path:
    return folder / "fehlt.csv"


def link_to_itself(folder: Path) -> Path:
    path = folder / "kreis.csv"
    path.symlink_to(path)
    return path


def encrypted_zip(folder: Path) -> Path:
    path = packed("geheim.zip", {"inkar.csv": sound.inkar()})(folder)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


def broken_content_zip(folder: Path) -> Path:
    path = packed("kaputt.zip", {"inkar.csv": sound.inkar()})(folder)
    content = bytearray(path.read_bytes())
    start = 30 + len("inkar.csv") + 20
    content[start : start + 12] = b"\xff" * 12
    path.write_bytes(content)
    return path


def many_members(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "viele.zip", "w") as archive:
        for number in range(10_050):
            archive.writestr(f"{number}.csv", "")
    return folder / "viele.zip"


def dense_zip(folder: Path) -> Path:
    """60 MB of zeros in 60 kB."""
    with zipfile.ZipFile(folder / "bombe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inkar.csv", b"\0" * 60_000_000)
    return folder / "bombe.zip"


def lying_zip(folder: Path) -> Path:
    """Announces 24 GB."""
    path = packed("riese.zip", {f"{number}.csv": "x" * 1000 for number in range(6)})(folder)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    while central >= 0:
        struct.pack_into("<I", content, central + 24, 4_000_000_000)
        central = content.find(b"PK\x01\x02", central + 1)
    path.write_bytes(content)
    return path


def nested_zip(folder: Path) -> Path:
    inner: bytes = sound.inkar().encode()
    for depth in range(4):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("inkar.csv" if depth == 0 else f"{depth}.zip", inner)
        inner = buffer.getvalue()
    (folder / "puppe.zip").write_bytes(inner)
    return folder / "puppe.zip"


def cut_gzip(folder: Path) -> Path:
    content = gzip.compress((sound.inkar() * 50).encode())
    (folder / "inkar.csv.gz").write_bytes(content[: len(content) // 2])
    return folder / "inkar.csv.gz"


def long_line(folder: Path) -> Path:
    """A header of INKAR, then one line of 100 MB."""
    path = folder / "lang.csv"
    with path.open("wb") as file:
        file.write(sound.INKAR_2024.encode() + b"\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    return path


def chart_only(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.create_chartsheet("Diagramm")
    book.remove(book["Sheet"])
    book.save(folder / "diagramm.xlsx")
    return folder / "diagramm.xlsx"


def merged_register(folder: Path) -> Path:
    """Somebody merged all cells of the rows, so that only their first cell is left."""
    path = workbook("register.xlsx", {"Onlineprodukt_Gemeinden31122021": sound.REGISTER_HEAD + sound.REGISTER_ROWS})(
        folder
    )
    book = openpyxl.load_workbook(path)
    for row in range(7, 12):
        book.active.merge_cells(start_row=row, start_column=1, end_row=row, end_column=16)
    book.save(path)
    return path


def formula_export(folder: Path) -> Path:
    """Formulas that no program has calculated yet: the cells hold no number."""
    return workbook(
        "formeln.xlsx",
        {
            "Daten": sound.export_rows(["=1+1", "=SUM(A1:A3)", "=A3*2", "=D4"]),
            "Quellangabe": sound.EXPORT_CITATION,
        },
    )(folder)


def empty_geopackage(folder: Path) -> Path:
    """A GeoPackage whose list of layers is empty."""
    import sqlite3

    path = sound.write_areas(folder / "leer.gpkg", sound.areas())
    with sqlite3.connect(path) as con:
        con.execute("DELETE FROM gpkg_contents")
        con.execute("DELETE FROM gpkg_geometry_columns")
    con.close()
    return path


def shape_without_table(folder: Path) -> Path:
    path = sound.write_areas(folder / "grenzen.shp", sound.areas())
    path.with_suffix(".dbf").unlink()
    return path


def wrong_parquet_footer(folder: Path) -> Path:
    path = parquet(AGS=list(sound.TOWNS), wert=[1.0, 2.0, 3.0, 4.0])(folder)
    content = bytearray(path.read_bytes())
    content[-8:-4] = struct.pack("<I", 0x7FFFFFFF)
    path.write_bytes(content)
    return path


def mixed_encoding(folder: Path) -> Path:
    """UTF-8, but one name in Latin-1."""
    rows = [row.replace("Siedlungsstruktur", "Öffentliche Finanzen") for row in sound.INKAR_ROWS]
    rows[2] = rows[2].replace("Perl", "Pêrl")
    content = sound.inkar(rows).encode().replace("Pêrl".encode(), "Pêrl".encode("latin-1"))
    (folder / "inkar.csv").write_bytes(content)
    return folder / "inkar.csv"


def bow_ties() -> gpd.GeoDataFrame:
    """Areas whose border crosses itself."""
    frame = sound.areas()
    ties = [shapely.Polygon([(9 + i, 48), (9.1 + i, 48.1), (9.1 + i, 48), (9 + i, 48.1)]) for i in range(3)]
    return frame.set_geometry(gpd.GeoSeries(ties, crs=4326))


def far_away() -> gpd.GeoDataFrame:
    """Metres of UTM under the name of degrees."""
    return sound.areas().to_crs(25832).set_crs(4326, allow_override=True)


_TWO = sound.INKAR_ROWS[:2]
_SWAPPED = [";".join([*row.split(";")[:5], *row.split(";")[6:7], *row.split(";")[5:6], *row.split(";")[7:]])
            for row in sound.INKAR_ROWS]  # fmt: skip
_HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_JSON = '{"Ident":{"Service":"data"},"Status":{"Code":104,"Content":"Es gibt keine Objekte zum Suchbegriff"}}'

REFUSED = [
    # No table at all.
    Refused("0 Bytes", data("leer.csv", b""), ("leer (0 Bytes)", "noch einmal herunterladen")),
    Refused("nur eine Marke der Kodierung", data("bom.csv", b"\xef\xbb\xbf"), ("nur Leerzeichen",)),
    Refused("nur Leerzeichen", data("leer.csv", b"  \r\n \t \r\n"), ("nur Leerzeichen", "herunterladen")),
    Refused("nur Nullbytes", data("null.csv", bytes(5000)), ("Nullbytes",)),
    Refused("Fehlerseite", data("inkar.csv", _HTML), ("Webseite", "502 Bad Gateway", "Später noch einmal")),
    Refused(
        "Anmeldeseite",
        data("tabelle.csv", "<html><body><form><input type=password></form></body></html>"),
        ("zur Anmeldung", "Im Browser anmelden"),
    ),
    Refused("Meldung als JSON", data("tabelle.csv", _JSON), ("Meldung der Datenbank", "keine Objekte zum Suchbegriff")),
    Refused(
        "anderes JSON",
        data("tabelle.csv", json.dumps({"a": [1, 2, 3]})),
        ("JSON ohne Verwaltungsgrenzen", "Schlüsselspalte"),
    ),
    Refused(
        "XML", data("tabelle.csv", "<?xml version='1.0'?><daten><zeile/></daten>"), ("sie ist XML", "CSV oder Excel")
    ),
    Refused(
        "PDF",
        data("tabelle.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"),
        ("PDF-Dokument", "CSV oder Excel-Datei laden"),
    ),
    Refused("Bild", data("tabelle.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(100)), ("ein Bild",)),
    Refused("Programm", data("tabelle.xlsx", b"MZ" + bytes(range(200))), ("ein Programm",)),
    Refused(
        "Fließtext",
        data("tabelle.csv", "Dies ist ein Brief.\nEr enthält keine Tabelle.\n"),
        ("keine Spalte mit einem Schlüssel", "Vorlage"),
    ),
    Refused(
        "zufällige Bytes",
        data("tabelle.csv", zlib.compress(b"abc" * 999)[2:] * 30),
        ("keine Text- und keine Excel-Datei",),
    ),
    Refused("Ordner", folder_instead_of_file, ("kein Ordner", "lässt sich nicht öffnen")),
    Refused("Datei fehlt", missing, ("lässt sich nicht öffnen", "fehlt.csv", "Namen prüfen")),
    Refused("Verweis auf sich selbst", link_to_itself, ("lässt sich nicht öffnen", "kreis.csv")),
    Refused("7-Zip", data("inkar.zip", b"7z\xbc\xaf\x27\x1c" + bytes(50)), ("7-Zip-Archiv", "als Zip packen")),
    # Archives.
    Refused(
        "Zip abgeschnitten",
        cut(packed("inkar.zip", {"inkar.csv": sound.inkar() * 99}), 0.6),
        ("beschädigt oder abgeschnitten", "noch einmal herunterladen"),
    ),
    Refused("Zip mit Kennwort", encrypted_zip, ("Kennwort", "von Hand entpacken")),
    Refused("Zip mit kaputtem Inhalt", broken_content_zip, ("beschädigt", "inkar.csv")),
    Refused(
        "Zip will hinaus",
        packed("pfad.zip", {"../../inkar.csv": sound.inkar()}),
        ("außerhalb seines Ordners", "../../inkar.csv"),
    ),
    Refused(
        "Zip mit Laufwerk",
        packed("pfad.zip", {"C:/inkar.csv": sound.inkar()}),
        ("außerhalb seines Ordners", "ohne Laufwerk"),
    ),
    Refused("Zip mit vielen Dateien", many_members, ("10050 Dateien", "höchstens 10000")),
    Refused("Zip zu dicht", dense_zip, ("200-fach verdichtet", "von Hand entpacken")),
    Refused("Zip sagt 24 GB an", lying_zip, ("auffällig", "24 GB")),
    Refused("Zip im Zip im Zip", nested_zip, ("Archiv in einem Archiv",)),
    Refused("Zip ohne Dateien", packed("leer.zip", {}), ("keine Datei mit Daten",)),
    Refused(
        "Zip nur mit Anleitung",
        packed("lies.zip", {"LIESMICH.pdf": b"%PDF-1.7"}),
        ("keine Datei mit Daten", "LIESMICH.pdf"),
    ),
    Refused("gzip abgeschnitten", cut_gzip, ("beschädigt oder abgeschnitten",)),
    # INKAR, the whole edition.
    Refused(
        "INKAR nur Kopf", data("inkar.csv", sound.INKAR_2024 + "\n"), ("keine passenden Datenzeilen", "ab Zeile 2")
    ),
    Refused("INKAR UTF-16", data("inkar.csv", sound.inkar(), "utf-16"), ("UTF-16", "UTF-8")),
    Refused("INKAR mit Komma getrennt", data("inkar.csv", sound.inkar([]).replace(";", ",")), ("trennt", "Semikolon")),
    Refused(
        "INKAR ohne Spalte",
        data("inkar.csv", sound.inkar().replace(";Zeitbezug", "", 1)),
        ("keinem bekannten Layout", "Layout 2024"),
    ),
    Refused(
        "INKAR mit weiterer Spalte",
        data("inkar.csv", sound.inkar().replace("Wert\n", "Wert;Stand\n", 1)),
        ("keinem bekannten Layout", "Stand"),
    ),
    Refused(
        "INKAR eines anderen Jahres",
        data("inkar.csv", sound.inkar(head="Raumbezug;Kennziffer;Zeitbezug;W")),
        ("keinem bekannten Layout", "unverändert"),
    ),
    Refused(
        "INKAR Spalten vertauscht",
        data("inkar.csv", sound.inkar(head=sound.INKAR_2024.replace("Zeitbezug;Wert", "Wert;Zeitbezug"))),
        ("Spalte „Zeitbezug“", "vertauscht"),
    ),
    Refused(
        "INKAR Schlüssel und Name vertauscht",
        data("inkar.csv", sound.inkar(_SWAPPED)),
        ("keine Zeile verwendbar", "kein Schlüssel"),
    ),
    Refused(
        "INKAR mit Dezimalpunkt",
        data("inkar.csv", sound.inkar().replace(",5", ".5")),
        ("Spalte „Wert“", "Dezimalkomma"),
    ),
    Refused(
        "INKAR nur andere Ebenen",
        data("inkar.csv", sound.inkar([sound.inkar_row("1", level="Raumordnungsregionen")] * 3)),
        ("keine Ebene, die der Atlas führt", "Raumbezug"),
    ),
    Refused(
        "INKAR Anführungszeichen offen",
        data("inkar.csv", sound.inkar(['"' + row for row in _TWO * 30])),
        ("Anführungszeichen nicht geschlossen", "Zeile 2"),
    ),
    Refused(
        "INKAR nur riesige Zahlen",
        data("inkar.csv", sound.inkar([sound.inkar_row(value="9" * 300)] * 3)),
        ("keine Zeile verwendbar", "keine mögliche Zahl"),
    ),
    Refused("eine Zeile von 100 MB", long_line, ("keine passenden Datenzeilen", "9 durch Semikolon")),
    # INKAR, table exports.
    Refused(
        "INKAR-Tabelle nur Kopf",
        workbook("export.xlsx", {"Daten": sound.export_rows()[:2], "Quellangabe": sound.EXPORT_CITATION}),
        ("keine Zeile verwendbar", "ab Zeile 3"),
    ),
    Refused(
        "INKAR-Tabelle ohne Jahre",
        workbook(
            "export.xlsx",
            {"Daten": [sound.export_rows()[0], *sound.export_rows()[2:]], "Quellangabe": sound.EXPORT_CITATION},
        ),
        ("Zeile mit den Jahren", "Zeile 2"),
    ),
    Refused("Formeln ohne Ergebnis", formula_export, ("keinen Wert", "Formeln", "neu speichern")),
    Refused(
        "xlsx abgeschnitten",
        cut(workbook("export.xlsx", {"Daten": sound.export_rows()}), 0.7),
        ("beschädigt oder abgeschnitten",),
    ),
    Refused(
        "xls abgeschnitten",
        data("export.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000)),
        ("Excel-Datei lässt sich nicht öffnen", "abgeschnitten"),
    ),
    Refused("nur Diagramm", chart_only, ("Excel-Datei lässt sich nicht öffnen",)),
    Refused(
        "leeres Tabellenblatt", workbook("export.xlsx", {"Daten": []}), ("Excel-Datei enthält keine Tabelle", "Vorlage")
    ),
    Refused(
        "INKAR-CSV nur Kopf",
        data("export.csv", sound.export_text().split('"')[0]),
        ("keine Zeile verwendbar", "ab Zeile 3"),
    ),
    # GENESIS.
    Refused("GENESIS nur Kopf", data("12411.csv", sound.GENESIS_HEAD), ("keine Zeilen mit Werten", "neu als CSV")),
    Refused(
        "GENESIS mitten im Kopf abgeschnitten", data("12411.csv", sound.genesis()[:180]), ("keine Zeilen mit Werten",)
    ),
    Refused("GENESIS ohne Fuß", data("12411.csv", sound.genesis(foot="")), ("fehlt das Ende", "Unterstrichen")),
    Refused(
        "GENESIS mit Komma getrennt",
        data("12411.csv", sound.genesis().replace(";", ",")),
        ("nicht durch Semikolon getrennt",),
    ),
    Refused(
        "GENESIS ohne Werte",
        data("12411.csv", sound.genesis([row.split(";")[0] for row in sound.GENESIS_ROWS])),
        ("keine Zeilen mit Werten",),
    ),
    Refused(
        "GENESIS-Flachdatei nur Kopf", data("flat.csv", sound.flat([])), ("keine Zeilen mit Werten", "Flat-File-CSV")
    ),
    Refused(
        "GENESIS-Flachdatei ohne Wert",
        data("flat.csv", sound.flat().replace(";value;", ";", 1)),
        ("Spalten fehlen: „value“",),
    ),
    Refused(
        "GENESIS-Flachdatei mit Tabulatoren",
        data("flat.csv", sound.flat().replace(";", "\t")),
        ("nicht durch Semikolon getrennt", "Zeile 1"),
    ),
    # Registers.
    Refused(
        "Register nur Kopf",
        workbook("register.xlsx", {"Onlineprodukt_Gemeinden31122021": sound.REGISTER_HEAD}),
        ("keine Zeilen mit Satzart", "destatis.de"),
    ),
    Refused(
        "Register ohne Stand",
        workbook("register.xlsx", {"Gemeinden": [[], [], *sound.REGISTER_HEAD[2:4], [], [], *sound.REGISTER_ROWS]}),
        ("Gebietsstand", "nicht im Kopf"),
    ),
    Refused("Register mit verbundenen Zellen", merged_register, ("nur 0 lesbar", "Spalten vertauscht oder gelöscht")),
    Refused(
        "Register ohne Spalte ARS",
        workbook(
            "register.xlsx",
            {
                "Onlineprodukt_Gemeinden31122021": [
                    row[:2] + row[7:] for row in sound.REGISTER_HEAD + sound.REGISTER_ROWS
                ]
            },
        ),
        ("Es fehlen Spalten", "Zeile 3"),
    ),
    Refused(
        "GV100AD mit kurzen Zeilen",
        data("gv.txt", "\n".join(line[:60] for line in sound.GV100AD)),
        ("60 Zeichen", "220 Zeichen"),
    ),
    Refused(
        "GV100AD verschobene Spalten",
        data("gv.txt", "\n".join(" " + line for line in sound.GV100AD)),
        ("nicht erkannt",),
    ),
    # Reference tables, broadband.
    Refused(
        "Referenz nur Kopf",
        workbook("referenz.xlsx", {"GVB 2015": sound.REFERENCE_SHEETS["GVB 2015"][:3]}),
        ("„GVB 2015“", "nur 0 lesbar"),
    ),
    Refused(
        "Breitband nur Kopf", data(sound.BROADBAND_NAME, sound.broadband([])), ("keine Datenzeile", "neu herunterladen")
    ),
    Refused(
        "Breitband ohne Schlüssel",
        data(sound.BROADBAND_NAME, sound.broadband().replace("AGS;", "Ort;", 1)),
        ("unbekannte Spalten", "Zeile 1"),
    ),
    Refused(
        "Breitband über 100 %",
        data(sound.BROADBAND_NAME, sound.broadband([f"{key};9050;6050;7000" for key in sound.TOWNS])),
        ("zwischen 0 und 100", "Zeile 2"),
    ),
    Refused("Breitband ohne Stand", data("tabelle.csv", sound.broadband()), ("Zeitbezug", "Dateinamen")),
    # Boundaries.
    Refused(
        "GeoJSON abgeschnitten", cut(areas("geojson", sound.areas()), 0.6), ("GeoJSON", "beschädigt oder abgeschnitten")
    ),
    Refused(
        "GeoJSON ohne Flächen",
        data("grenzen.geojson", '{"type":"FeatureCollection","features":[]}'),
        ("JSON ohne Verwaltungsgrenzen",),
    ),
    Refused("GeoPackage ohne Ebene", empty_geopackage, ("ohne Verwaltungsgrenzen", "GeoPackage des BKG")),
    Refused(
        "GeoPackage abgeschnitten",
        cut(areas("gpkg", sound.areas()), 0.4),
        ("GeoPackage", "beschädigt oder abgeschnitten"),
    ),
    Refused("Shapefile ohne Tabelle", shape_without_table, ("fehlen Teile: .dbf", "Zip")),
    Refused(
        "Grenzen mit falschem Koordinatensystem",
        areas("gpkg", far_away()),
        ("nicht in Deutschland", "Koordinatensystem"),
    ),
    Refused(
        "Grenzen ohne Schlüssel",
        areas("gpkg", sound.areas().drop(columns=["AGS", "ARS"])),
        ("ohne Verwaltungsgrenzen",),
    ),
    Refused(
        "Grenzen nur Punkte",
        areas("gpkg", sound.areas().set_geometry(gpd.GeoSeries([shapely.Point(9, 48)] * 3, crs=4326))),
        ("ohne Verwaltungsgrenzen",),
    ),
    # Own tables.
    Refused(
        "eigene Tabelle nicht bestätigt",
        data("praxen.csv", sound.generic()),
        ("noch nicht bestätigt", "Daten und Quellen"),
    ),
    Refused(
        "eigene Tabelle ohne Schlüssel",
        data("praxen.csv", "Firma;Umsatz\nA;5\nB;6\nC;7\n"),
        ("keine Spalte mit einem Schlüssel",),
    ),
    Refused(
        "Parquet abgeschnitten",
        cut(parquet(AGS=list(sound.TOWNS), wert=[1.0, 2.0, 3.0, 4.0]), 0.7),
        ("Parquet-Datei ist beschädigt",),
    ),
    Refused("Parquet mit falschem Fuß", wrong_parquet_footer, ("Parquet-Datei ist beschädigt", "neu erzeugen")),
    Refused(
        "Parquet ohne Schlüssel", parquet(firma=["A", "B"], umsatz=[1.0, 2.0]), ("Parquet-Datei enthält keine Spalte",)
    ),
    Refused(
        "eigene Tabelle nur unbekannte Schlüssel",
        data("praxen.csv", sound.generic([f"0575{n};Ort {n};3" for n in range(9901, 9905)])),
        ("keine Spalte mit einem Schlüssel",),
    ),
]

_VLOTHO, _SCHUSSENRIED, _PERL, _OBERHARZ = sound.TOWNS


def _with(rows: list[str], number: int, row: str) -> list[str]:
    """The rows with one of them replaced."""
    return [*rows[:number], row, *rows[number + 1 :]]


def _inkar(name: str, row: str, reason: str) -> Partial:
    """The third row (line 4, Perl) is damaged."""
    text = sound.inkar(_with(sound.INKAR_ROWS, 2, row))
    return Partial(
        f"INKAR {name}",
        data("inkar.csv", text),
        ((4, reason),),
        ((_VLOTHO, "2019", 40.5), (_OBERHARZ, "2019", 43.5)),
        ((_PERL, "2019"),),
    )


def _genesis(name: str, row: str, reason: str) -> Partial:
    """Bad Schussenried (line 11) is damaged."""
    return Partial(
        f"GENESIS {name}",
        data("12411.csv", sound.genesis(_with(sound.GENESIS_ROWS, 2, row))),
        ((11, reason),),
        ((_VLOTHO, "2014", 18500.0), (_VLOTHO, "2014", 9500.0)),
        ((_SCHUSSENRIED, "2014"),),
    )


def _flat(name: str, row: str, reason: str) -> Partial:
    """Perl (line 4) is damaged."""
    return Partial(
        f"GENESIS-Flachdatei {name}",
        data("flat.csv", sound.flat(_with(sound.FLAT_ROWS, 2, row))),
        ((4, reason),),
        ((_VLOTHO, "2019", 8000.0), (_OBERHARZ, "2019", 8003.0)),
        ((_PERL, "2019"),),
    )


def _register(name: str, reason: str, **cells: object) -> Partial:
    """Spenge (line 11) is damaged."""
    positions = {"key": 6, "name": 7, "area": 8, "population": 9}
    row = list(sound.REGISTER_ROWS[4])
    for cell, value in cells.items():
        row[positions[cell]] = value
    rows = [*sound.REGISTER_HEAD, *sound.REGISTER_ROWS[:4], row]
    return Partial(
        f"Register {name}",
        workbook("register.xlsx", {"Onlineprodukt_Gemeinden31122021": rows}),
        ((11, reason),),
        ((_VLOTHO, "2021", 18334.0),),
        (("05758032", "2021"),),
    )


def _broadband(name: str, row: str, reason: str) -> Partial:
    """Perl (line 4) is damaged."""
    return Partial(
        f"Breitband {name}",
        data(sound.BROADBAND_NAME, sound.broadband(_with(sound.BROADBAND_ROWS, 2, row))),
        ((4, reason),),
        ((_VLOTHO, "2021-06", 60.5), (_OBERHARZ, "2021-06", 63.5)),
        ((_PERL, "2021-06"),),
    )


def _own(name: str, row: str, reason: str) -> Partial:
    """Perl (line 4) is damaged."""
    rows = [f"{key};{town};{5 + number}" for number, (key, town) in enumerate(sound.TOWNS.items())]
    return Partial(
        f"eigene Tabelle {name}",
        data("praxen.csv", sound.generic(_with(rows, 2, row))),
        ((4, reason),),
        ((_VLOTHO, "2023", 5.0), (_OBERHARZ, "2023", 8.0)),
        ((_PERL, "2023"),),
        is_own_table=True,
    )


PARTIAL = [
    _inkar("Zahl mit Buchstaben", sound.inkar_row(_PERL, "4O,5"), "keine gültige Zahl"),
    _inkar("Zahl größer als 1e308", sound.inkar_row(_PERL, "1e400"), "keine mögliche Zahl"),
    _inkar("Zahl mit 300 Ziffern", sound.inkar_row(_PERL, "9" * 300), "keine mögliche Zahl"),
    _inkar("unendlich", sound.inkar_row(_PERL, "inf"), "keine mögliche Zahl"),
    _inkar("NaN", sound.inkar_row(_PERL, "nan"), "keine mögliche Zahl"),
    _inkar("Zeile zu kurz", "Siedlungsstruktur;11004;q_bev_fl", "zu wenige Spalten"),
    _inkar("Zeile zu lang", sound.inkar_row(_PERL) + ";9;9;9", "zu viele Spalten"),
    _inkar("Schlüssel mit Buchstaben", sound.inkar_row("1004211X"), "kein Schlüssel"),
    _inkar("Schlüssel zu lang", sound.inkar_row("100421150"), "passt nicht zum Raumbezug"),
    _inkar("ohne Jahr", sound.inkar_row(_PERL, period="irgendwann"), "kein Jahr"),
    _inkar("ohne Raumbezug", sound.inkar_row(_PERL, level=""), "Raumbezug fehlt"),
    _genesis("Schlüssel unbekannt", "99999999;Bad Schussenried;8500;4200;4300", "kein Regionalschlüssel"),
    _genesis(
        "Zahl mit zwei Kommas", f"{_SCHUSSENRIED};Bad Schussenried;8,5,0;4,2,0;4,3,0", "Dezimal- oder Tausenderzeichen"
    ),
    _genesis("Spalte zu wenig", f"{_SCHUSSENRIED};Bad Schussenried;8500", "3 statt 5 Spalten"),
    _genesis("Riesenzahl", f"{_SCHUSSENRIED};Bad Schussenried;{'9' * 300};{'9' * 300};{'9' * 300}", "unglaubhaft groß"),
    _flat("ohne Datum", sound.flat_row(_PERL, "8002", "gestern"), "kein Zeitraum"),
    _flat("Wert unlesbar", sound.flat_row(_PERL, "achttausend"), "weder eine Zahl noch ein Zeichen"),
    _flat("Schlüssel unlesbar", sound.flat_row("Perl", "8002"), "kein Regionalschlüssel"),
    _flat("Zeile abgebrochen", sound.flat_row(_PERL, "8002")[:60], "nicht 13 Spalten"),
    _register("negative Bevölkerung", "außerhalb des Möglichen", population=-5),
    _register("Bevölkerung als Text", "Keine lesbare Zahl", population="viele"),
    _register("Schlüssel unlesbar", "Schlüsselteil fehlt", key="xyz"),
    _register("Formel statt Zahl", "Formel statt eines Wertes", population="=1+1"),
    _broadband("Anteil über 100", f"{_PERL};920,5;620,5;70", "zwischen 0 und 100"),
    _broadband("Anteil negativ", f"{_PERL};-1;62,5;70", "zwischen 0 und 100"),
    _broadband("Schlüssel unlesbar", "1004211X;92,5;62,5;70", "Der Schlüssel ist keiner"),
    _own("Zahl unlesbar", f"{_PERL};Perl;sieben", "weder eine Zahl"),
    _own("Schlüssel unlesbar", "Perl?;Perl;7", "Kein Schlüssel dieser Art"),
    _own("Zahl unendlich", f"{_PERL};Perl;1e999", "gekürzt"),
    Partial(
        "INKAR letzte Zeile abgeschnitten",
        data("inkar.csv", sound.inkar()[:-3]),
        ((5, "abgeschnitten"),),
        ((_VLOTHO, "2019", 40.5), (_PERL, "2019", 42.5)),
        ((_OBERHARZ, "2019"),),
    ),
    Partial(
        "INKAR Schlüssel doppelt mit Widerspruch",
        data("inkar.csv", sound.inkar([*sound.INKAR_ROWS, sound.inkar_row(_VLOTHO, "77")])),
        ((2, "verschiedenen Werten"), (6, "verschiedenen Werten")),
        ((_PERL, "2019", 42.5),),
        ((_VLOTHO, "2019"),),
    ),
    Partial(
        "GENESIS Schlüssel doppelt mit Widerspruch",
        data("12411.csv", sound.genesis([*sound.GENESIS_ROWS, f"{_VLOTHO};Vlotho;1;1;1"])),
        ((10, "verschiedene Zahlen"), (14, "verschiedene Zahlen")),
        ((_SCHUSSENRIED, "2014", 8500.0),),
        ((_VLOTHO, "2014"),),
    ),
    Partial(
        "eigene Tabelle Schlüssel doppelt mit Widerspruch",
        data("praxen.csv", sound.generic() + f"{_VLOTHO};Vlotho;77\n"),
        ((2, "verschiedene Zahlen"), (6, "verschiedene Zahlen")),
        ((_PERL, "2023", 7.0),),
        ((_VLOTHO, "2023"),),
        is_own_table=True,
    ),
    Partial(
        "INKAR ein Zeichen in anderem Zeichensatz",
        mixed_encoding,
        ((4, "anderen Zeichensatz"),),
        ((_VLOTHO, "2019", 40.5), (_OBERHARZ, "2019", 43.5)),
        ((_PERL, "2019"),),
    ),
    Partial(
        "GENESIS negative Bevölkerung",
        data(
            "12411.csv",
            sound.genesis(_with(sound.GENESIS_ROWS, 2, f"{_SCHUSSENRIED};Bad Schussenried;-8500;4200;4300")),
        ),
        (),
        ((_VLOTHO, "2014", 18500.0), (_SCHUSSENRIED, "2014", -8500.0)),
        words=("auffällige Werte", "unter dem möglichen Bereich"),
    ),
    Partial(
        "INKAR nicht mehr vorhandene Gemeinde",
        data("inkar.csv", sound.inkar([*sound.INKAR_ROWS, sound.inkar_row("08426999", name="Nirgendwo")])),
        (),
        ((_VLOTHO, "2019", 40.5), (_OBERHARZ, "2019", 43.5)),
        (("08426999", "2019"),),
        words=("nicht übertragbar", "08426999 Nirgendwo"),
    ),
    # Mended: nothing is refused, the values are right.
    Partial(
        "INKAR ohne führende Nullen",
        data("inkar.csv", sound.inkar([row.replace(";0", ";") for row in sound.INKAR_ROWS])),
        (),
        ((_VLOTHO, "2019", 40.5), (_SCHUSSENRIED, "2019", 41.5), (_PERL, "2019", 42.5)),
    ),
    Partial(
        "GENESIS ohne führende Nullen",
        data("12411.csv", sound.genesis([row.removeprefix("0") for row in sound.GENESIS_ROWS])),
        (),
        ((_VLOTHO, "2014", 18500.0), (_SCHUSSENRIED, "2014", 8500.0)),
        words=("führende Null",),
    ),
    Partial(
        "INKAR in Latin-1",
        data("inkar.csv", sound.inkar([*sound.INKAR_ROWS, sound.inkar_row("05758024", name="Löhne")]), "latin-1"),
        (),
        ((_VLOTHO, "2019", 40.5), ("05758024", "2019", 48.66)),
    ),
    Partial(
        "GENESIS in Latin-1",
        data("12411.csv", sound.genesis(), "latin-1"),
        (),
        ((_VLOTHO, "2014", 18500.0),),
    ),
    Partial(
        "GENESIS in UTF-16",
        data("12411.csv", sound.genesis(), "utf-16"),
        (),
        ((_VLOTHO, "2014", 18500.0),),
    ),
    Partial(
        "eigene Tabelle mit gemischten Jahren",
        data(
            "praxen.csv", "AGS;Jahr;Praxen\n" + "".join(f"{key};{2020 + n};{n}\n" for n, key in enumerate(sound.TOWNS))
        ),
        (),
        ((_VLOTHO, "2020", 0.0), (_OBERHARZ, "2023", 3.0)),
        is_own_table=True,
    ),
    Partial(
        "versteckte Blätter",
        workbook("versteckt.xlsx", {"Daten": sound.export_rows(), "Quellangabe": sound.EXPORT_CITATION}, hidden=True),
        (),
        ((_VLOTHO, "2019", 238.9), (_OBERHARZ, "2019", 36.4)),
    ),
    Partial(
        "Werte zwischen leeren Zeilen",
        data("12411.csv", sound.genesis([row + "\n" for row in sound.GENESIS_ROWS])),
        (),
        ((_VLOTHO, "2014", 18500.0),),
    ),
]
