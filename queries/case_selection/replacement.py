"""Ersatz: a member declines, who takes its place?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.case_selection.constraints import FixedIn, FixedOut
from queries.case_selection.objectives import best_first, levels
from queries.case_selection.problem import NoSelection, Problem
from queries.case_selection.solver import RankedSet, ranked, solve


@dataclass(frozen=True)
class Replacement:
    """What to do when a town declines.

    Attributes
    ----------
    declined : unit id.
    substitutes : sets that keep all other members, best first; the town that is new comes with each.
    new_optimum : the best set overall without the declined town; None if there is none.
    message : German text when the others cannot be kept or nothing is left; empty otherwise.
    """

    declined: str
    substitutes: tuple[tuple[str, RankedSet], ...]
    new_optimum: RankedSet | None
    message: str = ""


def replace_member(
    problem: Problem, members: tuple[str, ...], declined: str, objective: str = "max_min", best: int = 5
) -> Replacement:
    """Best replacements keeping the others, and the best new set overall.

    `members` may be the team's own set; a replacement must fulfil every constraint, and never brings the declined
    town back. Raises ValueError if the declined town is no member.
    """
    if declined not in members:
        raise ValueError(f"{declined} is not in the set")
    # A refusal outweighs an earlier wish: the town is no longer fixed in.
    kept = [
        FixedIn(tuple(u for u in x.unit_ids if u != declined)) if isinstance(x, FixedIn) else x
        for x in problem.constraints
    ]
    without = problem.with_constraints((*kept, FixedOut((declined,))))
    c = without.compiled
    rest = c.positions(tuple(u for u in members if u != declined))
    others = np.setdiff1d(np.flatnonzero(c.allowed), rest)
    sets = np.sort(np.hstack([np.tile(rest, (len(others), 1)), others[:, None]]), axis=1)
    sets = sets[c.feasible(sets)]
    order = best_first(sets, levels(c, objective, sets))[:best] if len(sets) else []
    substitutes = tuple((c.keys[int(np.setdiff1d(sets[i], rest)[0])], ranked(c, objective, sets[i])) for i in order)
    message = "" if substitutes else "Keine andere Stadt passt zu den übrigen, ohne eine Vorgabe zu verletzen."
    try:
        optimum = solve(without, objective).optimum
    except NoSelection as reason:
        return Replacement(declined, substitutes, None, f"{message} {reason.text} {reason.way_on}".strip())
    return Replacement(declined, substitutes, optimum, message)
