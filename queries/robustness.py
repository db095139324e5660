"""How robust is the selection? One choice at a time, then all together (Monte Carlo over both stages).

A run repeats both stages with other settings: stage 1 keeps per group the towns that lie outside the middle range on
most criteria (`contrast_core`), stage 2 takes the set with the largest smallest distance among them, by comparing all
sets. What is counted is how often a town is among the remaining and in the final set.

Reference: Saisana, Saltelli & Tarantola (2005), Journal of the Royal Statistical Society A 168(2), on varying the
choices behind an index one at a time and all together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import comb

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform

from queries import contrast_core as core
from queries.case_selection.distance import TICKS_PER_UNIT
from queries.case_selection.enumeration import all_combinations
from queries.case_selection.objectives import best_first
from queries.normalise import NORMALISATIONS, normalise

BAND_SHIFT = 0.05
# Concentration of the Dirichlet weights per criterion: 10 lets single weights vary by about a third.
CONCENTRATION = 10.0
MOST_SETS = 20_000


@dataclass(frozen=True)
class Settings:
    """The choices behind a selection that are varied.

    Attributes
    ----------
    lower, upper : quantiles of the middle range, one per criterion or one for all.
    weights : weight per criterion, any positive scale; None = equal.
    normalisation : key of `normalise.NORMALISATIONS`, for the excess in stage 1 and the distance in stage 2.
    per_group : towns that stage 1 leaves per group (all together if there are no groups).
    size : towns of the final set.
    one_per_group : the final set holds exactly one town of each group.
    excluded : unit ids left out by hand (suspicious values, refusals).
    """

    lower: float | tuple[float, ...] = 0.25
    upper: float | tuple[float, ...] = 0.75
    weights: tuple[float, ...] | None = None
    normalisation: str = "z_score"
    per_group: int = 4
    size: int = 4
    one_per_group: bool = True
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """Remaining towns of stage 1 and the final set (sorted keys; empty if stage 1 left too few)."""

    remaining: tuple[str, ...]
    final: tuple[str, ...]


class Selection:
    """Both stages on fixed values, ready for many runs.

    `values`: index unit_id, columns criteria, NaN missing. `groups`: index unit_id (e.g. cluster), None = one group;
    towns without a group are left out. Limits are taken within the groups.
    """

    def __init__(self, values: pd.DataFrame, groups: pd.Series | None = None) -> None:
        if groups is not None:
            groups = groups.reindex(values.index)
            values = values[groups.notna()]
        values = values.sort_index()
        self.keys = tuple(map(str, values.index))
        self.criteria = tuple(map(str, values.columns))
        self.values = values.to_numpy(float)
        group = np.zeros(len(values), dtype=int) if groups is None else groups.reindex(values.index).to_numpy()
        self.groups = np.unique(group, return_inverse=True)[1]
        self.grouped = groups is not None
        self.rows = [np.flatnonzero(self.groups == g) for g in range(int(self.groups.max(initial=-1)) + 1)]
        self.sorted = [core.SortedColumns(self.values[rows]) for rows in self.rows]
        self.enough = core.enough_present(self.values)
        self._scaled: dict[str, tuple[np.ndarray, list[core.SortedColumns]]] = {}

    def _on_scale(self, how: str) -> tuple[np.ndarray, list[core.SortedColumns]]:
        if how not in self._scaled:
            scaled = normalise(self.values, how)
            self._scaled[how] = scaled, [core.SortedColumns(scaled[rows]) for rows in self.rows]
        return self._scaled[how]

    def _limits(self, columns: list[core.SortedColumns], settings: Settings) -> tuple[np.ndarray, np.ndarray]:
        low, high = np.empty(self.values.shape), np.empty(self.values.shape)
        for rows, column in zip(self.rows, columns, strict=True):
            low[rows], high[rows] = column.between(np.asarray(settings.lower), np.asarray(settings.upper))
        return low, high

    def remaining(self, settings: Settings) -> np.ndarray:
        """Positions of the towns that stage 1 leaves."""
        weights = None if settings.weights is None else np.asarray(settings.weights)
        outside = core.outside_weight(core.outside_pattern(self.values, *self._limits(self.sorted, settings)), weights)
        scaled, columns = self._on_scale(settings.normalisation)
        beyond = core.excess(scaled, *self._limits(columns, settings), weights)
        eligible = self.enough & ~np.isin(np.array(self.keys), settings.excluded)
        return np.flatnonzero(core.pick_per_group(outside, beyond, settings.per_group, self.groups, eligible))

    def final(self, remaining: np.ndarray, settings: Settings) -> np.ndarray:
        """Positions of the final set; empty if there is none."""
        n, size = len(remaining), settings.size
        if n < size or size < 1:
            return remaining[:0]
        if comb(n, size) > MOST_SETS:
            raise ValueError(f"{comb(n, size)} sets of {size} out of {n} are too many for repeated runs")
        sets = all_combinations(n, size)
        if settings.one_per_group and self.grouped:
            group = np.sort(self.groups[remaining][sets], axis=1)
            sets = sets[(np.diff(group, axis=1) > 0).all(axis=1)]
        if not len(sets):
            return remaining[:0]
        scaled = normalise(self.values[remaining], settings.normalisation)
        centre = np.array([np.mean(x[~np.isnan(x)]) if (~np.isnan(x)).any() else 0.0 for x in scaled.T])
        scaled = np.where(np.isnan(scaled), centre, scaled)
        if settings.weights is not None:
            weights = np.asarray(settings.weights)
            scaled = scaled * np.sqrt(weights * len(weights) / weights.sum())
        ticks = np.rint(squareform(pdist(scaled)) * TICKS_PER_UNIT).astype(np.int64)
        first, second = np.triu_indices(size, 1)
        pairs = ticks[sets[:, first], sets[:, second]]
        smallest = pairs.min(axis=1) if len(first) else np.zeros(len(sets), dtype=np.int64)
        top = np.flatnonzero(smallest == smallest.max())
        best = top[best_first(sets[top], pairs[top].sum(axis=1)[:, None])[0]]
        return remaining[sets[best]]

    def run(self, settings: Settings) -> Outcome:
        """Both stages once. ValueError if the sets to compare would be too many."""
        remaining = self.remaining(settings)
        final = self.final(remaining, settings)
        return Outcome(tuple(self.keys[i] for i in remaining), tuple(self.keys[i] for i in final))

    def without(self, criterion: str) -> Selection:
        """The same towns without one criterion."""
        frame = pd.DataFrame(self.values, index=list(self.keys), columns=list(self.criteria)).drop(columns=criterion)
        return Selection(frame, pd.Series(self.groups, index=list(self.keys)) if self.grouped else None)


def one_at_a_time(
    selection: Selection, settings: Settings, other_periods: Mapping[str, Selection] | None = None
) -> pd.DataFrame:
    """Each choice changed alone, against the given settings.

    Leaves out each criterion, moves both bounds of each criterion's band by 5 percentage points (wider, narrower),
    takes the other normalisations, and other periods where given (German name → the selection on their values).

    Returns
    -------
    One row per variation: `kind` (criterion, band, normalisation, period), `choice` (criterion id, or name),
    `change` (German), `remaining_kept`, `final_kept` (share of the base's towns still there, 0–1), `remaining_new`,
    `final_new`, `final_lost` (tuples of unit ids), `final`; most disturbing first.
    """
    base = selection.run(settings)
    rows = []

    def add(kind: str, choice: str, change: str, outcome: Outcome) -> None:
        rows.append(
            {
                "kind": kind,
                "choice": choice,
                "change": change,
                "remaining_kept": _kept(base.remaining, outcome.remaining),
                "final_kept": _kept(base.final, outcome.final),
                "remaining_new": tuple(sorted(set(outcome.remaining) - set(base.remaining))),
                "final_new": tuple(sorted(set(outcome.final) - set(base.final))),
                "final_lost": tuple(sorted(set(base.final) - set(outcome.final))),
                "final": outcome.final,
            }
        )

    m = len(selection.criteria)
    lower = np.broadcast_to(np.asarray(settings.lower, dtype=float), (m,))
    upper = np.broadcast_to(np.asarray(settings.upper, dtype=float), (m,))
    for i, criterion in enumerate(selection.criteria):
        if m > 1:
            others = replace(
                settings,
                lower=tuple(np.delete(lower, i).tolist()),
                upper=tuple(np.delete(upper, i).tolist()),
                weights=None if settings.weights is None else tuple(np.delete(settings.weights, i).tolist()),
            )
            add("criterion", criterion, "weggelassen", selection.without(criterion).run(others))
        for change, shift in (("Mittelbereich breiter", BAND_SHIFT), ("Mittelbereich schmaler", -BAND_SHIFT)):
            low, high = lower.copy(), upper.copy()
            low[i], high[i] = _band(low[i] - shift, high[i] + shift)
            varied = replace(settings, lower=tuple(low.tolist()), upper=tuple(high.tolist()))
            add("band", criterion, change, selection.run(varied))
    for how in NORMALISATIONS:
        if how != settings.normalisation:
            add("normalisation", how, NORMALISATIONS[how], selection.run(replace(settings, normalisation=how)))
    for name, other in (other_periods or {}).items():
        add("period", name, "anderer Zeitraum", other.run(settings))
    frame = pd.DataFrame(rows)
    return frame.sort_values(["final_kept", "remaining_kept"], kind="stable").reset_index(drop=True)


def _kept(base: tuple[str, ...], now: tuple[str, ...]) -> float:
    return len(set(base) & set(now)) / len(base) if base else 1.0


def _band(low: float, high: float) -> tuple[float, float]:
    """A band within 0 and 1 that never turns round."""
    low, high = min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)
    return (low, high) if low <= high else ((low + high) / 2,) * 2


@dataclass(frozen=True)
class MonteCarlo:
    """Result of `monte_carlo`.

    Attributes
    ----------
    towns : index unit_id, every town that ever remained: `remaining_share`, `final_share` (0–1), `base_remaining`,
        `base_final` (bool); often chosen first.
    rounds : runs made. kept_share : mean share of the base's final set in a run. same_share : share of runs with
        exactly the base's final set.
    tipping : per varied choice: `kind`, `choice`, `effect` – how strongly the choice goes with keeping the final
        set (rank correlation for numbers, eta for the normalisation; 0–1), most tipping first.
    """

    towns: pd.DataFrame
    rounds: int
    kept_share: float
    same_share: float
    tipping: pd.DataFrame


def monte_carlo(
    selection: Selection,
    settings: Settings,
    rounds: int = 1000,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    concentration: float = CONCENTRATION,
    band_shift: float = BAND_SHIFT,
) -> MonteCarlo:
    """All choices varied together: Dirichlet weights around the given ones, bands, normalisation.

    Each criterion's bounds move independently by up to `band_shift` (uniform, share of the quantile scale). Seeded:
    the same call gives the same result. `progress` is called with the finished share (0–1).

    Raises ValueError for fewer than one round.
    """
    if rounds < 1:
        raise ValueError("at least one round")
    random = np.random.default_rng(seed)
    m, n = len(selection.criteria), len(selection.keys)
    base = selection.run(settings)
    weights = np.ones(m) if settings.weights is None else np.asarray(settings.weights, dtype=float)
    names = list(NORMALISATIONS)
    drawn_weights = random.dirichlet(np.maximum(weights / weights.sum() * m * concentration, 1e-3), rounds)
    shifts = random.uniform(-band_shift, band_shift, (rounds, m, 2))
    kinds = random.integers(0, len(names), rounds)
    lower = np.broadcast_to(np.asarray(settings.lower, dtype=float), (m,))
    upper = np.broadcast_to(np.asarray(settings.upper, dtype=float), (m,))
    remaining, final, kept = np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.zeros(rounds)
    place = {key: i for i, key in enumerate(selection.keys)}
    base_final = [place[key] for key in base.final]
    for i in range(rounds):
        low = np.clip(lower + shifts[i, :, 0], 0, 1)
        high = np.clip(np.maximum(upper + shifts[i, :, 1], low), 0, 1)
        varied = replace(
            settings,
            lower=tuple(low),
            upper=tuple(high),
            weights=tuple(drawn_weights[i]),
            normalisation=names[kinds[i]],
        )
        rest = selection.remaining(varied)
        chosen = selection.final(rest, varied)
        remaining[rest] += 1
        final[chosen] += 1
        kept[i] = np.isin(base_final, chosen).mean() if base_final else 1.0
        if progress is not None and (i + 1) % max(1, rounds // 100) == 0:
            progress((i + 1) / rounds)
    towns = pd.DataFrame(
        {
            "remaining_share": remaining / rounds,
            "final_share": final / rounds,
            "base_remaining": np.isin(selection.keys, base.remaining),
            "base_final": np.isin(selection.keys, base.final),
        },
        index=pd.Index(selection.keys, name="unit_id"),
    )
    towns = towns[(towns["remaining_share"] > 0) | towns["base_remaining"]]
    towns = towns.sort_values(["final_share", "remaining_share"], ascending=False, kind="stable")
    width = shifts[:, :, 1] - shifts[:, :, 0]
    tipping = _tipping(selection.criteria, kept, drawn_weights, width, kinds)
    return MonteCarlo(towns, rounds, float(kept.mean()), float((kept == 1).mean()), tipping)


def _tipping(criteria, kept, weights, width, kinds) -> pd.DataFrame:
    target = _ranks(kept)
    rows = [("weight", name, abs(_correlation(_ranks(weights[:, i]), target))) for i, name in enumerate(criteria)]
    rows += [("band", name, abs(_correlation(_ranks(width[:, i]), target))) for i, name in enumerate(criteria)]
    means = np.array([target[kinds == k].mean() if (kinds == k).any() else 0.0 for k in range(len(NORMALISATIONS))])
    total = ((target - target.mean()) ** 2).sum()
    between = ((means[kinds] - target.mean()) ** 2).sum()
    rows.append(("normalisation", "normalisation", float(np.sqrt(between / total)) if total > 0 else 0.0))
    frame = pd.DataFrame(rows, columns=["kind", "choice", "effect"])
    frame["effect"] = frame["effect"].round(6)
    return frame.sort_values("effect", ascending=False, kind="stable").reset_index(drop=True)


def _ranks(x: np.ndarray) -> np.ndarray:
    return pd.Series(x).rank().to_numpy()


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0
