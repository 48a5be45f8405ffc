"""Every pair meets one fate; kept verdicts become preferences with the texts that won and lost."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.errors import BadFile, StudyChanged
from tawazun.judging import FATES, kept_verdicts, verdicts
from tawazun.runs import open_run
from tests.judging.planted import judged, pairs

SHARE = st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0])


def one(forward: tuple[float, float], backward: tuple[float, float], lost: tuple[float, float] = (0, 0)) -> str:
    found = verdicts(np.array([[forward], [backward]]), np.array([[lost[0]], [lost[1]]]))
    return str(found.fate[0])


def test_the_fates() -> None:
    nan = float("nan")
    assert one((1, 0), (1, 0)) == one((0.2, 0.6), (0, 1)) == "kept"
    assert one((1, 0), (0, 1)) == "first"
    assert one((0, 1), (1, 0)) == "last"
    assert one((0.5, 0.5), (0, 1)) == one((1, 0), (0.4, 0.4)) == "tied"
    assert one((nan, nan), (0, 1)) == one((1, 0), (1, 0), (0, 0.6)) == "failed"
    assert one((1, 0), (1, 0), (0.5, 0)) == "kept"


@given(st.lists(st.tuples(SHARE, SHARE, SHARE, SHARE, SHARE), min_size=1, max_size=20))
def test_every_pair_meets_one_fate_and_swapping_the_answers_swaps_the_choice(rows: list[tuple[float, ...]]) -> None:
    table = np.array(rows)
    p, lost = np.stack([table[:, :2], table[:, 2:4]]), np.stack([table[:, 4], np.zeros(len(rows))])
    found, mirrored = verdicts(p, lost), verdicts(p[:, :, ::-1], lost)
    assert set(found.fate) <= set(FATES) and sum(found.shares().values()) == pytest.approx(1)
    assert ((found.chosen >= 0) == (found.fate == "kept")).all()
    kept = found.fate == "kept"
    assert (mirrored.fate[kept] == "kept").all() and (mirrored.chosen[kept] == 1 - found.chosen[kept]).all()
    # the same answers the other way round in the file: what stood first stands last
    turned = {"first": "last", "last": "first"}
    assert [turned.get(str(fate), str(fate)) for fate in found.fate] == [str(fate) for fate in mirrored.fate]


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="pairs"):
        verdicts(np.zeros((2, 3, 4)), np.zeros((2, 3)))


def test_seeds_are_pooled_as_in_the_yield_and_a_pair_is_kept_once(tmp_path: Path) -> None:
    ask = {"seeds": [0, 1, 2]}
    run = judged(
        tmp_path / "run", pairs(tmp_path / "p.jsonl"), "pairs", ask=ask, noise=0.4, position_bias=0.3, fails=0.2
    )
    every = kept_verdicts(run, everything=True)
    assert every["pair"].n_unique() == every.height == 40
    for fate in FATES:
        facet = f"prompt=fit letters 0-shot{'' if fate == 'kept' else f';{fate}'}"
        told = run.scores.filter(measure="judge_yield", facet=facet, group="")["value"].item()
        assert (every["fate"] == fate).mean() == pytest.approx(told), fate


def test_kept_verdicts_are_preferences(tmp_path: Path) -> None:
    file = pairs(tmp_path / "p.jsonl")
    run = judged(tmp_path / "run", file, "pairs", position_bias=0.5)
    table, every = kept_verdicts(run), kept_verdicts(run, everything=True)
    given_ = {row["id"]: row for row in map(json.loads, file.read_text().splitlines())}
    assert every.height == 40 and 0 < table.height < 40
    assert set(every["fate"]) == {"kept", "first"} and every.filter(every["fate"] != "kept")["chosen"].null_count()
    for row in table.iter_rows(named=True):
        own = given_[row["pair"]]
        better = own[f"answer_{own['human'][0]}"]
        assert row["chosen"] == better and row["rejected"] in (own["answer_1"], own["answer_2"])
        assert row["chosen"] != row["rejected"] and row["prompt"] == own["prompt"]
    # the run itself keeps no texts
    assert run.questions["stem"].null_count() == run.questions.height


def test_verdicts_are_read_from_the_copy_that_the_run_keeps(tmp_path: Path) -> None:
    file = pairs(tmp_path / "p.jsonl")
    run = judged(tmp_path / "run", file, "pairs")
    before = kept_verdicts(run)
    file.write_text(file.read_text().replace("day 3", "day three"))
    assert kept_verdicts(run).equals(before)
    file.unlink()
    moved = open_run(run.path.rename(tmp_path / "elsewhere"))
    assert kept_verdicts(moved).equals(before) and before.height == 40
    copy = moved.path / "files" / "p.jsonl"
    copy.write_text(copy.read_text().replace("day 3", "day three"))
    with pytest.raises(StudyChanged, match=r"files/p\.jsonl: it is not what the run asked"):
        kept_verdicts(moved)


def test_a_run_without_a_copy_takes_the_file_that_it_is_shown_if_it_is_the_one(tmp_path: Path) -> None:
    file = pairs(tmp_path / "p.jsonl")
    run = judged(tmp_path / "run", file, "pairs")
    before = kept_verdicts(run)
    (run.path / ".files.json").unlink()
    assert kept_verdicts(run, tmp_path).equals(before)
    with pytest.raises(BadFile, match="kept no copy"):
        kept_verdicts(run, tmp_path / "elsewhere")
    file.write_text(file.read_text().replace("day 3", "day three"))
    with pytest.raises(StudyChanged, match="changed since"):
        kept_verdicts(run, tmp_path)
