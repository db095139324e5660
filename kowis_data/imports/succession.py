"""What became of today's municipalities in a newer register: who succeeds whom, found from the registers alone.

The first of these rules that gives one answer applies:

1. the key is still there;
2. an imported official crosswalk leads to keys of the new register;
3. renumbered: the name is the same (and unique) in the state or in the county that took the place of the old one;
4. merged: in the same or a neighbouring unit exactly one municipality is new or grew by just the area of the
   municipalities that are gone.

What none of them answers stays without a successor and is reported. A municipality that was divided has one only
where the crosswalk says so.
"""

from __future__ import annotations

from itertools import combinations

import pandas as pd

SAME = "gleicher Schlüssel"
CROSSWALK = "amtlicher Umsteigeschlüssel"
RENUMBERED = "gleicher Name, neuer Schlüssel"
MERGED = "Fläche ging in einer Gemeinde auf"

# Areas in a register are rounded to hectares and surveyed anew now and then.
AREA_TOLERANCE_KM2, AREA_TOLERANCE_SHARE = 0.05, 0.003
# A renumbered municipality has at least this part of its former area.
KEPT_AREA_SHARE = 0.88
# More municipalities than this are not tried in every combination, only all together and by unit.
MOST_COMBINED = 12

COLUMNS = ["old_key", "new_key", "share", "method"]


def find_successors(
    old: pd.DataFrame, new: pd.DataFrame, walked: dict[str, dict[str, float]], neighbours: dict[str, set[str]]
) -> pd.DataFrame:
    """Successors of the municipalities of the old register.

    Parameters
    ----------
    old, new : municipalities of both registers: `ags, name, unit_id, county_id, state_id, area_km2`.
    walked : where imported crosswalks lead for keys that are gone: key → {key: share of the population}.
    neighbours : units of the old register that border on each of its units.

    Returns
    -------
    `old_key, new_key, share, method`; the shares of an old key add up to 1; keys without a successor are left out.
    """
    known = set(new["ags"])
    rows = [(ags, ags, 1.0, SAME) for ags in old["ags"] if ags in known]
    gone = old[~old["ags"].isin(known)]
    for ags in gone["ags"]:
        shares = walked.get(ags, {})
        if shares and all(key in known for key in shares):
            rows += [(ags, key, share, CROSSWALK) for key, share in shares.items()]
    rows += [(a, b, 1.0, RENUMBERED) for a, b in _renumbered(old, new, rows)]
    rows += [(a, b, 1.0, MERGED) for a, b in _merged(old, new, rows, neighbours)]
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["old_key", "new_key"], ignore_index=True)


def by_most_members(members: pd.DataFrame, old: str, new: str) -> dict[str, str]:
    """For each old region the new one that most of its members went to; `members` has both as columns."""
    counted = members.dropna(subset=[old, new]).groupby([old, new]).size().reset_index(name="members")
    counted = counted.sort_values(["members", new], ascending=[False, True]).drop_duplicates(old)
    return dict(zip(counted[old], counted[new], strict=True))


def _renumbered(old: pd.DataFrame, new: pd.DataFrame, rows: list[tuple]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    former, following = _simple(old), _simple(new)
    for rule in ("number", "state", "county"):
        done = {row[0] for row in rows} | {a for a, _ in found}
        taken = {row[1] for row in rows if row[3] == SAME} | {b for _, b in found}
        left, right = former[~former["ags"].isin(done)], following[~following["ags"].isin(taken)]
        left, right = left.assign(place=left["state_id"]), right.assign(place=right["state_id"])
        if rule == "number":
            left, right = (part.assign(place=part["place"] + part["ags"].str[5:]) for part in (left, right))
        elif rule == "county":
            pairs = pd.DataFrame([row[:2] for row in rows] + found, columns=["old_key", "new_key"])
            pairs = pairs.assign(was=pairs["old_key"].str[:5], now=pairs["new_key"].str[:5])
            left = left.assign(place=left["ags"].str[:5].map(by_most_members(pairs, "was", "now")))
            right = right.assign(place=right["ags"].str[:5])
        on = ["place", "simple_name"]
        left, right = (part[~part.duplicated(on, keep=False)] for part in (left, right))
        both = left.dropna(subset="place").merge(right, on=on, suffixes=("_old", "_new"))
        both = both[both["area_km2_new"] >= KEPT_AREA_SHARE * both["area_km2_old"]]
        found += list(zip(both["ags_old"], both["ags_new"], strict=True))
    return found


def _simple(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(simple_name=["".join(name.split(",")[0].casefold().split()) for name in table["name"]])


def _merged(
    old: pd.DataFrame, new: pd.DataFrame, rows: list[tuple], neighbours: dict[str, set[str]]
) -> list[tuple[str, str]]:
    area, unit = dict(zip(old["ags"], old["area_km2"], strict=True)), dict(zip(old["ags"], old["unit_id"], strict=True))
    new_unit = dict(zip(new["ags"], new["unit_id"], strict=True))
    gain = dict(zip(new["ags"], new["area_km2"], strict=True))
    for a, b, share, _ in rows:
        gain[b] -= share * area[a]
    pairs = pd.DataFrame([(unit[a], new_unit[b]) for a, b, *_ in rows], columns=["was", "now"])
    unit_now = by_most_members(pairs, "was", "now")
    in_unit = new.groupby("unit_id")["ags"].agg(list).to_dict()
    done = {row[0] for row in rows}
    pieces = [ags for ags in old["ags"] if ags not in done]
    fresh = new[~new["ags"].isin({row[1] for row in rows})]
    beside: dict[str, list[str]] = {}
    for piece in pieces:
        around = {unit[piece], *neighbours.get(unit[piece], set())}
        # A unit may keep its key, take another, or be new under its old name's number.
        units = around | {unit_now[key] for key in around if key in unit_now}
        beside[piece] = [ags for key in units for ags in in_unit.get(key, []) if gain[ags] >= area[piece] - 1]
        beside[piece] += list(fresh.loc[fresh["ags"].str[:5] == piece[:5], "ags"])
    found: list[tuple[str, str]] = []
    while pieces:
        answers: dict[frozenset, set[str]] = {}
        for target in sorted({ags for piece in pieces for ags in beside[piece]}):
            near = [piece for piece in pieces if target in beside[piece]]
            for group in _groups(near, unit):
                wanted = sum(area[piece] for piece in group)
                if abs(gain[target] - wanted) <= max(
                    AREA_TOLERANCE_KM2 * len(group), AREA_TOLERANCE_SHARE * abs(gain[target])
                ):
                    answers.setdefault(frozenset(group), set()).add(target)
        sure = [
            (group, next(iter(targets)))
            for group, targets in answers.items()
            if len(targets) == 1
            and not any(other != group and (other & group or targets & answers[other]) for other in answers)
        ]
        if not sure:
            break
        for group, target in sure:
            found += [(piece, target) for piece in sorted(group)]
            gain[target] -= sum(area[piece] for piece in group)
        placed = {piece for piece, _ in found}
        pieces = [piece for piece in pieces if piece not in placed]
    return found


def _groups(pieces: list[str], unit: dict[str, str]) -> list[tuple[str, ...]]:
    """Sets of pieces that may have gone into one municipality."""
    if len(pieces) <= MOST_COMBINED:
        return [group for size in range(1, len(pieces) + 1) for group in combinations(pieces, size)]
    by_unit: dict[str, list[str]] = {}
    for piece in pieces:
        by_unit.setdefault(unit[piece], []).append(piece)
    return list({tuple(pieces), *(tuple(group) for group in by_unit.values())})
