"""What the database says to a selection project, for its protocol: criteria, bounds, funnel, towns, spread, sources."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import pandas as pd

from queries import clusters, data_version, sources
from queries import spread as spread_of
from queries.stage1 import describe, outliers, run, values
from queries.stage1.criterion import CATEGORY, RELATIVE_TO
from queries.stage1.settings import GROUPS, Stage1Settings
from queries.stage1.values import NotPossible, Stage1Data

# What every selection rests on besides its criteria: the register and the borders drawn.
_GROUND = ("gemeindeverzeichnis_2024_06_30", "bkg_vg250_2016")


@dataclass(frozen=True)
class Stage1Record:
    """Stage 1 as it comes out with today's data.

    Attributes
    ----------
    criteria : index key; title, period, unit_label, decimals, sentence, reference_date, basis, sources, provenances
        (the latter two as tuples), is_county, is_category, outside and missing (numbers of towns).
    rule : German.
    funnel : (step, towns left, towns lost).
    lost : unit ids lost by step of the funnel, for the steps `surroundings`, `excluded`, `cluster` and `gaps`.
    correlated : (key, key, r).
    bounds : one row per criterion and group: key, group, low, high (NaN = open).
    suspicious : as `outliers.suspicious`.
    remaining : unit ids, sorted.
    values, pattern : remaining towns × criteria; values used (NaN = missing), and +1, 0, −1.
    outside : sum of the weights of the criteria outside, per remaining town.
    """

    criteria: pd.DataFrame
    rule: str
    funnel: tuple[tuple[str, int, int], ...]
    lost: dict[str, tuple[str, ...]]
    correlated: tuple[tuple[str, str, float], ...]
    bounds: pd.DataFrame
    suspicious: pd.DataFrame
    remaining: tuple[str, ...]
    values: pd.DataFrame
    pattern: pd.DataFrame
    outside: pd.Series


@dataclass(frozen=True)
class Record:
    """Answers of the database to a project.

    Attributes
    ----------
    territorial_status, population_date : dates as the register states them.
    population_basis : what the population rests on, e.g. `zensus2011`; "" where unknown.
    small_towns : number of small towns.
    stage1 : None where stage 1 cannot be carried out; `problem` then says why, in German.
    towns : index unit_id, all towns asked for and all that remain: name, county_name, state_name, cluster (None where
        it has none or the selection does not use clusters), town_type_title, population, lon, lat.
    spread : of the final set over what it was not chosen by; empty without one.
    sources : title, publisher, reference_date, provenance, attribution of everything used.
    cluster_source : what the clusters rest on, where the selection uses them.
    cluster_titles : the study's name of each cluster by number.
    data : `data_version.facts` of today.
    """

    territorial_status: str
    population_date: str
    population_basis: str
    small_towns: int
    stage1: Stage1Record | None
    problem: str
    towns: pd.DataFrame
    spread: pd.DataFrame
    sources: pd.DataFrame
    cluster_source: clusters.StructureSource | None = None
    cluster_titles: dict[int, str] = field(default_factory=dict)
    data: dict = field(default_factory=dict)


def record(
    con: duckdb.DuckDBPyConnection,
    settings: Stage1Settings,
    unit_ids: tuple[str, ...],
    final: tuple[str, ...],
    uses_clusters: bool = False,
) -> Record:
    """Everything the protocol needs of the database.

    `unit_ids` are towns that the project names anywhere, `final` the set chosen (or proposed); `uses_clusters` says
    that stage 2 works with clusters, should stage 1 not.
    """
    stage1, problem, population = None, "", ()
    try:
        data = values.read(con, settings)
        stage1 = _stage1(con, settings, data)
        population = tuple(data.towns.index)
    except NotPossible as error:
        problem = str(error)
    info = sources.build_info(con)
    excluded = tuple(unit_id for unit_id, _ in settings.excluded)
    named = {*unit_ids, *final, *excluded, *(decision.unit_id for decision in settings.outliers)}
    if stage1 is not None:
        named |= {*stage1.remaining, *stage1.lost.get("gaps", ())}
    spread = spread_of.spread(spread_of.attributes(con), final, population) if final and population else pd.DataFrame()
    cluster_source = clusters.structure_source(con) if settings.needs_clusters or uses_clusters else None
    titles = con.execute("SELECT cluster, cluster_title FROM case_study ORDER BY cluster").fetchall()
    return Record(
        info.get("territorial_status", ""),
        info.get("population_date", ""),
        _population_basis(con, info.get("population_date", "")),
        sources.small_towns(con),
        stage1,
        problem,
        _towns(con, tuple(sorted(named)), settings.cluster_model if cluster_source else ""),
        spread,
        _sources(con, stage1, cluster_source),
        cluster_source,
        dict(titles),
        data_version.facts(con),
    )


def _stage1(con: duckdb.DuckDBPyConnection, settings: Stage1Settings, data: Stage1Data) -> Stage1Record:
    result = run.run(data, settings)
    sentences = describe.criteria(data, settings)
    kept = list(result.remaining)
    rows = {
        c.key: {
            "title": data.words[c.key].title,
            "period": c.period,
            "unit_label": data.words[c.key].unit_label,
            "decimals": data.words[c.key].decimals,
            "sentence": sentences[c.key],
            **_origin(con, c.indicator_id, c.period, c.kind),
            "is_category": c.kind == CATEGORY,
            "outside": int((result.pattern[c.key] != 0).sum()),
            "missing": int(result.values[c.key].isna().sum()),
        }
        for c in settings.criteria
    }
    told = ("surroundings", "excluded", "cluster", "gaps")
    return Stage1Record(
        pd.DataFrame.from_dict(rows, orient="index"),
        describe.rule(settings, result),
        tuple(describe.funnel(con, settings, result)),
        {step.step: step.lost for step in result.funnel if step.step in told},
        result.correlated,
        _bounds(con, settings, data, result),
        outliers.suspicious(con, result, settings, data.values),
        result.remaining,
        result.values.loc[kept],
        result.pattern.loc[kept],
        result.outside.loc[kept],
    )


def _bounds(con, settings: Stage1Settings, data: Stage1Data, result) -> pd.DataFrame:
    """Bounds of the middle range in the indicator's unit, per group that they were taken in."""
    states = dict(con.execute("SELECT state_id, name FROM state").fetchall())
    rows = []
    for c in settings.criteria:
        if c.kind == CATEGORY:
            continue
        if c.band == "limits" or c.relative_to == "all":
            first = result.values.index[0]
            whose = "eigene Grenzen" if c.band == "limits" else RELATIVE_TO["all"].removeprefix("aller ")
            rows.append((c.key, whose, result.low.loc[first, c.key], result.high.loc[first, c.key]))
            continue
        column = data.towns["state_id" if c.relative_to == "state" else "cluster"]
        for group in sorted(column.dropna().unique()):
            first = column.index[column == group][0]
            name = states.get(group, group) if c.relative_to == "state" else f"{GROUPS['cluster']} {group}"
            rows.append((c.key, name, result.low.loc[first, c.key], result.high.loc[first, c.key]))
    frame = pd.DataFrame(rows, columns=["key", "group", "low", "high"])
    infinite = [float("inf"), float("-inf")]
    return frame.replace({"low": infinite, "high": infinite}, float("nan"))


def _origin(con: duckdb.DuckDBPyConnection, indicator_id: str, period: str, kind: str) -> dict:
    """Date, population basis, sources and provenances of a criterion's values, as they really stand behind them."""
    if kind == CATEGORY:
        found = con.execute(
            """
            SELECT DISTINCT s.source_id, s.title, s.provenance, a.reference_date FROM unit_attribute a
            JOIN source s ON s.source_id = a.source_id WHERE a.attribute = $name
            UNION
            SELECT DISTINCT s.source_id, s.title, 'abgeleitet', s.reference_date FROM small_town_structure i
            JOIN source s ON s.source_id = i.source_id WHERE $name = 'cluster'
            ORDER BY 1
            """,
            {"name": indicator_id},
        ).fetchall()
        date, basis = (found[0][3] if found else None), None
    else:
        found = con.execute(
            """
            SELECT DISTINCT s.source_id, s.title, s.provenance
            FROM (
                SELECT source_id FROM best_values([$id], [$period], 'unit') v
                SEMI JOIN small_town t ON t.unit_id = v.region_id WHERE value IS NOT NULL
                UNION ALL
                SELECT v.source_id FROM best_values([$id], [$period], 'county') v
                JOIN indicator i ON i.indicator_id = v.indicator_id AND i.is_county_context WHERE v.value IS NOT NULL
            ) o JOIN source s ON s.source_id = o.source_id ORDER BY 1
            """,
            {"id": indicator_id, "period": period},
        ).fetchall()
        dates = con.execute(
            "SELECT reference_date, population_basis FROM indicator_period "
            "WHERE indicator_id = ? AND period = ? LIMIT 1",
            [indicator_id, period],
        ).fetchall()
        date, basis = dates[0] if dates else (None, None)
    county = con.execute(
        "SELECT coalesce(is_county_context, false) FROM indicator WHERE indicator_id = ?", [indicator_id]
    ).fetchall()
    return {
        "reference_date": date or "",
        "basis": basis or "",
        "source_ids": tuple(row[0] for row in found),
        "sources": tuple(row[1] for row in found),
        "provenances": tuple(sorted({row[2] for row in found})),
        "is_county": bool(county and county[0][0]),
    }


def _population_basis(con: duckdb.DuckDBPyConnection, date: str) -> str:
    rows = con.execute(
        "SELECT population_basis FROM indicator_period WHERE indicator_id = 'population' AND reference_date = ? "
        "ORDER BY population_basis LIMIT 1",
        [date],
    ).fetchall()
    return (rows[0][0] or "") if rows else ""


def _towns(con: duckdb.DuckDBPyConnection, unit_ids: tuple[str, ...], model: str) -> pd.DataFrame:
    frame = con.execute(
        """
        SELECT u.unit_id, u.display_name AS name, k.name AS county_name, s.name AS state_name, c.cluster,
               t.title AS town_type_title, u.population, u.lon, u.lat
        FROM unit u JOIN county k ON k.county_id = u.county_id JOIN state s ON s.state_id = u.state_id
        JOIN town_type t ON t.town_type = u.town_type
        LEFT JOIN (SELECT unit_id, cluster FROM cluster_membership WHERE model_id = $model) c ON c.unit_id = u.unit_id
        WHERE u.unit_id IN (SELECT unnest($ids)) ORDER BY u.unit_id
        """,
        {"ids": list(unit_ids), "model": model},
    ).df()
    frame["cluster"] = frame["cluster"].astype("Int64").astype(object).where(frame["cluster"].notna(), None)
    return frame.set_index("unit_id")


def _sources(
    con: duckdb.DuckDBPyConnection, stage1: Stage1Record | None, cluster_source: clusters.StructureSource | None
) -> pd.DataFrame:
    used = set(_GROUND) | ({cluster_source.source_id} if cluster_source else set())
    if stage1 is not None:
        used |= {source_id for ids in stage1.criteria["source_ids"] for source_id in ids}
    return con.execute(
        """
        SELECT source_id, title, publisher, coalesce(reference_date, '') AS reference_date, provenance,
               coalesce(attribution, '') AS attribution
        FROM source
        WHERE source_id IN (SELECT unnest($used))
           OR source_id = (SELECT value FROM build_info WHERE key = 'register_source')
        ORDER BY precedence, title, source_id
        """,
        {"used": sorted(used)},
    ).df()
