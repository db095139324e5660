"""Attributes: what towns can be sorted by, from the register and from imported reference tables."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

# The order on the screen: what all towns have first, then types of area, then single regions. Others follow by title.
_ORDER = (
    "west_ost",
    "gemeindeform",
    "cluster",
    "urbanisation",
    "stadt_gemeindetyp",
    "wachsend_schrumpfend",
    "raumtyp_lage",
    "kreistyp",
    "staedtisch_laendlich",
    "regionstyp",
    "mittelbereich",
    "raumordnungsregion",
    "arbeitsmarktregion",
    "ihk_bezirk",
    "reisegebiet",
    "regierungsbezirk",
    "nuts2",
)
# Said already by the filters for Land and Kreis.
_REPEATED = ("land", "kreisregion", "kreisart")


@dataclass(frozen=True)
class Attribute:
    """One attribute: its title, its date and source, and the number of small towns that have it."""

    attribute: str
    title: str
    reference_date: str
    source_title: str
    towns: int

    @property
    def short_source(self) -> str:
        """The source's title up to the first colon: „Gemeindeverzeichnis (AuszugGV)“."""
        return self.source_title.split(":")[0]


def attributes(con: duckdb.DuckDBPyConnection, *, only_official: bool = False) -> dict[str, Attribute]:
    """All attributes on which small towns differ, by id, in the order of the screen.

    `only_official` hides those that rest on synthetic model data: the cluster of the default model.
    """
    rows = con.execute(
        """
        SELECT a.attribute, mode(a.title), mode(a.reference_date), mode(s.title), count(DISTINCT a.unit_id)
        FROM unit_attribute a SEMI JOIN small_town USING (unit_id) LEFT JOIN source s USING (source_id)
        WHERE a.attribute NOT IN (SELECT unnest($repeated))
          AND NOT ($only_official AND coalesce(s.provenance, '') = 'synthetisch')
        GROUP BY a.attribute HAVING count(DISTINCT a.value_code) > 1
        ORDER BY mode(a.title)
        """,
        {"repeated": list(_REPEATED), "only_official": only_official},
    ).fetchall()
    place = {attribute: position for position, attribute in enumerate(_ORDER)}
    rows.sort(key=lambda row: place.get(row[0], len(place)))
    return {row[0]: Attribute(*row) for row in rows}


def values(con: duckdb.DuckDBPyConnection, attribute: str) -> dict[str, str]:
    """Names of the values that small towns have on an attribute, by code.

    Few values stand in the order of their codes (types of area run from dense to sparse), many in that of the alphabet.
    A code that a table names in two ways keeps the name used most.
    """
    rows = con.execute(
        """
        SELECT a.value_code, mode(a.value_label) AS label, count(*) OVER () <= 9 AS few
        FROM unit_attribute a SEMI JOIN small_town USING (unit_id)
        WHERE a.attribute = $attribute
        GROUP BY a.value_code
        ORDER BY CASE WHEN few THEN a.value_code ELSE search_key(mode(a.value_label)) END, a.value_code
        """,
        {"attribute": attribute},
    ).fetchall()
    return {code: label for code, label, _ in rows}


def of_unit(
    con: duckdb.DuckDBPyConnection, unit_id: str, *, only_official: bool = False
) -> list[tuple[Attribute, str]]:
    """What one unit, small town or not, is sorted under: attributes with the name of the unit's value."""
    labels = dict(
        con.execute(
            "SELECT attribute, string_agg(DISTINCT value_label, ', ' ORDER BY value_label) FROM unit_attribute "
            "WHERE unit_id = ? GROUP BY attribute",
            [unit_id],
        ).fetchall()
    )
    return [
        (known, labels[key]) for key, known in attributes(con, only_official=only_official).items() if key in labels
    ]


def of_towns(con: duckdb.DuckDBPyConnection, attribute: str) -> pd.DataFrame:
    """The value of every small town that has one on an attribute: unit_id, value_code, value_label, by unit_id."""
    return con.execute(
        """
        SELECT a.unit_id, min(a.value_code) AS value_code, min(a.value_label) AS value_label
        FROM unit_attribute a SEMI JOIN small_town USING (unit_id)
        WHERE a.attribute = $attribute GROUP BY a.unit_id ORDER BY a.unit_id
        """,
        {"attribute": attribute},
    ).df()
