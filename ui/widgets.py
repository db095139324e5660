"""Controls that several pages share; each keeps its state in the address of the page."""

from __future__ import annotations

import streamlit as st

from queries import attributes, case_studies, indicators, sources, towns
from queries.indicators import Indicator
from queries.town_filter import TownFilter
from ui import address, german, town_list
from ui.atlas import ask
from ui.door import only_official


def go_to_town(ags: str) -> None:
    """Open a town's profile."""
    st.switch_page("pages/stadtprofil.py", query_params={"stadt": ags})


def town_search(key: str, *, label: str = "Stadt suchen") -> str | None:
    """Search field with its hits below; returns the AGS of a hit that was chosen just now."""
    text = st.text_input(
        label,
        key=key,
        placeholder="Name, Teil des Namens oder Gemeindeschlüssel (AGS)",
        icon=":material/search:",
        help="Umlaute können Sie als ü oder ue schreiben; Groß- und Kleinschreibung ist gleich. "
        "Gefunden werden auch Gemeinden, die zu einem Verband gehören.",
    )
    if not text.strip():
        return None
    hits = ask(towns.search, text)
    if hits.empty:
        _nothing_found(text, key)
        return None
    st.caption(f"{german.count(len(hits), 'Treffer', 'Treffer')} – bitte wählen")
    for hit in hits.itertuples():
        part_of = "" if hit.name == hit.display_name else f" · gehört zu {hit.display_name}"
        label = f"**{hit.name}** · {hit.county_name}, {hit.state_name} · {hit.town_type_title}{part_of}"
        if st.button(label, key=f"{key}_{hit.ags}", type="tertiary", icon=":material/location_on:"):
            return hit.ags
    return None


def _nothing_found(text: str, key: str) -> None:
    similar = ask(towns.similar_names, text)
    advice = "Prüfen Sie die Schreibweise oder geben Sie nur einen Teil des Namens ein."
    status = ask(sources.build_info)["territorial_status"]
    st.info(f"Zu „{text}“ gibt es keine Stadt oder Gemeinde im Verzeichnis vom {status}. {advice}")
    if len(similar):
        names = ", ".join(similar["name"])
        st.caption(f"Ähnlich geschrieben: {names}")


def case_study_buttons(key: str) -> None:
    """The four case studies to choose from; the one chosen goes into the address as `stadt`."""
    st.markdown("**Zum Beispiel eine der vier Fallstudien:**")
    with st.container(horizontal=True):
        for study in ask(case_studies.case_studies).itertuples():
            if st.button(study.name, key=f"{key}_beispiel_{study.ags}"):
                st.query_params["stadt"] = study.ags
                st.rerun()


# From this number of indicators on, a choice of theme comes before that of the indicator.
MANY_INDICATORS = 60


def indicator_choice(
    key: str, catalogue: dict[str, Indicator], *, default: str = "population_density", label: str = "Merkmal"
) -> Indicator:
    """Searchable select box over the catalogue, narrowed by a theme where it is long; id in the address."""
    titles = {indicator_id: indicator.title for indicator_id, indicator in catalogue.items()}
    place = st
    if len(titles) > MANY_INDICATORS:
        left, place = st.columns([1, 1.8])
        themes = {i.theme: i.theme_title for i in catalogue.values()}
        theme = left.selectbox(
            "Thema",
            [None, *themes],
            format_func=lambda theme: themes.get(theme, f"alle ({german.number(len(titles))})"),
            key=f"{key}_thema",
            placeholder="alle Themen",
        )
        if theme is not None:
            titles = {i: title for i, title in titles.items() if catalogue[i].theme == theme}
    chosen = address.select(
        label,
        titles,
        key=key,
        default=default if default in titles else next(iter(titles)),
        draw=place.selectbox,
        placeholder="Merkmal wählen",
        help="Zum Suchen einen Teil des Namens eintippen.",
    )
    return catalogue[chosen]


def period_choice(key: str, indicator: Indicator) -> dict:
    """Choice among the periods of an indicator (only shown where there are several); newest by default."""
    frame = ask(indicators.periods, indicator.indicator_id)
    rows = frame.to_dict("records")
    if len(rows) == 1:
        st.text_input("Zeitraum", rows[0]["period"], disabled=True, key=f"{key}_einzig_{indicator.indicator_id}")
        return rows[0]
    by_period = {row["period"]: row for row in rows}
    chosen = st.selectbox("Zeitraum", list(by_period), key=key, bind="query-params", placeholder="Zeitraum wählen")
    return by_period[chosen]


def catalogue() -> dict[str, Indicator]:
    """The indicators that the user wants to see."""
    return ask(indicators.indicators, only_official=only_official())


def town_filter() -> TownFilter:
    """Filter over Land, Kreis, town type, population and own list; state in the address."""
    state_names = ask(towns.states)
    type_names = {
        key: title
        for key, title in ask(towns.town_types).items()
        if key in ("groessere_kleinstadt", "kleine_kleinstadt")
    }
    left, middle, right = st.columns(3)
    state_ids = left.multiselect(
        "Land",
        list(state_names),
        format_func=state_names.get,
        key="land",
        bind="query-params",
        placeholder="alle Länder",
    )
    county_names = ask(towns.counties, tuple(state_ids))
    county_ids = middle.multiselect(
        "Kreis",
        list(county_names),
        format_func=lambda county_id: county_names.get(county_id, county_id),
        key="kreis",
        bind="query-params",
        placeholder="alle Kreise",
    )
    town_types = right.multiselect(
        "Stadttyp",
        list(type_names),
        format_func=type_names.get,
        key="typ",
        bind="query-params",
        placeholder="alle Kleinstädte",
    )
    left, middle, right = st.columns(3)
    low = left.number_input(
        "Bevölkerung ab",
        min_value=0,
        step=1000,
        value=None,
        key="ab",
        bind="query-params",
        placeholder="ohne Grenze",
    )
    high = middle.number_input(
        "Bevölkerung bis",
        min_value=0,
        step=1000,
        value=None,
        key="bis",
        bind="query-params",
        placeholder="ohne Grenze",
    )
    with right:
        unit_ids = town_list.own_list()
    chosen_attributes = _attribute_filter()
    return TownFilter(
        state_ids=tuple(sorted(state_ids)),
        county_ids=tuple(sorted(county_ids)),
        town_types=tuple(sorted(town_types)),
        population_from=low,
        population_to=high,
        unit_ids=unit_ids,
        attributes=chosen_attributes,
    )


def _attribute_filter() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """One searchable multiselect per attribute that the database holds, three in a row."""
    known = ask(attributes.attributes, only_official=only_official())
    in_force = sum(address.is_set(_attribute_key(key)) for key in known)
    title = f"Weitere Filter ({in_force} gesetzt)" if in_force else "Weitere Filter"
    all_towns = ask(towns.small_town_counts)["all"]
    chosen = []
    with st.expander(title, icon=":material/filter_list:", key="weitere_filter"):
        columns: list = []
        for attribute in known.values():
            columns = columns or list(st.columns(3))
            codes = address.multiselect(
                attribute.title,
                ask(attributes.values, attribute.attribute),
                key=_attribute_key(attribute.attribute),
                container=columns.pop(0),
                placeholder="alle",
                help=_attribute_help(attribute, all_towns),
            )
            if codes:
                chosen.append((attribute.attribute, codes))
        if len(known) <= len(_SHIPPED):
            st.caption(
                "Mit den BBSR-Referenztabellen (Seite „Daten und Quellen“) kommen weitere Filter hinzu: Mittelbereich, "
                "IHK-Bezirk, Kreistyp, Raumordnungsregion und andere."
            )
    return tuple(chosen)


_SHIPPED = ("west_ost", "gemeindeform", "cluster", "urbanisation", "reisegebiet")


def _attribute_key(attribute: str) -> str:
    return f"f_{attribute}"


def _attribute_help(attribute: attributes.Attribute, all_towns: int) -> str:
    """Date, source, and how many towns have no value and so never pass."""
    missing = all_towns - attribute.towns
    gap = f" {german.count(missing, 'Kleinstadt ist', 'Kleinstädte sind')} dort nicht eingeordnet." if missing else ""
    return f"Stand {attribute.reference_date}, Quelle: {attribute.source_title}.{gap}"


FILTER_KEYS = ("land", "kreis", "typ", "ab", "bis", "liste")


def reset_filter() -> None:
    """Forget every part of the filter (for a button's `on_click`)."""
    for key in FILTER_KEYS:
        st.session_state[key] = [] if key in ("land", "kreis", "typ") else ("" if key == "liste" else None)
    address.forget([_attribute_key(attribute) for attribute in ask(attributes.attributes)])
