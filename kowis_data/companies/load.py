"""A scanned register into the database: rows interpreted, bad ones reported, the structure written."""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import industry
from kowis_data.companies import calibration, rows, structure
from kowis_data.formats.reading import FormatError, Reading
from kowis_data.formats.refusals import refused_table

_EXAMPLES_PER_REASON = 10
# Tables that hold a register or what was computed from one; a new register replaces all of it.
_TABLES = ("industry_structure", "company_unit", "company_report", "register_calibration")


def add(con: duckdb.DuckDBPyConnection, reading: Reading, options: dict, source_id: str) -> None:
    """Write the register scanned into `register_row`; completes `reading` with what was refused and found out.

    Parameters
    ----------
    options : of the recognition: "columns", "register" (the user's options), "scan".

    Raises
    ------
    FormatError
        Where bad rows shall stop the import, where no row is usable, and where no company gives any size.
    """
    user, mapping, scan = options["register"], options["columns"], options["scan"]
    before = con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    con.execute("SET memory_limit = '1400MB'")
    try:
        meaning = rows.interpret(con, mapping.places, user.wz_version, user.size_codes)
        structure.find_duplicates(con)
        counts = _count(con, reading, scan)
        if user.on_error == "stop" and counts["refused"]:
            raise _stopped(reading, counts)
        if not counts["used"]:
            raise FormatError(
                "Im Register ist keine Zeile verwendbar.",
                where="; ".join(f"{n}-mal {reason}" for reason, n in counts["reasons"].items())[:300],
                expected="Zeilen mit WZ-Code, Beschäftigten und Ort",
                advice="Die Zuordnung der Spalten und die Ausgabe der WZ prüfen.",
            )
        if not structure.estimate_employees(con, meaning.classes):
            raise FormatError(
                "Kein Unternehmen des Registers nennt seine Größe.",
                expected="Beschäftigte als Zahl oder Größenklasse wenigstens bei einem Teil der Zeilen",
                advice="Die Spalte der Beschäftigten zuordnen (--column beschaeftigte=SPALTE).",
            )
        earlier = _forget_earlier(con)
        structure.write(con, source_id)
        industry.refresh(con)
        _forget_sources(con, earlier)
        calibration.refresh(con)
        _report(con, reading, counts, meaning, source_id)
    finally:
        scan.close()
        for table in ("register_row", "company", "duplicate", "coordinates_place"):
            con.execute(f"DROP TABLE IF EXISTS {table}")
        con.execute(f"SET memory_limit = '{before}'")


def _count(con: duckdb.DuckDBPyConnection, reading: Reading, scan) -> dict:
    """Numbers of refused rows by reason, and the examples of each with their lines, put into `reading`."""
    found = con.execute(
        """
        WITH refused AS (
            SELECT row, split_part(problem, ': ', 1) AS reason, problem, NULL::BIGINT AS first_row
            FROM company WHERE problem IS NOT NULL
            UNION ALL
            SELECT row, kind, NULL, first_row FROM duplicate
        )
        SELECT reason, count(*) AS n, min({row: row, problem: problem, first_row: first_row}, $shown) AS examples
        FROM refused GROUP BY reason ORDER BY n DESC, reason
        """,
        {"shown": _EXAMPLES_PER_REASON},
    ).fetchall()
    reasons = {reason: n for reason, n, _ in found}
    wanted = [e[key] for _, _, examples in found for e in examples for key in ("row", "first_row")]
    line_of = scan.lines(sorted({row for row in wanted if row is not None}))
    shown = []
    for reason, _, examples in found:
        for example in examples:
            value = (example["problem"] or "").partition(": ")[2]
            if example["first_row"] is not None:
                value = f"wie Zeile {line_of[example['first_row']]}, die erste zählt"
            shown.append((line_of[example["row"]], reason, value))
    unreadable: dict[str, list[int]] = {}
    for line, reason in scan.rejected:
        unreadable.setdefault(reason, []).append(line)
    for reason, lines in unreadable.items():
        reasons[reason] = len(lines)
        shown += [(line, reason, "") for line in lines[:_EXAMPLES_PER_REASON]]
    shown.sort(key=lambda row: row[0])
    reading.refused = (
        refused_table(*(list(column) for column in zip(*shown, strict=True))) if shown else reading.refused
    )
    reading.refused_reasons = reasons
    used = con.execute(
        "SELECT count(*) FROM company WHERE problem IS NULL AND row NOT IN (SELECT row FROM duplicate)"
    ).fetchall()[0][0]
    return {"reasons": reasons, "refused": sum(reasons.values()), "used": used, "rows": scan.rows + len(scan.rejected)}


def _stopped(reading: Reading, counts: dict) -> FormatError:
    examples = [f"Zeile {row.line}: {row.reason} {row.excerpt}".strip() for row in reading.refused.head(3).itertuples()]
    return FormatError(
        f"Das Register hat {counts['refused']} fehlerhafte von {counts['rows']} Zeilen; eingelesen wurde nichts.",
        where="; ".join(examples),
        expected="keine fehlerhafte Zeile, wie gewünscht",
        advice="Die Zeilen berichtigen oder fehlerhafte Zeilen auslassen (--on-error continue).",
    )


def _forget_earlier(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Remove the register before (the synthetic one or an imported one) and everything computed from it.

    Returns its source ids; the sources themselves go when nothing refers to them any more.
    """
    earlier = [row[0] for row in con.execute("SELECT DISTINCT source_id FROM industry_structure").fetchall()]
    derived = con.execute(
        "SELECT source_id FROM source WHERE list_has_any(derived_from, $earlier::VARCHAR[])", {"earlier": earlier}
    ).fetchall()
    for table in _TABLES:
        con.execute(f"DELETE FROM {table}")
    gone = earlier + [row[0] for row in derived]
    con.execute("DELETE FROM observation WHERE source_id IN (SELECT unnest($gone::VARCHAR[]))", {"gone": gone})
    con.execute("DELETE FROM import_log WHERE source_id IN (SELECT unnest($gone::VARCHAR[]))", {"gone": gone})
    return earlier


def _forget_sources(con: duckdb.DuckDBPyConnection, gone: list[str]) -> None:
    con.execute(
        "DELETE FROM source WHERE source_id IN (SELECT unnest($gone::VARCHAR[])) "
        "AND source_id NOT IN (SELECT source_id FROM indicator)",
        {"gone": gone},
    )


def _report(
    con: duckdb.DuckDBPyConnection, reading: Reading, counts: dict, meaning: rows.Meaning, source_id: str
) -> None:
    """Facts on the register for `company_report` and sentences for the quality report."""
    companies, people, estimated, units, estimated_companies = con.execute(
        """
        SELECT sum(companies), sum(employees), sum(employees_estimated), count(*),
               (SELECT count(*) FROM company WHERE problem IS NULL AND number IS NULL
                AND row NOT IN (SELECT row FROM duplicate))
        FROM company_unit WHERE source_id = ?
        """,
        [source_id],
    ).fetchall()[0]
    facts = [
        ("rows", "Zeilen gelesen", counts["rows"]),
        ("used", "Unternehmen übernommen", companies),
        ("employees", "Beschäftigte", people),
        ("employees_estimated", "davon geschätzt", estimated),
        ("companies_estimated", "Unternehmen mit geschätzten Beschäftigten", estimated_companies),
        ("units", "Einheiten mit Unternehmen", units),
        (
            "wz_ambiguous",
            "WZ 2025 nur als Abteilung 46, 47 oder 95 (Kraftfahrzeuge nicht trennbar)",
            meaning.ambiguous_wz,
        ),
    ]
    facts += [("refused", reason, n) for reason, n in counts["reasons"].items()]
    facts += [("place", how, n) for how, n in meaning.places.items()]
    frame = pd.DataFrame(facts, columns=["kind", "subject", "value"]).assign(source_id=source_id)
    con.register("report_rows", frame)
    con.execute("INSERT INTO company_report BY NAME SELECT source_id, kind, subject, value FROM report_rows")
    con.unregister("report_rows")
    reading.companies = {
        "used": int(companies),
        "employees": float(people),
        "employees_estimated": float(estimated),
        "units": int(units),
    }
    found = "an den Codes erkannt" if meaning.is_detected else "wie angegeben oder angenommen"
    reading.notes.append(
        f"Wirtschaftszweige nach WZ {meaning.wz_version} ({found}), geführt auf Abteilungen der WZ 2008."
    )
    if estimated_companies:
        reading.notes.append(
            f"Bei {_n(estimated_companies)} Unternehmen sind die Beschäftigten geschätzt (Median der Unternehmen mit "
            f"Angabe im selben Abschnitt und in derselben Größenklasse): {_n(estimated)} von {_n(people)} "
            "Beschäftigten."
        )
    if meaning.ambiguous_wz:
        reading.notes.append(
            f"{_n(meaning.ambiguous_wz)} Zeilen nennen nach WZ 2025 nur die Abteilung 46, 47 oder 95; darin steckt "
            "auch der Kraftfahrzeughandel (WZ 2008: 45), der sich so nicht abtrennen lässt."
        )
    reading.notes += [f"{_n(n)} Unternehmen: {how}." for how, n in meaning.places.items()]
    reading.notes += calibration.sentences(con)
    reading.notes.append(
        "Gespeichert sind nur Summen je Einheit, Wirtschaftszweig und Größenklasse und die Größe der beiden größten "
        "Unternehmen, keine Namen."
    )


def _n(number: float) -> str:
    return f"{number:,.0f}".replace(",", ".")
