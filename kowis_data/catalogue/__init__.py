"""The facts of the atlas: indicators, town types, case studies, derived sources — TOML files, read here."""

from __future__ import annotations

import tomllib
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent

INDICATOR_DEFAULTS: dict[str, Any] = {
    "polarity": "neutral",
    "scale": "metric",
    "is_signed": False,
    "is_helper": False,
    "is_static": False,
    "is_county_context": False,
    "weight_indicator": None,
    "note": None,
    "derive": None,
    "features": [],
    "factor": 1.0,
    "minimum": None,
    "maximum": None,
    "period": None,
    "reference_date": None,
    "population_basis": None,
}


@cache
def load(name: str) -> dict[str, Any]:
    """Content of `<name>.toml` of this folder."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def indicators() -> dict[str, dict[str, Any]]:
    """All indicators of the catalogue by id, in the order of the file, every field filled."""
    return {
        indicator_id: INDICATOR_DEFAULTS | facts for indicator_id, facts in load("indicators")["indicators"].items()
    }


def every_indicator() -> dict[str, dict[str, Any]]:
    """The indicators of the base data and those curated for files to be imported, by id."""
    from kowis_data.catalogue import imported

    return imported.indicators() | indicators()


def in_order_of_computation() -> list[str]:
    """Ids of every indicator, each after those it is computed from or weighted with."""
    graph = {indicator_id: needs(facts) for indicator_id, facts in every_indicator().items()}
    return list(TopologicalSorter(graph).static_order())


def needs(facts: dict[str, Any]) -> list[str]:
    """Ids of the indicators that an indicator is computed from or weighted with."""
    derive = facts["derive"] or {}
    parts = [derive[part] for part in ("numerator", "denominator", "base", "minuend", "subtrahend") if part in derive]
    of = derive.get("of", [])
    parts += of if isinstance(of, list) else [of]
    return parts + ([facts["weight_indicator"]] if facts["weight_indicator"] else [])
