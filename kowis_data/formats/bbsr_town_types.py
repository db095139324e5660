"""Official town types (Stadt- und Gemeindetyp) of a BBSR reference table in the atlas's seven types."""

from __future__ import annotations

import pandas as pd

from kowis_data.catalogue import load
from kowis_data.formats.cells import normalise

# The five published classes; two of them fall into two of the contract's types, split by population.
TOWN_CLASSES = {
    "grossstadt": ("grosse_grossstadt", "kleine_grossstadt"),
    "mittelstadt": ("groessere_mittelstadt", "kleinere_mittelstadt"),
    "grosserekleinstadt": ("groessere_kleinstadt",),
    "kleinekleinstadt": ("kleine_kleinstadt",),
    "landgemeinde": ("landgemeinde",),
    "grossegrossstadt": ("grosse_grossstadt",),
    "kleinegrossstadt": ("kleine_grossstadt",),
    "grosseremittelstadt": ("groessere_mittelstadt",),
    "kleineremittelstadt": ("kleinere_mittelstadt",),
}


def make_town_types(
    attribute: pd.DataFrame, values: pd.DataFrame, membership: pd.DataFrame, notes: list[str]
) -> pd.DataFrame:
    """One row per unit: official class and the contract's type.

    Großstadt and Mittelstadt are one class each in print; which of its two types holds is decided by the
    population of the largest member municipality in the same file, as everywhere in the atlas.
    """
    rows = attribute[attribute["attribute"] == "stadt_gemeindetyp"]
    by_unit = rows[rows["level"] == "unit"].rename(columns={"region_id": "unit_id"})
    if by_unit.empty:
        units = membership.set_index("ags")["association_id"] if len(membership) else pd.Series(dtype=object)
        by_unit = rows[rows["level"] == "municipality"].assign(
            unit_id=lambda part: part["region_id"].map(units)
        )
    by_unit = by_unit.dropna(subset=["unit_id"]).drop_duplicates(["unit_id", "value_label"])
    unclear = by_unit.duplicated("unit_id", keep=False)
    if unclear.any():
        notes.append(
            f"{by_unit[unclear]['unit_id'].nunique()} Verbände haben mehrere Stadttypen; ausgelassen."
        )
    table = by_unit[~unclear]
    people = values[values["feature"] == "population"].set_index("region_id")
    members = people[people["level"] == "municipality"]["value"]
    largest = membership.assign(value=membership["ags"].map(members)).groupby("association_id")["value"].max()
    own = people[people["level"] == "unit"]["value"]
    population = table["unit_id"].map(largest).fillna(table["unit_id"].map(own))
    classes = table["value_label"].map(normalise)
    types = [_split_class(name, count) for name, count in zip(classes, population, strict=True)]
    unknown = sorted(
        set(table["value_label"].fillna("ohne Namen")[classes.map(lambda name: name not in TOWN_CLASSES)])
    )
    if unknown:
        notes.append(f"Unbekannte Stadt- und Gemeindetypen: {', '.join(unknown)}.")
    return pd.DataFrame(
        {
            "unit_id": table["unit_id"],
            "town_type": types,
            "official_label": table["value_label"],
            "official_code": table["value_code"],
            "is_split_by_population": [len(TOWN_CLASSES.get(name, ())) > 1 for name in classes],
            "largest_member_population": population,
            "year": table["reference_date"].str[-4:],
        }
    ).reset_index(drop=True)


def _split_class(name: str, population: float) -> str | None:
    types = TOWN_CLASSES.get(name, (None,))
    if len(types) == 1:
        return types[0]
    at_least = next(t["at_least"] for t in load("town_types")["town_types"] if t["town_type"] == types[0])
    return None if pd.isna(population) else types[0] if population >= at_least else types[1]
