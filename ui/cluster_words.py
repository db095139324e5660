"""Words for cluster models: labels, settings and origin of a model in German."""

from __future__ import annotations

from queries.clusters import DEFAULT_VARIABLES, Cluster, ClusterModel
from ui import colours, german

# Own short words for the study's long names, for axes and tooltips; the full names stand in the legend.
_SHORT = {1: "Verarbeitendes Gewerbe", 2: "Dienstleistungen", 3: "Tourismus", 4: "Traditionsunternehmen"}
LOG_RATIOS = {
    "clr": "zentriert (clr)",
    "ilr": "isometrisch (ilr)",
    "none": "ohne, einfache Anteile",
}
SCALINGS = {"standard": "Mittel und Standardabweichung", "robust": "Median und Quartilsabstand"}
OUTLIERS = {
    (0.01, 0.99): "auf 1 % und 99 % begrenzen",
    (0.025, 0.975): "auf 2,5 % und 97,5 % begrenzen",
    (0.05, 0.95): "auf 5 % und 95 % begrenzen",
    (0.0, 1.0): "nicht begrenzen",
}
RECONSTRUCTION = (
    "Eigene Rekonstruktion: Die Studie nennt die Zugehörigkeit nur für ihre vier Fallstudien und weder ihre Merkmale "
    "noch ihre Einstellungen."
)
REGISTER_IS_MODEL = (
    "**Modelldaten (synthetisch):** Die Wirtschaftsstruktur stammt aus einem erzeugten Modellregister. Alle Cluster, "
    "Karten und Kennwerte hier zeigen, was das Verfahren leistet, und sagen nichts über wirkliche Städte. Dass die "
    "vier Fallstudien in den vier veröffentlichten Clustern liegen, bestätigt nichts: Das Register wurde so gebaut."
)


def short(cluster: Cluster) -> str:
    """Short name: „Cluster 3 · Tourismus“; without the word where the name is not the study's."""
    word = _SHORT.get(cluster.number) if cluster.name.from_study else None
    return f"Cluster {cluster.number} · {word}" if word else f"Cluster {cluster.number}"


def long(cluster: Cluster) -> str:
    """Number and full name: „Cluster 3: Touristische Zentren …“."""
    return titled(cluster.number, cluster.name.title)


def titled(number: int, title: str) -> str:
    """The same from number and name."""
    return title if title.startswith("Cluster") else f"Cluster {number}: {title}"


def strength(membership: float) -> str:
    """Word for a membership of 0.5 to 1; own limits."""
    if membership < 0.55:
        return "fast auf der Grenze"
    return "eher schwach" if membership < 0.6 else "mittel" if membership < 0.7 else "deutlich"


def axis(cluster: Cluster, towns: int | None = None) -> str:
    """Name on two or three lines for an axis, with the number of towns if given."""
    lines = short(cluster).split(" · ")
    if towns is not None:
        lines.append(f"n = {german.number(towns)}")
    return "<br>".join(lines)


def shade(number: int) -> str:
    """Colour of a cluster by its number."""
    return colours.CLUSTERS[number]


def facts(model: ClusterModel, data_words: str) -> dict[str, str]:
    """Settings and origin of a model as label and text; `data_words` says what its data are."""
    settings = model.settings
    number = len(settings.variables)
    words = "Vorschlag des Atlas" if set(settings.variables) == set(DEFAULT_VARIABLES) else "eigene Auswahl"
    checks = [
        "Clusterzahlen " + (f"{settings.numbers[0]} bis {settings.numbers[1]} verglichen" if settings.numbers else "–"),
        f"Stabilität in {german.count(settings.bootstrap_rounds, 'Runde', 'Runden')}"
        if settings.bootstrap_rounds
        else "Stabilität nicht geprüft",
    ]
    low, high = settings.winsorise
    limits = f"auf {german.number(100 * low, 1)} % und {german.number(100 * high, 1)} % begrenzen"
    return {
        "Städte": f"{german.number(len(model.towns))} ({model.origin})"
        + (f", {german.number(len(model.left_out))} ohne vollständige Angaben" if model.left_out else ""),
        "Merkmale": f"{number} ({words})",
        "Log-Verhältnisse": LOG_RATIOS[settings.log_ratio],
        "Ausreißer": OUTLIERS.get(settings.winsorise, limits),
        "Standardisierung": SCALINGS[settings.scaling],
        "Verfahren": f"Ward als Anfang, dann k-Means mit {german.count(settings.starts, 'Start', 'Starts')}, "
        f"Startwert {settings.seed}",
        "Prüfungen": "" if settings.numbers is None and not settings.bootstrap_rounds else "; ".join(checks),
        "Erklärte Streuung": f"{german.number(100 * model.explained, 1)} %, mittlere Silhouette "
        f"{german.number(model.silhouette, 2)}",
        "Daten": f"{data_words}, Fassung {model.data_version[:12]}",
        "Gerechnet mit": ", ".join(f"{name} {version}" for name, version in model.versions.items()),
    }
