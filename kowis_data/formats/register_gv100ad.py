"""Reader of GV100AD: Destatis' register of all municipalities as text of fixed width (220 characters a line).

The file says the date of its territory but not of its population. That date (and the basis) is found from
the sum over all municipalities, which is the published population of Germany on one day; else the user has
to say it.

The package `gv100ad-py` knows the same columns, but stops at the first bad line and makes one object per
line; a report of refused lines needs the columns read here.
"""

from __future__ import annotations

import datetime
import re

import duckdb
import pandas as pd

from kowis_data.formats.cells import digits, german_date
from kowis_data.formats.excel_sheets import is_workbook
from kowis_data.formats.reading import Format, FormatError, Reading, Recognition, Sample, SourceInfo
from kowis_data.formats.register_checks import check_rows
from kowis_data.formats.register_population import COMPLETE_MUNICIPALITIES, match_total
from kowis_data.formats.register_tables import find_basis, make_features, make_tables, make_values
from kowis_data.formats.text_files import decode, split_lines

FORMAT = Format(
    format_id="register_gv100ad",
    title="Gemeindeverzeichnis, Datensatz GV100AD",
    versions=("GV100AD (Satzarten 10 bis 60, 220 Zeichen je Zeile)",),
    gives="register",
)
REGISTER_URL = (
    "https://www.destatis.de/DE/Themen/Laender-Regionen/Regionales/Gemeindeverzeichnis/_inhalt.html"
)

LINE_LENGTH = 220
# Columns as in the publisher's description: first and last character, counted from 1.
POSITIONS = {
    "record_type": (1, 2),
    "territorial": (3, 10),
    "state": (11, 12),
    "district": (13, 13),
    "county": (14, 15),
    "municipality": (16, 18),
    "association": (19, 22),
    "full_name": (23, 72),
    "seat": (73, 122),
    "text_code": (123, 124),
    "area_ha": (129, 139),
    "population": (140, 150),
    "male": (151, 161),
    "postcode": (166, 170),
}
KEY_WIDTHS = {"state": 2, "district": 1, "county": 2, "association": 4, "municipality": 3}
# Satzart, date, then the key: digits, and blanks where a level has none.
_LINE = re.compile(r"[1-6]0(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-6])[\d ]{10}\S")
_FIGURES_PATTERN = r"[0-9]{11}"


def recognise(sample: Sample) -> Recognition | None:
    """Recognise the register by its first lines: Satzart, date and key in their columns.

    Raises FormatError where the lines begin so but are not as long as GV100AD's.
    """
    if is_workbook(sample.head) or b"\x00" in sample.head:
        return None
    text, encoding = decode(sample.head)
    lines = split_lines(text)[:200]
    if len(text) >= 60_000:
        lines = lines[:-1]
    lines = [line for line in lines if line.strip()]
    matching = [line for line in lines if _LINE.match(line)]
    if not matching or len(matching) < 0.8 * len(lines):
        return None
    municipalities = [line for line in matching if line.startswith("60")]
    if municipalities and max(len(line) for line in municipalities) < POSITIONS["postcode"][1]:
        raise FormatError(
            "Gemeindeverzeichnis in fester Breite, aber in unbekanntem Aufbau.",
            where=f"Zeile mit Satzart 60: {len(municipalities[0])} Zeichen",
            expected=f"bekannt ist: {FORMAT.versions[0]}",
            advice="Die Datei GV100AD unverändert von destatis.de laden (Gemeindeverzeichnis).",
        )
    date = datetime.datetime.strptime(matching[0][2:10], "%Y%m%d").date()
    return Recognition(
        format=FORMAT,
        version=FORMAT.versions[0],
        title=f"Gemeindeverzeichnis GV100AD, Gebietsstand {german_date(date)}",
        details={
            "Gebietsstand": german_date(date),
            "Bevölkerung am": "steht nicht in der Datei; wird aus der Einwohnersumme bestimmt",
            "Zeichensatz": encoding,
        },
        options={"territorial": date, "population_date": None},
    )


def read(sample: Sample, recognition: Recognition, con: duckdb.DuckDBPyConnection) -> Reading:
    """Read the register: tables municipality, association, county, state, government_region, region.

    Values at level municipality: area_km2, and population, male, female where the date of the count is known
    (option `population_date`, a `datetime.date`, or the national sum). Female is total minus male.
    """
    territorial: datetime.date = recognition.options["territorial"]
    text, _ = decode(sample.path.read_bytes())
    lines = pd.Series(split_lines(text), dtype="str")
    lines.index += 1
    lines = lines[lines.str.strip() != ""]
    usable, refusals = check_rows(_raw_rows(lines, territorial))
    notes: list[str] = []
    tables = make_tables(usable, notes)
    municipalities = tables["municipality"]
    counted = recognition.options.get("population_date") or _counted_on(municipalities, territorial, notes)
    basis = find_basis(municipalities, counted, notes) if counted else None
    municipalities["reference_date"] = german_date(counted) or None
    municipalities["territorial_date"] = german_date(territorial)
    return Reading(
        values=make_values(municipalities, str(counted.year) if counted else None, str(territorial.year)),
        features=make_features(counted, territorial, territorial, basis),
        source=SourceInfo(
            title=recognition.title,
            publisher="Statistisches Bundesamt (Destatis)",
            url=REGISTER_URL,
            reference_date=german_date(territorial),
        ),
        rows_read=len(lines),
        refused=refusals.table(),
        tables=tables,
        notes=notes,
    )


def _raw_rows(lines: pd.Series, territorial: datetime.date) -> pd.DataFrame:
    """The columns `check_rows` asks for. A line out of step gets no Satzart, so that it is refused."""
    rows = pd.DataFrame(
        {name: lines.str.slice(first - 1, last).str.strip() for name, (first, last) in POSITIONS.items()}
    )
    rows = rows.mask(rows == "")
    figures = lines.str.slice(POSITIONS["area_ha"][0] - 1, POSITIONS["male"][1])
    is_municipality = rows["record_type"] == "60"
    # A character too many or too few before the figures (a wrongly decoded umlaut) would shift every number.
    in_step = (lines.str.len() <= LINE_LENGTH) & (rows["territorial"] == f"{territorial:%Y%m%d}")
    in_step &= ~is_municipality | (
        figures.str.fullmatch(rf"(?:{_FIGURES_PATTERN}){{3}}")
        & rows["text_code"].str.fullmatch("6[0-9]").fillna(False)
    )
    rows["record_type"] = rows["record_type"].where(in_step)
    for part, width in KEY_WIDTHS.items():
        # Regions (Satzart 30) have one digit in the columns of the county.
        rows[part] = digits(rows[part], width, any_length=part == "county")
    rows["postcode"] = digits(rows["postcode"], 5)
    area, population, male = (
        pd.to_numeric(rows[name], errors="coerce") for name in ("area_ha", "population", "male")
    )
    figures_of = is_municipality & in_step
    rows["area_km2"] = (area / 100).where(figures_of)
    rows["population"], rows["male"] = population.where(figures_of), male.where(figures_of)
    rows["female"] = rows["population"] - rows["male"]
    rows["lon"] = rows["lat"] = None
    return rows.drop(columns=["territorial", "area_ha"])


def _counted_on(
    municipalities: pd.DataFrame, territorial: datetime.date, notes: list[str]
) -> datetime.date | None:
    """The date of the population figures, found from the sum over all municipalities."""
    published = None
    if len(municipalities) >= COMPLETE_MUNICIPALITIES:
        published = match_total(int(municipalities["population"].sum()), territorial=territorial)
    if published is None:
        notes.append(
            "Das Datum der Bevölkerung steht nicht in GV100AD und lässt sich aus der Summe nicht bestimmen:"
            " Einwohnerzahlen werden ohne diese Angabe nicht übernommen."
        )
        return None
    notes.append(
        f"Bevölkerung am {german_date(published.date)}: Das Datum steht nicht in der Datei, es folgt aus der"
        " Einwohnersumme."
    )
    return published.date
