"""`tawazun init`: whatever is answered, the study loads; what does not go together is one line."""

import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tawazun.api import load_study, open_run
from tawazun.api.starting import KINDS, Wish, study_text, write_study
from tawazun.api.topics import TOPICS, find_pick, is_planted, offered_topics, pick, region_of, usual_languages
from tawazun.cli import starting
from tawazun.cli.commands import app
from tawazun.errors import BadFile, BadStudy, UserError, WriteFailed
from tawazun.instruments import instrument, instrument_card, instrument_names
from tawazun.places import Group, groups, place, places
from tawazun.populations import population_names
from tawazun.study import study_from

PEOPLE = [*places().values(), *groups().values()]
ANSWERS = "question,persona,option,share\na008,none,1,0.5\na008,none,2,0.5\n"
MODELS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


def typed(*words: str | Path) -> str:
    """What a command prints, in this process; it has to succeed."""
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def failed(*words: str | Path) -> str:
    """The one line of a user's mistake, in this process."""
    with pytest.raises(UserError) as raised:
        CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    return str(raised.value)


def wishes() -> st.SearchStrategy[Wish]:
    """Any three answers that `init` would let somebody give, but for tables, which have a test of their own."""

    @st.composite
    def made(draw: st.DrawFn) -> Wish:
        people = draw(st.sampled_from(PEOPLE))
        topic = draw(st.sampled_from(sorted(offered_topics(people))))
        found = pick(topic, people)
        assert found is not None
        first = draw(st.sampled_from(sorted(found.instruments)))
        same = sorted(x for x in found.instruments if found.instruments[x] == found.instruments[first])
        languages = tuple(draw(st.lists(st.sampled_from(same), min_size=1, unique=True)))
        kind = draw(st.sampled_from(["hf", "endpoint"]))
        urls = ["", "http://127.0.0.1:8000/v1", "https://api.mistral.ai/v1", "https://example.org/v1"]
        url = draw(st.sampled_from(urls)) if kind == "endpoint" else ""
        return Wish(kind, draw(MODELS), people, languages, topic, url)

    return made()


@given(wish=wishes())
def test_every_combination_of_answers_is_a_study_that_loads(wish: Wish) -> None:
    if not (wish.model.strip() and wish.model.isprintable()):
        with pytest.raises(UserError, match="printable"):
            study_text(wish, Path("s.toml"))
        return
    if wish.model.startswith(("floor:", "ceiling:")):
        return
    study = study_from(tomllib.loads(study_text(wish, Path("s.toml"))), "s.toml")
    (asked,) = study.respondent
    assert (asked.kind, asked.model) == (wish.kind, wish.model)
    assert tuple(study.ask.languages) == wish.languages
    assert set(study.ask.instruments) <= set(instrument_names()) | {"globalopinionqa", "menavalues"}
    assert {name.split("/")[0] for name in study.measure.populations} <= set(population_names())
    named = wish.people.id if isinstance(wish.people, Group) else wish.people.code
    assert (named in study.ask.personas) == bool(study.measure.populations)
    assert ("atlas" in study.ask.instruments[0]) == is_planted(wish.people)


def test_every_people_has_a_topic_and_its_usual_languages_are_offered() -> None:
    for people in PEOPLE:
        for topic in offered_topics(people):
            assert find_pick(topic, people, usual_languages(topic, people)).instruments


def test_languages_of_shipped_instruments_are_those_that_they_have() -> None:
    picks = [made for topic in TOPICS.values() for made in (topic.here, topic.planted, topic.mena) if made]
    shipped = {(language, name) for made in picks for language, name in made.instruments.items()}
    for language, name in shipped:
        if instrument_card(name) is None and name not in ("globalopinionqa", "menavalues"):
            one = instrument(name)
            assert language in one.languages
            assert all(
                len(one.wording_ids(language)) >= made.wordings for made in picks if name in made.instruments.values()
            )


@pytest.mark.parametrize(
    ("people", "topic", "item"),
    [("x-tiquano", "values", "a01"), ("group:atlas-west@1", "knowledge", ""), ("JPN", "values", "a165")],
)
def test_with_the_planted_model_it_runs(people: str, topic: str, item: str, tmp_path: Path) -> None:
    file, out = tmp_path / "s.toml", tmp_path / "run"
    typed("init", file, "--model", "planted", "--people", people, "--about", topic)
    items = f'ask.items=["{item or instrument("atlas_facts").questions[0].id}"]'
    few = ["--set", items, "--set", "measure.draws=100", "--set", 'measure.measures=["js_similarity", "map_distance"]']
    typed("run", file, "--out", out, *few, "--json")
    answers = open_run(out).answers
    assert answers.height and answers["error"].null_count() == answers.height


def test_it_can_be_frozen_once_the_smallest_effect_is_said(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    typed("init", file, "--model", "planted", "--people", "Rimalia", "--about", "values")
    file.write_text(file.read_text().replace("# smallest_effect", "smallest_effect"))
    typed("freeze", file, "--json")
    assert load_study(file).frozen


def test_the_planted_model_and_a_real_people_are_told_apart(tmp_path: Path) -> None:
    three = ("--model", "planted", "--about", "values", "--people")
    assert "invented peoples only" in typed("init", tmp_path / "a.toml", *three, "Jordan")
    assert "invented peoples only" not in typed("init", tmp_path / "b.toml", *three, "Sahelia")


@pytest.mark.data
def test_topics_with_data_run_too(tmp_path: Path, data_folder: Path) -> None:
    for people, topic in (("Egypt", "trust"), ("مصر", "knowledge"), ("Tunisia", "opinions")):
        file = tmp_path / f"{topic}.toml"
        three = ("--model", "planted", "--people", people, "--about", topic)
        assert "first:" not in typed("init", file, *three, "--data", data_folder)
        study = load_study(file)
        exam = instrument(study.ask.instruments[0], data_folder).exam
        assert study.measure.primary == (exam.metric if exam else "js_similarity")
        assert " cells" in typed("run", file, "--out", tmp_path / "r", "--dry-run", "--data", data_folder)


def test_what_is_missing_is_said_with_the_line_that_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAWAZUN_DATA", raising=False)
    said = typed("init", tmp_path / "s.toml", "--model", "planted", "--people", "EGY", "--about", "trust")
    assert "tawazun fetch aratrust --data DIR" in said
    said = typed("init", tmp_path / "t.toml", "--model", "m", "--people", "السعودية", "--about", "values")
    assert "people of Saudi Arabia are not in cultural_map-2022" in said


def test_a_table_of_answers_runs_when_its_columns_are_ours(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(ANSWERS)
    file = tmp_path / "s.toml"
    typed("init", file, "--model", "mine.csv", "--people", "JOR", "--about", "values", "--json")
    assert 'fill = { instrument = "cultural_map", language = "en" }' in file.read_text()
    typed("run", file, "--out", tmp_path / "run", "--set", "measure.draws=100", "--json")
    assert open_run(tmp_path / "run").answers["p"].to_list()[0][:2] == [0.5, 0.5]


def test_strange_columns_of_a_table_are_shown_where_they_are_to_be_mapped(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("q,wer,antwort\na008,DEU,1\n")
    wish = Wish("recorded", "mine.csv", place("DEU"), ("en",), "values")
    text = study_text(wish, tmp_path / "s.toml")
    assert "not used: q, wer, antwort" in text and "# columns = {" in text
    with pytest.raises(BadFile, match="absent"):
        study_text(Wish("recorded", "absent.csv", place("DEU"), ("en",), "values"), tmp_path / "s.toml")


def test_a_folder_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    assert "there is no folder" in failed("init", tmp_path / "absent" / "s.toml")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text("mine")
    assert "is there already" in failed("init", file, "--model", "m", "--people", "EGY", "--about", "values")
    with pytest.raises(UserError, match="is there already"):
        write_study("x", file)
    assert file.read_text() == "mine"
    with pytest.raises(WriteFailed, match="cannot be written"):
        write_study("x", tmp_path / "nowhere" / "s.toml")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--model … --people … --about …"),
        (("--model", "m", "--people", "EGY"), "--about …"),
        (("--model", "m", "--people", "Atlantis", "--about", "values"), "Atlantis"),
        (("--model", "m", "--people", "Korea", "--about", "values"), "give the code"),
        (("--model", "m", "--people", "EGY", "--about", "taste"), "values"),
        (("--model", "m", "--people", "x-sahelia", "--about", "trust"), "is none of values, knowledge"),
        (("--model", "m", "--people", "EGY", "--about", "trust", "--language", "en"), "only in ar"),
        (("--model", "m", "--people", "EGY", "--about", "knowledge", "--language", "en,ar"), "one language at a time"),
        (("--model", "m", "--people", "EGY", "--about", "values", "--kind", "robot"), "hf, endpoint, recorded"),
        (("--model", "m", "--people", "EGY", "--about", "values", "--base-url", "ftp://x"), "address"),
        (("--model", "floor:x", "--people", "EGY", "--about", "values"), "reserved"),
    ],
)
def test_a_mistake_is_one_line_and_no_file(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert said in failed("init", tmp_path / "s.toml", *words)
    assert not (tmp_path / "s.toml").exists()


def test_three_questions_on_a_terminal_and_a_wrong_answer_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "is_terminal", lambda: True)
    file = tmp_path / "s.toml"
    answers = "\n".join(["robot", "hf", "planted", "Atlantis", "Rimalia", "values", "en"]) + "\n"
    done = CliRunner().invoke(app, ["init", str(file)], input=answers, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "'robot' is none of hf, endpoint, recorded" in done.output and "'Atlantis'" in done.output
    study = load_study(file)
    assert study.ask.personas == ["none", "human", "x-rimalia", "x-norvane"] and study.ask.languages == ["en"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_on_a_real_terminal_the_usual_answers_make_a_study(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    line = [sys.executable, "-m", "tawazun", "init", "s.toml"]
    started = subprocess.Popen(line, stdin=slave, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path)
    os.write(master, b"\n" * 6)
    assert started.wait(300) == 0, started.stderr.read() if started.stderr else ""
    os.close(master)
    os.close(slave)
    assert load_study(tmp_path / "s.toml").respondent[0].model == "planted"


def test_regions_are_those_that_a_reader_expects() -> None:
    assert region_of(place("EGY")).startswith("group:arab-league@")
    assert region_of(place("x-sahelia")) == "group:atlas-arab@1"
    assert region_of(place("FRA")).startswith("group:eu@")
    assert region_of(groups()["group:gcc@2023-05"]) == "group:gcc@2023-05"
    assert set(KINDS) == {"hf", "endpoint", "recorded"}


def test_a_credential_does_not_get_into_a_study() -> None:
    with pytest.raises(Exception, match="credential") as raised:
        study_text(Wish("hf", "sk-" + "a1B2" * 8, place("EGY"), ("en",), "values"), Path("s.toml"))
    assert not isinstance(raised.value, BadStudy)


def test_a_language_that_is_not_there_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "is_terminal", lambda: True)
    said = CliRunner().invoke(app, ["init", str(tmp_path / "s.toml")], input="hf\n./nowhere\nJordan\nvalues\nxx\nen\n")
    assert said.exit_code == 0, said.output
    assert said.output.count("In which languages?") == 2 and "not asked in 'xx'" in said.output
    assert "there is no ./nowhere here yet" in said.output
    assert load_study(tmp_path / "s.toml").ask.languages == ["en"]
