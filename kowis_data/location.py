"""How towns lie and what they are made of: figures of many indicators at once, one row per unit."""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import catalogue, distances
from kowis_data.settings import SQL


def structure_figures(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """How each unit is made up and what borders on it; one row per unit, one column per indicator."""
    return con.execute((SQL / "structure.sql").read_text(encoding="utf-8")).df()


def location_figures(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Where each town lies: distances in km from its centre and people around it; one row per unit."""
    units = con.execute(
        "SELECT unit_id, lon, lat, state_id, town_type, largest_member_population AS size FROM unit "
        "WHERE town_type <> 'gemeindefrei' AND population > 0 ORDER BY unit_id"
    ).df()
    municipalities = con.execute(
        "SELECT ags, unit_id, lon, lat, population FROM municipality WHERE population > 0 ORDER BY ags"
    ).df()
    stations = con.execute("SELECT lon, lat, category FROM station ORDER BY station_id").df()
    places = con.execute(
        "SELECT p.lon, p.lat, p.country, m.unit_id FROM place p LEFT JOIN municipality m USING (ags) "
        "ORDER BY geoname_id"
    ).df()

    small = units[units["town_type"].isin(["groessere_kleinstadt", "kleine_kleinstadt"])]
    figures = pd.DataFrame({"region_id": units["unit_id"]})
    figures["distance_mittelstadt_km"] = _other_towns(units, 20_000)
    figures["distance_grossstadt_km"] = _other_towns(units, 100_000)
    figures["distance_state_capital_km"] = _state_capitals(units, municipalities)
    figures.loc[small.index, "distance_small_town_km"] = distances.nearest(small, small, skip_self=True)["km"]
    abroad = places[places["country"] != "DE"]
    figures["distance_foreign_place_km"] = distances.nearest(units, abroad)["km"]
    for km in (25, 50):
        figures[f"population_within_{km}km"] = distances.sum_within(
            units, municipalities, municipalities["population"], km
        )
    next_station = distances.nearest(units, stations)
    figures["distance_station_km"] = next_station["km"]
    figures["station_category"] = stations["category"].to_numpy(dtype="float64", na_value=float("nan"))[
        next_station["position"]
    ]
    figures["distance_hub_station_km"] = distances.nearest(units, stations[stations["category"] <= 3])["km"]
    dispersion = distances.dispersion_km(places[places["country"] == "DE"].dropna(subset="unit_id"), "unit_id")
    figures["settlement_dispersion_km"] = units["unit_id"].map(dispersion)
    return figures


def _other_towns(units: pd.DataFrame, at_least: int) -> pd.Series:
    """Distance to the next town of that size; a town of that size itself has no figure."""
    large = units[units["size"] >= at_least]
    return distances.nearest(units, large)["km"].where(units["size"] < at_least)


def _state_capitals(units: pd.DataFrame, municipalities: pd.DataFrame) -> pd.Series:
    capitals = catalogue.load("state_capitals")["state_capitals"]
    seats = municipalities.set_index("ags").loc[list(capitals.values())].reset_index()
    seats["state_id"] = list(capitals)
    km = pd.Series(float("nan"), index=units.index)
    for state_id, seat in seats.groupby("state_id"):
        inside = units[units["state_id"] == state_id]
        km[inside.index] = distances.nearest(inside, seat)["km"]
    return km


FIGURES = {"structure": structure_figures, "distance": location_figures}
