"""Checks every database must pass before it is swapped in: keys, uniqueness, references, known totals."""

from __future__ import annotations

import duckdb

# German sentence -> query that returns the offending rows (none expected).
RULES = {
    "Gemeindeschlüssel doppelt": "SELECT ags FROM municipality GROUP BY ags HAVING count(*) > 1",
    "Gemeinde ohne Einheit": "SELECT ags FROM municipality ANTI JOIN unit USING (unit_id)",
    "Gemeinde ohne Kreis": (
        "SELECT ags FROM municipality ANTI JOIN county USING (county_id) WHERE NOT is_unincorporated"
    ),
    "Kreis ohne Land": "SELECT county_id FROM county ANTI JOIN state USING (state_id)",
    "Bewohnte Gemeinde ohne Bevölkerung": (
        "SELECT ags, name FROM municipality WHERE NOT is_unincorporated AND coalesce(population, 0) = 0"
    ),
    "Merkmal ohne Quelle": "SELECT indicator_id FROM indicator ANTI JOIN source USING (source_id)",
    "Merkmal ohne Thema": "SELECT indicator_id FROM indicator ANTI JOIN theme USING (theme)",
    "Wert ohne Merkmal": "SELECT DISTINCT indicator_id FROM observation ANTI JOIN indicator USING (indicator_id)",
    "Wert ohne Quelle": "SELECT DISTINCT source_id FROM observation ANTI JOIN source USING (source_id)",
    "Wert weder Zahl noch begründet leer": (
        "SELECT indicator_id, region_id FROM observation "
        "WHERE (value IS NULL AND value_status IS NULL) OR isnan(value) OR isinf(value) LIMIT 20"
    ),
    "Werte ohne Angaben zum Zeitraum": (
        "SELECT DISTINCT indicator_id, period FROM observation ANTI JOIN indicator_period USING (indicator_id, period)"
    ),
    "Kleinstadt ohne Fläche auf der Karte": ("SELECT unit_id FROM small_town ANTI JOIN boundary_check USING (unit_id)"),
}


class CheckFailed(Exception):
    """The database contradicts itself; the message lists each broken rule with examples."""


# Run over the sources just written only: uniqueness of millions of rows is not asked for again and again. Rows are told
# apart by one number made of the key, which is several times cheaper; only where two numbers meet the keys themselves
# are compared.
_MAYBE_REPEATED = """
    SELECT hash(indicator_id, level, region_id, period, source_id) AS mark FROM observation
    WHERE $sources IS NULL OR source_id IN (SELECT unnest($sources))
    GROUP BY mark HAVING count(*) > 1 LIMIT 1
"""
UNIQUE = """
    SELECT indicator_id, level, region_id, period, source_id FROM observation
    WHERE $sources IS NULL OR source_id IN (SELECT unnest($sources))
    GROUP BY ALL HAVING count(*) > 1 LIMIT 20
"""


def check_database(con: duckdb.DuckDBPyConnection, sources: list[str] | None = None) -> None:
    """Run every rule; raise `CheckFailed` with examples of all that are broken.

    `sources` limits the search for repeated values to those sources (None: all).
    """
    broken = []
    for sentence, query in RULES.items():
        rows = con.execute(query).fetchmany(5)
        if rows:
            broken.append(f"{sentence}: {', '.join(str(row) for row in rows)}")
    only = {"sources": sources}
    repeated = con.execute(_MAYBE_REPEATED, only).fetchall() and con.execute(UNIQUE, only).fetchmany(5)
    if repeated:
        broken.append(f"Wert doppelt: {', '.join(str(row) for row in repeated)}")
    if broken:
        raise CheckFailed("Die Daten widersprechen sich. " + " · ".join(broken))
