"""Map and ranking of the indicators made from the company register."""

from __future__ import annotations

import streamlit as st

from queries import indicators, sources
from ui import german, legend, maps, provenance, ranking, remarks, style, widgets
from ui.atlas import ask
from ui.classes import classify
from ui.map_note import map_note

THEME = "wirtschaftsstruktur"


def show(selected: str | None) -> None:
    """Choice, map with legend, ranking and file; a click on the map chooses a town."""
    catalogue = {key: indicator for key, indicator in widgets.catalogue().items() if indicator.theme == THEME}
    indicator = widgets.indicator_choice("strukturmerkmal", catalogue, default="share_manufacturing_pct")
    period = ask(indicators.periods, indicator.indicator_id).iloc[0].to_dict()
    frame = ask(indicators.values, indicator, period["period"])
    try:
        classes = classify(frame["value"].to_numpy(), "quantile", 6, signed=indicator.is_signed)
    except ValueError:
        st.info(f"Für „{indicator.title}“ liegen keine Werte vor. Wählen Sie ein anderes Merkmal.")
        return
    map_column, side_column = st.columns([2.1, 1], gap="medium")
    with map_column:
        st.markdown(f"**{provenance.chart_title(indicator.title, {indicator.provenance})}** · {indicator.unit_label}")
        st.plotly_chart(
            maps.town_map(
                frame, classes, ask(sources.geometry_files), maps.tooltips(frame, indicator), selected=selected
            ),
            key="strukturkarte",
            on_select=_clicked,
            selection_mode="points",
            theme=None,
            config={"displaylogo": False, "scrollZoom": True, "displayModeBar": False},
            alt=f"Karte: {indicator.title} in {len(frame)} Kleinstädten; dieselben Werte in der Rangliste.",
        )
        st.caption(f"{provenance.source_line(indicator, period)}  \n{map_note()}")
    with side_column:
        st.markdown(f"**{german.count(len(frame), 'Stadt', 'Städte')}** in Klassen mit gleich vielen Städten")
        values = frame["value"].to_numpy()
        st.plotly_chart(
            legend.histogram(values, classes, indicator.unit_label, indicator.decimals, indicator.is_signed),
            key="strukturverteilung",
            theme=None,
            config={"displayModeBar": False},
            alt=f"Verteilung von {indicator.title}",
        )
        st.html(
            legend.class_list(
                values, classes, indicator.decimals, indicator.is_signed, missing=remarks.missing_kinds(frame)
            )
        )
        st.markdown(indicator.definition)
        st.page_link(
            "pages/karte.py",
            label="Auf der Karte mit Filtern",
            icon=":material/map:",
            query_params={"merkmal": indicator.indicator_id},
        )
    st.subheader("Rangliste")
    rows = ranking.ranked(frame, indicator)
    part = st.segmented_control(
        "Ausschnitt", ranking.PARTS, default=ranking.PARTS[0], key="strukturrang", required=True
    )
    shown = ranking.part_of(rows, part)
    style.german_table_tools()
    st.dataframe(
        shown[ranking.column_order(shown, indicator)],
        hide_index=True,
        height=420,
        placeholder=german.MISSING,
        column_config=ranking.column_config(indicator),
    )
    st.caption(f"Rang 1 = höchster Wert. {provenance.NO_RANKING} {remarks.caption(frame, indicator)}")
    st.download_button(
        "Alle Zeilen als CSV-Datei",
        data=lambda: ranking.as_csv(rows, indicator, period),
        file_name=f"kowis-atlas-{indicator.indicator_id}-{period['period']}.csv",
        mime="text/csv",
        icon=":material/download:",
    )


def _clicked() -> None:
    clicked = maps.clicked_unit(st.session_state["strukturkarte"])
    if clicked:
        st.query_params["stadt"] = clicked
