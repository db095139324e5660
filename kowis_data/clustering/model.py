"""A cluster model: everything that was chosen, found and said, as one object that is saved as JSON.

The same settings and data give the same bytes: towns are sorted, one thread computes, random numbers start from the
seed, cluster numbers follow the study's names or the clusters' sizes, and numbers are kept to ten digits.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pandas as pd
import scipy
from scipy.spatial.distance import cdist, pdist, squareform

from kowis_data.clustering import description
from kowis_data.clustering.description import Feature
from kowis_data.clustering.membership import medoid, memberships
from kowis_data.clustering.number_of_clusters import Numbers, compare_numbers
from kowis_data.clustering.partition import Partition, kmeans, one_thread, ward_centroids, ward_tree
from kowis_data.clustering.preparation import Prepared, prepare
from kowis_data.clustering.settings import Settings
from kowis_data.clustering.stability import bootstrap_jaccard, separation, summary, verdict
from kowis_data.clustering.study_names import CaseStudy, ClusterName, name_clusters
from kowis_data.clustering.wording import ClusteringError

Progress = Callable[[float, str], None]
TYPICAL_TOWNS = 5


@dataclass(frozen=True)
class Cluster:
    """One cluster: number, name and its origin, size, what sets it apart, the medoid and the most typical towns."""

    name: ClusterName
    towns: int
    silhouette: float
    features: tuple[Feature, ...]
    medoid: str
    typical: tuple[str, ...]

    @property
    def number(self) -> int:
        return self.name.number

    @property
    def text(self) -> str:
        """The automatic German description."""
        if self.towns < description.FEWEST_TOWNS:
            return "zu wenige Städte für eine Beschreibung, die keine einzelne verrät"
        return description.sentence(list(self.features))


@dataclass(frozen=True)
class ClusterModel:
    """Settings, origin and results.

    Attributes
    ----------
    settings : what was chosen.
    data_version : SHA-256 of the variables that went in (hexadecimal), `origin` : what they are, in German.
    versions : versions of the libraries that computed.
    towns : index unit_id (sorted): `cluster`, `distance`, `silhouette`, `second_cluster`, `membership`.
    clusters : the clusters by number.
    centroids : index cluster × columns of the standardised matrix.
    columns : what preparation did, see `kowis_data.clustering.preparation.Prepared.columns`.
    clipped : limited columns by town; `left_out` : towns without a cluster, with the reason.
    explained : share (0–1) of the variance that lies between the clusters.
    numbers : comparison of numbers of clusters, or None.
    stability : index cluster: `jaccard`, `band`, `dissolved`, `recovered`; or None.
    separation : how much tighter the clusters are than in data of the same spread without groups (share of their
        variance), or None; see `kowis_data.clustering.stability.separation`.
    """

    settings: Settings
    data_version: str
    origin: str
    versions: dict[str, str]
    towns: pd.DataFrame
    clusters: tuple[Cluster, ...]
    centroids: pd.DataFrame
    columns: pd.DataFrame
    clipped: pd.Series
    left_out: dict[str, str]
    explained: float
    numbers: Numbers | None
    stability: pd.DataFrame | None
    separation: float | None

    @property
    def silhouette(self) -> float:
        """Mean over all towns."""
        return float(self.towns["silhouette"].mean())

    @property
    def verdict(self) -> tuple[bool, str] | None:
        """Whether the division as a whole is stable, and a German sentence; None where it was not checked."""
        if self.stability is None:
            return None
        towns = pd.Series({cluster.number: cluster.towns for cluster in self.clusters})
        return verdict(self.stability, towns, self.separation)


def fit(
    variables: pd.DataFrame,
    settings: Settings,
    case_studies: Sequence[CaseStudy] = (),
    origin: str = "",
    progress: Progress = lambda share, words: None,
) -> ClusterModel:
    """Group towns by their variables.

    Parameters
    ----------
    variables : index unit_id, columns at least `settings.variables`; shares 0–1, missing values NaN.
    case_studies : towns that lend the study's names to clusters.
    origin : what the data are (source, towns), kept with the model.
    progress : told the share done (0–1) and what is being done, in German.

    Raises ClusteringError where no model can be made.
    """
    progress(0.0, "Merkmale werden vorbereitet")
    prepared = prepare(variables, settings)
    matrix = prepared.matrix.to_numpy()
    if len(np.unique(matrix, axis=0)) < settings.clusters:
        raise ClusteringError(f"Die Städte sind einander zu gleich für {settings.clusters} Cluster.")
    with one_thread():
        tree = ward_tree(matrix)
        distances = squareform(pdist(matrix))
        first = ward_centroids(matrix, tree, settings.clusters)
        found = _in_fixed_order(kmeans(matrix, settings.clusters, settings.seed, settings.starts, first))
        numbers = None
        if settings.numbers:
            progress(0.05, "Clusterzahlen werden verglichen")
            numbers = compare_numbers(
                matrix, tree, distances, settings.numbers, settings.seed, settings.gap_references,
                lambda share: progress(0.05 + 0.45 * share, "Clusterzahlen werden verglichen"),
            )  # fmt: skip
        similarities = apart = None
        if settings.bootstrap_rounds:
            apart = separation(matrix, settings.clusters, found.within, settings.seed)
            similarities = bootstrap_jaccard(
                matrix, found.labels, settings.seed, settings.bootstrap_rounds,
                lambda share: progress(0.5 + 0.45 * share, "Stabilität wird geprüft"),
            )  # fmt: skip
        model = _assemble(prepared, settings, case_studies, origin, found, distances, numbers, similarities, apart)
    progress(1.0, "Fertig")
    return model


def _in_fixed_order(found: Partition) -> Partition:
    """Largest cluster first, equal ones by their centroids: the order does not depend on how they were found."""
    sizes = np.bincount(found.labels, minlength=len(found.centroids))
    order = sorted(range(len(sizes)), key=lambda label: (-sizes[label], *found.centroids[label].round(9)))
    return Partition(np.argsort(order)[found.labels], found.centroids[order], found.within)


def _assemble(
    prepared: Prepared,
    settings: Settings,
    case_studies: Sequence[CaseStudy],
    origin: str,
    found: Partition,
    distances: np.ndarray,
    numbers: Numbers | None,
    similarities: np.ndarray | None,
    apart: float | None,
) -> ClusterModel:
    matrix, units = prepared.matrix.to_numpy(), prepared.matrix.index
    labels = found.labels
    rows = memberships(matrix, labels, found.centroids, distances)
    sizes = np.bincount(labels).tolist()
    located = [(study, int(labels[units.get_loc(study.unit_id)])) for study in case_studies if study.unit_id in units]
    to_centroids = cdist(
        matrix[[units.get_loc(study.unit_id) for study, _ in located]].reshape(-1, matrix.shape[1]), found.centroids
    )
    names = name_clusters(sizes, located, to_centroids)
    number = np.array([name.number for name in names])
    told = description.features(prepared.raw, labels, settings.winsorise)
    clusters = []
    for label, name in enumerate(names):
        members = np.flatnonzero(labels == label)
        nearest = members[np.argsort(rows["distance"].to_numpy()[members], kind="stable")][:TYPICAL_TOWNS]
        clusters.append(
            Cluster(
                name,
                len(members),
                float(rows["silhouette"].to_numpy()[members].mean()),
                tuple(told[label]),
                str(units[medoid(distances, members)]),
                tuple(str(unit) for unit in units[nearest]),
            )
        )
    total = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    return ClusterModel(
        settings,
        data_version(prepared),
        origin,
        _versions(),
        pd.DataFrame(
            {
                "cluster": number[labels],
                "distance": rows["distance"].to_numpy(),
                "silhouette": rows["silhouette"].to_numpy(),
                "second_cluster": number[rows["second"].to_numpy()],
                "membership": rows["membership"].to_numpy(),
            },
            index=units,
        ),
        tuple(sorted(clusters, key=lambda cluster: cluster.number)),
        pd.DataFrame(found.centroids, pd.Index(number, name="cluster"), prepared.matrix.columns).sort_index(),
        prepared.columns,
        prepared.clipped,
        prepared.left_out,
        1 - found.within / total,
        numbers,
        None if similarities is None else summary(similarities, number.tolist()),
        apart,
    )


def model_key(data_mark: str, settings: Settings, case_studies: Sequence[CaseStudy], origin: str) -> str:
    """Mark of what `fit` would compute (16 hexadecimal digits); `data_mark` stands for the data."""
    parts = [
        data_mark,
        repr(sorted(settings.as_dict().items())),
        repr(sorted(case_studies, key=lambda study: study.unit_id)),
        origin,
        repr(_versions()),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": version("scikit-learn"),
    }


def data_version(prepared: Prepared) -> str:
    """Checksum of the towns, the chosen variables and their values, to ten digits (SHA-256, hexadecimal)."""
    digest = hashlib.sha256()
    digest.update("\n".join([*prepared.raw.columns, "", *map(str, prepared.raw.index)]).encode())
    for value in prepared.raw.to_numpy().ravel():
        digest.update(b"%.10g;" % value)
    return digest.hexdigest()
