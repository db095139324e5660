"""Statistical secrecy over all that is shown of a town, and in every export."""

from __future__ import annotations

import io

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.export import EXPORTS, export
from queries import industry, register_check, secrecy
from reports import structure_file

CASE_STUDIES = ("057580036", "084265002", "100420115", "150850228")


def cell_table(sizes_by_code: dict[str, list[int]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            code: {
                "companies": len(sizes),
                "employees": sum(sizes),
                "employees_estimated": 0,
                "largest": max(sizes),
                "second": sorted(sizes)[-2] if len(sizes) > 1 else np.nan,
            }
            for code, sizes in sizes_by_code.items()
        }
    ).T.astype(float)


def follows(wanted: set[str], shown: list[set[str]]) -> bool:
    """Independent of the product: a sum can be worked out if its vector does not raise the rank of those shown."""
    cells = sorted(set().union(wanted, *shown))
    rows = np.array([[cell in members for cell in cells] for members in shown], float).reshape(len(shown), len(cells))
    target = np.array([[cell in wanted for cell in cells]], float)
    return np.linalg.matrix_rank(np.vstack([rows, target])) == np.linalg.matrix_rank(rows)


def test_a_partner_known_from_elsewhere_protects_nothing():
    found = cell_table({"A": [4], "B": [5, 4, 4], "C": [9, 8, 8, 7], "D": [20, 20, 20, 20]})
    assert list(secrecy.pool_secret(found).index) == ["C", "D", secrecy.POOLED]
    known = [frozenset("B")]
    assert list(secrecy.pool_secret(found, known=known).index) == ["D", secrecy.POOLED]


def test_each_block_is_safe_in_itself():
    found = cell_table({"10": [50], "11": [9, 8, 8], "25": [7], "26": [6, 6, 6], "27": [30, 30, 30]})
    shown = secrecy.pool_secret(found, blocks=[["10", "11"], ["25", "26", "27"]])
    # The sum of 10 and 11 is dominated, yet nothing else can join; 26 hides 25.
    assert list(shown.index) == ["27", secrecy.POOLED]


SIZES = st.lists(st.integers(1, 300), min_size=1, max_size=5)


@given(st.dictionaries(st.sampled_from("ABCDEFG"), SIZES, min_size=2, max_size=7), st.data())
def test_no_secret_cell_follows_from_the_table_and_a_known_sum(sizes, data):
    found = cell_table(sizes)
    members = data.draw(st.lists(st.sampled_from(sorted(sizes)), min_size=1, unique=True))
    known = found.loc[members]
    total = pd.DataFrame(
        [
            {
                **known.sum(),
                "largest": known["largest"].max(),
                "second": sorted(n for m in members for n in sizes[m])[-2:][0],
            }
        ]
    )
    if sum(len(sizes[m]) for m in members) < 3 or secrecy.is_secret(total).iloc[0]:
        return
    shown = secrecy.pool_secret(found, known=[frozenset(members)])
    everything = [set(members), set(sizes), *({code} for code in shown.index if code != secrecy.POOLED)]
    if any(code != secrecy.POOLED for code in shown.index):
        for code in found.index[secrecy.is_secret(found)]:
            assert not follows({code}, everything)


@pytest.fixture(scope="module")
def some_towns(con) -> list[str]:
    rows = con.execute("SELECT unit_id FROM small_town ORDER BY hash(unit_id) LIMIT 8").fetchall()
    return [*CASE_STUDIES, *(row[0] for row in rows)]


def test_all_tables_and_indicators_of_a_town_together_give_no_secret_away(con, some_towns):
    groups = dict(con.execute("SELECT group_id, list(wz_division) FROM industry_group_division GROUP BY 1").fetchall())
    for unit_id in some_towns:
        cells = {by: industry.cells(con, unit_id, by) for by in ("division", "section", "group")}
        section_of = dict(
            con.execute(
                "SELECT wz_division, wz_section FROM industry_structure WHERE unit_id = ?", [unit_id]
            ).fetchall()
        )
        members = {
            "division": {d: {d} for d in section_of},
            "section": {s: {d for d in section_of if section_of[d] == s} for s in set(section_of.values())},
            "group": {g: set(m) & set(section_of) for g, m in groups.items()},
        }
        shown: list[set[str]] = [set(section_of)]
        for by in members:
            table = industry.structure(con, unit_id, by)
            shown += [members[by][c] for c in table.index[table["employees"].notna()] if c != secrecy.POOLED]
        indicators = con.execute(
            "SELECT replace(replace(indicator_id, 'share_', ''), '_pct', '') FROM observation WHERE region_id = ? "
            "AND indicator_id LIKE 'share_%' AND value IS NOT NULL AND level = 'unit'",
            [unit_id],
        ).fetchall()
        shown += [members["group"][group] for (group,) in indicators if group in members["group"]]
        for by, table in cells.items():
            for code in table.index[secrecy.is_secret(table)]:
                assert not follows(members[by][code], shown), (unit_id, by, code)


def test_what_is_left_of_open_shares_is_open_too(con):
    """All open shares taken from the total leave sections A, B, D and E; that sum must not be a secret."""
    frame = con.execute(
        """
        SELECT c.unit_id FROM company_unit c
        WHERE NOT is_secret(c.companies, c.employees, c.largest_employees, c.second_employees) AND 4 = (
            SELECT count(*) FROM observation o WHERE o.region_id = c.unit_id AND o.value IS NOT NULL
            AND o.indicator_id IN ('share_manufacturing_pct', 'share_construction_pct', 'share_knowledge_services_pct',
                                   'share_other_services_pct'))
        """
    ).df()
    rest = con.execute(
        "SELECT unit_id, sum(companies) AS companies FROM industry_structure WHERE wz_section IN ('A', 'B', 'D', 'E') "
        "GROUP BY unit_id HAVING sum(companies) < 3"
    ).df()
    assert len(frame) > 3000 and len(rest) > 0
    assert not set(frame["unit_id"]) & set(rest["unit_id"])


def test_a_comparison_with_few_towns_keeps_their_secrets(con, some_towns):
    for unit_id in some_towns:
        others = industry.reference_towns(con, unit_id, "county")
        assert unit_id not in others
        if not others:
            continue
        found = industry._cells(con, "section", "s.unit_id IN (SELECT unnest($u))", {"u": list(others)})
        shares = industry.reference(con, "section", others)
        assert shares[found.index[secrecy.is_secret(found)]].isna().all()


@pytest.mark.parametrize("by", industry.BREAKDOWNS)
def test_the_file_holds_no_secret_cell_and_no_largest_employer(con, by):
    unit_id = CASE_STUDIES[2]
    frame = industry.structure(con, unit_id, by)
    data = structure_file.structure_csv(
        frame, unit_id=unit_id, town="Perl", compared_with="Alle Kleinstädte", source="Probe", note=""
    )
    table = pd.read_csv(io.BytesIO(data), sep=";", decimal=",", dtype={"Schlüssel": str, "Schlüssel der Einheit": str})
    cells = industry.cells(con, unit_id, by)
    secret = cells.index[secrecy.is_secret(cells)]
    assert len(secret) or by in ("size_class", "section")
    open_rows = table[table["Beschäftigte"].notna()].set_index("Schlüssel")
    assert not set(secret) & set(open_rows.index)
    assert (open_rows["Unternehmen"] >= 3).all()
    assert not [name for name in table.columns if "rößt" in name or "largest" in name]
    hidden = table[table["Geheimhaltung"] == "geheim"]
    assert hidden[["Unternehmen", "Beschäftigte", "Anteil an den Beschäftigten (%)"]].isna().all(axis=None)


@pytest.mark.parametrize("what", EXPORTS)
def test_no_export_of_the_command_line_shows_companies(built_database, tmp_path, what):
    for word in ("industry_structure", "company_unit", "register_calibration", "largest", "second_employees"):
        assert word not in EXPORTS[what]
    if what != "observations":
        return
    path = export(built_database, what, "parquet", tmp_path / "o.parquet")
    with duckdb.connect() as con:
        counts = con.execute(
            f"SELECT count(*), count(value) FROM '{path}' WHERE value_status = 'geheim' AND source_id = 'demo_register'"
        ).fetchall()[0]
    assert counts[0] > 100 and counts[1] == 0


def test_the_comparison_with_official_totals_keeps_secrets():
    con = duckdb.connect()
    from kowis_data.settings import SQL

    con.execute((SQL / "schema.sql").read_text(encoding="utf-8"))
    con.execute((SQL / "views.sql").read_text(encoding="utf-8"))
    con.execute("INSERT INTO county VALUES ('K', 'Probe', 'Kreis', '01')")
    con.execute("INSERT INTO unit (unit_id, town_type, county_id) VALUES ('A', 'kleine_kleinstadt', 'K')")
    con.execute("INSERT INTO wz_section VALUES ('C', 'Industrie', 0), ('F', 'Bau', 1), ('G', 'Handel', 2)")
    for row in [("25", "C", 1, 90, 90, None), ("43", "F", 8, 40, 9, 8), ("47", "G", 30, 99, 9, 9)]:
        con.execute("INSERT INTO industry_structure VALUES ('A', ?, ?, '0-9', ?, ?, 0, ?, ?, 'r')", list(row))
        con.execute(
            "INSERT INTO register_calibration VALUES ('r', 'K', ?, ?, 10, ?, 100, 1.5, 2.5)", [row[1], row[2], row[3]]
        )
    found = register_check.comparison(con, "K")
    assert register_check.counties(con) == {"K": "Probe (Kreis)"}
    # C is one company; of F and G only the larger may stay, or C would follow from the total.
    assert found["is_secret"].to_dict() == {"C": True, "F": True, "G": False}
    assert found.loc["G", "register_employees"] == 99 and found.loc["G", "factor_employees"] == 2.5
    assert found.loc[["C", "F"], ["register_employees", "factor_employees"]].isna().all(axis=None)
    assert (found["official_employees"] == 100).all()
    con.close()
