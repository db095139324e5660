"""How long does the default cluster model take, in full and from the cache, beside a bare k-means of scikit-learn?

Everything is measured in this run on the database of the settings: the full model (comparison of numbers, gap
statistic, 100 bootstrap rounds), the model as it is written with the database (clusters only), loading it from the
workspace and from the database, and `KMeans(4, n_init=11)` on the same matrix. Prints times and ratios; nothing is
asserted.

usage: python -m benchmarks.cluster_model
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from sklearn.cluster import KMeans

from kowis_data.clustering import Settings, fit, from_json, to_json
from kowis_data.clustering.preparation import prepare
from kowis_data.settings import database_path
from queries import clusters
from queries.database import open_copy
from workspace.cluster_models import load_model, recall, remember, save_model

ROUNDS = 5


def seconds(action, rounds: int = ROUNDS) -> float:
    """Median duration of some runs after a warm-up."""
    action()
    durations = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def main() -> None:
    con = open_copy(database_path())
    quick = Settings(numbers=None, bootstrap_rounds=0)
    variables = clusters.structure_variables(con)
    matrix = prepare(variables, quick).matrix.to_numpy()
    start = time.perf_counter()
    full = fit(variables, Settings())
    in_full = time.perf_counter() - start
    folder = Path(tempfile.mkdtemp(prefix="kowis-benchmark-"))
    saved = save_model(folder, to_json(full), "Messung")
    key = clusters.run_key(con, Settings())
    remember(folder, key, to_json(full))
    bare = seconds(lambda: KMeans(4, n_init=11, random_state=1).fit(matrix))
    rows = [
        ("k-Means von scikit-learn allein (Vergleich)", bare),
        ("Standardmodell wie beim Aufbau", seconds(lambda: fit(variables, quick))),
        ("Modell mit Clusterzahlen und 100 Runden", in_full),
        ("Merkmale aus der Datenbank", seconds(lambda: clusters.structure_variables(con))),
        ("gespeichertes Modell laden", seconds(lambda: from_json(load_model(folder, saved)))),
        ("Standardmodell aus der Datenbank laden", seconds(lambda: clusters.standard_model(con))),
        (
            "schon Gerechnetes wiederfinden (Schlüssel und laden)",
            seconds(lambda: from_json(recall(folder, clusters.run_key(con, Settings())))),
        ),
    ]
    print(f"{len(matrix)} Städte × {matrix.shape[1]} Merkmale, gespeichert {len(to_json(full)) / 1000:.0f} kB")
    print(f"{'':<54}{'Sekunden':>10}{'× k-Means':>12}")
    for name, duration in rows:
        print(f"{name:<54}{duration:>10.3f}{duration / bare:>12.1f}")


if __name__ == "__main__":
    main()
