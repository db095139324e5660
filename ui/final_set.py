"""The final set of the current project: problem, optimum and the towns that apply, computed once per settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from queries.case_selection import (
    Comparison,
    NoSelection,
    Problem,
    RankedSet,
    Result,
    compare_with_greedy,
    replace_member,
    solve,
)
from queries.case_selection.constraints import FixedIn
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import SelectionBase
from ui import german, project_state, selection_state
from ui.atlas import data_version
from ui.door import only_official
from workspace import project_content
from workspace.projects import Project

VALUE_WORDS = {
    "max_min": "Kleinster Abstand im Vorschlag",
    "max_sum": "Summe der Abstände",
    "coverage": "Größter Abstand zur nächsten",
    "median": "Mittlerer Abstand zur nächsten",
    "diverse": "Vertretene Ausprägungen",
}
MAXIMISED = ("max_min", "max_sum", "diverse")


@dataclass(frozen=True)
class FinalSet:
    """A project's stage 2: settings, problem and its optimum. `mark` stands for everything it rests on."""

    base: SelectionBase
    settings: Stage2Settings
    problem: Problem
    result: Result
    mark: str

    def value(self, number: float) -> str:
        """The objective's value in German."""
        return german.number(number, 0 if self.settings.objective == "diverse" else 2)


def problem_of(project: Project, base: SelectionBase, settings: Stage2Settings) -> Problem:
    """The problem that the project's settings make, declined towns out. Raises NoSelection."""
    content = project.content
    return settings.problem(
        base.settings,
        base.result,
        base.towns,
        declined=tuple(key for key in project_content.declined(content) if key in base.names),
        confirmed=project_content.confirmed(content),
        names=base.names,
        titles=base.titles,
    )


def solved(project: Project, base: SelectionBase, settings: Stage2Settings, best: int = 1) -> FinalSet:
    """The optimum (and the sets after it) of the project. Raises NoSelection with a German text and a way on."""
    problem = problem_of(project, base, settings)
    mark = mark_of(project, base, settings)
    with st.spinner("Die beste Zusammenstellung wird gesucht …"):
        return FinalSet(base, settings, problem, _solve(mark, settings.objective, best, problem), mark)


def mark_of(project: Project, base: SelectionBase, settings: Stage2Settings) -> str:
    """Key of everything a final set rests on."""
    parts = [
        data_version(),
        base.settings.as_dict(),
        settings.as_dict(),
        bool(base.towns["cluster"].notna().any()),
        project_content.declined(project.content),
        project_content.confirmed(project.content) if settings.only_willing else (),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


@st.cache_data(max_entries=64, show_spinner=False)
def _solve(mark: str, objective: str, best: int, _problem: Problem) -> Result:
    return solve(_problem, objective, best)


def greedy(final: FinalSet) -> Comparison | None:
    """The quick choice for the same problem, beside the optimum."""
    return _greedy(final.mark, final)


@st.cache_data(max_entries=64, show_spinner=False)
def _greedy(mark: str, _final: FinalSet) -> Comparison | None:
    return compare_with_greedy(_final.problem, _final.result)


# ---- what applies


def in_force(content: dict) -> tuple[str, ...]:
    """The set that applies: the team's own if it has one, else the proposal kept last."""
    return tuple(content["own_set"] or content["results"].get("proposal", {}).get("unit_ids", ()))


def refused(content: dict) -> tuple[str, ...]:
    """Members of the set in force that declined."""
    declined = project_content.declined(content)
    return tuple(key for key in in_force(content) if key in declined)


def keep_proposal(project: Project, final: FinalSet) -> None:
    """Keep the proposal in the project where it is another one; while a refusal waits for a replacement it stays."""
    # Settings made fit for official data only are a way of looking, not a decision; and what was proposed on earlier
    # data stays until the team goes on with today's.
    is_older = bool(project.content["results"].get("proposal")) and project.data != project_state.data_now()
    if refused(project.content) or only_official() or is_older:
        return
    best = final.result.optimum
    proposal = {
        "unit_ids": list(best.unit_ids),
        "objective": final.settings.objective,
        "value": best.value,
        "smallest_distance": best.smallest_distance,
        "proven": final.result.proven,
        "bound": final.result.bound,
        "method": final.result.method,
    }
    content = selection_state.content()
    if content["results"].get("proposal") == proposal and content["stage2"] == final.settings.as_dict():
        return
    results = {key: value for key, value in content["results"].items() if key != "alternatives"}
    changed = content | {"stage2": final.settings.as_dict(), "results": results | {"proposal": proposal}}
    if not selection_state.save(changed, "Vorschlag gerechnet"):
        selection_state.show_message()
        if project_state.conflict():
            st.stop()


# ---- replacing


def substitutes(
    problem: Problem, members: tuple[str, ...], declined: tuple[str, ...], objective: str
) -> tuple[tuple[RankedSet, ...], RankedSet | None, str]:
    """Best sets that keep everyone but the declined, the best set of all, and a German word where there is none."""
    candidates = set(problem.distances.keys)
    if len(declined) == 1 and set(members) <= candidates and len(members) == problem.size:
        found = replace_member(problem, members, declined[0], objective)
        return tuple(ranked for _, ranked in found.substitutes), found.new_optimum, found.message
    kept = tuple(key for key in members if key not in declined and key in candidates)
    best, sets, message = None, (), ""
    try:
        best = solve(problem, objective).optimum
        sets = solve(problem.with_constraints((*problem.constraints, FixedIn(kept))), objective, best=5).sets
    except NoSelection as reason:
        message = f"{reason.text} {reason.way_on}"
    return sets, best, message


def named(base: SelectionBase, unit_ids: Iterable[str]) -> str:
    """Names of towns with commas."""
    return ", ".join(base.names.get(key, key) for key in unit_ids)
