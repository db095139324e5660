"""What a cluster model can be told, and the error that explains why it cannot be made."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from kowis_data.clustering.variables import DEFAULT_VARIABLES, VARIABLES
from kowis_data.clustering.wording import ClusteringError

LOG_RATIOS = ("clr", "ilr", "none")
SCALINGS = ("standard", "robust")
FEWEST_TOWNS_PER_CLUSTER = 5


@dataclass(frozen=True)
class Settings:
    """All choices of a cluster model; the same settings and data give the same model to the byte.

    Attributes
    ----------
    clusters : number of clusters k.
    variables : ids of `kowis_data.clustering.variables.VARIABLES`; parts of one block form a composition.
    log_ratio : `clr` (centred), `ilr` (isometric, pivot coordinates) or `none` (plain shares).
    floor : smallest share (0–1) that counts before logarithms are taken; a tenth of it for shares of companies by size,
        because companies with 250 employees and more are below 1 % nearly everywhere.
    winsorise : quantiles (0–1) to which each column is limited; (0, 1) leaves it as it is.
    scaling : `standard` (mean, standard deviation) or `robust` (median, interquartile range / 1.349). With plain
        shares the robust scale of a rare branch is tiny, so that it decides alone: use it with log-ratios.
    seed : start of every random number.
    starts : random starts of k-means beside the one from Ward's centroids.
    numbers : smallest and largest k that are compared; None compares nothing.
    gap_references : reference data sets of the gap statistic; 0 leaves it out.
    bootstrap_rounds : rounds of the stability check; 0 leaves it out.
    """

    clusters: int = 4
    variables: tuple[str, ...] = DEFAULT_VARIABLES
    log_ratio: str = "clr"
    floor: float = 0.01
    winsorise: tuple[float, float] = (0.01, 0.99)
    scaling: str = "standard"
    seed: int = 2024
    starts: int = 10
    numbers: tuple[int, int] | None = (2, 10)
    gap_references: int = 20
    bootstrap_rounds: int = 100

    def __post_init__(self) -> None:
        """Raises ClusteringError, in German, for a choice that makes no model."""
        if not 2 <= self.clusters <= 10:
            raise ClusteringError(f"Die Zahl der Cluster muss zwischen 2 und 10 liegen, nicht {self.clusters}.")
        if self.log_ratio not in LOG_RATIOS or self.scaling not in SCALINGS:
            raise ClusteringError("Unbekannte Art der Umrechnung oder Standardisierung.")
        unknown = [name for name in self.variables if name not in VARIABLES]
        if unknown:
            raise ClusteringError("Diese Merkmale kennt der Atlas nicht: " + ", ".join(unknown) + ".")
        if len(set(self.variables)) < len(self.variables):
            raise ClusteringError("Ein Merkmal ist doppelt gewählt.")
        if len(self.variables) < 2:
            raise ClusteringError("Bitte mindestens zwei Merkmale wählen.")
        low, high = self.winsorise
        if not 0 <= low < 0.5 < high <= 1:
            raise ClusteringError("Die Quantile für Ausreißer müssen links und rechts der Mitte liegen.")
        if not 0 < self.floor <= 0.05:
            raise ClusteringError("Der kleinste Anteil muss über 0 und höchstens bei 5 % liegen.")
        if min(self.starts, self.gap_references, self.bootstrap_rounds, self.seed) < 0:
            raise ClusteringError("Startwert, Starts und Runden dürfen nicht negativ sein.")
        if self.numbers is not None and not 2 <= self.numbers[0] < self.numbers[1] <= 10:
            raise ClusteringError("Verglichen werden Clusterzahlen zwischen 2 und 10.")

    def as_dict(self) -> dict:
        """Plain values for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, content: dict) -> Settings:
        """The settings that `as_dict` wrote; fields of a later version are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in content.items()
                if name in known
            }
        )
