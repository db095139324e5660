"""Saved lists of towns in the workspace."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspace.lists import load_list, save_list, write_atomically


def test_what_is_saved_comes_back_sorted_and_once(tmp_path):
    list_id = save_list(tmp_path, ["100420115", "057580036", "100420115"])
    assert load_list(tmp_path, list_id) == ["057580036", "100420115"]
    assert len(list_id) == 12 and set(list_id) <= set("0123456789abcdef")


def test_the_same_towns_have_the_same_id(tmp_path):
    first = save_list(tmp_path, ["b", "a"])
    assert save_list(tmp_path, ["a", "b", "a"]) == first
    assert save_list(tmp_path, ["a", "b", "c"]) != first
    assert len(list((tmp_path / "lists").iterdir())) == 2


@pytest.mark.parametrize("list_id", ["", "0123456789ab", "../../etc/passwd", "0123456789AB", "08426014", "05758036,1"])
def test_an_unknown_id_is_no_list(tmp_path, list_id):
    assert load_list(tmp_path, list_id) is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "{}", '{"other": 1}', "[]", "null", "[1, 2]", "\x00\xff"],
)
def test_a_damaged_file_is_no_list(tmp_path, content):
    list_id = save_list(tmp_path, ["a"])
    (tmp_path / "lists" / f"{list_id}.json").write_text(content, encoding="latin-1")
    assert load_list(tmp_path, list_id) is None


def test_a_list_is_saved_again_after_its_file_was_damaged(tmp_path):
    list_id = save_list(tmp_path, ["a"])
    (tmp_path / "lists" / f"{list_id}.json").write_text("{", encoding="utf-8")
    assert save_list(tmp_path, ["a"]) == list_id
    assert load_list(tmp_path, list_id) == ["a"]


@given(st.lists(st.text("0123456789", min_size=9, max_size=9), max_size=80))
def test_any_list(tmp_path, unit_ids):
    assert load_list(tmp_path, save_list(tmp_path, unit_ids)) == sorted(set(unit_ids))


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "file.json"
    write_atomically(path, {"name": "Münnerstadt"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "Münnerstadt"}
    with pytest.raises(TypeError):
        write_atomically(path, {"name": "Vlotho", "cannot": object()})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "Münnerstadt"}


def test_an_error_leaves_no_half_file_behind(tmp_path):
    path = tmp_path / "file.json"
    with pytest.raises(TypeError):
        write_atomically(path, {"cannot": object()})
    assert [f.name for f in path.parent.iterdir()] == []
