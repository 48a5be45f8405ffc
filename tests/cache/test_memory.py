"""What is remembered is not asked: across runs, wordings and numbers of samples; and nothing wrong is remembered."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tawazun import api
from tawazun.answers import Outcome
from tawazun.cache import Memory, Store, open_memory
from tawazun.cache.place import NAME
from tawazun.cells import Ask
from tawazun.errors import BadStudy, RespondentFailed
from tawazun.respondents import Settings
from tawazun.respondents.catalogue import hf, planted
from tawazun.respondents.replies import told
from tawazun.runs import Run, open_run
from tawazun.seeds import seed_for
from tests.toys import study

ITEMS = ["a01", "a02", "a03"]
EXACT = {"instruments": ["atlas"], "personas": ["none", "x-sahelia"], "items": ITEMS, "wordings": ["w1", "w2"]}


class Whole:
    """The planted respondent as if it cost something; counts what it is asked."""

    batch = 7
    modes = ("logprob", "sample")

    def __init__(self, settings: Settings) -> None:
        self.inner = planted.Planted(settings)
        self.identity = {"kind": "costly", **self.inner.identity}
        self.asked: list[str] = []
        self.notes: list[str] = []
        self.fail: set[str] = set()

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        self.asked += [ask.ask for ask in asks]
        if not self.notes:
            self.notes.append("read by label")
        found = list(self.inner.answer(asks, samples, study_seed))
        return [Outcome(error="down") if a.question.id in self.fail else o for a, o in zip(asks, found, strict=True)]


class Single(Whole):
    """The same, which can be asked for single replies."""

    def replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> list[tuple[str, ...] | Outcome]:
        found: list[tuple[str, ...] | Outcome] = []
        for ask, indices in zip(asks, wanted, strict=True):
            self.asked += [f"{ask.ask}:{k}" for k in indices]
            said = tuple(ask.shown.labels[seed_for(study_seed, ask.ask, k) % len(ask.shown.labels)] for k in indices)
            found.append(Outcome(error="down") if ask.question.id in self.fail else said)
        return found

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
        if asks and asks[0].framing.mode == "logprob":
            return super().answer(asks, samples, study_seed)
        said = self.replies(asks, [range(samples)] * len(asks), study_seed)
        return [one if isinstance(one, Outcome) else told(ask, one) for ask, one in zip(asks, said, strict=True)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache."""
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / NAME


Went = tuple[Run, list[str], list[str]]


def go(kind: type[Whole], out: Path, fail: Sequence[str] = (), cache: bool | None = None, **changes: object) -> Went:
    """The run, what was asked, and the respondent's notes."""
    seed = changes.pop("seed", 0)
    made = api.prepare(study(seed=seed, ask={**EXACT, **changes}, measure={"measures": ["index"]}))
    respondent = kind(Settings("floor", "planted"))
    respondent.fail = set(fail)
    prepared = api.Prepared(made.study, made.instruments, (), {"floor": respondent}, made.plans, {}, {})
    done = api.run_prepared(prepared, out, memories=api.find_memories(prepared, cache))
    return done, respondent.asked, list(respondent.notes)


@pytest.mark.parametrize("kind", [Whole, Single])
@pytest.mark.parametrize("mode", ["logprob", "sample"])
def test_a_second_run_asks_nothing_and_says_the_same(
    kind: type[Whole], mode: str, machine: Path, tmp_path: Path
) -> None:
    plain, asked, _ = go(kind, tmp_path / "plain", cache=False, mode=mode, samples=4)
    assert not machine.exists()
    first, again, notes = go(kind, tmp_path / "first", mode=mode, samples=4)
    assert again == asked and asked
    second, nothing, remembered = go(kind, tmp_path / "second", mode=mode, samples=4)
    assert nothing == []
    assert remembered == notes
    assert first.answers.equals(plain.answers) and second.answers.equals(plain.answers)
    assert second.scores.equals(plain.scores)
    assert second.manifest == first.manifest


def test_a_changed_wording_asks_only_its_cells(machine: Path, tmp_path: Path) -> None:
    first, _, _ = go(Whole, tmp_path / "first", wordings=["w1", "w2"])
    second, asked, _ = go(Whole, tmp_path / "second", wordings=["w3", "w1"])
    new = set(second.answers["ask"]) - set(first.answers["ask"])
    assert set(asked) == new and len(asked) == len(new) == second.answers.height / 2
    assert second.answers.equals(go(Whole, tmp_path / "plain", cache=False, wordings=["w3", "w1"])[0].answers)


def test_more_samples_ask_only_what_is_missing(machine: Path, tmp_path: Path) -> None:
    few, _, _ = go(Single, tmp_path / "few", mode="sample", samples=3)
    many, asked, _ = go(Single, tmp_path / "many", mode="sample", samples=30)
    assert len(asked) == 27 * few.answers.height and {int(one.split(":")[1]) for one in asked} == set(range(3, 30))
    assert many.answers.equals(go(Single, tmp_path / "plain", cache=False, mode="sample", samples=30)[0].answers)
    fewer, nothing, _ = go(Single, tmp_path / "fewer", mode="sample", samples=2)
    assert nothing == [] and fewer.answers["n"].unique().to_list() == [2.0]


def test_without_single_replies_a_cell_is_asked_again_whole(machine: Path, tmp_path: Path) -> None:
    _, asked, _ = go(Whole, tmp_path / "few", mode="sample", samples=3)
    many, again, _ = go(Whole, tmp_path / "many", mode="sample", samples=30)
    assert again == asked
    assert many.answers.equals(go(Whole, tmp_path / "plain", cache=False, mode="sample", samples=30)[0].answers)


@pytest.mark.parametrize("kind", [Whole, Single])
def test_another_seed_draws_other_replies(kind: type[Whole], machine: Path, tmp_path: Path) -> None:
    _, asked, _ = go(kind, tmp_path / "one", mode="sample", samples=5)
    other, again, _ = go(kind, tmp_path / "two", mode="sample", samples=5, seed=1)
    assert again == asked
    assert other.answers.equals(go(kind, tmp_path / "plain", cache=False, mode="sample", samples=5, seed=1)[0].answers)


@pytest.mark.parametrize("kind", [Whole, Single])
@pytest.mark.parametrize("mode", ["logprob", "sample"])
def test_failures_are_not_remembered(kind: type[Whole], mode: str, machine: Path, tmp_path: Path) -> None:
    broken, _, _ = go(kind, tmp_path / "broken", mode=mode, fail=["a02"])
    failed = set(broken.answers.filter(broken.answers["error"].is_not_null())["ask"])
    whole, asked, _ = go(kind, tmp_path / "whole", mode=mode)
    assert len(failed) == broken.answers.height / 3
    assert {one.split(":")[0] for one in asked} == failed
    assert whole.answers["error"].null_count() == whole.answers.height


def test_a_free_respondent_is_not_cached_unless_wanted(machine: Path, tmp_path: Path) -> None:
    api.run(study(), tmp_path / "free")
    assert not machine.exists()
    api.run(study(), tmp_path / "wanted", cache=True)
    assert Store(machine, 10**8).kept()[0].name == "floor"


def test_a_frozen_study_never_uses_the_cache(machine: Path) -> None:
    made = api.prepare(study())
    frozen = api.Prepared(made.study.model_copy(update={"frozen": {"version": 2}}), (), (), made.asked, {}, {}, {})
    assert api.find_memories(frozen) == {}
    with pytest.raises(BadStudy, match="frozen"):
        api.find_memories(frozen, True)


def test_a_damaged_answer_is_asked_again_and_mended(machine: Path, tmp_path: Path) -> None:
    first, _, _ = go(Whole, tmp_path / "first")
    inside = sqlite3.connect(machine)
    inside.execute("UPDATE answers SET value = x'00' || substr(value, 2) WHERE key = (SELECT min(key) FROM answers)")
    inside.commit()
    inside.close()
    second, again, _ = go(Whole, tmp_path / "second")
    assert len(again) == 1 and second.answers.equals(first.answers)
    assert go(Whole, tmp_path / "third")[1] == []


def test_a_file_that_is_no_cache_is_one_line_and_the_run_goes_on(
    machine: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine.parent.mkdir()
    machine.write_bytes(b"damaged" * 1000)
    with caplog.at_level(logging.WARNING):
        done, asked, _ = go(Whole, tmp_path / "run")
    assert len(asked) == done.answers.height and len(caplog.messages) == 1
    assert "going on without the answer cache" in caplog.messages[0] and "\n" not in caplog.messages[0]
    assert machine.read_bytes() == b"damaged" * 1000


def test_a_file_that_breaks_on_the_way_is_one_line(
    machine: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = open_memory()
    made = api.prepare(study(ask=EXACT))
    respondent = Whole(Settings("floor", "planted"))
    prepared = api.Prepared(made.study, made.instruments, (), {"floor": respondent}, made.plans, {}, {})
    inside = sqlite3.connect(machine)
    inside.execute("DROP TABLE answers")
    inside.commit()
    inside.close()
    with caplog.at_level(logging.WARNING):
        done = api.run_prepared(prepared, tmp_path / "run", memories={"floor": memory})
    assert done.answers.height == len(respondent.asked) and done.answers["error"].null_count() == done.answers.height
    assert len(caplog.messages) == 1 and memory.store is None


def test_rounds_keep_the_order_and_fill_every_batch(machine: Path, tmp_path: Path) -> None:
    go(Whole, tmp_path / "first", wordings=["w2"])
    sizes: list[int] = []

    class Counted(Whole):
        def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
            sizes.append(len(asks))
            return super().answer(asks, samples, study_seed)

    done, asked, _ = go(Counted, tmp_path / "second", wordings=["w1", "w2", "w3"])
    assert done.answers.equals(go(Whole, tmp_path / "plain", cache=False, wordings=["w1", "w2", "w3"])[0].answers)
    assert all(size == Whole.batch for size in sizes[:-1]) and sum(sizes) == len(asked)


def test_without_a_store_everything_is_asked() -> None:
    assert Memory(None).find([b"k"]) == {} and Memory(None).notes("r") == []


def test_what_came_before_a_breakdown_is_kept(machine: Path, tmp_path: Path) -> None:
    class Breaking(Whole):
        def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:  # type: ignore[override]
            for number, outcome in enumerate(self.inner.answer(asks, samples, study_seed)):
                if number == 5:
                    raise RespondentFailed("the server is gone")
                yield outcome

    with pytest.raises(RespondentFailed):
        go(Breaking, tmp_path / "broken")
    kept = set(open_run(tmp_path / "broken").answers["ask"])
    done, asked, _ = go(Whole, tmp_path / "second")
    assert len(kept) == 5 and not kept & set(asked) and len(asked) == done.answers.height - 5


def test_too_few_outcomes_stop_the_run(machine: Path, tmp_path: Path) -> None:
    class Short(Whole):
        def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> list[Outcome]:
            return super().answer(asks, samples, study_seed)[:-1]

    with pytest.raises(RespondentFailed, match="fewer"):
        go(Short, tmp_path / "short")


def test_a_local_model_is_asked_for_missing_replies_only(
    machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    generate = hf.generate

    def counted(model: Any, prompts: Sequence[list[int]], *more: Any) -> list[str | None]:
        drawn.append(len(prompts))
        return generate(model, prompts, *more)

    monkeypatch.setattr(hf, "generate", counted)
    shipped = [{"name": "shipped", "kind": "hf", "model": "planted"}]
    ask = {"items": ["a01", "a02"], "mode": ["logprob", "sample"], "decoding": [{"max_tokens": 4}]}

    def asked(out: str, samples: int, cache: bool | None = None) -> Run:
        made = study(respondent=shipped, ask={**ask, "samples": samples}, measure={"measures": ["index"]})
        return api.run(made, tmp_path / out, cache=cache)

    few, again, more = asked("few", 3), asked("again", 3), asked("more", 5)
    assert drawn == [2 * 3, 2 * 2]
    assert again.answers.equals(few.answers) and again.manifest == few.manifest
    assert more.answers.equals(asked("anew", 5, False).answers)
    assert more.manifest["respondents"]["shipped"]["notes"]
