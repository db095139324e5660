"""A document of `reports` on the screen: the same words, tables and drawings as in its files."""

from __future__ import annotations

import base64
import html

import streamlit as st

from reports.document import Block, Bullets, Code, Document, Note, Picture, Section, Table
from ui import colours, html_table


def read(document: Document, open_sections: tuple[str, ...] = ()) -> None:
    """Draw the document, one fold per chapter with its sections in it; those named are open."""
    for number, chapter in enumerate(chapters(document), 1):
        head, *rest = chapter
        with st.expander(f"{number} · {head.title}", expanded=head.title in open_sections):
            for block in head.blocks:
                draw(block)
            for section in rest:
                st.markdown(f"##### {_plain(section.title)}")
                for block in section.blocks:
                    draw(block)


def chapters(document: Document) -> list[list[Section]]:
    """Sections of level 1, each with the sections of level 2 that follow it."""
    found: list[list[Section]] = []
    for section in document.sections:
        if section.level == 1 or not found:
            found.append([section])
        else:
            found[-1].append(section)
    return found


def draw(block: Block) -> None:
    """Draw one block; texts are shown as they are, never as markup."""
    if isinstance(block, Table):
        st.html(_caption(block.caption))
        cells = [[_cell(cell) for cell in row] for row in block.rows]
        shares = block.widths or (1,) * len(block.columns)
        widths = [f"{100 * share / sum(shares):.1f}%" for share in shares]
        st.html(html_table.table(block.columns, cells, label=block.caption, numeric=block.numeric, widths=widths))
    elif isinstance(block, Bullets):
        st.html("<ul>" + "".join(f"<li>{_cell(item)}</li>" for item in block.items) + "</ul>")
    elif isinstance(block, Note):
        st.html(
            f'<div style="border-left:4px solid {colours.ACCENT};background:#eef4f6;padding:0.6rem 0.9rem">'
            f"{_cell(block.text)}</div>"
        )
    elif isinstance(block, Picture):
        # The page lets no drawing through as such, only as a picture.
        drawing = base64.b64encode(block.svg.encode()).decode()
        st.html(
            f'<img src="data:image/svg+xml;base64,{drawing}" alt="{html.escape(block.alt)}" '
            'style="width:100%;max-width:24rem;height:auto;margin:0.5rem 0">'
        )
        st.html(html_table.small(block.caption))
    elif isinstance(block, Code):
        st.code(block.text, language="json", wrap_lines=True, height=220)
    else:
        style = f"color:{colours.MUTED};font-style:italic" if block.muted else ""
        st.html(f'<div style="font-size:0.95rem;{style}">{_cell(block.text)}</div>')


def _cell(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _caption(text: str) -> str:
    return f'<div style="font-weight:600;font-size:0.87rem;color:{colours.MUTED}">{html.escape(text)}</div>'


def _plain(text: str) -> str:
    """Text without what Markdown would take for itself."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]#<>$:~" else sign for sign in text)
