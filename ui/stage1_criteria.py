"""The criteria of stage 1 as a table with their bounds, what each cuts, and which of them say nearly the same."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries.stage1 import default
from queries.stage1.criterion import CATEGORY, Criterion
from queries.stage1.settings import Stage1Settings
from ui import german, html_table, provenance, stage1_criterion_form, stage1_new_criterion, stage1_state, widgets
from ui.atlas import ask
from ui.door import only_official
from ui.stage1_state import Outcome, hold, on_change, title_of


def section(settings: Stage1Settings, found: Outcome | None) -> None:
    """Table, hints, and the forms to change, add and take away."""
    mark = {"synthetisch"} if stage1_state.is_synthetic(settings) else set()
    st.subheader(provenance.chart_title("2 · Kriterien", mark))
    if settings.criteria:
        st.html(_table(settings, found))
        _sources(settings)
    else:
        st.info("Noch ist kein Kriterium gewählt.", icon=":material/playlist_add:")
    if settings.without_reason:
        names = ", ".join(f"„{title_of(c)}“" for c in settings.criteria if c.key in settings.without_reason)
        st.warning(f"Noch ohne Begründung: {names}. Das Protokoll verlangt sie.", icon=":material/edit_note:")
    if found:
        _hardest(found)
    _correlated(settings, found)
    left, right = st.columns(2, gap="medium")
    with left, st.expander("Kriterium ändern oder entfernen", icon=":material/tune:"):
        stage1_criterion_form.change(settings, found)
    with right, st.expander("Kriterium hinzufügen", icon=":material/add:"):
        stage1_new_criterion.add(settings)
    _take_default(settings)


def bounds_text(criterion: Criterion, found: Outcome, side: str) -> str:
    """Bound of the middle range in the criterion's unit; with groups the span over them."""
    frame = found.result.low if side == "low" else found.result.high
    values = frame[criterion.key].replace([float("inf"), float("-inf")], float("nan")).dropna()
    if criterion.kind == CATEGORY or values.empty:
        return "–"
    words = found.data.words[criterion.key]
    least, most = values.min(), values.max()
    first = german.with_unit(least, words.unit_label, words.decimals)
    if german.number(least, words.decimals) == german.number(most, words.decimals):
        return first
    return f"{german.number(least, words.decimals)} bis {german.with_unit(most, words.unit_label, words.decimals)}"


def _table(settings: Stage1Settings, found: Outcome | None) -> str:
    columns = ["Kriterium", "niedrig: unter", "hoch: über", "außerhalb", "ohne Wert", "Begründung"]
    is_weighted = settings.logic == "weighted"
    if is_weighted:
        columns.insert(1, "Gewicht")
    cut = stage1_state.cuts(found) if found else None
    rows = []
    for criterion in settings.criteria:
        title = title_of(criterion)
        sentence = criterion.sentence(found.data.words[criterion.key]) if found else criterion.period
        second = sentence.removeprefix(f"{title} ({criterion.period}): ").removeprefix(f"{title}: ")
        mark = " · Muss" if criterion.is_required else ""
        year = f" ({criterion.period})" if criterion.period else ""
        row = [
            html_table.text(f"{title}{year}{mark}", second_line=second),
            *([german.number(criterion.weight, 2)] if is_weighted else []),
            html_table.text(bounds_text(criterion, found, "low") if found else german.MISSING),
            html_table.text(bounds_text(criterion, found, "high") if found else german.MISSING),
            german.number(cut.loc[criterion.key, "outside"]) if found else german.MISSING,
            german.number(cut.loc[criterion.key, "missing"]) if found else german.MISSING,
            html_table.small(criterion.reason) if criterion.reason.strip() else "<i>fehlt</i>",
        ]
        rows.append(row)
    first = 4 if is_weighted else 3
    numeric = [first, first + 1] + ([1] if is_weighted else [])
    widths = ["27%", *(["6%"] if is_weighted else []), "14%", "14%", "8%", "7%", "24%"]
    return html_table.table(
        columns,
        rows,
        label="Kriterien mit den Grenzen des mittleren Wertebereichs",
        numeric=numeric,
        widths=widths,
        least_width=52,
    )


def _sources(settings: Stage1Settings) -> None:
    catalogue = widgets.catalogue()
    chosen = [catalogue[c.indicator_id] for c in settings.criteria if c.indicator_id in catalogue]
    lines = sorted({provenance.source_line(indicator) for indicator in chosen})
    st.caption(" · ".join(line.removeprefix("Quelle: ") for line in lines))


def _hardest(found: Outcome) -> None:
    """Which criterion cuts most: the one on which fewest towns lie outside."""
    cut = stage1_state.cuts(found)
    if len(cut) < 2:
        return
    key = cut["outside"].idxmin()
    share = f"{german.number(cut.loc[key, 'outside'])} von {german.number(cut.loc[key, ['outside', 'inside']].sum())}"
    left = len(found.result.funnel) and next(step.left for step in found.result.funnel if step.step == "rule")
    text = (
        f"Am stärksten schneidet „{found.data.words[key].title}“: Nur {share} Städten mit Wert liegen dort außerhalb."
    )
    without = cut.loc[key, "without"]
    if not pd.isna(without):
        text += f" Ohne dieses Kriterium erfüllten {german.number(without)} statt {german.number(left)} die Regel."
    st.caption(text)


def _correlated(settings: Stage1Settings, found: Outcome | None) -> None:
    pairs = found.result.correlated if found else ()
    if not pairs:
        return
    words = found.data.words
    lines = [f"- „{words[a].title}“ und „{words[b].title}“ (r = {german.number(r, 2)})" for a, b, r in pairs]
    st.warning("Eng zusammenhängende Kriterien sagen fast dasselbe:\n" + "\n".join(lines), icon=":material/link:")
    st.toggle(
        "Eng zusammenhängende Kriterien zählen gemeinsam nur einmal",
        help="Gemessen mit dem Korrelationskoeffizienten nach Pearson, ab |r| über 0,7.",
        **on_change(
            hold("s1_einmal", settings.correlated_once),
            lambda on: stage1_state.update(
                f"Zusammenhängende Kriterien zählen {'einmal' if on else 'einzeln'}", correlated_once=on
            ),
        ),
    )


def _take_default(settings: Stage1Settings) -> None:
    def take() -> None:
        given = ask(default.default_settings, only_official=only_official())
        stage1_state.update(
            "Vorgabe übernommen",
            **{
                name: getattr(given, name)
                for name in ("criteria", "logic", "at_least", "group", "per_group", "required_share", "correlated_once")
            },
        )

    st.button(
        "Vorgabe übernehmen",
        on_click=take,
        icon=":material/settings_backup_restore:",
        key="s1_vorgabe",
        help="Ersetzt Kriterien, Regel und Ziel durch die dokumentierte Vorgabe (eigene Rekonstruktion). Filter, "
        "Ausschlüsse und Entscheidungen bleiben. Zurück geht es über „Projekt“ › „Frühere Fassung“.",
    )
