"""The rule for town types, alone and against the official types of BBSR for 2015."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from kowis_data.build import load_facts
from kowis_data.settings import SQL

FIVE_CLASSES = {
    "grosse_grossstadt": "Großstadt",
    "kleine_grossstadt": "Großstadt",
    "groessere_mittelstadt": "Mittelstadt",
    "kleinere_mittelstadt": "Mittelstadt",
    "groessere_kleinstadt": "Größere Kleinstadt",
    "kleine_kleinstadt": "Kleine Kleinstadt",
    "landgemeinde": "Landgemeinde",
}


def types_by_rule(members: pd.DataFrame) -> pd.Series:
    """Town types (index unit_id) that kowis_data/sql/units.sql gives to municipalities (ags, unit_id, population)."""
    with duckdb.connect() as con:
        con.execute((SQL / "schema.sql").read_text(encoding="utf-8"))
        load_facts(con)
        con.register("members", members)
        con.execute(
            "INSERT INTO municipality BY NAME SELECT ags, unit_id, population, ags AS name, 1.0 AS area_km2, "
            "coalesce(free, false) AS is_unincorporated FROM (SELECT *, NULL AS free FROM members "
            "WHERE NOT contains(ags, 'free') UNION ALL SELECT *, true FROM members WHERE contains(ags, 'free'))"
        )
        con.execute(
            "CREATE TEMP TABLE base_unit AS SELECT DISTINCT unit_id, unit_id AS name, 'Amt' AS association_type "
            "FROM municipality"
        )
        con.execute((SQL / "units.sql").read_text(encoding="utf-8"))
        return con.execute("SELECT unit_id, town_type FROM unit").df().set_index("unit_id")["town_type"]


@pytest.mark.parametrize(
    ("largest", "town_type"),
    [
        (500_000, "grosse_grossstadt"),
        (499_999, "kleine_grossstadt"),
        (100_000, "kleine_grossstadt"),
        (99_999, "groessere_mittelstadt"),
        (50_000, "groessere_mittelstadt"),
        (49_999, "kleinere_mittelstadt"),
        (20_000, "kleinere_mittelstadt"),
        (19_999, "groessere_kleinstadt"),
        (10_000, "groessere_kleinstadt"),
        (9_999, "kleine_kleinstadt"),
        (5_000, "kleine_kleinstadt"),
        (4_999, "landgemeinde"),
        (1, "landgemeinde"),
    ],
)
def test_limits_of_the_types(largest, town_type):
    members = pd.DataFrame({"ags": ["a", "b"], "unit_id": ["u", "u"], "population": [largest, max(1, largest // 2)]})
    # The sum of the members does not count, only the largest.
    assert types_by_rule(members)["u"] == town_type


def test_an_area_without_municipality_has_no_town_type_even_with_inhabitants():
    members = pd.DataFrame({"ags": ["free1", "free2", "x"], "unit_id": ["f", "g", "u"], "population": [0, 700, 700]})
    assert types_by_rule(members).to_dict() == {"f": "gemeindefrei", "g": "gemeindefrei", "u": "landgemeinde"}


@pytest.mark.official
def test_rule_reproduces_the_official_types_of_2015(official_data):
    """domain.md: 4,509 of 4,538 units; of the others 28 stand higher for their central function, Salzgitter lower."""
    workbook = official_data / "bbsr_referenz" / "Referenz_1998_2015.xlsx"
    units = pd.read_excel(workbook, sheet_name="GVB 2015", header=2)
    municipalities = pd.read_excel(workbook, sheet_name="Gemeinden", header=2)
    units.index = units["gvb15"].astype(int).astype(str)
    official = units["sgtyp"].index.to_series().map(units.iloc[:, 4])  # the class in words stands beside its code
    members = pd.DataFrame(
        {
            "ags": municipalities["gem15"].astype(int).astype(str),
            "unit_id": municipalities["Gemeindeverband, Stand 31.12.2015"].astype(int).astype(str),
            "population": municipalities["Bevölkerung 31.12.2015"].astype(int),
        }
    )
    assert members["population"].sum() == 82_175_684  # published for 31.12.2015
    rule = types_by_rule(members).map(FIVE_CLASSES).reindex(official.index)
    assert len(official) == 4_538
    equal = rule == official
    assert equal.sum() == 4_509
    assert equal.mean() >= 0.993
    order = ["Landgemeinde", "Kleine Kleinstadt", "Größere Kleinstadt", "Mittelstadt", "Großstadt"]
    higher = official[~equal].map(order.index) > rule[~equal].map(order.index)
    assert higher.sum() == 28
    names = units["Name des Gemeindeverbands"]
    assert [name.split(",")[0] for name in names[higher.index[~higher]]] == ["Salzgitter"]
