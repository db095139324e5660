"""Archives: every way of packing, what is skipped, and what is refused."""

import gzip
import io
import shutil
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import inflate64
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kowis_data.formats import archive_members, archives
from kowis_data.formats.archives import Limits, samples, unpack
from kowis_data.formats.reading import FormatError

CSV = "Schlüssel;Wert\n01001000;1,5\n".encode()
TABLE = b"".join(b"05758036;%d;Vlotho;%d,5\n" % (number, number * 7919 % 100_003) for number in range(20_000))


def write_zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def write_deflate64(path: Path, name: str, content: bytes, size: int | None = None) -> Path:
    """A zip as Windows writes it for large files; Python cannot write one."""
    deflater = inflate64.Deflater()
    packed = deflater.deflate(content) + deflater.flush()
    size = len(content) if size is None else size
    raw = name.encode()
    common = struct.pack(
        "<HHHHHIIIHH", 45, 0, 9, 0, 0x21, zlib.crc32(content), len(packed), size, len(raw), 0
    )
    local = b"PK\x03\x04" + common + raw + packed
    central = b"PK\x01\x02" + struct.pack("<H", 45) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)
    return path


def write_tar(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def contents(path: Path, folder: Path) -> dict[str, bytes]:
    return {sample.name: sample.path.read_bytes() for sample in samples(path, folder)}


def test_plain_file_is_one_sample_where_it_lies(tmp_path):
    path = tmp_path / "tabelle.csv"
    path.write_bytes(CSV)
    (sample,) = samples(path, tmp_path / "ziel")
    assert (sample.path, sample.head, sample.inner_name) == (path, CSV, None)
    assert not (tmp_path / "ziel").exists()


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_zip_by_content_whatever_its_name(tmp_path, method):
    path = write_zip(tmp_path / "daten.csv", {"ordner/a.csv": CSV, "b.csv": TABLE}, method)
    assert contents(path, tmp_path / "ziel") == {"ordner/a.csv": CSV, "b.csv": TABLE}


def test_deflate64_is_unpacked_and_zip_files_can_still_be_written(tmp_path):
    path = write_deflate64(tmp_path / "inkar.zip", "inkar_2024.csv", TABLE)
    with pytest.raises(NotImplementedError), zipfile.ZipFile(path) as archive:
        archive.read("inkar_2024.csv")
    assert contents(path, tmp_path / "ziel") == {"inkar_2024.csv": TABLE}
    # zipfile-inflate64 would break this: exports are zips too.
    openpyxl.Workbook().save(tmp_path / "danach.xlsx")
    assert contents(tmp_path / "danach.xlsx", tmp_path).keys() == {"danach.xlsx"}


def test_damaged_deflate64_is_told(tmp_path):
    data = bytearray(write_deflate64(tmp_path / "inkar.zip", "inkar.csv", TABLE).read_bytes())
    data[5000] ^= 0xFF
    (tmp_path / "inkar.zip").write_bytes(data)
    with pytest.raises(FormatError, match="beschädigt"):
        unpack(tmp_path / "inkar.zip", tmp_path / "ziel")


def test_gzip_and_tar(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV))
    assert contents(tmp_path / "a.csv.gz", tmp_path / "1") == {"a.csv": CSV}
    packed = write_tar(tmp_path / "b.tgz", {"x/a.csv": CSV, "b.csv": TABLE})
    assert contents(packed, tmp_path / "2") == {"x/a.csv": CSV, "b.csv": TABLE}
    plain = write_tar(tmp_path / "c.tar", {"a.csv": CSV}, "w")
    assert contents(plain, tmp_path / "3") == {"a.csv": CSV}


def test_workbook_is_one_file_also_inside_a_zip(tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert [sample.inner_name for sample in samples(tmp_path / "a.xlsx", tmp_path)] == [None]
    path = write_zip(tmp_path / "a.zip", {"Ä/a.xlsx": (tmp_path / "a.xlsx").read_bytes()})
    assert [sample.inner_name for sample in samples(path, tmp_path / "ziel")] == ["Ä/a.xlsx"]


@pytest.mark.parametrize("encoding", ["cp850", "utf-8"])
def test_names_with_umlauts_but_without_mark(tmp_path, encoding):
    raw = "Güte.csv".encode(encoding)
    path = write_zip(tmp_path / "a.zip", {"?" * len(raw): CSV})
    path.write_bytes(path.read_bytes().replace(b"?" * len(raw), raw))
    assert list(contents(path, tmp_path / "ziel")) == ["Güte.csv"]


def test_same_names_do_not_meet(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"2021/werte.csv": CSV, "2022/werte.csv": TABLE})
    assert contents(path, tmp_path / "ziel") == {"2021/werte.csv": CSV, "2022/werte.csv": TABLE}
    other = write_zip(tmp_path / "b.zip", {"werte.csv": b"b;c\n1;2\n"})
    assert contents(other, tmp_path / "ziel") == {"werte.csv": b"b;c\n1;2\n"}


def test_names_that_systems_refuse_become_harmless(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"con.csv": CSV, "ab:c?.csv": CSV, "x" * 300 + ".csv": CSV})
    found = samples(path, tmp_path / "ziel")
    assert [sample.path.name for sample in found][:2] == ["_con.csv", "ab_c_.csv"]
    assert all(len(sample.path.name) <= 101 for sample in found)


def test_junk_is_skipped_and_listed(tmp_path):
    path = write_zip(
        tmp_path / "a.zip",
        {
            "daten.csv": CSV,
            "__MACOSX/._daten.csv": b"\0\5\x16\7",
            "LIESMICH.txt": b"Hinweise",
            "handbuch.pdf": b"%PDF-1.7",
            "bild.csv": b"\x89PNG\r\n",
            "seite.htm": b"<!DOCTYPE html><html>",
            "fehler.csv": b"<!DOCTYPE html><html>",
            ".DS_Store": b"x",
        },
    )
    found = unpack(path, tmp_path / "ziel")
    # An error page under the name of a table is no junk: its reader tells what it is.
    assert [sample.name for sample in found.samples] == ["daten.csv", "fehler.csv"]
    assert dict(found.skipped) == {
        "__MACOSX/._daten.csv": "Beiwerk des Betriebssystems",
        ".DS_Store": "Beiwerk des Betriebssystems",
        "LIESMICH.txt": "Lizenz oder Beschreibung",
        "handbuch.pdf": "PDF-Dokument",
        "bild.csv": "Bild",
        "seite.htm": "Webseite oder XML-Beschreibung",
    }


def test_archive_with_nothing_but_junk(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"handbuch.pdf": b"%PDF-1.7"})
    with pytest.raises(FormatError, match=r"keine Datei mit Daten.*handbuch\.pdf"):
        unpack(path, tmp_path / "ziel")
    with pytest.raises(FormatError, match="keine Datei mit Daten"):
        unpack(write_zip(tmp_path / "leer.zip", {}), tmp_path / "ziel")


def shape_head(kind: int) -> bytes:
    return struct.pack(">i20xi", 9994, 50) + struct.pack("<ii", 1000, kind) + bytes(64)


def test_parts_of_a_shapefile_are_one_sample_with_its_date(tmp_path):
    path = write_zip(
        tmp_path / "vg.zip",
        {
            "vg/VG250_GEM.shp": shape_head(5),
            "vg/vg250_gem.DBF": b"dbf",
            "vg/VG250_GEM.shx": b"shx",
            "vg/VG250_GEM.prj": b"PROJCS[]",
            "vg/VG250_LI.shp": shape_head(3),
            "vg/VG250_LI.dbf": b"dbf",
            "vg/VG_WERTE.dbf": b"dbf",
            "aktualitaet.txt": b"31.12.2022",
        },
    )
    found = unpack(path, tmp_path / "ziel")
    (sample,) = found.samples
    assert sample.name == "vg/VG250_GEM.shp"
    beside = {file.name for file in sample.path.parent.iterdir()}
    assert beside == {"VG250_GEM.shp", "VG250_GEM.dbf", "VG250_GEM.shx", "VG250_GEM.prj", "aktualitaet.txt"}
    reasons = dict(found.skipped)
    assert reasons["vg/VG250_LI.shp"] == "Linien oder Punkte, keine Flächen"
    assert reasons["vg/VG_WERTE.dbf"] == "Teil eines Shapefile ohne Geometrie (.shp)"
    assert "Stand" in reasons["aktualitaet.txt"]


def test_one_archive_in_an_archive_is_unpacked_two_are_not(tmp_path):
    inner = write_zip(tmp_path / "inner.zip", {"a.csv": CSV}).read_bytes()
    middle = write_zip(tmp_path / "middle.zip", {"inner.zip": inner, "b.csv.gz": gzip.compress(TABLE)})
    found = contents(middle, tmp_path / "1")
    assert found == {"inner.zip/a.csv": CSV, next(name for name in found if "b.csv" in name): TABLE}
    outer = write_zip(tmp_path / "outer.zip", {"middle.zip": middle.read_bytes()})
    with pytest.raises(FormatError, match="Archiv in einem Archiv in einem Archiv"):
        unpack(outer, tmp_path / "2")
    assert list((tmp_path / "2").iterdir()) == []


@pytest.mark.parametrize("name", ["../a.csv", "a/../../b.csv", "/etc/a.csv", "C:\\a.csv", "..\\a.csv"])
def test_names_outside_the_folder_are_refused(tmp_path, name):
    path = write_zip(tmp_path / "a.zip", {"gut.csv": CSV, name: CSV})
    with pytest.raises(FormatError, match="außerhalb seines Ordners"):
        unpack(path, tmp_path / "ziel")
    assert list((tmp_path / "ziel").iterdir()) == []
    with pytest.raises(FormatError, match="außerhalb seines Ordners"):
        unpack(write_tar(tmp_path / "a.tar.gz", {name: CSV}), tmp_path / "ziel")


def test_links_are_not_followed(tmp_path):
    info = zipfile.ZipInfo("verweis.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("a.csv", CSV)
    found = unpack(tmp_path / "a.zip", tmp_path / "1")
    assert [sample.name for sample in found.samples] == ["a.csv"]
    assert found.skipped == [("verweis.csv", "Verweis auf eine andere Datei")]
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        link = tarfile.TarInfo("verweis.csv")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(FormatError, match="keine Datei mit Daten"):
        unpack(tmp_path / "a.tgz", tmp_path / "2")


def test_encrypted_and_unknown_methods(tmp_path):
    data = bytearray(write_zip(tmp_path / "a.zip", {"a.csv": CSV}).read_bytes())
    central = data.index(b"PK\x01\x02")
    locked, strange = bytearray(data), bytearray(data)
    locked[6] |= 1
    locked[central + 8] |= 1
    strange[8:10] = strange[central + 10 : central + 12] = struct.pack("<H", 98)
    (tmp_path / "locked.zip").write_bytes(locked)
    (tmp_path / "strange.zip").write_bytes(strange)
    with pytest.raises(FormatError, match="Kennwort"):
        unpack(tmp_path / "locked.zip", tmp_path / "ziel")
    with pytest.raises(FormatError, match="PPMd"):
        unpack(tmp_path / "strange.zip", tmp_path / "ziel")


def test_bombs(tmp_path):
    zeros = bytes(60_000_000)
    for path in (
        write_zip(tmp_path / "ratio.zip", {"a.csv": zeros}),
        write_deflate64(tmp_path / "ratio64.zip", "a.csv", zeros),
        write_tar(tmp_path / "ratio.tgz", {"a.csv": zeros}),
    ):
        with pytest.raises(FormatError, match="200-fach verdichtet"):
            unpack(path, tmp_path / "ziel")
        assert list((tmp_path / "ziel").iterdir()) == []
    (tmp_path / "a.gz").write_bytes(gzip.compress(TABLE))
    table = write_zip(tmp_path / "table.zip", {"a.csv": TABLE, "b.csv": TABLE})
    for path in (tmp_path / "a.gz", table):
        with pytest.raises(FormatError, match="auffällig"):
            unpack(path, tmp_path / "ziel", limits=Limits(total_bytes=len(TABLE) - 1))
    with pytest.raises(FormatError, match="2 Dateien"):
        unpack(table, tmp_path / "ziel", limits=Limits(members=1))
    many = write_tar(tmp_path / "many.tar", {f"{number}.csv": CSV for number in range(9)}, "w")
    with pytest.raises(FormatError, match="mehr als 5 Dateien"):
        unpack(many, tmp_path / "ziel", limits=Limits(members=5))


def test_member_larger_than_announced_is_damage(tmp_path):
    path = write_deflate64(tmp_path / "a.zip", "a.csv", TABLE, size=100)
    with pytest.raises(FormatError, match="beschädigt"):
        unpack(path, tmp_path / "ziel")


def test_too_little_space_is_told_before(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "a.zip", {"a.csv": TABLE})
    free = shutil.disk_usage(tmp_path)._replace(free=len(TABLE) - 1)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda folder: free)
    with pytest.raises(FormatError, match="zu wenig Platz"):
        unpack(path, tmp_path / "ziel")


def test_disk_that_fills_up_is_told(tmp_path, monkeypatch):
    def full(archive, info):
        yield b"x"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_members, "_zip_chunks", full)
    with pytest.raises(FormatError, match="zu wenig Platz"):
        unpack(write_zip(tmp_path / "a.zip", {"a.csv": TABLE}), tmp_path / "ziel")
    assert list((tmp_path / "ziel").iterdir()) == []


def test_progress_counts_to_the_end(tmp_path):
    told: list[tuple[int, int | None]] = []
    path = write_zip(tmp_path / "a.zip", {"a.csv": TABLE * 8, "b.csv": CSV})
    unpack(path, tmp_path / "ziel", progress=lambda done, total: told.append((done, total)))
    total = len(TABLE) * 8 + len(CSV)
    assert len(told) > 2
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (total, total)


@pytest.mark.parametrize("name", ["fehlt.csv", "."])
def test_what_cannot_be_opened(tmp_path, name):
    with pytest.raises(FormatError, match="lässt sich nicht öffnen"):
        unpack(tmp_path / name, tmp_path / "ziel")


@pytest.fixture(scope="module")
def archive_bytes(tmp_path_factory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("archives")
    members = {"a.csv": TABLE[:5000], "b/c.csv": CSV}
    return [
        write_zip(folder / "a.zip", members).read_bytes(),
        write_deflate64(folder / "b.zip", "a.csv", TABLE[:5000]).read_bytes(),
        write_tar(folder / "c.tgz", members).read_bytes(),
        gzip.compress(TABLE[:5000]),
    ]


@given(st.data())
def test_cut_or_altered_archives_raise_nothing_but_format_errors(archive_bytes, tmp_path, data):
    content = bytearray(data.draw(st.sampled_from(archive_bytes)))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(4, len(content) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "kaputt.zip"
    path.write_bytes(content)
    try:
        found = unpack(path, tmp_path / "ziel")
    except FormatError:
        return
    # The checksum guards the content; names and dates may differ.
    unpacked = {sample.path.read_bytes() for sample in found.samples}
    assert unpacked <= {TABLE[:5000], CSV, bytes(content)}
