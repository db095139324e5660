"""Rows of an INKAR bulk file that are not used: how many, why, and examples with their line numbers.

Building works on groups and knows no lines. Only where something is wrong the file is read once more, in its
order, to find where that stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import pandas as pd

from kowis_data.formats.inkar_bulk_scan import CARRIED, KEY_AS_INTEGER, BulkFile, literal
from kowis_data.formats.inkar_names import LARGEST_VALUE, facts
from kowis_data.formats.reading import REFUSED_COLUMNS

MAX_EXAMPLES = 1000
EXCERPT_LENGTH = 120
_REJECT_REASONS = {
    "CAST": "Die Spalte „{column}“ enthält keine gültige Zahl",
    "MISSING COLUMNS": "Die Zeile hat zu wenige Spalten",
    "TOO MANY COLUMNS": "Die Zeile hat zu viele Spalten",
    "INVALID ENCODING": "Die Zeile enthält Zeichen in einem anderen Zeichensatz",
    "LINE SIZE OVER MAXIMUM": "Die Zeile ist viel zu lang",
}


@dataclass
class Problems:
    """What was met while building: counts for the report, and where to look for examples."""

    rows_unreadable: int = 0
    rows_without_value: int = 0
    rows_repeated: int = 0
    bad_levels: int = 0
    bad_indicators: int = 0
    bad_values: int = 0
    bad_keys: int = 0
    bad_regions: dict[tuple[str, int], int] = field(default_factory=dict)  # (Raumbezug, key) -> rows
    bad_periods: dict[str, int] = field(default_factory=dict)  # Zeitbezug -> rows
    contradictions: int = 0
    # Examples: Raumbezug, key, Zeitbezug, IDs.
    contradictory: list[tuple[str, int, str, list[str]]] = field(default_factory=list)
    split: list[tuple[str, str, str]] = field(default_factory=list)  # old feature, title, new feature
    old_unit_keys: bool = False
    cut_line: tuple[int, str] | None = None  # line, text


@dataclass(frozen=True)
class _Search:
    """A kind of refused rows: the reason, how many there are, the SQL condition that finds them."""

    reason: str
    rows: int
    condition: str


def refused_rows(
    con: duckdb.DuckDBPyConnection, source: BulkFile, problems: Problems
) -> tuple[pd.DataFrame, list[str]]:
    """At most `MAX_EXAMPLES` refused rows (`REFUSED_COLUMNS`) and German notes with the full counts."""
    searches = [search for search in _searches(problems) if search.rows]
    notes = [f"{search.rows} Zeilen nicht verwendet: {search.reason}." for search in searches]
    if problems.rows_unreadable:
        notes.insert(0, f"{problems.rows_unreadable} Zeilen nicht lesbar (siehe Beispiele).")
    found = [*_unreadable(con), *_last_line(problems), *(_find(con, source, searches) if searches else [])]
    table = pd.DataFrame(sorted(found)[:MAX_EXAMPLES], columns=list(REFUSED_COLUMNS))
    return table, notes


def _searches(problems: Problems) -> list[_Search]:
    def any_of(*conditions: str) -> str:
        return "(" + (" OR ".join(conditions) or "false") + ")"

    carried = ", ".join(literal(name) for level in CARRIED for name in facts()["levels"][level])
    country = ", ".join(map(literal, facts()["levels"]["country"]))
    is_carried = f"Raumbezug IN ({carried})"
    number = "try_cast(replace(Wert, ',', '.') AS DOUBLE)"
    periods = [literal(text) for text in list(problems.bad_periods)[:50]]
    regions = [
        f"(Raumbezug = {literal(level)} AND {KEY_AS_INTEGER} = {key})" for level, key in list(problems.bad_regions)[:50]
    ]
    same = [
        f"(Raumbezug = {literal(level)} AND {KEY_AS_INTEGER} = {key} AND Zeitbezug = {literal(period)} "
        f"AND ID::VARCHAR IN ({', '.join(map(literal, ids))}))"
        for level, key, period, ids in problems.contradictory
    ]
    return [
        _Search("der Raumbezug fehlt", problems.bad_levels, "coalesce(Raumbezug, '') IN ('', 'NA')"),
        _Search(
            "der Indikator fehlt",
            problems.bad_indicators,
            f"{is_carried} AND coalesce(Indikator, '') IN ('', 'NA')",
        ),
        _Search(
            "der Zeitbezug nennt kein Jahr und keinen Zeitraum",
            sum(problems.bad_periods.values()),
            f"{is_carried} AND coalesce(Zeitbezug, '') IN ({', '.join(periods) or literal('')})",
        ),
        _Search(
            "die Kennziffer ist kein Schlüssel",
            problems.bad_keys,
            f"{is_carried} AND Raumbezug NOT IN ({country}) AND try_cast(Kennziffer AS INTEGER) IS NULL",
        ),
        _Search("die Kennziffer passt nicht zum Raumbezug", sum(problems.bad_regions.values()), any_of(*regions)),
        _Search(
            "der Wert ist keine mögliche Zahl",
            problems.bad_values,
            f"{is_carried} AND (NOT isfinite({number}) OR abs({number}) > {LARGEST_VALUE})",
        ),
        _Search(
            "derselbe Schlüssel steht mehrfach mit verschiedenen Werten",
            problems.contradictions,
            any_of(*same),
        ),
    ]


def _find(con: duckdb.DuckDBPyConnection, source: BulkFile, searches: list[_Search]) -> list[tuple[int, str, str]]:
    reason = " ".join(
        f"WHEN {search.condition} THEN {literal(search.reason[0].upper() + search.reason[1:])}" for search in searches
    )
    cells = ", ".join(f'"{name}"' for name in source.columns)
    before = con.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]
    con.execute("SET preserve_insertion_order = true")
    try:
        found = con.execute(f"""
            SELECT line, reason, excerpt FROM (
                SELECT line, left(concat_ws(';', {cells}), {EXCERPT_LENGTH}) AS excerpt, CASE {reason} END AS reason
                FROM (SELECT row_number() OVER () + 1 AS line, * FROM {source.scan(as_text=True)})
            ) WHERE reason IS NOT NULL LIMIT {MAX_EXAMPLES}
        """).fetchall()
    finally:
        con.execute(f"SET preserve_insertion_order = {before}")
    # Rows of these kinds are passed over here too, so that all behind them seem to stand one line higher.
    passed = con.execute("""
        SELECT DISTINCT line FROM inkar_reject WHERE error_type IN ('TOO MANY COLUMNS', 'INVALID ENCODING') ORDER BY 1
    """).fetchall()
    return [(_true_line(line, passed), reason, excerpt) for line, reason, excerpt in found]


def _true_line(line: int, passed: list[tuple[int]]) -> int:
    for (skipped,) in passed:
        line += skipped <= line
    return line


def _unreadable(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str, str]]:
    rows = con.execute(f"""
        SELECT line, min(error_type)::VARCHAR, min(column_name),
               left(trim(min(csv_line), chr(13) || chr(10) || ' '), {EXCERPT_LENGTH})
        FROM inkar_reject GROUP BY line ORDER BY line LIMIT {MAX_EXAMPLES}
    """).fetchall()
    return [
        (int(line), _REJECT_REASONS.get(kind, "Die Zeile ist nicht lesbar").format(column=column), excerpt or "")
        for line, kind, column, excerpt in rows
    ]


def _last_line(problems: Problems) -> list[tuple[int, str, str]]:
    if problems.cut_line is None:
        return []
    line, text = problems.cut_line
    return [(line, "Die letzte Zeile endet ohne Zeilenumbruch und ist vielleicht abgeschnitten", text[:EXCERPT_LENGTH])]
