"""Rows of boundary files: level and key of each area, parts by Geofaktor, areas of one region united."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from kowis_data.formats.cells import EXCERPT_LENGTH, texts
from kowis_data.formats.refusals import refused_table
from kowis_data.keys import COUNTRY_KEY, STATE_KEYS, ars_to_ags

if TYPE_CHECKING:
    import geopandas as gpd

# Official names of the columns -> what else they are called; upper case.
COLUMNS = {
    "ARS": ("ARS",),
    "RS": ("RS",),
    "AGS": ("AGS", "AGS_8"),
    "PADDED": ("ARS_0", "RS_0"),
    "NAME": ("GEN", "NAME"),
    "ADE": ("ADE",),
    "GF": ("GF",),
    "BSG": ("BSG",),
}
SEARCHED_COLUMNS = {name for names in COLUMNS.values() for name in names}
LEVEL_OF_ADE = {1: "country", 2: "state", 3: "district", 4: "county", 5: "unit", 6: "municipality"}
LEVEL_TITLES = {
    "municipality": "Gemeinden",
    "unit": "Gemeindeverbände",
    "county": "Kreise",
    "district": "Regierungsbezirke",
    "state": "Länder",
    "country": "Staat",
}
ARS_LENGTH = {"municipality": 12, "unit": 9, "county": 5, "district": 3, "state": 2}
AGS_LENGTH = {"municipality": 8, "county": 5, "district": 3, "state": 2}
PART_OF_GF = {4: "land", 9: "land", 2: "water", 1: "sea", 8: "sea", 3: "outside_land"}
BOUNDARY_COLUMNS = ("level", "region_id", "region_name", "unit_id", "part", "geometry", "area_km2")
EQUAL_AREA = "EPSG:3035"


def column_names(columns: Iterable[str]) -> dict[str, str]:
    """Name in `COLUMNS` -> name in the file, for the columns that are there."""
    upper = {column.upper(): column for column in columns}
    found = {
        name: next((upper[other] for other in others if other in upper), None)
        for name, others in COLUMNS.items()
    }
    return {name: own for name, own in found.items() if own is not None}


def find_level(row: dict[str, object]) -> str | None:
    """Level of the areas of a layer by one of its rows; None where it has no official key."""
    keys = {
        name: _key_text(row[name]) for name in ("ARS", "RS", "AGS", "PADDED") if row.get(name) is not None
    }
    if not any(keys.values()):
        return None
    ade = pd.to_numeric(pd.Series([row.get("ADE")]), errors="coerce").iloc[0]
    if ade in LEVEL_OF_ADE:
        return LEVEL_OF_ADE[ade]
    for name, lengths in (("ARS", ARS_LENGTH), ("RS", ARS_LENGTH), ("AGS", AGS_LENGTH)):
        key = keys.get(name)
        for level, length in lengths.items() if key else ():
            if len(key) == length or (len(key) == length - 1 and key[0] != "0"):
                return "country" if set(key) == {"0"} else level
    return None


def _key_text(cell: object) -> str | None:
    text = texts(pd.Series([cell], dtype=object)).iloc[0]
    return text if text and text.isdecimal() else None


def make_rows(areas: gpd.GeoDataFrame, level: str, notes: list[str]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Usable areas of a layer (columns region_id, region_name, unit_id, part, geometry) and refused ones.

    Parameters
    ----------
    areas : columns named as in `COLUMNS`, coordinates of the file.
    level : of the layer.
    notes : German notes are added here.
    """
    import geopandas as gpd
    import shapely

    blank = pd.Series(None, index=areas.index, dtype=object)
    text = {name: texts(areas[name]) if name in areas else blank for name in COLUMNS}
    ars = _padded(text["ARS"] if "ARS" in areas else text["RS"], ARS_LENGTH.get(level))
    if "ARS" not in areas and "RS" not in areas and "PADDED" in areas:
        full = _padded(text["PADDED"], 12)
        ars = full.str[: ARS_LENGTH.get(level, 12)]
    ags = _padded(text["AGS"], AGS_LENGTH.get(level))
    if level == "country":
        zeros = pd.concat([text[name] for name in ("ARS", "RS", "AGS")], axis=1).astype("str")
        is_country = (
            zeros.apply(lambda column: column.str.fullmatch("0+")).fillna(False).astype(bool).any(axis=1)
        )
        region = blank.mask(is_country, COUNTRY_KEY)
    elif level == "municipality":
        from_ars = ars.map(ars_to_ags, na_action="ignore")
        region = ags.where(ags.notna(), from_ars)
    else:
        region = ars.where(ars.notna(), ags)
    reason = blank.copy()

    def refuse(bad: pd.Series, why: str) -> None:
        reason.mask(bad & reason.isna(), why, inplace=True)

    # Lake Constance beside Germany and the like have no key; they are no fault.
    abroad = region.isna() & text["BSG"].isin(["9"])
    refuse(region.isna() & ~abroad, "Die Fläche hat keinen gültigen amtlichen Schlüssel")
    if level == "municipality":
        refuse(
            ags.notna() & from_ars.notna() & (ags != from_ars),
            "AGS und ARS der Fläche widersprechen einander",
        )
    geometry = areas.geometry.copy()
    invalid = geometry.notna() & ~geometry.is_valid
    if invalid.any():
        # By structure: neither lines nor doubled areas may come out of it.
        fixed = shapely.make_valid(geometry[invalid].to_numpy(), method="structure", keep_collapsed=False)
        geometry[invalid] = fixed
        notes.append(f"{int(invalid.sum())} Flächen überschneiden sich selbst und wurden bereinigt.")
    polygonal = geometry.geom_type.isin(["Polygon", "MultiPolygon"]) & ~geometry.is_empty & geometry.notna()
    refuse(~polygonal & ~abroad, "Die Fläche hat kein Vieleck")
    part = pd.Series("land", index=areas.index, dtype=object)
    if "GF" in areas:
        part = pd.to_numeric(text["GF"], errors="coerce").map(PART_OF_GF)
        refuse(part.isna() & ~abroad, "Der Geofaktor (GF) ist unbekannt")
    different = pd.DataFrame({"region": region, "name": text["NAME"]})[part == "land"].drop_duplicates()
    twice = different.loc[different.duplicated("region", keep=False) & different["region"].notna(), "region"]
    refuse(region.isin(twice), "Derselbe Schlüssel steht bei Flächen mit verschiedenen Namen")

    bad = reason.notna()
    shown = pd.concat([text[name].astype("str").fillna("") for name in ("NAME", "ARS", "RS", "AGS")], axis=1)
    excerpt = shown.agg(" ".join, axis=1).str.split().str.join(" ")
    refused = refused_table(areas.index[bad] + 1, reason[bad], excerpt[bad].str[:EXCERPT_LENGTH])
    if abroad.any():
        notes.append(f"{int(abroad.sum())} Flächen außerhalb Deutschlands (Bodensee) bleiben weg.")
    columns = {
        "region_id": region,
        "region_name": text["NAME"],
        "unit_id": ars.str[:9] if level == "municipality" else blank,
        "part": part,
    }
    rows = gpd.GeoDataFrame(columns, geometry=geometry, crs=areas.crs)
    return rows[~bad & ~abroad], refused


def _padded(keys: pd.Series, length: int | None) -> pd.Series:
    """Keys of a length with a lost leading zero put back, of German states; None for others."""
    if length is None:
        return pd.Series(None, index=keys.index, dtype=object)
    padded = keys.astype("str").where(keys.astype("str").str.fullmatch(rf"[0-9]{{{length - 1},{length}}}"))
    padded = padded.str.zfill(length).astype(object)
    return padded.where(padded.str[:2].isin(STATE_KEYS), None)


def unite_parts(rows: gpd.GeoDataFrame, level: str) -> pd.DataFrame:
    """One row per region and part, `BOUNDARY_COLUMNS`; geometry WKB, areas measured in km²."""
    several = rows.duplicated(["region_id", "part"], keep=False)
    united = rows[~several]
    if several.any():
        dissolved = rows[several].dissolve(["region_id", "part"], as_index=False)
        united = type(rows)(pd.concat([united, dissolved], ignore_index=True), crs=rows.crs)
    united = united.sort_values(["region_id", "part"], ignore_index=True)
    table = pd.DataFrame(united.drop(columns="geometry"))
    table["level"] = level
    table["geometry"] = united.geometry.to_wkb()
    table["area_km2"] = united.geometry.to_crs(EQUAL_AREA).area / 1e6
    return table[list(BOUNDARY_COLUMNS)]
