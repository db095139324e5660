"""What a cluster model can be trusted with: number of clusters, stability, differences between them."""

from __future__ import annotations

import streamlit as st

from queries.cluster_portraits import FEWEST_TOWNS, Portrait
from queries.town_filter import TownFilter
from ui import cluster_check_plots, cluster_choice, cluster_view, german, html_table
from ui.cluster_choice import Shown
from ui.cluster_view import PLAIN, SMALL

# What each measure looks for, in plain words.
_MEASURES = {
    "silhouette": ("Silhouette", "Wo liegen Städte ihrem eigenen Cluster am deutlichsten näher als dem nächsten?"),
    "elbow": ("Knick der Streuung", "Ab wann bringt ein weiterer Cluster kaum noch dichtere Gruppen?"),
    "gap": (
        "Gap-Statistik",
        "Ab wann sind die Gruppen dichter als in Daten ganz ohne Gruppen (Balken: Standardfehler)?",
    ),
    "calinski_harabasz": (
        "Calinski–Harabasz",
        "Wo ist der Unterschied zwischen den Clustern gegenüber dem in ihnen am größten?",
    ),
}


def numbers_section(shown: Shown, title: str, origin: str) -> None:
    """Measures by number of clusters, and what each suggests."""
    st.subheader(title)
    numbers = shown.checked.numbers
    if numbers is None:
        _ask_for_checks(shown, "Die Clusterzahlen 2 bis 10 sind für dieses Modell noch nicht verglichen.", "zahl")
        return
    k = shown.model.settings.clusters
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        st.plotly_chart(
            cluster_check_plots.numbers_plot(numbers.table, numbers.suggested, k),
            key="clusterzahlen",
            theme=None,
            config=PLAIN,
            alt="Maße je Clusterzahl; vorgeschlagen: "
            + "; ".join(f"{_MEASURES[name][0]} {value}" for name, value in numbers.suggested.items()),
        )
    with right:
        st.html(
            html_table.table(
                ["Maß und seine Frage", "schlägt vor"],
                [
                    [html_table.text(name, second_line=question, strong=True), german.number(numbers.suggested[key])]
                    for key, (name, question) in _MEASURES.items()
                    if key in numbers.suggested
                ],
                label="Was jedes Maß als Clusterzahl vorschlägt",
                numeric=[1],
            )
        )
        agree = sorted(set(numbers.suggested.values()))
        said = (
            f"Alle Maße schlagen {agree[0]} vor."
            if len(agree) == 1
            else "Die Maße sind sich nicht einig; keines entscheidet allein."
        )
        st.markdown(
            f"{said} Dieses Modell hat **{k} Cluster**"
            + (" – so viele wie die Studie." if k == 4 else ".")
            + ("" if k in agree else " Kein Maß schlägt diese Zahl vor; sie ist eine Setzung.")
        )
    st.caption(f"Ring: Vorschlag des Maßes · gepunktet: Clusterzahl dieses Modells. {origin}.")


def stability_section(shown: Shown, title: str, origin: str) -> None:
    """Do the clusters come back, and how clearly are they apart?"""
    st.subheader(title)
    model = shown.checked
    if model.stability is not None:
        is_stable, words = model.verdict
        (st.success if is_stable else st.error)(
            words, icon=":material/verified:" if is_stable else ":material/warning:"
        )
    left, right = st.columns(2, gap="large")
    with left:
        if model.stability is None:
            _ask_for_checks(shown, "Die Stabilität dieses Modells ist noch nicht geprüft.", "stabil")
        else:
            st.markdown("**Kehrt der Cluster wieder?** Mittlere Jaccard-Ähnlichkeit")
            st.plotly_chart(
                cluster_check_plots.stability_bars(model.stability, model.clusters),
                key="stabilitaet",
                theme=None,
                config=PLAIN,
                alt="Stabilität: "
                + "; ".join(
                    f"Cluster {number}: {german.number(row['jaccard'], 2)} ({row['band']})"
                    for number, row in model.stability.iterrows()
                ),
            )
            st.caption(
                f"In {german.count(model.settings.bootstrap_rounds, 'Runde', 'Runden')} wurden die Städte neu gezogen "
                "und gruppiert. Ab 0,85 sehr stabil, ab 0,75 stabil, ab 0,60 erkennbares Muster, darunter unsicher. "
                f"Abstand zu Daten ohne Gruppen: {german.number(100 * model.separation, 1)} % dichter "
                "(ab 5 % gelten die Gruppen als getrennt; eigene Setzung)."
            )
    with right:
        st.markdown("**Wie klar ist die Grenze?** Silhouetten der Städte")
        st.plotly_chart(
            cluster_check_plots.silhouette_plot(shown.model),
            key="silhouetten",
            theme=None,
            config=PLAIN,
            alt="Silhouetten: "
            + "; ".join(f"Cluster {c.number}: Mittel {german.number(c.silhouette, 2)}" for c in shown.model.clusters),
        )
        st.caption(
            "Rechts von 0 liegt eine Stadt ihrem Cluster näher als dem nächsten, links davon umgekehrt; gepunktet das "
            f"Mittel ({german.number(shown.model.silhouette, 2)}). Werte unter 0,25 heißen: fließende Übergänge."
        )
    st.caption(f"{origin}.")


def _ask_for_checks(shown: Shown, words: str, key: str) -> None:
    """Offer the checks that are missing: at once for the default model, by a new model otherwise."""
    if not shown.is_standard:
        st.info(f"{words} Rechnen Sie es oben mit Prüfungen neu.", icon=":material/rule:")
        return
    if cluster_choice.progress(cluster_choice.CHECKS):
        return
    st.info(f"{words} Das Rechnen dauert meist weniger als eine Minute und wird aufbewahrt.", icon=":material/timer:")
    if st.button("Prüfungen rechnen", key=f"pruefen_{key}", icon=":material/play_arrow:"):
        settings = cluster_choice.checking_settings()
        cluster_choice.compute(cluster_choice.CHECKS, "Standardmodell wird geprüft", settings, TownFilter())


def test_words(found: Portrait, *, is_same_source: bool) -> None:
    """Result of the test with its size, and every reason for care."""
    few = [
        f"Cluster {number} ({german.number(row['towns'])})"
        for number, row in found.boxes.iterrows()
        if row["towns"] < SMALL
    ]
    if found.test is None:
        if found.indicator.is_county_context:
            st.info(
                "**Werte der Landkreise**, nicht der Städte: Alle Städte eines Kreises tragen denselben Wert. Ein Test "
                "würde jeden Kreis mehrfach zählen und entfällt deshalb.",
                icon=":material/domain:",
            )
        else:
            st.caption("Für einen Vergleich braucht es mindestens zwei Cluster mit verschiedenen Werten.")
    else:
        test = found.test
        st.markdown(
            f"**Unterschied zwischen den Clustern: {test.strength}** (ε² = {german.number(test.epsilon_squared, 3)})"
        )
        st.caption(
            f"Kruskal–Wallis: H = {german.number(test.h, 1)}, p {'' if test.p < 0.001 else '= '}"
            f"{cluster_view.probability(test.p)}. Bei vielen Städten wird fast jeder Unterschied „signifikant“; "
            "auf die Stärke kommt es an."
        )
        st.html(cluster_view.pair_table(found))
        st.caption(
            "Cliffs δ: +1 heißt, jede Stadt des ersten Clusters liegt höher als jede des zweiten; 0 heißt kein "
            "Unterschied."
        )
    if is_same_source:
        st.warning(
            "Dieses Merkmal stammt aus demselben Register wie die Cluster. Dass es sich zwischen ihnen unterscheidet, "
            "folgt zum Teil schon aus der Einteilung.",
            icon=":material/sync_problem:",
        )
    if few:
        st.warning(
            f"Wenige Städte mit Wert: {', '.join(few)}. Mediane und Vergleiche sind dort unsicher; unter "
            f"{FEWEST_TOWNS} Städten werden sie nicht gezeigt.",
            icon=":material/group:",
        )
    missing = int(found.boxes["missing"].sum())
    gap = f" {german.count(missing, 'Stadt hat', 'Städte haben')} keinen Wert." if missing else ""
    st.caption(f"Ein Zusammenhang ist keine Ursache: Beides kann an Lage, Größe oder Geschichte liegen.{gap}")
