"""Which municipality belongs to which association in a BBSR reference table."""

from __future__ import annotations

import pandas as pd

from kowis_data.formats.bbsr_columns import SheetColumns
from kowis_data.formats.cells import digits, texts


def make_members(rows: pd.DataFrame, columns: SheetColumns) -> pd.DataFrame:
    """Columns ags, ars, association_key, name of a sheet of municipalities; no rows for other sheets."""
    if columns.level != "municipality":
        return pd.DataFrame(columns=["ags", "ars", "association_key", "name"])
    width = 9 if columns.association_form == "vwg" else 8
    has_association, has_name = columns.association is not None, columns.name is not None
    return pd.DataFrame(
        {
            "ags": rows["region_id"],
            "ars": rows["ars"],
            "association_key": digits(rows[str(columns.association)], width) if has_association else None,
            "name": texts(rows[str(columns.name)]) if has_name else None,
        }
    )


def join_membership(parts: list[pd.DataFrame], alias: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Members of the associations. `unit_id` follows the ARS, `association_id` BBSR's assignment.

    The two differ for municipalities run by an Amt of the next county (Bosau, Tangstedt).
    """
    table = pd.concat(parts, ignore_index=True)
    wrong = table["ars"].notna() & (table["ars"].str[:5] + table["ars"].str[9:] != table["ags"])
    if wrong.any():
        notes.append(
            f"Bei {int(wrong.sum())} Gemeinden passen AGS und Regionalschlüssel nicht zusammen; der AGS gilt."
        )
    table["ars"] = table["ars"].mask(wrong)
    table["unit_id"] = table["ars"].str[:9]
    by_old_key = alias.drop_duplicates("old_key", keep=False).set_index("old_key")["unit_id"]
    key = table.pop("association_key")
    table["association_id"] = key.where(key.str.len() == 9, key.map(by_old_key))
    table["unit_id"] = table["unit_id"].fillna(table["association_id"])
    apart = table[table["association_id"].notna() & (table["association_id"] != table["unit_id"])]
    if len(apart):
        notes.append(
            "Einem Verband zugeordnet, den ihr Regionalschlüssel nicht nennt: "
            + ", ".join(
                f"{name} ({ags})" for name, ags in zip(apart["name"][:5], apart["ags"][:5], strict=True)
            )
            + "."
        )
    return table
