"""Where companies lie: keys of every form, towns with postcodes, points in, on and off the boundaries."""

from __future__ import annotations

import numpy as np
import orjson
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.companies import coordinates
from kowis_data.companies.places import FORMER, POSTCODE_DECIDED, POSTCODE_ONLY, Register
from kowis_data.settings import BASE_FILES
from tests.companies.registers import run, structure, write

# Coastal waters and the German-Luxemburg river.
WATERS = {"130009999", "070009999", "100429999"}


@pytest.fixture(scope="module")
def register(con):
    return Register(con)


@pytest.fixture(scope="module")
def polygons():
    features = orjson.loads((BASE_FILES / "units.geojson").read_bytes())["features"]
    return {f["id"]: shapely.geometry.shape(f["geometry"]) for f in features}


@pytest.mark.parametrize(
    ("text", "unit_id", "ags"),
    [
        ("05758036", "057580036", "05758036"),
        ("5758036", "057580036", "05758036"),  # the zero lost
        ("5758036.0", "057580036", "05758036"),  # by a spreadsheet
        ("057580036036", "057580036", "05758036"),  # ARS
        ("57580036036", "057580036", "05758036"),
        ("084265002", "084265002", ""),  # a Verband
        ("08426062", "084265002", "08426062"),  # one of its members
        ("02", "020000000", "02000000"),
        ("11", "110000000", "11000000"),
        ("05111", "051110000", "05111000"),  # an independent city by its county key
        ("5111", "051110000", "05111000"),
    ],
)
def test_keys(register, text, unit_id, ags):
    place = register.by_key([text])[text]
    assert (place.unit_id, place.ags, place.problem) == (unit_id, ags, "")


def test_keys_of_former_municipalities(register):
    # Göttingen moved from county 03152 to 03159 in 2016.
    place = register.by_key(["03152012"])["03152012"]
    assert (place.unit_id, place.how) == ("031590016", FORMER)


@pytest.mark.parametrize("text", ["99999999", "05758", "abc", "1", "05758999", ""])
def test_unknown_keys(register, text):
    assert register.by_key([text])[text].problem.startswith("Gemeindeschlüssel unbekannt")


@pytest.mark.parametrize(
    ("postcode", "town", "ags", "how"),
    [
        ("32602", "Vlotho", "05758036", ""),
        ("32602", "VLOTHO, Stadt", "05758036", ""),
        (None, "Bad Schussenried", "08426014", ""),
        ("88427", "bad schussenried", "08426014", ""),
        ("10115", "Berlin", "11000000", ""),
        ("13599", "Berlin", "11000000", ""),
        ("60311", "Frankfurt am Main", "06412000", ""),
        ("60311", "Frankfurt a. M.", "06412000", POSTCODE_DECIDED),
        ("60311", "Frankfurt", "06412000", POSTCODE_DECIDED),
        ("15230", "Frankfurt (Oder)", "12053000", ""),
        ("66706", "Perl OT Nennig", "10042115", ""),
        ("66706", "Perl-Nennig", "10042115", ""),
        ("32602", "Irgendwo", "05758036", POSTCODE_ONLY),
        ("4109", "Leipzig", "14713000", ""),  # the zero of 04109 lost
    ],
)
def test_towns(register, postcode, town, ags, how):
    place = register.by_town([(postcode, town)])[postcode, town]
    assert (place.ags, place.how, place.problem) == (ags, how, "")


@pytest.mark.parametrize(
    ("postcode", "town", "begin"),
    [
        (None, "Neustadt", "Ort passt nicht"),  # there are many
        ("99999", "Vlotho", "Ort passt nicht"),
        ("00000", "Irgendwo", "Ort nicht gefunden"),
        (None, None, "Ort fehlt"),
        ("", " ", "Ort fehlt"),
    ],
)
def test_towns_that_cannot_be_told(register, postcode, town, begin):
    assert register.by_town([(postcode, town)])[postcode, town].problem.startswith(begin)


def test_every_municipality_is_found_by_its_name_and_postcode(register, con):
    rows = con.execute(
        "SELECT postcode, name, unit_id FROM municipality WHERE postcode IS NOT NULL AND NOT is_unincorporated"
    ).fetchall()
    found = register.by_town([(postcode, name) for postcode, name, _ in rows])
    right = [found[postcode, name].unit_id == unit_id for postcode, name, unit_id in rows]
    # A handful share name and postcode: they are refused, never guessed.
    assert np.mean(right) > 0.995
    assert not [row for row, ok in zip(rows, right, strict=True) if not ok and found[row[0], row[1]].unit_id]


def units_of(*points):
    x, y = np.array(points, dtype=float).T
    found, is_near, ids = coordinates.units_of(x, y)
    return [(ids[index] if index >= 0 else None, bool(near)) for index, near in zip(found, is_near, strict=True)]


def test_points_inside_agree_with_every_polygon_one_by_one(polygons):
    rng = np.random.default_rng(7)
    points = np.column_stack([rng.uniform(6, 15, 120), rng.uniform(47.3, 55, 120)])
    for point, (unit_id, is_near) in zip(points, units_of(*points), strict=True):
        expected = [key for key, shape in polygons.items() if key not in WATERS and shape.covers(shapely.Point(point))]
        if expected:
            assert (unit_id, is_near) == (expected[0], False)
        else:
            assert unit_id is None or is_near


def test_a_point_on_a_common_border_belongs_to_the_smaller_key(polygons):
    vlotho = polygons["057580036"]
    around = {key: shape for key, shape in polygons.items() if shape.intersects(vlotho)}
    corner = vlotho.exterior.coords[0]
    touching = sorted(key for key, shape in around.items() if shape.covers(shapely.Point(corner)))
    assert len(touching) >= 2
    assert units_of(corner) == [(touching[0], False)]


def test_points_just_outside_go_to_the_nearest_unit(polygons):
    """300 m beyond the western border belong to the unit there, 3 km to nobody; abroad and nonsense neither."""
    geod = pyproj.Geod(ellps="GRS80")
    germany = shapely.union_all([shape for key, shape in polygons.items() if key not in WATERS])
    west = min(
        (c for part in shapely.get_parts(germany) for c in part.exterior.coords if 49.8 < c[1] < 50.2),
        key=lambda c: c[0],
    )
    near, far = (geod.fwd(*west, 270, metres)[:2] for metres in (300, 3000))
    (first, first_near), (second, _) = units_of(near, far)
    assert first_near and polygons[first].distance(shapely.Point(near)) < 0.0043  # 300 m
    assert second is None
    assert units_of((2.35, 48.85), (0, 0), (np.nan, np.nan), (50, 8)) == [(None, False)] * 4


def test_coastal_waters_are_no_unit(polygons):
    sea = polygons["130009999"].representative_point()
    assert units_of((sea.x, sea.y))[0][0] != "130009999"


@given(st.sampled_from(["057580036", "100420115", "150850228", "084265002", "110000000"]), st.randoms())
def test_points_drawn_in_a_unit_lie_there(polygons, unit_id, random):
    shape = polygons[unit_id]
    west, south, east, north = shape.bounds
    point = (random.uniform(west, east), random.uniform(south, north))
    if shape.contains(shapely.Point(point)):
        assert units_of(point) == [(unit_id, False)]


HEAD = "Firma;WZ;Mitarbeiter;Länge;Breite"


def test_a_register_with_coordinates(own_database, tmp_path, polygons):
    inside = polygons["057580036"].representative_point()
    rows = [f"A;25;5;{inside.x:.6f};{inside.y:.6f}", f"B;25;5;{inside.x:.6f};{inside.y:.6f}".replace(".", ",")]
    rows += ["C;25;5;2,35;48,85", "D;25;5;;", "E;25;5;hier;dort"]
    report = run(write(tmp_path / "r.csv", rows, HEAD), own_database)
    assert [row[:5] for row in structure(own_database)] == [("057580036", "25", "C", "0-9", 2)]
    assert [(line, why) for line, why, _ in report.refused] == [
        (4, "Koordinaten außerhalb Deutschlands"),
        (5, "Koordinaten fehlen"),
        (6, "Koordinaten nicht lesbar"),
    ]


def test_a_register_in_utm(own_database, tmp_path, polygons):
    inside = polygons["100420115"].representative_point()
    east, north = pyproj.Transformer.from_crs(4326, 25832, always_xy=True).transform(inside.x, inside.y)
    path = write(tmp_path / "r.csv", [f"A;25;5;{east:.1f};{north:.1f}"], "Firma;WZ;Mitarbeiter;Rechtswert;Hochwert")
    run(path, own_database)
    assert [row[0] for row in structure(own_database)] == ["100420115"]


def test_a_row_without_key_is_found_by_its_town(own_database, tmp_path):
    head = "Firma;WZ;Mitarbeiter;AGS;PLZ;Ort"
    rows = ["A;25;5;05758036;66706;Perl", "B;25;5;;66706;Perl", "C;25;5;99999999;66706;Perl", "D;25;5;99999999;;"]
    report = run(write(tmp_path / "r.csv", rows, head), own_database)
    assert [(row[0], row[4]) for row in structure(own_database)] == [("057580036", 1), ("100420115", 2)]
    assert report.refused_reasons == {"Gemeindeschlüssel unbekannt": 1}
