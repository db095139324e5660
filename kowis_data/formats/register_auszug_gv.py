"""Reader of the AuszugGV: Destatis' register of all municipalities as a workbook, by year and by quarter.

The columns moved over the years, so they are found by the text of their heads. The register has two dates:
the date of its territory (Gebietsstand) and the date its people were counted; both stand in the head.
"""

from __future__ import annotations

import datetime
import re

import duckdb
import pandas as pd

from kowis_data.formats.cells import cell_text, digits, find_date, german_date, normalise, texts
from kowis_data.formats.excel_sheets import is_workbook, preview, read_sheet
from kowis_data.formats.reading import Format, FormatError, Reading, Recognition, Sample, SourceInfo
from kowis_data.formats.register_checks import check_rows
from kowis_data.formats.register_tables import find_basis, make_features, make_tables, make_values

WITH_ASSOCIATIONS = "mit Gemeindeverbänden (Satzart, Regionalschlüssel; ab 2008)"
WITHOUT_ASSOCIATIONS = "ohne Gemeindeverbände (Satzart, Gemeindeschlüssel; ältere Jahresausgaben)"
FORMAT = Format(
    format_id="register_auszug_gv",
    title="Gemeindeverzeichnis, Auszug (AuszugGV)",
    versions=(WITH_ASSOCIATIONS, WITHOUT_ASSOCIATIONS),
    gives="register",
)

# Heads of the columns, normalised: (part of the upper head, part of the lower head); the first match counts.
COLUMN_HEADS = {
    "record_type": (("satzart", ""),),
    "text_code": (("textkennz", ""),),
    "state": (("schlussel", "land"),),
    "district": (("schlussel", "rb"), ("schlussel", "regierungsbezirk")),
    "county": (("schlussel", "kreis"),),
    "association": (("schlussel", "vb"), ("schlussel", "verband")),
    "municipality": (("schlussel", "gem"),),
    "full_name": (("gemeindename", ""), ("name", "")),
    "area_km2": (("flache", ""),),
    "population": (("bevolkerung", "insgesamt"),),
    "male": (("bevolkerung", "mannlich"),),
    "female": (("bevolkerung", "weiblich"),),
    "density": (("bevolkerung", "jekm2"),),
    "postcode": (("postleit", ""),),
    "lon": (("koordinaten", "langengrad"),),
    "lat": (("koordinaten", "breitengrad"),),
    "travel_area_code": (("reisegebiet", "schlussel"),),
    "travel_area": (("reisegebiet", "bezeichnung"),),
    "urbanisation_code": (("verstadterung", "schlussel"),),
    "urbanisation": (("verstadterung", "bezeichnung"),),
}
REGISTER_URL = (
    "https://www.destatis.de/DE/Themen/Laender-Regionen/Regionales/Gemeindeverzeichnis/_inhalt.html"
)
REQUIRED = (
    "record_type",
    "state",
    "district",
    "county",
    "municipality",
    "full_name",
    "area_km2",
    "population",
)
KEY_WIDTHS = {"state": 2, "district": 1, "county": 2, "association": 4, "municipality": 3}
_EDITION = re.compile(r"\((Jahr|\d\. Quartal)\)")


def recognise(sample: Sample) -> Recognition | None:
    """Recognise a workbook with the head of the register on one of its sheets.

    Raises FormatError where it is the register but columns or dates are missing.
    """
    if not is_workbook(sample.head):
        return None
    sheets = preview(sample.path)
    for name, rows in sheets.items():
        head = _find_head(rows)
        if head is not None:
            return _recognise_sheet(name, rows, head, sheets)
    titles = " ".join(
        filter(None, (cell_text(cell) for rows in sheets.values() for cell in rows.to_numpy().ravel()))
    )
    if "Gemeinden in Deutschland nach Fläche" in titles:
        raise _unknown("keine Spalte „Satzart“", "oberste Zeilen")
    return None


def _unknown(problem: str, where: str) -> FormatError:
    return FormatError(
        f"Gemeindeverzeichnis in unbekanntem Aufbau: {problem}.",
        where=where,
        expected="bekannt sind: " + "; ".join(FORMAT.versions),
        advice="Die Datei unverändert von destatis.de laden (Gemeindeverzeichnis, Jahr oder Quartal).",
    )


def _find_head(rows: pd.DataFrame) -> int | None:
    """Row number of the head: it has the columns Satzart and Gemeindename (or Fläche)."""
    for number, row in rows.iterrows():
        found = {normalise(cell) for cell in row}
        if "satzart" in found and any(text.startswith(("gemeindename", "flache")) for text in found):
            return number
    return None


def _is_data(rows: pd.DataFrame, record_column: int) -> pd.Series:
    return texts(rows[record_column]).astype("str").str.fullmatch(r"\d\d").fillna(False).astype(bool)


def _recognise_sheet(
    name: str, rows: pd.DataFrame, head: int, sheets: dict[str, pd.DataFrame]
) -> Recognition:
    record_column = next(i for i, cell in enumerate(rows.loc[head]) if normalise(cell) == "satzart")
    data = rows.index[_is_data(rows, record_column) & (rows.index > head)]
    heads = rows[(rows.index >= head) & (rows.index < (data[0] if len(data) else head + 4))]
    columns = _find_columns(heads)
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        heads_shown = ", ".join(f"„{'/'.join(filter(None, COLUMN_HEADS[column][0]))}“" for column in missing)
        raise _unknown(f"Es fehlen Spalten ({heads_shown})", f"Blatt „{name}“, Zeile {head}")
    if not len(data):
        raise _unknown("Unter dem Kopf stehen keine Zeilen mit Satzart", f"Blatt „{name}“")
    title = next((text for text in map(cell_text, rows.loc[: head - 1].to_numpy().ravel()) if text), "") or ""
    dates, edition = _find_dates(heads, columns, title)
    shown = " ".join(filter(None, (title, *(cell_text(cell) for cell in heads.to_numpy().ravel()))))
    match = _EDITION.search(edition or shown)
    return Recognition(
        format=FORMAT,
        version=WITH_ASSOCIATIONS if "association" in columns else WITHOUT_ASSOCIATIONS,
        title=f"Gemeindeverzeichnis, Gebietsstand {german_date(dates['territorial'])}",
        details={
            "Gebietsstand": german_date(dates["territorial"]) + (f" ({match.group(1)})" if match else ""),
            "Bevölkerung am": german_date(dates["population"]),
            "Tabellenblatt": name,
        },
        options={"sheet": name, "first_row": int(data[0]), "columns": columns, **dates},
    )


def _find_columns(heads: pd.DataFrame) -> dict[str, int]:
    """Column number of each known column. An upper head spans the columns to its right that have none."""
    upper = [normalise(cell) for cell in heads.iloc[0].replace("", None).ffill()]
    lower = [
        "".join(normalise(cell) for cell in heads.iloc[1:][column] if find_date(cell) is None)
        for column in heads
    ]
    found: dict[str, int] = {}
    for name, patterns in COLUMN_HEADS.items():
        for above, below in patterns:
            hits = [
                i
                for i in range(len(upper))
                if above in upper[i] and (not below or lower[i].startswith(below))
            ]
            if hits:
                found[name] = hits[0]
                break
    return found


def _find_dates(
    heads: pd.DataFrame, columns: dict[str, int], title: str
) -> tuple[dict[str, datetime.date], str | None]:
    """Dates of territory, area and population, and the cell that names the edition.

    A date may stand over a merged cell, so it is looked for in the column and then to its left.
    """
    below = heads.iloc[1:]

    def date_over(column: str, leftmost: str) -> tuple[datetime.date | None, str | None]:
        for position in range(columns[column], columns[leftmost] - 1, -1):
            for cell in below[position]:
                if (date := find_date(cell)) is not None:
                    return date, cell_text(cell)
        return None, None

    territorial, edition = date_over("state", "state")
    territorial = territorial or find_date(title)
    area, _ = date_over("area_km2", "area_km2")
    population, _ = date_over("population", "area_km2")
    # A yearly edition without dates in its head counts people and territory on the day named in its title.
    if (
        population is None
        and "Quartal" not in title
        and territorial
        and (territorial.month, territorial.day) == (12, 31)
    ):
        population = territorial
    if territorial is None or population is None:
        raise _unknown("Gebietsstand oder Datum der Bevölkerung stehen nicht im Kopf", "oberste Zeilen")
    return {"territorial": territorial, "population": population, "area": area or population}, edition


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read the register: tables municipality, association, county, state, government_region, region.

    Values at level municipality: population, male, female (period = year of the count) and area_km2.
    """
    options = recognition.options
    raw = read_sheet(sample.path, options["sheet"], options["columns"].values())
    raw = raw[raw.index >= options["first_row"]]
    columns: dict[str, int] = options["columns"]
    # Sources and foot notes fill only the first cell.
    raw = raw[raw.drop(columns=columns["record_type"]).notna().any(axis=1)]
    rows = _raw_rows(raw, columns)
    usable, refusals = check_rows(rows)
    notes: list[str] = []
    tables = make_tables(usable, notes)
    municipalities = tables["municipality"]
    municipalities["reference_date"] = german_date(options["population"])
    municipalities["territorial_date"] = german_date(options["territorial"])
    basis = find_basis(municipalities, options["population"], notes)
    return Reading(
        values=make_values(municipalities, str(options["population"].year), str(options["area"].year)),
        features=make_features(options["population"], options["area"], options["territorial"], basis),
        source=SourceInfo(
            title=recognition.title,
            publisher="Statistisches Bundesamt (Destatis)",
            url=REGISTER_URL,
            reference_date=german_date(options["territorial"]),
        ),
        rows_read=len(rows),
        refused=refusals.table(),
        tables=tables,
        notes=notes,
    )


def _raw_rows(raw: pd.DataFrame, columns: dict[str, int]) -> pd.DataFrame:
    """The columns `check_rows` asks for; keys as text of full width."""
    blank = pd.Series(None, index=raw.index, dtype=object)
    rows = pd.DataFrame({name: raw[columns[name]] if name in columns else blank for name in COLUMN_HEADS})
    rows["record_type"] = texts(rows["record_type"])
    rows["text_code"] = digits(rows["text_code"], 2)
    rows["full_name"] = texts(rows["full_name"])
    rows["postcode"] = digits(rows["postcode"], 5)
    for part, width in KEY_WIDTHS.items():
        rows[part] = digits(rows[part], width, any_length=True)
    return rows
