"""Tables of the atlas as files: CSV, Excel, Parquet, and boundaries with values as GeoJSON."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson

from kowis_data import geometry

FORMATS = ("csv", "xlsx", "parquet", "geojson")
EXPORTS = {
    "small_towns": "SELECT * FROM small_town ORDER BY unit_id",
    "municipalities": "SELECT * FROM municipality ORDER BY ags",
    "units": "SELECT * FROM unit ORDER BY unit_id",
    "indicators": "SELECT * FROM indicator ORDER BY position",
    "observations": (
        "SELECT o.*, i.title, i.unit_label, s.title AS source_title, s.attribution, s.licence "
        "FROM best_observation o JOIN indicator i USING (indicator_id) JOIN source s ON s.source_id = o.source_id "
        "ORDER BY o.indicator_id, o.level, o.region_id, o.period"
    ),
    "sources": "SELECT * FROM source ORDER BY source_id",
}
# Exports whose rows are units, so that a boundary belongs to each.
_WITH_BOUNDARY = ("small_towns", "units")


def export(database: Path, what: str, file_format: str, out: Path | None = None) -> Path:
    """Write one table; returns the path of the file. CSV is UTF-8 with BOM, `;` and decimal comma, as Excel wants it.

    Whoever passes the file on must name the sources: they stand in `<file>.quellen.txt` beside it.

    Raises ValueError for GeoJSON of a table without boundaries.
    """
    out = out or Path(f"{what}.{file_format}")
    if file_format == "geojson" and what not in _WITH_BOUNDARY:
        raise ValueError(f"Für „{what}“ gibt es keine Grenzen; GeoJSON geht für: {', '.join(_WITH_BOUNDARY)}.")
    if not database.exists():
        raise FileNotFoundError(f"Es gibt keine Datenbank unter {database}. Abhilfe: python -m kowis_data build")
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            frame = con.execute(EXPORTS[what]).df()
            boundaries = geometry.load(con, "units") if file_format == "geojson" else {}
            attributions = [a for (a,) in con.execute("SELECT DISTINCT attribution FROM source").fetchall() if a]
    except duckdb.Error as error:
        raise ValueError(f"{database} ist keine lesbare Datenbank des Atlas ({error}).") from error
    if file_format == "csv":
        frame.to_csv(out, sep=";", decimal=",", index=False, encoding="utf-8-sig")
    elif file_format == "xlsx":
        frame.to_excel(out, index=False, engine="xlsxwriter")
    elif file_format == "parquet":
        frame.to_parquet(out, index=False)
    else:
        rows = orjson.loads(frame.set_index("unit_id", drop=False).to_json(orient="index"))
        features = [
            {"type": "Feature", "id": unit_id, "geometry": boundaries[unit_id], "properties": rows[unit_id]}
            for unit_id in sorted(rows.keys() & boundaries.keys())
        ]
        out.write_bytes(
            orjson.dumps({"type": "FeatureCollection", "attribution": sorted(attributions), "features": features})
        )
    names = "\n".join(sorted(attributions))
    out.with_name(out.name + ".quellen.txt").write_text(f"Quellen und Namensnennung\n\n{names}\n", encoding="utf-8")
    return out
