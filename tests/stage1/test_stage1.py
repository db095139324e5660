"""Stage 1: funnel, rules, groups, correlation, outliers, ways to a target — by hand and by what must always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from queries import spread
from queries.stage1 import default, describe, outliers, patterns, steer
from queries.stage1.criterion import Criterion, Words
from queries.stage1.run import run
from queries.stage1.settings import OutlierDecision, Stage1Settings
from queries.stage1.values import NotPossible, Stage1Data, read
from queries.town_filter import TownFilter


def data_of(values: np.ndarray, clusters=None) -> Stage1Data:
    index = pd.Index([f"{number:09d}" for number in range(len(values))], name="unit_id")
    keys = [f"k{number}" for number in range(values.shape[1])]
    towns = pd.DataFrame(
        {"state_id": "05", "town_type": "kleine_kleinstadt", "distance_grossstadt_km": 50.0}, index=index
    )
    towns["cluster"] = 1 if clusters is None else clusters
    return Stage1Data(towns, pd.DataFrame(values, index, keys), {key: Words(key) for key in keys})


def settings_of(number: int, **others) -> Stage1Settings:
    criteria = tuple(Criterion(f"k{n}", "2022", reason="Probe") for n in range(number))
    return Stage1Settings(criteria=criteria, correlated_once=False, **others)


TEN = np.column_stack([np.arange(10.0), np.arange(10.0)[::-1], [5, 5, 5, 5, 5, 5, 5, 5, 5, 9]])


def test_worked_out_by_hand():
    """Quartiles of 0…9 are 2.25 and 6.75; of nine 5 and one 9 both are 5, so only the last town is above."""
    result = run(data_of(TEN), settings_of(3, at_least=2))
    assert result.low.iloc[0].tolist() == [2.25, 2.25, 5] and result.high.iloc[0].tolist() == [6.75, 6.75, 5]
    assert result.pattern["k0"].tolist() == [-1, -1, -1, 0, 0, 0, 0, 1, 1, 1]
    assert result.outside.tolist() == [2, 2, 2, 0, 0, 0, 0, 2, 2, 3]
    assert [int(unit_id) for unit_id in result.remaining] == [0, 1, 2, 7, 8, 9]
    assert [(step.step, step.left) for step in result.funnel] == [("towns", 10), ("gaps", 10), ("rule", 6)]
    assert result.most == 3
    all_three = run(data_of(TEN), settings_of(3, logic="all"))
    assert all_three.remaining == ("000000009",)


def test_a_missing_value_is_no_contrast_and_many_drop_a_town():
    values = TEN.copy()
    values[8, 2] = np.nan
    settings = settings_of(3, at_least=2, required_share=0.6)
    assert run(data_of(values), settings).outside.iloc[8] == 2
    dropped = run(data_of(values), replace(settings, required_share=0.8))
    assert "000000008" not in dropped.remaining
    assert next(step for step in dropped.funnel if step.step == "gaps").lost == ("000000008",)


def test_correlated_criteria_count_once():
    settings = replace(settings_of(3, at_least=1), correlated_once=True)
    result = run(data_of(TEN), settings)
    assert result.correlated[0][:2] == ("k0", "k1") and result.correlated[0][2] == pytest.approx(-1)
    assert result.weights.tolist() == [0.5, 0.5, 1] and result.most == 2
    assert result.outside.tolist() == [1, 1, 1, 0, 0, 0, 0, 1, 1, 2]


def test_weights_count_only_in_a_weighted_sum():
    settings = settings_of(3, logic="weighted", at_least=3)
    heavy = tuple(replace(c, weight=w) for c, w in zip(settings.criteria, (1, 1, 2), strict=True))
    result = run(data_of(TEN), replace(settings, criteria=heavy))
    assert result.remaining == ("000000009",) and result.most == 4


def test_steps_of_the_funnel_in_order():
    data = data_of(TEN)
    data.towns.loc["000000000", "distance_grossstadt_km"] = 5.0
    settings = settings_of(3, at_least=1, surroundings_km=10.0, excluded=(("000000001", "Absage"),))
    required = tuple(replace(c, is_required=c.key == "k0") for c in settings.criteria)
    result = run(data, replace(settings, criteria=required, per_group=2))
    assert [(step.step, step.left) for step in result.funnel] == [
        ("towns", 10),
        ("surroundings", 9),
        ("excluded", 8),
        ("gaps", 8),
        ("required", 4),
        ("rule", 4),
        ("target", 2),
    ]
    assert "000000009" in result.remaining  # outside on most criteria


def test_middle_of_the_own_cluster():
    clusters = [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    criterion = Criterion("k0", "2022", relative_to="cluster")
    result = run(data_of(TEN[:, :1], clusters), Stage1Settings(criteria=(criterion,), at_least=1))
    assert result.pattern["k0"].tolist() == [-1, 0, 0, 0, 1, -1, 0, 0, 0, 1]
    grouped = Stage1Settings(criteria=(criterion,), at_least=1, group="cluster", per_group=1)
    picked = run(data_of(TEN[:, :1], clusters), grouped)
    assert len(picked.remaining) == 2 and picked.groups is not None


def test_decisions_on_outliers_change_the_value():
    values = TEN.copy()
    values[9, 0] = 1000.0
    data = data_of(values)
    settings = settings_of(3, at_least=1)
    for decision, expected in (
        ("confirmed", 1000.0),
        ("excluded", np.nan),
        ("winsorised", data.values["k0"].quantile(0.99)),
    ):
        made = replace(settings, outliers=(OutlierDecision("000000009", "k0", decision, "geprüft"),))
        assert run(data, made).values.loc["000000009", "k0"] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("values", "settings", "says"),
    [
        (TEN, Stage1Settings(), "noch kein Kriterium"),
        (TEN[:0], settings_of(3), "keine Kleinstadt"),
        (np.full((5, 1), np.nan), settings_of(1), "keinen Wert"),
        (np.full((5, 1), 3.0), settings_of(1), "bei allen Städten zur Wahl gleich"),
    ],
)
def test_what_is_not_possible_is_told_with_a_way_on(values, settings, says):
    with pytest.raises(NotPossible, match=says) as caught:
        run(data_of(values), settings)
    assert caught.value.way_on.endswith(".")


def test_nobody_remains_is_no_error():
    result = run(data_of(TEN), settings_of(3, at_least=4))
    assert result.remaining == () and result.funnel[-1].left == 0
    assert patterns.truth_table(result, ("k0",))["count"].tolist() == [0, 0]


def test_curves_agree_with_running_again():
    data, settings = data_of(TEN), settings_of(3, at_least=2)
    result = run(data, settings)
    by_k = steer.survivors_by_k(data, result, settings)
    for k, count in by_k.items():
        assert len(run(data, replace(settings, at_least=float(k))).remaining) == count
    by_width = steer.survivors_by_width(data, result, settings, np.array([0.2, 0.5, 0.8]))
    for width, count in by_width.items():
        bands = tuple(replace(c, lower=(1 - width) / 2, upper=(1 + width) / 2) for c in settings.criteria)
        assert len(run(data, replace(settings, criteria=bands)).remaining) == count
    cuts = steer.cuts(data, result, settings)
    for key in cuts.index:
        assert len(run(data, settings.without_criterion(key)).remaining) == cuts.loc[key, "without"]
    assert cuts.loc["k2"].tolist()[:3] == [1, 9, 0]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_every_way_to_a_target_keeps_its_promise(seed, target):
    values = np.random.default_rng(seed).normal(size=(60, 4))
    data, settings = data_of(values), settings_of(4, at_least=2)
    for how in ("ranking", "width", "k"):
        try:
            found = steer.reach(data, settings, target, how)
        except NotPossible as error:
            assert "höchstens" in error.text
            continue
        left = len(run(data, found.settings).remaining)
        assert left == found.remaining and (left == target) == found.is_exact and left >= min(target, left)
        if how != "ranking":
            assert left >= target


def test_target_within_each_cluster():
    rng = np.random.default_rng(5)
    data = data_of(rng.normal(size=(80, 5)), np.repeat([1, 2, 3, 4], 20))
    settings = settings_of(5, at_least=1, group="cluster")
    found = steer.reach(data, settings, 4, "ranking")
    assert found.remaining == 16 and found.is_exact
    per_cluster = data.towns.loc[list(run(data, found.settings).remaining), "cluster"].value_counts()
    assert per_cluster.tolist() == [4, 4, 4, 4]
    with pytest.raises(NotPossible, match="Rangfolge"):
        steer.reach(data, settings, 4, "width")


@given(arrays(float, (12, 3), elements=st.floats(-100, 100)), st.randoms())
def test_order_and_units_do_not_matter(values, random):
    if (np.ptp(values, axis=0) == 0).any():
        return
    data, settings = data_of(values), settings_of(3, at_least=2)
    order = list(range(12))
    random.shuffle(order)
    mixed = Stage1Data(data.towns.iloc[order], data.values.iloc[order], data.words)
    assert set(run(mixed, settings).remaining) == set(run(data, settings).remaining)
    doubled = Stage1Data(data.towns, data.values * 4.0, data.words)  # a power of two loses no bit
    assert run(doubled, settings).remaining == run(data, settings).remaining


@given(st.integers(0, 2**32 - 1))
def test_a_wider_middle_never_leaves_more(seed):
    data = data_of(np.random.default_rng(seed).normal(size=(50, 3)))
    result = run(data, settings_of(3, at_least=2))
    counts = steer.survivors_by_width(data, result, settings_of(3, at_least=2)).tolist()
    assert counts == sorted(counts, reverse=True)
    by_k = steer.survivors_by_k(data, result, settings_of(3)).tolist()
    assert by_k == sorted(by_k, reverse=True)


def test_truth_table_shows_empty_cells():
    table = patterns.truth_table(run(data_of(TEN), settings_of(3, at_least=1)), ("k0", "k1"))
    assert table["count"].tolist() == [0, 3, 3, 0]
    assert table["towns"].iloc[1] == ("000000007", "000000008", "000000009")
    with pytest.raises(ValueError):
        patterns.truth_table(run(data_of(TEN), settings_of(3)), ())


def test_contrasts_of_a_town_strongest_first():
    found = patterns.contrasts(run(data_of(TEN), settings_of(3)), "000000009")
    assert list(found.index) == ["k2", "k0", "k1"] and found["sign"].tolist() == [1, 1, -1]


# ---------------------------------------------------------------- on the atlas


def test_default_takes_four_towns_of_each_cluster(con):
    settings = default.default_settings(con)
    data = read(con, settings)
    result = run(data, settings)
    assert len(result.remaining) == 16
    assert data.towns.loc[list(result.remaining), "cluster"].value_counts().tolist() == [4, 4, 4, 4]
    assert settings.without_reason == () and all("eigene Rekonstruktion" in c.reason for c in settings.criteria)
    steps = describe.funnel(con, settings, result)
    assert steps[0] == ("Zur Wahl: Kleinstädte", 2122, 0) and steps[-1][1] == 16
    assert "je Cluster die 4 mit den meisten Kontrasten" in describe.rule(settings, result)
    assert run(read(con, settings), settings).remaining == result.remaining


def test_default_on_official_data_only_uses_nothing_synthetic(con):
    settings = default.default_settings(con, only_official=True)
    assert settings.group is None and settings.per_group == 16
    synthetic = {
        row[0]
        for row in con.execute(
            "SELECT DISTINCT indicator_id FROM observation JOIN source USING (source_id) "
            "WHERE provenance = 'synthetisch'"
        ).fetchall()
    }
    assert not synthetic & {c.key for c in settings.criteria} and len(settings.criteria) >= 6


def test_values_are_those_of_the_database(con):
    settings = Stage1Settings(criteria=(Criterion("population_density", "2022"), Criterion("population", "2022")))
    data = read(con, replace(settings, towns=TownFilter(state_ids=("10",))))
    expected = con.execute(
        "SELECT region_id, value FROM best_observation WHERE level = 'unit' AND indicator_id = 'population' "
        "AND period = '2022' AND region_id IN (SELECT unit_id FROM small_town WHERE state_id = '10')"
    ).df()
    assert data.values["population"].to_dict() == dict(expected.itertuples(index=False))
    assert data.words["population_density"].unit_label == "Personen je km²"


def test_categories_as_criteria(con):
    settings = Stage1Settings(
        criteria=(
            Criterion("state", kind="category", categories=("10",)),
            Criterion("gemeindeform", kind="category", categories=("verband",)),
            Criterion("cluster", kind="category", categories=("3",)),
        ),
        logic="all",
    )
    result = run(read(con, settings), settings)
    expected = con.execute(
        "SELECT count(*) FROM small_town JOIN cluster_membership USING (unit_id) "
        "WHERE state_id = '10' AND member_count > 1 AND cluster = 3 AND model_id = 'standard'"
    ).fetchall()
    assert [(len(result.remaining),)] == expected


def test_county_values_are_barred_unless_insisted_on(con):
    settings = Stage1Settings(criteria=(Criterion("building_land_price_eur_per_m2", "2024"),))
    with pytest.raises(NotPossible, match="Kreiswerte wählen Kreise aus"):
        read(con, settings)
    insisted = read(con, replace(settings, county_reason="Der Wohnungsmarkt ist regional."))
    assert insisted.values.notna().sum().iloc[0] > 1000


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Stage1Settings(criteria=(Criterion("gibt_es_nicht", "2022"),)), "kein Merkmal"),
        (
            Stage1Settings(criteria=(Criterion("nirgends", kind="category", categories=("a",)),)),
            "gibt es in der Datenbank",
        ),
        (
            Stage1Settings(criteria=(Criterion("population", "2022"),), group="cluster", cluster_model="fehlt"),
            "kein Clustermodell",
        ),
    ],
)
def test_unknown_things_are_told(con, settings, says):
    with pytest.raises(NotPossible, match=says):
        read(con, settings)


def test_outlier_check_finds_the_lonely_value(con):
    settings = Stage1Settings(criteria=(Criterion("population_density", "2022"),), at_least=1, per_group=16)
    data = read(con, settings)
    result = run(data, settings)
    found = outliers.suspicious(con, result, settings, data.values)
    assert "064360011" in set(found["unit_id"])  # Schwalbach am Taunus, the most densely settled of them
    assert not found["is_decided"].any() and found["reason"].str.contains("Spanne|Nachbarn").all()
    decided = replace(settings, outliers=(OutlierDecision("064360011", "population_density", "confirmed", "stimmt"),))
    again = outliers.suspicious(con, run(data, decided), decided, data.values).set_index("unit_id")
    assert bool(again.loc["064360011", "is_decided"])


def test_spread_of_the_default(con):
    settings = default.default_settings(con)
    result = run(read(con, settings), settings)
    of = spread.attributes(con)
    table = spread.spread(of, result.remaining, tuple(of.index))
    for attribute, rows in table.groupby("attribute"):
        assert rows["chosen"].sum() == 16, attribute
        assert rows["population_pct"].sum() == pytest.approx(100)
    assert {"West/Ost", "Land", "Lage", "Größe", "Form"} <= set(table["attribute"])
