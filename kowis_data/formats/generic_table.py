"""Reader of tables of one's own: CSV, Excel or Parquet with a key column (or names of towns) and value columns.

How to read such a table cannot be known, only guessed: `recognise` suggests a `Mapping`, the user confirms it, and
only then `read` reads. Rows found by name have the level municipality and the key `name:<name>`; the import looks
the town up and lists names that do not exist or exist twice.

What a table may look like: one row of heads (titles above it do no harm), then one row per region, or per region and
period. Marks of official statistics (- . x / ...) keep their meaning, an empty cell says nothing. `template_csv`
gives one to fill in.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.formats.cells import EXCERPT_LENGTH, excerpts, texts
from kowis_data.formats.generic_cells import Table, load_parquet, load_sheet, load_text, parse_numbers
from kowis_data.formats.generic_keys import add_states, parse_keys, parse_periods
from kowis_data.formats.generic_mapping import KEY_KINDS, MEAN_WEIGHT, Mapping, ValueColumn, template_csv
from kowis_data.formats.generic_suggest import suggest
from kowis_data.formats.genesis_cells import settle_duplicates
from kowis_data.formats.reading import (
    FEATURE_COLUMNS,
    VALUE_COLUMNS,
    Format,
    FormatError,
    Reading,
    Recognition,
    Sample,
    SourceInfo,
)
from kowis_data.formats.refusals import refused_table

__all__ = ["FORMAT", "Mapping", "ValueColumn", "columns_of", "confirm", "read", "recognise", "suggest", "template_csv"]

TO_CONFIRM = "Zuordnung bestätigen"
FORMAT = Format(
    format_id="generic_table",
    title="Eigene Tabelle (CSV, Excel, Parquet) mit Schlüssel oder Gemeindenamen",
    versions=(TO_CONFIRM,),
    gives="values",
)


def recognise(sample: Sample) -> Recognition | None:
    """Suggest how to read a table; the suggestion is `options["mapping"]`, to be confirmed by `confirm`."""
    mapping = suggest(sample)
    if mapping is None:
        return None
    used = [column for column in mapping.values if column.used]
    shown = [f"{column.title} {column.period}".strip() for column in used]
    return Recognition(
        format=FORMAT,
        version=TO_CONFIRM,
        title=f"Eigene Tabelle „{mapping.title}“",
        details={
            "Schlüsselspalte": f"{mapping.key_column} ({KEY_KINDS[mapping.key_kind]})",
            "Werte": ", ".join(shown[:6]) + (f" und {len(shown) - 6} weitere" if len(shown) > 6 else ""),
            "Zeitbezug": f"Spalte „{mapping.period_column}“" if mapping.period_column else "je Spalte",
            "Dezimalzeichen": {",": "Komma", ".": "Punkt"}[mapping.decimal],
            "Bitte prüfen": " ".join(mapping.hints) or "Schlüssel, Titel, Einheiten und Zeitbezug",
        },
        options={"mapping": mapping, "confirmed": False},
    )


def confirm(recognition: Recognition, mapping: Mapping | None = None) -> Recognition:
    """The recognition with the mapping the user confirmed (the suggested one, if None), ready for `read`."""
    mapping = mapping or recognition.options["mapping"]
    mapping.check()
    recognition.options.update(mapping=mapping, confirmed=True)
    return recognition


def read(
    sample: Sample, recognition: Recognition | Mapping, con: duckdb.DuckDBPyConnection | None = None
) -> Reading:
    """Read all used columns; features `eigene_<title>`.

    Parameters
    ----------
    recognition : one that `confirm` has passed, or the mapping itself, which counts as confirmed.

    Raises
    ------
    FormatError
        While the mapping is unconfirmed, where it contradicts itself or the file, and where no value is usable.
    """
    if isinstance(recognition, Mapping):
        mapping = recognition
    elif recognition.options.get("confirmed"):
        mapping = recognition.options["mapping"]
    else:
        raise FormatError(
            "Die Zuordnung der Spalten ist noch nicht bestätigt.",
            where=sample.name,
            expected="Schlüsselspalte, Werte, Einheiten und Zeitbezug, vom Menschen geprüft",
            advice="Auf der Seite „Daten und Quellen“ die vorgeschlagene Zuordnung prüfen und bestätigen, oder auf der "
            "Befehlszeile mit --mapping angeben (Vorlage: python -m kowis_data template DATEI).",
        )
    mapping.check()
    table = _load(sample, mapping)
    cells = table.cells
    _check_columns(mapping, cells, sample)
    used = [column for column in mapping.values if column.used]
    regions, refused = _regions(mapping, cells)
    refused = [table.refused, refused]
    parts, empty = [], 0
    missing = {mark.strip().casefold() for mark in mapping.missing_marks.split(";")} - {""}
    for column in used:
        own = cells.loc[regions.index, column.column]
        if missing:
            own = own.mask(texts(own).astype("str").str.casefold().isin(missing), "")
        numbers = parse_numbers(own, mapping.decimal, mapping.thousands)
        bad = numbers["reason"].notna()
        why = [f"Spalte „{column.column}“: {text}" for text in numbers.loc[bad, "reason"]]
        refused.append(refused_table(numbers.index[bad], why, excerpts(cells.loc[numbers.index[bad]])))
        empty += int(numbers["is_empty"].sum())
        good = regions.assign(feature=column.feature, **numbers[["value", "value_status"]])
        good = good[~bad & ~numbers["is_empty"]]
        parts.append(good if mapping.period_column else good.assign(period=column.period))
    values, contradictions, merged = settle_duplicates(
        pd.concat(parts, ignore_index=True)[list(VALUE_COLUMNS)]
    )
    refused = pd.concat([*refused, contradictions], ignore_index=True).sort_values(
        "line", kind="stable", ignore_index=True
    )
    if values.empty:
        first = (
            f"Zeile {refused['line'].iloc[0]}: {refused['reason'].iloc[0]}"
            if len(refused)
            else "alle Zellen sind leer"
        )
        raise FormatError(
            "In der Tabelle ist kein Wert verwendbar.",
            where=first[:300],
            expected="Zeilen mit Schlüssel und Zahlen",
            advice="Schlüsselspalte, Dezimalzeichen und Zeitbezug der Zuordnung prüfen.",
        )
    notes = [f"{empty} leere Zellen bleiben ohne Wert."] if empty else []
    notes += [f"{merged} wiederholte Werte wurden zusammengefasst."] if merged else []
    unused = [column for column in cells if column not in _columns(mapping)]
    notes += [f"Nicht gebrauchte Spalten: {', '.join(unused)}."[:400]] if unused else []
    return Reading(
        values=_with_none(values.reset_index(drop=True)),
        features=_features(used, mapping, values),
        source=SourceInfo(
            title=mapping.title,
            publisher=mapping.publisher,
            licence=mapping.licence,
            url=mapping.url,
            provenance=mapping.provenance,
        ),
        rows_read=table.rows_read,
        refused=refused.assign(excerpt=refused["excerpt"].str.slice(0, EXCERPT_LENGTH)),
        tables={"period": _periods(used, mapping, values)},
        notes=notes,
    )


def columns_of(sample: Sample, mapping: Mapping) -> list[str]:
    """Heads of all columns of the table. Raises FormatError where the mapping does not fit the file."""
    return list(_load(sample, mapping).cells.columns)


def _with_none(values: pd.DataFrame) -> pd.DataFrame:
    for column in ("region_name", "value_status"):
        text = values[column].astype(object)
        values[column] = text.where(text.notna(), None)
    return values


def _load(sample: Sample, mapping: Mapping) -> Table:
    if mapping.file_kind == "parquet":
        return load_parquet(sample.path)
    if mapping.file_kind == "excel":
        return load_sheet(sample.path, mapping.sheet, mapping.header_line)
    return load_text(sample.path, mapping.delimiter, mapping.header_line)


def _regions(mapping: Mapping, cells: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Level, key, name, line (and period, where each row has one) of the usable rows; the refused rows."""
    regions = parse_keys(cells[mapping.key_column], mapping.key_kind)
    named = mapping.name_column or (mapping.key_column if mapping.key_kind == "name" else "")
    regions["region_name"] = (
        texts(cells[named]) if named else pd.Series(None, index=cells.index, dtype=object)
    )
    regions["line"] = regions.index
    reason = pd.Series(None, index=cells.index, dtype=object)
    if mapping.state_column:
        regions = add_states(regions, cells[mapping.state_column])
        unknown = regions["region_id"].eq("") & reason.isna()
        reason = reason.mask(unknown, f"Kein Bundesland in Spalte „{mapping.state_column}“")
    reason = reason.mask(
        regions["region_id"].isna(), f"Kein Schlüssel dieser Art: {KEY_KINDS[mapping.key_kind]}"
    )
    if mapping.period_column:
        regions["period"] = parse_periods(cells[mapping.period_column])
        no_period = regions["period"].isna() & reason.isna()
        reason = reason.mask(no_period, f"Kein Zeitbezug in Spalte „{mapping.period_column}“")
    reason = reason[reason.notna()]
    refused = refused_table(reason.index, reason, excerpts(cells.loc[reason.index]))
    return regions.drop(index=reason.index), refused


def _columns(mapping: Mapping) -> list[str]:
    columns = [mapping.key_column, mapping.name_column, mapping.period_column, mapping.state_column]
    return [name for name in (*columns, *(column.column for column in mapping.values if column.used)) if name]


def _check_columns(mapping: Mapping, cells: pd.DataFrame, sample: Sample) -> None:
    missing = [name for name in _columns(mapping) if name not in cells]
    if missing:
        raise FormatError(
            "Die Zuordnung nennt Spalten, die in der Tabelle fehlen: "
            + ", ".join(f"„{name}“" for name in missing)
            + ".",
            where=sample.name,
            expected="vorhanden sind: " + ", ".join(cells.columns[:20]),
            advice="Die Zuordnung für diese Datei neu bestätigen.",
        )


def _features(used: list[ValueColumn], mapping: Mapping, values: pd.DataFrame) -> pd.DataFrame:
    """Features with more than `FEATURE_COLUMNS`: how to aggregate, decimals to show, whether counties only."""
    numbers = values.dropna(subset="value").groupby("feature")["value"]
    decimals = numbers.agg(lambda found: next((d for d in (0, 1) if (found.round(d) == found).all()), 2))
    is_county_context = set(values["level"]) == {"county"}
    rows = [
        (
            column.feature,
            column.title,
            column.unit_label,
            f"Eigene Tabelle „{mapping.title}“, Spalte „{column.column}“.",
            column.reference_date,
            None,
            column.aggregation,
            MEAN_WEIGHT if column.aggregation == "mean" else None,
            is_county_context,
            int(decimals.get(column.feature, 1)),
        )
        for column in used
    ]
    columns = [*FEATURE_COLUMNS, "aggregation", "weight_indicator", "is_county_context", "decimals"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates("feature", ignore_index=True)


def _periods(used: list[ValueColumn], mapping: Mapping, values: pd.DataFrame) -> pd.DataFrame:
    """Reference date of each feature and period, as the mapping gives it; else the period itself."""
    named = {(column.feature, column.period): column.reference_date for column in used if not mapping.period_column}
    pairs = values[["feature", "period"]].drop_duplicates(ignore_index=True)
    dates = [named.get(pair) or None for pair in pairs.itertuples(index=False, name=None)]
    return pairs.assign(reference_date=pd.Series(dates, dtype=object), population_basis=None)
