"""Names of the study go to clusters with a case study only."""

from __future__ import annotations

import numpy as np

from kowis_data.clustering.study_names import CaseStudy, name_clusters

VLOTHO, HARZ, PERL, SCHUSSENRIED = (
    CaseStudy(f"{i}", name, i, f"Titel {i}")
    for i, name in enumerate(("Vlotho", "Oberharz am Brocken", "Perl", "Bad Schussenried"), 1)
)
ALL = (VLOTHO, HARZ, PERL, SCHUSSENRIED)
SIZES = [40, 30, 20, 10]


def far(labels: list[int], own: float = 1.0, other: float = 5.0) -> np.ndarray:
    distances = np.full((len(labels), 4), other)
    distances[np.arange(len(labels)), labels] = own
    return distances


def test_four_case_studies_in_four_clusters_lend_all_names():
    names = name_clusters(SIZES, list(zip(ALL, [2, 0, 3, 1], strict=True)), far([2, 0, 3, 1]))
    assert [name.number for name in names] == [2, 4, 1, 3]
    assert [name.title for name in names] == ["Titel 2", "Titel 4", "Titel 1", "Titel 3"]
    assert all(name.from_study and "Eigene Rekonstruktion" in name.note for name in names)


def test_two_case_studies_in_one_cluster_leave_one_name_ungiven():
    distances = far([0, 1, 2, 0])
    distances[3, 0] = 0.5  # Bad Schussenried is nearer to the centroid than Vlotho
    names = name_clusters(SIZES, list(zip(ALL, [0, 1, 2, 0], strict=True)), distances)
    assert [name.number for name in names] == [4, 2, 3, 1]
    assert [name.from_study for name in names] == [True, True, True, False]
    assert "mehrere Fallstudien: Bad Schussenried und Vlotho" in names[0].note and "ein Name bleibt" in names[0].note
    assert names[3].title == "Cluster 1 (ohne Namen der Studie)" and "keine der Fallstudien" in names[3].note


def test_a_name_is_not_passed_on_to_the_next_best_cluster():
    # Vlotho and Oberharz share a cluster; Oberharz is nearly as near to that of Perl, which keeps its name.
    distances = np.array([[1, 5, 5, 5], [1.1, 1.2, 5, 5], [5, 1.3, 5, 5], [5, 5, 1, 5]], dtype=float)
    names = name_clusters(SIZES, list(zip(ALL, [0, 0, 1, 2], strict=True)), distances)
    assert [name.title for name in names[:3]] == ["Titel 1", "Titel 3", "Titel 4"]
    assert names[3].number == 2 and not names[3].from_study


def test_all_in_one_cluster():
    names = name_clusters(SIZES, [(study, 1) for study in ALL], far([1, 1, 1, 1]))
    assert sum(name.from_study for name in names) == 1 and "3 Namen bleiben" in names[1].note
    assert sorted(name.number for name in names) == [1, 2, 3, 4]


def test_other_numbers_of_clusters_stay_neutral():
    names = name_clusters([5, 4, 3], [(VLOTHO, 0)], np.array([[1.0, 2, 3]]))
    assert [name.title for name in names] == ["Cluster 1", "Cluster 2", "Cluster 3"]
    assert not any(name.from_study for name in names) and "unterscheidet 4 Cluster, dieses Modell 3" in names[0].note


def test_without_case_studies_names_stay_neutral():
    names = name_clusters(SIZES, [], np.empty((0, 4)))
    assert [name.number for name in names] == [1, 2, 3, 4] and "Keine der Fallstudien" in names[0].note
