"""Official values per municipality on the territory of 30.06.2024: census of 2022, settlement area of 2023.

A value is carried only where it stays true: people of merged municipalities are added, area shares
are weighted by area. Where a municipality was divided, the figure of each receiver is unknown and says so.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kowis_data.areas.coverage import area_km2
from kowis_data.base.cassettes import read_table
from kowis_data.base.territory_2016 import WATER, read_layer
from kowis_data.base.territory_changes import TerritoryChanges, changes_between
from kowis_data.base.value_table import Notes, value_rows
from kowis_data.keys import COUNTRY_KEY, ars_to_ags

CENSUS_DATE = "2022-05-15"
CENSUS_SOURCE = "zensus_1000a_0000"
AREA_DATE = "2023-12-31"
AREA_SOURCE = "regionalatlas_ai_n_01_2_5"

# Register and census differ by less than this for every merged municipality; more means a wrong merger.
MERGER_TOLERANCE = 0.25


def census_of_today(
    census: pd.Series, municipalities: pd.DataFrame, changes: TerritoryChanges, notes: Notes
) -> pd.DataFrame:
    """Census population by today's municipality.

    Parameters
    ----------
    census : persons by AGS of 15.05.2022.
    municipalities : today's register.
    changes : what happened since.
    notes : receives a note for every carried and every unknown value.

    Returns
    -------
    Rows of the value table; municipalities without a census figure (uninhabited areas) have no row.

    Raises
    ------
    ValueError (German) : a dissolved municipality is not listed in `changes`, an inhabited one of today has
    no figure, or a merged figure does not fit the register.
    """
    register = municipalities.set_index("ags")["population"]
    dissolved = set(census.index) - set(register.index)
    unknown = dissolved - set(changes.successor) - set(changes.parts)
    if unknown:
        raise ValueError(f"Aufgelöste Gemeinden ohne Nachfolger: {sorted(unknown)}.")

    today = census.groupby(census.index.map(lambda ags: changes.successor.get(ags, ags))).sum()
    today = today[today.index.isin(register.index)]
    missing = set(register[register > 0].index) - set(today.index)
    if missing:
        raise ValueError(f"Bewohnte Gemeinden ohne Zensuswert: {sorted(missing)}.")

    status = pd.Series(None, index=today.index, dtype=object)
    for ags in sorted(set(changes.successor.values()) - changes.grown_unclear):
        if abs(today[ags] / register[ags] - 1) > MERGER_TOLERANCE:
            raise ValueError(f"Zensus {today[ags]:g} und Register {register[ags]} passen nicht: {ags}.")
        old = ", ".join(changes.old_of(ags))
        notes.add("census_population", "municipality", ags, f"Summe mit den seither eingegliederten: {old}.")
    for ags in sorted(changes.grown_unclear):
        today[ags], status[ags] = float("nan"), "nichts_vorhanden"
        text = "Seit dem Zensus kam ein Teil einer geteilten Gemeinde hinzu; nicht umrechenbar."
        notes.add("census_population", "municipality", ags, text)
    return value_rows("census_population", "municipality", "2022", today, status, CENSUS_SOURCE)


def make_census(pystatis_dir: Path, municipalities: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """Rows of the value table for the census: municipalities and the published national figure."""
    table = read_table(pystatis_dir, "1000A-0000")
    is_municipality = table["key"].str.len() == 12
    census = table[is_municipality].set_index(table.loc[is_municipality, "key"].map(ars_to_ags))["value"]
    country = table[~is_municipality].set_index("key")["value"].rename({"DG": COUNTRY_KEY})
    # Published that way: the table's municipalities add up to 8,258 fewer than its national figure.
    gap = int(country[COUNTRY_KEY] - census.sum())
    text = f"Die Gemeindewerte der Tabelle ergeben zusammen {gap} Personen weniger als der Bundeswert."
    notes.add("census_population", "country", COUNTRY_KEY, text)
    return pd.concat(
        [
            census_of_today(census, municipalities, changes_between(CENSUS_DATE), notes),
            value_rows("census_population", "country", "2022", country, None, CENSUS_SOURCE),
        ]
    )


def merged_share(parts: pd.DataFrame) -> tuple[float | None, float | None]:
    """Share and change of several areas together.

    Parameters
    ----------
    parts : `area_km2`, `share_pct` (settlement and traffic area in % of the area), `change_pct` (of the
        settlement and traffic area against the year before), one row per former municipality.

    Returns
    -------
    (share_pct, change_pct), rounded to 0.1 as published; None where a part has no value.
    """
    if parts["share_pct"].isna().any():
        return None, None
    settled = parts["area_km2"] * parts["share_pct"] / 100
    share = round(float(settled.sum() / parts["area_km2"].sum() * 100), 1)
    if parts["change_pct"].isna().any():
        return share, None
    before = settled / (1 + parts["change_pct"] / 100)
    return share, round(float((settled.sum() / before.sum() - 1) * 100), 1)


def make_settlement_area(
    pystatis_dir: Path, boundaries_dir: Path, municipalities: pd.DataFrame, notes: Notes
) -> pd.DataFrame:
    """Rows of the value table for share and change of the settlement and traffic area.

    The table gives no areas of the dissolved municipalities; their polygons of 2016 serve as weights. An area
    off by 2 % moves a merged share by less than the rounding of the published figures.
    """
    table = read_table(pystatis_dir, "AI-N-01-2-5")
    values = table.pivot(index="key", columns="variable", values=["value", "value_status"])
    today = municipalities.set_index("ags")["area_km2"]
    frame = pd.DataFrame(
        {
            "share": values["value"]["AI0111"].astype(float),
            "share_status": values["value_status"]["AI0111"],
            "change": values["value"]["AI0112"].astype(float),
            "change_status": values["value_status"]["AI0112"],
        }
    ).reindex(today.index)
    for column in ("share", "change"):
        absent = frame[column].isna() & frame[f"{column}_status"].isna()
        frame.loc[absent, f"{column}_status"] = "nichts_vorhanden"

    changes = changes_between(AREA_DATE)
    areas = areas_2016(boundaries_dir, set(changes.successor))
    for ags in sorted(set(changes.successor.values()) - changes.grown_unclear):
        old = changes.old_of(ags)
        parts = pd.DataFrame({"area_km2": areas[old]}, index=old)
        # A town that existed before keeps its key; its former area is what the others leave of today's.
        rest = today[ags] - parts["area_km2"].sum()
        if pd.notna(values["value"]["AI0111"].get(ags)):
            parts.loc[ags] = rest
        parts["share_pct"] = values["value"]["AI0111"].reindex(parts.index).astype(float)
        parts["change_pct"] = values["value"]["AI0112"].reindex(parts.index).astype(float)
        share, change = merged_share(parts)
        for column, value in (("share", share), ("change", change)):
            frame.loc[ags, column] = value
            frame.loc[ags, f"{column}_status"] = "nichts_vorhanden" if value is None else None
        text = f"Flächengewichtet zusammengefasst mit den 2024 eingegliederten: {', '.join(old)}."
        notes.add("settlement_traffic_area_share_pct", "municipality", ags, text)
        notes.add("settlement_traffic_area_change_pct", "municipality", ags, text)

    for ags in sorted(changes.grown_unclear):
        frame.loc[ags, "share_status"] = "unsicher"
        text = "Anteil am Gebiet vom 31.12.2023; 2024 kam ein Teil einer geteilten Gemeinde hinzu."
        notes.add("settlement_traffic_area_share_pct", "municipality", ags, text)

    # The published change compares the larger area with the smaller one before: no change on the ground.
    merged_2023 = changes_between("2022-12-31", AREA_DATE)
    for ags in sorted({*merged_2023.successor.values(), *merged_2023.grown_unclear, *changes.grown_unclear}):
        frame.loc[ags, "change"] = None
        frame.loc[ags, "change_status"] = "nicht_sinnvoll"
        text = "Gebiet durch Eingliederung gewachsen; die veröffentlichte Veränderung misst das mit."
        notes.add("settlement_traffic_area_change_pct", "municipality", ags, text)

    return pd.concat(
        value_rows(feature, "municipality", period, frame[column], frame[f"{column}_status"], AREA_SOURCE)
        for feature, period, column in (
            ("settlement_traffic_area_share_pct", "2023", "share"),
            ("settlement_traffic_area_change_pct", "2022-2023", "change"),
        )
    )


def areas_2016(boundaries_dir: Path, keys: set[str]) -> pd.Series:
    """Land areas in km² of the municipalities `keys`, from their polygons of 2016."""
    layer = read_layer(boundaries_dir, "gemeinden")
    layer = layer[layer["key"].isin(keys) & (layer["kind"] != WATER)].set_index("key")
    return area_km2(layer.geometry).groupby(level=0).sum()
