"""INKAR bulk file: the whole edition in one CSV, one row per value (layouts of 2021 and 2024).

The values stay in DuckDB (millions of rows). After `read` the connection holds these temporary tables, already
deduplicated, and `Reading.values` names the last one:

- `inkar_observation(feature_no, region_no, period_no, value)`: small numbers, sorted in this order;
- `inkar_feature(feature_no, feature, title, subject_area)`, sorted by feature;
- `inkar_region(region_no, level, region_id, region_name)`; old unit keys stand as `alt:08426902`;
- `inkar_period(period_no, period)`;
- `inkar_values`: a view of the four with `VALUE_COLUMNS`. `line` is empty: rows are read by several threads.

Rows of other spatial levels are only counted, in `Reading.tables["other_levels"]`.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from kowis_data.formats.inkar_bulk_refused import Problems, refused_rows
from kowis_data.formats.inkar_bulk_scan import CARRIED, BulkFile, is_other_encoding, load_groups
from kowis_data.formats.inkar_bulk_table import build
from kowis_data.formats.inkar_names import inkar_source, level_of, period_of
from kowis_data.formats.reading import FEATURE_COLUMNS, Format, FormatError, Reading, Recognition, Sample

FORMAT = Format(
    format_id="inkar_bulk",
    title="INKAR, Gesamtdatei einer Ausgabe (CSV)",
    versions=("Layout 2021", "Layout 2024"),
    gives="values",
)
_LEFT, _RIGHT = ("Bereich", "ID"), ("Name", "Zeitbezug", "Wert")
LAYOUTS = {
    "2021": (*_LEFT, "Indikator", "Raumbezug", "Kennziffer", "Kennziffer_EU", *_RIGHT),
    "2024": (*_LEFT, "Kuerzel", "Indikator", "Raumbezug", "Kennziffer", *_RIGHT),
}
_COLUMNS = {name.casefold(): name for layout in LAYOUTS.values() for name in layout}
_DELIMITERS = ";\t|,"
# Columns that tell an INKAR file from any other CSV.
_TELLING = {"Raumbezug", "Kennziffer", "Zeitbezug", "Indikator", "Kuerzel", "Kennziffer_EU"}
_ENCODINGS = {"ascii": "UTF-8", "utf-8": "UTF-8", "cp1252": "Windows-1252"}
SAMPLE_BYTES = 65_536
_SAMPLE_ROWS = 300
_NUMBER = re.compile(r"[-+]?\d+(,\d+)?([eE][-+]?\d+)?|NA|")


def recognise(sample: Sample) -> Recognition | None:
    """Recognise an INKAR bulk file by its header row.

    Raises FormatError where it is one, but with unknown columns, another delimiter, in UTF-16, or with rows that
    do not fit the header.
    """
    encoding, text = _decode(sample.head)
    lines = text.splitlines()
    if not lines:
        return None
    delimiter, header = _header(lines[0])
    if len(_TELLING & set(header)) < 3:
        return None
    expected = " oder ".join(f"{';'.join(columns)} (Layout {year})" for year, columns in LAYOUTS.items())
    advice = "Die Datei unverändert so verwenden, wie sie im Archiv des BBSR liegt."
    if encoding == "utf-16":
        raise FormatError("Die INKAR-Datei ist in UTF-16 gespeichert.", expected="UTF-8 oder Latin-1", advice=advice)
    if delimiter != ";":
        raise FormatError(
            f"In der INKAR-Datei trennt {delimiter!r} die Spalten.",
            where="Zeile 1",
            expected="Semikolon",
            advice=advice,
        )
    version = next((year for year, columns in LAYOUTS.items() if sorted(columns) == sorted(header)), None)
    if version is None:
        raise FormatError(
            "Die Spalten dieser INKAR-Datei gehören zu keinem bekannten Layout: " + ";".join(header) + ".",
            where="Zeile 1",
            expected=expected,
            advice=advice,
        )
    _check_rows(lines[1:-1] if len(sample.head) >= SAMPLE_BYTES else lines[1:], header)
    return Recognition(
        format=FORMAT,
        version=f"Layout {version}",
        title=f"INKAR, Gesamtdatei im Layout der Ausgabe {version}",
        details={"Layout": version, "Spalten": ", ".join(header), "Zeichensatz": _ENCODINGS[encoding]},
        options={"layout": version, "columns": header, "encoding": encoding},
    )


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read everything into temporary tables of `con` (see the module's docstring).

    Raises FormatError where the file is damaged beyond single rows or has no row at a level of the atlas.
    """
    source = BulkFile(sample.path, tuple(recognition.options["columns"]))
    try:
        with TemporaryDirectory(prefix="inkar_") as folder:
            if recognition.options["encoding"] == "cp1252":
                source = source.recoded(Path(folder))
            load_groups(con, source)
            if recognition.options["encoding"] == "ascii" and is_other_encoding(con):
                source = source.recoded(Path(folder))
                load_groups(con, source)
            groups = _group_counts(con)
            periods = {text: period_of(text) for text in groups["zeitbezug"].dropna().unique()}
            problems = build(con, source, periods)
            refused, refused_notes = refused_rows(con, source, problems)
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise FormatError(
            "Die INKAR-Datei lässt sich nicht als CSV lesen.",
            where=sample.name,
            expected="einheitliche Zeilenenden und neun Spalten je Zeile",
            advice="Die Datei noch einmal herunterladen und neu entpacken.",
        ) from error
    if not con.execute("SELECT count(*) FROM inkar_observation").fetchall()[0][0]:
        first = refused.iloc[0] if len(refused) else None
        raise FormatError(
            "In der INKAR-Datei ist keine Zeile verwendbar.",
            where=f"zum Beispiel Zeile {first['line']}: {first['reason']}" if first is not None else sample.name,
            expected="Werte mit Dezimalkomma",
            advice="Die Datei unverändert so verwenden, wie sie im Archiv des BBSR liegt.",
        )
    other = groups[groups["level"] == "other"].groupby("raumbezug", as_index=False)["n"].sum()
    rows_read = int(groups["n"].sum()) + problems.rows_unreadable
    return Reading(
        values="inkar_values",
        features=_features(con),
        source=inkar_source(str(recognition.options["layout"]), "Gesamtdatei"),
        rows_read=rows_read,
        refused=refused,
        tables={
            "other_levels": other.rename(columns={"raumbezug": "spatial_reference", "n": "rows"}),
            "inkar_feature": con.execute(
                "SELECT feature, id, bereich, kuerzel, title FROM inkar_variant ORDER BY feature, id"
            ).df(),
        },
        notes=[*_notes(problems, other, rows_read), *refused_notes],
    )


def _group_counts(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    groups = con.execute("SELECT raumbezug, zeitbezug, sum(n)::BIGINT AS n FROM inkar_group GROUP BY ALL").df()
    groups["level"] = groups["raumbezug"].map(level_of, na_action="ignore")
    if not groups["level"].isin(CARRIED).any():
        raise FormatError(
            "In der INKAR-Datei steht keine Ebene, die der Atlas führt.",
            where="Spalte „Raumbezug“",
            expected="Gemeinden, Gemeindeverbände, Kreise, Bundesländer oder Bund",
            advice="Prüfen, ob Spalten vertauscht sind; sonst einen Auszug mit diesen Ebenen verwenden.",
        )
    return groups


def _decode(head: bytes) -> tuple[str, str]:
    """Encoding and text of the beginning; "ascii" where it could be UTF-8 or Windows-1252 as well."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    if len(head) >= SAMPLE_BYTES:
        # The sample may end in the middle of a character.
        head = head[:-3]
    if head.isascii():
        return "ascii", head.decode("ascii")
    text = head.decode("utf-8-sig", errors="replace")
    broken = text.count("\ufffd")
    # One broken character does not make it another encoding.
    if sum(not letter.isascii() for letter in text) - broken >= broken:
        return "utf-8", text
    return "cp1252", head.decode("cp1252", errors="replace")


def _header(line: str) -> tuple[str, list[str]]:
    delimiter = max(_DELIMITERS, key=line.count)
    cells = [cell.strip().strip('"').strip().replace("ü", "ue") for cell in line.split(delimiter)]
    return delimiter, [_COLUMNS.get(cell.casefold(), cell) for cell in cells]


def _check_rows(lines: list[str], header: list[str]) -> None:
    """Swapped columns and a decimal point show in the first rows; single bad rows are left to `read`."""
    rows = [row for row in csv.reader(lines[:_SAMPLE_ROWS], delimiter=";") if row]
    fitting = [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]
    if not fitting or len(fitting) < len(rows) / 2:
        raise FormatError(
            "Unter der Kopfzeile der INKAR-Datei stehen keine passenden Datenzeilen.",
            where="ab Zeile 2",
            expected=f"{len(header)} durch Semikolon getrennte Spalten",
            advice="Die Datei noch einmal herunterladen und neu entpacken.",
        )
    checks = {
        "ID": ("eine ganze Zahl", lambda text: text.isdigit()),
        "Zeitbezug": ("ein Jahr oder ein Zeitraum", lambda text: period_of(text) is not None),
        "Wert": ("eine Zahl mit Dezimalkomma", lambda text: _NUMBER.fullmatch(text.strip()) is not None),
        # Titles and names have letters; a number there means that columns have moved.
        "Raumbezug": ("eine Raumebene wie „Kreise“", lambda text: any(map(str.isalpha, text))),
        "Indikator": ("ein Titel", lambda text: any(map(str.isalpha, text))),
    }
    for column, (expected, is_good) in checks.items():
        bad = [row[column] for row in fitting if not is_good(row[column])]
        if len(bad) > len(fitting) / 2:
            raise FormatError(
                f"In der Spalte „{column}“ der INKAR-Datei steht meist etwas anderes, zum Beispiel „{bad[0][:40]}“.",
                where=f"Spalte „{column}“",
                expected=expected,
                advice="Prüfen, ob Spalten vertauscht sind oder ein Programm die Zahlen umgeschrieben hat.",
            )


def _features(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    features = con.execute("SELECT feature, title FROM inkar_feature ORDER BY feature_no").df()
    return features.reindex(columns=list(FEATURE_COLUMNS)).astype(object).where(lambda frame: frame.notna(), None)


def _notes(problems: Problems, other: pd.DataFrame, rows_read: int) -> list[str]:
    notes = [f"{rows_read} Zeilen gelesen, davon {int(other['n'].sum())} auf anderen Raumebenen (nur gezählt)."]
    if problems.rows_repeated:
        notes.append(
            f"{problems.rows_repeated} Zeilen wiederholen Werte, die unter einem anderen Bereich schon stehen."
        )
    if problems.rows_without_value:
        notes.append(f"{problems.rows_without_value} Zeilen ohne Wert ausgelassen.")
    notes += [
        f"Das Kürzel „{kuerzel}“ steht für zwei Indikatoren mit verschiedenen Werten; „{title}“ heißt hier „{feature}“."
        for kuerzel, title, feature in problems.split
    ]
    if problems.old_unit_keys:
        notes.append("Gemeindeverbände tragen die eigenen achtstelligen Schlüssel der Ausgaben vor 2024.")
    return notes
