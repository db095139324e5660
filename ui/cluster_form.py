"""Form for a cluster model of one's own: variables, number of clusters, treatment of shares and outliers, towns."""

from __future__ import annotations

import streamlit as st

from queries.clusters import DEFAULT_VARIABLES, VARIABLES, ClusteringError, Settings
from queries.town_filter import TownFilter
from ui import german, widgets
from ui.cluster_words import LOG_RATIOS, OUTLIERS, SCALINGS

# Block of variables -> heading and what it is for.
_BLOCKS = {
    "jobs": (
        "Branchen nach Beschäftigten",
        "Wo arbeiten die Menschen? Zusammen ergeben die neun Anteile 100 %. Große Betriebe prägen dieses Bild.",
    ),
    "companies": (
        "Branchen nach Unternehmen",
        "Welche Unternehmen gibt es? Hier zählt der Handwerksbetrieb so viel wie das Werk; so bleibt die Vielfalt der "
        "kleinen Unternehmen sichtbar.",
    ),
    "size": (
        "Unternehmen nach Größe",
        "Anteile der Unternehmen je Größenklasse. Nicht vorgewählt: Sie sagen fast dasselbe wie der Anteil der "
        "Beschäftigten in größeren Unternehmen (|r| > 0,7), und was mehrfach zählt, entscheidet jede Einteilung.",
    ),
    "": (
        "Größe und Konzentration",
        "Einzelne Kennzahlen. Vorgewählt sind der Anteil der Beschäftigten in größeren Unternehmen und das Gewicht des "
        "größten Arbeitgebers.",
    ),
}
ROUNDS = {0: "nicht prüfen", 20: "20 Runden (grob)", 50: "50 Runden", 100: "100 Runden (üblich)"}


def settings_form() -> tuple[Settings | None, TownFilter]:
    """Settings as chosen, None where they make no model (the user is told why), and the towns."""
    st.markdown(
        "**Merkmale** – wonach Städte einander ähnlich sein sollen. Vorgewählt ist der Vorschlag des Atlas: die "
        "Branchen einmal nach Beschäftigten und einmal nach Unternehmen, dazu zwei Kennzahlen zur Größe."
    )
    chosen: list[str] = []
    for block, (heading, why) in _BLOCKS.items():
        names = [name for name, variable in VARIABLES.items() if (variable.block or "") == block]
        chosen += st.pills(
            heading,
            names,
            format_func=lambda name: VARIABLES[name].short or VARIABLES[name].title,
            selection_mode="multi",
            default=[name for name in names if name in DEFAULT_VARIABLES],
            key=f"merkmale_{block or 'einzeln'}",
            help=why,
        )
    first, second, third = st.columns(3)
    number = first.select_slider(
        "Zahl der Cluster",
        list(range(2, 11)),
        value=4,
        key="clusterzahl",
        help="Die Studie unterscheidet vier. Mit einer anderen Zahl lassen sich ihre Namen nicht übertragen.",
    )
    log_ratio = second.selectbox(
        "Log-Verhältnisse der Anteile",
        list(LOG_RATIOS),
        format_func=LOG_RATIOS.get,
        key="logverhaeltnis",
        placeholder="Umrechnung wählen",
        help="Anteile ergeben zusammen 100 %: Steigt einer, müssen andere sinken. Logarithmierte Verhältnisse lösen "
        "diesen Zwang auf; ohne sie bestimmen die großen Branchen fast allein.",
    )
    outliers = third.selectbox(
        "Ausreißer",
        list(OUTLIERS),
        format_func=OUTLIERS.get,
        key="ausreisser",
        placeholder="Behandlung wählen",
        help="Extreme Werte ziehen die Mitte eines Clusters zu sich. Begrenzen heißt: Was darüber oder darunter liegt, "
        "zählt wie der Grenzwert. Keine Stadt fällt weg.",
    )
    first, second, third = st.columns(3)
    scaling = first.selectbox(
        "Standardisierung",
        list(SCALINGS),
        format_func=SCALINGS.get,
        key="standardisierung",
        placeholder="Maßstab wählen",
        help="Macht die Merkmale vergleichbar. Der Quartilsabstand achtet nicht auf Ausreißer; mit einfachen Anteilen "
        "lässt er seltene Branchen allein entscheiden.",
    )
    rounds = second.selectbox(
        "Stabilität prüfen",
        list(ROUNDS),
        index=list(ROUNDS).index(100),
        format_func=ROUNDS.get,
        key="runden",
        placeholder="Runden wählen",
        help="In jeder Runde werden die Städte neu gezogen und neu gruppiert. Mehr Runden dauern länger.",
    )
    seed = third.number_input(
        "Startwert",
        min_value=0,
        max_value=2**31 - 1,
        value=2024,
        step=1,
        key="startwert",
        help="Beginn der Zufallszahlen. Derselbe Wert gibt mit denselben Daten genau dasselbe Modell.",
    )
    numbers = st.toggle(
        "Clusterzahlen 2 bis 10 vergleichen",
        True,
        key="zahlen_vergleichen",
        help="Silhouette, Streuung, Gap-Statistik und Calinski–Harabasz für jede Zahl; dauert einige Sekunden länger.",
    )
    with st.expander("Nur für bestimmte Städte", icon=":material/filter_list:"):
        towns = widgets.town_filter()
    try:
        settings = Settings(
            clusters=int(number),
            variables=tuple(name for name in VARIABLES if name in chosen),
            log_ratio=log_ratio,
            winsorise=outliers,
            scaling=scaling,
            seed=int(seed or 0),
            numbers=(2, 10) if numbers else None,
            bootstrap_rounds=rounds,
        )
    except ClusteringError as error:
        st.warning(str(error), icon=":material/rule:")
        return None, towns
    st.caption(
        f"{german.count(len(settings.variables), 'Merkmal', 'Merkmale')} gewählt. Die Auswahl der Merkmale ist eine "
        "eigene Entscheidung des Atlas oder von Ihnen: Die Studie veröffentlicht ihre nicht."
    )
    return settings, towns
