"""The study's four case studies and the figures it published."""

from __future__ import annotations

import duckdb
import pandas as pd


def case_studies(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The four case studies: unit_id, ags, name, county_name, state_name, cluster, cluster_title, lon, lat."""
    return con.execute(
        """
        SELECT c.unit_id, c.ags, m.name, u.display_name, m.designation, k.name AS county_name,
               s.name AS state_name, c.cluster, c.cluster_title, m.lon, m.lat, m.population
        FROM case_study c JOIN municipality m USING (ags) JOIN unit u ON u.unit_id = c.unit_id
        JOIN county k ON k.county_id = m.county_id JOIN state s ON s.state_id = m.state_id
        ORDER BY c.cluster
        """
    ).df()


def published_figures(con: duckdb.DuckDBPyConnection, ags: str | None) -> pd.DataFrame:
    """Published figures about a municipality, or with None those about all small towns."""
    return con.execute("SELECT * FROM published_figure WHERE ags IS NOT DISTINCT FROM ? ORDER BY rowid", [ags]).df()
