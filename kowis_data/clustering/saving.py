"""Models as JSON, and back."""

from __future__ import annotations

import math
from dataclasses import asdict

import orjson
import pandas as pd

from kowis_data.clustering.description import Feature
from kowis_data.clustering.model import Cluster, ClusterModel
from kowis_data.clustering.number_of_clusters import Numbers
from kowis_data.clustering.settings import Settings
from kowis_data.clustering.study_names import ClusterName
from kowis_data.clustering.wording import ClusteringError

# The default model lies in the database in this format: a new one needs a new SCHEMA_VERSION (kowis_data.build).
FORMAT = 2
# Computed digits beyond these differ between processors.
_DIGITS = 10


def to_json(model: ClusterModel) -> bytes:
    """The whole model, keys sorted; the same model always gives the same bytes."""
    content = {
        "format": FORMAT,
        "settings": model.settings.as_dict(),
        "data_version": model.data_version,
        "origin": model.origin,
        "versions": model.versions,
        "towns": _columns(model.towns),
        "clusters": [asdict(cluster) for cluster in model.clusters],
        "centroids": _columns(model.centroids),
        "columns": _columns(model.columns),
        "clipped": {"keys": model.clipped.index.tolist(), "values": model.clipped.tolist()},
        "left_out": model.left_out,
        "explained": model.explained,
        "numbers": model.numbers and {"table": _columns(model.numbers.table), "suggested": model.numbers.suggested},
        "stability": None if model.stability is None else _columns(model.stability),
        "separation": model.separation,
    }
    return orjson.dumps(_rounded(content), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def from_json(content: bytes) -> ClusterModel:
    """The model that `to_json` wrote. Raises ClusteringError for anything else."""
    try:
        found = orjson.loads(content)
        if found["format"] != FORMAT:
            raise ClusteringError("Dieses Modell stammt aus einer anderen Fassung des Atlas. Bitte neu berechnen.")
        numbers = found["numbers"]
        return ClusterModel(
            Settings.from_dict(found["settings"]),
            found["data_version"],
            found["origin"],
            found["versions"],
            _frame(found["towns"], "unit_id"),
            tuple(_cluster(cluster) for cluster in found["clusters"]),
            _frame(found["centroids"], "cluster"),
            _frame(found["columns"], None),
            pd.Series(found["clipped"]["values"], found["clipped"]["keys"], dtype="int64"),
            found["left_out"],
            found["explained"],
            numbers and Numbers(_frame(numbers["table"], "k"), numbers["suggested"]),
            None if found["stability"] is None else _frame(found["stability"], "cluster"),
            found["separation"],
        )
    except ClusteringError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise ClusteringError("Diese Datei enthält kein lesbares Clustermodell.") from error


def _columns(frame: pd.DataFrame) -> dict:
    """A table as lists, NaN as null; the order of columns is kept."""
    return {
        "index": frame.index.tolist(),
        "names": list(frame.columns),
        "data": [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame],
    }


def _frame(content: dict, index: str | None) -> pd.DataFrame:
    keys = pd.Index(content["index"], name=index)
    data = dict(zip(content["names"], content["data"], strict=True))
    return pd.DataFrame({name: pd.Series(values, index=keys).infer_objects() for name, values in data.items()}, keys)


def _cluster(content: dict) -> Cluster:
    return Cluster(
        **content
        | {
            "name": ClusterName(**content["name"]),
            "features": tuple(Feature(**feature) for feature in content["features"]),
            "typical": tuple(content["typical"]),
        }
    )


def _rounded(value):
    """Floats to ten significant digits, all the way down."""
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") + 0.0 if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inside) for inside in value]
    return value
