"""Reproduktion der Studie: documented assumptions lead to 16 and to 4; where the four published towns stand."""

from __future__ import annotations

import streamlit as st

from queries import indicators, reproduction
from queries.stage1.values import NotPossible
from ui import address, german, navigation, provenance, reproduction_view
from ui.atlas import ask
from ui.door import only_official

navigation.enter()

st.title("Reproduktion der Studie")
st.markdown(
    "Die KOWIS-Studie kam in zwei Stufen von allen Kleinstädten zu 16 und dann zu **vier Fallstudien**: Vlotho, "
    "Oberharz am Brocken, Perl und Bad Schussenried. Diese Seite geht denselben Weg mit offengelegten Annahmen und "
    "berichtet, wo die vier dabei stehen – ob es passt oder nicht."
)
st.info(
    "Eigene Rekonstruktion: Kriterien und Grenzen der Studie sind nicht veröffentlicht. Die Annahmen hier stehen fest "
    "und werden nicht so lange verstellt, bis die vier herauskommen.",
    icon=":material/info:",
)

within = address.select(
    "Mit wem wird verglichen?", reproduction.WITHIN, key="vergleich", default="cluster", placeholder="Vergleich wählen"
)
try:
    with st.spinner("Beide Stufen werden gerechnet …"):
        found = ask(reproduction.reproduction, only_official=only_official(), within=within)
except NotPossible as error:
    st.warning(f"{error.text} {error.way_on}", icon=":material/warning:")
    navigation.way_on("daten", "Zu Daten und Quellen")
    st.stop()

catalogue = ask(indicators.indicators)
provenances = {catalogue[key].provenance for key in found.criteria["key"] if key in catalogue}
of_clusters = found.cluster_source is not None
if found.within != within:
    st.warning(
        "Ohne Modelldaten gibt es hier noch keine Cluster; verglichen wird deshalb über alle Kleinstädte. Cluster aus "
        "echten Daten entstehen, sobald ein Unternehmensregister eingelesen ist.",
        icon=":material/filter_alt_off:",
    )
if "synthetisch" in provenances or (found.cluster_source is not None and found.cluster_source.is_synthetic):
    st.warning(
        "Enthält Modelldaten (synthetisch): Das Modellregister wurde den vier Fallstudien nachgebildet. Dass sie hier "
        "in ihren veröffentlichten Clustern liegen, folgt daraus und bestätigt nichts. Erst mit einem echten "
        "Unternehmensregister sagt diese Seite etwas über die Wirtschaftsstruktur.",
        icon=":material/science:",
    )

# ---- the result
st.subheader("Wo stehen die vier?")
known = len(found.towns)
first, second, third = st.columns(3)
first.metric("der vier unter den 16", f"{found.found} von {known}", border=True)
second.metric("der vier im Vorschlag", f"{int(found.towns['in_proposal'].sum())} von {known}", border=True)
placed = found.placements.get("max_min")
third.metric(
    "Kontrast-Perzentil der Gruppe",
    german.number(placed.percentile, 0) if placed else german.MISSING,
    border=True,
    help="Anteil der Vierergruppen, deren kleinster Abstand geringer ist als der in der Gruppe der Studie.",
)
st.html(reproduction_view.towns_table(found))
st.caption(
    "Gemessen wird die Einheitsgemeinde oder der ganze Verband; die Studie nennt Gemeinden. „Nötig wären“: Kriterien "
    f"der letzten Stadt, die es unter die 16 schafft. {provenance.NO_RANKING}"
)

if found.placements:
    st.markdown("**Wie gegensätzlich ist die Gruppe der Studie als Ganzes?**")
    for objective, one in found.placements.items():
        st.markdown(f"- {reproduction_view.placement_sentence(objective, one, of_clusters)}")
    st.caption(
        "Abstand über alle Kriterien zugleich, in Standardabweichungen; fehlende Werte zählen als Durchschnitt. Die "
        "Ziehung ist mit fester Startzahl wiederholbar."
    )

st.markdown(f"**{provenance.chart_title('Bei welchen Kriterien liegen sie außerhalb?', provenances)}**")
st.html(reproduction_view.signs_table(found, catalogue))
if any(key.startswith("commuter") for key in found.criteria["key"]):
    st.caption(
        "Perl, Grenzlage: Auspendler ins Ausland nicht erfasst. Nach der Studie pendelt etwa die Hälfte aus; der "
        "amtliche Saldo zeigt davon nur die Wege innerhalb Deutschlands."
    )

# ---- the way there
st.subheader("Der Weg: Annahmen, 16, 4")
left, right = st.columns(2, gap="large")
with left:
    st.markdown(
        "**Aus der Studie übernommen**\n\n"
        "- zwei Stufen: erst der mittlere Wertebereich, dann der Vergleich der Dossiers\n"
        "- 16 Städte nach Stufe 1, vier am Ende, eine je Cluster\n"
        "- Wirtschaft, Sozialraum, Sozioökonomie und Lage als Bereiche"
    )
with right:
    st.markdown(
        "**Von uns angenommen**\n\n"
        "- die einzelnen Kriterien und die mittleren 50 % als mittlerer Wertebereich\n"
        "- vier Städte je Cluster (4 × 4 = 16) und alle Kriterien mit gleichem Gewicht\n"
        "- in Stufe 2 der größte kleinste Abstand, ohne Rücksicht auf Bereitschaft zur Teilnahme"
    )
st.markdown(f"**Stufe 1.** {found.rule}")
st.html(reproduction_view.funnel_table(found))
if found.proposal is not None:
    four = ", ".join(found.names[unit_id] for unit_id in found.proposal.unit_ids)
    st.markdown(f"**Stufe 2.** Unter diesen Annahmen wären die vier gegensätzlichsten: {four}.")
else:
    st.warning(found.problem)
with st.expander(f"Die {german.number(len(found.remaining))} Städte nach Stufe 1"):
    st.markdown(", ".join(found.names[unit_id] for unit_id in found.remaining))
with st.expander("Die Kriterien und was auf diesen Daten für sie steht", expanded=bool(found.absent)):
    st.html(reproduction_view.criteria_table(found))
    used = sorted({provenance.source_line(catalogue[key]) for key in found.criteria["key"] if key in catalogue})
    st.caption("Quellen: " + "; ".join(line.removeprefix("Quelle: ") for line in used) + ".")

# ---- what cannot be known
st.subheader("Was die Studie nicht veröffentlicht")
st.markdown(
    "- welche Kriterien Stufe 1 verwendet und wo der mittlere Wertebereich beginnt und endet\n"
    "- die Namen der übrigen zwölf Städte nach Stufe 1\n"
    "- zu welchem Cluster die übrigen Kleinstädte gehören\n"
    "- wie die vier im Gespräch mit dem Auftraggeber gefunden wurden und wer absagte\n\n"
    "Deshalb kann keine Rechnung die Auswahl bestätigen oder widerlegen. Ein niedriges Perzentil heißt nicht, dass die "
    "Auswahl schlecht war: Bereitschaft, Erreichbarkeit und Gespräche stehen in keiner Statistik. Eine Kontrastauswahl "
    "erlaubt keine Häufigkeitsaussagen."
)
navigation.way_on("fallstudienauswahl", "Eine eigene Auswahl beginnen")
