"""What every page after stage 1 starts from: the result of stage 1 on today's data, and who the remaining towns are."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from queries.stage1.run import Stage1Result, run
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import Stage1Data, read


@dataclass(frozen=True)
class SelectionBase:
    """Stage 1 of a project carried out.

    Attributes
    ----------
    settings, data, result : see `queries.stage1`.
    towns : the remaining towns, index unit_id (sorted): name, central_ags, county_name, state_id, state_name,
        town_type, town_type_title, cluster (int or None), lon, lat.
    names : German names of unit ids, Länder and town types, for sentences.
    """

    settings: Stage1Settings
    data: Stage1Data
    result: Stage1Result
    towns: pd.DataFrame
    names: dict[str, str]

    @property
    def remaining(self) -> tuple[str, ...]:
        return self.result.remaining

    @property
    def labels(self) -> dict[str, str]:
        """Names of the remaining towns for select boxes: with the county where a name occurs twice.

        They must not change while a page is open: a select box finds its choice again by these words.
        """
        twice = self.towns["name"].duplicated(keep=False)
        full = self.towns["name"] + " (" + self.towns["county_name"] + ")"
        return self.towns["name"].where(~twice, full).to_dict()

    @property
    def titles(self) -> dict[str, str]:
        """Title of each criterion by key."""
        return {key: words.title for key, words in self.data.words.items()}


def selection_base(con: duckdb.DuckDBPyConnection, settings: Stage1Settings) -> SelectionBase:
    """Carry out stage 1 and describe the remaining towns. Raises `queries.stage1.values.NotPossible`."""
    data = read(con, settings)
    result = run(data, settings)
    towns = con.execute(
        """
        SELECT u.unit_id, u.display_name AS name, u.central_ags, k.name AS county_name, u.state_id,
               s.name AS state_name, u.town_type, t.title AS town_type_title, u.lon, u.lat
        FROM unit u JOIN county k USING (county_id) JOIN state s ON s.state_id = u.state_id
        JOIN town_type t ON t.town_type = u.town_type
        WHERE u.unit_id IN (SELECT unnest(?)) ORDER BY u.unit_id
        """,
        [list(result.remaining)],
    ).df()
    towns = towns.set_index("unit_id")
    towns["cluster"] = data.towns["cluster"].reindex(towns.index).astype(object)
    names = dict(zip(towns.index, towns["name"], strict=True))
    names |= dict(zip(towns["state_id"], towns["state_name"], strict=True))
    names |= dict(con.execute("SELECT town_type, title FROM town_type").fetchall())
    return SelectionBase(settings, data, result, towns, names)
