"""Stage 2 of the case selection: a few towns out of the remaining that contrast most, exact and explained.

Pure mathematics on frames (index unit_id): `distances` measures, a `Problem` says how many and under which
constraints, `solve` proves the optimum, the rest explains it.
"""

from queries.case_selection.alternatives import (
    ConstraintCost,
    Placement,
    constraint_costs,
    near_ties,
    number_of_sets,
    placement,
)
from queries.case_selection.constraints import (
    Constraint,
    FixedIn,
    FixedOut,
    MinimumKm,
    OnlyWilling,
    Quota,
    at_most_one_per,
    one_per,
)
from queries.case_selection.distance import METHODS, MISSING_RULES, Distances, distances
from queries.case_selection.explain import criterion_ranges, pair_contributions, pair_matrix, spread_table
from queries.case_selection.infeasible import conflicting_constraints
from queries.case_selection.objectives import OBJECTIVES
from queries.case_selection.problem import NoSelection, Problem
from queries.case_selection.replacement import Replacement, replace_member
from queries.case_selection.solver import Comparison, RankedSet, Result, compare_with_greedy, solve

__all__ = [
    "METHODS",
    "MISSING_RULES",
    "OBJECTIVES",
    "Comparison",
    "Constraint",
    "ConstraintCost",
    "Distances",
    "FixedIn",
    "FixedOut",
    "MinimumKm",
    "NoSelection",
    "OnlyWilling",
    "Placement",
    "Problem",
    "Quota",
    "RankedSet",
    "Replacement",
    "Result",
    "at_most_one_per",
    "compare_with_greedy",
    "conflicting_constraints",
    "constraint_costs",
    "criterion_ranges",
    "distances",
    "near_ties",
    "number_of_sets",
    "one_per",
    "pair_contributions",
    "pair_matrix",
    "placement",
    "replace_member",
    "solve",
    "spread_table",
]
