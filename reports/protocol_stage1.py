"""Stage 1 in the protocol: criteria with reasons and bounds, rule, checks, funnel, what remains."""

from __future__ import annotations

from queries.record import Record, Stage1Record
from queries.stage1.settings import OUTLIER_DECISIONS, Stage1Settings
from reports.document import Block, Bullets, Note, Section, Table, Text
from reports.german_words import MISSING, basis, number, plain, titled, town
from ui import german

# More groups than this would not fit side by side on a page.
_GROUPS_SIDE_BY_SIDE = 4


def sections(settings: Stage1Settings, record: Record) -> list[Section]:
    """All sections on stage 1; where it cannot be carried out with today's data, the reason stands there."""
    head = Section("Stufe 1 · Kontrastierung")
    stage1 = record.stage1
    if stage1 is None:
        words = f"Mit den heutigen Daten lässt sich Stufe 1 nicht rechnen. {record.problem}"
        reasons = tuple(f"{c.indicator_id} ({c.period}): {c.reason or 'ohne Grund'}" for c in settings.criteria)
        return [Section(head.title, (Note(words), *((Bullets(reasons),) if reasons else ())))]
    return [
        head,
        Section("Kriterien", _criteria(settings, stage1), 2),
        Section("Regel", _rule(settings, record, stage1), 2),
        Section("Prüfungen", _checks(settings, record, stage1), 2),
        Section("Trichter", (_funnel(stage1),), 2),
        Section("Verbliebene Städte", _remaining(record, stage1), 2),
        Section("Grenzen der mittleren Wertebereiche", _bounds(stage1), 2),
    ]


def _criteria(settings: Stage1Settings, stage1: Stage1Record) -> tuple[Block, ...]:
    rows, details = [], []
    for place, c in enumerate(settings.criteria, 1):
        facts = stage1.criteria.loc[c.key]
        extra = [
            *(["Muss-Kriterium"] if c.is_required else []),
            *([f"Gewicht {number(c.weight, 2)}"] if settings.logic == "weighted" else []),
            *(["Wert des Kreises, nicht der Stadt"] if facts["is_county"] else []),
        ]
        sentence = facts["sentence"] + (f" ({', '.join(extra)})" if extra else "")
        rows.append((str(place), sentence, c.reason.strip() or "noch kein Grund angegeben"))
        provenance = ", ".join(german.PROVENANCE_WORDS[p] for p in facts["provenances"]) or MISSING
        date = " · ".join(part for part in (facts["reference_date"], basis(facts["basis"])) if part) or MISSING
        details.append(
            (
                str(place),
                facts["title"],
                "; ".join(facts["sources"]) or MISSING,
                date,
                provenance,
                number(facts["outside"]),
                number(facts["missing"]),
            )
        )
    synthetic = any("synthetisch" in found for found in stage1.criteria["provenances"])
    mark = " – enthält Modelldaten (synthetisch)" if synthetic else ""
    return (
        Table(
            "Kriterien, ihr mittlerer Wertebereich und der Grund",
            ("Nr.", "Als Kontrast zählt", "Grund"),
            tuple(rows),
            widths=(0.5, 4, 4),
        ),
        Table(
            f"Herkunft der Werte und Wirkung der Kriterien{mark}",
            ("Nr.", "Merkmal", "Quelle", "Stand", "Herkunft", "Städte außerhalb", "ohne Wert"),
            tuple(details),
            widths=(0.5, 2.4, 3.2, 1.7, 1.6, 1.1, 0.9),
            numeric=(5, 6),
            small=True,
        ),
    )


def _rule(settings: Stage1Settings, record: Record, stage1: Stage1Record) -> tuple[Block, ...]:
    blocks: list[Block] = [Text(stage1.rule)]
    if record.cluster_source is not None:
        source = record.cluster_source
        synthetic = source.is_synthetic
        words = (
            f"Die Cluster sind eine eigene Rekonstruktion (Modell „{settings.cluster_model}“) aus: {source.title} "
            f"({german.PROVENANCE_WORDS[source.provenance]}, Stand {source.reference_date or MISSING})."
        )
        if synthetic:
            words += " Damit hängt die ganze Auswahl an Modelldaten: Sie zeigt das Verfahren, nicht wirkliche Städte."
        blocks.append(Note(words) if synthetic else Text(words))
    if settings.surroundings_km is not None:
        blocks.append(
            Text(
                f"Das Umland der Großstädte (bis {number(settings.surroundings_km, 1)} km) bleibt außen vor. Grund: "
                f"{settings.surroundings_reason.strip() or 'noch nicht angegeben'}."
            )
        )
    if settings.county_reason.strip():
        blocks.append(
            Note(
                "Kreiswerte sind als Kriterien zugelassen, obwohl sie Kreise auswählen und nicht Städte. Grund des "
                f"Teams: {settings.county_reason.strip()}"
            )
        )
    if settings.excluded:
        rows = tuple((town(record, u), str(reason).strip() or "ohne Grund") for u, reason in settings.excluded)
        blocks.append(Table("Von Hand ausgeschlossen", ("Stadt", "Grund"), rows, widths=(2, 5)))
    return tuple(blocks)


def _checks(settings: Stage1Settings, record: Record, stage1: Stage1Record) -> tuple[Block, ...]:
    titles = stage1.criteria["title"]
    blocks: list[Block] = []
    pairs = [
        f"{titles.get(a, a)} und {titles.get(b, b)}: r = {number(r, 2, signed=True)}" for a, b, r in stage1.correlated
    ]
    if pairs:
        counted = "zählen gemeinsam nur einmal" if settings.correlated_once else "zählen einzeln (vom Team so gewollt)"
        blocks += [Text(f"Zusammenhang der Kriterien: Paare mit |r| über 0,7 {counted}."), Bullets(tuple(pairs))]
    else:
        blocks.append(Text("Zusammenhang der Kriterien: Kein Paar hängt mit |r| über 0,7 zusammen (Pearson)."))
    gaps = stage1.lost.get("gaps", ())
    words = f"Fehlende Werte: {german.count(len(gaps), 'Stadt fällt', 'Städte fallen')} wegen zu vieler Lücken weg"
    shown = ", ".join(town(record, unit_id) for unit_id in gaps[:60])
    more = f" und {number(len(gaps) - 60)} weitere" if len(gaps) > 60 else ""
    blocks.append(Text(f"{words}: {shown}{more}." if gaps else f"{words}."))
    decisions = {(d.unit_id, d.key): d for d in settings.outliers}
    rows = []
    for row in stage1.suspicious.itertuples():
        decision = decisions.pop((row.unit_id, row.key), None)
        facts = stage1.criteria.loc[row.key]
        said = (
            f"{OUTLIER_DECISIONS.get(decision.decision, decision.decision)}: {decision.reason.strip() or 'ohne Grund'}"
            if decision
            else "noch nicht entschieden"
        )
        value = german.with_unit(row.value, facts["unit_label"], int(facts["decimals"]))
        rows.append((town(record, row.unit_id), f"{facts['title']}: {value}", row.reason, said))
    for (unit_id, key), decision in sorted(decisions.items()):
        said = (
            f"{OUTLIER_DECISIONS.get(decision.decision, decision.decision)}: {decision.reason.strip() or 'ohne Grund'}"
        )
        rows.append((town(record, unit_id), str(titles.get(key, key)), "früher auffällig oder nicht mehr dabei", said))
    if rows:
        blocks.append(
            Table(
                "Ausreißerprüfung unter den verbliebenen Städten",
                ("Stadt", "Wert", "Auffällig, weil", "Entscheidung und Grund"),
                tuple(rows),
                widths=(1.7, 2.5, 2.6, 2.6),
                small=True,
            )
        )
    else:
        blocks.append(Text("Ausreißerprüfung: Unter den verbliebenen Städten fällt kein Wert auf."))
    return tuple(blocks)


def _funnel(stage1: Stage1Record) -> Table:
    rows = tuple((step, number(left), number(lost) if lost else "–") for step, left, lost in stage1.funnel)
    return Table(
        "Wie viele Städte nach jedem Schritt bleiben",
        ("Schritt", "bleiben", "fallen weg"),
        rows,
        widths=(6, 1, 1),
        numeric=(1, 2),
    )


def pattern_words(record: Record, unit_id: str) -> tuple[str, str]:
    """Numbers of the criteria on which a remaining town is high, and of those on which it is low."""
    stage1 = record.stage1
    if stage1 is None or unit_id not in stage1.pattern.index:
        return MISSING, MISSING
    signs = list(stage1.pattern.loc[unit_id])
    high, low = (", ".join(str(i) for i, s in enumerate(signs, 1) if s == sign) for sign in (1, -1))
    return high or "–", low or "–"


def _remaining(record: Record, stage1: Stage1Record) -> tuple[Block, ...]:
    if not stage1.remaining:
        return (Note("Nach Stufe 1 bleibt keine Stadt. Die Kriterien müssten gelockert werden."),)
    rows = []
    for unit_id in sorted(stage1.remaining, key=lambda u: (record.towns.loc[u, "cluster"] or 0, town(record, u))):
        row = record.towns.loc[unit_id]
        cluster = MISSING if row["cluster"] is None else str(row["cluster"])
        place = f"{row['county_name']}, {row['state_name']}"
        rows.append((row["name"], place, number(row["population"]), cluster, *pattern_words(record, unit_id)))
    table = Table(
        f"{german.count(len(rows), 'verbliebene Stadt', 'verbliebene Städte')} mit ihrem Muster",
        ("Stadt (Leitgemeinde)", "Kreis, Land", "Personen", "Cluster", "hoch bei Nr.", "niedrig bei Nr."),
        tuple(rows),
        widths=(2.4, 3, 1, 0.9, 1.8, 1.8),
        numeric=(2,),
        small=True,
    )
    return (
        table if record.cluster_source is not None else table.without_column("Cluster"),
        Text(
            f"Personen: Bevölkerung der Einheitsgemeinde oder des Verbands am {record.population_date}. Die Nummern "
            "sind die der Kriterientabelle.",
            muted=True,
        ),
    )


def _bounds(stage1: Stage1Record) -> tuple[Block, ...]:
    """Bounds per criterion, side by side where there are few groups, else one row per group."""
    if stage1.bounds.empty:
        return (Text("Kein Kriterium hat einen Wertebereich; es zählen Ausprägungen."),)
    groups = sorted(stage1.bounds["group"].unique())
    cells = {(row.key, row.group): _range(stage1, row) for row in stage1.bounds.itertuples()}
    caption = "Mittlerer Wertebereich: Außerhalb liegt, wer darunter oder darüber liegt"
    names = {
        key: titled(*stage1.criteria.loc[key, ["title", "unit_label"]]) for key in dict.fromkeys(stage1.bounds["key"])
    }
    if len(groups) > _GROUPS_SIDE_BY_SIDE:
        rows = tuple((names[key], group, cell) for (key, group), cell in cells.items())
        return (Table(caption, ("Merkmal", "bezogen auf", "Bereich"), rows, widths=(4, 2.5, 2.5), small=True),)
    rows = tuple((title, *(cells.get((key, group), "–") for group in groups)) for key, title in names.items())
    widths = (3, *(1.6 for _ in groups))
    return (Table(caption, ("Merkmal", *groups), rows, widths=widths, small=True),)


def _range(stage1: Stage1Record, row) -> str:
    decimals = int(stage1.criteria.loc[row.key, "decimals"])
    low, high = plain(row.low, decimals), plain(row.high, decimals)
    if low == "–":
        return f"bis {high}"
    return f"ab {low}" if high == "–" else f"{low} bis {high}"
