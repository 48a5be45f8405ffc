"""What steers a respondent by words alone: a folder with `steering.json`, which any respondent takes as its `adapter`.

A steering is one or more voices. A voice says who answers, in the language of the ask, or puts a text before the
question, or both; several voices are asked one by one and their answers averaged by weight. The words stand in the
file, so that a reader sees what the model saw, and a respondent needs nothing else: no human answer is in it but what
`adapt` wrote into a text.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tawazun.cells import parse_persona
from tawazun.cells.framing import PERSPECTIVES
from tawazun.errors import BadFile, BadStudy, UnknownName
from tawazun.seeds import canonical_json, digest_of

FILE = "steering.json"
VERSION = 1
ANY = "*"  # a text for asks in every language
MOST_BYTES = 16 * 2**20
MOST_VOICES = 1000
Over = Literal["nobody", "everybody"]
KEYS = frozenset({"version", "kind", "title", "over", "voices", "sources", "notes"})
VOICE_KEYS = frozenset({"weight", "persona", "perspective", "says", "own", "context"})


@dataclass(frozen=True, slots=True)
class Voice:
    """One way of asking.

    weight       its share in the answer
    persona      who answers, where an ask plays nobody; empty leaves it
    perspective  how: `self`, `persona`, `observer`; empty leaves it
    says         language -> the sentences that say who answers: wording wN takes sentence N, counted around; the
                 language `*` stands for all
    own          instrument -> the same, where it has descriptors of its own
    context      language -> a text that stands before the question
    """

    weight: float = 1.0
    persona: str = ""
    perspective: str = ""
    says: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a voice that says nothing, or plays what cannot be played."""
        if not (self.says or self.context):
            raise BadStudy("steering: a voice without says and without context changes nothing")
        if self.own and not self.says:
            raise BadStudy("steering: a voice with own sentences for an instrument needs says for the others")
        if self.perspective not in ("", *PERSPECTIVES):
            raise BadStudy(f"steering: perspective is one of {', '.join(PERSPECTIVES)}, not {self.perspective!r}")
        if self.persona:
            place = parse_persona(self.persona).place
            if bool(place) != (self.perspective in ("persona", "observer")):
                raise BadStudy(f"steering: persona {self.persona!r} does not go with perspective {self.perspective!r}")
        for sentences in (*self.says.values(), *(s for own in self.own.values() for s in own.values())):
            if not sentences or not all(sentence.strip() for sentence in sentences):
                raise BadStudy("steering: says has an empty sentence, or a language without one")
        if any(not text.strip() or text.startswith("shots=") for text in self.context.values()):
            raise BadStudy("steering: context has an empty text, or one that begins with shots=")

    def sentence(self, instrument: str, language: str, wording: str) -> str | None:
        """What is said of who answers; None where the language has no sentence, empty where nothing is to be said."""
        if not self.says:
            return ""
        found = _of(self.own.get(instrument, {}), language) or _of(self.says, language)
        if found is None:
            return None
        number = int("".join(c for c in wording if c.isdigit()) or 1)
        return found[(number - 1) % len(found)]

    def before(self, language: str) -> str | None:
        """The text before the question; None where the language has none, empty where none is to be there."""
        return _of(self.context, language) if self.context else ""


@dataclass(frozen=True, slots=True)
class Steering:
    """Words that steer, with where they come from.

    kind     `persona`, `cultural`, `near`, `placebo`, `native`, `mixture`, `examples`, `description`, `observer` …
    title    what it is, in one line
    over     `nobody`: asks that play a country are left as they are; `everybody`: these words come before theirs
    sources  works and data behind the words
    notes    what a reader must know: who was chosen and why, what was left out
    """

    kind: str
    title: str
    voices: tuple[Voice, ...]
    over: Over = "nobody"
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse weights that are no shares of one answer."""
        weights = [voice.weight for voice in self.voices]
        if not self.kind.strip() or not self.title.strip():
            raise BadStudy("steering: kind and title say what it is; one of them is empty")
        if self.over not in ("nobody", "everybody"):
            raise BadStudy(f'steering: over is "nobody" or "everybody", not {self.over!r}')
        if not 1 <= len(weights) <= MOST_VOICES:
            raise BadStudy(f"steering: 1 to {MOST_VOICES} voices, not {len(weights)}")
        if not all(math.isfinite(one) and one > 0 for one in weights) or abs(sum(weights) - 1) > 1e-6:
            raise BadStudy(f"steering: weights of voices are above 0 and sum to 1, not to {sum(weights):.6g}")

    @property
    def digest(self) -> str:
        """BLAKE2b-128 of what can move an answer: the voices, and over whom they speak. Titles and notes cannot."""
        table = _table(self)
        return digest_of({"over": table["over"], "voices": table["voices"]})

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of asks that every voice can answer in; `*` for any."""
        sets = [_spoken(voice) for voice in self.voices]
        spoken = {one for own in sets for one in own if all(one in other or ANY in other for other in sets)}
        return tuple(sorted(spoken - {ANY})) or (ANY,)


def write_steering(folder: Path, steering: Steering) -> Path:
    """Write a steering as `steering.json` into a folder, which may be new; returns the folder. Errors: BadFile."""
    text = json.dumps(_table(steering), ensure_ascii=False, indent=1, sort_keys=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{FILE}.part"
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(folder / FILE)
    except OSError as error:
        raise BadFile(f"{folder}: cannot write {FILE}: {error.strerror}") from None
    return folder


def read_steering(folder: Path) -> Steering:
    """The steering of a folder. Errors: BadFile naming the file and what is wrong in it."""
    file = folder / FILE
    try:
        if file.stat().st_size > MOST_BYTES:
            raise BadFile(f"{file}: larger than {MOST_BYTES >> 20} MiB")
        table = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{file}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{file}: not UTF-8 JSON ({error})") from None
    if not isinstance(table, dict) or table.get("version") != VERSION:
        raise BadFile(f"{file}: not a steering of version {VERSION}")
    try:
        return _steering(table)
    except (BadStudy, UnknownName) as error:
        raise BadFile(f"{file}: {error}") from None


def _steering(table: Mapping[str, Any]) -> Steering:
    _only(table, KEYS, "steering")
    voices = table.get("voices")
    if not isinstance(voices, list):
        raise BadStudy("voices is a list")
    return Steering(
        kind=_text(table, "kind"),
        title=_text(table, "title"),
        voices=tuple(_voice(one) for one in voices),
        over=_text(table, "over") or "nobody",  # type: ignore[arg-type]
        sources=_texts(table.get("sources", [])),
        notes=_texts(table.get("notes", [])),
    )


def _voice(table: Any) -> Voice:
    if not isinstance(table, dict):
        raise BadStudy("a voice is a table")
    _only(table, VOICE_KEYS, "voice")
    weight = table.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        raise BadStudy(f"a voice's weight is a number, not {weight!r}")
    own = _map(table.get("own", {}))
    context = _map(table.get("context", {}))
    return Voice(
        weight=float(weight),
        persona=_text(table, "persona"),
        perspective=_text(table, "perspective"),
        says=_sentences(table.get("says", {})),
        own={name: _sentences(says) for name, says in own.items()},
        context={language: _text(context, language) for language in context},
    )


def _only(table: Mapping[str, Any], keys: frozenset[str], what: str) -> None:
    if strange := sorted(set(table) - keys):
        raise BadStudy(f"{what}: unknown key {strange[0]!r}; allowed: {', '.join(sorted(keys))}")


def _map(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadStudy(f"a table was expected, not {value!r:.40}")
    return value


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise BadStudy(f"{key} is a text, not {value!r:.40}")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BadStudy(f"a list of texts was expected, not {value!r:.40}")
    return tuple(value)


def _sentences(value: Any) -> dict[str, tuple[str, ...]]:
    return {language: _texts(sentences) for language, sentences in _map(value).items()}


def _table(steering: Steering) -> dict[str, Any]:
    """The JSON table of a steering, lists and all, as it is read back."""
    made: dict[str, Any] = json.loads(canonical_json({"version": VERSION, **asdict(steering)}))
    return made


def _spoken(voice: Voice) -> set[str]:
    sets = [set(one) for one in (voice.says, voice.context) if one]
    every = set().union(*sets)
    return {one for one in every if all(one in own or ANY in own for own in sets)}


def _of(texts: Mapping[str, Any], language: str) -> Any:
    """The entry of a language; `ar-EG` takes `ar`'s, and `*` is anybody's."""
    for key in (language, language.split("-")[0], ANY):
        if key in texts:
            return texts[key]
    return None


def listed(texts: Sequence[str], most: int = 3) -> str:
    """A few texts in quotes."""
    shown = "; ".join(f"“{text}”" for text in texts[:most])
    return f"{shown} and {len(texts) - most} more" if len(texts) > most else shown
