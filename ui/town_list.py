"""An own list of towns: typed or pasted, kept in the address; longer lists are saved and addressed by their id."""

from __future__ import annotations

import re

import streamlit as st

from kowis_data.settings import workspace_path
from queries import towns
from ui import german
from ui.atlas import ask
from workspace.lists import load_list, save_list

# Up to this many towns stand in the address itself.
LONGEST_IN_ADDRESS = 50


def own_list() -> tuple[str, ...]:
    """Button with a field for an own list; returns the unit keys of the list in force."""
    address = st.session_state.get("liste", st.query_params.get("liste", ""))
    chosen = from_address(address)
    label = f"Eigene Liste ({german.number(len(chosen))})" if chosen else "Eigene Liste"
    st.markdown('<span style="font-size:0.875rem">Eigene Auswahl</span>', unsafe_allow_html=True)
    with st.popover(label, icon=":material/list:", width="stretch"):
        st.text_area(
            "Städte, eine je Zeile oder mit Komma getrennt",
            key="liste_text",
            placeholder="Vlotho\n08426014\nOberharz am Brocken",
            help="Namen oder Gemeindeschlüssel. Auch eine Spalte aus Excel lässt sich einfügen.",
        )
        st.button("Liste anwenden", on_click=_apply, type="primary")
        st.button("Liste leeren", on_click=_clear)
        for problem in st.session_state.get("liste_meldungen", []):
            st.warning(problem)
    _write_address(address)
    return chosen


def from_address(address: str) -> tuple[str, ...]:
    """Unit keys of a list as it stands in the address: keys with commas, or the id of a saved list."""
    address = address.strip()
    if not address:
        return ()
    saved = load_list(workspace_path(), address)
    if saved is not None:
        return tuple(saved)
    found = (ask(towns.unit_of, part) for part in address.split(","))
    return tuple(sorted({unit_id for unit_id in found if unit_id}))


def resolve(text: str) -> tuple[list[str], list[str]]:
    """Unit keys of the towns named in a text, and a German sentence for each name that is unknown or ambiguous."""
    unit_ids, problems = [], []
    for part in (p.strip() for p in re.split(r"[\n;,\t]+", text)):
        if not part:
            continue
        hits = ask(towns.search, part)
        exact = hits[hits["distance"] == 0]
        small = exact[exact["is_small_town"]]
        if len(exact) == 0:
            problems.append(f"„{part}“ wurde nicht gefunden.")
        elif len(small) == 0:
            problems.append(f"„{part}“ ist keine Kleinstadt ({exact.iloc[0]['town_type_title']}).")
        elif len(small) > 1:
            where = "; ".join(f"{h.county_name}: {h.ags}" for h in small.itertuples())
            problems.append(f"„{part}“ gibt es mehrfach – bitte den Schlüssel angeben ({where}).")
        else:
            unit_ids.append(small.iloc[0]["unit_id"])
    return unit_ids, problems


def _apply() -> None:
    unit_ids, problems = resolve(st.session_state.get("liste_text", ""))
    st.session_state["liste_meldungen"] = problems
    keys = sorted(set(unit_ids))
    if not keys:
        return
    if len(keys) <= LONGEST_IN_ADDRESS:
        st.session_state["liste"] = ",".join(keys)
    else:
        st.session_state["liste"] = save_list(workspace_path(), keys)


def _clear() -> None:
    st.session_state["liste"] = ""
    st.session_state["liste_meldungen"] = []
    st.query_params.pop("liste", None)


def _write_address(address: str) -> None:
    if address:
        st.session_state["liste"] = address
        if st.query_params.get("liste") != address:
            st.query_params["liste"] = address
    elif "liste" in st.query_params:
        del st.query_params["liste"]
