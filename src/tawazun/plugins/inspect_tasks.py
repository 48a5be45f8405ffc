"""Every instrument as an Inspect task: `inspect eval tawazun/NAME -T language=ar -T labels=ar-letters`.

Inspect finds this file through the entry point `inspect_ai`; nothing else imports it. Prompts are the package's own, so
that a study and an Inspect run ask the same, and each sample keeps word of what was asked, so that `tawazun import`
brings its replies back to the very same questions.
"""

from collections.abc import Callable
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import accuracy, stderr
from inspect_ai.solver import generate

from tawazun.cells import Ask
from tawazun.data.logs import OURS
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument, instrument_names
from tawazun.instruments.custom import PREFIX
from tawazun.plugins.inspect_scorers import LOST, MODE, chosen, macro_f1, marked
from tawazun.plugins.laying import Levels, asks_of, gold_position, groups_of, named, word_of
from tawazun.plugins.marking import classes_of


def made_task(name: str, data: str, levels: Levels) -> Task:
    """The Inspect task of an instrument under chosen levels. Errors: UnknownName, BadFile, BadStudy."""
    made = named(name, data)
    asks = {ask.question.id: ask for ask in asks_of(made, levels, MODE)}
    keyed = {item: ask for item, ask in asks.items() if item in made.gold or item in made.references}
    if made.exam is not None:
        asks = keyed
    if not asks:
        raise BadStudy(f"{made.name} has no question to ask in these texts")
    samples = [_sample(made, ask, levels.seed) for ask in asks.values()]
    score = marked(name, data) if made.exam is not None and not made.exam.judged else chosen(name, data)
    metrics = [{"right": [accuracy(), stderr()], **LOST}, macro_f1()] if made.exam and classes_of(made) else None
    return Task(
        dataset=MemoryDataset(samples, name=made.name, location=made.source.where),
        solver=generate(),
        scorer=score,
        metrics=metrics,
        version=1,
        metadata={
            "instrument": made.title,
            "cite": made.source.cite,
            "licence": made.source.licence,
            "terms": made.source.terms,
            "may be shown": made.source.redistribute,
            "not for": made.not_for,
        },
    )


def _sample(made: Instrument, ask: Ask, seed: int) -> Sample:
    prompt = ask.prompts[0]
    messages: list[ChatMessage] = [
        ChatMessageSystem(content=text) if role == "system" else ChatMessageUser(content=text)
        for role, text in prompt.messages
    ]
    right = gold_position(made, ask)
    target: str | list[str] = list(made.references.get(ask.question.id, {})) or ""
    if right is not None:
        target = prompt.labels[right] if prompt.labels else prompt.options[right]
    return Sample(
        id=ask.question.id,
        input=messages,
        choices=list(prompt.options) or None,
        target=target,
        metadata={**groups_of(ask), OURS: word_of(ask, seed)},
    )


def _offered(name: str) -> Callable[..., Task]:
    def of_instrument(
        language: str = "",
        wording: str = "",
        labels: str = "letters",
        order: str = "forward",
        shots: int | str = 0,
        persona: str = "none",
        perspective: str = "",
        placement: str = "system",
        seed: int = 0,
        data: str = "",
    ) -> Task:
        levels = Levels(language, wording, labels, order, shots, persona, perspective, placement, seed)
        return made_task(name, data, levels)

    of_instrument.__doc__ = f"{name}: levels are spelled as in a study; data: folder with local copies of data sets."
    return of_instrument


TASKS = {name: task(name=name)(_offered(name)) for name in instrument_names()}


@task
def custom(
    file: str,
    wording: str = "",
    labels: str = "letters",
    order: str = "forward",
    shots: int | str = 0,
    seed: int = 0,
) -> Task:
    """A user's own benchmark: `-T file=my.jsonl`."""
    levels = Levels(wording=wording, labels=labels, order=order, shots=shots, seed=seed)
    return made_task(f"{PREFIX}{Path(file).expanduser()}", "", levels)
