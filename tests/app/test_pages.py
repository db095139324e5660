"""Every page in every state of the data, run headless: nothing may raise, and the words that matter must stand there.

`AppTest` runs the pages through `app.py`, as the browser does. It cannot click charts; that is done in
tests/browser.
"""

from __future__ import annotations

import re
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from kowis_data.settings import PROJECT
from ui.classes import METHODS

# Defects that are known and reported; `strict` makes these tests fail as soon as they are mended.

PAGES = {
    "start": "KOWIS-Atlas",
    "karte": "Karte",
    "stadtprofil": "Stadtprofil",
    "wirtschaftsstruktur": "Wirtschaftsstruktur",
    "stadttypen": "Stadt- und Gemeindetypen",
    "cluster": "Branchenprofile (Cluster)",
    "fallstudienauswahl": "Fallstudienauswahl",
    "dossiers": "Kleinstadt-Dossiers",
    "endauswahl": "Stufe 2 · Endauswahl",
    "robustheit": "Wie robust ist das?",
    "protokoll": "Protokoll",
    "reproduktion": "Reproduktion der Studie",
    "daten": "Daten und Quellen",
}
CASE_STUDIES = {
    "05758036": "Vlotho",
    "15085228": "Oberharz am Brocken",
    "10042115": "Perl",
    "08426014": "Bad Schussenried",
}


@pytest.fixture(autouse=True)
def shared_database(built_database, monkeypatch):
    """All tests of this file read the database that was built once."""
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))


def open_page(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60)
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def words(at: AppTest) -> str:
    """All text of the page."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    parts = [str(element.value) for kind in kinds for element in getattr(at, kind)]
    parts += [str(element.proto.body) for element in at.get("html")]
    parts += [f"{metric.label} {metric.value}" for metric in at.metric]
    return "\n".join(parts)


def assert_sound(at: AppTest, *expected: str) -> None:
    assert [e.value for e in at.exception] == []
    assert [e.value for e in at.error] == []
    text = words(at)
    # Traces of values that were not there, and of English numbers.
    assert not re.search(r"\bnan\b|\bNone\b|<NA>|\bNaT\b", text), re.findall(r".{40}(?:nan|None|<NA>).{20}", text)
    for part in expected:
        assert part in text, part


@pytest.mark.parametrize(("page", "title"), PAGES.items())
def test_every_page_on_the_base_data(page, title):
    at = open_page(page)
    assert at.title[0].value == title
    assert_sound(at)


def test_start_says_what_it_is_and_shows_the_state_of_the_data():
    at = open_page("start")
    assert_sound(at, "2.122", "900 / 1.222", "30.06.2024", "31.12.2022", "keine", "Fallstudien")
    for name in CASE_STUDIES.values():
        assert name in words(at)


@pytest.mark.parametrize("ags", CASE_STUDIES)
def test_a_case_study_on_the_first_page_opens_its_profile(ags):
    at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
    at.button(key=f"studie_{ags}").click().run()
    assert_sound(at, "Fallstudie der KOWIS-Studie")
    assert CASE_STUDIES[ags] in at.title[0].value
    assert at.query_params["stadt"] in (ags, [ags])


@pytest.mark.parametrize("text", ["Muennerstadt", "MÜNNERSTADT", "munnerst", "09672135", "9672135"])
def test_search_on_the_first_page(text):
    at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
    at.text_input(key="suche").set_value(text).run()
    assert_sound(at)
    at.button(key="suche_09672135").click().run()
    assert_sound(at)
    assert at.title[0].value == "Münnerstadt"


def test_a_search_that_finds_nothing_explains_itself():
    at = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
    at.text_input(key="suche").set_value("Vlohto").run()
    assert_sound(at, "Vlohto", "gibt es keine Stadt", "Ähnlich geschrieben: Vlotho")


# ---- Stadtprofil


@pytest.mark.parametrize("ags", CASE_STUDIES)
def test_profile_of_a_case_study(ags):
    at = open_page("stadtprofil", stadt=ags)
    assert CASE_STUDIES[ags] in at.title[0].value
    assert_sound(at, "Fallstudie der KOWIS-Studie", "veröffentlicht", "amtlich", "keine Bewertung", "Kreiskontext")


@pytest.mark.parametrize(
    ("ags", "figures"),
    [
        ("05758036", ("19.131 → 18.334: −797 (−4,2 %)", "rund −800", "240,4")),
        ("15085228", ("11.548 → 9.873: −1.675 (−14,5 %)",)),
        ("10042115", ("7.900 → 8.872: +972 (+12,3 %)", "Auspendler ins Ausland")),
        ("08426014", ("8.333 → 8.925: +592 (+7,1 %)", "3.195 → 4.200", "8,9 %", "Ingoldingen")),
    ],
)
def test_published_and_official_figures_stand_side_by_side(ags, figures):
    assert_sound(open_page("stadtprofil", stadt=ags), *figures)


def test_profile_of_an_association_shows_both_levels():
    at = open_page("stadtprofil", stadt="08426062")
    assert_sound(at, "Verband mit 2 Gemeinden", "Gesucht: Ingoldingen", "Gemeinde Ingoldingen")


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("Kleinere Mittelstadt", "town_type = 'kleinere_mittelstadt'"),
        ("Größere Mittelstadt", "town_type = 'groessere_mittelstadt'"),
        ("Landgemeinde", "town_type = 'landgemeinde' AND member_count = 1"),
        ("Landgemeinde", "town_type = 'landgemeinde' AND member_count > 1"),
        ("Große Großstadt", "county_id = '02000'"),
        ("Kleine Großstadt", "town_type = 'kleine_grossstadt'"),
        ("Gemeindefreies Gebiet", "town_type = 'gemeindefrei' AND population > 0"),
        ("Gemeindefreies Gebiet", "town_type = 'gemeindefrei' AND population = 0 AND county_id IS NOT NULL"),
    ],
)
def test_profile_of_what_is_no_small_town(con, kind, query):
    ags = con.execute(f"SELECT central_ags FROM unit WHERE {query} ORDER BY unit_id LIMIT 1").fetchone()[0]
    at = open_page("stadtprofil", stadt=ags)
    assert_sound(at, "keine Kleinstadt", kind, "Kennzahlen")


def test_profile_of_fehrbellin_with_its_gap():
    assert_sound(open_page("stadtprofil", stadt="12068117"), "9.094", "Kleine Kleinstadt")


def test_profile_of_waters_that_belong_to_no_county(con):
    ags = con.execute("SELECT central_ags FROM unit WHERE county_id IS NULL ORDER BY unit_id LIMIT 1").fetchone()[0]
    assert_sound(open_page("stadtprofil", stadt=ags), "keine Stadt oder Gemeinde")


@pytest.mark.parametrize("key", ["99999999", "Atlantis", "0", "05758036x", "' OR 1=1 --"])
def test_profile_of_an_unknown_town(key):
    at = open_page("stadtprofil", stadt=key)
    assert at.title[0].value == "Stadtprofil"
    assert_sound(at, key, "keine Stadt oder Gemeinde")
    at.button(key="beispiel_10042115").click().run()  # the way on
    assert_sound(at)
    assert at.title[0].value == "Perl"


@pytest.mark.parametrize("shift", range(6))
def test_profiles_here_and_there(con, shift):
    """A sample through all kinds of units: every state and every kind of association comes up."""
    rows = con.execute(
        "SELECT central_ags FROM unit WHERE county_id IS NOT NULL QUALIFY row_number() OVER "
        "(PARTITION BY state_id, town_type ORDER BY md5(unit_id)) = 1 ORDER BY unit_id"
    ).fetchall()
    for (ags,) in rows[shift::6][:12]:
        at = open_page("stadtprofil", stadt=ags)
        assert_sound(at, "Kennzahlen")


def test_switch_to_another_town():
    at = open_page("stadtprofil", stadt="10042115")
    at.text_input(key="profil_suche").set_value("vlotho").run()
    at.button(key="profil_suche_05758036").click().run()
    assert_sound(at)
    assert at.title[0].value == "Vlotho"


# ---- Karte


def test_every_indicator_on_the_map(catalogue):
    at = open_page("karte")
    for indicator_id, indicator in catalogue.items():
        at.selectbox(key="merkmal").set_value(indicator_id).run()
        assert_sound(at, "2.122 Städte", indicator.title, indicator.source_title, "GeoBasis-DE", "keine Bewertung")
        if indicator.is_county_context:
            assert "Wert des Landkreises" in words(at)
        if indicator.note:
            assert indicator.note in words(at)


@pytest.mark.parametrize("indicator_id", ["population_density", "census_deviation_pct", "station_category"])
def test_every_method_and_number_of_classes(indicator_id):
    at = open_page("karte")
    at.selectbox(key="merkmal").set_value(indicator_id).run()
    for method in METHODS:
        at.selectbox(key="methode").set_value(method).run()
        assert_sound(at)
    for number in (2, 9):
        for method in ("quantile", "natural", "equal"):
            at.selectbox(key="methode").set_value(method)
            at.select_slider(key="klassen").set_value(number).run()
            assert_sound(at)


@pytest.mark.parametrize(
    ("limits", "message"), [("50; 100; 250,5", ""), ("50; viel", "„viel“ ist keine Zahl"), ("", "Noch keine eigenen")]
)
def test_own_limits(limits, message):
    at = open_page("karte")
    at.selectbox(key="methode").set_value("own").run()
    at.text_input(key="grenzen").set_value(limits).run()
    assert_sound(at, message)
    if not message:
        assert "250,5" in words(at)


def test_points_instead_of_areas():
    at = open_page("karte")
    at.get("button_group")[0].set_value("Punkte").run()
    assert_sound(at, "2.122 Städte")


def test_filters_narrow_the_map(con):
    at = open_page("karte")
    at.multiselect(key="land").set_value(["10"]).run()
    number = con.execute("SELECT count(*) FROM small_town WHERE state_id = '10'").fetchone()[0]
    assert_sound(at, f"**{number} Städte** · Kleinstädte in Saarland")
    at.multiselect(key="typ").set_value(["kleine_kleinstadt"]).run()
    smaller = con.execute(
        "SELECT count(*) FROM small_town WHERE state_id = '10' AND town_type = 'kleine_kleinstadt'"
    ).fetchone()[0]
    assert_sound(at, f"**{smaller} Städte** · Kleine Kleinstadt in Saarland")
    at.multiselect(key="land").set_value(["16"]).run()  # counties of the Saarland must not stay chosen
    assert_sound(at, "Thüringen")


def test_changing_the_state_while_a_county_is_chosen():
    at = open_page("karte")
    at.multiselect(key="land").set_value(["10"]).run()
    at.multiselect(key="kreis").set_value(["10042"]).run()
    assert_sound(at, "Kleinstädte in Merzig-Wadern")
    at.multiselect(key="land").set_value(["16"]).run()
    assert_sound(at)


def test_an_empty_filter_explains_itself_and_can_be_reset():
    at = open_page("karte")
    at.number_input(key="ab").set_value(10_000_000).run()
    assert_sound(at, "ab 10.000.000 Personen")
    assert len(at.info) >= 1
    reset = next(button for button in at.button if button.label == "Filter zurücksetzen")
    reset.click().run()
    assert_sound(at, "2.122")
    assert at.number_input(key="ab").value is None


def test_attributes_filter_and_stand_in_the_address(con):
    at = open_page("karte", f_west_ost="Ostdeutschland", f_gemeindeform="verband,unsinn")
    number = con.execute("SELECT count(*) FROM small_town WHERE state_id >= '11' AND member_count > 1").fetchone()[0]
    assert_sound(at, f"**{number} Städte** · Kleinstädte; West und Ost: Ostdeutschland; Gemeinde oder Verband: Verband")
    at.multiselect(key="f_gemeindeform").set_value([]).run()
    assert_sound(at, "**432 Städte** · Kleinstädte; West und Ost: Ostdeutschland")
    assert "f_gemeindeform" not in at.query_params
    at.number_input(key="ab").set_value(10_000_000).run()
    reset = next(button for button in at.button if button.label == "Filter zurücksetzen")
    reset.click().run()
    assert_sound(at, "2.122 Städte")
    assert not [key for key in at.query_params if key.startswith("f_")]


def test_a_filter_with_towns_but_without_values():
    at = open_page("karte", stadt="05758036")
    at.selectbox(key="merkmal").set_value("settlement_points").run()
    assert_sound(at)
    at.text_area(key="liste_text").set_value("Fehrbellin")
    next(button for button in at.button if button.label == "Liste anwenden").click().run()
    at.selectbox(key="merkmal").set_value("women_per_100_men").run()
    assert_sound(at, "keine Werte")


@pytest.mark.parametrize("indicator_id", ["settlement_points", "women_per_100_men"])
def test_a_town_without_a_value_has_no_rank_on_the_map(con, indicator_id):
    ags = con.execute(
        "SELECT u.central_ags FROM small_town u LEFT JOIN best_observation o ON o.region_id = u.unit_id "
        "AND o.level = 'unit' AND o.indicator_id = ? WHERE o.value IS NULL ORDER BY u.unit_id LIMIT 1",
        [indicator_id],
    ).fetchone()[0]
    at = open_page("karte", stadt=ags)
    at.selectbox(key="merkmal").set_value(indicator_id).run()
    assert_sound(at, "k. A.")
    assert not re.search(r"Rang 1 von", words(at))


@pytest.mark.parametrize("stadt", ["10042115", "100420115", "08426062", "02000000", "99999999", "unsinn"])
def test_a_town_in_the_address_of_the_map(stadt):
    at = open_page("karte", stadt=stadt)
    assert_sound(at, "2.122 Städte")


def test_the_waters_in_the_address_of_the_map(con):
    ags = con.execute("SELECT central_ags FROM unit WHERE county_id IS NULL ORDER BY unit_id LIMIT 1").fetchone()[0]
    assert_sound(open_page("karte", stadt=ags), "2.122 Städte")


def test_a_town_chosen_on_the_map_shows_its_figures_and_can_be_left():
    at = open_page("karte", stadt="10042115")
    assert_sound(at, "**Perl**", "Auffällig ist hier", "Rang")
    next(button for button in at.button if button.label == "Auswahl aufheben").click().run()
    assert_sound(at, "Stadt wählen")


@pytest.mark.parametrize(
    "query",
    [
        {"merkmal": "gibt es nicht"},
        {"klassen": "99"},
        {"klassen": "x"},
        {"methode": "y"},
        {"ab": "viel", "bis": "-5"},
        {"land": "Atlantis", "kreis": "00000", "typ": "Dorf"},
        {"liste": "unsinn,05758036"},
        {"liste": "0123456789ab"},
        {"darstellung": "Kugel", "rangliste": "x", "zeit": "1850", "grenzen": "a"},
    ],
)
def test_nonsense_in_the_address_does_no_harm(query):
    assert_sound(open_page("karte", **query))


# ---- own lists


def apply_list(at: AppTest, text: str) -> AppTest:
    at.text_area(key="liste_text").set_value(text)
    next(button for button in at.button if button.label == "Liste anwenden").click()
    return at.run()


def test_an_own_list_with_names_keys_and_mistakes():
    at = apply_list(open_page("karte"), "Vlotho\n8426014; Oberharz am Brocken, Perl\nAtlantis\nHamburg")
    assert_sound(at, "**4 Städte** · Kleinstädte aus eigener Liste (4)", "„Atlantis“ wurde nicht gefunden")
    assert "„Hamburg“ ist keine Kleinstadt" in words(at)
    assert at.query_params["liste"][0].count(",") == 3 or str(at.query_params["liste"]).count(",") == 3


def test_a_list_comes_back_from_the_address():
    at = open_page("karte", liste="057580036,100420115")
    assert_sound(at, "**2 Städte** · Kleinstädte aus eigener Liste (2)")


def test_a_long_list_is_saved_and_addressed_by_its_id(con, tmp_path):
    keys = [row[0] for row in con.execute("SELECT central_ags FROM small_town LIMIT 60").fetchall()]
    at = apply_list(open_page("karte"), "\n".join(keys))
    assert_sound(at, "**60 Städte**")
    (saved,) = (tmp_path / "workspace" / "lists").iterdir()
    again = open_page("karte", liste=saved.stem)
    assert_sound(again, "**60 Städte**")


def test_a_list_can_be_emptied():
    at = open_page("karte", liste="057580036,100420115")
    next(button for button in at.button if button.label == "Liste leeren").click().run()
    assert_sound(at, "2.122 Städte")


# ---- Daten


def test_all_indicators_and_sources_are_listed(con, catalogue):
    at = open_page("daten")
    if len(catalogue) > 60:
        at.toggle(key="alle_merkmale").set_value(True).run()
    text = words(at)
    for indicator in catalogue.values():
        assert indicator.title.replace("&", "&amp;") in text
    assert_sound(open_page("daten", bereich="Korrekturen und Grenzen"), "Fehrbellin", "9094")
    at = open_page("daten", bereich="Quellen und Lizenzen")
    text = words(at)
    assert_sound(at, "GeoBasis-DE")
    for title, licence in con.execute("SELECT title, licence FROM source").fetchall():
        assert title in text and licence in text


def test_search_among_the_indicators():
    at = open_page("daten")
    at.text_input(key="merkmalsuche").set_value("bahnhof").run()
    assert_sound(at, "Entfernung zum nächsten Bahnhof")
    at.text_input(key="merkmalsuche").set_value("(xyz[").run()
    assert_sound(at, "Kein Merkmal passt zu „(xyz[“")


def test_only_official_data_hides_nothing_official():
    at = open_page("karte")
    before = at.selectbox(key="merkmal").options
    at.toggle(key="amtlich").set_value(True).run()
    assert_sound(at, "2.122 Städte")
    after = at.selectbox(key="merkmal").options
    # Only what comes from the synthetic company register goes.
    assert [option for option in before if option in set(after)] == after
    assert len(before) - len(after) == 16 and "Unternehmen" not in after


# ---- other states of the database


def test_first_start_builds_the_database(tmp_path, monkeypatch):
    path = tmp_path / "first" / "kowis.duckdb"
    monkeypatch.setenv("KOWIS_DATABASE", str(path))
    assert_sound(open_page("karte"), "2.122 Städte")
    assert path.exists()


def test_a_broken_database_is_set_aside_with_a_message(tmp_path, monkeypatch):
    path = tmp_path / "kowis.duckdb"
    path.write_bytes(b"no database " * 1000)
    monkeypatch.setenv("KOWIS_DATABASE", str(path))
    at = open_page("karte")
    assert_sound(at, "beiseitegelegt", "2.122 Städte")
    (aside,) = path.parent.glob("kowis.duckdb.defekt-*")
    assert aside.name in words(at)
    assert aside.read_bytes() == b"no database " * 1000


def test_a_database_that_cannot_be_built_is_explained(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KOWIS_DATABASE", str(tmp_path / "file" / "kowis.duckdb"))
    at = open_page("start")
    assert [e.value for e in at.exception] == []
    assert at.title[0].value == "Die Datenbank konnte nicht aufgebaut werden"
    assert "python -m kowis_data build" in words(at)
    assert any(button.label == "Noch einmal versuchen" for button in at.button)


def test_a_new_database_is_picked_up_by_a_running_app(built_database, tmp_path, monkeypatch):
    import duckdb

    path = tmp_path / "kowis.duckdb"
    shutil.copyfile(built_database, path)
    monkeypatch.setenv("KOWIS_DATABASE", str(path))
    at = open_page("stadtprofil", stadt="10042115")
    assert at.title[0].value == "Perl"
    other = tmp_path / "other.duckdb"
    shutil.copyfile(built_database, other)
    with duckdb.connect(str(other)) as con:
        con.execute("UPDATE unit SET display_name = 'Perl an der Mosel' WHERE central_ags = '10042115'")
    other.replace(path)
    at.run()
    assert at.title[0].value == "Perl an der Mosel"
