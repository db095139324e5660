"""Title, unit and definition of the indicators of an INKAR export, from its sheet "Metadaten"."""

from __future__ import annotations

import re

import pandas as pd

from kowis_data.formats.cells import cell_text
from kowis_data.formats.inkar_export_table import ValueColumn
from kowis_data.formats.inkar_names import feature_of, slug
from kowis_data.formats.reading import FEATURE_COLUMNS

_METADATA_HEADS = ("Langname", "Quelle", "Berechnungsgrundlage", "Anmerkungen")
_UNIT = re.compile(r"\bin ((?:%|€|m²|km²?|ha|kg|Minuten|Metern?|Jahren|1\.000 €|Mio\. €).*)$")
_RATE = re.compile(r"(?<!\w)(je [\d.]* ?\w.*)$")


def describe_columns(columns: list[ValueColumn], metadata: pd.DataFrame) -> pd.DataFrame:
    """One row per value column with `FEATURE_COLUMNS`; `metadata` is the sheet "Metadaten", empty if there is none."""
    described = _descriptions(metadata)
    taken: dict[str, str] = {}
    rows = []
    for column in columns:
        about = described.get(slug(column.title), {})
        long_title = about.get("Langname", "")
        feature = feature_of(column.title, long_title=long_title)
        # Two titles of one table are two indicators, even where both are known names of the same one.
        if taken.setdefault(feature, column.title) != column.title:
            feature = f"inkar_{slug(column.title)}"
        parts = [long_title, about.get("Berechnungsgrundlage", ""), about.get("Anmerkungen", "")]
        rows.append(
            {
                "feature": feature,
                "title": column.title,
                "unit_label": _unit_of(long_title),
                "definition": ". ".join(part.rstrip(".") for part in parts if part) or None,
            }
        )
    return pd.DataFrame(rows).reindex(columns=list(FEATURE_COLUMNS)).astype(object).where(lambda f: f.notna(), None)


def _descriptions(metadata: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Langname, Quelle, Berechnungsgrundlage and Anmerkungen by slug of the title."""
    texts = [
        [" ".join((cell_text(cell) or "").replace("_x000D_", " ").split()) for cell in row]
        for row in metadata.to_numpy()
    ]
    start = next((i for i, row in enumerate(texts) if row[0] == "Indikator"), None)
    if start is None:
        return {}
    heads = texts[start]
    return {
        slug(row[0]): {head: cell for head, cell in zip(heads, row, strict=True) if head in _METADATA_HEADS}
        for row in texts[start + 1 :]
        if row[0]
    }


def _unit_of(long_title: str) -> str | None:
    """`"Einkommensteuer in € je Einwohner"` -> `"€ je Einwohner"`, `"Zahl der Arbeitslosen"` -> `"Anzahl"`."""
    unit = _UNIT.search(long_title) or _RATE.search(long_title)
    if unit:
        return unit[1].strip()
    return "Anzahl" if long_title.startswith(("Zahl ", "Anzahl ")) else None
