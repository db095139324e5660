"""What an import says about each file: what was read, used, refused, carried, and what looks odd."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import pandas as pd


@dataclass
class FileReport:
    """Quality report of one file.

    Attributes
    ----------
    name, title, version : the file and what it was recognised as; `error` says why it was not imported.
    rows_read, values_used, values_missing : rows of the file, numbers taken over, marks kept with their kind.
    refused : rows not used, as (line, reason, excerpt), the first hundred; `refused_count` counts all,
        `refused_reasons` by reason, the most frequent first (what stands in „…“ left out).
    other_levels : number of values at levels the atlas does not keep, by name.
    carried : number of former regions brought to today's, by method; `not_carried` lists the others.
    duplicates, contradictions : repeated keys in the file, and examples where the repeats differ.
    coverage : (indicator title, periods, small towns with a value in the newest period).
    implausible : flagged values as (indicator, region, period, value, why).
    differences : (indicator, values compared, values that differ by more than 1 %, example).
    unchanged : the very same file was imported before.
    companies : of a company register: `used`, `employees`, `employees_estimated`, `units`.
    """

    name: str
    title: str = ""
    version: str = ""
    error: str = ""
    unchanged: bool = False
    rows_read: int = 0
    values_used: int = 0
    values_missing: int = 0
    refused_count: int = 0
    refused: list[tuple] = field(default_factory=list)
    refused_reasons: dict[str, int] = field(default_factory=dict)
    other_levels: dict[str, int] = field(default_factory=dict)
    carried: dict[str, int] = field(default_factory=dict)
    not_carried: list[tuple] = field(default_factory=list)
    not_carried_values: int = 0
    duplicates: int = 0
    contradictions: list[tuple] = field(default_factory=list)
    coverage: list[tuple] = field(default_factory=list)
    implausible_count: int = 0
    implausible: list[tuple] = field(default_factory=list)
    differences: list[tuple] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    companies: dict[str, object] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether everything the file announces is in the database: no row had to be refused."""
        return not self.error and not self.refused_count

    def clear(self, error: str) -> None:
        """Nothing of the file was taken over, whatever the report said so far."""
        kept = FileReport(self.name, self.title, self.version, error)
        self.__dict__.update(kept.__dict__)

    def as_kept(self) -> dict:
        """Plain dict for the database; what stood in refused rows of a company register stays out of it."""
        kept = asdict(self)
        if self.companies:
            kept["refused"] = [(line, reason, "") for line, reason, _ in self.refused]
        return kept


@dataclass
class ImportReport:
    """Reports of all files of one import, in the order given."""

    files: list[FileReport] = field(default_factory=list)
    database_changed: bool = False

    @property
    def is_complete(self) -> bool:
        return bool(self.files) and all(file.is_complete for file in self.files)

    def as_dict(self) -> dict:
        """Plain dict for JSON."""
        return {"complete": self.is_complete, "database_changed": self.database_changed} | {
            "files": [asdict(file) for file in self.files]
        }


def refused_reasons(refused: pd.DataFrame) -> dict[str, int]:
    """How many rows were refused for each reason; what stands in quotation marks differs from row to row."""
    reasons = refused["reason"].astype("str").str.replace("„[^“]*“", "„…“", regex=True)
    return {reason: int(count) for reason, count in reasons.value_counts().head(20).items()}


def as_text(report: ImportReport) -> str:
    """The report as lines for the command line."""
    return "\n\n".join("\n".join(file_lines(file)) for file in report.files)


def file_lines(file: FileReport) -> list[str]:
    """German lines on one file."""
    lines = [f"{file.name}" + (f" – {file.title} [{file.version}]" if file.title else "")]
    if file.error:
        return [*lines, f"  nicht eingelesen: {file.error}"]
    if file.unchanged:
        return [*lines, "  schon vorhanden: Genau diese Datei wurde bereits eingelesen; nichts geändert."]
    lines.append(_company_line(file) if file.companies else _value_line(file))
    lines += [f"  abgelehnt: {_n(count)} × {reason}" for reason, count in list(file.refused_reasons.items())[:6]]
    lines += [f"  abgelehnt, Zeile {line}: {reason} {excerpt}".rstrip() for line, reason, excerpt in file.refused[:5]]
    if file.other_levels:
        levels = ", ".join(f"{name} {_n(count)}" for name, count in file.other_levels.items())
        lines.append(f"  andere Ebenen, nur gezählt: {levels}")
    if file.carried:
        lines.append(
            "  auf den heutigen Gebietsstand gebracht: "
            + ", ".join(f"{_n(count)} {method}" for method, count in file.carried.items())
        )
    if file.not_carried:
        names = "; ".join(f"{key} {name or ''}".strip() for _, key, name in file.not_carried[:8])
        lines.append(
            f"  nicht übertragbar: {_n(len(file.not_carried))} Gebiete mit {_n(file.not_carried_values)} Werten: "
            + names
            + (" …" if len(file.not_carried) > 8 else "")
        )
    if file.duplicates:
        lines.append(f"  doppelt in der Datei: {_n(file.duplicates)}")
    lines += [f"  Widerspruch in der Datei: {' · '.join(map(str, row))}" for row in file.contradictions[:3]]
    for title, periods, towns in file.coverage[:12]:
        lines.append(f"  {title}: {periods}, {_n(towns)} Kleinstädte")
    if len(file.coverage) > 12:
        lines.append(f"  … und {_n(len(file.coverage) - 12)} weitere Merkmale")
    if file.implausible_count:
        lines.append(f"  auffällige Werte, behalten und gekennzeichnet: {_n(file.implausible_count)}")
        lines += [f"    {' · '.join(map(str, row))}" for row in file.implausible[:3]]
    for title, compared, different, example in file.differences[:5]:
        lines.append(
            f"  gegenüber vorhandenen Werten ({title}): {_n(different)} von {_n(compared)} anders, z. B. {example}"
        )
    lines += [f"  {note}" for note in file.notes[:12]]
    return lines


def _value_line(file: FileReport) -> str:
    return (
        f"  {_n(file.rows_read)} Zeilen gelesen, {_n(file.values_used)} Werte übernommen, "
        f"{_n(file.values_missing)} begründet leer, {_n(file.refused_count)} Zeilen abgelehnt ({file.seconds:.1f} s)"
    )


def _company_line(file: FileReport) -> str:
    found = file.companies
    return (
        f"  {_n(file.rows_read)} Zeilen gelesen, {_n(found['used'])} Unternehmen mit {_n(round(found['employees']))} "
        f"Beschäftigten in {_n(found['units'])} Einheiten, {_n(file.refused_count)} Zeilen abgelehnt "
        f"({file.seconds:.1f} s)"
    )


def _n(number: int) -> str:
    return f"{number:,}".replace(",", ".")
