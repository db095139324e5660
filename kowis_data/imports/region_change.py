"""From successors of municipalities to successors of units, counties and states.

A region as a whole lives on in another one only if all its members went there. Values of such regions can be carried
directly; a region that lost or won members from elsewhere can only be summed up anew from its municipalities.
"""

from __future__ import annotations

import pandas as pd

PARENT = {"unit": "unit_id", "county": "county_id", "state": "state_id"}
COLUMNS = ["level", "old_key", "new_key", "share"]


def region_changes(old: pd.DataFrame, new: pd.DataFrame, successors: pd.DataFrame) -> pd.DataFrame:
    """Where the values of each region may go.

    Parameters
    ----------
    old, new : municipalities of both registers with `ags, unit_id, county_id, state_id`.
    successors : `old_key, new_key, share` of municipalities.

    Returns
    -------
    `level, old_key, new_key, share`. Municipalities: as in `successors`. Above: one row per old region that went
    whole into a new one made of nothing but whole old regions; the others have no row.
    """
    tables = [successors.assign(level="municipality")[COLUMNS]]
    for level, parent in PARENT.items():
        members = old[["ags", parent]].merge(successors, how="left", left_on="ags", right_on="old_key")
        members["after"] = members["new_key"].map(new.set_index("ags")[parent])
        members = members.dropna(subset=parent)
        members["is_gap"] = members["after"].isna()
        targets = members.groupby(parent).agg(
            targets=("after", "nunique"), after=("after", "first"), has_gap=("is_gap", "any")
        )
        whole = targets[(targets["targets"] == 1) & ~targets["has_gap"]]
        # New regions that took in a part of a divided one, or a municipality that comes from nowhere.
        from_parts = set(members.loc[~members[parent].isin(whole.index), "after"].dropna())
        from_nowhere = set(new.loc[~new["ags"].isin(successors["new_key"]), parent].dropna())
        whole = whole[~whole["after"].isin(from_parts | from_nowhere)]
        tables.append(
            pd.DataFrame({"level": level, "old_key": whole.index, "new_key": whole["after"], "share": 1.0})[COLUMNS]
        )
    return pd.concat(tables, ignore_index=True)


def drawn_with(old: pd.DataFrame, new: pd.DataFrame, successors: pd.DataFrame) -> tuple[dict[str, str], list[tuple]]:
    """Unit that takes over the polygon of each old unit, and the parts that are drawn with the wrong one.

    There are no polygons of municipalities: an old unit's polygon goes whole to the unit that took most of its area.

    Returns
    -------
    Old unit → new unit; and (AGS, unit it belongs to, unit it is drawn with) for the other municipalities.
    """
    parts = successors.merge(old[["ags", "unit_id", "area_km2"]], left_on="old_key", right_on="ags")
    parts = parts.merge(new[["ags", "unit_id"]], left_on="new_key", right_on="ags", suffixes=("", "_new"))
    parts["area_km2"] *= parts["share"]
    by_pair = parts.groupby(["unit_id", "unit_id_new"], as_index=False)["area_km2"].sum()
    by_pair = by_pair.sort_values(["area_km2", "unit_id_new"], ascending=[False, True]).drop_duplicates("unit_id")
    owner = dict(zip(by_pair["unit_id"], by_pair["unit_id_new"], strict=True))
    strays = parts[parts["unit_id"].map(owner) != parts["unit_id_new"]]
    listed = zip(strays["new_key"], strays["unit_id_new"], strays["unit_id"].map(owner), strict=True)
    return owner, sorted(set(listed))
