"""The values of one indicator as a file: CSV and Excel, with source, date and provenance beside every value."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import pandas as pd

# Column of the query -> heading in the file.
COLUMNS = {
    "level_title": "Ebene",
    "region_id": "Schlüssel",
    "region_name": "Gebiet",
    "period": "Zeitraum",
    "value": "Wert",
    "missing": "Grund, falls ohne Wert",
    "flag": "Auffälligkeit",
    "reference_date": "Stand",
    "provenance": "Herkunft",
    "source_title": "Quelle",
    "licence": "Lizenz",
    "attribution": "Namensnennung",
}


def as_csv(values: pd.DataFrame) -> bytes:
    """One row per value, UTF-8 with mark, semicolons and decimal comma, as a German Excel opens it."""
    return _german(values).to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig")


def as_excel(values: pd.DataFrame, facts: Mapping[str, str]) -> bytes:
    """A workbook with the values and a sheet of facts (definition, unit, sources)."""
    packed = io.BytesIO()
    with pd.ExcelWriter(packed, engine="xlsxwriter") as writer:
        _german(values).to_excel(writer, sheet_name="Werte", index=False, freeze_panes=(1, 0))
        about = pd.DataFrame(list(facts.items()), columns=["Angabe", "Inhalt"])
        about.to_excel(writer, sheet_name="Angaben", index=False)
        writer.sheets["Werte"].set_column(0, len(COLUMNS) - 1, 18)
        writer.sheets["Angaben"].set_column(0, 0, 22)
        writer.sheets["Angaben"].set_column(1, 1, 100)
    return packed.getvalue()


def file_name(title: str, ending: str) -> str:
    """`kowis-atlas-bevoelkerungsdichte.csv` for a title."""
    plain = title.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}))
    return f"kowis-atlas-{re.sub('[^a-z0-9]+', '-', plain).strip('-')[:70].strip('-') or 'merkmal'}.{ending}"


def _german(values: pd.DataFrame) -> pd.DataFrame:
    return values[list(COLUMNS)].rename(columns=COLUMNS)
