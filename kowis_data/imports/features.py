"""Which indicator each feature of a file becomes: the curated ones by name, the others from the file's own words."""

from __future__ import annotations

import duckdb
import pandas as pd

from kowis_data import catalogue
from kowis_data.catalogue import imported
from kowis_data.database_rows import insert_row
from kowis_data.formats.reading import FormatError, Reading

_CONFIRMED = ("aggregation", "weight_indicator", "is_county_context", "decimals")


def targets(con: duckdb.DuckDBPyConnection, reading: Reading, format_id: str, source_id: str) -> pd.DataFrame:
    """`feature_target` of a reading: feature, indicator_id, factor, rank, aggregation, weight_indicator.

    Indicators that the database does not know yet are added to its catalogue.
    """
    curated = _by_feature()
    known = {row[0] for row in con.execute("SELECT indicator_id FROM indicator").fetchall()}
    position = con.execute("SELECT max(position) FROM indicator").fetchall()[0][0] + 1
    rows = []
    for feature in reading.features.to_dict("records"):
        indicator_id, facts, rank = curated.get(feature["feature"], (None, None, 0))
        if facts is None:
            facts = catalogue.INDICATOR_DEFAULTS | imported.automatic_indicator(
                feature, reading.source.title, format_id
            )
            # What the user said about a table of their own.
            facts |= {name: feature[name] for name in _CONFIRMED if name in feature}
            indicator_id = facts["indicator_id"]
            if indicator_id in known:
                _check_same_meaning(con, indicator_id, feature, reading.source.provenance)
        if indicator_id not in known:
            insert_row(
                con, "indicator", {"position": position, **facts, "indicator_id": indicator_id, "source_id": source_id}
            )
            known.add(indicator_id)
            position += 1
        rows.append(
            {
                "feature": feature["feature"],
                "indicator_id": indicator_id,
                "factor": float(facts["factor"]),
                "rank": rank,
                "aggregation": facts["aggregation"],
                "weight_indicator": facts["weight_indicator"],
            }
        )
    return pd.DataFrame(rows)


def _check_same_meaning(con: duckdb.DuckDBPyConnection, indicator_id: str, feature: dict, provenance: str) -> None:
    """A table of one's own may add to an indicator that an earlier one made, but not turn it into something else."""
    if "aggregation" not in feature:
        return
    title, unit_label, before = con.execute(
        "SELECT i.title, i.unit_label, s.provenance FROM indicator i JOIN source s USING (source_id) "
        "WHERE indicator_id = ?",
        [indicator_id],
    ).fetchall()[0]
    if (unit_label, before) != (feature["unit_label"], provenance):
        raise FormatError(
            f"Das Merkmal „{title}“ gibt es schon, aber mit anderer Einheit oder Herkunft.",
            where="Zuordnung",
            expected=f"Einheit „{unit_label}“ und Herkunft „{before}“ wie beim ersten Mal",
            advice="Dem neuen Merkmal einen anderen Titel geben.",
        )


def _by_feature() -> dict[str, tuple[str, dict, int]]:
    """Feature code → (indicator id, its facts, rank among the features of that indicator)."""
    found: dict[str, tuple[str, dict, int]] = {}
    for indicator_id, facts in (imported.indicators() | catalogue.indicators()).items():
        for rank, feature in enumerate(facts["features"]):
            found[feature] = (indicator_id, facts, rank)
    return found
