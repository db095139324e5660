"""A document before it is a file: sections of paragraphs, lists, tables and pictures, free of any format.

Whoever writes a file from it (`pdf`, `word`) takes the texts as they are: nothing in them is markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

# What no file format holds: control characters, halves of surrogate pairs, non-characters, and marks that would turn
# the direction of writing.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
    "|[" + "".join(chr(plane + end) for plane in range(0x10000, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)) + "]"
)


@dataclass(frozen=True)
class Text:
    """A paragraph; `muted` for remarks."""

    text: str
    muted: bool = False


@dataclass(frozen=True)
class Note:
    """A sentence that must not be overlooked, in a box."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of short paragraphs."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    caption : what it shows.
    columns, rows : texts; every row as long as the columns.
    widths : relative widths of the columns, equal without.
    numeric : positions of columns set flush right.
    small : set in small type, for long tables.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    numeric: tuple[int, ...] = ()
    small: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"rows of „{self.caption}“ do not fit its columns")
        if self.widths and len(self.widths) != len(self.columns):
            raise ValueError(f"widths of „{self.caption}“ do not fit its columns")

    def without_column(self, title: str) -> Table:
        """The table without one of its columns."""
        gone = self.columns.index(title)
        return replace(
            self,
            columns=_but(self.columns, gone),
            rows=tuple(_but(row, gone) for row in self.rows),
            widths=_but(self.widths, gone),
            numeric=tuple(place - (place > gone) for place in self.numeric if place != gone),
        )


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG, with what it shows in words (`alt`) and the line below it."""

    svg: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Code:
    """Text of a machine, set in a fixed width."""

    text: str


Block = Text | Note | Bullets | Table | Picture | Code


@dataclass(frozen=True)
class Section:
    """A heading (level 1 or 2) and what stands under it."""

    title: str
    blocks: tuple[Block, ...] = ()
    level: int = 1


@dataclass(frozen=True)
class Document:
    """A whole document in German.

    Attributes
    ----------
    title, subtitle : heading of the first page.
    facts : labels and texts below it.
    sections : in order.
    created : when it was made, as it shall stand there.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = field(default_factory=tuple)
    created: str = ""

    def plain_text(self) -> str:
        """All words without the drawings, for searching and comparing."""
        parts = [self.title, self.subtitle, *(f"{label}: {text}" for label, text in self.facts)]
        for section in self.sections:
            parts.append(section.title)
            for block in section.blocks:
                parts += _words(block)
        return "\n".join(parts)


def _but(parts: tuple, place: int) -> tuple:
    return parts[:place] + parts[place + 1 :]


def _words(block: Block) -> list[str]:
    if isinstance(block, Bullets):
        return list(block.items)
    if isinstance(block, Table):
        return [block.caption, " | ".join(block.columns), *(" | ".join(row) for row in block.rows)]
    if isinstance(block, Picture):
        return [block.alt, block.caption]
    return [block.text]


def clean(text: str) -> str:
    """Text that every format can hold; line ends become `\\n`."""
    return _UNPRINTABLE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def paragraphs(text: str) -> tuple[Text, ...]:
    """What somebody wrote, one paragraph per line that holds something."""
    return tuple(Text(line.strip()) for line in clean(text).split("\n") if line.strip())


def given(text: str, otherwise: str = "noch nicht festgelegt") -> tuple[Text, ...]:
    """Paragraphs of a text, or a muted remark that there is none."""
    return paragraphs(text) or (Text(otherwise, muted=True),)


def rows(frame_rows: Sequence[Sequence[object]]) -> tuple[tuple[str, ...], ...]:
    """Rows of a table with every cell as text."""
    return tuple(tuple(str(cell) for cell in row) for row in frame_rows)
