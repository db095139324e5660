"""Names of columns and files in the Breitbandatlas: technology, speed, period, whom the shares are about."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# "alle Technologien ≥ 50 Mbit/s"; the sign suffers in wrong encodings, so other signs may stand there.
_SPOKEN = re.compile(
    r"(?P<technology>5G|[A-Za-z][A-Za-z./ ]*?)[^A-Za-z0-9]{1,8}(?P<speed>\d+)\s*Mbit/s", re.ASCII
)
_CODED = re.compile(r"(?P<technology>(?:verf_)?[a-z0-9]+)_(?P<speed>\d+)")

_HALF_YEARS = {"mitte": "06", "ende": "12", "1": "06", "2": "12"}
_NAME_PATTERNS = (
    re.compile(r"(?P<year>20\d\d)[ _-]*(?P<half>mitte|ende)", re.IGNORECASE),
    re.compile(r"(?P<half>mitte|ende)[ _-]*(?P<year>20\d\d|\d\d)(?!\d)", re.IGNORECASE),
    re.compile(r"(?P<year>20\d\d)[_-](?P<half>[12])(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)[_-]?(?P<month>06|12)(?!\d)"),
    re.compile(r"(?<!\d)(?P<month>06|12)[_-]?(?P<year>20\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>20\d\d)(?!\d)"),
)


@dataclass(frozen=True)
class SpeedColumn:
    """A column of shares: our slug and title of the technology, least speed in Mbit/s."""

    technology: str
    title: str
    speed: int


@cache
def facts() -> dict:
    """Content of `breitbandatlas.toml`."""
    return tomllib.loads(Path(__file__).with_name("breitbandatlas.toml").read_text(encoding="utf-8"))


def parse_column(name: str) -> SpeedColumn | None:
    """Technology and speed of a column: `"DSL ≥ 50 Mbit/s"`, `"verf_100_50"`, `"DSL_16"`."""
    text = name.strip()
    match = _SPOKEN.fullmatch(text) or _CODED.fullmatch(text.lower())
    if not match:
        return None
    written = re.sub(r"[\s./]", "", match["technology"].lower())
    for entry in facts()["technology"]:
        if written in entry["written"]:
            return SpeedColumn(entry["technology"], entry["title"], int(match["speed"]))
    return None


def period_of(name: str) -> str | None:
    """Period in the name of a file: `"2021-06"`, `"2018-12"`, or only `"2021"`; None where there is none.

    Known are "2021_mitte", "2018_ende", "Mitte 18", "2021_1" (half-years) and "062021".
    """
    for pattern in _NAME_PATTERNS:
        if match := pattern.search(name):
            found = match.groupdict()
            year = found["year"] if len(found["year"]) == 4 else "20" + found["year"]
            month = found.get("month") or _HALF_YEARS.get((found.get("half") or "").lower())
            return f"{year}-{month}" if month else year
    return None


def sector_of(columns: list[SpeedColumn], name: str) -> tuple[str | None, str]:
    """Whom the shares are about (key of `[sector]`, None where unknown) and how we know.

    The content tells households (columns for all or mobile technologies); the commercial deliveries look
    alike and only their file names tell them apart.
    """
    if any(column.technology in ("alle", "mobil") for column in columns):
        return "haushalte", "aus den Spalten"
    if "gwg" in name.lower():
        return "gewerbegebiete", "aus dem Dateinamen"
    if re.search(r"gew(?![a-z])|gewerb", name.lower()):
        return "gewerbe", "aus dem Dateinamen"
    return None, "weder aus den Spalten noch aus dem Dateinamen zu erkennen"


def reference_date(period: str) -> str:
    """Reference date of a period, dd.mm.yyyy; only the year where the period has no month."""
    year, _, month = period.partition("-")
    return f"{'30.06.' if month == '06' else '31.12.'}{year}" if month else year
