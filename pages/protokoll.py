"""Protokoll: the record of a case selection, complete or not, to read, to discuss, and as PDF, Word and JSON."""

from __future__ import annotations

import streamlit as st

from reports import values_file
from reports.pdf import as_pdf
from reports.word import as_word
from ui import document_view, german, html_table, navigation, project_bar, project_state, protocol_state
from ui.door import only_official
from workspace import projects

navigation.enter()

st.title("Protokoll")
project = project_bar.require()
answers = protocol_state.answers(project)
if only_official() and answers.rests_on_model_data:
    st.info(
        "„Nur amtliche Daten“ ist eingeschaltet, aber dieses Projekt beruht auf Modelldaten. Schalten Sie den Schalter "
        "links aus, um das Protokoll zu sehen, oder stellen Sie das Projekt in Stufe 1 auf amtliche Daten um.",
        icon=":material/verified:",
    )
    navigation.way_on("fallstudienauswahl", "Zu Stufe 1", projekt=project.project_id)
    st.stop()

# ---- is it complete?
missing = [point for point in answers.points if not point.is_done]
if missing:
    st.warning(
        f"Das Protokoll ist noch nicht vollständig: {german.count(len(missing), 'Punkt ist', 'Punkte sind')} offen. "
        "Herunterladen können Sie es trotzdem; was fehlt, steht dann auch darin.",
        icon=":material/checklist:",
    )
else:
    st.success("Das Protokoll ist vollständig.", icon=":material/task_alt:")

list_column, file_column = st.columns([1.7, 1], gap="large")
with list_column:
    st.markdown("**Was ein nachprüfbares Protokoll braucht**")
    st.html(
        html_table.table(
            ["", "Punkt", "Was fehlt"],
            [
                [
                    html_table.text("✓ ja" if point.is_done else "○ offen", nowrap=True, strong=not point.is_done),
                    html_table.text(point.title),
                    html_table.text(point.detail or "–"),
                ]
                for point in answers.points
            ],
            label="Punkte des Protokolls, erfüllt oder offen",
            widths=("5rem", "45%", "45%"),
        )
    )
    pages = dict.fromkeys(point.page for point in missing)
    for url_path, label in (
        ("fallstudienauswahl", "Zu Stufe 1: Frage, Kriterien, Gründe, Ausreißer"),
        ("dossiers", "Zu den Dossiers: Bewertungen und Kontakte"),
        ("endauswahl", "Zur Endauswahl: Vorschlag, eigene Auswahl"),
        ("robustheit", "Zur Robustheit: prüfen, was die Auswahl kippt"),
    ):
        if url_path in pages:
            navigation.way_on(url_path, label, projekt=project.project_id)

with file_column, st.container(border=True):
    st.markdown("**Herunterladen**")
    st.caption("Die Dateien entstehen erst beim Klick. Gleiches Projekt und gleiche Daten ergeben denselben Text.")
    name = f"protokoll-{project.title}"
    st.download_button(
        "Protokoll als PDF",
        lambda: as_pdf(answers.document(protocol_state.now())),
        file_name=values_file.file_name(name, "pdf"),
        mime="application/pdf",
        icon=":material/picture_as_pdf:",
        type="primary",
        width="stretch",
        on_click="ignore",
        key="protokoll_pdf",
    )
    st.download_button(
        "Protokoll für Word",
        lambda: as_word(answers.document(protocol_state.now())),
        file_name=values_file.file_name(name, "docx"),
        mime="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        icon=":material/description:",
        width="stretch",
        on_click="ignore",
        key="protokoll_word",
    )
    st.download_button(
        "Projekt als JSON",
        lambda: projects.to_json(project),
        file_name=f"kowis-auswahl-{project.project_id}.json",
        mime="application/json",
        icon=":material/data_object:",
        width="stretch",
        on_click="ignore",
        key="protokoll_json",
    )
    st.caption("PDF: mit Lesezeichen und für Vorleseprogramme. JSON: zum Weiterarbeiten an einem anderen Rechner.")

# ---- the discussion, in the team's words
st.subheader("Diskussion")
discussion = st.text_area(
    "Was sprach für diese Städte, was dagegen? Einwände, Abwägungen, wer was vertrat",
    project.content["discussion"],
    key=f"diskussion_{project.project_id}_{project.version}",
    height=150,
    placeholder="z. B. Der Beirat fand zwei Städte im selben Land zu viel; das Team blieb dabei, weil …",
)
if st.button("Diskussion speichern", icon=":material/save:", key="diskussion_speichern"):
    try:
        project_state.change(project.content | {"discussion": discussion.strip()}, "Diskussion festgehalten")
    except projects.ProjectError as error:
        st.error(str(error))
    else:
        st.rerun()

# ---- the record itself
st.subheader("Das Protokoll zum Lesen")
document = answers.document(protocol_state.now())
st.html(html_table.facts(dict(document.facts)))
document_view.read(document, ("Ergebnis",))
