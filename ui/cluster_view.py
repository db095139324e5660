"""Tables, cards and sentences of a cluster model."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from queries.cluster_portraits import FEWEST_TOWNS, Comparison, Portrait
from queries.clusters import Cluster, ClusterModel
from ui import cluster_plots, colours, german, html_table, maps
from ui.cluster_words import long, shade, short
from ui.map_note import map_note

PLAIN = {"displayModeBar": False}
SMALL = 20


def legend(model: ClusterModel) -> str:
    """The clusters as an HTML list: colour, full name, number and share of towns."""
    rows = "".join(
        f'<tr><td style="width:1.5rem;padding:4px 0;border:0;vertical-align:top"><span style="display:block;'
        f'width:1.1rem;height:1.1rem;background:{shade(cluster.number)};border-radius:2px"></span></td>'
        f'<td style="border:0;padding:3px 0.6rem 3px 0">{html.escape(long(cluster))}</td>'
        f'<td style="border:0;padding:3px 0;text-align:right;white-space:nowrap;vertical-align:top">'
        f"{german.number(cluster.towns)}<br>"
        f"{html_table.small(f'{german.number(100 * cluster.towns / len(model.towns), 1)} %')}</td></tr>"
        for cluster in model.clusters
    )
    return (
        '<table style="border-collapse:collapse;width:100%;font-size:0.87rem;line-height:1.3" '
        f'aria-label="Legende: Cluster und Zahl der Städte">{rows}</table>'
    )


def tooltips(members: pd.DataFrame, model: ClusterModel) -> list[str]:
    """One text per town for the map."""
    names = {cluster.number: short(cluster) for cluster in model.clusters}
    return [
        f"{names[number]}<br>Zugehörigkeit {german.number(strength, 2)}, zweitnächster: Cluster {second}"
        for number, strength, second in zip(
            members["cluster"], members["membership"], members["second_cluster"], strict=True
        )
    ]


def map_figure(
    members: pd.DataFrame,
    model: ClusterModel,
    files: dict[str, str],
    chosen: int | None,
    town: str | None,
    points: bool,
):
    """The map of the clusters with the case studies named; only the chosen cluster is coloured."""
    studies = members[members["case_study"].notna() & (members["unit_id"] != town)]
    studies = studies.assign(name=studies["case_study"])
    return maps.category_map(
        members.rename(columns={"cluster": "category"}),
        {cluster.number: shade(cluster.number) for cluster in model.clusters},
        files,
        tooltips(members, model),
        named=studies,
        faded=[c.number for c in model.clusters if chosen is not None and c.number != chosen],
        selected=town,
        points=points,
    )


def town_table(members: pd.DataFrame, model: ClusterModel) -> pd.DataFrame:
    """The table behind the map: nothing of a single town's structure, only its place in the model."""
    names = {cluster.number: short(cluster) for cluster in model.clusters}
    return pd.DataFrame(
        {
            "Stadt": members["name"],
            "Kreis": members["county_name"],
            "Land": members["state_name"],
            "Cluster": members["cluster"].map(names),
            "Zugehörigkeit": members["membership"].round(2),
            "Zweitnächster": members["second_cluster"].map(names),
            "Silhouette": members["silhouette"].round(2),
            "Abstand zur Mitte": members["distance"].round(2),
            "Fallstudie": members["case_study"].fillna(""),
        }
    )


def column_config(table: pd.DataFrame) -> dict:
    """German numbers for the number columns of a table."""
    return {
        name: st.column_config.NumberColumn(name, format="localized") for name in table.select_dtypes("number").columns
    }


def as_csv(members: pd.DataFrame, model: ClusterModel, title: str, origin: str) -> bytes:
    """Every town of the model for a German spreadsheet; model, origin and the note of the map in every row."""
    titles = {cluster.number: long(cluster) for cluster in model.clusters}
    table = town_table(members, model)
    table.insert(0, "Schlüssel der Einheit", members["unit_id"])
    table = table.assign(
        **{
            "Cluster": members["cluster"].map(titles),
            "Zweitnächster": members["second_cluster"].map(titles),
            "Modell": title,
            "Fassung der Daten": model.data_version,
            "Quelle und Herkunft": origin,
            "Vermerk": f"Eigene Rekonstruktion, keine Bewertung; {map_note()}",
        }
    )
    return table.to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig")


def portrait_card(model: ClusterModel, cluster: Cluster, towns: pd.DataFrame, reach: float) -> None:
    """Card of one cluster; `towns` as from `queries.towns.labels`, its typical towns among them."""
    with st.container(border=True, height="stretch"):
        share = german.number(100 * cluster.towns / len(model.towns), 1)
        st.html(
            f'<div style="border-left:7px solid {shade(cluster.number)};padding-left:0.7rem;line-height:1.3">'
            f"<b>{html.escape(long(cluster))}</b><br>"
            + html_table.small(
                f"{german.count(cluster.towns, 'Stadt', 'Städte')} ({share} %) · mittlere Silhouette "
                f"{german.number(cluster.silhouette, 2)}"
            )
            + f"<br>{html_table.small(cluster.name.note)}</div>"
        )
        if cluster.towns < FEWEST_TOWNS:
            st.caption(
                "Weniger als drei Städte: Beschreibung und Kennwerte bleiben verborgen, um keine einzelne zu verraten."
            )
        else:
            st.html(_features(cluster))
            st.plotly_chart(
                cluster_plots.profile_bars(
                    model.centroids.loc[cluster.number], model.columns["title"], shade(cluster.number), reach
                ),
                key=f"profil_{cluster.number}",
                theme=None,
                config=PLAIN,
                alt=f"Profil von {short(cluster)}: {cluster.text}",
            )
        st.markdown("Typische Städte – der Mitte am nächsten:")
        by_id = towns.set_index("unit_id")
        with st.container(horizontal=True, gap="small"):
            for unit_id in cluster.typical:
                if unit_id in by_id.index:
                    st.page_link(
                        "pages/stadtprofil.py",
                        label=by_id.at[unit_id, "name"],
                        query_params={"stadt": by_id.at[unit_id, "central_ags"]},
                        width="content",
                    )


def _features(cluster: Cluster, most: int = 4) -> str:
    parts = []
    for heading, sign in (("überdurchschnittlich", 1), ("unterdurchschnittlich", -1)):
        chosen = [feature for feature in cluster.features if feature.effect * sign > 0][:most]
        if chosen:
            items = "".join(
                f"<li>{'<b>deutlich</b> ' if abs(feature.effect) >= 1 else ''}{html.escape(feature.words())}</li>"
                for feature in chosen
            )
            parts.append(
                f'<div style="color:{colours.MUTED};font-weight:600;margin-top:0.3rem">{heading}</div>'
                f'<ul style="margin:0.1rem 0 0.2rem;padding-left:1.1rem">{items}</ul>'
            )
    return f'<div style="font-size:0.87rem;line-height:1.35">{"".join(parts) or html.escape(cluster.text)}</div>'


def structure_table(table: pd.DataFrame, model: ClusterModel) -> str:
    """Medians of the structure by cluster (`queries.cluster_portraits.structure_medians`) as HTML."""
    numbers = [cluster.number for cluster in model.clusters]
    rows = [
        [
            html_table.text(f"{row['title']} ({row['unit_label']})"),
            german.number(row["all"], 1),
            *(german.number(row[number], 1) for number in numbers),
        ]
        for _, row in table.iterrows()
    ]
    return html_table.table(
        ["Merkmal", "alle Städte", *(f"Cluster {number}" for number in numbers)],
        rows,
        label="Mediane der Wirtschaftsstruktur je Cluster",
        numeric=range(1, len(numbers) + 2),
        least_width=22 + 5 * len(numbers),
    )


def pair_table(portrait: Portrait) -> str:
    """Comparison of every pair of clusters as HTML; pairs with a cluster of fewer than three values are left out."""
    enough = set(portrait.boxes.index[portrait.boxes["towns"] >= FEWEST_TOWNS])
    pairs = portrait.test.pairs
    pairs = pairs[pairs["first"].isin(enough) & pairs["second"].isin(enough)]
    rows = [
        [
            html_table.text(f"{pair.first} gegen {pair.second}", nowrap=True),
            german.number(pair.delta, 2, signed=True),
            html_table.text(pair.strength),
            probability(pair.p_holm),
        ]
        for pair in pairs.itertuples()
    ]
    return html_table.table(
        ["Cluster", "Cliffs δ", "Unterschied", "p (Holm)"],
        rows,
        label="Paarweiser Vergleich der Cluster",
        numeric=[1, 3],
    )


def probability(p: float) -> str:
    """A probability in German, very small ones as a limit."""
    return "< 0,001" if p < 0.001 else german.number(p, 3)


def flow_table(found: Comparison, first: ClusterModel) -> str:
    """The flows of two models as an HTML table, the first's clusters in rows; corresponding clusters bold."""
    left = {cluster.number: short(cluster) for cluster in first.clusters}
    rows = []
    for a in found.flows.index:
        cells = [
            f"<b>{german.number(found.flows.at[a, b])}</b>"
            if (a, b) in found.pairs
            else german.number(found.flows.at[a, b])
            for b in found.flows.columns
        ]
        rows.append([html_table.text(left[a]), *cells, german.number(found.flows.loc[a].sum())])
    return html_table.table(
        ["gewähltes Modell ↓ · zweites →", *(f"Nr. {b}" for b in found.flows.columns), "zusammen"],
        rows,
        label="Städte nach Clustern beider Modelle",
        numeric=range(1, len(found.flows.columns) + 2),
        least_width=17 + 3 * len(found.flows.columns),
    )
