"""What stands around every page: sidebar, and words for the case that something went wrong."""

from __future__ import annotations

from pathlib import Path

import streamlit as st


def sidebar() -> None:
    """Title and the switch that hides synthetic model data everywhere."""
    with st.sidebar:
        st.toggle(
            "Nur amtliche Daten",
            key="amtlich",
            bind="query-params",
            help="Blendet überall Modelldaten (synthetisch) aus. Amtliche Werte und eigene Berechnungen "
            "daraus bleiben sichtbar.",
        )
        st.caption("KOWIS-Atlas · läuft ganz auf diesem Rechner, ohne Internet. Die Vergleiche sind keine Bewertung.")


def only_official() -> bool:
    """Whether the user wants synthetic data hidden."""
    return bool(st.session_state.get("amtlich", False))


def database_failed(path: Path, error: Exception) -> None:
    st.title("Die Datenbank konnte nicht aufgebaut werden")
    st.error(f"Beim Anlegen von `{path}` ist ein Fehler aufgetreten: {error}", icon=":material/error:")
    st.markdown(
        "Das können Sie tun:\n"
        "- Prüfen, ob im Ordner der Datenbank geschrieben werden darf und genug Platz frei ist.\n"
        "- In einem Terminal im Programmordner `python -m kowis_data build` ausführen; dort steht die genaue "
        "Meldung.\n"
        "- Mit der Umgebungsvariablen `KOWIS_DATABASE` einen anderen Ort wählen."
    )
    if st.button("Noch einmal versuchen", icon=":material/refresh:"):
        st.rerun()


def database_was_set_aside(name: str) -> None:
    st.warning(
        f"Die vorhandene Datenbank war beschädigt oder passte nicht zu diesem Programm. Sie wurde unter dem Namen "
        f"`{name}` beiseitegelegt (nicht gelöscht) und aus den mitgelieferten Daten neu aufgebaut. Eigene Importe "
        "bitte erneut einlesen.",
        icon=":material/healing:",
    )


def page_failed() -> None:
    st.error(
        "Diese Seite konnte nicht fertig aufgebaut werden. Ihre Daten sind unverändert. Bitte laden Sie die Seite "
        "neu; hilft das nicht, öffnen Sie die Seite über das Menü ohne die Angaben in der Adresszeile. "
        "Einzelheiten stehen im Protokoll des Programms.",
        icon=":material/error:",
    )
