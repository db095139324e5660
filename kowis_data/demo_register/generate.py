"""The demo register as a whole: rows for a file, and the aggregate that ships with the atlas."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kowis_data.demo_register import companies, places

# Kilometres per degree of latitude; longitudes shrink with the cosine.
_KM_PER_DEGREE = 111.2
_NEWEST_YEAR = 2023


@dataclass(frozen=True)
class DemoRegister:
    """Units, their economic types and all companies; `rows` and `structure` present them."""

    units: pd.DataFrame
    types: np.ndarray
    companies: companies.Companies
    members: pd.DataFrame
    rng: np.random.Generator


def generate(con: duckdb.DuckDBPyConnection, seed: int | None = None, types: np.ndarray | None = None) -> DemoRegister:
    """Draw the register for the units of a database of the atlas.

    Parameters
    ----------
    con : an open database of the atlas with units, municipalities and base observations.
    seed : of the random numbers; the shipped one by default.
    types : planted economic types (1–4) in order of `places.units`, drawn from covariates by default.
    """
    facts = places.parameters()
    rng = np.random.default_rng(facts["seed"] if seed is None else seed)
    frame = places.units(con)
    members = places.members(con)
    unit_of = members.set_index("ags")["unit_id"]
    special = {unit_of[study["ags"]]: study for study in facts["case_studies"] if study["ags"] in unit_of.index}
    drawn = places.draw_types(frame, rng, {unit_id: study["type"] for unit_id, study in special.items()})
    kinds = drawn if types is None else np.asarray(types)
    known = special if types is None else {}
    return DemoRegister(frame, kinds, companies.draw(frame, kinds, rng, known), members, rng)


def structure(register: DemoRegister) -> pd.DataFrame:
    """The register summed up: one row per unit × division × size class, columns as in `industry_structure`
    (without source_id), in order of the keys. Employees are whole persons, none estimated.
    """
    drawn = register.companies
    labels = _size_classes()
    classes = np.searchsorted(np.array([10, 20, 50, 100, 250, 500, 1000]), drawn.employees, side="right")
    frame = pd.DataFrame(
        {"unit": drawn.unit, "division": drawn.division, "size": classes, "employees": drawn.employees}
    ).sort_values(["unit", "division", "size", "employees"], ascending=[True, True, True, False], kind="stable")
    grouped = frame.groupby(["unit", "division", "size"], sort=True)["employees"]
    found = grouped.agg(["size", "sum", "max"]).set_axis(["companies", "employees", "largest_employees"], axis=1)
    second = grouped.nth(1)
    second.index = pd.MultiIndex.from_frame(frame.loc[second.index, ["unit", "division", "size"]])
    found["second_employees"] = second.reindex(found.index).astype("Int32")
    found = found.reset_index()
    return pd.DataFrame(
        {
            "unit_id": register.units.index.to_numpy()[found["unit"]],
            "wz_division": np.array(drawn.divisions)[found["division"]],
            "wz_section": np.array(drawn.sections)[found["division"]],
            "size_class": np.array(labels)[found["size"]],
            "companies": found["companies"].astype("int32"),
            "employees": found["employees"].astype("int32"),
            "employees_estimated": np.zeros(len(found), dtype="int32"),
            "largest_employees": found["largest_employees"].astype("int32"),
            "second_employees": found["second_employees"],
        }
    )


def rows(register: DemoRegister) -> pd.DataFrame:
    """One row per company as a register would hold it.

    Columns: id, name, wz, employees, revenue_1000_eur, founded, ags, postcode, town, lon, lat (WGS84).
    """
    drawn, rng, members = register.companies, register.rng, register.members
    member = _choose_members(register)
    place = members.iloc[member]
    number = np.arange(1, len(drawn.unit) + 1)
    per_head = {s: facts["revenue"] for s, facts in places.parameters()["sections"].items()}
    revenue = np.array([per_head[s] for s in drawn.sections])[drawn.division] * drawn.employees
    settlement = register.units["settlement_km2"].to_numpy()[drawn.unit]
    # Companies scatter around the centre; the radius of a circle of the settled area is twice their spread.
    spread = np.clip(np.sqrt(settlement / np.pi) / 2, 0.3, 4.0) / _KM_PER_DEGREE
    lat = place["lat"].to_numpy() + spread * rng.standard_normal(len(number)).clip(-2, 2)
    stretch = np.cos(np.radians(place["lat"].to_numpy()))
    lon = place["lon"].to_numpy() + spread / stretch * rng.standard_normal(len(number)).clip(-2, 2)
    ids = pd.Series(number).astype(str).str.zfill(7)
    return pd.DataFrame(
        {
            "id": "M" + ids,
            "name": "Modellbetrieb " + ids,
            "wz": np.array(drawn.divisions)[drawn.division],
            "employees": drawn.employees,
            "revenue_1000_eur": np.round(revenue * np.exp(0.4 * rng.standard_normal(len(number)))).astype(np.int64),
            "founded": _NEWEST_YEAR - np.minimum(rng.exponential(18, len(number)), 120).astype(np.int64),
            "ags": place["ags"].to_numpy(),
            "postcode": place["postcode"].to_numpy(),
            "town": place["name"].to_numpy(),
            "lon": lat_lon(lon),
            "lat": lat_lon(lat),
        }
    )


def lat_lon(values: np.ndarray) -> np.ndarray:
    """Degrees rounded to about a metre, as registers hold them."""
    return np.round(values, 5)


def write_rows(register: DemoRegister, path: Path) -> int:
    """Write the register to a CSV (`;`, UTF-8) or Parquet file by its suffix; returns the number of companies."""
    frame = rows(register)
    with duckdb.connect() as con:
        con.register("company", frame)
        # COPY takes its target only as text; quotes in it are doubled.
        target = str(path).replace("'", "''")
        form = "FORMAT parquet, COMPRESSION zstd" if path.suffix == ".parquet" else "FORMAT csv, DELIMITER ';', HEADER"
        con.execute(f"COPY company TO '{target}' ({form})")
    return len(frame)


def _choose_members(register: DemoRegister) -> np.ndarray:
    """Position in `members` of each company's municipality, drawn by population within the unit."""
    members = register.members
    position = pd.Series(np.arange(len(register.units)), index=register.units.index)
    unit = position[members["unit_id"]].to_numpy()
    share = members["population"] / members.groupby("unit_id")["population"].transform("sum")
    # Members lie side by side: unit number + cumulated share is one rising scale for all units.
    upper = unit + share.groupby(members["unit_id"]).cumsum().to_numpy()
    last = np.flatnonzero(np.append(unit[1:] != unit[:-1], True))
    upper[last] = unit[last] + 1.0
    drawn = register.companies.unit + register.rng.random(len(register.companies.unit))
    return np.searchsorted(upper, drawn, side="right")


def _size_classes() -> tuple[str, ...]:
    return ("0-9", "10-19", "20-49", "50-99", "100-249", "250-499", "500-999", "1000+")
