"""One contrast criterion: what the middle range is, as SQL and as a German sentence from one definition."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from babel.numbers import format_decimal

# What is measured: the value of an indicator, or membership in one of some categories.
METRIC, CATEGORY = "metric", "category"
BANDS = {"quantile": "Anteil der Städte in der Mitte", "limits": "eigene Grenzen"}
SIDES = {"both": "niedrige und hohe Werte", "low": "nur niedrige Werte", "high": "nur hohe Werte"}
RELATIVE_TO = {"all": "aller Kleinstädte zur Wahl", "state": "des eigenen Landes", "cluster": "des eigenen Clusters"}
# Categories that are no attribute of the reference tables.
OWN_ATTRIBUTES = {"cluster": "Cluster", "town_type": "Stadttyp", "state": "Land"}


class BadCriterion(ValueError):
    """A criterion that cannot be meant, told in German."""


@dataclass(frozen=True)
class Criterion:
    """One criterion of stage 1.

    Attributes
    ----------
    indicator_id : id of the indicator; for categories the id of the attribute.
    period : period of the indicator, "" for categories.
    kind : `metric` or `category`.
    band : `quantile` (lower and upper are quantiles 0–1) or `limits` (values in the indicator's unit).
    lower, upper : bounds of the middle range; with `limits` None leaves that side open.
    side : which side counts as contrast: `both`, `low`, `high`.
    relative_to : whose middle it is: `all`, `state`, `cluster`; only for quantiles.
    categories : codes that count as contrast (kind `category`).
    weight : at least 0; counts in a weighted sum only.
    is_required : a town must lie outside on this one.
    reason : why this criterion, in the team's words; the protocol demands it.
    """

    indicator_id: str
    period: str = ""
    kind: str = METRIC
    band: str = "quantile"
    lower: float | None = 0.25
    upper: float | None = 0.75
    side: str = "both"
    relative_to: str = "all"
    categories: tuple[str, ...] = ()
    weight: float = 1.0
    is_required: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind == CATEGORY:
            if not self.categories:
                raise BadCriterion("Bitte mindestens eine Ausprägung wählen, die als Kontrast zählt.")
            return
        if self.band == "quantile":
            if self.lower is None or self.upper is None or not 0 <= self.lower <= self.upper <= 1:
                raise BadCriterion("Der mittlere Bereich braucht zwei Anteile von 0 bis 100 %, den kleineren zuerst.")
        elif self.lower is None and self.upper is None:
            raise BadCriterion("Eigene Grenzen brauchen mindestens einen Wert.")
        elif self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise BadCriterion("Die untere Grenze liegt über der oberen.")
        if self.weight < 0:
            raise BadCriterion("Ein Gewicht kann nicht negativ sein.")

    @property
    def key(self) -> str:
        """Name of the criterion's column: an indicator may stand in a selection once."""
        return self.indicator_id

    def sql(self, low: float | None, high: float | None, column: str = "value") -> tuple[str, dict]:
        """Condition "lies outside the middle range" on a column, with its named parameters.

        `low` and `high` are the bounds in the indicator's unit (of the town's group), as `run` finds them. A missing
        value fulfils no condition, so it is no contrast.
        """
        name = "".join(letter if letter.isalnum() else "_" for letter in self.key)
        if self.kind == CATEGORY:
            return f"{column} IN (SELECT unnest(${name}_categories))", {f"{name}_categories": list(self.categories)}
        parts, parameters = [], {}
        if self.side in ("both", "low") and low is not None:
            parts.append(f"{column} < ${name}_low")
            parameters[f"{name}_low"] = low
        if self.side in ("both", "high") and high is not None:
            parts.append(f"{column} > ${name}_high")
            parameters[f"{name}_high"] = high
        return " OR ".join(parts) or "false", parameters

    def sentence(self, words: Words) -> str:
        """The criterion in German, e.g. „Fläche (2024): außerhalb der mittleren 50 % aller Kleinstädte zur Wahl“."""
        if self.kind == CATEGORY:
            named = " oder ".join(words.categories.get(code, code) for code in self.categories)
            return f"{words.title}: {named}"
        head = f"{words.title} ({self.period})" if self.period else words.title
        if self.band == "quantile":
            whose = RELATIVE_TO[self.relative_to]
            low, high = _share(self.lower), _share(1 - self.upper)
            text = {
                "both": f"außerhalb der mittleren {_share(self.upper - self.lower)} {whose}"
                if abs(self.lower - (1 - self.upper)) < 1e-9
                else f"unter den niedrigsten {low} oder den höchsten {high} {whose}",
                "low": f"unter den niedrigsten {low} {whose}",
                "high": f"unter den höchsten {high} {whose}",
            }[self.side]
            return f"{head}: {text}"
        parts = []
        if self.side != "high" and self.lower is not None:
            parts.append(f"unter {words.number(self.lower)}")
        if self.side != "low" and self.upper is not None:
            parts.append(f"über {words.number(self.upper)}")
        return f"{head}: {' oder '.join(parts)}"

    def as_dict(self) -> dict:
        """For a project file."""
        return asdict(self) | {"categories": list(self.categories)}

    @classmethod
    def from_dict(cls, saved: dict) -> Criterion:
        """From a project file; unknown fields of a later edition are passed over."""
        known = {field.name for field in fields(cls)}
        return cls(**{k: tuple(v) if k == "categories" else v for k, v in saved.items() if k in known})


@dataclass(frozen=True)
class Words:
    """What a sentence needs of the catalogue: title, unit, decimals, and the names of categories by code."""

    title: str
    unit_label: str = ""
    decimals: int = 1
    categories: dict | None = None

    def __post_init__(self) -> None:
        if self.categories is None:
            object.__setattr__(self, "categories", {})

    def number(self, value: float) -> str:
        """A value in German with its unit."""
        pattern = "#,##0" + ("." + "0" * self.decimals if self.decimals else "")
        return f"{format_decimal(value, pattern, locale='de_DE')} {self.unit_label}".strip()


def _share(part: float) -> str:
    return f"{format_decimal(round(100 * part, 1), '#,##0.#', locale='de_DE')} %"
