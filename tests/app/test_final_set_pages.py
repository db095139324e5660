"""Dossiers, final set and replacement, run headless on a project of the default criteria."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from kowis_data.settings import database_path, workspace_path
from queries import data_version
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import selection_base
from queries.stage1.default import default_settings
from queries.stage1.settings import Stage1Settings
from tests.app.test_pages import assert_sound, open_page, words
from ui import background, dossier_file
from workspace import project_content, projects
from workspace.projects import Project

PAGES = {
    "dossiers": "Kleinstadt-Dossiers",
    "endauswahl": "Stufe 2 · Endauswahl",
    "robustheit": "Wie robust ist das?",
}


@pytest.fixture(autouse=True)
def shared_database(built_database, monkeypatch):
    """All tests of this file read the database that was built once."""
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))


@pytest.fixture
def project(con) -> Project:
    """A project of the documented default, in a workspace of its own."""
    return made(con)


def made(con, *, only_official: bool = False, **content) -> Project:
    stage1 = default_settings(con, only_official=only_official).as_dict()
    new = projects.new_project("Probe", project_content.empty(stage1) | content, data_version.facts(con))
    return projects.save(workspace_path(), new, by="", what="angelegt")


def opened(page: str, project: Project, **query: str) -> AppTest:
    return open_page(page, projekt=project.project_id, **query)


def saved(project: Project) -> dict:
    """Content of the project as it stands in its file now."""
    return projects.load(workspace_path(), project.project_id).content


def change(project: Project, content: dict) -> Project:
    """Save the project with other content, as somebody else would."""
    now = projects.load(workspace_path(), project.project_id)
    return projects.save(workspace_path(), replace(now, content=content), by="", what="Probe")


def click(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if re.fullmatch(label, button.label)).click()
    return at.run()


@pytest.mark.parametrize(("page", "title"), PAGES.items())
def test_without_a_project_the_page_offers_to_begin(page, title):
    at = open_page(page)
    assert at.title[0].value == title
    assert_sound(at, "Neu beginnen", "Weiterarbeiten")


# ---- dossiers


def test_a_dossier_tells_contrast_structure_place_and_gaps(project):
    at = opened("dossiers", project)
    assert_sound(
        at,
        "16 Städte",
        "Was die Stadt zum Kontrastfall macht",
        "Wirtschaftsstruktur – enthält Modelldaten (synthetisch)",
        "eigene Rekonstruktion",
        "Nachbarn nach gemeinsamer Grenze",
        "Wie reden Stadt und Unternehmen miteinander?",
        "amtlich",
    )
    options = at.selectbox(key="dossier").options
    assert len(options) == 16
    first = at.subheader[0].value
    click(at, "Nächste")
    assert at.subheader[0].value != first
    assert_sound(at, "2 von 16")


def test_contact_ratings_and_notes_are_saved_at_once(con):
    project = made(con, team=["A. Muster"])
    at = opened("dossiers", project)
    unit_id = at.selectbox(key="dossier").value
    at.pills(key=f"kontakt_{unit_id}").set_value("confirmed").run()
    at.segmented_control(key=f"bewertung_{unit_id}_A. Muster_contrast").set_value(5).run()
    at.text_area(key=f"notizen_{unit_id}").set_value("Gespräch am Montag").run()
    click(at, "Leitfragen als Gliederung einfügen")
    assert_sound(at, "Wer hat wie bewertet?", "A. Muster", "5,0")
    content = saved(project)
    assert project_content.confirmed(content) == (unit_id,)
    assert project_content.ratings_of(content, unit_id) == [("A. Muster", "contrast", 5)]
    kept = project_content.dossier(content, unit_id)
    assert kept["notes"] == "Gespräch am Montag"
    assert kept["communication"].startswith("Wer spricht heute mit wem")
    assert "confirmed" not in content["decisions"][-1]["text"]
    assert "Mitwirkung bestätigt" in content["decisions"][-1]["text"]


def test_a_change_of_contact_leaves_the_dossier_open(project):
    """A select box finds its choice again by the words of its options: they must not tell what may change."""
    at = opened("dossiers", project)
    before = at.selectbox(key="dossier").options
    click(at, "Nächste")
    name = at.subheader[0].value
    at.pills(key=f"kontakt_{at.selectbox(key='dossier').value}").set_value("declined").run()
    assert at.subheader[0].value == name and at.selectbox(key="dossier").options == before
    assert_sound(at, "kommt für die Endauswahl nicht mehr in Frage")


def test_two_who_disagree_are_shown(con):
    project = made(con)
    unit_id = opened("dossiers", project).selectbox(key="dossier").value
    content = project_content.with_rating(project.content, unit_id, "A", "contrast", 5)
    change(project, project_content.with_rating(content, unit_id, "B", "contrast", 2))
    assert_sound(opened("dossiers", project), "A, B: uneinig", "2 bis 5", "3,5")


def test_somebody_else_saved_meanwhile(project):
    at = opened("dossiers", project)
    unit_id = at.selectbox(key="dossier").value
    theirs = project_content.with_dossier(project.content, unit_id, notes="von nebenan")
    change(project, theirs)
    at.text_area(key=f"notizen_{unit_id}").set_value("von mir").run()
    assert not at.exception and at.error
    assert project_content.dossier(saved(project), unit_id)["notes"] == "von nebenan"
    click(at, "Deren Fassung öffnen")
    assert at.text_area(key=f"notizen_{unit_id}").value == "von nebenan"


def test_only_official_data_hide_the_structure(con):
    at = opened("dossiers", made(con, only_official=True), amtlich="true")
    assert_sound(at, "16 Städte", "Ausgeblendet")


def test_a_dossier_as_a_document(con):
    """What the PDF says; that the file is sound is tested with the reports."""
    project = made(con)
    base = selection_base(con, Stage1Settings.from_dict(project.content["stage1"]))
    unit_id = base.remaining[0]
    content = project_content.with_rating(project.content, unit_id, "A. Muster", "contrast", 4)
    content = project_content.with_dossier(content, unit_id, communication="Runder Tisch seit 2022")
    content = project_content.with_contact(content, unit_id, "confirmed", by="A. Muster", note="Termin im März")
    text = dossier_file.document(replace(project, content=content), base, unit_id).plain_text()
    for words_ in (
        base.names[unit_id],
        "Mitwirkung bestätigt",
        "Runder Tisch seit 2022",
        "Termin im März",
        "A. Muster",
    ):
        assert words_ in text
    for words_ in ("keine Häufigkeitsaussagen", "Modelldaten (synthetisch)", "eigene Rekonstruktion", "amtlich"):
        assert words_ in text


# ---- final set


def test_the_default_proposes_four_towns_with_proof(project):
    at = opened("endauswahl", project)
    assert_sound(at, "Vorschlag", "Keine zulässige Zusammenstellung", "genau 1 je Cluster", "keine Häufigkeitsaussagen")
    proposal = saved(project)["results"]["proposal"]
    assert len(proposal["unit_ids"]) == 4 and proposal["proven"]
    version = projects.load(workspace_path(), project.project_id).version
    opened("endauswahl", project)
    assert projects.load(workspace_path(), project.project_id).version == version, "looking changes nothing"


def test_ten_best_sets_and_what_the_constraint_costs(project):
    at = opened("endauswahl", project)
    click(at, "Zehn beste suchen")
    click(at, "Kosten ausrechnen")
    assert_sound(at, "Die zehn besten Mengen", "ohne sie:", "Mengen im Vergleich")
    alternatives = saved(project)["results"]["alternatives"]
    assert len(alternatives) == 10
    assert alternatives[0]["unit_ids"] == saved(project)["results"]["proposal"]["unit_ids"]
    assert alternatives == sorted(alternatives, key=lambda entry: -entry["value"])


def test_a_refusal_finds_a_replacement_with_one_click(project):
    members = tuple(saved_proposal(project))
    gone = members[0]
    content = project_content.with_contact(saved(project), gone, "declined", by="A", note="keine Zeit")
    change(project, content)
    at = opened("endauswahl", project)
    assert_sound(at, "Ersatz", "hat abgelehnt")
    at.button(key="ersatz_nehmen_0").click().run()
    assert_sound(at)
    content = saved(project)
    assert set(members) - {gone} < set(content["own_set"])
    assert gone not in content["own_set"] and len(content["own_set"]) == 4
    assert content["decisions"][-1]["kind"] == "replacement"
    assert "hat abgelehnt" not in words(at)
    assert gone not in content["results"]["proposal"]["unit_ids"]


def test_two_refusals_at_once(project):
    members = saved_proposal(project)
    content = saved(project)
    for gone in members[:2]:
        content = project_content.with_contact(content, gone, "declined", by="A")
    change(project, content)
    at = opened("endauswahl", project)
    assert_sound(at, "haben abgelehnt")
    at.button(key="ersatz_nehmen_0").click().run()
    own = set(saved(project)["own_set"])
    assert set(members[2:]) < own and len(own) == 4 and not own & set(members[:2])


def test_nobody_left_who_could_stand_in(con, project):
    """All towns of a cluster declined: no set with one town per cluster is left, and the page says what conflicts."""
    members = saved_proposal(project)
    towns = selection_base(con, Stage1Settings.from_dict(project.content["stage1"])).towns
    cluster = towns.loc[members[0], "cluster"]
    content = saved(project)
    for unit_id in towns.index[towns["cluster"] == cluster]:
        content = project_content.with_contact(content, unit_id, "declined", by="A")
    change(project, content)
    at = opened("endauswahl", project)
    assert_sound(at, "hat abgelehnt", "genau 1 je Cluster", "vertragen sich")
    click(at, "Alle Vorgaben aufheben")
    assert_sound(at, "Ersatz")
    at.button(key="ersatz_nehmen_0").click().run()
    assert len(saved(project)["own_set"]) == 4


def saved_proposal(project: Project) -> list[str]:
    opened("endauswahl", project)
    return saved(project)["results"]["proposal"]["unit_ids"]


def test_only_confirmed_with_too_few_of_them(project):
    at = opened("endauswahl", project)
    at.toggle(key="e_zusage").set_value(True).run()
    assert_sound(at, "Mitwirkung bestätigt", "warten Sie weitere Zusagen ab")
    click(at, "Alle Vorgaben aufheben")
    assert_sound(at, "Keine zulässige Zusammenstellung", "keine Vorgaben")


def test_constraints_that_exclude_one_another_are_named(project):
    at = opened("endauswahl", project)
    at.number_input(key="e_km").set_value(900).run()
    assert_sound(at, "900 km", "lässt keine solche Auswahl zu")
    assert "Vorschlag" not in [subheader.value for subheader in at.subheader]


def test_more_towns_wanted_than_remain(project):
    at = opened("endauswahl", project)
    at.number_input(key="e_anzahl").set_value(20).run()
    assert_sound(at, "sind nur 16 Städte übrig")


@pytest.mark.parametrize("objective", ["max_sum", "coverage", "median", "diverse"])
def test_every_aim(project, objective):
    at = opened("endauswahl", project)
    at.selectbox(key="e_ziel").set_value(objective).run()
    assert_sound(at)
    assert saved(project)["stage2"]["objective"] == objective
    assert saved(project)["results"]["proposal"]["objective"] == objective


def test_an_own_set_needs_a_reason_before_it_is_decided(con, project):
    proposal = saved_proposal(project)
    at = opened("endauswahl", project)
    click(at, "Vorschlag übernehmen")
    assert_sound(at, "Die eigene Auswahl ist der Vorschlag", "Prozentrang")
    other = [*proposal[1:], next(key for key in remaining(con, project) if key not in proposal)]
    at.multiselect(key="eigene_auswahl").set_value(other).run()
    assert_sound(at, "Die Begründung fehlt noch")
    assert next(b for b in at.button if b.label == "Entscheidung festhalten").disabled
    at.text_area(key="abweichung").set_value("Dort läuft schon ein Prozess.").run()
    click(at, "Entscheidung festhalten")
    assert_sound(at, "Entscheidung festgehalten am")
    decision = saved(project)["decisions"][-1]
    assert decision["kind"] == "final_set" and "Dort läuft schon ein Prozess." in decision["text"]


def remaining(con, project: Project) -> tuple[str, ...]:
    return selection_base(con, Stage1Settings.from_dict(project.content["stage1"])).remaining


def test_without_clusters_on_official_data_only(con):
    at = opened("endauswahl", made(con, only_official=True), amtlich="true")
    assert_sound(at, "keine Vorgaben", "Keine zulässige Zusammenstellung")
    assert "Modelldaten" not in words(at).split("Mengenvergleich")[1]


@pytest.mark.parametrize("page", PAGES)
def test_a_project_on_model_data_is_hidden_by_the_switch(page, project):
    at = opened(page, project, amtlich="true")
    assert_sound(at, "beruht auf Modelldaten")
    assert not at.subheader
    click(at, "Auf amtliche Daten umstellen")
    assert at.title[0].value == PAGES[page]
    assert_sound(at)
    assert "Cluster" not in words(at)


def test_nothing_remains_of_stage_1(con):
    stage1 = default_settings(con)
    nothing = replace(stage1, at_least=99.0).as_dict()
    project = made(con)
    change(project, project.content | {"stage1": nothing})
    for page in PAGES:
        assert_sound(opened(page, project), "Nach Stufe 1 ist keine Stadt übrig")


def test_gower_and_weights(project):
    at = opened("endauswahl", project)
    at.selectbox(key="e_method").set_value("gower").run()
    at.select_slider(key="e_gewicht_population_density").set_value(0.0).run()
    assert_sound(at, "Gower-Abstand")
    assert saved(project)["stage2"]["weights"] == [["population_density", 0.0]]
    click(at, "Gewichte zurücksetzen")
    assert saved(project)["stage2"]["weights"] == []


# ---- robustness


def test_robustness_is_calculated_kept_and_told_when_it_is_out_of_date(project):
    at = opened("robustheit", project)
    assert_sound(at, "Noch nicht gerechnet")
    at.selectbox(key="r_runden").set_value(100).run()
    click(at, "Rechnen")
    board = background.board(str(database_path()))
    for _ in range(600):
        if not board.running():
            break
        time.sleep(0.1)
    at.run()
    assert_sound(at, "Wie oft wird jede Stadt gewählt?", "Genau dieselbe Menge", "16 von 16 verbliebenen Städten")
    found = saved(project)["robustness"]
    assert found["rounds"] == 100 and len(found["base"]["final"]) == 4
    assert sum(town["base_remaining"] for town in found["towns"]) == 16

    assert_sound(opened("robustheit", project), "Genau dieselbe Menge")
    changed = saved(project)
    change(project, changed | {"stage2": Stage2Settings(size=3, one_per_cluster=False).as_dict()})
    assert_sound(opened("robustheit", project), "Bitte neu rechnen")


def test_too_many_sets_for_repetitions(con):
    stage1 = replace(default_settings(con), per_group=30).as_dict()
    project = made(con)
    project = change(project, project.content | {"stage1": stage1})
    assert_sound(click(opened("robustheit", project), "Rechnen"), "zu viele für viele Wiederholungen")
