"""Who received a dissolved municipality? Answered from areas alone, and cutting one where it was shared out.

Both functions are pure: areas and geometries in, shares and geometries out.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, csr_array, eye_array, hstack, sparray, vstack

# A piece goes to one more target only if that explains at least this much more area (each km² moved counts
# twice, once at either target). Smaller gains are noise: polygons of unchanged municipalities miss the
# register by as much.
TARGET_COST_KM2 = 1.5
# Of solutions that fit equally well the one with the shorter ways is taken; too little to outweigh any fit.
DISTANCE_COST_PER_KM = 0.001
# Side of the squares a shared-out municipality is cut into; well below the tolerance of the simplification.
CELL_METRES = 100.0


def balance(
    areas: pd.Series, missing: pd.Series, candidates: pd.DataFrame, divisible: Iterable[str] = ()
) -> pd.DataFrame:
    """Distribute pieces of land over the targets that lack area, so that the least area stays unexplained.

    A mixed-integer programme (HiGHS through `scipy.optimize.milp`): minimise the sum of |missing - received|
    over the targets, plus a cost for every target a piece goes to and, far smaller, for the distance.

    Parameters
    ----------
    areas : km² by piece.
    missing : km² by target: area by the register minus the area already assigned; may be negative.
    candidates : columns `piece, target`, the pairs allowed; `distance_km` between them; `min_share`, the part
        of the piece the target has received for sure.
    divisible : pieces that may go to several targets; the others go whole.

    Returns
    -------
    Columns `piece, target, share`; the shares of a piece add up to 1.

    Raises
    ------
    ValueError
        If a piece has no candidate, or the solver finds no solution.
    """
    without = sorted(set(areas.index) - set(candidates["piece"]))
    if without:
        raise ValueError(f"no possible target for {without}")
    pairs = candidates[candidates["piece"].isin(areas.index)].reset_index(drop=True)
    area = pairs["piece"].map(areas).to_numpy(float)
    pieces, targets = pd.Index(pairs["piece"].unique()), pd.Index(pairs["target"].unique())
    n_pairs, n_targets = len(pairs), len(targets)
    wanted = missing.reindex(targets).to_numpy(float)

    # Unknowns, in this order: share of the piece and "pair is used" (0/1) by pair, unexplained km² by target.
    column = np.arange(n_pairs)
    received = coo_array((area, (targets.get_indexer(pairs["target"]), column)), shape=(n_targets, n_pairs))
    total = coo_array(
        (np.ones(n_pairs), (pieces.get_indexer(pairs["piece"]), column)), shape=(len(pieces), n_pairs)
    )
    by_pair, by_target = eye_array(n_pairs), eye_array(n_targets)
    no_use = coo_array((n_targets, n_pairs))
    solution = milp(
        np.concatenate(
            [
                DISTANCE_COST_PER_KM * area * pairs["distance_km"].to_numpy(float),
                np.full(n_pairs, TARGET_COST_KM2),
                np.ones(n_targets),
            ]
        ),
        constraints=[
            LinearConstraint(_columns(received, no_use, -by_target), -np.inf, wanted),
            LinearConstraint(_columns(received, no_use, by_target), wanted, np.inf),
            LinearConstraint(_columns(total, 0 * total, coo_array((len(pieces), n_targets))), 1, 1),
            LinearConstraint(_columns(by_pair, -by_pair, coo_array((n_pairs, n_targets))), -np.inf, 0),
        ],
        bounds=Bounds(
            np.concatenate([pairs["min_share"].to_numpy(float), np.zeros(n_pairs + n_targets)]),
            np.concatenate([np.ones(2 * n_pairs), np.full(n_targets, np.inf)]),
        ),
        integrality=np.concatenate(
            [~pairs["piece"].isin(list(divisible)), np.ones(n_pairs), np.zeros(n_targets)]
        ),
    )
    if not solution.success:
        raise ValueError(f"area balance not solved: {solution.message}")
    pairs["share"] = np.round(solution.x[:n_pairs], 4)
    return pairs.loc[pairs["share"] > 0, ["piece", "target", "share"]].reset_index(drop=True)


def _columns(*blocks: sparray) -> csr_array:
    """Blocks of a constraint side by side: for the shares, the uses and the unexplained areas."""
    return hstack(blocks).tocsr()


def cut_by_area(
    polygon: shapely.Geometry, targets: list[shapely.Geometry], shares: list[float]
) -> list[shapely.Geometry]:
    """Cut a polygon into parts of given shares, each as near as possible to its target.

    The line along which a municipality was really shared out is in none of our sources. Small squares are
    given to the targets so that the shares are met and the sum of the distances is least (a transport
    problem).

    Parameters
    ----------
    polygon, targets : geometries in metres (equal-area projection).
    shares : one per target, adding up to 1.

    Returns
    -------
    One geometry per target, without gap or overlap; the shares are met to within one square.
    """
    left, bottom, right, top = polygon.bounds
    x, y = np.meshgrid(np.arange(left, right, CELL_METRES), np.arange(bottom, top, CELL_METRES))
    squares = shapely.box(x, y, x + CELL_METRES, y + CELL_METRES).ravel()
    cells = shapely.intersection(squares, polygon)
    cells = cells[shapely.area(cells) > 0]
    areas, count = shapely.area(cells), len(cells)
    distances = np.array([shapely.distance(shapely.centroid(cells), target) for target in targets])

    each_cell_once = hstack([eye_array(count)] * len(targets)).tocsr()
    amounts = coo_array(
        (
            np.tile(areas, len(targets)),
            (np.repeat(np.arange(len(targets)), count), np.arange(count * len(targets))),
        ),
        shape=(len(targets), count * len(targets)),
    ).tocsr()
    # The last amount follows from the others; asking for it too could make the system unsolvable by rounding.
    solution = linprog(
        (distances * areas).ravel(),
        A_eq=vstack([each_cell_once, amounts[:-1]]).tocsr(),
        b_eq=np.concatenate([np.ones(count), np.array(shares[:-1]) * areas.sum()]),
        bounds=(0, 1),
    )
    if not solution.success:
        raise ValueError(f"polygon not cut: {solution.message}")
    owner = solution.x.reshape(len(targets), count).argmax(axis=0)
    return [shapely.union_all(cells[owner == index]) for index in range(len(targets))]
