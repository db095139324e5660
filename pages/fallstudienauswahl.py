"""Fallstudienauswahl: a first version of both stages on the indicators of the towns themselves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries import case_selection, case_studies, contrast, indicators, sources, town_filter, towns
from ui import german, html_table, maps, navigation, plots, provenance, widgets
from ui.atlas import ask
from ui.map_note import map_note

navigation.enter()

DEFAULT_CRITERIA = [
    "population_density",
    "settlement_area_per_head_m2",
    "own_weight_among_neighbours_pct",
    "distance_grossstadt_km",
    "distance_foreign_place_km",
    "distance_hub_station_km",
]

st.title("Fallstudienauswahl")
st.markdown(
    "In zwei Schritten von allen Kleinstädten zu wenigen, möglichst gegensätzlichen: **Stufe 1** lässt die Städte im "
    "mittleren Wertebereich weg, **Stufe 2** sucht unter den übrigen diejenigen, die sich am stärksten unterscheiden."
)
st.info(
    "Eigene Rekonstruktion: Die Studie hat ihre Kriterien und Grenzen nicht veröffentlicht. Die Kriterien hier sind "
    "Vorschläge aus den mitgelieferten Grunddaten, nicht die Kriterien der Studie. Eine Kontrastauswahl erlaubt keine "
    "Häufigkeitsaussagen.",
    icon=":material/info:",
)

catalogue = {key: i for key, i in widgets.catalogue().items() if not i.is_county_context}

# ---- Stufe 1
st.subheader("Stufe 1 · Kontrastierung")
with st.expander("Welche Städte stehen zur Wahl?", icon=":material/tune:"):
    chosen_towns = widgets.town_filter()
left, right = st.columns([2.4, 1], gap="large")
with left:
    criteria_ids = st.multiselect(
        "Kriterien",
        list(catalogue),
        default=[key for key in DEFAULT_CRITERIA if key in catalogue],
        format_func=lambda key: catalogue[key].title,
        key="kriterien",
        bind="query-params",
        placeholder="Merkmale wählen",
        help="Kreiswerte stehen hier nicht zur Wahl: Sie würden Kreise auswählen, nicht Städte.",
    )
with right:
    band = st.select_slider(
        "Mittlerer Wertebereich",
        [10, 20, 30, 40, 50, 60, 70, 80],
        value=50,
        format_func=lambda width: f"mittlere {width} %",
        key="band",
        bind="query-params",
        help="Wer bei einem Kriterium in diesem Bereich liegt, gilt dort als unauffällig.",
    )
if len(criteria_ids) < 2:
    st.info("Bitte mindestens zwei Kriterien wählen, damit sich Städte unterscheiden lassen.")
    st.stop()

lower = (100 - band) / 200
criteria = tuple(
    contrast.Criterion(catalogue[key], ask(indicators.periods, key)["period"].iloc[0], lower, 1 - lower)
    for key in sorted(criteria_ids, key=list(catalogue).index)
)
values = ask(contrast.criterion_values, criteria, chosen_towns)
if len(values) < 4:
    st.info(
        f"Zu „{ask(town_filter.sentence, chosen_towns)}“ gibt es nur {german.count(len(values), 'Stadt', 'Städte')}. "
        "Für eine Auswahl braucht es mindestens vier."
    )
    st.button("Filter zurücksetzen", on_click=widgets.reset_filter, type="primary")
    st.stop()

thresholds = list(range(1, len(criteria) + 1))
wanted = max(1, round(0.8 * len(criteria)))
at_least = st.select_slider(
    "Außerhalb des mittleren Bereichs bei mindestens",
    thresholds,
    value=wanted,
    format_func=lambda k: german.count(k, "Kriterium", "Kriterien"),
    key="mindestens",
    bind="query-params",
)
result = contrast.stage1(values, criteria, at_least)
remaining = result.remaining

first, second, third = st.columns(3)
first.metric("Städte zur Wahl", german.number(len(values)), border=True)
second.metric("ohne genügend Werte", german.number(int(result.towns["dropped_for_gaps"].sum())), border=True)
third.metric("bleiben nach Stufe 1", german.number(len(remaining)), border=True)


def limit(criterion: contrast.Criterion, side: str) -> str:
    """Bound of a criterion's middle range, with unit."""
    indicator = criterion.indicator
    value = result.limits.loc[indicator.indicator_id, side]
    return german.with_unit(value, indicator.unit_label, indicator.decimals, signed=indicator.is_signed)


curve_column, table_column = st.columns([1, 1.4], gap="large")
with curve_column:
    st.markdown("**Wie viele bleiben?**")
    figure = plots.survivor_bars(result.survivors, at_least)
    st.plotly_chart(
        figure,
        theme=None,
        config={"displayModeBar": False},
        key="verbleibende",
        alt="Zahl der verbleibenden Städte je Zahl der Kriterien außerhalb des mittleren Bereichs",
    )
with table_column:
    st.markdown("**Kriterien und Grenzen**")
    st.html(
        html_table.table(
            ["Kriterium", "niedrig: unter", "hoch: über", "Städte außerhalb"],
            [
                [
                    html_table.text(c.indicator.title),
                    html_table.text(limit(c, "low")),
                    html_table.text(limit(c, "high")),
                    german.number(int((result.pattern[c.indicator.indicator_id] != 0).sum())),
                ]
                for c in criteria
            ],
            label="Kriterien mit den Grenzen des mittleren Wertebereichs",
            numeric=[3],
        )
    )
    for a, b, r in contrast.correlated_pairs(values):
        st.warning(
            f"„{catalogue[a].title}“ und „{catalogue[b].title}“ hängen eng zusammen (r = {german.number(r, 2)}) und "
            "zählen fast dasselbe doppelt. Erwägen Sie, eines wegzulassen."
        )
sentence = ask(town_filter.sentence, chosen_towns)
st.caption(
    f"Eine Stadt bleibt, wenn sie bei mindestens {german.count(at_least, 'Kriterium', 'Kriterien')} außerhalb der "
    f"mittleren {band} % liegt ({sentence}). Ein fehlender Wert zählt nicht als Kontrast; es müssen mindestens 80 % "
    "der Kriterien vorliegen."
)

# ---- the four published towns, honestly
studies = ask(case_studies.case_studies)
in_choice = studies[studies["unit_id"].isin(values.index)]
if len(in_choice):
    parts = [
        f"{s.name}: bei {german.number(int(result.towns.loc[s.unit_id, 'outside']))} von {len(criteria)} außerhalb, "
        + ("bleibt" if s.unit_id in remaining else "fällt weg")
        for s in in_choice.itertuples()
    ]
    st.caption("Die vier Fallstudien der Studie unter diesen Kriterien – " + " · ".join(parts) + ".")

# ---- Stufe 2
st.subheader("Stufe 2 · Endauswahl")
if len(remaining) < 4:
    st.info(
        f"Nach Stufe 1 {'bleibt' if len(remaining) == 1 else 'bleiben'} nur "
        f"{german.count(len(remaining), 'Stadt', 'Städte')} – zu wenige für vier. Verlangen Sie weniger Kriterien "
        "außerhalb oder machen Sie den mittleren Bereich schmaler."
    )
    st.stop()
final = case_selection.solve(case_selection.Problem(case_selection.distances(values.loc[remaining]), 4)).optimum
names = ask(towns.labels, final.unit_ids)
map_column, list_column = st.columns([1, 1.2], gap="large")
with map_column:
    st.plotly_chart(
        maps.selection_map(ask(towns.labels, tuple(remaining)), final.unit_ids, ask(sources.geometry_files)),
        key="auswahlkarte",
        theme=None,
        config={"displayModeBar": False},
        alt="Karte der verbleibenden Städte und der vier vorgeschlagenen",
    )
    st.caption(f"Groß: Vorschlag · klein: nach Stufe 1 verbliebene Städte. {map_note()}")
with list_column:
    st.markdown("**Vorschlag: die vier gegensätzlichsten Städte**")
    for town in names.itertuples():
        high = [c.indicator.title for c in criteria if result.pattern.loc[town.unit_id, c.indicator.indicator_id] > 0]
        low = [c.indicator.title for c in criteria if result.pattern.loc[town.unit_id, c.indicator.indicator_id] < 0]
        with st.container(border=True):
            st.markdown(f"**{town.name}** · {town.county_name}, {town.state_name}")
            parts = ([f"hoch: {', '.join(high)}"] if high else []) + ([f"niedrig: {', '.join(low)}"] if low else [])
            st.caption(" · ".join(parts))
            if st.button("Stadtprofil", key=f"profil_{town.unit_id}", type="tertiary", icon=":material/location_city:"):
                widgets.go_to_town(town.central_ags)
    st.caption(
        f"Exaktes Optimum unter {german.number(len(remaining))} Städten: Keine andere Vierergruppe hat einen größeren "
        f"kleinsten Abstand ({german.number(final.smallest_distance, 2)} Standardabweichungen über alle Kriterien). "
        "Ein Vorschlag – die Entscheidung trifft das Team."
    )

st.markdown("**Nach Stufe 1 verblieben**")
rest = ask(towns.labels, tuple(remaining)).set_index("unit_id")
table = pd.DataFrame(
    {
        "Stadt": rest["name"],
        "Kreis": rest["county_name"],
        "Land": rest["state_name"],
        "außerhalb": result.towns.loc[rest.index, "outside"],
        "im Vorschlag": ["ja" if key in final.unit_ids else "" for key in rest.index],
    }
)
for c in criteria:
    table[f"{c.indicator.title} ({c.indicator.unit_label})"] = values.loc[rest.index, c.indicator.indicator_id].round(
        c.indicator.decimals
    )
st.dataframe(
    table.sort_values(["im Vorschlag", "außerhalb", "Stadt"], ascending=[False, False, True]),
    hide_index=True,
    height=360,
    placeholder=german.MISSING,
    column_config={
        name: st.column_config.NumberColumn(name, format="localized")
        for name in table.columns
        if name not in ("Stadt", "Kreis", "Land", "im Vorschlag")
    },
)
sources_named = sorted({provenance.source_line(c.indicator) for c in criteria})
st.caption(" · ".join(sources_named) + f". {provenance.NO_RANKING}")
