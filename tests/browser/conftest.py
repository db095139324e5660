"""A real browser before the real app: started without a database, watched for errors and for anything that leaves.

Needs Chrome or Chromium (found by name, or named by KOWIS_BROWSER); without one the tests skip with a hint, and
with CI=true they fail.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

import pytest

from kowis_data.settings import PROJECT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
HERE = ("localhost", "127.0.0.1")
# On a deep link Streamlit first looks for its server below the address of the page and then one level up.
PROBE = re.compile(r"/_stcore/(health|host-config)$")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
    # The app starts without a database once: who asks for that has to come first.
    items.sort(key=lambda item: item.name != "test_first_start_builds_the_database_and_shows_the_map")


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Path of Chrome or Chromium."""
    found = os.environ.get("KOWIS_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    hint = "Kein Chrome oder Chromium gefunden (auch nicht über KOWIS_BROWSER); Browsertests entfallen"
    if os.environ.get("CI") == "true":
        pytest.fail(hint)
    pytest.skip(hint)


class App:
    """The running app: its address and its database."""

    def __init__(self, folder: Path):
        self.database = folder / "data" / "kowis.duckdb"
        self.log = folder / "streamlit.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self._folder = folder

    def start(self) -> None:
        environment = os.environ | {
            "KOWIS_DATABASE": str(self.database),
            "KOWIS_WORKSPACE": str(self._folder / "workspace"),
        }
        options = ["--server.port", str(self.port), "--server.headless", "true", "--server.address", "localhost"]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", *options],
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
            if self._process.poll() is not None:
                break
        raise RuntimeError(f"the app did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)


@pytest.fixture(scope="session")
def app(browser_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """`streamlit run app.py` on a free port with an empty data folder: the first visitor gets the database built."""
    running = App(tmp_path_factory.mktemp("app"))
    running.start()
    yield running
    running.stop()
    assert "Traceback" not in running.log.read_text(), running.log.read_text()


@pytest.fixture(scope="session")
def chrome(browser_path: str):
    """One browser for all tests; each test opens contexts of its own in it."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What a page did that it must not do."""

    def __init__(self, port: int):
        self.port = port
        self.left: list[str] = []
        self.errors: list[str] = []

    def request(self, request) -> None:
        url = urlparse(request.url)
        if url.scheme in ("data", "blob"):
            return
        if url.hostname not in HERE or url.port != self.port:
            self.left.append(request.url)

    def socket(self, web_socket) -> None:
        url = urlparse(web_socket.url)
        if url.hostname not in HERE or url.port != self.port:
            self.left.append(web_socket.url)

    def console(self, message) -> None:
        if message.type != "error":
            return
        address = message.location.get("url", "")
        is_probe = "404" in message.text and PROBE.search(urlparse(address).path)
        if not is_probe:
            self.errors.append(f"{message.text} ({address})")

    def crash(self, error) -> None:
        self.errors.append(f"uncaught: {error}")


@pytest.fixture
def open_context(app: App, chrome) -> Iterator[Callable]:
    """Opens watched browser contexts; at the end of the test none of them may have erred or called out."""
    watch, contexts = Watch(app.port), []

    def open_(**options):
        context = chrome.new_context(locale="de-DE", **({"viewport": {"width": 1280, "height": 900}} | options))
        context.set_default_timeout(30_000)
        context.on("request", watch.request)
        context.on("console", watch.console)
        context.on("page", lambda page: (page.on("websocket", watch.socket), page.on("pageerror", watch.crash)))
        contexts.append(context)
        return context

    yield open_
    for context in contexts:
        context.close()
    assert watch.left == [], "requests left the machine"
    assert watch.errors == [], "errors in the browser's console"


@pytest.fixture
def page(open_context: Callable):
    """A page in a watched context of its own."""
    return open_context().new_page()
