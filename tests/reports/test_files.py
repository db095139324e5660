"""Documents as files: what was written stands in them, whatever signs it holds, and the format is sound."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from reports.document import Bullets, Code, Document, Note, Picture, Section, Table, Text, clean, paragraphs
from reports.germany_map import germany_map
from reports.pdf import as_pdf, svg_as_png
from reports.word import as_word

SQUARE = {
    "features": [{"geometry": {"type": "Polygon", "coordinates": [[[6, 47], [15, 47], [15, 55], [6, 55], [6, 47]]]}}]
}
ODD = "#strong[x] *a* _b_ $x$ \\u{41} `c` <l> @r // % & ]} {{ ~ \"q\" 'r' -- https"


def document(text: str, rows: int = 1) -> Document:
    svg = germany_map(SQUARE, [("1", 10.0, 51.0)], [(8.0, 50.0)])
    return Document(
        f"Titel {text}",
        text,
        (("Angabe", text),),
        (
            Section("Erstes", (Text(text), Note(text), Bullets((text, "zwei")), Code(text))),
            Section(f"Zweites {text}", (Table(text, ("Stadt", "Zahl"), ((text, "1.234,5"),) * rows, numeric=(1,)),), 2),
            Section("Bild", (Picture(svg, f"Karte: {text}", "Unter der Karte"),)),
        ),
        "25.11.2026, 20:30",
    )


def words_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def words_of_word(content: bytes) -> list[str]:
    file = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return [paragraph.text for paragraph in file.paragraphs] + cells


def test_markup_in_a_text_is_text():
    pdf = " ".join(words_of_pdf(as_pdf(document(ODD))).split())
    assert pdf.count(ODD) >= 5
    assert words_of_word(as_word(document(ODD))).count(ODD) >= 5


@settings(max_examples=25)
@given(st.text(st.characters(), max_size=40))
@example("😀 中文 \ud800 \x00 \x0b \u202e \ufffe \U0001ffff")
@example("]" * 30 + "#" * 30)
@example("a\r\nb\rc\td")
def test_any_text_makes_both_files(text):
    made = document(text)
    assert as_pdf(made).startswith(b"%PDF")
    written = clean(text)
    found = words_of_word(as_word(made))
    # Word reads a lone tab or line end back as such; what was written stands in a paragraph and a cell.
    assert found.count(written) >= 2


def test_signs_without_a_letter_stand_as_their_number():
    assert "[U+1F600]" in words_of_pdf(as_pdf(document("gut 😀")))
    assert "gut 😀" in words_of_word(as_word(document("gut 😀")))


def test_the_pdf_is_tagged_german_and_repeats_the_heads_of_tables():
    reader = PdfReader(io.BytesIO(as_pdf(document("Wort", rows=120))))
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == "de-DE" and catalog["/MarkInfo"]["/Marked"]
    assert len(reader.pages) > 2
    pages = [page.extract_text() for page in reader.pages]
    assert sum("Stadt" in page and "Zahl" in page for page in pages) >= 3
    assert f"Seite 2 von {len(pages)}" in pages[1] and "erstellt 25.11.2026, 20:30" in pages[1]
    fonts = {font.get_object()["/BaseFont"] for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert all("Libertinus" in font or "DejaVu" in font for font in fonts)


def test_the_word_file_has_headings_a_language_and_a_picture_in_words():
    content = as_word(document("Wort"))
    file = docx.Document(io.BytesIO(content))
    styles = {paragraph.text: paragraph.style.name for paragraph in file.paragraphs}
    assert styles["Erstes"] == "Heading 1" and styles["Zweites Wort"] == "Heading 2" and styles["Titel Wort"] == "Title"
    assert file.core_properties.language == "de-DE"
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        body, styled = parts.read("word/document.xml").decode(), parts.read("word/styles.xml").decode()
        assert 'descr="Karte: Wort"' in body and "<w:tblHeader/>" in body
        assert 'w:val="de-DE"' in styled
        assert any(name.startswith("word/media/") for name in parts.namelist())


def test_the_word_file_keeps_the_order_that_word_demands():
    """Word refuses a file whose properties stand in another order than its schema's."""
    wanted = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblLook"]
    file = docx.Document(io.BytesIO(as_word(document("Wort"))))
    found = [child.tag.split("}")[1] for child in file.tables[-1]._tbl.tblPr]
    assert "tblBorders" in found and found == [name for name in wanted if name in found]
    settings_of_word = [child.tag.split("}")[1] for child in file.settings.element]
    assert settings_of_word.index("autoHyphenation") == settings_of_word.index("defaultTabStop") + 1


def test_same_document_same_bytes():
    assert as_pdf(document("Wort")) == as_pdf(document("Wort"))
    first, second = (docx.Document(io.BytesIO(as_word(document("Wort")))) for _ in range(2))
    assert first.element.xml == second.element.xml


def test_a_drawing_becomes_a_picture():
    assert svg_as_png(germany_map(SQUARE, []), ppi=72).startswith(b"\x89PNG")


def test_the_map_puts_towns_where_they_lie():
    drawn = germany_map(SQUARE, [("1", 6.0, 55.0), ("2", 15.0, 47.0)])
    assert 'cx="10.0" cy="10.0"' in drawn and 'cx="450.0"' in drawn
    assert ">1</text>" in drawn and ">2</text>" in drawn


def test_paragraphs_follow_the_lines_somebody_wrote():
    assert [text.text for text in paragraphs("eins\r\n\r\n zwei \x00\n")] == ["eins", "zwei"]


def test_a_column_goes_with_its_width_and_its_place():
    table = Table("x", ("a", "b", "c"), (("1", "2", "3"),), (1, 2, 3), (0, 2)).without_column("b")
    assert table == Table("x", ("a", "c"), (("1", "3"),), (1, 3), (0, 1))


def test_a_table_whose_rows_do_not_fit_is_refused():
    with pytest.raises(ValueError, match="columns"):
        Table("x", ("a", "b"), (("1",),))
