"""Who may be chosen: the project's town filter, the surroundings of large cities, towns left out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from queries import attributes, town_filter, towns
from queries.stage1.settings import Stage1Settings
from queries.town_filter import TownFilter
from ui import german, stage1_state, town_list
from ui.atlas import ask
from ui.stage1_state import hold, on_change

DEFAULT_KM = 25.0


def section(settings: Stage1Settings) -> None:
    """All controls; each shows what the project says and saves what is changed."""
    with st.expander(
        f"**1 · Wer steht zur Wahl?** {ask(town_filter.sentence, settings.towns)}{_left_out(settings)}",
        icon=":material/groups:",
    ):
        _filter(settings.towns)
        _surroundings(settings)
        _excluded(settings)


def reset_filter() -> None:
    """All small towns again (for a button's `on_click`)."""
    stage1_state.update("Filter zurückgesetzt", towns=TownFilter())


def _left_out(settings: Stage1Settings) -> str:
    parts = []
    if settings.surroundings_km is not None:
        parts.append(f"ohne Umland bis {german.number(settings.surroundings_km, 0)} km")
    if settings.excluded:
        parts.append(f"{german.count(len(settings.excluded), 'Stadt', 'Städte')} von Hand ausgeschlossen")
    return "; " + "; ".join(parts) if parts else ""


def _change_filter(what: str, **changes: Any) -> None:
    changed = replace(stage1_state.now().towns, **changes)
    if changed.state_ids:  # a county's key begins with that of its Land
        counties = tuple(key for key in changed.county_ids if key[:2] in changed.state_ids)
        changed = replace(changed, county_ids=counties)
    stage1_state.update(what, towns=changed)


def _multiselect(place, label: str, names: dict[str, str], field: str, chosen: tuple[str, ...], placeholder: str):
    place.multiselect(
        label,
        list(names),
        format_func=lambda code: names.get(code, code),
        placeholder=placeholder,
        **on_change(
            hold(f"s1_{field}", [code for code in chosen if code in names]),
            lambda codes: _change_filter(f"Filter {label} geändert", **{field: tuple(sorted(codes))}),
        ),
    )


def _filter(chosen: TownFilter) -> None:
    types = {key: title for key, title in ask(towns.town_types).items() if "kleinstadt" in key}
    left, middle, right = st.columns(3)
    _multiselect(left, "Land", ask(towns.states), "state_ids", chosen.state_ids, "alle Länder")
    counties = ask(towns.counties, chosen.state_ids)
    _multiselect(middle, "Kreis", counties, "county_ids", chosen.county_ids, "alle Kreise")
    _multiselect(right, "Stadttyp", types, "town_types", chosen.town_types, "alle Kleinstädte")
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    for place, label, field in (
        (left, "Bevölkerung ab", "population_from"),
        (middle, "Bevölkerung bis", "population_to"),
    ):
        place.number_input(
            label,
            min_value=0,
            step=1000,
            placeholder="ohne Grenze",
            **on_change(
                hold(f"s1_{field}", getattr(chosen, field)),
                lambda value, field=field, label=label: _change_filter(f"Filter {label} geändert", **{field: value}),
            ),
        )
    with right:
        _own_list(chosen)
    _attributes(chosen)
    if not chosen.is_empty:
        st.button("Filter zurücksetzen", on_click=reset_filter, icon=":material/filter_alt_off:", key="s1_filter_weg")


def _own_list(chosen: TownFilter) -> None:
    number = len(chosen.unit_ids)
    with st.popover(
        f"Eigene Liste ({german.number(number)})" if number else "Eigene Liste", icon=":material/list:", width="stretch"
    ):
        st.text_area(
            "Städte, eine je Zeile oder mit Komma getrennt", key="s1_liste", placeholder="Vlotho\n08426014\nPerl"
        )
        st.button("Liste anwenden", on_click=_apply_list, type="primary", key="s1_liste_anwenden")
        if number:
            st.button(
                "Liste leeren",
                on_click=lambda: _change_filter("eigene Liste geleert", unit_ids=()),
                key="s1_liste_leeren",
            )


def _apply_list() -> None:
    unit_ids, problems = town_list.resolve(st.session_state.get("s1_liste", ""))
    if problems:
        stage1_state.tell(" ".join(problems))
    if unit_ids:
        _change_filter(f"eigene Liste mit {len(set(unit_ids))} Städten", unit_ids=tuple(sorted(set(unit_ids))))


def _attributes(chosen: TownFilter) -> None:
    in_force = dict(chosen.attributes)

    def apply(attribute: str, title: str, codes: list[str]) -> None:
        others = tuple(pair for pair in stage1_state.now().towns.attributes if pair[0] != attribute)
        added = ((attribute, tuple(sorted(codes))),) if codes else ()
        _change_filter(f"Filter {title} geändert", attributes=tuple(sorted(others + added)))

    label = f"Weitere Filter ({len(in_force)} gesetzt)" if in_force else "Weitere Filter"
    with st.expander(label, icon=":material/filter_list:"):
        places: list = []
        for attribute in ask(attributes.attributes).values():
            places = places or list(st.columns(3))
            names = ask(attributes.values, attribute.attribute)
            places.pop(0).multiselect(
                attribute.title,
                list(names),
                format_func=lambda code, names=names: names.get(code, code),
                placeholder="alle",
                help=f"Stand {attribute.reference_date}, Quelle: {attribute.source_title}.",
                **on_change(
                    hold(
                        f"s1_f_{attribute.attribute}",
                        [code for code in in_force.get(attribute.attribute, ()) if code in names],
                    ),
                    lambda codes, a=attribute: apply(a.attribute, a.title, codes),
                ),
            )


def _surroundings(settings: Stage1Settings) -> None:
    """Leave out towns near large cities: off by default, only with a reason, on the record."""
    st.markdown("**Umland von Großstädten auslassen**")
    is_on = settings.surroundings_km is not None
    left, middle, right = st.columns([1, 2.4, 1.2], vertical_alignment="bottom")
    # The saved values are part of the keys: after a change elsewhere the fields begin anew.
    km = left.number_input(
        "bis (km Luftlinie)",
        min_value=1,
        max_value=200,
        value=int(settings.surroundings_km or DEFAULT_KM),
        step=5,
        key=f"s1_umland_km_{settings.surroundings_km}",
    )
    reason = middle.text_input(
        "Begründung (erforderlich)",
        settings.surroundings_reason,
        key=f"s1_umland_grund_{settings.surroundings_reason}",
        placeholder="z. B. Pendlerstädte werden in einer anderen Studie untersucht",
    )

    def switch_on() -> None:
        words = f"Umland bis {german.number(km, 0)} km ausgelassen: {reason.strip()}"
        stage1_state.update(
            words, decision=("surroundings", words), surroundings_km=float(km), surroundings_reason=reason.strip()
        )

    def switch_off() -> None:
        words = "Umland von Großstädten wieder aufgenommen"
        stage1_state.update(words, decision=("surroundings", words), surroundings_km=None, surroundings_reason="")

    is_changed = (settings.surroundings_km, settings.surroundings_reason) != (km, reason.strip())
    if is_on and not is_changed:
        right.button("Wieder aufnehmen", on_click=switch_off, key="s1_umland_aus", width="stretch")
    else:
        right.button("Auslassen", on_click=switch_on, disabled=not reason.strip(), key="s1_umland_an", width="stretch")
    if not is_on:
        st.caption("Aus: Auch Städte nahe einer Großstadt stehen zur Wahl.")


def _excluded(settings: Stage1Settings) -> None:
    st.markdown("**Einzelne Städte ausschließen**")
    names = ask(towns.small_town_names)
    left, middle, right = st.columns([1.4, 2, 1.2], vertical_alignment="bottom")
    already = {unit_id for unit_id, _ in settings.excluded}
    unit_id = left.selectbox(
        "Stadt",
        [key for key in names if key not in already],
        index=None,
        format_func=names.get,
        placeholder="Stadt wählen",
        key="s1_aus_stadt",
    )
    reason = middle.text_input("Begründung", key="s1_aus_grund", placeholder="z. B. war Pretest")

    def exclude() -> None:
        words = f"{names[unit_id]} ausgeschlossen: {reason.strip()}"
        excluded = (*stage1_state.now().excluded, (unit_id, reason.strip()))
        stage1_state.update(words, decision=("exclusion", words), excluded=excluded)
        st.session_state["s1_aus_stadt"], st.session_state["s1_aus_grund"] = None, ""

    right.button(
        "Ausschließen", on_click=exclude, disabled=not (unit_id and reason.strip()), key="s1_aus", width="stretch"
    )

    def take_back(key: str) -> None:
        words = f"{names.get(key, key)} wieder zur Wahl gestellt"
        kept = tuple(pair for pair in stage1_state.now().excluded if pair[0] != key)
        stage1_state.update(words, decision=("exclusion", words), excluded=kept)

    for key, why in settings.excluded:
        left, right = st.columns([4, 1.2], vertical_alignment="center")
        left.markdown(f"{names.get(key, key)} · {why}")
        right.button("Zurücknehmen", on_click=take_back, args=(key,), key=f"s1_zurueck_{key}", type="tertiary")
