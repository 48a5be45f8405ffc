"""What a benchmark has beside its questions: layouts of its items, how it is scored, what a loader repaired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# a dimension of items that were written two by two: to be resampled as a whole, and no subject with a commonest answer
PAIR = "pair"
Status = Literal["draft", "reviewed", "official"]


@dataclass(frozen=True, slots=True)
class Template:
    """How a benchmark lays its items out, in one language: a published prompt, or one of our own. Chosen as a wording.

    id           `w1`, `published`, `cot` …; every item is shown in the text `base` of its own wordings
    text         the layout of one item, with {stem}, {options} and {instruction}; {options} left out hides the menu
    option       the layout of one option, with {label} and {text}
    instruction  the line that says how to answer; None = the language's own; {labels} lists the labels
    head         what stands once at the top, before any worked example; {topic} and other dimensions of the item's
                 tags may stand in it and in the instruction; the tag `NAME_ar` stands for {NAME} in Arabic
    answer       how a worked example ends, with {answer}
    cue          what precedes the answer where no chat template is used; None = the language's own
    reasons      the reply reasons first, so it cannot be read out from the next token
    scripts      label scripts that it may be shown with; empty = any
    """

    id: str
    language: str
    text: str = "{stem}\n{options}\n{instruction}"
    option: str = "{label}. {text}"
    instruction: str | None = None
    head: str = ""
    answer: str = "{cue} {answer}"
    cue: str | None = None
    reasons: bool = False
    base: str = "w1"
    scripts: tuple[str, ...] = ()
    author: str = "Tawazun"
    source: str = ""
    status: Status = "draft"


@dataclass(frozen=True, slots=True)
class Repair:
    """One change that a loader made to what a source's file says, with the reason.

    row    of the file, as an editor shows it; 0 where the change is about the whole file
    """

    item: str
    row: int
    code: str
    change: str


@dataclass(frozen=True, slots=True)
class Published:
    """A figure printed elsewhere, to stand beside ours and never to be ranked with it.

    who     `people`, `annotators`, or a model as its source names it
    """

    who: str
    metric: str
    value: float
    setting: str
    source: str


@dataclass(frozen=True, slots=True)
class Exam:
    """How a benchmark is scored.

    metric       its headline: `accuracy`, `macro_f1`, `sem_b`, `sem_w`, or `judge`
    over         dimension over which the headline is averaged with equal weights (`category`); empty = pooled
    groups       dimensions of its items' tags that are reported on their own
    clusters     dimension whose groups are resampled as a whole
    bundle       dimension of items that are right only when all are (the four statements of a question)
    positive     code of the option that a yes-sayer gives (two-way questions)
    suspect      item -> code of another key that is suspected to be the right one: a sensitivity score, never the score
    views        name -> items of a second score beside the first, such as `deduplicated`
    published    figures printed elsewhere
    """

    metric: str = "accuracy"
    over: str = ""
    groups: tuple[str, ...] = ()
    clusters: str = ""
    bundle: str = ""
    positive: float | None = None
    suspect: Mapping[str, float] = field(default_factory=dict)
    views: Mapping[str, frozenset[str]] = field(default_factory=dict)
    published: tuple[Published, ...] = ()

    @property
    def judged(self) -> bool:
        """Whether nothing but a judge can score it: accepted answers are whole texts, which no reply holds."""
        return self.metric == "judge"

    @property
    def subject(self) -> str:
        """The dimension by which right options are counted: that of the clusters, unless those are pairs."""
        clusters = "" if self.clusters == PAIR else self.clusters
        return clusters or self.over or next(iter(self.groups), "")
