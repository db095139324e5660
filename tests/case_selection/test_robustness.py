"""Robustness: single variations and Monte Carlo against plain repetitions of both stages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from queries import contrast_core as core
from queries.case_selection import Problem, distances, one_per, solve
from queries.normalise import normalise
from queries.robustness import Selection, Settings, monte_carlo, one_at_a_time

CRITERIA = 6


def towns(seed: int = 1, n: int = 160) -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(seed)
    values = random.normal(size=(n, CRITERIA))
    values[random.random(values.shape) < 0.03] = np.nan
    index = [f"u{i:03}" for i in range(n)]
    return pd.DataFrame(values, index, [f"c{j}" for j in range(CRITERIA)]), pd.Series(random.integers(1, 5, n), index)


@pytest.mark.parametrize("weights", [None, (1.0, 2.0, 0.5, 1.0, 1.0, 3.0)])
@pytest.mark.parametrize("how", ["z_score", "rank", "min_max", "robust"])
def test_a_run_is_stage_one_and_the_exact_final_set(how, weights):
    values, groups = towns()
    chosen = Settings(weights=weights, normalisation=how)
    found = Selection(values, groups).run(chosen)
    raw, code = values.to_numpy(), groups.to_numpy()
    low, high = core.limits(raw, 0.25, 0.75, code)
    scaled = normalise(raw, how)
    outside = core.outside_weight(core.outside_pattern(raw, low, high), weights)
    beyond = core.excess(scaled, *core.limits(scaled, 0.25, 0.75, code), weights)
    picked = core.pick_per_group(outside, beyond, 4, code, core.enough_present(raw))
    assert found.remaining == tuple(values.index[picked]) and len(found.remaining) == 16
    rest = values.loc[list(found.remaining)]
    named = None if weights is None else dict(zip(values.columns, weights, strict=True))
    measured = distances(rest, weights=named, normalisation=how)
    table = pd.DataFrame({"cluster": groups})
    assert found.final == solve(Problem(measured, 4, (one_per("cluster"),), table)).optimum.unit_ids


def test_one_choice_at_a_time():
    values, groups = towns(2)
    selection, chosen = Selection(values, groups), Settings()
    other = Selection(values + 0.001 * np.arange(CRITERIA), groups)
    table = one_at_a_time(selection, chosen, {"2012–2022": other})
    assert table["kind"].value_counts().to_dict() == {
        "band": 2 * CRITERIA,
        "criterion": CRITERIA,
        "normalisation": 3,
        "period": 1,
    }
    base = selection.run(chosen)
    without = Selection(values.drop(columns="c2"), groups).run(chosen)
    row = table[(table["kind"] == "criterion") & (table["choice"] == "c2")].iloc[0]
    assert row["final"] == without.final
    assert row["final_kept"] == len(set(base.final) & set(without.final)) / 4
    assert set(row["final_lost"]) == set(base.final) - set(without.final)
    wide = (0.2, *[0.25] * (CRITERIA - 1)), (0.8, *[0.75] * (CRITERIA - 1))
    changed = selection.run(replace(chosen, lower=wide[0], upper=wide[1]))
    row = table[(table["kind"] == "band") & (table["choice"] == "c0") & table["change"].str.contains("breiter")].iloc[0]
    assert row["final"] == changed.final
    assert table[table["kind"] == "period"].iloc[0]["final_kept"] == 1  # shifted values contrast the same
    assert table["final_kept"].is_monotonic_increasing


def test_monte_carlo_is_seeded_and_counts():
    values, groups = towns(3)
    selection, seen = Selection(values, groups), []
    found = monte_carlo(selection, Settings(), rounds=60, seed=4, progress=seen.append)
    again = monte_carlo(selection, Settings(), rounds=60, seed=4)
    pd.testing.assert_frame_equal(found.towns, again.towns)
    pd.testing.assert_frame_equal(found.tipping, again.tipping)
    assert seen[-1] == 1.0 and seen == sorted(seen)
    assert found.towns["remaining_share"].sum() == pytest.approx(16)
    assert found.towns["final_share"].sum() == pytest.approx(4)
    assert (found.towns["final_share"] <= found.towns["remaining_share"]).all()
    assert found.towns["base_final"].sum() == 4 and found.towns["base_remaining"].sum() == 16
    base_share = found.towns.loc[found.towns["base_final"], "final_share"].mean()
    assert found.kept_share == pytest.approx(base_share)
    assert found.same_share <= found.kept_share
    assert len(found.tipping) == 2 * CRITERIA + 1 and found.tipping["effect"].between(0, 1).all()
    different = monte_carlo(selection, Settings(), rounds=60, seed=5).towns
    assert not different.equals(found.towns)


def test_clear_contrasts_survive_every_variation():
    values, groups = towns(5)
    for group in range(1, 5):  # four towns per cluster far out on every criterion, one of them farthest
        for place, key in enumerate(groups[groups == group].index[:4]):
            sign = np.array([1 if (group >> (j % 2)) & 1 else -1 for j in range(CRITERIA)])
            values.loc[key] = sign * (30.0 + 30 * (place == 0)) + np.arange(CRITERIA) * group
    found = monte_carlo(Selection(values, groups), Settings(), rounds=40, seed=0)
    assert (found.towns["remaining_share"] == 1).sum() == 16


def test_a_deciding_weight_is_found_to_tip():
    """Two pairs, one apart on x, one on y: the weights alone decide which pair is chosen."""
    values = pd.DataFrame({"x": [-1.0, 1.0, 0.0, 0.0], "y": [0.0, 0.0, -1.0, 1.0]}, index=list("abcd"))
    chosen = Settings(weights=(1.1, 1.0), size=2)
    found = monte_carlo(Selection(values), chosen, rounds=200, seed=1, band_shift=0.0)
    assert found.towns.index[found.towns["base_final"]].tolist() == ["a", "b"]
    effect = found.tipping.set_index(["kind", "choice"])["effect"]
    assert effect["weight", "x"] > 0.8 and effect["weight", "y"] > 0.8
    assert effect["normalisation", "normalisation"] < 0.2 and effect["band", "x"] == 0
    assert 0.3 < found.same_share == found.kept_share < 0.9


def test_too_few_towns_leave_an_empty_final_set():
    values, groups = towns(7, 3)
    assert Selection(values, groups).run(Settings()).final == ()
    result = monte_carlo(Selection(values, groups), Settings(), rounds=3)
    assert result.towns["final_share"].sum() == 0 and result.kept_share == 1


def test_towns_without_a_group_and_excluded_ones_are_left_out():
    values, groups = towns(8)
    base = Selection(values, groups).run(Settings())
    groups = groups.astype(object)
    groups[base.final[0]] = None
    found = Selection(values, groups).run(Settings(excluded=(base.final[1],)))
    assert not {base.final[0], base.final[1]} & set(found.remaining) and len(found.final) == 4


def test_impossible_settings_are_refused():
    values, groups = towns(9)
    with pytest.raises(ValueError):
        monte_carlo(Selection(values, groups), Settings(), rounds=0)
    with pytest.raises(ValueError):
        Selection(values).run(Settings(per_group=60, size=6))
