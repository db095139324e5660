"""Where a set contrasts and where it does not; how it spreads over attributes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from queries.case_selection.distance import Distances

# Members that span less than this share of the candidates' range hardly differ on a criterion.
LITTLE_CONTRAST = 0.25


def criterion_ranges(values: pd.DataFrame, members: Sequence[str]) -> pd.DataFrame:
    """Per criterion how far the members spread among the candidates.

    Columns: `lowest`, `highest` (values of the members), `lowest_unit`, `highest_unit`, `range_share` (their range /
    range of all candidates, NaN if constant or fewer than two members have a value), `missing` (members without a
    value), `contrasts` (range_share at least a quarter). Sorted by falling range_share.
    """
    rows = []
    for name in values.columns:
        column, chosen = values[name].dropna(), values.loc[list(members), name]
        present = chosen.dropna().sort_index()
        span = float(column.max() - column.min()) if len(column) else 0.0
        share = float(present.max() - present.min()) / span if span > 0 and len(present) > 1 else np.nan
        some = len(present) > 0
        rows.append(
            {
                "lowest": float(present.min()) if some else np.nan,
                "highest": float(present.max()) if some else np.nan,
                "lowest_unit": present.idxmin() if some else None,
                "highest_unit": present.idxmax() if some else None,
                "range_share": share,
                "missing": int(chosen.isna().sum()),
                "contrasts": bool(share >= LITTLE_CONTRAST),
            }
        )
    frame = pd.DataFrame(rows, index=pd.Index(values.columns, name="criterion"))
    return frame.sort_values("range_share", ascending=False, kind="stable", na_position="last")


def pair_matrix(distances: Distances, members: Sequence[str]) -> pd.DataFrame:
    """Distances between the members, members × members, in the given order."""
    return distances.frame.loc[list(members), list(members)]


def pair_contributions(scaled: pd.DataFrame, first: str, second: str) -> pd.Series:
    """Share of each criterion in the squared Euclidean distance of two towns, sorted; sums to 1 (or all 0)."""
    squared = (scaled.loc[first] - scaled.loc[second]).fillna(0.0) ** 2
    total = float(squared.sum())
    return (squared / total if total > 0 else squared).sort_values(ascending=False, kind="stable")


def spread_table(attributes: pd.DataFrame, members: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """How members and candidates spread over the values of attributes.

    Columns: `attribute`, `value` (text; missing as None), `members`, `candidates`; every value found among the
    candidates is a row, so that what is not represented shows as 0.
    """
    chosen = attributes.index.isin(list(members))
    rows = []
    for name in columns:
        column = attributes[name]
        for value in [*sorted(column.dropna().unique()), *([None] if column.isna().any() else [])]:
            here = column.isna() if value is None else column == value
            rows.append((name, value, int((here & chosen).sum()), int(here.sum())))
    return pd.DataFrame(rows, columns=["attribute", "value", "members", "candidates"])
