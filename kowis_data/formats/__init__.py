"""The registry of readers: which of them knows a file.

Readers are imported when the first file is to be recognised, so that `import kowis_data.formats` costs nothing.
The order counts where two might take the same file: the stricter first, the generic table last.
"""

from __future__ import annotations

import importlib
import logging
from types import ModuleType

from kowis_data.formats.reading import Format, FormatError, Recognition, Sample

READERS = (
    "inkar_bulk",
    "inkar_export",
    "genesis_classic",
    "genesis_ffcsv",
    "register_auszug_gv",
    "register_gv100ad",
    "bbsr_reference",
    "breitbandatlas",
    "boundaries",
    "company_register",
)
# Takes nearly every table, so only what no other reader knows and no other reader refuses.
LAST_READER = "generic_table"

_log = logging.getLogger(__name__)


def reader(name: str) -> ModuleType:
    """A reader by the name of its module."""
    return importlib.import_module(f"{__name__}.{name}")


def known_formats() -> list[Format]:
    """All formats that can be read, in the order of the registry."""
    formats = []
    for name in (*READERS, LAST_READER):
        try:
            formats += [value for value in vars(reader(name)).values() if isinstance(value, Format)]
        except Exception:
            _log.exception("reader %s cannot be imported", name)
    return formats


def recognise(sample: Sample) -> tuple[ModuleType, Recognition]:
    """The reader that knows a file, and what it found.

    Raises
    ------
    FormatError
        If a reader knows the kind of file but not this version, or if nobody knows it: then with the best guess
        why, and the formats that are known. No other error gets out; a reader that fails counts as not knowing.
    """
    from kowis_data.formats.unknown_files import refuse_at_once, why_unknown

    refuse_at_once(sample)
    refusal: FormatError | None = None
    for name in READERS:
        try:
            found = _ask(name, sample)
        except FormatError as error:
            # Another reader may know the file all the same; else the first to refuse it is believed.
            refusal = refusal or error
            continue
        if found:
            return found
    if refusal:
        raise refusal
    if found := _ask(LAST_READER, sample):
        return found
    raise why_unknown(sample, "; ".join(dict.fromkeys(known.title for known in known_formats())))


def _ask(name: str, sample: Sample) -> tuple[ModuleType, Recognition] | None:
    try:
        module = reader(name)
        recognition = module.recognise(sample)
    except FormatError:
        raise
    except Exception:
        _log.exception("reader %s failed to recognise %s", name, sample.name)
        return None
    return (module, recognition) if recognition else None
