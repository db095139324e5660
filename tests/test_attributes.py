"""Attributes to filter by: from the register, and from the rows of a reference table."""

from __future__ import annotations

import duckdb
import pytest

from queries import attributes
from queries.town_filter import TownFilter, sentence

VLOTHO, PERL = "057580036", "100420115"


@pytest.fixture
def with_attributes(own_database):
    """A database with rows of two editions of a reference table: units and counties, and one that repeats the Land."""
    con = duckdb.connect(str(own_database))
    con.execute("INSERT INTO source (source_id, title) VALUES ('old', 'Tabelle 2015'), ('new', 'Tabelle 2021')")
    for row in (
        ("unit", VLOTHO, "mittelbereich", "Mittelbereich", "1", "Herford", "31.12.2015", "old"),
        ("unit", VLOTHO, "mittelbereich", "Mittelbereich", "2", "Vlotho", "31.12.2021", "new"),
        ("unit", PERL, "mittelbereich", "Mittelbereich", "3", "Merzig", "31.12.2021", "new"),
        ("unit", "084260062", "mittelbereich", "Mittelbereich", "4", "Biberach", "31.12.2015", "old"),
        ("unit", VLOTHO, "west_ost", "West- und Ostdeutschland", "2", "Ostdeutschland", "31.12.2021", "new"),
        ("county", "05758", "kreistyp", "Kreistyp", "10", "Städtische Kreise", "31.12.2021", "new"),
        ("county", "10042", "kreistyp", "Kreistyp", "9", "Ländliche Kreise", "31.12.2021", "new"),
        ("county", "10042", "land", "Land", "10", "Saarland", "31.12.2021", "new"),
        ("county", "10042", "einzig", "Nur ein Wert", "1", "immer gleich", "31.12.2021", "new"),
    ):
        con.execute("INSERT INTO region_attribute VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    yield con
    con.close()


def test_the_base_data_hold_five_attributes(con):
    known = attributes.attributes(con)
    assert list(known) == ["west_ost", "gemeindeform", "cluster", "urbanisation", "reisegebiet"]
    assert {key: found.towns for key, found in known.items()} == dict.fromkeys(known, 2_122)
    assert attributes.values(con, "west_ost") == {k: k for k in ("Ostdeutschland", "Westdeutschland")}
    assert len(attributes.values(con, "reisegebiet")) == 130
    forms = attributes.of_towns(con, "gemeindeform").set_index("unit_id")["value_code"]
    assert forms.value_counts().to_dict() == {"gemeinde": 1_653, "verband": 469}
    assert forms[VLOTHO] == "gemeinde"


def test_imported_attributes_come_in_their_place_and_in_their_newest_edition(with_attributes):
    known = attributes.attributes(with_attributes)
    assert list(known) == [
        "west_ost", "gemeindeform", "cluster", "urbanisation", "kreistyp", "mittelbereich", "reisegebiet",
    ]  # fmt: skip
    assert known["mittelbereich"] == attributes.Attribute(
        "mittelbereich", "Mittelbereich", "31.12.2021", "Tabelle 2021", 2
    )
    assert attributes.values(with_attributes, "mittelbereich") == {"2": "Vlotho", "3": "Merzig"}


def test_attributes_of_the_county_are_those_of_its_towns(with_attributes):
    of_towns = attributes.of_towns(with_attributes, "kreistyp")
    in_counties = with_attributes.execute(
        "SELECT unit_id FROM small_town WHERE county_id IN ('05758', '10042') ORDER BY unit_id"
    ).df()
    assert of_towns["unit_id"].tolist() == in_counties["unit_id"].tolist()
    assert set(of_towns["value_label"]) == {"Städtische Kreise", "Ländliche Kreise"}


def test_the_import_does_not_move_a_town_to_the_east(with_attributes):
    of_towns = attributes.of_towns(with_attributes, "west_ost").set_index("unit_id")["value_label"]
    assert of_towns[VLOTHO] == "Westdeutschland"


def test_filter_and_sentence_by_imported_attributes(with_attributes):
    towns = TownFilter(attributes=(("kreistyp", ("10", "9")), ("mittelbereich", ("3",))))
    condition, parameters = towns.sql()
    found = with_attributes.execute(f"SELECT unit_id FROM small_town u WHERE {condition}", parameters).fetchall()
    assert found == [(PERL,)]
    assert sentence(with_attributes, towns) == (
        "Kleinstädte; Kreistyp: Städtische Kreise oder Ländliche Kreise; Mittelbereich: Merzig"
    )


def test_the_cluster_is_an_attribute_that_says_what_it_rests_on(own_database):
    with duckdb.connect(str(own_database)) as con:
        names = attributes.values(con, "cluster")
        assert list(names) == ["1", "2", "3", "4"] and names["3"].startswith("Cluster 3: Touristische Zentren")
        towns = TownFilter(attributes=(("cluster", ("3",)),))
        assert sentence(con, towns).startswith("Kleinstädte; Cluster (Modelldaten, synthetisch): Cluster 3: Tour")
        condition, parameters = towns.sql()
        found = con.execute(f"SELECT count(*) FROM small_town u WHERE {condition}", parameters).fetchall()[0][0]
        counted = con.execute("SELECT count(*) FROM cluster_membership WHERE cluster = 3").fetchall()[0][0]
        assert found == counted > 100
        assert "cluster" not in attributes.attributes(con, only_official=True)
        assert "cluster" not in [a.attribute for a, _ in attributes.of_unit(con, PERL, only_official=True)]
        con.execute("UPDATE source SET provenance = 'abgeleitet' WHERE source_id = 'demo_register'")
        known = attributes.attributes(con, only_official=True)["cluster"]
        assert known.title == "Cluster (eigene Rekonstruktion)" and known.towns == 2_122
        con.execute("DELETE FROM cluster_membership")
        con.execute("DELETE FROM cluster_model")
        assert "cluster" not in attributes.attributes(con)
