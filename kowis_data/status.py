"""What is in the database: sources, indicators, periods, counts, gaps."""

from __future__ import annotations

from pathlib import Path

import duckdb


def status(path: Path) -> dict:
    """Counts and coverage of the database as plain lists and numbers (JSON-ready).

    Raises FileNotFoundError where there is no database, ValueError where it cannot be read.
    """
    if not path.exists():
        raise FileNotFoundError(f"Es gibt keine Datenbank unter {path}. Abhilfe: python -m kowis_data build")
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            return _collect(con) | {"database": str(path), "bytes": path.stat().st_size}
    except duckdb.Error as error:
        raise ValueError(
            f"{path} ist keine lesbare Datenbank des Atlas ({error}). Abhilfe: Datei umbenennen und "
            "python -m kowis_data build ausführen."
        ) from error


def _collect(con: duckdb.DuckDBPyConnection) -> dict:
    info = dict(con.execute("SELECT key, value FROM build_info").fetchall())
    counts = {
        table: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        for table in (
            "municipality",
            "unit",
            "small_town",
            "county",
            "state",
            "indicator",
            "observation",
            "source",
        )
    }
    indicators = _rows(
        con,
        """
        SELECT i.indicator_id, i.title, o.level, min(o.period) AS first_period, max(o.period) AS last_period,
               count(DISTINCT o.period) AS periods, count(o.value) AS values,
               count(*) - count(o.value) AS gaps
        FROM indicator i JOIN observation o USING (indicator_id)
        GROUP BY ALL ORDER BY any_value(i.position), o.level
        """,
    )
    sources = _rows(
        con,
        "SELECT source_id, title, reference_date, provenance, licence FROM source ORDER BY precedence, title",
    )
    return {"build": info, "counts": counts, "sources": sources, "indicators": indicators}


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict]:
    cursor = con.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def report(found: dict) -> str:
    """The status as lines for people."""
    counts, build = found["counts"], found["build"]
    lines = [
        f"Datenbank: {found['database']} ({found['bytes'] / 1e6:.1f} MB), "
        f"aufgebaut {build.get('built_at', '?')}, Gebietsstand {build.get('territorial_status', '?')}",
        f"{counts['municipality']} Gemeinden, {counts['unit']} Einheiten, davon {counts['small_town']} Kleinstädte, "
        f"{counts['county']} Kreise, {counts['state']} Länder",
        f"{counts['indicator']} Merkmale, {counts['observation']} Werte aus {counts['source']} Quellen",
        "",
        f"{'Merkmal':<48}{'Ebene':<14}{'Zeitraum':<22}{'Werte':>9}{'Lücken':>9}",
    ]
    for row in found["indicators"]:
        period = row["first_period"]
        if row["periods"] > 1:
            period = f"{row['first_period']} … {row['last_period']} ({row['periods']})"
        lines.append(f"{row['title'][:46]:<48}{row['level']:<14}{period:<22}{row['values']:>9}{row['gaps']:>9}")
    return "\n".join(lines)
