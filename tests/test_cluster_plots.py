"""Plots, tables and words of cluster models: what is drawn, and what stays hidden."""

from __future__ import annotations

import tomllib

import numpy as np
import pandas as pd
import pytest

from kowis_data.clustering import Settings, compare, fit
from kowis_data.settings import PROJECT
from queries import cluster_portraits, clusters
from ui import cluster_check_plots, cluster_plots, cluster_view, cluster_words, colours


@pytest.fixture(scope="module")
def model(con):
    return clusters.standard_model(con).model


@pytest.fixture(scope="module")
def lopsided():
    """Two clusters of two variables; the second holds two towns only."""
    random = np.random.default_rng(1)
    variables = pd.DataFrame(
        {"jobs_per_100": random.normal(30, 1, 42), "companies_per_1000": random.normal(40, 1, 42)},
        index=[f"{number:09}" for number in range(42)],
    )
    variables.iloc[-2:] = [[90, 120], [91, 121]]
    settings = Settings(
        clusters=2, variables=tuple(variables), winsorise=(0, 1), numbers=None, bootstrap_rounds=0
    )  # fmt: skip
    made = fit(variables, settings)
    assert [cluster.towns for cluster in made.clusters] == [40, 2]
    return made


def test_the_colours_are_those_of_the_theme():
    theme = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    assert list(colours.CLUSTERS.values()) == theme["chartCategoricalColors"]
    assert list(colours.CLUSTERS) == list(range(1, 11))


def test_profiles_group_jobs_and_companies_by_branch(model):
    figure = cluster_plots.profile_bars(model.centroids.loc[3], model.columns["title"], "#009e73", 2.5)
    companies, jobs, single = figure.data
    assert len(companies.x) == len(jobs.x) == 9 and len(single.x) == 2
    assert list(companies.y) == list(jobs.y)
    place = [label.replace("<br>", " ") for label in jobs.y].index("Gastgewerbe und Reiseveranstalter")
    assert jobs.x[place] == pytest.approx(model.centroids.at[3, "jobs_tourism"], abs=0.001)
    assert companies.x[place] == pytest.approx(model.centroids.at[3, "companies_tourism"], abs=0.001)


def test_every_measure_marks_what_it_suggests():
    k = pd.Index(range(1, 6), name="k")
    table = pd.DataFrame(
        {
            "within": [50, 20, 10, 9, 8.0],
            "silhouette": [np.nan, 0.3, 0.5, 0.4, 0.2],
            "calinski_harabasz": [np.nan, 10, 30, 20, 5.0],
            "gap": [0.1, 0.2, 0.5, 0.5, 0.5],
            "gap_error": [0.01] * 5,
        },
        k,
    )
    figure = cluster_check_plots.numbers_plot(table, {"silhouette": 3, "elbow": 3, "gap": 3, "calinski_harabasz": 2}, 4)
    rings = [(trace.x[0], trace.y[0]) for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert rings == [(3, 0.5), (3, 10), (3, 0.5), (2, 10)]
    assert list(figure.data[0].x) == [2, 3, 4, 5]


def test_silhouettes_are_sorted_and_as_high_as_the_cluster(model):
    figure = cluster_check_plots.silhouette_plot(model)
    assert len(figure.data) == 4
    for trace, cluster in zip(figure.data, reversed(model.clusters), strict=True):
        outline = np.array(trace.x[1:-1])
        inside = model.towns.loc[model.towns["cluster"] == cluster.number, "silhouette"]
        assert (np.diff(outline) >= 0).all() and outline[-1] == pytest.approx(inside.max(), abs=0.001)
        assert trace.y[-1] - trace.y[0] == pytest.approx(cluster.towns, abs=0.2)


def test_boxes_hold_the_numbers_of_the_query_and_name_the_towns_beyond(con, catalogue, model):
    found = cluster_portraits.portrait(con, model.towns["cluster"], catalogue["distance_grossstadt_km"], "2022")
    figure = cluster_plots.box_plot(found, model.clusters)
    boxes = {trace.y[0]: trace for trace in figure.data if trace.type == "box"}
    one = boxes[cluster_words.axis(model.clusters[0], int(found.boxes.at[1, "towns"]))]
    assert one.median[0] == found.boxes.at[1, "median"] and one.upperfence[0] == found.boxes.at[1, "high"]
    points = next(trace for trace in figure.data if trace.type == "scatter" and trace.y and trace.y[0] == one.y[0])
    values = found.values[found.values["cluster"] == 1]["value"]
    beyond = values[(values > found.boxes.at[1, "high"]) | (values < found.boxes.at[1, "low"])]
    assert sorted(points.x) == sorted(beyond)


def test_a_cluster_of_two_towns_shows_neither_box_nor_points(con, catalogue, model):
    numbers = pd.Series({"100420115": 1, "057580036": 1, "084265002": 2, "150850228": 2, "036540026": 2})
    found = cluster_portraits.portrait(con, numbers, catalogue["distance_grossstadt_km"], "2022")
    figure = cluster_plots.box_plot(found, model.clusters[:2])
    small = cluster_words.axis(model.clusters[0], 2)
    assert small not in [trace.y[0] for trace in figure.data if trace.y]
    assert "gegen" not in cluster_view.pair_table(found)


def test_flows_take_the_colours_of_their_partners():
    first = pd.Series([1, 1, 1, 2, 2, 2], [f"{n}" for n in range(6)])
    found = compare(first, pd.Series([2, 2, 3, 1, 1, 1], first.index))
    named = [
        type("C", (), {"number": n, "name": type("N", (), {"from_study": False, "title": f"Cluster {n}"})})
        for n in (1, 2, 3)
    ]
    (sankey,) = cluster_plots.flow_sankey(found, named[:2], named).data
    shades = dict(zip(sankey.node.label[2:], sankey.node.color[2:], strict=True))
    assert shades == {
        "Cluster 1": colours.CLUSTERS[2],
        "Cluster 2": colours.CLUSTERS[1],
        "Cluster 3": colours.MISSING,
    }
    assert sum(sankey.link.value) == 6


def test_the_table_and_the_file_hold_no_figures_of_the_structure(con, model, built_database, monkeypatch):
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))
    members = clusters.members(con, model)
    content = cluster_view.as_csv(members, model, "Standardmodell", "Modelldaten (synthetisch)").decode("utf-8-sig")
    head, first = content.splitlines()[:2]
    assert head.split(";") == [
        "Schlüssel der Einheit", "Stadt", "Kreis", "Land", "Cluster", "Zugehörigkeit", "Zweitnächster", "Silhouette",
        "Abstand zur Mitte", "Fallstudie", "Modell", "Fassung der Daten", "Quelle und Herkunft", "Vermerk",
    ]  # fmt: skip
    assert content.count("Modelldaten (synthetisch)") == 2_122 and "GeoBasis-DE" in first
    assert not {variable.title for variable in clusters.VARIABLES.values()} & set(head.split(";"))


def test_the_map_colours_every_cluster_and_fades_the_others(con, model):
    members = clusters.members(con, model)
    files = {"small_towns": "t.json", "states": "s.json", "counties": "c.json"}
    whole = cluster_view.map_figure(members, model, files, None, None, False)
    assert {shade for _, shade in whole.data[0].colorscale} == {colours.CLUSTERS[n] for n in (1, 2, 3, 4)}
    assert sorted(whole.data[-1].text) == ["Bad\u00a0Schussenried", "Oberharz\u00a0am\u00a0Brocken", "Perl", "Vlotho"]
    one = cluster_view.map_figure(members, model, files, 3, "100420115", False)
    assert {shade for _, shade in one.data[0].colorscale} == {colours.MISSING, colours.CLUSTERS[3]}
    place = list(one.data[0].locations).index("100420115")
    assert one.data[0].text[place].startswith("Cluster 3 · Tourismus<br>Zugehörigkeit 0,")


def test_similar_towns_lie_in_the_same_cluster_and_nearest_first(con, model):
    near = cluster_portraits.similar_in_cluster(con, model, "100420115", 4)
    assert len(near) == 4 and near["difference"].is_monotonic_increasing and (near["difference"] > 0).all()
    assert (model.towns.loc[near["unit_id"], "cluster"] == model.towns.at["100420115", "cluster"]).all()
    assert "100420115" not in set(near["unit_id"])
    assert cluster_portraits.similar_in_cluster(con, model, "000000000").empty


def test_a_model_knows_whether_its_data_are_those_of_today(own_database, model):
    import duckdb

    with duckdb.connect(str(own_database)) as own:
        assert clusters.is_of_present_data(own, model)
        own.execute("UPDATE industry_structure SET employees = employees * 2 WHERE wz_division = '55'")
        assert not clusters.is_of_present_data(own, model)
        own.execute("DELETE FROM industry_structure")
        assert not clusters.is_of_present_data(own, model)


def test_facts_name_settings_and_data(lopsided):
    facts = cluster_words.facts(lopsided, "Testregister")
    assert facts["Merkmale"] == "2 (eigene Auswahl)" and facts["Ausreißer"] == "nicht begrenzen"
    assert facts["Daten"].startswith("Testregister, Fassung ") and facts["Städte"].startswith("42")
    assert lopsided.clusters[1].features == ()


def test_stability_bars_carry_their_band_in_readable_writing(model):
    stability = pd.DataFrame({"jaccard": [0.91, 0.4], "band": ["sehr stabil", "aufgelöst"]}, pd.Index([1, 2]))
    (bars,) = cluster_check_plots.stability_bars(stability, model.clusters[:2]).data
    assert list(bars.x) == [0.4, 0.91] and bars.text[1].strip() == "0,91 · sehr stabil"
    assert bars.insidetextfont.color == (colours.INK, "#ffffff")  # orange and blue
