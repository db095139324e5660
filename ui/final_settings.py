"""How the final set is to be chosen: size, aim, distance, weights and constraints; saved at every change."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from queries.case_selection import METHODS, MISSING_RULES
from queries.case_selection.settings import Stage2Settings, usual_weights
from queries.normalise import NORMALISATIONS
from queries.selection_base import SelectionBase
from ui import german, selection_state
from ui.selection_state import control, hold

OBJECTIVES = {
    "max_min": "Alle deutlich verschieden",
    "max_sum": "Zusammen möglichst verschieden",
    "coverage": "Stellvertretend für alle",
    "median": "Stellvertretend im Mittel",
    "diverse": "Möglichst viele Ausprägungen",
}
MEANINGS = {
    "max_min": "Es zählt das ähnlichste Paar: Auch diese beiden Städte sollen sich so stark wie möglich unterscheiden.",
    "max_sum": "Es zählt die Summe aller Abstände. Zwei einander ähnliche Städte können dabei sein, wenn die anderen "
    "sehr weit entfernt sind.",
    "coverage": "Keine verbliebene Stadt soll weit von der nächsten ausgewählten entfernt sein (p-Center).",
    "median": "Im Mittel soll jede verbliebene Stadt nahe bei einer ausgewählten liegen (p-Median).",
    "diverse": "Bei möglichst vielen Kriterien soll „hoch“ und „niedrig“ vorkommen (diverse cases).",
}
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0)
LITERATURE = (
    "Seawright & Gerring (2008) unterscheiden Wege, Fälle auszuwählen. **Extreme cases** liegen bei einem Merkmal am "
    "Rand: Das leistet Stufe 1. **Diverse cases** decken die Spannweite der Ausprägungen ab, und **most different "
    "cases** unterscheiden sich in möglichst vielem, damit Gemeinsames um so mehr auffällt: Darum geht es in Stufe 2. "
    "Das Verfahren verbindet alle drei. Es sagt nichts darüber, wie häufig etwas vorkommt: Eine Kontrastauswahl "
    "erlaubt keine Häufigkeitsaussagen.\n\n"
    "Gesucht wird nicht schrittweise, sondern genau: Alle zulässigen Zusammenstellungen werden verglichen oder durch "
    "Beweis ausgeschlossen. Das Ergebnis ist ein **Vorschlag**. Die Entscheidung trifft das Team; weicht es ab, gehört "
    "der Grund dazu ins Projekt.\n\n"
    "*Seawright, J. & Gerring, J. (2008): Case Selection Techniques in Case Study Research. Political Research "
    "Quarterly 61(2), 294–308.*"
)


def change(base: SelectionBase, **changes) -> None:
    """Save changed settings of stage 2 (for callbacks)."""
    content = selection_state.content()
    settings = replace(Stage2Settings.of_project(content["stage2"], base.settings), **changes)
    selection_state.save(content | {"stage2": settings.as_dict()}, "Endauswahl: Einstellungen geändert")


def form(base: SelectionBase, settings: Stage2Settings) -> None:
    """All settings of stage 2."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        _aim(base, settings)
    with right:
        _constraints(base, settings)
    with st.expander("Feste Städte und Stadttypen", icon=":material/push_pin:"):
        _fixed(base, settings)
        _town_types(base, settings)
    with st.expander("Abstand und Gewichte", icon=":material/straighten:"):
        _distance(base, settings)
        _weights(base, settings)


def _aim(base: SelectionBase, settings: Stage2Settings) -> None:
    st.number_input(
        "Wie viele Städte?",
        min_value=1,
        max_value=max(30, settings.size),
        step=1,
        **control("e_anzahl", settings.size, lambda size: change(base, size=int(size))),
    )
    st.selectbox(
        "Was soll die Auswahl leisten?",
        list(OBJECTIVES),
        format_func=OBJECTIVES.get,
        placeholder="Ziel wählen",
        **control("e_ziel", settings.objective, lambda objective: change(base, objective=objective)),
    )
    st.caption(MEANINGS[settings.objective])


def _constraints(base: SelectionBase, settings: Stage2Settings) -> None:
    clusters = int(base.towns["cluster"].dropna().nunique())
    st.markdown("Vorgaben")
    st.toggle(
        "Gleich viele aus jedem Cluster" if settings.size != clusters else "Je Cluster eine Stadt",
        disabled=not clusters,
        help=None if clusters else "Es gibt zurzeit kein Clustermodell; die Vorgabe ruht.",
        **control("e_cluster", settings.one_per_cluster, lambda on: change(base, one_per_cluster=on)),
    )
    st.toggle(
        "Höchstens eine je Land",
        **control("e_land", settings.at_most_one_per_state, lambda on: change(base, at_most_one_per_state=on)),
    )
    st.toggle(
        "Nur mit bestätigter Mitwirkung",
        help="Wer im Dossier auf „Mitwirkung bestätigt“ steht. Wer abgelehnt hat, fällt immer weg.",
        **control("e_zusage", settings.only_willing, lambda on: change(base, only_willing=on)),
    )
    st.number_input(
        "Mindestabstand zwischen den Städten (km)",
        min_value=0,
        step=10,
        **control("e_km", int(settings.minimum_km or 0), lambda km: change(base, minimum_km=float(km) if km else None)),
    )


def _fixed(base: SelectionBase, settings: Stage2Settings) -> None:
    names = base.labels
    left, right = st.columns(2)
    for place, field, label in ((left, "fixed_in", "Gesetzt"), (right, "fixed_out", "Ausgeschlossen")):
        chosen = [key for key in getattr(settings, field) if key in names]
        place.multiselect(
            label,
            list(names),
            format_func=names.get,
            placeholder="keine",
            **control(f"e_{field}", chosen, lambda keys, field=field: change(base, **{field: tuple(sorted(keys))})),
        )


def _town_types(base: SelectionBase, settings: Stage2Settings) -> None:
    types = dict(zip(base.towns["town_type"], base.towns["town_type_title"], strict=True))
    limits = {entry[0]: entry[1:] for entry in settings.town_types}
    for town_type, title in sorted(types.items()):
        least, most = limits.get(town_type, (0, settings.size))

        def apply(_value: int, town_type: str = town_type) -> None:
            low, high = (int(st.session_state[f"e_typ_{side}_{town_type}"]) for side in ("ab", "bis"))
            kept = [entry for entry in settings.town_types if entry[0] != town_type]
            free = low == 0 and high >= settings.size
            change(base, town_types=tuple(kept if free else [*kept, (town_type, low, max(low, high))]))

        left, right = st.columns(2)
        for place, side, words, value in ((left, "ab", "mindestens", least), (right, "bis", "höchstens", most)):
            place.number_input(
                f"{title}: {words}",
                min_value=0,
                max_value=max(settings.size, value),
                step=1,
                **control(f"e_typ_{side}_{town_type}", value, apply),
            )


def _distance(base: SelectionBase, settings: Stage2Settings) -> None:
    columns = st.columns(3)
    choices = (
        ("method", "Abstandsmaß", METHODS),
        ("normalisation", "Vergleichbar machen", NORMALISATIONS),
        ("missing", "Fehlende Werte", MISSING_RULES),
    )
    for place, (field, label, options) in zip(columns, choices, strict=True):
        place.selectbox(
            label,
            list(options),
            format_func=options.get,
            placeholder="bitte wählen",
            disabled=field != "method" and settings.method == "gower",
            **control(f"e_{field}", getattr(settings, field), lambda how, field=field: change(base, **{field: how})),
        )
    if settings.method == "gower":
        st.caption("Gower vergleicht immer über die Spannweite und nur, was beide Städte haben.")


def _weights(base: SelectionBase, settings: Stage2Settings) -> None:
    usual = usual_weights(base.settings, base.result)
    in_use = settings.criteria_of(usual.index)
    st.multiselect(
        "Kriterien, aus denen der Abstand besteht",
        list(usual.index),
        format_func=base.titles.get,
        placeholder="alle Kriterien der Stufe 1",
        **control(
            "e_kriterien",
            in_use,
            lambda keys: change(base, criteria=None if set(keys) == set(usual.index) else tuple(keys)),
        ),
    )
    st.caption(
        "Gewichte: 1 ist üblich, 0 lässt ein Kriterium weg. Eng zusammenhängende Kriterien teilen sich von selbst ein "
        "Gewicht, damit dasselbe nicht doppelt zählt."
    )
    own = dict(settings.weights)
    columns = st.columns(3)
    for place, key in enumerate(in_use):

        def apply(weight: float, key: str = key) -> None:
            kept = {k: w for k, w in own.items() if k != key}
            if abs(weight - round(usual[key], 2)) > 1e-9:
                kept[key] = float(weight)
            change(base, weights=tuple(sorted(kept.items())))

        value = round(float(own.get(key, usual[key])), 2)
        columns[place % 3].select_slider(
            base.titles[key],
            sorted({*WEIGHTS, value}),
            format_func=lambda weight: german.number(weight, 2 if round(weight, 1) != weight else 1),
            key=hold(f"e_gewicht_{key}", value),
            on_change=lambda key=key, apply=apply: apply(st.session_state[f"e_gewicht_{key}"]),
        )
    if own:
        st.button(
            "Gewichte zurücksetzen",
            icon=":material/restart_alt:",
            on_click=lambda: change(base, weights=()),
        )


def summary(base: SelectionBase, settings: Stage2Settings, constraints: tuple) -> str:
    """The settings in one line."""
    limits = "; ".join(constraint.sentence(base.names) for constraint in constraints) or "keine Vorgaben"
    return (
        f"{german.count(settings.size, 'Stadt', 'Städte')} · {OBJECTIVES[settings.objective]} · "
        f"{METHODS[settings.method]} · {limits}"
    )


def lift_constraints(base: SelectionBase) -> None:
    """Lift every constraint (for a button's `on_click`); declined towns stay out."""
    free = Stage2Settings(one_per_cluster=False)
    change(
        base,
        **{
            name: getattr(free, name)
            for name in (
                "one_per_cluster",
                "at_most_one_per_state",
                "minimum_km",
                "town_types",
                "fixed_in",
                "fixed_out",
                "only_willing",
            )
        },
    )
