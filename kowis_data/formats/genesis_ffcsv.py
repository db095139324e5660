"""Flat-file CSV of GENESIS since 2025: one row per value (Regionalstatistik, Regionalatlas, GENESIS-Online,
Zensus).

Column names are the same in German and English files. `1_variable_…`, `2_variable_…` are regions and
dimensions in no fixed order: what is a region is told by the code of the variable (`genesis.toml`).
"""

from __future__ import annotations

import re

import duckdb
import numpy as np
import pandas as pd

from kowis_data.formats.genesis_cells import (
    check_text,
    head_text,
    merge_refused,
    parse_cells,
    settle_duplicates,
    text_column,
)
from kowis_data.formats.genesis_dimensions import (
    dimension_numbers,
    flat_features,
    region_dimension,
    variable_level,
)
from kowis_data.formats.genesis_flat_rows import ADVICE, column_names, flat_rows, refuse
from kowis_data.formats.genesis_keys import FACTS, key_notes, regions_of
from kowis_data.formats.genesis_periods import describe_periods, parse_periods, period_span, period_table
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
from kowis_data.formats.text_files import decode

FORMAT = Format(
    "genesis_ffcsv",
    "GENESIS-Flat-File-CSV (Regionalstatistik, Regionalatlas, GENESIS-Online, Zensus)",
    ("Spalten „statistics_code; … ; value“ (ab 2025)",),
    "values",
)
_OLD_HEAD = ("Statistik_Code", "Statistics_Code")


def recognise(sample: Sample) -> Recognition | None:
    """Recognition by the column names of the first line; None for other files.

    Raises FormatError for the flat file of before 2025, for a message of the database saved instead of a
    table, and where columns are missing.
    """
    text = head_text(sample.head)
    if message := re.match(r'\s*\{"Ident":\{"Service".*?"Status":\{"Code":-?\d+,"Content":"(.*?)"', text, re.DOTALL):
        raise FormatError(
            f"Statt einer Tabelle enthält die Datei eine Meldung der Datenbank: „{message.group(1)[:200]}“.",
            expected="die Tabelle als Flat-File-CSV",
            advice="Laden Sie die Tabelle noch einmal herunter; große Tabellen gibt es nur als Auftrag.",
        )
    lines = text.split("\n")
    if lines[0].strip('"').startswith(_OLD_HEAD):
        raise FormatError(
            "Diese Flat-File-CSV hat den Aufbau von vor 2025.",
            where="Zeile 1",
            expected="bekannt ist: " + FORMAT.versions[0],
            advice="Laden Sie die Tabelle neu herunter.",
        )
    if "statistics_code" not in lines[0] or "value" not in lines[0]:
        return None
    columns = column_names(lines[0])
    shown = pd.DataFrame([row for line in lines[1:-1] if len(row := line.split(";")) == len(columns)], columns=columns)
    first = dict.fromkeys(columns, "") if shown.empty else shown.iloc[0]
    code, label = first["statistics_code"].strip('"'), first["statistics_label"].strip('"')
    table = re.search(r"(?:^|[/_])(\d{5}(?:-[0-9A-Z]+)+|\d{4}[A-Z]-\d{4}|AI-[0-9A-Z-]+\d)(?:_|\b)", sample.name)
    regional, other = [], []
    for number in dimension_numbers(columns):
        level = shown[f"{number}_variable_code"].map(variable_level).notna()
        labels = shown[f"{number}_variable_label"].unique()
        (regional if len(level) and level.all() else other).extend(text for text in labels if text)
    details = {
        "Statistik": f"{code} {label}",
        "Inhalt": ", ".join(shown["value_variable_label"].unique()[:4]),
        "Regionen": ", ".join(regional),
        "Weitere Merkmale": ", ".join(other) or "keine",
        "Zeitbezug": ", ".join(sorted(shown["time"].unique())[-3:]),
    }
    options = {"table": table.group(1) if table else ""}
    return Recognition(FORMAT, FORMAT.versions[0], f"{options['table'] or code} {label}".strip(), details, options)


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """All values of a flat file.

    The feature is `statistic|content|dimension=category…`, totals left out: "12411|BEVSTD|GES=GESW". Besides
    values and features the reading holds `tables["period"]` (feature, period, reference date, population
    basis). Raises FormatError where columns are missing, there is no region, or most rows are unreadable.
    """
    text = check_text(decode(sample.path.read_bytes())[0])
    rows, cut = flat_rows(text)
    rows_read = len(rows) + len(cut)
    region, dimensions = region_dimension(rows)
    rows = rows.rename(
        columns={f"{region}_variable_attribute_code": "key", f"{region}_variable_attribute_label": "name"}
    )
    decimal, notes = _decimal(rows)
    rows = rows.join(_numbers(rows, decimal))
    known = parse_periods(rows["time"].unique())
    regions = _regions(rows, f"{region}_variable_code")
    refused = [
        cut,
        refuse(rows, rows["reason"].notna(), rows["reason"]),
        refuse(rows, ~rows["time"].isin(known), "„" + rows["time"].str[:20] + "“ ist kein Zeitraum"),
        refuse(
            rows,
            rows["key"].isin(regions.loc[regions["level"].isna(), "key"]),
            "„" + rows["key"].str[:20] + "“ ist kein Regionalschlüssel",
        ),
    ]
    unread = merge_refused(refused)
    if unread["line"].nunique() * 2 > rows_read or unread["line"].nunique() == rows_read:
        raise FormatError(
            "Die meisten Zeilen der Datei sind nicht lesbar.",
            where=f"zuerst Zeile {unread['line'].iloc[0]}: {unread['reason'].iloc[0]}",
            expected="Spalten, deren Inhalt zu ihrem Namen passt",
            advice=ADVICE,
        )
    rows = rows[rows["reason"].isna() & rows["time"].isin(known)]
    rows = rows.merge(regions.dropna(subset="level"), on="key", how="inner", sort=False)
    feature_of, features = flat_features(rows, dimensions)
    period, written = pd.factorize(rows["time"])
    values = pd.DataFrame(
        {
            "feature": text_column(features["feature"], feature_of),
            "level": rows["level"].astype("str"),
            "region_id": rows["region_id"].astype("str"),
            "region_name": rows["name"].astype("str"),
            "period": text_column([known[text][0] for text in written], period),
            "value": rows["value_found"],
            "value_status": rows["value_status"].astype("str"),
            "line": rows["line"],
        }
    )
    values, contradictions, merged = _settle(values, feature_of, period)
    days = dict(known.values())
    statistic = dict(zip(features["feature"], features.pop("statistic"), strict=True))
    periods, period_notes = period_table(values, days, statistic)
    features = describe_periods(features, periods, days)
    notes += key_notes(regions) + period_notes
    if merged:
        notes.append(f"{merged} Werte stehen doppelt in der Datei; sie wurden einmal übernommen.")
    return Reading(
        values[list(VALUE_COLUMNS)],
        features[list(FEATURE_COLUMNS)],
        _source(rows, recognition, periods),
        rows_read,
        merge_refused([*refused, contradictions]),
        {"period": periods},
        notes,
    )


def _decimal(rows: pd.DataFrame) -> tuple[str, list[str]]:
    """The decimal mark: the point in English files, else the comma; with a note where the file is English."""
    labels = [name for name in rows.columns if name.endswith("label")]
    words = {word for name in ("time_label", "value_unit", *labels) for word in rows[name].unique()}
    english = words.intersection(FACTS["language"]["english"])
    german = words.intersection(FACTS["language"]["german"])
    pointed = rows["value"].str.fullmatch(r"-?\d+\.\d+").any()
    commaed = rows["value"].str.fullmatch(r"-?\d+,\d+").any()
    if len(english) <= len(german) or commaed:
        return ",", []
    note = "Die Datei ist in englischer Sprache; ihre Bezeichnungen werden so übernommen."
    return ("." if pointed else ","), [note]


def _numbers(rows: pd.DataFrame, decimal: str) -> pd.DataFrame:
    """`value_found`, `value_status` and `reason` of each row; marks of quality make a value uncertain."""
    codes, distinct = pd.factorize(rows["value"])
    found = parse_cells(distinct, decimal).take(codes).set_index(rows.index)
    if "value_q" in rows:
        uncertain = rows["value_q"].isin(FACTS["quality_uncertain"]) & found["value"].notna()
        found["value_status"] = found["value_status"].mask(uncertain, "unsicher")
    return found.rename(columns={"value": "value_found"})


def _regions(rows: pd.DataFrame, variable: str) -> pd.DataFrame:
    """The regions of the file (see `regions_of`); variables of other levels give "other"."""
    keys = rows[["key", "name", variable]].drop_duplicates("key")
    regions = regions_of(keys["key"], keys["name"])
    level = regions["key"].map(dict(zip(keys["key"], keys[variable].map(variable_level), strict=True)))
    # "Ausland" (18) among the states, NUTS regions: kept as found, like all levels the database lacks.
    abroad = (level == "state") & ~regions["level"].isin(["state", "country"]) & regions["key"].str.isdigit()
    foreign = (level == "other") | (abroad & ~regions["added"].astype(bool))
    regions["level"] = regions["level"].mask(foreign, "other")
    regions["region_id"] = regions["region_id"].mask(foreign, regions["key"])
    regions["repaired"] = regions["repaired"].astype(bool) & ~foreign
    return regions


def _settle(values: pd.DataFrame, feature: np.ndarray, period: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    region = pd.factorize(values["level"] + " " + values["region_id"])[0]
    twice = pd.DataFrame({"f": feature, "r": region, "p": period}).duplicated(keep=False).to_numpy()
    if not twice.any():
        return values, pd.DataFrame(), 0
    settled, contradictions, merged = settle_duplicates(values[twice])
    return pd.concat([values[~twice], settled], ignore_index=True), contradictions, merged


def _source(rows: pd.DataFrame, recognition: Recognition, periods: pd.DataFrame) -> SourceInfo:
    code, label = rows["statistics_code"].iloc[0], rows["statistics_label"].iloc[0]
    table = str(recognition.options.get("table") or "")
    publisher, url = "Statistische Ämter des Bundes und der Länder", "https://www.regionalstatistik.de/"
    if re.fullmatch(r"\d{4}[A-Z]", code):
        url = "https://ergebnisse.zensus2022.de/"
    elif re.fullmatch(r"\d{5}-\d{4}", table):
        publisher, url = "Statistisches Bundesamt (Destatis)", "https://www-genesis.destatis.de/"
    named = f"Tabelle {table}: {label}" if table else f"Statistik {code}: {label}"
    return SourceInfo(title=named, publisher=publisher, url=url, reference_date=period_span(periods))
