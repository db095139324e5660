"""What sets a cluster apart, in German: „überdurchschnittlich: …, unterdurchschnittlich: …“.

Measured on the variables as people read them (shares, not log-ratios), limited at the settings' quantiles and
standardised over all towns: a mean of at least 0.5 standard deviations above or below all towns counts, from 1 on it
is „deutlich“, if more than half of the cluster's towns also lie on that side of the median of all. Beside it stand the
medians and the number of these towns.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from kowis_data.clustering.variables import VARIABLES
from kowis_data.clustering.wording import number

NOTABLE, MARKED = 0.5, 1.0
# The median of fewer towns would give away the value of a single one.
FEWEST_TOWNS = 3


@dataclass(frozen=True)
class Feature:
    """One variable on which a cluster differs: effect in standard deviations, medians in the variable's unit.

    `beyond`: towns of the cluster beyond the median of all, in the direction of the effect; of `towns`.
    """

    variable: str
    effect: float
    median: float
    median_all: float
    beyond: int
    towns: int

    def words(self) -> str:
        """„Baugewerbe (Anteil der Beschäftigten 12,4 % statt 7,0 %; 80 von 95 Städten)“."""
        facts = VARIABLES[self.variable]
        unit = " %" if facts.unit_label == "%" else ""
        values = (
            f"{number(self.median)}{unit} statt {number(self.median_all)}{unit}; {self.beyond} von {self.towns} Städten"
        )
        return f"{facts.short or facts.title} ({facts.measured} {values})".replace("( ", "(")

    def as_dict(self) -> dict:
        """Plain values for JSON."""
        return asdict(self)


def features(raw: pd.DataFrame, labels: np.ndarray, winsorise: tuple[float, float]) -> list[list[Feature]]:
    """Notable variables of every label 0 … k − 1, strongest effect first; none for clusters of one or two towns.

    `raw`: towns × variables of `VARIABLES` (shares 0–1); `labels` in the same order.
    """
    low, high = raw.quantile(winsorise[0]), raw.quantile(winsorise[1])
    limited = raw.clip(low, high, axis=1)
    spread = limited.std(ddof=0)
    effects = ((limited - limited.mean()) / spread.where(spread > 0)).groupby(labels).mean()
    median_all = raw.median()
    found = []
    for label in range(labels.max() + 1):
        inside = raw[labels == label]
        rows = []
        for name in raw if len(inside) >= FEWEST_TOWNS else ():
            effect = float(effects.at[label, name])
            if not abs(effect) >= NOTABLE:
                continue
            beyond = inside[name] > median_all[name] if effect > 0 else inside[name] < median_all[name]
            if not beyond.mean() > 0.5:
                continue
            factor = VARIABLES[name].factor
            rows.append(
                Feature(
                    name,
                    effect,
                    float(inside[name].median() * factor),
                    float(median_all[name] * factor),
                    int(beyond.sum()),
                    len(inside),
                )
            )
        found.append(sorted(rows, key=lambda feature: (-abs(feature.effect), feature.variable)))
    return found


def sentence(found: list[Feature], most: int = 4) -> str:
    """The strongest `most` features in each direction as one German text."""
    parts = []
    for word, sign in (("überdurchschnittlich", 1), ("unterdurchschnittlich", -1)):
        chosen = [feature for feature in found if feature.effect * sign > 0][:most]
        for degree, of_degree in (
            ("deutlich ", [f for f in chosen if abs(f.effect) >= MARKED]),
            ("", [f for f in chosen if abs(f.effect) < MARKED]),
        ):
            if of_degree:
                parts.append(f"{degree}{word}: " + ", ".join(feature.words() for feature in of_degree))
    if not parts:
        return "in keinem Merkmal deutlich anders als alle Städte zusammen"
    return "; ".join(parts)
