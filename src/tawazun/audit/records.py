"""What an audit says: findings one by one, and what every check came to, also those that found nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tawazun.audit.sheet import Sheet

Severity = Literal["error", "warning", "note"]
State = Literal["found", "passed", "not applicable", "skipped"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    code      of the kind of fault: `duplicate`, `conflict`, `leak` …
    items     ids of the items it is about; empty where it is about the whole
    text      what was found, in one line
    how       how it was found, so that it can be found again
    value     its size where it has one, in the unit that `text` names
    """

    code: str
    severity: Severity
    items: tuple[str, ...]
    text: str
    how: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check came to.

    text    its result in one line, also when it passed
    facts   its numbers by name
    """

    state: State
    text: str
    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One check; a catalogue part exposes one as `CHECK`. `title` says what is looked for."""

    name: str
    title: str
    run: Callable[[Sheet], Outcome]


@dataclass(frozen=True, slots=True)
class Audit:
    """All checks of one benchmark.

    subject    its name; facts: sizes, licence, source
    outcomes   check -> outcome, in the order of the catalogue
    baselines  rows of what somebody scores who knows nothing: name, metric, value
    """

    subject: str
    facts: Mapping[str, str]
    outcomes: Mapping[str, Outcome]
    baselines: tuple[tuple[str, str, float], ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, in the order of the checks."""
        return tuple(one for outcome in self.outcomes.values() for one in outcome.findings)


def passed(text: str, **facts: float) -> Outcome:
    """Looked for and not there."""
    return Outcome("passed", text, (), facts)


def not_applicable(why: str) -> Outcome:
    """There is nothing of the kind that could be looked at."""
    return Outcome("not applicable", why)


def skipped(why: str) -> Outcome:
    """Could not be done, and what it would take."""
    return Outcome("skipped", why)


def found(text: str, findings: list[Finding], **facts: float) -> Outcome:
    """What was found; passed when there is nothing."""
    return Outcome("found" if findings else "passed", text, tuple(findings), facts)
