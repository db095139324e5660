"""Statistical secrecy of tables about companies: what may be shown so that no single company can be worked out.

Primary secrecy is the rule of the macro `is_secret` in kowis_data/sql/views.sql. Secondary secrecy: a secret cell must
not follow from the others either, by whatever sums are shown elsewhere. Sums are 0/1 vectors over the smallest cells
(divisions, size classes); a cell can be worked out exactly if its vector lies in the span of those shown
(Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, ch. 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

POOLED = "pooled"
Parts = Mapping[str, frozenset[str]]


def is_secret(frame: pd.DataFrame) -> pd.Series:
    """The rule of the macro `is_secret` on a frame of cells (companies, employees, largest, second)."""
    rest = frame["employees"] - frame["largest"] - frame["second"].fillna(0)
    return (frame["companies"] > 0) & ((frame["companies"] < 3) | (rest < 0.1 * frame["largest"]))


def pool_secret(
    found: pd.DataFrame,
    parts: Parts | None = None,
    known: Iterable[frozenset[str]] = (),
    blocks: Iterable[Iterable[str]] = (),
    guarded: Iterable[frozenset[str]] = (),
) -> pd.DataFrame:
    """Cells that add up to a total, secret ones put together in one row `pooled` that is itself no secret.

    A single secret cell could be worked out from the total, and so could one whose pool stays secret or whose partners
    are known from elsewhere: the smallest open cells (fewest employees) join until the part of the pool that cannot be
    worked out is open and holds every secret cell. What cannot be opened at all keeps `is_secret`, figures empty.

    Parameters
    ----------
    found : index code; companies, employees, employees_estimated, largest, second.
    parts : smallest cells of each code; without it every code is one of its own.
    known : sums shown elsewhere, each as the set of its smallest cells.
    blocks : codes whose sums are shown elsewhere (divisions of an open section): each is made safe in itself.
    guarded : secret sums of other tables, which must not follow from this one either.
    """
    parts = parts or {code: frozenset([code]) for code in found.index}
    found = found.assign(is_secret=is_secret(found)).sort_values("employees", kind="stable")
    blocks = [[code for code in found.index if code in set(block)] for block in blocks] or [list(found.index)]
    known = [*known, *(_union(parts, block) for block in blocks)]
    guarded = list(guarded)
    guarded = [sums for sums, is_known in zip(guarded, _follow(guarded, known), strict=True) if not is_known]
    open_codes = list(found.index[~found["is_secret"]])
    pooled: list[str] = []
    for block in blocks:
        hidden = [code for code in block if found.loc[code, "is_secret"]]
        waiting = [code for code in block if code in open_codes]
        of_block = [sums for sums in guarded if sums & _union(parts, block)]
        while waiting and not _is_safe(found, hidden, [*known, *(parts[c] for c in open_codes)], parts, of_block):
            hidden.append(waiting.pop(0))
            open_codes.remove(hidden[-1])
        pooled += hidden
    # What overlaps several blocks may give a cell away that its own block cannot hide: then the smallest go too.
    secret = [*(parts[code] for code in found.index[found["is_secret"]]), *guarded]
    secret = [sums for sums, is_known in zip(secret, _follow(secret, known), strict=True) if not is_known]
    while open_codes and _follow(secret, [*known, *(parts[code] for code in open_codes)]).any():
        pooled.append(open_codes.pop(0))
    shown = found.loc[[code for code in found.index if code not in set(pooled)]].assign(is_secret=False)
    if pooled:
        together = _sum_up(found.loc[pooled])
        together["is_secret"] = is_secret(together)
        shown = pd.concat([shown, emptied(together)])
    return shown.drop(columns=["largest", "second"])


def sums_shown(shown: pd.DataFrame, parts: Parts) -> list[frozenset[str]]:
    """The sums that a table of `pool_secret` gives away: its open codes, and all others together."""
    open_codes = [code for code in shown.index if code != POOLED]
    rest = _union(parts, parts) - _union(parts, open_codes)
    return [parts[code] for code in open_codes] + ([rest] if rest else [])


def secret_overlapping(
    found: pd.DataFrame, parts: Parts, known: Iterable[frozenset[str]], guarded: Iterable[frozenset[str]]
) -> pd.Series:
    """Which of overlapping cells must stay empty: secret ones, and open ones that would give a guarded sum away.

    Large cells are let in first. `known` are the sums shown elsewhere, `guarded` those that must not follow.
    """
    secret = is_secret(found)
    shown = list(known)
    guarded = [*guarded, *(parts[code] for code in found.index[secret])]
    given_away = _follow(guarded, shown)
    for code in found.index[~secret][np.argsort(-found.loc[~secret, "employees"].to_numpy(), kind="stable")]:
        with_it = _follow(guarded, [*shown, parts[code]])
        if (with_it & ~given_away).any():
            secret[code] = True
        else:
            shown.append(parts[code])
    return secret


def emptied(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures of secret cells (column `is_secret`) emptied."""
    figures = ["companies", "employees", "employees_estimated"]
    frame = frame.astype(dict.fromkeys(figures, float))
    frame.loc[frame["is_secret"], figures] = float("nan")
    return frame


def _is_safe(
    found: pd.DataFrame,
    hidden: list[str],
    shown: list[frozenset[str]],
    parts: Parts,
    guarded: list[frozenset[str]],
) -> bool:
    """Whether hidden cells, whose sum is shown, protect every secret one among them and the guarded sums."""
    if len(hidden) == 1:
        return False
    worked_out = _follow([*(parts[code] for code in hidden), *guarded], shown)
    if worked_out[len(hidden) :].any():
        return False
    left = [code for code, is_known in zip(hidden, worked_out, strict=False) if not is_known]
    if not set(found.loc[hidden].index[found.loc[hidden, "is_secret"]]) <= set(left):
        return False
    return not hidden or not any(bool(is_secret(_sum_up(found.loc[part])).iloc[0]) for part in (hidden, left))


def _follow(wanted: list[frozenset[str]], known: list[frozenset[str]]) -> np.ndarray:
    """Which of some sums can be worked out exactly from known ones: those in the span of their vectors."""
    # Cells known one by one leave all sums; what remains is small.
    single: frozenset[str] = frozenset()
    sums = {members for members in known if members}
    while found := frozenset().union(*(members for members in sums if len(members) == 1)):
        single |= found
        sums = {rest for members in sums if (rest := members - found)}
    targets = [members - single for members in wanted]
    cells = {cell: place for place, cell in enumerate(sorted(frozenset().union(*targets, *sums)))}

    def vectors(rows: list[frozenset[str]]) -> np.ndarray:
        matrix = np.zeros((len(rows), len(cells)))
        for row, members in enumerate(rows):
            matrix[row, [cells[cell] for cell in members]] = 1
        return matrix

    left = vectors(targets)
    if sums:
        _, lengths, rows = np.linalg.svd(vectors(sorted(sums, key=sorted)), full_matrices=False)
        span = rows[lengths > 1e-9]
        left = left - left @ span.T @ span
    return np.linalg.norm(left, axis=1) < 1e-7


def _union(parts: Parts, codes: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*(parts[code] for code in codes))


def _sum_up(part: pd.DataFrame) -> pd.DataFrame:
    employer = pd.concat([part["largest"], part["second"]]).dropna().sort_values(ascending=False)
    row = {name: part[name].sum() for name in ("companies", "employees", "employees_estimated")}
    row["largest"] = employer.iloc[0] if len(employer) else 0.0
    row["second"] = employer.iloc[1] if len(employer) > 1 else None
    return pd.DataFrame([row], index=pd.Index([POOLED], name="code")).astype({"second": float})
