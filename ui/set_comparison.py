"""Sets side by side: where their towns contrast and where not, pair by pair, and how they spread."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from queries import spread
from queries.case_selection import (
    criterion_ranges,
    pair_contributions,
    pair_matrix,
)
from queries.normalise import normalise
from ui import address, final_set, german, html_table, selection_state
from ui.atlas import ask
from ui.final_set import FinalSet
from workspace.projects import Project

_MOST_SHARES = 3


def sets(project: Project, final: FinalSet) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Sets that can be looked at: id → (title, unit ids), each set once."""
    keys = set(final.problem.distances.keys)
    found = {"vorschlag": ("Vorschlag", final.result.optimum.unit_ids)}
    own = tuple(key for key in project.content["own_set"] if key in keys)
    if len(own) > 1:
        found["eigene"] = ("Eigene Auswahl", own)
    greedy = final_set.greedy(final)
    if greedy is not None:
        found["schnell"] = ("Schnelle Wahl", greedy.greedy.unit_ids)
    for place, ranked in enumerate(final.result.sets[1:], start=2):
        found[f"rang{place}"] = (f"Rang {place}", ranked.unit_ids)
    seen, different = set(), {}
    for key, (title, unit_ids) in found.items():
        if frozenset(unit_ids) not in seen:
            seen.add(frozenset(unit_ids))
            different[key] = (title, tuple(unit_ids))
    return different


def show(project: Project, final: FinalSet) -> None:
    """The comparison of sets, and one of them in detail."""
    known = sets(project, final)
    st.subheader("Mengenvergleich")
    if len(known) > 1:
        st.html(_overview(final, known))
        st.caption(
            "Anteil: wie viel von der Spannweite der verbliebenen Städte eine Menge bei einem Kriterium abdeckt, im "
            "Mittel über die Kriterien."
        )
    chosen = address.select(
        "Welche Menge im Einzelnen?",
        {key: f"{title}: {final_set.named(final.base, ids)}" for key, (title, ids) in known.items()},
        key="menge",
        default="vorschlag",
        placeholder="Menge wählen",
    )
    members = list(known[chosen][1])
    if len(members) < 2:
        st.caption("Zum Vergleichen braucht es mindestens zwei Städte.")
        return
    profile, pairs = st.tabs(["Kriterien nebeneinander", "Paare und Streuung"])
    with profile:
        _profiles(final, members)
    with pairs:
        left, right = st.columns([1.35, 1], gap="large")
        with left:
            _pairs(final, members)
        with right:
            _spread(final, members)


def _overview(final: FinalSet, known: dict[str, tuple[str, tuple[str, ...]]]) -> str:
    values = _values(final)
    best = set(final.result.optimum.unit_ids)
    body = []
    for title, unit_ids in known.values():
        ranges = criterion_ranges(values, unit_ids)
        matrix = pair_matrix(final.problem.distances, unit_ids).to_numpy()
        inside = matrix[~pd.DataFrame(matrix).isna().to_numpy() & (matrix > 0)]
        body.append(
            [
                html_table.text(title, strong=True, second_line=final_set.named(final.base, unit_ids)),
                german.number(len(best & set(unit_ids))),
                german.number(float(inside.min()) if len(inside) else 0.0, 2),
                german.number(float(inside.mean()) if len(inside) else 0.0, 2),
                german.with_unit(100 * float(ranges["range_share"].mean()), "%"),
                german.number(int((~ranges["contrasts"]).sum())),
            ]
        )
    return html_table.table(
        ["Menge", "wie im Vorschlag", "kleinster Abstand", "mittlerer Abstand", "Anteil", "Kriterien ohne Kontrast"],
        body,
        label="Mengen im Vergleich",
        numeric=(1, 2, 3, 4, 5),
        least_width=44,
    )


def _values(final: FinalSet) -> pd.DataFrame:
    weights = final.settings.weights_of(final.base.settings, final.base.result)
    return final.base.result.values.loc[list(final.problem.distances.keys), list(weights)]


def _profiles(final: FinalSet, members: list[str]) -> None:
    base, values = final.base, _values(final)
    ranges = criterion_ranges(values, members)
    places = values.rank(pct=True)
    body = []
    for key, row in ranges.iterrows():
        cells = [
            _shaded(selection_state.plain_text(base, key, unit_id), places.loc[unit_id, key]) for unit_id in members
        ]
        share = row["range_share"]
        words = "k. A." if pd.isna(share) else german.with_unit(100 * share, "%")
        verdict = "" if pd.isna(share) else ("Kontrast" if row["contrasts"] else "kaum Kontrast")
        body.append(
            [
                html_table.text(base.titles[key], second_line=selection_state.origin(base, key, with_unit=True)),
                *cells,
                html_table.text(words, second_line=verdict),
            ]
        )
    st.html(
        html_table.table(
            ["Kriterium", *(base.names[key] for key in members), "Spannweite"],
            body,
            label="Kriterien der Städte nebeneinander",
            widths=("26%", *[f"{60 / len(members):.1f}%"] * len(members), "14%"),
            numeric=(len(members) + 1,),
            least_width=16 + 8 * len(members),
        )
    )
    weak = [base.titles[key] for key, row in ranges.iterrows() if not row["contrasts"]]
    st.caption(
        "Farbe: blau = hoch, orange = niedrig unter den verbliebenen Städten. Spannweite: Anteil der Spannweite aller "
        "verbliebenen Städte, den die Menge abdeckt; unter 25 % steht „kaum Kontrast“. "
        + (
            f"Kaum verschieden sind die Städte bei: {', '.join(weak)}."
            if weak
            else "Bei jedem Kriterium gibt es Kontrast."
        )
    )


def _shaded(text: str, place: float) -> str:
    """A cell on a pale ground of blue (high) or orange (low); `place` is the rank 0–1 among the candidates."""
    if pd.isna(place):
        return html_table.text(text)
    strength = round(abs(place - 0.5) * 2 * 0.42, 2)
    ground = f"rgba(0,114,178,{strength})" if place > 0.5 else f"rgba(230,159,0,{strength})"
    return (
        f'<span style="display:block;padding:0.15rem 0.4rem;border-radius:3px;background:{ground}">'
        f"{html_table.text(text)}</span>"
    )


def _pairs(final: FinalSet, members: list[str]) -> None:
    st.markdown("**Abstand je Paar**")
    matrix = pair_matrix(final.problem.distances, members)
    top = float(matrix.to_numpy().max()) or 1.0
    flat = [(matrix.loc[a, b], a, b) for i, a in enumerate(members) for b in members[i + 1 :]]
    body = [
        [
            html_table.text(final.base.names[a]),
            *("–" if a == b else _tinted(german.number(matrix.loc[a, b], 2), matrix.loc[a, b] / top) for b in members),
        ]
        for a in members
    ]
    st.html(
        html_table.table(
            ["", *(final.base.names[key] for key in members)],
            body,
            label="Abstände zwischen den Städten der Menge",
            least_width=7 + 4 * len(members),
        )
    )
    nearest, farthest = min(flat), max(flat)
    scaled = pd.DataFrame(
        normalise(_values(final).to_numpy(float), final.settings.normalisation),
        index=_values(final).index,
        columns=_values(final).columns,
    )
    weights = pd.Series(final.settings.weights_of(final.base.settings, final.base.result))
    scaled = scaled * (weights**0.5)
    for words, (value, a, b) in (("Am ähnlichsten", nearest), ("Am verschiedensten", farthest)):
        parts = pair_contributions(scaled, a, b).head(_MOST_SHARES)
        listed = ", ".join(f"{final.base.titles[key]} ({german.number(100 * share)} %)" for key, share in parts.items())
        st.caption(
            f"{words}: {final.base.names[a]} und {final.base.names[b]} ({german.number(value, 2)}). "
            f"Den größten Teil ihres Unterschieds machen aus: {listed}."
        )


def _tinted(text: str, share: float) -> str:
    strength = round(0.04 + 0.36 * share, 2)
    return (
        f'<span style="display:block;text-align:center;padding:0.15rem 0.3rem;border-radius:3px;'
        f'background:rgba(29,90,116,{strength})">{text}</span>'
    )


def _spread(final: FinalSet, members: list[str]) -> None:
    st.markdown("**Streuung der Menge**")
    table = spread.spread(ask(spread.attributes), tuple(members), final.base.remaining)
    body, last = [], None
    for row in table.itertuples():
        body.append(
            [
                html_table.text(row.attribute if row.attribute != last else "", strong=True),
                html_table.text(str(row.value)),
                html_table.text(german.number(row.chosen), strong=row.chosen > 0),
                html_table.text(german.number(row.population)),
            ]
        )
        last = row.attribute
    st.html(
        html_table.table(
            ["Merkmal", "Ausprägung", "Menge", "verblieben"], body, label="Streuung der Menge", numeric=(2, 3)
        )
    )
    st.caption(
        "Nichts davon ist Vorgabe: Die Tabelle zeigt, wo die Menge einseitig ist. Umland einer Großstadt: bis "
        f"{spread.NEAR_KM} km, fern: über {spread.FAR_KM} km (eigene Grenzen)."
    )
