"""Saved cluster models in the workspace."""

from __future__ import annotations

import json

import pytest

from workspace.cluster_models import delete_model, list_models, load_model, recall, remember, save_model

MODEL = b'{"clusters": [1, 2, 3], "towns": {"index": ["a", "b"]}, "name": "M\xc3\xbcnnerstadt"}'
OTHER = b'{"clusters": [1, 2], "towns": {"index": ["a"]}}'


def test_what_is_saved_comes_back_to_the_byte_and_once(tmp_path):
    model_id = save_model(tmp_path, MODEL, "  Mein   Modell ")
    assert load_model(tmp_path, model_id) == MODEL
    assert save_model(tmp_path, MODEL, "Neuer Name") == model_id
    (only,) = list_models(tmp_path)
    assert (only.title, only.clusters, only.towns) == ("Neuer Name", 3, 2)


def test_the_newest_comes_first(tmp_path):
    first, second = save_model(tmp_path, MODEL, "eins"), save_model(tmp_path, OTHER, "zwei")
    path = tmp_path / "cluster_models" / f"{first}.about.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"saved_at": "2020-01-01T00:00:00"}))
    assert [model.model_id for model in list_models(tmp_path)] == [second, first]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"clusters": 4, "towns": {}}'])
def test_what_is_no_model_is_not_saved(tmp_path, content):
    with pytest.raises(ValueError, match="kein Clustermodell"):
        save_model(tmp_path, content, "x")
    assert list_models(tmp_path) == []


def test_a_title_is_needed(tmp_path):
    with pytest.raises(ValueError, match="Namen"):
        save_model(tmp_path, MODEL, "  ")


@pytest.mark.parametrize("model_id", ["", "../../etc/passwd", "0123456789ab", "ABCDEF012345"])
def test_an_unknown_id_is_no_model(tmp_path, model_id):
    assert load_model(tmp_path, model_id) is None and recall(tmp_path, model_id) is None
    assert delete_model(tmp_path, model_id) is False


def test_a_damaged_model_is_none_and_disturbs_no_list(tmp_path):
    model_id = save_model(tmp_path, MODEL, "eins")
    folder = tmp_path / "cluster_models"
    (folder / f"{model_id}.json").write_bytes(MODEL[:-1])
    (folder / "0123456789ab.about.json").write_bytes(b"\x00{")
    assert load_model(tmp_path, model_id) is None
    assert [model.title for model in list_models(tmp_path)] == ["eins"]


def test_a_deleted_model_is_gone(tmp_path):
    model_id = save_model(tmp_path, MODEL, "eins")
    assert delete_model(tmp_path, model_id) is True
    assert list_models(tmp_path) == [] and list((tmp_path / "cluster_models").iterdir()) == []


def test_computed_models_are_kept_and_the_oldest_go(tmp_path):
    for number in range(25):
        remember(tmp_path, f"{number:016x}", MODEL + bytes([number]))
    assert recall(tmp_path, f"{24:016x}") == MODEL + bytes([24])
    assert len(list((tmp_path / "cluster_models" / "computed").iterdir())) == 20
    assert list_models(tmp_path) == []
    with pytest.raises(ValueError):
        remember(tmp_path, "../x", MODEL)
