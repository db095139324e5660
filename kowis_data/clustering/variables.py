"""Variables of economic structure: what each town is described by before towns are grouped.

Parts of one block add up to 1 and are treated as a composition (Aitchison 1986). Metal and electrical industry is WZ
24–30. The groups of the page on economic structure overlap; these hold every division exactly once, as a composition
must. The choice is the atlas's own: the study does not publish its variables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kowis_data.clustering.wording import ClusteringError


def _divisions(*ranges: tuple[int, int]) -> tuple[str, ...]:
    return tuple(f"{number:02}" for first, last in ranges for number in range(first, last + 1))


# Id -> (German title, WZ 2008 divisions). Together they hold every division once.
BRANCHES: dict[str, tuple[str, tuple[str, ...]]] = {
    "primary_supply": (
        "Land- und Forstwirtschaft, Bergbau, Ver- und Entsorgung",
        _divisions((1, 9), (35, 39)),
    ),
    "metal_electrical": ("Metall- und Elektroindustrie", _divisions((24, 30))),
    "other_manufacturing": ("übriges verarbeitendes Gewerbe", _divisions((10, 23), (31, 33))),
    "construction": ("Baugewerbe", _divisions((41, 43))),
    "trade_transport": ("Handel, Verkehr und Lagerei", _divisions((45, 53))),
    "tourism": ("Gastgewerbe und Reiseveranstalter", _divisions((55, 56), (79, 79))),
    "business_services": ("Information, Finanzen und freiberufliche Dienste", _divisions((58, 66), (69, 75))),
    "public_services": (
        "Verwaltung, Bildung, Gesundheit und Soziales",
        _divisions((84, 88)),
    ),
    "other_services": ("übrige Dienstleistungen", _divisions((68, 68), (77, 78), (80, 82), (90, 99))),
}
SIZES: dict[str, tuple[str, tuple[str, ...]]] = {
    "size_0_9": ("0 bis 9 Beschäftigte", ("0-9",)),
    "size_10_49": ("10 bis 49 Beschäftigte", ("10-19", "20-49")),
    "size_50_249": ("50 bis 249 Beschäftigte", ("50-99", "100-249")),
    "size_250": ("250 und mehr Beschäftigte", ("250-499", "500-999", "1000+")),
}
SIZE_CLASSES = tuple(name for _, names in SIZES.values() for name in names)
_LARGER = SIZES["size_50_249"][1] + SIZES["size_250"][1]


@dataclass(frozen=True)
class Variable:
    """One variable.

    `kind`: `part` (share of a composition, named by `block`), `share` (0–1, on its own) or `ratio` (> 0). Shares are
    kept as 0–1 and shown in per cent. `short` names the variable in a sentence that says before or after it what is
    measured (`measured`, may be empty).
    """

    variable_id: str
    title: str
    unit_label: str
    kind: str
    definition: str
    block: str | None = None
    short: str = ""
    measured: str = ""

    @property
    def factor(self) -> int:
        """What a value is multiplied with to be shown in `unit_label`."""
        return 1 if self.kind == "ratio" else 100


def _parts(block: str, groups: dict, measured: str) -> list[Variable]:
    return [
        Variable(
            f"{block}_{group}",
            f"{measured}: {title}",
            "%",
            "part",
            f"{measured}, {title} (" + ("WZ 2008 " if block != "size" else "") + ", ".join(members) + ")",
            block,
            title if block != "size" else f"Unternehmen mit {title}n",
            measured if block != "size" else "Anteil",
        )
        for group, (title, members) in groups.items()
    ]


_SIZE_PARTS = {name.removeprefix("size_"): facts for name, facts in SIZES.items()}
_ALL = [
    *_parts("jobs", BRANCHES, "Anteil der Beschäftigten"),
    *_parts("companies", BRANCHES, "Anteil der Unternehmen"),
    *_parts("size", _SIZE_PARTS, "Anteil der Unternehmen"),
    Variable(
        "larger_companies_jobs", "Anteil der Beschäftigten in größeren Unternehmen", "%", "share",
        "Beschäftigte in Unternehmen mit mindestens 50 Beschäftigten an allen Beschäftigten",
    ),
    Variable(
        "largest_employer", "Gewicht des größten Arbeitgebers", "%", "share",
        "Beschäftigte des größten Unternehmens an allen Beschäftigten",
    ),
    Variable(
        "specialisation", "Konzentration auf wenige Branchen", "%", "share",
        "Herfindahl-Index: Summe der quadrierten Anteile der WZ-Abteilungen an den Beschäftigten",
    ),
    Variable(
        "companies_per_1000", "Unternehmen je 1.000 Personen", "je 1.000", "ratio",
        "Unternehmen je 1.000 Personen der Bevölkerung",
    ),
    Variable(
        "jobs_per_100", "Beschäftigte je 100 Personen", "je 100", "ratio",
        "Beschäftigte der ansässigen Unternehmen je 100 Personen der Bevölkerung",
    ),
]  # fmt: skip
VARIABLES: dict[str, Variable] = {variable.variable_id: variable for variable in _ALL}
# Branches once by jobs and once by companies; size by two variables only: those by size class, and jobs per head,
# repeat them (|r| > 0.7), and what is counted five times decides every division.
DEFAULT_VARIABLES: tuple[str, ...] = (
    *(name for name, variable in VARIABLES.items() if variable.block in ("jobs", "companies")),
    "larger_companies_jobs",
    "largest_employer",
)
CELL_COLUMNS = ("unit_id", "wz_division", "size_class", "companies", "employees", "largest_employees")


def structure_variables(cells: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """Every variable for every town: index unit_id (sorted), one column per entry of `VARIABLES`.

    Parameters
    ----------
    cells : one row per unit × WZ division × size class, columns `CELL_COLUMNS`; further columns do not matter.
    population : persons by unit_id; decides which towns appear. A town without companies or jobs gets NaN.

    Raises ClusteringError for missing columns or unknown size classes or divisions.
    """
    missing = [name for name in CELL_COLUMNS if name not in cells]
    if missing:
        raise ClusteringError("In der Wirtschaftsstruktur fehlen die Spalten " + ", ".join(missing) + ".")
    branch_of = {division: position for position, (_, members) in enumerate(BRANCHES.values()) for division in members}
    size_of = {name: position for position, (_, names) in enumerate(SIZES.values()) for name in names}
    towns = pd.Index(sorted(population.index), name="unit_id")
    row = towns.get_indexer(cells["unit_id"])
    cells, row = cells[row >= 0], row[row >= 0]
    division = _coded(cells["wz_division"], {name: int(name) for name in branch_of})
    branch = _coded(cells["wz_division"], branch_of)
    size = _coded(cells["size_class"], size_of)
    is_larger = _coded(cells["size_class"], {name: int(name in _LARGER) for name in size_of})
    companies, jobs = (cells[name].fillna(0).to_numpy(float) for name in ("companies", "employees"))

    def table(column: np.ndarray, width: int, weights: np.ndarray) -> np.ndarray:
        return np.bincount(row * width + column, weights, len(towns) * width).reshape(len(towns), width)

    jobs_by_branch = table(branch, len(BRANCHES), jobs)
    companies_by_size = table(size, len(SIZES), companies)
    jobs_by_division = table(division, 100, jobs)
    larger = np.bincount(row, jobs * is_larger, len(towns))
    largest = np.zeros(len(towns))
    np.maximum.at(largest, row, cells["largest_employees"].fillna(0).to_numpy(float))
    people = population.reindex(towns).to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        all_jobs, all_companies = jobs_by_branch.sum(axis=1), companies_by_size.sum(axis=1)
        columns = np.column_stack(
            [
                jobs_by_branch / all_jobs[:, None],
                table(branch, len(BRANCHES), companies) / all_companies[:, None],
                companies_by_size / all_companies[:, None],
                larger / all_jobs,
                # Estimates of single companies can exceed the sum of their town by rounding.
                np.minimum(largest / all_jobs, 1),
                ((jobs_by_division / all_jobs[:, None]) ** 2).sum(axis=1),
                1000 * all_companies / people,
                100 * all_jobs / people,
            ]
        )
    frame = pd.DataFrame(columns, towns, list(VARIABLES))
    return frame.where(np.isfinite(frame) & (all_jobs > 0)[:, None] & (all_companies > 0)[:, None])


def _coded(values: pd.Series, code_of: dict[str, int]) -> np.ndarray:
    """Code of every value; each distinct one is looked up once. Raises ClusteringError for values without a code."""
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    unknown = sorted(str(value) for value in distinct if value not in code_of)
    if unknown:
        raise ClusteringError(f"Unbekannte Werte in {values.name}: " + ", ".join(unknown[:5]) + ".")
    return np.array([code_of[value] for value in distinct], dtype=int)[codes]
