"""Recorded replies of the official databases (GENESIS, Regionaldatenbank, Zensusdatenbank).

The package `pystatis` ships, for its own tests, YAML files with recorded web replies ("cassettes"). A table
comes as a zip within the reply; in the zip lies the official flat-file CSV.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd
import yaml

from kowis_data.formats.reading import MARKS

CASSETTES = "tests/cassettes"

# The C loader is ten times faster, but not in every build of PyYAML.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse_value(text: str) -> tuple[float | None, str | None]:
    """Value and status of a cell: `"191,67"` gives `(191.67, None)`, `"."` gives `(None, "geheim")`.

    Raises ValueError (German) for anything that is neither a number nor a known mark.
    """
    text = text.strip()
    if text in MARKS:
        return None, MARKS[text]
    try:
        return float(text.replace(",", ".")), None
    except ValueError:
        raise ValueError(f"Weder Zahl noch bekanntes Zeichen: {text!r}.") from None


def flat_file(reply: bytes) -> pd.DataFrame:
    """The CSV in a zipped reply, all cells as text."""
    with zipfile.ZipFile(io.BytesIO(reply)) as archive:
        (member,) = archive.namelist()
        data = archive.read(member)
    return pd.read_csv(io.BytesIO(data), sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False)


def read_table(package_dir: Path, table: str) -> pd.DataFrame:
    """The German recording of `table` in the unpacked package `pystatis`.

    Returns
    -------
    DataFrame with one row per value: `key` and `name` of the region, `attribute_2` … `attribute_4` (codes, ""
    is the total), `variable`, `unit`, `value` (float, NaN for a mark) and `value_status`.

    Raises
    ------
    ValueError : the file holds no such recording.
    """
    path = package_dir / CASSETTES / f"{table}.yaml"
    with path.open(encoding="utf-8") as file:
        interactions = yaml.load(file, Loader=_Loader)["interactions"]
    for interaction in interactions:
        reply = interaction["response"]["body"]["string"]
        is_german = "language=de" in (interaction["request"]["body"] or "")
        if isinstance(reply, bytes) and reply.startswith(b"PK") and is_german:
            return tidy(flat_file(reply))
    raise ValueError(f"In {path.name} ist keine deutsche Tabelle aufgezeichnet.")


def tidy(raw: pd.DataFrame) -> pd.DataFrame:
    """A flat file with the columns described in `read_table`."""
    parsed = {text: parse_value(text) for text in raw["value"].unique()}
    table = pd.DataFrame(
        {
            "key": raw["1_variable_attribute_code"],
            "name": raw["1_variable_attribute_label"],
            "variable": raw["value_variable_code"],
            "unit": raw["value_unit"],
            "value": pd.Series([parsed[text][0] for text in raw["value"]], dtype=float),
            "value_status": [parsed[text][1] for text in raw["value"]],
        }
    )
    for number in (2, 3, 4):
        column = f"{number}_variable_attribute_code"
        table[f"attribute_{number}"] = raw.get(column, "")
    return table
