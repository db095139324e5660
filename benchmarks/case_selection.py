"""How long the exact selections take, how they grow, and how solvers compare; ratios within one run.

usage: python -m benchmarks.case_selection [--solvers]

`--solvers` adds the comparison of the clique search and HiGHS with SCIP and CP-SAT (OR-tools, requirements-dev.txt).
Times are processor seconds of this process, so that other work on the machine disturbs little.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from queries import contrast_core as core
from queries.case_selection import (
    MinimumKm,
    Problem,
    Quota,
    at_most_one_per,
    compare_with_greedy,
    distances,
    one_per,
    solve,
)
from queries.robustness import Selection, Settings, monte_carlo


def frame(seed: int, n: int, dimensions: int) -> pd.DataFrame:
    values = np.random.default_rng(seed).standard_t(5, size=(n, dimensions))
    return pd.DataFrame(values, [f"u{i:05}" for i in range(n)], [f"c{j}" for j in range(dimensions)])


def attributes(n: int) -> pd.DataFrame:
    random = np.random.default_rng(n)
    table = {
        "cluster": random.integers(1, 5, n),
        "state_id": random.choice([f"{i:02}" for i in range(1, 17)], n),
        "lon": random.uniform(6, 15, n),
        "lat": random.uniform(47.5, 54.5, n),
    }
    return pd.DataFrame(table, [f"u{i:05}" for i in range(n)])


def seconds(action) -> tuple[float, object]:
    start = time.process_time()
    answer = action()
    return time.process_time() - start, answer


def selections() -> None:
    few = (one_per("cluster"), at_most_one_per("state_id"), MinimumKm(100.0))
    many = (Quota("cluster", 4, 4), MinimumKm(25.0))
    cases = [
        (16, 4, "max_min", ()), (16, 4, "max_min", few[:1]), (263, 4, "max_min", ()), (263, 4, "max_min", few),
        (263, 16, "max_min", ()), (263, 16, "max_min", many), (800, 16, "max_min", ()), (2121, 4, "max_min", ()),
        (263, 4, "max_sum", ()), (263, 4, "max_sum", few), (2121, 4, "max_sum", ()), (30, 8, "max_sum", ()),
        (30, 15, "max_sum", ()), (263, 16, "max_sum", ()), (263, 4, "coverage", ()), (263, 16, "coverage", ()),
        (263, 16, "coverage", many), (120, 8, "median", ()), (263, 16, "diverse", ()),
    ]  # fmt: skip
    print(f"{'Städte':>7}{'Größe':>7}  {'Ziel':<10}{'Vorgaben':>9}{'Sekunden':>10}{'Abstand greedy':>16}  Beweis")
    for n, size, objective, constraints in cases:
        values = frame(1, n, 10)
        patterns = (values > 0.7).astype(int) - (values < -0.7).astype(int)
        p = Problem(distances(values), size, constraints, attributes(n), patterns)
        spent, result = seconds(lambda p=p, objective=objective: solve(p, objective))
        greedy = compare_with_greedy(p, result)
        behind = "–" if greedy is None else f"{100 * greedy.gap:.1f} %"
        proof = "ja" if result.proven else f"Schranke, {100 * result.gap:.1f} % Lücke"
        print(f"{n:>7}{size:>7}  {objective:<10}{len(constraints):>9}{spent:>10.3f}{behind:>16}  {proof}")


def stage_one() -> None:
    print(f"\n{'Stufe 1':<28}{'Sekunden':>10}{'Verhältnis':>12}")
    base = None
    for n, m in ((2121, 14), (2121, 30), (10959, 30), (109590, 30)):
        values = frame(2, n, m).to_numpy()
        spent, _ = seconds(lambda v=values: core.survivors(v, *core.limits(v, 0.25, 0.75), 7))
        base = base or spent
        print(f"{n:>9} Städte × {m:>2} Kriterien{spent:>10.4f}{spent / base:>12.1f}")


def rounds() -> None:
    groups = attributes(2121)["cluster"]
    selection = Selection(frame(3, 2121, 14), groups)
    spent, _ = seconds(lambda: monte_carlo(selection, Settings(), rounds=1000))
    print(f"\n1.000 Runden beider Stufen, 2.121 Städte × 14 Kriterien → 16 → 4: {spent:.1f} Sekunden")


def solvers() -> None:
    from ortools.linear_solver import pywraplp
    from ortools.sat.python import cp_model

    from queries.case_selection import coverage, linear, max_min

    print(f"\n{'Beweis, 263 Städte, 10 Kriterien':<44}{'eigene Suche':>13}{'HiGHS':>8}{'SCIP':>8}{'CP-SAT':>8}")
    for size in (4, 16):
        p = Problem(distances(frame(5, 263, 10)), size)
        c, ticks = p.compiled, p.distances.ticks
        beyond = solve(p).optimum.levels[0] + 1
        near = (ticks < beyond) & ~np.eye(c.n, dtype=bool)
        cover = linear.conflict_cliques(near)
        own, _ = seconds(lambda c=c, b=beyond: max_min.MaxMin(c).reachable(b))
        highs, _ = seconds(lambda c=c, near=near: linear.solve(c, linear.base_rows(c, near), np.zeros(c.n)))
        others = [_scip(pywraplp, c.n, size, [(g, 0, 1) for g in cover]), _cp_sat(cp_model, c.n, size, cover, [])]
        _line(f"{size} Städte: größerer kleinster Abstand", f"{own:.2f}", highs, *others)
        radius = -solve(p, "coverage").optimum.levels[0] - 1
        rows = coverage._covering(c, linear.base_rows(c), radius)
        highs, _ = seconds(lambda c=c, rows=rows: linear.solve(c, rows, np.zeros(c.n)))
        cells = [np.flatnonzero(row) for row in ticks <= radius]
        others = [_scip(pywraplp, c.n, size, [(g, 1, size) for g in cells]), _cp_sat(cp_model, c.n, size, [], cells)]
        _line(f"{size} Städte: kleinerer Radius (CP-SAT ≤ 60 s)", "–", highs, *others)


def _line(name: str, own: str, *others: float) -> None:
    print(f"{name:<44}{own:>13}" + "".join(f"{x:>8.2f}" for x in others))


def _scip(pywraplp, n: int, size: int, groups) -> float:
    model = pywraplp.Solver.CreateSolver("SCIP")
    x = [model.BoolVar("") for _ in range(n)]
    model.Add(sum(x) == size)
    for group, least, most in groups:
        total = sum(x[i] for i in group)
        model.Add(total >= least)
        model.Add(total <= most)
    return seconds(model.Solve)[0]


def _cp_sat(cp_model, n: int, size: int, apart, cells) -> float:
    model = cp_model.CpModel()
    x = [model.new_bool_var("") for _ in range(n)]
    model.add(sum(x) == size)
    for group in apart:
        model.add_at_most_one(x[i] for i in group)
    for group in cells:
        model.add_bool_or([x[i] for i in group])
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.max_time_in_seconds = 1, 60
    return seconds(lambda: solver.solve(model))[0]


if __name__ == "__main__":
    selections()
    stage_one()
    rounds()
    if "--solvers" in sys.argv:
        solvers()
