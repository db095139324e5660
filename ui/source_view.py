"""Sources with licence and naming, corrections of official data, and boundaries that deviate."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui import german, html_table


def show_sources(sources: pd.DataFrame) -> None:
    """All sources by provenance; see `queries.sources.sources`."""
    for word, group in sources.groupby(sources["provenance"].map(german.PROVENANCE_WORDS), sort=False):
        st.markdown(f"#### {word[0].upper()}{word[1:]}")
        st.html(
            html_table.table(
                ["Quelle", "Stand", "Lizenz und Namensnennung", "Umfang"],
                [_row(source) for source in group.itertuples()],
                label=f"Quellen: {word}",
                widths=["38%", "12%", "35%", "15%"],
                least_width=44,
            )
        )


def _row(source) -> list[str]:
    extent = (
        html_table.text(
            german.count(source.indicators, "Merkmal", "Merkmale"),
            second_line=german.count(source.observations, "Wert", "Werte"),
        )
        if source.observations
        else ""
    )
    return [
        html_table.text(source.title, second_line=source.publisher, strong=True),
        html_table.text(source.reference_date if isinstance(source.reference_date, str) else ""),
        html_table.text(source.licence or "keine Angabe", second_line=source.attribution or ""),
        extent,
    ]


def show_corrections(corrections: pd.DataFrame, misfits: pd.DataFrame, boundary_note: str) -> None:
    """Documented corrections, and towns whose drawn area differs from the register."""
    st.markdown("#### Korrekturen an amtlichen Daten")
    for row in corrections.itertuples():
        st.markdown(f"- **{row.name}** ({row.ags}): {row.old_value} → {row.new_value}. {row.reason}")
        st.caption(row.origin)
    st.markdown("#### Flächen auf der Karte, die vom Gemeindeverzeichnis abweichen")
    st.markdown(
        f"{boundary_note}. Bei "
        f"{german.count(len(misfits), 'Kleinstadt', 'Kleinstädten')} weicht die gezeichnete Fläche um mehr als 2 % "
        "von der amtlichen ab. Für Berechnungen zählt immer die amtliche Fläche."
    )
    st.html(
        html_table.table(
            ["Stadt", "amtlich (km²)", "gezeichnet (km²)", "Abweichung", "Ursache"],
            [
                [
                    html_table.text(row.name, second_line=row.unit_id),
                    german.number(row.register_area_km2, 2),
                    german.number(row.polygon_area_km2, 2),
                    german.MISSING
                    if pd.isna(row.deviation_pct)
                    else f"{german.number(row.deviation_pct, 1, signed=True)} %",
                    html_table.text(row.cause),
                ]
                for row in misfits.itertuples()
            ],
            label="Flächen auf der Karte, die vom Gemeindeverzeichnis abweichen",
            numeric=[1, 2, 3],
        )
    )
