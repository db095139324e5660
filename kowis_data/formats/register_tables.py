"""Checked rows of a municipal register made into tables, values and features."""

from __future__ import annotations

import datetime

import pandas as pd

from kowis_data.base.register import (
    ASSOCIATION_TYPES,
    ASSOCIATION_TYPES_BY_STATE,
    COUNTY_KINDS,
    UNINCORPORATED_CODES,
    UNINHABITED_CODE,
    UNIT_CODES_WITH_DESIGNATION,
    split_name,
)
from kowis_data.formats.cells import german_date, texts
from kowis_data.formats.reading import FEATURE_COLUMNS, VALUE_COLUMNS
from kowis_data.formats.register_checks import COLUMN_NAMES, FIGURES, RECORD_TYPES
from kowis_data.formats.register_population import COMPLETE_MUNICIPALITIES, basis_by_date, match_total

MUNICIPALITY_CODES = ("60", "61", "62", "63", "64", "65", "66", "67")
# Longitudes and latitudes of Germany with its coastal waters.
LON_RANGE, LAT_RANGE = (3, 16), (47, 56)
# Columns a register may have besides keys, name and figures; blank where a file has none.
MUNICIPALITY_TEXTS = ("travel_area_code", "travel_area", "urbanisation_code", "urbanisation")

FIGURE_TITLES = {
    "population": ("Bevölkerung insgesamt", "Personen"),
    "male": ("Männliche Bevölkerung", "Personen"),
    "female": ("Weibliche Bevölkerung", "Personen"),
    "area_km2": ("Fläche", "km²"),
}


def make_tables(rows: pd.DataFrame, notes: list[str]) -> dict[str, pd.DataFrame]:
    """Tables municipality, association, county, state, government_region and region of checked rows.

    `municipality` has the columns of the database's table of that name and `line`; a population that is
    missing or 0 in a place where people live is <NA> and told in `notes`.
    """
    kinds = {kind: rows[rows["record_type"] == code] for code, kind in RECORD_TYPES.items()}
    counties = _county_key(kinds["county"])
    tables = {
        "municipality": _municipalities(kinds["municipality"], set(counties), notes),
        "association": _associations(kinds["association"]),
        "county": pd.DataFrame(
            {
                "county_id": counties,
                "name": _short_names(kinds["county"]),
                "kind": kinds["county"]["text_code"].map(COUNTY_KINDS),
                "state_id": kinds["county"]["state"],
                "seat": _optional(kinds["county"], "seat"),
            }
        ),
        "state": pd.DataFrame({"state_id": kinds["state"]["state"], "name": kinds["state"]["full_name"]}),
    }
    for kind in ("government_region", "region"):
        part = kinds[kind]
        # A region has one digit after the administrative district: 0811 is Region Stuttgart.
        key = (
            part["state"]
            + part["district"]
            + (part["county"].fillna("").str[-1:] if kind == "region" else "")
        )
        tables[kind] = pd.DataFrame({"key": key, "name": part["full_name"]})
    if tables["state"]["state_id"].nunique() < 16:
        notes.append(
            f"Die Datei nennt nur {tables['state']['state_id'].nunique()} von 16 Ländern:"
            " Sie ist ein Auszug oder abgeschnitten."
        )
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


def _county_key(rows: pd.DataFrame) -> pd.Series:
    return rows["state"] + rows["district"] + rows["county"]


def _short_names(rows: pd.DataFrame) -> list[str]:
    return [split_name(name)[0] for name in rows["full_name"]]


def _optional(rows: pd.DataFrame, column: str) -> pd.Series:
    return texts(rows[column]) if column in rows else pd.Series(None, index=rows.index, dtype=object)


def _associations(rows: pd.DataFrame) -> pd.DataFrame:
    names = [
        split_name(name)[0] if code in UNIT_CODES_WITH_DESIGNATION else name
        for name, code in zip(rows["full_name"], rows["text_code"], strict=True)
    ]
    types = [
        ASSOCIATION_TYPES_BY_STATE.get((state, code), ASSOCIATION_TYPES.get(code))
        for state, code in zip(rows["state"], rows["text_code"], strict=True)
    ]
    return pd.DataFrame(
        {
            "unit_id": _county_key(rows) + rows["association"],
            "name": names,
            "association_type": types,
            "text_code": rows["text_code"],
            "seat": _optional(rows, "seat"),
        }
    )


def _municipalities(rows: pd.DataFrame, counties: set[str], notes: list[str]) -> pd.DataFrame:
    county = _county_key(rows)
    names = [split_name(name) for name in rows["full_name"]]
    table = pd.DataFrame(
        {
            "ags": county + rows["municipality"],
            "ars": county + rows["association"] + rows["municipality"],
            "unit_id": county + rows["association"],
            # Coastal waters (13000999) belong to no county.
            "county_id": county.where(county.isin(counties), None),
            "state_id": rows["state"],
            "name": [name for name, _ in names],
            "designation": [designation for _, designation in names],
            "text_code": rows["text_code"],
            "area_km2": rows["area_km2"].round(6),
            "postcode": rows["postcode"],
            "is_unincorporated": rows["text_code"].isin(UNINCORPORATED_CODES),
            "line": rows.index,
        }
    )
    gap = (rows["text_code"] != UNINHABITED_CODE) & ~(rows["population"] > 0)
    for figure in ("population", "male", "female"):
        table[figure] = rows[figure].mask(gap).astype("Int64")
    for column, (low, high) in (("lon", LON_RANGE), ("lat", LAT_RANGE)):
        inside = rows[column].between(low, high)
        table[column] = rows[column].where(inside)
        outside = rows[column].notna() & ~inside
        if outside.any():
            named = _named(table[outside])
            notes.append(f"{COLUMN_NAMES[column]} außerhalb Deutschlands, weggelassen: {named}.")
    for column in MUNICIPALITY_TEXTS:
        table[column] = _optional(rows, column)
    unknown = sorted(set(rows["text_code"].dropna()) - set(MUNICIPALITY_CODES))
    if unknown:
        notes.append(
            f"Unbekannte Textkennzeichen bei Gemeinden: {', '.join(unknown)}; als Gemeinde behandelt."
        )
    if gap.any():
        notes.append(
            f"Ohne Einwohnerzahl (leer oder 0), obwohl bewohnt; eine Lücke, keine 0: {_named(table[gap])}."
        )
    return table


def _named(municipalities: pd.DataFrame, at_most: int = 10) -> str:
    """`Fehrbellin (12068117), …` and how many more there are."""
    first = municipalities.head(at_most)
    named = ", ".join(f"{name} ({ags})" for name, ags in zip(first["name"], first["ags"], strict=True))
    more = len(municipalities) - len(first)
    return f"{named} und {more} weitere" if more else named


def make_values(municipalities: pd.DataFrame, period: str | None, area_period: str) -> pd.DataFrame:
    """`Reading.values`: population, male, female (in `period`) and area_km2 (in `area_period`).

    Without `period` there are only areas. A gap is a row without value and status "nichts_vorhanden".
    """
    blocks = []
    for figure in FIGURES if period else ("area_km2",):
        value = municipalities[figure].astype("Float64").to_numpy(dtype="float64", na_value=float("nan"))
        blocks.append(
            pd.DataFrame(
                {
                    "feature": figure,
                    "level": "municipality",
                    "region_id": municipalities["ags"],
                    "region_name": municipalities["name"],
                    "period": area_period if figure == "area_km2" else period,
                    "value": value,
                    "value_status": pd.Series(value).isna().map({True: "nichts_vorhanden", False: None}),
                    "line": municipalities["line"],
                }
            )
        )
    return pd.concat(blocks, ignore_index=True)[list(VALUE_COLUMNS)]


def make_features(
    population_date: datetime.date | None,
    area_date: datetime.date,
    territorial: datetime.date,
    basis: str | None,
) -> pd.DataFrame:
    """`Reading.features` for the figures of a register, with the two dates it has."""
    rows = []
    for figure in FIGURES if population_date else ("area_km2",):
        title, unit_label = FIGURE_TITLES[figure]
        is_area = figure == "area_km2"
        date = area_date if is_area else population_date
        definition = (
            f"{title} am {german_date(date)} laut Gemeindeverzeichnis vom {german_date(territorial)}."
        )
        rows.append((figure, title, unit_label, definition, german_date(date), None if is_area else basis))
    return pd.DataFrame(rows, columns=list(FEATURE_COLUMNS))


def find_basis(municipalities: pd.DataFrame, date: datetime.date, notes: list[str]) -> str | None:
    """The basis of the population figures of a date; what the national total says goes into `notes`."""
    total = int(municipalities["population"].sum())
    shown = f"{total:,}".replace(",", ".")
    if len(municipalities) < COMPLETE_MUNICIPALITIES:
        notes.append(f"Summe der Einwohner im Auszug: {shown}.")
        return basis_by_date(date)
    published = match_total(total, date=date)
    if published is None:
        notes.append(
            f"Die Summe der Einwohner ({shown}) ist keine uns bekannte Bevölkerung vom {german_date(date)}."
        )
        return basis_by_date(date)
    difference = published.population - total
    if difference:
        notes.append(
            f"Summe der Einwohner {shown}; veröffentlicht sind für den {german_date(date)}"
            f" {published.population:,}".replace(",", ".")
            + f" (Differenz {difference:,}).".replace(",", ".")
        )
    else:
        notes.append(f"Die Summe der Einwohner ({shown}) ist die veröffentlichte vom {german_date(date)}.")
    return published.basis
