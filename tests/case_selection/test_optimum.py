"""Every way to the optimum gives what a plain search through all sets gives: set, order, ties."""

from __future__ import annotations

import pandas as pd
import pytest

from queries.case_selection import OBJECTIVES, NoSelection, Problem, distances, enumeration, solve
from queries.case_selection.distance import TICKS_PER_UNIT
from tests.case_selection.instances import KINDS, all_ranked, fulfils, merit, problem


def check(p: Problem, objective: str, best: int) -> None:
    expected = all_ranked(p, objective)
    if not expected:
        with pytest.raises(NoSelection):
            solve(p, objective, best)
        return
    found = solve(p, objective, best)
    assert found.proven and found.ties_settled
    assert [s.unit_ids for s in found.sets] == expected[:best]
    first = merit(p, objective, expected[0])[0]
    in_unit = {"diverse": first, "median": -first / TICKS_PER_UNIT / len(p.distances.keys)}
    assert found.optimum.value == pytest.approx(in_unit.get(objective, abs(first) / TICKS_PER_UNIT))
    if found.ties is not None:
        compared = 2 if objective == "max_min" else 1
        top = merit(p, objective, expected[0])[:compared]
        assert found.ties == sum(merit(p, objective, s)[:compared] == top for s in expected)


@pytest.mark.parametrize("seed", range(200))
def test_enumeration_equals_brute_force(seed):
    p, _ = problem(seed)
    for objective in OBJECTIVES:
        check(p, objective, 3)


@pytest.mark.parametrize("seed", range(200))
def test_cliques_and_farthest_pairs_equal_brute_force(seed, monkeypatch):
    monkeypatch.setattr(enumeration, "LIMIT", 0)
    p, _ = problem(seed)
    check(p, "max_min", 3)
    check(p, "max_sum", 3)


@pytest.mark.parametrize("seed", range(0, 200, 7))
def test_solver_equals_brute_force(seed, monkeypatch):
    monkeypatch.setattr(enumeration, "LIMIT", 0)
    monkeypatch.setattr("queries.case_selection.max_sum.MOST_MEMBERS", 0)
    p, _ = problem(seed)
    check(p, ["coverage", "median", "diverse", "max_sum"][seed // 7 % 4], 2)


@pytest.mark.parametrize("seed", range(0, 18, 2))
def test_clique_search_that_gives_up_asks_the_solver(seed, monkeypatch):
    monkeypatch.setattr(enumeration, "LIMIT", 0)
    p, _ = problem(seed)
    expected = all_ranked(p, "max_min")
    monkeypatch.setattr("queries.case_selection.max_min.MaxMin.sets_at", too_many_steps)
    if expected:
        found = solve(p, "max_min")
        assert found.proven and not found.ties_settled
        assert found.optimum.levels[:2] == tuple(
            min(x, y) for x, y in zip(merit(p, "max_min", expected[0])[:2], found.optimum.levels[:2], strict=True)
        )


def too_many_steps(*_arguments, **_settings):
    from queries.case_selection.max_min import TooManySteps

    raise TooManySteps
    yield


def test_the_instances_hold_every_kind_and_are_mostly_feasible():
    found = [problem(seed) for seed in range(200)]
    assert {kind for _, kind in found} == set(KINDS)
    feasible = [kind for p, kind in found if all_ranked(p, "max_sum")]
    assert len(feasible) > 120 and set(feasible) == set(KINDS)
    assert all(fulfils(p, all_ranked(p, "max_sum")[0]) for p, _ in found[:40] if all_ranked(p, "max_sum"))


def test_four_corners_of_a_square():
    inside = [(x / 10, y / 10) for x in range(-5, 6) for y in range(-5, 6)]
    corners = [(-3, -3), (-3, 3), (3, -3), (3, 3)]
    values = pd.DataFrame(inside + corners, index=[f"i{n}" for n in range(len(inside))] + list("abcd"), dtype=float)
    assert solve(Problem(distances(values), 4)).optimum.unit_ids == ("a", "b", "c", "d")


def test_equal_towns_can_be_chosen_when_there_is_nothing_else():
    values = pd.DataFrame({"x": [1.0] * 5}, index=list("abcde"))
    for objective in ("max_min", "max_sum", "coverage", "median"):
        found = solve(Problem(distances(values), 4), objective)
        assert found.optimum.unit_ids == ("a", "b", "c", "d") and found.optimum.value == 0


def test_a_single_town_is_the_most_central_or_the_first():
    values = pd.DataFrame({"x": [0.0, 1.0, 2.0, 3.0, 10.0]}, index=list("abcde"))
    p = Problem(distances(values), 1)
    assert solve(p, "median").optimum.unit_ids == ("c",)
    assert solve(p, "coverage").optimum.unit_ids == ("d",)
    assert solve(p, "max_min").optimum.unit_ids == ("a",)
