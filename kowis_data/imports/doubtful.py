"""Values of a source that are known not to mean what they say (`doubtful` of catalogue/imported.toml).

They become missing and unreliable, so that a right figure from another source is never beaten by them; where no
other source knows better, the value is flagged with the reason.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.catalogue import imported

STATUS = "unsicher"
_MARK = "Angabe der Quelle nicht verwendet: "

_WITHDRAW = """
    UPDATE observation SET value = NULL, value_status = $status
    WHERE source_id = $source_id AND indicator_id = $indicator_id AND level IN (SELECT unnest($levels))
      AND period IN (SELECT unnest($periods)) AND value IN (SELECT unnest($values))
"""
_FLAG = """
    INSERT INTO value_flag
    SELECT indicator_id, level, region_id, period, $reason FROM observation
    WHERE source_id = $source_id AND indicator_id = $indicator_id AND level IN (SELECT unnest($levels))
      -- For an association one flag says it, not one more for every member.
      AND level <> 'municipality'
      AND period IN (SELECT unnest($periods)) AND value IS NULL AND value_status = $status
"""


def withdraw(con: duckdb.DuckDBPyConnection, targets: pd.DataFrame, source_id: str) -> list[str]:
    """Make the doubtful values of a source missing and flag them; to be called before values go up a level.

    `targets` is `feature_target` (kowis_data.imports.features). Returns a German sentence for the report on each
    kind that occurred.
    """
    notes = []
    facts = imported.indicators()
    for row in targets.itertuples():
        for known in facts.get(row.indicator_id, {}).get("doubtful", []):
            if row.feature not in known["features"]:
                continue
            parameters = {
                "source_id": source_id,
                "indicator_id": row.indicator_id,
                "levels": known["levels"],
                "periods": known["periods"],
                "status": STATUS,
            }
            values = [value * row.factor for value in known["values"]]
            number = con.execute(_WITHDRAW, parameters | {"values": values}).fetchall()[0][0]
            if number:
                con.execute(_FLAG, parameters | {"reason": _MARK + known["reason"]})
                notes.append(_note(facts[row.indicator_id]["title"], number, known))
    return notes


def _note(title: str, number: int, known: dict) -> str:
    periods = known["periods"]
    named = ", ".join(periods) if len(periods) < 4 else f"{periods[0]} bis {periods[-1]}"
    counted = f"{number:,}".replace(",", ".")
    return f"{title}: {counted} Angaben ({named}) als „{STATUS}“ leer gelassen: {known['reason']}."


def keep_flags_without_number(con: duckdb.DuckDBPyConnection) -> None:
    """Take the flags of `withdraw` away where another source gives a number after all."""
    con.execute(
        """
        DELETE FROM value_flag WHERE starts_with(reason, $mark)
          AND (indicator_id, level, region_id, period) IN (
              SELECT (indicator_id, level, region_id, period) FROM observation
              WHERE value IS NOT NULL
                AND indicator_id IN (SELECT indicator_id FROM value_flag WHERE starts_with(reason, $mark))
          )
        """,
        {"mark": _MARK},
    )
