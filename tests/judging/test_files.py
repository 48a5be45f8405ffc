"""Files of answers to be judged: what they become, and one line for every way in which they can be wrong."""

from pathlib import Path

import pytest

from tawazun import api
from tawazun.api.finding import find_instrument
from tawazun.cells import Asker, Framing
from tawazun.errors import BadFile, BadStudy, StudyChanged
from tawazun.instruments import Instrument
from tawazun.study import study_from
from tests.judging.planted import judged, lines, pairs

PAIR: dict[str, object] = {
    "id": "a",
    "prompt": "ما عاصمة مصر؟",
    "answer_1": "القاهرة",
    "answer_2": "الرباط",
    "country": "EGY",
}
GRADE: dict[str, object] = {
    "id": "a",
    "prompt": "Which capital?",
    "answer": "Cairo",
    "country": "EGY",
    "role": "model",
    "pair": "n1",
}
TURBO: dict[str, object] = {"id": "b", "prompt": "Which capital?", "answer": "Rabat", "role": "reference", "pair": "n1"}


def loaded(folder: Path, kind: str, *rows: dict[str, object]) -> Instrument:
    return find_instrument(f"{kind}:{lines(folder / 'f.jsonl', rows).name}", folder, None)


def text(instrument: Instrument, language: str, rubric: str, order: str = "forward") -> str:
    framing = Framing("none", "self", language, rubric, order=order, mode="generate")
    return Asker(0).ask(instrument, instrument.questions[0], framing).prompts[0].messages[-1][1]


def test_a_pair_is_a_question_whose_options_are_the_answers(tmp_path: Path) -> None:
    made = loaded(tmp_path, "pairs", {**PAIR, "human": ["1", "tie", 2, "1"], "system_1": "x", "system_2": "y"})
    assert made.name == "pairs:f.jsonl" and made.languages == ("ar", "en")
    assert made.wording_ids("en") == made.wording_ids("ar") == ("help", "fit", "harmless")
    assert made.references == {"a": {"1": 2.0, "tie": 1.0, "2": 1.0}}
    shown = text(made, "en", "help")
    assert "[Answer A]\nالقاهرة\n[End of answer A]" in shown and "[Answer B]\nالرباط" in shown
    assert "[Answer A]\nالرباط" in text(made, "en", "help", "reversed")


def test_the_country_stands_in_the_rubric_in_its_language(tmp_path: Path) -> None:
    made = loaded(tmp_path, "pairs", PAIR)
    assert "people of Egypt better" in text(made, "en", "fit")
    assert "للناس في مصر:" in text(made, "ar", "fit")
    nowhere = loaded(tmp_path, "pairs", {**PAIR, "country": ""})
    assert "people of the place that the question is about better" in text(nowhere, "en", "fit")
    assert "{" not in text(nowhere, "ar", "fit") + text(made, "ar", "harmless")


def test_braces_in_answers_stay_as_they_are(tmp_path: Path) -> None:
    made = loaded(tmp_path, "pairs", {**PAIR, "answer_1": "{instruction} {country_name} {labels}"})
    assert "{instruction} {country_name} {labels}" in text(made, "en", "fit")


def test_a_graded_answer_stands_after_its_reference(tmp_path: Path) -> None:
    made = loaded(tmp_path, "grades", {**GRADE, "reference": "It is Cairo.", "human": "7.5"}, TURBO)
    shown = text(made, "en", "fit")
    assert shown.index("It is Cairo.") < shown.index("Answer to be judged:\nCairo") < shown.index("from 0")
    assert made.questions[0].kind == "number" and made.references == {"a": {"7.5": 1.0}}


def test_a_csv_serves_as_well(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(
        'id,prompt,answer_1,answer_2,human\na,p,x,y,"[""1"", ""tie""]"\nb,p,x,y,2\nc,p,x,y,\n'
    )
    made = find_instrument("pairs:f.csv", tmp_path, None)
    assert made.references == {"a": {"1": 1.0, "tie": 1.0}, "b": {"2": 1.0}} and len(made.questions) == 3


@pytest.mark.parametrize(
    ("kind", "rows", "said"),
    [
        ("pairs", [{**PAIR, "answer_2": "القاهرة"}], "row 1, column answer_2: it is the same"),
        ("pairs", [PAIR, PAIR], "row 2, column id: 'a' is already the id of row 1"),
        ("pairs", [{**PAIR, "country": "Egypt"}], "row 1, column country: 'Egypt' is no place"),
        ("pairs", [{**PAIR, "human": "3"}], "row 1, column human: '3'; a verdict is 1, 2 or tie"),
        ("pairs", [{**PAIR, "answer_1": " "}], "row 1, column answer_1: it is empty"),
        ("pairs", [{"prompt": "p", "answer_1": "x"}], "the column 'answer_2' is missing"),
        ("grades", [{**GRADE, "human": [4, 11]}, TURBO], "row 1, column human: '11'; a grade is a number from 0 to 10"),
        ("grades", [{**GRADE, "human": "nan"}, TURBO], "row 1, column human: 'nan'"),
        ("grades", [GRADE], "row 1, column pair: no row of role reference has 'n1'"),
        ("grades", [GRADE, {**TURBO, "role": ""}], "row 2, column role"),
        ("grades", [GRADE, TURBO, {**TURBO, "id": "c"}], "row 3, column pair: 'n1' has its reference in row 2"),
        ("grades", [GRADE, TURBO, {**GRADE, "id": "c"}], "row 3, column pair: the same system answered it in row 1"),
        ("grades", [{**GRADE, "pair": ""}, TURBO], "row 1, column pair: it is empty"),
    ],
)
def test_a_mistake_is_one_line_that_names_row_and_column(
    tmp_path: Path, kind: str, rows: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(BadFile) as error:
        loaded(tmp_path, kind, *rows)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_not_there_says_where_it_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="seen from the folder of the study file"):
        find_instrument("pairs:none.jsonl", tmp_path, None)
    with pytest.raises(BadStudy, match="name a file"):
        find_instrument("grades:", tmp_path, None)


def test_a_run_is_measured_again_where_its_file_lies(tmp_path: Path) -> None:
    run = judged(tmp_path / "run", pairs(tmp_path / "p.jsonl", 6), "pairs")
    for again in (api.measure(run), api.measure(run, run.study, folder=tmp_path)):
        assert again.scores.equals(run.scores)
    pairs(tmp_path / "p.jsonl", 5)
    with pytest.raises(StudyChanged, match=r"^p\.jsonl changed since this run asked it"):
        api.measure(run)


def test_a_local_model_judges_like_any_respondent(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pairs(tmp_path / "p.jsonl", 2)
    table = {
        "name": "a model judges",
        "respondent": [{"name": "model", "kind": "hf", "model": "planted"}],
        "ask": {"instruments": ["pairs:p.jsonl"], "orders": ["forward", "reversed"]},
        "measure": {"measures": ["judge_yield"]},
    }
    run = api.run(study_from(table, "j.toml"), tmp_path / "run", folder=tmp_path)
    assert run.answers.height == 4 and run.answers["error"].null_count() == 4
    fates = run.scores.filter(run.scores["group"] == "")
    assert fates["value"].sum() == pytest.approx(1)
