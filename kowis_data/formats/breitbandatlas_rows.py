"""Rows of the Breitbandatlas: cells read from text or a sheet, keys and shares checked, values made long."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from kowis_data.formats.breitbandatlas_columns import SpeedColumn
from kowis_data.formats.cells import EXCERPT_LENGTH, texts
from kowis_data.formats.excel_sheets import read_sheet
from kowis_data.formats.reading import MARKS, VALUE_COLUMNS
from kowis_data.formats.refusals import Refusals, refused_table
from kowis_data.formats.text_files import decode, split_lines
from kowis_data.keys import COUNTRY_KEY, STATE_KEYS

# Rounding in the deliveries goes up to 100.39 %; whatever is larger is a misplaced decimal mark.
MAX_SHARE = 101.0
# More households with a higher speed than with a lower one: rounding aside, columns or digits are wrong.
MAX_RISE = 1.0
# These cities are delivered by district as well: parts of a municipality, not municipalities.
CITIES_WITH_DISTRICTS = ("02000", "04011", "04012", "11000")
_COUNTRY_NAMES = ("deutschland", "dg")
_SHARE = r"-?[0-9]+(?:[.,][0-9]+)?"


def read_cells(path: Path, options: dict) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Cells as text (columns 0, 1, …; index = line), refused lines, number of data rows in the file."""
    if "sheet" in options:
        raw = read_sheet(path, options["sheet"], range(options["width"]))
        raw = raw[raw.index >= options["first_row"]]
        return raw.apply(texts), refused_table([], [], []), len(raw)
    lines = pd.Series(split_lines(decode(path.read_bytes())[0]), dtype="str")
    lines.index += 1
    lines = lines[lines.str.strip() != ""].iloc[1:]
    delimiter, width = options["delimiter"], options["width"]
    sign = re.escape(delimiter)
    # Quotes only around a whole field: anything else a parser of CSV would read across fields or lines.
    cell = f'(?:"[^"]*"|[^"{sign}]*)'
    broken = ~lines.str.fullmatch(f"{cell}(?:{sign}{cell}){{{width - 1}}}").astype(bool)
    fields = lines[broken].str.replace('"[^"]*"', "", regex=True).str.count(sign) + 1
    reasons = [f"{n} statt {width} Felder oder ein offenes Anführungszeichen" for n in fields]
    refused = refused_table(lines.index[broken], reasons, lines[broken].str.slice(0, EXCERPT_LENGTH))
    good = lines[~broken]
    if good.empty:
        return pd.DataFrame(columns=range(width), dtype="str"), refused, len(lines)
    cells = pd.read_csv(
        io.StringIO("\n".join(good)), sep=delimiter, header=None, dtype="str", na_filter=False, engine="c"
    )
    return cells.set_axis(good.index), refused, len(lines)


def find_regions(keys: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Level and key of each row (None where it is no key): 8, 5 or 2 digits, or Germany.

    Districts of the city states are level "other".
    """
    text = texts(keys).astype("str").str.strip().str.strip("'\"")
    level = pd.Series(None, index=keys.index, dtype=object)
    region = pd.Series(None, index=keys.index, dtype=object)
    for name, width in (("municipality", 8), ("county", 5), ("state", 2)):
        padded = text.where(text.str.fullmatch(rf"[0-9]{{{width - 1},{width}}}").fillna(False)).str.zfill(
            width
        )
        found = padded.str[:2].isin(STATE_KEYS)
        level, region = level.mask(found, name), region.mask(found, padded)
    is_country = text.str.lower().isin(_COUNTRY_NAMES)
    level, region = level.mask(is_country, "country"), region.mask(is_country, COUNTRY_KEY)
    is_district = (level == "municipality") & region.str[:5].isin(CITIES_WITH_DISTRICTS)
    return level.mask(is_district & (region.str[5:] != "000"), "other"), region


def read_shares(
    cells: pd.DataFrame, columns: list[SpeedColumn], refusals: Refusals
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares in % and their status, same shape as `cells`; rows with anything else are refused."""
    flat = pd.Series(cells.to_numpy(dtype=object).ravel(), dtype="str").str.strip()
    readable = flat.str.fullmatch(_SHARE).fillna(False).astype(bool)
    value = pd.to_numeric(flat.where(readable).str.replace(",", ".", regex=False), errors="coerce")
    status = flat.map(MARKS).where(flat.notna() & (flat != ""), "nichts_vorhanden").mask(readable)
    bad = ~readable & status.isna()
    outside = (value < 0) | (value > MAX_SHARE)

    def shaped(column: pd.Series, dtype: object) -> pd.DataFrame:
        matrix = column.to_numpy(dtype=dtype).reshape(cells.shape)
        return pd.DataFrame(matrix, index=cells.index, columns=cells.columns)

    shares = shaped(value, float)
    refusals.mark(shaped(bad, bool).any(axis=1), "Ein Anteil ist keine Zahl und kein bekanntes Zeichen")
    refusals.mark(shaped(outside, bool).any(axis=1), "Ein Anteil liegt nicht zwischen 0 und 100")
    refusals.mark(_rises(shares, columns), "Ein höheres Tempo hat einen größeren Anteil als ein niedrigeres")
    return shares, shaped(status.astype(object).where(status.notna(), None), object)


def _rises(shares: pd.DataFrame, columns: list[SpeedColumn]) -> pd.Series:
    rises = pd.Series(False, index=shares.index)
    for technology in {column.technology for column in columns}:
        order = sorted((c.speed, i) for i, c in enumerate(columns) if c.technology == technology)
        ladder = shares.iloc[:, [i for _, i in order]]
        rises |= (ladder.diff(axis=1) > MAX_RISE).any(axis=1)
    return rises


def tell_peculiarities(shares: pd.DataFrame, level: pd.Series, region: pd.Series) -> list[str]:
    """German notes on what a reader of the numbers should know."""
    notes = []
    silent = int((shares == 0).all(axis=1).sum())
    if silent:
        notes.append(f"{silent} Zeilen haben überall 0 (gemeindefrei oder nicht gemeldet): ohne Wert.")
    above = int((shares > 100).sum().sum())
    if above:
        notes.append(
            f"{above} Anteile liegen über 100 (gerundet, höchstens {shares.max().max():.2f}); unverändert."
        )
    districts = region[level == "other"]
    if len(districts):
        notes.append(
            f"{len(districts)} Zeilen sind Bezirke von Städten, keine Gemeinden; als „other“ geführt."
        )
        missing = sorted(set(districts.str[:5]) - set(region[level == "municipality"].str[:5]))
        if missing:
            notes.append(
                f"Nur nach Bezirken, nicht für die ganze Stadt: {', '.join(key + '000' for key in missing)}."
            )
    return notes


def make_long(
    shares: pd.DataFrame,
    statuses: pd.DataFrame,
    level: pd.Series,
    region: pd.Series,
    features: list[str],
    period: str,
) -> pd.DataFrame:
    """`Reading.values`: one row per region and column, sorted by column."""
    rows, count = len(shares), len(features)
    long = {
        "feature": np.repeat(np.array(features, dtype=object), rows),
        "level": np.tile(level.to_numpy(dtype=object), count),
        "region_id": np.tile(region.to_numpy(dtype=object), count),
        "region_name": None,
        "period": period,
        "value": shares.to_numpy(dtype=float).ravel(order="F"),
        "value_status": statuses.to_numpy(dtype=object).ravel(order="F"),
        "line": np.tile(shares.index.to_numpy(), count),
    }
    return pd.DataFrame(long)[list(VALUE_COLUMNS)]
