"""Economic structure: formulas by hand and against pandas, secrecy, figure 2 and figure 3 of the study."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data import industry as builder
from kowis_data.settings import SQL
from queries import industry, secrecy, single_company, town_type_shares

VLOTHO = "057580036"
# unit, division, section, size class, companies, employees, estimated, largest, second
HAND_MADE = [
    ("A", "25", "C", "10-19", 4, 60, 0, 18, 16),
    ("A", "25", "C", "50-99", 1, 90, 0, 90, None),
    ("A", "47", "G", "0-9", 10, 30, 6, 9, 6),
    ("A", "56", "I", "0-9", 5, 20, 0, 8, 4),
    ("B", "25", "C", "0-9", 3, 10, 0, 4, 3),
    ("B", "47", "G", "0-9", 20, 70, 0, 9, 9),
    ("B", "86", "Q", "0-9", 5, 20, 0, 6, 5),
]


@pytest.fixture
def hand_made():
    """Two towns whose every figure can be worked out on paper; A has 1,000 people, B 2,000."""
    con = duckdb.connect()
    con.execute((SQL / "schema.sql").read_text(encoding="utf-8"))
    con.execute((SQL / "views.sql").read_text(encoding="utf-8"))
    builder.load_classification(con)
    con.execute("INSERT INTO theme VALUES ('wirtschaftsstruktur', 'Wirtschaft', 0)")
    con.execute(
        "INSERT INTO source (source_id, title, reference_date, provenance, precedence) "
        "VALUES ('register', 'Probe', '31.12.2022', 'veroeffentlicht', 20)"
    )
    con.execute(
        "INSERT INTO unit (unit_id, town_type, population) VALUES ('A', 'kleine_kleinstadt', 1000), "
        "('B', 'kleine_kleinstadt', 2000)"
    )
    for row in HAND_MADE:
        con.execute("INSERT INTO industry_structure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'register')", list(row))
    builder.refresh(con)
    yield con
    con.close()


def value(con, indicator_id: str, unit_id: str):
    return con.execute(
        "SELECT value, value_status, period FROM observation WHERE indicator_id = ? AND region_id = ?",
        [indicator_id, unit_id],
    ).fetchall()[0]


def test_indicators_worked_out_by_hand(hand_made):
    # A: 20 companies, 200 employees; B: 28 companies, 100 employees.
    assert value(hand_made, "register_companies", "A") == (20, None, "2022")
    assert value(hand_made, "companies_per_1000_inhabitants", "B") == (14, None, "2022")
    assert value(hand_made, "employees_per_company", "A") == (10, None, "2022")
    assert value(hand_made, "share_trade_pct", "A") == (15, None, "2022")
    assert value(hand_made, "share_tourism_pct", "B") == (0, None, "2022")
    # Squares of 0.75, 0.15, 0.10 and of 0.1, 0.7, 0.2.
    assert value(hand_made, "concentration_herfindahl", "A")[0] == round(0.5625 + 0.0225 + 0.01, 3)
    assert value(hand_made, "concentration_herfindahl", "B")[0] == round(0.01 + 0.49 + 0.04, 3)
    # Together C 160/300, G 100/300, I 20/300, Q 20/300.
    a = abs(0.75 - 160 / 300) + abs(0.15 - 100 / 300) + abs(0.10 - 20 / 300) + 20 / 300
    assert value(hand_made, "specialisation_krugman", "A")[0] == round(a, 2)


def test_one_larger_company_is_a_secret(hand_made):
    assert value(hand_made, "share_larger_companies_employees_pct", "A") == (None, "geheim", "2022")
    assert value(hand_made, "share_larger_companies_employees_pct", "B") == (0, None, "2022")
    assert value(hand_made, "larger_companies", "A") == (1, None, "2022")


def test_without_a_register_nothing_is_left(hand_made):
    hand_made.execute("DELETE FROM industry_structure")
    builder.refresh(hand_made)
    for table in ("observation", "indicator", "indicator_period", "company_unit"):
        assert hand_made.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
    assert industry.register_source(hand_made) is None
    assert industry.totals(hand_made, "A") is None
    assert industry.structure(hand_made, "A").empty


def test_location_quotients_by_hand(hand_made):
    found = industry.structure(hand_made, "B", compared_with="country")
    # Only three companies in C, the third largest 3 of 10: open. G: 0.7 here, 1/3 in all.
    assert found.loc["G", "location_quotient"] == pytest.approx(0.7 * 3)
    assert found.loc["C", "employee_share_pct"] == pytest.approx(10)
    assert list(found.index) == ["C", "G", "Q"]


def test_secret_cells_are_pooled_until_nothing_can_be_worked_out(hand_made):
    found = industry.structure(hand_made, "A", by="size_class")
    # 50-99 holds one company; 0-9 (50 employees) joins as the smallest open cell, and the pool is open then.
    assert list(found.index) == ["10-19", secrecy.POOLED]
    assert found.loc[secrecy.POOLED, "companies"] == 16 and found.loc[secrecy.POOLED, "employees"] == 140
    assert found["employees"].sum() == 200


@pytest.mark.parametrize(
    ("companies", "employees", "largest", "second", "secret"),
    [
        (0, 0, None, None, False),
        (1, 5, 5, None, True),
        (2, 9, 5, 4, True),
        (3, 12, 5, 4, False),
        (3, 105, 100, 4, True),  # one is left beside the two largest: less than a tenth of 100
        (3, 114, 100, 4, False),
        (40, 1000, 900, 50, True),
    ],
)
def test_rule_of_secrecy_is_the_same_in_sql_and_python(con, companies, employees, largest, second, secret):
    asked = con.execute(
        "SELECT coalesce(is_secret(?::DOUBLE, ?::DOUBLE, ?::DOUBLE, ?::DOUBLE), false)",
        [companies, employees, largest, second],
    ).fetchall()
    frame = pd.DataFrame(
        {"companies": [companies], "employees": [employees], "largest": [largest], "second": [second]}, dtype=float
    )
    assert asked == [(secret,)] and bool(secrecy.is_secret(frame).iloc[0]) is secret


CELL = st.lists(st.integers(1, 400), min_size=1, max_size=6)


@given(st.dictionaries(st.sampled_from("ABCDEFGH"), CELL, min_size=1, max_size=8))
def test_no_shown_cell_is_secret_and_the_sum_stays(by_code):
    cells = pd.DataFrame(
        {
            code: {
                "companies": len(sizes),
                "employees": sum(sizes),
                "employees_estimated": 0,
                "largest": max(sizes),
                "second": sorted(sizes)[-2] if len(sizes) > 1 else np.nan,
            }
            for code, sizes in by_code.items()
        }
    ).T.astype(float)
    shown = secrecy.pool_secret(cells)
    open_cells = [code for code in shown.index if code != secrecy.POOLED]
    assert not secrecy.is_secret(cells.loc[open_cells]).any()
    if secrecy.POOLED in shown.index:
        pooled = [code for code in by_code if code not in open_cells]
        assert len(pooled) > 1 or not open_cells
        if not shown.loc[secrecy.POOLED, "is_secret"]:
            assert shown["employees"].sum() == cells["employees"].sum()
            assert sum(len(by_code[code]) for code in pooled) >= 3
        else:
            assert not open_cells and np.isnan(shown.loc[secrecy.POOLED, "employees"])


def test_shares_agree_with_pandas(con):
    """An independent calculation of every share, over all units."""
    raw = con.execute("SELECT * FROM industry_structure").df()
    total = raw.groupby("unit_id")["employees"].sum()
    made = raw[raw["wz_section"] == "C"].groupby("unit_id")["employees"].sum().reindex(total.index).fillna(0)
    expected = 100 * made / total
    found = (
        con.execute(
            "SELECT region_id, value FROM observation "
            "WHERE indicator_id = 'share_manufacturing_pct' AND value IS NOT NULL"
        )
        .df()
        .set_index("region_id")["value"]
    )
    assert len(found) > 3500
    pd.testing.assert_series_equal(found, expected.reindex(found.index), check_names=False)
    section = raw.pivot_table(index="unit_id", columns="wz_section", values="employees", aggfunc="sum", fill_value=0)
    shares = section.div(section.sum(axis=1), axis=0)
    krugman = (shares - section.sum() / section.to_numpy().sum()).abs().sum(axis=1)
    stored = (
        con.execute("SELECT region_id, value FROM observation WHERE indicator_id = 'specialisation_krugman'")
        .df()
        .set_index("region_id")["value"]
    )
    stored = stored.dropna().sort_index()
    assert len(stored) > 0.7 * len(krugman)
    assert (stored - krugman[stored.index]).abs().max() <= 0.005 + 1e-9


@pytest.mark.parametrize("by", industry.BREAKDOWNS)
@pytest.mark.parametrize("unit_id", [VLOTHO, "084265002", "100420115", "150850228"])
def test_no_secret_cell_of_a_case_study_reaches_the_screen(con, unit_id, by):
    cells = industry.cells(con, unit_id, by)
    shown = industry.structure(con, unit_id, by)
    secret = set(cells.index[secrecy.is_secret(cells)])
    visible = set(shown.index[shown["employees"].notna()])
    assert not secret & visible and (secret or by != "division")
    assert {"largest", "second"}.isdisjoint(shown.columns)


def test_groups_hold_known_divisions_only(con):
    assert (
        con.execute("SELECT * FROM industry_group_division ANTI JOIN wz_division USING (wz_division)").fetchall() == []
    )
    assert con.execute("SELECT count(*), count(DISTINCT wz_section) FROM wz_division").fetchall() == [(88, 21)]


def test_figure_2_from_the_data_at_hand_beside_the_published_one(con):
    found = town_type_shares.shares(con)
    assert list(found["title"]) == ["Großstadt", "Mittelstadt", "Kleinstadt"]
    published = town_type_shares.published(con).pivot(index="type_group", columns="measure", values="share_pct")
    for measure in ("companies", "employees"):
        assert (found[f"{measure}_pct"] - published[measure]).abs().max() < 0.1
    # Population of 31.12.2022 against the study's earlier year, settlements of 2024 against 2019.
    assert (found["population_pct"] - published["population"]).abs().max() < 1
    assert (found["settlements_pct"] - published["settlements"]).abs().max() < 2.5
    assert found.loc["Kleinstadt", "settlements"] == 2122


def test_landgemeinden_are_an_option(con):
    seven = town_type_shares.shares(con, in_groups=False, with_landgemeinden=True)
    assert len(seven) == 7 and seven.loc["landgemeinde", "companies"] == 570_000
    for measure in town_type_shares.MEASURES:
        assert seven[f"{measure}_pct"].sum() == pytest.approx(100)
    assert seven["settlements"].sum() == 4389


def test_a_company_of_500_in_a_fifth_of_all_jobs_needs_at_most_2500():
    found = pd.DataFrame(
        {
            "town_type": ["kleine_kleinstadt"] * 4 + ["kleinere_mittelstadt"],
            "title": ["Kleine Kleinstadt"] * 4 + ["Kleinere Mittelstadt"],
            "position": [5] * 4 + [3],
            "jobs": [1000, 2500, 2501, 9000, 12000],
        },
        index=pd.Index(list("abcde"), name="unit_id"),
    )
    shares = single_company.shares_above(found, 500, 20)
    assert list(shares.index) == ["kleinere_mittelstadt", "kleine_kleinstadt"]
    assert shares.loc["kleine_kleinstadt", ["units", "small_enough", "share_pct"]].tolist() == [4, 2, 50]
    curves = single_company.curves(found, 20, (200, 500, 2000))
    small = curves[curves["town_type"] == "kleine_kleinstadt"]["share_pct"].tolist()
    assert small == [25, 50, 100]
    with pytest.raises(ValueError):
        single_company.shares_above(found, 500, 0)


@pytest.mark.parametrize(
    ("jobs", "threshold", "size"), [(2500, 20, 500), (2501, 20, 501), (1, 20, 1), (9999, 10, 1000)]
)
def test_size_needed(jobs, threshold, size):
    assert single_company.size_needed(jobs, threshold) == size


def test_without_official_jobs_the_register_stands_in(con):
    bases = single_company.bases(con)
    assert [basis.indicator_id for basis in bases] == ["register_employees"]
    assert not bases[0].is_official and bases[0].provenance == "synthetisch"
    shares = single_company.shares_above(single_company.jobs(con, bases[0]), 500, 20)
    assert shares.loc["kleine_kleinstadt", "share_pct"] > 50 > shares.loc["groessere_kleinstadt", "share_pct"]
    assert shares.loc["grosse_grossstadt", "share_pct"] == 0


def test_an_index_that_would_give_two_pooled_cells_away_is_secret(hand_made):
    """One secret division: the open cell pooled with it and the index would be two equations for two unknowns."""
    hand_made.execute("INSERT INTO industry_structure VALUES ('A', '86', 'Q', '0-9', 2, 12, 0, 8, 4, 'register')")
    builder.refresh(hand_made)
    assert value(hand_made, "concentration_herfindahl", "A") == (None, "geheim", "2022")
    assert value(hand_made, "specialisation_krugman", "A") == (None, "geheim", "2022")
    assert value(hand_made, "concentration_herfindahl", "B")[1] is None


def test_companies_of_an_unknown_division_are_no_zero_share(hand_made):
    """Known by section only: shares of groups of divisions are left out, and the row is called what it is."""
    hand_made.execute("INSERT INTO industry_structure VALUES ('B', '00', 'C', '0-9', 9, 40, 0, 8, 7, 'register')")
    builder.refresh(hand_made)
    assert value(hand_made, "share_trade_pct", "B") == (None, "nicht_sinnvoll", "2022")
    assert value(hand_made, "share_trade_pct", "A") == (15, None, "2022")
    shown = industry.structure(hand_made, "B", by="division", compared_with="country")
    assert "ohne Angabe der Abteilung" in set(shown["title"])
    assert hand_made.execute("SELECT count(*) FROM small_town_structure WHERE wz_division = '00'").fetchall() == [(0,)]


def test_fewer_than_three_towns_are_no_comparison(con):
    sizes = dict(
        con.execute(
            "SELECT county_id, count(*) FROM small_town GROUP BY county_id HAVING count(*) IN (2, 3, 4)"
        ).fetchall()
    )
    few, enough = (next(k for k, n in sizes.items() if n == size) for size in (3, 4))
    for county, number in ((few, 0), (enough, 3)):
        ((unit_id,), *_) = con.execute("SELECT unit_id FROM small_town WHERE county_id = ?", [county]).fetchall()
        assert len(industry.reference_towns(con, unit_id, "county")) == number
