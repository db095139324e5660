"""How heavy is a warm rerun of the map page, beside the naive version with the geometry inline?

Both are measured in this run with the same data: time to make and serialise the map's figure (median of several
runs) and bytes that a rerun would send for it. Prints a table of ratios; nothing is asserted.

usage: python -m benchmarks.map_rerun
"""

from __future__ import annotations

import statistics
import time

import orjson
import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from kowis_data.settings import BASE_FILES, PROJECT, database_path
from queries import indicators, sources
from queries.database import open_copy
from ui import maps
from ui.classes import classify

ROUNDS = 9


def median_seconds(action) -> float:
    """Median duration of `ROUNDS` runs after a warm-up."""
    action()
    durations = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def naive_figure(frame, classes) -> go.Figure:
    """The same map with the geometry of all small towns inside the figure."""
    wanted = set(frame["unit_id"])
    collection = orjson.loads((BASE_FILES / "units.geojson").read_bytes())
    collection["features"] = [f for f in collection["features"] if f["id"] in wanted]
    return go.Figure(
        go.Choroplethmap(
            geojson=collection, locations=frame["unit_id"], z=classes.of(frame["value"].to_numpy()), featureidkey="id"
        )
    )


def main() -> None:
    con = open_copy(database_path())
    indicator = indicators.indicators(con)["population_density"]
    period = indicators.periods(con, indicator.indicator_id)["period"].iloc[0]
    files = sources.geometry_files(con)
    frame = indicators.values(con, indicator, period)
    classes = classify(frame["value"].to_numpy(), "quantile", 6)

    def ours() -> str:
        tips = maps.tooltips(frame, indicator)
        return maps.town_map(frame, classes, files, tips).to_json()

    def naive() -> str:
        return naive_figure(frame, classes).to_json()

    page = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=60).run()
    page.switch_page("pages/karte.py").run()
    script = median_seconds(page.run)
    rows = [
        ("Figur mit Grenzen über Adresse", median_seconds(ours), len(ours())),
        ("Figur mit Grenzen im Text (naiv)", median_seconds(naive), len(naive())),
    ]
    print(f"{'':<36}{'Sekunden':>10}{'kB':>10}")
    for name, seconds, size in rows:
        print(f"{name:<36}{seconds:>10.3f}{size / 1000:>10.0f}")
    print(f"Verhältnis naiv / wir: Zeit {rows[1][1] / rows[0][1]:.1f}, Größe {rows[1][2] / rows[0][2]:.1f}")
    print(f"ganzes Skript der Seite Karte, warm (AppTest, Median): {script:.3f} s")
    print(f"Abfrage der Werte: {median_seconds(lambda: indicators.values(con, indicator, period)):.4f} s")


if __name__ == "__main__":
    main()
