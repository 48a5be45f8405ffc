"""Language and script of a row, with no network: by script where that decides, else by py3langid (extra `text`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from tawazun.audit.data.characters import SCRIPTS, characters

# letters by which a language is recognised in a tag's own script; the rest are Latin
SCRIPT_OF: dict[str, tuple[str, ...]] = {
    "ar": ("Arabic",), "fa": ("Arabic",), "ur": ("Arabic",), "ps": ("Arabic",), "zh": ("Han",),
    "ja": ("Han", "Hiragana", "Katakana"), "ko": ("Hangul", "Han"), "hi": ("Devanagari",), "mr": ("Devanagari",),
    "ne": ("Devanagari",), "ru": ("Cyrillic",), "uk": ("Cyrillic",), "bg": ("Cyrillic",), "el": ("Greek",),
    "he": ("Hebrew",), "th": ("Thai",), "bn": ("Bengali",), "en": ("Latin",), "fr": ("Latin",), "de": ("Latin",),
    "es": ("Latin",), "pt": ("Latin",), "it": ("Latin",), "tr": ("Latin",), "id": ("Latin",), "nl": ("Latin",),
}  # fmt: skip
BY_SCRIPT = {"Han": "zh", "Hangul": "ko", "Greek": "el", "Hebrew": "he", "Thai": "th", "Bengali": "bn",
             "Arabic": "ar", "Devanagari": "hi", "Cyrillic": "ru"}  # fmt: skip
ALONE = {"zh", "ko", "el", "he", "th", "bn", "ja"}
NAMES = {
    "arabic": "ar", "chinese": "zh", "japanese": "ja", "hindi": "hi", "english": "en", "french": "fr", "german": "de",
    "spanish": "es", "korean": "ko", "russian": "ru", "persian": "fa", "urdu": "ur", "turkish": "tr", "ara": "ar",
    "arb": "ar", "zho": "zh", "cmn": "zh", "jpn": "ja", "hin": "hi", "eng": "en", "fra": "fr", "deu": "de",
    "spa": "es", "kor": "ko", "rus": "ru", "fas": "fa", "pes": "fa", "urd": "ur", "tur": "tr",
}  # fmt: skip
# what the library tells apart and this audit does not: a variety is found by its cues, not by a label
VARIETIES = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "nn": "no"}
LETTERS = 200
LIKELY, SURE = 0.5, 0.9
KANA = 0.02
FEWEST = 20


@dataclass(frozen=True, slots=True)
class Found:
    """What a row is written in.

    script    of most of its letters; empty without letters
    language  BCP 47; `und` where it is not known
    sure      whether the library is sure of the language
    enough    whether there are letters enough to call a row's own tag wrong
    """

    script: str
    language: str
    sure: bool = False
    enough: bool = False

    def denies(self, tag: str) -> bool:
        """Whether a row that says it is in the language `tag` is not: another script, or surely another language."""
        said = primary_of(tag)
        if not said or not self.enough:
            return False
        if said in SCRIPT_OF and self.script not in SCRIPT_OF[said]:
            return True
        return self.sure and said != self.language.partition("-")[0]


def identifier() -> str:
    """Which library tells languages of one script apart, with its version; `script only` without one."""
    if not find_spec("py3langid"):
        return "script only (pip install 'tawazun[text]' tells languages of one script apart)"
    from importlib.metadata import version

    return f"py3langid {version('py3langid')}, first {LETTERS} letters"


def identified(texts: Sequence[str]) -> list[Found]:
    """Script and language of texts, by their first 200 characters."""
    heads = [text[:LETTERS] for text in texts]
    found = characters(heads)
    counts = found.counts[:, : len(SCRIPTS)]
    letters = found.letters
    kana = found.count("Hiragana", "Katakana")
    best = np.argmax(counts, axis=1)
    made = []
    for i, head in enumerate(heads):
        if not letters[i]:
            made.append(Found("", "und"))
            continue
        script = SCRIPTS[best[i]]
        japanese = script in ("Hiragana", "Katakana") or (script == "Han" and kana[i] > KANA * letters[i])
        by_script = "ja" if japanese else BY_SCRIPT.get(script, "")
        language, sure = by_script or "und", by_script in ALONE
        if by_script not in ALONE and (model := _model()) is not None:
            language, sure = _asked(model, head, script, by_script)
        made.append(Found(script, language, sure, int(letters[i]) >= FEWEST))
    return made


def _asked(model: Any, text: str, script: str, by_script: str) -> tuple[str, bool]:
    """What the library says, where that fits the script; else what the script says."""
    label, probability = model.classify(text)
    language = VARIETIES.get(label, label)
    fits = script in SCRIPT_OF.get(language, ("Latin",)) and probability >= LIKELY
    return (language, float(probability) >= SURE) if fits else (by_script or "und", False)


@cache
def _model() -> Any:
    if not find_spec("py3langid"):
        return None
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def primary_of(tag: str) -> str:
    """The language that a row's own tag names: `ar-EG`, `Arabic`, `arb_Arab` → `ar`; empty when it is not known."""
    first = tag.strip().lower().replace("_", "-").partition("-")[0]
    if first in NAMES:
        return NAMES[first]
    return first if len(first) == 2 and first.isalpha() else ""
