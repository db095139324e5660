"""Daten und Quellen: every indicator and source; files into the atlas, downloads, reports, undo."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import kowis_data.import_files as import_files
from queries import catalogue, imports, sources
from ui import (
    background,
    catalogue_view,
    german,
    import_view,
    mapping_form,
    navigation,
    register_form,
    report_view,
    source_view,
    style,
    uploads,
    widgets,
)
from ui.atlas import ask, data_version, database_file, workspace_folder
from ui.map_note import map_note
from workspace.mappings import keep_mapping, kept_mapping

navigation.enter()

PLACE = str(database_file())
board = background.board(PLACE)


def import_section() -> None:
    """Files into the atlas: drop, look, confirm, import, report."""
    st.markdown(
        "Amtliche Dateien hier ablegen: INKAR, GENESIS und Regionalstatistik, Gemeindeverzeichnis, Referenztabellen "
        "des BBSR, Breitbandatlas, Grenzen des BKG – einzeln oder als Zip – und eigene Tabellen mit Schlüsseln oder "
        "Gemeindenamen. Nichts verlässt diesen Rechner."
    )
    running = board.running()
    if running:
        background.show_progress(PLACE, running.kind)
    else:
        waiting = uploads.batch()
        style.german_uploader()
        files = st.file_uploader("Dateien", accept_multiple_files=True, key=uploads.uploader_key())
        left, right = st.columns([0.62, 0.38], vertical_alignment="top")
        with left:
            paths = local_paths()
        right.download_button(
            "Vorlage für eigene Tabellen",
            import_files.template_zip,
            file_name="kowis-atlas-vorlage.zip",
            mime="application/zip",
            icon=":material/download:",
            help="Beispiel als CSV und Excel, mit der Zuordnung dazu.",
            width="stretch",
        )
        if files or paths:
            try:
                with st.spinner("Dateien werden erkannt …"):
                    waiting.keep(files, paths, import_files.preview)
            except OSError as error:  # no space left for the copies, or a file that vanished meanwhile
                st.error(f"Die Dateien lassen sich nicht ablegen ({error.strerror}). Abhilfe: Platz schaffen.")
            else:
                offer_import(waiting)
        else:
            waiting.keep([], [], import_files.preview)
    last_report()
    undo_section()
    earlier_imports()


def offer_import(waiting: uploads.Batch) -> None:
    """The waiting files one by one, what has to be confirmed, and the button."""
    ready, to_confirm = [], []
    for key, found in waiting.previews.items():
        for number, item in enumerate(found):
            with st.container(border=True):
                is_own = bool(item.recognition) and import_files.suggested_mapping(item) is not None
                import_view.show_preview(item, with_details=not is_own)
                # A file named by its path is shown only if it is one of the kinds the atlas knows.
                personal = import_files.personal_columns(item)
                # What may be data on persons is not shown either.
                if not personal and (item.recognition or not key.startswith("path:")):
                    rows = waiting.remember((key, number, "rows"), lambda item=item: import_files.first_rows_of(item))
                    import_view.show_first_rows(rows)
                if not item.recognition:
                    continue
                if import_files.is_register(item):
                    if answers := register_form.register_form(f"{key}_{number}", personal):
                        ready.append(import_files.confirm_register(item, import_files.RegisterOptions(**answers)))
                    else:
                        to_confirm.append(f"die Spalten mit Personendaten von {item.name}")
                elif not is_own:
                    ready.append(item)
                elif confirmed := own_table(waiting, (key, number), item):
                    ready.append(confirmed)
                else:
                    to_confirm.append(f"die Zuordnung von {item.name}")
    if to_confirm:
        st.info(f"Noch zu bestätigen: {'; '.join(to_confirm)}.", icon=":material/rule:")
    confirmed = import_view.confirm_replacements(import_files.confirmations(ready, database_file()))
    if st.button(
        f"{german.count(len(ready), 'Datei', 'Dateien')} einlesen" if ready else "Dateien einlesen",
        type="primary",
        disabled=not ready or bool(to_confirm),
        icon=":material/upload:",
    ):
        for columns, mapping in waiting.confirmed.values():
            keep_mapping(workspace_folder(), columns, mapping)
        database = database_file()
        found = [item for items in waiting.previews.values() for item in items if not item.recognition] + ready
        started = board.start(
            "import",
            f"{german.count(len(ready), 'Datei wird', 'Dateien werden')} eingelesen",
            # The batch is handed over as well: its folder must last as long as the work.
            lambda tell, keep=waiting: import_files.import_previews(found, database, tell, **confirmed),
            import_files.EXPECTED,
        )
        if started:
            uploads.start_afresh()
        st.rerun()


def own_table(waiting: uploads.Batch, key: tuple[str, int], item: import_files.Preview) -> import_files.Preview | None:
    """Form for the mapping of one's own table; the table with its mapping once that is confirmed."""
    suggestion = import_files.suggested_mapping(item)
    try:
        columns = waiting.remember((*key, "columns"), lambda: import_files.columns_of_table(item))
    except import_files.FormatError as error:
        st.error(str(error), icon=":material/error:")
        return None
    form = f"zuordnung_{key[0]}_{key[1]}"
    # Read once: what is kept while the form stands open must not change it under the hands.
    kept = waiting.remember((*key, "kept"), lambda: kept_mapping(workspace_folder(), columns))
    start = suggestion
    if kept and st.toggle(f"Ihre Zuordnung vom {kept[1]:%d.%m.%Y} übernehmen", True, key=f"{form}_alt"):
        start, form = import_files.remembered(suggestion, kept[0]), f"{form}_gemerkt"
    mapping = mapping_form.show_form(
        form,
        start,
        columns,
        import_files.offered_columns(start, columns),
        import_files.KEY_KINDS,
        import_files.AGGREGATIONS,
    )
    waiting.confirmed.pop(key, None)
    try:
        mapping.check()
        question = (*key, mapping.to_json(), data_version())
        fit = waiting.remember(question, lambda: import_files.fit_of_mapping(item, mapping, database_file()))
    except import_files.FormatError as error:
        st.error(str(error), icon=":material/error:")
        return None
    mapping_form.show_fit(fit, has_state=bool(mapping.state_column))
    if not mapping_form.confirmation(form, mapping.to_json(), is_possible=bool(fit.fitting)):
        return None
    waiting.confirmed[key] = (columns, mapping.to_json())
    return import_files.confirm_mapping(item, mapping)


def local_paths() -> list[Path]:
    """Files on this machine that the visitor named, for those too large to be uploaded."""
    if not uploads.visitor_is_local():
        return []
    with st.expander("Sehr große Datei? Vom Datenträger dieses Rechners lesen", icon=":material/hard_drive:"):
        text = st.text_area(
            "Pfad der Datei, einer je Zeile",
            key=f"pfade_{uploads.uploader_key()}",
            placeholder="/home/name/Downloads/inkar_2024.zip",
            help="Die Datei wird dort gelesen, wo sie liegt, statt in den Arbeitsspeicher hochgeladen zu werden.",
            height=80,
        )
        named = [Path(line.strip().strip('"')).expanduser() for line in text.splitlines() if line.strip()]
        for path in named:
            if not path.is_file():
                st.error(f"Unter „{path}“ liegt keine Datei. Prüfen Sie Ordner und Schreibweise.")
    return [path for path in dict.fromkeys(named) if path.is_file()]


def last_report() -> None:
    """The report on the latest import, for everybody, until it is put away."""
    job = board.last("import")
    if job is None or job.is_running:
        return
    st.markdown("#### Bericht zum letzten Import")
    if job.error:
        st.error(f"Der Import wurde abgebrochen, die Daten sind unverändert. {job.error}", icon=":material/error:")
    else:
        report_with_files(job.result, "letzter")
    if st.button("Bericht schließen", icon=":material/close:", type="tertiary"):
        board.forget("import")
        st.rerun()


def report_with_files(report: import_files.ImportReport, key: str) -> None:
    """A report and its two files."""
    report_view.show_report(report, ask(sources.small_towns))
    with st.container(horizontal=True):
        for label, write, ending, mime in (
            ("Bericht als Tabelle (CSV)", import_files.as_csv, "csv", "text/csv"),
            ("Bericht für Programme (JSON)", import_files.as_json, "json", "application/json"),
        ):
            st.download_button(
                label,
                lambda write=write: write(report),
                file_name=f"kowis-atlas-importbericht.{ending}",
                mime=mime,
                icon=":material/download:",
                key=f"{key}_{ending}",
            )


def undo_section() -> None:
    """Undo of the last import, after a look at what will go."""
    database = database_file()
    if board.running() or not import_files.can_undo(database):
        return
    with st.popover("Letzten Import zurücknehmen", icon=":material/undo:"):
        import_view.show_undo(import_files.what_goes(database))
        if st.button("Ja, zurücknehmen", type="primary"):
            try:
                import_files.undo(database)
            except import_files.EXPECTED as error:
                st.error(str(error))
            else:
                board.forget("import")
                st.rerun()


def earlier_imports() -> None:
    """Reports on everything that was imported into the present database."""
    log = ask(imports.imports)
    if log.empty:
        return
    st.markdown("#### Eingelesene Dateien")
    titles = {row.source_id: import_view.log_line(row) for row in log.itertuples()}
    chosen = st.selectbox(
        "Bericht öffnen",
        list(titles),
        index=None,
        format_func=lambda source_id: titles.get(source_id, source_id),
        placeholder=f"{german.count(len(titles), 'Datei', 'Dateien')} – eine wählen",
        key="bericht",
    )
    kept = ask(imports.report, chosen) if chosen else None
    if kept:
        report_with_files(import_files.ImportReport([import_files.from_log(kept)]), "frueher")
    elif chosen:
        st.info("Zu dieser Datei ist kein Bericht aufbewahrt.")


def download_section() -> None:
    """Official files from their publishers: the only thing in the atlas that uses the network."""
    st.info(
        "**Nur hier geht der Atlas ins Internet**, und nur, wenn Sie auf einen der Knöpfe drücken. Geladen wird "
        "unmittelbar beim Herausgeber; danach werden die Dateien eingelesen.",
        icon=":material/cloud_download:",
    )
    running = board.running()
    if running:
        background.show_progress(PLACE, running.kind)
    try:
        offered = import_files.downloads()
    except import_files.FetchError as error:
        st.error(str(error))
        return
    wanted = import_view.download_list(offered, import_files.fetched_before(database_file()), bool(running))
    if wanted:
        database = database_file()
        board.start(
            "fetch",
            f"{german.count(len(wanted), 'Quelle wird', 'Quellen werden')} geladen und eingelesen",
            lambda tell: import_files.fetch_and_import(wanted, database, tell),
            import_files.FETCH_EXPECTED,
        )
        st.rerun()
    job = board.last("fetch")
    if job and not job.is_running:
        st.markdown("#### Ergebnis")
        if job.error:
            st.error(job.error, icon=":material/error:")
        else:
            titles = {download.source_id: download.title for download in offered}
            import_view.show_outcomes(job.result.outcomes, titles)
            if job.result.report:
                report_with_files(job.result.report, "geladen")


info = ask(sources.build_info)
st.title("Daten und Quellen")
st.markdown(
    f"Alle Zahlen des Atlas mit Herkunft, Stand und Abdeckung. Gebietsstand **{info['territorial_status']}**, "
    f"Datenbank aufgebaut am {info['built_at'][8:10]}.{info['built_at'][5:7]}.{info['built_at'][:4]}."
)
TABS = ("Merkmale", "Quellen und Lizenzen", "Dateien einlesen", "Aus dem Internet laden", "Korrekturen und Grenzen")
tabs = st.tabs(TABS, key="bereich", bind="query-params", on_change="rerun")
for tab, draw in zip(
    tabs,
    (
        lambda: catalogue_view.show(ask(catalogue.catalogue_table), set(widgets.catalogue())),
        lambda: source_view.show_sources(ask(sources.sources)),
        import_section,
        download_section,
        lambda: source_view.show_corrections(ask(sources.corrections), ask(sources.boundary_misfits), map_note()),
    ),
    strict=True,
):
    # Only the open tab costs time and traffic; the import is always there, or its files would be forgotten.
    if tab.open or draw is import_section:
        with tab:
            draw()
