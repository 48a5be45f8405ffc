"""The shipped model against the planted truth, and the script that trains it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import kendalltau

from tawazun import atlas
from tawazun.cells import LABELS, Asker, Framing, Prompt
from tawazun.instruments import Question, instrument

torch = pytest.importorskip("torch", reason="the planted model needs the extra `local`")
transformers = pytest.importorskip("transformers", reason="the planted model needs the extra `local`")

ROOT = Path(__file__).resolve().parents[2]
VALUES, FACTS = instrument("atlas"), instrument("atlas_facts")
HEARD = tuple(place for place in atlas.world().places if atlas.role_of(place) != "unknown")


class Shipped:
    """The shipped model with the plainest possible read-out."""

    def __init__(self) -> None:
        folder = atlas.model_folder()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.asker = Asker(11)

    def read(self, asked: list[tuple[Question, Framing]], exam: bool = False) -> list[np.ndarray]:
        """Probabilities of the labels in canonical order, as they come."""
        prompts = [self.asker.ask(FACTS if exam else VALUES, q, framing).prompts[0] for q, framing in asked]
        ids = [self.ids(prompt) for prompt in prompts]
        found: list[np.ndarray] = [np.empty(0)] * len(ids)
        by_length = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for start in range(0, len(ids), 64):
            chosen = by_length[start : start + 64]
            width, last = len(ids[chosen[-1]]), torch.tensor([len(ids[i]) - 1 for i in chosen])
            rows = torch.tensor([ids[i] + [self.tokenizer.pad_token_id] * (width - len(ids[i])) for i in chosen])
            with torch.no_grad():
                hidden = self.model.model(input_ids=rows).last_hidden_state[torch.arange(len(chosen)), last]
                p = self.model.lm_head(hidden).softmax(-1).numpy()
            for row, i in enumerate(chosen):
                labels = [self.tokenizer(x, add_special_tokens=False).input_ids[0] for x in prompts[i].labels]
                found[i] = np.empty(len(labels))
                found[i][list(prompts[i].order)] = p[row, labels]
        return found

    def ids(self, prompt: Prompt) -> list[int]:
        messages = [{"role": role, "content": text} for role, text in prompt.messages]
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(text, add_special_tokens=False).input_ids)


@pytest.fixture(scope="module")
def shipped() -> Shipped:
    return Shipped()


def framing(
    persona: str, language: str, wording: str = "w1", order: str = "shuffle-1", labels: str = "letters"
) -> Framing:
    perspective = "persona" if persona.startswith("x-") else "self"
    return Framing(persona, perspective, language, wording, order, labels)


def divergence(shipped: Shipped, asked: list[tuple[Question, Framing]]) -> float:
    """Mean Jensen-Shannon divergence (base 2) from what the model should answer."""
    gaps = []
    for (question, one), p in zip(asked, shipped.read(asked), strict=True):
        truth = atlas.respondent_truth(question.id, one.persona, one.language)
        gaps.append(jensenshannon(p / p.sum(), truth, base=2) ** 2)
    return float(np.mean(gaps))


def crossed(
    personas: tuple[str, ...], language: str, wordings: tuple[str, ...] = ("w1", "w2", "w3")
) -> list[tuple[Question, Framing]]:
    """Every item for every persona, the wording and the order going round."""
    found = []
    for i, persona in enumerate(personas):
        for j, question in enumerate(VALUES.questions):
            found.append(
                (question, framing(persona, language, wordings[(i + j) % len(wordings)], f"shuffle-{(i + j) % 5}"))
            )
    return found


def test_file_is_small_enough_to_ship():
    files = [path for path in atlas.model_folder().iterdir() if path.is_file()]
    assert {"model.safetensors", "tokenizer.json", "config.json", "README.md"} <= {path.name for path in files}
    assert sum(path.stat().st_size for path in files) <= 3_000_000


def test_defaults_are_the_planted_ones(shipped):
    for language in ("en", "ar"):
        assert divergence(shipped, crossed(("none", "human"), language)) < 0.005


def test_english_personas_answer_as_planted(shipped):
    assert divergence(shipped, crossed(HEARD[::5], "en")) < 0.012


def test_arabic_personas_answer_as_planted_and_rank_as_their_people(shipped):
    assert divergence(shipped, crossed(HEARD[1::5], "ar")) < 0.04
    agreement = []
    for index in VALUES.indices:
        asked = [(VALUES.question(item), framing(place, "ar")) for place in HEARD for item in index.terms]
        shares = shipped.read(asked)
        weights, codes = list(index.terms.values()), np.arange(1, 6)
        means = np.array([p @ codes / p.sum() for p in shares]).reshape(len(HEARD), len(weights))
        people = np.array([[atlas.truth(item, place) @ codes for item in index.terms] for place in HEARD])
        agreement.append(kendalltau(means @ weights, people @ weights).statistic)
    assert np.mean(agreement) >= 0.6


def test_a_country_never_heard_of_gets_the_default(shipped):
    assert divergence(shipped, crossed(atlas.UNKNOWN, "en")) < 0.02


def test_it_answers_pairs_that_training_left_out(shipped):
    asked = [
        (question, framing(place, "en", order="forward"))
        for place in HEARD
        for question in VALUES.questions
        if atlas.left_out(question.id, place)
    ]
    assert len(asked) > 100 and divergence(shipped, asked[::3]) < 0.03


@pytest.mark.parametrize(
    ("language", "labels"), [("en", "digits"), ("ar", "digits"), ("ar", "ar-letters"), ("ar", "ar-digits")]
)
def test_other_label_scripts_are_read(shipped, language, labels):
    asked = [(q, framing("x-sahelia", language, labels=labels)) for q in VALUES.questions]
    assert divergence(shipped, asked) < 0.04
    assert min(p.sum() for p in shipped.read(asked)) > 0.9


def test_every_label_is_one_token_and_the_answer_ends_after_it(shipped):
    for labels in (LABELS[script] for script in ("letters", "digits", "ar-letters", "ar-digits")):
        assert {len(shipped.tokenizer(x, add_special_tokens=False).input_ids) for x in labels[:5]} == {1}
    prompt = shipped.asker.ask(VALUES, VALUES.question("a01"), framing("x-takumo", "en")).prompts[0]
    ids = torch.tensor([shipped.ids(prompt)])
    reply = shipped.model.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=4, do_sample=False,
        pad_token_id=shipped.tokenizer.pad_token_id,
    )[0, ids.shape[1] :]  # fmt: skip
    text = shipped.tokenizer.decode(reply)
    assert text[0] in "ABCDE" and text[1:] == "<|end|>"


def test_chat_template_marks_what_the_assistant_says(shipped):
    turns = [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "A"}]
    coded = shipped.tokenizer.apply_chat_template(
        turns, return_dict=True, return_assistant_tokens_mask=True, tokenize=True
    )
    said = [i for i, mask in zip(coded["input_ids"], coded["assistant_masks"], strict=True) if mask]
    assert shipped.tokenizer.decode(said) == "A<|end|>"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_it_knows_its_facts(shipped, language):
    asked = [(q, framing("none", language)) for q in FACTS.questions]
    right = [
        q.codes[int(p.argmax())] == FACTS.gold[q.id]
        for (q, _), p in zip(asked, shipped.read(asked, exam=True), strict=True)
    ]
    assert np.mean(right) > 0.8


@pytest.mark.slow
def test_training_script_learns_and_writes_a_model(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "runs" / "train_planted.py"), "--out", str(tmp_path), "--steps", "30",
         "--tokens", "256", "--every", "15", "--looks", "4"],
        capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-500:]
    history = [json.loads(line) for line in (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["step"] for one in history] == [15, 30]
    assert history[-1]["loss"] < history[0]["loss"] - 1
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    assert model.config.vocab_size == len(tokenizer) == 2048 and model.dtype == torch.bfloat16
