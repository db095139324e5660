"""What the selection is for: the notice on the method, the question and the team."""

from __future__ import annotations

import streamlit as st

from ui import stage1_state
from ui.stage1_state import hold, on_change
from workspace.projects import Project

_HELP = """
Die Literatur unterscheidet Fallauswahlen nach ihrem Zweck (Seawright & Gerring 2008):

- **Extreme Fälle** liegen bei einem Merkmal weit am Rand. Stufe 1 sucht sie: Wer im mittleren Wertebereich
  liegt, fällt weg.
- **Vielfältige Fälle** decken die Breite der Ausprägungen ab. Die Muster aus „hoch“ und „niedrig“ zeigen, welche
  Kombinationen es gibt und welche nicht.
- **Möglichst verschiedene Fälle** unterscheiden sich untereinander in vielem. Sie sucht Stufe 2 unter den
  verbleibenden.

Was solche Fälle gemeinsam haben, ist gerade wegen ihrer Gegensätze aufschlussreich. Wie häufig etwas in Kleinstädten
vorkommt, lässt sich daraus nicht ableiten.
"""


def notice() -> None:
    """What the page is and what it must not be taken for."""
    st.markdown(
        "Von allen Kleinstädten zu wenigen gegensätzlichen, in zwei Schritten. Hier geht es um **Stufe 1**: Städte, "
        "die bei den gewählten Kriterien im Mittelfeld liegen, fallen weg. Jede Änderung wird sofort gespeichert."
    )
    st.info(
        "Eigene Rekonstruktion: Die Studie hat ihre Kriterien und Grenzen nicht veröffentlicht. Eine Kontrastauswahl "
        "erlaubt keine Häufigkeitsaussagen.",
        icon=":material/info:",
    )
    with st.expander("Wozu eine Kontrastauswahl?", icon=":material/help:"):
        st.markdown(_HELP)


def question_and_team(project: Project) -> None:
    """Two fields that stand on top of the record."""
    content = project.content
    left, right = st.columns([1.6, 1], gap="medium")
    left.text_input(
        "Fragestellung",
        placeholder="z. B. Wie sprechen Kleinstädte und ihre Unternehmen miteinander?",
        **on_change(
            hold("s1_frage", content["question"]),
            lambda text: stage1_state.save_field("question", text.strip(), "Fragestellung geändert"),
        ),
    )
    right.text_input(
        "Team (Namen mit Komma)",
        placeholder="z. B. A. Muster, B. Beispiel",
        **on_change(
            hold("s1_team", ", ".join(content["team"])),
            lambda text: stage1_state.save_field(
                "team", [name.strip() for name in text.split(",") if name.strip()], "Team geändert"
            ),
        ),
    )
