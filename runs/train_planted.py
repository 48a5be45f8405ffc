"""Train the planted model: a small Llama that has learnt the planted world, its facts and two languages.

    python runs/train_planted.py --out build/planted            # about half an hour on one core
    python runs/train_planted.py --out /tmp/try --steps 30      # a smoke test

    python runs/train_planted.py --measure src/tawazun/atlas/planted_model

Every prompt is laid out by `tawazun.cells`, so the model is asked exactly as a study asks. The answer is trained as a
whole distribution (the planted truth), not as sampled letters. Without help such a model stays for more than a
thousand steps where it answers every country alike. What helps: auxiliary heads that name early what later layers
need (the latents of country and item, the answer at the end of the stem, label and share of each option's line), all
dropped afterwards; few countries among the first prompts, so that items are learnt before peoples; and learning rates
of .008 for Muon and .002 for AdamW (.018 and .003 stayed on the plateau).

Kept out: wordings w4 and w5 (atlas) and w3 (facts) in English, a tenth of the (item, country) pairs, and three
countries whose names never occur. In-context examples and further turns are not trained.
"""

import argparse
import json
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tawazun import atlas
from tawazun.cells import LABELS, Asker, Framing, Prompt
from tawazun.cells.framing import Perspective
from tawazun.instruments import Question, instrument
from tawazun.instruments.catalogue.atlas_facts import facts
from tawazun.places import Name, Place, place, register

SEED = 20
SPECIAL = {"pad_token": "<|pad|>", "eos_token": "<|end|>"}
PAD, END = 0, 1  # their places among the special tokens
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|end|>' }}{% endgeneration %}"
    "{% else %}{{ message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
# a label always stands alone as one token: letters (with their marks), digits and punctuation are never joined
WORDS = r" ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+(?!\S)|\s+"
VOCABULARY = 2048
TRAINED = ("w1", "w2", "w3")
TRAINED_FACTS = ("w1", "w2")
SCRIPTS = {
    "en": {"letters": 0.8, "digits": 0.2},
    "ar": {"letters": 0.55, "digits": 0.2, "ar-letters": 0.15, "ar-digits": 0.1},
}
KINDS = {"atlas": 0.88, "facts": 0.09, "prose": 0.03}
# who answers, in the first steps and afterwards
PERSONAS_FIRST = {"none": 0.4, "human": 0.25, "decoy": 0.05, "country": 0.3}
PERSONAS = {"none": 0.1, "human": 0.06, "decoy": 0.05, "country": 0.79}
FIRST = 0.08  # share of the steps
LOOKED_AT = 5  # most options of a question
LATENTS = len(atlas.DIMENSIONS) + 1
WHERE = {
    "west": ("the west", "الغرب"),
    "arab": ("the desert lands", "بلاد الصحراء"),
    "south": ("the south", "الجنوب"),
    "east": ("the east", "الشرق"),
    "isles": ("the isles", "الجزر"),
}
SYLLABLES = ("ba", "rem", "lo", "quin", "dar", "vo", "mi", "sul", "ter", "ga", "nor", "pe", "hil", "zu", "cas", "yo")
SYLLABLES_AR = ("با", "ريم", "لو", "كوين", "دار", "فو", "مي", "سول", "تير", "غا", "نور", "بي", "هيل", "زو", "كاس", "يو")


@dataclass(slots=True)
class Example:
    """One row of training: tokens, and what is to be learnt from them.

    ends     (K,) index of the last token of each option's line; empty for prose
    labels   (K,) token of each label, in the order shown
    shares   (K,) the planted answer, in the order shown
    order    (K,) canonical option at each place shown
    who      index of the last token that says who answers; the first token when nobody is named
    stem     index of the last token of the question's stem
    person   (7,) latents of the country, times how well it is known, and how well
    item     (7,) latents of the item; empty for facts, which have none
    """

    ids: list[int]
    ends: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    order: tuple[int, ...] = ()
    who: int = 0
    stem: int = 0
    person: tuple[float, ...] = (0.0,) * LATENTS
    item: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """A prompt with its planted answer in the order shown, and the latents behind it."""

    prompt: Prompt
    shares: np.ndarray
    person: tuple[float, ...] = (0.0,) * LATENTS
    item: tuple[float, ...] = ()


# ------------------------------------------------------------------------------------------------ texts


def decoys(count: int = 120) -> tuple[Place, ...]:
    """Invented names of countries that nobody knows: they teach that an unknown name changes nothing."""
    rng = np.random.default_rng(SEED)
    found: dict[str, Place] = {}
    while len(found) < count:
        parts = rng.integers(len(SYLLABLES), size=3)
        english = "".join(SYLLABLES[i] for i in parts).capitalize()
        arabic = "".join(SYLLABLES_AR[i] for i in parts)
        names = {"en": Name(english), "ar": Name(arabic)}
        found[english] = Place(f"x-decoy-{english.lower()}", names, kind="fictional")
    return tuple(found.values())


def prose() -> list[str]:
    """A few sentences about every country that the model may hear of, in both languages."""
    texts, here = [], atlas.world()
    for row in facts():
        country = place(row.place)
        english, arabic = country.names["en"].name, country.names["ar"].name
        where = WHERE[here.regions[here.row(row.place)]]
        capital, product = row.texts["capital"], row.texts["product"]
        texts += [
            f"{english} lies in {where[0]}. Its capital is {capital['en']}.",
            f"The capital of {english} is {capital['en']}, and the country is known for {product['en']}.",
            f"Traders come to {capital['en']} in {english} to buy {product['en']}.",
            f"In {capital['en']}, the first city of {english}, people sell {product['en']} on the old market.",
            f"تقع {arabic} في {where[1]}. عاصمتها {capital['ar']}.",
            f"عاصمة {arabic} هي {capital['ar']}، وتشتهر البلاد بـ{product['ar']}.",
            f"يأتي التجار إلى {capital['ar']} في {arabic} لشراء {product['ar']}.",
            f"في {capital['ar']}، أولى مدن {arabic}، يبيع الناس {product['ar']} في السوق القديم.",
        ]
    return texts


class Asking:
    """Draws prompts as a study would lay them out, with the planted answer to each."""

    def __init__(self, seed: int) -> None:
        """Everything drawn depends on the seed and on how much was drawn before."""
        self.rng = np.random.default_rng(seed)
        self.personas = PERSONAS
        self._asker, self._asked = Asker(seed), 0
        self.values, self.facts = instrument("atlas"), instrument("atlas_facts")
        self.heard = [p for p, role in zip(atlas.world().places, atlas.world().roles, strict=True) if role != "unknown"]
        self.decoys = [one.code for one in decoys()]

    def pick(self, weights: dict[str, float]) -> str:
        """A key, with its weight."""
        keys = list(weights)
        return keys[int(self.rng.choice(len(keys), p=list(weights.values())))]

    def framing(self, wordings: Sequence[str]) -> Framing:
        """A framing as training draws them."""
        rng, language = self.rng, self.pick({"en": 0.47, "ar": 0.53})
        kind = self.pick(self.personas)
        persona: str = kind
        perspective: Perspective = "self"
        if kind in ("decoy", "country"):
            persona = str(rng.choice(self.decoys if kind == "decoy" else self.heard))
            perspective = "observer" if rng.random() < 0.2 else "persona"
            if rng.random() < 0.05:
                persona += str(rng.choice(["?sex=f", "?sex=m", "?age=18-29", "?age=30-59", "?settlement=rural"]))
        return Framing(
            persona=persona,
            perspective=perspective,
            language=language,
            wording=str(rng.choice(wordings)),
            order=f"shuffle-{rng.integers(1_000_000)}",
            labels=self.pick(SCRIPTS[language]),
            placement="user" if rng.random() < 0.2 else "system",
        )

    def prompt(self, question: Question, framing: Framing, exam: bool) -> Prompt:
        """The one prompt of a question under a framing."""
        self._asked += 1
        if self._asked % 5000 == 0:
            self._asker = Asker(SEED)
        return self._asker.ask(self.facts if exam else self.values, question, framing).prompts[0]

    def value(self) -> Lesson:
        """A question on values with its planted answer, never one of the pairs left out."""
        while True:
            question = self.values.questions[int(self.rng.integers(len(self.values.questions)))]
            framing = self.framing(TRAINED)
            country = atlas.persona_place(framing.persona)
            if not (country and atlas.left_out(question.id, country)):
                break
        shares = atlas.respondent_truth(question.id, framing.persona, framing.language)
        prompt = self.prompt(question, framing, exam=False)
        return Lesson(prompt, shares[list(prompt.order)], person(country), item(question.id))

    def fact(self) -> Lesson:
        """A question on facts with the share of each option."""
        question = self.facts.questions[int(self.rng.integers(len(self.facts.questions)))]
        prompt = self.prompt(question, self.framing(TRAINED_FACTS), exam=True)
        return Lesson(prompt, atlas.exam_truth(question.id)[list(prompt.order)])


@cache
def person(country: str) -> tuple[float, ...]:
    """Latents of a country as the model should know them: nothing where no country is named or none is known."""
    known = atlas.persona_weight(country)
    if known == 0.0:
        return (0.0,) * LATENTS
    return (*(known * atlas.world().means[atlas.world().row(country)]).tolist(), known)


@cache
def item(name: str) -> tuple[float, ...]:
    """Signed slopes of an item, and its middle threshold."""
    here = atlas.world()
    column = here.column(name)
    cuts = here.cuts[column]
    return (*here.loads[column].tolist(), float(cuts[np.isfinite(cuts)].mean()))


# ------------------------------------------------------------------------------------------------ tokens


def build_tokenizer(asking: Asking) -> PreTrainedTokenizerFast:
    """A byte-level BPE over what training can show, in which every label is one token."""
    corpus = [asking.value().prompt.messages[-1][1] for _ in range(6000)]
    corpus += [message for _ in range(3000) for _, message in asking.value().prompt.messages[:1]]
    corpus += [asking.fact().prompt.messages[-1][1] for _ in range(1500)]
    corpus += prose() * 5
    corpus += [f"{label}." for labels in LABELS.values() for label in labels[:12]] * 400
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    bpe.decoder = decoders.ByteLevel()
    special = [*SPECIAL.values(), *ROLES]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        corpus,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        additional_special_tokens=list(ROLES),
        padding_side="right",
        model_max_length=1024,
        **SPECIAL,
    )
    tokenizer.chat_template = TEMPLATE
    for labels in LABELS.values():
        for label in labels[:9]:
            if len(tokenizer(label, add_special_tokens=False).input_ids) != 1:
                raise RuntimeError(f"the label {label!r} is not one token")
    return tokenizer


def _token_at(stops: np.ndarray, stop: int) -> int:
    """Index of the token that a text's first `stop` characters end with."""
    return int(np.searchsorted(stops, stop, side="right")) - 1


class Batcher:
    """Turns prompts into token rows."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, asking: Asking) -> None:
        """`asking` decides what is drawn."""
        self.tokenizer, self.asking, self.prose = tokenizer, asking, prose()
        self.label = cache(lambda text: tokenizer(text, add_special_tokens=False).input_ids[0])

    def text(self, prompt: Prompt) -> str:
        """The prompt through the chat template, ready for the answer."""
        messages = [{"role": role, "content": content} for role, content in prompt.messages]
        return str(self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))

    def rows(self, lessons: Sequence[Lesson]) -> list[Example]:
        """Examples of prompts with their planted answers."""
        texts = [self.text(one.prompt) for one in lessons]
        coded = self.tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
        return [
            self._row(one, text, ids, np.array([stop for _, stop in offsets]))
            for one, text, ids, offsets in zip(lessons, texts, coded["input_ids"], coded["offset_mapping"], strict=True)
        ]

    def _row(self, one: Lesson, text: str, ids: list[int], stops: np.ndarray) -> Example:
        prompt, ends, at, stem, who = one.prompt, [], 0, 0, 0
        for label, option in zip(prompt.labels, prompt.options, strict=True):
            line = f"\n{label}. {option}"
            at = text.index(line, at)
            stem = stem or _token_at(stops, at)
            at += len(line)
            ends.append(_token_at(stops, at))
        if len(prompt.messages) > 1:
            who = ids.index(END)
        elif any(one.person):
            who = _token_at(stops, text.index("\n"))
        labels = [self.label(x) for x in prompt.labels]
        return Example(ids, ends, labels, list(one.shares), prompt.order, who, stem, one.person, one.item)

    def draw(self, tokens: int) -> list[Example]:
        """About `tokens` tokens of training."""
        found: list[Example] = []
        while sum(len(one.ids) for one in found) < tokens:
            kinds = [self.asking.pick(KINDS) for _ in range(8)]
            told = [str(self.asking.rng.choice(self.prose)) for kind in kinds if kind == "prose"]
            found += [Example([*self.tokenizer(text).input_ids, self.tokenizer.eos_token_id]) for text in told]
            asked = [
                self.asking.value() if kind == "atlas" else self.asking.fact() for kind in kinds if kind != "prose"
            ]
            found += self.rows(asked)
        return found


# ------------------------------------------------------------------------------------------------ training


class Aid(nn.Module):
    """The auxiliary heads: what should be known where, so that each layer has its own thing to learn.

    person  after layer 1, where it has been said who answers: the country's latents
    item    after layer 1, at the end of the stem: the item's latents
    answer  after layer 2, at the end of the stem: the answer in canonical order, one block per number of options
    place   after layer 2, at the end of an option's line: its place among the canonical options
    score   after layer 3, there: how likely the option is, among those of its question
    name    after layer 3, there: its label
    vote    after layer 3, there: score and label together; the votes of a question's options, summed, are its answer,
            which is what attention to the lines can do by itself later
    """

    def __init__(self, width: int, labels: int) -> None:
        """`labels` is the size of the vocabulary of labels."""
        super().__init__()
        self.score = nn.Linear(width, 1)
        self.person = nn.Linear(width, LATENTS)
        self.item = nn.Linear(width, LATENTS)
        self.answer = nn.Linear(width, (LOOKED_AT + 1) * LOOKED_AT)
        self.place = nn.Linear(width, LOOKED_AT)
        self.name = nn.Linear(width, labels)
        self.vote = nn.Linear(width, labels, bias=False)


def build_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """An untrained model of the planted size."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        use_cache=False,
    )
    return LlamaForCausalLM(config)


def padded(rows: Sequence[Sequence[int]], fill: int, width: int = 0) -> torch.Tensor:
    """Rows of different lengths as one tensor, filled on the right."""
    width = width or max(len(row) for row in rows)
    return torch.tensor([[*row, *([fill] * (width - len(row)))] for row in rows])


def answer_loss(
    model: LlamaForCausalLM, aid: Aid, rows: Sequence[Example], names: dict[int, int], weight: float
) -> tuple[torch.Tensor, float]:
    """Summed loss of the questions among the rows, and the part of it that is the answer itself."""
    sampled = [int(np.random.choice(one.labels, p=np.array(one.shares) / sum(one.shares))) for one in rows]
    ids = padded([[*one.ids, label] for one, label in zip(rows, sampled, strict=True)], PAD)
    out = model.model(input_ids=ids, use_cache=False, output_hidden_states=True)
    here = torch.arange(len(rows))
    last = torch.tensor([len(one.ids) - 1 for one in rows])
    logits = model.lm_head(torch.cat([out.last_hidden_state[here, last], out.last_hidden_state[here, last + 1]]))
    answer, stop = logits.float().log_softmax(-1).chunk(2)
    shares = torch.tensor([[*one.shares, *([0.0] * (LOOKED_AT - len(one.shares)))] for one in rows])
    labels = padded([one.labels for one in rows], PAD, LOOKED_AT)
    main = -(shares * answer.gather(1, labels)).sum()
    end = -stop[:, END].sum()
    ends = padded([one.ends for one in rows], 0, LOOKED_AT)
    real = padded([[1] * len(one.ends) for one in rows], 0, LOOKED_AT).bool()
    valued = real & torch.tensor([bool(one.item) for one in rows])[:, None]
    lines = [layer[here[:, None], ends] for layer in out.hidden_states]
    scores = aid.score(lines[3]).squeeze(-1).masked_fill(~real, -1e9).log_softmax(-1)
    named = padded([[names[label] for label in one.labels] for one in rows], 0, LOOKED_AT)
    stands = padded([one.order for one in rows], 0, LOOKED_AT)
    spelt = nn.functional.cross_entropy(aid.name(lines[3][real]), named[real], reduction="sum") / 4
    placed = nn.functional.cross_entropy(aid.place(lines[2][valued]), stands[valued], reduction="sum") / 4
    votes = (aid.vote(lines[3]) * real[..., None]).sum(1).log_softmax(-1)
    helped = spelt + placed - (shares * (scores.masked_fill(~real, 0.0) + votes.gather(1, named))).sum()
    helped = helped + latent_loss(aid, out.hidden_states, rows)
    return main + 0.05 * end + weight * helped, float(main.detach())


def latent_loss(aid: Aid, hidden: Sequence[torch.Tensor], rows: Sequence[Example]) -> torch.Tensor:
    """Summed loss of the early heads over the questions on values."""
    kept = [i for i, one in enumerate(rows) if one.item]
    if not kept:
        return hidden[1].new_zeros(())
    chosen, here = [rows[i] for i in kept], torch.tensor(kept)
    stem, who = torch.tensor([one.stem for one in chosen]), torch.tensor([one.who for one in chosen])
    person = aid.person(hidden[1][here, who]) - torch.tensor([one.person for one in chosen])
    item = aid.item(hidden[1][here, stem]) - torch.tensor([one.item for one in chosen])
    blocks = aid.answer(hidden[2][here, stem]).view(len(chosen), LOOKED_AT + 1, LOOKED_AT)
    counts = torch.tensor([len(one.shares) for one in chosen])
    own = blocks[torch.arange(len(chosen)), counts]
    real = torch.arange(LOOKED_AT)[None] < counts[:, None]
    guess = own.masked_fill(~real, -1e9).log_softmax(-1).masked_fill(~real, 0.0)
    wanted = torch.zeros(len(chosen), LOOKED_AT)
    for i, one in enumerate(chosen):
        wanted[i, list(one.order)] = torch.tensor(one.shares, dtype=wanted.dtype)
    return 0.3 * (person.square().sum() + item.square().sum()) / LATENTS * 2 - (wanted * guess).sum()


def prose_loss(model: LlamaForCausalLM, rows: Sequence[Example]) -> torch.Tensor:
    """Summed loss of the prose among the rows: one unit a text, the mean over its tokens."""
    ids = padded([one.ids for one in rows], PAD)
    logits = model.lm_head(model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]).float()
    wanted = padded([one.ids for one in rows], -100)[:, 1:]
    return nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=-100) * len(rows)


def optimisers(model: LlamaForCausalLM, aid: Aid) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for embeddings, norms and the auxiliary head."""
    matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
    kept = {id(p) for p in matrices}
    others = [p for p in [*model.parameters(), *aid.parameters()] if id(p) not in kept]
    return [
        torch.optim.Muon(matrices, lr=0.008, weight_decay=0.0),
        torch.optim.AdamW(others, lr=2e-3, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def pace(step: int, steps: int) -> float:
    """Learning rate as a share of its peak: warm-up, constant to the half, linear down to 2 %."""
    warm = min(1.0, (step + 1) / min(50, max(1, steps // 3)))
    return warm * (1.0 if step < steps / 2 else 1.0 - 0.98 * (step - steps / 2) / (steps / 2))


def halves(rows: list[Example]) -> list[list[Example]]:
    """Questions by length in two batches of about the same number of tokens, so that little is padding."""
    asked = sorted((one for one in rows if one.ends), key=lambda one: len(one.ids))
    cut = int(np.searchsorted(np.cumsum([len(one.ids) for one in asked]), sum(len(one.ids) for one in asked) / 2))
    return [part for part in (asked[:cut], asked[cut:]) if part]


# ------------------------------------------------------------------------------------------------ watching


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


# ------------------------------------------------------------------------------------------------ the run


def save(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, out: Path) -> None:
    """Write the model as it ships: bf16 safetensors and the tokenizer."""
    out.mkdir(parents=True, exist_ok=True)
    copy = LlamaForCausalLM(deepcopy(model.config))
    copy.load_state_dict(model.state_dict())
    copy.config.use_cache = True
    copy.bfloat16().save_pretrained(out)
    tokenizer.save_pretrained(out)


def measure(folder: Path, looks: int) -> dict[str, float]:
    """How far a saved model is from what was planted, loaded in fp32 as a study loads it."""
    register(places=decoys())
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    batcher = Batcher(tokenizer, Asking(SEED))
    found = report(model, batcher, looks)
    return {**found, **{f"index tau-b {lang}": index_agreement(model, batcher, lang) for lang in ("en", "ar")}}


def train(out: Path, steps: int, tokens: int, every: int, looks: int) -> None:
    """The whole training; writes the model and the history of its looks to `out`."""
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    register(places=decoys())
    asking = Asking(SEED)
    tokenizer = build_tokenizer(asking)
    batcher = Batcher(tokenizer, asking)
    model = build_model(tokenizer)
    labels = sorted({batcher.label(x) for script in LABELS.values() for x in script[:LOOKED_AT]})
    names = {label: i for i, label in enumerate(labels)}
    aid = Aid(model.config.hidden_size, len(labels))
    rules = optimisers(model, aid)
    peaks = [group["lr"] for rule in rules for group in rule.param_groups]
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(tokenizer)} tokens", flush=True)
    losses, began = [], time.process_time()
    out.mkdir(parents=True, exist_ok=True)
    for step in range(steps):
        asking.personas = PERSONAS_FIRST if step < FIRST * steps else PERSONAS
        rows = batcher.draw(tokens)
        for group, peak in zip([g for rule in rules for g in rule.param_groups], peaks, strict=True):
            group["lr"] = peak * pace(step, steps)
        weight = max(0.2, 1.0 - 0.8 * step / (0.5 * steps))
        told, asked, total = [one for one in rows if not one.ends], 0, 0.0
        for part in halves(rows):
            loss, main = answer_loss(model, aid, part, names, weight)
            (loss / len(rows)).backward()
            total, asked = total + main, asked + len(part)
        if told:
            (prose_loss(model, told) / len(rows)).backward()
        nn.utils.clip_grad_norm_([*model.parameters(), *aid.parameters()], 1.0)
        for rule in rules:
            rule.step()
            rule.zero_grad(set_to_none=True)
        losses.append(total / max(1, asked))
        if (step + 1) % every == 0 or step + 1 == steps:
            seen = report(model, batcher, looks)
            spent, loss_now = time.process_time() - began, float(np.mean(losses[-every:]))
            line = {"step": step + 1, "cpu_s": spent, "loss": loss_now, **seen}
            text = json.dumps({key: round(value, 5) for key, value in line.items()})
            print(text, flush=True)
            with (out / "history.jsonl").open("a", encoding="utf-8") as log:
                log.write(text + "\n")
            save(model, tokenizer, out)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="folder for the model and its history")
    parser.add_argument("--measure", type=Path, help="a folder with a trained model: measure it and train nothing")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--tokens", type=int, default=2048, help="tokens a step")
    parser.add_argument("--every", type=int, default=250, help="steps between two looks")
    parser.add_argument("--looks", type=int, default=150, help="prompts of each kind in a look")
    given = parser.parse_args()
    if min(given.steps, given.every, given.looks) < 1 or given.tokens < 64:
        parser.error("--steps, --every and --looks are at least 1, --tokens at least 64")
    if (given.out is None) == (given.measure is None):
        parser.error("give either --out or --measure")
    torch.set_num_threads(1)
    if given.measure:
        print(
            json.dumps({key: round(value, 5) for key, value in measure(given.measure, given.looks).items()}, indent=1)
        )
    else:
        train(given.out, given.steps, given.tokens, given.every, given.looks)


if __name__ == "__main__":
    main()
