"""A study on workers is the study on one machine: the main path over workers that are lost as a seed says."""

import pickle
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun import api
from tawazun.answers import Outcome
from tawazun.cache import Memory, Store
from tawazun.cells import Ask
from tawazun.cli import main
from tawazun.errors import BadFile, BadStudy, Failure, MissingExtra, UserError
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent
from tawazun.respondents.catalogue import uniform
from tawazun.respondents.catalogue.endpoint import Endpoint
from tawazun.runs import Run, Shard
from tawazun.study import Study, study_from
from tawazun.workers import Terms, open_engine
from tawazun.workers.cluster import Cluster, from_anywhere
from tawazun.workers.records import Greeting
from tawazun.workers.spread import Spread, _Recipe
from tests.test_architecture import loaded_by
from tests.toys import write
from tests.workers.hands import FakeHands, Ticket

STUDY: dict[str, Any] = {
    "name": "spread",
    "seed": 3,
    "respondent": [
        {"name": "drawn", "kind": "planted", "options": {"refuse": 0.1}},
        {"name": "floor", "kind": "uniform"},
    ],
    "ask": {
        "instruments": ["atlas"],
        "personas": ["none", "x-sahelia", "x-ours"],
        "languages": ["en"],
        "wordings": 2,
        "mode": "sample",
        "samples": 5,
    },
    "place": [{"code": "x-ours", "names": {"en": "Our Place"}}],
    "measure": {"populations": ["atlas-1/x-sahelia"], "measures": ["js_similarity", "index"]},
}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tawazun.workers.spread.MOST", 16)


MANY = Terms(tries=3, most_lost=100)


@dataclass
class Fake:
    """An engine whose workers are objects of this process."""

    hands: Callable[[], FakeHands]
    count: int = 3
    keep: bool = True
    terms: Terms = MANY

    def maker(self, study: Study) -> Callable[[Settings], Respondent | Recorded]:
        return lambda settings: self._spread(settings, study)

    def _spread(self, settings: Settings, study: Study) -> Spread:
        return Spread((settings, study), self.hands, self.count, terms=self.terms, known={}, keep=self.keep)

    def each(self, function: Any, items: Any, make: Any = None, *, gpus: float = 0) -> Iterator[Any]:
        raise NotImplementedError


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return api.run(study_from(STUDY, "test"), tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize(("seed", "flaky"), [(1, 0.0), (2, 0.1), (3, 0.25)])
def test_a_run_on_workers_equals_that_of_one_machine(
    whole: Run, tmp_path: Path, seed: int, flaky: float, keep: bool
) -> None:
    engine = Fake(lambda: FakeHands(seed, flaky=flaky), keep=keep, terms=Terms(tries=30))
    ticks: list[int] = []
    made = api.run(study_from(STUDY, "test"), tmp_path / "run", engine=engine, progress=ticks.append)
    assert made.answers.equals(whole.answers) and made.scores.equals(whole.scores)
    assert made.manifest == whole.manifest
    assert sum(ticks) == whole.answers.height and len(ticks) > 40


def test_shards_on_workers_join_to_the_same_run(whole: Run, tmp_path: Path) -> None:
    study, outs = study_from(STUDY, "test"), [tmp_path / "1", tmp_path / "2"]
    for number, out in enumerate(outs, 1):
        prepared = api.prepare(study, make=Fake(lambda: FakeHands(number, flaky=0.1)).maker(study))  # noqa: B023
        api.run_shard(prepared, out, Shard(number, 2))
    assert api.merge(outs, tmp_path / "joined").answers.equals(whole.answers)


def test_what_is_remembered_is_not_asked_of_workers(whole: Run, tmp_path: Path) -> None:
    made: list[FakeHands] = []

    def hands() -> FakeHands:
        made.append(FakeHands(len(made), flaky=0.1))
        return made[-1]

    study = study_from(STUDY, "test")
    for number in range(2):
        memories = dict.fromkeys(["drawn", "floor"], Memory(Store(tmp_path / "cache" / "answers.sqlite", 10**8)))
        prepared = api.prepare(study, make=Fake(hands, terms=Terms(tries=30)).maker(study))
        run = api.run_prepared(prepared, tmp_path / f"run-{number}", memories=memories)
        assert run.answers.equals(whole.answers)
        asked = sum(len(one.done) for one in made)
        made.clear()
        assert asked >= whole.answers.height if number == 0 else asked == 0


def test_a_cell_that_kills_its_worker_is_recorded_with_its_reason_and_asked_again(whole: Run, tmp_path: Path) -> None:
    study = study_from(STUDY, "test")

    def deadly(item: Any) -> bool:
        return isinstance(item, Ask) and item.question.id == "a07" and item.framing.persona == "x-sahelia"

    made = api.run(study, tmp_path / "run", engine=Fake(lambda: FakeHands(fatal=deadly)))
    failed = made.answers.filter(pl.col("error").is_not_null())
    assert set(failed["question"]) == {"a07"} and set(failed["persona"]) == {"x-sahelia"} and failed.height == 4
    assert all("the worker was lost (killed)" in why for why in failed["error"])
    assert made.answers.height == whole.answers.height and made.manifest["counts"]["failed"] == 4
    again: list[FakeHands] = []
    mended = api.run(study, tmp_path / "run", engine=Fake(lambda: again.append(FakeHands()) or again[-1]))  # type: ignore[func-returns-value]
    assert mended.answers.sort("cell").equals(whole.answers.sort("cell"))
    assert sum(len(one.done) for one in again) == 4


class Talkative(uniform.Uniform):
    """Has single replies, and notes."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.notes: list[str] = []

    def replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> list[tuple[str, ...] | Outcome]:
        lines = dict.fromkeys(f"asked {ask.question.id}" for ask in asks)
        self.notes += [line for line in lines if line not in self.notes]
        return [
            tuple(f"{ask.shown.labels[k % len(ask.shown.labels)]}" for k in own)
            for ask, own in zip(asks, wanted, strict=True)
        ]

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        from tawazun.respondents.replies import told

        said = self.replies(asks, [range(samples)] * len(asks), study_seed)
        return iter([told(ask, one) for ask, one in zip(asks, said, strict=True) if not isinstance(one, Outcome)])


def test_single_replies_and_notes_are_those_of_one_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uniform, "RESPONDENT", Talkative)
    table = {**STUDY, "respondent": [{"name": "floor", "kind": "uniform"}]}
    study = study_from(table, "test")
    local = api.run(study, tmp_path / "local")
    store = Store(tmp_path / "cache" / "answers.sqlite", 10**8)
    seen: list[FakeHands] = []

    def hands() -> FakeHands:
        seen.append(FakeHands(4, flaky=0.1))
        return seen[-1]

    def cached(samples: int, out: str) -> Run:
        again = study_from({**table, "ask": {**STUDY["ask"], "samples": samples}}, "test")
        prepared = api.prepare(again, make=Fake(hands, terms=Terms(tries=30)).maker(again))
        return api.run_prepared(prepared, tmp_path / out, memories={"floor": Memory(store)})

    made = cached(5, "spread")
    assert made.answers.equals(local.answers) and made.manifest["respondents"] == local.manifest["respondents"]
    seen.clear()
    cached(7, "more")
    wanted = {own for one in seen for _, own in one.done}
    assert wanted == {(5, 6)}


class Strange(FakeHands):
    """The second worker has other weights."""

    def wait(self, tickets: Sequence[Ticket], seconds: float) -> list[Ticket]:
        ready = super().wait(tickets, seconds)
        for one in ready:
            if one.order == "begin" and one.worker.name != "host-0":
                facts = {**one.value.facts, "identity": {"kind": "another model"}}
                one.value = Greeting(facts, one.worker.name)
        return ready


def test_a_worker_that_is_another_respondent_is_refused(tmp_path: Path) -> None:
    study = study_from({**STUDY, "respondent": [{"name": "floor", "kind": "uniform"}]}, "test")
    with pytest.raises(BadFile, match=r"respondent floor: kind differs: '(another model|uniform)' on the worker"):
        api.run(study, tmp_path / "run", engine=Fake(Strange))


def test_files_here_must_be_those_of_the_workers() -> None:
    settings, study = Settings("floor", "uniform"), study_from(STUDY, "test")
    given: dict[str, Any] = {"terms": Terms(), "keep": True}
    Spread((settings, study), FakeHands, 2, known={"kind": "uniform"}, **given)
    with pytest.raises(BadFile, match=r"weights differs: None on the worker host-., 'mine' on this machine"):
        Spread((settings, study), FakeHands, 2, known={"weights": "mine"}, **given)


def test_a_respondent_that_cannot_be_made_says_why() -> None:
    settings, study = Settings("floor", "uniform", model="x"), study_from(STUDY, "test")
    with pytest.raises(BadStudy, match="makes no use of 'model'"):
        Spread((settings, study), FakeHands, 2, known={}, terms=Terms(), keep=True)


def test_no_key_goes_to_a_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234567890abcdef")
    keys = {"name": "far", "kind": "endpoint", "model": "gpt", "key_env": "OPENAI_API_KEY"}
    study = study_from({**STUDY, "respondent": [keys, *STUDY["respondent"]]}, "test")
    make = Cluster().maker(study)
    far = make(Settings("far", "endpoint", model="gpt", key_env="OPENAI_API_KEY"))
    assert isinstance(far, Endpoint), "an endpoint is asked from this machine"
    assert b"sk-1234" not in pickle.dumps(_Recipe(Settings("floor", "uniform"), study))


def test_paths_mean_the_same_on_any_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "study" / "beside").mkdir(parents=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path)
    made = from_anywhere(Settings("a", "hf", model="here", adapter="beside", folder=Path("study")))
    assert made.folder == tmp_path / "study" and made.model == str(tmp_path / "here") and made.adapter == "beside"
    assert from_anywhere(Settings("a", "hf", model="planted")).model == "planted"


def test_facts_of_files_are_those_of_the_loaded_model() -> None:
    from tawazun.respondents.catalogue.hf import HF

    settings = Settings("a", "hf", model="planted", device="cpu")
    facts = HF.file_facts(settings)
    assert facts.keys() == {"weights", "config", "tokenizer"}
    assert facts.items() <= dict(make_respondent(settings).identity).items()
    assert HF.file_facts(Settings("a", "hf", model="someone/elsewhere")) == {}


# ---- mistakes


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("dask",), "--engine is local or ray"),
        (("local", "", 3), "--workers goes with --engine ray"),
        (("ray", "", -1), "--workers is a number from 1 up"),
        (("ray", "ray://host:10001"), "HOST:PORT"),
        (("ray", "nowhere"), "HOST:PORT"),
        (("ray", "127.0.0.1:1"), "no Ray cluster answers at 127.0.0.1:1"),
        (("ray", "no-such-host.invalid:6379"), "no Ray cluster answers"),
    ],
)
def test_engines_that_cannot_be_had(given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(UserError, match=said), open_engine(*given):
        raise AssertionError("it opened")


def test_a_server_that_is_no_ray_cluster() -> None:
    def reply(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line:
            line.recv(100)
            line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        answering = threading.Thread(target=reply, args=[listening])
        answering.start()
        with (
            pytest.raises(UserError, match="is no Ray cluster"),
            open_engine("ray", f"127.0.0.1:{listening.getsockname()[1]}"),
        ):
            raise AssertionError("it opened")
        answering.join()


def test_ray_is_loaded_when_it_is_asked_for() -> None:
    assert not loaded_by("import tawazun.api, tawazun.workers, tawazun.workers.spread, tawazun.cli.commands") & {"ray"}


def test_without_ray_the_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"pip install 'tawazun\[ray\]'"), open_engine("ray"):
        raise AssertionError("it opened")


def test_the_command_line_says_it_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '[[respondent]]\nname = "floor"\nkind = "uniform"\n[ask]\ninstruments = ["atlas"]\n'
    study = write(tmp_path / "study.toml", f'version = 1\nname = "a"\n{text}')
    line = [
        "tawazun",
        "run",
        str(study),
        "--out",
        str(tmp_path / "run"),
        "--engine",
        "ray",
        "--ray-address",
        "127.0.0.1:1",
    ]
    monkeypatch.setattr(sys, "argv", line)
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2 and not (tmp_path / "run").exists()
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr(sys, "argv", [*line, "--dry-run"])
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 0, "counting needs no cluster"


def test_when_workers_fail_at_everything_the_run_stops_and_goes_on_later(whole: Run, tmp_path: Path) -> None:
    study = study_from(STUDY, "test")
    with pytest.raises(Failure, match="fail at everything"):
        api.run(study, tmp_path / "run", engine=Fake(lambda: FakeHands(fatal=lambda item: True)))
    made = api.run(study, tmp_path / "run", engine=Fake(FakeHands))
    assert made.answers.equals(whole.answers)
