"""The record of a selection: what stands in it, what is missing, and that the same project gives the same text."""

from __future__ import annotations

import io
from dataclasses import replace

import docx
import pytest
from pypdf import PdfReader

from reports import open_points, protocol
from reports.pdf import as_pdf
from reports.word import as_word
from tests.reports.selections import answers, begun, composed, worked_through
from workspace import project_content


@pytest.fixture(scope="module")
def complete(con):
    return worked_through(con)


@pytest.fixture(scope="module")
def complete_document(con, complete):
    return composed(con, complete)


def test_a_project_just_begun_says_what_is_not_decided(con):
    document = composed(con, begun(con))
    text = document.plain_text()
    assert "unvollständig" in dict(document.facts)["Stand"]
    assert dict(document.facts)["Team"] == "noch nicht festgelegt"
    for words in ("vom Team noch nicht beschlossen", "noch nicht geprüft", "noch nicht festgehalten", "bisher keine"):
        assert words in text, words


def test_the_record_of_a_finished_selection(complete_document):
    text = complete_document.plain_text()
    for words in (
        "2.122 Kleinstädte",
        "Gebietsstand 30.06.2024",
        "31.12.2022 (Fortschreibung auf Zensus 2011)",
        "Wie sprechen Kleinstädte mit ihren Unternehmen?",
        "A. Muster, B. Beispiel",
        "außerhalb der mittleren 50 % des eigenen Clusters",
        "Die Branchenstruktur trennt Industriestädte",
        "|r| über 0,7",
        "Im Register nachgesehen",
        "16 verbliebene Städte",
        "keine Zeit im Amt",
        "Nachgewiesenes Optimum",
        "genau 1 je Cluster",
        "Der Beirat wollte eine Stadt weniger im Süden.",
        "Einwand: zu viele kleine Städte.",
        "Stand Beirat",
        "erlaubt keine Häufigkeitsaussagen",
        "Eigene Rekonstruktion",
        "Modelldaten (synthetisch)",
        "© Statistisches Bundesamt (Destatis), 2024",
        "Einheitsgemeinde",
        "Perzentil",
        "20 Wiederholungen (Startwert 1)",
        "Eine Festlegung nach der anderen",
    ):
        assert words in text, words
    assert "Endauswahl des Teams" in text
    assert not [word for word in ("nan", "None", "<NA>") if word in text.split()]


def test_the_funnel_and_the_towns_are_those_of_stage_1(con, complete, complete_document):
    _, found, _ = answers(con, complete)
    tables = {b.caption: b for s in complete_document.sections for b in s.blocks if hasattr(b, "columns")}
    funnel = tables["Wie viele Städte nach jedem Schritt bleiben"]
    assert funnel.rows[0][1] == "2.122" and funnel.rows[-1][1] == "16"
    remaining = tables["16 verbliebene Städte mit ihrem Muster"]
    assert {row[0] for row in remaining.rows} == set(found.towns.loc[list(found.stage1.remaining), "name"])
    bounds = tables["Mittlerer Wertebereich: Außerhalb liegt, wer darunter oder darüber liegt"]
    assert bounds.columns == ("Merkmal", "Cluster 1", "Cluster 2", "Cluster 3", "Cluster 4")
    assert len(bounds.rows) == len(found.stage1.criteria)


def test_the_chosen_towns_stand_side_by_side_with_their_values(con, complete, complete_document):
    _, found, _ = answers(con, complete)
    tables = [b for s in complete_document.sections for b in s.blocks if hasattr(b, "columns")]
    profiles = next(table for table in tables if table.caption.startswith("Werte, wie sie"))
    own = sorted(complete.content["own_set"])
    assert profiles.columns[2:] == tuple(found.towns.loc[own, "name"])
    by_title = {row[0]: row for row in profiles.rows}
    value = found.stage1.values.loc[own[0], "population_density"]
    shown = by_title["Bevölkerungsdichte (Personen je km²)"][2]
    assert shown.startswith(f"{value:,.1f}".translate(str.maketrans(",.", ".,")))
    assert ("↑" in shown, "↓" in shown) == (
        found.stage1.pattern.loc[own[0], "population_density"] > 0,
        found.stage1.pattern.loc[own[0], "population_density"] < 0,
    )


def test_what_is_open_and_what_closes_it(con, complete):
    unfinished = {p.title: p for p in open_points.points(begun(con).content, *answers(con, begun(con)))}
    assert not unfinished["Ausreißerprüfung"].is_done and "auffälligen Werten" in unfinished["Ausreißerprüfung"].detail
    assert not unfinished["Endauswahl des Teams"].is_done and unfinished["Ein Grund je Kriterium"].is_done
    assert "Mitwirkung bestätigt" not in unfinished
    assert [p for p in open_points.points(complete.content, *answers(con, complete)) if not p.is_done] == []


def test_a_criterion_without_reason_and_a_departure_without_one_are_missed(con, complete):
    content = complete.content | {"departure_reason": " "}
    content["stage1"] = content["stage1"] | {
        "criteria": [content["stage1"]["criteria"][0] | {"reason": ""}, *content["stage1"]["criteria"][1:]]
    }
    changed = replace(complete, content=content)
    missing = {p.title: p.detail for p in open_points.points(content, *answers(con, changed)) if not p.is_done}
    assert missing["Ein Grund je Kriterium"] == "Ohne Grund: Anteil des verarbeitenden Gewerbes."
    assert "weicht vom Vorschlag ab" in missing["Grund der Abweichung vom Vorschlag"]
    assert "noch kein Grund angegeben" in composed(con, changed).plain_text()


def test_a_replacement_after_the_decision_asks_for_a_new_one(con, complete):
    content = project_content.with_decision(complete.content, "replacement", "Ersatz gewählt.", by="A. Muster")
    changed = replace(complete, content=content)
    missing = {p.title for p in open_points.points(content, *answers(con, changed)) if not p.is_done}
    assert missing == {"Entscheidung festgehalten"}


def test_a_refused_member_makes_the_set_unconfirmed(con, complete):
    member = complete.content["own_set"][0]
    content = project_content.with_contact(complete.content, member, "declined", by="A. Muster")
    changed = replace(complete, content=content)
    missing = {p.title: p.detail for p in open_points.points(content, *answers(con, changed)) if not p.is_done}
    assert "Noch offen:" in missing["Mitwirkung bestätigt"]
    # The refusal came after the check of robustness, which therefore holds no longer.
    assert "vor der letzten Änderung" in missing["Robustheit geprüft"]
    assert "gilt für den Stand" in composed(con, changed).plain_text()


def test_same_project_and_data_same_text_but_for_the_time(con, complete, complete_document):
    again = composed(con, complete, created="01.01.2030, 00:00")
    assert again.plain_text() == complete_document.plain_text()
    assert again.created != complete_document.created


def test_the_checksum_follows_settings_and_data(con, complete):
    settings = protocol.settings_of(complete.content)
    assert protocol.checksum(settings, {"a": 1}) == protocol.checksum(dict(reversed(settings.items())), {"a": 1})
    assert protocol.checksum(settings, {"a": 1}) != protocol.checksum(settings, {"a": 2})
    changed = settings | {"stage1": settings["stage1"] | {"at_least": 3.0}}
    assert protocol.checksum(changed, {"a": 1}) != protocol.checksum(settings, {"a": 1})


def test_both_files_hold_the_record(complete_document):
    reader = PdfReader(io.BytesIO(as_pdf(complete_document)))
    pdf = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    file = docx.Document(io.BytesIO(as_word(complete_document)))
    word = "\n".join([p.text for p in file.paragraphs] + [c.text for t in file.tables for r in t.rows for c in r.cells])
    for text in ("Protokoll der Fallstudienauswahl", "Der Beirat wollte eine Stadt weniger im Süden.", "Ergebnis"):
        assert text in pdf and text in word, text
    assert reader.outline  # headings are bookmarks
    assert [p.text for p in file.paragraphs if p.style.name == "Heading 1"][:3] == [
        "Ergebnis",
        "Frage und Vorgehen",
        "Daten",
    ]


def test_official_data_alone_need_no_mark(con):
    document = composed(con, begun(con, only_official=True))
    assert "synthetisch" not in document.plain_text()
    # Clusters rest on the model register here, so a selection without them does not name them.
    tables = [b for s in document.sections for b in s.blocks if hasattr(b, "columns")]
    assert not [table.caption for table in tables if "Cluster" in table.columns]


def test_stage_1_that_cannot_be_carried_out_is_told(con):
    project = begun(con)
    criteria = [project.content["stage1"]["criteria"][0] | {"indicator_id": "gone", "reason": "Mein Grund"}]
    content = project.content | {"stage1": project.content["stage1"] | {"criteria": criteria}}
    text = composed(con, replace(project, content=content)).plain_text()
    assert "lässt sich Stufe 1 nicht rechnen" in text and "Mein Grund" in text and "Es gibt keinen Vorschlag" in text


def test_what_the_clusters_rest_on_is_told_even_with_official_criteria(con):
    project = begun(con, only_official=True)
    stage1 = project.content["stage1"] | {"group": "cluster", "per_group": 4}
    text = composed(con, replace(project, content=project.content | {"stage1": stage1})).plain_text()
    assert "Die Cluster sind eine eigene Rekonstruktion" in text and "hängt die ganze Auswahl an Modelldaten" in text


def test_exclusions_surroundings_and_county_values_are_on_record(con, catalogue):
    county = next(i for i in catalogue.values() if i.is_county_context)
    period = con.execute("SELECT period FROM default_period WHERE indicator_id = ?", [county.indicator_id]).fetchall()
    project = begun(con, only_official=True)
    stage1 = project.content["stage1"]
    town = answers(con, project)[1].stage1.remaining[0]
    own = {"indicator_id": county.indicator_id, "period": period[0][0], "reason": "Der Kreis zählt hier"}
    doubled = {"indicator_id": "population", "period": "2022", "band": "limits", "lower": None, "upper": 9000.0}
    stage1 = stage1 | {
        "criteria": [*stage1["criteria"], stage1["criteria"][0] | own, stage1["criteria"][0] | doubled],
        "county_reason": "Der Auftrag nennt die Kreise",
        "excluded": [[town, "läuft schon anderswo"]],
        "surroundings_km": 25.0,
        "surroundings_reason": "Speckgürtel sind ein eigenes Thema",
    }
    changed = replace(project, content=project.content | {"stage1": stage1})
    _, found, _ = answers(con, changed)
    assert town not in found.stage1.remaining
    text = composed(con, changed).plain_text()
    for words in (
        "Wert des Kreises, nicht der Stadt",
        "Der Auftrag nennt die Kreise",
        f"{found.towns.loc[town, 'name']} | läuft schon anderswo",
        "bis 25 km",
        "Speckgürtel sind ein eigenes Thema",
        "ohne die von Hand ausgeschlossenen",
        "über 9.000 Personen",
        "bis 9.000",
    ):
        assert words in text, words
