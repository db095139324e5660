"""Where companies lie: keys, or postcode and town, brought to today's units.

Both work on the distinct texts of a register (some ten thousand), never on its rows. What is found is a
`Place`: the unit, and the municipality where it is known (it tells companies of one name apart).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import duckdb
import pandas as pd

from kowis_data.imports import territory
from kowis_data.keys import clean_key, pad_key

# A former municipality that was divided goes with the part that took this much of its people.
LEAST_SHARE = 0.9

_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
_AFTER = re.compile(r"(,| / | - |\s(ot|ortsteil|bei|am|an der|im|in|b\.|a\.|i\.|/)\s).*$")
_SPELLINGS = ((r"\bst\.\s*", "sankt "), (r"\bb\.\s*", "bei "), (r"\ba\.\s*d\.\s*", "an der "), (r"\ba\.\s*", "am "),
              (r"\bi\.\s*", "in "), (r"ß", "ss"), (r"ä", "ae"), (r"ö", "oe"), (r"ü", "ue"))  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A unit of today (`unit_id`), the municipality (`ags`) if known, and how it was found or why not."""

    unit_id: str = ""
    ags: str = ""
    how: str = ""
    problem: str = ""


FORMER = "über einen früheren Gemeindeschlüssel"
POSTCODE_DECIDED = "Ortsname mehrfach vergeben, die Postleitzahl entscheidet"
POSTCODE_ONLY = "Ortsname unbekannt, Gemeinde über die Postleitzahl"


class Register:
    """Municipalities of today as companies are looked up in them."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self._con = con
        self._rows = con.execute(
            "SELECT ags, unit_id, county_id, name, postcode FROM municipality ORDER BY ags"
        ).fetchall()
        self.unit_of = {ags: unit_id for ags, unit_id, *_ in self._rows}
        self.units = set(self.unit_of.values())
        self.postcode = {ags: postcode or "" for ags, *_, postcode in self._rows}
        members: dict[str, list[str]] = {}
        for ags, _, county_id, *_ in self._rows:
            members.setdefault(county_id, []).append(ags)
        # Independent cities, which many files give by their county key.
        self.cities = {county_id: ags[0] for county_id, ags in members.items() if len(ags) == 1}

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for ags, _, _, name, _ in self._rows:
            for key in name_keys(name):
                found.setdefault(key, set()).add(ags)
        return found

    @cached_property
    def _by_postcode(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for ags, postcode in self.postcode.items():
            if postcode:
                found.setdefault(postcode, set()).add(ags)
        return found

    @cached_property
    def _places(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        rows = self._con.execute("SELECT name, ags FROM place WHERE ags IS NOT NULL ORDER BY ALL").fetchall()
        for name, ags in rows:
            if ags in self.unit_of:
                found.setdefault(_plain(name), set()).add(ags)
        return found

    def by_key(self, texts: Iterable[str]) -> dict[str, Place]:
        """Places by AGS, ARS, unit key or key of an independent city, also without leading zeros or of former days."""
        found: dict[str, Place] = {}
        former: dict[str, str] = {}
        for text in texts:
            key = clean_key(text)
            place = self._by_key(key) if key else None
            if place:
                found[text] = place
            elif key and (ags := _as_ags(key)):
                former[text] = ags
            else:
                found[text] = Place(problem=f"Gemeindeschlüssel unbekannt: {str(text)[:20]}")
        return found | self._former(former)

    def _by_key(self, key: str) -> Place | None:
        ags = _as_ags(key)
        if ags in self.unit_of:
            return Place(self.unit_of[ags], ags)
        if len(key) in (8, 9) and (unit_id := key.zfill(9)) in self.units:
            return Place(unit_id)
        if (ags := self.cities.get(key.zfill(5) if len(key) in (4, 5) else key.ljust(5, "0"))) and len(key) in (
            2,
            4,
            5,
        ):
            return Place(self.unit_of[ags], ags)
        return None

    def _former(self, former: dict[str, str]) -> dict[str, Place]:
        """Municipalities that exist no more, by crosswalk, successor list or the like."""
        if not former:
            return {}
        keys = pd.DataFrame({"level": "municipality", "key": sorted(set(former.values())), "name": None})
        resolved = territory.resolve(self._con, keys.assign(numbers=1))
        best: dict[str, Place] = {}
        for key, part in resolved[resolved["region_id"].isin(list(self.unit_of))].groupby("key"):
            units = part.groupby(part["region_id"].map(self.unit_of))["share"].sum()
            if units.max() >= LEAST_SHARE:
                largest = part.sort_values("share", kind="stable")["region_id"].iloc[-1]
                best[key] = Place(units.idxmax(), largest if len(part) == 1 else "", FORMER)
        return {
            text: best.get(ags) or Place(problem=f"Gemeindeschlüssel unbekannt: {str(text)[:20]}")
            for text, ags in former.items()
        }

    def by_town(self, pairs: Iterable[tuple[str | None, str | None]]) -> dict[tuple[str | None, str | None], Place]:
        """Places by (postcode, town): the name first, the postcode decides among several of a name."""
        return {pair: self._by_town(*pair) for pair in pairs}

    def _by_town(self, postcode: str | None, town: str | None) -> Place:
        digits = re.sub(r"\D", "", str(postcode or "").removesuffix(".0"))
        code = digits.zfill(5) if len(digits) in (4, 5) else ""
        shown = f"{code or postcode or ''} {town or ''}".strip()[:40]
        if not shown:
            return Place(problem="Ort fehlt")
        keys = name_keys(town or "")
        for names in (self._by_name, self._places):
            for key in keys:
                if (towns := names.get(key)) and (place := self._decide(towns, code)):
                    return place
        known = any(key in names for names in (self._by_name, self._places) for key in keys)
        units = {self.unit_of[ags] for ags in self._by_postcode.get(code, ())}
        if len(units) == 1 and not known:
            towns = self._by_postcode[code]
            return Place(units.pop(), next(iter(towns)) if len(towns) == 1 else "", POSTCODE_ONLY)
        why = "Ort passt nicht zur Postleitzahl oder ist mehrdeutig" if known else "Ort nicht gefunden"
        return Place(problem=f"{why}: {shown}")

    def _decide(self, towns: set[str], code: str) -> Place | None:
        """The one town of a name that the postcode speaks for; None where it speaks for none or several."""
        if not code:
            only = next(iter(towns))
            return Place(self.unit_of[only], only) if len(towns) == 1 else None
        if len(towns) == 1:
            only = next(iter(towns))
            # Large towns have many postcodes, but all in one of the ten zones.
            return Place(self.unit_of[only], only) if self.postcode[only][:1] in ("", code[0]) else None
        # From the whole postcode to its first two digits: the longest common beginning that only one town has.
        for length in (5, 4, 3, 2):
            near = {ags for ags in towns if self.postcode[ags][:length] == code[:length]}
            if len(near) == 1:
                only = near.pop()
                return Place(self.unit_of[only], only, POSTCODE_DECIDED)
            if near:
                return None
        return None


def name_keys(name: str) -> list[str]:
    """Spellings under which a town is looked up, the most exact first: whole, without brackets, bare."""
    whole = str(name).lower()
    # A district behind the town's name ("Vlotho-Exter", "Perl OT Nennig") leads to the town at last.
    shapes = [whole, _BRACKETS.sub(" ", whole), whole.split(",")[0], _BRACKETS.sub(" ", whole.split(",")[0])]
    shapes += [_AFTER.sub("", _BRACKETS.sub(" ", whole)), whole.split("-")[0] if "-" in whole else whole]
    return list(dict.fromkeys(key for shape in shapes if (key := _plain(shape))))


def _plain(name: str) -> str:
    text = f"{name.lower().strip()} "
    for pattern, spelling in _SPELLINGS:
        text = re.sub(pattern, spelling, text)
    return re.sub(r"[^a-z0-9]+", "", text)


def _as_ags(key: str) -> str | None:
    if len(key) in (11, 12):
        ars = key.zfill(12)
        return pad_key(ars[:5] + ars[9:], "municipality")
    return pad_key(key, "municipality") if len(key) in (7, 8) else None
