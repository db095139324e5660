"""Checksum of a file, worked out beside the reading: of a large file it takes as long as a tenth of the import."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from functools import cached_property

from kowis_data.imports.previews import Preview


class Checksum:
    """SHA-256 of a recognised file in hexadecimal; begun when made, waited for when `value` is first asked for.

    Raises OSError at once where the file cannot be opened (any more).

    That of one's own table or company register counts the mapping in, which may be corrected later.
    """

    def __init__(self, item: Preview) -> None:
        self._item = item
        self._file = item.sample.path.open("rb")
        self._found: str | OSError | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    @cached_property
    def value(self) -> str:
        """The checksum; raises OSError where the file could not be read."""
        self._thread.join()
        if isinstance(self._found, OSError):
            raise self._found
        return self._found

    def _work(self) -> None:
        if hasattr(os, "setpriority") and sys.platform == "linux":
            # Only this thread steps back: the reading has every core first, the checksum takes what it leaves.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        try:
            with self._file as file:
                digest = hashlib.file_digest(file, "sha256")
        except OSError as error:
            self._found = error
            return
        if mapping := self._item.recognition.options.get("mapping"):
            digest.update(mapping.to_json().encode())
        if register := self._item.recognition.options.get("register"):
            digest.update(repr(register).encode())
        self._found = digest.hexdigest()
