"""The synthetic register: published shares, what the study says of its case studies, the same bytes every time."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.commands import main
from kowis_data.demo_register import companies
from kowis_data.demo_register.generate import generate, rows, structure
from kowis_data.demo_register.places import parameters
from kowis_data.settings import BASE_FILES

UNITS = {"05758036": "057580036", "08426014": "084265002", "15085228": "150850228", "10042115": "100420115"}


@pytest.fixture(scope="module")
def register(con):
    return generate(con)


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return pd.read_parquet(BASE_FILES / "demo_structure.parquet")


def test_the_shipped_aggregate_is_what_the_generator_gives(register, shipped):
    made = structure(register)
    pd.testing.assert_frame_equal(made, shipped, check_dtype=False)


def test_shares_of_figure_2(con):
    """Published: 36.2/31.5/32.4 % of companies, 47.5/30.6/21.9 % of employees, without Landgemeinden."""
    found = (
        con.execute(
            """
        SELECT t.type_group, sum(s.companies) AS companies, sum(s.employees) AS employees
        FROM industry_structure s JOIN unit u USING (unit_id) JOIN town_type t USING (town_type) GROUP BY ALL
        """
        )
        .df()
        .set_index("type_group")
    )
    towns = found.drop(index=[name for name in found.index if "land" in name.casefold()])
    shares = (100 * towns / towns.sum()).round(1)
    assert sorted(shares["companies"]) == pytest.approx([31.5, 32.4, 36.2], abs=0.1)
    assert sorted(shares["employees"]) == pytest.approx([21.9, 30.6, 47.5], abs=0.1)
    assert found["companies"].sum() == pytest.approx(3_420_000, rel=0.001)
    assert found["companies"].sum() - towns["companies"].sum() == pytest.approx(570_000, rel=0.001)


def test_no_gemeindefreies_gebiet_has_companies(con):
    assert con.execute(
        "SELECT count(*) FROM company_unit c JOIN unit u USING (unit_id) WHERE u.town_type = 'gemeindefrei'"
    ).fetchall() == [(0,)]
    assert con.execute("SELECT count(*) FROM company_unit").fetchall() == [(4389,)]


def largest(con, ags: str, division: str | None = None) -> list[float]:
    """Sizes of the two largest companies of every cell of a case study, largest first."""
    found = con.execute(
        "SELECT unnest([largest_employees, second_employees]) AS size FROM industry_structure "
        "WHERE unit_id = $unit AND ($division IS NULL OR wz_division = $division)",
        {"unit": UNITS[ags], "division": division},
    ).df()["size"]
    return sorted(found.dropna(), reverse=True)


def test_perl_has_no_company_above_100(con):
    sizes = largest(con, "10042115")
    assert 90 < sizes[0] < 100 and max(sizes[2:]) <= 70
    assert largest(con, "10042115", "41")[0] == sizes[0]  # the builder with over 90


def test_bad_schussenried_has_two_large_manufacturers_and_a_psychiatric_centre(con):
    assert largest(con, "08426014")[:3] == [1150, 620, 560]
    assert largest(con, "08426014", "86")[0] == 560


def test_vlotho_has_several_manufacturers_up_to_1000(con):
    sizes = largest(con, "05758036")
    assert sizes[0] == 920 and sum(size >= 150 for size in sizes) >= 4


def test_oberharz_has_lime_works_and_a_hospital(con):
    assert largest(con, "15085228", "23")[0] == 260
    assert largest(con, "15085228", "86")[0] == 340


def test_real_covariates_show(register):
    touristic = register.units["touristic_area"] == 1
    small = register.units["group"] == "small"
    is_type_3 = pd.Series(register.types == 3, index=register.units.index)
    assert is_type_3[small & touristic].mean() > 3 * is_type_3[small & ~touristic].mean()


def test_everything_is_marked_synthetic(con):
    assert con.execute(
        "SELECT DISTINCT provenance FROM industry_structure JOIN source USING (source_id)"
    ).fetchall() == [("synthetisch",)]


def test_summary_of_each_unit_agrees_with_its_cells(con):
    found = con.execute(
        """
        SELECT count(*) FROM company_unit c JOIN (
            SELECT unit_id, sum(companies) AS companies, sum(employees) AS employees, max(largest_employees) AS most,
                   coalesce(sum(companies) FILTER (size_class NOT IN ('0-9', '10-19', '20-49')), 0) AS larger
            FROM industry_structure GROUP BY unit_id) s USING (unit_id)
        WHERE c.companies <> s.companies OR c.employees <> s.employees OR c.largest_employees <> s.most
           OR c.larger_companies <> s.larger OR c.second_employees > c.largest_employees
        """
    ).fetchall()
    assert found == [(0,)]


def test_rows_and_aggregate_tell_the_same(register):
    table = rows(register)
    assert len(table) == len(register.companies.unit) and table["id"].is_unique
    assert (table["employees"] >= 1).all() and table["name"].str.startswith("Modellbetrieb").all()
    unit = register.members.set_index("ags")["unit_id"]
    by_unit = table.groupby(table["ags"].map(unit))["employees"].agg(["size", "sum"])
    made = structure(register).groupby("unit_id")[["companies", "employees"]].sum()
    assert (by_unit.to_numpy() == made.to_numpy()).all() and by_unit.index.equals(made.index)


def test_other_numbers_give_another_register_of_the_same_shape(con, register):
    other = generate(con, seed=7)
    assert len(other.companies.unit) == pytest.approx(len(register.companies.unit), rel=0.001)
    assert not np.array_equal(other.companies.employees[:1000], register.companies.employees[:1000])


@given(
    st.lists(st.floats(0.01, 1000), min_size=1, max_size=40).map(np.array),
    st.integers(0, 100_000),
)
def test_shares_add_up(weights, total):
    shared = companies.largest_remainder(weights, total)
    assert shared.sum() == total
    assert (np.abs(shared - weights / weights.sum() * total) < 1 + 1e-6).all()


def test_quotas_hold_the_published_shares():
    quotas = companies.quotas()
    assert set(quotas) == set(parameters()["groups"].values())
    assert quotas["land"] == (570_000, 2_850_000)


def test_command_writes_a_file_and_refuses_other_endings(built_database, tmp_path, capsys):
    assert main(["demo-register", str(tmp_path / "register.txt"), "--database", str(built_database)]) != 0
    assert ".csv oder .parquet" in capsys.readouterr().err
    target = tmp_path / "register.parquet"
    assert main(["demo-register", str(target), "--database", str(built_database)]) == 0
    assert "kein einziges ist echt" in capsys.readouterr().out
    found = duckdb.execute("SELECT count(*), count(DISTINCT ags) > 10000 FROM read_parquet(?)", [str(target)])
    assert found.fetchall()[0][1]
