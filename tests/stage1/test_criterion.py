"""A criterion says the same as SQL, as a sentence and as arrays."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.stage1.criterion import BadCriterion, Criterion, Words
from queries.stage1.run import bounds, outside_pattern
from queries.stage1.settings import OutlierDecision, Stage1Settings
from queries.stage1.values import Stage1Data
from queries.town_filter import TownFilter

WORDS = Words("Bevölkerungsdichte", "Personen je km²", 1)


@pytest.mark.parametrize(
    ("criterion", "sentence"),
    [
        (
            Criterion("d", "2022"),
            "Bevölkerungsdichte (2022): außerhalb der mittleren 50 % aller Kleinstädte zur Wahl",
        ),
        (
            Criterion("d", "2022", lower=0.1, upper=0.75, relative_to="cluster"),
            "Bevölkerungsdichte (2022): unter den niedrigsten 10 % oder den höchsten 25 % des eigenen Clusters",
        ),
        (
            Criterion("d", "2022", side="low", lower=0.125, relative_to="state"),
            "Bevölkerungsdichte (2022): unter den niedrigsten 12,5 % des eigenen Landes",
        ),
        (
            Criterion("d", "2022", band="limits", lower=50, upper=1234.5),
            "Bevölkerungsdichte (2022): unter 50,0 Personen je km² oder über 1.234,5 Personen je km²",
        ),
        (
            Criterion("d", "2022", band="limits", lower=None, upper=300),
            "Bevölkerungsdichte (2022): über 300,0 Personen je km²",
        ),
    ],
)
def test_sentences(criterion, sentence):
    assert criterion.sentence(WORDS) == sentence


def test_sentence_of_a_category():
    criterion = Criterion("state", kind="category", categories=("05", "10"))
    assert criterion.sentence(Words("Land", categories={"05": "Nordrhein-Westfalen", "10": "Saarland"})) == (
        "Land: Nordrhein-Westfalen oder Saarland"
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"lower": 0.8, "upper": 0.2}, "den kleineren zuerst"),
        ({"lower": None}, "zwei Anteile"),
        ({"lower": -0.1}, "0 bis 100"),
        ({"band": "limits", "lower": None, "upper": None}, "mindestens einen Wert"),
        ({"band": "limits", "lower": 5, "upper": 4}, "über der oberen"),
        ({"weight": -1}, "negativ"),
        ({"kind": "category"}, "Ausprägung"),
    ],
)
def test_bad_criteria_are_told_in_german(wrong, says):
    with pytest.raises(BadCriterion, match=says):
        Criterion("d", "2022", **wrong)


VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=3, max_size=40)


@given(
    VALUES,
    st.sampled_from(["both", "low", "high"]),
    st.sampled_from(["quantile", "limits"]),
    st.floats(0, 0.5),
    st.floats(0.5, 1),
)
def test_sql_and_arrays_find_the_same_towns(values, side, band, lower, upper):
    if band == "limits":
        lower, upper = -1000 * lower, 1000 * upper
    criterion = Criterion("d", "2022", side=side, band=band, lower=lower, upper=upper)
    settings = Stage1Settings(criteria=(criterion,))
    index = pd.Index([f"{number:09d}" for number in range(len(values))], name="unit_id")
    frame = pd.DataFrame({"d": values}, index, dtype=float)
    data = Stage1Data(pd.DataFrame(index=index), frame, {"d": WORDS})
    low, high = bounds(data, frame, settings)
    pattern = outside_pattern(frame, low, high, settings)
    known = [None if not np.isfinite(x) else float(x) for x in (low["d"].iloc[0], high["d"].iloc[0])]
    condition, parameters = criterion.sql(*known)
    with duckdb.connect() as con:
        con.execute("CREATE TABLE town (unit_id VARCHAR, value DOUBLE)")
        con.executemany("INSERT INTO town VALUES (?, ?)", list(zip(index, values, strict=True)))
        asked = con.execute(f"SELECT unit_id FROM town WHERE {condition} ORDER BY unit_id", parameters).fetchall()
    assert [row[0] for row in asked] == list(index[pattern["d"] != 0])


def test_settings_survive_a_project_file():
    settings = Stage1Settings(
        towns=TownFilter(state_ids=("05",), attributes=(("west_ost", ("Ostdeutschland",)),)),
        criteria=(Criterion("a", "2022", reason="weil"), Criterion("state", kind="category", categories=("05",))),
        excluded=(("057580036", "Beteiligung abgelehnt"),),
        outliers=(OutlierDecision("057580036", "a", "confirmed", "geprüft"),),
        group="cluster",
        per_group=4,
        surroundings_km=20.0,
    )
    import json

    assert Stage1Settings.from_dict(json.loads(json.dumps(settings.as_dict()))) == settings
    assert Stage1Settings.from_dict({}) == Stage1Settings()
    assert settings.without_reason == ("state",) and settings.needs_clusters
    changed = settings.with_criterion(Criterion("a", "2021"))
    assert [c.period for c in changed.criteria] == ["2021", ""] and len(changed.without_criterion("a").criteria) == 1
