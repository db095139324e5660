"""Tables and words of the page „Reproduktion der Studie“."""

from __future__ import annotations

from queries.case_selection import Placement
from queries.indicators import Indicator
from queries.reproduction import Reproduction
from ui import german, html_table

SIGNS = {1: "▲ hoch", 0: "mittel", -1: "▼ niedrig"}
OBJECTIVE_WORDS = {"max_min": "Gemessen am kleinsten Abstand", "max_sum": "Gemessen an der Summe der Abstände"}


def towns_table(found: Reproduction) -> str:
    """The published four: clusters, contrasts, place, and whether they remain."""
    rows = []
    for row in found.towns.itertuples():
        own = german.MISSING if row.cluster is None else str(row.cluster)
        place = f"{german.number(row.rank)}. von {german.number(row.ranked)}"
        if row.has_gaps:
            state = "fällt wegen Datenlücken weg"
        elif row.remains:
            state = "ja" + (", auch im Vorschlag" if row.in_proposal else ", nicht im Vorschlag")
        else:
            state = "nein"
        rows.append(
            [
                html_table.text(row.name, second_line="" if row.name == row.display_name else row.display_name),
                html_table.text(f"{row.published_cluster} / {own}", nowrap=True),
                html_table.text(f"{_counted(row.outside)} von {_counted(row.most)}", nowrap=True),
                html_table.text(_counted(row.threshold), nowrap=True),
                html_table.text(place, nowrap=True),
                html_table.text(state, strong=row.remains),
            ]
        )
    among = "Rang im eigenen Cluster" if found.within == "cluster" else "Rang unter allen"
    return html_table.table(
        ["Fallstudie", "Cluster (Studie / hier)", "außerhalb bei Kriterien", "nötig wären", among, "unter den 16?"],
        rows,
        label="Die vier Fallstudien der Studie unter den Annahmen des Atlas",
    )


def _counted(criteria: float) -> str:
    """A number of criteria; closely correlated ones share a count, so it may have a fraction."""
    is_whole = criteria == criteria and abs(criteria - round(criteria)) < 1e-6
    return german.number(criteria, 0 if is_whole else 1)


def signs_table(found: Reproduction, catalogue: dict[str, Indicator]) -> str:
    """Criteria down, the four across: high, middle, low."""
    towns = list(found.towns.index)
    rows = []
    for criterion in found.criteria.itertuples():
        signs = [int(found.signs.loc[criterion.key, unit_id]) for unit_id in towns]
        indicator = catalogue.get(criterion.key)
        provenance = german.PROVENANCE_WORDS[indicator.provenance] if indicator else german.MISSING
        title = criterion.sentence.split(": ")[0]
        rows.append(
            [
                html_table.text(title, second_line=provenance),
                *(html_table.text(SIGNS[sign], strong=sign != 0, nowrap=True) for sign in signs),
            ]
        )
    names = [found.towns.loc[unit_id, "name"] for unit_id in towns]
    return html_table.table(["Kriterium", *names], rows, label="Muster der vier Fallstudien über die Kriterien")


def criteria_table(found: Reproduction) -> str:
    """What the default wants to measure and what stands for it on these data."""
    rows = [
        [
            html_table.text(row.theme),
            html_table.text(row.wanted),
            html_table.text(row.sentence, second_line="Ersatz, weil das Gewünschte fehlt" if row.is_substitute else ""),
        ]
        for row in found.criteria.itertuples()
    ]
    rows += [
        [html_table.text("–"), html_table.text(wanted), html_table.text("fehlt in den Daten")]
        for wanted in found.absent
    ]
    return html_table.table(
        ["Bereich", "Gemessen werden soll", "Auf diesen Daten"],
        rows,
        label="Kriterien der Vorgabe und was dafür steht",
        least_width=34,
    )


def funnel_table(found: Reproduction) -> str:
    """Towns left after each step."""
    rows = [
        [html_table.text(step), german.number(left), german.number(lost) if lost else "–"]
        for step, left, lost in found.funnel
    ]
    return html_table.table(
        ["Schritt", "bleiben", "fallen weg"],
        rows,
        label="Trichter der Stufe 1",
        numeric=(1, 2),
        widths=("70%", "15%", "15%"),
    )


def placement_sentence(objective: str, placed: Placement, of_clusters: bool) -> str:
    """Where the published set stands among all sets, in one sentence."""
    whose = "Vierergruppen mit einer Stadt je Cluster" if of_clusters else "Vierergruppen"
    error = f" (± {german.number(1.96 * placed.standard_error, 1)} Prozentpunkte)" if not placed.counted else ""
    drawn = "zufällig gezogenen" if not placed.counted else "möglichen"
    share = german.number(placed.percentile, 1)
    return (
        f"{OBJECTIVE_WORDS[objective]} ist die Gruppe der Studie gegensätzlicher als **{share} %** der "
        f"{german.number(placed.sets)} {drawn} {whose}{error}."
    )
