"""Economic structure, one company's weight and shares of the town types as German CSV files.

Only what the screen may show goes in; the weight of the largest employer never does.
"""

from __future__ import annotations

import pandas as pd

_STRUCTURE = {
    "code": "Schlüssel",
    "title": "Gliederung",
    "companies": "Unternehmen",
    "employees": "Beschäftigte",
    "employees_estimated": "davon geschätzt",
    "company_share_pct": "Anteil an den Unternehmen (%)",
    "employee_share_pct": "Anteil an den Beschäftigten (%)",
    "reference_share_pct": "Anteil im Vergleich (%)",
    "location_quotient": "Lokalisationsquotient",
}


def structure_csv(frame: pd.DataFrame, *, unit_id: str, town: str, compared_with: str, source: str, note: str) -> bytes:
    """The table of `queries.industry.structure`; figures kept secret are empty and say so."""
    table = frame.rename_axis("code").reset_index()
    hidden = table["is_secret"].astype(bool)
    table = table[list(_STRUCTURE)].rename(columns=_STRUCTURE).round(3)
    table.insert(0, "Stadt", town)
    table.insert(0, "Schlüssel der Einheit", unit_id)
    table["Geheimhaltung"] = hidden.map({True: "geheim", False: ""})
    table["Verglichen mit"] = compared_with
    return _packed(table, source, note)


def single_company_csv(shares: pd.DataFrame, *, employees: int, threshold_pct: float, source: str) -> bytes:
    """The table of `queries.single_company.shares_above`."""
    table = pd.DataFrame(
        {
            "Stadttyp": shares["title"],
            "Beschäftigte des Unternehmens": employees,
            "Schwelle (% der Beschäftigten)": threshold_pct,
            "Einheiten mit Angabe": shares["units"],
            "davon klein genug": shares["small_enough"],
            "Anteil (%)": shares["share_pct"].round(2),
        }
    )
    return _packed(table, source, "")


def type_shares_csv(frame: pd.DataFrame, words: dict[str, str], published: pd.DataFrame | None, source: str) -> bytes:
    """The table of `queries.town_type_shares.shares`, published shares beside it; `words` titles the measures."""
    table = pd.DataFrame({"Stadttyp": frame["title"]})
    for measure, title in words.items():
        table[title] = frame[measure]
        table[f"{title} (%)"] = frame[f"{measure}_pct"].round(2)
        if published is not None:
            found = published[published["measure"] == measure].set_index("type_group")["share_pct"]
            table[f"{title}, Studie Abb. 2 (%)"] = found.reindex(frame.index)
    return _packed(table, source, "")


def _packed(table: pd.DataFrame, source: str, note: str) -> bytes:
    table["Quelle und Herkunft"] = source
    if note:
        table["Hinweis"] = note
    return table.to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig")
