"""The team's own set beside the proposal: its place among all sets, what it lacks, why it departs, the decision."""

from __future__ import annotations

import streamlit as st

from queries.case_selection import Placement, Problem, placement
from queries.selection_base import SelectionBase
from ui import dossier_form, final_set, german, selection_state
from ui.final_set import FinalSet
from ui.selection_state import control
from workspace import project_content
from workspace.projects import Project


def show(project: Project, final: FinalSet) -> None:
    """Choose the own set, see where it stands, give the reason, put the decision on record."""
    base, content = final.base, project.content
    st.subheader("Eigene Auswahl des Teams")
    names = base.labels
    own = [key for key in content["own_set"] if key in names]
    st.multiselect(
        "Städte der eigenen Auswahl",
        list(names),
        format_func=names.get,
        placeholder="Städte wählen",
        **control("eigene_auswahl", own, lambda keys: _keep(tuple(sorted(keys)))),
    )
    proposal = final.result.optimum.unit_ids
    if not own:
        st.caption("Noch keine eigene Auswahl: Es gilt der Vorschlag, bis das Team entscheidet.")
        st.button(
            "Vorschlag übernehmen",
            icon=":material/check:",
            on_click=lambda: _keep(proposal),
        )
        return
    if len(own) != final.settings.size:
        st.info(
            f"Gewählt {'ist eine Stadt' if len(own) == 1 else f'sind {len(own)} Städte'}, gesucht "
            f"{'ist eine' if final.settings.size == 1 else f'sind {final.settings.size}'}. Die Einordnung folgt, "
            "sobald die Zahl stimmt."
        )
        return
    departs = set(own) != set(proposal)
    _place(final, tuple(own), departs)
    reason = content["departure_reason"].strip()
    if departs:
        st.text_area(
            "Warum weicht das Team vom Vorschlag ab? (Pflicht, steht im Protokoll)",
            placeholder="z. B. bessere Kontakte, laufender Prozess, Ergiebigkeit für die Fragestellung",
            height=90,
            **control("abweichung", content["departure_reason"], _reason),
        )
        if not reason:
            st.warning("Die Begründung fehlt noch. Ohne sie lässt sich die Entscheidung nicht festhalten.")
    _decision(project, final, tuple(own), departs, reason)


def _keep(unit_ids: tuple[str, ...]) -> None:
    selection_state.save(selection_state.content() | {"own_set": list(unit_ids)}, "Eigene Auswahl geändert")


def _reason(text: str) -> None:
    selection_state.save(selection_state.content() | {"departure_reason": text.strip()}, "Abweichung begründet")


@st.cache_data(max_entries=64, show_spinner="Die Auswahl wird eingeordnet …")
def _placement(mark: str, own: tuple[str, ...], objective: str, _problem: Problem) -> Placement:
    return placement(_problem, own, objective)


def _place(final: FinalSet, own: tuple[str, ...], departs: bool) -> None:
    unknown = [key for key in own if key not in final.problem.distances.keys]
    if unknown:
        st.warning(f"Ohne vollständige Werte nicht einzuordnen: {final_set.named(final.base, unknown)}.")
        return
    found = _placement(final.mark, own, final.settings.objective, final.problem)
    best = final.result.optimum.value
    figures = st.columns(3)
    figures[0].metric("Wert der eigenen Auswahl", final.value(found.own.value), border=True)
    change = 100 * (found.own.value - best) / abs(best) if best else 0.0
    figures[1].metric("Gegenüber dem Vorschlag", f"{german.number(change, 1, signed=True)} %", border=True)
    figures[2].metric("Prozentrang", german.number(found.percentile, 1), border=True)
    basis = (
        f"unter allen {german.number(found.sets)} zulässigen Zusammenstellungen ausgezählt"
        if found.counted
        else f"geschätzt aus {german.number(found.sets)} zufällig gezogenen zulässigen Zusammenstellungen "
        f"(Standardfehler {german.number(found.standard_error, 2)} Punkte)"
    )
    text = f"Prozentrang 100 = kontrastreichste; {basis}."
    if departs:
        new = [key for key in own if key not in final.result.optimum.unit_ids]
        gone = [key for key in final.result.optimum.unit_ids if key not in own]
        text += (
            f" Gegenüber dem Vorschlag neu: {final_set.named(final.base, new)}; "
            f"nicht dabei: {final_set.named(final.base, gone)}."
        )
    else:
        text += " Die eigene Auswahl ist der Vorschlag."
    st.caption(text)
    broken = violated(final.problem, own, final.base)
    if broken:
        st.warning(f"Die eigene Auswahl verletzt: {'; '.join(broken)}.")


def violated(problem: Problem, own: tuple[str, ...], base: SelectionBase) -> list[str]:
    """Sentences of the constraints that a set does not fulfil."""
    broken = []
    for constraint in problem.constraints:
        c = problem.with_constraints((constraint,)).compiled
        if not c.feasible(c.positions(own)[None, :])[0]:
            broken.append(constraint.sentence(base.names))
    return broken


def _decision(project: Project, final: FinalSet, own: tuple[str, ...], departs: bool, reason: str) -> None:
    content, base = project.content, final.base
    states = {key: project_content.dossier(content, key)["contact"]["state"] for key in own}
    waiting = [
        f"{dossier_form.state_words(asked)}: "
        f"{final_set.named(base, [key for key, state in states.items() if state == asked])}"
        for asked in ("open", "asked", "declined")
        if asked in states.values()
    ]
    if waiting:
        st.caption(f"Noch ohne bestätigte Mitwirkung – {'; '.join(waiting)}.")
    text = f"Endauswahl: {final_set.named(base, own)}. " + (
        f"Weicht vom Vorschlag ab: {reason}" if departs else "Entspricht dem Vorschlag."
    )
    decided = [entry for entry in content["decisions"] if entry["kind"] == "final_set"]
    if decided and decided[-1]["text"] == text:
        at = decided[-1]["at"]
        st.success(
            f"Entscheidung festgehalten am {at[8:10]}.{at[5:7]}.{at[:4]}"
            + (f" von {decided[-1]['by']}" if decided[-1]["by"] else "")
            + "."
        )
        return
    st.button(
        "Entscheidung festhalten",
        type="primary",
        icon=":material/gavel:",
        disabled=(departs and not reason) or "declined" in states.values(),
        on_click=lambda: selection_state.decide(
            selection_state.content(), "final_set", text, "Entscheidung festgehalten"
        ),
    )
