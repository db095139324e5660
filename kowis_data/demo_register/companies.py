"""The companies of the demo register: how many where, in which division, of which size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kowis_data.demo_register.places import parameters

# The smallest employer has one employee; one company rarely holds more than this many jobs per inhabitant.
_MOST_JOBS_PER_INHABITANT = 0.2
_NOISE_COMPANIES, _NOISE_STRUCTURE, _NOISE_SIZE = 0.12, 0.18, 0.08


@dataclass(frozen=True)
class Companies:
    """One entry per company: position of the unit, position of the division in `divisions`, employees."""

    unit: np.ndarray
    division: np.ndarray
    employees: np.ndarray
    divisions: tuple[str, ...]
    sections: tuple[str, ...]  # section of each division


def divisions() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The divisions of WZ 2008 that the register uses, and the section of each."""
    pairs = [(division, section) for section, inside in parameters()["divisions"].items() for division in inside]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


def largest_remainder(weights: np.ndarray, total: int) -> np.ndarray:
    """`total` shared out in proportion to `weights`: whole numbers that add up to it (Hare/Niemeyer)."""
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[:missing]] += 1
    return whole


def quotas() -> dict[str, tuple[int, int]]:
    """(companies, employees) of each group of towns after the published shares."""
    facts = parameters()["marginals"]
    found = {}
    for group, share in facts["company_shares"].items():
        part = share / sum(facts["company_shares"].values())
        staff = facts["employee_shares"][group] / sum(facts["employee_shares"].values())
        found[group] = (round(part * facts["companies_in_towns"]), round(staff * facts["employees_in_towns"]))
    found["land"] = (facts["companies_in_landgemeinden"], facts["employees_in_landgemeinden"])
    return found


def draw(frame: pd.DataFrame, types: np.ndarray, rng: np.random.Generator, special: dict[str, dict]) -> Companies:
    """Draw every company of the register.

    Parameters
    ----------
    frame : `places.units`.
    types : economic type of each unit, 1–4.
    rng : source of chance; the same state gives the same register.
    special : facts of the case studies by unit_id (`companies`, `most_employees`, `sections`).
    """
    codes, sections = divisions()
    counts = _company_counts(frame, types, rng)
    shares = _division_shares(frame, types, rng, codes, sections, special)
    cells = rng.multinomial(counts, shares)
    unit = np.repeat(np.repeat(np.arange(len(frame)), len(codes)), cells.ravel())
    division = np.repeat(np.tile(np.arange(len(codes)), len(frame)), cells.ravel())
    fixed_unit, fixed_division, fixed_size = _anchors(frame, types, rng, codes, special)
    employees = _sizes(frame, types, rng, unit, division, sections, special, (fixed_unit, fixed_size))
    unit, division = np.concatenate([unit, fixed_unit]), np.concatenate([division, fixed_division])
    order = np.argsort(unit, kind="stable")
    sizes = np.concatenate([employees, fixed_size])
    return Companies(unit[order], division[order], sizes[order], codes, sections)


def _company_counts(frame: pd.DataFrame, types: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    facts = parameters()["types"]
    factor = np.array([facts[str(kind)]["companies"] for kind in types])
    weights = frame["inhabitants"].to_numpy() ** 0.97 * factor * np.exp(_NOISE_COMPANIES * rng.normal(size=len(frame)))
    counts = np.zeros(len(frame), dtype=np.int64)
    for group, (companies, _) in quotas().items():
        inside = (frame["group"] == group).to_numpy()
        if inside.any():
            counts[inside] = largest_remainder(weights[inside], companies)
    return counts


def _division_shares(frame, types, rng, codes, sections, special) -> np.ndarray:
    """Share of each division among a unit's companies, units × divisions."""
    facts = parameters()
    base = np.array(
        [
            facts["sections"][s]["share"] * facts["divisions"][s][c] / sum(facts["divisions"][s].values())
            for c, s in zip(codes, sections, strict=True)
        ]
    )
    groups = list(facts["strength"])
    by_group = np.array([[facts["sections"][s][group] for s in sections] for group in groups])
    by_type = np.ones((4, len(codes)))
    for row in range(4):
        tilt = facts["types"][str(row + 1)]
        by_type[row] = [
            tilt["sections"].get(s, 1.0) * tilt.get("divisions", {}).get(c, 1.0)
            for c, s in zip(codes, sections, strict=True)
        ]
    group = frame["group"].map({name: i for i, name in enumerate(groups)}).to_numpy()
    strength = np.array([facts["strength"][name] for name in groups])[group][:, None]
    noise = np.exp(_NOISE_STRUCTURE * rng.normal(size=(len(frame), len(codes))))
    shares = base * by_group[group] * by_type[types - 1] ** strength * noise
    for unit_id, known in special.items():
        row = frame.index.get_loc(unit_id)
        shares[row] *= [known.get("sections", {}).get(s, 1.0) for s in sections]
    return shares / shares.sum(axis=1, keepdims=True)


def _anchors(frame, types, rng, codes, special) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Companies that stand beside the draw: those of the case studies, and the traditional ones of type 4."""
    facts = parameters()["types"]["4"]
    rows: list[tuple[int, int, int]] = []
    position = {code: i for i, code in enumerate(codes)}
    metal = [code for code in ("24", "25", "26", "27", "28", "29", "30")]
    weights = np.array([parameters()["divisions"]["C"][code] for code in metal], dtype=float)
    least, most = facts["anchors"]["least"], facts["anchors"]["most"]
    for row in np.flatnonzero((types == 4) & (frame["group"] == "small").to_numpy()):
        number = int(rng.integers(least, most + 1))
        chosen = rng.choice(len(metal), size=number, p=weights / weights.sum())
        jobs = frame["inhabitants"].iloc[row] * facts["anchors"]["jobs_per_inhabitant"]
        sizes = jobs * np.exp(facts["anchors"]["spread"] * rng.normal(size=number)) / (1 + np.arange(number))
        if frame.index[row] not in special:
            rows += [(row, position[metal[c]], max(60, round(size))) for c, size in zip(chosen, sizes, strict=True)]
    for unit_id, known in special.items():
        row = frame.index.get_loc(unit_id)
        rows += [(row, position[code], size) for code, size in known["companies"]]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _sizes(frame, types, rng, unit, division, sections, special, fixed) -> np.ndarray:
    """Employees of each drawn company: lognormal, rounded up, capped, shifted so that each group has its total."""
    facts = parameters()
    names = list(facts["sections"])
    section = np.array([names.index(s) for s in sections])[division]
    mean = np.array([facts["sections"][s]["size"] for s in names])
    spread = np.array([facts["sections"][s]["spread"] for s in names])
    by_type = np.array([[facts["types"][str(k)].get("size", {}).get(s, 0.0) for s in names] for k in range(1, 5)])
    strength = frame["group"].map(facts["strength"]).to_numpy()
    noise = _NOISE_SIZE * rng.normal(size=len(frame))
    centre = mean[section] + by_type[types[unit] - 1, section] * strength[unit] + noise[unit]
    ln_size = centre + spread[section] * rng.standard_normal(len(unit))
    most = np.maximum(30.0, _MOST_JOBS_PER_INHABITANT * frame["inhabitants"].to_numpy()).clip(max=20_000)
    for unit_id, known in special.items():
        row = frame.index.get_loc(unit_id)
        most[row] = known.get("most_employees", min(most[row], 0.8 * max(size for _, size in known["companies"])))
    ceiling = most[unit]
    employees = np.zeros(len(unit), dtype=np.int64)
    group = frame["group"].to_numpy()
    for name, (_, total) in quotas().items():
        inside = (group == name)[unit]
        if inside.any():
            wanted = total - int(fixed[1][(group == name)[fixed[0]]].sum())
            employees[inside] = _fit_total(ln_size[inside], ceiling[inside], wanted)
    return employees


def _fit_total(ln_size: np.ndarray, ceiling: np.ndarray, total: int) -> np.ndarray:
    """Sizes exp(ln_size + shift), rounded up and capped, with the shift that brings their sum closest to `total`."""
    low, high = -8.0, 8.0
    for _ in range(40):
        middle = (low + high) / 2
        if np.minimum(np.ceil(np.exp(ln_size + middle)), ceiling).sum() < total:
            low = middle
        else:
            high = middle
    return np.minimum(np.ceil(np.exp(ln_size + high)), np.floor(ceiling)).astype(np.int64)
