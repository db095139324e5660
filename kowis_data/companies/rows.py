"""Rows of a scanned register given their meaning: industry, employees and unit of each, or why it has none.

Texts are looked up, not rows: a register of millions has some thousand different codes, numbers and places. From
`register_row` (formats/company_register_scan.py) comes the temporary table `company`, one row per scanned row:
`row, unit_no, wz_no, number, class_no, problem, found, id_hash, same_hash`; `problem` says what is wrong, `found`
what stood there. `wz_code` and `unit_number` say what the numbers mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd

from kowis_data.companies import coordinates, employees, wz
from kowis_data.companies.places import Place, Register

_MISSING_CLASS = -1
NEAREST = f"außerhalb aller Flächen, nächste Einheit innerhalb von {coordinates.NEAREST_METRES / 1000:g} km"


@dataclass
class Meaning:
    """What was found out about a register as a whole.

    Attributes
    ----------
    wz_version : "2008" or "2025"; `is_detected` tells whether the codes themselves said so.
    classes : bounds of the size classes by `class_no`.
    places : number of rows by unusual ways in which their place was found.
    ambiguous_wz : rows with a code of WZ 2025 that may hold motor trade.
    system : coordinate system of the points.
    """

    wz_version: str = "2008"
    is_detected: bool = False
    classes: list[tuple[int, int | None]] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    ambiguous_wz: int = 0
    system: str = ""


def interpret(con: duckdb.DuckDBPyConnection, ways: list[str], wz_version: str, size_codes: dict[str, str]) -> Meaning:
    """Make `company` from `register_row`.

    Parameters
    ----------
    ways : how rows say where they lie, in order of trust: "ags", "coordinates", "town".
    wz_version : "2008", "2025" or empty: detected.
    """
    meaning = Meaning()
    _industries(con, meaning, wz_version)
    _sizes(con, meaning, size_codes)
    _places(con, meaning, ways)
    # Within a transaction DuckDB numbers the rows of a new table from a high number on.
    first = con.execute("SELECT coalesce(min(rowid), 0) FROM register_row").fetchall()[0][0]
    joins = "".join(_PLACE_JOINS[way] for way in ways)
    unit = ", ".join(f"{way}_place.unit_no" for way in ways)
    place = ", ".join(f"{way}_place.place_no" for way in ways)
    how = ", ".join(f"{way}_place.how" for way in ways)
    problem = ", ".join(f"{way}_place.problem" for way in ways)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE company AS
        SELECT r.rowid - {first} AS row, coalesce({unit}) AS unit_no, w.wz_no, w.is_ambiguous,
               coalesce(e.number, s.number)::FLOAT AS number,
               coalesce(e.class_no, s.class_no, {_MISSING_CLASS})::SMALLINT AS class_no,
               CASE WHEN w.problem IS NOT NULL THEN w.problem
                    WHEN r.wz IS NULL THEN 'WZ-Code fehlt'
                    WHEN e.problem IS NOT NULL THEN e.problem
                    WHEN e.number IS NULL AND e.class_no IS NULL AND s.problem IS NOT NULL THEN s.problem
                    WHEN coalesce({unit}) IS NULL THEN coalesce({problem}, 'Ort fehlt') END AS problem,
               CASE WHEN coalesce({unit}) IS NOT NULL THEN coalesce({how}) END AS how,
               r.id_hash,
               CASE WHEN r.name_hash IS NOT NULL
                    THEN hash(r.name_hash, coalesce({place}), w.wz_no, r.postcode, r.lon, r.lat) END AS same_hash
        FROM register_row r
        LEFT JOIN wz_code w ON w.text = r.wz
        LEFT JOIN employees_text e ON e.text = r.employees
        LEFT JOIN size_class_text s ON s.text = r.size_class
        {joins}
    """)
    con.execute("DROP TABLE register_row")
    meaning.places = dict(
        con.execute(
            "SELECT how, count(*) FROM company WHERE how IS NOT NULL AND problem IS NULL GROUP BY how ORDER BY ALL"
        ).fetchall()
    )
    meaning.ambiguous_wz = con.execute(
        "SELECT count(*) FROM company WHERE is_ambiguous AND problem IS NULL"
    ).fetchall()[0][0]
    return meaning


_PLACE_JOINS = {
    "ags": " LEFT JOIN ags_place ON ags_place.text = r.ags",
    "coordinates": " LEFT JOIN coordinates_place ON coordinates_place.row = r.rowid",
    "town": " LEFT JOIN town_place ON town_place.postcode IS NOT DISTINCT FROM r.postcode"
    " AND town_place.town IS NOT DISTINCT FROM r.town",
}


def _industries(con: duckdb.DuckDBPyConnection, meaning: Meaning, wz_version: str) -> None:
    counted = con.execute(
        "SELECT wz, count(*) FROM register_row WHERE wz IS NOT NULL GROUP BY wz ORDER BY wz"
    ).fetchall()
    texts = [text for text, _ in counted]
    detected = wz.detect_version(texts, [count for _, count in counted])
    meaning.wz_version = wz_version or detected or "2008"
    meaning.is_detected = bool(detected) and not wz_version
    length = wz.full_length(texts)
    codes = [wz.normalise(text, meaning.wz_version, length) for text in texts]
    numbers = {key: number for number, key in enumerate(sorted({(c.section, c.division) for c in codes}))}
    _table(
        con,
        "wz_code",
        {
            "text": ("VARCHAR", texts),
            "wz_no": ("SMALLINT", [numbers[c.section, c.division] for c in codes]),
            "section": ("VARCHAR", [c.section for c in codes]),
            "division": ("VARCHAR", [c.division for c in codes]),
            "problem": ("VARCHAR", [c.problem or None for c in codes]),
            "is_ambiguous": ("BOOLEAN", [c.is_ambiguous for c in codes]),
        },
    )


def _sizes(con: duckdb.DuckDBPyConnection, meaning: Meaning, size_codes: dict[str, str]) -> None:
    numbers: dict[tuple[int, int | None], int] = {}
    for column in ("employees", "size_class"):
        texts = _distinct(con, column)
        codes = size_codes if column == "size_class" else None
        cells = [employees.parse(text, codes) for text in texts]
        if column == "size_class":
            # A bare number in a column of classes is a code of the register that nobody explained.
            cells = [
                employees.Employees(problem=f"Größenklasse unbekannt: {text}")
                if cell.number is not None and text not in size_codes
                else cell
                for text, cell in zip(texts, cells, strict=True)
            ]
        _table(
            con,
            f"{column}_text",
            {
                "text": ("VARCHAR", texts),
                "number": ("DOUBLE", [cell.number for cell in cells]),
                "class_no": (
                    "SMALLINT",
                    [
                        None if cell.low is None else numbers.setdefault((cell.low, cell.high), len(numbers))
                        for cell in cells
                    ],
                ),
                "problem": ("VARCHAR", [cell.problem or None for cell in cells]),
            },
        )
    meaning.classes = list(numbers)


def _places(con: duckdb.DuckDBPyConnection, meaning: Meaning, ways: list[str]) -> None:
    register = Register(con)
    _table(
        con,
        "unit_number",
        {
            "unit_no": ("INTEGER", list(range(len(register.units)))),
            "unit_id": ("VARCHAR", sorted(register.units)),
        },
    )
    number = {unit_id: n for n, unit_id in enumerate(sorted(register.units))}
    open_rows = ""
    if "ags" in ways:
        texts = _distinct(con, "ags")
        found = register.by_key(texts)
        _place_table(con, "ags_place", {"text": texts}, [found[text] for text in texts], number)
        open_rows = "WHERE coalesce(ags, '') NOT IN (SELECT text FROM ags_place WHERE unit_no IS NOT NULL)"
    if "coordinates" in ways:
        _points(con, meaning, number, open_rows)
    if "town" in ways:
        pairs = con.execute(f"SELECT postcode, town FROM register_row {open_rows} GROUP BY ALL ORDER BY ALL").fetchall()
        found = register.by_town(pairs)
        _place_table(
            con,
            "town_place",
            {"postcode": [p for p, _ in pairs], "town": [t for _, t in pairs]},
            [found[pair] for pair in pairs],
            number,
        )


def _place_table(
    con: duckdb.DuckDBPyConnection,
    name: str,
    keys: dict[str, list],
    places: list[Place],
    number: dict[str, int],
) -> None:
    _table(
        con,
        name,
        {key: ("VARCHAR", texts) for key, texts in keys.items()}
        | {
            "unit_no": ("INTEGER", [number.get(place.unit_id) for place in places]),
            # Municipalities and units never share a number: 8 digits and 9.
            "place_no": ("BIGINT", [int(place.ags or place.unit_id or -1) for place in places]),
            "how": ("VARCHAR", [place.how or None for place in places]),
            "problem": ("VARCHAR", [place.problem or None for place in places]),
        },
    )


def _points(con: duckdb.DuckDBPyConnection, meaning: Meaning, number: dict[str, int], open_rows: str) -> None:
    """`coordinates_place`: the unit of every row with a point whose key did not already say it."""
    points = con.execute(f"""
        SELECT rowid AS row, try_cast(replace(lon, ',', '.') AS DOUBLE) AS x,
               try_cast(replace(lat, ',', '.') AS DOUBLE) AS y, lon IS NULL AND lat IS NULL AS is_empty
        FROM register_row {open_rows}
    """).fetchnumpy()
    x, y = (np.ma.filled(points[axis], np.nan) for axis in ("x", "y"))
    meaning.system = coordinates.plausible_system(x, y) or "wgs84"
    found, is_near, ids = coordinates.units_of(x, y, meaning.system)
    unit_no = np.array([number.get(unit_id, -1) for unit_id in ids] + [-1])[found].astype(np.int32)
    problem = np.where(np.isnan(x) | np.isnan(y), np.where(np.ma.filled(points["is_empty"], False), 1, 2), 3)
    con.register(
        "points",
        pd.DataFrame(
            {
                "row": points["row"],
                "unit_no": unit_no,
                "is_near": is_near,
                "problem": np.where(unit_no < 0, problem, 0).astype(np.int8),
            }
        ),
    )
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE coordinates_place AS
        SELECT row, CASE WHEN unit_no >= 0 THEN unit_no END AS unit_no, unit_no::BIGINT AS place_no,
               CASE WHEN is_near THEN '{NEAREST}' END AS how,
               CASE problem WHEN 1 THEN 'Koordinaten fehlen' WHEN 2 THEN 'Koordinaten nicht lesbar'
                    WHEN 3 THEN 'Koordinaten außerhalb Deutschlands' END AS problem
        FROM points
    """)
    con.unregister("points")


def _distinct(con: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    rows = con.execute(
        f"SELECT {column} FROM register_row WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY {column}"
    ).fetchall()
    return [text for (text,) in rows]


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, tuple[str, list]]) -> None:
    frame = pd.DataFrame({column: pd.Series(cells, dtype=object) for column, (_, cells) in columns.items()})
    con.register("meaning_rows", frame)
    kinds = ", ".join(f"{column}::{kind} AS {column}" for column, (kind, _) in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {kinds} FROM meaning_rows")
    con.unregister("meaning_rows")
