"""Tables of one's own before they are imported: what the mapping makes of them, and which keys fit today's regions."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path

import duckdb
import pandas as pd

from kowis_data.formats import generic_table
from kowis_data.formats.generic_header import parse_head
from kowis_data.formats.generic_mapping import Mapping, ValueColumn
from kowis_data.formats.reading import FormatError, Sample
from kowis_data.imports import territory

_FIRST_ROWS = 8
_EXAMPLES = 12


@dataclass(frozen=True)
class Fit:
    """What a mapping makes of a table.

    Attributes
    ----------
    rows : data rows of the file; `values` numbers and `marks` that will be taken over.
    first_rows : the first rows as they will be read: (line, key, region of today, period, title, value or mark).
    keys, fitting : regions named in the file, and how many of them are regions of today or can be carried there.
    unknown : (key or name, name) of those that fit nowhere, examples; `unknown_count` of all.
    ambiguous : (name, counties it may lie in) of town names that several municipalities bear.
    refused, refused_count : rows or cells that cannot be read, as (line, reason, excerpt), examples.
    levels : number of regions by level.
    """

    rows: int
    values: int
    marks: int
    first_rows: list[tuple]
    keys: int
    fitting: int
    unknown: list[tuple]
    unknown_count: int
    ambiguous: list[tuple]
    refused: list[tuple]
    refused_count: int
    levels: dict[str, int] = field(default_factory=dict)


def fit(sample: Sample, mapping: Mapping, database: Path) -> Fit:
    """Read a table as the mapping says and look its regions up, without changing anything.

    Raises FormatError where the mapping contradicts itself or the file.
    """
    reading = generic_table.read(sample, mapping)
    values = reading.values
    with duckdb.connect(str(database), read_only=True) as con:
        keys = (
            values.groupby(["level", "region_id"], sort=False)["region_name"]
            .first()
            .reset_index()
            .rename(columns={"region_id": "key", "region_name": "name"})
        )
        resolved = territory.resolve(con, keys)
        names = dict(con.execute("SELECT ags, name FROM municipality").fetchall())
        names |= dict(con.execute("SELECT unit_id, name FROM unit").fetchall())
        names |= dict(con.execute("SELECT county_id, name FROM county").fetchall())
        names |= dict(con.execute("SELECT state_id, name FROM state").fetchall())
        bearers = _bearers(con)
    target = resolved.drop_duplicates(["level", "key"]).set_index("key")["region_id"]
    lost = keys[~keys["key"].isin(target.index)]
    ambiguous, unknown = [], []
    for row in lost.itertuples():
        shown = _shown_key(row.key)
        # `name:<name>`, or `name:<Land>:<name>`: then only towns of that Land may be meant.
        land = row.key.removeprefix("name:").rpartition(":")[0] if row.key.startswith("name:") else None
        places = [] if land is None else bearers.get(territory.name_key(shown), [])
        places = [county for state, county in places if land in ("", state)]
        if len(places) > 1:
            ambiguous.append((shown, ", ".join(places)))
        else:
            unknown.append((shown, row.name if isinstance(row.name, str) and row.name != shown else ""))
    titles = {column.feature: column.title for column in mapping.values}
    first_lines = list(dict.fromkeys(values.sort_values("line", kind="stable")["line"]))[:_FIRST_ROWS]
    first = values[values["line"].isin(first_lines)].sort_values("line", kind="stable")
    return Fit(
        rows=reading.rows_read,
        values=int(values["value"].notna().sum()),
        marks=int(values["value"].isna().sum()),
        first_rows=[
            (
                row.line,
                _shown_key(row.region_id),
                names.get(target.get(row.region_id), "Deutschland" if row.region_id == "DG" else ""),
                row.period,
                titles[row.feature],
                None if pd.isna(row.value) else float(row.value),
                row.value_status,
            )
            for row in first.itertuples()
        ],
        keys=len(keys),
        fitting=len(keys) - len(lost),
        unknown=list(dict.fromkeys(unknown))[:_EXAMPLES],
        unknown_count=len(unknown),
        ambiguous=ambiguous[: 2 * _EXAMPLES],
        refused=list(reading.refused.head(_EXAMPLES).itertuples(index=False, name=None)),
        refused_count=len(reading.refused),
        levels=keys["level"].value_counts().to_dict(),
    )


def with_all_columns(mapping: Mapping, columns: list[str]) -> list[ValueColumn]:
    """The value columns of a mapping, followed by every other column of the table, not chosen."""
    known = {column.column for column in mapping.values}
    others = []
    for name in columns:
        if name not in known and name not in (mapping.key_column, mapping.period_column):
            head = parse_head(name)
            others.append(ValueColumn(name, head.title or name, head.unit_label, head.period, used=False))
    return [*mapping.values, *others]


def remembered(suggestion: Mapping, kept: str) -> Mapping:
    """The mapping that was confirmed for a table of the same columns, with what only this file can say.

    Raises FormatError where the kept mapping is damaged.
    """
    mapping = Mapping.from_json(kept)
    for name in ("file_kind", "header_line", "delimiter", "sheet", "decimal", "thousands"):
        setattr(mapping, name, getattr(suggestion, name))
    suggested = {column.column: column for column in suggestion.values}
    for column in mapping.values:
        of_file = suggested.get(column.column)
        # A period that stands in the file's own name is newer than the one remembered.
        if of_file and of_file.period and of_file.period != column.period:
            column.period, column.reference_date = of_file.period, of_file.reference_date
            mapping.title = suggestion.title
    mapping.hints = list(suggestion.hints)
    return mapping


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML or JSON file. Raises FormatError where it is neither, or no mapping."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (UnicodeDecodeError, ValueError) as error:
        raise FormatError(
            "Die Zuordnung ist weder TOML noch JSON.",
            where=f"{path.name}: {error}",
            advice="Eine Vorlage gibt „python -m kowis_data template“.",
        ) from error
    return Mapping.from_dict(content)


def mapping_toml(mapping: Mapping) -> str:
    """A mapping as TOML, as `read_mapping` reads it; JSON strings are TOML strings too."""
    lines = [
        f"{item.name} = {json.dumps(getattr(mapping, item.name), ensure_ascii=False)}"
        for item in fields(mapping)
        if item.name not in ("values", "hints")
    ]
    if not mapping.values:
        lines.append("values = []")
    for column in mapping.values:
        lines += ["", "[[values]]"]
        lines += [
            f"{item.name} = {json.dumps(getattr(column, item.name), ensure_ascii=False)}" for item in fields(column)
        ]
    return "\n".join(lines) + "\n"


def _shown_key(key: str) -> str:
    return key.rpartition(":")[2]


def _bearers(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """(state, county) of the municipalities of a name, by simplified name."""
    rows = con.execute(
        "SELECT m.name, m.state_id, coalesce(k.name, '') FROM municipality m LEFT JOIN county k USING (county_id) "
        "ORDER BY ALL"
    ).fetchall()
    found: dict[str, list[tuple[str, str]]] = {}
    for name, state, county in rows:
        found.setdefault(territory.name_key(name), []).append((state, county))
    return found
