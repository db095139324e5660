"""Downloads for the page: fetch official files, then import what came, with one progress over both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kowis_data.fetch import Download, Fetched, FetchError, downloads, fetch_all, last_downloads
from kowis_data.imports.report import ImportReport

__all__ = ["Download", "FetchError", "FetchResult", "Fetched", "downloads", "fetch_and_import", "fetched_before"]

# Part of the progress bar that downloads take; the rest is the import.
_DOWNLOAD_SHARE = 0.6


@dataclass
class FetchResult:
    """What came of a download: by source what was fetched or why not, and the report on the import of what came."""

    outcomes: dict[str, Fetched | FetchError] = field(default_factory=dict)
    report: ImportReport | None = None


def folder_of(database: Path) -> Path:
    """Where downloaded files are kept: beside the database."""
    return database.parent / "downloads"


def fetched_before(database: Path) -> dict[str, Fetched]:
    """The latest download of each source whose file is still there."""
    found: dict[str, Fetched] = {}
    for record in last_downloads(folder_of(database)):
        if record.path.exists():
            found.setdefault(record.source_id, record)
    return found


def fetch_and_import(
    source_ids: Iterable[str],
    database: Path,
    tell: Callable[[float, str], None],
    import_paths: Callable[[list[Path], Path, Callable[[float, str], None]], ImportReport],
) -> FetchResult:
    """Fetch sources one after the other and import what came; a failed one does not hinder the others.

    Raises FetchError where a source is unknown or the settings are damaged; nothing is fetched then.
    """
    titles = {download.source_id: download.title for download in downloads()}
    wanted = list(source_ids)

    def progress(source_id: str, received: int, total: int | None) -> None:
        share = (wanted.index(source_id) + (received / total if total else 0)) / len(wanted)
        amount = _amount(received) + (f" von {_amount(total)}" if total else "")
        tell(_DOWNLOAD_SHARE * share, f"{titles[source_id]}: {amount}")

    tell(0.0, "Verbindung wird aufgebaut")
    result = FetchResult(fetch_all(wanted, folder_of(database), progress))
    paths = [outcome.path for outcome in result.outcomes.values() if isinstance(outcome, Fetched)]
    if paths:
        result.report = import_paths(
            paths, database, lambda share, words: tell(_DOWNLOAD_SHARE + (1 - _DOWNLOAD_SHARE) * share, words)
        )
    return result


def _amount(count: int) -> str:
    return f"{count / 1e6:.1f} MB".replace(".", ",")
