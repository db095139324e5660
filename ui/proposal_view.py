"""The proposed set: who is in it, why nothing better exists, what came close, and what each constraint costs."""

from __future__ import annotations

import streamlit as st

from queries import sources, towns
from queries.case_selection import constraint_costs, near_ties
from queries.selection_base import SelectionBase
from queries.stage1.patterns import contrasts
from ui import dossier_form, dossier_list, final_set, german, html_table, maps, selection_state, widgets
from ui.atlas import ask
from ui.final_set import MAXIMISED, VALUE_WORDS, FinalSet
from ui.map_note import map_note
from workspace import project_content
from workspace.projects import Project

TEN = 10
_MOST_CONTRASTS = 3


def show(project: Project, final: FinalSet) -> None:
    """Figures, proof, towns and map of the proposal."""
    best, result = final.result.optimum, final.result
    st.subheader("Vorschlag")
    figures = st.columns(3)
    figures[0].metric(VALUE_WORDS[final.settings.objective], final.value(best.value), border=True)
    figures[1].metric("Bewiesen das Beste?", "ja" if result.proven else "nein", border=True)
    figures[2].metric("Gleich gute Mengen", _ties(result.ties), border=True)
    st.caption(proof(final))
    listed, map_column = st.columns([1.25, 1], gap="large")
    with listed:
        for unit_id in best.unit_ids:
            member(project, final.base, unit_id)
    with map_column:
        map_of(final.base, best.unit_ids, "vorschlagskarte")
    for note in final.problem.distances.notes:
        st.caption(note)
    _greedy(final)


def _ties(ties: int | None) -> str:
    if ties is None:
        return "nicht gezählt"
    return "keine" if ties <= 1 else german.number(ties - 1)


def proof(final: FinalSet) -> str:
    """What is proven about the proposal, in plain German."""
    result, best = final.result, final.result.optimum
    better = "größeren" if final.settings.objective in MAXIMISED else "kleineren"
    unit = "" if final.settings.objective == "diverse" else " (in Einheiten des Abstandsmaßes)"
    if result.proven:
        text = f"Keine zulässige Zusammenstellung erreicht einen {better} Wert als {final.value(best.value)}{unit}."
        return f"{text} {result.method}" + _tie_words(result)
    return (
        f"Die beste gefundene Zusammenstellung, nicht bewiesen: Besser als {final.value(result.bound)} kann keine "
        f"sein, die gefundene liegt bei {final.value(best.value)}, also höchstens "
        f"{german.number(100 * result.gap, 1)} % davon entfernt. {result.method}"
    )


def _tie_words(result) -> str:
    if result.ties is None or result.ties <= 1:
        return ""
    return (
        f" {german.number(result.ties)} Mengen sind darin gleich gut; gezeigt ist die mit der größten Summe der "
        "Abstände, bei völligem Gleichstand die mit den kleinsten Schlüsseln."
        if result.objective == "max_min"
        else f" {german.number(result.ties)} Mengen sind darin gleich gut; nach festen Regeln steht diese vorn."
    )


def member(project: Project, base: SelectionBase, unit_id: str, *, key: str = "vorschlag") -> None:
    """One town of a set: where it lies, state of contact, its strongest contrasts."""
    town = base.towns.loc[unit_id]
    state = project_content.dossier(project.content, unit_id)["contact"]["state"]
    found = contrasts(base.result, unit_id).head(_MOST_CONTRASTS)
    words = [f"{'hoch' if row['sign'] > 0 else 'niedrig'}: {base.titles[k]}" for k, row in found.iterrows()]
    cluster = f" · Cluster {town['cluster']}" if town["cluster"] is not None else ""
    with st.container(border=True):
        st.markdown(f"**{town['name']}** · {town['county_name']}, {town['state_name']}{cluster}")
        st.caption(f"{dossier_form.state_words(state)} · {' · '.join(words)}")
        with st.container(horizontal=True):
            if st.button("Dossier", key=f"{key}_dossier_{unit_id}", type="tertiary", icon=":material/folder_shared:"):
                dossier_list.open_dossier(unit_id)
            if st.button("Profil", key=f"{key}_profil_{unit_id}", type="tertiary", icon=":material/location_city:"):
                widgets.go_to_town(town["central_ags"])


def map_of(base: SelectionBase, unit_ids: tuple[str, ...], key: str) -> None:
    """Map of a set among the remaining towns."""
    labels = ask(towns.labels, base.remaining)
    st.plotly_chart(
        maps.selection_map(labels, tuple(unit_ids), ask(sources.geometry_files), height=430),
        key=key,
        theme=None,
        config={"displayModeBar": False},
        alt=f"Karte der verbliebenen Städte; hervorgehoben: {final_set.named(base, unit_ids)}",
    )
    st.caption(f"Groß: die Menge · klein: die übrigen nach Stufe 1. {map_note()}")


def _greedy(final: FinalSet) -> None:
    found = final_set.greedy(final)
    if found is None:
        return
    if found.greedy.unit_ids == final.result.optimum.unit_ids:
        text = "Die schnelle Wahl (Stadt für Stadt, dann Tausch) kommt hier auf dieselbe Menge – ohne sie zu beweisen."
    else:
        text = (
            f"Zum Vergleich die schnelle Wahl (Stadt für Stadt, dann Tausch): "
            f"{final_set.named(final.base, found.greedy.unit_ids)} mit {final.value(found.greedy.value)}, "
            f"{german.number(100 * found.gap, 1)} % vom Vorschlag entfernt."
        )
    st.caption(text)


def alternatives(project: Project, base: SelectionBase, settings, final: FinalSet) -> FinalSet:
    """The ten best sets and what the constraints cost, each worked out when asked for; gives what is now known."""
    left, right = st.columns([1.4, 1], gap="large")
    with left:
        st.markdown("**Die zehn besten Mengen**")
        if _is_asked("e_zehn", final.mark, "Zehn beste suchen", ":material/format_list_numbered:"):
            final = final_set.solved(project, base, settings, best=TEN)
            keep(final)
            _ten_table(final)
        else:
            st.caption("Wie knapp war es? Zeigt die Mengen, die dem Vorschlag folgen.")
    with right:
        st.markdown("**Was die Vorgaben kosten**")
        _costs(final)
    return final


def _is_asked(key: str, mark: str, label: str, icon: str) -> bool:
    """Whether the user asked for this on the present settings; if not yet, a button to do so."""

    def ask_for_it() -> None:
        st.session_state[key] = mark

    if st.session_state.get(key) == mark:
        return True
    st.button(label, icon=icon, on_click=ask_for_it)
    return False


def keep(final: FinalSet) -> None:
    """Keep the ten best sets in the project."""
    content = selection_state.content()
    found = [{"unit_ids": list(s.unit_ids), "value": s.value} for s in final.result.sets]
    if content["results"].get("alternatives") != found and not final_set.refused(content):
        selection_state.save(
            content | {"results": content["results"] | {"alternatives": found}}, "Zehn beste Mengen gerechnet"
        )


def _ten_table(final: FinalSet) -> None:
    close = {s.unit_ids for s in near_ties(final.result)}
    best = set(final.result.optimum.unit_ids)
    body = []
    for place, ranked in enumerate(final.result.sets, start=1):
        new = [key for key in ranked.unit_ids if key not in best]
        words = "Vorschlag" if place == 1 else f"neu: {final_set.named(final.base, new)}"
        almost = "praktisch gleich gut" if ranked.unit_ids in close else ""
        body.append(
            [
                str(place),
                html_table.text(final_set.named(final.base, ranked.unit_ids), second_line=words),
                html_table.text(final.value(ranked.value), second_line=almost),
                html_table.text(german.number(ranked.mean_distance, 2)),
            ]
        )
    st.html(
        html_table.table(
            ["Rang", "Städte", "Wert", "mittlerer Abstand"], body, label="Die zehn besten Mengen", numeric=(2, 3)
        )
    )
    st.caption(
        f"{german.count(len(close), 'weitere Menge liegt', 'weitere Mengen liegen')} keine 1 % hinter dem Vorschlag: "
        "Zwischen ihnen entscheiden Gründe, nicht die Rechnung."
        if close
        else "Keine andere Menge kommt dem Vorschlag auf 1 % nahe."
    )


def _costs(final: FinalSet) -> None:
    if not final.problem.constraints:
        st.caption("Es gibt keine Vorgaben, also kosten sie nichts.")
        return
    if not _is_asked("e_kosten", final.mark, "Kosten ausrechnen", ":material/balance:"):
        st.caption("Wie viel besser wäre der Vorschlag, wenn eine Vorgabe allein wegfiele?")
        return
    body = [
        [
            html_table.text(
                cost.constraint.sentence(final.base.names),
                second_line=f"ohne sie: {final_set.named(final.base, cost.without.unit_ids)}",
            ),
            html_table.text("nichts" if cost.loss < 5e-4 else f"{german.number(100 * cost.loss, 1)} %", nowrap=True),
        ]
        for cost in _cost_of(final.mark, final)
    ]
    st.html(html_table.table(["Vorgabe", "kostet"], body, label="Was die Vorgaben kosten", numeric=(1,)))


@st.cache_data(max_entries=16, show_spinner="Rechnet ohne jede Vorgabe …")
def _cost_of(mark: str, _final: FinalSet):
    return constraint_costs(_final.problem, _final.result)
