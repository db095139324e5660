"""A register beside official totals: companies and employees by county and section, and what it would take to agree.

Official figures are those imported at county level (GENESIS 52111 and 13111). Compared is the newest period of each
table. A table may give single sections or groups ("B-E"); a row of `register_calibration` is one of either. Its factor
is official / register, left out where the register has too few companies or the factor leaves its bounds
(`catalogue/register_calibration.toml`): then the register counts as it stands.
"""

from __future__ import annotations

import re
from functools import cache

import duckdb
import pandas as pd

from kowis_data import catalogue

_LETTERS = "ABCDEFGHIJKLMNOPQRSTU"
# "C", "B-E" as a cell of its own, or in brackets; in ids of flat files "wz08_c", "wz08_b_e".
_IN_TITLE = re.compile(r"(?:^|[,:(]\s*|\bWZ08[-_ ])([A-U])(?:\s*[-–]\s*([A-U]))?(?=$|[\s)\],])")
_IN_ID = re.compile(r"wz08_([a-u])(?:_([a-u]))?(?=_|$)")


def sections_of(indicator_id: str, title: str) -> str | None:
    """The section ("C") or group of sections ("B-E") of WZ 2008 that a feature is about; None for other features."""
    if match := _IN_ID.search(indicator_id):
        return _group(*(letter and letter.upper() for letter in match.groups()))
    bare = re.sub(r"\s*\[[^\]]*\]$", "", title)
    if match := _IN_TITLE.search(bare):
        return _group(*match.groups())
    parts = [bare.lower(), *(part.strip() for part in re.split(r":|\|", bare.lower()))]
    # The longest name first: "Produzierendes Gewerbe ohne Baugewerbe" before "Produzierendes Gewerbe".
    for name, group in sorted(_facts()["names"].items(), key=lambda item: -len(item[0])):
        if any(part.startswith(name) for part in parts):
            return group
    return None


def refresh(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Write `register_calibration` anew from the register and official figures at hand.

    Returns the number of counties and sections compared by kind ("companies", "employees"), 0 where there are no
    official figures. The synthetic register is never compared: it was made from official figures.
    """
    con.execute("DELETE FROM register_calibration")
    sources = con.execute(
        "SELECT DISTINCT source_id FROM industry_structure JOIN source USING (source_id) "
        "WHERE provenance <> 'synthetisch'"
    ).fetchall()
    if len(sources) != 1:
        return {"companies": 0, "employees": 0}
    official = pd.concat([_official(con, kind) for kind in ("companies", "employees")], ignore_index=True)
    con.register("official_rows", official)
    groups = pd.DataFrame(
        [(group, letter) for group in official["section_group"].unique() for letter in _letters(group)],
        columns=["section_group", "wz_section"],
    ).astype("str")
    con.register("group_rows", groups)
    bounds = _facts()["bounds"]
    con.execute(
        """
        INSERT INTO register_calibration BY NAME
        WITH own AS (
            SELECT u.county_id, g.section_group, sum(s.companies) AS companies, sum(s.employees) AS employees
            FROM industry_structure s JOIN unit u USING (unit_id) JOIN group_rows g USING (wz_section)
            GROUP BY ALL
        ),
        official AS (
            SELECT county_id, section_group, max(value) FILTER (kind = 'companies') AS companies,
                   max(value) FILTER (kind = 'employees') AS employees
            FROM official_rows GROUP BY ALL
        ),
        compared AS (
            SELECT $source_id AS source_id, f.county_id, f.section_group AS wz_section,
                   coalesce(o.companies, 0) AS register_companies, f.companies AS official_companies,
                   coalesce(o.employees, 0) AS register_employees, f.employees AS official_employees,
                   CASE WHEN o.companies >= $fewest THEN f.companies / o.companies END AS factor_companies,
                   CASE WHEN o.companies >= $fewest AND o.employees > 0 THEN f.employees / o.employees
                   END AS factor_employees
            FROM official f LEFT JOIN own o USING (county_id, section_group)
        )
        SELECT * REPLACE (
            CASE WHEN factor_companies BETWEEN $lowest AND $highest THEN factor_companies END AS factor_companies,
            CASE WHEN factor_employees BETWEEN $lowest AND $highest THEN factor_employees END AS factor_employees)
        FROM compared ORDER BY county_id, wz_section
        """,
        {
            "source_id": sources[0][0],
            "fewest": bounds["companies"],
            "lowest": bounds["lowest"],
            "highest": bounds["highest"],
        },
    )
    for name in ("official_rows", "group_rows"):
        con.unregister(name)
    counts = con.execute(
        "SELECT count(official_companies), count(official_employees) FROM register_calibration"
    ).fetchall()[0]
    return {"companies": counts[0], "employees": counts[1]}


def sentences(con: duckdb.DuckDBPyConnection) -> list[str]:
    """German sentences on how the register stands beside the official figures, for the report of an import."""
    found = con.execute("""
        SELECT kind, count(*) AS cells, sum(register) AS register, sum(official) AS official, count(factor) AS factors,
               median(factor) AS typical
        FROM (
            SELECT 'Unternehmen' AS kind, register_companies AS register, official_companies AS official,
                   factor_companies AS factor, wz_section FROM register_calibration
            UNION ALL
            SELECT 'Beschäftigte', register_employees, official_employees, factor_employees, wz_section
            FROM register_calibration
        ) WHERE official IS NOT NULL GROUP BY kind ORDER BY kind DESC
    """).fetchall()
    if not found:
        return [
            "Mit amtlichen Zahlen verglichen wurde nicht: Es sind keine nach Kreis und Wirtschaftsabschnitt eingelesen "
            "(GENESIS 52111 Unternehmensregister, 13111 Beschäftigte am Arbeitsort)."
        ]
    return [
        f"{kind} gegenüber amtlichen Zahlen in {_n(cells)} Kreis-Abschnitten: {_n(register)} im Register, "
        f"{_n(official)} amtlich; {_n(factors)} Faktoren zum Hochrechnen"
        + (f", im Mittel (Median) {typical:.2f}".replace(".", ",") if factors else "")
        + "."
        for kind, cells, register, official, factors, typical in found
    ]


def _official(con: duckdb.DuckDBPyConnection, kind: str) -> pd.DataFrame:
    """County values of the newest period of the features that give `kind` by section: county, group, kind, value."""
    facts = _facts()[kind]
    chosen = _chosen(
        con.execute(
            "SELECT i.indicator_id, i.title FROM indicator i WHERE i.title LIKE $mark AND i.indicator_id IN "
            "(SELECT indicator_id FROM observation WHERE level = 'county') ORDER BY length(i.title), i.indicator_id",
            {"mark": f"%[{facts['statistic']}%"},
        ).fetchall(),
        facts["words"],
    )
    con.register(
        "chosen_rows", pd.DataFrame(list(chosen.items()), columns=["section_group", "indicator_id"]).astype("str")
    )
    frame = con.execute(
        """
        SELECT o.region_id AS county_id, c.section_group, $kind AS kind, o.value
        FROM best_observation o JOIN chosen_rows c USING (indicator_id)
        WHERE o.level = 'county' AND o.value IS NOT NULL AND o.region_id IN (SELECT county_id FROM county)
          AND o.period = (SELECT max(period) FROM observation n WHERE n.indicator_id = o.indicator_id
                          AND n.level = 'county' AND n.value IS NOT NULL)
        """,
        {"kind": kind},
    ).df()
    con.unregister("chosen_rows")
    return frame


def _chosen(features: list[tuple[str, str]], words: list[str]) -> dict[str, str]:
    """Section or group → the feature that stands for it: the first word that any has, then the shortest title."""
    for word in words:
        chosen: dict[str, str] = {}
        for indicator_id, title in features:
            plain = title.lower()
            if word not in plain or any(other in plain for other in _facts()["passed_over"]["words"]):
                continue
            if group := sections_of(indicator_id, title):
                chosen.setdefault(group, indicator_id)
        if chosen:
            return chosen
    return {}


def _letters(group: str) -> str:
    first, _, last = group.partition("-")
    return _LETTERS[_LETTERS.index(first) : _LETTERS.index(last or first) + 1]


def _group(first: str, last: str | None) -> str | None:
    if last and last <= first:
        return None
    return f"{first}-{last}" if last else first


@cache
def _facts() -> dict:
    return catalogue.load("register_calibration")


def _n(number: float) -> str:
    return f"{number:,.0f}".replace(",", ".")
