"""Corpora as streams: shares are kept, and a run taken up anywhere gives the same rows to the last bit."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.adapt.corpora.mixing import Mixer, Mixture, Share, share_of
from tawazun.adapt.corpora.packing import Packer, block_mask, check_batch, packed
from tawazun.adapt.corpora.sources import ROWS, CorpusKeys, HubSource, open_source
from tawazun.adapt.corpora.streams import SequenceStream
from tawazun.errors import BadFile, BadStudy, StudyChanged


def corpus(folder: Path, name: str, texts: Sequence[str], **keys: object) -> CorpusKeys:
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return CorpusKeys(name=name, files=f"{name}.jsonl", **keys)


def mixture(folder: Path, *, total: float = 4000, seed: int = 1, weights: tuple[object, object] = (1, 1)) -> Mixture:
    arabic = corpus(folder, "ar", [f"نص رقم {i} " * (1 + i % 5) for i in range(70)], language="ar")
    english = corpus(folder, "en", [f"text number {i} " * (1 + i % 3) for i in range(40)], language="en", replay=True)
    sources = tuple(open_source(keys, folder) for keys in (arabic, english))
    return Mixture(sources, tuple(share_of(one) for one in weights), total, seed)


def test_shares_change_as_the_schedule_says(tmp_path: Path) -> None:
    mixed = mixture(tmp_path, total=20_000, weights=([(0, 0.3), (1, 0.9)], [(0, 0.7), (1, 0.1)]))
    first, last, read = Counter(), Counter(), 0
    for row in Mixer(mixed):
        part = first if read < 2000 else last if read >= 18_000 else Counter()
        part[row.source] += len(row.text)
        read += len(row.text)
    # over the first tenth the Arabic share is .33 on average, over the last .87
    assert first["ar"] / sum(first.values()) == pytest.approx(0.33, abs=0.03)
    assert last["ar"] / sum(last.values()) == pytest.approx(0.87, abs=0.03)
    assert mixed.replayed(0.0) == pytest.approx(0.7) and mixed.replayed(1.0) == pytest.approx(0.1)


@pytest.mark.parametrize("stop", [0, 1, 37, 111, 200])
def test_a_mixer_goes_on_to_the_same_rows(tmp_path: Path, stop: int) -> None:
    mixed = mixture(tmp_path, total=9000)
    whole = list(Mixer(mixed))
    first = Mixer(mixed)
    head = list(islice(iter(first), stop))
    state = json.loads(json.dumps(first.state()))
    second = Mixer(mixture(tmp_path, total=9000), state)
    assert head + list(second) == whole
    full = Mixer(mixed)
    list(full)
    assert second.state() == full.state() and second.table() == full.table()


def test_every_row_comes_once_before_any_comes_twice(tmp_path: Path) -> None:
    mixed = mixture(tmp_path, total=1e9, weights=(1, 0))
    rows = [row.number for row in islice(iter(Mixer(mixed)), 140)]
    assert sorted(rows[:70]) == sorted(rows[70:]) == list(range(1, 71))
    assert rows[:70] != rows[70:] and rows[:70] != list(range(1, 71))


def test_another_seed_is_another_order(tmp_path: Path) -> None:
    one, other = (list(Mixer(mixture(tmp_path, seed=seed))) for seed in (1, 2))
    assert one != other


def test_a_source_that_may_be_read_once_leaves_its_share_to_the_others(tmp_path: Path) -> None:
    keys = corpus(tmp_path, "small", ["a b c"] * 5, epochs=1)
    more = corpus(tmp_path, "large", ["d e f"] * 50)
    mixed = Mixture(tuple(open_source(one, tmp_path) for one in (keys, more)), (share_of(9), share_of(1)), 300, 0)
    found = Counter(row.source for row in Mixer(mixed))
    assert found == {"small": 5, "large": 55}


def test_a_changed_file_stops_a_resume(tmp_path: Path) -> None:
    state = Mixer(mixture(tmp_path)).state()
    again = mixture(tmp_path)
    corpus(tmp_path, "ar", ["other"])
    changed = open_source(again.sources[0].keys, tmp_path)
    with pytest.raises(StudyChanged, match="has changed"):
        Mixer(Mixture((changed, again.sources[1]), again.shares, again.total, again.seed), state)


def test_files_of_every_kind_hold_the_same_rows(tmp_path: Path) -> None:
    texts = [f'line {i}, with "quotes"\nand a second line' for i in range(2500)]
    corpus(tmp_path, "a", texts)
    table = pl.DataFrame({"text": texts, "place": ["EGY"] * len(texts)})
    table.write_csv(tmp_path / "a.csv")
    table.write_parquet(tmp_path / "a.parquet")
    for suffix in ("jsonl", "csv", "parquet"):
        source = open_source(CorpusKeys(name="a", files=f"a.{suffix}"), tmp_path)
        assert (source.rows, source.blocks) == (2500, 3)
        assert [row.text for n in (2, 0, 1) for row in source.block(n)] == texts[2048:] + texts[:2048]
        assert [row.number for row in source.block(1)][:2] == [ROWS + 1, ROWS + 2]
    tagged = open_source(CorpusKeys(name="a", files="a.csv", language="ar", columns={"country": "place"}), tmp_path)
    assert (tagged.block(0)[0].tags.country, tagged.block(0)[0].tags.language) == ("EGY", "ar")


def test_a_folder_of_texts_is_one_row_a_file(tmp_path: Path) -> None:
    for i in range(70):
        (tmp_path / f"{i:02}.txt").write_text(f"text {i}", encoding="utf-8")
    source = open_source(CorpusKeys(name="t", files="."), tmp_path)
    assert source.rows == 70 and source.blocks == 2
    assert [row.text for n in range(2) for row in source.block(n)] == [f"text {i}" for i in range(70)]


class Remote:
    """What `datasets` gives for a data set that is streamed."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.rows = rows

    def __iter__(self):
        return iter(self.rows)

    def skip(self, n: int) -> "Remote":
        return Remote(self.rows[n:])


def test_a_stream_of_the_hub_goes_on_where_it_stood() -> None:
    rows = [{"text": f"row {i}"} for i in range(ROWS + 10)]
    keys = CorpusKeys(name="h", hub="someone/texts", revision="c0ffee")

    def made() -> Mixture:
        return Mixture((HubSource(keys, lambda *a, **k: Remote(rows)),), (share_of(1),), 1e9, 3)

    whole = [row.text for row in islice(iter(Mixer(made())), 2 * len(rows))]
    assert sorted(whole[: len(rows)]) == sorted(row["text"] for row in rows)
    first = Mixer(made())
    list(islice(iter(first), ROWS + 4))
    rest = [row.text for row in islice(iter(Mixer(made(), first.state())), 20)]
    assert rest == whole[ROWS + 4 : ROWS + 24]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no rows"),
        ('{"text": "a"}\n{"text": 3}\n', "row 2, column text: a text is needed"),
        ('{"text": "a"}\n{"tex', "row 2: not JSON"),
        ('["a"]\n', "row 1: a record is needed"),
        ('{"topic": "a"}\n', "neither a text nor turns"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "x.jsonl").write_text(content)
    with pytest.raises(BadFile, match=why):
        open_source(CorpusKeys(name="x", files="x.jsonl"), tmp_path).block(0)


@pytest.mark.parametrize(
    "keys",
    [{"files": "x.txt"}, {"files": "*.jsonl"}, {"files": "x.docx"}, {}, {"files": "a", "hub": "b"}, {"hub": "b"}],
)
def test_sources_that_cannot_be_opened(tmp_path: Path, keys: dict[str, str]) -> None:
    (tmp_path / "x.docx").write_text("x")
    with pytest.raises((BadFile, BadStudy), match="source 'x'"):
        open_source(CorpusKeys(name="x", **keys), tmp_path)


@pytest.mark.parametrize("points", [[], [(0.5, 1), (0.2, 1)], [(0, -1)], [(0, 1), (1.5, 1)], [(0, float("nan"))]])
def test_shares_that_are_none(points: list[tuple[float, float]]) -> None:
    with pytest.raises(BadStudy, match="weight"):
        Share(tuple(points))


# ---- packing


@given(st.lists(st.lists(st.integers(1, 99), max_size=30), max_size=20), st.integers(2, 12))
def test_packing_loses_nothing_and_keeps_documents_apart(documents: list[list[int]], context: int) -> None:
    made = list(packed(documents, Packer(context, 0, "split")))
    assert [t for one in made for t in one.tokens] == [t for doc in documents if doc for t in (*doc, 0)]
    assert all(len(one.tokens) == context for one in made[:-1])
    for one in made:
        starts = np.flatnonzero(np.diff(one.segments, prepend=-1))
        assert (one.positions[starts] == 0).all() and (np.diff(one.positions)[np.diff(one.segments) == 0] == 1).all()
        # a document ends before the next one begins
        assert (one.tokens[starts[1:] - 1] == 0).all()


@pytest.mark.parametrize(
    ("longer", "tokens", "fate"), [("cut", 5, "cut"), ("drop", 0, "dropped"), ("split", 9, "split")]
)
def test_a_document_longer_than_the_context(longer: str, tokens: int, fate: str) -> None:
    packer = Packer(5, 0, longer)
    made = list(packed([[1] * 8], packer))
    assert sum(len(one.tokens) for one in made) == tokens
    assert packer.counts[fate] == 1 and packer.counts["tokens_lost"] == 9 - tokens


def test_a_corpus_smaller_than_a_batch_is_told() -> None:
    check_batch(8, 8)
    with pytest.raises(BadStudy, match="makes 1 sequence, fewer than a batch of 8"):
        check_batch(1, 8)


@pytest.mark.parametrize("stop", [0, 1, 13, 40, 10_000])
def test_a_stream_of_sequences_goes_on_bit_for_bit(tmp_path: Path, stop: int) -> None:
    def made() -> SequenceStream:
        return SequenceStream(mixture(tmp_path), lambda text: list(text.encode()), Packer(16, 0, "split"))

    whole = list(made())
    first = made()
    rows = iter(first)
    head = list(islice(rows, stop))
    second = made()
    second.resume(json.loads(json.dumps(first.state())))
    again = head + list(second)
    assert len(again) == len(whole) > 100
    for one, other in zip(again, whole, strict=True):
        assert np.array_equal(one.tokens, other.tokens) and np.array_equal(one.segments, other.segments)


def test_documents_of_one_sequence_do_not_see_each_other() -> None:
    assert block_mask(np.array([0, 0, 1])).tolist() == [[True, False, False], [True, True, False], [False, False, True]]
