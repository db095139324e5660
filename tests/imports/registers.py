"""Registers for tests: the shipped one written as GV100AD or AuszugGV, with another date and some changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd

from kowis_data.settings import BASE_FILES


def shipped() -> dict[str, pd.DataFrame]:
    """Tables of the shipped register: municipalities, units, counties, states."""
    names = ("municipalities", "units", "counties", "states")
    return {name: pd.read_parquet(BASE_FILES / f"{name}.parquet") for name in names}


def merge(tables: dict[str, pd.DataFrame], gone: list[str], into: str, **facts: object) -> None:
    """Let municipalities go into another one; `facts` change it (ags, name …)."""
    table = tables["municipalities"].set_index("ags")
    for column in ("area_km2", "population", "male", "female"):
        table.loc[into, column] = table.loc[[*gone, into], column].sum()
    table = table.drop(index=gone).reset_index()
    for column, value in facts.items():
        table.loc[table["ags"] == into, column] = value
        into = value if column == "ags" else into
    tables["municipalities"] = table
    _drop_empty_units(tables)


def _drop_empty_units(tables: dict[str, pd.DataFrame]) -> None:
    units = tables["units"]
    tables["units"] = units[units["unit_id"].isin(tables["municipalities"]["unit_id"])].reset_index(drop=True)


def move(tables: dict[str, pd.DataFrame], ags: str, unit_id: str) -> None:
    """Put a municipality into another association."""
    table = tables["municipalities"]
    row = table["ags"] == ags
    table.loc[row, "unit_id"] = unit_id
    table.loc[row, "ars"] = unit_id + ags[5:]
    _drop_empty_units(tables)


def renumber_county(tables: dict[str, pd.DataFrame], old: str, new: str) -> None:
    """Give a county, its units and its municipalities another number."""

    def again(keys: pd.Series) -> pd.Series:
        return keys.where(keys.str[:5] != old, new + keys.str[5:])

    for table, columns in (
        ("municipalities", ("ags", "ars", "unit_id", "county_id")),
        ("units", ("unit_id",)),
        ("counties", ("county_id",)),
    ):
        for column in columns:
            tables[table][column] = again(tables[table][column])


def write_gv100ad(path: Path, tables: dict[str, pd.DataFrame], date: str = "20251231") -> Path:
    """The register as GV100AD; `date` is that of its territory, the population stays that of 31.12.2022."""
    lines = [_line("10", date, row.state_id, row.name) for row in tables["states"].itertuples(index=False)]
    lines += [
        _line("40", date, row.county_id, row.name, code="43") for row in tables["counties"].itertuples(index=False)
    ]
    lines += [
        _line("50", date, row.unit_id[:5], row.name, association=row.unit_id[5:], code=row.text_code)
        for row in tables["units"].itertuples(index=False)
    ]
    for row in tables["municipalities"].itertuples(index=False):
        name = f"{row.name}, {row.designation}" if isinstance(row.designation, str) else row.name
        figures = (round(row.area_km2 * 100), row.population, 0 if pd.isna(row.male) else row.male)
        lines.append(
            _line("60", date, row.ags, name, association=row.ars[5:9], code=row.text_code, figures=figures)
        )
    path.write_bytes("\r\n".join(lines).encode() + b"\r\n")
    return path


def _line(
    kind: str, date: str, key: str, name: str, *, association: str = "", code: str = "", figures: tuple = ()
) -> str:
    numbers = "".join(f"{int(figure):011d}" for figure in figures)
    body = f"{kind}{date}{key:<8}{association:<4}{name[:50]:<50}{'':<50}{code:<2}{'':<4}{numbers:<33}{'':<4}{'':<5}"
    return body.ljust(220)


HEAD = [
    ["Gemeinden in Deutschland nach Fläche, Bevölkerung und Postleitzahl am {date} (4. Quartal)"],
    [],
    ["Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)", None, None, None, None, "Gemeindename",
     "Fläche km2", "Bevölkerung", None, None, None, "Postleit-zahl", "Geografische Mittelpunktkoordinaten"],
    [None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None, "insgesamt", "männlich", "weiblich", "je km2", None,
     "Längengrad", "Breitengrad"],
    [None, None, "Gebietsstand am {date} (4. Quartal)", None, None, None, None, None, "31.12.2024 (Jahr)",
     "am 31.12.2024 (Jahr)", None, None, None, None, "Zuordnungsstand am 31.12.2024"],
    [],
]  # fmt: skip


def write_auszug(
    path: Path,
    tables: dict[str, pd.DataFrame],
    date: str = "31.12.2025",
    grown: Callable[[int], int] = lambda people: people,
) -> Path:
    """The register as AuszugGV with the population of 31.12.2024, `grown` from that of the shipped register."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Onlineprodukt_Gemeinden")
    for row in HEAD:
        sheet.append([cell.format(date=date) if isinstance(cell, str) else cell for cell in row])
    for row in tables["states"].itertuples(index=False):
        sheet.append(["10", None, row.state_id, None, None, None, None, row.name])
    for row in tables["counties"].itertuples(index=False):
        sheet.append(["40", "43", *_parts(row.county_id), None, None, row.name])
    for row in tables["units"].itertuples(index=False):
        sheet.append(["50", row.text_code, *_parts(row.unit_id[:5]), row.unit_id[5:], None, row.name])
    for row in tables["municipalities"].itertuples(index=False):
        people = grown(int(row.population))
        name = f"{row.name}, {row.designation}" if isinstance(row.designation, str) else row.name
        place = [None if pd.isna(value) else f"{value:.6f}".replace(".", ",") for value in (row.lon, row.lat)]
        sheet.append(
            ["60", row.text_code, *_parts(row.ags[:5]), row.ars[5:9], row.ags[5:], name, row.area_km2, people,
             people // 2, people - people // 2, None, row.postcode, *place]
        )  # fmt: skip
    book.save(path)
    return path


def _parts(county_id: str) -> list[str]:
    return [county_id[:2], county_id[2], county_id[3:5]]
