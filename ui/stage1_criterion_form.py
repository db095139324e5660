"""Forms of one criterion: change it, take it away, add another."""

from __future__ import annotations

from typing import Any

import streamlit as st

from queries import attributes, indicators
from queries.stage1 import values
from queries.stage1.criterion import BANDS, CATEGORY, METRIC, OWN_ATTRIBUTES, RELATIVE_TO, SIDES, Criterion
from queries.stage1.settings import Stage1Settings
from ui import address, german, html_table, provenance, stage1_state, widgets
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


def add(settings: Stage1Settings) -> None:
    """Add an indicator or an attribute."""
    kind = st.segmented_control(
        "Art",
        [METRIC, CATEGORY],
        default=METRIC,
        format_func={METRIC: "Merkmal mit Zahlen", CATEGORY: "Einordnung (Cluster, Typ, Land …)"}.get,
        required=True,
        key="s1_neu_art",
        label_visibility="collapsed",
    )
    reason = st.text_area(
        "Begründung", key="s1_neu_grund", placeholder="Warum dieses Kriterium? Lässt sich nachtragen.", height=90
    )
    criterion = _new_category(settings, reason) if kind == CATEGORY else _new_metric(settings, reason)
    st.button(
        "Hinzufügen",
        on_click=_add,
        args=(criterion,),
        disabled=criterion is None,
        type="primary",
        icon=":material/add:",
        key="s1_hinzu",
    )


def _add(criterion: Criterion) -> None:
    stage1_state.store(stage1_state.now().with_criterion(criterion), f"{title_of(criterion)} hinzugefügt")
    st.session_state["s1_neu_grund"] = ""
    for key in ("s1_neu_merkmal", "s1_neu_einordnung"):
        st.session_state.pop(key, None)


def _new_metric(settings: Stage1Settings, reason: str) -> Criterion | None:
    taken = {c.key for c in settings.criteria}
    insists = bool(settings.county_reason.strip())
    catalogue = {
        key: i for key, i in widgets.catalogue().items() if key not in taken and (insists or not i.is_county_context)
    }
    themes = {i.theme: i.theme_title for i in catalogue.values()}
    theme = st.selectbox(
        "Thema",
        [None, *themes],
        format_func=lambda one: themes.get(one, "alle Themen"),
        key="s1_neu_thema",
        placeholder="alle Themen",
    )
    shown = [key for key, i in catalogue.items() if theme in (None, i.theme)]
    key = st.selectbox(
        "Merkmal",
        shown,
        index=None,
        format_func=lambda one: (
            catalogue[one].title if theme else f"{catalogue[one].theme_title}: {catalogue[one].title}"
        ),
        key="s1_neu_merkmal",
        placeholder="Namen eintippen oder wählen",
    )
    criterion = None
    if key is not None:
        period = st.selectbox(
            "Zeitraum",
            list(ask(indicators.periods, key)["period"]),
            key=f"s1_neu_zeit_{key}",
            placeholder="Zeitraum wählen",
        )
        st.caption(provenance.source_line(catalogue[key]))
        relative_to = next((c.relative_to for c in settings.criteria if c.kind == METRIC), "all")
        criterion = Criterion(key, period, relative_to=relative_to, reason=reason.strip())
    _county(settings)
    return criterion


def _county(settings: Stage1Settings) -> None:
    """County values choose counties, not towns: barred unless the team insists, on the record."""

    def insist(text: str) -> None:
        words = f"Kreiswerte zugelassen: {text.strip()}" if text.strip() else "Kreiswerte wieder ausgeschlossen"
        stage1_state.update(words, decision=("county", words), county_reason=text.strip())

    with st.popover("Kreiswerte zulassen …", icon=":material/lock_open:"):
        st.markdown(
            "Kreiswerte sind gesperrt: Alle Städte eines Kreises hätten denselben Wert, ausgewählt würden Kreise statt "
            "Städte. Wer darauf besteht, gibt einen Grund an; er steht im Protokoll."
        )
        st.text_area(
            "Grund", placeholder="leer = gesperrt", **on_change(hold("s1_kreisgrund", settings.county_reason), insist)
        )


def _new_category(settings: Stage1Settings, reason: str) -> Criterion | None:
    taken = {c.key for c in settings.criteria}
    known = {a.attribute: a.title for a in ask(attributes.attributes).values()} | OWN_ATTRIBUTES
    attribute = st.selectbox(
        "Einordnung",
        [key for key in known if key not in taken],
        index=None,
        format_func=known.get,
        key="s1_neu_einordnung",
        placeholder="Einordnung wählen",
    )
    if attribute is None:
        return None
    names = ask(values.category_names, attribute)[1]
    if not names:
        st.info("Dazu gibt es in der Datenbank keine Ausprägungen.")
        return None
    codes = st.multiselect(
        "Als Kontrast zählt",
        list(names),
        format_func=names.get,
        key=f"s1_neu_werte_{attribute}",
        placeholder="Ausprägungen wählen",
    )
    st.caption(f"{german.count(len(names), 'Ausprägung', 'Ausprägungen')} stehen zur Wahl.")
    if not codes:
        return None
    return Criterion(attribute, kind=CATEGORY, categories=tuple(sorted(codes)), reason=reason.strip())
