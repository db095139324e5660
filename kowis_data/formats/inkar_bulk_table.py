"""The groups of an INKAR bulk file turned into small numbered tables; everything works on integers."""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data.formats.inkar_bulk_refused import Problems
from kowis_data.formats.inkar_bulk_regions import number_periods, number_regions
from kowis_data.formats.inkar_bulk_scan import KEY_LENGTH_UNIT, BulkFile, cut_line, store
from kowis_data.formats.inkar_names import LARGEST_VALUE, feature_of, side_area

# Variants of an indicator that differ in more than this share of their common values are two indicators.
SPLIT_SHARE = 0.01
_AREA_RANK = {"": 0, "zom": 1, "sdg": 2, "europe": 3}
_EXAMPLES = 40
_VARIANT_KINDS = "variant_no SMALLINT, id INTEGER, bereich VARCHAR, kuerzel VARCHAR, title VARCHAR"


def build(con: duckdb.DuckDBPyConnection, source: BulkFile, periods: dict[str, str | None]) -> Problems:
    """Make the numbered tables and the view `inkar_values` from `inkar_group`.

    `periods` maps every Zeitbezug of the file to its period, None where it is none.
    """
    problems = Problems()
    problems.rows_unreadable = con.execute("SELECT count(DISTINCT line) FROM inkar_reject").fetchall()[0][0]
    number_periods(con, periods, problems)
    variants = _unnest(con, problems)
    _drop_cut_line(con, source, problems)
    number_regions(con, source, problems)
    if con.execute("SELECT count(*) FROM inkar_key").fetchall()[0][0]:
        variants = _name_features(con, variants, problems)
        _write_observations(con, variants, problems)
        _make_view(con)
    else:
        con.execute("CREATE OR REPLACE TEMP TABLE inkar_observation (feature_no SMALLINT)")
    for name in ("inkar_group", "inkar_row", "inkar_name", "inkar_contested"):
        con.execute(f"DROP TABLE IF EXISTS {name}")
    return problems


def _make_view(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("""
        CREATE OR REPLACE TEMP VIEW inkar_values AS
        SELECT feature, level, region_id, region_name, period, value, NULL::VARCHAR AS value_status,
               NULL::BIGINT AS line
        FROM inkar_observation JOIN inkar_feature USING (feature_no) JOIN inkar_region USING (region_no)
             JOIN inkar_period USING (period_no)
    """)


def _same(left: str, right: str) -> str:
    """SQL: equal but for the last digits of binary fractions (161,71 and 161,70999999999998 in one edition)."""
    return f"(abs({left} - {right}) <= 1e-9 * greatest(abs({left}), abs({right})))"


def _unnest(con: duckdb.DuckDBPyConnection, problems: Problems) -> pd.DataFrame:
    """One row per value in `inkar_row`; returns the variants (ID, Bereich, Kuerzel, title), numbered."""
    levels = con.execute("SELECT DISTINCT raumbezug FROM inkar_group WHERE keys IS NOT NULL ORDER BY 1").df()
    levels.insert(0, "raumbezug_no", range(len(levels)))
    store(con, "inkar_level", levels, "raumbezug_no TINYINT, raumbezug VARCHAR")
    variants = con.execute("""
        SELECT DISTINCT id, bereich, kuerzel, title FROM inkar_group
        WHERE keys IS NOT NULL AND coalesce(kuerzel, title) IS NOT NULL ORDER BY ALL
    """).df()
    variants.insert(0, "variant_no", range(len(variants)))
    store(con, "inkar_variant", variants, _VARIANT_KINDS)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE inkar_row AS
        SELECT v.variant_no, l.raumbezug_no, p.period_no, unnest(g.keys) AS key, unnest(g.values) AS value
        FROM inkar_group g
        JOIN inkar_variant v ON v.id IS NOT DISTINCT FROM g.id AND v.bereich IS NOT DISTINCT FROM g.bereich
            AND v.kuerzel IS NOT DISTINCT FROM g.kuerzel AND v.title IS NOT DISTINCT FROM g.title
        JOIN inkar_level l USING (raumbezug)
        JOIN inkar_zeitbezug p USING (zeitbezug)
    """)
    is_bad = f"NOT isfinite(value) OR abs(value) > {LARGEST_VALUE}"
    problems.rows_without_value, problems.bad_values = con.execute(
        f"SELECT count(*) FILTER (value IS NULL), count(*) FILTER ({is_bad}) FROM inkar_row"
    ).fetchall()[0]
    if problems.rows_without_value or problems.bad_values:
        con.execute(f"DELETE FROM inkar_row WHERE value IS NULL OR {is_bad}")
    return variants


def _drop_cut_line(con: duckdb.DuckDBPyConnection, source: BulkFile, problems: Problems) -> None:
    cells = cut_line(source)
    if cells is None:
        return
    rows = con.execute("SELECT sum(n)::BIGINT FROM inkar_group").fetchall()[0][0] + problems.rows_unreadable
    problems.cut_line = (rows + 1, ";".join(cells.values()))
    key = cells["Kennziffer"].strip()
    con.execute(
        """
        DELETE FROM inkar_row USING inkar_variant v, inkar_level l, inkar_zeitbezug z
        WHERE inkar_row.variant_no = v.variant_no AND inkar_row.raumbezug_no = l.raumbezug_no
          AND inkar_row.period_no = z.period_no AND v.id::VARCHAR = ? AND l.raumbezug = ? AND z.zeitbezug = ?
          AND inkar_row.key = ?
        """,
        [cells["ID"], cells["Raumbezug"], cells["Zeitbezug"], len(key) * KEY_LENGTH_UNIT + int(key)]
        if key.isdigit()
        else ["", "", "", 0],
    )


def _name_features(con: duckdb.DuckDBPyConnection, variants: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Variants with `feature`, `rank` (the first one stands for the feature), `is_contested`."""
    variants = variants.astype({"title": object, "kuerzel": object, "bereich": object})
    filled = variants[["title", "kuerzel", "bereich"]].fillna("")
    areas = [side_area(area) for area in filled["bereich"]]
    variants["area"] = areas
    variants["feature"] = [
        feature_of(title, kuerzel=kuerzel, area=area)
        for title, kuerzel, area in zip(filled["title"], filled["kuerzel"], areas, strict=True)
    ]
    variants["rank"] = [_AREA_RANK[area] for area in areas]
    periods = con.execute("SELECT count(*) FROM inkar_period").fetchall()[0][0]
    regions = con.execute("SELECT count(DISTINCT region_no) FROM inkar_key").fetchall()[0][0]
    # Equal count and equal sum of hashes: the variants hold the same values. The bits tell repeated keys apart.
    checks = con.execute(f"""
        SELECT variant_no, count(*) AS n, sum(hash(region_no, period_no, value))::VARCHAR AS content,
               bit_count(bitstring_agg(region_no * {periods} + period_no, 0, {max(regions * periods, 1)})) AS keys
        FROM inkar_row JOIN inkar_key USING (raumbezug_no, key) GROUP BY 1
    """).df()
    variants = variants.merge(checks, on="variant_no").sort_values(["feature", "rank", "id"], kind="stable")
    by_feature = variants.groupby("feature")
    is_same = by_feature["content"].transform("nunique").eq(1) & by_feature["n"].transform("nunique").eq(1)
    is_plain = (variants["n"] == variants["keys"]).groupby(variants["feature"]).transform("all")
    variants["is_contested"] = ~(is_same & is_plain)
    return _split(con, variants, problems) if variants["is_contested"].any() else variants


def _split(con: duckdb.DuckDBPyConnection, variants: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Give variants that contradict the first one of their feature a feature of their own."""
    contested = variants[variants["is_contested"]]
    first = contested.groupby("feature")["variant_no"].transform("first")
    pairs = pd.DataFrame({"first_no": first, "variant_no": contested["variant_no"]})
    store(con, "inkar_pair", pairs[first != contested["variant_no"]], "first_no SMALLINT, variant_no SMALLINT")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE inkar_contested AS
        SELECT variant_no, region_no, period_no, value FROM inkar_row JOIN inkar_key USING (raumbezug_no, key)
        WHERE variant_no IN (SELECT first_no FROM inkar_pair UNION SELECT variant_no FROM inkar_pair)
    """)
    differing = con.execute(f"""
        SELECT b.variant_no FROM inkar_pair p
        JOIN inkar_contested a ON a.variant_no = p.first_no
        JOIN inkar_contested b ON b.variant_no = p.variant_no AND a.region_no = b.region_no
            AND a.period_no = b.period_no
        GROUP BY 1 HAVING avg((NOT {_same("a.value", "b.value")})::INT) > {SPLIT_SHARE}
    """).fetchall()
    variants = variants.copy()
    for (number,) in differing:
        row = variants.loc[variants["variant_no"] == number].iloc[0]
        own = f"{row['feature']}_{row['area'] or row['id']}"
        problems.split.append((row["feature"], row["title"], own))
        variants.loc[variants["variant_no"] == number, "feature"] = own
    return variants.sort_values(["feature", "rank", "id"], kind="stable")


def _write_observations(con: duckdb.DuckDBPyConnection, variants: pd.DataFrame, problems: Problems) -> None:
    variants["feature_no"] = variants["feature"].factorize()[0]
    is_first = ~variants.duplicated("feature")
    kinds = f"{_VARIANT_KINDS}, feature VARCHAR, feature_no SMALLINT, is_contested BOOLEAN, is_first BOOLEAN"
    names = [part.split()[0] for part in kinds.split(", ")]
    store(con, "inkar_variant", variants.assign(is_first=is_first)[names], kinds)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE inkar_feature AS
        SELECT feature_no, feature, coalesce(title, kuerzel) AS title, bereich AS subject_area
        FROM inkar_variant WHERE is_first ORDER BY feature_no
    """)
    merged = f"""
        SELECT feature_no, region_no, period_no, min(value) AS value, count(*) AS n,
               NOT {_same("min(value)", "max(value)")} AS differs
        FROM inkar_row JOIN inkar_key USING (raumbezug_no, key) JOIN inkar_variant USING (variant_no)
        WHERE is_contested GROUP BY ALL
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE inkar_merged AS {merged}")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE inkar_observation AS
        SELECT feature_no, region_no, period_no, value FROM (
            SELECT feature_no, region_no, period_no, value
            FROM inkar_row JOIN inkar_key USING (raumbezug_no, key) JOIN inkar_variant USING (variant_no)
            WHERE is_first AND NOT is_contested
            UNION ALL SELECT feature_no, region_no, period_no, value FROM inkar_merged WHERE NOT differs
        ) ORDER BY feature_no::BIGINT << 40 | region_no::BIGINT << 12 | period_no
    """)
    problems.contradictions = con.execute(
        "SELECT coalesce(sum(n), 0)::BIGINT FROM inkar_merged WHERE differs"
    ).fetchall()[0][0]
    problems.contradictory = con.execute(f"""
        SELECT l.raumbezug, r.key, z.zeitbezug, list(DISTINCT v.id::VARCHAR)
        FROM (FROM inkar_merged WHERE differs LIMIT {_EXAMPLES}) m
        JOIN inkar_key k USING (region_no) JOIN inkar_variant v USING (feature_no)
        JOIN inkar_row r ON r.key = k.key AND r.raumbezug_no = k.raumbezug_no
            AND r.variant_no = v.variant_no AND r.period_no = m.period_no
        JOIN inkar_level l ON l.raumbezug_no = k.raumbezug_no JOIN inkar_zeitbezug z ON z.period_no = m.period_no
        GROUP BY ALL ORDER BY ALL
    """).fetchall()
    valid, written = con.execute("""
        SELECT (SELECT count(*) FROM inkar_row JOIN inkar_key USING (raumbezug_no, key)),
               (SELECT count(*) FROM inkar_observation)
    """).fetchall()[0]
    problems.rows_repeated = valid - written - problems.contradictions
    con.execute("DROP TABLE inkar_merged")
