"""Files dropped on the page "Daten und Quellen" in a real browser, up to the map and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import MAP, choose, go, settled
from tests.imports.test_import_files import TABLE as GENESIS

IMPORT = "/daten?bereich=Dateien+einlesen"
OWN = "AGS;Läden 2022 (Anzahl)\n" + "".join(
    f"{ags};{number}\n" for number, ags in enumerate(["05758036", "10042115", "15085228", "08426014"], start=20)
)


@pytest.fixture(autouse=True)
def patience():
    """An import and the first map after it take their time on a busy machine."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


def drop(page: Page, *files: tuple[str, str]) -> None:
    page.locator("input[type=file]").first.set_input_files(
        [{"name": name, "mimeType": "text/csv", "buffer": text.encode()} for name, text in files]
    )
    for name, _ in files:
        expect(page.get_by_test_id("stMain").get_by_text(name).last).to_be_visible()
    # The button is drawn after everything about the files.
    expect(page.get_by_role("button", name=re.compile("Datei(en)? einlesen"))).to_be_visible()
    settled(page)


def undo(page: Page) -> None:
    page.get_by_role("button", name="Letzten Import zurücknehmen").click()
    page.get_by_role("button", name="Ja, zurücknehmen").click()
    expect(page.get_by_text("Bericht zum letzten Import")).to_have_count(0)
    settled(page)


def test_own_table_to_the_map_and_back(app, page: Page):
    go(page, app.url + IMPORT, "Daten und Quellen")
    drop(page, ("laeden.csv", OWN))
    expect(page.get_by_text("4 von 4 Schlüsseln passen")).to_be_visible()
    start = page.get_by_role("button", name="Dateien einlesen")
    expect(start).to_be_disabled()
    page.get_by_text("Ich habe die Zuordnung geprüft").click()
    page.get_by_role("button", name="1 Datei einlesen").click()
    expect(page.get_by_text("Bericht zum letzten Import")).to_be_visible()
    go(page, app.url + "/karte", "Karte")
    choose(page, "Merkmal", "Läden [eigene Tabelle]")
    expect(page.locator(MAP).first).to_be_visible()
    expect(page.get_by_text("veröffentlicht").first).to_be_visible()
    go(page, app.url + IMPORT, "Daten und Quellen")
    undo(page)
    go(page, app.url + "/daten", "Daten und Quellen")
    expect(page.get_by_text("[eigene Tabelle]")).to_have_count(0)


def test_import_goes_on_when_the_page_is_left(app, page: Page):
    go(page, app.url + IMPORT, "Daten und Quellen")
    drop(page, ("12411.csv", GENESIS), ("kaputt.csv", "<!DOCTYPE html><html><body>Fehler 500</body></html>"))
    expect(page.get_by_text("keine Tabelle, sondern eine Webseite")).to_be_visible()
    page.get_by_role("button", name="1 Datei einlesen").click()
    expect(page.get_by_text("Sie können diese Seite verlassen").or_(page.get_by_text("12411.csv – "))).to_be_visible()
    page.goto(app.url + "/karte")
    go(page, app.url + IMPORT, "Daten und Quellen")
    expect(page.get_by_text("Bericht zum letzten Import")).to_be_visible()
    expect(page.get_by_text("12411.csv – ")).to_be_visible()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Bericht als Tabelle (CSV)").click()
    assert download.value.suggested_filename == "kowis-atlas-importbericht.csv"
    undo(page)
