"""The head and foot of a classic GENESIS table (regionalstatistik.de, "CSV").

    GENESIS-Tabelle: 13111-01-03-5                                 table
    Sozialversicherungspflichtig Beschäftigte am Arbeitsort;;;     title, one to three lines
    regionale Tiefe: Gemeinden, Samt-/Verbandsgemeinden;;;         regional depth
    Sozialversicherungspflichtig Beschäftigte;;;                   statistic
    Sozialversicherungspfl. Beschäftigte (Arbeitsort) (Anzahl);;;  content and unit, if only one
    30.06.2015;;;                                                  period, if only one
    ;;Geschlecht;Geschlecht;Geschlecht                             head rows: contents, dimensions,
    ;;Insgesamt;männlich;weiblich                                  categories, periods, units
    DG;Deutschland;30771297;16504172;14267125                      rows: [period;] key; name; [category;] …
    __________                                                     foot: notes, copyright, "Stand:"

No column has a name; what a head row is follows from what it holds.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from kowis_data.formats.genesis_keys import FACTS, region_of
from kowis_data.formats.genesis_periods import parse_period, parse_periods
from kowis_data.formats.reading import FormatError

FIRST_LINE = re.compile(r'"?(GENESIS-Tabelle|Tabelle): *([0-9A-Z][0-9A-Za-z.-]+)"?;*\s*$')
_UNITS = frozenset(FACTS["units"])
_CONNECTORS = frozenset(FACTS["connectors"])
_DAMAGED = "Laden Sie die Tabelle neu als CSV herunter und speichern Sie sie nicht in einem anderen Programm."


@dataclass(frozen=True)
class ValueColumn:
    """One column of numbers: its place, what stands above it (`path`: dimension or "", category), its unit,
    its period as written (None where the period stands elsewhere).
    """

    index: int
    path: tuple[tuple[str, str], ...]
    unit: str
    period: str | None


@dataclass(frozen=True)
class ClassicHead:
    """Everything above the rows. `first_row` is the 0-based line of the first row; `time`, `key`, `name` and
    `categories` are the columns left of the values."""

    table: str
    title: str
    depth: str
    statistic: str
    content: str
    period: str | None
    first_row: int
    width: int
    time: int | None
    key: int
    name: int
    categories: tuple[int, ...]
    columns: tuple[ValueColumn, ...]

    @property
    def nature(self) -> str:
        """Kind of the period as the title tells it: "Jahressumme", "Jahresdurchschnitt" or ""."""
        found = re.search(r"Jahressumme|Jahresdurchschnitt|Jahresmittel", self.title)
        return found.group() if found else ""

    def code(self, column: ValueColumn, categories: tuple[str, ...] = ()) -> str:
        """Feature code, e.g. "12711-01-03-5|Zuzüge über die Gemeindegrenzen|Insgesamt|unter 18 Jahre"."""
        parts = [label for _, label in column.path if label not in _CONNECTORS]
        return "|".join([self.table, *(parts or [self.content or self.title]), *categories])

    def label(self, column: ValueColumn, categories: tuple[str, ...] = ()) -> str:
        """German title of the feature."""
        parts = [f"{dimension}: {label}" if dimension else label for dimension, label in column.path]
        text = ", ".join([*([self.content] if self.content else []), *parts, *categories])
        for connector in _CONNECTORS:
            text = text.replace(f"{connector}, ", f"{connector} ")
        return text or self.title


def split_cells(lines: list[str]) -> list[list[str]]:
    """Lines split at semicolons, quotes taken off; one list per line."""
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=";")]
    except csv.Error as error:
        raise FormatError(
            "Eine Zeile der Tabelle lässt sich nicht in Spalten teilen.", where=str(error), advice=_DAMAGED
        ) from error


def parse_head(lines: list[str]) -> ClassicHead:
    """The head of a classic table.

    `lines` are the lines above the foot. Raises FormatError where the table is cut, has no columns, no
    period, no region keys, or two columns with the same head.
    """
    table = FIRST_LINE.match(lines[0]).group(2)
    meta, head, first_row, probe = _sections(lines)
    title, depth, statistic, content, period = _meta(meta)
    width = len(head[0]) if head else Counter(map(len, probe)).most_common(1)[0][0]
    if any(len(row) != width for row in head) or sum(len(row) == width for row in probe) * 2 < len(probe):
        raise FormatError(
            "Kopf und Zeilen der Tabelle haben verschieden viele Spalten.",
            where=f"Zeilen bis {first_row + 1}",
            expected=f"{width} Spalten in jeder Zeile",
            advice=_DAMAGED,
        )
    probe = [row for row in probe if len(row) == width]
    time, key, name, categories = _stub(probe, head)
    stub = max(name, time if time is not None else 0, *categories) + 1
    content, columns = _columns(head, stub, width, content)
    if time is None and period is None and any(column.period is None for column in columns):
        raise FormatError(
            "Die Tabelle nennt keinen Zeitbezug.",
            where=f"Zeilen 1 bis {first_row}",
            expected="ein Jahr oder Stichtag im Kopf, über den Spalten oder vor dem Schlüssel",
            advice=_DAMAGED,
        )
    return ClassicHead(
        table,
        title,
        depth,
        statistic,
        content,
        period,
        first_row,
        width,
        time,
        key,
        name,
        categories,
        columns,
    )


def _sections(lines: list[str]) -> tuple[list[str], list[list[str]], int, list[list[str]]]:
    """Meta lines, head rows, number of the first row, and up to 200 rows to look at."""
    meta, head = [], []
    for number, row in enumerate(split_cells(lines[1:400]), start=1):
        filled = [index for index, cell in enumerate(row) if cell]
        if not filled:
            continue
        if filled == [0]:
            meta.append(row[0])
        elif filled[0] > 0:
            head.append(row)
        else:
            probe = [row for row in split_cells(lines[number : number + 200]) if len(row) > 1]
            return meta, head, number, probe
    if not head and not any(";" in line for line in lines[1:]):
        raise FormatError(
            "Die Spalten der Tabelle sind nicht durch Semikolon getrennt.",
            where="ab Zeile 2",
            expected="Semikolon als Trennzeichen, wie GENESIS es liefert",
            advice=_DAMAGED,
        )
    raise FormatError(
        "Die Tabelle enthält keine Zeilen mit Werten.", where=f"nach Zeile {len(meta) + 1}", advice=_DAMAGED
    )


def _meta(meta: list[str]) -> tuple[str, str, str, str, str | None]:
    """Title, regional depth, statistic, content (with unit) and period from the lines above the head rows."""
    at = next((number for number, line in enumerate(meta) if "regionale Tiefe:" in line), None)
    if at is None:
        title, depth, rest = meta[:1], "", meta[1:]
    else:
        before, depth = meta[at].split("regionale Tiefe:", 1)
        title, rest = [*meta[:at], before], meta[at + 1 :]
    periods = [line for line in rest if parse_period(line)]
    rest = [line for line in rest if not parse_period(line)]
    statistic = rest[0] if rest else ""
    content = rest[-1] if len(rest) > 1 else ""
    name = " ".join(" ".join(title).split()).strip(" -")
    return name, depth.strip(), statistic, content, (periods or [None])[-1]


def _stub(probe: list[list[str]], head: list[list[str]]) -> tuple[int | None, int, int, tuple[int, ...]]:
    """Columns left of the values: period (or None), key, name, categories."""
    empty_above = min((next(i for i, cell in enumerate(row) if cell) for row in head), default=None)
    reach = min(empty_above or 3, len(probe[0]))
    columns = [[row[index] for row in probe if index < len(row)] for index in range(reach)]
    # A damaged row or two must not make years look like keys.
    periods = [sum(map(bool, map(parse_period, cells))) > 0.5 * len(cells) for cells in columns]
    time = periods.index(True) if True in periods else None
    shares = [
        0.0 if index == time else sum(region_of(cell) is not None for cell in cells) / len(cells)
        for index, cells in enumerate(columns)
    ]
    if max(shares) < 0.5 or shares.index(max(shares)) + 1 >= len(probe[0]) - 1:
        raise FormatError(
            "Die Tabelle enthält keine Regionalschlüssel.",
            where="vordere Spalten der Zeilen",
            expected="ein Schlüssel je Zeile (DG, Land, Kreis oder Gemeinde) und der Name daneben",
            advice="Wählen Sie auf regionalstatistik.de eine Tabelle für Kreise oder Gemeinden.",
        )
    key = shares.index(max(shares))
    last = (empty_above if empty_above is not None else key + 2) - 1
    categories = tuple(index for index in range(key + 2, last + 1) if index != time)
    return time, key, key + 1, categories


def _columns(head: list[list[str]], stub: int, width: int, content: str) -> tuple[str, tuple[ValueColumn, ...]]:
    """Content without its unit, and what stands above each column of values."""
    values = range(stub, width)
    rows = [[row[index] for index in values] for row in head]
    periods = next((row for row in rows if all(row) and len(parse_periods(row)) == len(set(row))), None)
    rows = [row for row in rows if row is not periods]
    unit, units = "", None
    if rows and all(cell in _UNITS for cell in rows[-1] if cell):
        units = rows.pop()
    elif match := re.fullmatch(r"(.*?) ?\(([^()]*)\)", content):
        content, unit = match.groups()
    paths: list[list[tuple[str, str]]] = [[] for _ in values]
    dimension = ""
    for row in rows:
        if len(set(row)) == 1 and row[0].startswith(tuple(FACTS["dimension_names"])) and row is not rows[-1]:
            dimension = row[0]
            continue
        for path, cell in zip(paths, row, strict=True):
            if cell:
                path.append((dimension, cell))
        dimension = ""
    columns = [
        ValueColumn(index, tuple(path), units[at] if units else unit, periods[at] if periods else None)
        for at, (index, path) in enumerate(zip(values, paths, strict=True))
    ]
    return content, _distinct(columns)


def _distinct(columns: list[ValueColumn]) -> tuple[ValueColumn, ...]:
    """Columns with the same path (number and share) told apart by unit; FormatError where that fails."""
    seen: dict[tuple, list[ValueColumn]] = {}
    for column in columns:
        path = tuple(label for _, label in column.path if label not in _CONNECTORS)
        seen.setdefault((path, column.period), []).append(column)
    told_apart = {}
    for same in seen.values():
        for column in same:
            path = column.path if len(same) == 1 else (*column.path, ("", column.unit))
            told_apart[column.index] = ValueColumn(column.index, path, column.unit, column.period)
        if len({column.unit for column in same}) < len(same):
            raise FormatError(
                "Zwei Spalten der Tabelle haben denselben Kopf.",
                where="Spalten " + ", ".join(str(column.index + 1) for column in same),
                expected="ein eigener Kopf für jede Spalte",
                advice=_DAMAGED,
            )
    return tuple(told_apart[column.index] for column in columns)


def parse_foot(lines: list[str]) -> tuple[str, str, str]:
    """Notes of the publisher in one paragraph, the copyright line, the date of the download ("Stand:")."""
    text = "\n".join(lines[1:])
    stand = re.search(r"^Stand: *([\d.]+)", text, re.MULTILINE)
    text = text[: stand.start()] if stand else text
    notes, _, owner = text.partition("©")
    notes = re.sub(r"(?<=[a-zäöüß])-\n(?=[a-zäöü])", "", notes.replace('""', "\0").replace('"', "").replace("\0", '"'))
    owner = owner.replace('"', "").strip().split("\n")[0].strip()
    return " ".join(notes.split()), owner, stand.group(1) if stand else ""
