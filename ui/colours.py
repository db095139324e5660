"""Colour-blind-safe scales and the type face, the same as in the theme."""

from __future__ import annotations

from plotly.colors import sample_colorscale

SEQUENTIAL = [
    "#f7fcd9",
    "#e3f4c1",
    "#c3e7b9",
    "#98d6b9",
    "#6cc4bd",
    "#45aebf",
    "#2e8fb9",
    "#2a6ba5",
    "#274690",
    "#16245c",
]
DIVERGING_LOW = ["#fee0b6", "#fdb863", "#e08214", "#b35806", "#7f3b08"]
DIVERGING_HIGH = ["#d8daeb", "#b2abd2", "#8073ac", "#542788", "#2d004b"]
# Town types, large to small in dark to light; small towns, what the atlas is about, in a hue of their own.
TOWN_TYPES = {
    "grosse_grossstadt": "#16245c",
    "kleine_grossstadt": "#39559b",
    "groessere_mittelstadt": "#6f9bc8",
    "kleinere_mittelstadt": "#aecbe3",
    "groessere_kleinstadt": "#d55e00",
    "kleine_kleinstadt": "#f3ae72",
    "landgemeinde": "#e4e7d8",
    "gemeindefrei": "#d9d9d9",
}
TYPE_GROUPS = {"Großstadt": "#274690", "Mittelstadt": "#8fb4d9", "Kleinstadt": "#e07f2e", "Landgemeinde": "#d6dac4"}
# Colours of Okabe and Ito, as in the theme; the last three only for models with more than seven clusters.
CLUSTERS = {
    1: "#0072b2",
    2: "#e69f00",
    3: "#009e73",
    4: "#cc79a7",
    5: "#56b4e9",
    6: "#d55e00",
    7: "#666666",
    8: "#f0e442",
    9: "#7b3f00",
    10: "#332288",
}
MISSING = "#d9d9d9"
LAND = "#eef1f2"
COUNTY_LINE = "#b7c2c9"
STATE_LINE = "#6b7a85"
ACCENT = "#1d5a74"
HIGHLIGHT = "#d55e00"
MUTED = "#5d6b75"
INK = "#1d2a33"
FONT = '"Source Sans", sans-serif'


def sequential(classes: int) -> list[str]:
    """Colours of that many classes, light to dark."""
    if classes == 1:
        return [SEQUENTIAL[5]]
    return _hex(SEQUENTIAL, [0.06 + 0.94 * i / (classes - 1) for i in range(classes)])


def diverging(below: int, above: int) -> list[str]:
    """Colours of classes below and above zero, the strongest at both ends."""
    low = _hex(DIVERGING_LOW, _steps(below))[::-1] if below else []
    high = _hex(DIVERGING_HIGH, _steps(above)) if above else []
    return low + high


def _steps(classes: int) -> list[float]:
    return [0.5] if classes == 1 else [0.85 * i / (classes - 1) for i in range(classes)]


def _hex(scale: list[str], positions: list[float]) -> list[str]:
    triples = sample_colorscale(scale, positions, colortype="tuple")
    return ["#" + "".join(f"{round(255 * part):02x}" for part in triple) for triple in triples]
