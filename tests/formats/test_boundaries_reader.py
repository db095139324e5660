"""Boundaries: formats, coordinate systems, Geofaktor, keys, damage, and units put together from municipalities.

The excerpt is of the VG250 of 2016 (land and water parts nested, as its npm package writes them); the registered area
of Bad Schussenried is 55.01 km².
"""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kowis_data import formats
from kowis_data.areas.coverage import simplify_coverage
from kowis_data.formats import archives, boundaries
from kowis_data.formats.reading import FormatError
from kowis_data.imports.replace_boundaries import areas_of_units
from tests.formats.helpers import read_file, sample_of

EXCERPT = Path(__file__).parent / "data" / "vg250_2016_excerpt.geojson"
SCHUSSENRIED, INGOLDINGEN, FLENSBURG, ALLENSBACH = "08426014", "08426062", "01001000", "08335002"


@pytest.fixture(scope="module")
def areas() -> gpd.GeoDataFrame:
    """The excerpt as a plain layer with the column names of newer editions."""
    nested = json.loads(EXCERPT.read_text(encoding="utf-8"))
    features = [part for item in nested for part in item.get("features", [item])]
    return gpd.GeoDataFrame.from_features(features, crs=4326).rename(columns={"RS": "ARS"})


def squares(rows: list[dict], side: float = 0.1, **columns) -> gpd.GeoDataFrame:
    """Squares in a row, one per dict of attributes."""
    boxes = [shapely.box(9 + side * i, 48, 9 + side * (i + 1), 48 + side) for i in range(len(rows))]
    return gpd.GeoDataFrame(rows, geometry=boxes, crs=4326)


def municipality(number: int, **changes) -> dict:
    key = f"084265002{number:03d}"
    return {
        "ADE": 6,
        "GF": 4,
        "BSG": 1,
        "ARS": key,
        "AGS": key[:5] + key[9:],
        "GEN": f"Ort {number}",
    } | changes


def write(frame: gpd.GeoDataFrame, path: Path, **options) -> Path:
    pyogrio.write_dataframe(frame, path, **options)
    return path


def boundary_of(path: Path) -> pd.DataFrame:
    return read_file(boundaries, path)[1].tables["boundary"]


def check_excerpt(boundary: pd.DataFrame) -> None:
    assert list(boundary.columns) == [
        *("level", "region_id", "region_name", "unit_id", "part", "geometry", "area_km2", "reference_date")
    ]
    assert len(boundary) == 11 and set(boundary["level"]) == {"municipality"}
    rows = boundary.set_index(["region_id", "part"])
    assert rows.index.is_unique
    assert rows.loc[(SCHUSSENRIED, "land"), "area_km2"] == pytest.approx(55.01, rel=0.02)
    assert rows.loc[(FLENSBURG, "land"), "area_km2"] == pytest.approx(49.2, abs=0.1)
    assert rows.loc[(FLENSBURG, "water"), "area_km2"] == pytest.approx(7.6, abs=0.1)
    assert rows.loc[(SCHUSSENRIED, "land"), "unit_id"] == "084265002"
    assert rows.loc[(FLENSBURG, "land"), "unit_id"] == "010010000"
    assert rows.loc[("09185149", "land"), "region_name"] == "Neuburg a.d. Donau"
    centre = shapely.from_wkb(rows.loc[(SCHUSSENRIED, "land"), "geometry"]).centroid
    assert (centre.x, centre.y) == (pytest.approx(9.66, abs=0.02), pytest.approx(48.0, abs=0.02))


def test_nested_geojson():
    recognition, reading = read_file(boundaries, EXCERPT)
    check_excerpt(reading.tables["boundary"])
    assert recognition.version == boundaries.WITH_RS
    assert recognition.details["Ebenen"] == "Gemeinden"
    assert (reading.rows_read, len(reading.refused), len(reading.values)) == (11, 0, 0)
    assert reading.source.publisher.startswith("GeoBasis-DE / Bundesamt")


@pytest.mark.parametrize("crs", [4326, 25832, 25833, 31467, 4647, 3035])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_every_format_in_every_coordinate_system(areas, tmp_path, suffix, crs):
    options = {"RFC7946": "NO"} if suffix == ".geojson" else {}
    check_excerpt(boundary_of(write(areas.to_crs(crs), tmp_path / f"grenzen{suffix}", **options)))


def test_missing_coordinate_system_is_found_where_one_fits(areas, tmp_path):
    for crs in (4326, 25832, 31467, 4647):
        path = write(areas.to_crs(crs), tmp_path / f"grenzen{crs}.shp")
        path.with_suffix(".prj").unlink()
        _, reading = read_file(boundaries, path)
        check_excerpt(reading.tables["boundary"])
        assert any(f"EPSG:{crs}" in note for note in reading.notes)
    # One town alone may lie in either zone.
    path = write(areas[areas["AGS"] == SCHUSSENRIED].to_crs(25833), tmp_path / "eine.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(FormatError, match="Koordinatensystem"):
        read_file(boundaries, path)


def test_wrong_coordinate_system_is_refused(areas, tmp_path):
    swapped = areas.set_geometry(
        shapely.transform(areas.geometry.values, lambda points: points[:, ::-1]), crs=4326
    )
    utm_as_degrees = areas.to_crs(25832).set_crs(4326, allow_override=True)
    for number, wrong in enumerate((swapped, utm_as_degrees)):
        with pytest.raises(FormatError, match="nicht in Deutschland"):
            read_file(boundaries, write(wrong, tmp_path / f"{number}.gpkg"))


def test_geopackage_with_all_layers_gives_the_municipalities(areas, tmp_path):
    path = tmp_path / "DE_VG250.gpkg"
    counties = areas[areas["GF"] == 4].assign(ADE=4, ARS=areas["ARS"].str[:5], AGS=areas["AGS"].str[:5])
    lines = gpd.GeoDataFrame({"AGZ": [1]}, geometry=[shapely.LineString([(9, 48), (10, 48)])], crs=4326)
    write(lines, path, layer="vg250_li")
    write(counties, path, layer="vg250_krs")
    write(areas, path, layer="vg250_gem")
    recognition, reading = read_file(boundaries, path)
    assert recognition.title == "Grenzen VG250"
    assert recognition.details["Ebenen"] == "Kreise, Gemeinden"
    check_excerpt(reading.tables["boundary"])


@pytest.mark.filterwarnings("ignore:File .* has GPKG application_id")
def test_renamed_geopackage_is_recognised_by_content(areas, tmp_path):
    path = write(areas, tmp_path / "a.gpkg")
    check_excerpt(boundary_of(path.rename(tmp_path / "grenzen.dat")))


def test_shapefile_in_a_zip_with_its_date(areas, tmp_path):
    (tmp_path / "shape").mkdir()
    write(areas.to_crs(25832), tmp_path / "shape" / "VG250_GEM.shp", encoding="ISO-8859-1")
    with zipfile.ZipFile(tmp_path / "vg250.zip", "w") as archive:
        for part in (tmp_path / "shape").iterdir():
            archive.write(part, f"vg250/{part.name.upper()}")
        archive.writestr("aktualitaet.txt", "01.01.2016\r\n")
    (sample,) = archives.samples(tmp_path / "vg250.zip", tmp_path / "ziel")
    module, recognition = formats.recognise(sample)
    assert module is boundaries
    assert recognition.title == "Grenzen VG250, Stand 01.01.2016"
    boundary = boundaries.read(sample, recognition, None).tables["boundary"]
    check_excerpt(boundary)
    assert set(boundary["reference_date"]) == {"01.01.2016"}


def test_user_may_state_the_reference_date():
    _, reading = read_file(boundaries, EXCERPT, reference_date="01.01.2016")
    assert set(reading.tables["boundary"]["reference_date"]) == {"01.01.2016"}
    assert reading.source.reference_date == "01.01.2016"
    _, silent = read_file(boundaries, EXCERPT)
    assert silent.tables["boundary"]["reference_date"].isna().all()
    assert "Der Stand der Grenzen steht nicht in der Datei." in silent.notes


def test_counties_and_states_alone_are_taken_and_the_gap_is_told(tmp_path):
    rows = [{"GF": gf, "BSG": 1, "ARS": "08426", "AGS": "08426", "GEN": "Biberach"} for gf in (9, 8)]
    recognition, reading = read_file(boundaries, write(squares(rows), tmp_path / "VG2500_KRS.gpkg"))
    assert "Gemeinden" in recognition.details["Fehlt"]
    assert any("enthält keine Gemeinden" in note for note in reading.notes)
    boundary = reading.tables["boundary"]
    assert list(zip(boundary["level"], boundary["region_id"], boundary["part"], strict=True)) == [
        ("county", "08426", "land"),
        ("county", "08426", "sea"),
    ]


@pytest.mark.parametrize(
    ("row", "level", "key"),
    [
        ({"ADE": 6, "ARS": "084265002014", "GEN": "a"}, "municipality", "08426014"),
        ({"ADE": 5, "RS": "084265002", "AGS": "--------", "GEN": "a"}, "unit", "084265002"),
        ({"ADE": 5, "RS_0": "084265002000", "GEN": "a"}, "unit", "084265002"),
        ({"ADE": 3, "ARS": "084", "AGS": "084", "GEN": "a"}, "district", "084"),
        ({"ADE": 2, "ARS": "08", "AGS": "08", "GEN": "a"}, "state", "08"),
        ({"ADE": 1, "ARS": "000000000000", "AGS": "00000000", "GEN": "a"}, "country", "DG"),
        ({"ARS": "084265002", "GEN": "a"}, "unit", "084265002"),
        ({"ags": "08426", "gen": "a"}, "county", "08426"),
        ({"AGS": 8426014, "GEN": "a"}, "municipality", "08426014"),
        ({"AGS": 8426014.0, "name": "a"}, "municipality", "08426014"),
        ({"ars": 84265002014, "name": "a"}, "municipality", "08426014"),
    ],
)
def test_levels_and_lost_zeros(tmp_path, row, level, key):
    boundary = boundary_of(write(squares([row]), tmp_path / "a.gpkg"))
    assert boundary[["level", "region_id", "region_name"]].values.tolist() == [[level, key, "a"]]


def test_parts_by_geofaktor_are_united(tmp_path):
    rows = [municipality(1, GF=gf) for gf in (4, 4, 2, 1, 3)] + [municipality(2)]
    boundary = boundary_of(write(squares(rows), tmp_path / "a.gpkg")).set_index(["region_id", "part"])
    assert list(boundary.index) == [
        *(("08426001", part) for part in ("land", "outside_land", "sea", "water")),
        ("08426002", "land"),
    ]
    single = boundary.loc[("08426002", "land"), "area_km2"]
    assert single == pytest.approx(0.1**2 * 111.2 * 74.4, rel=0.01)
    assert boundary.loc[("08426001", "land"), "area_km2"] == pytest.approx(2 * single, rel=0.001)


def test_bad_areas_are_refused_with_their_number(tmp_path):
    frame = squares(
        [
            *(municipality(number) for number in range(1, 9)),
            municipality(9, AGS="08426010"),
            municipality(10, GF=7),
            municipality(11, AGS="Ulm", ARS="Ulm"),
            municipality(12, GEN="Ort A"),
            municipality(12, GEN="Ort B"),
            municipality(13),
            municipality(14, AGS="--", ARS="--", BSG=9),
        ]
    )
    frame.loc[13, "geometry"] = None
    _, reading = read_file(boundaries, write(frame, tmp_path / "a.gpkg"))
    told = dict(zip(reading.refused["line"], reading.refused["reason"], strict=True))
    assert told == {
        9: "AGS und ARS der Fläche widersprechen einander",
        10: "Der Geofaktor (GF) ist unbekannt",
        11: "Die Fläche hat keinen gültigen amtlichen Schlüssel",
        12: "Derselbe Schlüssel steht bei Flächen mit verschiedenen Namen",
        13: "Derselbe Schlüssel steht bei Flächen mit verschiedenen Namen",
        14: "Die Fläche hat kein Vieleck",
    }
    assert "Ulm" in reading.refused["excerpt"].iloc[2]
    assert sorted(reading.tables["boundary"]["region_id"]) == [f"08426{number:03d}" for number in range(1, 9)]
    assert (reading.rows_read, len(reading.refused)) == (15, 6)
    assert any("1 Flächen außerhalb Deutschlands" in note for note in reading.notes)


def test_self_crossing_area_is_repaired(tmp_path):
    frame = squares([municipality(1), municipality(2)])
    frame.loc[0, "geometry"] = shapely.Polygon([(9, 48), (9.1, 48.1), (9.1, 48), (9, 48.1)])
    _, reading = read_file(boundaries, write(frame, tmp_path / "a.gpkg"))
    geometry = shapely.from_wkb(reading.tables["boundary"]["geometry"].iloc[0])
    assert geometry.is_valid and geometry.area == pytest.approx(0.005)
    assert "1 Flächen überschneiden sich selbst und wurden bereinigt." in reading.notes


def test_mostly_bad_or_empty_layers_are_refused(tmp_path):
    mostly = squares([municipality(1), *(municipality(n, AGS=f"Ort{n}", ARS=f"Ort{n}") for n in range(2, 5))])
    with pytest.raises(FormatError, match=r"Von 4 Flächen sind nur 1 verwendbar.*Fläche 2"):
        read_file(boundaries, write(mostly, tmp_path / "a.gpkg"))


def test_old_layout_is_refused_and_alien_areas_are_not_ours(tmp_path):
    old = squares([{"AGS": "08426014", "SHN": "084265002014", "USE": 2, "GEN": "a"}])
    with pytest.raises(FormatError, match=r"vor 2012.*bekannt sind"):
        boundaries.recognise(sample_of(write(old, tmp_path / "old.gpkg")))
    alien = squares([{"name": "Wald", "id": 3}])
    for name in ("alien.gpkg", "alien.shp", "alien.geojson"):
        assert boundaries.recognise(sample_of(write(alien, tmp_path / name))) is None
    assert boundaries.recognise(sample_of(Path(__file__))) is None


def test_incomplete_shapefile(areas, tmp_path):
    for part in (".dbf", ".shx"):
        path = write(areas, tmp_path / f"ohne{part[1:]}.shp")
        path.with_suffix(part).unlink()
        with pytest.raises(FormatError, match=rf"fehlen Teile: \{part}"):
            boundaries.recognise(sample_of(path))


@given(st.sampled_from([".gpkg", ".shp", ".dbf", ".geojson"]), st.floats(0.01, 0.99))
def test_cut_files_are_told(cut_sources, tmp_path, suffix, share):
    """Cut anywhere: FormatError, never other errors, never silently fewer areas."""
    for file in cut_sources.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    path = path.with_suffix(".shp") if suffix == ".dbf" else path
    with pytest.raises(FormatError):
        module, recognition = formats.recognise(sample_of(path))
        module.read(sample_of(path), recognition, None)


@pytest.mark.parametrize(
    ("suffix", "lost"), [(".gpkg", 4096), (".shp", 50), (".dbf", 2), (".dbf", 60), (".dbf", 10**9)]
)
def test_a_lost_end_is_told_as_damage(cut_sources, tmp_path, suffix, lost):
    for file in cut_sources.iterdir():
        shutil.copyfile(file, tmp_path / file.name)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(path.read_bytes()[: max(path.stat().st_size - lost, 0)])
    path = path.with_suffix(".shp") if suffix == ".dbf" else path
    with pytest.raises(FormatError, match="beschädigt oder abgeschnitten"):
        boundaries.recognise(sample_of(path))


@pytest.fixture(scope="module")
def cut_sources(areas, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    for suffix in (".gpkg", ".shp", ".geojson"):
        write(areas, folder / f"a{suffix}")
    return folder


def test_missing_library_is_told_in_german(areas, tmp_path, monkeypatch):
    path = write(areas, tmp_path / "a.gpkg")
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    with pytest.raises(FormatError, match=r"fehlt ein Python-Paket \(pyogrio\).*pip install"):
        boundaries.recognise(sample_of(path))


def units_of(path: Path, unit_of: dict[str, str]) -> gpd.GeoSeries:
    boundary = boundary_of(path)
    return simplify_coverage(areas_of_units(boundary[boundary["level"] == "municipality"], unit_of))


def test_units_are_put_together_from_land(areas, tmp_path):
    path = write(areas, tmp_path / "a.gpkg")
    boundary = boundary_of(path)
    units = units_of(path, dict(zip(boundary["region_id"], boundary["unit_id"], strict=True)))
    assert units.crs == 4326 and len(units) == 8
    assert shapely.coverage_is_valid(units.to_numpy())
    area = units.to_crs(3035).area / 1e6
    members = boundary[boundary["region_id"].isin([SCHUSSENRIED, INGOLDINGEN])]
    assert area["084265002"] == pytest.approx(members["area_km2"].sum(), rel=0.01)
    # Land only: Flensburg without its water.
    assert area["010010000"] == pytest.approx(49.2, rel=0.01)
    corners = shapely.get_coordinates(units.to_numpy())
    assert (corners.round(5) == corners).all()


def test_units_of_another_territory(areas, tmp_path):
    path = write(areas.drop(columns="ARS"), tmp_path / "b.gpkg")
    assert list(units_of(path, {SCHUSSENRIED: "999", INGOLDINGEN: "999"}).index) == ["999"]
    with pytest.raises(FormatError, match="keine Gemeindeverbände"):
        units_of(path, {})
