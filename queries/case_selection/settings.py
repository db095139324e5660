"""All choices of stage 2 in one object that can be saved, and the problem they make of the remaining towns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import ceil

import pandas as pd

from queries.case_selection.constraints import (
    Constraint,
    FixedIn,
    FixedOut,
    MinimumKm,
    OnlyWilling,
    Quota,
    at_most_one_per,
)
from queries.case_selection.distance import distances
from queries.case_selection.problem import NoSelection, Problem
from queries.stage1.run import Stage1Result, effective_weights
from queries.stage1.settings import Stage1Settings


@dataclass(frozen=True)
class Stage2Settings:
    """Choices of stage 2; by default only "one per cluster" binds.

    Attributes
    ----------
    size : towns of the final set.
    objective, method, normalisation, missing : see `objectives`, `distance`, `queries.normalise`.
    criteria : keys of the criteria that the distance is made of; None = all of stage 1.
    weights : (key, weight) where a criterion counts otherwise than in stage 1.
    one_per_cluster : the set spreads over the clusters as evenly as its size allows (4 of 4 clusters: one each).
    at_most_one_per_state, minimum_km : no two towns of a Land, or nearer than so many kilometres.
    town_types : (town type, at least, at most).
    fixed_in, fixed_out : unit ids that belong to the set, or must not.
    only_willing : only towns whose participation is confirmed.
    """

    size: int = 4
    objective: str = "max_min"
    method: str = "euclidean"
    normalisation: str = "z_score"
    missing: str = "mean"
    criteria: tuple[str, ...] | None = None
    weights: tuple[tuple[str, float], ...] = ()
    one_per_cluster: bool = True
    at_most_one_per_state: bool = False
    minimum_km: float | None = None
    town_types: tuple[tuple[str, int, int], ...] = ()
    fixed_in: tuple[str, ...] = ()
    fixed_out: tuple[str, ...] = ()
    only_willing: bool = False

    def as_dict(self) -> dict:
        """For a project file."""
        saved = asdict(self)
        for name in ("weights", "town_types"):
            saved[name] = [list(entry) for entry in saved[name]]
        for name in ("fixed_in", "fixed_out"):
            saved[name] = list(saved[name])
        saved["criteria"] = None if self.criteria is None else list(self.criteria)
        return saved

    @classmethod
    def from_dict(cls, saved: dict) -> Stage2Settings:
        """From a project file; what is missing gets its default, fields of a later edition are passed over."""
        known = {one.name for one in fields(cls)}

        def frozen(value):
            return tuple(frozen(part) for part in value) if isinstance(value, list | tuple) else value

        return cls(**{key: frozen(value) for key, value in saved.items() if key in known})

    @classmethod
    def of_project(cls, saved: dict, stage1: Stage1Settings) -> Stage2Settings:
        """Settings of a project; nothing saved = the default, with "one per cluster" where stage 1 uses clusters."""
        return cls.from_dict({"one_per_cluster": stage1.needs_clusters} | saved)

    def criteria_of(self, keys: Iterable[str]) -> list[str]:
        """Criteria in use, in the order of stage 1."""
        return [key for key in keys if self.criteria is None or key in self.criteria]

    def weights_of(self, stage1: Stage1Settings, result: Stage1Result) -> dict[str, float]:
        """Weight of each criterion in use: that of stage 1, where what correlates counts once, unless set here."""
        own = dict(self.weights)
        usual = usual_weights(stage1, result)
        return {key: float(own.get(key, usual[key])) for key in self.criteria_of(usual.index)}

    def constraints(self, attributes: pd.DataFrame, declined: Iterable[str] = ()) -> tuple[Constraint, ...]:
        """The constraints in force; whoever declined is always out. `attributes` of the remaining towns."""
        found: list[Constraint] = []
        clusters = attributes["cluster"].dropna().nunique()
        if self.one_per_cluster and clusters:
            found.append(Quota("cluster", self.size // clusters, ceil(self.size / clusters)))
        if self.at_most_one_per_state:
            found.append(at_most_one_per("state_id"))
        if self.minimum_km:
            found.append(MinimumKm(self.minimum_km))
        found += [Quota("town_type", least, most, (town_type,)) for town_type, least, most in self.town_types]
        if self.fixed_in:
            found.append(FixedIn(self.fixed_in))
        out = tuple(sorted({*self.fixed_out, *declined}))
        if out:
            found.append(FixedOut(out))
        if self.only_willing:
            found.append(OnlyWilling())
        return tuple(found)

    def problem(
        self,
        stage1: Stage1Settings,
        result: Stage1Result,
        attributes: pd.DataFrame,
        *,
        declined: Iterable[str] = (),
        confirmed: Iterable[str] = (),
        names: Mapping[str, str] | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> Problem:
        """The problem on the towns that remain of stage 1.

        `attributes`: index unit_id; cluster, state_id, town_type, lon, lat. The distance takes the towns that remain
        as its scale. Raises NoSelection where no criterion counts.
        """
        weights = self.weights_of(stage1, result)
        if sum(weights.values()) <= 0:
            raise NoSelection(
                "Für den Abstand der Städte zählt kein Kriterium.",
                "Wählen Sie mindestens eines und geben Sie ihm ein Gewicht über null.",
            )
        remaining = list(result.remaining)
        values = result.values.loc[remaining, list(weights)]
        measured = distances(values, self.method, weights, self.normalisation, self.missing, titles=titles)
        attributes = attributes.assign(willing=attributes.index.isin(list(confirmed)))
        return Problem(
            measured,
            self.size,
            self.constraints(attributes.reindex(list(measured.keys)), declined),
            attributes,
            result.pattern.loc[remaining, list(weights)],
            names or {},
        )


def usual_weights(stage1: Stage1Settings, result: Stage1Result) -> pd.Series:
    """What each criterion of stage 1 counts; correlated ones share a weight, also where stage 1 asks for all."""
    counted = replace(stage1, logic="at_least") if stage1.logic == "all" else stage1
    return effective_weights(counted, result.correlated)
