"""Where texts come from: local files or a data set of the Hub, read block by block, so that any row can be found again.

A block is at most `ROWS` rows or `BYTES` bytes of a file (for a folder of texts: files), found in one pass that also
makes each file's hash. Only one block is in memory; where blocks begin is kept, one entry per block.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from tawazun.adapt.corpora.blocks import ROWS, Spot, cells, hash_of, joined, lines, parquet, spots_of
from tawazun.adapt.corpora.conversations import as_messages
from tawazun.adapt.corpora.records import ORIGINS, Document, Tags, spoken
from tawazun.errors import BadFile, BadStudy, MissingExtra

SUFFIXES = (".jsonl", ".csv", ".parquet", ".txt")
TAGS = ("language", "country", "dialect", "origin", "licence")
TEXTS = ("text", "content", "raw_content")


class CorpusKeys(BaseModel):
    """One `[[source]]` of a recipe.

    files      a file, a pattern (`news-*.jsonl`) or a folder of `.txt` files, from the recipe's folder
    hub        a data set of the Hub instead, with its `split` and `revision` (a commit)
    text       column of plain text; by default `text`, `content` or `raw_content`; rows without one are read as
               conversations
    columns    tag -> column that has it for each row; other tags are those given here
    weight     how many times a composition takes the source (SFT), or its share of a mixture as one number or as
               [[progress, share], …]
    epochs     how often a mixture may read it at most; 0 = as often as its share asks for
    replay     keeps what the model already knows (its original language)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    files: str = ""
    hub: str = ""
    split: str = "train"
    revision: str = ""
    text: str = ""
    language: str = ""
    country: str = ""
    dialect: str = ""
    origin: Literal["", "native", "translated", "regenerated"] = ""
    licence: str = ""
    columns: dict[str, str] = {}
    weight: float | list[tuple[float, float]] = 1.0
    epochs: int = Field(default=0, ge=0)
    replay: bool = False

    @property
    def tags(self) -> Tags:
        """What every row of it has."""
        return Tags(self.language, self.country, self.dialect, self.origin, self.licence)


class CorpusSource(Protocol):
    """Rows by block.

    blocks   how many; None for a stream whose end is not known
    rows     of all blocks; None likewise
    sizes    rows of each block; empty likewise
    hashes   file -> BLAKE2b-128 of its content; of the Hub, the revision
    """

    @property
    def keys(self) -> CorpusKeys: ...
    @property
    def blocks(self) -> int | None: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def sizes(self) -> Sequence[int]: ...
    @property
    def hashes(self) -> Mapping[str, str]: ...

    def block(self, number: int) -> list[Document]:
        """The rows of a block in file order; empty past the end of a stream. Errors: BadFile naming the row."""
        ...


def open_source(keys: CorpusKeys, folder: Path) -> CorpusSource:
    """The source of a recipe's keys. Errors: BadStudy for keys that do not fit, BadFile for what is not there."""
    if bool(keys.files) == bool(keys.hub):
        raise BadStudy(f"source {keys.name!r}: give either files or hub")
    if unknown := sorted(set(keys.columns) - set(TAGS)):
        raise BadStudy(f"source {keys.name!r}: columns names {unknown[0]!r}; tags are {', '.join(TAGS)}")
    if keys.hub:
        return HubSource(keys)
    return FileSource(keys, _files(keys, folder), folder)


def _files(keys: CorpusKeys, folder: Path) -> list[Path]:
    start = folder / keys.files
    if start.is_dir():
        found = sorted(path for path in start.rglob("*") if path.suffix == ".txt")
        if not found:
            raise BadFile(
                f"source {keys.name!r}: the folder {keys.files} has no .txt files; name other files by a pattern"
            )
    elif any(mark in keys.files for mark in "*?["):
        anchor = Path(keys.files).anchor
        found = sorted((Path(anchor) if anchor else folder).glob(keys.files.removeprefix(anchor)))
        if not found:
            raise BadFile(f"source {keys.name!r}: no file fits {keys.files}")
    else:
        found = [start]
    for path in found:
        if not path.is_file():
            raise BadFile(f"source {keys.name!r}: there is no file {path.name} ({keys.files})")
        if path.suffix.lower() not in SUFFIXES:
            raise BadFile(f"source {keys.name!r}: {path.name} is not one of {', '.join(SUFFIXES)}")
    return found


class FileSource:
    """Local files."""

    def __init__(self, keys: CorpusKeys, paths: Sequence[Path], folder: Path) -> None:
        """Passes over every file once. Errors: BadFile for an empty source, a header, or a line beyond `LONGEST`."""
        self.keys = keys
        self._paths = list(paths)
        self._names = [str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name for path in paths]
        self._spots: list[Spot] = []
        self.hashes: dict[str, str] = {}
        for number, path in enumerate(paths):
            self._spots += spots_of(path, self._names[number], number)
            self.hashes[self._names[number]] = hash_of(path)
        if not self._spots:
            raise BadFile(f"source {keys.name!r}: there are no rows in {keys.files}")
        if all(path.suffix == ".txt" for path in paths):
            self._spots = joined(self._spots)
        self.blocks = len(self._spots)
        self.sizes = [spot.rows for spot in self._spots]
        self.rows = sum(self.sizes)

    def block(self, number: int) -> list[Document]:
        """The rows of a block."""
        spot = self._spots[number]
        path, name = self._paths[spot.file], self._names[spot.file]
        suffix = path.suffix.lower()
        if suffix == ".txt":
            files = range(spot.file, spot.file + spot.rows)
            return [_plain(self.keys, self._names[at], self._paths[at]) for at in files]
        reader = {".jsonl": lines, ".csv": cells, ".parquet": parquet}[suffix]
        rows = islice(reader(path, name, spot), spot.rows)
        return [document(self.keys, name, spot.before + i, fields) for i, fields in enumerate(rows, start=1)]


class HubSource:
    """A data set of the Hub as a stream. Blocks come in order; another one is looked for by skipping."""

    blocks: int | None = None
    rows: int | None = None
    sizes: Sequence[int] = ()

    def __init__(self, keys: CorpusKeys, load: Callable[..., Any] | None = None) -> None:
        """`load` stands for `datasets.load_dataset`. Errors: MissingExtra, BadStudy without a revision, BadFile."""
        if not keys.revision:
            raise BadStudy(f"source {keys.name!r}: a data set of the Hub needs revision = a commit, so that it stays")
        self.keys = keys
        self.hashes = {keys.hub: keys.revision}
        self._at = 0
        self._rows: Iterator[Mapping[str, Any]] = iter(())
        self._load = load or _load_dataset()
        self._stream: Any = None

    def block(self, number: int) -> list[Document]:
        """The rows of a block; empty when the stream has ended before."""
        try:
            if self._stream is None:
                self._stream = self._load(
                    self.keys.hub, split=self.keys.split, revision=self.keys.revision, streaming=True
                )
                self._rows = iter(self._stream)
            if number != self._at:
                self._rows = iter(self._stream.skip(number * ROWS))
            rows = list(islice(self._rows, ROWS))
        except (OSError, ValueError) as error:
            why = str(error).splitlines()[0][:160]
            raise BadFile(f"source {self.keys.name!r}: {self.keys.hub} cannot be streamed ({why})") from error
        self._at = number + 1
        first = number * ROWS
        return [document(self.keys, self.keys.hub, first + i, dict(row)) for i, row in enumerate(rows, start=1)]


def _load_dataset() -> Callable[..., Any]:
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingExtra("a source of the Hub needs datasets: pip install 'tawazun[adapt]'") from error
    found: Callable[..., Any] = load_dataset
    return found


def document(keys: CorpusKeys, file: str, number: int, fields: Mapping[str, Any]) -> Document:
    """A row as a document. Errors: BadFile when it has neither text nor turns, or a tag that is none."""
    where = f"source {keys.name!r}, {file} row {number}"
    tags = Tags(**{**{tag: getattr(keys, tag) for tag in TAGS}, **_own_tags(keys, fields, where)})
    column = keys.text or next((name for name in TEXTS if name in fields), "")
    if column:
        value = fields.get(column)
        if not isinstance(value, str) or not value.strip():
            raise BadFile(
                f"{where}, column {column}: a text is needed, not {'nothing' if not value else type(value).__name__}"
            )
        return Document(keys.name, file, number, value, tags)
    messages = as_messages(fields, where)
    return Document(keys.name, file, number, spoken(messages), tags, messages)


def _own_tags(keys: CorpusKeys, fields: Mapping[str, Any], where: str) -> dict[str, str]:
    found = {}
    for tag, column in keys.columns.items():
        if column not in fields:
            raise BadFile(f"{where}: there is no column {column!r}, which columns names for {tag}")
        found[tag] = str(fields[column] or "").strip()
    if found.get("origin", "") not in ORIGINS:
        raise BadFile(f"{where}: origin is one of {', '.join(ORIGINS[1:])}, not {found['origin'][:40]!r}")
    return found


def _plain(keys: CorpusKeys, name: str, path: Path) -> Document:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{name}: not UTF-8 (byte {error.start}); save the file as UTF-8") from error
    if not text.strip():
        raise BadFile(f"{name}: the file has no text")
    return Document(keys.name, name, 1, text, keys.tags)
