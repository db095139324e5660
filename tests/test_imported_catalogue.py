"""The curated list of indicators from files: every entry whole and unmistakable, every code there in the files."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter

import duckdb
import pytest

from kowis_data import catalogue, formats
from kowis_data.catalogue import imported
from kowis_data.formats.inkar_names import feature_of, side_area
from kowis_data.formats.reading import Sample

CURATED = imported.indicators()
RAW = catalogue.load("imported")
OFFERED = {key: facts for key, facts in CURATED.items() if not facts["is_helper"]}
EVERY = CURATED | catalogue.indicators()
KINDS = {
    "ratio": {"numerator", "denominator"},
    "product": {"of"},
    "difference": {"minuend", "subtrahend"},
    "relative_difference_pct": {"of", "base"},
    "change_pct": {"of", "from", "to"},
    "change_abs": {"of", "from", "to"},
    "mean_of_periods": {"of", "years"},
    "sum": {"of"},
}
FIELDS = {"title", "unit_label", "theme", "decimals", "aggregation", "definition"}
KNOWN_FIELDS = FIELDS | set(catalogue.INDICATOR_DEFAULTS) | set(imported.IMPORTED_DEFAULTS) | {"source_id"}
TABLE = "INKAR, Ausgabe 2021"

# A table export holds the level and the indicators somebody chose on the site: it says nothing of other levels.
EXPORTED_FOR_COUNTIES = {
    "employees_at_residence",
    "share_foreigners_pct",
    "academic_residents_pct",
    "unqualified_residents_pct",
    "share_women_pct",
}


def test_the_list_is_long_enough():
    assert len(OFFERED) >= 80
    assert not set(CURATED) & set(catalogue.indicators())


@pytest.mark.parametrize("indicator_id", CURATED)
def test_entry_is_whole(indicator_id):
    facts = CURATED[indicator_id]
    assert set(facts) <= KNOWN_FIELDS and set(facts) >= FIELDS
    assert re.fullmatch(r"[a-z][a-z0-9_]*", indicator_id)
    assert all(facts[name] for name in ("title", "unit_label", "definition"))
    assert facts["theme"] in catalogue.load("indicators")["themes"] | imported.themes()
    assert facts["aggregation"] in ("sum", "mean", "none")
    assert (facts["aggregation"] == "mean") == (facts["weight_indicator"] is not None)
    assert facts["decimals"] in range(4)
    assert facts["scale"] in ("metric", "count", "class")
    assert facts["polarity"] in ("neutral", "higher", "lower")
    assert facts["features"] or facts["derive"]
    assert facts["factor"] > 0
    assert facts["is_county_context"] == (facts["theme"] == "kreiskontext")
    if facts["minimum"] is not None and facts["maximum"] is not None:
        assert facts["minimum"] < facts["maximum"]
    if facts["is_signed"]:
        assert facts["minimum"] is None or facts["minimum"] < 0


@pytest.mark.parametrize("indicator_id", OFFERED)
def test_definition_says_more_than_the_title(indicator_id):
    facts = OFFERED[indicator_id]
    assert len(facts["definition"]) >= 40 and facts["definition"].endswith((".", ")"))
    assert "je Einwohner" not in facts["definition"] + facts["title"]
    # Employees are always said to be counted where they work or where they live.
    if "SvB" in facts["title"]:
        assert re.search(r"Arbeitsort|Wohnort|Landkreis", facts["title"]), facts["title"]


def test_titles_and_features_are_unique():
    titles = [facts["title"] for facts in EVERY.values()]
    assert sorted(titles) == sorted(set(titles))
    features = [feature for facts in EVERY.values() for feature in facts["features"]]
    assert sorted(features) == sorted(set(features))


def test_themes_are_new_and_used():
    assert not set(imported.themes()) & set(catalogue.load("indicators")["themes"])
    # "weitere" is for features that nobody curated.
    assert set(imported.themes()) - {"weitere"} <= {facts["theme"] for facts in OFFERED.values()}


@pytest.mark.parametrize("indicator_id", [key for key, facts in CURATED.items() if facts["derive"]])
def test_derivation_is_complete_and_refers_to_known_indicators(indicator_id):
    facts = CURATED[indicator_id]
    derive = facts["derive"]
    assert set(derive) - {"kind", "factor"} == KINDS[derive["kind"]]
    assert facts["source_id"] == imported.DERIVED_SOURCE_ID
    parts = catalogue.needs(facts)
    assert parts and set(parts) <= set(EVERY)
    assert indicator_id not in parts
    if "from" in derive:
        assert derive["from"] < derive["to"]
    if derive["kind"] == "product":
        assert len(derive["of"]) == 2


def test_nothing_is_computed_from_itself():
    graph = {key: catalogue.needs(facts) for key, facts in EVERY.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(EVERY)


def test_helpers_are_used():
    used = {part for facts in EVERY.values() for part in catalogue.needs(facts)}
    assert {key for key, facts in CURATED.items() if facts["is_helper"]} <= used


def test_references_between_entries():
    for facts in CURATED.values():
        if facts["three_year_mean"]:
            mean = CURATED[facts["three_year_mean"]]["derive"]
            assert mean["kind"] == "mean_of_periods" and CURATED[mean["of"]] is facts
        if facts["population_basis_by_period"]:
            assert facts["population_basis_by_period"] in RAW["population_basis_rules"]
        for known in facts["doubtful"]:
            assert set(known) == {"features", "levels", "periods", "values", "reason"}
            assert set(known["features"]) <= set(facts["features"])


def test_commuters_carry_the_warning_of_the_border():
    for key, facts in CURATED.items():
        if facts["theme"] == "pendeln" and not facts["is_helper"]:
            assert "Ausland" in facts["note"], key


# ---------------------------------------------------------------- small helpers


@pytest.mark.parametrize(
    ("period", "basis"),
    [
        ("1996", "volkszaehlung1987"),
        ("2010", "volkszaehlung1987"),
        ("2011", "zensus2011"),
        ("2022", "zensus2011"),
        ("2023", None),
        ("2009-2011", "zensus2011"),
        ("Stand Ende 2015", None),
    ],
)
def test_population_basis(period, basis):
    assert imported.population_basis(CURATED["tax_power_eur_per_head"], period) == basis


def test_no_population_basis_without_a_rule():
    assert imported.population_basis(CURATED["employees_at_workplace"], "2015") is None


def test_doubtful_values_are_known():
    beds = CURATED["beds_per_1000"]
    assert "fast überall 0" in imported.doubt(beds, "q_schlafg_bev", "unit", "2012", 0.0)
    assert "geheim" in imported.doubt(beds, "q_schlafg_bev", "municipality", "2021", 0.0)
    assert imported.doubt(beds, "q_schlafg_bev", "unit", "2012", 12.5) is None
    assert imported.doubt(beds, "q_schlafg_bev", "county", "2012", 0.0) is None
    assert imported.doubt(beds, "45412-01-02-5|Angebotene Gästebetten", "unit", "2012", 0.0) is None
    assert imported.doubt(CURATED["doctors_per_10000"], "q_ärzte_bev", "unit", "2021", 0.0) is None


def test_county_values_only():
    assert imported.has_county_values_only(["county", "state", "country"])
    assert not imported.has_county_values_only(["county", "unit"])
    assert not imported.has_county_values_only(["state"])


# ---------------------------------------------------------------- features nobody curated


def automatic(feature, title, unit=None, format_id="genesis_classic", **more):
    row = {"feature": feature, "title": title, "unit_label": unit, "definition": None, **more}
    return imported.automatic_indicator(row, TABLE, format_id)


@pytest.mark.parametrize(
    ("title", "unit", "format_id", "aggregation", "decimals"),
    [
        ("Straßenverkehrsunfälle", "Anzahl", "genesis_ffcsv", "sum", 0),
        ("Steuereinnahmen", "EUR", "genesis_classic", "sum", 0),
        ("Einnahmen", "Tsd. EUR", "genesis_classic", "sum", 0),
        ("Fläche", "km²", "register_auszug_gv", "sum", 1),
        ("Zuzüge über die Gemeindegrenzen", "Anzahl", "genesis_classic", "none", 0),
        ("Durchschnittlicher Kaufwert", "EUR", "genesis_classic", "none", 0),
        ("Kaufwert", "EUR/qm", "genesis_classic", "none", 1),
        ("Anteil Erholungsfläche", "Prozent", "genesis_ffcsv", "none", 1),
        ("Arbeitslosenquote", None, "inkar_bulk", "none", 2),
        ("Krankenhäuser", None, "inkar_bulk", "none", 2),
        ("Arbeitslose", "Anzahl", "inkar_export", "sum", 0),
        ("Eigene Zahl", "Anzahl", "generic", "none", 0),
    ],
)
def test_automatic_rules(title, unit, format_id, aggregation, decimals):
    entry = automatic("x", title, unit, format_id)
    assert (entry["aggregation"], entry["decimals"]) == (aggregation, decimals)
    assert entry["polarity"] == "neutral"
    assert set(entry) <= KNOWN_FIELDS | {"indicator_id"}


def test_automatic_entry_keeps_the_words_of_the_file():
    entry = automatic("99910|AI0305", "Anteil Waldfläche", "Prozent", definition="Wald an der Fläche.")
    assert (entry["title"], entry["unit_label"], entry["definition"]) == (
        "Anteil Waldfläche [99910]",
        "%",
        "Wald an der Fläche.",
    )
    assert entry["note"] is None
    bare = automatic("q_x", None, format_id="inkar_bulk")
    assert bare["title"] == "q_x [q_x]"
    assert TABLE in bare["definition"] and "Einheit" in bare["note"]


@pytest.mark.parametrize(
    ("feature", "title", "format_id", "subject_area", "theme"),
    [
        ("q_x", "Etwas", "inkar_bulk", "Sozialleistungen", "soziales"),
        ("q_x", "Etwas", "inkar_bulk", "Privateinkommen, Private Schulden", "finanzen"),
        ("q_x", "Baulandumsatz der Wohnungen", "inkar_bulk", "Absolutzahlen", "wirtschaft"),
        ("q_x", "Etwas", "inkar_bulk", None, "weitere"),
        ("45412-01-02-5|x", "Etwas", "genesis_classic", None, "tourismus"),
        ("45211|x", "Etwas", "genesis_ffcsv", None, "wirtschaft"),
        ("19321|x", "Etwas", "genesis_ffcsv", None, "pendeln"),
        ("71231|x", "Etwas", "genesis_ffcsv", None, "finanzen"),
        ("12411|x", "Bevölkerung", "genesis_ffcsv", None, "bevoelkerung"),
        ("breitband_dsl_ge_16_mbit", "Breitband ab 16 Mbit/s", "breitbandatlas", None, "digital"),
    ],
)
def test_automatic_theme(feature, title, format_id, subject_area, theme):
    assert automatic(feature, title, format_id=format_id, subject_area=subject_area)["theme"] == theme


def test_rules_name_known_themes():
    known = set(catalogue.load("indicators")["themes"]) | set(imported.themes())
    rules = RAW["automatic"]
    for name in ("theme_by_subject_area", "theme_by_statistic", "theme_by_word"):
        assert set(rules[name].values()) <= known


def test_automatic_ids():
    assert imported.automatic_id("q_alo_f", "inkar_bulk") == "inkar_q_alo_f"
    assert imported.automatic_id("inkar_schueler", "inkar_bulk") == "inkar_schueler"
    assert imported.automatic_id("breitband_dsl_ge_16_mbit", "breitbandatlas") == "breitband_dsl_ge_16_mbit"
    assert imported.automatic_id("spalte", "generic_table") == "datei_spalte"
    alike = ["O03_AG", "o03_ag", "O03 AG", "o03_äg", "x" * 90 + "a", "x" * 90 + "b", "12411|A|B", "12411|A_B"]
    ids = [imported.automatic_id(code, "inkar_bulk") for code in alike]
    assert len(set(ids)) == len(alike)
    assert all(re.fullmatch(r"[a-z0-9_]{1,70}", found) for found in ids)


# ---------------------------------------------------------------- against the official files


@pytest.fixture(scope="session")
def inkar_kuerzel(official_data) -> set[str]:
    """All codes of INKAR 2024, also of indicators whose values are not among the files."""
    path = official_data / "inkar_2024" / "_indikatoren.parquet"
    return {row[0] for row in duckdb.execute("SELECT DISTINCT kuerzel FROM read_parquet(?)", [str(path)]).fetchall()}


@pytest.fixture(scope="session")
def levels_by_feature(official_data) -> dict[str, set[str]]:
    """Levels with values of every feature the readers give from the official files but the INKAR tables."""
    found: dict[str, set[str]] = {}
    for folder in sorted(official_data.iterdir()):
        for path in sorted(folder.glob("*.*")) if folder.is_dir() else []:
            if path.suffix == ".parquet" or path.name.startswith("_"):
                continue
            with path.open("rb") as file:
                sample = Sample(path, file.read(65_536))
            reader, recognition = formats.recognise(sample)
            reading = reader.read(sample, recognition, duckdb.connect())
            values = reading.values[reading.values["value"].notna()]
            for feature in reading.features["feature"]:
                found.setdefault(feature, set())
            for feature, levels in values.groupby("feature")["level"].unique().items():
                found[feature] |= set(levels)
    return found


_INKAR_LEVELS = {
    "Gemeinden": "municipality",
    "Gemeindeverbände (Verwaltungsgemeinschaft)": "unit",
    "Gemeindeverbände": "unit",
    "Kreise": "county",
}


def _counts_by_raumbezug(con, path, joined: str, keys: tuple[str, ...]):
    """(Raumbezug, column, number of values) of an INKAR table; a value per column, region and year."""
    described = con.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    columns = [row[0] for row in described if row[0] not in keys]
    counts = ", ".join(f'count("{name}")' for name in columns)
    rows = con.execute(f"SELECT raumbezug, {counts} FROM read_parquet('{path}') v {joined} GROUP BY raumbezug")
    return [
        (raumbezug, name, number)
        for raumbezug, *numbers in rows.fetchall()
        for name, number in zip(columns, numbers, strict=True)
    ]


@pytest.fixture(scope="session")
def inkar_levels(official_data) -> dict[str, set[str]]:
    """Levels with values of every feature in the tables of INKAR 2021 and 2024."""
    found: dict[str, set[str]] = {}
    con = duckdb.connect()
    old = official_data / "inkar_2021"
    regions = f"JOIN read_parquet('{old}/_regionen.parquet') r ON r.id = v.region_id"
    titles = con.execute(
        "SELECT 'x' || id, kurzname, bereich FROM read_parquet(?)", [f"{old}/_indikatoren.parquet"]
    ).fetchall()
    names = {column: feature_of(title, area=side_area(area)) for column, title, area in titles}
    cells = [
        cell
        for path in sorted((official_data / "inkar_2024").glob("[a-z]*.parquet"))
        for cell in _counts_by_raumbezug(con, path, "", ("raumbezug", "kennziffer", "name", "zeitbezug"))
    ]
    for path in sorted(old.glob("[a-z]*.parquet")):
        cells += [
            (raumbezug, names[column], number)
            for raumbezug, column, number in _counts_by_raumbezug(con, path, regions, ("region_id", "zeitbezug"))
        ]
    for raumbezug, feature, number in cells:
        if number and raumbezug in _INKAR_LEVELS:
            found.setdefault(feature, set()).add(_INKAR_LEVELS[raumbezug])
    return found


@pytest.mark.official
def test_every_code_exists(inkar_kuerzel, levels_by_feature, official_data):
    """Codes made of titles (INKAR 2021) come from that edition's list, by the reader's own rule."""
    path = official_data / "inkar_2021" / "_indikatoren.parquet"
    titles = duckdb.execute("SELECT kurzname, bereich FROM read_parquet(?)", [str(path)]).fetchall()
    by_title = {feature_of(title, area=side_area(area)) for title, area in titles}
    known = inkar_kuerzel | set(levels_by_feature) | by_title
    assert {feature for facts in CURATED.values() for feature in facts["features"]} - known == set()


@pytest.mark.official
def test_county_context_is_what_no_town_has(inkar_levels, levels_by_feature):
    assert {"i_fz_oz", "q_kb_Pers", "inkar_kommunale_schulden"} <= set(inkar_levels)
    wrong = []
    for key, facts in OFFERED.items():
        levels = set()
        for feature in facts["features"]:
            levels |= inkar_levels.get(feature, set()) | levels_by_feature.get(feature, set())
        is_county_only = imported.has_county_values_only(levels)
        if levels and is_county_only != facts["is_county_context"] and key not in EXPORTED_FOR_COUNTIES:
            wrong.append((key, sorted(levels)))
    assert wrong == []


@pytest.mark.official
def test_automatic_ids_of_all_known_codes_differ(inkar_kuerzel, levels_by_feature):
    codes = {code for code in inkar_kuerzel if code} | {code for code in levels_by_feature if "|" not in code}
    assert len({imported.automatic_id(code, "inkar_bulk") for code in codes}) == len(codes)


@pytest.mark.official
def test_jobs_from_densities_of_bad_schussenried(official_data):
    """3,195 → 4,200 (+1,005, +31.5 %) at municipality level, as in the study's check."""
    path = official_data / "inkar_2024" / "siedlungsstruktur.parquet"
    rows = duckdb.execute(
        "SELECT zeitbezug, q_bevsva_qkm - q_bev_fl FROM read_parquet(?) "
        "WHERE raumbezug = 'Gemeinden' AND kennziffer = '08426014' AND zeitbezug IN ('2011', '2021')",
        [str(path)],
    ).fetchall()
    jobs = {str(year): density * 55.01 for year, density in rows}
    assert [round(jobs[year]) for year in ("2011", "2021")] == [3195, 4200]
    assert round(jobs["2021"] - jobs["2011"]) == 1005
    assert round(100 * (jobs["2021"] / jobs["2011"] - 1), 1) == 31.5
