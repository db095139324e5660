"""Daten und Quellen: every indicator and source with definition, licence, date and coverage."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

import kowis_data.import_files as import_files
from queries import indicators, sources
from ui import german, html_table, import_view, navigation, style, widgets
from ui.atlas import ask, database_file

navigation.enter()

SHOWN_AT_ONCE = 80

info = ask(sources.build_info)
st.title("Daten und Quellen")
st.markdown(
    f"Alle Zahlen des Atlas mit Herkunft, Stand und Abdeckung. Gebietsstand **{info['territorial_status']}**, "
    f"Datenbank aufgebaut am {info['built_at'][8:10]}.{info['built_at'][5:7]}.{info['built_at'][:4]}."
)
indicator_tab, source_tab, import_tab, correction_tab = st.tabs(
    ["Merkmale", "Quellen und Lizenzen", "Dateien einlesen", "Korrekturen und Grenzen"],
    key="bereich",
    bind="query-params",
)

with indicator_tab:
    coverage = ask(indicators.coverage)
    coverage = coverage[coverage["indicator_id"].isin(list(widgets.catalogue()))]
    wanted = st.text_input(
        "Merkmale durchsuchen",
        key="merkmalsuche",
        placeholder="z. B. Bahnhof, Fläche, Zensus",
        icon=":material/search:",
    )
    text = coverage["title"] + " " + coverage["definition"] + " " + coverage["theme_title"]
    found = coverage[text.str.contains(wanted.strip(), case=False, regex=False)]
    if found.empty:
        st.info(f"Kein Merkmal passt zu „{wanted}“. Versuchen Sie ein kürzeres Wort.")
    else:
        for theme, group in found.head(SHOWN_AT_ONCE).groupby("theme_title", sort=False):
            st.markdown(f"**{theme}**")
            st.html(
                html_table.table(
                    ["Merkmal und Definition", "Einheit", "Stand", "Abdeckung", "Herkunft und Quelle"],
                    [
                        [
                            html_table.text(row.title, second_line=row.definition, strong=True),
                            html_table.text(row.unit_label),
                            html_table.text(row.reference_date or row.period),
                            html_table.text(
                                f"{german.number(100 * row.towns / row.all_towns, 1)} %",
                                second_line=f"{german.number(row.towns)} Städte",
                                nowrap=True,
                            ),
                            html_table.text(german.PROVENANCE_WORDS[row.provenance], second_line=row.source_title),
                        ]
                        for row in group.itertuples()
                    ],
                    label=f"Merkmale: {theme}",
                    widths=["42%", "13%", "12%", "10%", "23%"],
                )
            )
        if len(found) > SHOWN_AT_ONCE:
            st.info(
                f"Gezeigt sind die ersten {SHOWN_AT_ONCE} von {german.number(len(found))}. Grenzen Sie die Suche ein "
                "oder laden Sie die ganze Liste herunter."
            )
        st.caption(
            f"{german.count(found['indicator_id'].nunique(), 'Merkmal', 'Merkmale')}. Abdeckung: Anteil der "
            f"{german.number(int(coverage['all_towns'].iloc[0]))} Kleinstädte mit einem Wert."
        )
        st.download_button(
            "Liste der Merkmale herunterladen (CSV)",
            lambda: found.to_csv(sep=";", decimal=",", index=False).encode("utf-8-sig"),
            file_name="kowis-atlas-merkmale.csv",
            mime="text/csv",
            icon=":material/download:",
        )

with source_tab:
    all_sources = ask(sources.sources)
    for word, group in all_sources.groupby(all_sources["provenance"].map(german.PROVENANCE_WORDS), sort=False):
        st.markdown(f"#### {word[0].upper()}{word[1:]}")
        for source in group.itertuples():
            with st.container(border=True):
                st.markdown(f"**{source.title}**")
                facts = [f"Herausgeber: {source.publisher}", f"Lizenz: {source.licence}"]
                if isinstance(source.reference_date, str):
                    facts.append(f"Stand: {source.reference_date}")
                if source.observations:
                    facts.append(
                        f"{german.count(source.indicators, 'Merkmal', 'Merkmale')}, "
                        f"{german.number(source.observations)} Werte"
                    )
                st.caption("  \n".join([" · ".join(facts), f"Namensnennung: {source.attribution}"]))

with import_tab:
    st.markdown(
        "Amtliche Dateien hier ablegen: INKAR, GENESIS und Regionalstatistik, Gemeindeverzeichnis, Referenztabellen "
        "des BBSR, Breitbandatlas – einzeln oder als Zip. Sie werden am Inhalt erkannt, auf den heutigen Gebietsstand "
        "gebracht und geprüft. Nichts verlässt diesen Rechner."
    )
    style.german_uploader()
    uploads = st.file_uploader("Dateien", accept_multiple_files=True, key="dateien")
    if uploads:
        with tempfile.TemporaryDirectory(prefix="kowis-upload-") as folder:
            paths = []
            for number, upload in enumerate(uploads):
                # Two uploads may bear one name.
                path = Path(folder) / str(number) / Path(upload.name).name
                path.parent.mkdir()
                path.write_bytes(upload.getbuffer())
                paths.append(path)
            unpacked = Path(folder) / "entpackt"
            unpacked.mkdir()
            found = import_files.preview(paths, unpacked)
            st.html(import_view.preview_table(found))
            readable = [item for item in found if item.recognition]
            if st.button(
                f"{german.count(len(readable), 'Datei', 'Dateien')} einlesen",
                type="primary",
                disabled=not readable,
                icon=":material/upload:",
            ):
                bar = st.progress(0.0, "Es geht los")
                try:
                    st.session_state["import_bericht"] = import_files.import_previews(
                        found, database_file(), lambda share, words: bar.progress(share, words)
                    )
                except import_files.EXPECTED as error:
                    st.error(f"Der Import wurde abgebrochen, die Daten sind unverändert. {error}")
                else:
                    st.rerun()
    if "import_bericht" in st.session_state:
        st.markdown("#### Bericht zum letzten Import")
        import_view.show_report(st.session_state["import_bericht"])
    if import_files.can_undo(database_file()) and st.button(
        "Letzten Import zurücknehmen", icon=":material/undo:", help="Stellt die Daten von davor wieder her."
    ):
        import_files.undo(database_file())
        st.session_state.pop("import_bericht", None)
        st.rerun()

with correction_tab:
    st.markdown("#### Korrekturen an amtlichen Daten")
    for row in ask(sources.corrections).itertuples():
        st.markdown(f"- **{row.name}** ({row.ags}): {row.old_value} → {row.new_value}. {row.reason}")
        st.caption(row.origin)
    st.markdown("#### Flächen auf der Karte, die vom Gemeindeverzeichnis abweichen")
    misfits = ask(sources.boundary_misfits)
    st.markdown(
        "Die Grenzen stammen von 2016 und wurden auf den heutigen Gebietsstand umgerechnet und vereinfacht. Bei "
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
                    f"{german.number(row.deviation_pct, 1, signed=True)} %",
                    html_table.text(row.cause),
                ]
                for row in misfits.itertuples()
            ],
            label="Flächen auf der Karte, die vom Gemeindeverzeichnis abweichen",
            numeric=[1, 2, 3],
        )
    )
