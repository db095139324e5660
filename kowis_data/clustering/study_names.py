"""Names of clusters: the study's four, where its case studies give a reason, else neutral ones.

The study publishes the cluster of four towns only. A cluster of the own model takes over a name when the case study
that stands for it lies in it: as many names as possible are given, each to one cluster, and among several case studies
in one cluster the nearest to its centroid decides (assignment problem, scipy). No name is forced on a cluster without
a case study. All of this is the atlas's own reconstruction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from kowis_data.clustering.wording import listed


@dataclass(frozen=True)
class CaseStudy:
    """A town whose cluster the study published: `cluster` 1–4 and the cluster's `title`."""

    unit_id: str
    name: str
    cluster: int
    title: str


@dataclass(frozen=True)
class ClusterName:
    """Number and title of a cluster; `note` says in German where the title comes from, or why it has none."""

    number: int
    title: str
    from_study: bool
    note: str


RECONSTRUCTION = "Eigene Rekonstruktion: Die Studie nennt die Zugehörigkeit nur für ihre vier Fallstudien."


def name_clusters(
    sizes: list[int], located: list[tuple[CaseStudy, int]], to_centroids: np.ndarray, studied: int = 4
) -> list[ClusterName]:
    """A number and name for every label 0 … k − 1.

    Parameters
    ----------
    sizes : towns by label; neutral names are numbered in this order, so give the labels a fixed order first.
    located : the case studies among the towns, each with its label.
    to_centroids : distance of each of them to every centroid (case studies × k).
    studied : names are given only when k is the study's number of clusters.
    """
    k = len(sizes)
    if k != studied or not located:
        why = (
            f"Die Studie unterscheidet {studied} Cluster, dieses Modell {k}: Ihre Namen lassen sich nicht übertragen."
            if k != studied
            else "Keine der Fallstudien der Studie gehört zu diesen Städten; ihre Namen werden nicht vergeben."
        )
        return [ClusterName(number, f"Cluster {number}", False, why) for number in range(1, k + 1)]
    inside = {label: [study for study, at in located if at == label] for label in range(k)}
    # Lying in the cluster outweighs every distance.
    cost = to_centroids / (1 + to_centroids.max()) + np.array(
        [[float(label != at) for label in range(k)] for _, at in located]
    )
    named = {
        int(label): located[row][0]
        for row, label in zip(*linear_sum_assignment(cost), strict=True)
        if located[row][1] == label
    }
    numbers = iter(sorted(set(range(1, k + 1)) - {study.cluster for study in named.values()}))
    names = []
    for label in range(k):
        study = named.get(label)
        if study:
            names.append(ClusterName(study.cluster, study.title, True, _note(study, inside[label])))
        else:
            number = next(numbers)
            names.append(
                ClusterName(
                    number,
                    f"Cluster {number} (ohne Namen der Studie)",
                    False,
                    "In diesem Cluster liegt keine der Fallstudien der Studie, deshalb trägt er keinen ihrer Namen. "
                    + RECONSTRUCTION,
                )
            )
    return names


def _note(study: CaseStudy, inside: list[CaseStudy]) -> str:
    others = [other for other in inside if other is not study]
    if not others:
        return f"Name übernommen, weil die Fallstudie {study.name} in diesem Cluster liegt. {RECONSTRUCTION}"
    return (
        f"In diesem Cluster liegen mehrere Fallstudien: {listed([study.name] + [other.name for other in others])}. "
        f"Er trägt den Namen von {study.name}, das seiner Mitte am nächsten liegt; "
        f"{'ein Name bleibt' if len(others) == 1 else f'{len(others)} Namen bleiben'} unvergeben. {RECONSTRUCTION}"
    )
