"""Archives that somebody else made: members are read in bounded size, and tricks are refused."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tawazun.data import archives
from tawazun.data.archives import read_members
from tawazun.errors import BadFile


def everything(path: Path) -> dict[str, bytes]:
    return dict(read_members(path, lambda name: True))


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def kind(name: str, type_: bytes, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = type_, target
    return made


def test_the_wanted_members_are_read(tmp_path: Path) -> None:
    pack = zipped(tmp_path / "a.zip", ("repo/data/test.jsonl", b"{}"), ("repo/README.md", b"hello"))
    assert dict(read_members(pack, lambda name: name.endswith(".jsonl"))) == {"repo/data/test.jsonl": b"{}"}
    pack = tarred(tmp_path / "a.tar.gz", (tarfile.TarInfo("./repo/test.jsonl"), b"{}"), (tarfile.TarInfo("b"), b""))
    assert everything(pack) == {"repo/test.jsonl": b"{}", "b": b""}


@pytest.mark.parametrize("name", ["../up.jsonl", "a/../../up.jsonl", "/etc/x.jsonl", "C:/x.jsonl", "a\\..\\x.jsonl"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFile, match="leads out of the archive"):
        everything(zipped(tmp_path / "a.zip", (name, b"{}")))
    with pytest.raises(BadFile, match="leads out of the archive"):
        everything(tarred(tmp_path / "a.tgz", (tarfile.TarInfo(name), b"{}")))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    pack = zipped(tmp_path / "a.zip", ("test.jsonl", b"\0" * 20_000_000))
    assert pack.stat().st_size < 100_000
    with pytest.raises(BadFile, match=r"a.zip: member test.jsonl unpacks to [\d,]+ times its size"):
        everything(pack)


def test_a_tar_bomb_is_refused_even_where_it_is_not_wanted(tmp_path: Path) -> None:
    pack = tarred(tmp_path / "a.tar.gz", (tarfile.TarInfo("pad"), b"\0" * 8_000_000), (tarfile.TarInfo("t"), b"{}"))
    with pytest.raises(BadFile, match="times as large as the file"):
        list(read_members(pack, lambda name: name == "t"))


def test_members_and_totals_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = zipped(tmp_path / "a.zip", ("a", b"12345"), ("b", b"12345"))
    monkeypatch.setattr(archives, "LARGEST_TOTAL", 8)
    with pytest.raises(BadFile, match="member b is"):
        everything(pack)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 1)
    with pytest.raises(BadFile, match="more than 1 members"):
        everything(pack)


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    for type_ in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
        with pytest.raises(BadFile, match="link or another special file"):
            everything(tarred(tmp_path / "a.tar.gz", (kind("x.jsonl", type_, "/etc/passwd"), b"")))
    link = zipfile.ZipInfo("x.jsonl")
    link.external_attr = 0o120777 << 16
    with pytest.raises(BadFile, match=r"member x.jsonl is a link"):
        everything(zipped(tmp_path / "a.zip", (link, b"/etc/passwd")))


def test_a_password_is_refused(tmp_path: Path) -> None:
    raw = bytearray(zipped(tmp_path / "a.zip", ("x.jsonl", b"{}")).read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 0x1
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(BadFile, match=r"member x.jsonl is encrypted"):
        everything(tmp_path / "a.zip")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_damaged_doubled_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="stands twice"):
        everything(zipped(tmp_path / "a.zip", ("x", b"1"), ("x", b"2")))
    (tmp_path / "b.zip").write_bytes(b"PK nothing")
    (tmp_path / "b.tar.gz").write_bytes(b"nothing")
    whole = tarred(tmp_path / "c.tar.gz", (tarfile.TarInfo("x"), bytes(range(256)) * 500)).read_bytes()
    (tmp_path / "c.tar.gz").write_bytes(whole[: len(whole) // 2])
    for name in ("b.zip", "b.tar.gz", "c.tar.gz"):
        with pytest.raises(BadFile, match=f"{name}: cannot be read as an archive"):
            everything(tmp_path / name)
    with pytest.raises(BadFile, match="archives are"):
        everything(Path(__file__))
    with pytest.raises(BadFile, match="no such archive"):
        everything(tmp_path / "none.zip")
