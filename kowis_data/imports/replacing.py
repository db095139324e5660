"""What a file may replace once its user confirms it: today's territory, today's town types, the boundaries drawn."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from kowis_data import geometry, industry
from kowis_data.formats.cells import german_date
from kowis_data.formats.reading import FormatError, Reading, Recognition
from kowis_data.imports import replace_boundaries, replace_territory, territory
from kowis_data.imports.reference import DATED_TYPE
from kowis_data.imports.report import FileReport
from kowis_data.territory_dates import SHIPPED, set_date

if TYPE_CHECKING:
    from kowis_data.imports.previews import Preview

TERRITORY, TOWN_TYPES, BOUNDARIES = "territory", "town_types", "boundaries"
# Figures that rest on where towns lie and what they are made of, not on other indicators.
FIGURES = ("structure", "distance")


@dataclass(frozen=True)
class Confirmation:
    """Something a file replaces only if its user says so.

    Attributes
    ----------
    name : of the file.
    kind : `territory`, `town_types` or `boundaries`.
    applies : whether it can be confirmed; else `explanation` says why not.
    question : German, for a checkbox. `explanation` : German, what follows.
    """

    name: str
    kind: str
    applies: bool
    question: str
    explanation: str

    @property
    def option(self) -> str:
        """Name of the argument of `import_previews` that confirms it."""
        return "replace_boundaries" if self.kind == BOUNDARIES else "replace_territory"


def date_of(recognition: Recognition) -> datetime.date | None:
    """Date of the territory of a register, or of official town types; None for other files."""
    gives = recognition.format.gives
    if gives == "register":
        return recognition.options["territorial"]
    if gives == "town_types":
        years = [
            sheet.year
            for sheet in recognition.options["sheets"].values()
            if any(column.attribute == "stadt_gemeindetyp" for column in sheet.attributes)
        ]
        return datetime.date(max(years), 12, 31) if years else None
    return None


def confirmations(found: list[Preview], database: Path) -> list[Confirmation]:
    """What may be confirmed for recognised files, and for which files it does not apply and why."""
    return list(_by_place(found, database).values())


def _by_place(found: list[Preview], database: Path) -> dict[int, Confirmation]:
    today = _today(database)
    # Of several registers only the newest can be today's.
    dates = [
        date_of(item.recognition)
        for item in found
        if item.recognition and item.recognition.format.gives == "register"
    ]
    listed = {}
    for place, item in enumerate(found):
        if item.recognition is None:
            continue
        date = date_of(item.recognition)
        if item.recognition.format.gives == "boundaries":
            listed[place] = Confirmation(
                item.name,
                BOUNDARIES,
                True,
                f"Mit „{item.name}“ die gezeichneten Grenzen ersetzen",
                "Karten, Nachbarschaften und der Flächenvergleich werden neu berechnet. Ohne Häkchen bleiben die "
                "Grenzen, wie sie sind, und die Datei wird nicht eingelesen.",
            )
        elif date:
            listed[place] = _by_date(item, date, today, max(dates, default=None))
    return listed


def _by_date(
    item: Preview, date: datetime.date, today: datetime.date, newest: datetime.date | None
) -> Confirmation:
    kind = TERRITORY if item.recognition.format.gives == "register" else TOWN_TYPES
    what = "Gebietsstand" if kind == TERRITORY else "Stadttypen"
    ours, theirs = german_date(today), german_date(date)
    if date <= today:
        why = (
            f"{what} {theirs}: nicht neuer als der heutige Gebietsstand {ours}. Eingelesen werden die Werte und Typen "
            "für diesen Stand."
        )
        return Confirmation(item.name, kind, False, f"{what} {theirs}", why)
    if kind == TERRITORY and date < newest:
        why = f"Ein neueres Verzeichnis ({german_date(newest)}) wird zugleich eingelesen; aus diesem kommen nur Werte."
        return Confirmation(item.name, kind, False, f"{what} {theirs}", why)
    if kind == TERRITORY:
        question = f"Den Gebietsstand {ours} durch {theirs} ersetzen („{item.name}“)"
        follows = (
            "Gemeinden, Verbände, Kreise und Stadttypen gelten dann nach diesem Verzeichnis; alle Werte, Nachbarn und "
            "Karten ziehen mit. Ohne Häkchen kommen nur die Werte hinzu."
        )
    else:
        question = f"Die amtlichen Stadttypen vom {theirs} zu den heutigen machen („{item.name}“)"
        follows = "Sie ersetzen die Regel nach der Bevölkerung. Ohne Häkchen gelten sie nur für ihren Stand."
    return Confirmation(item.name, kind, True, question, follows)


def _today(database: Path) -> datetime.date:
    if not database.exists():
        return datetime.datetime.strptime(SHIPPED["territorial_status"], "%d.%m.%Y").date()
    with duckdb.connect(str(database), read_only=True) as con:
        return territory.today(con)


def replacing(
    found: list[Preview], database: Path, *, replace_territory: bool, replace_boundaries: bool
) -> dict[int, str]:
    """What each file (by its place in `found`) is to replace, as far as it applies and is confirmed."""
    confirmed = {TERRITORY: replace_territory, TOWN_TYPES: replace_territory, BOUNDARIES: replace_boundaries}
    answers = _by_place(found, database)
    return {place: answer.kind for place, answer in answers.items() if answer.applies and confirmed[answer.kind]}


def replace(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    reading: Reading,
    recognition: Recognition,
    source_id: str,
    file: FileReport,
) -> None:
    """Carry out a confirmed replacement and tell it in the report. Raises FormatError where it is impossible."""
    if kind == BOUNDARIES:
        file.notes += replace_boundaries.replace_boundaries(con, reading, source_id)
    elif kind == TERRITORY:
        done = replace_territory.replace_territory(con, reading, date_of(recognition), source_id)
        file.notes += done.notes
        file.not_carried += done.not_carried
        file.not_carried_values += done.not_carried_values


def make_types_todays(con: duckdb.DuckDBPyConnection, source_id: str, date: datetime.date, file: FileReport) -> None:
    """Official town types of a source (kept by `reference`) become those of today's units that they name."""
    con.execute(
        """
        UPDATE unit SET town_type = a.value_code FROM region_attribute a
        WHERE a.level = 'unit' AND a.region_id = unit.unit_id AND a.attribute = $attribute
          AND a.source_id = $source_id AND a.reference_date = $date AND unit.town_type <> 'gemeindefrei'
        """,
        {"attribute": DATED_TYPE, "source_id": source_id, "date": german_date(date)},
    )
    named, units = con.execute(
        "SELECT (SELECT count(*) FROM region_attribute a SEMI JOIN unit u ON u.unit_id = a.region_id "
        "WHERE a.attribute = ? AND a.source_id = ? AND a.reference_date = ?), "
        "(SELECT count(*) FROM unit WHERE town_type <> 'gemeindefrei')",
        [DATED_TYPE, source_id, german_date(date)],
    ).fetchall()[0]
    set_date(con, "town_type_basis", f"amtlich, {german_date(date)}")
    industry.refresh(con)
    geometry.publish(con)
    rest = f" Für {units - named} Einheiten ohne amtlichen Typ bleibt die Regel." if units > named else ""
    file.notes.insert(0, f"Die amtlichen Stadttypen vom {german_date(date)} gelten jetzt als heutige.{rest}")


def forget(con: duckdb.DuckDBPyConnection, source_id: str) -> None:
    """Take out what a file brought before, if it did, because it is read again."""
    if not con.execute("SELECT 1 FROM source WHERE source_id = ?", [source_id]).fetchall():
        return
    tables = ("observation", "source", "import_log", "crosswalk", "unit_key_alias", "region_attribute")
    for table in tables:
        con.execute(f"DELETE FROM {table} WHERE source_id = ?", [source_id])


def stand_beside(
    con: duckdb.DuckDBPyConnection, reading: Reading, recognition: Recognition, file: FileReport
) -> None:
    """Fit a file that replaces nothing beside today's towns, and tell in the report that it does.

    Raises FormatError for boundaries: without a confirmation there is nothing to take over.
    """
    if recognition.format.gives == "boundaries":
        raise FormatError(
            "Grenzen werden nur ersetzt, wenn Sie es bestätigen.",
            expected="das Häkchen „Grenzen ersetzen“ oder --replace-boundaries auf der Befehlszeile",
            advice="Die Datei noch einmal mit Bestätigung einlesen.",
        )
    date = date_of(recognition)
    if date is None:
        return
    today = territory.today(con)
    ours, theirs = german_date(today), german_date(date)
    if date <= today:
        file.notes.append(
            f"Stand {theirs}, nicht neuer als der heutige Gebietsstand {ours}: Es kamen nur Werte und Typen hinzu."
        )
        return
    if recognition.format.gives == "register":
        before = reading.values["value"].count()
        file.not_carried = replace_territory.values_on_todays_territory(con, reading)
        file.not_carried_values = int(before - reading.values["value"].count())
    file.notes.append(
        f"Stand {theirs}, neuer als der heutige Gebietsstand {ours}. Ohne Bestätigung kamen nur Werte und Typen hinzu; "
        "die Gebiete sind unverändert."
    )
