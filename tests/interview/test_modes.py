"""One study may ask in several modes; a single mode keeps its spelling, its digest and its asks."""

from pathlib import Path

import polars as pl
import pytest

from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, Question, Wording, instrument
from tawazun.interview import ask_all, make_plan
from tawazun.respondents import Respondent, Settings, make_respondent
from tawazun.runs import RunFolder, open_run
from tawazun.study import asked_digest, load_study, study_toml
from tests.toys import SOURCE, question, study, write

ATLAS = instrument("atlas")


def test_a_single_mode_keeps_its_digest_and_its_asks() -> None:
    plain, listed = study(ask={"mode": "sample"}), study(ask={"mode": ["sample"]})
    assert (plain.ask.mode, listed.ask.mode) == ("sample", "sample")
    assert asked_digest(plain) == asked_digest(listed)
    # the first ask of a plain study, as it was before a list was possible
    first = next(iter(make_plan(study(), [ATLAS])))
    assert first.ask == "026f44c417a5c6917fcf269d22ceec8a"
    both = {ask.ask for ask in make_plan(study(ask={"mode": ["logprob", "sample"]}), [ATLAS])}
    apart = [{ask.ask for ask in make_plan(study(ask={"mode": mode}), [ATLAS])} for mode in ("logprob", "sample")]
    assert both == apart[0] | apart[1]


def test_a_list_of_modes_is_written_out_and_read_back(tmp_path: Path) -> None:
    made = study(ask={"mode": ["logprob", "sample"]})
    assert load_study(write(tmp_path / "s.toml", study_toml(made))) == made


@pytest.mark.parametrize("mode", [[], ["logprob", "logprob"], ["logprob", "guess"], "guess", 3])
def test_other_modes_are_one_clear_line(mode: object) -> None:
    with pytest.raises(BadStudy, match=r"test.toml: ask.mode: [^\n]+$"):
        study(ask={"mode": mode})


def test_each_mode_has_its_own_decodings_and_replies() -> None:
    ask = {"mode": ["logprob", "sample"], "samples": 10, "items": ["a01"], "decoding": [{}, {"temperature": 0.5}]}
    plan = make_plan(study(ask=ask), [ATLAS])
    found = [(one.framing.mode, one.framing.decoding) for one in plan]
    assert found == [
        ("logprob", "readout"),
        ("sample", "t=1,p=1,max=64,seed=0"),
        ("sample", "t=0.5,p=1,max=64,seed=0"),
    ]
    assert len(plan) == 3
    assert (plan.size().cells, plan.size().prompts) == (3, 1 + 10 + 10)


def test_a_respondent_that_cannot_do_one_of_the_modes_says_so(tmp_path: Path) -> None:
    made = study(ask={"mode": ["logprob", "sample"], "items": ["a01"]})
    able = make_respondent(Settings("floor", "uniform"))
    assert isinstance(able, Respondent)
    able.modes = ("logprob",)
    with pytest.raises(BadStudy, match="floor can do logprob, not 'sample'"):
        ask_all(RunFolder.start(tmp_path / "r", made), make_plan(made, [ATLAS]), "floor", able)


def numbers(*tags: str) -> Instrument:
    """An instrument with a question that has options and one that asks for a number."""
    wordings = (Wording("w1", "en", "How many?", ()),)
    asked = (question(1), Question("n1", "number", (0.0, 9.0), wordings))
    return Instrument("toy", "A toy", asked, SOURCE, "", tags=tags)


def test_numbers_are_asked_in_reply_modes_only(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match=r"toy:n1 is a question of kind 'number'.*sample or generate"):
        make_plan(study(), [numbers()])
    made = study(ask={"mode": ["logprob", "sample"], "orders": ["forward", "reversed"]})
    plan = make_plan(made, [numbers()])
    assert len(plan) == len(list(plan)) == 2 + 4
    respondent = make_respondent(Settings("floor", "uniform"))
    assert isinstance(respondent, Respondent)
    folder = RunFolder.start(tmp_path / "r", made)
    assert ask_all(folder, plan, "floor", respondent) == 6
    folder.gather_answers()
    asked = open_run(folder.path).answers.group_by("question", "mode").len()
    assert sorted(asked.rows()) == [("n1", "sample", 2), ("q1", "logprob", 2), ("q1", "sample", 2)]


def test_what_means_nothing_for_an_instrument_is_not_multiplied_out() -> None:
    wordings = (Wording("w1", "en", "How many?", ()),)
    bare = Instrument(
        "toy", "A toy", (Question("n1", "number", (0.0, 9.0), wordings),), SOURCE, "", tags=("no-persona",)
    )
    ask = {
        "mode": "sample",
        "personas": ["x-sahelia", "x-rimalia"],
        "orders": ["forward", "reversed"],
        "labels": ["letters", "digits"],
    }
    plan = list(make_plan(study(ask=ask), [bare]))
    assert [(one.framing.persona, one.framing.order, one.framing.labels) for one in plan] == [
        ("none", "forward", "letters")
    ]
    frame = pl.DataFrame({"persona": [one.framing.persona for one in make_plan(study(ask=ask), [ATLAS])]})
    assert sorted(frame["persona"].unique()) == ["x-rimalia", "x-sahelia"]
