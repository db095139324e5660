"""Time and memory of importing a company register of 3.4 million rows, beside pandas and GeoPandas doing the same.

    python -m benchmarks.register_import FOLDER [--rows 3400000] [--plain]

Writes two seeded registers into FOLDER (by municipality key, about 250 MB, and by coordinates), imports each with
`python -m kowis_data import` in a process of its own and does the same work (read, check, normalise, find duplicates,
estimate, locate, sum up) once with pandas and GeoPandas. Prints seconds, peak memory and ratios of one run.
`--plain` measures our command only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from kowis_data.build import build
from kowis_data.companies.wz import divisions
from kowis_data.settings import BASE_FILES, PROJECT

SEED = 20260101


def write_registers(folder: Path, rows: int) -> dict[str, Path]:
    """The two files, made once: 1 % of the rows have no number of employees, 1 % a class, 0.2 % are bad."""
    paths = {way: folder / f"register_{way}_{rows}.csv" for way in ("keys", "coordinates")}
    if all(path.exists() for path in paths.values()):
        return paths
    rng = np.random.default_rng(SEED)
    con = duckdb.connect()
    towns = con.execute(
        "SELECT ags, population, lon, lat, area_km2 FROM read_parquet(?) WHERE population > 0 ORDER BY ags",
        [str(BASE_FILES / "municipalities.parquet")],
    ).df()
    town = rng.choice(len(towns), rows, p=towns["population"] / towns["population"].sum())
    employees = np.floor(np.exp(rng.normal(1.0, 1.3, rows))).astype(int).astype(object)
    kind = rng.random(rows)
    employees[kind < 0.01] = ""
    employees[(kind >= 0.01) & (kind < 0.02)] = "10-49"
    employees[(kind >= 0.02) & (kind < 0.021)] = "-5"
    # The third digit is one that the division has in WZ 2008.
    codes = np.array([f"{d}{'0' if d in ('90', '91', '96') else '1'}{n:02d}" for d in divisions() for n in range(100)])
    codes = rng.choice(codes, rows)
    codes[(kind >= 0.021) & (kind < 0.022)] = "34000"
    radius = np.sqrt(towns["area_km2"].to_numpy()[town] / np.pi) * 0.4 / 111.2
    lon = towns["lon"].to_numpy()[town] + rng.normal(0, 1, rows) * radius * 1.5
    lat = towns["lat"].to_numpy()[town] + rng.normal(0, 1, rows) * radius
    con.register(
        "drawn",
        pd.DataFrame({"wz": codes, "employees": employees.astype(str), "town": town, "lon": lon, "lat": lat}),
    )
    con.register("town", towns.assign(town=np.arange(len(towns)))[["town", "ags"]])
    con.execute("CREATE TABLE drawn_row AS SELECT row_number() OVER () AS n, * FROM drawn")
    columns = (
        "5000000000 + n AS Crefo, 'Firma ' || n || ' Handels- und Betriebs GmbH' AS Firma, wz AS \"WZ 2008\", "
        "employees AS Mitarbeiter, n * 7919 % 100000000 AS Umsatz, 1950 + n % 74 AS \"Gründungsjahr\""
    )
    for way, place in (("keys", "ags AS AGS"), ("coordinates", "round(lon, 6) AS lon, round(lat, 6) AS lat")):
        con.execute(
            f"COPY (SELECT {columns}, {place} FROM drawn_row JOIN town USING (town) ORDER BY n) "
            f"TO '{paths[way]}' (DELIM ';', HEADER)"
        )
    return paths


# Runs in a process of its own, so that its peak memory can be told. What pandas and GeoPandas users would write.
PANDAS = """
import sys
import numpy as np, pandas as pd
path, units_file, municipalities = sys.argv[1:4]
frame = pd.read_csv(path, sep=";", dtype=str, keep_default_na=False)
numbers = pd.to_numeric(frame["Mitarbeiter"], errors="coerce")
classes = frame["Mitarbeiter"].str.extract(r"^(\\d+)-(\\d+)$")
is_class = classes[0].notna()
division = frame["WZ 2008"].str[:2]
valid = set(sys.argv[4].split(","))
bad = ~division.isin(valid) | (numbers < 0)
if "AGS" in frame:
    towns = pd.read_parquet(municipalities)[["ags", "unit_id"]]
    unit = frame["AGS"].map(towns.set_index("ags")["unit_id"])
else:
    import geopandas as gpd
    units = gpd.read_file(units_file)[["id", "geometry"]]
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(frame["lon"].astype(float), frame["lat"].astype(float)), crs=4326
    )
    joined = gpd.sjoin(points, units, how="left", predicate="intersects")
    unit = joined[~joined.index.duplicated()]["id"]
    lost = points[unit.isna() & ~bad].to_crs(25832)
    near = gpd.sjoin_nearest(lost, units.to_crs(25832), max_distance=1000)
    unit.update(near[~near.index.duplicated()]["id"])
bad |= unit.isna()
name = frame["Firma"].str.lower().str.replace(r"[ .,;:&/+_()'\\"-]", "", regex=True)
bad |= frame["Crefo"].duplicated() | pd.DataFrame({"n": name, "u": unit, "d": division}).duplicated()
good = pd.DataFrame({"unit": unit, "division": division, "number": numbers, "is_class": is_class})[~bad]
mid = good[(good["number"] >= 10) & (good["number"] <= 49)].groupby("division")["number"].median()
every = good.groupby("division")["number"].median()
missing = good["number"].isna()
estimate = good["division"].map(every).where(~good["is_class"], good["division"].map(mid))
good["employees"] = good["number"].fillna(estimate)
good["estimated"] = estimate.where(missing, 0)
good["size"] = pd.cut(good["employees"], [-1, 9.99, 19.99, 49.99, 99.99, 249.99, 499.99, 999.99, np.inf])
good = good.sort_values("employees", ascending=False)
cells = good.groupby(["unit", "division", "size"], observed=True)
result = cells.agg(companies=("employees", "size"), employees=("employees", "sum"), estimated=("estimated", "sum"),
                   largest=("employees", "first"))
second = good[cells.cumcount() == 1].set_index(["unit", "division", "size"])["employees"]
result["second"] = second.reindex(result.index)
print(len(result), int(result["companies"].sum()))
"""


def measured(command: list[str]) -> tuple[float, float, str]:
    """Seconds, peak memory in MB, and what a command printed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    # The import ends with 1 where it had to refuse rows, as it has to here.
    if os.waitstatus_to_exitcode(status) > 1 or not printed:
        raise SystemExit(f"{command[:4]} failed: {printed[-500:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024, printed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=3_400_000)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for way, path in write_registers(options.folder, options.rows).items():
        database = options.folder / f"{way}.duckdb"
        build(database)
        ours = measured([sys.executable, "-m", "kowis_data", "import", "--database", str(database), str(path)])
        print(f"{way}: {path.stat().st_size / 1e6:.0f} MB; import {ours[0]:.1f} s, {ours[1]:.0f} MB")
        print("  " + "\n  ".join(ours[2].splitlines()[1:4]))
        if not options.plain:
            files = [str(BASE_FILES / name) for name in ("units.geojson", "municipalities.parquet")]
            theirs = measured([sys.executable, "-c", PANDAS, str(path), *files, ",".join(divisions())])
            print(f"  pandas{' + GeoPandas' if way == 'coordinates' else ''}: {theirs[0]:.1f} s, {theirs[1]:.0f} MB")
            print(f"  ratio: {theirs[0] / ours[0]:.1f} x the time, {theirs[1] / ours[1]:.1f} x the memory")


if __name__ == "__main__":
    main()
