"""When the figures of a file were taken and which census they rest on: rows of `indicator_period`."""

from __future__ import annotations

import duckdb

from kowis_data import catalogue
from kowis_data.catalogue.imported import population_basis
from kowis_data.formats.reading import Reading


def describe(con: duckdb.DuckDBPyConnection, reading: Reading, source_id: str) -> None:
    """Reference date and population basis of every indicator and period the file brought and nobody described yet."""
    described = reading.tables.get("period")
    if described is None:
        described = reading.features[["feature", "reference_date", "population_basis"]].assign(period=None)
    con.register(
        "described_rows", described[["feature", "period", "reference_date", "population_basis"]].astype(object)
    )
    con.execute(
        """
        INSERT INTO indicator_period
        WITH described AS (
            SELECT f.indicator_id, d.period::VARCHAR AS period,
                   min_by(d.reference_date::VARCHAR, f.rank) AS reference_date,
                   min_by(d.population_basis::VARCHAR, f.rank) AS population_basis
            FROM described_rows d JOIN feature_target f USING (feature) GROUP BY ALL
        )
        SELECT DISTINCT o.indicator_id, o.period, coalesce(d.reference_date, o.period), $status, d.population_basis
        FROM observation o
        LEFT JOIN described d ON d.indicator_id = o.indicator_id AND (d.period IS NULL OR d.period = o.period)
        WHERE o.source_id = $source_id
          AND (o.indicator_id, o.period) NOT IN (SELECT (indicator_id, period) FROM indicator_period)
        """,
        {"source_id": source_id, "status": "auf den heutigen Gebietsstand gebracht"},
    )
    con.unregister("described_rows")
    add_known_bases(con)


def add_known_bases(con: duckdb.DuckDBPyConnection) -> None:
    """Population basis by the rules of the catalogue where the files say nothing of it."""
    facts = catalogue.every_indicator()
    unknown = con.execute(
        "SELECT indicator_id, period FROM indicator_period WHERE population_basis IS NULL ORDER BY ALL"
    ).fetchall()
    for indicator_id, period in unknown:
        basis = population_basis(facts[indicator_id], period) if indicator_id in facts else None
        if basis:
            con.execute(
                "UPDATE indicator_period SET population_basis = ? WHERE indicator_id = ? AND period = ?",
                [basis, indicator_id, period],
            )
