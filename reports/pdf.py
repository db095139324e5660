"""A document as PDF: set by Typst with its own fonts, tagged for screen readers (PDF/UA-1), the same on any machine."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typst

from reports.document import Document, clean

_LAYOUT = Path(__file__).with_name("pdf.typ")
# What the fonts of Typst surely hold: Latin, Greek and Cyrillic letters, punctuation, arrows, mathematical signs.
_STRANGE = re.compile(
    "[^\n\t -~\u00a0-\u017f\u0391-\u03c9\u0410-\u044f\u2010-\u2027\u2030-\u203a\u20ac\u2190-\u2193\u2212\u2264\u2265]"
)
_PICTURE = b"""
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg")
"""


def as_pdf(document: Document) -> bytes:
    """The document as PDF.

    Signs for which there is no letter in the fonts (smileys, foreign scripts) stand as their number, e.g. `[U+1F600]`:
    nothing is lost, and the file does not depend on the fonts of the machine.
    """
    content = _content(document)
    try:
        return _compile(content)
    except typst.TypstError:
        return _compile(_without_strange_signs(content))


def svg_as_png(svg: str, ppi: float = 300) -> bytes:
    """A drawing as a PNG picture, for formats that know no SVG."""
    return typst.compile(_PICTURE, sys_inputs={"svg": svg}, format="png", ppi=ppi, ignore_system_fonts=True)


def _compile(content: dict) -> bytes:
    return typst.compile(
        _LAYOUT.read_bytes(),
        sys_inputs={"document": json.dumps(content, ensure_ascii=False)},
        ignore_system_fonts=True,
        timestamp=datetime.fromtimestamp(0, UTC),
        format="pdf",
        pdf_standards=["ua-1"],
    )


def _content(document: Document) -> dict:
    """The document as the layout reads it: every block says its kind, every text is clean."""
    content = asdict(document)
    for section, made in zip(document.sections, content["sections"], strict=True):
        for block, fields in zip(section.blocks, made["blocks"], strict=True):
            fields["kind"] = type(block).__name__
    return _mapped(content, clean)


def _without_strange_signs(content: dict) -> dict:
    return _mapped(content, lambda text: _STRANGE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text))


def _mapped(value, change):
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: inner if key in ("kind", "svg") else _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, change) for inner in value]
    return value
