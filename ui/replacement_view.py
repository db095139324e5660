"""Ersatz: a town of the set in force declined; who takes its place, with one click."""

from __future__ import annotations

import streamlit as st

from queries.case_selection import NoSelection, RankedSet
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import SelectionBase
from ui import final_set, german, html_table, selection_state
from workspace.projects import Project


def show(project: Project, base: SelectionBase, settings: Stage2Settings) -> None:
    """Best replacements where a member of the set in force declined; nothing otherwise."""
    members, declined = final_set.in_force(project.content), final_set.refused(project.content)
    if not declined:
        return
    gone = final_set.named(base, declined)
    with st.container(border=True):
        st.subheader("Ersatz")
        st.warning(
            f"{gone} {'hat' if len(declined) == 1 else 'haben'} abgelehnt und "
            f"{'gehörte' if len(declined) == 1 else 'gehörten'} zur Auswahl ({final_set.named(base, members)}).",
            icon=":material/person_off:",
        )
        try:
            problem = final_set.problem_of(project, base, settings)
            sets, best, message = final_set.substitutes(problem, members, declined, settings.objective)
        except NoSelection as reason:
            st.warning(f"{reason.text} {reason.way_on}")
            return
        if message:
            st.info(message)
        kept = set(members) - set(declined)
        for place, ranked in enumerate(sets):
            new = [key for key in ranked.unit_ids if key not in kept]
            _offer(base, settings, ranked, new, declined, place)
        if best is not None and all(best.unit_ids != ranked.unit_ids for ranked in sets):
            st.caption(
                f"Ganz neu gerechnet wäre am besten: {final_set.named(base, best.unit_ids)} "
                f"(Wert {german.number(best.value, 2)})."
            )
            st.button(
                "Ganz neu zusammenstellen",
                icon=":material/refresh:",
                on_click=_take,
                args=(base, best, declined, "neu zusammengestellt"),
            )


def _offer(
    base: SelectionBase,
    settings: Stage2Settings,
    ranked: RankedSet,
    new: list[str],
    declined: tuple[str, ...],
    place: int,
) -> None:
    words, button = st.columns([2.2, 1], vertical_alignment="center")
    names = final_set.named(base, new)
    where = ", ".join(base.towns.loc[new[0], ["county_name", "state_name"]]) if len(new) == 1 else ""
    words.html(
        html_table.text(
            f"{place + 1}. {names}",
            strong=True,
            second_line=" · ".join(filter(None, [where, f"Wert der Menge {german.number(ranked.value, 2)}"])),
        )
    )
    button.button(
        f"{names} übernehmen",
        key=f"ersatz_nehmen_{place}",
        type="primary" if place == 0 else "secondary",
        icon=":material/swap_horiz:",
        width="stretch",
        on_click=_take,
        args=(base, ranked, declined, f"Ersatz {names}"),
    )


def _take(base: SelectionBase, ranked: RankedSet, declined: tuple[str, ...], words: str) -> None:
    """The team's set is now this one; the change and its reason go on the record."""
    content = selection_state.content()
    reason = f"{final_set.named(base, declined)} abgelehnt; {words}."
    changed = content | {"own_set": sorted(ranked.unit_ids), "departure_reason": reason}
    selection_state.decide(
        changed, "replacement", f"{reason} Auswahl jetzt: {final_set.named(base, ranked.unit_ids)}.", "Ersatz gewählt"
    )
