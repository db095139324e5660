"""Plots and words of the economic structure: what is drawn is what the tables say."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from queries import single_company, town_type_shares
from ui import industry_plots, industry_view


@pytest.mark.parametrize(
    ("quotient", "reference", "words"),
    [
        (1.8, 10, "1,8-mal so viel wie üblich"),
        (0.4, 10, "nur 0,4-mal so viel wie üblich"),
        (1.1, 10, "etwa wie üblich"),
        (0.01, 10, "kaum vertreten"),
        (math.nan, 0, "im Vergleich nicht vertreten"),
        (math.nan, math.nan, "–"),
    ],
)
def test_quotients_in_words(quotient, reference, words):
    assert industry_view.quotient_words(quotient, reference) == words


def structure_of(shares: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "title": [f"Branche {n}" for n in range(len(shares))],
            "employee_share_pct": shares,
            "reference_share_pct": [5.0] * len(shares),
        }
    )


def test_bars_hold_the_largest_shares_and_no_secret_ones():
    shares = [float(n) for n in range(30)] + [math.nan]
    figure = industry_plots.structure_bars(structure_of(shares), "Probe", "Deutschland")
    drawn = figure.data[0]
    assert sorted(drawn.x) == [float(n) for n in range(14, 30)]
    assert drawn.customdata[0] == "29,0\u00a0%"
    marks = next(trace for trace in figure.data if trace.name == "Deutschland")
    assert set(marks.x) == {5.0}


def test_curves_pass_through_the_point_in_force():
    jobs = pd.DataFrame(
        {
            "town_type": ["kleine_kleinstadt"] * 4 + ["kleinere_mittelstadt"],
            "title": ["Kleine Kleinstadt"] * 4 + ["Kleinere Mittelstadt"],
            "position": [5] * 4 + [3],
            "jobs": [1000, 2500, 2501, 9000, 12000],
        },
        index=pd.Index(list("abcde"), name="unit_id"),
    )
    now = single_company.shares_above(jobs, 500, 20)
    curves = single_company.curves(jobs, 20, (100, 500, 3000))
    figure = industry_plots.single_company_curves(curves, 500, 20, now)
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines"}
    assert list(lines["Kleine Kleinstadt"].y) == [0, 50, 100]
    point = next(trace for trace in figure.data if trace.mode == "markers")
    assert list(point.x) == [500, 500] and list(point.y) == [0, 50]
    assert figure.layout.shapes[0].x0 == 500


def test_bars_of_the_types_stand_beside_the_published_ones(con):
    frame, published = town_type_shares.shares(con), town_type_shares.published(con)
    figure = industry_plots.type_share_bars(frame, published)
    small = next(trace for trace in figure.data if trace.name == "Kleinstadt")
    shown = dict(zip(small.y, small.x, strict=True))
    assert shown["Beschäftigte · Studie"] == 21.9 and len(shown) == 8
    assert shown["Siedlungen · Atlas"] == pytest.approx(74.9, abs=0.05)
    for label in shown:
        assert sum(dict(zip(t.y, t.x, strict=True))[label] for t in figure.data) == pytest.approx(100, abs=0.15)
    without = industry_plots.type_share_bars(frame.assign(companies_pct=math.nan), None)
    assert "Unternehmen · Atlas" not in without.data[0].y
