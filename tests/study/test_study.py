"""A study file is strict: every mistake is one line that names file, key and what was allowed."""

from pathlib import Path

import pytest

from tawazun.errors import BadFile, BadStudy, Refused, TawazunError, UnknownName
from tawazun.study import asked_digest, changed_keys, load_study, study_from, study_toml
from tests.toys import study, write

GOOD = """
version = 1
name = "small"
[[respondent]]
name = "floor"
kind = "uniform"
[ask]
instruments = ["atlas"]
"""


def test_a_small_study_loads_with_every_default_written_out(tmp_path: Path) -> None:
    loaded = load_study(write(tmp_path / "s.toml", GOOD))
    again = load_study(write(tmp_path / "t.toml", study_toml(loaded)))
    assert again == loaded
    assert "draws = 1000" in study_toml(loaded)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        (GOOD + "personnas = ['none']\n", BadStudy, ["s.toml", "ask.personnas", "personas"]),
        (GOOD + "mode = 'logprobs'\n", BadStudy, ["ask.mode", "logprob"]),
        (GOOD + "samples = 0\n", BadStudy, ["ask.samples", "1"]),
        (GOOD + "personas = ['EGYPT']\n", UnknownName, ["s.toml", "EGYPT", "On offer"]),
        (GOOD + "personas = ['EGY?age=young']\n", BadStudy, ["age", "18-29"]),
        (GOOD + "personas = ['EGY?sex=x']\n", BadStudy, ["sex", "f, m"]),
        (GOOD + "orders = ['backwards']\n", BadStudy, ["backwards", "reversed"]),
        (GOOD + "labels = ['roman']\n", BadStudy, ["roman", "letters"]),
        (GOOD + "personas = ['group:nowhere@2020']\n", UnknownName, ["group:nowhere@2020"]),
        (GOOD + "decoding = {temprature = 1}\n", BadStudy, ["temprature", "temperature"]),
        (GOOD + "[measure]\nconstants = 'fixed'\n", BadStudy, ["fixed_constants"]),
        (GOOD + "[measure]\nlevel = 1.5\n", BadStudy, ["measure.level"]),
        ("version = 2\n" + GOOD.replace("version = 1\n", ""), BadStudy, ["version"]),
        (GOOD.replace('name = "small"\n', ""), BadStudy, ["name", "missing"]),
        (GOOD.replace("[[respondent]]\n", "[[respondent]]\napi_key = 'abc'\n"), Refused, ["api_key", "key_env"]),
        (GOOD.replace('"uniform"', '"uniform"\nmodel = "sk-abcdefghijklmnopqrstuv"'), Refused, ["credential"]),
        (GOOD.replace('"uniform"', '"uniform"\nbase_url = "https://me:pw@host/v1"'), Refused, ["credential"]),
        (GOOD + "decoding = []\n", BadStudy, ["ask.decoding", "at least one"]),
        (GOOD + "mode = 'sample'\ndecoding = {stop = 'soon'}\n", BadStudy, ["stop", "answer", "soon"]),
        (GOOD + "mode = 'sample'\ndecoding = {stop = 1}\n", BadStudy, ["ask.decoding", "stop is a word"]),
        (GOOD + "mode = 'sample'\ndecoding = {reasoning = -1}\n", BadStudy, ["reasoning", "tokens"]),
        (GOOD + "mode = 'sample'\ndecoding = {reasoning = 'much'}\n", BadStudy, ["reasoning is a number"]),
        (GOOD + "personas = []\n", BadStudy, ["ask.personas", "at least one"]),
        (GOOD.replace('["atlas"]', "[]"), BadStudy, ["ask.instruments", "the list is empty"]),
        (GOOD + "[[group]]\nid = 'group:a@1'\nmembers = []\n", BadStudy, ["group[0].members", "the list is empty"]),
        (GOOD + "[measure]\nhalves = -1\n", BadStudy, ["measure.halves", "0"]),
        (GOOD + "[measure]\nnon_national = 3\n", BadStudy, ["measure.non_national"]),
        (GOOD + "nonsense", BadStudy, ["TOML"]),
        ("", BadFile, ["empty"]),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, text: str, error: type[TawazunError], said: list[str]) -> None:
    with pytest.raises(error) as caught:
        load_study(write(tmp_path / "s.toml", text))
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in message
    assert [word for word in said if word not in message] == []


def test_a_file_that_is_not_utf8_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_bytes("name = 'é'".encode("latin-1"))
    with pytest.raises(BadFile, match="UTF-8"):
        load_study(tmp_path / "s.toml")
    with pytest.raises(BadFile, match="cannot be read"):
        load_study(tmp_path / "none.toml")


def test_overrides_change_a_key_and_refuse_nonsense(tmp_path: Path) -> None:
    file = write(tmp_path / "s.toml", GOOD)
    assert load_study(file, ["ask.samples=30"]).ask.samples == 30
    assert load_study(file, ['ask.languages=["en","ar"]']).ask.languages == ["en", "ar"]
    assert load_study(file, ["name=other"]).name == "other"
    for bad in ("ask.samples", "name.deep=1", "ask.sample=3"):
        with pytest.raises(BadStudy):
            load_study(file, [bad])


def test_what_is_measured_never_touches_what_is_asked() -> None:
    one = study()
    assert asked_digest(one) == asked_digest(study(measure={"draws": 500}, gates={"allowed_mass": 0.5}))
    other = study(ask={"languages": ["ar"]})
    assert asked_digest(one) != asked_digest(other)
    assert changed_keys(one, other) == ["ask.languages"]


def test_own_places_and_groups_are_known_afterwards() -> None:
    made = study_from(
        {
            "name": "own",
            "respondent": [{"name": "u", "kind": "uniform"}],
            "place": [{"code": "x-testland", "names": {"en": "Testland", "ar": "تستلاند"}}],
            "group": [{"id": "group:tests@2026", "members": ["x-testland", "EGY"]}],
            "ask": {"instruments": ["atlas"], "personas": ["group:tests@2026"]},
        },
        "own.toml",
    )
    assert made.ask.personas == ["group:tests@2026"]


def test_two_respondents_of_one_name_are_refused() -> None:
    with pytest.raises(BadStudy, match="twice"):
        study(respondent=[{"name": "a", "kind": "uniform"}, {"name": "a", "kind": "uniform"}])
