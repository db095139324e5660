"""How a table of one's own is to be read: which column is the key, which columns hold values, of what and when.

A `Mapping` is suggested by `generic_suggest`, confirmed (or changed) on screen, and kept as JSON beside the selection
that uses it.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields

from kowis_data.formats.reading import FormatError

# Kind of key -> what a user reads.
KEY_KINDS = {
    "ags": "Amtlicher Gemeindeschlüssel (AGS, 8 Ziffern)",
    "ars": "Regionalschlüssel (ARS, 12 Ziffern)",
    "unit": "Verbandsschlüssel (die ersten 9 Ziffern des ARS)",
    "county": "Kreisschlüssel (5 Ziffern)",
    "state": "Landesschlüssel (2 Ziffern)",
    "mixed": "Schlüssel verschiedener Ebenen (2, 5, 8, 9 oder 12 Ziffern)",
    "name": "Name der Gemeinde",
}
# How values of municipalities become values of associations, counties and so on -> what a user reads.
AGGREGATIONS = {
    "none": "gar nicht",
    "sum": "Summe",
    "mean": "Mittel (nach Bevölkerung)",
}
MEAN_WEIGHT = "population"
PROVENANCES = ("amtlich", "veroeffentlicht", "abgeleitet", "synthetisch")
PERIOD = re.compile(r"(19|20)\d\d(-(0[1-9]|1[0-2])|-(19|20)\d\d)?")
_THOUSANDS = ("", ".", ",", " ", "'")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_MAX_SLUG = 60


@dataclass
class ValueColumn:
    """A column with values: its head in the file, and the feature, unit and period it stands for.

    `period` is empty where a column of the table says the period of each row; `aggregation` is one of `AGGREGATIONS`.
    """

    column: str
    title: str
    unit_label: str = ""
    period: str = ""
    reference_date: str = ""
    used: bool = True
    aggregation: str = "none"

    @property
    def feature(self) -> str:
        return f"eigene_{slug(self.title)}"


@dataclass
class Mapping:
    """All that is needed to read a generic table; plain values only, so that it can be kept as JSON.

    Attributes
    ----------
    key_column, key_kind : head of the column with the keys, one of `KEY_KINDS`.
    values : the columns with values.
    file_kind : csv, excel or parquet.
    header_line : line (row of the sheet) with the heads, 1-based; 0 for Parquet.
    delimiter, decimal, thousands : marks in text; `thousands` is empty where there is none.
    sheet : of a workbook.
    name_column, period_column : further columns, empty where there is none.
    state_column : column with the Land (name or two digits), which tells towns of one name apart; may be empty.
    missing_marks : further texts for "nobody knows", separated by semicolons, e.g. "-999; keine Daten".
    title, publisher, licence, url, provenance : of the source, as it is shown in the atlas.
    hints : German sentences on what was guessed, for the screen; not needed for reading.
    """

    key_column: str
    key_kind: str
    values: list[ValueColumn] = field(default_factory=list)
    file_kind: str = "csv"
    header_line: int = 1
    delimiter: str = ";"
    decimal: str = ","
    thousands: str = "."
    sheet: str = ""
    name_column: str = ""
    period_column: str = ""
    state_column: str = ""
    missing_marks: str = ""
    title: str = "Eigene Tabelle"
    publisher: str = "eigene Angaben"
    licence: str = ""
    url: str = ""
    provenance: str = "veroeffentlicht"
    hints: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Mapping:
        """Raises FormatError where the text is no mapping."""
        try:
            found = json.loads(text)
        except ValueError as error:
            raise _wrong("Die gespeicherte Zuordnung ist nicht lesbar.") from error
        return cls.from_dict(found)

    @classmethod
    def from_dict(cls, content: object) -> Mapping:
        """Raises FormatError where the content is no mapping."""
        try:
            found = dict(content)
            columns = [ValueColumn(**column) for column in found.pop("values")]
            mapping = cls(values=columns, **found)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _wrong(
                "Die gespeicherte Zuordnung ist nicht lesbar.",
                "die Angaben " + ", ".join(item.name for item in fields(cls)),
            ) from error
        for part in (mapping, *columns):
            for name in fields(part):
                if name.default is not None and not isinstance(
                    getattr(part, name.name), _TYPES.get(name.name, str)
                ):
                    raise _wrong(f"In der gespeicherten Zuordnung ist „{name.name}“ falsch angegeben.")
        return mapping

    def check(self) -> None:
        """Raises FormatError where the mapping contradicts itself or lacks something."""
        used = [column for column in self.values if column.used]
        if self.key_kind not in KEY_KINDS:
            raise _wrong(f"Die Art des Schlüssels „{self.key_kind}“ ist unbekannt.", ", ".join(KEY_KINDS))
        if self.provenance not in PROVENANCES:
            raise _wrong(f"Die Herkunft „{self.provenance}“ ist unbekannt.", ", ".join(PROVENANCES))
        if (
            self.decimal not in (",", ".")
            or self.thousands not in _THOUSANDS
            or self.decimal == self.thousands
        ):
            raise _wrong(
                "Dezimal- und Tausenderzeichen passen nicht zusammen.", "Komma oder Punkt, nicht dasselbe"
            )
        if not used:
            raise _wrong("Es ist keine Spalte mit Werten ausgewählt.", "mindestens eine")
        if not self.key_column:
            raise _wrong("Die Spalte mit dem Schlüssel fehlt.", "der Kopf einer Spalte")
        roles = [self.key_column, self.name_column, self.period_column, self.state_column]
        roles += [column.column for column in used]
        roles = [role for role in roles if role]
        if twice := next((role for role in roles if roles.count(role) > 1), None):
            raise _wrong(f"Die Spalte „{twice}“ ist zweimal verwendet.", "jede Spalte für einen Zweck")
        for column in used:
            if column.aggregation not in AGGREGATIONS:
                raise _wrong(
                    f"Die Regel „{column.aggregation}“ der Spalte „{column.column}“ ist unbekannt.",
                    ", ".join(AGGREGATIONS),
                )
            if not slug(column.title):
                raise _wrong(f"Die Spalte „{column.column}“ hat keinen Titel.", "ein Titel aus Buchstaben")
            if not self.period_column and not PERIOD.fullmatch(column.period):
                raise _wrong(
                    f"Für die Spalte „{column.column}“ fehlt der Zeitbezug oder er ist falsch („{column.period}“).",
                    "ein Jahr (2022), ein Zeitraum (2011-2021) oder ein Monat (2022-06)",
                )
        targets = [(column.feature, column.period) for column in used]
        if twice := next(
            (column for column in used if targets.count((column.feature, column.period)) > 1), None
        ):
            raise _wrong(
                f"„{twice.title}“ ({twice.period or 'Zeitbezug je Zeile'}) ist mehreren Spalten zugeordnet.",
                "Titel und Zeitbezug zusammen nur einmal",
            )


_TYPES = {"values": list, "hints": list, "header_line": int, "used": bool}


def _wrong(problem: str, expected: str = "") -> FormatError:
    return FormatError(problem, where="Zuordnung", expected=expected, advice="Die Zuordnung berichtigen.")


def slug(title: str) -> str:
    """A title as part of a feature code: small letters, digits and underscores."""
    plain = title.lower().translate(_UMLAUTS).replace("%", " prozent ")
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:_MAX_SLUG].strip("_")


def template_csv() -> bytes:
    """A table to start from, as a German Excel opens it: UTF-8 with mark, semicolons, decimal comma.

    The inhabitants on 31.12.2021 are real (Gemeindeverzeichnis); the second column is to be filled in or removed.
    """
    lines = [
        "Gemeindeschlüssel (AGS);Name;Einwohner 31.12.2021;Mein Merkmal 2022 (%)",
        "05758036;Vlotho;18334;",
        "08426014;Bad Schussenried;8925;",
        "10042115;Perl;8872;",
        "15085228;Oberharz am Brocken;9873;",
    ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
