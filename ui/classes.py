"""Class limits for a map: quantiles, natural breaks, equal widths or own limits; zero is kept as a limit for
signed indicators.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import jenkspy
import numpy as np

from ui import colours

METHODS = {
    "quantile": "Gleich viele Städte je Klasse",
    "natural": "Natürliche Sprünge",
    "equal": "Gleich breite Klassen",
    "own": "Eigene Grenzen",
}


@dataclass(frozen=True)
class Classes:
    """Class limits and colours: `limits` has one more entry than `colours`; class i holds limits[i] ≤ v < limits[i+1],
    the last one its upper limit too.
    """

    limits: tuple[float, ...]
    colours: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.colours)

    def of(self, values: np.ndarray) -> np.ndarray:
        """Class number of each value, from 0; −1 for missing values."""
        values = np.asarray(values, float)
        number = np.clip(np.searchsorted(self.limits, values, side="right") - 1, 0, len(self) - 1)
        return np.where(np.isnan(values), -1, number)


def classify(
    values: np.ndarray, method: str, number: int, *, signed: bool = False, own: tuple[float, ...] = ()
) -> Classes:
    """Classes of the values that are not NaN; fewer than asked for where the values do not allow as many.

    Raises ValueError when no value is left.
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if not len(values):
        raise ValueError("no values")
    if method == "own" and own:
        inner = [limit for limit in sorted(set(own)) if values.min() < limit <= values.max()]
    elif signed and values.min() < 0 < values.max():
        below = max(1, round(number * np.mean(values < 0)))
        below = min(below, number - 1)
        inner = [
            *_inner_limits(values[values < 0], method, below),
            0.0,
            *_inner_limits(values[values >= 0], method, number - below),
        ]
    else:
        inner = _inner_limits(values, method, number)
    limits = (float(values.min()), *[float(limit) for limit in inner], float(values.max()))
    if signed and 0.0 in inner:
        negative = sum(1 for limit in limits[1:] if limit <= 0)
        shades = colours.diverging(negative, len(limits) - 1 - negative)
    elif signed and limits[-1] <= 0:
        shades = colours.diverging(len(limits) - 1, 0)
    else:
        shades = colours.sequential(len(limits) - 1)
    return Classes(limits, tuple(shades))


def _inner_limits(values: np.ndarray, method: str, number: int) -> list[float]:
    """Limits between `number` classes, above the lowest value, rising, without repeats.

    The highest value may be a class of its own.
    """
    distinct = np.unique(values)
    number = min(number, len(distinct))
    if number < 2:
        return []
    if method == "natural":
        inner = jenkspy.jenks_breaks(values, n_classes=number)[1:-1]
        # jenkspy gives the highest value of a class, we want the lowest of the next one.
        inner = [distinct[np.searchsorted(distinct, limit, side="right")] for limit in inner]
    elif method == "equal":
        inner = np.linspace(values.min(), values.max(), number + 1)[1:-1]
    else:
        inner = np.quantile(values, np.linspace(0, 1, number + 1)[1:-1])
    return sorted({float(limit) for limit in inner if values.min() < limit <= values.max()})


def parse_limits(text: str) -> tuple[float, ...]:
    """Own limits typed by a user: numbers separated by `;` or blanks, German decimal comma.

    Raises ValueError naming the first part that is no number.
    """
    limits = []
    for part in text.replace(";", " ").split():
        try:
            limit = float(part.replace(".", "").replace(",", ".").replace("\u2212", "-"))
        except ValueError:
            raise ValueError(part) from None
        if not math.isfinite(limit):
            raise ValueError(part)
        limits.append(limit)
    return tuple(sorted(set(limits)))
