"""Reader of administrative boundaries: BKG VG250, VG1000 and VG2500 (GeoPackage, Shapefile, GeoJSON).

`Reading.tables["boundary"]` has one row per region and part:

- `level` municipality, unit, county, district ("Regierungsbezirk"), state or country; `region_id`, `region_name`;
- `unit_id` of a municipality (first nine digits of the ARS), None where the file has no ARS;
- `part` by the Geofaktor: `land` (4, 9), `water` (2: lakes and estuaries of a municipality), `sea` (1, 8: belongs
  to no municipality), `outside_land` (3: land of no municipality). Regions are drawn with `land` only; registered
  areas compare with `land` and `water`;
- `geometry` WKB in WGS84, `area_km2` (equal-area projection), `reference_date` dd.mm.yyyy or None.
"""

from __future__ import annotations

import re

import duckdb
import pandas as pd

from kowis_data.formats.archives import DATE_FILE
from kowis_data.formats.boundary_files import Layer, area_layers, kind_of, read_layer, to_degrees
from kowis_data.formats.boundary_rows import (
    LEVEL_TITLES,
    SEARCHED_COLUMNS,
    column_names,
    find_level,
    make_rows,
    unite_parts,
)
from kowis_data.formats.cells import find_date, german_date
from kowis_data.formats.reading import (
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
    SourceInfo,
    empty_features,
    empty_values,
)
from kowis_data.formats.refusals import refused_table
from kowis_data.formats.text_files import decode

WITH_ARS = "Verwaltungsgebiete mit ARS (VG250, VG1000, VG2500; ab etwa 2018)"
WITH_RS = "Verwaltungsgebiete mit RS (VG250; 2012 bis etwa 2018)"
WITH_AGS = "Flächen mit AGS"
FORMAT = Format(
    format_id="boundaries",
    title="Verwaltungsgrenzen (VG250, VG1000, VG2500)",
    versions=(WITH_ARS, WITH_RS, WITH_AGS),
    gives="boundaries",
)
BKG_URL = "https://gdz.bkg.bund.de"
# Before 2012 keys and uses stood in other columns and had other codes.
_OLD_COLUMNS = {"SHN", "USE"}
_PRODUCT = re.compile(r"vg(250|1000|2500|25)(?!\d)(-ew)?", re.IGNORECASE)


def recognise(sample: Sample) -> Recognition | None:
    """Recognise files whose areas have an official key (AGS, ARS or RS).

    Raises FormatError for damaged files, incomplete Shapefiles and the layout of before 2012. A file without
    municipalities is recognised, and its details say that they are missing.
    """
    kind = kind_of(sample)
    if not kind:
        return None
    found: dict[str, Layer] = {}
    version = ""
    for layer in area_layers(sample, kind):
        columns = column_names(layer.columns)
        level = find_level({name: layer.first_row.get(own) for name, own in columns.items()})
        if level is None:
            continue
        if _OLD_COLUMNS & {column.upper() for column in layer.columns} and "GF" not in columns:
            raise FormatError(
                "Diese Verwaltungsgrenzen haben den Aufbau von vor 2012 (Spalten SHN, USE).",
                where=layer.name or sample.name,
                expected="bekannt sind: " + "; ".join(FORMAT.versions),
                advice="Eine neuere Ausgabe beim BKG laden.",
            )
        found.setdefault(level, layer)
        version = version or (WITH_ARS if "ARS" in columns else WITH_RS if "RS" in columns else WITH_AGS)
    if not found:
        return None
    product = _PRODUCT.search(" ".join([sample.name, *(layer.name or "" for layer in found.values())]))
    name = product.group(0).upper() if product else "Verwaltungsgebiete"
    date = _reference_date(sample)
    # Higher levels are put together from the municipalities, so that all borders agree.
    used = ["municipality"] if "municipality" in found else list(found)
    details = {
        "Geodaten": kind,
        "Ebenen": ", ".join(LEVEL_TITLES[level] for level in found),
        "Stand": date or "steht nicht in der Datei, bitte angeben",
    }
    if "municipality" not in found:
        details["Fehlt"] = "Gemeinden (deren Grenzen und die der Verbände bleiben, wie sie sind)"
    elif len(found) > 1:
        details["Gelesen"] = "Gemeinden; die anderen Ebenen werden aus ihnen zusammengesetzt"
    if any(found[level].count is not None for level in used):
        details["Flächen"] = str(sum(found[level].count or 0 for level in used))
    return Recognition(
        format=FORMAT,
        version=version,
        title=f"Grenzen {name}" + (f", Stand {date}" if date else ""),
        details=details,
        options={"kind": kind, "layers": {level: found[level] for level in used}, "reference_date": date},
    )


def _reference_date(sample: Sample) -> str | None:
    """BKG delivers the date in a file of its own beside the geodata."""
    beside = sample.path.with_name(DATE_FILE)
    if not beside.exists():
        return None
    return german_date(find_date(decode(beside.read_bytes()[:1000])[0])) or None


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read the layers found; the table is described at the head of this module.

    Set `recognition.options["reference_date"]` (dd.mm.yyyy) where the file does not say. Raises FormatError where
    fewer than half of the areas are usable.
    """
    options = recognition.options
    notes: list[str] = []
    tables, refused, rows_read = [], [], 0
    for level, layer in options["layers"].items():
        columns = [column for column in layer.columns if column.upper() in SEARCHED_COLUMNS]
        areas = read_layer(sample, options["kind"], layer, columns)
        areas = areas.rename(columns={own: name for name, own in column_names(columns).items()})
        rows_read += len(areas)
        rows, bad = make_rows(areas, level, notes)
        refused.append(bad.assign(excerpt=f"{layer.name or ''} " + bad["excerpt"]) if len(bad) else bad)
        if len(areas) == 0 or len(rows) < len(areas) / 2:
            place = layer.name or sample.name
            if len(bad):
                place += f", Fläche {bad['line'].iloc[0]}: {bad['reason'].iloc[0]}"
            raise FormatError(
                f"Von {len(areas)} Flächen sind nur {len(rows)} verwendbar.",
                where=place,
                expected="je Fläche ein amtlicher Schlüssel und ein gültiges Vieleck",
                advice="Die Datei unverändert beim BKG laden.",
            )
        tables.append(unite_parts(to_degrees(rows, sample.name, notes), level))
        if any(column.upper() == "EWZ" for column in layer.columns):
            notes.append(
                "Einwohnerzahlen der Datei (EWZ) werden nicht gelesen; dafür gibt es das Gemeindeverzeichnis."
            )
    boundary = pd.concat(tables, ignore_index=True)
    date = options.get("reference_date") or None
    boundary["reference_date"] = pd.Series([date] * len(boundary), dtype=object)
    if "municipality" not in options["layers"]:
        notes.append(
            "Diese Datei enthält keine Gemeinden; ohne eine mit Gemeinden (VG250_GEM) bleiben die Grenzen der "
            "Gemeinden und Verbände, wie sie sind."
        )
    if not date:
        notes.append("Der Stand der Grenzen steht nicht in der Datei.")
    return Reading(
        values=empty_values(),
        features=empty_features(),
        source=SourceInfo(
            title=recognition.title,
            publisher="GeoBasis-DE / Bundesamt für Kartographie und Geodäsie (BKG)",
            url=BKG_URL,
            reference_date=date or "",
        ),
        rows_read=rows_read,
        refused=pd.concat(refused, ignore_index=True) if refused else refused_table([], [], []),
        tables={"boundary": boundary},
        notes=notes,
    )
