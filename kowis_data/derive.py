"""Indicators computed from other indicators or from how towns lie, as the catalogue's `derive` says.

kinds: `ratio` (numerator / denominator × factor), `product` (of two × factor), `relative_difference_pct`
(of / base − 1, in %), `structure` (kowis_data/sql/structure.sql) and `distance` (kowis_data/distances.py).
Every kind writes rows into `observation`; a missing or zero part gives no row.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import catalogue, distances
from kowis_data.settings import SQL

_PAIR = """
    INSERT INTO observation
    SELECT $indicator_id, a.level, a.region_id, a.period, {formula} AS value, NULL, $source_id
    FROM observation a
    JOIN observation b ON b.level = a.level AND b.region_id = a.region_id
    WHERE a.indicator_id = $left AND b.indicator_id = $right
      AND a.value IS NOT NULL AND b.value IS NOT NULL {guard}
"""
# The two parts of these figures have periods of their own (population 2022, area 2024): the period of the
# first part is the period of the result, and its definition names both.
_FORMULAS = {
    "ratio": ("a.value / b.value * $factor", "AND b.value <> 0"),
    "product": ("a.value * b.value * $factor", ""),
    "relative_difference_pct": ("(a.value / b.value - 1) * $factor", "AND b.value <> 0"),
}


class Derivation:
    """Computes derived indicators one by one; figures that come many at a time are computed once and kept."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con
        self._wide: dict[str, pd.DataFrame] = {}

    def derive(self, indicator_id: str, facts: dict) -> None:
        """Write the observations of one derived indicator; needs the indicators it is made of."""
        derive = facts["derive"]
        kind = derive["kind"]
        if kind in _FORMULAS:
            derive_pair(self.con, indicator_id, facts["source_id"], derive)
            return
        if kind not in self._wide:
            self._wide[kind] = _WIDE[kind](self.con)
        frame = self._wide[kind][["region_id", indicator_id]].dropna()
        insert_unit_values(self.con, indicator_id, facts, frame)


def derive_pair(con: duckdb.DuckDBPyConnection, indicator_id: str, source_id: str, derive: dict) -> None:
    """One indicator from two others at every level that has both."""
    formula, guard = _FORMULAS[derive["kind"]]
    left, right = {
        "ratio": lambda d: (d["numerator"], d["denominator"]),
        "product": lambda d: tuple(d["of"]),
        "relative_difference_pct": lambda d: (d["of"], d["base"]),
    }[derive["kind"]](derive)
    con.execute(
        _PAIR.format(formula=formula, guard=guard),
        {
            "indicator_id": indicator_id,
            "source_id": source_id,
            "left": left,
            "right": right,
            "factor": derive.get("factor", 100),
        },
    )


def insert_unit_values(con: duckdb.DuckDBPyConnection, indicator_id: str, facts: dict, frame: pd.DataFrame):
    """Write a frame (region_id, value) as unit observations of the indicator's own period."""
    rows = frame.set_axis(["region_id", "value"], axis=1)
    con.register("derived_rows", rows)
    con.execute(
        "INSERT INTO observation SELECT ?, 'unit', region_id, ?, value, NULL, ? FROM derived_rows",
        [indicator_id, facts["period"], facts["source_id"]],
    )
    con.unregister("derived_rows")


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


_WIDE = {"structure": structure_figures, "distance": location_figures}
