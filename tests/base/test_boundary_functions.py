"""The steps of making boundaries, on made-up areas."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import box

from kowis_data.areas.boundary_check import cancelling_neighbours, check_areas, small_town_units
from kowis_data.areas.coverage import area_km2, dissolve, shared_borders, simplify_coverage, write_geojson
from kowis_data.base.area_balance import balance, cut_by_area
from kowis_data.base.territory_2016 import flatten, missing_area, resolve

WGS84 = "EPSG:4326"


def feature(name: str) -> dict:
    return {"type": "Feature", "properties": {"name": name}}


def test_flatten_reaches_nested_lists_and_collections():
    nested = [feature("a"), {"type": "FeatureCollection", "features": [feature("b"), [feature("c")]]}]
    assert [item["properties"]["name"] for item in flatten(nested)] == ["a", "b", "c"]


# --- Area balance -----------------------------------------------------------------------------------------


def pairs(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["piece", "target"]).assign(distance_km=1.0, min_share=0.0)


def test_balance_solves_the_puzzle_as_a_whole():
    """Alone, p would fit x best; only with p in y does q find a place."""
    areas = pd.Series({"p": 10.0, "q": 9.0})
    missing = pd.Series({"x": 9.5, "y": 11.0})
    result = balance(areas, missing, pairs(("p", "x"), ("p", "y"), ("q", "x")))
    assert dict(zip(result["piece"], result["target"], strict=True)) == {"p": "y", "q": "x"}
    assert (result["share"] == 1).all()


def test_balance_cuts_what_may_be_cut():
    areas, missing = pd.Series({"p": 20.0}), pd.Series({"x": 15.0, "y": 5.0})
    candidates = pairs(("p", "x"), ("p", "y"))
    cut = balance(areas, missing, candidates, divisible=["p"])
    assert dict(zip(cut["target"], cut["share"], strict=True)) == pytest.approx({"x": 0.75, "y": 0.25})
    whole = balance(areas, missing, candidates)
    assert whole[["target", "share"]].to_numpy().tolist() == [["x", 1.0]]


def test_balance_does_not_cut_for_the_noise_of_the_polygons():
    missing = pd.Series({"x": 19.5, "y": 0.5})
    result = balance(pd.Series({"p": 20.0}), missing, pairs(("p", "x"), ("p", "y")), divisible=["p"])
    assert result[["target", "share"]].to_numpy().tolist() == [["x", 1.0]]


def test_balance_keeps_shares_that_are_certain():
    candidates = pairs(("p", "x"), ("p", "y")).assign(min_share=[0.0, 0.1])
    result = balance(pd.Series({"p": 20.0}), pd.Series({"x": 20.0, "y": 0.0}), candidates, divisible=["p"])
    assert dict(zip(result["target"], result["share"], strict=True)) == pytest.approx({"x": 0.9, "y": 0.1})


def test_balance_takes_the_nearer_of_equal_targets():
    candidates = pairs(("p", "x"), ("p", "y")).assign(distance_km=[30.0, 2.0])
    result = balance(pd.Series({"p": 5.0}), pd.Series({"x": 5.0, "y": 5.0}), candidates)
    assert result["target"].tolist() == ["y"]


def test_balance_refuses_a_piece_without_candidates():
    with pytest.raises(ValueError, match="q"):
        balance(pd.Series({"p": 1.0, "q": 1.0}), pd.Series({"x": 1.0}), pairs(("p", "x")))


def test_cut_by_area_keeps_shares_and_sides():
    polygon = box(0, 0, 4000, 1000)
    west, east = cut_by_area(polygon, [box(-10, 0, 0, 1000), box(4000, 0, 4010, 1000)], [0.25, 0.75])
    assert west.area == pytest.approx(0.25 * polygon.area, abs=10_000)
    assert west.area + east.area == pytest.approx(polygon.area)
    assert west.centroid.x == pytest.approx(500, abs=50)
    assert west.intersection(east).area == pytest.approx(0)


# --- Territory of 2016 --------------------------------------------------------------------------------------


def test_missing_area_counts_shares():
    found = pd.DataFrame({"ags_2024": ["x", "x", "y"], "share": [1.0, 0.5, 0.5]}, index=["a", "b", "b"])
    today = pd.DataFrame({"area_km2": [10.0, 5.0, 3.0]}, index=["x", "y", "z"])
    missing = missing_area(found, pd.Series({"a": 4.0, "b": 6.0}), today)
    assert missing.to_dict() == {"x": 3.0, "y": 2.0, "z": 3.0}


def test_resolve_uses_the_rules_in_order():
    """Four squares in a row: kept, renumbered, and two taken up by the first (settlement, area)."""
    squares = [box(10 + 0.1 * i, 50, 10.1 + 0.1 * i, 50.1) for i in range(4)]
    old = gpd.GeoDataFrame(
        {
            "key": ["01001001", "01001002", "01001003", "01001004"],
            "name": list("ABCD"),
            "kind": 4,
            "is_unincorporated": False,
        },
        geometry=[squares[0], squares[3], squares[1], squares[2]],
        crs=WGS84,
    )
    size = area_km2(old.geometry)
    register = pd.DataFrame(
        {
            "ags": ["01001001", "01002009"],
            "name": ["A", "B"],
            "unit_id": ["010010001", "010020009"],
            "area_km2": [size[0] + size[2] + size[3], size[1]],
            "lon": [10.05, 10.35],
            "lat": [50.05, 50.05],
        }
    )
    places = pd.DataFrame({"ags": ["01001001", "01001004"], "lon": [10.15, 10.25], "lat": [50.05, 50.05]})
    result = resolve(old, register, places).set_index("ags_2016")
    assert result["method"].to_dict() == {
        "01001001": "same_key",
        "01001002": "renumbered_same_name",
        "01001003": "geonames",
        "01001004": "area_balance",
    }
    assert result["ags_2024"].tolist() == ["01001001", "01002009", "01001001", "01001001"]


# --- Coverage -----------------------------------------------------------------------------------------------


def series(**areas: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(areas, crs=WGS84)


def test_simplify_changes_a_common_border_once():
    wiggle = [(1, 0), (1.0005, 0.25), (0.9995, 0.5), (1.0005, 0.75), (1, 1)]
    areas = series(a=shapely.Polygon([(0, 0), *wiggle, (0, 1)]), b=shapely.Polygon([(2, 0), *wiggle, (2, 1)]))
    simple = simplify_coverage(areas, tolerance=0.1)
    assert shapely.get_num_coordinates(simple.to_numpy()).tolist() == [5, 5]
    assert shapely.coverage_is_valid(simple.to_numpy())


def test_simplify_refuses_to_lose_an_area():
    with pytest.raises(ValueError, match="tiny"):
        simplify_coverage(series(large=box(0, 0, 1, 1), tiny=box(2, 2, 2.01, 2.01)), decimals=0)


def test_dissolve_by_prefix():
    areas = series(**{"011": box(0, 0, 1, 1), "012": box(1, 0, 2, 1), "021": box(2, 0, 3, 1)})
    united = dissolve(areas, length=2)
    assert {key: area.area for key, area in united.items()} == {"01": 2.0, "02": 1.0}


def test_shared_borders_count_edges_not_corners():
    """b has a second part and a hole filled by c; d meets a in a corner only."""
    ring = box(1, 0, 2, 1).difference(box(1.4, 0.4, 1.6, 0.6))
    areas = series(
        a=box(0, 0, 1, 1),
        b=shapely.MultiPolygon([ring, box(5, 5, 6, 6)]),
        c=box(1.4, 0.4, 1.6, 0.6),
        d=box(-1, 1, 0, 2),
    )
    table = shared_borders(areas)
    assert [*zip(table["unit_id"], table["neighbour_id"], strict=True)] == [
        ("a", "b"),
        ("b", "a"),
        ("b", "c"),
        ("c", "b"),
    ]
    # A degree of latitude at the equator is 110.57 km.
    assert table["shared_border_km"].iloc[:2].tolist() == pytest.approx([110.574, 110.574], abs=0.01)


def test_geojson_has_keys_as_ids(tmp_path):
    path = tmp_path / "areas.geojson"
    write_geojson(series(**{"010010000": box(0, 0, 1, 1)}), path)
    collection = json.loads(path.read_text(encoding="utf-8"))
    assert [item["id"] for item in collection["features"]] == ["010010000"]
    assert gpd.read_file(path)["id"].tolist() == ["010010000"]


# --- Check against the register -----------------------------------------------------------------------------


def test_cancelling_neighbour_needs_opposite_area_and_a_wide_strip():
    neighbours = pd.DataFrame(
        [("a", "b", 10.0), ("b", "a", 10.0), ("a", "c", 10.0), ("c", "a", 10.0)],
        columns=["unit_id", "neighbour_id", "shared_border_km"],
    )
    assert cancelling_neighbours(pd.Series({"a": 2.0, "b": -1.5, "c": 3.0}), neighbours) == {
        "a": "b",
        "b": "a",
    }
    # 0.15 km² along 10 km are 15 m: generalisation, no other border.
    assert cancelling_neighbours(pd.Series({"a": 0.2, "b": -0.15, "c": 0.0}), neighbours) == {}


def test_check_adds_water_and_names_the_cause():
    shipped = series(
        lake=box(10, 50, 10.1, 50.1), shrunk=box(11, 50, 11.1, 50.1), off=box(12, 50, 12.1, 50.1)
    )
    size = float(area_km2(shipped).iloc[0])
    register = pd.DataFrame(
        {
            "unit_id": ["lake", "shrunk", "off"],
            "name": ["See", "Klein", "Falsch"],
            "area_km2": [size + 5, size * 1.1, size * 1.5],
            "population": [1, 1, 1],
        }
    )
    source = shipped.copy()
    source["shrunk"] = box(11, 50, 11.11, 50.1)
    result = check_areas(
        register,
        source,
        shipped,
        water_km2=pd.Series({"lake": 5.0}),
        neighbours=pd.DataFrame({"unit_id": [], "neighbour_id": [], "shared_border_km": []}),
        shared_out=set(),
        at_sea=set(),
    ).set_index("unit_id")
    assert result.loc["lake", "deviation_pct"] == pytest.approx(0, abs=0.05)
    assert result.loc["lake", "cause"] == ""
    assert result.loc["shrunk", "cause"].startswith("Vereinfachung")
    assert result.loc["off", "cause"].startswith("ungeklärt")


def test_small_towns_go_by_the_largest_member():
    register = pd.DataFrame(
        {"unit_id": ["a", "a", "b", "b", "c"], "population": [4_999, 4_999, 5_000, 10, 20_000]}
    )
    assert small_town_units(register).tolist() == ["b"]
