"""Text files decoded: UTF-8 with or without BOM, UTF-16 with BOM, Windows-1252, the old DOS code page 850."""

from __future__ import annotations

from kowis_data.formats.reading import FormatError

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# ä ö ü Ä Ö Ü ß in either one-byte encoding: the one that reads more umlauts is taken.
_UMLAUTS_1252 = b"\xe4\xf6\xfc\xc4\xd6\xdc\xdf"
_UMLAUTS_850 = b"\x84\x94\x81\x8e\x99\x9a\xe1"


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was read with.

    `data` may be cut in the middle of a character. Raises FormatError for binary data.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace").removeprefix("\ufeff"), encoding
    if b"\x00" in data:
        raise FormatError(
            "Die Datei ist keine Textdatei.", expected="Text in UTF-8 oder Windows-1252 (Latin-1)"
        )
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8"), "utf-8"
    windows, dos = (sum(data.count(byte) for byte in umlauts) for umlauts in (_UMLAUTS_1252, _UMLAUTS_850))
    encoding = "cp850" if dos > windows else "cp1252"
    return data.decode(encoding, errors="replace"), encoding


def looks_like_html(text: str) -> bool:
    """Whether a text is a web page, for instance an error page saved under the name of a data file."""
    start = text.lstrip()[:200].lower()
    return start.startswith(("<!doctype", "<html", "<?xml", "<head"))


def split_lines(text: str) -> list[str]:
    """Lines as an editor counts them. `str.splitlines` would also break at characters inside a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
