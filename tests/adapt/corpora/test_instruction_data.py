"""Instruction data: shapes, masks, compositions, answers given anew, and answers drawn from people."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tawazun.adapt.corpora.composition import ACEGPT, Part, composed, composition_table
from tawazun.adapt.corpora.conversations import as_messages, check_template, fitted, learn
from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.corpora.mixing import Mixer
from tawazun.adapt.corpora.records import Document, Tags
from tawazun.adapt.corpora.sources import CorpusKeys, open_source
from tawazun.adapt.corpora.survey import SurveyPlan, SurveySource
from tawazun.adapt.corpora.teachers import Teacher, provenance, regenerated, rewritten
from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.errors import BadFile, BadStudy, Refused
from tawazun.instruments import instrument
from tawazun.populations import load_populations
from tests.tiny_models import CHAT, tokenizer

PAIR = (("user", "What is rice?"), ("assistant", "A grain."), ("user", "And tea?"), ("assistant", "A leaf."))
MARKED = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>' }}{% if m['role'] == 'assistant' %}{% generation %}"
    "{{ m['content'] + '<|end|>' }}{% endgeneration %}{% else %}{{ m['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
# like templates that drop earlier thoughts: what was written changes when a turn is added
CHANGING = CHAT.replace("m['content']", "(m['content'] if loop.last else 'earlier')")


@pytest.mark.parametrize("fields", [
    {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]},
    {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
    {"instruction": "q", "input": "", "output": "a"},
    {"prompt": "q", "completion": "a"},
    {"question": "q", "answer": "a", "id": 3},
])  # fmt: skip
def test_every_shape_becomes_messages(fields: Mapping[str, object]) -> None:
    assert as_messages(fields, "row 1") == (("user", "q"), ("assistant", "a"))


def test_an_input_goes_under_its_instruction() -> None:
    made = as_messages({"system": "s", "instruction": "q", "input": "text", "output": "a"}, "row 1")
    assert made == (("system", "s"), ("user", "q\ntext"), ("assistant", "a"))


@pytest.mark.parametrize(("fields", "why"), [
    ({"messages": [{"role": "user", "content": "q"}]}, "nothing is said by the assistant"),
    ({"messages": [{"role": "cat", "content": "q"}]}, "role 'cat'"),
    ({"messages": ["q"]}, "a turn is a record"),
    ({"instruction": "q", "output": " "}, "output: it is empty"),
    ({"instruction": "q", "output": None}, "output: a text is needed, not nothing"),
    ({"title": "q"}, "the row has title"),
])  # fmt: skip
def test_shapes_that_are_none(fields: Mapping[str, object], why: str) -> None:
    with pytest.raises(BadFile, match=why):
        as_messages(fields, "file row 7")


def test_both_ways_of_masking_agree_and_cover_the_assistant_alone() -> None:
    marked, plain = tokenizer(MARKED), tokenizer(CHAT)
    one, other = learn(marked, PAIR), learn(plain, PAIR)
    assert (check_template(marked), check_template(plain)) == ("template", "computed")
    assert one.tokens == other.tokens and one.mask == other.mask
    learnt = [token for token, own in zip(one.tokens, one.mask, strict=True) if own]
    assert marked.decode(learnt) == "A grain.<|end|>A leaf.<|end|>"


def test_templates_that_hide_the_assistant_are_told() -> None:
    with pytest.raises(BadStudy, match="no chat template"):
        check_template(tokenizer(None), "base")
    with pytest.raises(BadStudy, match="writes earlier turns anew"):
        check_template(tokenizer(CHANGING), "base")
    everything = "{% generation %}" + CHAT + "{% endgeneration %}"
    with pytest.raises(BadStudy, match="cover everything"):
        check_template(tokenizer(everything), "base")


def test_a_conversation_longer_than_the_context() -> None:
    learnt = learn(tokenizer(CHAT), PAIR)
    document = Document("s", "f", 1, "", messages=PAIR)
    assert fitted(learnt, document, len(learnt.tokens)) == (learnt, "")
    kept, why = fitted(learnt, document, len(learnt.tokens) - 1)
    assert kept is not None and (len(kept.tokens), why) == (len(learnt.tokens) - 1, "answer cut at the context")
    assert fitted(learnt, document, 4) == (None, "prompt longer than the context")


# ---- composition


def test_the_printed_composition_adds_up() -> None:
    assert sum(part.rows for part in ACEGPT) == 363_155
    assert sum(part.taken for part in ACEGPT) == 629_293
    table = composition_table(ACEGPT)
    assert table.filter(table["source"] == "sum")["taken"].item() == 629_293
    assert table["share"][:-1].sum() == pytest.approx(1)


def sources(folder: Path, **rows: tuple[int, float, str]):
    made = []
    for name, (count, times, licence) in rows.items():
        lines = [json.dumps({"instruction": f"{name} {i}", "output": "a"}) for i in range(count)]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
        made.append(open_source(CorpusKeys(name=name, files=f"{name}.jsonl", weight=times, licence=licence), folder))
    return made


def test_every_row_is_taken_as_often_as_the_composition_says(tmp_path: Path) -> None:
    mixed = composed(sources(tmp_path, a=(20, 3, "mit"), b=(30, 1, "mit"), c=(40, 0.5, "mit")), seed=2)
    found = [(row.source, row.number) for row in Mixer(mixed)]
    times = Counter(found)
    assert len(found) == 60 + 30 + 20
    assert all(times["a", i] == 3 for i in range(1, 21)) and all(times["b", i] == 1 for i in range(1, 31))
    assert sum(times["c", i] for i in range(1, 41)) == 20 and max(times["c", i] for i in range(1, 41)) == 1
    # evenly mixed: every tenth of the data has each source's share
    for part in np.array_split(np.array([name for name, _ in found]), 5):
        assert np.mean(part == "a") == pytest.approx(60 / 110, abs=0.08)


@pytest.mark.parametrize("licence", ["CC-BY-NC-ND-4.0", "no derivatives", "cc-by-nd"])
def test_data_without_derivatives_is_not_trained_on(tmp_path: Path, licence: str) -> None:
    with pytest.raises(Refused, match="allows no derivatives"):
        composed(sources(tmp_path, a=(3, 1, "mit"), palm=(3, 1, licence)), seed=0)


def test_non_commercial_and_missing_licences_mark_the_adapter() -> None:
    terms = training_terms([("a", "CC-BY-NC-4.0"), ("b", "apache-2.0"), ("c", "")])
    assert (terms.non_commercial, terms.unknown, terms.mark) == (("a",), ("c",), "NC")
    # letters inside a word are not a licence
    assert training_terms([("a", "Sunday license, in concert")]).mark == ""


@pytest.mark.parametrize("times", [0, -1, float("nan"), 0.01])
def test_a_source_that_gives_no_row_is_refused(times: float) -> None:
    with pytest.raises(BadStudy, match="source 'x'"):
        Part("x", 10, times)


# ---- teachers


class Scripted:
    """Replies in the language of the prompt; some prompts fail."""

    identity: Mapping[str, str] = {"kind": "scripted", "revision": "1"}
    batch = 4
    modes = ("generate",)

    def __init__(self, stop: int = 10**9) -> None:
        self.seen: list[str] = []
        self.stop = stop

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        for ask in asks:
            if len(self.seen) == self.stop:
                raise KeyboardInterrupt
            ((role, prompt),) = ask.prompts[0].messages
            assert role == "user"
            self.seen.append(prompt)
            failed = Outcome(error="timeout") if "fails" in prompt else Outcome(text=("",), n=1.0)
            yield failed if "fails" in prompt or "silent" in prompt else Outcome(text=(f"جواب {prompt}",), n=1.0)


def asked(i: int, text: str = "", origin: str = "translated") -> Document:
    turns = (("user", text or f"سؤال {i}"), ("assistant", "a translated answer"))
    return Document("s", "f.jsonl", i, "", Tags("ar", origin=origin), turns)  # type: ignore[arg-type]


def test_translated_rows_are_answered_anew_and_say_by_whom(tmp_path: Path) -> None:
    rows = [asked(1), asked(2, origin="native"), asked(3, "fails"), asked(4, "silent"), asked(5)]
    teacher = Teacher(Scripted(), "local", tmp_path / "replies.jsonl")
    made = list(regenerated(rows, teacher))
    assert [row.number for row in made] == [1, 2, 5]
    assert (
        made[0].messages == (("user", "سؤال 1"), ("assistant", "جواب سؤال 1")) and made[0].tags.origin == "regenerated"
    )
    facts = dict(made[0].facts)
    assert (facts["teacher"], facts["teacher_id"], facts["was"]) == ("local", teacher.id, "translated")
    assert made[1] == rows[1] and teacher.failed == {"failed": 1, "empty": 1}
    assert provenance(made) == {"regenerated by local": 2, "native": 1}
    assert json.loads(json.dumps(made[0].record()))["origin"] == "regenerated"


def test_a_killed_teacher_is_asked_nothing_twice(tmp_path: Path) -> None:
    rows = [asked(i) for i in range(10)]
    with pytest.raises(KeyboardInterrupt):
        list(regenerated(rows, Teacher(Scripted(stop=6), "local", tmp_path / "r.jsonl")))
    with (tmp_path / "r.jsonl").open("ab") as file:
        file.write(b'{"cell": "half a li')
    again = Teacher(Scripted(), "local", tmp_path / "r.jsonl")
    made = list(regenerated(rows, again))
    assert len(made) == 10 and again.asked == 4
    whole = list(regenerated(rows, Teacher(Scripted(), "local", tmp_path / "other.jsonl")))
    assert made == whole


def test_flagged_prompts_are_put_anew_and_their_answers_fall_due(tmp_path: Path) -> None:
    teacher = Teacher(Scripted(), "local", tmp_path / "r.jsonl")
    rows = [asked(1, "John asks"), asked(2, "Omar asks", "native")]
    made = list(rewritten(rows, teacher, "Use names of Egypt: {prompt}", lambda row: "John" in row.messages[0][1]))
    assert made[0].messages[0] == ("user", "جواب Use names of Egypt: John asks")
    assert made[0].tags.origin == "translated" and made[1] == rows[1]
    with pytest.raises(BadStudy, match=r"no \{prompt\}"):
        list(rewritten(rows, teacher, "Use names of Egypt", lambda row: True))


def test_a_teacher_that_cannot_speak_and_a_row_without_a_language(tmp_path: Path) -> None:
    dumb = Scripted()
    dumb.modes = ("logprob",)  # type: ignore[assignment]
    with pytest.raises(BadStudy, match="cannot reply in words"):
        Teacher(dumb, "x", tmp_path / "r.jsonl")
    row = replace(asked(1), tags=Tags(origin="translated"))
    with pytest.raises(BadFile, match="says no language"):
        list(regenerated([row], Teacher(Scripted(), "x", tmp_path / "r.jsonl")))


# ---- survey answers


def survey(**keys: object) -> SurveySource:
    people = tuple(load_populations("atlas_exact-1/x-marsouk", data=None, halves=0))
    plan = SurveyPlan(**{"languages": ("ar", "en"), "wordings": ("w1", "w2"), **keys})  # type: ignore[arg-type]
    return SurveySource(CorpusKeys(name="people"), instrument("atlas"), people, plan)


def test_answers_are_drawn_as_the_people_answer() -> None:
    made = survey(items=("a01",), languages=("en",), wordings=("w1",), orders=("reversed",), people=4000)
    people = made.populations[0].answer("a01")
    assert people is not None and people.p is not None and made.rows == 4000
    shown = Counter(row.messages[-1][1] for n in range(made.blocks) for row in made.block(n))
    labels = made._asked[0].ask.prompts[0].labels
    found = [shown[label] / 4000 for label in labels][::-1]
    assert found == pytest.approx(list(people.p), abs=4 * 0.5 / 4000**0.5)


def test_a_row_is_a_question_as_a_study_asks_it() -> None:
    made = survey(items=("a01", "a02"), people=3)
    row = made.row(0)
    assert [role for role, _ in row.messages] == ["system", "user", "assistant"]
    assert "مرسوق" in row.messages[0][1] and (row.tags.language, row.tags.country) == ("ar", "x-marsouk")
    assert dict(row.facts)["item"] == "atlas:a01" and row.where.endswith("row 1")
    assert made.rows == 2 * 2 * 2 * 3 and made.items == ("a01", "a02")
    assert made.row(5) == survey(items=("a01", "a02"), people=3).row(5)
    assert [role for role, _ in survey(items=("a01",), persona="none").row(0).messages] == ["user", "assistant"]


def test_held_out_items_are_in_no_row() -> None:
    made = survey(held_out=("a01", "a33"))
    assert made.left_out["a01"] == "held out" and not {"a01", "a33"} & set(made.items)
    rows = [dict(row.facts) for n in range(made.blocks) for row in made.block(n)]
    assert {row["wording"] for row in rows} == {"w1", "w2"} and len({row["item"] for row in rows}) == len(made.items)


@pytest.mark.parametrize(("keys", "why"), [
    ({"items": ("a01",), "held_out": ("a01",)}, "a01 is both"),
    ({"held_wordings": ("w2",)}, "wording w2 is both"),
    ({"items": ("zz",)}, "'zz' is not an item"),
    ({"people": 0}, "one person"),
    ({"persona": "all"}, "persona is own or none"),
])  # fmt: skip
def test_plans_that_are_none(keys: Mapping[str, object], why: str) -> None:
    with pytest.raises(BadStudy, match=why):
        survey(**keys)


def test_items_on_rights_need_a_reason() -> None:
    atlas = instrument("atlas")
    first = replace(atlas.questions[0], tags=(*atlas.questions[0].tags, "rights"))
    people = tuple(load_populations("atlas_exact-1/x-marsouk", data=None, halves=0))
    with_rights = replace(atlas, questions=(first, *atlas.questions[1:]))
    plan = SurveyPlan(("en",), ("w1",))
    made = SurveySource(CorpusKeys(name="p"), with_rights, people, plan)
    assert "a01" not in made.items and "rights" in made.left_out["a01"]
    told = SurveySource(CorpusKeys(name="p"), with_rights, people, replace(plan, rights="asked for by its people"))
    assert "a01" in told.items


@pytest.mark.parametrize(("terms", "licence"), [("aggregates", "CC-BY"), ("no", "CC-BY"), ("yes", "CC-BY-ND-4.0")])
def test_people_whose_answers_may_not_be_copied_are_refused(terms: str, licence: str) -> None:
    (people,) = load_populations("atlas_exact-1/x-marsouk", data=None, halves=0)
    closed = replace(people, source=replace(people.source, redistribute=terms, licence=licence))  # type: ignore[arg-type]
    with pytest.raises(Refused, match=r"no training rows|no derivatives"):
        SurveySource(CorpusKeys(name="p"), instrument("atlas"), (closed,), SurveyPlan(("en",), ("w1",)))


def test_survey_rows_mix_with_other_sources(tmp_path: Path) -> None:
    (other,) = sources(tmp_path, b=(10, 1, "mit"))
    keys = CorpusKeys(name="people", weight=0.5, licence="Apache-2.0")
    people = tuple(load_populations("atlas_exact-1/x-marsouk", data=None, halves=0))
    drawn = SurveySource(
        keys, instrument("atlas"), people, SurveyPlan(("en",), ("w1",), items=("a01", "a02"), people=20)
    )
    assert Counter(row.source for row in Mixer(composed([other, drawn], seed=0))) == {"b": 10, "people": 20}


def test_a_teacher_never_speaks_for_people(tmp_path: Path) -> None:
    """Whatever a teacher is asked to give anew or to put anew, answers drawn from people's shares stay theirs."""
    people = tuple(load_populations("atlas_exact-1/x-marsouk", data=None, halves=0))
    plan = SurveyPlan(("en",), ("w1",), items=("a01",), people=3)
    drawn = SurveySource(CorpusKeys(name="people"), instrument("atlas"), people, plan).block(0)
    teacher = Teacher(Scripted(), "local", tmp_path / "replies.jsonl")
    made = list(regenerated([*drawn, asked(1, origin="native")], teacher, every=True))
    assert made[:3] == drawn and made[3].tags.origin == "regenerated"
    assert list(rewritten(drawn, teacher, "Anew: {prompt}", lambda row: True)) == drawn and teacher.asked == 1
