"""How robust the selection is: one choice at a time as a table, all together as shares of many repetitions."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from queries import selection_robustness, towns
from queries.case_selection.settings import Stage2Settings
from queries.selection_base import SelectionBase
from ui import background, colours, final_set, german, html_table, project_state, selection_state
from ui.atlas import ask, connection, database_file
from workspace import project_content
from workspace.projects import Project

ROUNDS = (100, 500, 1000, 2000, 5000)
_FIRST = 12
_BARS = 24
_KINDS = {"weight": "Gewicht", "band": "Breite des mittleren Bereichs", "normalisation": "Vergleichbar machen"}


def mark_of(project: Project, base: SelectionBase, settings: Stage2Settings) -> str:
    """Key of what a calculation rests on; the state of the data by their sources, not by the file."""
    declined = project_content.declined(project.content)
    return selection_robustness.mark_of(project_state.data_now(), base.settings, settings, declined)


def calculate(project: Project, base: SelectionBase, settings: Stage2Settings) -> None:
    """Rounds, seed and the button; work that runs shows its progress, finished work goes into the project."""
    board, kind = background.board(str(database_file())), f"robustheit_{project.project_id}"
    _take_over(board, kind)
    running = board.running()
    if running:
        background.show_progress(str(database_file()), running.kind)
        return
    left, middle, right = st.columns([1, 1, 1.4], vertical_alignment="bottom")
    rounds = left.selectbox(
        "Wiederholungen",
        ROUNDS,
        index=ROUNDS.index(1000),
        format_func=german.number,
        placeholder="Zahl wählen",
        key="r_runden",
    )
    seed = middle.number_input(
        "Startwert des Zufalls", min_value=0, step=1, key="r_start", help="Gleicher Startwert, gleiches Ergebnis."
    )
    if right.button("Rechnen", type="primary", icon=":material/play_arrow:", width="stretch"):
        try:
            declined = project_content.declined(project.content)
            prepared = selection_robustness.prepare(connection(), base, settings, declined)
        except selection_robustness.TooLarge as reason:
            st.warning(str(reason))
            return
        mark = mark_of(project, base, settings)
        board.start(
            kind,
            f"Robustheit: {german.number(rounds)} Wiederholungen",
            lambda tell: {"mark": mark} | selection_robustness.run(prepared, rounds, int(seed), tell),
            (),
        )
        st.rerun()


def _take_over(board: background.Board, kind: str) -> None:
    job = board.last(kind)
    if job is None or job.is_running:
        return
    if job.error:
        board.forget(kind)
        st.error(job.error)
    elif selection_state.save(selection_state.content() | {"robustness": job.result}, "Robustheit gerechnet"):
        board.forget(kind)  # not before it is kept: a busy file or a conflict must not cost the result
        st.rerun()
    else:
        selection_state.show_message()
        if project_state.conflict():
            st.stop()


def show(project: Project, base: SelectionBase, settings: Stage2Settings) -> None:
    """The result kept in the project."""
    found = project.content["robustness"]
    if not found.get("towns"):
        st.info("Noch nicht gerechnet. Es dauert meist nur Sekunden; Sie können die Seite dabei verlassen.")
        return
    if found["mark"] != mark_of(project, base, settings):
        st.warning(
            "Seit dieser Rechnung haben sich Einstellungen, Zusagen oder Daten geändert. Bitte neu rechnen.",
            icon=":material/update:",
        )
    names = _names(base, found)
    _headline(found, names)
    _bars(found, names)
    left, right = st.columns([1.7, 1], gap="large")
    with left:
        _one_at_a_time(found, names)
    with right:
        _tipping(found)
    _how(base, project, found)


def _names(base: SelectionBase, found: dict) -> dict[str, str]:
    ids = {town["unit_id"] for town in found["towns"]}
    ids |= {unit_id for row in found["one_at_a_time"] for unit_id in (*row["final_new"], *row["final_lost"])}
    frame = ask(towns.labels, tuple(sorted(ids)))
    return dict(zip(frame["unit_id"], frame["name"], strict=True))


def _headline(found: dict, names: dict[str, str]) -> None:
    figures = st.columns(3)
    size = len(found["base"]["final"])
    kept = german.number(size * found["kept_share"], 1)
    figures[0].metric("Im Mittel bleiben", f"{kept} von {size}", border=True)
    figures[1].metric("Genau dieselbe Menge", f"{german.number(100 * found['same_share'])} %", border=True)
    steady = sum(town["final_share"] >= 0.5 for town in found["towns"])
    figures[2].metric("In mindestens der Hälfte gewählt", german.count(steady, "Stadt", "Städte"), border=True)
    final = ", ".join(names.get(key, key) for key in found["base"]["final"])
    st.caption(
        f"Ausgangspunkt: {final}. In {german.number(found['rounds'])} Wiederholungen wurden Gewichte, mittlere "
        "Bereiche und die Art, Kriterien vergleichbar zu machen, gemeinsam zufällig verändert (Startwert "
        f"{found['seed']}). {_verdict(found['kept_share'])}"
    )


def _verdict(kept_share: float) -> str:
    """What the mean share of towns that stay means for the argument."""
    if kept_share >= 0.75:
        return "Die Menge hängt wenig an einzelnen Festlegungen."
    if kept_share >= 0.5:
        return "Ein Teil der Menge hängt an den Festlegungen; für diese Städte sollte der Grund im Protokoll stehen."
    return (
        "Mit anderen vertretbaren Festlegungen sähe die Menge meist anders aus: Sie sollte mit inhaltlichen Gründen "
        "belegt werden, nicht mit der Rechnung allein."
    )


def _bars(found: dict, names: dict[str, str]) -> None:
    st.subheader("Wie oft wird jede Stadt gewählt?")
    shown = found["towns"][:_BARS][::-1]
    labels = [f"{names.get(t['unit_id'], t['unit_id'])}{' ●' if t['base_final'] else ''}" for t in shown]
    figure = go.Figure()
    for field, title, colour in (
        ("remaining_share", "bleibt nach Stufe 1", "#b8c9d1"),
        ("final_share", "in der Endauswahl", colours.ACCENT),
    ):
        shares = [100 * town[field] for town in shown]
        figure.add_trace(
            go.Bar(
                x=shares,
                y=labels,
                orientation="h",
                name=title,
                marker={"color": colour},
                customdata=[f"{german.number(share)} %" for share in shares],
                hovertemplate="%{y}: %{customdata}<extra>" + title + "</extra>",
            )
        )
    figure.update_layout(
        barmode="overlay",
        height=90 + 24 * len(shown),
        margin={"l": 8, "r": 12, "t": 34, "b": 36},
        plot_bgcolor="#ffffff",
        paper_bgcolor="#ffffff",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        xaxis={
            "range": [0, 103],
            "tickvals": [0, 25, 50, 75, 100],
            "ticksuffix": " %",
            "fixedrange": True,
            "gridcolor": "#e6ebee",
            "zerolinecolor": "#c9d2d7",
            "tickangle": 0,
        },
        yaxis={"fixedrange": True, "automargin": True, "tickfont": {"size": 12}, "ticksuffix": "  "},
        separators=",.",
        font={"family": colours.FONT},
        dragmode=False,
    )
    st.plotly_chart(
        figure,
        key="robustheit_balken",
        theme=None,
        config={"displayModeBar": False},
        alt="Wie oft jede Stadt nach Stufe 1 bleibt und in die Endauswahl kommt; die Werte stehen in der Tabelle.",
    )
    st.caption(
        "● gehört zum Ausgangspunkt. Hell: Anteil der Wiederholungen, in denen die Stadt nach Stufe 1 bleibt. Nicht "
        "gezeigt: Städte, die in weniger als 1 % der Wiederholungen übrig bleiben."
    )
    with st.expander(f"Werte als Tabelle ({german.number(len(found['towns']))})", icon=":material/table_rows:"):
        st.html(
            html_table.table(
                ["Stadt", "bleibt nach Stufe 1", "in der Endauswahl", "im Ausgangspunkt"],
                [
                    [
                        html_table.text(names.get(town["unit_id"], town["unit_id"])),
                        f"{german.number(100 * town['remaining_share'], 1)} %",
                        f"{german.number(100 * town['final_share'], 1)} %",
                        "Endauswahl" if town["base_final"] else ("Stufe 1" if town["base_remaining"] else "–"),
                    ]
                    for town in found["towns"]
                ],
                label="Häufigkeit der Städte",
                numeric=(1, 2),
            )
        )


def _one_at_a_time(found: dict, names: dict[str, str]) -> None:
    st.subheader("Eine Festlegung nach der anderen")
    rows = found["one_at_a_time"]
    stable = sum(row["final_kept"] == 1 for row in rows)
    st.caption(
        f"{german.number(stable)} von {german.number(len(rows))} einzelnen Änderungen lassen die Endauswahl, wie sie "
        "ist. Oben steht, was am meisten bewegt."
    )
    st.html(_table(rows[:_FIRST], names))
    if len(rows) > _FIRST:
        with st.expander(german.count(len(rows) - _FIRST, "weitere Änderung", "weitere Änderungen")):
            st.html(_table(rows[_FIRST:], names))


def _table(rows: list[dict], names: dict[str, str]) -> str:
    def listed(keys: list[str]) -> str:
        return ", ".join(names.get(key, key) for key in keys) or "–"

    return html_table.table(
        ["Änderung", "Stufe 1 behält", "Endauswahl behält", "statt … kommt …"],
        [
            [
                html_table.text(row["title"], second_line=row["change"] if row["change"] != row["title"] else ""),
                f"{german.number(100 * row['remaining_kept'])} %",
                html_table.text(f"{german.number(100 * row['final_kept'])} %", strong=row["final_kept"] < 1),
                html_table.text(
                    "–" if not row["final_lost"] else f"{listed(row['final_lost'])} → {listed(row['final_new'])}"
                ),
            ]
            for row in rows
        ],
        label="Eine Festlegung nach der anderen geändert",
        numeric=(1, 2),
    )


def _tipping(found: dict) -> None:
    st.subheader("Was kippt die Auswahl?")
    strongest = [row for row in found["tipping"] if row["effect"] >= 0.05][:6]
    if not strongest:
        st.caption("Keine einzelne Festlegung hängt erkennbar damit zusammen, ob die Menge erhalten bleibt.")
        return
    st.html(
        html_table.table(
            ["Festlegung", "Zusammenhang"],
            [
                [
                    html_table.text(
                        _KINDS[row["kind"]] if row["kind"] == "normalisation" else row["title"],
                        second_line="" if row["kind"] == "normalisation" else _KINDS[row["kind"]],
                    ),
                    german.number(row["effect"], 2),
                ]
                for row in strongest
            ],
            label="Festlegungen, die die Auswahl kippen",
            numeric=(1,),
        )
    )
    st.caption(
        "0 = ohne Einfluss darauf, wie viele Städte der Endauswahl erhalten bleiben; 1 = bestimmt es allein "
        "(Rangkorrelation, bei der Art des Vergleichbarmachens Eta)."
    )


def _how(base: SelectionBase, project: Project, found: dict) -> None:
    proposal = project.content["results"].get("proposal", {}).get("unit_ids", [])
    same_remaining = len(set(found["base"]["remaining"]) & set(base.remaining))
    text = (
        f"Die Wiederholungen rechnen beide Stufen vereinfacht nach. Ihr Ausgangspunkt stimmt bei {same_remaining} von "
        f"{len(base.remaining)} verbliebenen Städten mit Stufe 1 überein"
    )
    if proposal:
        same_final = len(set(found["base"]["final"]) & set(proposal))
        text += f" und bei {same_final} von {len(proposal)} mit dem Vorschlag"
        if set(found["base"]["final"]) != set(proposal):
            text += f" ({final_set.named(base, proposal)})"
    st.caption(". ".join([text, *(remark.rstrip(".") for remark in found["remarks"])]) + ".")
