"""Rows of a file that are not used, each with the first reason found."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from kowis_data.formats.cells import excerpts
from kowis_data.formats.reading import REFUSED_COLUMNS


def refused_table(lines: Iterable[int], reasons: Iterable[str], found: Iterable[str]) -> pd.DataFrame:
    """`Reading.refused` of these columns, with their types also where there is no row."""
    columns = dict(zip(REFUSED_COLUMNS, (list(lines), list(reasons), list(found)), strict=True))
    return pd.DataFrame(columns).astype({"line": "int64", "reason": "str", "excerpt": "str"})


class Refusals:
    """Rows that are not used: the first reason for each row counts."""

    def __init__(self, rows: pd.DataFrame):
        self._reason = pd.Series(None, index=rows.index, dtype=object)
        self._rows = rows

    def mark(self, bad: pd.Series, reason: str) -> None:
        """Refuse the rows of a mask (index = row number) for a German reason."""
        bad = bad.reindex(self._reason.index, fill_value=False)
        self._reason = self._reason.mask(bad & self._reason.isna(), reason)

    @property
    def mask(self) -> pd.Series:
        return self._reason.notna()

    def table(self) -> pd.DataFrame:
        """Columns line, reason, excerpt, in the order of the file."""
        reason = self._reason[self.mask]
        return refused_table(reason.index, reason, excerpts(self._rows.loc[reason.index]))

    def mark_duplicates(self, key: list[str]) -> None:
        """Of rows with the same key keep the first where all agree, none where they contradict each other."""
        rows = self._rows[~self.mask]
        twice = rows[rows.duplicated(key, keep=False)]
        if twice.empty:
            return
        group = twice.groupby(key, dropna=False).ngroup()
        different = group[twice.drop_duplicates().index]
        contradictory = different[different.duplicated(keep=False)]
        self.mark(group.isin(contradictory), "Derselbe Schlüssel steht mehrfach mit verschiedenen Angaben")
        self.mark(twice.duplicated(), "Wiederholung einer früheren Zeile")
