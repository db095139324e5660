"""Date and basis of the population figures in a register, found by the published national totals."""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# All municipalities of Germany since 2008 are more than 10,900; a file with fewer is an extract without a
# total.
COMPLETE_MUNICIPALITIES = 10_900
# Gaps like Fehrbellin (9,094) and late corrections stay below this; two years or two bases differ by more,
# except 2019 and 2020 (11,680 people), where the nearer one is taken.
TOLERANCE = 12_000
_OLDEST_POPULATION = datetime.timedelta(days=3 * 366)
_CENSUS_2011_RESULTS = datetime.date(2011, 12, 31)


@dataclass(frozen=True)
class NationalTotal:
    """A published population of Germany: date, basis (`zensus2011` …), number of people."""

    date: datetime.date
    basis: str
    population: int


@cache
def national_totals() -> tuple[NationalTotal, ...]:
    """The published totals in `population_totals.toml`."""
    text = Path(__file__).with_name("population_totals.toml").read_text(encoding="utf-8")
    return tuple(NationalTotal(**entry) for entry in tomllib.loads(text)["totals"])


def match_total(
    population: int, *, date: datetime.date | None = None, territorial: datetime.date | None = None
) -> NationalTotal | None:
    """The published total a register adds up to, None where there is none within `TOLERANCE`.

    `date` is the date of the figures where the register tells it; else `territorial`, the date of its
    territory, bounds the search: its figures are not younger and at most three years older.
    """
    candidates = [
        total
        for total in national_totals()
        if (date is None or total.date == date)
        and (territorial is None or territorial - _OLDEST_POPULATION <= total.date <= territorial)
    ]
    nearest = min(candidates, key=lambda total: abs(total.population - population), default=None)
    return nearest if nearest and abs(nearest.population - population) <= TOLERANCE else None


def basis_by_date(date: datetime.date) -> str | None:
    """The basis of figures of this date where there is only one; None for dates published on two bases."""
    bases = {total.basis for total in national_totals() if total.date == date}
    if len(bases) > 1:
        return None
    if date < _CENSUS_2011_RESULTS:
        return "volkszaehlung1987"
    return "zensus2011" if date < datetime.date(2022, 12, 31) else "zensus2022"
