"""Downloading the official files named in `catalogue/downloads.toml`; no request is made unless `fetch` is called.

A file arrives as `<name>.part` and takes its name in one step when it is whole. `<name>.part.json` keeps what is needed
to resume after an interruption (ETag, date, size), `<name>.fetched.json` what was fetched when, with its checksum.
Proxies and certificates come from the environment (HTTPS_PROXY, NO_PROXY, REQUESTS_CA_BUNDLE), as `requests` does it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import filelock
import requests

from kowis_data.fetching.errors import RETRIED, FetchError, disk_error
from kowis_data.fetching.records import Fetched, beside, intact, last_downloads
from kowis_data.fetching.settings import Download, downloads, find
from kowis_data.fetching.transfer import Progress, attempt

__all__ = ["Download", "FetchError", "Fetched", "downloads", "fetch", "fetch_all", "last_downloads"]

log = logging.getLogger(__name__)

WAITS = (1, 2, 4)  # seconds before the second, third and fourth attempt
LONGEST_WAIT = 30  # a server that asks for more patience (Retry-After) is not asked again


def fetch_all(
    ids: Iterable[str] | None,
    folder: Path,
    progress: Progress | None = None,
    *,
    timeout: float = 30,
    opener: requests.Session | None = None,
) -> dict[str, Fetched | FetchError]:
    """Fetch several files (all of them where `ids` is None or empty), see `fetch`; one failing does not stop the rest.

    Returns
    -------
    For each id, in order, what was fetched or why it was not.

    Raises
    ------
    FetchError : an id is unknown ("unknown") or the settings are damaged ("settings"); then nothing is fetched.
    """
    wanted = list(dict.fromkeys(ids or [])) or [download.source_id for download in downloads()]
    for source_id in wanted:
        find(source_id)
    outcome: dict[str, Fetched | FetchError] = {}
    for source_id in wanted:
        try:
            outcome[source_id] = fetch(source_id, folder, progress=progress, timeout=timeout, opener=opener)
        except FetchError as error:
            outcome[source_id] = error
    return outcome


def fetch(
    source_id: str,
    folder: Path,
    *,
    progress: Progress | None = None,
    timeout: float = 30,
    opener: requests.Session | None = None,
) -> Fetched:
    """Fetch one file into `folder`, resuming an interrupted download; nothing is loaded if it is still the newest.

    Parameters
    ----------
    source_id : a source of the settings file, see `downloads`.
    folder : where the file goes; made if missing. A file already there stays as it is until the new one is whole.
    progress : see `Progress`.
    timeout : longest silence of the server in seconds.
    opener : session to be used for the requests; a new one where None.

    Raises
    ------
    FetchError : every failure of network, server, content or disk, after at most `len(WAITS)` further attempts.
    """
    download = find(source_id)
    target = Path(folder) / download.file_name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            filelock.FileLock(beside(target, ".lock"), timeout=0),
            nullcontext(opener) if opener else requests.Session() as session,
        ):
            present = intact(download, target)
            waits = list(WAITS)
            while True:
                try:
                    return attempt(download, target, present, session, timeout, progress)
                except FetchError as error:
                    if not waits or error.reason not in RETRIED or error.retry_after > LONGEST_WAIT:
                        raise
                    wait = max(waits.pop(0), error.retry_after)
                    left = f"noch {len(waits)} danach" if waits else "der letzte"
                    log.warning("%s: %s Neuer Versuch in %g s (%s).", download.title, error.problem, wait, left)
                    time.sleep(wait)
    except filelock.Timeout as error:
        raise download.error("busy") from error
    except OSError as error:
        raise disk_error(download, target, error) from error
