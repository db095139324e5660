"""Names on the map of a set: on the side where the nearest other town does not stand."""

from __future__ import annotations

import pandas as pd
import pytest

from ui.maps import name_side


@pytest.mark.parametrize(
    ("other", "side"),
    [
        ((9.0, 50.5), "bottom center"),
        ((9.0, 49.5), "top center"),
        ((10.0, 50.1), "middle left"),
        ((8.0, 50.1), "middle right"),
        ((9.0, 53.0), "top center"),
    ],
)
def test_a_name_stands_away_from_the_nearest_town(other, side):
    towns = pd.DataFrame([(9.0, 50.0), other, (13.0, 54.0)], columns=["lon", "lat"])
    assert name_side(towns, 0) == side


def test_a_single_town_has_its_name_above():
    assert name_side(pd.DataFrame([(9.0, 50.0)], columns=["lon", "lat"]), 0) == "top center"
