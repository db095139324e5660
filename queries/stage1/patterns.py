"""The patterns of high and low as a truth table (Ragin 1987): which combinations exist, which do not."""

from __future__ import annotations

from itertools import product

import pandas as pd

from queries.stage1.run import Stage1Result

MOST_CRITERIA = 5
SIGNS = {1: "hoch", -1: "niedrig", 0: "mittel"}


def truth_table(result: Stage1Result, keys: tuple[str, ...], unit_ids: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Every combination of high and low on up to five criteria, with the towns that show it.

    Combinations with a middle value follow where a town has them. Without `unit_ids` the towns that remain count.

    Returns one row per combination: a column per key (1 high, −1 low, 0 middle), `towns` (tuple of unit ids) and
    `count`; cells without a town have 0.

    Raises ValueError for no criterion or more than five.
    """
    if not 1 <= len(keys) <= MOST_CRITERIA:
        raise ValueError(f"between 1 and {MOST_CRITERIA} criteria")
    chosen = result.pattern.loc[list(result.remaining if unit_ids is None else unit_ids), list(keys)]
    by_cell: dict[tuple[int, ...], list[str]] = {}
    for unit_id, *signs in chosen.itertuples(name=None):
        by_cell.setdefault(tuple(int(sign) for sign in signs), []).append(unit_id)
    poles = [cell for cell in product((1, -1), repeat=len(keys))]
    mixed = sorted((cell for cell in by_cell if 0 in cell), key=lambda cell: (cell.count(0), [-s for s in cell]))
    rows = [
        {
            **dict(zip(keys, cell, strict=True)),
            "towns": tuple(by_cell.get(cell, ())),
            "count": len(by_cell.get(cell, ())),
        }
        for cell in [*poles, *mixed]
    ]
    return pd.DataFrame(rows)


def contrasts(result: Stage1Result, unit_id: str) -> pd.DataFrame:
    """What makes one town contrast: criteria outside the middle range, strongest first.

    Index key; sign (1 high, −1 low), value, low, high, scaled (standard deviations from the mean).
    """
    frame = pd.DataFrame(
        {
            "sign": result.pattern.loc[unit_id],
            "value": result.values.loc[unit_id],
            "low": result.low.loc[unit_id],
            "high": result.high.loc[unit_id],
            "scaled": result.scaled.loc[unit_id],
        }
    )
    frame = frame[frame["sign"] != 0]
    return frame.loc[frame["scaled"].abs().sort_values(ascending=False, kind="stable").index]
