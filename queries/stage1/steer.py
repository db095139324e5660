"""What the settings do: how many remain by k and by band, what each criterion cuts, and how to reach a target."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from queries.stage1.criterion import CATEGORY
from queries.stage1.run import Stage1Result, bounds, effective_weights, outside_pattern, passes, run
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import NotPossible, Stage1Data

# Widths of the middle range that are tried, in steps of a tenth of a percent.
_WIDTHS = np.round(np.arange(0, 1000) / 1000, 3)


@dataclass(frozen=True)
class Target:
    """A way to the wanted number of towns: the settings that reach it, what changed (German), how many remain."""

    settings: Stage1Settings
    change: str
    remaining: int
    is_exact: bool


def _ready(data: Stage1Data, result: Stage1Result, settings: Stage1Settings) -> np.ndarray:
    """Towns that come as far as the rule (bool): every step of the funnel but the rule and the target."""
    lost = {unit_id for step in result.funnel if step.step not in ("rule", "target") for unit_id in step.lost}
    return ~result.values.index.isin(list(lost))


def survivors_by_k(data: Stage1Data, result: Stage1Result, settings: Stage1Settings) -> pd.Series:
    """Towns that remain before the target when k is 0, 1, … (index k)."""
    ready = _ready(data, result, settings)
    outside = result.outside.to_numpy()[ready]
    highest = int(np.floor(result.most + 1e-9))
    return pd.Series({k: int((outside >= k - 1e-9).sum()) for k in range(highest + 1)}, dtype=int)


def survivors_by_width(
    data: Stage1Data, result: Stage1Result, settings: Stage1Settings, widths: np.ndarray | None = None
) -> pd.Series:
    """Towns that remain before the target when the middle range of every quantile criterion has this width (0–1)."""
    widths = np.arange(0, 96, 5) / 100 if widths is None else widths
    counts = {float(width): int(_remaining_at(data, result, settings, float(width)).sum()) for width in widths}
    return pd.Series(counts, dtype=int)


def _remaining_at(data: Stage1Data, result: Stage1Result, settings: Stage1Settings, width: float) -> np.ndarray:
    low, high = bounds(data, result.values, settings, width)
    pattern = outside_pattern(result.values, low, high, settings)
    outside = np.round((pattern != 0).to_numpy() @ result.weights.to_numpy(), 9)
    good = passes(pattern, outside, settings)
    lost = {u for step in result.funnel if step.step not in ("rule", "target", "required") for u in step.lost}
    required = [c.key for c in settings.criteria if c.is_required]
    if required:
        good &= (pattern[required] != 0).all(axis=1).to_numpy()
    return good & ~result.values.index.isin(list(lost))


def cuts(data: Stage1Data, result: Stage1Result, settings: Stage1Settings) -> pd.DataFrame:
    """What each criterion does: index key; `outside` and `inside` (towns to choose from), `missing`, and
    `without` = towns that would remain before the target if the criterion were not there (k unchanged).
    """
    lost = {u for step in result.funnel if step.step in ("surroundings", "excluded", "cluster") for u in step.lost}
    ready = ~result.values.index.isin(list(lost))
    outside, missing = (result.pattern != 0).to_numpy()[ready], result.values.isna().to_numpy()[ready]
    rows = {}
    for position, criterion in enumerate(settings.criteria):
        rows[criterion.key] = {
            "outside": int(outside[:, position].sum()),
            "inside": int((~outside[:, position] & ~missing[:, position]).sum()),
            "missing": int(missing[:, position].sum()),
            "without": _without(result, settings, position, outside, missing),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _without(
    result: Stage1Result, settings: Stage1Settings, position: int, outside: np.ndarray, missing: np.ndarray
) -> float:
    """Towns that the rule leaves when one criterion is left out; bounds of the others do not depend on it."""
    kept = [p for p in range(len(settings.criteria)) if p != position]
    if not kept:
        return np.nan
    reduced = replace(settings, criteria=tuple(settings.criteria[p] for p in kept))
    weights = effective_weights(reduced, result.correlated).to_numpy()
    part = outside[:, kept]
    enough = (~missing[:, kept]).sum(axis=1) >= np.ceil(settings.required_share * len(kept) - 1e-9)
    required = [number for number, c in enumerate(reduced.criteria) if c.is_required]
    good = part.all(axis=1) if settings.logic == "all" else np.round(part @ weights, 9) >= settings.at_least - 1e-9
    return int((good & enough & part[:, required].all(axis=1)).sum())


def reach(data: Stage1Data, settings: Stage1Settings, target: int, how: str) -> Target:
    """Settings that leave `target` towns (within each group where a group is set).

    `how`: `ranking` keeps those with the most criteria outside (always exact where there are enough towns); `width`
    solves for the width of the middle range, one for all quantile criteria; `k` for the number of criteria. Where
    `width` or `k` cannot hit the number, the narrowest choice that leaves more is taken and said so.

    Raises
    ------
    NotPossible : fewer towns than the target come as far as the rule.
    """
    plain = replace(settings, per_group=None)
    result = run(data, plain)
    if how == "ranking":
        changed = replace(settings, per_group=target)
        remaining = len(run(data, changed).remaining)
        groups = 1 if settings.group is None else data.towns.loc[list(result.remaining)][_column(settings)].nunique()
        each = " je Gruppe" if settings.group else ""
        return Target(
            changed, f"Es bleiben die {target} kontrastreichsten{each}.", remaining, remaining == target * groups
        )
    if settings.group:
        raise NotPossible(
            "Mit einer Zahl je Gruppe lässt sich nur über die Rangfolge auf das Ziel kommen.",
            "„Rangfolge“ wählen oder die Gruppen abschalten.",
        )
    if how == "k":
        counts = survivors_by_k(data, result, plain)
        good = counts[counts >= target]
        if good.empty or settings.logic == "all":
            raise _too_few(target, int(counts.max()))
        k = int(good.index.max())
        return Target(
            replace(plain, at_least=float(k)), f"Mindestens {k} Kriterien außerhalb.", int(good[k]), good[k] == target
        )
    if not any(c.kind != CATEGORY and c.band == "quantile" for c in settings.criteria):
        raise NotPossible(
            "Kein Kriterium hat einen mittleren Bereich als Anteil, dessen Breite sich suchen ließe.",
            "„Rangfolge“ oder „Zahl der Kriterien“ wählen.",
        )
    width, left = _width_for(data, result, plain, target)
    criteria = tuple(
        replace(c, lower=round((1 - width) / 2, 4), upper=round((1 + width) / 2, 4))
        if c.kind != CATEGORY and c.band == "quantile"
        else c
        for c in plain.criteria
    )
    changed = replace(plain, criteria=criteria)
    words = f"{100 * width:.1f}".replace(".", ",")
    return Target(changed, f"Mittlerer Bereich: {words} % bei allen Kriterien mit Anteilen.", left, left == target)


def _width_for(data: Stage1Data, result: Stage1Result, settings: Stage1Settings, target: int) -> tuple[float, int]:
    """Widest middle range that still leaves `target` towns: a wider one never leaves more, so bisection finds it."""
    first = int(_remaining_at(data, result, settings, float(_WIDTHS[0])).sum())
    if first < target:
        raise _too_few(target, first)
    low, high = 0, len(_WIDTHS) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _remaining_at(data, result, settings, float(_WIDTHS[middle])).sum() >= target:
            low = middle
        else:
            high = middle - 1
    width = float(_WIDTHS[low])
    return width, int(_remaining_at(data, result, settings, width).sum())


def _too_few(target: int, most: int) -> NotPossible:
    return NotPossible(
        f"So weit kommen höchstens {most} Städte; {target} lassen sich nicht erreichen.",
        "Die Filter lockern, weniger Kriterien verlangen oder ein kleineres Ziel wählen.",
    )


def _column(settings: Stage1Settings) -> str:
    return {"cluster": "cluster", "state": "state_id", "town_type": "town_type"}[settings.group]
