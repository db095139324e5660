"""Protocol and reproduction, run headless: without a project, with the default, worked through, official data only."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kowis_data.settings import workspace_path
from queries import data_version
from tests.app.test_pages import assert_sound, open_page, words
from tests.reports.selections import begun, worked_through
from workspace import projects


@pytest.fixture(autouse=True)
def shared_database(built_database, monkeypatch):
    """All tests of this file read the database that was built once."""
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))


def kept(con, project):
    """The project in this test's workspace."""
    fresh = projects.new_project(project.title, project.content, data_version.facts(con))
    return projects.save(workspace_path(), fresh, by="A. Muster", what="angelegt")


def test_without_a_project_the_page_offers_to_begin():
    at = open_page("protokoll")
    assert_sound(at, "Neu beginnen")
    at.button(key="projekt_neu").click().run()
    assert_sound(at, "noch nicht vollständig", "Diskussion")


def test_a_project_just_begun(con):
    at = open_page("protokoll", projekt=kept(con, begun(con)).project_id)
    assert_sound(at, "noch nicht vollständig", "○ offen", "Modelldaten (synthetisch)", "keine Häufigkeitsaussagen")
    assert {button.label for button in at.get("download_button")} >= {"Protokoll als PDF", "Protokoll für Word"}


def test_a_finished_project_and_its_discussion(con):
    project = kept(con, worked_through(con))
    at = open_page("protokoll", projekt=project.project_id)
    assert_sound(at, "Das Protokoll ist vollständig.", "Endauswahl des Teams", "Der Beirat wollte", "keine Zeit im Amt")
    assert "○ offen" not in words(at)
    at.text_area(key=f"diskussion_{project.project_id}_{project.version}").set_value("Neue *Runde* <b>").run()
    at.button(key="diskussion_speichern").click().run()
    assert_sound(at, "Neue *Runde* &lt;b&gt;")
    assert projects.load(workspace_path(), project.project_id).content["discussion"] == "Neue *Runde* <b>"


def test_model_data_stay_hidden_with_official_data_only(con):
    at = open_page("protokoll", projekt=kept(con, begun(con)).project_id, amtlich="true")
    assert_sound(at, "beruht auf Modelldaten")
    assert "Endauswahl des Teams" not in words(at) and not at.get("download_button")[1:]
    official = open_page("protokoll", projekt=kept(con, begun(con, only_official=True)).project_id, amtlich="true")
    assert_sound(official, "Rechnerischer Vorschlag")
    assert "synthetisch" not in words(official)


def test_a_project_that_cannot_be_carried_out_is_told(con):
    project = begun(con)
    criteria = [project.content["stage1"]["criteria"][0] | {"indicator_id": "gone"}]
    content = project.content | {"stage1": project.content["stage1"] | {"criteria": criteria}}
    at = open_page("protokoll", projekt=kept(con, replace(project, content=content)).project_id)
    assert_sound(at, "lässt sich Stufe 1 nicht rechnen", "Endauswahl: noch nicht festgelegt")


# ---- Reproduktion


def test_the_study_under_our_assumptions():
    at = open_page("reproduktion")
    assert_sound(
        at, "der vier unter den 16 0 von 4", "Vlotho", "nachgebildet", "15,6 %", "je Cluster", "keine Bewertung"
    )
    assert re.search(r"4 von 10.*521\. von 724", words(at), re.DOTALL)


def test_the_study_over_all_towns_stands_in_the_address():
    at = open_page("reproduktion", vergleich="all")
    assert_sound(at, "Rang unter allen", "1.809. von 2.122")
    assert at.query_params["vergleich"] in ("all", ["all"])


def test_the_study_on_official_data_alone():
    at = open_page("reproduktion", amtlich="true")
    assert_sound(
        at, "Ohne Modelldaten gibt es hier noch keine Cluster", "5 von 6", "fehlt in den Daten", "Vierergruppen"
    )
    assert "synthetisch" not in words(at)
