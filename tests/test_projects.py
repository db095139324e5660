"""Projects: nothing lost, not even when two save at once; files handed on are checked."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries import data_version
from workspace import project_content, projects


@pytest.fixture
def project(tmp_path):
    made = projects.new_project("  Vier  Städte ", project_content.empty({"at_least": 2}), {"small_towns": 2122})
    return projects.save(tmp_path, made, by="Ada", what="angelegt")


def test_saved_and_loaded(tmp_path, project):
    assert project.title == "Vier Städte" and project.version == 1 and project.changed_by == "Ada"
    assert projects.load(tmp_path, project.project_id) == project
    assert projects.list_projects(tmp_path) == [project]
    again = projects.save(tmp_path, replace(project, content={"a": 1}), by="Ben", what="geändert", label="Vorauswahl")
    assert again.version == 2 and [entry.what for entry in again.history] == ["angelegt", "geändert"]
    assert projects.load_version(tmp_path, project.project_id, 1) == project
    assert projects.versions(tmp_path, project.project_id) == [1, 2]


def test_two_people_get_a_conflict_and_not_a_lost_update(tmp_path, project):
    mine, theirs = replace(project, content={"mine": 1}), replace(project, content={"theirs": 1})
    projects.save(tmp_path, theirs, by="Ben", what="geändert")
    with pytest.raises(projects.Conflict, match="Ben hat dieses Projekt inzwischen gespeichert") as caught:
        projects.save(tmp_path, mine, by="Ada", what="geändert")
    assert caught.value.theirs.content == {"theirs": 1}
    assert projects.load(tmp_path, project.project_id).content == {"theirs": 1}
    copied = projects.save(tmp_path, projects.copy_of(mine, "Kopie"), by="Ada", what="als Kopie gespeichert")
    assert copied.project_id != project.project_id and copied.content == {"mine": 1}


def test_of_many_savers_at_once_exactly_one_wins(tmp_path, project):
    outcomes = []

    def work(number: int) -> None:
        try:
            projects.save(tmp_path, replace(project, content={"who": number}), by=str(number), what="geändert")
            outcomes.append(number)
        except projects.Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [number for number in outcomes if number is not None]
    assert len(outcomes) == 8 and len(winners) == 1
    assert projects.load(tmp_path, project.project_id).content == {"who": winners[0]}


def test_old_versions_go_and_named_ones_stay(tmp_path, project, monkeypatch):
    monkeypatch.setattr(projects, "KEPT_VERSIONS", 3)
    project = projects.save(tmp_path, project, by="", what="", label="Für das Gespräch")
    for _ in range(6):
        project = projects.save(tmp_path, project, by="", what="")
    assert projects.versions(tmp_path, project.project_id) == [2, 6, 7, 8]


def test_file_to_hand_on(tmp_path, project):
    content = projects.to_json(project)
    assert projects.to_json(project) == content
    taken = projects.from_json(content)
    assert taken.content == project.content and taken.project_id != project.project_id
    assert projects.save(tmp_path, taken, by="Eva", what="übernommen").version == 1
    assert len(projects.list_projects(tmp_path)) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: b"", "kein gültiges JSON"),
        (lambda d: b"\xff\xfe", "kein gültiges JSON"),
        (lambda d: b"[]", "kein Projekt"),
        (lambda d: json.dumps(d | {"format": "x"}).encode(), "kein Projekt"),
        (lambda d: json.dumps(d | {"format_version": 99}).encode(), "neueren Ausgabe"),
        (lambda d: json.dumps(d | {"title": "anders"}).encode(), "beschädigt"),
        (lambda d: json.dumps({k: v for k, v in d.items() if k != "history"}).encode(), "beschädigt"),
    ],
)
def test_wrong_files_are_told(project, change, says):
    with pytest.raises(projects.ProjectError, match=says):
        projects.from_json(change(json.loads(projects.to_json(project))))


def test_a_damaged_file_is_no_project(tmp_path, project):
    path = tmp_path / "projects" / f"{project.project_id}.json"
    path.write_text(path.read_text()[:-20])
    assert projects.load(tmp_path, project.project_id) is None and projects.list_projects(tmp_path) == []
    assert projects.load(tmp_path, "../etc/passwd") is None


def test_deleted_with_its_versions(tmp_path, project):
    assert projects.delete(tmp_path, project.project_id) and not projects.delete(tmp_path, project.project_id)
    assert projects.list_projects(tmp_path) == [] and projects.versions(tmp_path, project.project_id) == []


def test_a_title_is_needed(project):
    for title in ("", "   "):
        with pytest.raises(projects.ProjectError, match="Namen"):
            projects.rename(project, title)


def test_dossiers_ratings_and_contact():
    content = project_content.empty({})
    content = project_content.with_rating(content, "057580036", "Ben", "contrast", 4)
    content = project_content.with_rating(content, "057580036", "Ada", "contrast", 5)
    content = project_content.with_rating(content, "057580036", "Ada", "contrast", 2)
    assert project_content.ratings_of(content, "057580036") == [("Ada", "contrast", 2), ("Ben", "contrast", 4)]
    content = project_content.with_rating(content, "057580036", "Ben", "contrast", None)
    assert [member for member, _, _ in project_content.ratings_of(content, "057580036")] == ["Ada"]
    content = project_content.with_contact(content, "057580036", "declined", by="Ada", note="keine Zeit")
    content = project_content.with_contact(content, "084265002", "confirmed", by="Ada")
    assert project_content.declined(content) == ("057580036",)
    assert project_content.confirmed(content) == ("084265002",)
    assert [line["kind"] for line in content["decisions"]] == ["contact", "contact"]
    assert "keine Zeit" in content["decisions"][0]["text"]
    assert project_content.dossier(content, "057580036")["ratings"] == {"Ada": {"contrast": 2}}
    for wrong in (
        lambda: project_content.with_contact(content, "x", "vielleicht", by=""),
        lambda: project_content.with_dossier(content, "x", unknown=1),
    ):
        with pytest.raises(KeyError):
            wrong()
    with pytest.raises(ValueError):
        project_content.with_rating(content, "x", "Ada", "contrast", 6)


TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), TREE, max_size=5))
def test_whatever_is_saved_comes_back(content):
    project = projects.new_project("Probe", content, {})
    assert projects.from_json(projects.to_json(project)).content == content


def test_changing_never_touches_what_was_there():
    content = project_content.empty({"criteria": []})
    before = json.dumps(content, sort_keys=True)
    project_content.with_rating(content, "a", "Ada", "contrast", 1)
    project_content.with_decision(content, "note", "etwas", by="Ada")
    assert json.dumps(content, sort_keys=True) == before
    assert project_content.completed({"question": "?"})["dossiers"] == {}


def test_what_changed_in_the_data_is_said(con):
    now = data_version.facts(con)
    assert data_version.changes(now, now) == []
    then = json.loads(json.dumps(now))
    then["territorial_status"] = "31.12.2021"
    gone = then["sources"].pop(0)
    then["sources"][0]["reference_date"] = "gestern"
    then["sources"].append({"source_id": "x", "title": "Alte Tabelle", "reference_date": "", "sha256": ""})
    said = " ".join(data_version.changes(then, now))
    assert "damals 31.12.2021, heute 30.06.2024" in said and gone["title"] in said
    assert "Nicht mehr vorhanden: Alte Tabelle" in said and "damals gestern" in said
