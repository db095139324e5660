"""Robustness of a project's selection: its settings as the variations need them, and the outcome as plain data.

The variations of `queries.robustness` repeat both stages in a simpler form (limits within the groups, the largest
smallest distance as the aim); what is simplified for a project is said in `Prepared.remarks`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, comb

import duckdb
import pandas as pd

from queries import indicators, robustness
from queries.case_selection.settings import Stage2Settings, usual_weights
from queries.robustness import MOST_SETS, Selection, Settings
from queries.selection_base import SelectionBase
from queries.stage1.criterion import CATEGORY, Criterion
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import read

# Criteria that are also tried with another period.
MOST_PERIODS = 12
# Towns that remain more rarely are not kept.
LEAST_SHARE = 0.01
_BY_HAND = ("surroundings", "excluded", "required")


def mark_of(data: dict, stage1: Stage1Settings, stage2: Stage2Settings, declined: tuple[str, ...]) -> str:
    """Key of what a calculation rests on (16 hexadecimal digits); `data` as `queries.data_version.facts`."""
    parts = [data, stage1.as_dict(), stage2.as_dict(), declined]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


class TooLarge(ValueError):
    """Too many sets for many repetitions, or none at all, told in German."""


@dataclass(frozen=True)
class Prepared:
    """A project ready for the variations: values, settings, other periods by German name, what is simplified."""

    selection: Selection
    settings: Settings
    periods: dict[str, Selection]
    titles: dict[str, str]
    remarks: tuple[str, ...]


def prepare(
    con: duckdb.DuckDBPyConnection, base: SelectionBase, stage2: Stage2Settings, declined: tuple[str, ...] = ()
) -> Prepared:
    """Values and settings of a project for `run`. Raises TooLarge where every repetition would take too long."""
    stage1, result = base.settings, base.result
    metric = [c for c in stage1.criteria if c.kind != CATEGORY]
    keys = [c.key for c in metric]
    values = result.values[keys]
    groups = result.groups
    parts = 1 if groups is None else int(groups.dropna().nunique())
    per_group = stage1.per_group or max(1, ceil(len(result.remaining) / parts))
    if comb(per_group * parts, stage2.size) > MOST_SETS:
        raise TooLarge(
            f"{per_group * parts} Städte nach Stufe 1 und {stage2.size} in der Endauswahl ergeben mehr als "
            f"{MOST_SETS:,} Mengen, zu viele für viele Wiederholungen. ".replace(",", ".")
            + "Lassen Sie Stufe 1 weniger Städte übrig (zum Beispiel 16), dann lässt sich die Robustheit rechnen."
        )
    bands = [_quantiles(c, values[c.key]) for c in metric]
    by_hand = {unit_id for step in result.funnel if step.step in _BY_HAND for unit_id in step.lost}
    settings = Settings(
        lower=tuple(low for low, _ in bands),
        upper=tuple(high for _, high in bands),
        weights=tuple(usual_weights(stage1, result)[keys].tolist()),
        normalisation=stage2.normalisation,
        per_group=per_group,
        size=stage2.size,
        one_per_group=stage2.one_per_cluster and stage1.group == "cluster" and stage2.size == parts,
        excluded=tuple(sorted({*by_hand, *stage2.fixed_out, *declined})),
    )
    periods = {
        name: Selection(other[keys], groups) for name, other in _other_periods(con, base, metric, values).items()
    }
    selection = Selection(values, groups)
    if len(selection.run(settings).final) < settings.size:
        raise TooLarge(
            f"Nach Stufe 1 bleiben zu wenige Städte für eine Endauswahl von {settings.size}; es gibt noch nichts zu "
            "prüfen. Lockern Sie Stufe 1 oder verkleinern Sie die Endauswahl."
        )
    return Prepared(selection, settings, periods, base.titles, _remarks(base, stage2, settings))


def _quantiles(criterion: Criterion, values: pd.Series) -> tuple[float, float]:
    """The middle range as quantiles: own limits by the share of towns below them, a side that does not count open."""
    if criterion.band == "quantile":
        low, high = criterion.lower, criterion.upper
    else:
        present = values.dropna()
        low = 0.0 if criterion.lower is None else float((present < criterion.lower).mean())
        high = 1.0 if criterion.upper is None else float((present <= criterion.upper).mean())
    return (0.0 if criterion.side == "high" else low), (1.0 if criterion.side == "low" else high)


def _other_periods(
    con: duckdb.DuckDBPyConnection, base: SelectionBase, metric: list[Criterion], values: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Values with one criterion in its next best period, by German name; periods with many gaps are passed over."""
    found = {}
    for criterion in metric:
        periods = [p for p in indicators.periods(con, criterion.key)["period"] if p != criterion.period]
        if not periods or len(found) == MOST_PERIODS:
            continue
        asked = replace(base.settings, criteria=(replace(criterion, period=periods[0], relative_to="all"),))
        column = read(con, asked).values[criterion.key].reindex(values.index)
        if column.notna().sum() >= 0.5 * values[criterion.key].notna().sum():
            found[f"{base.titles[criterion.key]} ({periods[0]} statt {criterion.period})"] = values.assign(
                **{criterion.key: column}
            )
    return found


def _remarks(base: SelectionBase, stage2: Stage2Settings, settings: Settings) -> tuple[str, ...]:
    stage1, said = base.settings, []
    if any(c.kind == CATEGORY for c in stage1.criteria):
        said.append("Kriterien aus Kategorien werden nicht variiert und zählen hier nicht mit.")
    if stage1.per_group is None:
        said.append(f"Stufe 1 behält in jeder Wiederholung die {settings.per_group} kontrastreichsten (je Gruppe).")
    banded = [c for c in stage1.criteria if c.kind != CATEGORY and c.band == "quantile"]
    if any(c.relative_to != (stage1.group or "all") for c in banded):
        said.append("Der mittlere Bereich gilt hier einheitlich innerhalb der Gruppen der Stufe 1.")
    if any(c.kind != CATEGORY and c.band == "limits" for c in stage1.criteria):
        said.append("Eigene Grenzen gelten hier als Anteile der Städte, die unter oder über ihnen liegen.")
    if stage2.objective != "max_min" or stage2.method != "euclidean":
        said.append("Die Endauswahl sucht hier stets den größten kleinsten euklidischen Abstand.")
    if stage2.weights or stage2.criteria is not None:
        said.append("Beide Stufen nutzen hier die Kriterien und Gewichte der Stufe 1.")
    limits = stage2.at_most_one_per_state or stage2.minimum_km or stage2.town_types or stage2.fixed_in
    if limits or stage2.only_willing or (stage2.one_per_cluster and not settings.one_per_group):
        kept = "„je Cluster eine“ und " if settings.one_per_group else ""
        said.append(f"Von den Vorgaben gelten hier nur {kept}ausgeschlossene Städte.")
    return tuple(said)


def run(prepared: Prepared, rounds: int, seed: int, tell: Callable[[float, str], None] = lambda s, w: None) -> dict:
    """Both kinds of variation as plain data for a project file.

    Keys: rounds, seed, remarks, base (remaining, final), one_at_a_time (kind, choice, title, change, remaining_kept,
    final_kept, final_new, final_lost), towns (unit_id, remaining_share, final_share, base_remaining, base_final),
    kept_share, same_share, tipping (kind, choice, title, effect).
    """
    tell(0.0, "Eine Festlegung nach der anderen")
    selection, settings = prepared.selection, prepared.settings
    base = selection.run(settings)
    alone = robustness.one_at_a_time(selection, settings, prepared.periods)
    together = robustness.monte_carlo(
        selection, settings, rounds, seed, lambda share: tell(0.05 + 0.95 * share, f"{rounds} Wiederholungen")
    )
    titles = prepared.titles

    def title(choice: str) -> str:
        return titles.get(choice, robustness.NORMALISATIONS.get(choice, choice))

    rows = alone.drop(columns=["remaining_new", "final"]).to_dict("records")
    return {
        "rounds": rounds,
        "seed": seed,
        "remarks": list(prepared.remarks),
        "base": {"remaining": list(base.remaining), "final": list(base.final)},
        "one_at_a_time": [
            row
            | {
                "title": title(row["choice"]),
                "final_new": list(row["final_new"]),
                "final_lost": list(row["final_lost"]),
            }
            for row in rows
        ],
        "towns": [
            {
                "unit_id": str(town.Index),
                "remaining_share": float(town.remaining_share),
                "final_share": float(town.final_share),
                "base_remaining": bool(town.base_remaining),
                "base_final": bool(town.base_final),
            }
            for town in together.towns.itertuples()
            if town.base_remaining or town.remaining_share >= LEAST_SHARE
        ],
        "kept_share": together.kept_share,
        "same_share": together.same_share,
        "tipping": [row | {"title": title(row["choice"])} for row in together.tipping.to_dict("records")],
    }
