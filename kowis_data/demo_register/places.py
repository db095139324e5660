"""The places of the demo register: real units with their covariates, and the economic type drawn for each."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

_COVARIATES = ("population_density", "settlement_area_per_head_m2", "distance_grossstadt_km")
TYPES = (1, 2, 3, 4)


@cache
def parameters() -> dict[str, Any]:
    """The assumptions of `parameters.toml`."""
    path = Path(__file__).resolve().parent / "parameters.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def units(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Inhabited units in order of their key: index unit_id; `group` (large, medium, small, land), population,
    state_id, and the covariates as z-scores of ln or 0/1; `settlement_km2` (all unknown as 5 % of the area).
    """
    frame = con.execute(
        "SELECT unit_id, town_type, population, state_id, travel_area, area_km2 FROM unit "
        "WHERE town_type <> 'gemeindefrei' AND population > 0 ORDER BY unit_id"
    ).df()
    frame = frame.set_index("unit_id")
    values = con.execute(
        "SELECT indicator_id, region_id, value FROM best_observation WHERE level = 'unit' AND value IS NOT NULL "
        "AND indicator_id IN (SELECT unnest(?)) AND provenance <> 'synthetisch' "
        "QUALIFY row_number() OVER (PARTITION BY indicator_id, region_id ORDER BY period DESC) = 1",
        [[*_COVARIATES, "settlement_traffic_area_km2"]],
    ).df()
    wide = values.pivot(index="region_id", columns="indicator_id", values="value").reindex(frame.index)
    # Distances are 0 for the towns themselves; one kilometre keeps the logarithm finite.
    logs = np.log1p(wide[list(_COVARIATES)])
    logs["population"] = np.log(frame["population"])
    scores = ((logs - logs.mean()) / logs.std()).fillna(0.0)
    settlement = wide["settlement_traffic_area_km2"].fillna(0.05 * frame["area_km2"])
    facts = parameters()
    return pd.DataFrame(
        {
            "group": frame["town_type"].map(facts["groups"]),
            "inhabitants": frame["population"],
            **scores,
            "manufacturing_state": frame["state_id"].isin(facts["covariates"]["manufacturing_states"]).astype(float),
            "touristic_area": frame["travel_area"].isin(facts["covariates"]["touristic_areas"]).astype(float),
            "settlement_km2": settlement,
        }
    )


def members(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Inhabited municipalities by unit: unit_id, ags, name, postcode, population, lon, lat, in order of the keys."""
    return con.execute(
        "SELECT m.unit_id, m.ags, m.name, m.postcode, m.population, m.lon, m.lat FROM municipality m "
        "JOIN unit u USING (unit_id) WHERE u.town_type <> 'gemeindefrei' AND m.population > 0 "
        "ORDER BY m.unit_id, m.ags"
    ).df()


def draw_types(frame: pd.DataFrame, rng: np.random.Generator, fixed: dict[str, int]) -> np.ndarray:
    """Economic type (1–4) of every unit: multinomial logit on the covariates; `fixed` by unit_id."""
    scores = np.empty((len(frame), len(TYPES)))
    for column, kind in enumerate(TYPES):
        weights = dict(parameters()["type_scores"][str(kind)])
        scores[:, column] = weights.pop("intercept")
        for name, weight in weights.items():
            scores[:, column] += weight * frame[name].to_numpy()
    # The largest of scores with Gumbel noise is a draw from the logit model.
    drawn = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1) + 1
    for unit_id, kind in fixed.items():
        if unit_id in frame.index:
            drawn[frame.index.get_loc(unit_id)] = kind
    return drawn
