"""Downloads of the page: fetched from a local server, imported, told in one progress."""

from __future__ import annotations

import functools
import http.server
import io
import threading
import zipfile

import pytest

from kowis_data import import_files
from kowis_data.fetching import settings
from tests.imports.test_import_files import TABLE


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A server with one good zip (`gut`), one address without a file (`weg`), one that nobody answers (`aus`)."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    shelf = tmp_path / "server"
    shelf.mkdir()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("12411.csv", TABLE)
    (shelf / "gut.zip").write_bytes(packed.getvalue())
    handler = functools.partial(QuietHandler, directory=str(shelf))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    here = f"http://127.0.0.1:{server.server_port}"
    closed = http.server.HTTPServer(("127.0.0.1", 0), handler)
    nobody = f"http://127.0.0.1:{closed.server_port}"
    closed.server_close()
    entries = [("gut", f"{here}/gut.zip"), ("weg", f"{here}/weg.zip"), ("aus", f"{nobody}/aus.zip")]
    path = tmp_path / "downloads.toml"
    path.write_text(
        "".join(
            f'[{name}]\ntitle = "Titel {name}"\npublisher = "Amt"\naddress = "{address}"\nfile_name = "{name}.zip"\n'
            'kind = "zip"\nlicence = "dl-de/by-2-0"\nattribution = "© Amt, {year}"\nremark = "klein"\n'
            for name, address in entries
        ),
        encoding="utf-8",
    )
    monkeypatch.setattr(settings, "DOWNLOADS_FILE", path)
    yield [name for name, _ in entries]
    server.shutdown()
    server.server_close()
    thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder without writing a log."""

    def log_message(self, *_) -> None:
        pass


def test_what_comes_is_imported_and_the_rest_is_told(own_copy, sources):
    told = []
    assert import_files.fetched_before(own_copy) == {}
    result = import_files.fetch_and_import(sources, own_copy, lambda share, words: told.append((share, words)))
    assert result.report.is_complete and result.report.database_changed
    errors = {name: outcome.reason for name, outcome in result.outcomes.items() if isinstance(outcome, Exception)}
    assert errors == {"weg": "not_found", "aus": "refused"}
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert any("Titel gut: 0,0 MB" in words for _, words in told)
    record = import_files.fetched_before(own_copy)["gut"]
    assert record.bytes == result.outcomes["gut"].bytes
    record.path.unlink()
    assert import_files.fetched_before(own_copy) == {}


def test_nothing_is_imported_where_nothing_came(own_copy, sources):
    before = own_copy.read_bytes()
    result = import_files.fetch_and_import(["aus"], own_copy, lambda share, words: None)
    assert result.report is None and own_copy.read_bytes() == before
    with pytest.raises(import_files.FetchError):
        import_files.fetch_and_import(["gibtsnicht"], own_copy, lambda share, words: None)
