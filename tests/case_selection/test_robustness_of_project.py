"""A project's settings as the variations need them: same remaining towns, honest about what is simplified."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from queries.case_selection import solve
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import selection_base
from queries.selection_robustness import TooLarge, prepare, run
from queries.stage1.criterion import Criterion
from queries.stage1.default import default_settings


@pytest.fixture(scope="module")
def base(con):
    return selection_base(con, default_settings(con))


def test_the_simplified_selection_starts_from_the_very_same_towns(con, base):
    prepared = prepare(con, base, Stage2Settings())
    found = prepared.selection.run(prepared.settings)
    assert found.remaining == base.remaining
    proposal = solve(Stage2Settings().problem(base.settings, base.result, base.towns)).optimum
    assert found.final == proposal.unit_ids
    assert prepared.remarks == ()


def test_the_outcome_can_be_kept_and_comes_out_the_same_again(con, base):
    prepared = prepare(con, base, Stage2Settings())
    shares = []
    found = run(prepared, 20, 7, lambda share, words: shares.append(share))
    assert json.loads(json.dumps(found)) == found == run(prepared, 20, 7)
    assert shares == sorted(shares) and shares[-1] == 1
    assert {town["unit_id"] for town in found["towns"]} >= set(base.remaining)
    assert all(town["final_share"] <= town["remaining_share"] <= 1 for town in found["towns"])
    left_out = {row["choice"] for row in found["one_at_a_time"] if row["kind"] == "criterion"}
    assert left_out == {criterion.key for criterion in base.settings.criteria}


def test_towns_excluded_by_hand_or_by_refusal_never_come_back(con, base):
    gone = base.remaining[0]
    settings = replace(base.settings, excluded=((base.remaining[1], "Grund"),))
    prepared = prepare(con, selection_base(con, settings), Stage2Settings(), declined=(gone,))
    assert not {gone, base.remaining[1]} & set(prepared.selection.run(prepared.settings).remaining)


def test_one_sided_criteria_and_own_limits_become_quantiles(con, base):
    key = base.settings.criteria[0].key
    values = base.result.values[key]
    limit = float(values.median())
    criteria = (
        Criterion(key, base.settings.criteria[0].period, band="limits", lower=None, upper=limit, side="high"),
        replace(base.settings.criteria[1], side="low", relative_to="all"),
    )
    of_two = selection_base(con, replace(base.settings, criteria=criteria, group=None, per_group=16))
    prepared = prepare(con, of_two, Stage2Settings(one_per_cluster=False))
    assert prepared.settings.lower == pytest.approx((0.0, 0.25))
    assert prepared.settings.upper[0] == pytest.approx(0.5, abs=0.01)
    assert prepared.settings.upper[1] == 1.0


def test_what_is_simplified_is_said(con, base):
    remarks = " ".join(
        prepare(con, base, Stage2Settings(objective="coverage", minimum_km=50.0, weights=(("a", 2.0),))).remarks
    )
    for words in ("größten kleinsten", "Gewichte der Stufe 1", "„je Cluster eine“"):
        assert words in remarks
    with pytest.raises(TooLarge, match="zu viele"):
        prepare(con, selection_base(con, replace(base.settings, per_group=40)), Stage2Settings())
