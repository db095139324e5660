"""One small, sound file of every format, made by code from a few hand-made rows; damaged ones are made from them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pyogrio
import shapely

INKAR_2024 = "Bereich;ID;Kuerzel;Indikator;Raumbezug;Kennziffer;Name;Zeitbezug;Wert"
INKAR_2021 = "Bereich;ID;Indikator;Raumbezug;Kennziffer;Kennziffer_EU;Name;Zeitbezug;Wert"
TOWNS = {
    "05758036": "Vlotho",
    "08426014": "Bad Schussenried",
    "10042115": "Perl",
    "15085228": "Oberharz am Brocken",
}


def inkar_row(key: str = "08426014", value: str = "48,66", **cells: str) -> str:
    """A row in the layout of 2024."""
    row = {
        "area": "Siedlungsstruktur",
        "id": "11004",
        "code": "q_bev_fl",
        "title": "Einwohnerdichte",
        "level": "Gemeinden",
        "key": key,
        "name": TOWNS.get(key, "Ort"),
        "period": "2019",
        "value": value,
    }
    return ";".join((row | cells).values())


INKAR_ROWS = [inkar_row(key, f"{number},5") for number, key in enumerate(TOWNS, 40)]
INKAR_ROWS_2021 = [
    f"Siedlungsstruktur;299;Einwohnerdichte;Gemeinden;{int(key)};;{name};2019;{number},5"
    for number, (key, name) in enumerate(TOWNS.items(), 40)
]


def inkar(rows: list[str] | None = None, head: str = INKAR_2024) -> str:
    return "\n".join([head, *(INKAR_ROWS if rows is None else rows)]) + "\n"


GENESIS_HEAD = """GENESIS-Tabelle: 12411-01-01-5
Bevölkerungsstand: Bevölkerung nach Geschlecht;;;
- Stichtag 31.12. -;;;
regionale Tiefe: Gemeinden, Samt-/Verbandsgemeinden;;;
Fortschreibung des Bevölkerungsstandes;;;
Bevölkerungsstand (Anzahl);;;
;;31.12.2014;31.12.2014;31.12.2014
;;Insgesamt;männlich;weiblich
"""
GENESIS_ROWS = [
    "DG;Deutschland;81197537;39835457;41362080",
    "05758036;        Vlotho, Stadt;18500;9000;9500",
    "08426014;        Bad Schussenried, Stadt;8500;4200;4300",
    "08426062;        Ingoldingen;3000;1500;1500",
    "15085228;        Oberharz am Brocken, Stadt;.;.;.",
]
GENESIS_FOOT = "____________________\nQuelle: Statistische Ämter des Bundes und der Länder\n"


def genesis(rows: list[str] | None = None, foot: str = GENESIS_FOOT) -> str:
    return GENESIS_HEAD + "\n".join(GENESIS_ROWS if rows is None else rows) + "\n" + foot


FLAT_HEAD = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;value;value_unit;value_variable_code;value_variable_label"
)


def flat_row(key: str, value: str, period: str = "31.12.2019") -> str:
    return (
        f"12411;Fortschreibung des Bevölkerungsstandes;STAG;Stichtag;{period};GEMEIN;Gemeinden;{key};"
        f"{TOWNS.get(key, 'Ort')};{value};Anzahl;BEVSTD;Bevölkerungsstand"
    )


FLAT_ROWS = [flat_row(key, str(8000 + number)) for number, key in enumerate(TOWNS)]


def flat(rows: list[str] | None = None, head: str = FLAT_HEAD) -> str:
    return "\ufeff" + "\n".join([head, *(FLAT_ROWS if rows is None else rows)]) + "\n"


def export_rows(values: list[object] | None = None) -> list[list]:
    """Sheet „Daten“ of an INKAR table export."""
    values = [238.9, 162.2, 110.1, 36.4] if values is None else values
    rows = [[key, name, "Gemeinden", value] for (key, name), value in zip(TOWNS.items(), values, strict=True)]
    return [["Kennziffer", "Raumeinheit", "Aggregat", "Einwohnerdichte"], [None, None, None, "2019"], *rows]


EXPORT_CITATION = [["Quelle (Zitierhinweis): INKAR. Ausgabe 2024. Hrsg.: BBSR - Bonn 2024."]]


def export_text(last: str = "\r\n") -> str:
    lines = ["Kennziffer;Raumeinheit;Aggregat;Arbeitslosenquote", ";;;2017"]
    lines += [f'"{key}";"{name}";"Kreise";"{value}"' for key, name, value in (("01001", "Flensburg", "8,9"),)]
    return "\r\n".join(lines) + last


REGISTER_HEAD = [
    ["Gemeinden in Deutschland nach Fläche, Bevölkerung und Postleitzahl am 31.12.2021 (Jahr)"],
    [],
    ["Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)", None, None, None, None, "Gemeindename",
     "Fläche km2 1)", "Bevölkerung2)", None, None, None, "Postleit-zahl3)", "Geografische Mittelpunktkoordinaten"],
    [None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None, "insgesamt", "männlich", "weiblich", "je km2", None,
     "Längengrad", "Breitengrad"],
    [None, None, "Gebietsstand am 31.12.2021 (Jahr)", None, None, None, None, None, "31.12.2021 (Jahr)",
     "am 31.12.2021 (Jahr)", None, None, None, None, "Zuordnungsstand am 31.12.2021"],
    [],
]  # fmt: skip
REGISTER_ROWS = [
    ["10", None, "05", None, None, None, None, "Nordrhein-Westfalen"],
    ["40", "43", "05", "7", "58", None, None, "Herford, Kreis"],
    ["50", "50", "05", "7", "58", "0036", None, "Vlotho, Stadt"],
    ["60", "63", "05", "7", "58", "0036", "036", "Vlotho, Stadt", 76.93, 18334, 9202, 9132, 238, "32602", "8,85",
     "52,16"],
    ["60", "63", "05", "7", "58", "0032", "032", "Spenge, Stadt", 40.24, 14300, 7000, 7300, 355, "32139", "8,49",
     "52,14"],
]  # fmt: skip


def gv100ad_line(kind: str, key: str, name: str, association: str = "", people: int = 0, male: int = 0) -> str:
    figures = f"{7693:011d}{people:011d}{male:011d}" if kind == "60" else " " * 33
    code = {"60": "63", "40": "43"}.get(kind, "")
    return f"{f'{kind}20211231{key:<8}{association:<4}{name:<50}{name:<50}{code:<2}    {figures}    32602':<220}"


GV100AD = [
    gv100ad_line("10", "05", "Nordrhein-Westfalen"),
    gv100ad_line("40", "05758", "Herford"),
    gv100ad_line("60", "05758036", "Vlotho, Stadt", "0036", 18334, 9202),
    gv100ad_line("60", "05758032", "Spenge, Stadt", "0032", 14300, 7000),
]

BROADBAND_HEAD = "AGS;alle Technologien ≥ 50 Mbit/s;alle Technologien ≥ 200 Mbit/s;DSL ≥ 50 Mbit/s"
BROADBAND_ROWS = [f"{key};{90 + number},5;{60 + number},5;70" for number, key in enumerate(TOWNS)]
BROADBAND_NAME = "gemeinde_privat_2021_mitte.csv"


def broadband(rows: list[str] | None = None, head: str = BROADBAND_HEAD) -> str:
    return "\n".join([head, *(BROADBAND_ROWS if rows is None else rows)]) + "\n"


REFERENCE_SHEETS = {
    "GVB 2015": [
        ["Gemeindeverbände, Stand 31.12.2015"],
        ["Gemeindeverband", None, None, "Stadt-/Gemeindetyp", None, "Fläche/Bevölkerung"],
        ["gvb15", "Name des Gemeindeverbands", "Regionalschlüssel", "sgtyp", None, "Bevölkerung 31.12.2015"],
        [1001000, "Flensburg, Stadt", 10010000, 20, "Mittelstadt", 85942],
        [8426902, "VVG der Stadt Bad Schussenried", 84265002, 40, "Kleine Kleinstadt", 11351],
    ]
}


def generic(rows: list[str] | None = None, head: str = "AGS;Name;Arztpraxen 2023") -> str:
    plain = [f"{key};{name};{5 + number}" for number, (key, name) in enumerate(TOWNS.items())]
    return "\n".join([head, *(plain if rows is None else rows)]) + "\n"


def areas(count: int = 3, **columns: object) -> gpd.GeoDataFrame:
    """Municipalities as squares in a row, with the columns of the VG250."""
    boxes = [shapely.box(9 + 0.1 * i, 48, 9.1 + 0.1 * i, 48.1) for i in range(count)]
    rows = {
        "ADE": 6,
        "GF": 4,
        "BSG": 1,
        "ARS": [f"084265002{i:03d}" for i in range(count)],
        "AGS": [f"08426{i:03d}" for i in range(count)],
        "GEN": [f"Ort {i}" for i in range(count)],
    }
    return gpd.GeoDataFrame(rows | columns, geometry=boxes, crs=4326)


def write_areas(path: Path, frame: gpd.GeoDataFrame, **options: object) -> Path:
    pyogrio.write_dataframe(frame, path, **options)
    return path


def write_workbook(path: Path, sheets: dict[str, list[list]], hidden: bool = False) -> Path:
    """A workbook; with `hidden` all its sheets but a new first one cannot be seen."""
    workbook = openpyxl.Workbook()
    if hidden:
        workbook.active.title = "Hinweis"
    else:
        workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if hidden:
            sheet.sheet_state = "hidden"
    workbook.save(path)
    return path
