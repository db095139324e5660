"""The economic structure in a real browser: from a case study to its file, and one company's weight."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.test_journeys import go, settled


def test_from_a_case_study_to_its_structure_and_file(page: Page, app, tmp_path):
    go(page, f"{app.url}/wirtschaftsstruktur", "Wirtschaftsstruktur")
    page.get_by_role("button", name="Perl").click()
    expect(page.get_by_role("heading", name="Perl")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="Abteilungen").or_(page.get_by_role("button", name="Abteilungen")).first.click()
    expect(page.get_by_text("übrige, zusammengefasst wegen Geheimhaltung").first).to_be_visible()
    settled(page)
    assert "gliederung=division" in page.url and "stadt=10042115" in page.url
    with page.expect_download() as download:
        page.get_by_role("button", name="Tabelle als CSV-Datei").click()
    path = tmp_path / "struktur.csv"
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8-sig")
    assert text.startswith("Schlüssel der Einheit;Stadt;") and "Modelldaten (synthetisch)" in text
    view = "Bedeutung eines einzelnen Unternehmens"
    page.get_by_role("radio", name=view).or_(page.get_by_role("button", name=view)).first.click()
    expect(page.get_by_text(re.compile("Ein Unternehmen mit 500 Beschäftigten stellt"))).to_be_visible()
    size = page.get_by_role("spinbutton", name="Beschäftigte des Unternehmens")
    size.fill("700")
    size.press("Enter")
    expect(page.get_by_text(re.compile("Ein Unternehmen mit 700 Beschäftigten stellt"))).to_be_visible()
    settled(page)
    assert "groesse=700" in page.url
