"""When a town remains: the rule, the groups, the target number, and what happens to gaps."""

from __future__ import annotations

import streamlit as st

from queries.stage1 import describe, steer
from queries.stage1.settings import GROUPS, LOGICS, Stage1Settings
from queries.stage1.values import NotPossible
from ui import german, stage1_state
from ui.stage1_state import Outcome, hold, on_change

WAYS = {
    "ranking": "nach Rangfolge: die mit den meisten Kontrasten",
    "width": "über die Breite des mittleren Bereichs",
    "k": "über die Zahl der Kriterien",
}
_TARGET = "s1_ziel_meldung"


def section(settings: Stage1Settings, found: Outcome | None) -> None:
    """All controls of the rule, and its sentence."""
    st.subheader("3 · Regel und Ziel")
    most = found.result.most if found else float(len(settings.criteria))
    left, right = st.columns([1.5, 1], gap="large")
    with left:
        _rule(settings, most)
    with right, st.container(border=True):
        _target(settings)
    if found:
        st.caption(describe.rule(settings, found.result))
        _gaps(found)


def _rule(settings: Stage1Settings, most: float) -> None:
    def update(name: str, words: str, cast=lambda value: value):
        return lambda value: stage1_state.update(words, **{name: cast(value)})

    st.selectbox(
        "Eine Stadt bleibt, wenn sie außerhalb liegt",
        list(LOGICS),
        format_func=LOGICS.get,
        placeholder="Regel wählen",
        **on_change(hold("s1_regel", settings.logic), update("logic", "Regel geändert")),
    )
    if settings.logic != "all":
        is_weighted = settings.logic == "weighted"
        st.number_input(
            f"mindestens … von {german.number(most, 0 if most == int(most) else 2)} "
            + ("(Summe der Gewichte)" if is_weighted else "Kriterien"),
            min_value=0.0,
            max_value=max(1.0, most, float(settings.at_least)),
            step=0.5 if is_weighted else 1.0,
            format="%g",
            **on_change(
                hold("s1_k", float(settings.at_least)), update("at_least", "Zahl der Kriterien geändert", float)
            ),
        )
    left, right = st.columns(2)
    left.selectbox(
        "Gruppen",
        [None, *GROUPS],
        format_func=lambda group: f"je {GROUPS[group]}" if group else "keine (alle zusammen)",
        placeholder="Gruppen wählen",
        **on_change(hold("s1_gruppe", settings.group), update("group", "Gruppen geändert")),
    )
    right.number_input(
        f"davon behalten je {GROUPS[settings.group]}" if settings.group else "davon behalten",
        min_value=1,
        step=1,
        placeholder="alle",
        help="Die mit den meisten Kontrasten bleiben; bei Gleichstand die weiter außen liegenden. Leer: alle.",
        **on_change(hold("s1_je_gruppe", settings.per_group), update("per_group", "Zahl je Gruppe geändert")),
    )
    st.slider(
        "Werte gefordert bei mindestens … der Kriterien",
        0,
        100,
        step=5,
        format="%d %%",
        **on_change(
            hold("s1_anteil", round(100 * settings.required_share)),
            update("required_share", "Umgang mit fehlenden Werten geändert", lambda value: value / 100),
        ),
    )


def _target(settings: Stage1Settings) -> None:
    """Bring the selection to a number of towns in one of three ways."""
    st.markdown("**Auf eine Zahl bringen**")
    where = f" je {GROUPS[settings.group]}" if settings.group else ""
    number = st.number_input(
        f"Städte{where}",
        min_value=1,
        value=4 if settings.group else 16,
        step=1,
        key=f"s1_ziel_{settings.group or 'alle'}",
    )
    how = st.radio("Weg", list(WAYS), format_func=WAYS.get, key="s1_ziel_weg")

    def bring() -> None:
        current = stage1_state.now()
        try:
            data = stage1_state.outcome(current).data
            target = steer.reach(data, current, int(number), how)
        except NotPossible as error:
            st.session_state[_TARGET] = str(error)
            return
        count = german.count(target.remaining, "Stadt", "Städte")
        missed = "" if target.is_exact else " Genau trifft dieser Weg die Zahl nicht."
        verb = "bleibt" if target.remaining == 1 else "bleiben"
        st.session_state[_TARGET] = f"{target.change} Es {verb} {count}.{missed}"
        stage1_state.store(target.settings, f"auf {number}{where} gebracht ({WAYS[how].split(':')[0]})")

    st.button(
        f"Auf {number}{where} bringen", on_click=bring, type="primary", icon=":material/target:", key="s1_bringen"
    )
    said = st.session_state.pop(_TARGET, None)
    if said:
        st.info(said)


def _gaps(found: Outcome) -> None:
    """Towns that the rule on missing values drops, all of them named."""
    lost = next((step.lost for step in found.result.funnel if step.step == "gaps"), ())
    if not lost:
        st.caption("Wegen fehlender Werte fällt keine Stadt heraus.")
        return
    names = found.data.towns.loc[list(lost), "name"].sort_values()
    with st.expander(
        f"{german.count(len(lost), 'Stadt fällt', 'Städte fallen')} wegen fehlender Werte heraus",
        icon=":material/rule:",
    ):
        st.markdown(", ".join(names))
