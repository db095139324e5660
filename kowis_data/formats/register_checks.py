"""The rows of a municipal register checked, whatever file they came from.

Both registers of Destatis (AuszugGV, GV100AD) hold the same rows: Satzart 10 state, 20 administrative
district, 30 region, 40 county, 50 association, 60 municipality.
"""

from __future__ import annotations

import pandas as pd

from kowis_data.formats.cells import has_formula, numbers
from kowis_data.formats.reading import FormatError
from kowis_data.formats.refusals import Refusals
from kowis_data.keys import STATE_KEYS

RECORD_TYPES = {
    "10": "state",
    "20": "government_region",
    "30": "region",
    "40": "county",
    "50": "association",
    "60": "municipality",
}
KEY_PARTS = ("state", "district", "county", "association", "municipality")
FIGURES = ("population", "male", "female", "area_km2")
MAX_POPULATION = 20_000_000
MAX_AREA_KM2 = 50_000

PART_NAMES = {
    "district": "Regierungsbezirk",
    "county": "Kreis",
    "association": "Gemeindeverband",
    "municipality": "Gemeinde",
}
COLUMN_NAMES = {
    "population": "Bevölkerung",
    "male": "männlich",
    "female": "weiblich",
    "area_km2": "Fläche",
    "density": "je km²",
    "lon": "Längengrad",
    "lat": "Breitengrad",
}


def check_rows(rows: pd.DataFrame) -> tuple[pd.DataFrame, Refusals]:
    """The usable rows with numbers as float, and the refused ones.

    Parameters
    ----------
    rows : index = line in the file; columns record_type, text_code, state, district, county, association,
        municipality (key parts as text of full width or None), full_name, and as raw cells area_km2,
        population, male, female, optionally density (people per km²), lon, lat and texts (postcode, seat
        …).

    Raises FormatError where most municipalities would be refused: then the columns are not what they seem.
    """
    refusals = Refusals(rows)
    rows = rows.astype(dict.fromkeys(("record_type", "text_code", *KEY_PARTS, "full_name"), "str"))
    refusals.mark(has_formula(rows), "Eine Zelle enthält eine Formel statt eines Wertes")
    record_type = rows["record_type"]
    refusals.mark(
        ~record_type.isin(RECORD_TYPES),
        "Satzart fehlt oder ist unbekannt, oder die Spalten der Zeile sind verschoben",
    )
    refusals.mark(
        ~rows["state"].isin(STATE_KEYS), "Länderschlüssel fehlt oder liegt nicht zwischen 01 und 16"
    )
    # Editions without associations have none for any municipality.
    has_associations = rows["association"].notna().any()
    for part, needed_by in (
        ("district", ("20", "30", "40", "50", "60")),
        ("county", ("40", "50", "60")),
        ("association", ("50", "60") if has_associations else ()),
        ("municipality", ("60",)),
    ):
        refusals.mark(
            record_type.isin(needed_by) & rows[part].isna(), f"Schlüsselteil fehlt: {PART_NAMES[part]}"
        )
    refusals.mark(rows["full_name"].isna(), "Der Name fehlt")
    is_municipality = record_type == "60"
    _check_figures(rows, is_municipality, refusals)
    _check_duplicates(rows, refusals)
    usable = rows[~refusals.mask]
    count, used = int(is_municipality.sum()), int((usable["record_type"] == "60").sum())
    if count == 0 or used < count / 2:
        table = refusals.table()
        reason = table["reason"].value_counts().index[0] if len(table) else "keine Zeile mit Satzart 60"
        raise FormatError(
            f"Von {count} Gemeinden im Verzeichnis sind nur {used} lesbar.",
            where=f"Zeile {table['line'].iloc[0]}: {reason}" if len(table) else "",
            expected="je Gemeinde Schlüssel, Name, Fläche und Bevölkerung in den benannten Spalten",
            advice="Prüfen, ob Spalten vertauscht oder gelöscht sind; sonst die Datei neu herunterladen.",
        )
    return usable, refusals


def _check_figures(rows: pd.DataFrame, is_municipality: pd.Series, refusals: Refusals) -> None:
    """Turn the figures into numbers in place; refuse what cannot be read or contradicts itself."""
    for column in (*FIGURES, "density", "lon", "lat"):
        if column in rows:
            rows[column], bad = numbers(rows[column], whole=column in ("population", "male", "female"))
            refusals.mark(bad & is_municipality, f"Keine lesbare Zahl in der Spalte {COLUMN_NAMES[column]}")
    refusals.mark(is_municipality & rows["area_km2"].isna(), "Die Fläche fehlt")
    too_large = (rows["population"] > MAX_POPULATION) | (rows["area_km2"] > MAX_AREA_KM2)
    negative = (rows[list(FIGURES)] < 0).any(axis=1)
    refusals.mark(
        is_municipality & (too_large | negative), "Bevölkerung oder Fläche liegt außerhalb des Möglichen"
    )
    by_sex = rows["male"] + rows["female"]
    refusals.mark(
        is_municipality & by_sex.notna() & (by_sex != rows["population"]),
        "Männlich und weiblich ergeben zusammen nicht die Bevölkerung",
    )
    if "density" in rows:
        density = rows["population"] / rows["area_km2"]
        refusals.mark(
            is_municipality & rows["density"].notna() & ((density - rows["density"]).abs() > 1),
            "Einwohner je km² passen nicht zu Fläche und Bevölkerung",
        )


def _check_duplicates(rows: pd.DataFrame, refusals: Refusals) -> None:
    refusals.mark_duplicates(["record_type", *KEY_PARTS])
    municipalities = rows[~refusals.mask & (rows["record_type"] == "60")]
    refusals.mark(
        municipalities.duplicated(["state", "district", "county", "municipality"], keep=False),
        "Dieselbe Gemeinde steht unter zwei Gemeindeverbänden",
    )
