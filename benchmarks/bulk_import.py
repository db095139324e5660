"""How long the import of an INKAR bulk file takes, measured against bare reading of the same file in the same run.

    python -m benchmarks.bulk_import inkar_2024.csv [--rounds 3]

Each round runs in turn, every one in a process of its own: DuckDB's `CREATE TABLE AS SELECT * FROM read_csv(...)`
into a new file; the whole command `python -m kowis_data import` into a fresh copy of the base database; pandas and
polars reading the file. Times of single runs depend on the machine and what else runs on it; the ratios do not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kowis_data.settings import PROJECT

_DUCKDB = """
import duckdb, sys
with duckdb.connect(sys.argv[2]) as con:
    con.execute("CREATE TABLE bare AS SELECT * FROM read_csv($1)", [sys.argv[1]])
    con.execute("CHECKPOINT")
"""
_PANDAS = "import pandas, sys; pandas.read_csv(sys.argv[1], sep=';', decimal=',', dtype={'Kennziffer': str})"
_POLARS = (
    "import polars, sys; polars.read_csv(sys.argv[1], separator=';', decimal_comma=True, infer_schema_length=10_000,"
    " schema_overrides={'Kennziffer': polars.String, 'Zeitbezug': polars.String}, null_values=['', 'NA'])"
)


def timed(command: list[str]) -> tuple[float, float, float]:
    """Seconds, seconds of all processors, and peak memory (MB) of a command; raises if it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{command[:4]}: {told.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="INKAR bulk file as CSV")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without", nargs="*", default=[], choices=["pandas", "polars"])
    options = parser.parse_args()
    file = str(options.file.resolve())
    with tempfile.TemporaryDirectory(prefix="kowis-bench-") as name:
        folder = Path(name)
        base, bare, ours = folder / "base.duckdb", folder / "bare.duckdb", folder / "atlas.duckdb"
        timed([sys.executable, "-m", "kowis_data", "build", "--database", str(base)])
        commands = {
            "DuckDB, nur einlesen": [sys.executable, "-c", _DUCKDB, file, str(bare)],
            "ganzer Import": [sys.executable, "-m", "kowis_data", "import", file, "--database", str(ours)],
            "pandas, nur lesen": [sys.executable, "-c", _PANDAS, file],
            "polars, nur lesen": [sys.executable, "-c", _POLARS, file],
        }
        found: dict[str, list[tuple[float, float, float]]] = {}
        for _ in range(options.rounds):
            for title, command in commands.items():
                if title.split(",")[0] in options.without:
                    continue
                bare.unlink(missing_ok=True)
                shutil.copyfile(base, ours)
                found.setdefault(title, []).append(timed(command))
                seconds, work, memory = found[title][-1]
                print(f"{title:<24}{seconds:8.1f} s {work:8.1f} s Rechenzeit {memory:8.0f} MB", flush=True)
                if title == "ganzer Import":
                    size = ours.stat().st_size / 1e6
        bare_runs = found["DuckDB, nur einlesen"]
        print("\nVerhältnis zu DuckDB, nur einlesen (Median der Runden); Rechenzeit hängt weniger von anderen ab")
        for title, runs in found.items():
            pairs = list(zip(runs, bare_runs, strict=True))
            wall, work = (statistics.median(own[i] / bare_run[i] for own, bare_run in pairs) for i in (0, 1))
            most = max(memory for *_, memory in runs)
            print(f"{title:<24} Dauer {wall:5.2f}   Rechenzeit {work:5.2f}   Speicher {most:5.0f} MB")
        print(f"Datenbank mit dieser Datei: {size:.1f} MB (Basisdaten {base.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
