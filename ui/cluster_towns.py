"""One town in a cluster model, and the towns that change sides between two models."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries import cluster_portraits
from queries.clusters import ClusterModel
from ui import cluster_plots, cluster_view, german, html_table
from ui.atlas import ask
from ui.cluster_choice import Shown
from ui.cluster_view import PLAIN
from ui.cluster_words import long, short, strength


def place_words(town: dict, place: dict | None, model: ClusterModel) -> None:
    """Where a town stands in its cluster."""
    st.markdown(f"**{town['display_name']}** · {town['county_name']}, {town['state_name']}")
    if place is None:
        why = (
            f"ist keine Kleinstadt ({town['town_type_title']})"
            if not town["is_small_town"]
            else f"gehört nicht zu den Städten dieses Modells ({model.origin})"
        )
        st.info(f"{town['display_name']} {why} und hat deshalb keinen Cluster.", icon=":material/info:")
        return
    if place["cluster"] is None:
        st.info(f"Ohne Cluster: {place['reason']}.", icon=":material/info:")
        return
    by_number = {cluster.number: cluster for cluster in model.clusters}
    if place["between"]:
        st.warning("Grenzfall: Die Stadt liegt einem anderen Cluster näher als den Städten ihres eigenen.")
    st.html(
        html_table.facts(
            {
                "Cluster": long(by_number[place["cluster"]]),
                "Zugehörigkeit": f"{german.number(place['membership'], 2)} ({strength(place['membership'])})",
                "Zweitnächster": long(by_number[place["second_cluster"]]),
                "Abstand zur Mitte": f"{german.number(place['distance'], 2)} Standardabweichungen; Platz "
                f"{german.number(place['rank'])} von {german.number(place['towns'])} nach Nähe",
                "Silhouette": german.number(place["silhouette"], 2),
                "Mittelpunkt": "Diese Stadt steht am besten für ihren Cluster (Medoid)." if place["is_medoid"] else "",
            }
        )
    )


def similar_table(similar: pd.DataFrame, title: str, model: ClusterModel) -> None:
    """Towns of the same cluster that are nearest in structure."""
    st.markdown(f"**{title}**")
    firmness = model.towns["membership"]
    st.html(
        html_table.table(
            ["Stadt", "Kreis und Land", "Unterschied", "Zugehörigkeit"],
            [
                [
                    html_table.text(town.name, strong=True),
                    html_table.text(f"{town.county_name}, {town.state_name}"),
                    german.number(town.difference, 2),
                    german.number(firmness[town.unit_id], 2),
                ]
                for town in similar.itertuples(index=False)
            ],
            label=title,
            numeric=[2, 3],
        )
    )
    st.caption("Unterschied: Abstand in allen standardisierten Merkmalen des Modells; je kleiner, desto ähnlicher.")


def comparison(first: Shown, second: Shown, title: str) -> None:
    """Agreement of two models, their flows, and the towns that move."""
    try:
        found = cluster_portraits.compare_models(first.model, second.model)
    except ValueError as error:
        st.info(str(error), icon=":material/compare_arrows:")
        return
    left, middle, right = st.columns(3)
    left.metric("Übereinstimmung (Rand, bereinigt)", german.number(found.adjusted_rand, 2), border=True)
    middle.metric(
        "Städte in einander entsprechenden Clustern",
        f"{german.number(found.together)} von {german.number(found.towns)}",
        border=True,
    )
    right.metric("Städte nur in einem Modell", german.number(found.only_first + found.only_second), border=True)
    st.caption(
        "1 heißt dieselbe Einteilung, 0 nicht mehr als Zufall. Links das gewählte Modell, rechts "
        f"„{second.title}“. Gleiche Farbe und fett: Cluster, die einander am besten entsprechen."
    )
    st.markdown(f"**{title}**")
    plot, table = st.columns([1, 1], gap="large")
    with plot:
        st.plotly_chart(
            cluster_plots.flow_sankey(found, first.model.clusters, second.model.clusters),
            key="fluesse",
            theme=None,
            config=PLAIN,
            alt="Flüsse der Städte zwischen den Clustern beider Modelle; dieselben Zahlen stehen in der Tabelle.",
        )
    with table:
        st.html(cluster_view.flow_table(found, first.model))
    moved = ask(cluster_portraits.moved_towns, first.model, second.model)
    if moved.empty:
        st.caption("Keine Stadt wechselt.")
        return
    names = [{c.number: short(c) for c in shown.model.clusters} for shown in (first, second)]
    with st.expander(
        f"{german.count(len(moved), 'Stadt wechselt', 'Städte wechseln')} in einen anderen Cluster",
        icon=":material/swap_horiz:",
    ):
        st.dataframe(
            pd.DataFrame(
                {
                    "Stadt": moved["name"],
                    "Kreis": moved["county_name"],
                    "Land": moved["state_name"],
                    "erstes Modell": moved["first"].map(names[0]),
                    "zweites Modell": moved["second"].map(names[1]),
                }
            ),
            hide_index=True,
            height=360,
        )
