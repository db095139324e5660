"""Official values per county, on the 400 counties of 30.06.2024.

The tables also list dissolved counties (only marks, checked here) and some cities and boroughs within
counties (8 digits); both are left out. They hold no state or national totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kowis_data.base.cassettes import read_table
from kowis_data.base.value_table import Notes, value_rows
from kowis_data.keys import COUNTRY_KEY

RATES_SOURCE = "eigene_berechnung_kreise"


@dataclass(frozen=True)
class Extract:
    """One feature of a table: variable and attribute code ("" is the total) of the flat file, its period."""

    feature: str
    table: str
    variable: str
    attribute: str
    period: str
    source_id: str


LAND, TAX, INSOLVENCY, POPULATION, STUDENTS, WASTE, PROTECTION = (
    "61511-01-03-4",
    "73111-01-01-4",
    "52411-02-01-4",
    "12411-01-01-4",
    "21311-01-01-4-B",
    "32121-01-02-4",
    "12531-0043",
)
SOURCE_IDS = {
    LAND: "regionalstatistik_61511_01_03_4",
    TAX: "regionalstatistik_73111_01_01_4",
    INSOLVENCY: "regionalstatistik_52411_02_01_4",
    POPULATION: "regionalstatistik_12411_01_01_4",
    STUDENTS: "regionalstatistik_21311_01_01_4_b",
    WASTE: "regionalstatistik_32121_01_02_4",
    PROTECTION: "genesis_12531_0043",
}
READY = "BAUNW101"  # baureifes Land

EXTRACTS = tuple(
    Extract(feature, table, variable, attribute, period, SOURCE_IDS[table])
    for feature, table, variable, attribute, period in (
        ("building_land_price_eur_per_m2", LAND, "BAU004", "", "2024"),
        ("building_land_sold_1000_m2", LAND, "BAU002", "", "2024"),
        ("building_land_sales", LAND, "BAU001", "", "2024"),
        ("ready_building_land_price_eur_per_m2", LAND, "BAU004", READY, "2024"),
        ("ready_building_land_sold_1000_m2", LAND, "BAU002", READY, "2024"),
        ("ready_building_land_sales", LAND, "BAU001", READY, "2024"),
        ("taxpayers", TAX, "LSNW01", "", "2021"),
        ("total_income_1000_eur", TAX, "EKF002", "", "2021"),
        ("income_tax_1000_eur", TAX, "LSNW02", "", "2021"),
        ("company_insolvencies", INSOLVENCY, "ISV006", "", "2024"),
        ("company_insolvency_claims_1000_eur", INSOLVENCY, "FOR002", "", "2024"),
        ("population_census2022_basis", POPULATION, "BEVSTD", "", "2024"),
        ("household_waste_t", WASTE, "AEW009", "", "2023"),
    )
)

# Published number of students in the winter term 2023/24; the table rounds nothing but hides a few.
STUDENTS_TOTAL = 2_868_311
STUDENTS_TOLERANCE = 5

# The three categories that share out all protection seekers; the other categories are parts of them.
PROTECTION_CATEGORIES = ("SCHUTZST-AK-1", "SCHUTZST-OF", "SCHUTZST-X")


@dataclass(frozen=True)
class JointReport:
    """Counties reported together: `holder` carries the figure of all, `members` none of their own."""

    holder: str
    members: tuple[str, ...]
    note_de: str


SAARLAND = ("10041", "10042", "10043", "10044", "10045", "10046")
JOINT_WASTE = (
    JointReport(
        "07235",
        ("07211", "07231", "07232", "07233"),
        "Der Zweckverband Region Trier meldet fünf Kreise zusammen unter Trier-Saarburg.",
    ),
    JointReport(
        "05374",
        ("05378",),
        "Oberbergischer und Rheinisch-Bergischer Kreis melden zusammen unter dem Oberbergischen Kreis.",
    ),
)
JOINT_PROTECTION = (
    JointReport("06611", ("06633",), "Stadt und Landkreis Kassel sind unter der Stadt Kassel ausgewiesen."),
    JointReport(
        "10044",
        tuple(key for key in SAARLAND if key != "10044"),
        "Das ganze Saarland ist unter Saarlouis ausgewiesen (zentrale Ausländerbehörde).",
    ),
    JointReport("12052", ("12071",), "Cottbus und Spree-Neiße sind unter Cottbus ausgewiesen."),
)


def on_counties(table: pd.DataFrame, counties: list[str]) -> pd.DataFrame:
    """`value` and `value_status` of a one-feature table by county of today.

    Raises ValueError (German) where a county of today is absent or a dissolved one has a figure: then the
    table stands on another territory and must be carried first.
    """
    by_key = table.set_index("key")[["value", "value_status"]]
    absent = sorted(set(counties) - set(by_key.index))
    if absent:
        raise ValueError(f"Kreise fehlen in der Tabelle: {absent[:10]}.")
    former = by_key[(by_key.index.str.len() == 5) & ~by_key.index.isin(counties)]
    former = former[former["value"].notna()]
    if len(former):
        raise ValueError(f"Werte für aufgelöste Kreise: {former.index.tolist()[:10]}.")
    return by_key.loc[counties]


def apply_joint_reports(
    feature: str, values: pd.DataFrame, reports: tuple[JointReport, ...], notes: Notes
) -> pd.DataFrame:
    """Take away figures that stand for several counties: no single county has such a value.

    Raises ValueError (German) where a member has a figure of its own: then the report is no longer joint.
    """
    values = values.copy()
    for report in reports:
        own = [key for key in report.members if pd.notna(values.loc[key, "value"])]
        if own:
            raise ValueError(f"{feature}: {own} haben eigene Werte, gelten aber als gemeinsam gemeldet.")
        values.loc[report.holder, "value"] = None
        values.loc[report.holder, "value_status"] = "nicht_sinnvoll"
        for key in (report.holder, *report.members):
            notes.add(feature, "county", key, report.note_de)
    return values


def zero_where_total_agrees(values: pd.DataFrame, total: float, tolerance: float) -> pd.DataFrame:
    """Read the mark "-" as 0 because nothing is left for it: the other regions make up the published total.

    Raises ValueError (German) where they do not.
    """
    rest = total - values["value"].sum()
    if abs(rest) > tolerance:
        raise ValueError(f"Die Regionen ergeben {total - rest:.0f} statt {total:.0f}; „-“ ist nicht immer 0.")
    values = values.copy()
    nothing = values["value_status"] == "nichts_vorhanden"
    values.loc[nothing, "value"] = 0
    values.loc[nothing, "value_status"] = None
    return values


def per(numerator: pd.DataFrame, denominator: pd.DataFrame, factor: float) -> pd.DataFrame:
    """`factor × numerator / denominator`, with the status of the numerator where it has no value."""
    rate = numerator.copy()
    rate["value"] = numerator["value"] / denominator["value"] * factor
    return rate


def make_students(pystatis_dir: Path, counties: list[str]) -> pd.DataFrame:
    """Students by county where they study."""
    table = read_table(pystatis_dir, STUDENTS)
    total = (table[["attribute_2", "attribute_3", "attribute_4"]] == "INSGESAMT").all(axis=1)
    return zero_where_total_agrees(on_counties(table[total], counties), STUDENTS_TOTAL, STUDENTS_TOLERANCE)


def make_protection_seekers(pystatis_dir: Path, counties: list[str]) -> pd.DataFrame:
    """Protection seekers by county, as listed: joint reports still under their holder, members without a row.

    The table gives no totals and rounds every cell to a multiple of 5, so the sums are a little too low.
    """
    table = read_table(pystatis_dir, PROTECTION)
    table = table[table["attribute_2"].isin(PROTECTION_CATEGORIES)]
    values = table.groupby("key")["value"].sum().reindex(counties)
    status = pd.Series(None, index=values.index, dtype=object).mask(values.isna(), "nichts_vorhanden")
    return pd.DataFrame({"value": values, "value_status": status})


def make_county_values(pystatis_dir: Path, county_ids: list[str], notes: Notes) -> pd.DataFrame:
    """All rows of the value table at county level, and protection seekers by state and country."""
    tables = {name: read_table(pystatis_dir, name) for name in {extract.table for extract in EXTRACTS}}
    found: dict[str, pd.DataFrame] = {}
    sources: dict[str, tuple[str, str]] = {}  # feature -> period, source
    for extract in EXTRACTS:
        table = tables[extract.table]
        rows = table[(table["variable"] == extract.variable) & (table["attribute_2"] == extract.attribute)]
        found[extract.feature] = on_counties(rows, county_ids)
        sources[extract.feature] = (extract.period, extract.source_id)
    waste = found["household_waste_t"]
    found["household_waste_t"] = apply_joint_reports("household_waste_t", waste, JOINT_WASTE, notes)
    for key in SAARLAND:
        notes.add("household_waste_t", "county", key, "Im Saarland liegt der Wert nur für das Land vor.")

    found["students"] = make_students(pystatis_dir, county_ids)
    sources["students"] = ("2023", SOURCE_IDS[STUDENTS])

    listed = make_protection_seekers(pystatis_dir, county_ids)
    found["protection_seekers"] = apply_joint_reports("protection_seekers", listed, JOINT_PROTECTION, notes)
    sources["protection_seekers"] = ("2024", SOURCE_IDS[PROTECTION])

    people = found["population_census2022_basis"]
    for feature, numerator, denominator, factor in (
        ("income_per_taxpayer_eur", "total_income_1000_eur", "taxpayers", 1000),
        ("income_tax_per_taxpayer_eur", "income_tax_1000_eur", "taxpayers", 1000),
        ("company_insolvencies_per_10000_inhabitants", "company_insolvencies", None, 10_000),
        ("students_per_1000_inhabitants", "students", None, 1000),
        ("household_waste_kg_per_inhabitant", "household_waste_t", None, 1000),
        ("protection_seekers_per_1000_inhabitants", "protection_seekers", None, 1000),
    ):
        found[feature] = per(found[numerator], found[denominator] if denominator else people, factor)
        sources[feature] = (sources[numerator][0], RATES_SOURCE)
        notes.repeat(numerator, feature)

    text = "2021 noch im Zuschnitt vor den Kreiswechseln von Dünwald (2023) und Hallungen (2024)."
    for feature, (period, _) in sources.items():
        if period == "2021":
            for key in ("16061", "16063", "16064"):
                notes.add(feature, "county", key, text)

    rows = [
        value_rows(feature, "county", period, found[feature]["value"], found[feature]["value_status"], source)
        for feature, (period, source) in sources.items()
    ]
    # Joint reports stay within their state, so states are whole although some counties are not.
    seekers, inhabitants = listed["value"].fillna(0), people["value"]
    for level, group in (("state", seekers.index.str[:2]), ("country", [COUNTRY_KEY] * len(seekers))):
        count, total = seekers.groupby(group).sum(), inhabitants.groupby(group).sum()
        for feature, values in (
            ("protection_seekers", count),
            ("protection_seekers_per_1000_inhabitants", count / total * 1000),
        ):
            period, source = sources[feature]
            rows.append(value_rows(feature, level, period, values, None, source))
    return pd.concat(rows)
