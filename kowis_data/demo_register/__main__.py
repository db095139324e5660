"""`python -m kowis_data.demo_register`: make the shipped aggregate of the demo register anew."""

from __future__ import annotations

import sys

import duckdb

from kowis_data.base.tables import FILES, write_table
from kowis_data.build import create_without_demo
from kowis_data.demo_register.generate import generate, structure


def main() -> int:
    """Draw the register on the base data and write `demo_structure.parquet`."""
    with duckdb.connect() as con:
        create_without_demo(con)
        table = structure(generate(con))
    write_table(table, FILES / "demo_structure.parquet")
    print(f"{len(table)} Zeilen geschrieben: {FILES / 'demo_structure.parquet'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
