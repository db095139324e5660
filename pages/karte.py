"""Karte: any indicator for all small towns, classed, filtered, clicked."""

from __future__ import annotations

import streamlit as st

from queries import indicators, profile, series, sources, town_filter, towns
from queries.indicators import Indicator
from ui import german, legend, maps, navigation, provenance, ranking, remarks, style, town_panel, widgets
from ui.atlas import ask
from ui.classes import METHODS, Classes, classify, parse_limits
from ui.map_note import map_note

navigation.enter()

st.title("Karte")
catalogue = widgets.catalogue()

# ---- choose
left, middle, right = st.columns([3.6, 1, 1.2])
with left:
    indicator = widgets.indicator_choice("merkmal", catalogue)
with middle:
    period = widgets.period_choice("zeit", indicator)
with right:
    shape = st.segmented_control(
        "Darstellung",
        ["Flächen", "Punkte"],
        default="Flächen",
        key="darstellung",
        bind="query-params",
        required=True,
    )
with st.expander("Filter und Klassen", icon=":material/tune:"):
    chosen_towns = widgets.town_filter()
    first, second, third = st.columns(3)
    method = first.selectbox(
        "Klassen",
        list(METHODS),
        format_func=METHODS.get,
        key="methode",
        bind="query-params",
        placeholder="Verfahren",
    )
    number = second.select_slider("Zahl der Klassen", list(range(2, 10)), value=6, key="klassen", bind="query-params")
    limits_text = third.text_input(
        "Eigene Grenzen",
        key="grenzen",
        bind="query-params",
        placeholder="z. B. 50; 100; 250,5",
        disabled=method != "own",
        help="Zahlen mit Semikolon oder Leerzeichen getrennt; nur für „Eigene Grenzen“.",
    )

frame = ask(indicators.values, indicator, period["period"], chosen_towns)
selected = ask(towns.unit_of, st.query_params["stadt"]) if "stadt" in st.query_params else None


def map_clicked() -> None:
    """A click on the map chooses a town."""
    clicked = maps.clicked_unit(st.session_state["karte"])
    if clicked:
        st.query_params["stadt"] = clicked


def empty_result() -> None:
    """An empty filter explains itself and offers a way on."""
    st.info(
        f"Auf diese Auswahl trifft keine Stadt zu: {ask(town_filter.sentence, chosen_towns)}. "
        "Nehmen Sie eine Einschränkung zurück oder setzen Sie den Filter zurück.",
        icon=":material/filter_alt_off:",
    )
    st.button("Filter zurücksetzen", on_click=widgets.reset_filter, type="primary")


def map_classes(indicator: Indicator) -> Classes | None:
    """Classes as chosen; tells the user what is wrong with own limits."""
    own: tuple[float, ...] = ()
    if method == "own":
        try:
            own = parse_limits(limits_text)
        except ValueError as error:
            st.warning(
                f"„{error}“ ist keine Zahl. Bitte Grenzen wie „50; 100; 250,5“ eingeben. Bis dahin gelten Klassen mit "
                "gleich vielen Städten."
            )
        if not limits_text:
            st.caption("Noch keine eigenen Grenzen eingegeben – bis dahin gleich viele Städte je Klasse.")
    try:
        return classify(
            frame["value"].to_numpy(),
            method if method != "own" or own else "quantile",
            number,
            signed=indicator.is_signed,
            own=own,
        )
    except ValueError:
        return None


if frame.empty:
    empty_result()
    st.stop()
classes = map_classes(indicator)
if classes is None:
    st.info(
        f"Für „{indicator.title}“ liegen zu dieser Auswahl keine Werte vor. Wählen Sie ein anderes Merkmal, einen "
        "anderen Zeitraum oder mehr Städte."
    )
    st.button("Filter zurücksetzen", on_click=widgets.reset_filter, type="primary")
    st.stop()

# ---- map and legend
files = ask(sources.geometry_files)
map_column, side_column = st.columns([2.1, 1], gap="medium")
with map_column:
    st.markdown(f"**{provenance.chart_title(indicator.title, {indicator.provenance})}** · {indicator.unit_label}")
    st.plotly_chart(
        maps.town_map(
            frame,
            classes,
            files,
            maps.tooltips(frame, indicator),
            selected=selected,
            points=shape == "Punkte",
        ),
        key="karte",
        on_select=map_clicked,
        selection_mode="points",
        theme=None,
        config={"displaylogo": False, "scrollZoom": True, "displayModeBar": False},
        alt=f"Karte: {indicator.title} in {len(frame)} Kleinstädten; dieselben Werte stehen in der Rangliste darunter.",
    )
    st.caption(f"{provenance.source_line(indicator, period)}  \n{map_note()}")
    if said := remarks.caption(frame, indicator):
        st.caption(said)

with side_column:
    sentence = ask(town_filter.sentence, chosen_towns)
    st.markdown(f"**{german.count(len(frame), 'Stadt', 'Städte')}** · {sentence}")
    st.plotly_chart(
        legend.histogram(
            frame["value"].to_numpy(), classes, indicator.unit_label, indicator.decimals, indicator.is_signed
        ),
        key="verteilung",
        theme=None,
        config={"displayModeBar": False, "staticPlot": False},
        alt=f"Verteilung von {indicator.title} über die Klassen der Karte",
    )
    st.html(
        legend.class_list(
            frame["value"].to_numpy(),
            classes,
            indicator.decimals,
            indicator.is_signed,
            missing=remarks.missing_kinds(frame),
        )
    )
    if indicator.note:
        st.caption(f":material/info: {indicator.note}")
    with st.expander("Was bedeutet das Merkmal?"):
        st.markdown(indicator.definition)

    with st.container(border=True):
        if selected is None:
            st.markdown("**Stadt wählen**")
            st.caption("Auf die Karte klicken oder suchen:")
            found = widgets.town_search("karte_suche", label="Stadt suchen")
            if found:
                st.query_params["stadt"] = found
                st.rerun()
        else:
            town = ask(towns.town, selected)
            st.markdown(f"**{town['display_name']}**  \n{town['county_name']}, {town['state_name']}")
            town_panel.value_of_town(frame, selected, indicator, period, town["member_count"])
            town_panel.development(ask(series.of_indicator, selected, indicator.indicator_id), indicator, town)
            town_panel.conspicuous(ask(profile.town_figures, selected), catalogue)
            if st.button("Stadtprofil öffnen", type="primary", icon=":material/location_city:"):
                widgets.go_to_town(town["central_ags"])
            if st.button("Auswahl aufheben", type="tertiary"):
                del st.query_params["stadt"]
                st.rerun()

# ---- ranking
st.subheader("Rangliste")
part = st.segmented_control(
    "Ausschnitt",
    ranking.PARTS,
    default=ranking.PARTS[0],
    key="rangliste",
    bind="query-params",
    required=True,
)
all_rows = ranking.ranked(frame, indicator)
shown = ranking.part_of(all_rows, part)


def row_picked() -> None:
    """A row of the ranking chooses a town."""
    rows = st.session_state["rangliste_tabelle"].selection.rows
    if rows:
        st.query_params["stadt"] = shown.iloc[rows[0]]["unit_id"]


style.german_table_tools()
st.dataframe(
    shown[ranking.column_order(shown, indicator)],
    hide_index=True,
    height=420,
    key="rangliste_tabelle",
    on_select=row_picked,
    selection_mode="single-row",
    placeholder=german.MISSING,
    column_config=ranking.column_config(indicator),
)
st.caption(
    f"Rang 1 = höchster Wert. {provenance.NO_RANKING} Eine Zeile anklicken hebt die Stadt auf der Karte hervor. "
    f"{provenance.source_line(indicator, period)}. {remarks.caption(frame, indicator)}"
)
st.download_button(
    "Alle Zeilen als CSV-Datei",
    data=lambda: ranking.as_csv(all_rows, indicator, period),
    file_name=f"kowis-atlas-{indicator.indicator_id}-{period['period']}.csv",
    mime="text/csv",
    icon=":material/download:",
)
