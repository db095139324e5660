"""What the sets are explained with: conflicts, costs, replacement, place among all sets, contrast, spread."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from queries.case_selection import (
    FixedIn,
    FixedOut,
    MinimumKm,
    NoSelection,
    OnlyWilling,
    Problem,
    Quota,
    at_most_one_per,
    conflicting_constraints,
    constraint_costs,
    criterion_ranges,
    distances,
    enumeration,
    near_ties,
    one_per,
    pair_contributions,
    pair_matrix,
    placement,
    replace_member,
    solve,
    spread_table,
)
from queries.case_selection.problem import great_circle_km
from tests.case_selection.instances import all_ranked, attributes, frame, fulfils, merit

TABLE = pd.DataFrame(
    {
        "cluster": [1, 1, 2, 2, 3, 3, 4, 4],
        "state_id": ["08", "09", "08", "09", "08", "09", "08", "09"],
        "willing": [True, True, True, True, True, False, None, False],
        "lon": [8.0] * 8,
        "lat": 48 + np.arange(8) * 0.5,
    },
    index=[f"u{i:03}" for i in range(8)],
)


def eight(size: int, *constraints) -> Problem:
    return Problem(distances(frame(5, 8, 3)), size, constraints, TABLE, names={"u000": "Perl", "u001": "Vlotho"})


@pytest.mark.parametrize(
    ("problem", "conflict"),
    [
        (eight(4, one_per("cluster"), OnlyWilling(), MinimumKm(10.0)), {one_per("cluster"), OnlyWilling()}),
        (eight(4, at_most_one_per("state_id"), OnlyWilling()), {at_most_one_per("state_id")}),
        (
            eight(4, FixedIn(("u000", "u001")), one_per("cluster"), MinimumKm(5.0)),
            {FixedIn(("u000", "u001")), one_per("cluster")},
        ),
        (eight(2, FixedIn(("u000", "u001")), MinimumKm(100.0)), {FixedIn(("u000", "u001")), MinimumKm(100.0)}),
        (eight(2, FixedIn(("u000",)), FixedOut(("u000",))), {FixedIn(("u000",)), FixedOut(("u000",))}),
        (eight(2, FixedIn(("nobody",)), MinimumKm(1.0)), {FixedIn(("nobody",))}),
        (eight(5, Quota("cluster", 0, 1), Quota("state_id", 0, 4)), {Quota("cluster", 0, 1)}),
    ],
)
def test_the_smallest_conflict_is_named(problem, conflict):
    found = conflicting_constraints(problem)
    assert set(found) == conflict
    for x in found:  # none of them is superfluous
        assert solve(problem.with_constraints(tuple(y for y in found if y is not x)))
    with pytest.raises(NoSelection) as raised:
        solve(problem)
    assert set(raised.value.conflict) == conflict and raised.value.way_on
    for x in found:
        assert x.sentence(problem.names) in raised.value.text


def test_conflicts_of_large_problems_too():
    n = 120
    p = Problem(distances(frame(1, n, 4)), 16, (at_most_one_per("state_id"), OnlyWilling()), attributes(1, n))
    with pytest.raises(NoSelection, match="höchstens 1 je Land"):
        solve(p)


def test_sentences_are_german():
    names = {"u000": "Perl", "08": "Baden-Württemberg"}
    assert FixedIn(("u000", "u009")).sentence(names) == "fest gesetzt: Perl, u009"
    assert MinimumKm(37.5).sentence(names) == "mindestens 37,5 km Abstand zwischen den Städten"
    assert MinimumKm(100).sentence(names) == "mindestens 100 km Abstand zwischen den Städten"
    assert one_per("cluster").sentence(names) == "genau 1 je Cluster"
    assert Quota("state_id", 1, 2, ("08",)).sentence(names) == "1 bis 2 je Land (Baden-Württemberg)"
    assert Quota("town_type", 2).sentence(names) == "mindestens 2 je Stadttyp"


@pytest.mark.parametrize(
    ("rows", "size", "text"),
    [(0, 4, "ist keine Stadt"), (1, 4, "nur eine Stadt"), (3, 4, "nur 3 Städte"), (3, 0, "mindestens eine Stadt")],
)
def test_too_few_towns(rows, size, text):
    with pytest.raises(NoSelection) as raised:
        solve(Problem(distances(frame(1, rows, 2)), size))
    assert text in raised.value.text and raised.value.way_on


def test_unknown_objectives_and_attributes_are_refused():
    with pytest.raises(ValueError):
        solve(eight(4), "best")
    with pytest.raises(ValueError):
        solve(eight(4, Quota("region", 1, 1)))
    with pytest.raises(ValueError):
        solve(eight(4), "diverse")  # no patterns given


def test_what_a_constraint_costs():
    p = eight(4, at_most_one_per("cluster"), FixedIn(("u000",)))
    result = solve(p)
    costs = constraint_costs(p, result)
    assert [cost.constraint for cost in costs] == list(p.constraints)
    for cost in costs:
        rest = p.with_constraints(tuple(x for x in p.constraints if x is not cost.constraint))
        expected = all_ranked(rest, "max_min")[0]
        assert cost.without.unit_ids == expected
        assert cost.loss == pytest.approx(1 - result.optimum.value / cost.without.value) and cost.loss >= 0


def test_near_ties_are_the_sets_within_a_share_of_the_best():
    result = solve(Problem(distances(frame(3, 16, 2)), 4), best=10)
    near = near_ties(result, 0.05)
    assert [s.value >= 0.95 * result.optimum.value for s in result.sets[1:]] == [s in near for s in result.sets[1:]]


@pytest.mark.parametrize("objective", ["max_min", "max_sum", "coverage", "median"])
def test_replacement(objective):
    p = Problem(distances(frame(6, 14, 3)), 4, (Quota("cluster", 1, 2),), attributes(6, 14))
    best = solve(p, objective).optimum.unit_ids
    found = replace_member(p, best, best[1], objective, best=3)
    rest = set(best) - {best[1]}
    keeping = [s for s in all_ranked(p, objective) if rest < set(s) and best[1] not in s]
    assert [s.unit_ids for _, s in found.substitutes] == keeping[:3]
    assert [town for town, _ in found.substitutes] == [next(iter(set(s) - rest)) for s in keeping[:3]]
    anew = [s for s in all_ranked(p, objective) if best[1] not in s]
    assert found.new_optimum.unit_ids == anew[0]


def test_replacement_when_nothing_is_left():
    p = eight(4, one_per("cluster"), FixedIn(("u000",)), FixedOut(("u001",)))
    found = replace_member(p, ("u000", "u002", "u004", "u006"), "u000")
    assert found.substitutes == () and found.new_optimum is None
    assert "Keine andere Stadt passt" in found.message and "genau 1 je Cluster" in found.message
    with pytest.raises(ValueError):
        replace_member(p, ("u000", "u002", "u004", "u006"), "u001")


def test_place_among_all_sets_is_counted():
    p = eight(4, one_per("cluster"))
    own = ("u001", "u002", "u005", "u006")
    found = placement(p, own)
    values = [merit(p, "max_min", s)[0] for s in all_ranked(p, "max_min")]
    mine = merit(p, "max_min", own)[0]
    share = (sum(v < mine for v in values) + 0.5 * sum(v == mine for v in values)) / len(values)
    assert found.sets == 16 and found.counted and found.fulfils and found.standard_error == 0
    assert found.percentile == pytest.approx(100 * share)


def test_a_set_that_breaks_a_constraint_is_placed_and_said_so():
    found = placement(eight(4, one_per("cluster")), ("u000", "u001", "u002", "u004"))
    assert not found.fulfils and 0 <= found.percentile <= 100
    with pytest.raises(ValueError):
        placement(eight(4), ("u000", "u001", "u002"))
    with pytest.raises(ValueError):
        placement(eight(4), ("u000", "u001", "u002", "nobody"))


@pytest.mark.parametrize("chosen", [(one_per("cluster"),), (), (FixedIn(("u000",)),), (MinimumKm(200.0),)])
def test_a_sample_agrees_with_counting(chosen, monkeypatch):
    n, size = 18, 3
    p = Problem(distances(frame(4, n, 3)), size, chosen, attributes(4, n))
    own = solve(p, best=10).sets[-1].unit_ids
    exact = placement(p, own)
    monkeypatch.setattr(enumeration, "LIMIT", 0)
    sample = placement(p, own, samples=5000, seed=1)
    assert not sample.counted and 0 < sample.standard_error < 1
    assert abs(sample.percentile - exact.percentile) < 4 * sample.standard_error + 0.5
    assert placement(p, own, samples=5000, seed=1) == sample


def test_the_sample_draws_feasible_sets():
    from queries.case_selection.alternatives import sample_sets

    n = 60
    p = Problem(distances(frame(4, n, 3)), 3, (one_per("cluster"), MinimumKm(100.0)), attributes(4, n))
    sets = sample_sets(p, 300, 0)
    keys = p.distances.keys
    assert len(sets) == 300 and all(fulfils(p, tuple(keys[i] for i in s)) for s in sets)


def test_where_a_set_contrasts():
    values = pd.DataFrame(
        {"wide": [0.0, 10, 5, 5], "narrow": [5.0, 5.5, 0, 10], "gaps": [1.0, np.nan, 2, 3], "same": [1.0] * 4},
        index=list("abcd"),
    )
    table = criterion_ranges(values, ("a", "b"))
    assert table.loc["wide", "range_share"] == 1 and table.loc["narrow", "range_share"] == pytest.approx(0.05)
    assert table["contrasts"].to_dict() == {"wide": True, "narrow": False, "gaps": False, "same": False}
    row = table.loc["gaps"]
    assert table.loc["wide", ["lowest_unit", "highest_unit"]].tolist() == ["a", "b"] and row["missing"] == 1
    assert table.index[0] == "wide"


def test_pairs_and_their_contributions():
    found = distances(frame(1, 6, 2))
    matrix = pair_matrix(found, ("u003", "u001"))
    assert matrix.index.tolist() == ["u003", "u001"]
    assert matrix.loc["u003", "u001"] == found.frame.loc["u001", "u003"]
    scaled = pd.DataFrame({"x": [0.0, 3.0], "y": [0.0, 4.0], "z": [1.0, np.nan]}, index=list("ab"))
    parts = pair_contributions(scaled, "a", "b")
    assert parts.to_dict() == pytest.approx({"y": 0.64, "x": 0.36, "z": 0.0}) and parts.index[0] == "y"


def test_spread_shows_what_is_not_represented():
    table = spread_table(TABLE, ("u000", "u002"), ["cluster", "willing"])
    rows = {(r.attribute, r.value): (r.members, r.candidates) for r in table.itertuples()}
    assert rows[("cluster", 3)] == (0, 2) and rows[("cluster", 1)] == (1, 2)
    assert table["members"].sum() == 4 and table["candidates"].sum() == 16


def test_great_circle():
    km = great_circle_km(np.array([13.405, 11.582, np.nan]), np.array([52.52, 48.135, 50.0]))
    assert km[0, 1] == pytest.approx(504.4, abs=1.0) and km[0, 2] == np.inf
    assert all(km[i, j] == km[j, i] for i, j in combinations(range(3), 2))
