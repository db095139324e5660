"""Periods and regions of an INKAR bulk file, numbered."""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.formats.inkar_bulk_refused import Problems
from kowis_data.formats.inkar_bulk_scan import CARRIED, BulkFile, key_text, load_names, store
from kowis_data.formats.inkar_names import level_of, region_id
from kowis_data.formats.reading import FormatError
from kowis_data.keys import KEY_LENGTH

# 11,000 municipalities, 4,600 units and 400 counties, each under a few Raumbezüge and editions at most.
_MAX_KEYS = 60_000
# A file whose unit keys lost their leading zeros still has 9 digits in the states 10 to 16; a file with the old
# keys has none but slips.
_SHARE_OF_NEW_KEYS = 0.05


def number_periods(con: duckdb.DuckDBPyConnection, periods: dict[str, str | None], problems: Problems) -> None:
    """`inkar_period`, and `inkar_zeitbezug`, which leads from the texts of the file to it."""
    distinct = {period: number for number, period in enumerate(sorted(set(filter(None, periods.values()))))}
    frame = pd.DataFrame({"period_no": distinct.values(), "period": distinct.keys()})
    store(con, "inkar_period", frame, "period_no SMALLINT, period VARCHAR")
    good = [(text, distinct[period]) for text, period in periods.items() if period]
    frame = pd.DataFrame(good, columns=["zeitbezug", "period_no"])
    store(con, "inkar_zeitbezug", frame, "zeitbezug VARCHAR, period_no SMALLINT")
    bad = con.execute("""
        SELECT zeitbezug, sum(len(keys))::BIGINT FROM inkar_group ANTI JOIN inkar_zeitbezug USING (zeitbezug)
        WHERE keys IS NOT NULL GROUP BY 1
    """).fetchall()
    problems.bad_periods = {text or "": rows for text, rows in bad}
    problems.bad_levels, problems.bad_indicators = con.execute("""
        SELECT coalesce(sum(n) FILTER (raumbezug IS NULL), 0)::BIGINT,
               coalesce(sum(len(keys)) FILTER (kuerzel IS NULL AND title IS NULL), 0)::BIGINT
        FROM inkar_group
    """).fetchall()[0]


def number_regions(con: duckdb.DuckDBPyConnection, source: BulkFile, problems: Problems) -> None:
    """`inkar_region` with one row per region and `inkar_key`, which leads from a key in the file to it."""
    keys = con.execute(f"""
        SELECT raumbezug_no, raumbezug, key, count(*) AS n FROM inkar_row JOIN inkar_level USING (raumbezug_no)
        GROUP BY ALL ORDER BY ALL LIMIT {_MAX_KEYS + 1}
    """).df()
    if len(keys) > _MAX_KEYS:
        raise FormatError(
            "In der INKAR-Datei stehen viel zu viele verschiedene Kennziffern.",
            where="Spalte „Kennziffer“",
            expected=f"höchstens {_MAX_KEYS}",
            advice="Prüfen, ob Spalten vertauscht sind.",
        )
    problems.bad_keys = int(keys.loc[keys["key"].isna(), "n"].sum())
    keys = keys[keys["key"].notna()].astype({"key": "int64"})
    keys["text"] = keys["key"].map(key_text).astype("str")
    keys["level"] = keys["raumbezug"].map(level_of).astype("str")
    is_unit = keys["level"] == "unit"
    is_new = keys.loc[is_unit, "text"].str.len() == KEY_LENGTH["unit"]
    problems.old_unit_keys = bool(is_unit.any()) and is_new.mean() < _SHARE_OF_NEW_KEYS
    keys["region_id"] = [
        region_id(level, text, old_unit_keys=problems.old_unit_keys)
        for level, text in zip(keys["level"], keys["text"], strict=True)
    ]
    keys["region_id"] = keys["region_id"].astype(object)
    bad = keys[keys["region_id"].isna()]
    problems.bad_regions = {(row.raumbezug, row.key): int(row.n) for row in bad.itertuples()}
    keys = keys[keys["region_id"].notna()].copy()
    keys["rank"] = keys["level"].map(CARRIED.index)
    keys = keys.sort_values(["rank", "region_id"], kind="stable")
    keys["region_no"] = (keys["level"] + keys["region_id"]).factorize()[0]
    store(
        con,
        "inkar_key",
        keys[["raumbezug_no", "key", "region_no"]],
        "raumbezug_no TINYINT, key BIGINT, region_no INTEGER",
    )
    names = _region_names(con, source, keys)
    regions = keys.assign(region_name=names).drop_duplicates("region_no")
    store(
        con,
        "inkar_region",
        regions[["region_no", "level", "region_id", "region_name"]],
        "region_no INTEGER, level VARCHAR, region_id VARCHAR, region_name VARCHAR",
    )


def _region_names(con: duckdb.DuckDBPyConnection, source: BulkFile, keys: pd.DataFrame) -> list[str | None]:
    con.execute("""
        CREATE OR REPLACE TEMP TABLE inkar_name AS
        SELECT raumbezug, pair.key AS key, min(trim(pair.name)) AS name
        FROM (SELECT raumbezug, unnest(names) AS pair FROM inkar_group) GROUP BY ALL
    """)
    known = _names(con)
    wanted = list(zip(keys["raumbezug"], keys["key"], strict=True))
    if any(key not in known for key in wanted):
        load_names(con, source)
        known = _names(con)
    return [known.get(key) for key in wanted]


def _names(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], str]:
    return {(level, key): name for level, key, name in con.execute("FROM inkar_name").fetchall()}
