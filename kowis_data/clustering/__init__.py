"""Grouping towns by economic structure: pure mathematics, knows neither database nor files.

`structure_variables` describes towns, `fit` makes a `ClusterModel` of `Settings`, `to_json` and `from_json` keep it,
`compare` sets two side by side, `compare_groups` tests an indicator between clusters. The only package of
`kowis_data` that `queries` may use. scikit-learn takes a second to load and scipy.stats half of one: they are imported
where something is computed, since most pages only read models.
"""

from kowis_data.clustering.comparison import Comparison, compare, moved
from kowis_data.clustering.description import Feature, sentence
from kowis_data.clustering.group_tests import GroupTest, compare_groups
from kowis_data.clustering.model import Cluster, ClusterModel, data_version, fit, model_key
from kowis_data.clustering.number_of_clusters import Numbers
from kowis_data.clustering.preparation import prepare
from kowis_data.clustering.saving import from_json, to_json
from kowis_data.clustering.settings import Settings
from kowis_data.clustering.study_names import CaseStudy, ClusterName
from kowis_data.clustering.variables import DEFAULT_VARIABLES, VARIABLES, Variable, structure_variables
from kowis_data.clustering.wording import ClusteringError

__all__ = [
    "DEFAULT_VARIABLES",
    "VARIABLES",
    "CaseStudy",
    "Cluster",
    "ClusterModel",
    "ClusterName",
    "ClusteringError",
    "Comparison",
    "Feature",
    "GroupTest",
    "Numbers",
    "Settings",
    "Variable",
    "compare",
    "compare_groups",
    "data_version",
    "fit",
    "from_json",
    "model_key",
    "moved",
    "prepare",
    "sentence",
    "structure_variables",
    "to_json",
]
