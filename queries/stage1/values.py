"""What stage 1 reads: the towns to choose from, their values, their groups."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from queries.stage1.criterion import CATEGORY, OWN_ATTRIBUTES, Words
from queries.stage1.settings import Stage1Settings


class NotPossible(ValueError):
    """Settings that cannot be carried out on these data: `text` says why, `way_on` what to do, both German."""

    def __init__(self, text: str, way_on: str) -> None:
        super().__init__(f"{text} {way_on}")
        self.text, self.way_on = text, way_on


@dataclass(frozen=True)
class Stage1Data:
    """The population of stage 1 as it stands in the database.

    Attributes
    ----------
    towns : index unit_id (sorted): state_id, cluster (None where unknown), town_type, distance_grossstadt_km.
    values : towns × criteria, NaN = missing; for categories 1 = counts as contrast, 0 = does not.
    words : title, unit and names of categories of each criterion.
    """

    towns: pd.DataFrame
    values: pd.DataFrame
    words: dict[str, Words]


def read(con: duckdb.DuckDBPyConnection, settings: Stage1Settings) -> Stage1Data:
    """Everything that `run` needs, in a few queries.

    Raises
    ------
    NotPossible : an indicator is unknown, a county value is not insisted on, or there is no cluster model.
    """
    towns = _towns(con, settings)
    words = _words(con, settings)
    columns = {}
    metric = [c for c in settings.criteria if c.kind != CATEGORY]
    if metric:
        columns |= dict(
            _metric(con, settings, [(c.indicator_id, c.period) for c in metric]).reindex(towns.index).items()
        )
    for criterion in settings.criteria:
        if criterion.kind == CATEGORY:
            codes = _categories(con, towns, criterion.indicator_id)
            hit = codes.isin(criterion.categories).astype(float)
            columns[criterion.key] = hit.where(codes.notna())
    values = pd.DataFrame({c.key: columns[c.key] for c in settings.criteria}, index=towns.index, dtype=float)
    return Stage1Data(towns, values, words)


def _towns(con: duckdb.DuckDBPyConnection, settings: Stage1Settings) -> pd.DataFrame:
    condition, parameters = settings.towns.sql()
    frame = con.execute(
        f"""
        SELECT u.unit_id, u.display_name AS name, u.state_id, u.town_type, c.cluster, d.value AS distance_grossstadt_km
        FROM small_town u
        LEFT JOIN (SELECT unit_id, cluster FROM cluster_membership WHERE model_id = $model) c ON c.unit_id = u.unit_id
        LEFT JOIN (SELECT region_id, value FROM best_observation
                   WHERE indicator_id = 'distance_grossstadt_km' AND level = 'unit') d ON d.region_id = u.unit_id
        WHERE {condition} ORDER BY u.unit_id
        """,
        {"model": settings.cluster_model, **parameters},
    ).df()
    frame["cluster"] = frame["cluster"].astype("Int64").astype(object).where(frame["cluster"].notna(), None)
    if settings.needs_clusters and len(frame) and frame["cluster"].isna().all():
        raise NotPossible(
            "Die Auswahl arbeitet mit Clustern, aber es gibt kein Clustermodell.",
            "Auf der Seite „Branchenprofile (Cluster)“ ein Modell rechnen oder hier ohne Cluster auswählen.",
        )
    return frame.set_index("unit_id")


def _words(con: duckdb.DuckDBPyConnection, settings: Stage1Settings) -> dict[str, Words]:
    ids = [c.indicator_id for c in settings.criteria if c.kind != CATEGORY]
    rows = con.execute(
        "SELECT indicator_id, title, unit_label, decimals, coalesce(is_county_context, false) FROM indicator "
        "WHERE indicator_id IN (SELECT unnest(?))",
        [ids],
    ).fetchall()
    words = {row[0]: Words(row[1], row[2], row[3]) for row in rows}
    county = [row[1] for row in rows if row[4]]
    if county and not settings.county_reason.strip():
        raise NotPossible(
            f"Kreiswerte wählen Kreise aus, nicht Städte: {', '.join(county)}.",
            "Bitte ein Merkmal der Städte nehmen. Wer darauf besteht, gibt einen Grund an; er steht im Protokoll.",
        )
    unknown = [indicator_id for indicator_id in ids if indicator_id not in words]
    if unknown:
        raise NotPossible(
            f"Zu diesen Kriterien gibt es in der Datenbank kein Merkmal: {', '.join(unknown)}.",
            "Die Dateien dazu einlesen (Seite „Daten und Quellen“) oder das Kriterium entfernen.",
        )
    for criterion in settings.criteria:
        if criterion.kind == CATEGORY:
            title, names = category_names(con, criterion.indicator_id)
            words[criterion.key] = Words(title, categories=names)
    return words


def category_names(con: duckdb.DuckDBPyConnection, attribute: str) -> tuple[str, dict[str, str]]:
    """German title of a categorical attribute and the names of its values by code."""
    queries = {
        "cluster": "SELECT DISTINCT cluster::VARCHAR, 'Cluster ' || cluster FROM cluster_membership ORDER BY 1",
        "town_type": "SELECT town_type, title FROM town_type ORDER BY position",
        "state": "SELECT state_id, name FROM state ORDER BY state_id",
    }
    if attribute in queries:
        return OWN_ATTRIBUTES[attribute], dict(con.execute(queries[attribute]).fetchall())
    rows = con.execute(
        "SELECT value_code, mode(value_label), mode(title) FROM unit_attribute WHERE attribute = ? "
        "GROUP BY value_code ORDER BY value_code",
        [attribute],
    ).fetchall()
    if not rows:
        raise NotPossible(
            f"Das Merkmal „{attribute}“ gibt es in der Datenbank nicht.",
            "Die Referenztabellen des BBSR einlesen oder das Kriterium entfernen.",
        )
    return rows[0][2], {row[0]: row[1] for row in rows}


def _categories(con: duckdb.DuckDBPyConnection, towns: pd.DataFrame, attribute: str) -> pd.Series:
    if attribute == "cluster":
        return towns["cluster"].map(lambda cluster: None if cluster is None else str(cluster))
    if attribute in ("town_type", "state"):
        return towns["town_type" if attribute == "town_type" else "state_id"]
    frame = con.execute(
        "SELECT unit_id, min(value_code) AS code FROM unit_attribute WHERE attribute = ? GROUP BY unit_id", [attribute]
    ).df()
    return frame.set_index("unit_id")["code"].reindex(towns.index)


def _metric(con: duckdb.DuckDBPyConnection, settings: Stage1Settings, wanted: list[tuple[str, str]]) -> pd.DataFrame:
    """Values of (indicator, period) pairs by unit; county values stand at every town of the county."""
    parameters = {"ids": [pair[0] for pair in wanted], "periods": [pair[1] for pair in wanted]}
    frames = [
        con.execute(
            "SELECT region_id AS unit_id, indicator_id, value FROM best_values($ids, $periods, 'unit') "
            "WHERE value IS NOT NULL",
            parameters,
        ).df()
    ]
    if settings.county_reason.strip():
        frames.append(
            con.execute(
                """
                SELECT u.unit_id, o.indicator_id, o.value FROM best_values($ids, $periods, 'county') o
                JOIN indicator i ON i.indicator_id = o.indicator_id JOIN unit u ON u.county_id = o.region_id
                WHERE o.value IS NOT NULL AND i.is_county_context
                """,
                parameters,
            ).df()
        )
    found = pd.concat(frames).drop_duplicates(["unit_id", "indicator_id"])
    return found.pivot(index="unit_id", columns="indicator_id", values="value").reindex(columns=parameters["ids"])
