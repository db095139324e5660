"""The form that adds a criterion: an indicator, or an attribute with the values that count as contrast."""

from __future__ import annotations

import streamlit as st

from queries import attributes, indicators
from queries.stage1 import values
from queries.stage1.criterion import CATEGORY, METRIC, OWN_ATTRIBUTES, Criterion
from queries.stage1.settings import Stage1Settings
from ui import german, provenance, stage1_state, widgets
from ui.atlas import ask
from ui.stage1_state import hold, on_change, title_of


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
