"""Files as users have them: plain, or packed in a zip (also Deflate64), gzip or tar.

What lies in an archive is unpacked beside each other, every file in a folder of its own, so that two of one name
do not meet. The parts of a Shapefile stay together and make one sample. An .xlsx is a zip too, but one file.
"""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kowis_data.formats.archive_junk import document_reason, has_polygons, junk_reason
from kowis_data.formats.archive_members import (
    Member,
    check_name,
    damage_told,
    damaged,
    gzip_member,
    is_document,
    kind_of,
    no_space,
    safe_name,
    tar_members,
    zip_members,
)
from kowis_data.formats.reading import FormatError, Sample

HEAD_BYTES = 65_536
# BKG puts the date of its boundaries into this file; the reader of boundaries looks for it beside them.
DATE_FILE = "aktualitaet.txt"
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".shp.xml")


@dataclass(frozen=True)
class Limits:
    """What an archive may hold; beyond it is taken for a zip bomb.

    Attributes
    ----------
    total_bytes : unpacked, all members together.
    members : files, all levels together.
    ratio : unpacked to packed, for a member above `small_bytes`; tables of official statistics reach about 40.
    """

    total_bytes: int = 20_000_000_000
    members: int = 10_000
    ratio: int = 200
    small_bytes: int = 50_000_000


@dataclass
class Unpacked:
    """Samples to be recognised, and what was left aside: (name in the archive, German reason)."""

    samples: list[Sample] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)


def samples(
    path: Path,
    folder: Path,
    *,
    limits: Limits = Limits(),
    progress: Callable[[int, int | None], None] | None = None,
) -> list[Sample]:
    """The files of `unpack`, without the list of what was skipped."""
    return unpack(path, folder, limits=limits, progress=progress).samples


def unpack(
    path: Path,
    folder: Path,
    *,
    limits: Limits = Limits(),
    progress: Callable[[int, int | None], None] | None = None,
) -> Unpacked:
    """Unpack an archive into `folder`, or take a plain file as it is.

    Parameters
    ----------
    path : the file, its kind is found by content.
    folder : where to unpack; the caller removes it. Nothing stays in it when an error is raised.
    limits : beyond which an archive is refused.
    progress : called with the bytes unpacked so far, and in all (None where the archive does not say).

    Raises
    ------
    FormatError
        For missing, damaged, encrypted or dangerous archives, archives in archives in archives, and archives
        in which everything was skipped.
    """
    try:
        sample = _sample(path)
    except OSError as error:
        raise FormatError(
            "Die Datei lässt sich nicht öffnen.",
            where=path.name,
            expected="eine vorhandene Datei, die gelesen werden darf (kein Ordner)",
            advice="Den Namen prüfen und die Datei in anderen Programmen schließen.",
        ) from error
    if not kind_of(sample.head) or is_document(path, sample.head):
        return Unpacked([sample])
    folder.mkdir(parents=True, exist_ok=True)
    # A folder of its own in there: several archives may be unpacked into one.
    own = Path(tempfile.mkdtemp(prefix="archiv-", dir=folder))
    work = _Work(own, limits, progress)
    try:
        work.unpack(path, sample.head, prefix="", is_inner=False)
    except BaseException:
        shutil.rmtree(own, ignore_errors=True)
        raise
    if not work.result.samples:
        names = ", ".join(name for name, _ in work.result.skipped[:5]) or "nichts"
        raise FormatError(
            "Im Archiv ist keine Datei mit Daten.",
            where=path.name,
            expected="Tabellen (CSV, Excel, Parquet) oder Geodaten (GeoPackage, Shapefile, GeoJSON)",
            advice=f"Gefunden wurde nur: {names}.",
        )
    return work.result


class _Work:
    """One archive being unpacked: what has been used up of the limits, and what was found."""

    def __init__(self, folder: Path, limits: Limits, progress: Callable[[int, int | None], None] | None):
        self.folder, self.limits, self.progress = folder, limits, progress
        self.result = Unpacked()
        self.folders = self.members = self.bytes = 0
        self.total: int | None = None

    def unpack(self, path: Path, head: bytes, prefix: str, is_inner: bool) -> None:
        shapes: dict[tuple[str, str], Path] = {}
        files: list[tuple[str, Path]] = []
        inner: list[tuple[str, Path, bytes]] = []
        date_file: Path | None = None
        with damage_told(path.name), self._opened(path, kind_of(head)) as members:
            for member in members:
                name = prefix + member.name
                check_name(member.name)
                self.members += 1
                if self.members > self.limits.members:
                    raise self._bomb(path.name, f"mehr als {self.limits.members} Dateien")
                if reason := member.skip or junk_reason(member.name, member.size):
                    self.result.skipped.append((name, reason))
                    continue
                target = self._target(member.name, shapes)
                with damage_told(name):
                    self._write(member, target)
                start = _head(target)
                if target.name.lower() == DATE_FILE:
                    date_file = target
                    self.result.skipped.append((name, "Stand der Geodaten, wird mit ihnen gelesen"))
                elif kind_of(start) and not is_document(target, start):
                    inner.append((name, target, start))
                else:
                    files.append((name, target))
        found = self._take(files)
        if date_file:
            for sample in found:
                shutil.copyfile(date_file, sample.path.with_name(DATE_FILE))
        self.result.samples += found
        for name, target, start in inner:
            if is_inner:
                raise self._bomb(name, "ein Archiv in einem Archiv in einem Archiv")
            self.unpack(target, start, prefix=f"{name}/", is_inner=True)
            target.unlink()

    @contextmanager
    def _opened(self, path: Path, kind: str) -> Iterator[Iterator[Member]]:
        if kind == "zip":
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
                if len(infos) > self.limits.members:
                    raise self._bomb(path.name, f"{len(infos)} Dateien")
                self._announce(path.name, sum(info.file_size for info in infos))
                yield zip_members(archive)
        elif kind == "tar" or _is_packed_tar(path):
            with tarfile.open(path, "r|" if kind == "tar" else "r|gz") as archive:
                yield tar_members(archive, path.stat().st_size)
        else:
            yield iter([gzip_member(path)])

    def _announce(self, name: str, size: int) -> None:
        if self.bytes + size > self.limits.total_bytes:
            raise self._bomb(name, f"{size / 1e9:,.0f} GB".replace(",", "."))
        if size > shutil.disk_usage(self.folder).free:
            raise no_space(name, size)
        self.total = (self.total or 0) + size

    def _bomb(self, name: str, what: str) -> FormatError:
        return FormatError(
            f"Das Archiv ist auffällig und wird nicht entpackt: {what}.",
            where=name,
            expected=f"höchstens {self.limits.members} Dateien, {self.limits.total_bytes / 1e9:g} GB, "
            f"Verdichtung {self.limits.ratio}:1 und ein Archiv im Archiv",
            advice="Die benötigte Datei von Hand entpacken und allein einlesen.",
        )

    def _target(self, name: str, shapes: dict[tuple[str, str], Path]) -> Path:
        """Where a member goes: a folder of its own, parts of one Shapefile under one name into one folder."""
        inner = PurePosixPath(name)
        part = next((end for end in reversed(SHAPE_PARTS) if inner.name.lower().endswith(end)), "")
        group = (str(inner.parent).lower(), inner.name[: -len(part)].lower()) if part else None
        if group in shapes:
            return shapes[group].with_name(shapes[group].name + part)
        self.folders += 1
        own = self.folder / str(self.folders)
        own.mkdir(parents=True)
        stem = safe_name(inner.name[: -len(part)] if part else inner.name)
        if group:
            shapes[group] = own / stem
        return own / (stem + part)

    def _write(self, member: Member, target: Path) -> None:
        written = 0
        with target.open("wb") as file:
            for chunk in member.chunks():
                written += len(chunk)
                self.bytes += len(chunk)
                if self.bytes > self.limits.total_bytes:
                    raise self._bomb(member.name, f"mehr als {self.limits.total_bytes / 1e9:g} GB")
                if written > max(self.limits.small_bytes, self.limits.ratio * member.packed):
                    raise self._bomb(member.name, f"mehr als {self.limits.ratio}-fach verdichtet")
                if member.size is not None and written > member.size:
                    raise damaged(member.name)
                file.write(chunk)
                if self.progress:
                    self.progress(self.bytes, self.total)

    def _take(self, files: list[tuple[str, Path]]) -> list[Sample]:
        """Samples of the unpacked files; parts of Shapefiles and documents are left aside."""
        found, beside = [], []
        for name, target in files:
            part = next((end for end in reversed(SHAPE_PARTS) if target.name.endswith(end)), "")
            reason = document_reason(_head(target), target.name) if not part else ""
            if part == ".shp":
                reason = "" if has_polygons(_head(target)) else "Linien oder Punkte, keine Flächen"
            elif part:
                shape = target.with_name(target.name.removesuffix(part) + ".shp")
                if shape.exists():
                    continue
                reason = "Teil eines Shapefile ohne Geometrie (.shp)"
            if reason:
                beside.append((name, reason))
            else:
                found.append(_sample(target, name))
        self.result.skipped += beside
        return found


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _sample(path: Path, inner_name: str | None = None) -> Sample:
    return Sample(path=path, head=_head(path), inner_name=inner_name)


def _is_packed_tar(path: Path) -> bool:
    with closing(gzip_member(path).chunks()) as chunks:
        return next(chunks, b"")[257:262] == b"ustar"
