"""The remaining towns as a table with marks for high and low, and the same as a file with bounds and sources."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries.stage1.criterion import CATEGORY
from queries.stage1.settings import Stage1Settings
from ui import german, provenance, stage1_state, widgets
from ui.stage1_state import Outcome

MARKS = {1: "▲", -1: "▼", 0: ""}
# More towns than this are in the file, not in the table.
MOST_IN_TABLE = 100


def marked(title: str, settings: Stage1Settings) -> str:
    """A title that says so where the selection rests on model data."""
    return provenance.chart_title(title, {"synthetisch"} if stage1_state.is_synthetic(settings) else set())


def section(found: Outcome, shown: pd.DataFrame) -> None:
    """`shown` as from `stage1_outcome`: labels of the remaining towns, those with the most contrasts first."""
    settings, result, words = found.settings, found.result, found.data.words
    count = german.count(len(shown), "verbleibende Stadt", "verbleibende Städte")
    st.markdown(f"**{marked(count, settings)}**")
    listed = shown.head(MOST_IN_TABLE)
    ids = list(listed.index)
    unsure = found.open_checks.groupby("unit_id")["key"].agg(lambda keys: ", ".join(words[key].title for key in keys))
    has_clusters = shown["cluster"].notna().any()
    table = pd.DataFrame(
        {
            "Stadt": listed["name"],
            "Kreis": listed["county_name"],
            "Land": listed["state_name"],
            **({"Cluster": listed["cluster"].astype(object)} if has_clusters else {}),
            "außerhalb": listed["outside"],
            "zu prüfen": unsure.reindex(ids).fillna(""),
        },
        index=ids,
    )
    headings = {}
    for criterion in settings.criteria:
        unit = words[criterion.key].unit_label
        title = words[criterion.key].title
        headings[criterion.key] = f"{title} ({unit})" if unit and unit not in title else title
        table[headings[criterion.key]] = result.values.loc[ids, criterion.key]
    style = table.style.format(lambda value: german.number(value, 1 if value % 1 else 0), subset=["außerhalb"])
    for criterion in settings.criteria:
        signs = result.pattern.loc[ids, criterion.key]
        for sign, mark in MARKS.items():
            rows = list(signs.index[signs == sign])
            if rows:
                style = style.format(
                    lambda value, mark=mark, c=criterion: _cell(value, mark, c, words[c.key].decimals),
                    subset=pd.IndexSlice[rows, [headings[criterion.key]]],
                )
    st.dataframe(
        style,
        hide_index=True,
        height=min(560, 38 + 35 * len(listed)),
        placeholder=german.MISSING,
        column_config={heading: st.column_config.Column(width=170, help=heading) for heading in headings.values()}
        | {"Stadt": st.column_config.Column(pinned=True, width=150), "zu prüfen": st.column_config.Column(width=150)},
    )
    note = f" Gezeigt sind die {MOST_IN_TABLE} mit den meisten Kontrasten." if len(shown) > MOST_IN_TABLE else ""
    st.caption(f"▲ über, ▼ unter dem mittleren Bereich.{note} {provenance.NO_RANKING}")
    st.download_button(
        "Verbleibende Städte als CSV",
        lambda: as_csv(found, shown),
        file_name="kowis-stufe-1.csv",
        mime="text/csv",
        icon=":material/download:",
        key="s1_csv",
        on_click="ignore",
    )


def _cell(value: float, mark: str, criterion, decimals: int) -> str:
    if pd.isna(value):
        return german.MISSING
    if criterion.kind == CATEGORY:
        return "ja" if value else "nein"
    return f"{german.number(value, decimals)} {mark}".strip()


def as_csv(found: Outcome, shown: pd.DataFrame) -> bytes:
    """One row per town and criterion for a German spreadsheet, each with its bounds and its source."""
    catalogue, result = widgets.catalogue(), found.result
    parts = []
    ids = list(shown.index)
    places = {1: "hoch", -1: "niedrig", 0: "mittel"}
    for criterion in found.settings.criteria:
        words = found.data.words[criterion.key]
        indicator = catalogue.get(criterion.indicator_id)
        values = result.values.loc[ids, criterion.key]
        place = result.pattern.loc[ids, criterion.key].map(places).where(values.notna(), german.MISSING)
        bounds = [
            frame.loc[ids, criterion.key].replace([float("inf"), float("-inf")], float("nan")).round(words.decimals)
            for frame in (result.low, result.high)
        ]
        parts.append(
            pd.DataFrame(
                {
                    "Schlüssel der Einheit": ids,
                    "Stadt": shown["name"],
                    "Kreis": shown["county_name"],
                    "Land": shown["state_name"],
                    "Cluster": shown["cluster"].astype(object),
                    "Kriterium": words.title,
                    "Zeitraum": criterion.period,
                    "Einheit": words.unit_label,
                    "Wert": values.round(words.decimals),
                    "Lage": place,
                    "mittlerer Bereich ab": bounds[0],
                    "mittlerer Bereich bis": bounds[1],
                    "Quelle und Herkunft": provenance.source_line(indicator) if indicator else "Einordnung des Atlas",
                    "Vermerk": indicator.attribution if indicator else "",
                }
            )
        )
    table = pd.concat(parts).sort_values(["Stadt", "Schlüssel der Einheit"], kind="stable")
    return table.to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig")
