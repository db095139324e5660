"""Long work that goes on although the page is left: one piece at a time, seen by everybody who opens the page.

A thread does the work; what it says of its progress, its result or its error stay on a board that all sessions share.
The work itself must not touch Streamlit.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

UNEXPECTED = "Ein unerwarteter Fehler ist aufgetreten; Einzelheiten stehen im Protokoll. Die Daten sind unverändert."

Tell = Callable[[float, str], None]

log = logging.getLogger(__name__)


@dataclass
class Job:
    """A piece of work: `share` done (0–1) and what happens now; `result` or `error` once it no longer runs."""

    kind: str
    title: str
    share: float = 0.0
    words: str = "Es geht los"
    is_running: bool = True
    result: Any = None
    error: str = ""
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def tell(self, share: float, words: str) -> None:
        """Note the progress; to be called by the work."""
        self.share, self.words = min(max(share, 0.0), 1.0), words


class Board:
    """The present or last job of each kind, and the right to start another one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def running(self) -> Job | None:
        """The job that is running now, if any."""
        return next((job for job in self._jobs.values() if job.is_running), None)

    def last(self, kind: str) -> Job | None:
        """The present or last job of a kind."""
        return self._jobs.get(kind)

    def start(self, kind: str, title: str, work: Callable[[Tell], Any], expected: tuple[type, ...]) -> bool:
        """Start work in the background; False where other work is still running.

        `expected` are the errors whose text is meant for users.
        """
        with self._lock:
            if self.running():
                return False
            job = self._jobs[kind] = Job(kind, title)
        threading.Thread(target=_run, args=(job, work, expected), name=f"kowis-{kind}", daemon=True).start()
        return True

    def forget(self, kind: str) -> None:
        """Take the result of finished work from the board."""
        with self._lock:
            if kind in self._jobs and not self._jobs[kind].is_running:
                del self._jobs[kind]


def _run(job: Job, work: Callable[[Tell], Any], expected: tuple[type, ...]) -> None:
    try:
        job.result = work(job.tell)
    except expected as error:
        job.error = str(error)
    except Exception:
        log.exception("%s failed", job.title)
        job.error = UNEXPECTED
    finally:
        job.seconds = time.monotonic() - job.started
        job.is_running = False


@st.cache_resource(show_spinner=False)
def _board(place: str) -> Board:
    return Board()


def board(place: str) -> Board:
    """The board of a database (its path): whoever shows the same database sees the same work."""
    return _board(place)


MEANWHILE = (
    "Sie können diese Seite verlassen: Die Arbeit geht weiter, und der Bericht wartet hier auf Sie. "
    "Alle übrigen Seiten zeigen bis dahin die bisherigen Daten."
)


@st.fragment(run_every=1.0)
def show_progress(place: str, kind: str, meanwhile: str = MEANWHILE) -> None:
    """Progress of running work, drawn anew every second; the whole page once when it is done.

    `meanwhile` tells what the user may do until then.
    """
    job = board(place).last(kind)
    if job is None or not job.is_running:
        st.rerun()
    with st.container(border=True):
        st.markdown(f"**{job.title}**")
        st.progress(job.share, f"{round(100 * job.share)} % · {job.words}")
        st.caption(meanwhile)
