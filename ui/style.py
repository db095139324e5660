"""The few words of Streamlit's own controls that cannot be set from Python, put into German by style."""

from __future__ import annotations

import streamlit as st

_UPLOADER = """
<style>
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"],
[data-testid="stFileUploaderDropzoneInstructions"] { font-size: 0 !important; }
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"]::after {
  content: "Dateien auswählen"; font-size: 0.9rem;
}
[data-testid="stFileUploaderDropzoneInstructions"] * { font-size: 0 !important; }
[data-testid="stFileUploaderDropzoneInstructions"]::after {
  content: "oder hierher ziehen, bis 2 GB je Datei"; font-size: 0.85rem; color: #5d6b75;
}
/* Sizes with an English decimal point; the page says them in German below. */
[data-testid="stFileChipName"] + div { display: none; }
</style>
"""


def german_uploader() -> None:
    """German words on the file uploaders of this page."""
    st.html(_UPLOADER)


def german_table_tools() -> None:
    """Hide the English buttons above the tables of this page; what they do is offered in German beside the table."""
    st.html('<style>[data-testid="stElementToolbar"] { display: none; }</style>')
