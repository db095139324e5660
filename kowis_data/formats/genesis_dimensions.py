"""Dimensions of the GENESIS flat file: which one is the region, and the features the others make."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from kowis_data.formats.genesis_keys import FACTS, region_of
from kowis_data.formats.reading import FormatError

_FINEST_FIRST = ("municipality", "unit", "county", "state", "country", "other")
_TOTALS = ("", "INSGESAMT")


def variable_level(code: str) -> str | None:
    """Level of the regions of a variable ("KREISE" gives "county"), None where it holds no regions."""
    known = FACTS["region_variables"]
    census = re.fullmatch(r"(GEO[A-Z]{2})\d", code)
    return known.get(census.group(1) if census else code)


def dimension_numbers(columns: list[str]) -> list[str]:
    """The numbers of the dimensions, from the names of the columns: `1_variable_code` gives "1"."""
    return [name.split("_")[0] for name in columns if re.fullmatch(r"\d+_variable_code", name)]


def region_dimension(rows: pd.DataFrame) -> tuple[str, list[str]]:
    """Number of the dimension that is the region, and the numbers of the others.

    An unknown variable counts as region where its keys are those of counties or municipalities. Raises
    FormatError where there is no region, or more than one (flows between regions).
    """
    numbers = dimension_numbers(list(rows.columns))
    found = []
    for number in numbers:
        codes = [code for code in rows[f"{number}_variable_code"].unique() if code]
        if codes and all(variable_level(code) for code in codes):
            found.append(number)
    if not found:
        found = [number for number in numbers if _looks_regional(rows[f"{number}_variable_attribute_code"])]
    if len(found) != 1:
        listed = sorted({code for number in numbers for code in rows[f"{number}_variable_code"].unique() if code})
        raise FormatError(
            "Die Datei hat zwei Regionalmerkmale (zum Beispiel Pendler von Gemeinde zu Gemeinde)."
            if found
            else "Die Datei hat kein bekanntes Regionalmerkmal.",
            where="Merkmale " + ", ".join(listed[:12]),
            expected="ein Regionalmerkmal, zum Beispiel GEMEIN, KREISE, DLAND oder DINSG",
            advice="Wählen Sie eine Tabelle mit einer regionalen Gliederung: Gemeinden, Kreise oder Länder.",
        )
    return found[0], [number for number in numbers if number != found[0]]


def _looks_regional(keys: pd.Series) -> bool:
    distinct = [key for key in keys.unique() if key]
    valid = [key for key in distinct if region_of(key)]
    return len(valid) > 0.9 * len(distinct) and any(len(key) >= 5 for key in valid)


def flat_features(rows: pd.DataFrame, dimensions: list[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Features of a flat file: statistic, content and the categories of all dimensions but the region.

    Parameters
    ----------
    rows : rows of the file with a column `level`.
    dimensions : numbers of the dimensions that are no region.

    Returns
    -------
    the number of its feature for every row; DataFrame with `feature` ("12411|BEVSTD|GES=GESW"; totals are
    left out, dimensions in alphabetical order, so that the same content has the same code in every table),
    `title`, `unit_label`, `definition`, `statistic`.
    """
    codes = [f"{number}_variable{part}_code" for number in dimensions for part in ("", "_attribute")]
    identity = ["statistics_code", "value_variable_code", "value_unit", *codes]
    cells = pd.DataFrame({name: pd.factorize(rows[name])[0] for name in identity})
    group = cells.groupby(identity, sort=False).ngroup().to_numpy()
    combinations = rows[~cells.duplicated().to_numpy()]
    content = _content_codes(rows)
    described = [_describe(row, dimensions, content) for row in combinations.to_dict("records")]
    features = pd.DataFrame(described)
    number, _ = pd.factorize(features["feature"])
    return number[group], features.drop_duplicates("feature").reset_index(drop=True)


def _content_codes(rows: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """Code of each content by statistic, variable and unit.

    The census database numbers the same content anew for each level (persons: PRS001 for Germany, PRS018 for
    municipalities); where label and unit agree and no level has both, the code of the finest level stands for
    all. The share beside a number has the same code too: it is told apart by its unit.
    """
    names = ["statistics_code", "value_variable_code", "value_unit", "value_variable_label"]
    contents = rows[[*names, "level"]].drop_duplicates().astype(str)
    contents["rank"] = contents["level"].map(_FINEST_FIRST.index)
    numbers = contents[contents["value_unit"] != "%"]
    units = numbers.groupby(names[:2])["value_unit"].nunique()
    codes = {}
    for _, same in contents.groupby(["statistics_code", "value_variable_label", "value_unit"], sort=False):
        together = not same.duplicated("level").any()
        finest = same.sort_values("rank", kind="stable")["value_variable_code"].iloc[0]
        for row in same.to_dict("records"):
            code = finest if together else row["value_variable_code"]
            several = units.get((row["statistics_code"], row["value_variable_code"]), 0) > 1
            suffix = f"|{row['value_unit']}" if row["value_unit"] == "%" or several else ""
            codes[tuple(row[name] for name in names[:3])] = code + suffix
    return codes


def _describe(row: dict, dimensions: list[str], content: dict) -> dict:
    parts = sorted(
        (row[f"{number}_variable_code"], row[f"{number}_variable_attribute_code"], number)
        for number in dimensions
        if row[f"{number}_variable_code"] and row[f"{number}_variable_attribute_code"] not in _TOTALS
    )
    code, *suffix = content[row["statistics_code"], row["value_variable_code"], row["value_unit"]].split("|")
    labels = [
        f"{row[f'{number}_variable_label']}: {row[f'{number}_variable_attribute_label']}" for _, _, number in parts
    ]
    title = ", ".join([row["value_variable_label"], *labels])
    named = [row[f"{number}_variable_label"] for number in dimensions if row[f"{number}_variable_label"]]
    return {
        "feature": "|".join([row["statistics_code"], code, *(f"{name}={key}" for name, key, _ in parts), *suffix]),
        "title": title,
        "unit_label": row["value_unit"],
        "definition": f"{title}. Statistik: {row['statistics_code']} {row['statistics_label']}."
        + (f" Gegliedert nach: {', '.join(named)}." if named else ""),
        "statistic": row["statistics_code"],
    }
