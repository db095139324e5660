"""Which towns are meant: a filter that carries both its SQL and its German sentence."""

from __future__ import annotations

from dataclasses import dataclass, fields

import duckdb

from queries import attributes


@dataclass(frozen=True)
class TownFilter:
    """A choice among the small towns; empty fields do not restrict.

    `unit_ids` is an own list; `population_from` and `population_to` are in persons, both inclusive. `attributes` holds
    pairs of an attribute (`queries.attributes`) and the codes of its values asked for: one of them must be the town's,
    on every attribute named.
    """

    state_ids: tuple[str, ...] = ()
    county_ids: tuple[str, ...] = ()
    town_types: tuple[str, ...] = ()
    population_from: int | None = None
    population_to: int | None = None
    unit_ids: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def sql(self, table: str = "u") -> tuple[str, dict]:
        """Condition on the columns of `unit` (as alias `table`) and its named parameters."""
        conditions, parameters = [], {}
        for name, column in (
            ("state_ids", "state_id"),
            ("county_ids", "county_id"),
            ("town_types", "town_type"),
            ("unit_ids", "unit_id"),
        ):
            if getattr(self, name):
                conditions.append(f"{table}.{column} IN (SELECT unnest($filter_{name}))")
                parameters[f"filter_{name}"] = list(getattr(self, name))
        for number, (attribute, codes) in enumerate(self.attributes):
            conditions.append(
                f"{table}.unit_id IN (SELECT a.unit_id FROM unit_attribute a WHERE a.attribute = "
                f"$filter_attribute_{number} AND a.value_code IN (SELECT unnest($filter_codes_{number})))"
            )
            parameters[f"filter_attribute_{number}"] = attribute
            parameters[f"filter_codes_{number}"] = list(codes)
        for name, sign in (("population_from", ">="), ("population_to", "<=")):
            if getattr(self, name) is not None:
                conditions.append(f"{table}.population {sign} $filter_{name}")
                parameters[f"filter_{name}"] = getattr(self, name)
        return " AND ".join(conditions) or "true", parameters

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, field.name) in ((), None) for field in fields(self))


def sentence(con: duckdb.DuckDBPyConnection, towns: TownFilter) -> str:
    """The filter in German, e.g. „Kleinstädte in Saarland mit 5.000 bis 8.000 Personen“."""

    def names(table: str, key: str, label: str, ids: tuple[str, ...]) -> str:
        rows = con.execute(
            f"SELECT {label} FROM {table} WHERE {key} IN (SELECT unnest(?)) ORDER BY {label}", [list(ids)]
        ).fetchall()
        return " oder ".join(row[0] for row in rows)

    parts = ["Kleinstädte"]
    if towns.town_types:
        parts = [names("town_type", "town_type", "title", towns.town_types)]
    if towns.county_ids:
        parts.append("in " + names("county", "county_id", "name", towns.county_ids))
    elif towns.state_ids:
        parts.append("in " + names("state", "state_id", "name", towns.state_ids))
    low, high = (
        f"{number:,}".replace(",", ".") if number is not None else None
        for number in (towns.population_from, towns.population_to)
    )
    if low and high:
        parts.append(f"mit {low} bis {high} Personen")
    elif low:
        parts.append(f"ab {low} Personen")
    elif high:
        parts.append(f"bis {high} Personen")
    if towns.unit_ids:
        parts.append(f"aus eigener Liste ({len(towns.unit_ids)})")
    return "; ".join([" ".join(parts), *_attribute_words(con, towns)])


def _attribute_words(con: duckdb.DuckDBPyConnection, towns: TownFilter) -> list[str]:
    """One part of the sentence per attribute, e.g. „Mittelbereich: Merzig oder Losheim“; unknown codes as they are."""
    known = attributes.attributes(con) if towns.attributes else {}
    words = []
    for attribute, codes in towns.attributes:
        names = attributes.values(con, attribute)
        title = known[attribute].title if attribute in known else attribute
        words.append(f"{title}: " + " oder ".join(names.get(code, code) for code in codes))
    return words
