"""The page "Branchenprofile (Cluster)" in every state: with and without a register, own models, filters, addresses."""

from __future__ import annotations

import re
import time

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from kowis_data.clustering import Settings, to_json
from queries import clusters
from queries.town_filter import TownFilter
from tests.app.test_pages import assert_sound, open_page, words
from ui import background
from workspace import cluster_models

SECTIONS = [
    "1 · Welches Modell?", "2 · Karte der Cluster", "3 · Porträts der Cluster", "4 · Wie viele Cluster?",
    "5 · Wie stabil?", "6 · Cluster und Standortbedingungen", "7 · Wo steht eine Stadt?",
    "8 · Zwei Modelle vergleichen",
]  # fmt: skip
QUICK = Settings(clusters=3, numbers=None, bootstrap_rounds=0)


@pytest.fixture(autouse=True)
def shared_database(built_database, monkeypatch):
    """Tests that change nothing share the database; its board of work starts empty."""
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))
    background.board.__globals__["_board"].clear()


@pytest.fixture
def workspace(tmp_path):
    return tmp_path / "workspace"


def saved(con, workspace, settings=QUICK, title="Drei Cluster", towns=None) -> str:
    model = clusters.run(con, settings, towns or TownFilter())
    return cluster_models.save_model(workspace, to_json(model), title)


def sections(at: AppTest) -> list[str]:
    return [element.value.removesuffix(" – enthält Modelldaten (synthetisch)") for element in at.subheader]


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if button.label == label).click().run()


def finished(at: AppTest, path) -> AppTest:
    """The page after the work in the background has ended."""
    deadline = time.monotonic() + 120
    while background.board(str(path)).running():
        assert time.monotonic() < deadline, "the model is never done"
        time.sleep(0.05)
    return at.run()


def test_the_default_model_is_there_at_once_and_says_what_it_is():
    at = open_page("cluster", stadt="10042115")
    assert sections(at) == SECTIONS
    assert_sound(
        at, "Modelldaten (synthetisch)", "eigene Rekonstruktion", "bestätigt nichts", "keine Bewertung",
        "keine Ursache", "Kruskal–Wallis", "GeoBasis-DE", "Touristische Zentren", "Am ähnlichsten im selben Cluster",
    )  # fmt: skip
    # Everything that comes from the model register is marked in its title.
    text = words(at)
    for title in ("Cluster der Kleinstädte", "3 · Porträts der Cluster", "4 · Wie viele Cluster?", "5 · Wie stabil?"):
        assert f"{title} – enthält Modelldaten (synthetisch)" in text
    assert re.search(r"Entfernung zur nächsten Großstadt – enthält Modelldaten", text)


def test_only_official_data_hide_the_page_and_offer_a_way_on():
    at = open_page("cluster", amtlich="true")
    assert sections(at) == []
    assert_sound(at, "Ausgeblendet", "Nur amtliche Daten", "Unternehmensregister")
    assert at.get("page_link") and not at.get("plotly_chart")
    at = open_page("stadtprofil", stadt="10042115", amtlich="true")
    assert "Zugehörigkeit" not in words(at)


def test_without_a_register_the_page_says_how_to_get_one(own_database, monkeypatch):
    with duckdb.connect(str(own_database)) as own:
        for table in ("industry_structure", "cluster_membership", "cluster_model"):
            own.execute(f"DELETE FROM {table}")
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))
    at = open_page("cluster")
    assert sections(at) == []
    assert_sound(at, "Noch keine Wirtschaftsstruktur")
    assert_sound(open_page("stadtprofil", stadt="10042115"))


def test_a_real_register_is_not_called_model_data(own_database, monkeypatch):
    with duckdb.connect(str(own_database)) as own:
        own.execute("UPDATE source SET provenance = 'abgeleitet' WHERE source_id = 'demo_register'")
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))
    at = open_page("cluster", amtlich="true")
    assert sections(at) == SECTIONS
    assert_sound(at, "eigene Rekonstruktion")
    assert "Modelldaten" not in words(at)


def test_the_checks_of_the_default_model_are_computed_once_and_kept(con, workspace, built_database, monkeypatch):
    plain = clusters.standard_model(con).model
    quick = Settings(numbers=(2, 4), gap_references=2, bootstrap_rounds=3)
    monkeypatch.setattr("ui.cluster_choice.checking_settings", lambda: quick)
    at = open_page("cluster")
    assert_sound(at, "noch nicht verglichen", "noch nicht geprüft")
    at = finished(press(at, "Prüfungen rechnen"), built_database)
    assert_sound(at, "Knick der Streuung", "Dieses Modell hat **4 Cluster**", "Mittlere Jaccard-Ähnlichkeit")
    assert not [button for button in at.button if button.label == "Prüfungen rechnen"]
    key = clusters.run_key(con, quick)
    kept = clusters.from_saved(con, cluster_models.recall(workspace, key))
    assert kept.towns.equals(plain.towns) and len(kept.stability) == 4
    assert_sound(open_page("cluster"), "Mittlere Jaccard-Ähnlichkeit")


def test_a_model_that_is_not_stable_is_said_loudly(con, workspace):
    settings = Settings(
        clusters=9, variables=("companies_per_1000", "jobs_per_100", "specialisation"), numbers=None, bootstrap_rounds=4
    )
    model_id = saved(con, workspace, settings)
    at = open_page("cluster", modell=model_id)
    assert [e.value for e in at.exception] == []
    assert "nicht" in at.error[0].value and "nicht gedeutet werden" in at.error[0].value


def test_an_own_model_from_the_form_to_its_saved_address(workspace, built_database):
    at = open_page("cluster", modell="neu")
    at.multiselect(key="land").set_value(["10"])
    assert sections(at) == SECTIONS[:1]
    at.select_slider(key="clusterzahl").set_value(2)
    at.selectbox(key="runden").set_value(0)
    at.toggle(key="zahlen_vergleichen").set_value(False).run()
    at = finished(press(at, "Modell rechnen"), built_database)
    assert_sound(at, "Kleinstädte in Saarland")
    assert sections(at) == SECTIONS
    key = at.query_params["modell"]
    assert re.fullmatch("[0-9a-f]{16}", key[0] if isinstance(key, list) else key)
    press(at, "Speichern")
    assert at.error[0].value == "Bitte einen Namen für das Modell eingeben."
    at.text_input(key="modellname").set_value("Saarland in zwei").run()
    press(at, "Speichern")
    assert_sound(at)
    (one,) = cluster_models.list_models(workspace)
    assert one.title == "Saarland in zwei" and one.clusters == 2
    assert at.query_params["modell"] in (one.model_id, [one.model_id])
    again = open_page("cluster", modell=one.model_id)
    assert_sound(again, "Kleinstädte in Saarland", "Die Studie unterscheidet 4 Cluster")
    assert again.selectbox(key="modell").value == one.model_id
    press(again, "Ja, löschen")
    assert_sound(again)
    assert again.selectbox(key="modell").value == "standard" and cluster_models.list_models(workspace) == []


def test_a_filter_that_leaves_too_few_towns_is_explained(built_database):
    at = open_page("cluster", modell="neu")
    at.number_input(key="ab").set_value(10_000_000).run()
    at = finished(press(at, "Modell rechnen"), built_database)
    assert [e.value for e in at.exception] == []
    assert "mindestens 20 Städte" in at.error[0].value


def test_too_few_variables_make_no_model():
    at = open_page("cluster", modell="neu")
    for block in ("jobs", "companies", "einzeln"):
        at.session_state[f"merkmale_{block}"] = []
    at.run()
    assert_sound(at, "mindestens zwei Merkmale")
    assert next(button for button in at.button if button.label == "Modell rechnen").disabled


def test_a_model_of_earlier_data_counts_as_model_data(con, workspace, own_database, monkeypatch):
    model_id = saved(con, workspace)
    with duckdb.connect(str(own_database)) as own:
        own.execute("UPDATE source SET provenance = 'abgeleitet' WHERE source_id = 'demo_register'")
        own.execute("UPDATE industry_structure SET employees = employees * 3 WHERE wz_division = '55'")
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))
    at = open_page("cluster", modell=model_id, stadt="10042115")
    assert_sound(at, "andere", "Fassung der Wirtschaftsstruktur", "enthält Modelldaten (synthetisch)")
    assert "Am ähnlichsten" not in words(at)
    assert "zählt als Modelldaten" in words(open_page("cluster", modell=model_id, amtlich="true"))


def test_two_models_side_by_side(con, workspace):
    model_id = saved(con, workspace)
    at = open_page("cluster", vergleich=model_id)
    assert_sound(at, "Übereinstimmung (Rand, bereinigt)", "Städte nach Clustern beider Modelle")
    assert any("wechseln" in expander.label for expander in at.expander)


def test_a_model_without_a_town_in_common_is_explained(con, workspace):
    here = saved(con, workspace, Settings(clusters=2, numbers=None, bootstrap_rounds=0), "A", TownFilter(("10",)))
    there = saved(con, workspace, Settings(clusters=2, numbers=None, bootstrap_rounds=0), "B", TownFilter(("16",)))
    assert_sound(open_page("cluster", modell=here, vergleich=there), "keine Stadt gemeinsam")


@pytest.mark.parametrize(
    ("town", "said"),
    [
        ("08426014", "Bad Schussenried"),
        ("08426062", "Bad Schussenried"),  # Ingoldingen belongs to its association
        ("02000000", "ist keine Kleinstadt"),
        ("99999999", "keine Stadt oder Gemeinde"),
    ],
)
def test_a_town_in_the_address(town, said):
    assert_sound(open_page("cluster", stadt=town), said)


def test_a_town_outside_the_filter_of_the_model(con, workspace):
    model_id = saved(con, workspace, Settings(clusters=2, numbers=None, bootstrap_rounds=0), "A", TownFilter(("16",)))
    assert_sound(open_page("cluster", modell=model_id, stadt="10042115"), "gehört nicht zu den Städten dieses Modells")


def test_county_values_are_marked_and_not_tested(catalogue):
    county = next(i for i in catalogue.values() if i.is_county_context)
    at = open_page("cluster", merkmal=county.indicator_id)
    assert_sound(at, "Werte der Landkreise", "keine Ursache")
    assert "Kruskal–Wallis" not in words(at)


def test_an_indicator_of_the_same_register_is_called_circular(catalogue):
    same = next(i for i in catalogue.values() if i.source_id == "demo_register")
    assert_sound(open_page("cluster", merkmal=same.indicator_id), "demselben Register", same.title)


@pytest.mark.parametrize(
    "query",
    [
        {"modell": "ffffffffffff"},
        {"modell": "0123456789abcdef"},
        {"modell": "../../x"},
        {"cluster": "9"},
        {"merkmal": "gibt es nicht", "zeit": "1850"},
        {"vergleich": "standard"},
        {"darstellung": "Punkte", "cluster": "2"},
    ],
)
def test_nonsense_in_the_address_does_no_harm(query):
    at = open_page("cluster", **query)
    assert_sound(at)
    assert sections(at) == SECTIONS
    if "modell" in query:
        assert "gibt es hier nicht" in words(at)


def test_the_profile_of_a_town_names_its_cluster(con):
    at = open_page("stadtprofil", stadt="10042115")
    assert_sound(
        at, "Cluster – enthält Modelldaten (synthetisch)", "Zweitnächster", "Standardmodell", "bestätigt nichts"
    )
    assert any(link.proto.label == "In den Branchenprofilen ansehen" for link in at.get("page_link"))
    ags = con.execute("SELECT central_ags FROM unit WHERE town_type = 'kleine_grossstadt' LIMIT 1").fetchall()[0][0]
    assert "Zugehörigkeit" not in words(open_page("stadtprofil", stadt=ags))


def test_a_cluster_of_one_town_shows_no_figures_of_it(con, workspace):
    settings = Settings(clusters=5, winsorise=(0, 1), log_ratio="none", numbers=None, bootstrap_rounds=0)
    towns = TownFilter(state_ids=("10",))
    assert clusters.run(con, settings, towns).clusters[-1].towns == 1
    at = open_page("cluster", modell=saved(con, workspace, settings, "Saarland", towns))
    text = words(at)
    assert_sound(at, "Weniger als drei Städte", "Wenige Städte mit Wert: ")
    # The medians of the structure have a gap in its column, and no pair of the test names it.
    assert "k. A." in text and "4 gegen 5" not in text and "1 gegen 2" in text
    profiles = [
        chart for chart in at.get("plotly_chart") if "gegen" not in chart.proto.id and "profil_" in chart.proto.id
    ]
    assert len(profiles) == 4
