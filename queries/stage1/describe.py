"""Stage 1 in German sentences: criteria, rule, funnel — the same words on the screen and in the protocol."""

from __future__ import annotations

import duckdb
from babel.numbers import format_decimal

from queries.stage1.run import Stage1Result, Step
from queries.stage1.settings import GROUPS, Stage1Settings
from queries.stage1.values import Stage1Data
from queries.town_filter import sentence


def number(value: float, decimals: int = 0) -> str:
    """A number in German, without needless zeros behind the comma."""
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
    return format_decimal(value, pattern, locale="de_DE")


def criteria(data: Stage1Data, settings: Stage1Settings) -> dict[str, str]:
    """Sentence of each criterion by key."""
    return {c.key: c.sentence(data.words[c.key]) for c in settings.criteria}


def rule(settings: Stage1Settings, result: Stage1Result) -> str:
    """When a town remains."""
    most = number(result.most, 1)
    if settings.logic == "all":
        text = "Eine Stadt bleibt, wenn sie bei allen Kriterien außerhalb des mittleren Wertebereichs liegt"
    elif settings.logic == "weighted":
        text = (
            f"Eine Stadt bleibt, wenn die Gewichte der Kriterien, bei denen sie außerhalb liegt, zusammen mindestens "
            f"{number(settings.at_least, 2)} von {most} ergeben"
        )
    else:
        text = (
            f"Eine Stadt bleibt, wenn sie bei mindestens {number(settings.at_least, 1)} von {most} Kriterien außerhalb "
            "des mittleren Wertebereichs liegt"
        )
    if settings.per_group is not None:
        where = f" je {GROUPS[settings.group]}" if settings.group else ""
        text += f"; davon bleiben{where} die {settings.per_group} mit den meisten Kontrasten"
    text += "."
    if settings.correlated_once and result.correlated and settings.logic != "all":
        text += " Eng zusammenhängende Kriterien (|r| über 0,7) zählen gemeinsam nur einmal."
    share = number(100 * settings.required_share)
    return f"{text} Ein fehlender Wert ist kein Kontrast; gefordert sind Werte bei mindestens {share} % der Kriterien."


def step(con: duckdb.DuckDBPyConnection, settings: Stage1Settings, one: Step) -> str:
    """Name of a step of the funnel."""
    return {
        "towns": f"Zur Wahl: {sentence(con, settings.towns)}",
        "surroundings": f"ohne das Umland von Großstädten (bis {number(settings.surroundings_km or 0, 1)} km)",
        "excluded": "ohne die von Hand ausgeschlossenen",
        "cluster": "ohne Städte, die keinem Cluster angehören",
        "gaps": f"mit Werten bei mindestens {number(100 * settings.required_share)} % der Kriterien",
        "required": "außerhalb bei jedem Muss-Kriterium",
        "rule": "Regel erfüllt",
        "target": f"die {settings.per_group} kontrastreichsten"
        + (f" je {GROUPS[settings.group]}" if settings.group else ""),
    }[one.step]


def funnel(
    con: duckdb.DuckDBPyConnection, settings: Stage1Settings, result: Stage1Result
) -> list[tuple[str, int, int]]:
    """The funnel in words: (step, towns left, towns lost in it)."""
    return [(step(con, settings, one), one.left, len(one.lost)) for one in result.funnel]
