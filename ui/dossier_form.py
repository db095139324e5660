"""What the team adds to a dossier: contact with the town, how town and companies talk, notes and ratings."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ui import german, html_table, project_state, selection_state
from ui.selection_state import control, save
from workspace import project_content
from workspace.projects import Project

_STATE_ICONS = {"open": "○", "asked": "◔", "confirmed": "●", "declined": "✕"}
_SOMEBODY_ELSE = "jemand anderes …"
GUIDE = (
    "Wer spricht heute mit wem – Bürgermeisterin, Verwaltung, Rat, einzelne Unternehmen, Verbände?",
    "Gibt es feste Anlässe (Unternehmerrunde, Wirtschaftsgespräch, Gewerbeverein), und wie oft?",
    "Worum ging es zuletzt: Fachkräfte, Wohnen, Flächen, Verkehr, Energie, Versorgung?",
    "Was wurde verabredet, und was ist daraus geworden?",
    "Welche Betriebe fehlen in diesen Gesprächen, und warum?",
    "Prägt ein einzelnes Unternehmen die Stadt so, dass es das Gespräch bestimmt?",
)


def state_words(state: str) -> str:
    """State of contact with its sign."""
    return f"{_STATE_ICONS[state]} {project_content.CONTACT_STATES[state]}"


def contact(project: Project, unit_id: str, name: str) -> None:
    """State of contact with date, person and note; a refusal leads on to the replacement."""
    saved = project_content.dossier(project.content, unit_id)["contact"]
    st.markdown("**Kontakt**")

    def change(**changes: str) -> None:
        content = selection_state.content()
        now = project_content.dossier(content, unit_id)["contact"] | changes
        changed = project_content.with_contact(
            content, unit_id, now["state"], by=project_state.who(), note=now["note"].strip()
        )
        save(changed, f"Kontakt mit {name}")

    st.pills(
        "Stand des Kontakts",
        list(project_content.CONTACT_STATES),
        format_func=state_words,
        label_visibility="collapsed",
        **control(f"kontakt_{unit_id}", saved["state"], lambda state: change(state=state or "open")),
    )
    st.text_input(
        "Notiz zum Kontakt",
        placeholder="z. B. mit wem gesprochen, Bedingungen, Grund einer Absage",
        **control(f"kontakt_notiz_{unit_id}", saved["note"], lambda note: change(note=note)),
    )
    if saved["date"]:
        st.caption(f"Zuletzt geändert am {saved['date']}" + (f" von {saved['by']}" if saved["by"] else "") + ".")
    if saved["state"] == "declined":
        st.warning(f"{name} nimmt nicht teil und kommt für die Endauswahl nicht mehr in Frage.")
        if st.button("Ersatz suchen", type="primary", icon=":material/swap_horiz:", key=f"ersatz_{unit_id}"):
            st.switch_page("pages/endauswahl.py")


def writing(project: Project, unit_id: str, name: str) -> None:
    """The two texts of a dossier."""
    saved = project_content.dossier(project.content, unit_id)

    def change(field: str, text: str) -> None:
        save(
            project_content.with_dossier(selection_state.content(), unit_id, **{field: text.strip()}),
            f"Dossier {name} ergänzt",
        )

    st.markdown("**Wie reden Stadt und Unternehmen miteinander?**")
    st.caption("\n".join(f"- {question}" for question in GUIDE))
    if not saved["communication"]:
        st.button(
            "Leitfragen als Gliederung einfügen",
            icon=":material/format_list_bulleted:",
            key=f"leitfragen_{unit_id}",
            on_click=lambda: change("communication", "\n\n".join(f"{question}\n– " for question in GUIDE)),
        )
    st.text_area(
        "Wie reden Stadt und Unternehmen miteinander?",
        height=180,
        label_visibility="collapsed",
        placeholder="Was ist bekannt? Aus welcher Quelle (Gespräch, Website, Presse)?",
        **control(f"gespraech_{unit_id}", saved["communication"], lambda text: change("communication", text)),
    )
    st.text_area(
        "Notizen",
        height=110,
        placeholder="Was für die Auswahl wichtig ist und sonst nirgends steht",
        **control(f"notizen_{unit_id}", saved["notes"], lambda text: change("notes", text)),
    )


def rating(project: Project, unit_id: str, name: str, titles: dict[str, str]) -> None:
    """Ratings of one member of the team, 1 to 5, on each aspect and, folded, on each criterion (`titles`)."""
    st.markdown("**Bewertung** (1 = wenig, 5 = sehr)")
    member = _member(project)
    if not member:
        st.caption("Bitte erst einen Namen angeben: Bewertungen stehen mit Namen im Projekt.")
        return
    own = project_content.dossier(project.content, unit_id)["ratings"].get(member, {})

    def scale(aspect: str, title: str) -> None:
        def change(value: int | None) -> None:
            save(
                project_content.with_rating(selection_state.content(), unit_id, member, aspect, value),
                f"{name} bewertet",
            )

        st.segmented_control(
            title,
            project_content.RATINGS,
            **control(f"bewertung_{unit_id}_{member}_{aspect}", own.get(aspect), change),
        )

    for aspect, title in project_content.RATING_ASPECTS.items():
        scale(aspect, title)
    done = sum(key in own for key in titles)
    with st.expander(f"Einzelne Kriterien bewerten ({done} von {len(titles)})"):
        st.caption("Wie ergiebig ist der Gegensatz bei diesem Kriterium für die Fragestellung?")
        for key, title in titles.items():
            scale(key, title)


def _member(project: Project) -> str:
    """Name of whoever rates: one of the team, or one typed in."""
    known = [project_state.who(), *project.content["team"], *raters(project.content)]
    members = [name for name in dict.fromkeys(known) if name]
    if members:
        chosen = st.selectbox("Wer bewertet?", [*members, _SOMEBODY_ELSE], key="dossier_wer", placeholder="Name wählen")
        if chosen != _SOMEBODY_ELSE:
            return chosen
    return st.text_input("Name", key="dossier_name", placeholder="Wer bewertet?").strip()


def raters(content: dict) -> list[str]:
    """Everybody who rated anything."""
    return sorted({member for saved in content["dossiers"].values() for member in saved.get("ratings", {})})


def rating_table(content: dict, unit_id: str, titles: dict[str, str]) -> str:
    """HTML table of all ratings of a town: aspects down, members across, mean and spread; empty without ratings."""
    found = project_content.ratings_of(content, unit_id)
    if not found:
        return ""
    members = sorted({member for member, _, _ in found})
    given = {(member, aspect): rating for member, aspect, rating in found}
    words = project_content.RATING_ASPECTS | titles
    body = []
    for aspect, title in words.items():
        values = [given[m, aspect] for m in members if (m, aspect) in given]
        if values:
            mean = german.number(sum(values) / len(values), 1)
            spread = "einig" if min(values) == max(values) else f"{min(values)} bis {max(values)}"
            body.append(
                [
                    html_table.text(title),
                    *(html_table.text(str(given.get((m, aspect), "–"))) for m in members),
                    html_table.text(mean, strong=True),
                    html_table.text(spread if len(values) > 1 else "–", nowrap=True),
                ]
            )
    return html_table.table(
        ["Bewertet", *members, "Mittel", "Spanne"],
        body,
        label="Bewertungen dieser Stadt",
        least_width=14 + 4 * max(0, len(members) - 2),
    )


def rating_summary(content: dict, unit_ids: tuple[str, ...]) -> pd.DataFrame:
    """Ratings by town: index unit_id; mean (NaN without any), ratings, members, spread (largest within an aspect)."""
    rows = {}
    for unit_id in unit_ids:
        frame = pd.DataFrame(project_content.ratings_of(content, unit_id), columns=["member", "aspect", "rating"])
        by_aspect = frame.groupby("aspect")["rating"]
        spread = float((by_aspect.max() - by_aspect.min()).max()) if len(frame) else 0.0
        rows[unit_id] = {
            "mean": frame["rating"].astype(float).mean(),
            "ratings": len(frame),
            "members": frame["member"].nunique(),
            "spread": spread,
        }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "ratings", "members", "spread"])
