"""Former regions brought to today's: official crosswalks where imported, else the shipped successors, else names.

`resolve` gives for every key of a staged file its region of today and the share of its value that goes there.
"""

from __future__ import annotations

import datetime
import tomllib
from functools import cache

import duckdb
import pandas as pd

from kowis_data.settings import BASE_FILES, CATALOGUE
from kowis_data.territory_dates import dates

SAME = "unverändert"
CROSSWALK = "mit amtlichem Umsteigeschlüssel"
SUCCESSOR = "über das Nachfolgegebiet"
ALIAS = "über den früheren Verbandsschlüssel"
NAME = "über den gleichen Namen"

_COLUMNS = ["level", "key", "region_id", "share", "method"]


def resolve(con: duckdb.DuckDBPyConnection, keys: pd.DataFrame) -> pd.DataFrame:
    """Today's regions of the keys of a file.

    Parameters
    ----------
    keys : `level`, `key`, `name` (may be missing), one row per key at the five levels.

    Returns
    -------
    DataFrame `level, key, region_id, share, method`; a key that was divided has several rows; a key that cannot
    be carried has none. Shares are those of the population where the crosswalk gives it.
    """
    known = {
        "municipality": _ids(con, "SELECT ags FROM municipality"),
        "unit": _ids(con, "SELECT unit_id FROM unit"),
        "county": _ids(con, "SELECT county_id FROM county"),
        "state": _ids(con, "SELECT state_id FROM state"),
        "country": {"DG"},
    }
    is_known = pd.Series(
        [key in known[level] for level, key in zip(keys["level"], keys["key"], strict=True)],
        index=keys.index,
        dtype=bool,
    )
    same = keys[is_known]
    rows = list(zip(same["level"], same["key"], same["key"], [1.0] * len(same), [SAME] * len(same), strict=True))
    former = keys[~is_known]
    if len(former):
        resolver = _Resolver(con, known)
        for row in former.itertuples():
            name = row.name if isinstance(row.name, str) else None
            rows += [(row.level, row.key, *target) for target in resolver.targets(row.level, row.key, name)]
    return pd.DataFrame(rows, columns=_COLUMNS)


class _Resolver:
    """Looks former keys up; tables are read once per import, and only when a former key turns up."""

    def __init__(self, con: duckdb.DuckDBPyConnection, known: dict[str, set[str]]):
        self.known = known
        self.unit_of = dict(con.execute("SELECT ags, unit_id FROM municipality").fetchall())
        self.members = dict(con.execute("SELECT unit_id, member_count FROM unit").fetchall())
        self.steps = _crosswalk_steps(con, until=today(con))
        self.successors = _successors()
        self.later = _later_successors(con)
        self.aliases = dict(con.execute("SELECT old_key, unit_id FROM unit_key_alias").fetchall())
        self.counties = _county_successors()
        self.by_name = _names(con)

    def targets(self, level: str, key: str, name: str | None) -> list[tuple[str, float, str]]:
        if level == "municipality":
            return self._municipality(key, name)
        if level == "unit":
            return self._unit(key, name)
        if level in ("county", "state"):
            return self._region(level, self.counties.get(key, key))
        return []

    def _region(self, level: str, key: str) -> list[tuple[str, float, str]]:
        """A county, state or unit that is gone, where it went whole into one of today."""
        for step in self.later:
            key = next(iter(step.get((level, key), {key: 1.0})))
        return [(key, 1.0, SUCCESSOR)] if key in self.known[level] else []

    def _municipality(self, key: str, name: str | None) -> list[tuple[str, float, str]]:
        if key.startswith("name:"):
            # `name:<name>` or, where the file says the Land, `name:<Land>:<name>`.
            state, _, text = key.removeprefix("name:").rpartition(":")
            found = {hit for hit in self.by_name.get(name_key(text), set()) if state in ("", hit[0])}
            return [(next(iter(found))[1], 1.0, NAME)] if len(found) == 1 else []
        shares, used_crosswalk = self._walk(key)
        if not all(k in self.known["municipality"] for k in shares):
            shares = self._succeed(shares)
        if shares and all(k in self.known["municipality"] for k in shares):
            return [(k, share, CROSSWALK if used_crosswalk else SUCCESSOR) for k, share in shares.items()]
        found = {ags for state, ags in self.by_name.get(name_key(name), set()) if state == key[:2]} if name else set()
        return [(found.pop(), 1.0, NAME)] if len(found) == 1 else []

    def _walk(self, key: str) -> tuple[dict[str, float], bool]:
        """Follow the imported crosswalks year by year; says whether one of them knew the key."""
        shares, used = {key: 1.0}, False
        for step in self.steps:
            following: dict[str, float] = {}
            for old, share in shares.items():
                used = used or old in step
                for new, weight in step.get(old, {old: 1.0}).items():
                    following[new] = following.get(new, 0.0) + share * weight
            shares = following
        return shares, used

    def _succeed(self, shares: dict[str, float]) -> dict[str, float]:
        """Replace keys that exist no more: by the shipped successors of 2016, then by those of newer registers."""
        shipped = {("municipality", old): targets for old, targets in self.successors.items()}
        for step in (shipped, *self.later):
            following: dict[str, float] = {}
            for old, share in shares.items():
                known = old in self.known["municipality"]
                for new, weight in ({} if known else step.get(("municipality", old), {})).items() or ((old, 1.0),):
                    following[new] = following.get(new, 0.0) + share * weight
            shares = following
        return shares

    def _unit(self, key: str, name: str | None) -> list[tuple[str, float, str]]:
        if key.startswith("alt:"):
            old = key.removeprefix("alt:")
            unit_id = self.aliases.get(old)
            if unit_id in self.known["unit"]:
                return [(unit_id, 1.0, ALIAS)]
            if unit_id is not None:
                return self._unit(unit_id, name)
            # Without the reference table: an Einheitsgemeinde stands under its own AGS.
            own = self.unit_of.get(old)
            if own and self.members.get(own) == 1:
                return [(own, 1.0, SAME)]
            return self._unit_of_former_municipality(old)
        if found := self._region("unit", key):
            return found
        # A former Einheitsgemeinde: its unit key is its AGS with 0 and its own number as association.
        return self._unit_of_former_municipality(key[:5] + key[6:]) if len(key) == 9 and key[5] == "0" else []

    def _unit_of_former_municipality(self, ags: str) -> list[tuple[str, float, str]]:
        """Unit that took in a former Einheitsgemeinde whole, and which that municipality now is or belongs to."""
        shares = self._succeed(self._walk(ags)[0])
        units = {self.unit_of.get(k) for k in shares}
        if len(units) == 1 and None not in units:
            return [(units.pop(), 1.0, SUCCESSOR)]
        return []


def _ids(con: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return {row[0] for row in con.execute(query).fetchall()}


def today(con: duckdb.DuckDBPyConnection) -> datetime.date:
    """The date of today's territory in the database."""
    return datetime.datetime.strptime(dates(con)["territorial_status"], "%d.%m.%Y").date()


def walk_crosswalks(
    con: duckdb.DuckDBPyConnection, keys: list[str], wanted: set[str]
) -> dict[str, dict[str, float]]:
    """Where imported crosswalks from today's territory on lead: key → {key: share}, until a `wanted` key is met."""
    steps = _crosswalk_steps(con, after=today(con))
    found = {}
    for key in keys:
        shares = {key: 1.0}
        for step in steps:
            following: dict[str, float] = {}
            for old, share in shares.items():
                for new, weight in ({} if old in wanted else step.get(old, {})).items() or ((old, 1.0),):
                    following[new] = following.get(new, 0.0) + share * weight
            shares = following
        if shares != {key: 1.0}:
            found[key] = shares
    return found


def _crosswalk_steps(
    con: duckdb.DuckDBPyConnection, *, after: datetime.date | None = None, until: datetime.date | None = None
) -> list[dict[str, dict[str, float]]]:
    """Imported crosswalks in order of time: former key → {following key: share of the population}.

    `after` and `until` bound the date a crosswalk leads to: one beyond today's territory leads astray today.
    """
    frame = con.execute(
        "SELECT from_key, to_key, weight_population, from_date FROM crosswalk "
        "WHERE level = 'municipality' AND (from_key <> to_key OR weight_population < 1) "
        "AND ($after IS NULL OR strptime(to_date, '%d.%m.%Y') > $after) "
        "AND ($until IS NULL OR strptime(to_date, '%d.%m.%Y') <= $until) "
        "ORDER BY right(from_date, 4), from_key, to_key",
        {"after": after, "until": until},
    ).df()
    steps = []
    for _, part in frame.groupby(frame["from_date"].str[-4:], sort=True):
        step: dict[str, dict[str, float]] = {}
        for old, new, weight in zip(part["from_key"], part["to_key"], part["weight_population"], strict=True):
            step.setdefault(old, {})[new] = float(weight)
        steps.append(step)
    return steps


@cache
def _successors() -> dict[str, dict[str, float]]:
    """Shipped successors of the municipalities of 2016 that exist no more: key → {key of today: share}."""
    path = str(BASE_FILES / "municipality_2016.parquet")
    rows = duckdb.execute(
        "SELECT ags_2016, ags_2024, share FROM read_parquet(?) WHERE ags_2016 <> ags_2024 ORDER BY ALL", [path]
    ).fetchall()
    successors: dict[str, dict[str, float]] = {}
    for old, new, share in rows:
        successors.setdefault(old, {})[new] = share
    return successors


def _later_successors(con: duckdb.DuckDBPyConnection) -> list[dict[tuple[str, str], dict[str, float]]]:
    """By date of the newer registers that were made today's: (level, key that went) → {key that followed: share}."""
    steps: dict[object, dict[tuple[str, str], dict[str, float]]] = {}
    rows = con.execute(
        "SELECT territorial_date, level, old_key, new_key, share FROM successor ORDER BY ALL"
    ).fetchall()
    for date, level, old, new, share in rows:
        steps.setdefault(date, {}).setdefault((level, old), {})[new] = share
    return list(steps.values())


@cache
def _county_successors() -> dict[str, str]:
    return tomllib.loads((CATALOGUE / "county_successors.toml").read_text(encoding="utf-8"))["successors"]


def _names(con: duckdb.DuckDBPyConnection) -> dict[str, set[tuple[str, str]]]:
    """(state, AGS) of the municipalities of today by simplified name."""
    names: dict[str, set[tuple[str, str]]] = {}
    for ags, state_id, name in con.execute("SELECT ags, state_id, name FROM municipality").fetchall():
        names.setdefault(name_key(name), set()).add((state_id, ags))
    return names


def name_key(name: str) -> str:
    """Name without designation (", Stadt"), case and spaces."""
    return "".join(name.split(",")[0].casefold().split())
