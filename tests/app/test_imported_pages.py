"""The pages with imported data: time series with a break, attributes to filter by, flags, notes, missing values."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from kowis_data.import_files import import_files
from tests.app.test_pages import assert_sound, open_page, words

# Vlotho and Perl have the published figures of 2011; Oberharz is secret.
YEARS = {
    "2010": ("18900", "8000", "."),
    "2011": ("19131", "7900", "."),
    "2012": ("19000", "7950", "."),
    "2013": ("18950", "8000", "."),
}
TABLE = """GENESIS-Tabelle: 12411-01-01-5
Bevölkerungsstand: Bevölkerung nach Geschlecht;;;
- Stichtag 31.12. -;;;
regionale Tiefe: Gemeinden, Samt-/Verbandsgemeinden;;;
Fortschreibung des Bevölkerungsstandes;;;
Bevölkerungsstand (Anzahl);;;
;;31.12.{year};31.12.{year};31.12.{year}
;;Insgesamt;männlich;weiblich
DG;Deutschland;81197537;39835457;41362080
05758036;        Vlotho, Stadt;{vlotho};9000;9500
10042115;        Perl;{perl};4000;4000
15085228;        Oberharz am Brocken, Stadt;{oberharz};.;.
____________________
Quelle: Statistische Ämter des Bundes und der Länder
"""


@pytest.fixture(scope="module")
def imported_database(built_database, tmp_path_factory):
    """The base data with four years of population, four rows of a reference table, a flag and a note."""
    folder = tmp_path_factory.mktemp("imported")
    path = folder / "kowis.duckdb"
    shutil.copyfile(built_database, path)
    files = []
    for year, (vlotho, perl, oberharz) in YEARS.items():
        files.append(folder / f"12411_{year}.csv")
        text = TABLE.format(year=year, vlotho=vlotho, perl=perl, oberharz=oberharz)
        files[-1].write_text(text, encoding="utf-8")
    report = import_files(files, path)
    assert report.is_complete
    with duckdb.connect(str(path)) as con:
        for row in (
            ("unit", "057580036", "mittelbereich", "Mittelbereich", "051", "Bad Oeynhausen"),
            ("unit", "100420115", "mittelbereich", "Mittelbereich", "101", "Merzig"),
            ("county", "05758", "kreistyp", "Siedlungsstruktureller Kreistyp", "2", "Städtische Kreise"),
            ("county", "10042", "kreistyp", "Siedlungsstruktureller Kreistyp", "3", "Ländliche Kreise"),
        ):
            con.execute("INSERT INTO region_attribute VALUES (?, ?, ?, ?, ?, ?, '31.12.2015', 'own')", row)
        jump = ("population", "unit", "057580036", "2012", "Sprung gegenüber 2011")
        con.execute("INSERT INTO value_flag VALUES (?, ?, ?, ?, ?)", jump)
        con.execute("INSERT INTO source (source_id, title) VALUES ('own', 'BBSR-Referenztabellen 2015')")
        con.execute("INSERT INTO value_note VALUES ('population', 'unit', '100420115', 'Grenzlage, nur zum Prüfen.')")
        period = con.execute("SELECT period FROM default_period WHERE indicator_id = 'population_density'").fetchall()
        con.execute(
            "INSERT INTO value_flag VALUES ('population_density', 'unit', '057580036', ?, 'weit entfernt von allen')",
            [period[0][0]],
        )
    return path


@pytest.fixture(autouse=True)
def shared_database(imported_database, monkeypatch):
    monkeypatch.setenv("KOWIS_DATABASE", str(imported_database))


def test_the_period_shown_first_is_well_covered_and_the_others_can_be_chosen():
    at = open_page("karte", merkmal="population")
    assert at.selectbox(key="zeit").value == "2022"
    assert at.selectbox(key="zeit").options == ["2022", "2013", "2012", "2011", "2010"]
    at.selectbox(key="zeit").set_value("2012").run()
    assert_sound(at, "Stand 31.12.2012", "Fortschreibung auf Zensus 2011", "(!) auffälliger Wert")


def test_the_map_says_why_values_are_missing():
    at = open_page("karte", merkmal="population", zeit="2012")
    assert_sound(at, "geheim gehalten: zu wenige Fälle", "keine Angabe: die Quelle nennt hier keinen Wert")
    ranking = at.dataframe[0].value
    assert set(ranking["remark"]) == {"auffällig: Sprung gegenüber 2011", "Grenzlage, nur zum Prüfen."}
    assert set(ranking["level"]) == {"Gemeinde"}


def test_a_flagged_town_on_the_map_shows_its_mark_and_its_series():
    at = open_page("karte", merkmal="population", zeit="2012", stadt="05758036")
    assert_sound(at, "Bevölkerung (2012, Gemeinde)", "19.000\u00a0Personen\u00a0(!)", "auffällig: Sprung gegenüber")
    at = open_page("karte", merkmal="population", zeit="2012", stadt="10042115")
    assert_sound(at, "7.950\u00a0Personen", "Grenzlage, nur zum Prüfen.")


def test_imported_attributes_filter_the_map():
    at = open_page("karte", f_mittelbereich="101")
    assert_sound(at, "**1 Stadt** · Kleinstädte; Mittelbereich: Merzig")
    at.multiselect(key="f_mittelbereich").set_value([]).run()
    at.multiselect(key="f_kreistyp").set_value(["2", "3"]).run()
    assert_sound(at, "Kleinstädte; Siedlungsstruktureller Kreistyp: Städtische Kreise oder Ländliche Kreise")
    at.multiselect(key="f_gemeindeform").set_value(["verband"]).run()
    at.number_input(key="ab").set_value(900_000).run()
    assert_sound(at, "Auf diese Auswahl trifft keine Stadt zu")


def test_the_profile_shows_the_series_with_its_break_and_a_table():
    at = open_page("stadtprofil", stadt="05758036")
    assert at.selectbox(key="verlauf").value == "population"
    assert_sound(
        at,
        "Entwicklung",
        "bricht die Linie ab",
        "19.131\u00a0Personen",
        "Fortschreibung auf Volkszählung 1987",
        "Fortschreibung auf Zensus 2011",
        "auffällig: Sprung gegenüber 2011",
    )


def test_the_profile_marks_a_flagged_figure_where_it_stands():
    at = open_page("stadtprofil", stadt="05758036")
    assert_sound(at, "auffällig: weit entfernt von allen", "(!) auffälliger Wert", "Mittelbereich", "Bad Oeynhausen")
    neighbour = open_page("stadtprofil", stadt="05770004")  # Bad Oeynhausen has Vlotho as its neighbour
    assert_sound(neighbour, "Vlotho", "auffällig: weit entfernt von allen")


def test_old_links_with_titles_still_open():
    at = open_page("karte", merkmal="Entfernung zur nächsten Großstadt")
    assert at.selectbox(key="merkmal").value == "distance_grossstadt_km"
    assert at.query_params["merkmal"] in ("distance_grossstadt_km", ["distance_grossstadt_km"])
    assert_sound(at, "Entfernung zur nächsten Großstadt")


def test_many_figures_are_shown_by_theme_and_found_by_search(monkeypatch):
    monkeypatch.setattr("ui.figure_choice.MOST_AT_ONCE", 10)
    monkeypatch.setattr("ui.widgets.MANY_INDICATORS", 10)
    at = open_page("stadtprofil", stadt="05758036")
    assert_sound(at, "**Bevölkerung**")
    assert "**Lage und Erreichbarkeit**" not in words(at)
    at.text_input(key="kennzahl").set_value("bahnhof").run()
    assert_sound(at, "Entfernung zum nächsten Bahnhof")
    assert "**Bevölkerung**" not in words(at)
    at.text_input(key="kennzahl").set_value("(xyz").run()
    assert_sound(at, "passt zu „(xyz“")
    at = open_page("karte", merkmal="distance_grossstadt_km")
    at.selectbox(key="merkmal_thema").set_value("lage").run()
    assert at.selectbox(key="merkmal").value == "distance_grossstadt_km"
    at.selectbox(key="merkmal_thema").set_value("flaeche").run()
    assert_sound(at)
    assert at.selectbox(key="merkmal").value != "distance_grossstadt_km"
