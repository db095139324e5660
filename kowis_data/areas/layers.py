"""The layers of the map, put together from the units; three units of water have a rule of their own."""

from __future__ import annotations

import geopandas as gpd

from kowis_data.areas.coverage import dissolve

COASTAL_WATERS = "130009999"  # of Mecklenburg-Vorpommern; the other states have none in the register
# The river between Germany and Luxemburg belongs to both and to no municipality: two units of the register
# that the source does not draw. They become a strip outside the German bank, as wide as their registered area
# demands.
CONDOMINIUM = {"07": "070009999", "10": "100429999"}

WITHOUT_COUNTY = (COASTAL_WATERS, CONDOMINIUM["07"])
# Drawn with its state, the sea would double the outline of Mecklenburg-Vorpommern.
WITHOUT_STATE = (COASTAL_WATERS,)


def drawn_layers(units: gpd.GeoSeries) -> dict[str, gpd.GeoSeries]:
    """Units, counties and states by name of the layer; `units` has unit ids as index and shares its edges."""
    return {
        "units": units,
        "counties": dissolve(units[~units.index.isin(WITHOUT_COUNTY)], length=5),
        "states": dissolve(units[~units.index.isin(WITHOUT_STATE)], length=2),
    }
