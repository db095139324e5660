"""German numbers and the error of the cluster models; nothing here computes anything."""

from __future__ import annotations


class ClusteringError(ValueError):
    """No model can be made of these data or settings; the message is German and says what to do."""


def number(value: float, decimals: int = 1) -> str:
    """A number in German notation: 1.234,5."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))


def listed(words: list[str]) -> str:
    """„a, b und c“."""
    return " und ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
