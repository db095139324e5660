"""Which column of a company register holds what: by German and English heads, then by content.

A `RegisterMapping` says all that is needed to read a register. It is suggested by the reader; users confirm it or
change single parts (`RegisterOptions`) on the command line or on screen.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from kowis_data.formats.reading import FormatError

_FACTS = tomllib.loads(Path(__file__).with_suffix("").with_name("company_register.toml").read_text(encoding="utf-8"))
# Role of a column -> its German name for the screen and the command line.
ROLES = {role: facts["german"] for role, facts in _FACTS["roles"].items()}
GERMAN = {german: role for role, german in ROLES.items()}
_PATTERNS = {
    role: re.compile("|".join(f"(?:{head})" for head in facts["heads"])) for role, facts in _FACTS["roles"].items()
}
_PERSONAL = re.compile(
    "|".join([*_FACTS["personal"]["anywhere"], *(f"^(?:{head})$" for head in _FACTS["personal"]["whole"])])
)
PROVENANCES = ("veroeffentlicht", "amtlich", "abgeleitet", "synthetisch")


@dataclass(frozen=True)
class RegisterOptions:
    """What a user says about a register; everything left empty is found by the reader.

    Attributes
    ----------
    wz_version : "2008", "2025", or empty: detected.
    on_error : "continue" keeps bad rows out and counts them, "stop" refuses a file that has any.
    name_personal : heads of columns with data on persons that the user knows of; they are never read.
    mapping : role (`ROLES`, German or English) → head of the column; an empty head takes the role away.
    size_codes : the register's own codes of size classes → words ("3" → "10-49").
    provenance : of the source, one of `PROVENANCES`.
    title, reference_date : of the source, as shown in the atlas ("31.12.2023").
    """

    wz_version: str = ""
    on_error: str = "continue"
    name_personal: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    size_codes: dict[str, str] = field(default_factory=dict)
    provenance: str = "veroeffentlicht"
    title: str = ""
    reference_date: str = ""


@dataclass(frozen=True)
class RegisterMapping:
    """Columns of a register by role, and the personal ones; `heads` are all heads of the file in order."""

    heads: tuple[str, ...]
    columns: dict[str, str]
    personal: tuple[str, ...] = ()

    def with_options(self, options: RegisterOptions) -> RegisterMapping:
        """The mapping with the user's changes; FormatError where they name a role or column that does not exist."""
        columns = dict(self.columns)
        for given, head in options.mapping.items():
            role = GERMAN.get(given.strip().lower(), given.strip().lower())
            if role not in ROLES:
                raise FormatError(f"Die Angabe „{given}“ in der Zuordnung ist unbekannt.", expected=", ".join(GERMAN))
            if not head:
                columns.pop(role, None)
                continue
            if head not in self.heads:
                raise FormatError(
                    f"Die Zuordnung nennt die Spalte „{head}“, die es nicht gibt.", expected=", ".join(self.heads)
                )
            columns = {other: used for other, used in columns.items() if used != head} | {role: head}
        for head in options.name_personal:
            if head not in self.heads:
                raise FormatError(
                    f"Als Spalte mit Personendaten ist „{head}“ genannt, die es nicht gibt.",
                    expected=", ".join(self.personal or self.heads),
                )
        columns = {role: head for role, head in columns.items() if head not in options.name_personal}
        return replace(self, columns=columns)

    @property
    def places(self) -> list[str]:
        """The ways in which a row says where its company lies: "ags", "coordinates", "town"."""
        ways = ["ags"] if "ags" in self.columns else []
        ways += ["coordinates"] if {"lon", "lat"} <= set(self.columns) else []
        return ways + (["town"] if {"postcode", "town"} & set(self.columns) else [])

    def missing(self) -> list[str]:
        """German names of what a register must have and this one lacks."""
        lacks = [] if "wz" in self.columns else ["WZ-Code"]
        lacks += [] if {"employees", "size_class"} & set(self.columns) else ["Beschäftigte (Zahl oder Größenklasse)"]
        return lacks + ([] if self.places else ["Ort (AGS/ARS, Postleitzahl und Ort oder Koordinaten)"])


def suggest(heads: list[str]) -> RegisterMapping:
    """The mapping by the heads alone; of several columns for one role the first stands."""
    columns: dict[str, str] = {}
    personal = []
    for head in heads:
        plain = plain_head(head)
        if _PERSONAL.search(plain):
            personal.append(head)
            continue
        # The order of the roles counts where two patterns fit, "Unternehmensnummer" is no name.
        role = next((role for role, pattern in _PATTERNS.items() if pattern.fullmatch(plain)), None)
        if role and role not in columns:
            columns[role] = head
    return RegisterMapping(tuple(heads), columns, tuple(personal))


def plain_head(head: str) -> str:
    """A head in small letters and digits, umlauts spelt out: "WZ-Code (2008)" → "wzcode2008"."""
    text = head.strip().lower()
    for umlaut, spelling in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.replace(umlaut, spelling)
    return re.sub(r"[^a-z0-9]+", "", text)
