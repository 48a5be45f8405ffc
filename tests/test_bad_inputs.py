"""Bad answers and bad people, end to end as a user types it: a clear outcome or one clear line, never a number that
looks fine. Everything here is made up."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tawazun.cli import main
from tests.toys import write

PLACES = ("EGY", "MAR", "TUN", "JOR", "LBN")
ITEMS = ("a01", "a02", "a03", "a04", "a05", "a06")
WORDINGS = ("w1", "w2", "w3")
SHARES = "place,question,option,share,n,deff"
ANSWERS = "question,persona,wording,option,share,n"
CLOSENESS = ("js_similarity", "js_similarity_corrected", "w1_similarity", "skill", "country_skill")
STUDY = """
version = 1
name = "bad input"
[[respondent]]
name = "model"
kind = "recorded"
file = "answers.csv"
[[population]]
name = "mine-1"
file = "people.csv"
instrument = "atlas"
{population}
[[group]]
id = "group:own@1"
members = ["EGY", "MAR", "TUN", "JOR", "LBN"]
[ask]
instruments = ["atlas"]
[measure]
populations = ["mine-1"]
groups = ["group:own@1"]
draws = 100
measures = {measures}
"""

Run = Callable[..., Any]


def dealt(parts: Sequence[object], options: int = 5) -> list[float]:
    """Made-up shares that depend on their parts alone and sum to 1 as printed."""
    seed = sum(ord(c) * 31**i for i, c in enumerate("/".join(map(str, parts)))) % 2**32
    shares = np.round(np.random.default_rng(seed).dirichlet(np.full(options, 3.0)), 4)
    return [*shares[:-1].tolist(), round(1 - float(shares[:-1].sum()), 4)]


def people(n: object = 500, deff: object = 1.2, places: Sequence[str] = PLACES, same: bool = False) -> list[str]:
    """Rows of shares."""
    return [
        f"{place},{item},{k},{share},{n},{deff}"
        for place in places
        for item in ITEMS
        for k, share in enumerate(dealt(("people", "" if same else place, item)), 1)
    ]


def model(
    personas: Sequence[str] = ("none", *PLACES), shares: Callable[..., Sequence[float]] = dealt, skip: str = ""
) -> list[str]:
    """Rows of recorded shares."""
    return [
        f"{item},{persona},{wording},{k},{share},30"
        for persona in personas
        for wording in WORDINGS
        for item in ITEMS
        if item != skip
        for k, share in enumerate(shares((persona, wording, item)), 1)
    ]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a study: its scores, or the one line of a user's mistake."""

    def typed(
        answers: Sequence[str],
        humans: Sequence[str],
        header: str = SHARES,
        answered: str = ANSWERS,
        population: str = "",
        measures: Sequence[str] = CLOSENESS,
    ) -> Any:
        write(tmp_path / "answers.csv", "\n".join([answered, *answers]) + "\n")
        write(tmp_path / "people.csv", "\n".join([header, *humans]) + "\n")
        study = write(tmp_path / "study.toml", STUDY.format(population=population, measures=list(measures)))
        monkeypatch.setattr(sys, "argv", ["tawazun", "run", str(study), "--out", str(tmp_path / "run")])
        code: Any = 0
        try:
            main()
        except SystemExit as stopped:
            code = stopped.code or 0
        said = capsys.readouterr().err.strip()
        if code:
            assert code == 2 and len(said.splitlines()) == 1, said
            assert not (tmp_path / "run" / "answers.parquet").exists()
            return said.removeprefix("tawazun: ")
        scores = pl.read_parquet(tmp_path / "run" / "scores.parquet")
        numbers = scores.select("value", "low", "high", "p")
        assert not any(numbers[name].is_nan().any() or numbers[name].is_infinite().any() for name in numbers.columns)
        assert scores.filter(pl.col("value").is_null() & (pl.col("why") == "")).is_empty()
        return scores

    return typed


def of(scores: pl.DataFrame, measure: str, **where: object) -> pl.DataFrame:
    """The respondent's own rows of a measure over items."""
    rows = scores.filter(pl.col("measure") == measure, pl.col("respondent") == "model", pl.col("item") == "")
    return rows.filter(*(pl.col(key) == value for key, value in where.items()))


MICRO = 'microdata = true\nweight = "w"'
FAIR = (0.2, 0.2, 0.2, 0.2)


@pytest.mark.parametrize(
    ("answers", "humans", "more", "said"),
    [
        (None, [f"EGY,a01,{k},{s},500,1" for k, s in enumerate((0.1, 0.1, 0.1, 0.1, 0.1, 0.5), 1)], {},
         "people.csv row 7: a01 has no option '6'; it has 1, 2, 3, 4, 5"),
        (None, [f"{p},a01,{k},{s},500,1" for p in PLACES for k, s in enumerate((0.3, 0.3, 0.4), 1)], {},
         "people.csv: no row names option 4, 5 of a01, which has 5"),
        (None, [f"{p},a01,{k},{s},500,1" for p in PLACES for k, s in enumerate((0.3, 0.3, 0.3, 0.1), 0)], {},
         "people.csv row 2: a01 has no option '0'"),
        (None, [f"EGY,a01,{k},0.2,500,1,{w}" for w in (6, 7) for k in range(1, 6)], {"header": SHARES + ",wave"},
         "row 7: option 1 of a01 for EGY already stands in row 2; keep one group or wave with where"),
        (None, [f"{p},{int(p != 'MAR')},{k}" for p in PLACES for k in range(1, 6)],
         {"header": "place,w,a01", "population": MICRO}, "people.csv row 7: weight w is above 0, not 0"),
        (None, people(n="inf"), {}, "n is a number, not 'inf'"),
        (None, people(deff="nan"), {}, "deff is a number, not 'nan'"),
        (None, ["EGY,a01,1,inf,500,1"], {}, "people.csv row 2: share is a number, not 'inf'"),
        (None, [f"EGY,a01,{k},{s},500,1" for k, s in enumerate((20, 20, 20, 20, 19), 1)],
         {"header": SHARES.replace("share", "percent")}, "percent of a01 for EGY sums to 99, not 100; up to 0.5 is"),
        (["a01,none,w1,1,nan,30"], None, {}, "answers.csv row 2: share is a number, not 'nan'"),
        (["a01,none,w1,1,inf,30"], None, {}, "answers.csv row 2: share is a number, not 'inf'"),
        (["a01,none,w1,1,1,nan"], None, {}, "answers.csv row 2: n is a number, not 'nan'"),
        ([f"a01,none,w1,{k},{s},30" for k, s in enumerate((*FAIR, 0.199), 1)], None, {},
         "the shares of a01 sum to 0.999, not 1; give refusals as options (refused, unread, off_menu), or options = "
         "{rounding"),
        ([f"a01,none,w1,{k},{s},30" for k, s in enumerate((20, 20, 20, 20, 19), 1)], None,
         {"answered": ANSWERS.replace("share", "percent")}, "the shares of a01 sum to 0.99, not 1"),
        (["a01,none,w1,1,1,30,7"], None, {}, "answers.csv line 2: cannot be read as csv: 7 cells under 6 headers"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line(
    run: Run, answers: list[str] | None, humans: list[str] | None, more: dict[str, Any], said: str
) -> None:
    assert said in run(answers or model(), humans or people(), **more)


def test_printed_rounding_is_brought_back_to_one_and_noted(run: Run, tmp_path: Path) -> None:
    rows = [f"{p},a01,{k},{s},500,1" for p in PLACES for k, s in enumerate((*FAIR, 0.199), 1)]
    run(model(), rows)
    table = pl.read_parquet(tmp_path / "run" / "humans.parquet")
    assert set(table["note"]) == {"shares of a01 rescaled from 0.999"}
    assert sum(table["p"][0]) == pytest.approx(1)


@pytest.mark.parametrize("micro", [False, True])
def test_one_person_is_no_people(run: Run, micro: bool) -> None:
    rows = [f"{p},1,3,2,4,1,5,2" for p in PLACES] if micro else people(n=1, deff=1)
    more = {"header": "place,w," + ",".join(ITEMS), "population": MICRO} if micro else {}
    scores = run(model(), rows, **more)
    assert scores.filter(pl.col("respondent") == "model")["value"].null_count() == scores.height
    assert "left out: fewer than two effective people" in of(scores, "js_similarity")["why"][0]


def test_one_reply_has_no_interval_that_leaves_its_noise_out(run: Run) -> None:
    rows = [f"{item},{p},w1,{1 + (len(p) + i) % 5}" for p in ("none", *PLACES) for i, item in enumerate(ITEMS)]
    measures = (*CLOSENESS, "gain", "default_pull", "overshoot", "item_agreement", "central_tendency")
    scores = run(rows, people(), answered="question,persona,wording,option", measures=measures)
    own = scores.filter(pl.col("respondent") == "model", pl.col("value").is_not_null())
    assert own.height > 50 and own["low"].null_count() == own.height == own["high"].null_count()
    assert own.filter(pl.col("why") == "").is_empty()


def test_when_everything_is_refused_only_the_refusals_are_a_number(run: Run) -> None:
    rows = [f"{item},{p},{w},refused,1,30" for p in ("none", *PLACES) for w in WORDINGS for item in ITEMS]
    scores = run(rows, people(), measures=(*CLOSENESS, "refusal_rate", "index", "rank_agreement", "homogenisation"))
    own = scores.filter(pl.col("respondent") == "model", pl.col("value").is_not_null())
    assert set(own["measure"]) == {"refusal_rate"} and set(own["value"]) == {1.0}


def test_one_refused_item_is_a_sixth_of_the_refusals(run: Run) -> None:
    refused = [f"a02,{p},{w},refused,1,30" for p in ("none", *PLACES) for w in WORDINGS]
    scores = run([*model(skip="a02"), *refused], people(), measures=("js_similarity", "refusal_rate"))
    assert of(scores, "refusal_rate")["value"].to_list() == pytest.approx([1 / 6] * 6)
    close = of(scores, "js_similarity", persona="EGY")
    assert set(close["n"]) == {5.0} and not close["interpretable"].any()
    assert "refusal rate 0.167 is above the gate 0.1" in close["why"][0]


def test_with_two_countries_nothing_is_ranked_or_tested(run: Run) -> None:
    measures = ("rank_agreement", "structure", "deviation_agreement", "homogenisation", "factor_congruence", "index",
                "identifiability", "kogut_singh", "rank_stability", "generalisability")  # fmt: skip
    scores = run(model(("none", "EGY", "MAR")), people(places=PLACES[:2]), measures=measures)
    assert scores["p"].null_count() == scores.height
    few = scores.filter(
        pl.col("respondent") == "model",
        pl.col("measure").is_in([m for m in measures if m not in ("index", "identifiability")]),
    )
    assert few["value"].null_count() == few.height


def test_constant_answers_have_no_order_no_ranking_and_no_reliability(run: Run) -> None:
    rows = model(shares=lambda parts: (0, 0, 1, 0, 0))
    measures = ("item_agreement", "rank_agreement", "structure", "factor_congruence", "generalisability",
                "deviation_agreement", "variance_ratio")  # fmt: skip
    scores = run(rows, people(), measures=measures)
    for measure in ("item_agreement", "rank_agreement", "structure", "factor_congruence"):
        assert of(scores, measure)["value"].null_count() == of(scores, measure).height > 0, measure
    assert set(of(scores, "deviation_agreement", facet="slope")["value"]) == {0.0}
    ratio = of(scores, "generalisability").filter(pl.col("facet").str.ends_with("as asked"))
    assert ratio["value"].null_count() == ratio.height


def test_people_who_are_all_alike_leave_what_needs_differences_undefined(run: Run) -> None:
    measures = ("country_skill", "structure", "homogenisation", "deviation_agreement", "cad", "ncad")
    scores = run(model(), people(same=True), measures=measures)
    own = scores.filter(pl.col("respondent") == "model", pl.col("value").is_not_null())
    assert set(own["facet"]) <= {"uncorrected", "share of places above 0", "people's mean squared distance"}, own
