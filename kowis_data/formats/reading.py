"""What every format reader takes and gives back.

A reader is a module with three names:

- `FORMAT`: a `Format`, its name and the versions it knows;
- `recognise(sample: Sample) -> Recognition | None`: decides by content, never by name or suffix. Returns None
  where the file is of another kind, raises `FormatError` where it is this kind but a version it does not know;
- `read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading`: reads everything.

Readers only tidy what stands in the file: keys into the database's form (`kowis_data.keys`), marks into
`value_status`, numbers into floats, dates into periods. They know nothing of today's territory, of aggregation or
of the database; that is the work of `kowis_data.import_files`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

VALUE_STATUSES = ("nichts_vorhanden", "geheim", "nicht_sinnvoll", "unsicher", "noch_nicht")

# Marks of German official statistics and what they mean; "-" may also mean "did not exist yet" in old tables.
MARKS = {
    "-": "nichts_vorhanden",
    "–": "nichts_vorhanden",
    ".": "geheim",
    "x": "nicht_sinnvoll",
    "X": "nicht_sinnvoll",
    "/": "unsicher",
    "...": "noch_nicht",
    "…": "noch_nicht",
}

# The columns of `Reading.values`, in this order.
VALUE_COLUMNS = {
    "feature": "str",  # the source's own code of the indicator, e.g. "BEVSTD__BEVMWB" or "q_alo"
    "level": "str",  # municipality, unit, county, state, country or other
    "region_id": "str",  # key in the database's form for that level; as found where the level is "other"
    "region_name": "str",  # name in the file, None where the file has none
    "period": "str",  # "2022", "2011-2021"
    "value": "float",  # None where there is none
    "value_status": "str",  # one of VALUE_STATUSES, None for a plain value
    "line": "int",  # line or row in the file, 1-based, for messages
}
# The columns of `Reading.features`.
FEATURE_COLUMNS = ("feature", "title", "unit_label", "definition", "reference_date", "population_basis")
# The columns of `Reading.refused`.
REFUSED_COLUMNS = ("line", "reason", "excerpt")


class FormatError(Exception):
    """A file that cannot be read, told in German: what is wrong, where, what was expected, what to do.

    Parameters
    ----------
    problem : what is wrong, a whole sentence.
    where : file, line or column, e.g. "Zeile 12, Spalte „Wert“".
    expected : what should stand there.
    advice : what the user can do.
    """

    def __init__(self, problem: str, *, where: str = "", expected: str = "", advice: str = ""):
        self.problem, self.where, self.expected, self.advice = problem, where, expected, advice
        parts = [problem]
        if where:
            parts.append(f"Stelle: {where}.")
        if expected:
            parts.append(f"Erwartet: {expected}.")
        if advice:
            parts.append(f"Abhilfe: {advice}")
        super().__init__(" ".join(parts))


@dataclass(frozen=True)
class Format:
    """A published format: `format_id` as slug, German title, the versions known, what it gives."""

    format_id: str
    title: str
    versions: tuple[str, ...]
    gives: str  # "values", "register", "town_types", "crosswalk", "boundaries", "companies"


@dataclass(frozen=True)
class Sample:
    """A file to be recognised: its path (already unpacked where it came in a zip) and its beginning.

    `head` are the first 64 KiB as bytes, `inner_name` the name of the member in the archive it came from.
    """

    path: Path
    head: bytes
    inner_name: str | None = None

    @property
    def name(self) -> str:
        return self.inner_name or self.path.name


@dataclass(frozen=True)
class Recognition:
    """The answer of a reader that knows the file: which version, and what a preview shows."""

    format: Format
    version: str
    title: str  # German, e.g. "12411-01-01-5 Bevölkerung nach Geschlecht"
    details: dict[str, str] = field(default_factory=dict)  # German label -> text, for the preview
    options: dict[str, object] = field(default_factory=dict)  # found while recognising, used by read()


@dataclass(frozen=True)
class SourceInfo:
    """Where the values come from; becomes a row of the table `source`."""

    title: str
    publisher: str
    licence: str = "dl-de/by-2-0"
    url: str = ""
    reference_date: str = ""
    provenance: str = "amtlich"


@dataclass
class Reading:
    """Everything that stands in a file.

    Attributes
    ----------
    values : DataFrame with `VALUE_COLUMNS`, one row per value or mark. For bulk files the name of a view with these
        columns in the connection handed to `read`, without marks and one row per key; beside `x_values` stand the
        tables it is made of: `x_observation(feature_no, region_no, period_no, value)`, `x_feature(feature_no,
        feature)`, `x_region(region_no, level, region_id, region_name)` and `x_period(period_no, period)`.
    features : DataFrame with `FEATURE_COLUMNS`, one row per feature.
    source : SourceInfo.
    rows_read : data rows met in the file.
    refused : DataFrame with `REFUSED_COLUMNS`, rows that were not used and why (German).
    tables : further tables by name (register: "municipality", "association"; "town_type"; "crosswalk"; "boundary").
    notes : German sentences for the quality report (e.g. key repairs counted).
    refused_reasons : number of all refused rows by reason, where `refused` holds only examples.
    companies : what a company register gave (kowis_data.companies), for its report.
    """

    values: pd.DataFrame | str
    features: pd.DataFrame
    source: SourceInfo
    rows_read: int
    refused: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=REFUSED_COLUMNS))
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refused_reasons: dict[str, int] = field(default_factory=dict)
    companies: dict[str, object] = field(default_factory=dict)

    @property
    def is_numbered(self) -> bool:
        """Whether the values stay in DuckDB, as numbered tables (bulk files)."""
        return isinstance(self.values, str)

    def numbered(self, part: str) -> str:
        """Name of a numbered table: "observation", "feature", "region" or "period"."""
        return f"{self.values.removesuffix('_values')}_{part}"


def empty_values() -> pd.DataFrame:
    """`Reading.values` without rows, for files that hold no values (registers, boundaries)."""
    return pd.DataFrame({name: pd.Series(dtype="object") for name in VALUE_COLUMNS})


def empty_features() -> pd.DataFrame:
    """`Reading.features` without rows."""
    return pd.DataFrame(columns=FEATURE_COLUMNS)
