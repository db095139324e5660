"""Where a figure comes from, in one line."""

from __future__ import annotations

from queries.indicators import Indicator
from ui import german

NO_RANKING = "Ein Vergleich, keine Bewertung."


def source_line(indicator: Indicator, period: dict | None = None) -> str:
    """Source, date, population basis and provenance of an indicator, e.g. for the line under a map."""
    parts = [f"Quelle: {indicator.source_title}"]
    if period:
        if period.get("reference_date"):
            parts.append(f"Stand {period['reference_date']}")
        if isinstance(period.get("population_basis"), str):
            parts.append(f"Bevölkerung nach {basis_word(period['population_basis'])}")
    parts.append(german.PROVENANCE_WORDS[indicator.provenance])
    if indicator.is_county_context:
        parts.append("Wert des Landkreises, nicht der Stadt")
    return " · ".join(parts)


def basis_word(basis: str) -> str:
    """`zensus2011` → `Fortschreibung auf Zensus 2011`; unknown words stay as they are."""
    words = {
        "zensus2011": "Fortschreibung auf Zensus 2011",
        "zensus2022": "Zensus 2022",
        "volkszaehlung1987": "Fortschreibung auf Volkszählung 1987",
    }
    return " und ".join(words.get(part, part) for part in basis.split(" und "))


def chart_title(title: str, provenances: set[str]) -> str:
    """Title of a chart or table; says so when it holds synthetic values."""
    return f"{title} – enthält Modelldaten (synthetisch)" if "synthetisch" in provenances else title
