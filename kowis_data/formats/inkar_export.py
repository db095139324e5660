"""INKAR table export: a table saved from the INKAR site as .xls, .xlsx or CSV (editions 2017 to 2024).

Two header rows (indicator, then year), one row per region. Workbooks bring the sheets "Metadaten" (title,
definition, source) and "Quellangabe" (edition); a CSV brings neither. An empty cell means that there is no value;
nothing is kept of it but the count.
"""

from __future__ import annotations

import re

import duckdb
import pandas as pd

from kowis_data.formats import excel_sheets
from kowis_data.formats.cells import cell_text, texts
from kowis_data.formats.inkar_export_features import describe_columns
from kowis_data.formats.inkar_export_table import (
    KEY_HEADS,
    ValueColumn,
    check_heads,
    read_numbers,
    read_text_table,
    split_text_heads,
    value_columns,
)
from kowis_data.formats.inkar_names import inkar_source, level_of, region_id
from kowis_data.formats.reading import (
    FEATURE_COLUMNS,
    REFUSED_COLUMNS,
    VALUE_COLUMNS,
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
)
from kowis_data.formats.refusals import Refusals
from kowis_data.formats.text_files import decode, looks_like_html
from kowis_data.keys import KEY_LENGTH

FIRST_EDITION, LAST_EDITION = 2017, 2024
FORMAT = Format(
    format_id="inkar_export",
    title="INKAR, gespeicherte Tabelle",
    versions=(f"Ausgaben {FIRST_EDITION} bis {LAST_EDITION}", "CSV ohne Angabe der Ausgabe"),
    gives="values",
)


def recognise(sample: Sample) -> Recognition | None:
    """Recognise an export by its header row, in a workbook or as CSV.

    Raises FormatError for exports of unknown editions, with another delimiter or damaged header rows.
    """
    if excel_sheets.is_workbook(sample.head):
        return _recognise_workbook(sample)
    if b"\x00" in sample.head and not sample.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    text, encoding = decode(sample.head)
    lines = text.splitlines()
    if not lines or looks_like_html(text):
        return None
    delimiter, heads = split_text_heads(lines[0])
    if not check_heads(heads, delimiter):
        return None
    periods = split_text_heads(lines[1])[1] if len(lines) > 1 else []
    columns = value_columns(heads, periods + [""] * (len(heads) - len(periods)))
    return _recognition(columns, None, {"Zeichensatz": encoding})


def _recognise_workbook(sample: Sample) -> Recognition | None:
    sheets = excel_sheets.preview(sample.path)
    for sheet, rows in sheets.items():
        heads = [cell_text(cell) or "" for cell in rows.iloc[0]] if len(rows) else []
        if not check_heads(heads):
            continue
        if len(rows) < 2:
            raise FormatError(
                "Unter den Namen der Spalten der INKAR-Tabelle steht nichts.",
                where=f"Tabellenblatt „{sheet}“",
                expected="eine Zeile mit Jahren und je Raumeinheit eine Zeile",
                advice="Die Tabelle noch einmal aus INKAR speichern.",
            )
        columns = value_columns(list(rows.iloc[0]), list(rows.iloc[1]))
        return _recognition(columns, _edition(sheets), {"Tabellenblatt": sheet}, sheet=sheet)
    return None


def _edition(sheets: dict[str, pd.DataFrame]) -> str | None:
    cited = sheets.get("Quellangabe", pd.DataFrame())
    text = " ".join(filter(None, map(cell_text, cited.to_numpy().ravel())))
    match = re.search(r"Ausgabe (\d{4})", text)
    if match and not FIRST_EDITION <= int(match[1]) <= LAST_EDITION:
        raise FormatError(
            f"Diese Tabelle stammt aus der INKAR-Ausgabe {match[1]}, die nicht bekannt ist.",
            where="Tabellenblatt „Quellangabe“",
            expected=f"eine der Ausgaben {FIRST_EDITION} bis {LAST_EDITION}",
            advice="Die Tabelle in einer bekannten Ausgabe speichern oder den Atlas aktualisieren.",
        )
    return match[1] if match else None


def _recognition(columns: list[ValueColumn], edition: str | None, details: dict, **options) -> Recognition:
    titles = list(dict.fromkeys(column.title for column in columns))
    periods = sorted({column.period for column in columns})
    span = periods[0] if len(periods) == 1 else f"{periods[0]} bis {periods[-1]}"
    return Recognition(
        format=FORMAT,
        version=f"Ausgabe {edition}" if edition else FORMAT.versions[1],
        title=f"INKAR-Tabelle: {', '.join(titles[:3])}{' …' if len(titles) > 3 else ''} ({span})",
        details={
            "Ausgabe": edition or "nicht angegeben",
            "Indikatoren": str(len(titles)),
            "Zeitbezug": span,
        }
        | details,
        options={"edition": edition, **options},
    )


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read all values; rows of spatial levels that the atlas does not carry have the level "other".

    Raises FormatError where a column is written with decimal points or no row can be used.
    """
    sheet = recognition.options.get("sheet")
    broken = pd.DataFrame(columns=list(REFUSED_COLUMNS))
    metadata = pd.DataFrame()
    if sheet:
        table = excel_sheets.read_sheet(sample.path, str(sheet))
        if "Metadaten" in excel_sheets.preview(sample.path):
            metadata = excel_sheets.read_sheet(sample.path, "Metadaten")
    else:
        table, broken = read_text_table(sample.path)
    if len(table) < 2:
        raise _useless("Die INKAR-Tabelle hat keine zwei Kopfzeilen.", broken)
    columns = value_columns(list(table.iloc[0]), list(table.iloc[1]))
    features = describe_columns(columns, metadata)
    rows = table.iloc[2:]
    regions, old_unit_keys = _regions(rows)
    refusals = Refusals(rows)
    refusals.mark(regions["aggregate"].isna(), "Das Aggregat fehlt")
    refusals.mark(regions["region_id"].isna(), "Die Kennziffer passt nicht zum Aggregat")
    _mark_duplicates(refusals, regions, rows[[column.position for column in columns]])
    used = ~refusals.mask
    if not used.any():
        raise _useless("In der INKAR-Tabelle ist keine Zeile verwendbar.", pd.concat([refusals.table(), broken]))
    values, bad_cells, empty = _melt(rows[used], regions[used], columns, features)
    refused = pd.concat([frame for frame in (refusals.table(), broken, bad_cells) if len(frame)] or [broken])
    notes = [f"{empty} leere Zellen: INKAR nennt dort keinen Wert."] if empty else []
    notes += _notes(regions[used], old_unit_keys, metadata, recognition.options["edition"])
    edition = recognition.options["edition"]
    return Reading(
        values=values,
        features=features[list(FEATURE_COLUMNS)].drop_duplicates("feature", ignore_index=True),
        source=inkar_source(str(edition or ""), "gespeicherte Tabelle"),
        rows_read=len(rows) + len(broken),
        refused=refused.sort_values("line", kind="stable", ignore_index=True),
        notes=notes,
    )


def _useless(problem: str, refused: pd.DataFrame) -> FormatError:
    first = refused.iloc[0] if len(refused) else None
    return FormatError(
        problem,
        where=f"zum Beispiel Zeile {first['line']}: {first['reason']}" if first is not None else "ab Zeile 3",
        expected="je Raumeinheit eine Zeile mit Kennziffer, Raumeinheit und Aggregat",
        advice="Die Tabelle noch einmal aus INKAR speichern und unverändert verwenden.",
    )


def _regions(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Aggregate, level, region_id and region_name of each row; whether units carry the keys of before 2024."""
    keys, names, aggregates = (texts(rows[position]) for position in range(len(KEY_HEADS)))
    regions = pd.DataFrame({"aggregate": aggregates, "region_name": names}, index=rows.index, dtype=object)
    regions["level"] = aggregates.map(level_of, na_action="ignore").astype(object)
    is_unit = regions["level"] == "unit"
    # Keys that lost their zero still have 9 digits in the states 10 to 16.
    share = (keys[is_unit].str.len() == KEY_LENGTH["unit"]).mean() if is_unit.any() else 0.0
    old_unit_keys = bool(is_unit.any()) and share < 0.05
    regions["region_id"] = [
        key if level == "other" else region_id(level, key, old_unit_keys=old_unit_keys) if level else None
        for level, key in zip(regions["level"].where(regions["level"].notna(), None), keys, strict=True)
    ]
    return regions, old_unit_keys


def _mark_duplicates(refusals: Refusals, regions: pd.DataFrame, cells: pd.DataFrame) -> None:
    """Keep the first of rows that say the same of a region (its key may be written in two ways), else none."""
    known = regions[~refusals.mask]
    twice = known[known.duplicated(["level", "region_id"], keep=False)]
    content = cells.loc[twice.index].astype("str").agg("|".join, axis=1) if len(twice) else pd.Series(dtype="str")
    contents = content.groupby([twice["level"], twice["region_id"]]).transform("nunique")
    refusals.mark(contents > 1, "Dieselbe Raumeinheit steht mehrfach mit verschiedenen Werten")
    refusals.mark(twice.duplicated(["level", "region_id"]), "Wiederholung einer früheren Zeile")


def _melt(
    rows: pd.DataFrame, regions: pd.DataFrame, columns: list[ValueColumn], features: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Long values, cells that are no number as refused rows, number of empty cells."""
    parts, bad_cells, empty = [], [], 0
    for column, feature in zip(columns, features["feature"], strict=True):
        cells = rows[column.position]
        values, status, bad = read_numbers(cells, column)
        kept = values.notna() | status.notna()
        empty += int((~kept & ~bad).sum())
        part = regions.loc[kept, ["level", "region_id", "region_name"]].assign(
            feature=feature, period=column.period, value=values[kept], value_status=status[kept]
        )
        parts.append(part)
        reason = f"Die Zelle „{column.title}“ ({column.period}) enthält keine gültige Zahl"
        bad_cells += [(line, reason, (cell_text(cell) or "")[:120]) for line, cell in cells[bad].items()]
    values = pd.concat(parts)
    values["line"] = values.index
    refused = pd.DataFrame(bad_cells, columns=list(REFUSED_COLUMNS))
    return values[list(VALUE_COLUMNS)].reset_index(drop=True), refused, empty


def _notes(regions: pd.DataFrame, old_unit_keys: bool, metadata: pd.DataFrame, edition: object) -> list[str]:
    notes = []
    if old_unit_keys:
        notes.append("Gemeindeverbände tragen die eigenen achtstelligen Schlüssel der Ausgaben vor 2024.")
    others = regions.loc[regions["level"] == "other", "aggregate"].value_counts()
    notes += [f"{count} Zeilen auf der Ebene „{name}“, die der Atlas nicht führt." for name, count in others.items()]
    if metadata.empty:
        notes.append("Die Datei beschreibt ihre Indikatoren nicht (kein Blatt „Metadaten“).")
    if not edition:
        notes.append("Die Datei nennt die Ausgabe von INKAR nicht.")
    return notes
