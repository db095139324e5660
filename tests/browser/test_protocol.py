"""The protocol in a real browser: begun from nothing, discussed, downloaded as PDF and Word, and read again."""

from __future__ import annotations

from pathlib import Path

import docx
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.test_journeys import go, settled


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def words_of_pdf(path: Path) -> str:
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(path).pages).split())


def test_a_record_is_written_and_read_again(app, page, tmp_path):
    go(page, f"{app.url}/protokoll", "Protokoll")
    page.get_by_role("button", name="Mit der Vorgabe beginnen").click()
    expect(page.get_by_text("noch nicht vollständig")).to_be_visible()
    settled(page)
    page.get_by_role("textbox", name="Was sprach für diese Städte").fill("Zwei #strong[Runden] & ein *Einwand*")
    page.get_by_role("button", name="Diskussion speichern").click()
    expect(page.get_by_text("Fassung 2").first).to_be_visible()
    settled(page)
    drawing = page.get_by_role("img", name="Karte von Deutschland")
    expect(drawing).to_be_visible()
    assert drawing.evaluate("picture => picture.naturalWidth") > 100

    text = words_of_pdf(downloaded(page, "Protokoll als PDF", tmp_path))
    for words in (
        "Protokoll der Fallstudienauswahl",
        "Zwei #strong[Runden] & ein *Einwand*",
        "keine Häufigkeitsaussagen",
    ):
        assert words in text, words
    word = docx.Document(downloaded(page, "Protokoll für Word", tmp_path))
    assert "Zwei #strong[Runden] & ein *Einwand*" in [paragraph.text for paragraph in word.paragraphs]
