"""What an instrument asks under chosen levels, laid out by the package's own prompts, for tools that do the asking."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from tawazun.cells import Ask, Asker, Framing, parse_persona, perspective_fits, shots_text
from tawazun.cells.framing import PERSPECTIVES
from tawazun.data import data_folder
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, instrument
from tawazun.instruments.custom import PREFIX, load_custom

Placement = Literal["system", "user"]


@dataclass(frozen=True, slots=True)
class Levels:
    """One level of every factor, spelled as in a study; what is empty is the instrument's first.

    seed   of shuffled option orders
    """

    language: str = ""
    wording: str = ""
    labels: str = "letters"
    order: str = "forward"
    shots: int | str = 0
    persona: str = "none"
    perspective: str = ""
    placement: str = "system"
    seed: int = 0


def framing_of(instrument: Instrument, levels: Levels, mode: str) -> Framing:
    """The framing that levels stand for. Errors: BadStudy naming the level and what was allowed."""
    if not instrument.languages:
        raise BadStudy(f"{instrument.name} has no texts to ask in")
    language = levels.language or ("en" if "en" in instrument.languages else instrument.languages[0])
    offered = instrument.wording_ids(language)
    if not offered:
        raise BadStudy(f"language: {instrument.name} has {', '.join(instrument.languages)}, not {language!r}")
    wording = levels.wording or offered[0]
    if wording not in offered:
        raise BadStudy(f"wording: {instrument.name} has {', '.join(offered)} in {language!r}, not {wording!r}")
    persona = parse_persona(levels.persona)
    perspective = levels.perspective or ("persona" if persona.place else "self")
    if perspective not in PERSPECTIVES or not perspective_fits(persona, perspective):
        raise BadStudy(f"perspective: {perspective!r} does not go with the persona {persona.text}")
    if levels.placement not in get_args(Placement):
        raise BadStudy(f"placement: system or user, not {levels.placement!r}")
    return Framing(
        persona=persona.text,
        perspective=perspective,
        language=language,
        wording=wording,
        order=levels.order,
        labels=levels.labels,
        placement=levels.placement,  # type: ignore[arg-type]
        context=shots_text(levels.shots),
        decoding="readout" if mode == "logprob" else "recorded",
        mode=mode,
    )


def asks_of(instrument: Instrument, levels: Levels, mode: str) -> list[Ask]:
    """Every ask of an instrument whose question can be asked in a mode, in its order. Errors: BadStudy."""
    framing, asker = framing_of(instrument, levels, mode), Asker(levels.seed)
    asked = [one for one in instrument.questions if one.wordings and (mode != "logprob" or one.kind == "one")]
    return [asker.ask(instrument, question, framing) for question in asked]


@cache
def named(name: str, data: str = "") -> Instrument:
    """The instrument of a name, or `custom:FILE`, for a tool that keeps names only. Errors: UnknownName, BadFile."""
    if name.startswith(PREFIX):
        return load_custom(Path(name.removeprefix(PREFIX)), name=name).instrument
    return instrument(name, data_folder(data or None))


def ask_of(made: Instrument, word: Mapping[str, Any], mode: str) -> Ask:
    """The ask that `word_of` kept word of. Errors: BadStudy when the instrument has no such question."""
    question = made.question(str(word.get("question", "")))
    if question is None:
        raise BadStudy(f"{made.name} has no question {word.get('question')!r}")
    factors = {name: word[name] for name in Framing.__slots__ if name not in ("decoding", "mode")}
    framing = Framing(**factors, decoding="recorded", mode=mode)
    return Asker(int(word["seed"])).ask(made, question, framing)


def word_of(ask: Ask, seed: int) -> dict[str, object]:
    """What a log must keep of an ask, so that its answers can be brought back to the very same question.

    positions   canonical option of each shown one; text: the wording of the item's own text under a template
    """
    framing = {key: value for key, value in asdict(ask.framing).items() if key not in ("decoding", "mode")}
    return {
        "instrument": ask.instrument,
        "question": ask.question.id,
        "text": ask.shown.wording.id,
        "positions": list(ask.shown.order),
        "seed": seed,
        **framing,
    }


def gold_position(instrument: Instrument, ask: Ask) -> int | None:
    """Position of the right option among those shown; None where an item has no key."""
    code = instrument.gold.get(ask.question.id)
    if code is None or ask.question.kind != "one":
        return None
    return ask.shown.order.index(ask.question.codes.index(code))


def groups_of(ask: Ask) -> Mapping[str, str]:
    """The groups that a question is in: dimension -> group."""
    return {tag.partition(":")[0]: tag.partition(":")[2] for tag in ask.question.tags if ":" in tag}
