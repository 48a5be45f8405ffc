"""Where the prompts of a pool come from: our own wordings, the user's file, or what a respondent writes itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.adapt.steering import DRAFT, TAO, voice_of
from tawazun.adapt.steering_leaks import Leaks, Measured, letters
from tawazun.adapt.steering_words import words
from tawazun.cells import Ask, Asker, Decoding, Framing
from tawazun.errors import BadFile, BadStudy, RespondentFailed
from tawazun.instruments import Instrument, Question, Wording
from tawazun.places import place
from tawazun.respondents import Respondent, respondent_id
from tawazun.respondents.steering import ANY, Steering, Voice
from tawazun.source import Source

MOST_LETTERS = 600
FEWEST_LETTERS = 8
MOST_BYTES = 2**20
FIELD = re.compile(r"\{[^{}]*\}")
MARKS = " \t\"'“”«»「」*_`>-•"
ZHOU = (
    "Zhou et al. (2023), Large language models are human-level prompt engineers, ICLR 2023: a model writes prompts, a "
    "search picks from them"
)


def prompt(code: str, text: str, source: str, *, perspective: str = "persona", note: str = "") -> Steering:
    """A prompt that says who answers, in the same words whatever language and wording the question has."""
    voice = Voice(persona=place(code).code, perspective=perspective, says={ANY: (text,)})
    return Steering("prompt", text, (voice,), sources=(source,), notes=(note,) if note else ())


def our_pool(code: str, languages: Sequence[str]) -> list[Steering]:
    """Our own wordings in several languages: descriptors of a person, of an observer, and cultural prompting.

    Errors   BadStudy where a language has no words, or no name for the place
    """
    found: dict[str, Steering] = {}
    for language in languages:
        name = place(code).called(language)
        played, watched = voice_of(code, [language]), voice_of(code, [language], perspective="observer")
        assert name is not None  # voice_of has looked
        cultural = tuple(text.format(place=name.name) for text in words(language).cultural)
        rows = [(text, "persona", "Tawazun") for text in played.says[language]]
        rows += [(text, "persona", TAO) for text in cultural]
        rows += [(text, "observer", "Tawazun") for text in watched.says[language]]
        for text, how, source in rows:
            found.setdefault(letters(text), prompt(code, text, source, perspective=how, note=DRAFT))
    return list(found.values())


def file_pool(path: Path, code: str, language: str, measured: Measured) -> list[Steering]:
    """The user's prompts: a text file with one on each line, `{place}` for the country, `#` before remarks.

    language   in which the country is named
    Errors     BadFile for a file that cannot be read or has no prompt; BadStudy for a line with another field, too
               long, or that gives a measured item away
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadFile(f"{path}: larger than {MOST_BYTES >> 20} MiB")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise BadFile(f"{path}: not UTF-8") from None
    leaks = Leaks(measured)
    found: dict[str, Steering] = {}
    for at, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        filled = _filled(text, code, language, f"{path.name}, line {at}")
        if why := _unfit(filled, leaks):
            raise BadStudy(f"{path.name}, line {at}: {why}")
        found.setdefault(letters(filled), prompt(code, filled, path.name))
    if not found:
        raise BadFile(f"{path}: no prompt in it; write one on each line")
    return list(found.values())


def _filled(text: str, code: str, language: str, where: str) -> str:
    name = place(code).called(language)
    if name is None:
        raise BadStudy(f"prompts: {code} has no reviewed name in the language {language!r}")
    for field in FIELD.findall(text):
        if field != "{place}":
            raise BadStudy(f"{where}: {field} is no field; {{place}} is the only one")
    return text.replace("{place}", name.name)


def _unfit(text: str, leaks: Leaks) -> str:
    """Why a text is no prompt, or empty."""
    if not FEWEST_LETTERS <= len(text) <= MOST_LETTERS:
        return f"a prompt has {FEWEST_LETTERS} to {MOST_LETTERS} letters, not {len(text)}"
    if leak := leaks.found(text):
        return f"it gives away {leak.words}"
    return ""


@dataclass(frozen=True)
class Written:
    """Prompts that a respondent wrote, and why others of its replies are none (reason -> how many)."""

    prompts: tuple[Steering, ...]
    dropped: dict[str, int]


def written_pool(
    respondent: Respondent, code: str, languages: Sequence[str], count: int, measured: Measured, *, seed: int
) -> Written:
    """Prompts in a respondent's own words: `count` replies a language to a request that names the country alone.

    It sees no item and no human answer. Errors: BadStudy for a respondent that writes no text; RespondentFailed where
    nothing usable came.
    """
    if "generate" not in respondent.modes or count < 1:
        raise BadStudy("prompts: writing them needs a respondent that generates text, and 1 reply or more a language")
    leaks = Leaks(measured)
    found: dict[str, Steering] = {}
    dropped: dict[str, int] = {}
    by = f"written by respondent {respondent_id(respondent.identity)}; {ZHOU}"
    for language in languages:
        asked = _request(code, language, seed)
        (outcome,) = respondent.answer([asked], count, seed)
        if outcome.error is not None or not outcome.text:
            raise RespondentFailed(f"prompts: nothing was written in {language!r}: {outcome.error or 'no text'}")
        for reply in outcome.text:
            text = cleaned(reply)
            why = _unfit(text, leaks) or ("twice" if letters(text) in found else "")
            if why:
                reason = "no prompt by its length" if why.startswith("a prompt has") else why
                dropped[reason] = dropped.get(reason, 0) + 1
            else:
                found[letters(text)] = prompt(code, text, by)
    if not found:
        raise RespondentFailed(f"prompts: none of the replies is a prompt ({_counted(dropped)})")
    return Written(tuple(found.values()), dropped)


def _request(code: str, language: str, seed: int) -> Ask:
    name = place(code).called(language)
    if name is None:
        raise BadStudy(f"prompts: {code} has no reviewed name in the language {language!r}")
    text = Wording("w1", language, words(language).write.format(place=name.name), ())
    question = Question("write", "text", (), (text,))
    desk = Instrument("prompts", "Prompts to be written", (question,), Source("Tawazun", "", "", "", "", "yes"), "")
    decoding = Decoding(max_tokens=160, seed=seed).text
    return Asker(seed).ask(desk, question, Framing("none", "self", language, "w1", mode="generate", decoding=decoding))


def cleaned(reply: str) -> str:
    """The prompt in a reply: its first paragraph on one line, without quotation marks and list marks around it."""
    paragraphs = [part for part in re.split(r"\n\s*\n", reply.strip()) if part.strip(MARKS + "\n")]
    first = paragraphs[0] if paragraphs else ""
    # a lead-in such as "Here is a prompt:" is not the prompt
    if len(paragraphs) > 1 and first.rstrip().endswith((":", "：")):
        first = paragraphs[1]
    return " ".join(first.split()).strip(MARKS)


def _counted(dropped: dict[str, int]) -> str:
    return "; ".join(f"{why}: {count}" for why, count in dropped.items())
