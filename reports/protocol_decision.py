"""Stage 2 and the decision in the protocol: proposal with proof, own set and departures, discussion, spread."""

from __future__ import annotations

from queries.case_selection import METHODS, MISSING_RULES, OBJECTIVES, RankedSet
from queries.normalise import NORMALISATIONS
from queries.record import Record
from queries.record_stage2 import Stage2Record
from queries.stage1.settings import Stage1Settings
from reports import open_points, protocol_comparison, protocol_robustness
from reports.document import Block, Bullets, Note, Picture, Section, Table, Text, given
from reports.german_words import MISSING, UNDECIDED, number, town
from reports.germany_map import germany_map
from reports.protocol_stage1 import pattern_words
from ui import german
from workspace import project_content


def names_of(record: Record, unit_ids: tuple[str, ...]) -> str:
    """Names of towns in one line."""
    return ", ".join(town(record, unit_id) for unit_id in unit_ids)


def result(content: dict, record: Record, stage2: Stage2Record, states: dict, map_note: str) -> list[Section]:
    """The result on the first page: final set (or proposal) with a map and the sentence on frequencies."""
    final, decided = open_points.final_set(content, stage2)
    if not final:
        words = f"Endauswahl: {UNDECIDED}." + (f" {stage2.problem}" if stage2.problem else "")
        return [Section("Ergebnis", (Text(words, muted=True), Note(NO_FREQUENCIES)))]
    rows, dots = [], []
    for place, unit_id in enumerate(final, 1):
        known = unit_id in record.towns.index
        row = record.towns.loc[unit_id] if known else None
        contact = project_content.dossier(content, unit_id)["contact"]["state"]
        rows.append(
            (
                str(place),
                town(record, unit_id),
                f"{row['county_name']}, {row['state_name']}" if known else MISSING,
                MISSING if not known or row["cluster"] is None else str(row["cluster"]),
                project_content.CONTACT_STATES.get(contact, contact),
                *pattern_words(record, unit_id),
            )
        )
        if known:
            dots.append((str(place), float(row["lon"]), float(row["lat"])))
    title = "Endauswahl des Teams" if decided else "Rechnerischer Vorschlag, vom Team noch nicht beschlossen"
    if (record.sources["provenance"] == "synthetisch").any():
        title += " – enthält Modelldaten (synthetisch)"
    table = Table(
        title,
        ("", "Stadt", "Kreis, Land", "Cluster", "Kontakt", "hoch bei Nr.", "niedrig bei Nr."),
        tuple(rows),
        widths=(0.4, 2.2, 2.8, 0.9, 1.9, 1.7, 1.7),
        small=True,
    )
    if record.cluster_source is None:
        table = table.without_column("Cluster")
    blocks: list[Block] = [table, Note(NO_FREQUENCIES)]
    if dots:
        others = [u for u in (record.stage1.remaining if record.stage1 else ()) if u not in final]
        small = [(float(record.towns.loc[u, "lon"]), float(record.towns.loc[u, "lat"])) for u in others]
        places = "; ".join(f"{number} {town(record, u)}" for number, u in enumerate(final, 1))
        alt = f"Karte von Deutschland mit den gewählten Städten: {places}."
        if small:
            alt += f" Kleine Punkte: {german.count(len(small), 'weitere Stadt', 'weitere Städte')} nach Stufe 1."
        caption = f"{places}. Kleine Punkte: nach Stufe 1 verblieben. {map_note}"
        blocks.append(Picture(germany_map(states, dots, small), alt, caption))
    return [Section("Ergebnis", tuple(blocks))]


NO_FREQUENCIES = (
    "Eine Kontrastauswahl erlaubt keine Häufigkeitsaussagen: Die Städte wurden gewählt, weil sie sich unterscheiden, "
    "nicht weil sie für andere stehen. Wie oft etwas in Kleinstädten vorkommt, lässt sich aus ihnen nicht schließen."
)


def sections(content: dict, settings: Stage1Settings, record: Record, stage2: Stage2Record) -> list[Section]:
    """Stage 2, robustness, discussion, and the final set with its spread."""
    return [
        Section("Stufe 2 · Endauswahl"),
        Section("Einstellungen", _settings(stage2), 2),
        Section("Vorschlag und Beweis", _proposal(record, stage2), 2),
        Section("Auswahl des Teams", _own(content, record, stage2), 2),
        Section("Die Städte im Vergleich", protocol_comparison.profiles(content, record, stage2), 2),
        Section("Streuung der Auswahl", protocol_comparison.spread(record, stage2), 2),
        protocol_robustness.section(content, settings, record, stage2),
        Section("Diskussion", given(content["discussion"], "noch nicht festgehalten")),
    ]


def _settings(stage2: Stage2Record) -> tuple[Block, ...]:
    s = stage2.settings
    rows = [
        ("Städte in der Auswahl", number(s.size)),
        ("Ziel", OBJECTIVES.get(s.objective, s.objective)),
        ("Abstand", METHODS.get(s.method, s.method)),
        ("Vergleichbar gemacht durch", NORMALISATIONS.get(s.normalisation, s.normalisation)),
        ("Fehlende Werte", MISSING_RULES.get(s.missing, s.missing)),
        ("Bedingungen", "; ".join(stage2.constraints) or "keine"),
    ]
    if stage2.weights:
        rows.append(("Kriterien und Gewicht", _weights(stage2.weights)))
    table = Table("Einstellungen der Stufe 2", ("Einstellung", "Wert"), tuple(rows), widths=(2, 5))
    return (table, *((Bullets(stage2.notes),) if stage2.notes else ()))


def _weights(weights: tuple[tuple[str, float], ...]) -> str:
    if len({round(weight, 6) for _, weight in weights}) == 1:
        return "alle gleich: " + "; ".join(title for title, _ in weights)
    return "; ".join(f"{title}: {number(weight, 2)}" for title, weight in weights)


def figure_words(objective: str, value: float) -> str:
    """The objective's figure in its own words."""
    if objective == "diverse":
        return f"{number(value)} verschiedene Ausprägungen"
    kind = {
        "max_min": "kleinster Abstand",
        "max_sum": "Summe der Abstände",
        "coverage": "größter Abstand zur nächsten gewählten Stadt",
        "median": "mittlerer Abstand zur nächsten gewählten Stadt",
    }[objective]
    return f"{kind} {number(value, 2)}"


def _proposal(record: Record, stage2: Stage2Record) -> tuple[Block, ...]:
    found = stage2.result
    if found is None:
        return (Note(f"Es gibt keinen Vorschlag. {stage2.problem}"),)
    best = found.optimum
    words = f"Vorschlag: {names_of(record, best.unit_ids)} ({figure_words(found.objective, best.value)})."
    if found.proven:
        proof = f"Nachgewiesenes Optimum: Keine zulässige Zusammenstellung ist besser. {found.method}"
        if found.ties is not None and found.ties > 1:
            proof += f" Gleich gut sind {number(found.ties)} Zusammenstellungen; entschieden hat die nächste Regel."
    else:
        proof = (
            f"Kein Optimum, sondern die beste gefundene Zusammenstellung; sie liegt höchstens "
            f"{number(100 * found.gap, 1)} % unter der bewiesenen Schranke. {found.method}"
        )
    blocks: list[Block] = [Text(words), Text(proof)]
    if stage2.greedy_gap is not None:
        gap = number(100 * stage2.greedy_gap, 1)
        how = "kommt auf dasselbe Ergebnis" if stage2.greedy_gap < 1e-9 else f"verfehlt dieses Ergebnis um {gap} %"
        blocks.append(Text(f"Das schnelle Verfahren (schrittweise mit Tausch) {how}."))
    blocks.append(_alternatives(record, found.sets, found.objective, len(stage2.near)))
    if stage2.costs:
        rows = tuple(
            (
                sentence,
                f"{number(100 * cost.loss, 1)} %",
                names_of(record, cost.without.unit_ids),
            )
            for sentence, cost in stage2.costs
        )
        blocks.append(
            Table(
                "Was jede Bedingung kostet",
                ("Bedingung", "weniger Kontrast", "ohne sie wären es"),
                rows,
                widths=(2.5, 1.2, 4),
                numeric=(1,),
                small=True,
            )
        )
    return tuple(blocks)


def _alternatives(record: Record, sets: tuple[RankedSet, ...], objective: str, near: int) -> Table:
    rows = tuple(
        (
            str(place),
            names_of(record, one.unit_ids),
            number(one.value, 0 if objective == "diverse" else 3),
            number(one.mean_distance, 3),
        )
        for place, one in enumerate(sets, 1)
    )
    remark = f" ({german.count(near, 'weitere ist', 'weitere sind')} höchstens 1 % schlechter)" if near else ""
    return Table(
        f"Die besten Zusammenstellungen{remark}",
        ("Rang", "Städte", "Zielwert", "mittlerer Abstand"),
        rows,
        widths=(0.6, 6, 1, 1.2),
        numeric=(2, 3),
        small=True,
    )


def _own(content: dict, record: Record, stage2: Stage2Record) -> tuple[Block, ...]:
    own = tuple(sorted(content.get("own_set") or ()))
    proposal = stage2.result.optimum.unit_ids if stage2.result else ()
    if not own:
        return (Text(UNDECIDED, muted=True),)
    blocks: list[Block] = [Text(f"Das Team hat gewählt: {names_of(record, own)}.")]
    placed = stage2.placement
    if placed is not None:
        how = (
            f"unter allen {number(placed.sets)} zulässigen Zusammenstellungen"
            if placed.counted
            else f"unter {number(placed.sets)} zufällig gezogenen (± {number(1.96 * placed.standard_error, 1)} Punkte)"
        )
        blocks.append(
            Text(
                f"Ihr Zielwert ({figure_words(stage2.settings.objective, placed.own.value)}) liegt auf dem "
                f"{number(placed.percentile, 1)}. Perzentil {how}."
                + ("" if placed.fulfils else " Die Auswahl erfüllt nicht alle Bedingungen.")
            )
        )
    if own == proposal:
        blocks.append(Text("Die Auswahl entspricht dem rechnerischen Vorschlag."))
    elif proposal:
        added = tuple(u for u in own if u not in proposal)
        dropped = tuple(u for u in proposal if u not in own)
        words = [
            *([f"hinzugenommen: {names_of(record, added)}"] if added else []),
            *([f"aus dem Vorschlag weggelassen: {names_of(record, dropped)}"] if dropped else []),
        ]
        blocks.append(Text("Abweichung vom Vorschlag – " + "; ".join(words) + "."))
        blocks += given(f"Grund der Abweichung: {content['departure_reason'].strip() or 'noch nicht angegeben'}")
    return tuple(blocks)
