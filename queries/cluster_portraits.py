"""Clusters crossed with other indicators: medians, box plots, tests, and where one town stands in its cluster.

Differences say nothing about causes and are no ranking.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

import kowis_data.clustering as clustering
from kowis_data.clustering import VARIABLES, ClusterModel, Comparison, GroupTest
from queries import clusters, indicators, towns
from queries.indicators import Indicator
from queries.town_filter import TownFilter

# A median or box of fewer towns would come close to a single town's value.
FEWEST_TOWNS = 3


@dataclass(frozen=True)
class Portrait:
    """One indicator by cluster.

    Attributes
    ----------
    values : one row per town with a value: unit_id, name, cluster, value.
    boxes : index cluster: `towns`, `missing`, `low` and `high` (whiskers: farthest values within 1.5 interquartile
        ranges), `q1`, `median`, `q3`, `mean`; NaN with fewer than three towns.
    test : comparison of the clusters, or None where there is nothing to compare.
    """

    indicator: Indicator
    period: str
    values: pd.DataFrame
    boxes: pd.DataFrame
    test: GroupTest | None


def portrait(con: duckdb.DuckDBPyConnection, clusters: pd.Series, indicator: Indicator, period: str) -> Portrait:
    """An indicator by cluster; `clusters`: number by unit_id, as `ClusterModel.towns["cluster"]`.

    Values of the county context are the same for all towns of a county, so that a test would count each county several
    times: there is none.
    """
    frame = indicators.values(con, indicator, period)[["unit_id", "name", "value"]]
    frame.insert(2, "cluster", frame["unit_id"].map(clusters))
    frame = frame.dropna(subset="cluster").astype({"cluster": int})
    known = frame.dropna(subset="value").reset_index(drop=True)
    boxes = known.groupby("cluster")["value"].apply(_box).unstack() if len(known) else pd.DataFrame()
    numbers = pd.Index(sorted(clusters.unique()), name="cluster")
    boxes = boxes.reindex(numbers).reindex(columns=["low", "q1", "median", "q3", "high", "mean"])
    counts = frame.groupby("cluster")["value"].agg(["count", "size"]).reindex(numbers, fill_value=0)
    boxes.insert(0, "towns", counts["count"])
    boxes.insert(1, "missing", counts["size"] - counts["count"])
    test = None if indicator.is_county_context else clustering.compare_groups(known["value"], known["cluster"])
    return Portrait(indicator, period, known, boxes, test)


def medians(con: duckdb.DuckDBPyConnection, clusters: pd.Series, chosen: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Median of several indicators by cluster, for a table of portraits.

    `chosen`: pairs of indicator_id and period, values of towns only. One row per pair in that order: indicator_id,
    period, `all` (median of all towns of the model), one column per cluster number; NaN with fewer than three values.
    """
    con.register("clustered_towns", clusters.rename("cluster").rename_axis("unit_id").reset_index())
    try:
        rows = con.execute(
            """
            WITH chosen AS (SELECT unnest($ids) AS indicator_id, unnest($periods) AS period),
            value AS (
                SELECT o.indicator_id, o.period, t.cluster, o.value
                FROM best_observation o JOIN chosen c ON c.indicator_id = o.indicator_id AND c.period = o.period
                JOIN clustered_towns t ON t.unit_id = o.region_id
                WHERE o.level = 'unit' AND o.value IS NOT NULL
            )
            SELECT indicator_id, period, cluster::VARCHAR AS cluster, median(value) AS median, count(*) AS towns
            FROM value GROUP BY ALL
            UNION ALL
            SELECT indicator_id, period, 'all', median(value), count(*) FROM value GROUP BY ALL
            """,
            {"ids": [pair[0] for pair in chosen], "periods": [pair[1] for pair in chosen]},
        ).df()
    finally:
        con.unregister("clustered_towns")
    rows.loc[rows["towns"] < FEWEST_TOWNS, "median"] = float("nan")
    wide = rows.pivot(index=["indicator_id", "period"], columns="cluster", values="median")
    columns = ["all", *map(str, sorted(clusters.unique()))]
    wide = wide.reindex(pd.MultiIndex.from_tuples(chosen, names=["indicator_id", "period"])).reindex(columns=columns)
    return wide.rename(columns={name: int(name) for name in columns[1:]}).rename_axis(columns=None).reset_index()


def structure_medians(variables: pd.DataFrame, clusters: pd.Series) -> pd.DataFrame:
    """Median of every structure variable by cluster: variable_id, title, unit_label, `all`, one column per cluster.

    `variables` from `queries.clusters.structure_variables`; shares come out in per cent.
    """
    common = variables.index.intersection(clusters.index)
    factor = pd.Series({name: variable.factor for name, variable in VARIABLES.items()})
    scaled = variables.loc[common, list(VARIABLES)] * factor
    groups = scaled.groupby(clusters[common])
    table = groups.median().where(groups.count() >= FEWEST_TOWNS).T
    table.insert(0, "all", scaled.median())
    table.insert(0, "unit_label", [VARIABLES[name].unit_label for name in table.index])
    table.insert(0, "title", [VARIABLES[name].title for name in table.index])
    return table.rename_axis(index="variable_id", columns=None).reset_index()


def place_in_cluster(model: ClusterModel, unit_id: str) -> dict | None:
    """Where a town stands in its cluster; None where it has none.

    Keys: cluster, towns, `rank` (1 = nearest to the centroid) and `nearer_pct` (share of the cluster's other towns
    that lie farther out), distance, silhouette, membership, second_cluster, is_medoid, `between` (lies nearer to
    another cluster's towns than to its own: silhouette below 0), reason (where it was left out).
    """
    if unit_id in model.left_out:
        return {"cluster": None, "reason": model.left_out[unit_id]}
    if unit_id not in model.towns.index:
        return None
    row = model.towns.loc[unit_id]
    number = int(row["cluster"])
    inside = model.towns.loc[model.towns["cluster"] == number, "distance"]
    cluster = next(cluster for cluster in model.clusters if cluster.number == number)
    farther = int((inside > row["distance"]).sum())
    return {
        "cluster": number,
        "towns": len(inside),
        "rank": int((inside < row["distance"]).sum()) + 1,
        "nearer_pct": 100 * farther / (len(inside) - 1) if len(inside) > 1 else float("nan"),
        "distance": float(row["distance"]),
        "silhouette": float(row["silhouette"]),
        "membership": float(row["membership"]),
        "second_cluster": int(row["second_cluster"]),
        "is_medoid": unit_id == cluster.medoid,
        "between": bool(row["silhouette"] < 0),
        "reason": None,
    }


def similar_in_cluster(
    con: duckdb.DuckDBPyConnection, model: ClusterModel, unit_id: str, most: int = 6
) -> pd.DataFrame:
    """Towns of the same cluster whose structure is nearest to that of a town, the nearest first.

    Columns of `queries.towns.labels` and `difference`: Euclidean distance in the standardised variables that the model
    was made of. Empty for a town without a cluster. The structure in the database must be that of the model
    (`queries.clusters.is_of_present_data`).
    """
    if unit_id not in model.towns.index:
        return towns.labels(con, ()).assign(difference=pd.Series(dtype=float))
    variables = clusters.structure_variables(con, TownFilter(unit_ids=tuple(model.towns.index)))
    matrix = clustering.prepare(variables, model.settings).matrix
    own = model.towns.at[unit_id, "cluster"]
    others = model.towns.index[(model.towns["cluster"] == own) & (model.towns.index != unit_id)]
    difference = ((matrix.loc[others] - matrix.loc[unit_id]) ** 2).sum(axis=1).pow(0.5)
    nearest = difference.sort_values(kind="stable").head(most)
    frame = towns.labels(con, tuple(nearest.index))
    frame["difference"] = frame["unit_id"].map(nearest)
    return frame.sort_values("difference", kind="stable").reset_index(drop=True)


def compare_models(first: ClusterModel, second: ClusterModel) -> Comparison:
    """Agreement and flows of two models. Raises ValueError, in German, where they have no town in common."""
    return clustering.compare(first.towns["cluster"], second.towns["cluster"])


def moved_towns(con: duckdb.DuckDBPyConnection, first: ClusterModel, second: ClusterModel) -> pd.DataFrame:
    """Towns whose clusters in two models do not correspond: columns of `queries.towns.labels`, `first`, `second`."""
    a, b = first.towns["cluster"], second.towns["cluster"]
    changed = clustering.moved(a, b, compare_models(first, second).pairs)
    frame = towns.labels(con, tuple(changed))
    return frame.assign(first=frame["unit_id"].map(a), second=frame["unit_id"].map(b))


def _box(values: pd.Series) -> pd.Series:
    if len(values) < FEWEST_TOWNS:
        return pd.Series(dtype=float)
    q1, median, q3 = values.quantile([0.25, 0.5, 0.75])
    reach = 1.5 * (q3 - q1)
    inside = values[(values >= q1 - reach) & (values <= q3 + reach)]
    return pd.Series(
        {"low": inside.min(), "q1": q1, "median": median, "q3": q3, "high": inside.max(), "mean": values.mean()}
    )
