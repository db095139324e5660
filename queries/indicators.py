"""Indicators: what there is, and the values of one of them for many towns."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from queries.town_filter import TownFilter

_ALL_TOWNS = TownFilter()


@dataclass(frozen=True)
class Indicator:
    """One entry of the catalogue, with the themes's title and its source's provenance."""

    indicator_id: str
    title: str
    unit_label: str
    theme: str
    theme_title: str
    decimals: int
    polarity: str
    scale: str
    is_signed: bool
    is_county_context: bool
    definition: str
    note: str | None
    source_id: str
    source_title: str
    provenance: str
    attribution: str

    @property
    def level(self) -> str:
        """Level whose value a town shows: its own, or its county's."""
        return "county" if self.is_county_context else "unit"


def indicators(con: duckdb.DuckDBPyConnection, *, only_official: bool = False) -> dict[str, Indicator]:
    """All indicators that have values for small towns, by id, in the catalogue's order (no mere helpers).

    `only_official` hides every indicator whose values are synthetic model data.
    """
    rows = con.execute(
        """
        SELECT i.indicator_id, i.title, i.unit_label, i.theme, t.title, i.decimals, i.polarity, i.scale,
               coalesce(i.is_signed, false), coalesce(i.is_county_context, false), i.definition, i.note,
               i.source_id, s.title, s.provenance, coalesce(s.attribution, '')
        FROM indicator i JOIN theme t USING (theme) JOIN source s USING (source_id)
        WHERE EXISTS (SELECT 1 FROM observation o WHERE o.indicator_id = i.indicator_id
                      AND o.level = CASE WHEN coalesce(i.is_county_context, false) THEN 'county' ELSE 'unit' END)
          AND NOT coalesce(i.is_helper, false) AND NOT ($only_official AND s.provenance = 'synthetisch')
        ORDER BY t.position, i.position
        """,
        {"only_official": only_official},
    ).fetchall()
    return {row[0]: Indicator(*row) for row in rows}


def periods(con: duckdb.DuckDBPyConnection, indicator_id: str) -> pd.DataFrame:
    """Periods of an indicator for which towns have values, the one to be shown first in front.

    That is the newest period with at least half as many values as the best covered one; the others follow from new
    to old. Columns: period, reference_date, territorial_status, population_basis.
    """
    return con.execute(
        """
        WITH covered AS (
            SELECT o.period, count(*) AS regions
            FROM observation o JOIN indicator i USING (indicator_id)
            WHERE o.indicator_id = ? AND o.value IS NOT NULL
              AND o.level = CASE WHEN coalesce(i.is_county_context, false) THEN 'county' ELSE 'unit' END
            GROUP BY o.period
        )
        SELECT c.period, any_value(p.reference_date) AS reference_date,
               any_value(p.territorial_status) AS territorial_status,
               any_value(p.population_basis) AS population_basis
        FROM covered c LEFT JOIN indicator_period p ON p.indicator_id = ? AND p.period = c.period
        GROUP BY c.period, c.regions
        ORDER BY c.regions < 0.5 * (SELECT max(regions) FROM covered), c.period DESC
        """,
        [indicator_id, indicator_id],
    ).df()


def values(
    con: duckdb.DuckDBPyConnection, indicator: Indicator, period: str, towns: TownFilter = _ALL_TOWNS
) -> pd.DataFrame:
    """Value of an indicator for every small town of a filter, one row per town, in order of the key.

    Columns: unit_id, name, county_name, state_name, town_type_title, population, lon, lat, value (NaN = missing),
    value_status. Indicators of the county context give every town the value of its county.
    """
    condition, parameters = towns.sql()
    region = "u.county_id" if indicator.is_county_context else "u.unit_id"
    return con.execute(
        f"""
        SELECT u.unit_id, u.display_name AS name, k.name AS county_name, s.name AS state_name,
               t.title AS town_type_title, u.population, u.lon, u.lat, o.value, o.value_status
        FROM small_town u
        JOIN county k USING (county_id) JOIN state s ON s.state_id = u.state_id
        JOIN town_type t ON t.town_type = u.town_type
        LEFT JOIN best_observation o ON o.indicator_id = $indicator_id AND o.level = $level
            AND o.period = $period AND o.region_id = {region}
        WHERE {condition}
        ORDER BY u.unit_id
        """,
        {"indicator_id": indicator.indicator_id, "level": indicator.level, "period": period, **parameters},
    ).df()
