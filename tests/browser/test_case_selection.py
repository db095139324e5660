"""The whole case selection as a team does it, in a real browser: remaining towns, ratings, refusal, final set."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_journeys import go, settled
from tests.browser.test_protocol import downloaded, words_of_pdf


@pytest.fixture(autouse=True)
def patience():
    """A whole calculation may lie between a click and what it shows."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def pick(page: Page, group: str, option: str) -> None:
    """Choose in a row of buttons by its label."""
    settled(page)
    row = page.get_by_test_id("stButtonGroup").filter(has_text=group).first
    row.get_by_text(option, exact=True).click()
    settled(page)


def press(page: Page, name: str | re.Pattern) -> None:
    settled(page)
    page.get_by_role("button", name=name).first.click()
    settled(page)


def set_contact(page: Page, words: str) -> None:
    settled(page)
    page.get_by_test_id("stButtonGroup").get_by_text(words).first.click()
    settled(page)


def rate(page: Page, name: str, aspects: dict[str, int]) -> None:
    for aspect, rating in aspects.items():
        pick(page, aspect, str(rating))
    expect(page.get_by_text("Wer hat wie bewertet?")).to_be_visible()
    expect(page.get_by_role("columnheader", name=name)).to_be_visible()


def final_four(page: Page, url: str) -> list[str]:
    """Begin with the default, rate two towns, confirm and refuse, replace, decide; gives the names of the set."""
    go(page, f"{url}/fallstudienauswahl", "Fallstudienauswahl")
    press(page, "Mit der Vorgabe beginnen")
    expect(page.get_by_test_id("stMetricValue").nth(2)).to_have_text("16", timeout=60_000)
    settled(page)
    page.get_by_role("link", name="Weiter zu den Dossiers").click()
    expect(page.get_by_text("Stufe 1 lässt 16 Städte übrig")).to_be_visible()

    page.get_by_role("textbox", name="Name", exact=True).fill("A. Muster")
    page.keyboard.press("Tab")
    rate(page, "A. Muster", {"Gegensatz zu den anderen Städten": 5, "Zugang zu Stadt und Unternehmen": 3})
    set_contact(page, "Mitwirkung bestätigt")
    press(page, "Nächste")
    expect(page.get_by_text("2 von 16", exact=True)).to_be_visible()
    rate(page, "A. Muster", {"Ergiebigkeit für die Fragestellung": 2})
    expect(page).to_have_url(re.compile(r"dossier=\d{9}"))

    press(page, "Weiter zur Endauswahl")
    expect(page.get_by_role("heading", name="Vorschlag", exact=True)).to_be_visible()
    press(page, "Vorschlag übernehmen")
    expect(page.get_by_text("Die eigene Auswahl ist der Vorschlag")).to_be_visible()

    press(page, "Dossier")
    expect(page.get_by_role("heading", level=1, name="Kleinstadt-Dossiers")).to_be_visible()
    settled(page)
    gone = page.get_by_role("heading", level=3).first.inner_text()
    set_contact(page, "abgelehnt")
    expect(page.get_by_text("kommt für die Endauswahl nicht mehr in Frage")).to_be_visible()
    press(page, "Ersatz suchen")
    expect(page.get_by_text(re.compile(rf"{re.escape(gone)} hat abgelehnt"))).to_be_visible()
    press(page, re.compile("übernehmen$"))
    expect(page.get_by_text("hat abgelehnt")).to_have_count(0)

    press(page, "Entscheidung festhalten")
    expect(page.get_by_text("Entscheidung festgehalten am")).to_be_visible()
    box = page.get_by_test_id("stMultiSelect").filter(has_text="Städte der eigenen Auswahl")
    names = [tag.inner_text().strip() for tag in box.locator("[data-tag]").all()]
    assert len(names) == 4 and gone not in names
    return names


def test_from_the_remaining_towns_to_the_final_four_and_its_record(app, page, open_context, tmp_path):
    names = final_four(page, app.url)
    assert "projekt=" in page.url
    other = open_context().new_page()
    go(other, page.url, "Stufe 2 · Endauswahl")
    expect(other.get_by_text("Entscheidung festgehalten am")).to_be_visible()
    for name in names:
        expect(other.get_by_test_id("stMultiSelect").get_by_text(name, exact=True).first).to_be_visible()

    go(page, page.url.replace("/endauswahl", "/protokoll"), "Protokoll")
    expect(page.get_by_text("Endauswahl des Teams – enthält Modelldaten (synthetisch)").first).to_be_visible()
    text = words_of_pdf(downloaded(page, "Protokoll als PDF", tmp_path))
    for words in ("Endauswahl des Teams", "A. Muster 5", "abgelehnt; Ersatz", "Nachgewiesenes Optimum", "Absagen:"):
        assert words in text, words
    for name in names:
        assert name.split(" (")[0] in text, name
