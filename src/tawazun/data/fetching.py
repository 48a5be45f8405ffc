"""Making a local copy of a data set: from the Hugging Face Hub at one commit, or out of an archive or a folder.

Everything is checked before anything is written; what came is written down beside it.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tawazun.data.archives import is_archive, read_members
from tawazun.data.sets import RECORD, DataSet, Part, differs, files_below, matching
from tawazun.errors import BadFile, MissingExtra, WriteFailed

COMMIT = re.compile(r"[0-9a-f]{7,40}")
WHOLE = 40


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `files` are paths under the data folder; `commit` is empty for a copy made from a local archive."""

    name: str
    folder: Path
    commit: str
    files: tuple[str, ...]


def fetch(files: DataSet, data: Path, *, revision: str = "", source: Path | None = None) -> Fetched:
    """Copy a set into the data folder.

    revision   a commit, in the place of the pinned one (whose checksums then do not apply)
    source     an archive or a folder that the user downloaded; nothing is asked of the network then
    Errors     BadFile in one line: no commit to hold on to, no network, gated, vanished, another commit than asked for,
               a checksum that differs, a part that did not come. MissingExtra without huggingface_hub. WriteFailed.
    """
    if source is not None:
        return _put(files, data, dict(_local(files, source)), "", pinned=not revision)
    if not files.repo:
        raise BadFile(f"{files.name} is not on the Hub in this form: {files.how(data)}")
    wanted = _commit_named(files, revision)
    pinned = not revision or (bool(files.revision) and wanted.startswith(files.revision))
    with _told(files, wanted):
        commit = _whole(files, wanted)
        folder = _snapshot(files, commit)
    if folder.name != commit:
        raise BadFile(f"{files.name}: commit {folder.name[:12]} came instead of {commit[:12]}; nothing was kept")
    paths = {local: path.read_bytes() for path, local in files_below(folder)}
    return _put(files, data, paths, commit, pinned=pinned)


def _commit_named(files: DataSet, revision: str) -> str:
    named = revision.strip().lower() or files.revision
    if not named:
        raise BadFile(
            f"{files.name}: no commit of {files.repo} is vouched for yet, so name one: --revision COMMIT "
            f"(see https://huggingface.co/datasets/{files.repo}/commits)"
        )
    if not COMMIT.fullmatch(named):
        raise BadFile(
            f"{files.name}: a revision is a commit of 7 to 40 hexadecimal digits, not {revision!r}, which moves"
        )
    return named


@contextmanager
def _told(files: DataSet, wanted: str) -> Iterator[None]:
    try:
        from huggingface_hub import errors
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"fetching {files.name!r} needs the library huggingface_hub: pip install 'tawazun[hub]'"
        ) from error
    who = f"{files.name}: data set {files.repo!r}"
    try:
        yield
    except errors.GatedRepoError as error:
        raise BadFile(f"{who} is gated: accept its terms at {files.where} and log in there first") from error
    except errors.RevisionNotFoundError as error:
        raise BadFile(f"{who} has no commit {wanted[:12]} any more; its history was rewritten") from error
    except errors.RepositoryNotFoundError as error:
        raise BadFile(f"{who} is not on the Hub any more, or not for you") from error
    except errors.HfHubHTTPError as error:
        raise BadFile(f"{who}: the Hub answered with an error ({type(error).__name__})") from error
    except (errors.HTTPError, OSError) as error:
        raise BadFile(f"{who}: the Hub cannot be reached ({type(error).__name__})") from error


def _whole(files: DataSet, wanted: str) -> str:
    """The whole commit of its first digits."""
    from huggingface_hub import HfApi

    if len(wanted) == WHOLE:
        return wanted
    api = HfApi()
    api.repo_info(files.repo, repo_type="dataset")  # says quickly when there is no network or no such set
    found = {one.commit_id for one in api.list_repo_commits(files.repo, repo_type="dataset")}
    fitting = sorted(commit for commit in found if commit.startswith(wanted))
    if len(fitting) != 1:
        many = "several commits begin" if fitting else "no commit begins"
        raise BadFile(f"{files.name}: {many} with {wanted} in {files.repo}, {len(found)} are there; name another")
    return fitting[0]


def _snapshot(files: DataSet, commit: str) -> Path:
    from huggingface_hub import snapshot_download

    patterns = [pattern for part in files.parts for pattern in part.files]
    allowed = [form for pattern in patterns for form in (pattern, f"*/{pattern}")]
    return Path(snapshot_download(files.repo, repo_type="dataset", revision=commit, allow_patterns=allowed))


def _local(files: DataSet, source: Path) -> Iterator[tuple[str, bytes]]:
    """(path inside the set, content) of what belongs to a set in an archive or a folder."""
    if source.is_dir():
        for path, local in files_below(source):
            yield local, path.read_bytes()
    elif is_archive(source):
        patterns = [Part("", (pattern,)) for part in files.parts for pattern in part.files]
        yield from read_members(source, lambda name: any(matching(one, [(Path(), name)]) for one in patterns))
    else:
        raise BadFile(f"{source}: --from names a folder or an archive that you downloaded")


def _put(files: DataSet, data: Path, came: dict[str, bytes], commit: str, *, pinned: bool) -> Fetched:
    kept: dict[str, bytes] = {}
    paths = [(Path(local), local) for local in sorted(came)]
    for part in files.parts:
        found = matching(part, paths)
        if not found and part.needed:
            raise BadFile(f"{files.name}: no file fits {' or '.join(part.files)} in what came; nothing was kept")
        for _, local in found:
            own = _own_path(part, local)
            digest = sha256(came[local]).hexdigest()
            if pinned and part.sha256 and own == part.files[0] and digest != part.sha256:
                raise BadFile(f"{files.name}: {local}: {differs(digest, part.sha256)}; nothing was kept")
            if own in kept and kept[own] != came[local]:
                raise BadFile(f"{files.name}: two files are {own} in what came; give the folder of one of them")
            kept[own] = came[local]
    folder = data / files.folder
    record = {
        "set": files.name,
        "repo": files.repo if commit else "",
        "commit": commit,
        "files": {local: sha256(content).hexdigest() for local, content in kept.items()},
    }
    try:
        for local, content in kept.items():
            _write(folder / local, content)
        _write(folder / RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise WriteFailed(f"{folder}: cannot be written ({error.strerror or error})") from error
    return Fetched(files.name, folder, commit, tuple(f"{files.folder}/{local}" for local in sorted(kept)))


def _own_path(part: Part, local: str) -> str:
    """Where a file lies in the set: the end of its path that fits the part's pattern."""
    for pattern in part.files:
        if matching(Part("", (pattern,)), [(Path(), local)]):
            return "/".join(local.split("/")[-len(pattern.split("/")) :])
    return local


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    os.replace(draft, path)
