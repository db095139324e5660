"""Stage 1 of the case selection: towns in the middle range are left out, contrasting ones remain.

A first version on any own indicators of the towns: a quantile band per criterion is the middle range, a town
remains if it lies outside on at least k criteria. The criteria are a reconstruction; the study does not publish
its own. Reference for extreme and diverse cases: Seawright & Gerring (2008), Political Research Quarterly 61(2).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from queries.indicators import Indicator
from queries.town_filter import TownFilter

# A town needs values on at least this share of the criteria.
REQUIRED_SHARE_PRESENT = 0.8
# Two criteria correlated more strongly than this say nearly the same.
CORRELATION_LIMIT = 0.7


@dataclass(frozen=True)
class Criterion:
    """One contrast criterion: an indicator, its period, and the quantiles that bound the middle range (0–1)."""

    indicator: Indicator
    period: str
    lower: float = 0.25
    upper: float = 0.75


@dataclass(frozen=True)
class Stage1:
    """Result of stage 1.

    Attributes
    ----------
    towns : one row per town of the population, index unit_id: `present` and `outside` (numbers of criteria) and
        `remains`, `dropped_for_gaps`.
    values : towns × criteria, NaN = missing.
    pattern : towns × criteria, +1 above, −1 below, 0 inside the middle range or missing.
    limits : criteria × (`low`, `high`), the bounds of the middle range in the indicator's unit.
    survivors : number of remaining towns by k = 0 … number of criteria.
    """

    towns: pd.DataFrame
    values: pd.DataFrame
    pattern: pd.DataFrame
    limits: pd.DataFrame
    survivors: pd.Series

    @property
    def remaining(self) -> pd.Index:
        return self.towns.index[self.towns["remains"]]


def criterion_values(
    con: duckdb.DuckDBPyConnection, criteria: tuple[Criterion, ...], towns: TownFilter
) -> pd.DataFrame:
    """Values of the criteria for the towns of a filter: index unit_id (sorted), one column per criterion.

    Raises ValueError for a county value: it would select counties, not towns.
    """
    condition, parameters = towns.sql()
    county = [c.indicator.title for c in criteria if c.indicator.is_county_context]
    if county:
        raise ValueError("Kreiswerte wählen Kreise aus, nicht Städte: " + ", ".join(county))
    frame = con.execute(
        f"""
        SELECT u.unit_id, c.indicator_id, o.value
        FROM small_town u
        CROSS JOIN (SELECT unnest($indicators) AS indicator_id, unnest($periods) AS period) c
        LEFT JOIN best_observation o ON o.level = 'unit' AND o.region_id = u.unit_id
            AND o.indicator_id = c.indicator_id AND o.period = c.period
        WHERE {condition}
        """,
        {
            "indicators": [c.indicator.indicator_id for c in criteria],
            "periods": [c.period for c in criteria],
            **parameters,
        },
    ).df()
    wide = frame.pivot(index="unit_id", columns="indicator_id", values="value").sort_index()
    return wide.reindex(columns=[c.indicator.indicator_id for c in criteria]).astype(float)


def stage1(values: pd.DataFrame, criteria: tuple[Criterion, ...], at_least: int) -> Stage1:
    """Which towns remain when they must lie outside the middle range on `at_least` criteria.

    A missing value is no contrast; a town with values on fewer than 80 % of the criteria is left out and counted.
    """
    low = pd.Series({c.indicator.indicator_id: values[c.indicator.indicator_id].quantile(c.lower) for c in criteria})
    high = pd.Series({c.indicator.indicator_id: values[c.indicator.indicator_id].quantile(c.upper) for c in criteria})
    pattern = (values > high).astype(int) - (values < low).astype(int)
    towns = pd.DataFrame(
        {"present": values.notna().sum(axis=1), "outside": (pattern != 0).sum(axis=1)}, index=values.index
    )
    enough = towns["present"] >= np.ceil(REQUIRED_SHARE_PRESENT * len(criteria) - 1e-9)
    towns["dropped_for_gaps"] = ~enough
    towns["remains"] = enough & (towns["outside"] >= at_least)
    survivors = pd.Series(
        {k: int((enough & (towns["outside"] >= k)).sum()) for k in range(len(criteria) + 1)}, dtype=int
    )
    return Stage1(towns, values, pattern, pd.DataFrame({"low": low, "high": high}), survivors)


def correlated_pairs(values: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Pairs of criteria with |r| (Pearson) above the limit: (first, second, r), strongest first."""
    if values.shape[1] < 2:
        return []
    r = values.corr()
    pairs = [
        (a, b, float(r.loc[a, b]))
        for i, a in enumerate(r.columns)
        for b in r.columns[i + 1 :]
        if abs(r.loc[a, b]) > CORRELATION_LIMIT
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))
