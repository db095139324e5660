"""The long table of shipped values and the notes that go with it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

VALUE_COLUMNS = ("feature", "level", "region_id", "period", "value", "value_status", "source_id")
NOTE_COLUMNS = ("feature", "level", "region_id", "note_de")


@dataclass
class Notes:
    """German sentences on single values: why one is missing, or how it was carried to today's territory."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, feature: str, level: str, region_id: str, note_de: str) -> None:
        self.rows.append((feature, level, region_id, note_de))

    def repeat(self, feature: str, other: str) -> None:
        """Add the notes of `feature` for `other` too, a rate computed from it."""
        self.rows += [(other, *row[1:]) for row in self.rows if row[0] == feature]

    def table(self) -> pd.DataFrame:
        """`NOTE_COLUMNS`, sorted, one row per note."""
        table = pd.DataFrame(self.rows, columns=list(NOTE_COLUMNS))
        return table.sort_values(list(NOTE_COLUMNS), ignore_index=True)


def value_rows(
    feature: str, level: str, period: str, values: pd.Series, status: pd.Series | None, source_id: str
) -> pd.DataFrame:
    """Rows of the value table for one feature.

    Parameters
    ----------
    values, status : by region key, the same index; `status` None where every value is plain.

    Raises
    ------
    ValueError : a value is missing without a status.
    """
    table = pd.DataFrame(
        {
            "feature": feature,
            "level": level,
            "region_id": values.index,
            "period": period,
            "value": values.to_numpy(dtype=float),
            "value_status": None if status is None else status.reindex(values.index).to_numpy(),
            "source_id": source_id,
        },
        columns=list(VALUE_COLUMNS),
    )
    table["value_status"] = table["value_status"].astype(object).where(table["value_status"].notna(), None)
    silent = table[table["value"].isna() & table["value_status"].isna()]
    if len(silent):
        raise ValueError(f"{feature}: fehlende Werte ohne Grund für {silent['region_id'].tolist()[:10]}.")
    return table
