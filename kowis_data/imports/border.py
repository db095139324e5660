"""Towns near the national border: official figures on commuters know no jobs abroad, and say so town by town."""

from __future__ import annotations

import duckdb

from kowis_data.catalogue import imported

NOTE = "Grenzlage: Auspendler ins Ausland nicht erfasst."
# Distance of the unit's centre to the nearest foreign place. A setting, not a finding: the border zones of German
# tax treaties for commuters reach 20 to 30 km.
NEAR_KM = 30.0

_NOTES = """
    INSERT INTO value_note
    SELECT i.indicator_id, 'unit', o.region_id, $note
    FROM indicator i CROSS JOIN best_observation o
    WHERE (i.theme = 'pendeln' OR i.indicator_id IN (SELECT unnest($indicator_ids)))
      AND o.indicator_id = 'distance_foreign_place_km' AND o.level = 'unit' AND o.value <= $near_km
    ORDER BY ALL
"""


def note_commuters(con: duckdb.DuckDBPyConnection) -> None:
    """Write a note on every figure that misses jobs abroad for towns near the border, anew.

    Those are the figures on commuters and what the catalogue marks as `is_blind_abroad`.
    """
    con.execute("DELETE FROM value_note WHERE note = ?", [NOTE])
    blind = [indicator_id for indicator_id, facts in imported.indicators().items() if facts["is_blind_abroad"]]
    con.execute(_NOTES, {"near_km": NEAR_KM, "note": NOTE, "indicator_ids": blind})
