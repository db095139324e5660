"""Finding a town by name, part of a name or key, however it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queries import towns

VLOTHO, SCHUSSENRIED, OBERHARZ, PERL = "057580036", "084265002", "150850228", "100420115"
CASES = {
    "Vlotho": ("05758036", VLOTHO),
    "Bad Schussenried": ("08426014", SCHUSSENRIED),
    "Oberharz am Brocken": ("15085228", OBERHARZ),
    "Perl": ("10042115", PERL),
}


def first(con, text: str) -> str:
    hits = towns.search(con, text)
    assert len(hits), f"nothing found for {text!r}"
    return hits.iloc[0]["ags"]


@pytest.mark.parametrize(("name", "keys"), CASES.items())
def test_case_studies_are_found_by_name_and_every_key(con, name, keys):
    ags, unit_id = keys
    ars = con.execute("SELECT ars FROM municipality WHERE ags = ?", [ags]).fetchone()[0]
    for text in (name, name.upper(), name.lower(), f"  {name} ", ags, ars, unit_id):
        assert first(con, text) == ags, text
    hits = towns.search(con, name)
    assert hits.iloc[0]["unit_id"] == unit_id and hits.iloc[0]["distance"] == 0
    assert towns.unit_of(con, ags) == towns.unit_of(con, ars) == towns.unit_of(con, unit_id) == unit_id


@pytest.mark.parametrize(
    ("text", "ags"),
    [
        ("Vlo", "05758036"),
        ("lotho", "05758036"),
        ("schussenr", "08426014"),
        ("Bad-Schussenried", "08426014"),
        ("oberharz", "15085228"),
        ("am brocken", "15085228"),
        ("per", "10042115"),
    ],
)
def test_a_part_of_the_name_is_enough(con, text, ags):
    assert ags in set(towns.search(con, text, limit=200)["ags"])


@pytest.mark.parametrize("text", ["Münnerstadt", "Muennerstadt", "Munnerstadt", "MÜNNERSTADT", "muennerSTADT"])
def test_umlauts_as_they_come(con, text):
    assert first(con, text) == "09672135"


@pytest.mark.parametrize("text", ["Großräschen", "Grossraeschen", "Grossraschen", "großraeschen"])
def test_sharp_s_and_umlaut(con, text):
    assert first(con, text) == "12066112"


def test_a_member_municipality_leads_to_its_association(con):
    hit = towns.search(con, "Ingoldingen").iloc[0]
    assert hit["unit_id"] == SCHUSSENRIED and hit["ags"] == "08426062" and not hit["is_central"]
    assert "Bad Schussenried" in hit["display_name"]


@pytest.mark.parametrize("text", ["8426014", "08426014 ", " 084 26 014", "8426062"])
def test_a_key_that_lost_its_zero_in_a_spreadsheet_is_still_exact(con, text):
    hits = towns.search(con, text)
    assert set(hits["unit_id"]) == {SCHUSSENRIED}
    assert hits.iloc[0]["distance"] == 0


def test_a_key_finds_one_unit_only(con):
    keys = con.execute("SELECT unit_id, ags FROM municipality JOIN unit USING (unit_id) WHERE ags = central_ags")
    wrong = {}
    for unit_id, ags in keys.fetchall()[::110]:
        for key in (unit_id, ags):
            found = towns.search(con, key)["unit_id"].tolist()
            if found != [unit_id]:
                wrong[key] = found
    assert wrong == {}


def test_every_ags_leads_to_its_unit(con):
    pairs = con.execute("SELECT ags, unit_id FROM municipality WHERE county_id IS NOT NULL").fetchall()[::13]
    assert [ags for ags, unit_id in pairs if towns.unit_of(con, ags) != unit_id] == []


def test_waters_that_belong_to_no_county_are_no_town(con):
    waters = con.execute("SELECT ags, unit_id FROM municipality WHERE county_id IS NULL").fetchall()
    assert 0 < len(waters) < 10
    assert {towns.unit_of(con, key) for pair in waters for key in pair} == {None}


@settings(max_examples=40)
@given(data=st.data())
def test_search_by_any_ags_finds_its_unit(con, data):
    rows = con.execute("SELECT ags, unit_id, name FROM municipality WHERE NOT is_unincorporated ORDER BY 1").fetchall()
    ags, unit_id, name = data.draw(st.sampled_from(rows))
    assert towns.search(con, ags).iloc[0]["unit_id"] == unit_id
    assert unit_id in set(towns.search(con, name, limit=500)["unit_id"])


@given(text=st.text(max_size=60))
def test_any_text_is_answered(con, text):
    hits = towns.search(con, text)
    assert len(hits) <= 12
    assert hits["unit_id"].is_unique
    towns.similar_names(con, text)
    assert towns.unit_of(con, text) is None or text.strip()


@pytest.mark.parametrize("text", ["", "   ", "--", "中文", "Ω", "'; DROP TABLE unit; --", "%", "_", "Atlantis"])
def test_nothing_fits(con, text):
    assert towns.search(con, text).empty


def test_punctuation_around_a_name_does_not_matter(con):
    assert first(con, "Vlotho,") == "05758036"
    assert first(con, "(Perl)") == "10042115"
    assert towns.search(con, "Vlotho,").iloc[0]["distance"] == 0


def test_typing_errors_get_suggestions(con):
    assert "Vlotho" in set(towns.similar_names(con, "Vlohto")["name"])
    assert "Bad Schussenried" in set(towns.similar_names(con, "Bad Schusenried")["name"])


def test_small_towns_and_exact_names_come_first(con):
    hits = towns.search(con, "Neustadt", limit=30)
    assert (hits["distance"].diff().dropna() >= 0).all()
    exact = hits[hits["distance"] == 0]
    assert exact["is_small_town"].astype(int).diff().dropna().le(0).all()


def test_what_the_register_says_about_a_unit(con):
    town = towns.town(con, SCHUSSENRIED)
    assert town["member_count"] == 2 and town["central_name"] == "Bad Schussenried"
    assert towns.members(con, SCHUSSENRIED)["name"].tolist() == ["Bad Schussenried", "Ingoldingen"]
    assert towns.town(con, "000000000") is None
    assert towns.town(con, PERL)["is_small_town"]  # although Perl is no Stadt by law
    assert towns.town(con, VLOTHO)["designation"] == "Stadt"


def test_neighbours_are_mutual(con):
    for neighbour in towns.neighbours(con, VLOTHO)["unit_id"]:
        assert VLOTHO in set(towns.neighbours(con, neighbour)["unit_id"])


def test_counts_and_lists(con):
    counts = towns.small_town_counts(con)
    assert (counts["all"], counts["groessere_kleinstadt"], counts["kleine_kleinstadt"]) == (2_122, 900, 1_222)
    assert len(towns.states(con)) == 13  # the city states have none
    assert set(towns.counties(con, ("10",))) <= {key for key in towns.counties(con) if key.startswith("10")}
    labels = list(towns.counties(con).values())
    assert len(set(labels)) == len(labels)
