"""Stage 2 of a selection project carried out again for its protocol: proposal with proof, alternatives, the own set."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from queries import case_selection
from queries.case_selection import ConstraintCost, NoSelection, Placement, RankedSet, Result
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import selection_base
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import NotPossible

ALTERNATIVES = 10


@dataclass(frozen=True)
class Stage2Record:
    """What stage 2 gives with today's data.

    Attributes
    ----------
    settings : choices of stage 2.
    constraints : German sentences of the constraints in force.
    notes : German remarks on missing and constant values.
    weights : what each criterion counts in the distance (title, weight).
    result : proposal and the sets that follow it; None where there is no set, `problem` then says why in German.
    greedy_gap : share of the optimum that the quick choice misses; None where it finds no set.
    near : sets nearly as good as the first.
    costs : what each constraint takes from the objective.
    placement : the own set among all sets; None without one, or where it is no set of the remaining towns.
    ranges : on which criteria the final set contrasts, as `case_selection.criterion_ranges`, index title.
    """

    settings: Stage2Settings
    constraints: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    result: Result | None = None
    problem: str = ""
    greedy_gap: float | None = None
    near: tuple[RankedSet, ...] = ()
    costs: tuple[tuple[str, ConstraintCost], ...] = ()
    placement: Placement | None = None
    ranges: pd.DataFrame | None = None


def stage2_record(
    con: duckdb.DuckDBPyConnection,
    stage1: Stage1Settings,
    saved: dict,
    own_set: tuple[str, ...],
    declined: tuple[str, ...],
    confirmed: tuple[str, ...],
) -> Stage2Record:
    """Carry out stage 2 with the settings of a project (`saved`, its part `stage2`)."""
    settings = Stage2Settings.of_project(saved, stage1)
    try:
        base = selection_base(con, stage1)
        problem = settings.problem(
            stage1,
            base.result,
            base.towns,
            declined=tuple(unit_id for unit_id in declined if unit_id in base.names),
            confirmed=confirmed,
            names=base.names,
            titles=base.titles,
        )
        result = case_selection.solve(problem, settings.objective, best=ALTERNATIVES)
    except (NoSelection, NotPossible) as error:
        return Stage2Record(settings, problem=f"{error.text} {error.way_on}")
    greedy = case_selection.compare_with_greedy(problem, result)
    final = own_set or result.optimum.unit_ids
    kept = [unit_id for unit_id in final if unit_id in base.result.values.index]
    weights = settings.weights_of(stage1, base.result)
    values = base.result.values.loc[list(base.remaining), list(weights)]
    if not set(kept) <= set(values.index):
        values = base.result.values.loc[sorted({*base.remaining, *kept}), list(weights)]
    ranges = case_selection.criterion_ranges(values, kept).rename(index=base.titles)
    return Stage2Record(
        settings,
        tuple(constraint.sentence(base.names) for constraint in problem.constraints),
        problem.distances.notes,
        tuple((base.titles[key], weight) for key, weight in weights.items()),
        result,
        "",
        None if greedy is None else greedy.gap,
        case_selection.near_ties(result),
        tuple(
            (cost.constraint.sentence(base.names), cost) for cost in case_selection.constraint_costs(problem, result)
        ),
        _placement(problem, own_set, settings),
        ranges,
    )


def _placement(problem, own_set: tuple[str, ...], settings: Stage2Settings) -> Placement | None:
    if len(set(own_set)) != problem.size or not set(own_set) <= set(problem.distances.keys):
        return None
    return case_selection.placement(problem, own_set, settings.objective)
