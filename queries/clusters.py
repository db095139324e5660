"""Cluster models of the small towns: variables from the economic structure, models made of them, the default model.

The mathematics is that of `kowis_data.clustering`; membership of the towns is the atlas's own reconstruction, the study
publishes it for its four case studies only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

import kowis_data.clustering as clustering
from kowis_data.clustering import (
    DEFAULT_VARIABLES,
    VARIABLES,
    CaseStudy,
    Cluster,
    ClusteringError,
    ClusterModel,
    Settings,
    to_json,
)
from queries.town_filter import TownFilter, sentence

# The screen reaches the mathematics through this module only.
__all__ = ["DEFAULT_VARIABLES", "VARIABLES", "Cluster", "ClusterModel", "ClusteringError", "Settings", "to_json"]

STANDARD = "standard"
_ALL_TOWNS = TownFilter()


@dataclass(frozen=True)
class StructureSource:
    """Where the economic structure comes from; `provenance` synthetisch means the demo register."""

    source_id: str
    title: str
    provenance: str
    reference_date: str | None
    attribution: str | None

    @property
    def is_synthetic(self) -> bool:
        return self.provenance == "synthetisch"


@dataclass(frozen=True)
class StandardModel:
    """The default model as written with the database."""

    title: str
    created_at: datetime
    model: ClusterModel
    source: StructureSource


def structure_source(con: duckdb.DuckDBPyConnection) -> StructureSource | None:
    """Source of the economic structure of the small towns; None where there is none."""
    rows = con.execute(
        "SELECT source_id, title, provenance, reference_date, attribution FROM source "
        "WHERE source_id IN (SELECT source_id FROM small_town_structure) ORDER BY precedence, source_id"
    ).fetchall()
    return StructureSource(*rows[0]) if rows else None


def structure_variables(con: duckdb.DuckDBPyConnection, towns: TownFilter = _ALL_TOWNS) -> pd.DataFrame:
    """Every variable of `kowis_data.clustering.VARIABLES` for the towns of a filter: index unit_id, shares 0–1.

    Towns without companies have NaN. Single towns' values are subject to the rules of secrecy: do not show them as
    they are.
    """
    condition, parameters = towns.sql()
    cells = con.execute(
        f"SELECT s.* FROM small_town_structure s JOIN small_town u USING (unit_id) WHERE {condition}", parameters
    ).df()
    population = con.execute(f"SELECT u.unit_id, u.population FROM small_town u WHERE {condition}", parameters).df()
    return clustering.structure_variables(cells, population.set_index("unit_id")["population"])


def case_study_towns(con: duckdb.DuckDBPyConnection) -> tuple[CaseStudy, ...]:
    """The study's case studies with the clusters it published."""
    rows = con.execute(
        "SELECT c.unit_id, m.name, c.cluster, c.cluster_title FROM case_study c JOIN municipality m USING (ags) "
        "ORDER BY c.cluster"
    ).fetchall()
    return tuple(CaseStudy(*row) for row in rows)


def run(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    towns: TownFilter = _ALL_TOWNS,
    progress: Callable[[float, str], None] = lambda share, words: None,
) -> ClusterModel:
    """Make a model of the towns of a filter; takes seconds with comparison of numbers and stability check.

    Raises kowis_data.clustering.ClusteringError, in German, where none can be made.
    """
    variables = structure_variables(con, towns)
    return clustering.fit(variables, settings, case_study_towns(con), _origin(con, towns), progress)


def run_key(con: duckdb.DuckDBPyConnection, settings: Settings, towns: TownFilter = _ALL_TOWNS) -> str:
    """Key of what `run` would give (16 hexadecimal digits), in milliseconds: equal keys, equal models."""
    condition, parameters = towns.sql()
    mark = con.execute(
        f"""
        SELECT bit_xor(hash(s)), count(*), (SELECT bit_xor(hash(u.unit_id, u.population)) FROM small_town u
                                            WHERE {condition})
        FROM small_town_structure s WHERE s.unit_id IN (SELECT u.unit_id FROM small_town u WHERE {condition})
        """,
        parameters,
    ).fetchall()
    return clustering.model_key(repr(mark), settings, case_study_towns(con), _origin(con, towns))


def standard_model(con: duckdb.DuckDBPyConnection) -> StandardModel | None:
    """The default model; None where there is no economic structure or too little of it."""
    rows = con.execute("SELECT title, created_at, content FROM cluster_model WHERE model_id = ?", [STANDARD]).fetchall()
    source = structure_source(con)
    if not rows or source is None:
        return None
    title, created_at, content = rows[0]
    return StandardModel(title, created_at, clustering.from_json(content.encode()), source)


def from_saved(con: duckdb.DuckDBPyConnection, content: bytes) -> ClusterModel:
    """A model from its JSON, as kept in the workspace. Raises ClusteringError where it is none.

    `con` is not needed but makes this a question like any other, to be cached.
    """
    return clustering.from_json(content)


def is_of_present_data(con: duckdb.DuckDBPyConnection, model: ClusterModel) -> bool:
    """Whether the economic structure that a model was made of is still the one in the database."""
    try:
        variables = structure_variables(con, TownFilter(unit_ids=tuple(model.towns.index)))
        return clustering.data_version(clustering.prepare(variables, model.settings)) == model.data_version
    except ClusteringError:
        return False


def members(con: duckdb.DuckDBPyConnection, model: ClusterModel) -> pd.DataFrame:
    """Every town of a model with what a map or list needs, in order of the key.

    Columns: unit_id, name, county_name, state_name, population, lon, lat, cluster, cluster_title, distance, silhouette,
    second_cluster, membership, case_study (name of the case study, else None), published_cluster. Towns that are no
    small towns any more are left out.
    """
    titles = {cluster.number: cluster.name.title for cluster in model.clusters}
    con.register("model_towns", model.towns.reset_index())
    try:
        frame = con.execute(
            """
            SELECT u.unit_id, u.display_name AS name, k.name AS county_name, s.name AS state_name, u.population,
                   u.lon, u.lat, t.cluster, t.distance, t.silhouette, t.second_cluster, t.membership,
                   m.name AS case_study, c.cluster AS published_cluster
            FROM model_towns t JOIN small_town u USING (unit_id) JOIN county k USING (county_id)
            JOIN state s ON s.state_id = u.state_id
            LEFT JOIN case_study c ON c.unit_id = u.unit_id LEFT JOIN municipality m ON m.ags = c.ags
            ORDER BY u.unit_id
            """
        ).df()
    finally:
        con.unregister("model_towns")
    frame.insert(frame.columns.get_loc("cluster") + 1, "cluster_title", frame["cluster"].map(titles))
    return frame


def membership_of(con: duckdb.DuckDBPyConnection, unit_id: str) -> dict | None:
    """Place of a town in the default model; None where it has none.

    Keys: cluster, title, from_study, distance, silhouette, second_cluster, second_title, membership, provenance.
    """
    standard = standard_model(con)
    if standard is None or unit_id not in standard.model.towns.index:
        return None
    names = {cluster.number: cluster.name for cluster in standard.model.clusters}
    row = standard.model.towns.loc[unit_id].to_dict()
    number, second = int(row["cluster"]), int(row["second_cluster"])
    return row | {
        "cluster": number,
        "title": names[number].title,
        "from_study": names[number].from_study,
        "second_cluster": second,
        "second_title": names[second].title,
        "provenance": standard.source.provenance,
    }


def _origin(con: duckdb.DuckDBPyConnection, towns: TownFilter) -> str:
    return "alle Kleinstädte" if towns.is_empty else sentence(con, towns)
