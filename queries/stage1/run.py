"""The selection itself: from values and settings to the towns that remain, step by step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from queries import contrast_core as core
from queries.stage1.criterion import CATEGORY
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import NotPossible, Stage1Data

# Two criteria correlated more strongly than this say nearly the same.
CORRELATION_LIMIT = 0.7
_GROUP_COLUMNS = {"cluster": "cluster", "state": "state_id", "town_type": "town_type"}


@dataclass(frozen=True)
class Step:
    """One step of the funnel: its name, how many towns are left, and which were lost in it."""

    step: str
    left: int
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Stage1Result:
    """What stage 1 gives. Frames are towns × criteria, index unit_id in order of the key.

    Attributes
    ----------
    values : values used, after the decisions on outliers; NaN = missing.
    low, high : bounds of the middle range that hold for each town, in the indicator's unit.
    pattern : +1 above, −1 below the middle range on a side that counts, 0 inside or missing; a category is +1.
    scaled : values with mean 0 and standard deviation 1 over the towns to choose from.
    weights : what each criterion counts (index key).
    outside : sum of the weights of the criteria outside, per town.
    excess : how far outside in standard deviations, summed with the weights, per town.
    groups : group of each town for the target, or None.
    funnel : the steps, first the towns to choose from.
    remaining : unit ids, sorted.
    correlated : pairs of criteria with |r| above the limit: (key, key, r).
    """

    values: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    pattern: pd.DataFrame
    scaled: pd.DataFrame
    weights: pd.Series
    outside: pd.Series
    excess: pd.Series
    groups: pd.Series | None
    funnel: tuple[Step, ...]
    remaining: tuple[str, ...]
    correlated: tuple[tuple[str, str, float], ...]

    @property
    def most(self) -> float:
        """Sum of the weights: what a town outside on everything reaches."""
        return float(self.weights.sum())


def run(data: Stage1Data, settings: Stage1Settings) -> Stage1Result:
    """Carry out stage 1.

    Raises
    ------
    NotPossible : no criterion, no town to choose from, or a criterion without any value.
    """
    values = settled_values(data.values[[c.key for c in settings.criteria]], settings)
    _check(data, values, settings)
    low, high = bounds(data, values, settings)
    pattern = outside_pattern(values, low, high, settings)
    correlated = correlated_pairs(values)
    weights = effective_weights(settings, correlated)
    outside = np.round((pattern != 0).to_numpy() @ weights.to_numpy(), core.DECIMALS)
    array = values.to_numpy()
    mean, deviation = np.nanmean(array, axis=0), np.nanstd(array, axis=0)
    deviation[deviation == 0] = np.inf  # a constant column has no distances
    scaled = (array - mean) / deviation
    counted = weights.to_numpy() if weights.sum() > 0 else None
    beyond = core.excess(scaled, (low.to_numpy() - mean) / deviation, (high.to_numpy() - mean) / deviation, counted)
    funnel, remaining = _funnel(data, values, pattern, outside, beyond, settings)
    groups = data.towns[_GROUP_COLUMNS[settings.group]] if settings.group else None
    index, keys = values.index, values.columns
    return Stage1Result(
        values,
        low,
        high,
        pattern,
        pd.DataFrame(scaled, index, keys),
        weights,
        pd.Series(outside, index),
        pd.Series(beyond, index),
        groups,
        funnel,
        remaining,
        correlated,
    )


def settled_values(values: pd.DataFrame, settings: Stage1Settings) -> pd.DataFrame:
    """Values after the team's decisions on outliers: excluded ones are missing, winsorised ones at P1 or P99."""
    if not settings.outliers:
        return values
    values = values.copy()
    for decision in settings.outliers:
        if decision.unit_id not in values.index or decision.key not in values.columns:
            continue
        column = values[decision.key]
        if decision.decision == "excluded":
            values.loc[decision.unit_id, decision.key] = np.nan
        elif decision.decision == "winsorised":
            first, last = column.quantile([0.01, 0.99])
            values.loc[decision.unit_id, decision.key] = min(max(column[decision.unit_id], first), last)
    return values


def _check(data: Stage1Data, values: pd.DataFrame, settings: Stage1Settings) -> None:
    if not settings.criteria:
        raise NotPossible("Es ist noch kein Kriterium gewählt.", "Ein Merkmal hinzufügen oder die Vorgabe übernehmen.")
    if len(values) == 0:
        raise NotPossible("Zu diesen Filtern gibt es keine Kleinstadt.", "Bitte die Filter lockern.")
    for criterion in settings.criteria:
        column = values[criterion.key]
        title = data.words[criterion.key].title
        if column.notna().sum() == 0:
            raise NotPossible(
                f"„{title}“ hat für den Zeitraum {criterion.period or '–'} keinen Wert bei den Städten zur Wahl.",
                "Einen anderen Zeitraum wählen oder das Kriterium entfernen.",
            )
        if criterion.kind != CATEGORY and criterion.band == "quantile" and column.nunique() == 1:
            raise NotPossible(
                f"„{title}“ ist bei allen Städten zur Wahl gleich und kann sie nicht unterscheiden.",
                "Das Kriterium entfernen oder eigene Grenzen setzen.",
            )


def bounds(
    data: Stage1Data, values: pd.DataFrame, settings: Stage1Settings, widths: float | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bounds of the middle range for every town and criterion; an open side is −∞ or +∞.

    `widths` (0–1) replaces the band of every quantile criterion by the middle of that width.
    """
    low = pd.DataFrame(-np.inf, values.index, values.columns)
    high = pd.DataFrame(np.inf, values.index, values.columns)
    for relative_to in ("all", "state", "cluster"):
        chosen = [
            c for c in settings.criteria if c.kind != CATEGORY and c.band == "quantile" and c.relative_to == relative_to
        ]
        if not chosen:
            continue
        keys = [c.key for c in chosen]
        lower = np.array([c.lower if widths is None else (1 - widths) / 2 for c in chosen])
        upper = np.array([c.upper if widths is None else (1 + widths) / 2 for c in chosen])
        groups = None
        if relative_to != "all":
            column = data.towns[_GROUP_COLUMNS[relative_to]]
            groups = pd.factorize(column.astype(object).where(column.notna(), "ohne"), sort=False)[0]
        below, above = core.limits(values[keys].to_numpy(), lower, upper, groups)
        low[keys], high[keys] = np.broadcast_to(below, values[keys].shape), np.broadcast_to(above, values[keys].shape)
    for criterion in settings.criteria:
        if criterion.kind == CATEGORY:
            high[criterion.key] = 0.5
        elif criterion.band == "limits":
            if criterion.lower is not None:
                low[criterion.key] = criterion.lower
            if criterion.upper is not None:
                high[criterion.key] = criterion.upper
        if criterion.side == "high":
            low[criterion.key] = -np.inf
        if criterion.side == "low":
            high[criterion.key] = np.inf
    return low, high


def outside_pattern(
    values: pd.DataFrame, low: pd.DataFrame, high: pd.DataFrame, settings: Stage1Settings
) -> pd.DataFrame:
    """Who lies outside the middle range, and on which side."""
    array = core.outside_pattern(values.to_numpy(), low.to_numpy(), high.to_numpy())
    return pd.DataFrame(array, values.index, values.columns)


def correlated_pairs(values: pd.DataFrame) -> tuple[tuple[str, str, float], ...]:
    """Pairs of criteria with |r| (Pearson) above the limit, strongest first."""
    if values.shape[1] < 2:
        return ()
    r = values.corr().to_numpy()
    keys = list(values.columns)
    first, second = np.nonzero(np.triu(np.abs(np.nan_to_num(r)) > CORRELATION_LIMIT, 1))
    pairs = [(keys[a], keys[b], float(r[a, b])) for a, b in zip(first, second, strict=True)]
    return tuple(sorted(pairs, key=lambda pair: (-abs(pair[2]), pair[:2])))


def effective_weights(settings: Stage1Settings, correlated: tuple[tuple[str, str, float], ...]) -> pd.Series:
    """What each criterion counts: 1, or its weight with the logic `weighted`.

    Criteria tied together by correlation (directly or through others) count as one: each its share of 1.
    """
    keys = [c.key for c in settings.criteria]
    weights = pd.Series([c.weight if settings.logic == "weighted" else 1.0 for c in settings.criteria], keys)
    if not settings.correlated_once or settings.logic == "all" or not correlated:
        return weights
    leader = {key: key for key in keys}

    def lead(key: str) -> str:
        while leader[key] != key:
            key = leader[key]
        return key

    for a, b, _ in (pair for pair in correlated if pair[0] in leader and pair[1] in leader):
        leader[lead(b)] = lead(a)
    together = pd.Series({key: lead(key) for key in keys})
    return weights / together.map(together.value_counts())


def passes(pattern: pd.DataFrame, outside: np.ndarray, settings: Stage1Settings) -> np.ndarray:
    """Towns that fulfil the rule (bool); required criteria are a step of their own."""
    if settings.logic == "all":
        return (pattern != 0).all(axis=1).to_numpy()
    return outside >= settings.at_least - 10.0**-core.DECIMALS


def _funnel(data, values, pattern, outside, beyond, settings) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    index = values.index
    left = np.ones(len(index), dtype=bool)
    steps = [Step("towns", len(index), ())]

    def keep(step: str, good: np.ndarray) -> None:
        nonlocal left
        lost = left & ~good
        left = left & good
        steps.append(Step(step, int(left.sum()), tuple(index[lost])))

    if settings.surroundings_km is not None:
        far = data.towns["distance_grossstadt_km"].to_numpy(dtype=float)
        keep("surroundings", ~(far <= settings.surroundings_km))
    if settings.excluded:
        keep("excluded", ~index.isin([unit_id for unit_id, _ in settings.excluded]))
    if settings.group == "cluster":
        keep("cluster", data.towns["cluster"].notna().to_numpy())
    keep("gaps", core.enough_present(values.to_numpy(), settings.required_share))
    required = [c.key for c in settings.criteria if c.is_required]
    if required:
        keep("required", (pattern[required] != 0).all(axis=1).to_numpy())
    keep("rule", passes(pattern, outside, settings))
    if settings.per_group is not None:
        groups = None
        if settings.group:
            column = data.towns[_GROUP_COLUMNS[settings.group]]
            groups = pd.factorize(column, sort=False)[0]
        keep("target", core.pick_per_group(outside, beyond, settings.per_group, groups, left))
    return tuple(steps), tuple(index[left])
