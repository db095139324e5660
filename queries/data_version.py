"""Which data a selection was made with, and what changed since: sources by id, date and checksum."""

from __future__ import annotations

import duckdb


def facts(con: duckdb.DuckDBPyConnection) -> dict:
    """Territorial status, number of small towns and all sources, for a project file."""
    info = dict(con.execute("SELECT key, value FROM build_info").fetchall())
    rows = con.execute(
        """
        SELECT source_id, title, coalesce(reference_date, ''), provenance, coalesce(sha256, '')
        FROM source ORDER BY source_id
        """
    ).fetchall()
    towns = con.execute("SELECT count(*) FROM small_town").fetchall()[0][0]
    names = ("source_id", "title", "reference_date", "provenance", "sha256")
    return {
        "territorial_status": info.get("territorial_status", ""),
        "small_towns": towns,
        "sources": [dict(zip(names, row, strict=True)) for row in rows],
    }


def changes(then: dict, now: dict) -> list[str]:
    """What is different today, in German sentences; empty where nothing is."""
    said = []
    if then.get("territorial_status") != now.get("territorial_status"):
        said.append(
            f"Gebietsstand: damals {then.get('territorial_status') or 'unbekannt'}, "
            f"heute {now.get('territorial_status')}."
        )
    if then.get("small_towns") != now.get("small_towns"):
        said.append(f"Kleinstädte: damals {then.get('small_towns', 'unbekannt')}, heute {now.get('small_towns')}.")
    before = {source["source_id"]: source for source in then.get("sources", [])}
    present = {source["source_id"]: source for source in now.get("sources", [])}
    said += [f"Neu hinzugekommen: {present[key]['title']}." for key in sorted(present.keys() - before.keys())]
    said += [f"Nicht mehr vorhanden: {before[key]['title']}." for key in sorted(before.keys() - present.keys())]
    said += [
        f"Anderer Stand: {present[key]['title']} (damals {before[key]['reference_date']}, "
        f"heute {present[key]['reference_date']})."
        for key in sorted(before.keys() & present.keys())
        if (before[key]["sha256"], before[key]["reference_date"])
        != (present[key]["sha256"], present[key]["reference_date"])
    ]
    return said
