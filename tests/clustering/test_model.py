"""The whole model: finds what was planted, calls noise unstable, and depends on nothing but data and settings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from kowis_data.clustering import (
    VARIABLES,
    CaseStudy,
    ClusteringError,
    Settings,
    fit,
    from_json,
    model_key,
    structure_variables,
    to_json,
)
from kowis_data.clustering.preparation import prepare
from tests.clustering.registers import planted, shuffled

QUICK = Settings(numbers=None, bootstrap_rounds=0)
SEEDS = range(20)


@pytest.fixture(scope="module")
def variables() -> pd.DataFrame:
    cells, population, _ = planted(0, towns=120)
    return structure_variables(cells, population)


@pytest.fixture(scope="module")
def full(variables):
    return fit(variables, Settings(gap_references=3, bootstrap_rounds=10), origin="Probe")


def test_planted_profiles_are_found_in_registers_of_20_seeds():
    found = []
    for seed in SEEDS:
        cells, population, profile = planted(seed, towns=160, likeness=4)
        towns = fit(structure_variables(cells, population), QUICK).towns
        found.append(adjusted_rand_score(profile[towns.index], towns["cluster"]))
    assert np.mean(found) >= 0.8, found


@pytest.mark.parametrize("seed", range(3))
def test_planted_structure_is_stable_and_shuffled_structure_is_not(seed):
    variables = structure_variables(*planted(seed, towns=160, likeness=4)[:2])
    checked = replace(QUICK, bootstrap_rounds=25)
    assert fit(variables, checked).verdict[0] is True
    noise = fit(shuffled(variables, seed), checked)
    assert noise.verdict[0] is False and "nicht stabil" in noise.verdict[1] and noise.separation < 0.05


# Plain shares with the robust scale are left out: rare branches get a tiny scale and decide alone.
@pytest.mark.parametrize(
    ("log_ratio", "scaling"),
    [("clr", "standard"), ("clr", "robust"), ("ilr", "standard"), ("ilr", "robust"), ("none", "standard")],
)
def test_every_treatment_finds_clear_profiles(log_ratio, scaling):
    cells, population, profile = planted(1, towns=120)
    model = fit(structure_variables(cells, population), replace(QUICK, log_ratio=log_ratio, scaling=scaling))
    assert adjusted_rand_score(profile[model.towns.index], model.towns["cluster"]) > 0.8


def test_gaussian_groups_are_found():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2, 3], 40)
    middle = np.array([[2, 10], [2, 40], [5, 10], [5, 40]])[labels]
    names = ("companies_per_1000", "jobs_per_100")
    frame = pd.DataFrame(middle * np.exp(random.normal(0, 0.08, (160, 2))), [f"{i:03}" for i in range(160)], names)
    model = fit(frame, replace(QUICK, variables=names))
    assert adjusted_rand_score(labels, model.towns["cluster"]) == 1


def test_the_same_settings_and_data_give_the_same_bytes(variables, full):
    again = fit(variables, full.settings, origin="Probe")
    assert to_json(again) == to_json(full)
    assert to_json(from_json(to_json(full))) == to_json(full)
    assert to_json(fit(variables, replace(full.settings, seed=1), origin="Probe")) != to_json(full)


@settings(max_examples=8)
@given(st.integers(0, 10_000), st.sampled_from([1, 1000, 0.25]))
def test_neither_order_nor_unit_of_measurement_matters(variables, seed, unit):
    order = np.random.default_rng(seed).permutation(len(variables))
    changed = variables.iloc[order].copy()
    changed["companies_per_1000"] *= unit
    chosen = replace(QUICK, variables=(*QUICK.variables, "companies_per_1000"), starts=2)
    first, second = fit(variables, chosen).towns, fit(changed, chosen).towns
    assert first["cluster"].equals(second["cluster"])
    assert second["distance"].to_numpy() == pytest.approx(first["distance"].to_numpy())


def test_order_of_companies_and_scale_of_jobs_do_not_change_the_shares():
    cells, population, _ = planted(2, towns=20)
    turned = cells.sample(frac=1, random_state=1)
    assert structure_variables(turned, population).to_numpy() == pytest.approx(
        structure_variables(cells, population).to_numpy()
    )


def test_variables_by_hand():
    cells = pd.DataFrame(
        [
            ("a", "25", "50-99", 1, 60, 60),
            ("a", "56", "0-9", 3, 20, 9),
            ("a", "62", "10-19", 1, 20, 20),
            ("elsewhere", "25", "1000+", 1, 5000, 5000),
        ],
        columns=["unit_id", "wz_division", "size_class", "companies", "employees", "largest_employees"],
    )
    found = structure_variables(cells, pd.Series({"a": 1000, "b": 500}))
    row = found.loc["a"]
    expected = {
        "jobs_metal_electrical": 0.6, "jobs_tourism": 0.2, "jobs_business_services": 0.2, "jobs_construction": 0,
        "companies_metal_electrical": 0.2, "companies_tourism": 0.6, "size_0_9": 0.6, "size_10_49": 0.2,
        "size_50_249": 0.2, "size_250": 0, "larger_companies_jobs": 0.6, "largest_employer": 0.6,
        "specialisation": 0.36 + 0.04 + 0.04, "companies_per_1000": 5, "jobs_per_100": 10,
    }  # fmt: skip
    assert row[list(expected)].to_dict() == pytest.approx(expected)
    assert found.loc["b"].isna().all() and list(found) == list(VARIABLES)
    for block in ("jobs", "companies", "size"):
        assert row[[name for name in VARIABLES if VARIABLES[name].block == block]].sum() == pytest.approx(1)


@pytest.mark.parametrize(("column", "value"), [("wz_division", "00"), ("size_class", "5-9"), ("wz_division", None)])
def test_unknown_divisions_and_sizes_are_named(column, value):
    cells, population, _ = planted(0, towns=3)
    cells.loc[0, column] = value
    with pytest.raises(ClusteringError, match=column):
        structure_variables(cells, population)


def test_missing_columns_are_named():
    cells, population, _ = planted(0, towns=3)
    with pytest.raises(ClusteringError, match="largest_employees"):
        structure_variables(cells.drop(columns="largest_employees"), population)


def test_towns_without_values_are_left_out_and_named(variables):
    changed = variables.copy()
    changed.iloc[3, :] = np.nan
    model = fit(changed, QUICK)
    left_out = changed.index[3]
    assert left_out not in model.towns.index and "ohne Wert für" in model.left_out[left_out]
    assert len(model.towns) == len(changed) - 1


def test_a_constant_variable_is_refused_by_name(variables):
    with pytest.raises(ClusteringError, match=r"Gewicht des größten Arbeitgebers.*abwählen"):
        fit(variables.assign(largest_employer=0.2), QUICK)
    with pytest.raises(ClusteringError, match=r"Baugewerbe.*abwählen"):
        fit(variables.assign(jobs_construction=0.0), QUICK)


def test_a_missing_variable_and_too_few_towns_are_refused(variables):
    with pytest.raises(ClusteringError, match="fehlen in den Daten: Gewicht"):
        fit(variables.drop(columns="largest_employer"), QUICK)
    with pytest.raises(ClusteringError, match="mindestens 20 Städte"):
        fit(variables.head(19), QUICK)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clusters": 1}, {"clusters": 11}, {"variables": ("unbekannt", "jobs_per_100")}, {"variables": ()},
        {"variables": ("jobs_per_100", "jobs_per_100")}, {"log_ratio": "alr"}, {"scaling": "none"}, {"floor": 0},
        {"winsorise": (0.6, 0.9)}, {"numbers": (2, 40)}, {"starts": -1},
    ],
)  # fmt: skip
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ClusteringError):
        Settings(**wrong)


def test_outliers_are_limited_and_reported(variables):
    changed = variables.copy()
    changed.iloc[0, changed.columns.get_loc("largest_employer")] = 1.0
    prepared = prepare(changed, QUICK)
    plain = prepare(changed, replace(QUICK, winsorise=(0.0, 1.0)))
    assert prepared.clipped[changed.index[0]] >= 1
    assert plain.clipped.empty and plain.columns[["clipped_low", "clipped_high"]].sum().sum() == 0
    assert prepared.matrix["largest_employer"].max() < plain.matrix["largest_employer"].max()
    assert prepared.matrix.mean().to_numpy() == pytest.approx(np.zeros(20), abs=1e-9)
    assert prepared.matrix.std(ddof=0).to_numpy() == pytest.approx(np.ones(20))


def test_the_result_fits_together(variables, full):
    assert full.towns["cluster"].value_counts().to_dict() == {c.number: c.towns for c in full.clusters}
    assert full.towns["membership"].between(0.5 - 1e-9, 1).all()
    assert (full.towns["cluster"] != full.towns["second_cluster"]).all()
    for cluster in full.clusters:
        inside = full.towns[full.towns["cluster"] == cluster.number]
        assert cluster.medoid in inside.index and set(cluster.typical) <= set(inside.index)
        assert cluster.typical[0] == inside["distance"].idxmin()
    # Nearest centroid: k-means has come to rest.
    matrix = prepare(variables, full.settings).matrix
    distance = np.linalg.norm(matrix.to_numpy()[:, None] - full.centroids.to_numpy()[None], axis=2)
    assert full.centroids.index[distance.argmin(axis=1)].tolist() == full.towns["cluster"].tolist()
    assert 0 < full.explained < 1 and list(full.numbers.table.index) == list(range(1, 11))


def test_the_description_says_what_was_planted(variables):
    cells, population, profile = planted(0, towns=120)
    model = fit(structure_variables(cells, population), QUICK)
    texts = {profile[cluster.medoid]: cluster.text for cluster in model.clusters}
    assert texts[2].startswith("deutlich überdurchschnittlich: ") and "Gastgewerbe" in texts[2].split("unterdurch")[0]
    assert "Metall- und Elektroindustrie" in texts[3].split("unterdurch")[0]
    assert " % statt " in texts[3] and " Städten)" in texts[3]
    for cluster in model.clusters:
        for feature in cluster.features:
            assert abs(feature.effect) >= 0.5 and feature.beyond > feature.towns / 2


def test_a_cluster_of_one_town_keeps_its_values_to_itself(variables):
    changed = variables.copy()
    changed.iloc[0] = 0.0
    changed.iloc[0, [0, 9]] = 1.0  # nothing but agriculture
    changed.iloc[0, -5:] = (1.0, 1.0, 1.0, 900.0, 900.0)
    model = fit(changed, replace(QUICK, clusters=5, winsorise=(0.0, 1.0), log_ratio="none"))
    alone = next(cluster for cluster in model.clusters if cluster.towns == 1)
    assert alone.features == () and alone.text.startswith("zu wenige Städte")
    assert alone.medoid == changed.index[0]


def test_progress_rises_to_the_end(variables):
    told = []
    fit(
        variables,
        Settings(numbers=(2, 4), gap_references=2, bootstrap_rounds=5),
        progress=lambda share, words: told.append((share, words)),
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert {"Clusterzahlen werden verglichen", "Stabilität wird geprüft"} <= {words for _, words in told}


def test_the_key_names_data_and_settings():
    key = model_key("data", QUICK, (), "alle")
    assert model_key("data", Settings.from_dict(QUICK.as_dict()), (), "alle") == key
    assert model_key("data", replace(QUICK, seed=1), (), "alle") != key
    assert model_key("other", QUICK, (), "alle") != key
    assert model_key("data", QUICK, (CaseStudy("000000001", "Perl", 3, "x"),), "alle") != key


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"format": 1}', b'{"format": 2}', b'{"format": 99}'])
def test_what_is_no_model_is_refused(content):
    with pytest.raises(ClusteringError):
        from_json(content)
