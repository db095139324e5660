"""Company registers drawn from planted profiles, and their structure: what the model should find again."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Weights of some WZ divisions by profile; every other division gets the weight below.
PROFILES = (
    {"10": 6, "16": 6, "22": 6, "25": 6, "28": 3, "31": 6, "46": 10, "49": 8, "43": 14, "47": 10},
    {"62": 8, "69": 10, "70": 9, "71": 9, "86": 14, "85": 8, "84": 6, "64": 6, "47": 12, "96": 8},
    {"55": 16, "56": 20, "79": 7, "47": 14, "93": 6, "68": 5, "43": 8, "86": 6, "01": 5},
    {"24": 7, "25": 9, "26": 6, "27": 8, "28": 12, "29": 8, "43": 10, "47": 10, "46": 6, "86": 6},
)
REST = 0.25
# Logarithm of the employees: mean and spread by profile, and of manufacturers on top.
SIZE = ((1.2, 1.2), (1.1, 1.1), (0.8, 0.9), (1.3, 1.4))
MANUFACTURER = (0.9, 0.5, 0.3, 1.6)
DIVISIONS = [f"{n:02}" for n in range(1, 100) if n not in (4, 34, 40, 44, 48, 54, 57, 67, 76, 83, 89)]
EDGES = (0, 10, 20, 50, 100, 250, 500, 1000)
CLASSES = np.array(["0-9", "10-19", "20-49", "50-99", "100-249", "250-499", "500-999", "1000+"])


def planted(seed: int, towns: int = 240, likeness: float = 60.0) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Cells of the structure, population and planted profile (0–3) by unit_id.

    `likeness`: how closely a town follows its profile (concentration of a Dirichlet distribution).
    """
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(PROFILES), towns)
    population = random.integers(5_000, 20_000, towns)
    weights = np.array([[profile.get(division, REST) for division in DIVISIONS] for profile in PROFILES])
    weights /= weights.sum(axis=1, keepdims=True)
    is_manufacturer = np.array(["10" <= division <= "33" for division in DIVISIONS])
    parts = []
    for town in range(towns):
        profile = labels[town]
        shares = random.dirichlet(likeness * weights[profile] + 1e-3)
        companies = random.poisson(population[town] * 0.035)
        division = random.choice(len(DIVISIONS), companies, p=shares)
        mean, spread = SIZE[profile]
        logs = random.normal(mean + MANUFACTURER[profile] * is_manufacturer[division], spread)
        parts.append(pd.DataFrame({"town": town, "division": division, "employees": np.ceil(np.exp(logs))}))
    companies = pd.concat(parts)
    companies["employees"] = companies["employees"].clip(1, 3000)
    units = np.array([f"{number:09}" for number in range(towns)])
    companies["unit_id"] = units[companies["town"]]
    companies["wz_division"] = np.array(DIVISIONS)[companies["division"]]
    companies["size_class"] = CLASSES[np.searchsorted(EDGES, companies["employees"], side="right") - 1]
    return structure(companies), pd.Series(population, units), pd.Series(labels, units)


def structure(companies: pd.DataFrame) -> pd.DataFrame:
    """Companies (unit_id, wz_division, size_class, employees) summed up to cells."""
    grouped = companies.groupby(["unit_id", "wz_division", "size_class"])["employees"]
    cells = grouped.agg(["size", "sum", "max"]).reset_index()
    return cells.set_axis(
        ["unit_id", "wz_division", "size_class", "companies", "employees", "largest_employees"], axis=1
    )


def shuffled(variables: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Every variable dealt out anew among the towns: the same values, but nothing belongs together any more."""
    random = np.random.default_rng(seed)
    return pd.DataFrame({name: random.permutation(variables[name]) for name in variables}, variables.index)
