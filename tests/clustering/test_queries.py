"""Models of the built database: the default one as written, others on demand, crossed with indicators."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kruskal

from kowis_data import clusters_standard
from kowis_data.clustering import DEFAULT_VARIABLES, ClusteringError, Settings, from_json, to_json
from queries import cluster_portraits, clusters, indicators
from queries.town_filter import TownFilter

QUICK = Settings(numbers=None, bootstrap_rounds=0)


@pytest.fixture(scope="module")
def standard(con):
    return clusters.standard_model(con)


def test_the_default_model_covers_all_small_towns_in_four_clusters(con, standard):
    assert len(standard.model.towns) == 2_122 and standard.model.left_out == {}
    assert [cluster.number for cluster in standard.model.clusters] == [1, 2, 3, 4]
    rows = con.execute(
        "SELECT count(*), count(DISTINCT unit_id), min(membership), max(membership) FROM cluster_membership "
        "SEMI JOIN small_town USING (unit_id) WHERE model_id = 'standard'"
    ).fetchall()[0]
    assert rows[:2] == (2_122, 2_122) and rows[2] > 0.49 and rows[3] <= 1


def test_the_table_and_the_stored_model_say_the_same(con, standard):
    table = con.execute("FROM cluster_membership ORDER BY unit_id").df().set_index("unit_id")
    assert table["cluster"].tolist() == standard.model.towns["cluster"].tolist()
    assert table["second_cluster"].tolist() == standard.model.towns["second_cluster"].tolist()
    assert table["distance"].to_numpy() == pytest.approx(standard.model.towns["distance"].to_numpy())


def test_the_default_model_comes_out_again_to_the_byte(con, standard):
    assert to_json(clusters.run(con, QUICK)) == to_json(standard.model)


def test_it_says_that_its_data_are_synthetic(standard):
    assert standard.source.is_synthetic and standard.source.source_id == "demo_register"
    assert "eigene Rekonstruktion" in standard.title


def test_the_case_studies_lie_in_the_clusters_that_were_published(con, standard):
    """A check of the pipeline only: the demo register is fitted to the case studies."""
    frame = clusters.members(con, standard.model)
    studies = frame.dropna(subset="case_study")
    assert len(studies) == 4
    assert studies["cluster"].tolist() == studies["published_cluster"].tolist()
    assert all(cluster.name.from_study for cluster in standard.model.clusters)


def test_the_default_model_has_nothing_to_do_with_the_base_indicators(con):
    used = con.execute("SELECT sql FROM duckdb_views() WHERE view_name = 'small_town_structure'").fetchall()[0][0]
    assert "observation" not in used and "industry_structure" in used


def test_members_carry_names_places_and_titles(con, standard):
    frame = clusters.members(con, standard.model)
    assert len(frame) == 2_122 and frame["unit_id"].is_monotonic_increasing
    perl = frame[frame["case_study"] == "Perl"].iloc[0]
    assert perl["state_name"] == "Saarland" and perl["cluster_title"].startswith("Touristische Zentren")
    assert frame[["lon", "lat", "silhouette", "cluster_title"]].notna().all().all()


def test_membership_of_one_town(con):
    place = clusters.membership_of(con, "100420115")
    assert (place["cluster"], place["from_study"], place["provenance"]) == (3, True, "synthetisch")
    assert place["second_cluster"] != 3 and 0.5 <= place["membership"] <= 1
    assert clusters.membership_of(con, "000000000") is None


def test_a_model_of_a_filter_names_it_and_leaves_the_others_out(con):
    towns = TownFilter(state_ids=("09",))
    model = clusters.run(con, Settings(clusters=3, numbers=None, bootstrap_rounds=0), towns)
    assert model.origin == "Kleinstädte in Bayern"
    assert all(unit_id.startswith("09") for unit_id in model.towns.index)
    assert [cluster.name.title for cluster in model.clusters] == ["Cluster 1", "Cluster 2", "Cluster 3"]
    assert clusters.run_key(con, QUICK, towns) != clusters.run_key(con, QUICK)


def test_the_key_follows_the_structure(own_database):
    with duckdb.connect(str(own_database)) as own:
        key = clusters.run_key(own, QUICK)
        assert clusters.run_key(own, QUICK) == key
        own.execute(
            "UPDATE industry_structure SET employees = employees + 1 WHERE unit_id = '100420115' AND rowid = "
            "(SELECT min(rowid) FROM industry_structure WHERE unit_id = '100420115')"
        )
        assert clusters.run_key(own, QUICK) != key


def test_too_few_towns_make_no_model(con):
    with pytest.raises(ClusteringError, match="mindestens 20 Städte"):
        clusters.run(con, QUICK, TownFilter(unit_ids=("100420115", "057580036")))


def test_variables_agree_with_sql(con):
    ours = clusters.structure_variables(con)
    theirs = con.execute(
        """
        SELECT s.unit_id, sum(s.employees) FILTER (s.wz_division BETWEEN '24' AND '30') / sum(s.employees) AS metal,
               any_value(c.largest_employees) / sum(s.employees) AS largest,
               any_value(c.larger_companies) AS larger,
               sum(s.companies) FILTER (s.size_class IN ('50-99', '100-249', '250-499', '500-999', '1000+')) AS counted
        FROM industry_structure s JOIN company_unit c USING (unit_id) SEMI JOIN small_town USING (unit_id)
        GROUP BY s.unit_id ORDER BY s.unit_id
        """
    ).df()
    assert ours.index.tolist() == theirs["unit_id"].tolist()
    assert ours["jobs_metal_electrical"].to_numpy() == pytest.approx(theirs["metal"].fillna(0).to_numpy())
    assert ours["largest_employer"].to_numpy() == pytest.approx(theirs["largest"].to_numpy())
    assert theirs["larger"].tolist() == theirs["counted"].fillna(0).tolist()


def test_a_portrait_agrees_with_pandas_and_scipy(con, catalogue, standard):
    indicator = catalogue["population_density"]
    period = indicators.periods(con, indicator.indicator_id)["period"].iloc[0]
    numbers = standard.model.towns["cluster"]
    found = cluster_portraits.portrait(con, numbers, indicator, period)
    values = indicators.values(con, indicator, period).set_index("unit_id")["value"]
    for number in (1, 2, 3, 4):
        inside = values[numbers == number]
        assert found.boxes.at[number, "median"] == inside.median()
        assert found.boxes.at[number, "towns"] == inside.count()
        reach = 1.5 * (inside.quantile(0.75) - inside.quantile(0.25))
        assert found.boxes.at[number, "high"] == inside[inside <= inside.quantile(0.75) + reach].max()
    expected = kruskal(*(values[numbers == number] for number in (1, 2, 3, 4)))
    assert found.test.h == pytest.approx(expected.statistic)
    assert found.test.epsilon_squared == pytest.approx(expected.statistic / (len(values) - 1))
    assert len(found.test.pairs) == 6 and (found.test.pairs["p_holm"] >= found.test.pairs["p"]).all()
    table = cluster_portraits.medians(con, numbers, ((indicator.indicator_id, period), ("nothing", "2022")))
    assert table[[1, 2, 3, 4]].iloc[0].tolist() == found.boxes["median"].tolist()
    assert table["all"].iloc[0] == values.median() and table.iloc[1][[1, 2, 3, 4]].isna().all()


def test_county_values_are_not_tested(con, catalogue, standard):
    indicator = next(one for one in catalogue.values() if one.is_county_context)
    period = indicators.periods(con, indicator.indicator_id)["period"].iloc[0]
    found = cluster_portraits.portrait(con, standard.model.towns["cluster"], indicator, period)
    assert found.test is None and found.boxes["towns"].sum() > 1_000


def test_small_groups_show_no_median(con, catalogue):
    few = pd.Series({"100420115": 1, "057580036": 1, "084265002": 2, "150850228": 2})
    indicator = catalogue["population_density"]
    period = indicators.periods(con, indicator.indicator_id)["period"].iloc[0]
    found = cluster_portraits.portrait(con, few, indicator, period)
    assert found.boxes["towns"].tolist() == [2, 2] and found.boxes["median"].isna().all()
    table = cluster_portraits.medians(con, few, ((indicator.indicator_id, period),))
    assert table[[1, 2]].isna().all().all() and table["all"].notna().all()


def test_structure_medians_are_in_per_cent(con, standard):
    variables = clusters.structure_variables(con)
    table = cluster_portraits.structure_medians(variables, standard.model.towns["cluster"]).set_index("variable_id")
    assert table.at["jobs_tourism", "all"] == pytest.approx(100 * variables["jobs_tourism"].median())
    assert table.loc["jobs_tourism", [1, 2, 3, 4]].astype(float).idxmax() == 3
    assert set(DEFAULT_VARIABLES) <= set(table.index)


def test_where_a_town_stands_in_its_cluster(standard):
    model = standard.model
    for cluster in model.clusters:
        place = cluster_portraits.place_in_cluster(model, cluster.typical[0])
        assert (place["cluster"], place["rank"], place["nearer_pct"]) == (cluster.number, 1, 100)
        assert cluster_portraits.place_in_cluster(model, cluster.medoid)["is_medoid"]
    assert cluster_portraits.place_in_cluster(model, "000000000") is None


def test_two_models_are_compared_with_the_towns_that_move(con, standard):
    other = clusters.run(con, Settings(clusters=5, numbers=None, bootstrap_rounds=0))
    found = cluster_portraits.compare_models(standard.model, other)
    assert found.towns == 2_122 and found.flows.to_numpy().sum() == 2_122 and found.flows.shape == (4, 5)
    changed = cluster_portraits.moved_towns(con, standard.model, other)
    assert len(changed) == 2_122 - found.together
    same = cluster_portraits.compare_models(standard.model, standard.model)
    assert same.adjusted_rand == 1 and cluster_portraits.moved_towns(con, standard.model, standard.model).empty


def test_a_saved_model_comes_back(con, standard):
    assert to_json(clusters.from_saved(con, to_json(standard.model))) == to_json(standard.model)


def test_without_structure_there_is_no_model(own_database):
    with duckdb.connect(str(own_database)) as own:
        own.execute("DELETE FROM industry_structure")
        assert "kein Clustermodell" in clusters_standard.refresh(own)
        assert own.execute("SELECT count(*) FROM cluster_membership").fetchall() == [(0,)]
        assert clusters.standard_model(own) is None and clusters.structure_source(own) is None
        with pytest.raises(ClusteringError):
            clusters.run(own, QUICK)


def test_a_register_of_a_few_towns_makes_no_default_model_but_no_error(own_database):
    with duckdb.connect(str(own_database)) as own:
        own.execute("DELETE FROM industry_structure WHERE unit_id NOT IN ('100420115', '057580036')")
        assert "mindestens 20 Städte" in clusters_standard.refresh(own)
        assert own.execute("SELECT count(*) FROM cluster_model").fetchall() == [(0,)]


def test_refresh_leaves_other_models_alone_and_replaces_its_own(own_database):
    with duckdb.connect(str(own_database)) as own:
        own.execute("INSERT INTO cluster_membership VALUES ('other', '100420115', 1, 1, 1, 2, 0.5)")
        assert clusters_standard.refresh(own) is None
        counts = dict(own.execute("SELECT model_id, count(*) FROM cluster_membership GROUP BY ALL").fetchall())
        assert counts == {"other": 1, "standard": 2_122}
        content = own.execute("SELECT content FROM cluster_model").fetchall()
        assert len(content) == 1 and np.isfinite(from_json(content[0][0].encode()).silhouette)
