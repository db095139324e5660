"""The attribution line of every map: the shipped boundaries, or those that were imported in their place."""

from __future__ import annotations

from queries import sources
from ui import maps
from ui.atlas import ask


def map_note() -> str:
    """German attribution of the boundaries drawn, with the territory they stand for."""
    imported = ask(sources.boundary_attribution)
    today = ask(sources.build_info)["territorial_status"]
    return imported or maps.ATTRIBUTION.format(territorial_status=today)
