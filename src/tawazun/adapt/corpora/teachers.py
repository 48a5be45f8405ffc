"""Regenerate, never translate: answers to translated prompts come from a teacher that answers in the language itself.

A teacher is any respondent that can reply. What it said is kept in a file, one line a prompt, as soon as it was said;
nothing is asked twice, and a killed run goes on. Every row says who answered, to which ask, and how it was drawn.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from tawazun.adapt.corpora.records import Document, Message
from tawazun.answers import Outcome
from tawazun.cells import Ask, Asker, Decoding, Framing, cell_of
from tawazun.errors import BadFile, BadStudy, WriteFailed
from tawazun.instruments import Instrument, Question, Template, Wording
from tawazun.respondents import Respondent, respondent_id
from tawazun.source import Source

OWN = Source("rows of the user's own", "the recipe", "1", "as the recipe says", "", "no")


@dataclass
class Teacher:
    """Who answers, and what was answered so far.

    label      how rows name it
    file       where replies are kept (JSONL)
    failed     prompts that got no usable reply -> why, as last tried
    """

    respondent: Respondent
    label: str
    file: Path
    decoding: Decoding = field(default_factory=lambda: Decoding(temperature=0.7, max_tokens=1024))
    seed: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    _kept: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what was kept. Errors: BadStudy for a respondent that cannot reply; BadFile for a broken file."""
        if not {"generate", "sample"} & set(self.respondent.modes):
            raise BadStudy(f"teacher {self.label!r} cannot reply in words; it can {', '.join(self.respondent.modes)}")
        self._kept = _replies(self.file)

    @property
    def id(self) -> str:
        """The respondent's id."""
        return respondent_id(self.respondent.identity)

    def ask(self, prompt: str, language: str) -> Ask:
        """A prompt as an ask: the words themselves, without persona or instruction."""
        mode = "generate" if "generate" in self.respondent.modes else "sample"
        framing = Framing("none", "self", language, "plain", labels="text", decoding=self.decoding.text, mode=mode)
        wording = Wording("w1", language, prompt, ())
        question = Question("prompt", "text", (), (wording,))
        template = Template("plain", language, "{stem}", cue="")
        made = Instrument("prompts", "Prompts", (question,), OWN, "scores", templates=(template,))
        return Asker(self.seed).ask(made, question, framing)

    def replies(self, prompts: Sequence[tuple[str, str]]) -> list[tuple[Ask, str | None]]:
        """What the teacher says to (prompt, language) pairs; None where nothing usable came, which `failed` counts."""
        asks = [self.ask(*one) for one in prompts]
        cells = [cell_of(ask.ask, self.id) for ask in asks]
        new = {cell: ask for cell, ask in zip(cells, asks, strict=True) if cell not in self._kept}
        if new:
            outcomes = self.respondent.answer(list(new.values()), 1, self.seed)
            for cell, outcome in zip(new, outcomes, strict=True):
                self.asked += 1
                self._keep(cell, outcome)
        return [(ask, self._kept.get(cell)) for ask, cell in zip(asks, cells, strict=True)]

    def _keep(self, cell: str, outcome: Outcome) -> None:
        text = (outcome.text or ("",))[0]
        why = "failed" if outcome.error else "" if text.strip() else "empty"
        if why:
            self.failed[why] = self.failed.get(why, 0) + 1
            return
        self._kept[cell] = text
        try:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"cell": cell, "teacher": self.label, "reply": text}, ensure_ascii=False) + "\n")
        except OSError as error:
            raise WriteFailed(f"{self.file.name} could not be written ({error.strerror}); run it again") from error


def _replies(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    made = {}
    raw = file.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    if len(whole) < len(raw):
        # a kill in the middle of a line: it was never counted as kept
        file.write_bytes(whole)
    for number, line in enumerate(whole.decode("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            made[row["cell"]] = row["reply"]
        except (ValueError, KeyError) as error:
            raise BadFile(f"{file.name} line {number}: not a kept reply; remove the file to ask again") from error
    return made


def regenerated(documents: Iterable[Document], teacher: Teacher, *, every: bool = False) -> Iterator[Document]:
    """Rows whose last answer the teacher gave anew; rows that are native stay unless `every`; failed ones are left out.

    Answers of people to a survey stay whatever is said: a teacher does not speak for them. Only the last answer of a
    conversation is given anew, and only its last question is shown.
    """
    for batch in _batches(documents, teacher.respondent.batch):
        due = [one for one in batch if (every or one.tags.origin == "translated") and not _of_people(one)]
        asked = [(_last_question(one), _language(one)) for one in due]
        said = dict(zip(map(id, due), teacher.replies(asked), strict=True))
        for one in batch:
            if id(one) not in said:
                yield one
                continue
            ask, reply = said[id(one)]
            if reply is not None:
                yield _answered(one, ask, reply, teacher)


def _answered(document: Document, ask: Ask, reply: str, teacher: Teacher) -> Document:
    turns = document.messages
    at = max(i for i, (role, _) in enumerate(turns) if role == "user")
    made = document.saying(
        (*turns[: at + 1], ("assistant", reply)),
        teacher=teacher.label,
        teacher_id=teacher.id,
        ask=ask.ask,
        decoding=ask.framing.decoding,
        was=document.tags.origin or "unknown",
    )
    return replace(made, tags=replace(document.tags, origin="regenerated"))


def rewritten(
    documents: Iterable[Document], teacher: Teacher, instruction: str, flagged: Callable[[Document], bool]
) -> Iterator[Document]:
    """Rows whose prompt is put anew by the teacher where it was flagged (`entities.common_english_names`).

    instruction   what the teacher is told, with {prompt} in the place of the row's own
    """
    if "{prompt}" not in instruction:
        raise BadStudy("rewrite: the instruction has no {prompt}, so the teacher would not see what to rewrite")
    for batch in _batches(documents, teacher.respondent.batch):
        due = [one for one in batch if flagged(one) and not _of_people(one)]
        asked = [(instruction.replace("{prompt}", _last_question(one)), _language(one)) for one in due]
        said = dict(zip(map(id, due), teacher.replies(asked), strict=True))
        for one in batch:
            if id(one) not in said:
                yield one
            elif (reply := said[id(one)][1]) is not None:
                at = max(i for i, (role, _) in enumerate(one.messages) if role == "user")
                turns: tuple[Message, ...] = (*one.messages[:at], ("user", reply), *one.messages[at + 1 :])
                # its answer was to the old prompt, so it is due to be given anew
                made = one.saying(turns, prompt_by=teacher.label, prompt_ask=said[id(one)][0].ask)
                yield replace(made, tags=replace(one.tags, origin="translated"))


def _of_people(document: Document) -> bool:
    """Whether a row is an answer that people gave to a survey."""
    return "population" in dict(document.facts)


def _last_question(document: Document) -> str:
    asked = [text for role, text in document.messages if role == "user"]
    if not asked:
        raise BadFile(f"{document.where}: there is no question to answer in it")
    return asked[-1]


def _language(document: Document) -> str:
    if not document.tags.language:
        raise BadFile(f"{document.where}: it says no language; give language = for its source")
    return document.tags.language


def _batches(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    rows = iter(documents)
    while batch := list(islice(rows, max(1, size))):
        yield batch


def provenance(documents: Iterable[Document]) -> Mapping[str, int]:
    """How many rows each origin has, `regenerated by NAME` apart."""
    made: dict[str, int] = {}
    for one in documents:
        by = dict(one.facts).get("teacher", "")
        key = f"{one.tags.origin or 'unknown'}{f' by {by}' if by else ''}"
        made[key] = made.get(key, 0) + 1
    return made
