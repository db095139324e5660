"""Reports as files and back, what an undo takes away, and the first rows of a file."""

from __future__ import annotations

import csv
import io
import json

import orjson
import pandas as pd
import pytest

from kowis_data import import_files
from kowis_data.formats.reading import Sample
from kowis_data.imports import first_rows
from kowis_data.imports.report import FileReport, ImportReport, refused_reasons
from tests.imports.test_import_files import TABLE


@pytest.fixture
def report() -> ImportReport:
    return ImportReport(
        [
            FileReport(
                "a.csv",
                title="Tabelle",
                version="1",
                rows_read=3,
                values_used=2,
                refused_count=1,
                refused=[(4, "Kein Schlüssel", "=cmd|' /C calc'!A0;x")],
                refused_reasons={"Kein Schlüssel": 1},
                not_carried=[("municipality", "05999999", None)],
                coverage=[("Läden", "2022", 3)],
                implausible=[("Läden", "057580036", "2022", 9e9, "Sprung")],
                carried={"über den gleichen Namen": 2},
                notes=["=SUMME(A1)"],
            ),
            FileReport("b.csv", error="Die Datei ist leer."),
            FileReport("c.csv", title="Tabelle", version="1", unchanged=True),
        ]
    )


def test_report_as_table(report):
    rows = list(csv.reader(io.StringIO(import_files.as_csv(report).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Datei", "Angabe", "Inhalt"]
    assert ["a.csv", "abgelehnt", "Zeile: 4 · Grund: Kein Schlüssel · Inhalt: =cmd|' /C calc'!A0;x"] in rows
    assert ["a.csv", "abgelehnt, Anzahl je Grund", "1 × Kein Schlüssel"] in rows
    assert ["a.csv", "nicht übertragbar", "Ebene: municipality · Schlüssel: 05999999"] in rows
    assert ["b.csv", "nicht eingelesen", "Die Datei ist leer."] in rows
    # No cell that a spreadsheet would take for a formula.
    assert ["a.csv", "Hinweis", "'=SUMME(A1)"] in rows
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_report_for_programs(report):
    assert [file["name"] for file in json.loads(import_files.as_json(report))["files"]] == ["a.csv", "b.csv", "c.csv"]


def test_report_comes_back_from_the_log(report):
    kept = orjson.dumps(report.as_dict()["files"][0] | {"of_later": 1}, default=str).decode()
    assert import_files.from_log(kept) == report.files[0]


def test_reasons_are_counted_without_what_differs():
    reasons = ["„12a“ ist keine Zahl", "„7x“ ist keine Zahl", "Kein Schlüssel"]
    refused = pd.DataFrame({"line": [1, 2, 3], "reason": reasons, "excerpt": ""})
    assert refused_reasons(refused) == {"„…“ ist keine Zahl": 2, "Kein Schlüssel": 1}
    assert refused_reasons(refused.iloc[:0]) == {}


def test_undo_says_what_goes(own_copy, tmp_path):
    assert import_files.what_goes(own_copy) == []
    for number, line in enumerate(("", "05758036;Vlotho;1;1;1\n")):
        path = tmp_path / f"{number}.csv"
        path.write_text(TABLE.replace("05758036;        Vlotho, Stadt;18500;9000;9500\n", line), encoding="utf-8")
        import_files.import_files([path], own_copy)
    ((name, title, values),) = import_files.what_goes(own_copy)
    assert name == "1.csv" and "12411" in title and values > 0
    import_files.undo(own_copy)
    assert import_files.what_goes(own_copy) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a;b\n1;2\n", "a;b\n1;2"),
        ("Größe\n".encode("cp1252"), "Größe"),
        (("x" * 500).encode(), "x" * 159 + "…"),
        (b"\x00\x01binary", ""),
        (b"", ""),
        (b"PAR1....", ""),
    ],
)
def test_first_rows(tmp_path, content, expected):
    path = tmp_path / "datei"
    path.write_bytes(content)
    assert first_rows.first_rows(Sample(path, content)) == expected


def test_first_rows_of_a_workbook(tmp_path):
    path = tmp_path / "t.xlsx"
    pd.DataFrame({"AGS": ["05758036"], "Wert": [1.5]}).to_excel(path, index=False, sheet_name="Werte")
    assert first_rows.first_rows(Sample(path, path.read_bytes()[:65536])) == "Blatt „Werte“\nAGS | Wert\n05758036 | 1.5"
