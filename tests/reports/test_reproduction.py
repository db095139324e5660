"""The study's own case: figures follow from the documented default and from nothing else."""

from __future__ import annotations

import duckdb
import pytest

from queries import reproduction
from queries.stage1 import run, values
from queries.stage1.default import default_settings


@pytest.fixture(scope="module")
def found(con):
    return reproduction.reproduction(con)


def test_the_four_stand_where_the_default_puts_them(con, found):
    settings = default_settings(con)
    result = run.run(values.read(con, settings), settings)
    assert found.remaining == result.remaining and len(found.remaining) == 16
    assert list(found.towns["name"]) == ["Vlotho", "Oberharz am Brocken", "Perl", "Bad Schussenried"]
    for unit_id, town in found.towns.iterrows():
        assert town["outside"] == result.outside[unit_id] == (found.signs[unit_id] != 0).sum()
        same = result.groups == result.groups[unit_id]
        assert town["ranked"] == same.sum()
        assert town["rank"] > (result.outside[same] > town["outside"]).sum()
        assert town["rank"] <= (result.outside[same] >= town["outside"]).sum()
        assert town["remains"] == (town["rank"] <= 4)


def test_the_rank_is_the_order_in_which_places_are_filled(con):
    """Whoever remains has a rank of at most four in the cluster; checked on all 16, not only on the published towns."""
    settings = default_settings(con)
    data = values.read(con, settings)
    result = run.run(data, settings)
    studies = data.towns.loc[list(result.remaining)].assign(name="", display_name="", ags="", cluster=1)
    placed = reproduction._towns(studies, data, result, ())
    assert placed["remains"].all() and set(placed["rank"]) == {1, 2, 3, 4}


def test_the_published_set_among_all_sets(found):
    assert set(found.placements) == {"max_min", "max_sum"}
    one = found.placements["max_min"]
    assert one.fulfils and not one.counted and one.sets == 20_000
    assert one.percentile == pytest.approx(15.6, abs=0.1)
    assert set(one.own.unit_ids) == set(found.towns.index)


def test_over_all_towns_and_on_official_data(con):
    everywhere = reproduction.reproduction(con, within="all")
    assert everywhere.within == "all" and set(everywhere.towns["ranked"]) == {2122}
    official = reproduction.reproduction(con, only_official=True)
    assert official.within == "all" and official.cluster_source is None
    assert official.towns["cluster"].isna().all()
    assert "Anteil des verarbeitenden Gewerbes" in official.absent
    assert len(official.criteria) + len(official.absent) == 13


def test_imported_values_take_the_place_of_stand_ins(own_database):
    """Shares of the old for every small town; the published four at the top of the scale."""
    with duckdb.connect(str(own_database)) as con:
        before = reproduction.reproduction(con)
        con.execute(
            "INSERT INTO indicator (indicator_id, title, unit_label, theme, decimals, source_id, is_county_context) "
            "SELECT 'share_65_plus_pct', 'Anteil 65+', '%', theme, 1, source_id, false FROM indicator LIMIT 1"
        )
        con.execute(
            "INSERT INTO observation SELECT 'share_65_plus_pct', 'unit', u.unit_id, '2021', "
            "20 + row_number() OVER (ORDER BY c.unit_id IS NOT NULL, u.unit_id) / 1000.0, NULL, "
            "(SELECT source_id FROM source ORDER BY precedence, source_id LIMIT 1) "
            "FROM small_town u LEFT JOIN case_study c USING (unit_id)"
        )
        after = reproduction.reproduction(con)
    old, new = (frame.criteria.set_index("wanted").loc["Anteil der Personen ab 65 Jahren"] for frame in (before, after))
    assert old["is_substitute"] and not new["is_substitute"] and new["key"] == "share_65_plus_pct"
    assert (after.signs.loc["share_65_plus_pct"] == 1).all()
    assert (after.towns["outside"] >= before.towns["outside"] - 1).all()
