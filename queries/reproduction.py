"""The study's own case: documented assumptions lead from all small towns to 16 and to 4; where do its four towns stand?

Nothing here is tuned: the settings are the documented default, or the same criteria over all small towns alike. What
comes out is reported whether it fits the study or not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from queries import case_selection, case_studies, clusters
from queries.case_selection import NoSelection, Placement, Problem, RankedSet
from queries.stage1 import describe, run, values
from queries.stage1.default import default_settings, facts
from queries.stage1.run import Stage1Result
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import Stage1Data

WITHIN = {
    "cluster": "innerhalb jedes Clusters, vier Städte je Cluster",
    "all": "über alle Kleinstädte, die sechzehn kontrastreichsten",
}
SIZE = 4
# What a set is worth: by its smallest distance, and by the sum of its distances.
OBJECTIVES = ("max_min", "max_sum")


@dataclass(frozen=True)
class Reproduction:
    """What the documented assumptions give on the data at hand.

    Attributes
    ----------
    within : key of `WITHIN` that was carried out; `all` where there are no clusters.
    criteria : one row per criterion in use: key, theme, sentence, wanted (what it shall measure),
        is_substitute.
    absent : what the default asks for and the data do not hold in any form.
    rule, funnel : as in `describe`.
    cluster_source : what the clusters rest on; None without clusters.
    towns : the published four, index unit_id: name, display_name, ags, published_cluster, cluster (ours, or None),
        outside, most, rank, ranked (towns compared with), threshold (outside of the last that remains), remains,
        has_gaps, in_proposal.
    signs : criteria × published towns, +1 high, 0 middle or missing, −1 low.
    remaining : unit ids after stage 1; names by id in `names`.
    proposal : optimum of stage 2 among them, None where `problem` says why.
    placements : the published set among all sets, by objective; empty where it cannot be placed.
    """

    within: str
    criteria: pd.DataFrame
    absent: tuple[str, ...]
    rule: str
    funnel: tuple[tuple[str, int, int], ...]
    cluster_source: clusters.StructureSource | None
    towns: pd.DataFrame
    signs: pd.DataFrame
    remaining: tuple[str, ...]
    names: dict[str, str]
    proposal: RankedSet | None
    problem: str
    placements: dict[str, Placement]

    @property
    def found(self) -> int:
        """How many of the published towns are among the remaining."""
        return int(self.towns["remains"].sum())


def reproduction(
    con: duckdb.DuckDBPyConnection, *, only_official: bool = False, within: str = "cluster"
) -> Reproduction:
    """Carry out the documented default and look where the study's four towns stand.

    Raises `queries.stage1.values.NotPossible` where there are no values at all.
    """
    settings = default_settings(con, only_official=only_official)
    has_clusters = settings.group == "cluster"
    if within == "all" and has_clusters:
        everywhere = tuple(replace(c, relative_to="all") for c in settings.criteria)
        settings = replace(settings, criteria=everywhere, group=None, per_group=SIZE * facts()["per_cluster"])
    data = values.read(con, settings)
    if not has_clusters:
        data = replace(data, towns=data.towns.assign(cluster=None))
    result = run.run(data, settings)
    studies = case_studies.case_studies(con).set_index("unit_id")
    studies = studies[studies.index.isin(result.values.index)]
    proposal, problem = _proposal(data, result, has_clusters)
    chosen = proposal.unit_ids if proposal else ()
    criteria, absent = _criteria(data, settings)
    return Reproduction(
        settings.group or "all",
        criteria,
        absent,
        describe.rule(settings, result),
        tuple(describe.funnel(con, settings, result)),
        clusters.structure_source(con) if has_clusters else None,
        _towns(studies, data, result, chosen),
        result.pattern.loc[studies.index].T,
        result.remaining,
        data.towns["name"].loc[sorted({*result.remaining, *studies.index})].to_dict(),
        proposal,
        problem,
        _placements(data, result, tuple(studies.index), has_clusters),
    )


def _criteria(data: Stage1Data, settings: Stage1Settings) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Criteria in use beside those that the default asks for, and those it asks for in vain."""
    sentences = describe.criteria(data, settings)
    rows, absent = [], []
    for entry in facts()["criteria"]:
        wanted = entry["title"]
        used = next((key for key in entry["indicators"] if key in sentences), None)
        if used is None:
            absent.append(wanted)
        else:
            theme = facts()["themes"][entry["theme"]]
            rows.append((used, theme, sentences[used], wanted, used != entry["indicators"][0]))
    frame = pd.DataFrame(rows, columns=["key", "theme", "sentence", "wanted", "is_substitute"])
    return frame, tuple(absent)


def _proposal(data: Stage1Data, result: Stage1Result, has_clusters: bool) -> tuple[RankedSet | None, str]:
    try:
        problem = _problem(data, result, list(result.remaining), has_clusters)
        return case_selection.solve(problem).optimum, ""
    except NoSelection as error:
        return None, str(error)


def _problem(data: Stage1Data, result: Stage1Result, towns: list[str], has_clusters: bool) -> Problem:
    """Four of these towns; one per cluster where there are clusters. All towns to choose from set the scale."""
    measured = case_selection.distances(
        result.values.loc[towns], weights=result.weights.to_dict(), reference=result.values
    )
    constraints = (case_selection.one_per("cluster"),) if has_clusters else ()
    return Problem(measured, SIZE, constraints, data.towns)


def _placements(
    data: Stage1Data, result: Stage1Result, published: tuple[str, ...], has_clusters: bool
) -> dict[str, Placement]:
    """The published set among all sets of four towns (of four clusters, where there are clusters)."""
    towns = data.towns["cluster"].notna() if has_clusters else pd.Series(True, data.towns.index)
    candidates = list(data.towns.index[towns])
    if len(published) != SIZE or not set(published) <= set(candidates):
        return {}
    problem = _problem(data, result, candidates, has_clusters)
    try:
        return {objective: case_selection.placement(problem, published, objective) for objective in OBJECTIVES}
    except NoSelection:
        return {}


def _towns(studies: pd.DataFrame, data: Stage1Data, result: Stage1Result, proposal: tuple[str, ...]) -> pd.DataFrame:
    index = result.values.index
    gaps = {unit_id for step in result.funnel if step.step in ("gaps", "cluster") for unit_id in step.lost}
    eligible = ~index.isin(list(gaps))
    # The order in which stage 1 itself fills the places: most criteria outside, then farthest outside, then the key.
    order = np.lexsort((np.arange(len(index)), -result.excess.to_numpy(), -result.outside.to_numpy()))
    places = pd.Series(np.empty(len(index), dtype=int), index)
    places.iloc[order] = np.arange(len(index))
    rows = {}
    for unit_id, study in studies.iterrows():
        alike = pd.Series(eligible, index)
        if result.groups is not None:
            alike &= result.groups == result.groups[unit_id]
        kept = [other for other in result.remaining if alike[other]]
        rows[unit_id] = {
            "name": study["name"],
            "display_name": study["display_name"],
            "ags": study["ags"],
            "published_cluster": int(study["cluster"]),
            "cluster": data.towns.loc[unit_id, "cluster"],
            "outside": float(result.outside[unit_id]),
            "most": result.most,
            "rank": int((places[alike] < places[unit_id]).sum()) + 1,
            "ranked": int(alike.sum()),
            "threshold": float(result.outside[kept].min()) if kept else float("nan"),
            "remains": unit_id in result.remaining,
            "has_gaps": unit_id in gaps,
            "in_proposal": unit_id in proposal,
        }
    return pd.DataFrame.from_dict(rows, orient="index")
