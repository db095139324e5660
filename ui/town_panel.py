"""What the map says beside itself about the town that was chosen."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries import indicators, profile
from queries.indicators import Indicator
from ui import figures, german, plots, provenance, remarks


def value_of_town(frame: pd.DataFrame, unit_id: str, indicator: Indicator, period: dict, member_count: int) -> None:
    """The town's value of the map's indicator, what is to be said about it, and its rank among the towns shown."""
    rows = frame[frame["unit_id"] == unit_id]
    if rows.empty:
        st.caption("Diese Stadt gehört nicht zur gezeigten Auswahl.")
        return
    row = rows.iloc[0]
    level = "Kreis" if indicator.is_county_context else remarks.level_word(member_count)
    text = german.MISSING if pd.isna(row["value"]) else figures.value_text(indicator, row["value"], row["value_status"])
    st.markdown(f"{indicator.title} ({period['period']}, {level})  \n### {remarks.marked(text, row['flag'])}")
    said = [remarks.cases_text(indicator, row["number_of_cases"])]
    said += remarks.reasons(row["value"], row["value_status"], row["flag"], row["note"])
    if any(said):
        st.caption(" · ".join(filter(None, said)))
    if not pd.isna(row["value"]):
        rank = int((frame["value"] > row["value"]).sum()) + 1
        st.caption(
            f"Rang {german.number(rank)} von {german.number(frame['value'].notna().sum())} der gezeigten "
            f"Städte (1 = höchster Wert). {provenance.NO_RANKING}"
        )


def development(own: pd.DataFrame, indicator: Indicator, town: dict) -> None:
    """The town's values over the years where there are at least three, breaks marked."""
    if len(own) < 3:
        return
    st.plotly_chart(
        plots.series_plot(own, own.head(0), indicator, town["display_name"], height=170),
        key=f"verlauf_{town['unit_id']}_{indicator.indicator_id}",
        theme=None,
        config={"displayModeBar": False},
        alt=f"{indicator.title} in {town['display_name']} von {own['year'].min()} bis {own['year'].max()}",
    )


def conspicuous(town_figures: pd.DataFrame, catalogue: dict[str, Indicator]) -> None:
    """The three figures on which the town itself lies farthest from the middle of all small towns."""
    own = town_figures[town_figures["indicator_id"].isin(indicators.telling(catalogue))]
    lines = [
        f"- {catalogue[f.indicator_id].title}: "
        f"**{remarks.marked(figures.value_text(catalogue[f.indicator_id], f.value, f.value_status), f.flag)}**"
        for f in profile.conspicuous(own, 3).itertuples()
    ]
    if lines:
        st.markdown("Auffällig ist hier:\n" + "\n".join(lines))
