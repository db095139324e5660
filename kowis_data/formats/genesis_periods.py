"""Periods of GENESIS files: how they are written, reference dates, the basis of population figures."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

import pandas as pd

from kowis_data.formats.genesis_keys import population_basis

_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip


def parse_period(text: str) -> tuple[str, str] | None:
    """Period and day or season it refers to, None where `text` is no period.

    `"31.12.2015"` gives `("2015", "31.12.")`, `"2015"` gives `("2015", "")`; half-years of study, quarters,
    months and ranges are understood too (`"2023-10P6M"` gives `("2023/2024", "Wintersemester")`).
    """
    text = re.sub(r"^(?:Jahre?|Stichtag|Berichtsjahr|Zeitraum|Semester):\s*", "", text.strip())
    year = r"((?:19|20)\d\d)"
    if match := re.fullmatch(rf"(\d\d)\.(\d\d)\.{year}|{year}-(\d\d)-(\d\d)", text):
        day, month, number = match.group(1, 2, 3) if match.group(1) else match.group(6, 5, 4)
        try:
            datetime.date(int(number), int(month), int(day))
        except ValueError:
            return None
        return number, f"{day}.{month}."
    if re.fullmatch(year, text):
        return text, ""
    if match := re.fullmatch(rf"(?:(WS|Wintersemester) ?)?{year}/(\d\d|\d{{4}})", text):
        start, end = match.group(2), match.group(2)[: 4 - len(match.group(3))] + match.group(3)
        return f"{start}/{end}", "Wintersemester" if match.group(1) else ""
    if match := re.fullmatch(rf"(?:SS|Sommersemester) ?{year}", text):
        return match.group(1), "Sommersemester"
    if match := re.fullmatch(rf"{year} ?(?:-|–|bis) ?{year}", text):
        return f"{match.group(1)}-{match.group(2)}", ""
    if match := re.fullmatch(rf"{year}-(\d\d)P(\d+)M", text):
        return _span(int(match.group(1)), int(match.group(2)), int(match.group(3)))
    if match := re.fullmatch(rf"(\d)\. Quartal {year}|{year}-?Q([1-4])", text):
        return (f"{match.group(2) or match.group(3)}-Q{match.group(1) or match.group(4)}"), ""
    if match := re.fullmatch(rf"({'|'.join(_MONTHS)}) {year}", text):
        return f"{match.group(2)}-{_MONTHS.index(match.group(1)) + 1:02d}", ""
    return None


def _span(year: int, month: int, months: int) -> tuple[str, str] | None:
    if not 1 <= month <= 12 or not 1 <= months <= 12:
        return None
    if months == 12 and month == 1:
        return str(year), ""
    if months == 6 and month in (4, 10):
        return (f"{year}/{year + 1}", "Wintersemester") if month == 10 else (str(year), "Sommersemester")
    if months == 3 and month % 3 == 1:
        return f"{year}-Q{(month + 2) // 3}", ""
    return (f"{year}-{month:02d}", "") if months == 1 else (f"{year}-{month:02d}P{months}M", "")


def parse_periods(texts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """`parse_period` of all periods of one file; those that are none are left out.

    Where a year has several reference dates (quarters) the year alone would mix them up: then the period is
    the date itself ("2024-06-30").
    """
    parsed = {text: period for text in dict.fromkeys(texts) if (period := parse_period(text))}
    periods = [period for period, _ in parsed.values()]
    if len(set(periods)) == len(set(parsed.values())):
        return parsed
    return {
        text: (f"{period}-{day[3:5]}-{day[:2]}", day)
        if re.fullmatch(r"\d\d\.\d\d\.", day)
        else (f"{period} {day}".strip(), day)
        for text, (period, day) in parsed.items()
    }


def period_table(
    values: pd.DataFrame, days: dict[str, str], statistic: dict[str, str]
) -> tuple[pd.DataFrame, list[str]]:
    """What is known of each feature's periods, and German notes on what is not.

    Parameters
    ----------
    values : with the columns of `Reading.values`.
    days : reference day or season by period, from `parse_periods`.
    statistic : code of the statistic by feature; decides whether there is a population basis.

    Returns
    -------
    DataFrame `feature`, `period`, `reference_date` ("31.12.2015", or a season, or ""), `population_basis` (or
    None).
    """
    table = values[["feature", "period"]].drop_duplicates(ignore_index=True)
    table["reference_date"] = [
        f"{day}{period[:4]}" if re.fullmatch(r"\d\d\.\d\d\.", day := days.get(period, "")) else day
        for period in table["period"]
    ]
    country = values[(values["level"] == "country") & values["value"].notna()]
    totals = {period: frozenset(found.round().astype("int64")) for period, found in country.groupby("period")["value"]}
    codes = [statistic[feature].split("-")[0] for feature in table["feature"]]
    at_year_end = table["reference_date"].str.startswith("31.12.")
    table["population_basis"] = pd.Series(
        [
            population_basis(code, int(period[:4]), totals.get(period)) if year_end else _census(code, date)
            for code, period, date, year_end in zip(
                codes, table["period"], table["reference_date"], at_year_end, strict=True
            )
        ],
        dtype=object,
    )
    undecided = at_year_end & table["population_basis"].isna() & (pd.Series(codes, dtype=object) == "12411")
    if not undecided.any():
        return table, []
    years = ", ".join(sorted(table.loc[undecided, "period"].unique()))
    return table, [
        f"Bevölkerungszahlen für {years} sind auf zwei Grundlagen veröffentlicht (Zensus 2011 und 2022); "
        "welche diese Datei enthält, ließ sich nicht feststellen."
    ]


def _census(statistic: str, date: str) -> str | None:
    """Basis of the results of a census itself; its database numbers statistics like "1000A"."""
    if not re.fullmatch(r"\d{4}[A-Z]", statistic):
        return None
    return {"15.05.2022": "zensus2022", "09.05.2011": "zensus2011"}.get(date)


def describe_periods(
    features: pd.DataFrame, periods: pd.DataFrame, days: dict[str, str], nature: str = ""
) -> pd.DataFrame:
    """`features` with `reference_date` ("31.12."; `nature` where there is none) and `population_basis`, both
    only where they are the same in all periods (the basis) or few (the days).
    """
    day = periods["period"].map(days).fillna("")
    by_feature = day.groupby(periods["feature"]).agg(lambda found: ", ".join(dict.fromkeys(filter(None, found))))
    bases = periods.groupby("feature")["population_basis"].agg(lambda found: found.unique().tolist())
    features["reference_date"] = [by_feature.get(feature, "") or nature for feature in features["feature"]]
    single = {feature: found[0] for feature, found in bases.items() if len(found) == 1}
    features["population_basis"] = pd.Series([single.get(feature) for feature in features["feature"]], dtype=object)
    return features


def period_span(periods: pd.DataFrame) -> str:
    """The time a file covers, as text: "31.12.2015", "2023" or "31.12.2008 bis 31.12.2015"."""
    dates = periods["reference_date"].where(periods["reference_date"].str.contains(r"\d"), periods["period"])
    ends = dates[periods["period"].sort_values().index[[0, -1]]] if len(periods) else dates
    return " bis ".join(dict.fromkeys(ends))
