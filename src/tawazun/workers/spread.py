"""A respondent that answers on many workers at once, and is asked like any other.

Each worker makes the respondent from the same settings. Its identity is theirs: a worker that differs in one fact is
refused. Only asks go out and only outcomes come back; no key and no human answer ever does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tawazun.answers import Outcome
from tawazun.cells import Ask
from tawazun.errors import BadFile, BadStudy
from tawazun.respondents import Respondent, Settings, make_respondent
from tawazun.study import Study, register_own
from tawazun.version import PROMPT_VERSION, VERSION
from tawazun.workers.crew import Crew, Task
from tawazun.workers.records import Greeting, Hands, Lost, Terms

MOST = 1024  # asks in one job, however many the respondent likes
ROUNDS = 3  # jobs under way or waiting to be read, per worker


@dataclass
class RespondentDoer:
    """On a worker: the respondent."""

    settings: Settings
    study: Study

    def __post_init__(self) -> None:
        """Make the respondent. Errors: its own, and BadStudy for a kind that is not asked."""
        register_own(self.study)
        made = make_respondent(self.settings)
        if not isinstance(made, Respondent):
            raise BadStudy(f"respondent {self.settings.name}: kind {self.settings.kind!r} is not asked by workers")
        self._made = made
        self.facts: dict[str, Any] = {
            "identity": dict(made.identity),
            "versions": {"tawazun": VERSION, "prompts": str(PROMPT_VERSION)},
            "batch": min(made.batch, MOST),
            "modes": tuple(made.modes),
            "free": bool(getattr(made, "free", False)),
            "replies": hasattr(made, "replies"),
            "notes": list(getattr(made, "notes", [])),
        }

    def do(self, order: tuple[str, int, int], items: Sequence[Any]) -> tuple[list[Any], list[str]]:
        """Outcomes of asks (`answer`), or single replies of pairs (ask, indices) (`replies`)."""
        what, samples, seed = order
        found: list[Any]
        notes = getattr(self._made, "notes", [])
        # each job says all that there is to say of it, so that notes stand in the order of the asks, whoever did them
        notes[:] = self.facts["notes"]
        if what == "answer":
            found = list(self._made.answer(items, samples, seed))
        else:
            asks, wanted = [ask for ask, _ in items], [own for _, own in items]
            found = list(self._made.replies(asks, wanted, seed))  # type: ignore[attr-defined]
        # a steered respondent puts its notes together anew each time
        return found, list(getattr(self._made, "notes", notes))


@dataclass(frozen=True)
class _Recipe:
    settings: Settings
    study: Study

    def __call__(self) -> RespondentDoer:
        return RespondentDoer(self.settings, self.study)


class Spread:
    """A respondent on `count` workers.

    ahead   batches that may be asked before the first is read: enough to keep every worker busy, and no more
    """

    def __init__(
        self,
        recipe: tuple[Settings, Study],
        hands: Callable[[], Hands],
        count: int,
        *,
        terms: Terms,
        known: Mapping[str, str],
        keep: bool,
    ) -> None:
        """Wait for the first worker, to know who answers.

        known   facts of the identity that were worked out here, from the same files
        keep    whether the workers stay until they are asked, as no other respondent needs their places before
        Errors  those of making the respondent; BadFile when a worker's facts are not those known here
        """
        self._recipe, self._hands, self._count, self._terms = _Recipe(*recipe), hands, count, terms
        self._name = recipe[0].name
        self._first: Greeting | None = None
        self._known = dict(known)
        self._crew: Crew | None = self._gather(count if keep else 1)
        self._crew.greet()
        assert self._first is not None
        facts = self._first.facts
        self.identity: Mapping[str, str] = facts["identity"]
        self.batch: int = facts["batch"]
        self.modes: tuple[str, ...] = facts["modes"]
        self.free: bool = facts["free"]
        self.notes: list[str] = list(facts["notes"])
        self.ahead = ROUNDS * count
        if facts["replies"]:
            self.replies = self._replies
        if not keep:
            self.rest()

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """One outcome per ask, in order; the workers begin at once."""
        return self._read(self._begin(("answer", samples, study_seed), list(asks)))

    def _replies(
        self, asks: Sequence[Ask], wanted: Sequence[Sequence[int]], study_seed: int
    ) -> Iterator[tuple[str, ...] | Outcome]:
        pairs = [(ask, tuple(own)) for ask, own in zip(asks, wanted, strict=True)]
        return self._read(self._begin(("replies", 0, study_seed), pairs))

    def rest(self) -> None:
        """Let the workers go until something is asked again."""
        if self._crew is not None:
            self._crew.close()
            self._crew = None

    def _begin(self, order: tuple[str, int, int], items: Sequence[Any]) -> tuple[Crew, Task]:
        if self._crew is None:
            self._crew = self._gather(self._count)
        return self._crew, self._crew.hand_in(order, items)

    def _read(self, begun: tuple[Crew, Task]) -> Iterator[Any]:
        crew, task = begun
        results = crew.finish(task)
        self.notes += [line for line in task.notes if line not in self.notes]
        for found in results:
            yield Outcome(error=found.reason) if isinstance(found, Lost) else found

    def _gather(self, count: int) -> Crew:
        return Crew(self._hands(), self._recipe, count, self._terms, self._welcome)

    def _welcome(self, greeting: Greeting) -> None:
        """Errors   BadFile naming the fact in which a worker differs from the first one, or from what is known here."""
        facts = greeting.facts
        here = {"tawazun": VERSION, "prompts": str(PROMPT_VERSION)}
        self._same(greeting.host, "version of", facts["versions"], "this machine", here)
        self._same(greeting.host, "", facts["identity"], "this machine", self._known)
        if self._first is None:
            self._first = greeting
        own = self._first.facts["identity"]
        self._same(greeting.host, "", {**dict.fromkeys(own, ""), **facts["identity"]}, self._first.host, own)

    def _same(self, host: str, what: str, theirs: Mapping[str, str], where: str, ours: Mapping[str, str]) -> None:
        for fact, value in ours.items():
            if theirs.get(fact) != value:
                told = f"{what} {fact}".strip()
                raise BadFile(
                    f"respondent {self._name}: {told} differs: {theirs.get(fact)!r} on the worker {host}, {value!r} on "
                    f"{where}; give every machine the same files and versions"
                )
