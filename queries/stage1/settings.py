"""All choices of stage 1 in one object that can be saved, compared and explained."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace

from queries.stage1.criterion import Criterion
from queries.town_filter import TownFilter

LOGICS = {
    "all": "bei allen Kriterien",
    "at_least": "bei mindestens einer Zahl von Kriterien",
    "weighted": "mit mindestens einer gewichteten Summe",
}
GROUPS = {"cluster": "Cluster", "state": "Land", "town_type": "Stadttyp"}
OUTLIER_DECISIONS = {
    "confirmed": "Wert bestätigt",
    "excluded": "Wert gilt als fehlend",
    "winsorised": "auf das 1. oder 99. Perzentil gesetzt",
}


@dataclass(frozen=True)
class OutlierDecision:
    """What the team decided about one suspicious value, and why."""

    unit_id: str
    key: str
    decision: str
    reason: str


@dataclass(frozen=True)
class Stage1Settings:
    """Choices of stage 1.

    Attributes
    ----------
    towns : the towns to choose from.
    criteria : at least one; an indicator stands there once.
    logic : `all`, `at_least` (k criteria) or `weighted` (sum of weights at least k).
    at_least : k.
    group : `cluster`, `state`, `town_type` or None: the target holds within each group.
    per_group : keep that many towns per group (or in all, without a group), those with the most contrast first;
        None keeps all that pass the rule.
    required_share : share of the criteria on which a town needs a value.
    correlated_once : criteria correlated above 0.7 count as one together.
    county_reason : why county values are let in nevertheless; empty = they are barred.
    excluded : towns left out by hand with a reason: ((unit_id, reason), …).
    surroundings_km : leave out towns up to this distance from a large city; None = off. With `surroundings_reason`.
    outliers : decisions on suspicious values.
    cluster_model : id of the cluster model that `cluster` means.
    """

    towns: TownFilter = field(default_factory=TownFilter)
    criteria: tuple[Criterion, ...] = ()
    logic: str = "at_least"
    at_least: float = 1
    group: str | None = None
    per_group: int | None = None
    required_share: float = 0.8
    correlated_once: bool = True
    county_reason: str = ""
    excluded: tuple[tuple[str, str], ...] = ()
    surroundings_km: float | None = None
    surroundings_reason: str = ""
    outliers: tuple[OutlierDecision, ...] = ()
    cluster_model: str = "standard"

    @property
    def needs_clusters(self) -> bool:
        return (
            self.group == "cluster"
            or any(attribute == "cluster" for attribute, _ in self.towns.attributes)
            or any(
                c.relative_to == "cluster" or (c.kind == "category" and c.indicator_id == "cluster")
                for c in self.criteria
            )
        )

    @property
    def without_reason(self) -> tuple[str, ...]:
        """Keys of criteria that still lack the written reason."""
        return tuple(c.key for c in self.criteria if not c.reason.strip())

    def with_criterion(self, criterion: Criterion) -> Stage1Settings:
        """The same with a criterion added or, where its indicator stands there already, replaced."""
        if any(c.key == criterion.key for c in self.criteria):
            kept = tuple(criterion if c.key == criterion.key else c for c in self.criteria)
            return replace(self, criteria=kept)
        return replace(self, criteria=(*self.criteria, criterion))

    def without_criterion(self, key: str) -> Stage1Settings:
        return replace(self, criteria=tuple(c for c in self.criteria if c.key != key))

    def as_dict(self) -> dict:
        """For a project file."""
        return {
            **{known.name: getattr(self, known.name) for known in fields(self)},
            "towns": asdict(self.towns),
            "criteria": [criterion.as_dict() for criterion in self.criteria],
            "excluded": [list(pair) for pair in self.excluded],
            "outliers": [asdict(decision) for decision in self.outliers],
        }

    @classmethod
    def from_dict(cls, saved: dict) -> Stage1Settings:
        """From a project file; fields that are missing get their default."""
        known = {one.name for one in fields(cls)}
        values = {key: value for key, value in saved.items() if key in known}
        values["towns"] = filter_from_dict(values.get("towns", {}))
        values["criteria"] = tuple(Criterion.from_dict(c) for c in values.get("criteria", []))
        values["excluded"] = tuple((unit_id, reason) for unit_id, reason in values.get("excluded", []))
        values["outliers"] = tuple(OutlierDecision(**decision) for decision in values.get("outliers", []))
        return cls(**values)


def filter_from_dict(saved: dict) -> TownFilter:
    """A town filter from a project file: lists become tuples again, nested ones too."""

    def frozen(value):
        return tuple(frozen(part) for part in value) if isinstance(value, list | tuple) else value

    known = {one.name for one in fields(TownFilter)}
    return TownFilter(**{key: frozen(value) for key, value in saved.items() if key in known})
