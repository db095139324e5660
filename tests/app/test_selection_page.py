"""The page Fallstudienauswahl (stage 1): a project, its settings, what they leave, and what is kept of it."""

from __future__ import annotations

import csv
import io
import os
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from queries import data_version
from queries.stage1 import default
from queries.stage1.criterion import Criterion
from queries.stage1.run import run
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import read
from queries.town_filter import TownFilter
from tests.app.test_pages import assert_sound, open_page, words
from workspace import project_content, projects

PAGE = "fallstudienauswahl"
BAND = Criterion("population_density", "2022", reason="Probe")


@pytest.fixture(autouse=True)
def shared_database(built_database, monkeypatch):
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))


def workspace() -> Path:
    return Path(os.environ["KOWIS_WORKSPACE"])


@pytest.fixture
def saved(con):
    """Saves a project with these settings and opens the page on it."""

    def open_(settings: Stage1Settings | None = None, *, data: dict | None = None, **query: str) -> AppTest:
        content = project_content.empty((settings or default.default_settings(con)).as_dict())
        project = projects.new_project("Probe", content, data_version.facts(con) if data is None else data)
        project = projects.save(workspace(), project, by="Ada", what="Probe")
        return open_page(PAGE, projekt=project.project_id, **query)

    return open_


def project_of(at: AppTest) -> projects.Project:
    """The project of the page as it stands in its file."""
    asked = at.query_params["projekt"]
    return projects.load(workspace(), asked[0] if isinstance(asked, list) else asked)


def settings_of(at: AppTest) -> Stage1Settings:
    return Stage1Settings.from_dict(project_of(at).content["stage1"])


def remaining(at: AppTest) -> list[str]:
    return project_of(at).content["results"]["remaining"]


def metric(at: AppTest, label: str) -> str:
    return next(m.value for m in at.metric if m.label == label)


def test_without_a_project_the_page_offers_to_begin():
    at = open_page(PAGE)
    assert_sound(at, "Eigene Rekonstruktion", "keine Häufigkeitsaussagen", "Seawright & Gerring", "Neu beginnen")
    assert not at.metric


def test_the_default_leaves_four_towns_of_each_cluster(con):
    at = open_page(PAGE)
    at.button(key="projekt_neu").click().run()
    assert_sound(at, "Modelldaten (synthetisch)", "Schritt zu Schritt", "Muster aus hoch und niedrig", "Grenzen: ©")
    assert metric(at, "bleiben") == "16"
    kept = remaining(at)
    clusters = con.execute(
        "SELECT count(*) FROM cluster_membership WHERE model_id = 'standard' AND unit_id IN (SELECT unnest(?)) "
        "GROUP BY cluster",
        [kept],
    ).fetchall()
    assert [row[0] for row in clusters] == [4, 4, 4, 4]
    funnel = project_of(at).content["results"]["funnel"]
    assert funnel[0]["left"] == 2122 and funnel[-1]["left"] == 16
    # The same address shows the same.
    again = open_page(PAGE, projekt=project_of(at).project_id)
    assert_sound(again)
    assert [(m.label, m.value) for m in again.metric] == [(m.label, m.value) for m in at.metric]
    assert project_of(again).version == project_of(at).version


def test_only_official_data(saved):
    at = open_page(PAGE, amtlich="true")
    at.button(key="projekt_neu").click().run()
    assert_sound(at)
    assert "synthetisch" not in words(at)
    assert metric(at, "bleiben") == "16" and settings_of(at).group is None
    at = saved(amtlich="true")
    assert_sound(at, "beruht auf Modelldaten")
    assert not at.metric
    at.button(key="s1_amtlich").click().run()
    assert_sound(at)
    assert "synthetisch" not in words(at) and metric(at, "bleiben") == "16"


def test_an_empty_filter_explains_itself_and_can_be_reset(saved):
    at = saved()
    at.number_input(key="s1_population_from").set_value(10_000_000).run()
    assert_sound(at, "Zu diesen Filtern gibt es keine Kleinstadt")
    assert remaining(at) == [] and project_of(at).content["results"]["problem"]
    at.button(key="s1_filter_weg_oben").click().run()
    assert_sound(at)
    assert metric(at, "Städte zur Wahl") == "2.122" and at.number_input(key="s1_population_from").value is None


def test_the_filter_of_the_project_counts_and_comes_back(saved, con):
    at = saved()
    at.multiselect(key="s1_state_ids").set_value(["10"]).run()
    at.multiselect(key="s1_county_ids").set_value(["10042"]).run()
    assert settings_of(at).towns == TownFilter(state_ids=("10",), county_ids=("10042",))
    again = open_page(PAGE, projekt=project_of(at).project_id, land="05")
    assert_sound(again)
    assert again.multiselect(key="s1_county_ids").value == ["10042"]
    again.multiselect(key="s1_state_ids").set_value(["05"]).run()
    assert settings_of(again).towns == TownFilter(state_ids=("05",))
    number = con.execute("SELECT count(*) FROM small_town WHERE state_id = '05'").fetchall()[0][0]
    assert metric(again, "Städte zur Wahl") == str(number)
    again.multiselect(key="s1_f_gemeindeform").set_value(["verband"]).run()
    assert_sound(again)
    assert settings_of(again).towns.attributes == (("gemeindeform", ("verband",)),)


@pytest.mark.parametrize("logic", ["all", "at_least", "weighted"])
def test_every_rule(saved, con, logic):
    at = saved(replace(default.default_settings(con), per_group=None))
    at.selectbox(key="s1_regel").set_value(logic).run()
    if logic != "all":
        at.number_input(key="s1_k").set_value(6.0).run()
    assert_sound(at)
    settings = settings_of(at)
    assert settings.logic == logic
    assert remaining(at) == list(run(read(con, settings), settings).remaining)
    assert metric(at, "bleiben") == f"{len(remaining(at)):,}".replace(",", ".")


def test_no_town_and_too_few_towns_say_what_to_do(saved):
    one = Criterion("population_density", "2022", band="limits", lower=None, upper=1e6, reason="Probe")
    assert_sound(saved(Stage1Settings(criteria=(one,))), "Es bleibt keine Stadt", "Auf eine Zahl bringen")
    assert_sound(saved(Stage1Settings(criteria=(BAND,), per_group=1)), "Es bleibt nur 1 Stadt")


def test_without_a_criterion_the_default_is_one_click_away(saved):
    at = saved(Stage1Settings())
    assert_sound(at, "Es ist noch kein Kriterium gewählt")
    at.button(key="s1_vorgabe").click().run()
    assert_sound(at)
    assert metric(at, "bleiben") == "16"


def test_a_criterion_is_changed_and_removed(saved):
    at = saved(Stage1Settings(criteria=(BAND, replace(BAND, indicator_id="women_per_100_men", reason=""))))
    assert_sound(at, "Noch ohne Begründung", "Frauen je 100 Männer")
    at.selectbox(key="kriterium").set_value("population_density").run()
    at.slider(key="s1_spanne_population_density").set_value((10, 90)).run()
    assert_sound(at, "So fragt der Atlas", "außerhalb der mittleren 80 %")
    assert "value < $population_density_low" in at.code[0].value
    at.segmented_control(key="s1_band_population_density").set_value("limits").run()
    before = settings_of(at).criteria[0]
    assert before.band == "limits" and before.lower < before.upper
    at.number_input(key="s1_lower_population_density").set_value(before.upper + 1).run()
    assert_sound(at, "Die untere Grenze liegt über der oberen")
    assert settings_of(at).criteria[0] == before
    at.selectbox(key="s1_seite_population_density").set_value("high").run()
    at.checkbox(key="s1_muss_population_density").set_value(True).run()
    assert settings_of(at).criteria[0].side == "high" and settings_of(at).criteria[0].is_required
    at.button(key="s1_entfernen_population_density").click().run()
    assert_sound(at)
    assert [c.key for c in settings_of(at).criteria] == ["women_per_100_men"]


def test_criteria_are_added(saved):
    at = saved(Stage1Settings(criteria=(BAND,)))
    at.selectbox(key="s1_neu_merkmal").set_value("women_per_100_men").run()
    at.text_area(key="s1_neu_grund").set_value("weil").run()
    at.button(key="s1_hinzu").click().run()
    at.segmented_control(key="s1_neu_art").set_value("category").run()
    at.selectbox(key="s1_neu_einordnung").set_value("west_ost").run()
    at.multiselect(key="s1_neu_werte_west_ost").set_value(["Ostdeutschland"]).run()
    at.button(key="s1_hinzu").click().run()
    assert_sound(at, "Ostdeutschland")
    added = settings_of(at).criteria[1:]
    assert [(c.key, c.kind, c.reason) for c in added] == [
        ("women_per_100_men", "metric", "weil"),
        ("west_ost", "category", ""),
    ]
    assert len(at.multiselect(key="muster").options) == 2  # a category has no low side


def test_county_values_only_with_a_reason_on_the_record(saved, catalogue):
    at = saved(Stage1Settings(criteria=(BAND,)))
    county = {key: i.title for key, i in catalogue.items() if i.is_county_context}
    assert county
    assert not any(
        title in option for option in at.selectbox(key="s1_neu_merkmal").options for title in county.values()
    )
    at.text_area(key="s1_kreisgrund").set_value("nur so vorhanden").run()
    at.selectbox(key="s1_neu_merkmal").set_value(next(iter(county))).run()
    at.button(key="s1_hinzu").click().run()
    assert_sound(at)
    assert settings_of(at).criteria[1].key == next(iter(county))
    decision = project_of(at).content["decisions"][-1]
    assert decision["kind"] == "county" and "nur so vorhanden" in decision["text"]
    at.text_area(key="s1_kreisgrund").set_value("").run()
    assert_sound(at, "Kreiswerte wählen Kreise aus, nicht Städte")


def test_correlated_criteria_are_named_and_counted_once(saved):
    pair = (BAND, replace(BAND, indicator_id="population"), replace(BAND, indicator_id="census_population"))
    at = saved(Stage1Settings(criteria=pair))
    assert_sound(at, "Eng zusammenhängende Kriterien", "von 2 Kriterien")
    at.toggle(key="s1_einmal").set_value(False).run()
    assert_sound(at, "von 3 Kriterien")


def test_surroundings_and_exclusions_need_a_reason_and_go_on_record(saved, con):
    at = saved()
    assert at.button(key="s1_umland_an").disabled
    at.text_input(key="s1_umland_grund_").set_value("anderes Thema").run()
    at.button(key="s1_umland_an").click().run()
    settings = settings_of(at)
    assert (settings.surroundings_km, settings.surroundings_reason) == (25.0, "anderes Thema")
    town = remaining(at)[0]
    at.selectbox(key="s1_aus_stadt").set_value(town).run()
    at.text_input(key="s1_aus_grund").set_value("Pretest").run()
    at.button(key="s1_aus").click().run()
    assert_sound(at, "Pretest")
    assert any("ohne das Umland" in step["sentence"] for step in project_of(at).content["results"]["funnel"])
    assert settings_of(at).excluded == ((town, "Pretest"),) and town not in remaining(at)
    assert [d["kind"] for d in project_of(at).content["decisions"]] == ["surroundings", "exclusion"]
    at.button(key=f"s1_zurueck_{town}").click().run()
    assert town in remaining(at)


def test_the_outlier_check_is_open_until_decided(saved):
    at = saved()
    number = int(metric(at, "Werte zu prüfen"))
    assert number >= 2 and project_of(at).content["results"]["outliers_open"] == number
    assert_sound(at, "noch zu prüfen", "Median der Nachbarn")
    first = next(button.key for button in at.button if str(button.key).startswith("s1_p_ja_"))
    name = first.removeprefix("s1_p_ja_")
    unit_id, key = name.split("_", 1)
    before = remaining(at)
    at.selectbox(key=f"s1_p_art_{name}").set_value("excluded").run()
    at.text_input(key=f"s1_p_grund_{name}").set_value("Fehler im Register").run()
    at.button(key=first).click().run()
    assert_sound(at, "Fehler im Register")
    decision = settings_of(at).outliers[0]
    assert (decision.unit_id, decision.key, decision.decision) == (unit_id, key, "excluded")
    assert before != remaining(at) or unit_id in remaining(at)
    for _ in range(3):  # another town may have come in with values of its own
        if metric(at, "Werte zu prüfen") == "0":
            break
        many = [button.key for button in at.button if button.key == "s1_p_alle"]
        if many:
            at.text_input(key="s1_p_alle_grund").set_value("gegen die Quelle geprüft").run()
            at.button(key="s1_p_alle").click().run()
        else:
            only = next(b.key for b in at.button if str(b.key).startswith("s1_p_ja_")).removeprefix("s1_p_ja_")
            at.text_input(key=f"s1_p_grund_{only}").set_value("geprüft").run()
            at.button(key=f"s1_p_ja_{only}").click().run()
    assert_sound(at, "Alle auffälligen Werte sind geprüft")
    content = project_of(at).content
    assert content["results"]["outliers_open"] == 0 and {d["kind"] for d in content["decisions"]} == {"outlier"}
    at.selectbox(key="s1_p_zurueck").set_value((unit_id, key)).run()
    at.button(key="s1_p_weg").click().run()
    assert_sound(at)
    assert (unit_id, key) not in {(d.unit_id, d.key) for d in settings_of(at).outliers}


@pytest.mark.parametrize(
    ("how", "said"), [("ranking", "kontrastreichsten"), ("width", "Mittlerer Bereich"), ("k", "Kriterien")]
)
def test_bringing_to_a_number(saved, con, how, said):
    settings = replace(default.default_settings(con, only_official=True), per_group=None, at_least=4)
    at = saved(settings)
    at.number_input(key="s1_ziel_alle").set_value(12).run()
    at.radio(key="s1_ziel_weg").set_value(how).run()
    at.button(key="s1_bringen").click().run()
    assert_sound(at, said)
    assert len(remaining(at)) == 12 if how == "ranking" else len(remaining(at)) >= 12


def test_a_number_that_cannot_be_reached_says_so(saved):
    at = saved()
    at.radio(key="s1_ziel_weg").set_value("width").run()
    at.button(key="s1_bringen").click().run()
    assert_sound(at, "nur über die Rangfolge")


def test_somebody_else_saved_meanwhile(saved):
    at = saved()
    theirs = project_of(at)
    projects.save(workspace(), replace(theirs, title="Andere"), by="Ben", what="umbenannt")
    at.number_input(key="s1_k").set_value(5.0).run()
    assert [e for e in at.exception] == []
    assert "Ben hat dieses Projekt inzwischen gespeichert" in at.error[0].value
    next(b for b in at.button if b.label == "Deren Fassung öffnen").click().run()
    assert_sound(at, "Projekt: Andere")
    assert at.number_input(key="s1_k").value == 1.0


def test_an_old_project_on_newer_data_says_what_changed(saved, con):
    facts = data_version.facts(con)
    at = saved(data=facts | {"sources": facts["sources"][1:]})
    assert_sound(at)
    assert any("Die Daten haben sich seit diesem Projekt geändert" in e.label for e in at.expander)
    project = project_of(at)
    stale = project.content | {"results": project.content["results"] | {"remaining": ["057580036"]}}
    projects.save(workspace(), replace(project, content=stale), by="Ada", what="alter Stand")
    at = open_page(PAGE, projekt=project.project_id)
    assert_sound(at, "nach dem gespeicherten Stand: 1 Stadt.", "16 Städte")
    assert remaining(at) == ["057580036"], "looking at a project changes nothing"
    next(b for b in at.button if b.label == "Mit den heutigen Daten weiterarbeiten").click().run()
    assert_sound(at)
    assert len(remaining(at)) == 16


def test_question_and_team_are_kept(saved):
    at = saved()
    at.text_input(key="s1_frage").set_value("Wer spricht mit wem?")
    at.text_input(key="s1_team").set_value("Ada, Ben ,").run()
    content = project_of(at).content
    assert (content["question"], content["team"]) == ("Wer spricht mit wem?", ["Ada", "Ben"])


def test_the_file_names_bounds_and_sources(con):
    at = AppTest.from_function(_file_of_the_default, default_timeout=60).run()
    assert not at.exception, at.exception
    rows = list(csv.DictReader(io.StringIO(at.text[0].value.lstrip("\ufeff")), delimiter=";"))
    settings = default.default_settings(con)
    assert len(rows) == 16 * len(settings.criteria)
    assert all(row["Quelle und Herkunft"].startswith("Quelle: ") for row in rows)
    assert {row["Lage"] for row in rows} <= {"hoch", "niedrig", "mittel", "k. A."}
    high = next(row for row in rows if row["Lage"] == "hoch")
    assert float(high["Wert"].replace(",", ".")) >= float(high["mittlerer Bereich bis"].replace(",", "."))


def _file_of_the_default():
    import streamlit as st

    from queries.stage1 import default
    from ui import stage1_outcome, stage1_state, stage1_table
    from ui.atlas import ask

    found = stage1_state.outcome(ask(default.default_settings))
    st.text(stage1_table.as_csv(found, stage1_outcome.labels(found)).decode("utf-8-sig"))
