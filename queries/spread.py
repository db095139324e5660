"""How a set of towns spreads over what they were not chosen by: West and East, Land, location, growth, size, form."""

from __future__ import annotations

import duckdb
import pandas as pd

# Kilometres to the next large city that part "Umland" from "Zwischenraum" and "Ferne"; own bounds, said on screen.
NEAR_KM, FAR_KM = 25, 60


def attributes(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Attributes of every small town, index unit_id; German column names and values, None where unknown.

    Columns: West/Ost, Land, Lage, Entwicklung, Größe, Form. Entwicklung needs the population of 2011 and 2021
    (imported) and is missing otherwise; within ±1 % it is "stabil".
    """
    frame = con.execute(
        """
        SELECT u.unit_id, s.region AS "West/Ost", s.name AS "Land",
               CASE WHEN d.value IS NULL THEN NULL WHEN d.value <= $near THEN 'Umland einer Großstadt'
                    WHEN d.value <= $far THEN 'dazwischen' ELSE 'fern von Großstädten' END AS "Lage",
               CASE WHEN g.value IS NULL THEN NULL WHEN g.value > 1 THEN 'wachsend'
                    WHEN g.value < -1 THEN 'schrumpfend' ELSE 'stabil' END AS "Entwicklung",
               t.title AS "Größe",
               CASE WHEN u.member_count = 1 THEN 'Einheitsgemeinde' ELSE 'Verband' END AS "Form"
        FROM small_town u JOIN state s ON s.state_id = u.state_id JOIN town_type t ON t.town_type = u.town_type
        LEFT JOIN (SELECT region_id, value FROM best_observation
                   WHERE indicator_id = 'distance_grossstadt_km' AND level = 'unit') d ON d.region_id = u.unit_id
        LEFT JOIN (SELECT region_id, value FROM best_observation
                   WHERE indicator_id = 'population_change_2011_2021_pct' AND level = 'unit') g
            ON g.region_id = u.unit_id
        ORDER BY u.unit_id
        """,
        {"near": NEAR_KM, "far": FAR_KM},
    ).df()
    frame = frame.set_index("unit_id")
    return frame.astype(object).where(frame.notna(), None)


def spread(of: pd.DataFrame, chosen: tuple[str, ...], population: tuple[str, ...]) -> pd.DataFrame:
    """The set beside the towns it was chosen from, one row per attribute and value.

    `of` is `attributes`. Columns: attribute, value, chosen (number), chosen_pct, population (number), population_pct.
    """
    rows = []
    for attribute in of.columns:
        all_of = of.loc[of.index.intersection(population), attribute]
        mine = of.loc[of.index.intersection(chosen), attribute]
        if all_of.notna().sum() == 0:
            continue
        for value, count in all_of.value_counts(sort=False).sort_index().items():
            own = int((mine == value).sum())
            rows.append(
                {
                    "attribute": attribute,
                    "value": value,
                    "chosen": own,
                    "chosen_pct": 100 * own / max(1, len(mine)),
                    "population": int(count),
                    "population_pct": 100 * count / max(1, int(all_of.notna().sum())),
                }
            )
    return pd.DataFrame(rows, columns=["attribute", "value", "chosen", "chosen_pct", "population", "population_pct"])
