"""What prompts, floors, groups and second scores of a benchmark are called on the page."""

import re
from dataclasses import dataclass

from tawazun.report.exams import Line
from tawazun.report.words import Words

SHOTS = re.compile(r"(?:up-to-)?(\d+)-shot|context-\w+")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt in its parts, as they stand in table cells."""

    wording: str
    labels: str
    shots: str
    placement: str


def prompt(line: Line) -> Prompt:
    """The parts of `w1 letters 2-shot in-user`."""
    wording, *rest = line.prompt.split(" ")
    labels, shots, placement = [], "", ""
    for part in rest:
        if SHOTS.fullmatch(part):
            shots = part.removesuffix("-shot")
        elif part.startswith("in-"):
            placement = part.removeprefix("in-")
        else:
            labels.append(part)
    return Prompt(wording, " ".join(labels), shots, placement)


def prompt_text(words: Words, line: Line) -> str:
    """A prompt in words: `wording w1, labels letters, no worked examples`."""
    one = prompt(line)
    parts = [words.plain("exam.in_wording", wording=one.wording)]
    if one.labels:
        parts.append(words.plain("exam.with_labels", labels=one.labels))
    most = one.shots.removeprefix("up-to-")
    if most != one.shots:
        parts.append(words.plain("exam.shots_at_most", n=most))
    elif one.shots.isdigit():
        parts.append(words.count("count.shot", int(one.shots)) if int(one.shots) else words.plain("exam.no_shots"))
    elif one.shots:
        parts.append(words.plain("exam.with_context"))
    if one.placement:
        parts.append(words.plain("exam.placed", placement=one.placement))
    if line.norm:
        parts.append(norm_text(words, line.norm))
    return ", ".join(parts)


def mode_text(words: Words, mode: str) -> str:
    """A mode in a word or two, or its own name."""
    return words.plain(f"exam.mode.{mode}") if words.has(f"exam.mode.{mode}") else mode


def norm_text(words: Words, norm: str) -> str:
    """How an option's probability is taken, or the name of the rule."""
    return words.plain(f"exam.norm.{norm}") if words.has(f"exam.norm.{norm}") else norm


def measure_text(words: Words, measure: str) -> str:
    """`accuracy`, `macro F1`."""
    return words.plain(f"exam.measure.{measure}")


def floor_text(words: Words, floor: str) -> str:
    """What somebody without knowledge does: `every option equally likely`, `always option 2`."""
    key, _, number = floor.partition("position-")
    if number:
        return words.plain("exam.floor.position", n=number)
    return words.plain(f"exam.floor.{key}") if words.has(f"exam.floor.{key}") else floor


def variant_text(words: Words, variant: str) -> str:
    """What a second score is about."""
    if variant.startswith("view="):
        return words.plain("exam.view", name=variant.removeprefix("view="))
    key = variant.removeprefix("key=")
    return words.plain(f"exam.variant.{key}") if words.has(f"exam.variant.{key}") else variant
