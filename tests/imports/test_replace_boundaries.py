"""Imported boundaries replace those drawn so far, whatever file they come in."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from kowis_data import geometry
from kowis_data.import_files import confirmations, import_files, preview, undo
from kowis_data.settings import BASE_FILES

# Two towns of Saarland: small enough to see what becomes of them.
PERL, METTLACH = "100420115", "100420114"


@pytest.fixture(scope="session")
def units() -> gpd.GeoDataFrame:
    """The shipped units as a layer of associations (ADE 5)."""
    shipped = gpd.read_file(BASE_FILES / "units.geojson")
    frame = gpd.GeoDataFrame({"ARS": shipped["id"], "ADE": 5, "GF": 4}, geometry=shipped.geometry, crs=4326)
    return frame.assign(GEN=frame["ARS"])


@pytest.fixture(scope="session")
def other(units) -> gpd.GeoDataFrame:
    """Perl has got a piece of Mettlach; three units of water are not drawn."""
    frame = units[~units["ARS"].isin(["070009999", "100429999", "130009999"])].set_index("ARS")
    perl, mettlach = frame.loc[PERL, "geometry"], frame.loc[METTLACH, "geometry"]
    piece = mettlach.intersection(perl.buffer(0.02))
    frame.loc[PERL, "geometry"] = perl.union(piece)
    frame.loc[METTLACH, "geometry"] = mettlach.difference(piece)
    return frame.reset_index()


def copy_of(database: Path, folder: Path) -> Path:
    return Path(shutil.copy(database, folder / "atlas.duckdb"))


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    frame.to_file(path)
    return path


@pytest.fixture(scope="session")
def redrawn(built_database, other, tmp_path_factory):
    """(path, report) of a database with the other boundaries, from a GeoPackage."""
    folder = tmp_path_factory.mktemp("redrawn")
    path = copy_of(built_database, folder)
    report = import_files([write(other, folder / "vg250.gpkg")], path, replace_boundaries=True)
    return path, report


def area_of(con, unit_id: str) -> float:
    rows = con.execute("SELECT polygon_area_km2 FROM boundary_check WHERE unit_id = ?", [unit_id]).fetchall()
    return rows[0][0]


def test_the_new_areas_are_drawn_and_compared(redrawn, built_database):
    path, report = redrawn
    assert report.is_complete, report.files[0].error
    said = " ".join(report.files[0].notes)
    assert "4596 Einheiten neu gezeichnet" in said and "3 Einheiten fehlen in der Datei und behalten" in said
    with duckdb.connect(str(path), read_only=True) as new, duckdb.connect(str(built_database), read_only=True) as old:
        assert area_of(new, PERL) > area_of(old, PERL) + 5
        assert area_of(new, PERL) + area_of(new, METTLACH) == pytest.approx(
            area_of(old, PERL) + area_of(old, METTLACH), rel=0.01
        )
        cause = new.execute("SELECT cause FROM boundary_check WHERE unit_id = ?", [PERL]).fetchall()[0][0]
        assert cause
        drawn = {key: shapely.geometry.shape(shape) for key, shape in geometry.load(new, "units").items()}
        assert len(drawn) == 4596
        assert shapely.coverage_is_valid(list(drawn.values()))
        assert shapely.get_coordinates(drawn[PERL]).round(5).tolist() == shapely.get_coordinates(drawn[PERL]).tolist()
        assert len(geometry.load(new, "counties")) == 400 and len(geometry.load(new, "states")) == 16
        names = new.execute("SELECT layer, file_name FROM geometry_file ORDER BY layer").fetchall()
        assert names != old.execute("SELECT layer, file_name FROM geometry_file ORDER BY layer").fetchall()
        assert all((geometry.STATIC_GEOMETRY / name).exists() for _, name in names)


def test_neighbours_and_what_rests_on_them_follow(redrawn, built_database):
    query = "SELECT unit_id, neighbour_id FROM unit_neighbour ORDER BY ALL"
    with (
        duckdb.connect(str(redrawn[0]), read_only=True) as new,
        duckdb.connect(str(built_database), read_only=True) as old,
    ):
        before, after = set(old.execute(query).fetchall()), set(new.execute(query).fetchall())
        # Simplified twice, hardly a neighbour comes or goes.
        assert len(before ^ after) < 0.01 * len(before)
        assert {(b, a) for a, b in after} == after
        counted = dict(
            new.execute(
                "SELECT region_id, value FROM observation WHERE indicator_id = 'neighbour_count' AND level = 'unit'"
            ).fetchall()
        )
        towns = {row[0] for row in new.execute(
            "SELECT unit_id FROM unit WHERE town_type <> 'gemeindefrei'").fetchall()}  # fmt: skip
        assert counted[PERL] == len({b for a, b in after if a == PERL and b in towns})
        stations = "SELECT count(*) FROM station WHERE unit_id IS NOT NULL"
        assert new.execute(stations).fetchall()[0][0] == pytest.approx(old.execute(stations).fetchall()[0][0], abs=5)


def test_attribution_names_the_new_source(redrawn):
    with duckdb.connect(str(redrawn[0]), read_only=True) as con:
        info = dict(con.execute("SELECT key, value FROM build_info").fetchall())
    assert info["boundary_attribution"].startswith("Grenzen: © GeoBasis-DE / BKG")
    assert info["boundary_source"].startswith("boundaries_")


def test_undo_restores_and_clears_up(redrawn, built_database, tmp_path):
    """Files of a state that nobody can reach any more go; those of the present and of the one before stay."""
    path = copy_of(redrawn[0], tmp_path)
    shutil.copy(built_database, path.with_name(path.name + ".vorher"))
    files = geometry.files_of(path)
    undo(path)
    assert geometry.files_of(path) == geometry.files_of(built_database)
    assert all((geometry.STATIC_GEOMETRY / name).exists() for name in geometry.files_of(path))
    assert not any((geometry.STATIC_GEOMETRY / name).exists() for name in files)
    with duckdb.connect(str(redrawn[0]), read_only=True) as con:
        geometry.write_files(con)
    assert all((geometry.STATIC_GEOMETRY / name).exists() for name in files)


def test_without_confirmation_nothing_changes(own_copy, other, tmp_path):
    path = write(other[other["ARS"].str[:2] == "10"], tmp_path / "saarland.geojson")
    before = own_copy.read_bytes()
    report = import_files([path], own_copy)
    assert "nur ersetzt, wenn Sie es bestätigen" in report.files[0].error
    assert own_copy.read_bytes() == before
    (answer,) = confirmations(preview([path], tmp_path), own_copy)
    assert answer.applies and answer.option == "replace_boundaries" and "Grenzen ersetzen" in answer.question


def test_an_excerpt_is_joined_to_the_old_boundaries(own_copy, other, tmp_path):
    """Saarland alone, as a Shapefile; it still touches its neighbours; an unknown key stays away and is named."""
    folder = tmp_path / "inhalt"
    folder.mkdir()
    strange = gpd.GeoDataFrame(
        {"ARS": ["109990000"], "ADE": [5], "GF": [4], "GEN": ["Nirgendwo"]},
        geometry=[shapely.box(9, 54, 9.01, 54.01)],
        crs=4326,
    )
    saarland = other[other["ARS"].str[:2] == "10"]
    write(pd.concat([saarland, strange], ignore_index=True), folder / "saarland.shp")
    archive = shutil.make_archive(str(tmp_path / "archiv"), "zip", folder)
    report = import_files([Path(archive)], own_copy, replace_boundaries=True)
    assert report.is_complete, report.files[0].error
    assert any("1 Flächen passen zu keinem heutigen Gebiet" in note for note in report.files[0].notes)
    with duckdb.connect(str(own_copy), read_only=True) as con:
        assert area_of(con, PERL) > 80
        across = con.execute(
            "SELECT count(*) FROM unit_neighbour WHERE unit_id LIKE '10%' AND neighbour_id LIKE '07%'"
        ).fetchall()[0][0]
        assert across >= 10


def test_towns_must_not_lose_their_area(own_copy, other, tmp_path):
    """Perl is missing and its land belongs to Mettlach: there is no place for it."""
    frame = other.set_index("ARS")
    frame.loc[METTLACH, "geometry"] = frame.loc[METTLACH, "geometry"].union(frame.loc[PERL, "geometry"])
    path = write(frame.drop(index=PERL).reset_index(), tmp_path / "a.gpkg")
    before = own_copy.read_bytes()
    report = import_files([path], own_copy, replace_boundaries=True)
    assert "1 Städte und Gemeinden hätten keine Fläche mehr: Perl (100420115)" in report.files[0].error
    assert own_copy.read_bytes() == before


def test_counties_alone_change_the_lines(own_copy, tmp_path):
    """VG2500 has no municipalities: lines of counties and states change, towns stay as they are."""
    shipped = gpd.read_file(BASE_FILES / "counties.geojson")
    frame = gpd.GeoDataFrame(
        {"ARS": shipped["id"], "GEN": shipped["id"], "ADE": 4, "GF": 4}, geometry=shipped.geometry, crs=4326
    )
    path = write(frame, tmp_path / "vg2500.gpkg")
    report = import_files([path], own_copy, replace_boundaries=True)
    assert report.is_complete, report.files[0].error
    with duckdb.connect(str(own_copy), read_only=True) as con:
        layers = dict(con.execute("SELECT layer, count(*) FROM boundary GROUP BY layer").fetchall())
        assert layers == {"counties": 400, "states": 16}
    frame = frame[frame["ARS"] != "10042"]
    again = import_files([write(frame, tmp_path / "b.gpkg")], own_copy, replace_boundaries=True)
    assert "1 heutige Kreise fehlen in der Datei: 10042" in again.files[0].error
