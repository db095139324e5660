"""How long does stage 1 of the case selection take, and how does it grow with the number of towns?

Measured in this run: 2,121 towns × 30 criteria (the population of the atlas), 10,959 rows (as many as municipalities)
and ten times as many. The values are random with 3 % gaps, in four clusters, half of the criteria measured against the
cluster: what a whole selection has to do. Beside it, what the page does with the result (survivors by k and by width,
cuts of the criteria). The measure of comparison is one pass of NumPy over the same matrix: the quantiles of all
columns. Times are processor time, so that other work on the machine hardly counts. Prints times and ratios; nothing is
asserted.

usage: python -m benchmarks.stage1
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from queries.stage1 import steer
from queries.stage1.criterion import Criterion, Words
from queries.stage1.run import run
from queries.stage1.settings import Stage1Settings
from queries.stage1.values import Stage1Data

CRITERIA = 30
SIZES = (2_121, 10_959, 109_590)


def seconds(action: Callable[[], object], rounds: int) -> float:
    """Median processor time of some runs after a warm-up."""
    action()
    durations = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        durations.append(time.process_time() - start)
    return statistics.median(durations)


def data_of(towns: int) -> Stage1Data:
    """Random towns: values with gaps, a cluster, a Land."""
    random = np.random.default_rng(1)
    index = pd.Index([f"{number:09d}" for number in range(towns)], name="unit_id")
    values = random.normal(size=(towns, CRITERIA))
    values[random.random(values.shape) < 0.03] = np.nan
    frame = pd.DataFrame(
        {
            "name": index,
            "state_id": [f"{number:02d}" for number in random.integers(1, 17, towns)],
            "town_type": "kleine_kleinstadt",
            "cluster": random.integers(1, 5, towns).astype(object),
            "distance_grossstadt_km": 50.0,
        },
        index=index,
    )
    keys = [f"k{number}" for number in range(CRITERIA)]
    return Stage1Data(frame, pd.DataFrame(values, index, keys), {key: Words(key) for key in keys})


def main() -> None:
    criteria = tuple(
        Criterion(f"k{number}", "2022", relative_to="cluster" if number % 2 else "all") for number in range(CRITERIA)
    )
    settings = Stage1Settings(criteria=criteria, at_least=12, group="cluster", per_group=4)
    print(f"{CRITERIA} Kriterien; Rechenzeit in Millisekunden, in Klammern das Vielfache des NumPy-Durchgangs")
    print(f"{'Städte':>8}{'NumPy':>10}{'Auswahl':>18}{'Kurve nach k':>18}{'nach Breite':>18}{'Schnitte':>18}")
    first: dict[str, float] = {}
    for towns in SIZES:
        rounds = 9 if towns < 50_000 else 3
        data = data_of(towns)
        result = run(data, settings)
        array = data.values.to_numpy()
        bare = seconds(lambda: np.nanquantile(array, [0.25, 0.75], axis=0), rounds)  # noqa: B023
        actions = {
            "run": lambda: run(data, settings),  # noqa: B023
            "k": lambda: steer.survivors_by_k(data, result, settings),  # noqa: B023
            "width": lambda: steer.survivors_by_width(data, result, settings),  # noqa: B023
            "cuts": lambda: steer.cuts(data, result, settings),  # noqa: B023
        }
        took = {name: seconds(action, rounds) for name, action in actions.items()}
        cells = "".join(f"{1000 * took[name]:>10.1f} ({took[name] / bare:>4.1f})" for name in actions)
        print(f"{towns:>8}{1000 * bare:>10.1f}{cells}")
        first = first or took
        if towns != SIZES[0]:
            growth = ", ".join(f"{name} {took[name] / first[name]:.1f}" for name in took)
            print(f"{'':>8}Wachstum gegenüber {SIZES[0]} Städten (Zeilen × {towns / SIZES[0]:.1f}): {growth}")


if __name__ == "__main__":
    main()
