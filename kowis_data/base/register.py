"""The municipal register (AuszugGV) of 30.06.2024: municipalities, units, counties and states.

The register counts people on 31.12.2022 within the territory of 30.06.2024. One municipality has a gap there
(Fehrbellin); it is filled with a documented figure, and any further gap stops the run: an inhabited
municipality is never taken to have 0 inhabitants.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd

REGISTER_FILE = "assets/AuszugGV2QAktuell.xlsx"
NATIONAL_POPULATION = 84_358_845  # published total of 31.12.2022

COLUMNS = (
    "record_type",
    "text_code",
    "state",
    "district",
    "county",
    "association",
    "municipality",
    "full_name",
    "area_km2",
    "population",
    "male",
    "female",
    "density",
    "postcode",
    "lon",
    "lat",
    "travel_area_code",
    "travel_area",
    "urbanisation_code",
    "urbanisation",
)

# Satzart of the register.
STATE, COUNTY, UNIT, MUNICIPALITY = "10", "40", "50", "60"

COUNTY_KINDS = {
    "41": "kreisfreie Stadt",
    "42": "Stadtkreis",
    "43": "Kreis",
    "44": "Landkreis",
    "45": "Regionalverband",
}

ASSOCIATION_TYPES = {
    "50": "verbandsfreie Gemeinde/Einheitsgemeinde",
    "51": "Amt",
    "52": "Samtgemeinde",
    "53": "Verbandsgemeinde",
    "54": "Verwaltungsgemeinschaft",
    "55": "Kirchspielslandgemeinde",
    "56": "Verwaltungsverband",
    "58": "erfüllende Gemeinde",
}
# The same code means another institution by state law; the names in the register say so too (VVG, GVV).
ASSOCIATION_TYPES_BY_STATE = {
    ("08", "54"): "vereinbarte Verwaltungsgemeinschaft",
    ("08", "56"): "Gemeindeverwaltungsverband",
    ("12", "58"): "mitverwaltende Gemeinde",
}

# 65 inhabited, 66 uninhabited gemeindefreies Gebiet (domain.md counts both as one class).
UNINCORPORATED_CODES = ("65", "66")
UNINHABITED_CODE = "66"

# Abbreviations some states use after the comma of a name.
DESIGNATIONS = {
    "St": "Stadt",
    "M": "Markt",
    "GKSt": "Große Kreisstadt",
    "gemfr. Gebiet": "gemeindefreies Gebiet",
    "gemfr. Geb.": "gemeindefreies Gebiet",
    "gemfr.Geb.": "gemeindefreies Gebiet",
    "gemfr. Bezirk": "gemeindefreier Bezirk",
}

# Associations named after one place may carry its designation; others list several places with commas.
UNIT_CODES_WITH_DESIGNATION = ("50", "52", "58")


@dataclass(frozen=True)
class Correction:
    """A value of the register replaced by us: AGS, column, both values, reason and source in German."""

    ags: str
    field: str
    old_value: float
    new_value: float
    reason_de: str
    source_de: str


CORRECTIONS = (
    Correction(
        ags="12068117",
        field="population",
        old_value=0,
        new_value=9094,
        reason_de=(
            "Im Gemeindeverzeichnis vom 30.06.2024 fehlt die Einwohnerzahl von Fehrbellin (dort 0). Die Summe"
            " der übrigen Gemeinden ist 84.349.751, veröffentlicht sind 84.358.845 Einwohner am 31.12.2022;"
            " die Differenz von 9.094 ist Fehrbellin. Die Aufteilung nach Geschlecht bleibt offen."
        ),
        source_de="Statistisches Bundesamt: Bevölkerung am 31.12.2022 (84.358.845), Differenzrechnung",
    ),
)


@dataclass
class Register:
    """The tables of the register, ready to ship.

    Attributes
    ----------
    municipalities : one row per municipality, keys as text, `population` on 31.12.2022, `area_km2`, `lon` and
        `lat` in degrees (WGS84).
    units : `unit_id, name, association_type, text_code`.
    counties : `county_id, name, kind, state_id`.
    states : `state_id, name`.
    corrections : one row per corrected value.
    """

    municipalities: pd.DataFrame
    units: pd.DataFrame
    counties: pd.DataFrame
    states: pd.DataFrame
    corrections: pd.DataFrame


def decimal_comma(text: str | None) -> float | None:
    """`"9,43751"` as 9.43751; None stays None. Raises ValueError for anything that is no number."""
    if text is None or not str(text).strip():
        return None
    return float(str(text).strip().replace(",", "."))


def split_name(full_name: str) -> tuple[str, str | None]:
    """Name and designation: `("Vlotho", "Stadt")` for `"Vlotho, Stadt"`, `("Perl", None)` for `"Perl"`."""
    name, _, designation = full_name.partition(",")
    parts = [part.strip() for part in designation.split(",") if part.strip()]
    designation = ", ".join(" ".join(DESIGNATIONS.get(part, part).split()) for part in parts)
    return name.strip(), designation or None


def read_rows(path: Path) -> pd.DataFrame:
    """All data rows of the register with `COLUMNS`, cells as delivered; title and foot notes left out."""
    workbook = openpyxl.load_workbook(path, read_only=True)
    sheet = workbook[workbook.sheetnames[1]]
    rows = [row[: len(COLUMNS)] for row in sheet.iter_rows(min_row=7, values_only=True)]
    workbook.close()
    table = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return table[table["record_type"].astype(str).str.fullmatch(r"\d\d")].reset_index(drop=True)


def check_gaps(municipalities: pd.DataFrame, corrections: tuple[Correction, ...] = CORRECTIONS) -> None:
    """Raise ValueError (German) for inhabited-type municipalities with neither inhabitants nor a correction.

    A correction whose old value is no longer in the file is an error too: the publisher closed the gap.
    """
    inhabited = municipalities["text_code"] != UNINHABITED_CODE
    empty = municipalities["population"].isna() | (municipalities["population"] == 0)
    known = {c.ags for c in corrections if c.field == "population"}
    unknown = municipalities[inhabited & empty & ~municipalities["ags"].isin(known)]
    if len(unknown):
        names = ", ".join(f"{row.name} ({row.ags})" for row in unknown.itertuples(index=False))
        raise ValueError(
            f"Gemeinden ohne Einwohnerzahl im Verzeichnis, für die keine Korrektur belegt ist: {names}."
        )
    values = municipalities.set_index("ags")
    for correction in corrections:
        found = values.loc[correction.ags, correction.field]
        if found != correction.old_value:
            raise ValueError(
                f"Die Korrektur für {correction.ags} ({correction.field}) passt nicht mehr: erwartet wird"
                f" {correction.old_value:g}, in der Datei steht {found}."
            )


def make_municipalities(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of Satzart 60 as the table of municipalities, corrected, sorted by AGS."""
    is_county = rows["record_type"] == COUNTY
    counties = set((rows["state"] + rows["district"] + rows["county"])[is_county])
    rows = rows[rows["record_type"] == MUNICIPALITY]
    names = [split_name(name) for name in rows["full_name"]]
    county_id = rows["state"] + rows["district"] + rows["county"]
    table = pd.DataFrame(
        {
            "ags": county_id + rows["municipality"],
            "ars": county_id + rows["association"] + rows["municipality"],
            "unit_id": county_id + rows["association"],
            # Coastal waters (13000999) belong to no county.
            "county_id": county_id.where(county_id.isin(counties)),
            "state_id": rows["state"],
            "name": [name for name, _ in names],
            "designation": [designation for _, designation in names],
            "text_code": rows["text_code"],
            "area_km2": rows["area_km2"].astype(float),
            "population": rows["population"].astype("Int64"),
            "male": rows["male"].astype("Int64"),
            "female": rows["female"].astype("Int64"),
            "postcode": rows["postcode"],
            "lon": rows["lon"].map(decimal_comma).astype(float),
            "lat": rows["lat"].map(decimal_comma).astype(float),
            "travel_area_code": rows["travel_area_code"],
            "travel_area": rows["travel_area"],
            "urbanisation_code": rows["urbanisation_code"],
            "urbanisation": rows["urbanisation"],
            "is_unincorporated": rows["text_code"].isin(UNINCORPORATED_CODES),
        }
    )
    # Two areas without land of their own (border rivers) have 0/0 for a centre.
    table.loc[(table["lon"] == 0) & (table["lat"] == 0), ["lon", "lat"]] = None
    check_gaps(table)
    for correction in CORRECTIONS:
        row = table["ags"] == correction.ags
        table.loc[row, correction.field] = correction.new_value
        # The correction knows only the total; the zeros beside it are part of the same gap.
        table.loc[row, ["male", "female"]] = pd.NA
    return table.sort_values("ags", ignore_index=True)


def make_units(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of Satzart 50 as the table of units, sorted by key."""
    rows = rows[rows["record_type"] == UNIT]
    names = [
        split_name(name)[0] if code in UNIT_CODES_WITH_DESIGNATION else name.strip()
        for name, code in zip(rows["full_name"], rows["text_code"], strict=True)
    ]
    types = [
        ASSOCIATION_TYPES_BY_STATE.get((state, code), ASSOCIATION_TYPES[code])
        for state, code in zip(rows["state"], rows["text_code"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "unit_id": rows["state"] + rows["district"] + rows["county"] + rows["association"],
            "name": names,
            "association_type": types,
            "text_code": rows["text_code"],
        }
    )
    return table.sort_values("unit_id", ignore_index=True)


def make_counties(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of Satzart 40 as the table of counties, sorted by key."""
    rows = rows[rows["record_type"] == COUNTY]
    table = pd.DataFrame(
        {
            "county_id": rows["state"] + rows["district"] + rows["county"],
            "name": [split_name(name)[0] for name in rows["full_name"]],
            "kind": rows["text_code"].map(COUNTY_KINDS),
            "state_id": rows["state"],
        }
    )
    return table.sort_values("county_id", ignore_index=True)


def make_states(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of Satzart 10 as the table of states, sorted by key."""
    rows = rows[rows["record_type"] == STATE]
    table = pd.DataFrame({"state_id": rows["state"], "name": rows["full_name"].str.strip()})
    return table.sort_values("state_id", ignore_index=True)


def check_register(register: Register) -> None:
    """Raise ValueError (German) where the tables do not fit together or miss the published total."""
    municipalities = register.municipalities
    total = int(municipalities["population"].sum())
    if total != NATIONAL_POPULATION:
        raise ValueError(f"Einwohnersumme {total} statt {NATIONAL_POPULATION}.")
    for column, table in (("unit_id", register.units), ("county_id", register.counties)):
        missing = set(municipalities[column].dropna()) ^ set(table[column])
        if missing:
            raise ValueError(f"Schlüssel ohne Gegenstück ({column}): {sorted(missing)[:10]}.")
    by_sex = municipalities["male"] + municipalities["female"]
    wrong = municipalities[by_sex.notna() & (by_sex != municipalities["population"])]
    if len(wrong):
        keys = wrong["ags"].tolist()[:10]
        raise ValueError(f"Männlich und weiblich ergeben nicht die Einwohnerzahl: {keys}.")


def make_register(package_dir: Path) -> Register:
    """The register in the unpacked package `pystatis`, read, corrected and checked."""
    rows = read_rows(package_dir / REGISTER_FILE)
    register = Register(
        municipalities=make_municipalities(rows),
        units=make_units(rows),
        counties=make_counties(rows),
        states=make_states(rows),
        corrections=pd.DataFrame(CORRECTIONS),
    )
    check_register(register)
    return register
