"""The outlier check: every suspicious value among the remaining towns gets a decision and a reason."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries.stage1.settings import OUTLIER_DECISIONS, OutlierDecision
from ui import german, html_table, stage1_state
from ui.stage1_state import Outcome

# So many open values have fields of their own; the others follow as these are settled, or all at once.
MOST_AT_ONCE = 12


def section(found: Outcome) -> None:
    """Open checks with their fields, then what was decided."""
    st.subheader("5 · Ausreißerprüfung")
    st.caption(
        "Eine Kontrastauswahl zieht ungewöhnliche Werte an, auch falsche. Darum gehört zu jedem auffälligen Wert einer "
        "verbleibenden Stadt eine Entscheidung. Bleibt dadurch eine andere Stadt, kann eine neue Prüfung dazukommen."
    )
    open_checks = found.open_checks
    if open_checks.empty:
        words = "Alle auffälligen Werte sind geprüft." if len(found.checks) else "Kein Wert ist auffällig."
        st.success(words, icon=":material/check_circle:")
    else:
        count = german.count(len(open_checks), "auffälliger Wert ist", "auffällige Werte sind")
        st.warning(f"{count} noch zu prüfen.", icon=":material/checklist:")
        _many(found, open_checks)
        for check in open_checks.head(MOST_AT_ONCE).itertuples():
            _one(found, check)
        if len(open_checks) > MOST_AT_ONCE:
            st.caption(f"{german.number(len(open_checks) - MOST_AT_ONCE)} weitere folgen.")
    _decided(found)


def _words(found: Outcome, unit_id: str, key: str, value: float | None) -> tuple[str, str, str]:
    """Town, criterion and value in words."""
    words = found.data.words.get(key)
    town = found.data.towns["name"].get(unit_id, unit_id)
    if words is None:
        return town, key, ""
    number = "" if value is None else german.with_unit(value, words.unit_label, words.decimals)
    return town, words.title, number


def _one(found: Outcome, check) -> None:
    town, title, number = _words(found, check.unit_id, check.key, check.value)
    words = found.data.words[check.key]
    name = f"{check.unit_id}_{check.key}"
    with st.container(border=True):
        st.markdown(f"**{town}** · {title}: **{number}**")
        beside = (
            ""
            if pd.isna(check.neighbours)
            else f" · Median der Nachbarn: {german.with_unit(check.neighbours, words.unit_label, words.decimals)}"
        )
        st.caption(f"{check.reason}{beside}")
        left, middle, right = st.columns([1.1, 2, 1], vertical_alignment="bottom")
        decision = left.selectbox(
            "Entscheidung",
            list(OUTLIER_DECISIONS),
            format_func=OUTLIER_DECISIONS.get,
            key=f"s1_p_art_{name}",
            placeholder="Entscheidung wählen",
        )
        reason = middle.text_input(
            "Begründung", key=f"s1_p_grund_{name}", placeholder="z. B. im Jahresbericht der Stadt nachgelesen"
        )
        right.button(
            "Entscheiden",
            on_click=_decide,
            args=(found, [(check.unit_id, check.key, check.value)], decision, reason),
            disabled=not reason.strip(),
            key=f"s1_p_ja_{name}",
            width="stretch",
        )


def _many(found: Outcome, open_checks: pd.DataFrame) -> None:
    if len(open_checks) < 2:
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    reason = left.text_input(
        "Alle mit einer Begründung bestätigen",
        key="s1_p_alle_grund",
        placeholder="z. B. gegen die Quelle geprüft am 12.03.",
    )
    values = [(c.unit_id, c.key, c.value) for c in open_checks.itertuples()]
    right.button(
        f"Alle {len(values)} bestätigen",
        on_click=_decide,
        args=(found, values, "confirmed", reason),
        disabled=not reason.strip(),
        key="s1_p_alle",
        width="stretch",
    )


def _decide(found: Outcome, values: list[tuple[str, str, float]], decision: str, reason: str) -> None:
    """Save one decision on some values, on the record."""
    settings = stage1_state.now()
    new = {(unit_id, key): OutlierDecision(unit_id, key, decision, reason.strip()) for unit_id, key, _ in values}
    kept = tuple(d for d in settings.outliers if (d.unit_id, d.key) not in new)
    named = "; ".join("{} · {}: {}".format(*_words(found, *value)) for value in values[:5])
    more = f" und {len(values) - 5} weitere" if len(values) > 5 else ""
    words = f"{OUTLIER_DECISIONS[decision]}: {named}{more}. Grund: {reason.strip()}"
    stage1_state.update(words, decision=("outlier", words), outliers=(*kept, *new.values()))


def _decided(found: Outcome) -> None:
    decided = found.settings.outliers
    if not decided:
        return
    with st.expander(f"Entschieden ({german.number(len(decided))})", icon=":material/fact_check:"):
        rows = []
        titles = {}
        for d in decided:
            value = found.data.values[d.key].get(d.unit_id) if d.key in found.data.values else None
            town, title, number = _words(found, d.unit_id, d.key, None if value is None else float(value))
            titles[(d.unit_id, d.key)] = f"{town} · {title}"
            rows.append([html_table.text(c) for c in (town, title, number, OUTLIER_DECISIONS[d.decision], d.reason)])
        st.html(
            html_table.table(["Stadt", "Kriterium", "Wert", "Entscheidung", "Begründung"], rows, label="Entscheidungen")
        )
        chosen = st.selectbox(
            "Entscheidung zurücknehmen",
            list(titles),
            index=None,
            format_func=titles.get,
            placeholder="Wert wählen",
            key="s1_p_zurueck",
        )
        st.button("Zurücknehmen", on_click=_take_back, args=(chosen, titles), disabled=chosen is None, key="s1_p_weg")


def _take_back(chosen: tuple[str, str], titles: dict) -> None:
    words = f"Prüfung wieder offen: {titles[chosen]}"
    kept = tuple(d for d in stage1_state.now().outliers if (d.unit_id, d.key) != chosen)
    stage1_state.update(words, decision=("outlier", words), outliers=kept)
