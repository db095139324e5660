"""A newer register takes the place of today's: municipalities, units, counties, states, and all that hangs on them.

Only on confirmation, and only where the register is whole and younger than the territory of the database. Everything
happens inside the new database, so that undo and a crash bring back the old one.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import duckdb
import pandas as pd

from kowis_data import geometry
from kowis_data.database_rows import columns, insert_row
from kowis_data.formats.reading import FormatError, Reading
from kowis_data.imports import carry, redraw, succession, territory
from kowis_data.imports.region_change import drawn_with, region_changes
from kowis_data.settings import SQL
from kowis_data.territory_dates import set_date

# A register that covers less of today's area than this is an extract.
LEAST_AREA_SHARE = 0.99
# Kept from today's register where the new one does not have it.
KEPT_COLUMNS = (
    "designation", "postcode", "lon", "lat", "travel_area_code", "travel_area", "urbanisation_code", "urbanisation",
)  # fmt: skip
_NAMED = 8


@dataclass
class TerritoryReport:
    """What a replacement did, for the report of the file: German notes, and regions whose values found no place."""

    notes: list[str] = field(default_factory=list)
    not_carried: list[tuple] = field(default_factory=list)
    not_carried_values: int = 0


def values_on_todays_territory(con: duckdb.DuckDBPyConnection, reading: Reading) -> list[tuple[str, str, str]]:
    """Bring the values of a newer register, that does not replace today's, back to today's municipalities.

    Only municipalities that were neither merged nor divided since can be; the values of the others are taken out of
    the reading, which is changed in place. Returns those as (level, key, name).
    """
    old = con.execute("SELECT * FROM municipality ORDER BY ags").df()
    new = reading.tables["municipality"]
    new = new.assign(unit_id=new["unit_id"].astype(object))
    successors = succession.find_successors(old, new, _walked(con, old, new), _neighbours(con))
    parts = successors.groupby("new_key")["old_key"].transform("size")
    single = successors[(parts == 1) & (successors["share"] == 1)]
    before = dict(zip(single["new_key"], single["old_key"], strict=True))
    fits = reading.values["region_id"].isin(before)
    lost = new[~new["ags"].isin(before)]
    values = reading.values[fits]
    reading.values = values.assign(region_id=values["region_id"].map(before))
    return [("municipality", row.ags, row.name) for row in lost.itertuples(index=False)]


def replace_territory(
    con: duckdb.DuckDBPyConnection, reading: Reading, territorial: datetime.date, source_id: str
) -> TerritoryReport:
    """Make a register's regions today's; `derive_again` for everything and `check_database` have to follow.

    Parameters
    ----------
    reading : of a register, with tables municipality, association, county, state.
    territorial : date of its territory, younger than today's.
    source_id : of the register.

    Raises
    ------
    FormatError
        If the register is incomplete: rows refused, states or associations missing, area not accounted for.
    """
    before = territory.today(con)
    if territorial <= before:
        raise FormatError(
            f"Der Gebietsstand {territorial:%d.%m.%Y} ist nicht neuer als der heutige ({before:%d.%m.%Y}).",
            expected="ein neueres Gemeindeverzeichnis",
            advice="Ohne Ersetzen einlesen: Dann kommen nur seine Werte hinzu.",
        )
    _check_whole(con, reading)
    report = TerritoryReport()
    old = con.execute("SELECT * FROM municipality ORDER BY ags").df()
    new = reading.tables["municipality"].sort_values("ags", ignore_index=True)
    successors = succession.find_successors(old, new, _walked(con, old, new), _neighbours(con))
    changes = region_changes(old, new, successors)
    owner, strays = drawn_with(old, new, successors)
    _temporary(con, old, changes)
    new = _completed(con, old, new, successors, reading, report)
    _describe(old, new, successors, report)

    _write_regions(con, new, reading)
    moved, lost, report.not_carried_values = carry.carry_observations(con)
    report.notes.append(f"{moved:,} Werte geänderter Gebiete auf den neuen Gebietsstand gebracht.".replace(",", "."))
    report.not_carried = [(level, key, _name(old, level, key)) for level, key in lost]
    report.notes += carry.carry_facts(con, owner)
    report.notes += redraw.redraw(con, owner, strays)
    _write_successors(con, successors, changes, territorial, source_id)
    status = f"{territorial:%d.%m.%Y}"
    con.execute(
        "UPDATE indicator_period SET territorial_status = ? WHERE territorial_status = ?",
        [status, f"{before:%d.%m.%Y}"],
    )
    set_date(con, "territorial_status", status)
    set_date(con, "register_source", source_id)
    con.execute("DELETE FROM build_info WHERE key = 'town_type_basis'")
    counted = new["reference_date"].dropna()
    if len(counted):
        set_date(con, "population_date", counted.iloc[0])
    geometry.publish(con)
    report.notes.insert(
        0,
        f"Der Gebietsstand {territorial:%d.%m.%Y} gilt jetzt anstelle von {before:%d.%m.%Y}; Stadttypen, Summen, "
        "Nachbarn, Grenzen und abgeleitete Merkmale sind neu berechnet. „Zurücknehmen“ stellt den alten Stand her.",
    )
    return report


def _check_whole(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    municipalities, units = reading.tables["municipality"], reading.tables["association"]
    area, states = con.execute(
        "SELECT sum(area_km2), (SELECT count(*) FROM state) FROM municipality"
    ).fetchall()[0]
    problem = ""
    if len(reading.refused):
        row = reading.refused.iloc[0]
        problem = f"{len(reading.refused)} Zeilen sind nicht lesbar (Zeile {row['line']}: {row['reason']})"
    elif municipalities["unit_id"].isna().any() or not set(municipalities["unit_id"]) <= set(units["unit_id"]):
        missing = sorted(set(municipalities["unit_id"].dropna()) - set(units["unit_id"]))[:5]
        problem = "die Gemeindeverbände fehlen" + (f" ({', '.join(missing)})" if missing else "")
    elif reading.tables["state"]["state_id"].nunique() < states:
        problem = f"es nennt nur {reading.tables['state']['state_id'].nunique()} von {states} Ländern"
    elif municipalities["area_km2"].sum() < LEAST_AREA_SHARE * area:
        problem = f"seine Gemeinden bedecken nur {100 * municipalities['area_km2'].sum() / area:.0f} % der Fläche"
    if problem:
        raise FormatError(
            f"Dieses Verzeichnis kann den heutigen Gebietsstand nicht ersetzen: {problem}.",
            expected="ein vollständiges Gemeindeverzeichnis mit Verbänden und allen Gemeinden",
            advice="Die Datei neu laden, oder ohne Ersetzen einlesen: Dann kommen nur ihre Werte hinzu.",
        )


def _walked(con: duckdb.DuckDBPyConnection, old: pd.DataFrame, new: pd.DataFrame) -> dict[str, dict[str, float]]:
    gone = sorted(set(old["ags"]) - set(new["ags"]))
    return territory.walk_crosswalks(con, gone, set(new["ags"]))


def _neighbours(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for unit_id, other in con.execute("SELECT unit_id, neighbour_id FROM unit_neighbour").fetchall():
        found.setdefault(unit_id, set()).add(other)
    return found


def _temporary(con: duckdb.DuckDBPyConnection, old: pd.DataFrame, changes: pd.DataFrame) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE old_municipality AS FROM municipality")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE old_population AS "
        "SELECT 'municipality' AS level, ags AS region_id, population FROM municipality "
        "UNION ALL SELECT 'unit', unit_id, population FROM unit "
        "UNION ALL SELECT 'county', county_id, sum(population) FROM municipality GROUP BY county_id"
    )
    con.register("change_rows", changes)
    con.execute("CREATE OR REPLACE TEMP TABLE region_change AS FROM change_rows")
    con.unregister("change_rows")


def _completed(
    con: duckdb.DuckDBPyConnection,
    old: pd.DataFrame,
    new: pd.DataFrame,
    successors: pd.DataFrame,
    reading: Reading,
    report: TerritoryReport,
) -> pd.DataFrame:
    """The new municipalities with what their register lacks, taken from the largest municipality that went in."""
    largest = successors.merge(old, left_on="old_key", right_on="ags").sort_values("population")
    before = largest.drop_duplicates("new_key", keep="last").set_index("new_key")
    new = new.copy()
    for column in KEPT_COLUMNS:
        own = new[column] if column in new else pd.Series(None, index=new.index, dtype=object)
        # A name without designation is no gap: Gemeinden have none.
        new[column] = own if column == "designation" else own.where(own.notna(), new["ags"].map(before[column]))
    gap = new["population"].isna() & ~(new["is_unincorporated"] & (new["text_code"] == "66"))
    if gap.any():
        people = successors.merge(old[["ags", "population"]], left_on="old_key", right_on="ags")
        people = (people["population"] * people["share"]).groupby(people["new_key"]).sum().round()
        new["population"] = new["population"].mask(gap, new["ags"].map(people)).astype("Int64")
        for row in new[gap].itertuples():
            if pd.isna(row.population) or row.population == 0:
                raise FormatError(
                    f"Im Verzeichnis fehlt die Einwohnerzahl von {row.name} ({row.ags}), und es gibt keine frühere.",
                    expected="für jede bewohnte Gemeinde eine Einwohnerzahl",
                    advice="Eine andere Ausgabe des Verzeichnisses verwenden.",
                )
            _note_correction(con, row, reading)
        named = ", ".join(f"{row.name} ({row.ags})" for row in new[gap].head(_NAMED).itertuples())
        report.notes.append(f"Ohne Einwohnerzahl im Verzeichnis, für den Stadttyp gilt die bisherige: {named}.")
    return new


def _note_correction(con: duckdb.DuckDBPyConnection, row: tuple, reading: Reading) -> None:
    con.execute("DELETE FROM correction WHERE ags = ? AND field = 'population'", [row.ags])
    insert_row(
        con,
        "correction",
        {
            "ags": row.ags,
            "field": "population",
            "old_value": "0",
            "new_value": str(int(row.population)),
            "reason": f"Im {reading.source.title} fehlt die Einwohnerzahl; für Größe und Stadttyp gilt die bisherige.",
            "origin": "voriger Stand des Gemeindeverzeichnisses im Atlas",
        },
    )


def _describe(old: pd.DataFrame, new: pd.DataFrame, successors: pd.DataFrame, report: TerritoryReport) -> None:
    """Notes on what changed: merged, renumbered, without successor, without predecessor, changed in area."""
    names_old, names_new = old.set_index("ags")["name"], new.set_index("ags")["name"]
    for method in (succession.RENUMBERED, succession.MERGED, succession.CROSSWALK):
        pairs = successors[successors["method"] == method]
        if len(pairs):
            shown = ", ".join(
                f"{names_old[a]} ({a}) → {names_new[b]} ({b})"
                for a, b in pairs[["old_key", "new_key"]].head(_NAMED).itertuples(index=False)
            )
            more = f" und {len(pairs) - _NAMED} weitere" if len(pairs) > _NAMED else ""
            report.notes.append(f"{method} ({len(pairs)}): {shown}{more}.")
    for sentence, table, keys in (
        ("Ohne eindeutige Nachfolge, ihre Werte entfallen", old, set(old["ags"]) - set(successors["old_key"])),
        ("Neue Gemeinden ohne bekannte Vorgänger", new, set(new["ags"]) - set(successors["new_key"])),
    ):
        rows = table[table["ags"].isin(keys)]
        if len(rows):
            named = ", ".join(f"{row.name} ({row.ags})" for row in rows.head(3 * _NAMED).itertuples())
            report.notes.append(f"{sentence} ({len(rows)}): {named}.")
    expected = successors.merge(old[["ags", "area_km2"]], left_on="old_key", right_on="ags")
    expected = (expected["area_km2"] * expected["share"]).groupby(expected["new_key"]).sum()
    area = new.set_index("ags")["area_km2"].reindex(expected.index)
    moved = (area - expected).abs()
    changed = moved[(moved > 0.05 * expected) & (moved > 0.5)]
    if len(changed):
        named = ", ".join(f"{names_new[ags]} ({ags})" for ags in changed.index[:_NAMED])
        report.notes.append(
            f"Fläche um mehr als 5 % anders, ohne dass eine Gemeinde aufging ({len(changed)}): {named}. Ältere Werte "
            "gelten für den früheren Zuschnitt."
        )


def _name(old: pd.DataFrame, level: str, key: str) -> str | None:
    column = {"municipality": "ags", "unit": "unit_id", "county": "county_id", "state": "state_id"}[level]
    rows = old[old[column] == key].sort_values("population")
    return rows["name"].iloc[-1] if len(rows) and level in ("municipality", "unit") else None


def _write_regions(con: duckdb.DuckDBPyConnection, new: pd.DataFrame, reading: Reading) -> None:
    """Fill state, county, municipality and unit anew."""
    state, county = reading.tables["state"].copy(), reading.tables["county"].copy()
    kept_state = con.execute("SELECT * FROM state").df().set_index("state_id")
    for column in kept_state.columns:
        kept = state["state_id"].map(kept_state[column])
        # Registers write "Saarland" or "Freistaat Bayern"; the atlas keeps the name its users know.
        state[column] = kept.where(kept.notna(), state.get(column))
    kept_county = con.execute("SELECT * FROM county").df().set_index("county_id")
    kind = county["kind"] if "kind" in county else pd.Series(None, index=county.index, dtype=object)
    county["kind"] = kind.where(kind.notna(), county["county_id"].map(kept_county["kind"]))
    for table, rows in (("state", state), ("county", county), ("municipality", new)):
        names = [name for name in columns(con, table) if name in rows]
        con.execute(f"DELETE FROM {table}")
        con.register("region_rows", rows[names].astype(object).where(rows[names].notna(), None))
        con.execute(f"INSERT INTO {table} BY NAME SELECT {', '.join(names)} FROM region_rows ORDER BY ALL")
        con.unregister("region_rows")
    con.execute("DELETE FROM unit")
    con.register("unit_rows", reading.tables["association"][["unit_id", "name", "association_type"]])
    con.execute("CREATE OR REPLACE TEMP TABLE base_unit AS FROM unit_rows")
    con.unregister("unit_rows")
    con.execute((SQL / "units.sql").read_text(encoding="utf-8"))


def _write_successors(
    con: duckdb.DuckDBPyConnection,
    successors: pd.DataFrame,
    changes: pd.DataFrame,
    territorial: datetime.date,
    source_id: str,
) -> None:
    """Keep what became of keys that are gone: later files may still use them."""
    gone = pd.concat(
        [
            successors[successors["method"] != succession.SAME].assign(level="municipality"),
            changes[(changes["level"] != "municipality") & (changes["old_key"] != changes["new_key"])],
        ]
    )
    con.register("gone_rows", gone[["level", "old_key", "new_key", "share"]])
    con.execute(
        "INSERT INTO successor SELECT level, old_key, new_key, share, ?, ? FROM gone_rows ORDER BY ALL",
        [territorial, source_id],
    )
    con.unregister("gone_rows")
