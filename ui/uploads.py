"""Uploaded files laid down once and recognised once, however often the page is drawn anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_CHUNK = 1 << 20
_KEY = "ablage"
# Headers by which a proxy says that the visitor sits elsewhere.
_FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


class Batch:
    """The files of one session that wait for their import; the folder goes with the session."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kowis-upload-")
        self.previews: dict[str, list[Any]] = {}  # by file: what it holds (several in an archive)
        self.confirmed: dict[tuple[str, int], Any] = {}  # mappings of one's own tables, by file and number
        self.memory: dict[tuple, Any] = {}  # answers about these files that cost time
        self._count = 0

    def keep(self, files: Sequence[Any], paths: Sequence[Path], preview: Callable) -> dict[str, list[Any]]:
        """Previews of uploaded files and of files on this machine, by file; only new ones are recognised."""
        wanted = {f"upload:{file.file_id}": file for file in files}
        wanted |= {f"path:{path}:{path.stat().st_mtime_ns}:{path.stat().st_size}": path for path in paths}
        for gone in set(self.previews) - set(wanted):
            del self.previews[gone]
        for key, file in wanted.items():
            if key not in self.previews:
                place = self._place()
                path = file if isinstance(file, Path) else _lay_down(file, place)
                self.previews[key] = preview([path], place / "entpackt")
        self.previews = {key: self.previews[key] for key in wanted}
        return self.previews

    def remember(self, question: tuple, answer: Callable[[], Any]) -> Any:
        """The answer to a question about these files, asked once."""
        if question not in self.memory:
            self.memory[question] = answer()
        return self.memory[question]

    def _place(self) -> Path:
        # Two uploads may bear one name.
        self._count += 1
        place = Path(self._folder.name) / str(self._count)
        (place / "entpackt").mkdir(parents=True)
        return place


def batch() -> Batch:
    """The waiting files of this session."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Batch()
    return st.session_state[_KEY]


def uploader_key() -> str:
    """Key of the upload field; changes with each import, so that the server lets go of the files."""
    return f"dateien_{st.session_state.get('ablage_nummer', 0)}"


def start_afresh() -> None:
    """Forget the waiting files; the batch handed to an import lives as long as that needs it."""
    st.session_state.pop(_KEY, None)
    st.session_state["pfade"] = []
    st.session_state["ablage_nummer"] = st.session_state.get("ablage_nummer", 0) + 1


def visitor_is_local() -> bool:
    """Whether the visitor sits at this machine: only then may files be named by their path."""
    return st.context.ip_address is None and not any(name in st.context.headers for name in _FORWARDED)


def _lay_down(file: Any, place: Path) -> Path:
    path = place / (Path(file.name).name or "datei")
    file.seek(0)
    with path.open("wb") as target:
        # In pieces: `getbuffer` or `read` would hold a large file in memory a second time.
        shutil.copyfileobj(file, target, _CHUNK)
    return path
