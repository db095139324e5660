"""What stage 1 leaves: funnel, curves, the remaining towns on the map and in a table, their patterns."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries import case_studies, sources, towns
from queries.stage1 import describe, patterns
from queries.stage1.criterion import CATEGORY
from ui import address, colours, german, html_table, maps, screen, stage1_plots, stage1_state, stage1_table
from ui.atlas import ask, connection
from ui.map_note import map_note
from ui.stage1_state import Outcome

# More towns than this show no pattern when pointed at: the text would weigh more than the map.
MOST_WITH_PATTERN = 300
_CHART = {"theme": None, "config": {"displayModeBar": False}}


def headline(found: Outcome) -> None:
    """Four numbers: to choose from, fulfil the rule, remain, to be checked; two in a row on a telephone."""
    numbers = {
        "Städte zur Wahl": len(found.data.towns),
        "erfüllen die Regel": next(step.left for step in found.result.funnel if step.step == "rule"),
        "bleiben": len(found.remaining),
        "Werte zu prüfen": len(found.open_checks),
    }
    on_telephone = screen.is_telephone()
    row = st.container(horizontal=True) if on_telephone else None
    places = [row] * 4 if on_telephone else st.columns(4)
    for place, (label, number) in zip(places, numbers.items(), strict=True):
        place.metric(label, german.number(number), border=True, width=160 if on_telephone else "stretch")


def section(found: Outcome) -> None:
    """Everything that the settings give."""
    st.subheader("4 · Was bleibt")
    _course(found)
    remaining = len(found.remaining)
    if remaining < 4:
        _too_few(remaining)
    if not remaining:
        return
    shown = labels(found)
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        _map(found, shown)
    with right:
        _truth_table(found)
    stage1_table.section(found, shown)
    _studies(found)


def _course(found: Outcome) -> None:
    settings, data = found.settings, found.data
    steps = describe.funnel(connection(), settings, found.result)
    left, right = st.columns([1, 1.25], gap="large")
    with left:
        st.markdown("**Von Schritt zu Schritt**")
        spoken = "; ".join(f"{sentence}: {left_over}" for sentence, left_over, _ in steps)
        st.plotly_chart(stage1_plots.funnel_bars(steps), key="s1_trichter", alt=f"Trichter: {spoken}", **_CHART)
    with right:
        st.markdown("**Wie viele Städte die Regel ließe**")
        choice = st.segmented_control(
            "Achse",
            ["nach der Zahl der Kriterien", "nach der Breite des mittleren Bereichs"],
            default="nach der Zahl der Kriterien",
            required=True,
            key="s1_kurve",
            label_visibility="collapsed",
        )
        if choice == "nach der Zahl der Kriterien":
            in_force = settings.at_least if settings.logic != "all" else float(len(settings.criteria))
            st.plotly_chart(
                stage1_plots.survivors_by_k(stage1_state.survivors_by_k(found), in_force),
                key="s1_kurve_k",
                alt="Zahl der Städte, die die Regel erfüllen, je Zahl der verlangten Kriterien",
                **_CHART,
            )
        else:
            widths = {round(c.upper - c.lower, 4) for c in settings.criteria if _has_band(c)}
            if not widths:
                st.caption("Kein Kriterium hat einen mittleren Bereich als Anteil.")
                return
            st.plotly_chart(
                stage1_plots.survivors_by_width(
                    stage1_state.survivors_by_width(found), widths.pop() if len(widths) == 1 else None
                ),
                key="s1_kurve_breite",
                alt="Zahl der Städte, die die Regel erfüllen, je Breite des mittleren Bereichs",
                **_CHART,
            )
            if widths:
                st.caption("Ihre Kriterien haben verschiedene Breiten; die Linie setzt alle gleich.")
        st.caption(
            f"Vor dem Ziel{' je Gruppe' if settings.group else ''}, aus {german.number(len(data.towns))} Städten zur "
            "Wahl. Dunkel oder mit Punkt: wie jetzt eingestellt."
        )


def _has_band(criterion) -> bool:
    return criterion.kind != CATEGORY and criterion.band == "quantile"


def _too_few(remaining: int) -> None:
    count = german.count(remaining, "Stadt", "Städte")
    said = "Es bleibt keine Stadt." if not remaining else f"Es {'bleibt' if remaining == 1 else 'bleiben'} nur {count}."
    st.info(
        f"{said} Für eine Endauswahl von vier Städten reicht das nicht. Verlangen Sie weniger Kriterien, machen Sie "
        "den mittleren Bereich schmaler, lockern Sie die Filter, oder lassen Sie unter „Auf eine Zahl bringen“ "
        "rechnen.",
        icon=":material/lightbulb:",
    )


def labels(found: Outcome) -> pd.DataFrame:
    """Labels of the remaining towns with `cluster` and how they contrast, most contrasts first."""
    frame = ask(towns.labels, found.remaining).set_index("unit_id")
    ids = list(frame.index)
    frame["cluster"] = found.data.towns.loc[ids, "cluster"]
    frame["outside"] = found.result.outside.loc[ids]
    frame["excess"] = found.result.excess.loc[ids]
    return frame.sort_values(["outside", "excess"], ascending=False, kind="stable")


def pattern_texts(found: Outcome, unit_ids: list[str]) -> list[str]:
    """One hover text per town: where it is high and where low, strongest first; of many towns only the number."""
    result = found.result
    if len(unit_ids) > MOST_WITH_PATTERN:
        return [f"außerhalb bei {german.number(count)}" for count in result.outside.loc[unit_ids]]
    titles = [found.data.words[key].title for key in result.pattern.columns]
    signs, scaled = result.pattern.loc[unit_ids].to_numpy(), result.scaled.loc[unit_ids].abs().fillna(0).to_numpy()
    texts = []
    for own, order in zip(signs, (-scaled).argsort(axis=1, kind="stable"), strict=True):
        parts = []
        for sign, word in ((1, "hoch"), (-1, "niedrig")):
            named = [titles[position] for position in order if own[position] == sign]
            if named:
                parts.append(maps.wrapped(f"{word}: {', '.join(named)}"))
        texts.append("<br>".join(parts) or "bei keinem Kriterium außerhalb")
    return texts


def _shades(shown: pd.DataFrame) -> list[str]:
    return [colours.CLUSTERS.get(c, colours.ACCENT) if c is not None else colours.MUTED for c in shown["cluster"]]


def _map(found: Outcome, shown: pd.DataFrame) -> None:
    st.markdown(f"**{stage1_table.marked('Die verbleibenden Städte', found.settings)}**")
    by_cluster = found.settings.needs_clusters
    st.plotly_chart(
        stage1_plots.remaining_map(
            shown.reset_index(),
            pattern_texts(found, list(shown.index)),
            _shades(shown) if by_cluster else [colours.HIGHLIGHT] * len(shown),
            ask(sources.geometry_files),
        ),
        key="s1_karte",
        alt=f"Karte der {len(shown)} verbleibenden Städte; dieselben stehen unten in der Tabelle",
        **_CHART,
    )
    if by_cluster:
        st.html(
            " &nbsp; ".join(
                '<span style="white-space:nowrap">'
                f'<span style="color:{colours.CLUSTERS.get(c, colours.ACCENT)}">●</span> Cluster {c}</span>'
                for c in sorted({c for c in shown["cluster"] if c is not None})
            )
        )
    st.caption(f"Beim Zeigen auf eine Stadt: wo sie hoch und wo sie niedrig liegt. {map_note()}")


def _truth_table(found: Outcome) -> None:
    """Combinations of high and low, those without a town shown too."""
    st.markdown("**Muster aus hoch und niedrig**")
    both = {
        c.key: found.data.words[c.key].title for c in found.settings.criteria if c.kind != CATEGORY and c.side == "both"
    }
    if not both:
        st.caption("Muster gibt es nur bei Kriterien, bei denen beide Seiten zählen.")
        return
    if "muster" not in st.session_state and "muster" not in st.query_params:
        st.session_state["muster"] = list(both)[:3]
        st.session_state["muster_adresse"] = ""
    keys = address.multiselect(
        "Kriterien (höchstens fünf)",
        both,
        key="muster",
        max_selections=patterns.MOST_CRITERIA,
        placeholder="Kriterien wählen",
    )
    if not keys:
        st.caption("Wählen Sie ein bis fünf Kriterien.")
        return
    keys = tuple(key for key in both if key in keys)[: patterns.MOST_CRITERIA]  # in the order of the criteria
    table = patterns.truth_table(found.result, keys)
    names = found.data.towns["name"]
    words = {1: "▲ hoch", -1: "▼ niedrig", 0: "mittel"}
    empty = int((table["count"] == 0).sum())
    rows = []
    for row in table.to_dict("records"):
        shown = ", ".join(names[key] for key in row["towns"][:12])
        if len(row["towns"]) > 12:
            shown += f" und {len(row['towns']) - 12} weitere"
        cells = [
            html_table.text(words[row[key]]) if row["count"] else html_table.small(words[row[key]]) for key in keys
        ]
        rows.append([*cells, str(row["count"]), html_table.text(shown) if shown else html_table.small("keine Stadt")])
    with st.container(height=470, border=False):
        st.html(
            html_table.table(
                [*(both[key] for key in keys), "Städte", "welche"],
                rows,
                label="Muster der verbleibenden Städte",
                numeric=[len(keys)],
                least_width=6 * len(keys) + 12,
            )
        )
    st.caption(f"{german.count(empty, 'Muster kommt', 'Muster kommen')} unter den verbleibenden Städten nicht vor.")


def _studies(found: Outcome) -> None:
    """A neutral word on the four published case studies; the selection is never tuned to them."""
    studies = ask(case_studies.case_studies)
    names = list(studies.loc[studies["unit_id"].isin(found.remaining), "name"])
    said = f"{', '.join(names)} {'ist' if len(names) == 1 else 'sind'} darunter" if names else "keine ist darunter"
    st.caption(f"Von den vier veröffentlichten Fallstudien: {said}. Die Auswahl ist nicht auf sie eingestellt.")
