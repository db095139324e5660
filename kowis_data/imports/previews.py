"""Files before they are imported: what they were recognised as, first rows, and the mapping of one's own tables."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from kowis_data import formats
from kowis_data.formats import generic_table
from kowis_data.formats.archives import samples
from kowis_data.formats.company_register_columns import RegisterOptions
from kowis_data.formats.generic_mapping import Mapping, ValueColumn
from kowis_data.formats.reading import FormatError, Recognition, Sample
from kowis_data.imports import first_rows, own_tables


@dataclass(frozen=True)
class Preview:
    """A file as it will be read: what it was recognised as, or why it cannot be."""

    name: str
    sample: Sample | None = None
    reader: ModuleType | None = None
    recognition: Recognition | None = None
    error: str = ""

    @property
    def size(self) -> int | None:
        """Bytes of the unpacked file, None where it is not there."""
        return self.sample.path.stat().st_size if self.sample and self.sample.path.exists() else None


def preview(paths: list[Path], folder: Path) -> list[Preview]:
    """Recognise files without reading them; archives are unpacked into `folder`."""
    found: list[Preview] = []
    for path in paths:
        try:
            inside = samples(path, folder)
        except FormatError as error:
            found.append(Preview(path.name, error=str(error)))
            continue
        except OSError as error:
            found.append(Preview(path.name, error=f"Die Datei lässt sich nicht öffnen: {error.strerror}."))
            continue
        for sample in inside:
            try:
                reader, recognition = formats.recognise(sample)
            except FormatError as error:
                found.append(Preview(sample.name, sample, error=str(error)))
            else:
                found.append(Preview(sample.name, sample, reader, recognition))
    return found


def suggested_mapping(item: Preview) -> Mapping | None:
    """How a table of one's own might be read, to be shown and changed; None for every other file."""
    return item.recognition.options["mapping"] if item.reader is generic_table else None


def mapping_for(path: Path) -> Mapping:
    """The suggested mapping of a single table. Raises FormatError where the file is none, or of a published format."""
    with tempfile.TemporaryDirectory(prefix="kowis-import-") as folder:
        item = preview([path], Path(folder))[0]
        if item.reader is generic_table:
            return suggested_mapping(item)
    known = f"Sie wird als „{item.recognition.title}“ ohne Zuordnung gelesen." if item.recognition else item.error
    raise FormatError(f"Für {path.name} lässt sich keine Zuordnung vorschlagen. {known}")


def columns_of_table(item: Preview) -> list[str]:
    """Heads of all columns of a table of one's own."""
    return generic_table.columns_of(item.sample, suggested_mapping(item))


def offered_columns(mapping: Mapping, columns: list[str]) -> list[ValueColumn]:
    """Columns that may hold values: those of the mapping, then all others of the table, not chosen."""
    return own_tables.with_all_columns(mapping, columns)


def fit_of_mapping(item: Preview, mapping: Mapping, database: Path) -> own_tables.Fit:
    """What a mapping makes of the table: first rows, keys that fit, names that are ambiguous; see `own_tables.fit`."""
    return own_tables.fit(item.sample, mapping, database)


def confirm_mapping(item: Preview, mapping: Mapping) -> Preview:
    """The preview with the mapping that the user confirmed. Raises FormatError where it contradicts itself."""
    mapping.check()
    options = item.recognition.options | {"mapping": mapping, "confirmed": True}
    return replace(item, recognition=replace(item.recognition, version="bestätigte Zuordnung", options=options))


def mapped(item: Preview, mapping: Mapping) -> Preview:
    """A preview read by a mapping; a file of a published format keeps its own reader."""
    if item.sample is None or item.reader not in (None, generic_table):
        return item
    recognition = Recognition(generic_table.FORMAT, "bestätigte Zuordnung", f"Eigene Tabelle „{mapping.title}“")
    return confirm_mapping(Preview(item.name, item.sample, generic_table, recognition), mapping)


def is_register(item: Preview) -> bool:
    """Whether a file is a company register."""
    return bool(item.recognition) and item.recognition.format.gives == "companies"


def personal_columns(item: Preview) -> tuple[str, ...]:
    """Heads of the columns of a company register that seem to hold data on persons."""
    return item.recognition.options["columns"].personal if is_register(item) else ()


def confirm_register(item: Preview, options: RegisterOptions) -> Preview:
    """The preview of a company register with what the user says about it; every other file as it is."""
    if not is_register(item):
        return item
    try:
        return replace(item, recognition=item.reader.confirm(item.recognition, options))
    except FormatError as error:
        return Preview(item.name, item.sample, error=str(error))


def first_rows_of(item: Preview) -> str:
    """The first rows of a file as text, empty where it is no table or text."""
    return first_rows.first_rows(item.sample) if item.sample else ""
