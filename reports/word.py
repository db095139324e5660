"""A document as a Word file: real headings, repeated table heads, pictures with alternative text, language German."""

from __future__ import annotations

import io
from datetime import datetime

from docx import Document as new_file
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from reports.document import Block, Bullets, Code, Document, Note, Picture, Table, clean
from reports.pdf import svg_as_png

_ACCENT = RGBColor(0x1D, 0x5A, 0x74)
_MUTED = RGBColor(0x55, 0x63, 0x6D)
_TEXT_WIDTH_CM = 16.6
# A fixed date keeps the bytes of the file the same; when it was made stands in the text.
_DATE = datetime(2024, 1, 1)


def as_word(document: Document) -> bytes:
    """The document as a .docx file."""
    file = new_file()
    _set_up(file, document)
    file.add_paragraph(clean(document.title), style="Title")
    file.add_paragraph(clean(document.subtitle), style="Subtitle")
    if document.facts:
        _facts(file, document.facts)
    for section in document.sections:
        file.add_heading(clean(section.title), level=section.level)
        for block in section.blocks:
            _add(file, block)
    packed = io.BytesIO()
    file.save(packed)
    return packed.getvalue()


def _set_up(file, document: Document) -> None:
    properties = file.core_properties
    properties.title, properties.author = clean(document.title), "KOWIS-Atlas"
    properties.subject, properties.language, properties.comments = clean(document.subtitle), "de-DE", ""
    properties.created = properties.modified = _DATE
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.2)
    page.top_margin, page.bottom_margin = Cm(2.3), Cm(2.0)
    for name, size, colour in (
        ("Normal", 10.5, None),
        ("Title", 22, _ACCENT),
        ("Subtitle", 13, _MUTED),
        ("Heading 1", 15, _ACCENT),
        ("Heading 2", 12, _ACCENT),
        ("Caption", 9, _MUTED),
    ):
        style = file.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        properties_of_run = style.element.get_or_add_rPr()
        fonts = properties_of_run.get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        if colour is not None:
            style.font.color.rgb = colour
    language = file.styles.element.find(".//" + qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        file.styles["Normal"].element.get_or_add_rPr().append(language)
    language.set(qn("w:val"), "de-DE")
    footer = page.footer.paragraphs[0]
    footer.add_run(clean(f"KOWIS-Atlas · erstellt {document.created} · Seite "))
    _field(footer, "PAGE")
    footer.add_run(" von ")
    _field(footer, "NUMPAGES")
    for run in footer.runs:
        run.font.size, run.font.color.rgb = Pt(8.5), _MUTED
    file.settings.element.find(qn("w:defaultTabStop")).addnext(OxmlElement("w:autoHyphenation"))


def _facts(file, facts: tuple[tuple[str, str], ...]) -> None:
    table = file.add_table(rows=0, cols=2)
    for label, text in facts:
        cells = table.add_row().cells
        cells[0].width, cells[1].width = Cm(3.8), Cm(_TEXT_WIDTH_CM - 3.8)
        run = cells[0].paragraphs[0].add_run(clean(label))
        run.font.color.rgb = _MUTED
        cells[1].paragraphs[0].add_run(clean(text))
        for cell in cells:
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)


def _add(file, block: Block) -> None:
    if isinstance(block, Bullets):
        for item in block.items:
            file.add_paragraph(clean(item), style="List Bullet")
    elif isinstance(block, Table):
        _table(file, block)
    elif isinstance(block, Picture):
        _picture(file, block)
    elif isinstance(block, Note):
        paragraph = file.add_paragraph(clean(block.text))
        _box(paragraph)
    elif isinstance(block, Code):
        run = file.add_paragraph().add_run(clean(block.text))
        run.font.name, run.font.size = "Consolas", Pt(7)
    else:
        run = file.add_paragraph().add_run(clean(block.text))
        if block.muted:
            run.italic, run.font.color.rgb = True, _MUTED


def _table(file, block: Table) -> None:
    caption = file.add_paragraph(clean(block.caption), style="Caption")
    caption.paragraph_format.keep_with_next = True
    table = file.add_table(rows=1, cols=len(block.columns))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    _rules(table)
    shares = block.widths or (1,) * len(block.columns)
    widths = [Cm(_TEXT_WIDTH_CM * share / sum(shares)) for share in shares]
    size = Pt(8 if block.small else 9)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    _row(table.rows[0], block.columns, widths, size, block.numeric, head=True)
    for cells in block.rows:
        _row(table.add_row(), cells, widths, size, block.numeric)
    file.add_paragraph().paragraph_format.space_after = Pt(2)


def _rules(table) -> None:
    """Thin lines below the rows, nothing upright."""
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "C9D2D7")):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
    # The schema wants the borders right before the layout of the columns.
    table._tbl.tblPr.find(qn("w:tblLayout")).addprevious(borders)


def _row(row, cells, widths, size, numeric, head: bool = False) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))
    for position, (cell, text, width) in enumerate(zip(row.cells, cells, widths, strict=True)):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        run = paragraph.add_run(clean(text))
        run.font.size = size
        if head:
            run.bold, run.font.color.rgb = True, _ACCENT
        if position in numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _picture(file, block: Picture) -> None:
    picture = file.add_picture(io.BytesIO(svg_as_png(block.svg)), width=Cm(10))
    properties = picture._inline.docPr
    properties.set("descr", clean(block.alt))
    properties.set("title", clean(block.caption)[:200])
    file.paragraphs[-1].paragraph_format.keep_with_next = True
    file.add_paragraph(clean(block.caption), style="Caption")


def _box(paragraph) -> None:
    """A bar at the left and a pale ground."""
    properties = paragraph._p.get_or_add_pPr()
    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "8"), ("color", "1D5A74")):
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", "EEF4F6")):
        shade.set(qn(f"w:{name}"), value)
    properties.append(borders)
    properties.append(shade)


def _field(paragraph, code: str) -> None:
    """A field that Word fills in, such as the number of the page."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
