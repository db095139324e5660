"""Imports in a process of their own that can be killed, run out of disk, or meet another one.

The processes are forked from one that has loaded the program already, so that a run costs no start.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
from pathlib import Path

import duckdb

from kowis_data import swap
from kowis_data.commands import main

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.imports.child", "kowis_data.formats.inkar_bulk", "pandas.core.api"])


def start(database: Path, *files: Path, **how: object) -> multiprocessing.Process:
    """Begin `python -m kowis_data import` of some files; its output goes to `how["output"]` or nowhere."""
    process = processes.Process(target=_run, args=(str(database), [str(file) for file in files], how))
    process.start()
    return process


def run(database: Path, *files: Path, **how: object) -> int:
    """Exit code of a whole import; negative where a signal ended it."""
    process = start(database, *files, **how)
    process.join()
    return process.exitcode


def _run(database: str, files: list[str], how: dict) -> None:
    target = os.open(str(how.get("output", os.devnull)), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(target, 1)
    os.dup2(target, 2)
    if "largest_file" in how:
        resource.setrlimit(resource.RLIMIT_FSIZE, (how["largest_file"], how["largest_file"]))
    if "die_at" in how:
        _die_at(how["die_at"])
    code = main(["import", *files, "--database", database])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


# The steps of the swap in their order; the process dies before or after one of them.
STEPS = ("link", "replace 1", "replace 2")


def _die_at(moment: tuple[str, str]) -> None:
    when, step = moment
    name, _, number = step.partition(" ")
    calls = 0
    original = getattr(os, name)

    def deadly(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls != int(number or 1):
            return original(*arguments)
        if when == "after":
            original(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(swap.os, name, deadly)


def content_of(database: Path) -> dict[str, tuple[int, str]]:
    """What the database says, whatever its bytes: rows and hash of every table, without the times of imports."""
    with duckdb.connect(str(database), read_only=True) as con:
        tables = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        found = {}
        for table in tables:
            # The report holds the seconds an import took.
            without = {"source": "EXCLUDE (imported_at)", "import_log": "EXCLUDE (imported_at, report)"}.get(table, "")
            found[table] = con.execute(
                f'SELECT count(*), sum(hash(t))::VARCHAR FROM (SELECT * {without} FROM "{table}") t'
            ).fetchall()[0]
    return found
