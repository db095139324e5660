"""Constraints that exclude one another: a smallest conflicting group, found by a deletion filter.

One constraint after the other is left out; if the rest is still impossible, it stays out. What is left is impossible
together, and no part of it is superfluous (Chinneck & Dravnieks 1991).
"""

from __future__ import annotations

from queries.case_selection import linear
from queries.case_selection.constraints import Constraint, OnlyWilling
from queries.case_selection.problem import NoSelection, Problem


def is_feasible(problem: Problem) -> bool:
    """Whether any set fulfils all constraints (exact)."""
    return linear.any_set(problem.compiled) is not None


def conflicting_constraints(problem: Problem) -> tuple[Constraint, ...]:
    """Constraints that are impossible together while each proper part of them is possible; empty if feasible."""
    if is_feasible(problem):
        return ()
    kept = list(problem.constraints)
    for constraint in problem.constraints:
        rest = [x for x in kept if x is not constraint]
        if not is_feasible(problem.with_constraints(tuple(rest))):
            kept = rest
    return tuple(kept)


def explain_infeasible(problem: Problem) -> NoSelection:
    """The German explanation of an impossible problem."""
    conflict = conflicting_constraints(problem)
    sentences = [f"„{x.sentence(problem.names)}“" for x in conflict]
    size = "eine Stadt" if problem.size == 1 else f"{problem.size} Städte"
    number = "ist eine Stadt" if problem.size == 1 else f"sind {size}"
    among = f"unter {len(problem.distances.keys)} Städten"
    if len(sentences) == 1:
        text = f"Gesucht {number} {among}, doch die Vorgabe {sentences[0]} lässt keine solche Auswahl zu."
        way = "Lockern Sie diese Vorgabe, wählen Sie eine andere Zahl oder lassen Sie in Stufe 1 mehr Städte übrig."
    else:
        joined = ", ".join(sentences[:-1]) + f" und {sentences[-1]}"
        text = f"Diese Vorgaben vertragen sich bei {size} {among} nicht: {joined}."
        way = "Wird eine davon weggelassen oder gelockert, löst sich dieser Widerspruch."
    if any(isinstance(x, OnlyWilling) for x in conflict):
        way += " Oder warten Sie weitere Zusagen ab."
    return NoSelection(text, way, conflict)
