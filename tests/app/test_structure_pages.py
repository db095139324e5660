"""Wirtschaftsstruktur and Stadt- und Gemeindetypen in every state of the data: model data, official only, imported."""

from __future__ import annotations

import duckdb
import pytest

from kowis_data.import_files import import_files
from queries import industry, single_company
from tests.app.test_pages import assert_sound, open_page, words
from tests.companies.registers import PERL, VLOTHO, run, write
from tests.companies.test_calibration import official_tables  # noqa: F401
from ui.atlas import connection

PAGE = "wirtschaftsstruktur"


@pytest.fixture
def on_base(built_database, monkeypatch):
    monkeypatch.setenv("KOWIS_DATABASE", str(built_database))


@pytest.fixture
def on_register(own_database, official_tables, tmp_path, monkeypatch):  # noqa: F811
    """Vlotho: 12 manufacturers with 50 each and 6 builders with 10 each; Perl: 2 builders. Official totals beside."""
    rows = [f"{n};M{n};25;50;{VLOTHO}" for n in range(12)] + [f"{n};B{n};43;10;{VLOTHO}" for n in range(20, 26)]
    path = write(tmp_path / "r.csv", [*rows, f"40;C;43;10;{PERL}", f"41;D;43;10;{PERL}"])
    import_files(official_tables, own_database)
    run(path, own_database)
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))


@pytest.fixture
def on_official_jobs(own_database, monkeypatch):
    """Made-up jobs at the place of work: 2,500 in every second kleine Kleinstadt, 2,501 in the others."""
    with duckdb.connect(str(own_database)) as con:
        con.execute(
            "INSERT INTO source (source_id, title, provenance, precedence) VALUES ('jobs', 'Probe', 'amtlich', 10)"
        )
        con.execute(
            "INSERT INTO indicator (indicator_id, title, unit_label, theme, decimals, aggregation, source_id) "
            "VALUES ('jobs_from_densities', 'SvB am Arbeitsort', 'Beschäftigte', 'arbeit', 0, 'none', 'jobs')"
        )
        con.execute(
            """
            INSERT INTO observation
            SELECT 'jobs_from_densities', 'unit', unit_id, '2019',
                   CASE WHEN town_type <> 'kleine_kleinstadt' THEN 40000
                        ELSE 2500 + row_number() OVER (PARTITION BY town_type ORDER BY unit_id) % 2 END, NULL, 'jobs'
            FROM unit WHERE town_type <> 'gemeindefrei'
            """
        )
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))


def test_without_a_town_the_page_offers_the_case_studies(on_base):
    at = open_page(PAGE)
    at.button(key="struktur_beispiel_05758036").click().run()
    assert_sound(at, "Vlotho", "enthält Modelldaten (synthetisch)", "Größere und kleinere Unternehmen")
    assert at.query_params["stadt"] in ("05758036", ["05758036"])


@pytest.mark.parametrize(("by", "compared_with"), list(zip(industry.BREAKDOWNS, industry.COMPARISONS, strict=True)))
def test_every_breakdown_and_comparison(on_base, by, compared_with):
    at = open_page(PAGE, stadt="08426014", gliederung=by, vergleich=compared_with)
    assert_sound(at, "Lokalisationsquotient", "keine Bewertung", "Modelldaten (synthetisch)")
    if by in ("division", "group"):
        assert "geheim" in words(at)


def test_map_and_ranking_of_a_structure_indicator(on_base):
    at = open_page(PAGE, ansicht="karte", strukturmerkmal="share_tourism_pct", stadt="15085228")
    assert_sound(at, "Anteil von Tourismus und Gastgewerbe – enthält Modelldaten", "geheim gehalten")
    assert len(at.dataframe) == 1 and len(at.dataframe[0].value) == 50


def test_only_official_data_hide_the_model_register(on_base):
    for view in ("stadt", "karte", "abgleich"):
        at = open_page(PAGE, ansicht=view, stadt="05758036", amtlich="true")
        assert_sound(at, "blendet", "Modellregister")
        assert "6.951" not in words(at) and not at.dataframe
    at = open_page(PAGE, ansicht="unternehmen", amtlich="true")
    assert_sound(at, "noch nicht eingelesen", "etwa 60 %")
    at = open_page("stadtprofil", stadt="05758036", amtlich="true")
    assert_sound(at, "blendet")
    assert "Unternehmen nach Größe" not in words(at)
    at = open_page("stadttypen", amtlich="true")
    assert_sound(at, "ausgeblendet", "Studie: 47,5\u00a0%")
    assert "6.241.483" not in words(at) and "Modelldaten" not in at.subheader[0].value


def test_significance_of_a_company_from_the_register_says_so(on_base):
    at = open_page(PAGE, ansicht="unternehmen", stadt="10042115")
    assert_sound(at, "enthält Modelldaten", "etwa 60 %", "Perl", "braucht ein Unternehmen")


def test_significance_of_a_company_from_official_jobs(on_official_jobs):
    at = open_page(PAGE, ansicht="unternehmen", stadt="05758036", amtlich="true")
    assert_sound(at, "in **50,0\u00a0%** der kleinen Kleinstädte", "höchstens 2.500 gibt", "amtlich")
    assert "Modelldaten" not in "".join(element.value for element in at.subheader)
    at.number_input(key="groesse").set_value(501).run()
    assert_sound(at, "in **100,0\u00a0%** der kleinen Kleinstädte")
    at.slider(key="schwelle").set_value(100).run()
    assert_sound(at, "in **0,0\u00a0%** der kleinen Kleinstädte")


def test_official_bases_are_indicators_of_the_import():
    from kowis_data.catalogue import load

    assert set(single_company.OFFICIAL) <= set(load("imported")["indicators"])


def test_a_register_of_ones_own(on_register):
    at = open_page(PAGE, stadt="05758036")
    assert_sound(at, "Vlotho", "Unternehmen 18", "Beschäftigte 660")
    assert "synthetisch" not in words(at)
    at.toggle(key="hochgerechnet").set_value(True).run()
    # C: 18 official companies for 12 in the register.
    assert_sound(at, "multipliziert", "18")
    raised = industry.structure(connection(), "057580036", "section", calibrated=True)
    # 600 × 900/600 manufacturers; builders have no factor. All small towns: the same, and 20 builders in Perl.
    assert raised.loc["C", "employees"] == 900 and raised.loc["F", "employees"] == 60
    assert raised.loc["C", "employee_share_pct"] == pytest.approx(100 * 900 / 960)
    assert raised.loc["C", "reference_share_pct"] == pytest.approx(100 * 900 / 980)
    at = open_page(PAGE, ansicht="abgleich", stadt="05758036")
    assert_sound(at, "Register und amtliche Statistik: Herford", "1,50", "Beschäftigte amtlich")
    at = open_page(PAGE, stadt="10042115")  # two companies: even the sum is a secret
    assert_sound(at, "Beschäftigte geheim", "Größter Arbeitgeber geheim")
    at = open_page(PAGE, stadt="08426014")
    assert_sound(at, "kennt in Bad Schussenried", "kein Unternehmen")
    assert_sound(open_page("stadtprofil", stadt="08426014"), "kein Unternehmen")


def test_without_any_register(own_database, monkeypatch):
    with duckdb.connect(str(own_database)) as con:
        for table in ("industry_structure", "company_unit"):
            con.execute(f"DELETE FROM {table}")
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))
    assert_sound(open_page(PAGE, stadt="05758036"), "kein Unternehmensregister geladen")
    assert_sound(open_page("stadttypen"), "2.122", "Studie: 47,5\u00a0%")


@pytest.mark.parametrize("town_type", ["landgemeinde", "gemeindefrei", "grosse_grossstadt"])
def test_units_that_are_no_small_town(on_base, con, town_type):
    (unit_id,) = con.execute(
        "SELECT min(unit_id) FROM unit SEMI JOIN county USING (county_id) WHERE town_type = ?", [town_type]
    ).fetchall()[0]
    for view in ("stadt", "unternehmen"):
        assert_sound(open_page(PAGE, stadt=unit_id, ansicht=view))
    assert_sound(open_page("stadtprofil", stadt=unit_id))


def test_an_unknown_town_is_told(on_base):
    assert_sound(open_page(PAGE, stadt="99999999"), "gibt es keine Stadt")


def test_town_types_with_landgemeinden_and_one_by_one(on_base):
    assert_sound(
        open_page("stadttypen"), "2.122 Kleinstädte", "99,4 %", "74,9\u00a0%", "Studie: 32,6\u00a0%", "30.06.2024"
    )
    at = open_page("stadttypen", typen="Einzelne Typen", landgemeinden="true")
    assert_sound(at, "Landgemeinde", "570.000", "nur für die drei Gruppen")


def test_imported_types_of_a_date_stand_beside(own_database, monkeypatch):
    with duckdb.connect(str(own_database)) as con:
        con.execute(
            "INSERT INTO source (source_id, title, provenance, precedence) VALUES ('bbsr', 'BBSR-Probe', 'amtlich', 10)"
        )
        con.execute(
            "INSERT INTO region_attribute SELECT 'unit', unit_id, 'stadt_gemeindetyp', 'Stadt- und Gemeindetyp', '40', "
            "'Größere Kleinstadt', '31.12.2015', 'bbsr' FROM unit WHERE town_type = 'groessere_kleinstadt'"
        )
    monkeypatch.setenv("KOWIS_DATABASE", str(own_database))
    assert_sound(open_page("stadttypen"), "Stadt- und Gemeindetyp, Stand 31.12.2015", "BBSR-Probe", "900")
