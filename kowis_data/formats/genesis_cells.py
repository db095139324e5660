"""Cells of GENESIS files: numbers and marks, values given twice, refused rows."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from kowis_data.formats.genesis_keys import FACTS
from kowis_data.formats.reading import MARKS, FormatError
from kowis_data.formats.text_files import decode

EXCERPT_LENGTH = 120
# What counts where a region stands twice: a number before a mark, "nothing there" last.
_RANK = {None: 0, "geheim": 1, "unsicher": 2, "nicht_sinnvoll": 3, "noch_nicht": 4, "nichts_vorhanden": 5}


def head_text(head: bytes) -> str:
    """The beginning of a file as text with plain line ends, "" for binary files (of another format)."""
    if not head or (b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        return ""
    return decode(head)[0].replace("\r\n", "\n").replace("\r", "\n")


def check_text(text: str) -> str:
    """`text` with plain line ends; raises FormatError where characters were damaged before."""
    text = text.replace("\0", "\ufffd")
    if "\ufffd" in text:
        raise FormatError(
            "Die Datei enthält Zeichen, die sich nicht lesen lassen.",
            where=f"Zeile {text.count(chr(10), 0, text.index(chr(0xFFFD))) + 1}",
            expected="Text in UTF-8 oder Latin-1",
            advice="Laden Sie die Datei neu herunter, ohne sie in einem anderen Programm zu speichern.",
        )
    if found := re.search("Ã[¤¶¼„–œŸ]", text):
        raise FormatError(
            "Die Umlaute der Datei sind doppelt kodiert.",
            where=f"Zeile {text.count(chr(10), 0, found.start()) + 1}",
            expected="Text in UTF-8 oder Latin-1",
            advice="Laden Sie die Datei neu herunter, ohne sie in einem anderen Programm zu speichern.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_cells(cells: Iterable[str], decimal: str = ",") -> pd.DataFrame:
    """Distinct cells read as numbers and marks.

    Parameters
    ----------
    cells : distinct cells as text.
    decimal : the decimal mark of the file; groups of thousands do not occur in GENESIS files.

    Returns
    -------
    DataFrame in the order of `cells`: `value` (float or NaN), `value_status` (None for a plain value) and
    `reason` (German, None where the cell is good).
    """
    text = pd.Series(list(cells), dtype=object).fillna("").astype(str).str.strip()
    number = rf"-?\d+(?:{re.escape(decimal)}\d+)?"
    parts = text.str.extract(
        rf"^(?:(?P<plain>{number})|\((?P<bracket>{number})\)|(?P<noted>{number}) ?(?P<note>[a-z])\)?)$"
    )
    digits = parts["plain"].fillna(parts["bracket"]).fillna(parts["noted"])
    value = pd.to_numeric(digits.str.replace(decimal, ".", regex=False), errors="coerce").astype(float)
    status = text.map(MARKS).astype(object)
    uncertain = parts["bracket"].notna() | (parts["note"].notna() & ~parts["note"].isin(FACTS["quality_plain"]))
    status[uncertain] = "unsicher"
    huge = digits.str.replace(r"[-.,]|[.,]\d+$", "", regex=True).str.len() > 15
    value[huge] = float("nan")
    bad = (value.isna() & status.isna()) | huge.fillna(False).astype(bool)
    reason = pd.Series([None] * len(text), dtype=object)
    reason[bad] = [_why_bad(cell, decimal) for cell in text[bad]]
    return pd.DataFrame({"value": value, "value_status": status.where(status.notna(), None), "reason": reason})


def _why_bad(cell: str, decimal: str) -> str:
    if cell == "":
        return "Die Zelle ist leer"
    shown = f"„{cell[:40]}“"
    if cell.startswith(("=", "+", "@")):
        return f"{shown} ist eine Formel, keine Zahl"
    if re.fullmatch(r"\(?-?\d{16,}.*", cell):
        return f"{shown} ist unglaubhaft groß"
    if re.fullmatch(r"-?\d+([.,]\d+)?E[+-]?\d+", cell, re.IGNORECASE):
        return f"{shown} wurde von einem Tabellenprogramm gekürzt"
    if re.fullmatch(r"-?[\d.,]+", cell):
        return f"{shown} hat ein falsches Dezimal- oder Tausenderzeichen (Dezimalzeichen ist „{decimal}“)"
    return f"{shown} ist weder eine Zahl noch ein Zeichen der amtlichen Statistik (- . x / ...)"


def settle_duplicates(values: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Values given more than once for the same feature, region and period, brought to one each.

    GENESIS lists a municipality under its former and its present association, with "-" where it does not
    belong (any more): numbers come before marks, "geheim" before "nichts vorhanden". Where two numbers differ
    none is right for certain, and all are refused.

    Returns
    -------
    the values kept; the refused lines (`line`, `reason`, `excerpt`); how many values were merged away.
    """
    identity = ["feature", "level", "region_id", "period"]
    group = values.groupby(identity, sort=False, dropna=False).ngroup()
    differs = values["value"].groupby(group).transform("nunique") > 1
    refused = values[differs]
    refused = pd.DataFrame(
        {
            "line": refused["line"],
            "reason": "Für dieselbe Region und denselben Zeitraum stehen verschiedene Zahlen in der Datei; "
            "keine wird verwendet",
            "excerpt": (
                refused["region_id"].astype(str)
                + " "
                + refused["period"].astype(str)
                + " "
                + refused["feature"].astype(str)
                + ": "
                + refused["value"].astype(str)
            ).str[:EXCERPT_LENGTH],
        }
    )
    order = values["value_status"].astype(object).where(values["value_status"].notna(), None).map(_RANK)
    order = order.where(values["value"].isna(), order.where(values["value_status"].isna(), 0.5))
    good = values.assign(_order=order.astype(float), _group=group)[~differs]
    kept = good.sort_values(["_order", "line"], kind="stable").drop_duplicates("_group").sort_index()
    return kept.drop(columns=["_order", "_group"]), refused, len(good) - len(kept)


def merge_refused(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Refused rows of all kinds, one per line and reason, in the order of the file."""
    columns = ["line", "reason", "excerpt"]
    filled = [part[columns] for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    merged = pd.concat(filled, ignore_index=True).drop_duplicates(["line", "reason"])
    return merged.sort_values("line", kind="stable", ignore_index=True)


def text_column(words: Iterable[str | None], codes: np.ndarray) -> pd.Series:
    """A column of repeated words, `words[codes]`; quick for millions of rows."""
    return pd.Series(pd.array(list(words), dtype="str").take(codes))
