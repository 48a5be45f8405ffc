"""How far a planted model is from what was planted, by kind of prompt."""

from collections.abc import Sequence

import numpy as np
import torch
from scipy.stats import kendalltau
from transformers import LlamaForCausalLM

from planted.lessons import PAD, SEED, TRAINED, Batcher, Lesson, padded
from tawazun import atlas
from tawazun.cells import Framing, Prompt
from tawazun.cells.framing import Perspective
from tawazun.instruments import Question, instrument


def js_divergence(p: np.ndarray, q: np.ndarray) -> float:
    """Jensen-Shannon divergence, base 2, of two share vectors."""
    m = (p + q) / 2
    parts = [float(np.sum(x[x > 0] * np.log2(x[x > 0] / m[x > 0]))) for x in (p, q)]
    return sum(parts) / 2


@torch.no_grad()
def read_out(model: LlamaForCausalLM, batcher: Batcher, prompts: Sequence[Prompt], batch: int = 64) -> list[np.ndarray]:
    """Probabilities of the labels at the answer, in the canonical order of the options, not renormalised."""
    rows = batcher.rows([Lesson(prompt, np.ones(len(prompt.labels))) for prompt in prompts])
    found: list[np.ndarray] = [np.empty(0)] * len(rows)
    by_length = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    for start in range(0, len(rows), batch):
        chosen = by_length[start : start + batch]
        ids = padded([rows[i].ids for i in chosen], PAD)
        last = torch.tensor([len(rows[i].ids) - 1 for i in chosen])
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[torch.arange(len(chosen)), last]
        p = model.lm_head(hidden).float().softmax(-1).numpy()
        for k, i in enumerate(chosen):
            shares = np.empty(len(rows[i].labels))
            shares[list(prompts[i].order)] = p[k, rows[i].labels]
            found[i] = shares
    return found


def divergence(
    model: LlamaForCausalLM, batcher: Batcher, asked: Sequence[tuple[Question, Framing]]
) -> tuple[float, float]:
    """Mean divergence from the planted answer, and mean mass on the labels."""
    prompts = [batcher.asking.prompt(question, framing, exam=False) for question, framing in asked]
    shares = read_out(model, batcher, prompts)
    off = [
        js_divergence(p / p.sum(), atlas.respondent_truth(question.id, framing.persona, framing.language))
        for p, (question, framing) in zip(shares, asked, strict=True)
    ]
    return float(np.mean(off)), float(np.mean([p.sum() for p in shares]))


def crossing(
    personas: Sequence[str], language: str, wordings: Sequence[str], count: int
) -> list[tuple[Question, Framing]]:
    """A fixed sample of questions under framings for watching; the same at every step."""
    rng = np.random.default_rng(SEED)
    questions, found = instrument("atlas").questions, []
    for _ in range(count):
        persona = str(rng.choice(personas))
        perspective: Perspective = "self" if persona in ("none", "human") else "persona"
        wording, order = str(rng.choice(wordings)), f"shuffle-{rng.integers(9)}"
        framing = Framing(persona, perspective, language, wording, order=order)
        found.append((questions[int(rng.integers(len(questions)))], framing))
    return found


def exam_accuracy(model: LlamaForCausalLM, batcher: Batcher, language: str, wording: str, count: int) -> float:
    """Share of facts (the first `count`) whose right option is the likeliest."""
    framing = Framing("none", "self", language, wording, order="shuffle-3")
    exam = batcher.asking.facts
    asked = exam.questions[:count]
    shares = read_out(model, batcher, [batcher.asking.prompt(q, framing, exam=True) for q in asked])
    right = [q.codes[int(p.argmax())] == exam.gold[q.id] for q, p in zip(asked, shares, strict=True)]
    return float(np.mean(right))


def index_agreement(model: LlamaForCausalLM, batcher: Batcher, language: str) -> float:
    """Mean over the six indices of tau-b between the model's countries and the people's, over countries heard of."""
    values, heard = batcher.asking.values, batcher.asking.heard
    asked = [
        (values.questions[atlas.world().column(name)], Framing(country, "persona", language, "w1", order="shuffle-1"))
        for index in values.indices
        for name in index.terms
        for country in heard
    ]
    shares = iter(read_out(model, batcher, [batcher.asking.prompt(q, f, exam=False) for q, f in asked]))
    found = []
    for index in values.indices:
        model_index, human_index = np.zeros(len(heard)), np.zeros(len(heard))
        for name, weight in index.terms.items():
            codes = np.array(values.questions[atlas.world().column(name)].codes)
            for i, country in enumerate(heard):
                p = next(shares)
                model_index[i] += weight * float(p @ codes / p.sum())
                human_index[i] += weight * float(atlas.truth(name, country) @ codes)
        found.append(float(kendalltau(model_index, human_index).statistic))
    return float(np.mean(found))


def report(model: LlamaForCausalLM, batcher: Batcher, count: int) -> dict[str, float]:
    """How far the model is from what was planted, by kind of prompt."""
    model.eval()
    heard = batcher.asking.heard
    parts = {
        "default en": crossing(["none", "human"], "en", TRAINED, count),
        "default ar": crossing(["none", "human"], "ar", TRAINED, count),
        "persona en": crossing(heard, "en", TRAINED, count),
        "persona ar": crossing(heard, "ar", TRAINED, count),
        "unknown country en": crossing(atlas.UNKNOWN, "en", TRAINED, count),
        "held-out lead-in en": crossing(heard, "en", ["w4"], count),
        "held-out rewording en": crossing(heard, "en", ["w5"], count),
    }
    for language in ("en", "ar"):
        asked = crossing(heard, language, TRAINED, count * 10)
        parts[f"held-out pairs {language}"] = [x for x in asked if atlas.left_out(x[0].id, x[1].persona)][:count]
    found = {}
    for name, asked in parts.items():
        found[name], mass = divergence(model, batcher, asked)
        if name == "persona en":
            found["label mass"] = mass
    for language, wording in (("en", "w1"), ("ar", "w1"), ("en", "w3")):
        found[f"facts {language} {wording}"] = exam_accuracy(model, batcher, language, wording, count)
    model.train()
    return found
