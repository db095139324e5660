"""Files to start from for a table of one's own: an example as CSV and Excel, and its mapping."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd

from kowis_data.formats.generic_mapping import Mapping, ValueColumn, template_csv
from kowis_data.imports.own_tables import mapping_toml

CSV_NAME, EXCEL_NAME, MAPPING_NAME = "vorlage.csv", "vorlage.xlsx", "vorlage-zuordnung.toml"

_MAPPING_HEAD = """\
# Zuordnung zu vorlage.csv: python -m kowis_data import vorlage.csv --mapping vorlage-zuordnung.toml
#
# key_kind     ags | ars | unit | county | state | mixed | name
# decimal      Zeichen vor den Nachkommastellen; thousands trennt Tausender ("" = keines)
# missing_marks  weitere Texte für „kein Wert“, mit Semikolon getrennt; - . x / ... behalten ihre amtliche Bedeutung
# provenance   veroeffentlicht | amtlich | abgeleitet | synthetisch
# je Spalte: period 2022, 2011-2021 oder 2022-06; aggregation none | sum | mean (Mittel nach Bevölkerung);
#            used = false lässt die Spalte weg
# Für Excel: file_kind = "excel", sheet = Name des Blattes; Köpfe stehen in Zeile header_line.

"""


def template_files() -> dict[str, bytes]:
    """Name and content of the example table (CSV and Excel) and its mapping."""
    table = template_csv()
    return {
        CSV_NAME: table,
        EXCEL_NAME: _workbook(table),
        MAPPING_NAME: (_MAPPING_HEAD + mapping_toml(_mapping())).encode(),
    }


def template_zip() -> bytes:
    """All template files in one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in template_files().items():
            archive.writestr(name, content)
    return packed.getvalue()


def write_templates(folder: Path) -> list[Path]:
    """Write the template files; files of these names that are there already stay. Returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in template_files().items():
        if not (folder / name).exists():
            (folder / name).write_bytes(content)
            written.append(folder / name)
    return written


def _mapping() -> Mapping:
    heads = template_csv().decode("utf-8-sig").splitlines()[0].split(";")
    return Mapping(
        key_column=heads[0],
        key_kind="ags",
        name_column=heads[1],
        values=[
            ValueColumn(heads[2], "Einwohner", "Personen", "2021", "31.12.2021", aggregation="sum"),
            ValueColumn(heads[3], "Mein Merkmal", "%", "2022", used=False),
        ],
        title="Vorlage für eigene Tabellen",
        publisher="Statistisches Bundesamt (Destatis)",
        licence="dl-de/by-2-0",
    )


def _workbook(table: bytes) -> bytes:
    frame = pd.read_csv(io.BytesIO(table), sep=";", dtype="str", encoding="utf-8-sig")
    numbers = pd.to_numeric(frame[frame.columns[2]])
    packed = io.BytesIO()
    with pd.ExcelWriter(packed, engine="xlsxwriter") as writer:
        # Keys stay text, so that no leading zero gets lost.
        frame.assign(**{frame.columns[2]: numbers}).to_excel(writer, sheet_name="Werte", index=False)
        writer.sheets["Werte"].set_column(0, 3, 26)
    return packed.getvalue()
