"""Reader of BBSR reference tables: regions with their attributes, official town types, key lists; crosswalks.

One workbook holds a sheet each for municipalities, associations and counties (attributes, see
`bbsr_columns`), or a sheet per year of crosswalk weights (see `bbsr_crosswalk`). Keys are integers that
lost their leading zero.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from kowis_data.formats.bbsr_columns import SINCE_2021, UNTIL_2015, SheetColumns, find_columns
from kowis_data.formats.bbsr_crosswalk import CROSSWALK_FORMAT, find_crosswalk, read_crosswalk
from kowis_data.formats.bbsr_membership import join_membership, make_members
from kowis_data.formats.bbsr_town_types import make_town_types
from kowis_data.formats.cells import digits, has_formula, normalise, numbers, texts
from kowis_data.formats.excel_sheets import is_workbook, preview, read_sheet
from kowis_data.formats.reading import (
    FEATURE_COLUMNS,
    REFUSED_COLUMNS,
    VALUE_COLUMNS,
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
    SourceInfo,
    empty_features,
    empty_values,
)
from kowis_data.formats.refusals import Refusals
from kowis_data.formats.register_population import basis_by_date
from kowis_data.formats.register_tables import FIGURE_TITLES
from kowis_data.keys import STATE_KEYS

FORMAT = Format(
    format_id="bbsr_reference",
    title="BBSR-Referenztabellen (Raumgliederungen, Stadt- und Gemeindetypen)",
    versions=(UNTIL_2015, SINCE_2021),
    gives="town_types",
)
PUBLISHER = "Bundesinstitut für Bau-, Stadt- und Raumforschung (BBSR)"
REFERENCE_URL = (
    "https://www.bbsr.bund.de/BBSR/DE/forschung/raumbeobachtung/downloads/download-referenzen.html"
)
LEVEL_TITLES = {"municipality": "Gemeinden", "unit": "Gemeindeverbände", "county": "Kreise"}


def recognise(sample: Sample) -> Recognition | None:
    """Recognise a workbook with reference sheets or with crosswalk weights.

    Raises FormatError for reference tables whose sheets have neither known layout.
    """
    if not is_workbook(sample.head):
        return None
    sheets = preview(sample.path)
    crosswalks = {name: found for name, rows in sheets.items() if (found := find_crosswalk(name, rows))}
    if crosswalks:
        shown = ", ".join(f"{c.from_date.year} → {c.to_date.year}" for c in crosswalks.values())
        return Recognition(
            format=CROSSWALK_FORMAT,
            version=CROSSWALK_FORMAT.versions[0],
            title=f"BBSR-Umsteigeschlüssel {shown}",
            details={"Gebietsstände": shown, "Tabellenblätter": ", ".join(crosswalks)},
            options={"crosswalks": crosswalks},
        )
    found = {name: columns for name, rows in sheets.items() if (columns := find_columns(rows))}
    if not found:
        shown = normalise(
            " ".join(str(cell) for rows in sheets.values() for cell in rows.head(4).to_numpy().ravel())
        )
        if "umsteigeschlussel" in shown or ("regionalschlussel" in shown and "gemeindeverbandstand" in shown):
            raise FormatError(
                "BBSR-Tabelle in unbekanntem Aufbau.",
                where="Kopf der Tabellenblätter",
                expected="bekannt sind: " + "; ".join((*FORMAT.versions, *CROSSWALK_FORMAT.versions)),
                advice="Die Datei unverändert von bbsr.bund.de laden.",
            )
        return None
    years = sorted({columns.year for columns in found.values()})
    return Recognition(
        format=FORMAT,
        version=next(iter(found.values())).layout,
        title=f"BBSR-Referenztabellen {', '.join(map(str, years))}",
        details={
            "Stand": ", ".join(f"31.12.{year}" for year in years),
            "Ebenen": ", ".join(dict.fromkeys(LEVEL_TITLES[columns.level] for columns in found.values())),
            "Tabellenblätter": ", ".join(found),
        },
        options={"sheets": found, "other_sheets": [name for name in sheets if name not in found]},
    )


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read all sheets.

    Reference tables give `attribute` (level, region_id, attribute, value_code, value_label, title,
    reference_date), `town_type`, `unit_key_alias` (old_key, unit_id), `membership` (ags, ars, unit_id,
    association_id, name), and as values the population and area in them; crosswalks give `crosswalk`.
    """
    stand = recognition.details.get("Stand") or recognition.details["Gebietsstände"]
    source = SourceInfo(recognition.title, PUBLISHER, url=REFERENCE_URL, reference_date=stand)
    if recognition.format is CROSSWALK_FORMAT:
        table, refused, rows_read, notes = read_crosswalk(sample.path, recognition.options["crosswalks"])
        return Reading(
            empty_values(), empty_features(), source, rows_read, refused, {"crosswalk": table}, notes
        )
    sheets: dict[str, SheetColumns] = recognition.options["sheets"]
    notes = [f"Tabellenblatt „{name}“ wird nicht gebraucht." for name in recognition.options["other_sheets"]]
    parts = [_read_sheet(sample.path, name, columns, notes) for name, columns in sheets.items()]
    alias = pd.concat([part["alias"] for part in parts], ignore_index=True).drop_duplicates()
    membership = join_membership([part["membership"] for part in parts], alias, notes)
    attribute = pd.concat([part["attribute"] for part in parts], ignore_index=True)
    values = pd.concat([part["values"] for part in parts], ignore_index=True)
    tables = {
        "attribute": attribute,
        "town_type": make_town_types(attribute, values, membership, notes),
        "unit_key_alias": alias,
        "membership": membership,
    }
    years = {columns.year for columns in sheets.values()}
    return Reading(
        values=values,
        features=_features(values, min(years)),
        source=source,
        rows_read=sum(part["rows_read"] for part in parts),
        refused=pd.concat([part["refused"] for part in parts], ignore_index=True)[list(REFUSED_COLUMNS)],
        tables={name: table for name, table in tables.items() if len(table)},
        notes=notes,
    )


def _read_sheet(path: Path, sheet: str, columns: SheetColumns, notes: list[str]) -> dict:
    raw = read_sheet(path, sheet, range(columns.width))
    raw = raw[raw.index >= columns.first_row]
    rows = raw.rename(columns=str)
    rows["region_id"], old_key = _region_ids(raw, columns)
    has_ars = columns.level == "municipality" and columns.regional_key is not None
    rows["ars"] = digits(raw[columns.regional_key], 12) if has_ars else None
    refusals = Refusals(rows)
    refusals.mark(has_formula(raw), "Eine Zelle enthält eine Formel statt eines Wertes")
    refusals.mark(rows["region_id"].isna(), "Der Schlüssel fehlt oder hat nicht die Länge dieser Ebene")
    for column in columns.figures.values():
        figure, bad = numbers(raw[column])
        rows[str(column)] = figure
        refusals.mark(bad | (figure < 0), "Keine lesbare Zahl bei Fläche oder Bevölkerung")
    refusals.mark_duplicates(["region_id"])
    rows, old_key = rows[~refusals.mask], old_key[~refusals.mask]
    refused = refusals.table()
    refused["reason"] = f"Blatt „{sheet}“: " + refused["reason"].astype("str")
    if len(rows) < len(raw) / 2 or rows.empty:
        raise FormatError(
            f"Auf dem Blatt „{sheet}“ sind von {len(raw)} Zeilen nur {len(rows)} lesbar.",
            where=f"Zeile {refused['line'].iloc[0]}: {refused['reason'].iloc[0]}" if len(refused) else "",
            expected="je Zeile ein Schlüssel und Angaben in den benannten Spalten",
            advice="Prüfen, ob Spalten vertauscht oder gelöscht sind; sonst die Datei neu herunterladen.",
        )
    if columns.unused:
        notes.append(f"Blatt „{sheet}“: nicht gebrauchte Spalten {', '.join(columns.unused)}.")
    alias = pd.DataFrame({"old_key": old_key, "unit_id": rows["region_id"]}).dropna()
    return {
        "attribute": _attributes(rows, columns, notes),
        "values": _values(rows, columns, notes),
        "alias": alias if columns.key_form == "gvb" else alias.iloc[:0],
        "membership": make_members(rows, columns),
        "refused": refused,
        "rows_read": len(raw),
    }


def _region_ids(raw: pd.DataFrame, columns: SheetColumns) -> tuple[pd.Series, pd.Series]:
    """Key in the database's form, and the key as the sheet writes it (8 digits)."""
    if columns.key_form == "vwg":
        unit_id = digits(raw[columns.key], 9)
        return unit_id.where(unit_id.str[:2].isin(STATE_KEYS), None), unit_id
    written = digits(raw[columns.key], 8)
    written = written.where(written.str[:2].isin(STATE_KEYS), None)
    if columns.level == "county":
        return written.str[:5].where(written.str[5:] == "000", None), written
    if columns.level == "unit":
        regional = (
            raw[columns.regional_key]
            if columns.regional_key is not None
            else pd.Series(None, index=raw.index)
        )
        unit_id = digits(regional, 9)
        # Both keys begin with the county, which shows a column that slipped.
        return unit_id.where(unit_id.str[:5] == written.str[:5], None), written
    return written, written


def _attributes(rows: pd.DataFrame, columns: SheetColumns, notes: list[str]) -> pd.DataFrame:
    blocks = [pd.DataFrame(columns=["level", "region_id", "attribute", "value_code", "value_label", "title"])]
    for column in columns.attributes:
        code = texts(rows[str(column.code_column)])
        code = code.str.zfill(column.width).astype(object) if column.width else code
        label = (
            texts(rows[str(column.label_column)])
            if column.label_column is not None
            else code.map(lambda _: None)
        )
        names = label.groupby(code).nunique()
        if (names > 1).any():
            shown = ", ".join(
                f"{key} ({' / '.join(sorted(set(label[code == key].dropna())))})"
                for key in names.index[names > 1][:3]
            )
            notes.append(f"{column.title}: ein Code mit mehreren Namen: {shown}.")
        block = pd.DataFrame({"region_id": rows["region_id"], "value_code": code, "value_label": label})
        blocks.append(block.assign(level=columns.level, attribute=column.attribute, title=column.title))
    table = pd.concat(blocks, ignore_index=True).dropna(subset=["value_code"])
    return table.assign(reference_date=f"31.12.{columns.year}")


def _values(rows: pd.DataFrame, columns: SheetColumns, notes: list[str]) -> pd.DataFrame:
    """Population and area of the sheet. 0 people is a value only in gemeindefreie Gebiete, else a gap."""
    blocks = [pd.DataFrame(columns=list(VALUE_COLUMNS))]
    name = texts(rows[str(columns.name)]) if columns.name is not None else None
    # In the ARS the association of a gemeindefreies Gebiet begins with 9.
    regional = rows["region_id"] if columns.level == "unit" else rows["ars"]
    is_unincorporated = regional.astype("str").str[5:6] == "9"
    for feature, column in columns.figures.items():
        value = rows[str(column)].astype(float)
        gap = (value == 0) & ~is_unincorporated & (feature != "area_km2")
        if gap.any() and feature == "population":
            shown = ", ".join(rows["region_id"][gap].head(10))
            notes.append(f"Ohne Einwohnerzahl (0), obwohl bewohnt; eine Lücke, keine 0: {shown}.")
        block = pd.DataFrame({"region_id": rows["region_id"], "value": value.mask(gap)})
        block["feature"], block["level"], block["period"] = feature, columns.level, str(columns.year)
        block["region_name"], block["line"] = name, rows.index
        block["value_status"] = block["value"].isna().map({True: "nichts_vorhanden", False: None})
        blocks.append(block[list(VALUE_COLUMNS)])
    return pd.concat(blocks[1:] or blocks, ignore_index=True)


def _features(values: pd.DataFrame, year: int) -> pd.DataFrame:
    rows = []
    for feature in dict.fromkeys(values["feature"]):
        title, unit_label = FIGURE_TITLES[feature]
        basis = None if feature == "area_km2" else basis_by_date(pd.Timestamp(year, 12, 31).date())
        definition = f"{title} am 31.12.{year} laut BBSR-Referenztabelle."
        rows.append((feature, title, unit_label, definition, f"31.12.{year}", basis))
    return pd.DataFrame(rows, columns=list(FEATURE_COLUMNS))
