"""The form of one criterion: change it, see how the atlas asks, take it away."""

from __future__ import annotations

from typing import Any

import streamlit as st

from queries import indicators
from queries.stage1 import values
from queries.stage1.criterion import BANDS, CATEGORY, OWN_ATTRIBUTES, RELATIVE_TO, SIDES, Criterion
from queries.stage1.settings import Stage1Settings
from ui import address, html_table, stage1_state, widgets
from ui.atlas import ask
from ui.stage1_state import Outcome, hold, on_change, title_of


def change(settings: Stage1Settings, found: Outcome | None) -> None:
    """Choose one of the criteria and change it."""
    titles = {c.key: title_of(c) for c in settings.criteria}
    if not titles:
        st.caption("Noch keines gewählt.")
        return
    key = address.select("Kriterium", titles, key="kriterium", placeholder="Kriterium wählen")
    if key is None:
        return
    criterion = next(c for c in settings.criteria if c.key == key)
    title = titles[key]

    def field(name: str, label: str, kind: str, value: Any = None) -> dict:
        saved = getattr(criterion, name) if value is None else value
        return on_change(
            hold(f"s1_{kind}_{key}", saved),
            lambda new: stage1_state.update_criterion(key, f"{title}: {label} geändert", **{name: new}),
        )

    if criterion.kind == CATEGORY:
        _categories(criterion, title)
    else:
        _metric(criterion, title, field)
    left, right = st.columns(2, vertical_alignment="center")
    if settings.logic == "weighted":
        left.number_input("Gewicht", min_value=0.0, step=0.5, format="%.2f", **field("weight", "Gewicht", "gewicht"))
    (right if settings.logic == "weighted" else left).checkbox(
        "Muss-Kriterium",
        help="Eine Stadt muss hier außerhalb liegen, gleich wie viele Kriterien die Regel verlangt.",
        **field("is_required", "Muss-Kriterium", "muss"),
    )
    st.text_area(
        "Begründung (für das Protokoll erforderlich)",
        placeholder="Warum dieses Kriterium?",
        height=90,
        **field("reason", "Begründung", "grund"),
    )
    if found:
        _asked(criterion, found)
    st.button(
        "Kriterium entfernen",
        on_click=_remove,
        args=(key, title),
        icon=":material/delete:",
        key=f"s1_entfernen_{key}",
    )


def _remove(key: str, title: str) -> None:
    stage1_state.store(stage1_state.now().without_criterion(key), f"{title} entfernt")


def _metric(criterion: Criterion, title: str, field) -> None:
    key = criterion.key
    periods = list(ask(indicators.periods, criterion.indicator_id)["period"])
    if criterion.period not in periods:
        periods.append(criterion.period)
    if len(periods) > 1:
        st.selectbox("Zeitraum", periods, placeholder="Zeitraum wählen", **field("period", "Zeitraum", "zeit"))

    def take_band(band: str | None) -> None:
        bounds = {"lower": 0.25, "upper": 0.75} if band == "quantile" else _limits_now(criterion)
        stage1_state.update_criterion(
            key, f"{title}: mittlerer Bereich als {BANDS[band or 'quantile']}", band=band or "quantile", **bounds
        )

    st.segmented_control(
        "Mittlerer Wertebereich",
        list(BANDS),
        format_func=BANDS.get,
        required=True,
        **on_change(hold(f"s1_band_{key}", criterion.band), take_band),
    )
    if criterion.band == "quantile":
        span = (round(100 * criterion.lower), round(100 * criterion.upper))
        st.slider(
            "von … bis … Prozent der Städte",
            0,
            100,
            format="%d %%",
            help="Wer dazwischen liegt, gilt als unauffällig. 25 und 75 lassen die mittlere Hälfte weg.",
            **on_change(
                hold(f"s1_spanne_{key}", span),
                lambda new: stage1_state.update_criterion(
                    key,
                    f"{title}: Band {new[0]} bis {new[1]} %",
                    lower=new[0] / 100,
                    upper=new[1] / 100,
                ),
            ),
        )
        st.selectbox(
            "gemessen an der Mitte",
            list(RELATIVE_TO),
            format_func=RELATIVE_TO.get,
            placeholder="Bezug wählen",
            **field("relative_to", "Bezug", "bezug"),
        )
    else:
        indicator = widgets.catalogue().get(criterion.indicator_id)
        unit = f" ({indicator.unit_label})" if indicator else ""
        left, right = st.columns(2)
        for place, name, label in ((left, "lower", "niedrig: unter"), (right, "upper", "hoch: über")):
            place.number_input(
                f"{label}{unit}",
                placeholder="offen",
                **on_change(
                    hold(f"s1_{name}_{key}", getattr(criterion, name)),
                    lambda new, name=name: stage1_state.update_criterion(key, f"{title}: eigene Grenze", **{name: new}),
                ),
            )
    st.selectbox(
        "Als Kontrast zählen",
        list(SIDES),
        format_func=SIDES.get,
        placeholder="Seite wählen",
        **field("side", "Seite", "seite"),
    )


def _limits_now(criterion: Criterion) -> dict:
    """The bounds in force as the first own limits, so that nothing changes before the user does."""
    found = stage1_state.outcome(stage1_state.now())
    low, high = found.result.low[criterion.key].median(), found.result.high[criterion.key].median()
    digits = found.data.words[criterion.key].decimals
    finite = [round(float(v), digits) if abs(v) != float("inf") else None for v in (low, high)]
    return {"lower": finite[0], "upper": finite[1]}


def _categories(criterion: Criterion, title: str) -> None:
    try:
        names = ask(values.category_names, criterion.indicator_id)[1]
    except values.NotPossible as error:
        st.info(str(error))
        return
    st.multiselect(
        "Als Kontrast zählt",
        list(names),
        format_func=lambda code: names.get(code, code),
        placeholder="Ausprägungen wählen",
        **on_change(
            hold(f"s1_werte_{criterion.key}", [code for code in criterion.categories if code in names]),
            lambda codes: stage1_state.update_criterion(
                criterion.key, f"{title}: Ausprägungen geändert", categories=tuple(sorted(codes))
            ),
        ),
    )


def _asked(criterion: Criterion, found: Outcome) -> None:
    """The criterion's sentence, its condition, and the bounds that stand in for its parameters."""
    st.markdown("**So fragt der Atlas**")
    st.markdown(criterion.sentence(found.data.words[criterion.key]))
    key, result, words = criterion.key, found.result, found.data.words[criterion.key]
    groups = {"state": "state_id", "cluster": "cluster"}.get(criterion.relative_to)
    is_grouped = criterion.kind != CATEGORY and criterion.band == "quantile" and groups is not None
    first = result.values.index[0]
    low, high = (_finite(frame.loc[first, key]) for frame in (result.low, result.high))
    condition, parameters = criterion.sql(low, high)
    st.code(condition, language="sql", wrap_lines=True)
    if not is_grouped:
        said = [
            f"`${name}` = {', '.join(value) if isinstance(value, list) else words.number(value)}"
            for name, value in parameters.items()
        ]
        st.caption(" · ".join(said))
        return
    names = ask(values.category_names, criterion.relative_to)[1]
    rows = []
    for group, town_ids in found.data.towns.groupby(groups).groups.items():
        bounds = [_finite(frame.loc[town_ids[0], key]) for frame in (result.low, result.high)]
        rows.append(
            [
                html_table.text(names.get(str(group), str(group))),
                *(html_table.text("–" if b is None else words.number(b)) for b in bounds),
            ]
        )
    st.html(
        html_table.table(
            [OWN_ATTRIBUTES[criterion.relative_to], "niedrig: unter", "hoch: über"],
            rows,
            label="Grenzen je Gruppe",
            numeric=[1, 2],
        )
    )


def _finite(value: float) -> float | None:
    return None if abs(value) == float("inf") or value != value else float(value)
