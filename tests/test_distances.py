"""Distances on the sphere against the haversine formula, brute force and known pairs of cities."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data import distances


def haversine_km(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    phi_1, phi_2 = math.radians(lat_1), math.radians(lat_2)
    a = (
        math.sin((phi_2 - phi_1) / 2) ** 2
        + math.cos(phi_1) * math.cos(phi_2) * math.sin(math.radians(lon_2 - lon_1) / 2) ** 2
    )
    return 2 * 6371.0088 * math.asin(math.sqrt(a))


def points(n: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame({"lon": random.uniform(5.8, 15.1, n), "lat": random.uniform(47.2, 55.1, n)})


def all_pairs(a: pd.DataFrame, b: pd.DataFrame) -> np.ndarray:
    return np.array([[haversine_km(p.lon, p.lat, q.lon, q.lat) for q in b.itertuples()] for p in a.itertuples()])


def test_nearest_equals_brute_force():
    origins, targets = points(60, 1), points(80, 2)
    km = all_pairs(origins, targets)
    found = distances.nearest(origins, targets)
    assert found["position"].tolist() == km.argmin(axis=1).tolist()
    assert found["km"].to_numpy() == pytest.approx(km.min(axis=1), rel=1e-9)


def test_nearest_keeps_the_index_and_skips_the_place_itself():
    towns = points(50, 3).set_index(pd.Index(range(100, 150)))
    km = all_pairs(towns, towns)
    np.fill_diagonal(km, np.inf)
    found = distances.nearest(towns, towns, skip_self=True)
    assert found.index.equals(towns.index)
    assert found["km"].to_numpy() == pytest.approx(km.min(axis=1), rel=1e-9)


@pytest.mark.parametrize(("targets", "skip_self"), [(0, False), (1, True)])
def test_without_a_target_there_is_no_distance(targets, skip_self):
    found = distances.nearest(points(3, 4), points(targets, 5), skip_self=skip_self)
    assert found["km"].isna().all() and (found["position"] == -1).all()


@pytest.mark.parametrize("km", [5, 25, 50, 400])
def test_sum_within_equals_brute_force(km):
    origins, targets = points(40, 6), points(200, 7)
    weight = np.random.default_rng(8).integers(1, 1000, 200)
    expected = (all_pairs(origins, targets) <= km) @ weight
    assert distances.sum_within(origins, targets, weight, km).tolist() == expected.tolist()


def test_sum_within_of_nobody():
    far_away = pd.DataFrame({"lon": [100.0], "lat": [0.0]})
    assert distances.sum_within(far_away, points(5, 9), np.ones(5), 50).tolist() == [0.0]


@pytest.mark.parametrize(
    ("from_place", "to_place", "km"),
    [
        # Berlin – München is given as 504 km as the crow flies, Hamburg – Köln as 356 km, Bonn – Berlin as 478 km.
        ((13.4050, 52.5200), (11.5820, 48.1351), 504),
        ((9.9937, 53.5511), (6.9603, 50.9375), 356),
        ((7.0982, 50.7374), (13.4050, 52.5200), 478),
    ],
)
def test_known_pairs_of_cities(from_place, to_place, km):
    a, b = (pd.DataFrame({"lon": [place[0]], "lat": [place[1]]}) for place in (from_place, to_place))
    assert distances.nearest(a, b)["km"].iloc[0] == pytest.approx(km, abs=1.5)


def test_one_degree_of_latitude():
    a, b = (pd.DataFrame({"lon": [10.0], "lat": [lat]}) for lat in (50.0, 51.0))
    assert distances.nearest(a, b)["km"].iloc[0] == pytest.approx(111.195, abs=0.001)


@given(st.floats(0.001, 20_000))
def test_chord_and_kilometres_are_inverse(km):
    assert distances.chord_to_km(distances.km_to_chord(km)) == pytest.approx(km, rel=1e-6)


def test_dispersion_of_four_points_around_their_middle():
    cross = pd.DataFrame(
        {"lon": [10.0, 10.0, 10.1, 9.9, 8, 8], "lat": [50.1, 49.9, 50.0, 50.0, 50, 51], "town": list("aaaabb")}
    )
    result = distances.dispersion_km(cross, "town")
    assert list(result.index) == ["a"]  # two points are too few
    north_south, west_east = haversine_km(10, 50, 10, 50.1), haversine_km(10, 50, 10.1, 50)
    assert result["a"] == pytest.approx((north_south + west_east) / 2, rel=1e-3)


def test_distances_in_the_database_equal_a_plain_loop(con):
    """Next station, next Mittelstadt and people around, for the four case studies, computed again by brute force."""
    stations = con.execute("SELECT lon, lat, category FROM station").fetchall()
    units = con.execute(
        "SELECT unit_id, lon, lat, largest_member_population FROM unit WHERE town_type <> 'gemeindefrei'"
    ).fetchall()
    people = con.execute("SELECT lon, lat, population FROM municipality WHERE population > 0").fetchall()
    place = {row[0]: row[1:3] for row in units}
    for (unit_id,) in con.execute("SELECT unit_id FROM case_study").fetchall():
        here = place[unit_id]
        stored = dict(
            con.execute(
                "SELECT indicator_id, value FROM best_observation WHERE level = 'unit' AND region_id = ?", [unit_id]
            ).fetchall()
        )
        to_station = min((haversine_km(*here, lon, lat), category) for lon, lat, category in stations)
        assert stored["distance_station_km"] == pytest.approx(to_station[0], rel=1e-9)
        assert stored["station_category"] == to_station[1]
        hubs = [haversine_km(*here, lon, lat) for lon, lat, category in stations if category and category <= 3]
        assert stored["distance_hub_station_km"] == pytest.approx(min(hubs), rel=1e-9)
        for name, at_least in (("distance_mittelstadt_km", 20_000), ("distance_grossstadt_km", 100_000)):
            km = min(haversine_km(*here, lon, lat) for _, lon, lat, size in units if size >= at_least)
            assert stored[name] == pytest.approx(km, rel=1e-9), name
        around = sum(n for lon, lat, n in people if haversine_km(*here, lon, lat) <= 25)
        assert stored["population_within_25km"] == around
