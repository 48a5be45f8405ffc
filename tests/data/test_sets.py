"""Local copies of data sets: which files, at which commit, and every way in which a copy is not what it should be."""

import builtins
import importlib
import json
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from tawazun.data.fetching import fetch
from tawazun.data.sets import RECORD, DataSet, Part
from tawazun.errors import BadFile, MissingExtra, WriteFailed

TEST = b'{"id": "a", "answer": "yes"}\n'
DEV = b'{"id": "b", "answer": "no"}\n'
COMMIT = "d4dd124e" + "0" * 32
OTHER = "0123abcd" + "0" * 32
SET = DataSet(
    name="toy",
    folder="toy",
    where="https://example.org/toy",
    parts=(Part("test", ("test.jsonl",), sha256(TEST).hexdigest()), Part("dev", ("*/dev-*", "dev*"), needed=False)),
    repo="somebody/toy",
    revision="d4dd124e",
)


class Hub:
    """A stand-in for the Hub: a folder of snapshots, its commits, or an error."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.fault, self.asked = folder, None, []
        self.commits, self.comes = [COMMIT, OTHER], ""
        monkeypatch.setattr(huggingface_hub, "snapshot_download", self.download)
        monkeypatch.setattr(huggingface_hub, "HfApi", lambda: self)

    fault: Exception | None
    asked: list[dict[str, Any]]

    def put(self, commit: str, **files: bytes) -> None:
        for name, content in files.items():
            path = self.folder / commit / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def repo_info(self, repo: str, **_: Any) -> None:
        if self.fault:
            raise self.fault

    def list_repo_commits(self, repo: str, **_: Any) -> list[SimpleNamespace]:
        return [SimpleNamespace(commit_id=commit) for commit in self.commits]

    def download(self, repo: str, **options: Any) -> str:
        self.asked.append({"repo": repo, **options})
        if self.fault:
            raise self.fault
        return str(self.folder / (self.comes or options["revision"]))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    made = Hub(tmp_path / "hub", monkeypatch)
    made.put(COMMIT, test_jsonl=TEST, data__dev_jsonl=DEV, README_md=b"hello")
    return made


def refused(code: int, kind: type[errors.HfHubHTTPError]) -> errors.HfHubHTTPError:
    http = importlib.import_module(errors.HTTPError.__module__.partition(".")[0])
    return kind("no", response=http.Response(code, request=http.Request("GET", "https://example.org")))


def test_a_set_is_fetched_at_the_commit_that_its_first_digits_name(hub: Hub, tmp_path: Path) -> None:
    came = fetch(SET, tmp_path / "data")
    assert came.commit == COMMIT and came.files == ("toy/dev.jsonl", "toy/test.jsonl")
    assert hub.asked[0]["revision"] == COMMIT and hub.asked[0]["repo_type"] == "dataset"
    assert [row.fields["id"] for part in ("test", "dev") for row in SET.rows(tmp_path / "data", part)] == ["a", "b"]
    assert json.loads((tmp_path / "data" / "toy" / RECORD).read_text())["commit"] == COMMIT


def test_a_pattern_keeps_the_folders_that_it_names(hub: Hub, tmp_path: Path) -> None:
    hub.put(COMMIT, **{"x__Egypt__test-0_jsonl": TEST, "x__Syria__test-0_jsonl": DEV})
    many = replace(SET, parts=(Part("test", ("*/test-*",)),))
    assert fetch(many, tmp_path).files == ("toy/Egypt/test-0.jsonl", "toy/Syria/test-0.jsonl")
    assert [row.file for row in many.rows(tmp_path, "test")] == ["toy/Egypt/test-0.jsonl", "toy/Syria/test-0.jsonl"]


@pytest.mark.parametrize("revision", ["main", "v1.0", "refs/pr/1", "d4dd12", "zzzzzzzz"])
def test_a_revision_that_can_move_is_refused(hub: Hub, tmp_path: Path, revision: str) -> None:
    with pytest.raises(BadFile, match="which moves"):
        fetch(SET, tmp_path, revision=revision)
    assert not hub.asked


def test_a_set_without_a_pin_wants_a_commit_named(hub: Hub, tmp_path: Path) -> None:
    free = replace(SET, revision="", parts=(replace(SET.parts[0], sha256=""),))
    with pytest.raises(BadFile, match=r"no commit of somebody/toy is vouched for yet, so name one: --revision COMMIT"):
        fetch(free, tmp_path)
    assert fetch(free, tmp_path, revision=COMMIT).commit == COMMIT


def test_a_commit_that_moved_keeps_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.comes = OTHER
    hub.put(OTHER, test_jsonl=TEST)
    with pytest.raises(BadFile, match=r"toy: commit 0123abcd0000 came instead of d4dd124e0000; nothing was kept"):
        fetch(SET, tmp_path)
    hub.commits = [OTHER]
    with pytest.raises(BadFile, match=r"no commit begins with d4dd124e"):
        fetch(SET, tmp_path)
    assert not (tmp_path / "toy").exists()


def test_a_checksum_that_differs_keeps_nothing(hub: Hub, tmp_path: Path) -> None:
    hub.put(COMMIT, test_jsonl=TEST + DEV)
    with pytest.raises(
        BadFile, match=r"toy: test.jsonl: checksum [0-9a-f]{12}… is not [0-9a-f]{12}…; nothing was kept"
    ):
        fetch(SET, tmp_path)
    assert not (tmp_path / "toy").exists()
    hub.commits.append("ffff0000" + "1" * 32)
    hub.put(hub.commits[-1], test_jsonl=TEST + DEV)
    assert fetch(SET, tmp_path, revision="ffff0000").files == ("toy/test.jsonl",)


def test_a_part_that_did_not_come_keeps_nothing(hub: Hub, tmp_path: Path) -> None:
    (hub.folder / COMMIT / "test.jsonl").unlink()
    with pytest.raises(BadFile, match=r"toy: no file fits test.jsonl in what came"):
        fetch(SET, tmp_path)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (lambda: refused(403, errors.GatedRepoError), "is gated: accept its terms at https://example.org/toy"),
        (lambda: refused(404, errors.RevisionNotFoundError), "has no commit d4dd124e any more"),
        (lambda: refused(404, errors.RepositoryNotFoundError), "is not on the Hub any more, or not for you"),
        (lambda: refused(500, errors.HfHubHTTPError), "the Hub answered with an error"),
        (lambda: errors.LocalEntryNotFoundError("no"), "the Hub cannot be reached"),
        (lambda: errors.HTTPError("no"), "the Hub cannot be reached"),
        (lambda: ConnectionError("no"), "the Hub cannot be reached"),
    ],
)
def test_what_the_hub_refuses_is_one_line(hub: Hub, tmp_path: Path, fault: Any, why: str) -> None:
    hub.fault = fault()
    with pytest.raises(BadFile, match=why) as caught:
        fetch(SET, tmp_path)
    assert "\n" not in str(caught.value) and "somebody/toy" in str(caught.value)


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("huggingface_hub"):
            raise ModuleNotFoundError("No module named 'huggingface_hub'", name="huggingface_hub")
        return real(name, *rest, **named)

    for name in [name for name in sys.modules if name.startswith("huggingface_hub")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtra, match=r"pip install 'tawazun\[hub\]'"):
        fetch(SET, tmp_path)


def test_a_downloaded_archive_or_folder_serves_as_well(tmp_path: Path) -> None:
    apart = replace(SET, repo="")
    with pytest.raises(BadFile, match=r"not on the Hub in this form: get it from https://example.org/toy"):
        fetch(apart, tmp_path)
    pack = tmp_path / "toy-main.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        for name, content in (
            ("toy-main/a/test.jsonl", TEST),
            ("toy-main/README.md", b"x"),
            ("toy-main/dev.jsonl", DEV),
        ):
            archive.writestr(name, content)
    assert fetch(apart, tmp_path / "one", source=pack).files == ("toy/dev.jsonl", "toy/test.jsonl")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "test.jsonl").write_bytes(TEST)
    assert fetch(apart, tmp_path / "two", source=tmp_path / "copy").files == ("toy/test.jsonl",)
    with pytest.raises(BadFile, match="names a folder or an archive"):
        fetch(apart, tmp_path, source=tmp_path / "nothing")


def test_an_archive_that_climbs_out_writes_nothing(tmp_path: Path) -> None:
    pack = tmp_path / "bad.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("test.jsonl", TEST)
        archive.writestr("../../test.jsonl", TEST)
    with pytest.raises(BadFile, match="leads out of the archive"):
        fetch(SET, tmp_path / "data", source=pack)
    assert not (tmp_path / "data").exists()


def test_two_files_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    pack = tmp_path / "two.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("a/test.jsonl", TEST)
        archive.writestr("b/test.jsonl", DEV)
    with pytest.raises(BadFile, match=r"two files are test.jsonl|checksum"):
        fetch(replace(SET, parts=(Part("test", ("test.jsonl",)),)), tmp_path / "data", source=pack)


def test_a_copy_is_checked_when_it_is_read(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"toy needs toy/test.jsonl, which is not in .*: tawazun fetch toy --data"):
        SET.rows(tmp_path, "test")
    fetch(SET, tmp_path)
    (tmp_path / "toy" / "test.jsonl").write_bytes(TEST + DEV)
    with pytest.raises(
        BadFile, match=r"toy/test.jsonl: checksum .* it is not the file of https://example.org/toy at d4dd"
    ):
        SET.rows(tmp_path, "test")
    (tmp_path / "toy" / "dev.jsonl").write_bytes(TEST)
    with pytest.raises(BadFile, match=r"toy/dev.jsonl: checksum .* it was changed after it was fetched"):
        SET.rows(tmp_path, "dev")
    (tmp_path / "toy" / RECORD).write_text("[]")
    with pytest.raises(BadFile, match="not a record of what was fetched"):
        SET.rows(tmp_path, "dev")


def test_a_folder_that_cannot_be_written_is_a_failure(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "toy").write_text("a file is here")
    with pytest.raises(WriteFailed, match="cannot be written"):
        fetch(SET, tmp_path)
