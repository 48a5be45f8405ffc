"""What the planted model is taught: prompts as `tawazun.cells` lays them out, with the planted answers, as tokens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from tawazun import atlas
from tawazun.cells import LABELS, Asker, Framing, Prompt
from tawazun.cells.framing import Perspective
from tawazun.instruments import Question, instrument
from tawazun.instruments.catalogue.atlas_facts import facts
from tawazun.places import Name, Place, place

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


def padded(rows: Sequence[Sequence[int]], fill: int, width: int = 0) -> torch.Tensor:
    """Rows of different lengths as one tensor, filled on the right."""
    width = width or max(len(row) for row in rows)
    return torch.tensor([[*row, *([fill] * (width - len(row)))] for row in rows])
