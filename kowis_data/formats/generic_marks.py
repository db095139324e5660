"""Which signs a table uses for decimals and thousands, found by its cells."""

from __future__ import annotations

import pandas as pd

from kowis_data.formats.cells import texts
from kowis_data.formats.generic_cells import EMPTY_WORDS
from kowis_data.formats.reading import MARKS

_NUMBER_LIKE = r"[-+−]?[0-9][0-9.,' \u00a0\u202f]*(?:[eE][-+]?[0-9]+)?[ \u00a0]?[%€]?"
# Shapes that only one meaning of a sign allows: "12,5" or "1.234,5" need a decimal comma, "12.5" a point.
_EVIDENCE = {
    ",": r"[-+−]?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{4,},[0-9]+|[0-9.' \u00a0\u202f]*\.[0-9]{3},[0-9]+"
    r"|[0-9]{1,3}(?:[' \u00a0\u202f][0-9]{3})+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3}){2,})[ \u00a0]?[%€]?",
    ".": r"[-+−]?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|0\.[0-9]+|[0-9]{4,}\.[0-9]+|[0-9,' \u00a0\u202f]*,[0-9]{3}\.[0-9]+"
    r"|[0-9]{1,3}(?:[' \u00a0\u202f][0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,})[ \u00a0]?[%€]?",
}
_DOUBTFUL = {".": r"[-+−]?[1-9][0-9]{0,2}\.[0-9]{3}", ",": r"[-+−]?[1-9][0-9]{0,2},[0-9]{3}"}
_GROUPED = {" ": "[0-9][ \u00a0\u202f][0-9]{3}", "'": "[0-9]'[0-9]{3}"}


def number_share(column: pd.Series) -> float:
    """Part of the filled cells that are numbers or marks of official statistics; 0 where there is no number."""
    text = texts(column).astype("str")
    filled = text[text.notna() & ~text.str.lower().isin(EMPTY_WORDS)]
    is_number = filled.str.fullmatch(_NUMBER_LIKE).fillna(False).astype(bool)
    if not is_number.any():
        return 0.0
    return float((is_number | filled.isin(list(MARKS))).mean())


def find_marks(columns: pd.DataFrame, delimiter: str) -> tuple[str, str, list[str]]:
    """Decimal mark, thousands mark, and German hints where the cells leave a doubt.

    Parameters
    ----------
    columns : cells of the columns with values; typed numbers do not count.
    delimiter : of the file: with commas between cells a comma in a number is likelier to group thousands.
    """
    is_text = columns.map(lambda cell: isinstance(cell, str))
    text = pd.Series(columns.where(is_text, None).to_numpy().ravel(), dtype="str").dropna().str.strip()
    counts = {mark: int(text.str.fullmatch(pattern).sum()) for mark, pattern in _EVIDENCE.items()}
    doubtful = {mark: text[text.str.fullmatch(pattern).astype(bool)] for mark, pattern in _DOUBTFUL.items()}
    hints = []
    if counts[","] and counts["."]:
        decimal = max(counts, key=counts.get)
        hints.append(
            "Dezimalzeichen uneinheitlich: "
            f"{counts[',']} Zellen mit Komma, {counts['.']} mit Punkt. Zellen, die nicht passen, werden abgewiesen."
        )
    elif counts["."]:
        decimal = "."
    elif counts[","]:
        decimal = ","
    else:
        decimal = "." if delimiter == "," else ","
        for mark, cells in doubtful.items():
            if len(cells):
                meaning = (
                    cells.iloc[0].replace(mark, "") if mark != decimal else cells.iloc[0].replace(mark, ",")
                )
                hints.append(f"Bitte prüfen: „{cells.iloc[0]}“ wird als {meaning} gelesen.")
    thousands = next((mark for mark, pattern in _GROUPED.items() if text.str.contains(pattern).any()), "")
    return decimal, thousands or ("," if decimal == "." else "."), hints
