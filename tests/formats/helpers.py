"""Small workbooks and files for the tests of the readers."""

from pathlib import Path

import duckdb
import openpyxl

from kowis_data.formats.reading import Reading, Recognition, Sample


def sample_of(path: Path) -> Sample:
    with path.open("rb") as file:
        return Sample(path=path, head=file.read(65_536))


def read_file(reader, path: Path, **options) -> tuple[Recognition, Reading]:
    """Recognise and read a file; `options` are what a user would set before reading."""
    sample = sample_of(path)
    recognition = reader.recognise(sample)
    assert recognition is not None, f"{path.name} not recognised"
    recognition.options.update(options)
    with duckdb.connect() as con:
        return recognition, reader.read(sample, recognition, con)


def write_workbook(path: Path, sheets: dict[str, list[list]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        worksheet = workbook.create_sheet(title)
        for row in rows:
            worksheet.append(row)
    workbook.save(path)
    return path


def value_of(reading: Reading, feature: str, region_id: str, level: str = "municipality"):
    """Value, status and period of one region; fails unless there is exactly one."""
    values = reading.values
    rows = values[
        (values["feature"] == feature) & (values["level"] == level) & (values["region_id"] == region_id)
    ]
    assert len(rows) == 1
    row = rows.iloc[0]
    status = row["value_status"] if isinstance(row["value_status"], str) else None
    return (row["value"] if row["value"] == row["value"] else None), status, row["period"]
