"""Indicators: what there is, and the values of one of them for many towns."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from queries.town_filter import TownFilter

_ALL_TOWNS = TownFilter()


@dataclass(frozen=True)
class Indicator:
    """One entry of the catalogue, with the theme's title and its source's provenance.

    `is_sum` marks absolute numbers, which mostly show how large a town is.
    `small_numbers` marks rates of few cases: `count_indicator` is what was counted (with its title and unit), and
    `three_year_mean` the indicator to use instead, each None where there is none.
    """

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
    is_sum: bool = False
    small_numbers: bool = False
    three_year_mean: str | None = None
    count_indicator: str | None = None
    count_title: str | None = None
    count_unit: str | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it came from a file by a plain rule, uncurated: its title then ends with the code of the file."""
        return self.title.endswith("]") and not self.title.endswith("[eigene Tabelle]")

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
               i.source_id, s.title, s.provenance, coalesce(s.attribution, ''),
               i.aggregation = 'sum', coalesce(i.small_numbers, false), i.three_year_mean,
               c.indicator_id, c.title, c.unit_label
        FROM indicator i JOIN theme t USING (theme) JOIN source s USING (source_id)
        LEFT JOIN indicator c ON c.indicator_id = i.count_indicator
        WHERE i.indicator_id IN (SELECT indicator_id FROM default_period)
          AND NOT coalesce(i.is_helper, false) AND NOT ($only_official AND s.provenance = 'synthetisch')
        ORDER BY t.position, i.position
        """,
        {"only_official": only_official},
    ).fetchall()
    return {row[0]: Indicator(*row) for row in rows}


def telling(catalogue: dict[str, Indicator]) -> list[str]:
    """Indicators in which a town may stand out: its own real figures, curated, and not mere numbers of its size."""
    return [
        key
        for key, indicator in catalogue.items()
        if not (
            indicator.is_county_context
            or indicator.is_sum
            or indicator.is_plain
            or indicator.provenance == "synthetisch"
        )
    ]


def periods(con: duckdb.DuckDBPyConnection, indicator_id: str) -> pd.DataFrame:
    """Periods of an indicator for which towns have values, the one to be shown first in front.

    The first is that of the view default_period, the others follow from new to old. Columns: period, reference_date,
    territorial_status, population_basis.
    """
    return con.execute(
        """
        SELECT c.period, any_value(p.reference_date) AS reference_date,
               any_value(p.territorial_status) AS territorial_status,
               any_value(p.population_basis) AS population_basis
        FROM period_coverage c LEFT JOIN indicator_period p ON p.indicator_id = $indicator_id AND p.period = c.period
        WHERE c.indicator_id = $indicator_id
        GROUP BY c.period, c.place ORDER BY c.place
        """,
        {"indicator_id": indicator_id},
    ).df()


def values(
    con: duckdb.DuckDBPyConnection, indicator: Indicator, period: str, towns: TownFilter = _ALL_TOWNS
) -> pd.DataFrame:
    """Value of an indicator for every small town of a filter, one row per town, in order of the key.

    Columns: unit_id, name, county_name, state_name, town_type_title, population, member_count, lon, lat, value
    (NaN = missing), value_status, flag and note (why the value needs care, or None), number_of_cases (of the
    indicator's count, where it names one). Indicators of the county context give every town the value of its county.
    """
    condition, parameters = towns.sql()
    region = "u.county_id" if indicator.is_county_context else "u.unit_id"
    return con.execute(
        f"""
        SELECT u.unit_id, u.display_name AS name, k.name AS county_name, s.name AS state_name,
               t.title AS town_type_title, u.population, u.member_count, u.lon, u.lat, o.value, o.value_status,
               f.flag, n.note, cases.value AS number_of_cases
        FROM small_town u
        JOIN county k USING (county_id) JOIN state s ON s.state_id = u.state_id
        JOIN town_type t ON t.town_type = u.town_type
        LEFT JOIN best_observation o ON o.indicator_id = $indicator_id AND o.level = $level
            AND o.period = $period AND o.region_id = {region}
        LEFT JOIN (SELECT unit_id, string_agg(reason, '; ' ORDER BY reason) AS flag FROM unit_flag
                   WHERE indicator_id = $indicator_id AND period = $period GROUP BY unit_id) f ON f.unit_id = u.unit_id
        LEFT JOIN (SELECT unit_id, string_agg(note, ' ' ORDER BY note) AS note FROM unit_note
                   WHERE indicator_id = $indicator_id GROUP BY unit_id) n ON n.unit_id = u.unit_id
        LEFT JOIN best_observation cases ON cases.indicator_id = $count_indicator AND cases.level = $level
            AND cases.period = $period AND cases.region_id = {region}
        WHERE {condition}
        ORDER BY u.unit_id
        """,
        {
            "count_indicator": indicator.count_indicator,
            "indicator_id": indicator.indicator_id,
            "level": indicator.level,
            "period": period,
            **parameters,
        },
    ).df()


def of_units(
    con: duckdb.DuckDBPyConnection, indicator: Indicator, period: str, unit_ids: tuple[str, ...]
) -> pd.DataFrame:
    """Own values of any units, small towns or not, one row per unit: unit_id, value, value_status, flag, note."""
    return con.execute(
        """
        SELECT u.unit_id, o.value, o.value_status,
               (SELECT string_agg(f.reason, '; ' ORDER BY f.reason) FROM unit_flag f WHERE f.unit_id = u.unit_id
                AND f.indicator_id = $indicator_id AND f.period = $period) AS flag,
               (SELECT string_agg(n.note, ' ' ORDER BY n.note) FROM unit_note n WHERE n.unit_id = u.unit_id
                AND n.indicator_id = $indicator_id) AS note
        FROM unit u
        LEFT JOIN best_observation o ON o.indicator_id = $indicator_id AND o.level = 'unit' AND o.period = $period
            AND o.region_id = u.unit_id
        WHERE u.unit_id IN (SELECT unnest($unit_ids)) ORDER BY u.unit_id
        """,
        {"indicator_id": indicator.indicator_id, "period": period, "unit_ids": list(unit_ids)},
    ).df()
