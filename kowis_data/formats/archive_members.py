"""The members of a zip, tar or gzip file as streams of bytes, one after the other.

Deflate64 (how Windows packs files above 2 GB, and the INKAR bulk file) is unpacked with `inflate64` itself: the
package `zipfile-inflate64` around it patches Python's zipfile so that no program part can write a zip any more, and
with it no .xlsx.
"""

from __future__ import annotations

import errno
import gzip
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import inflate64

from kowis_data.formats.reading import FormatError

CHUNK = 1 << 20
# Deflate64 unpacks up to 26,000 : 1 and its library everything at once: small bites keep the memory small.
_DEFLATE64_CHUNK = 4096
_DEFLATE64 = 9
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_METHOD_NAMES = {1: "Shrink", 6: "Implode", 93: "Zstandard", 95: "XZ", 97: "WavPack", 98: "PPMd", 99: "AES"}
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1

_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    IndexError,
)


@dataclass(frozen=True)
class Member:
    """A file in an archive: its name there, bytes unpacked (None: not known) and packed, `chunks()` its content."""

    name: str
    size: int | None
    packed: int
    chunks: Callable[[], Iterator[bytes]]
    skip: str = ""  # German reason why it is no file at all


def damaged(name: str, what: str = "Das Archiv ist beschädigt oder abgeschnitten.") -> FormatError:
    return FormatError(
        what,
        where=name,
        expected="ein vollständiges Archiv (.zip, .gz, .tar.gz)",
        advice="Die Datei noch einmal herunterladen.",
    )


def no_space(name: str, size: int = 0) -> FormatError:
    return FormatError(
        "Zum Entpacken ist auf dem Datenträger zu wenig Platz.",
        where=name,
        expected=f"mindestens {size / 1e9:.1f} GB freier Platz" if size else "",
        advice="Platz schaffen und noch einmal versuchen.",
    )


@contextmanager
def damage_told(name: str) -> Iterator[None]:
    """Every error of the unpacking libraries becomes a FormatError that names the archive or its member."""
    try:
        yield
    except FormatError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space(name) from error
        raise damaged(name) from error
    except _DAMAGE as error:
        raise damaged(name) from error
    except (NotImplementedError, RuntimeError) as error:
        raise FormatError(
            "Das Archiv ist auf eine Weise gepackt, die nicht gelesen werden kann.",
            where=name,
            expected="Zip mit dem Verfahren Deflate oder Deflate64, ohne Kennwort",
            advice="Die Datei von Hand entpacken und die entpackte Datei einlesen.",
        ) from error


def kind_of(head: bytes) -> str:
    """`zip`, `gzip`, `tar` or the empty text, by the first bytes."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip"
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    return "tar" if head[257:262] == b"ustar" else ""


def is_document(path: Path, head: bytes) -> bool:
    """Whether a zip is one document (.xlsx, .docx, .ods …) and no archive; also where it is cut off."""
    if b"[Content_Types].xml" in head or head[30:38] == b"mimetype":
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            return bool({"[Content_Types].xml", "mimetype"} & set(archive.namelist()))
    except (*_DAMAGE, NotImplementedError, RuntimeError):
        return False


def check_name(name: str) -> None:
    """Raises FormatError for names that lead out of the folder."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/") or "\0" in name:
        raise FormatError(
            "Das Archiv will eine Datei außerhalb seines Ordners ablegen und wird nicht entpackt.",
            where=name[:120],
            expected="Namen ohne „..“ und ohne Laufwerk",
            advice="Die Datei nur aus sicherer Quelle verwenden.",
        )


def safe_name(name: str) -> str:
    """A file name that every system takes, short and without special characters."""
    safe = re.sub(r"[^\w.() -]", "_", name)[-100:].rstrip(". ").lstrip(" ") or "datei"
    return "_" + safe if _RESERVED.match(safe) else safe


def zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    """Members of an open zip. Raises FormatError for encrypted ones and unknown methods of packing."""
    for info in archive.infolist():
        name = _member_name(info)
        if info.is_dir():
            continue
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise FormatError(
                "Das Archiv ist mit einem Kennwort geschützt.",
                where=name,
                expected="ein Zip ohne Kennwort",
                advice="Die Datei von Hand entpacken und die entpackte Datei einlesen.",
            )
        if info.compress_type in _METHOD_NAMES:
            raise FormatError(
                f"Das Archiv ist mit dem Verfahren {_METHOD_NAMES[info.compress_type]} gepackt.",
                where=name,
                expected="Deflate oder Deflate64",
                advice="Die Datei von Hand entpacken und die entpackte Datei einlesen.",
            )
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        read = _deflate64_chunks if info.compress_type == _DEFLATE64 else _zip_chunks
        yield Member(
            name,
            info.file_size,
            info.compress_size,
            lambda info=info, read=read: read(archive, info),
            "Verweis auf eine andere Datei" if is_link else "",
        )


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name with its umlauts: some programs write UTF-8 without its mark, which zipfile takes for cp437."""
    # zipfile puts a slash for a backslash only on Windows.
    name = info.filename.replace("\\", "/")
    if info.flag_bits & _UTF8_FLAG:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _deflate64_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with open(archive.filename, "rb") as file:
        file.seek(info.header_offset)
        magic, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        if magic != b"PK\x03\x04":
            raise damaged(info.filename)
        file.seek(name_length + extra_length, 1)
        inflater, left, size, checksum = inflate64.Inflater(), info.compress_size, 0, 0
        while left and (packed := file.read(min(_DEFLATE64_CHUNK, left))):
            left -= len(packed)
            chunk = inflater.inflate(packed)
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
            yield chunk
        if size != info.file_size or checksum != info.CRC:
            raise damaged(info.filename)


def tar_members(archive: tarfile.TarFile, packed: int) -> Iterator[Member]:
    """Members of a tar opened as a stream: take the content of each before asking for the next."""
    for info in archive:
        if info.isdir():
            continue
        skip = "" if info.isreg() else "Verweis oder Gerät, keine Datei"
        yield Member(
            info.name.replace("\\", "/"),
            info.size,
            packed,
            lambda info=info: _tar_chunks(archive, info),
            skip,
        )


def _tar_chunks(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    left = info.size
    with archive.extractfile(info) as file:
        while chunk := file.read(CHUNK):
            left -= len(chunk)
            yield chunk
    if left:
        raise damaged(info.name)


def gzip_member(path: Path) -> Member:
    """The one file in a gzip; its unpacked size is not known before."""

    def chunks() -> Iterator[bytes]:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    name = path.name.removesuffix(".gz") if path.name.endswith(".gz") else path.name
    return Member(name, None, path.stat().st_size, chunks)
