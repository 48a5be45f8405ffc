"""The people behind GlobalOpinionQA: national shares of Pew and WVS questions, without numbers of people.

What a reader must know of these figures:
- Answers such as "don't know", and people whose answer the row does not list, are taken out and the rest is brought
  back to 1; every population's note says how much that was. `ROUNDING` and `LISTED` say when a list is refused.
- A place may have several samples. The one without a suffix counts first, then the current national sample, then the
  old one; a sample that does not stand for its country only when it is asked for and there is no other.
- The data set gives no year and no n, so `human_error` is `none`.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tawazun.errors import BadAnswers, BadFile
from tawazun.instruments import Question, instrument
from tawazun.instruments.catalogue.globalopinionqa import FOLDER, SOURCE, USUAL, Item, find_file, read_items
from tawazun.places import find_place
from tawazun.populations.absent import absences
from tawazun.populations.records import HumanAnswer, Population, Request, Universe
from tawazun.populations.shares import moments

ROUNDING = 0.005
"""What rounding to whole percents can do to one share: a list of K shares may sum to at most 1 + 0.005 K."""
LISTED = 0.5
"""The least part of the people that must have given a listed answer. Older rows leave out who did not answer, so that
a list may sum to less than 1 by more than rounding; below a half it is refused."""
MOST_REFUSED = 0.2
"""The part of all lists that may be refused, each named in the note; beyond it the file is not the one we know."""
SAMPLES = {"": 0, "current national sample": 1, "old national sample": 2, "non-national sample": 3}
NON_NATIONAL = 3
NAMES = {"Palest. ter.": "PSE", "Palest. Ter.": "PSE", "S. Africa": "ZAF", "Bosnia Herz.": "BIH"}
UNIVERSE = Universe(
    who="adults in the surveys' national samples",
    ages="18+",
    dates="2002-2022; the data set does not say which year",
    mode="face to face, by telephone or online",
)


@dataclass
class _Gathered:
    """What the file says of one place, while it is read."""

    answers: dict[str, HumanAnswer] = field(default_factory=dict)
    samples: Counter[str] = field(default_factory=Counter)
    silent: dict[str, float] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    only_non_national: int = 0


@dataclass(frozen=True)
class _Shares:
    """One list of the file, read: its options' shares, the part of the people left out, or why it is refused."""

    p: tuple[float, ...] = ()
    silent: float = 0.0
    why: str = ""


class GlobalOpinionQA:
    """National answers to GlobalOpinionQA, read from the data folder."""

    name = "globalopinionqa-2023"
    instrument = "globalopinionqa"
    source = SOURCE

    def load(self, request: Request) -> Sequence[Population]:
        """One population per place with an answer. Errors: BadFile; BadAnswers for an unknown place or faulty lists."""
        gathered = self._gathered(request)
        return tuple(
            Population(
                name=f"{self.name}/{place}",
                place=place,
                instrument=self.instrument,
                holds="distributions",
                answers=tuple(own.answers.values()),
                source=self.source,
                human_error="none",
                universe=UNIVERSE,
                note=_note(place, own, "GB-NIR" in gathered),
            )
            for place, own in sorted(gathered.items())
            if own.answers and (not request.places or place in request.places)
        )

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) without an answer; places with non-national samples only."""
        gathered = self._gathered(request)
        there = [place for place, own in gathered.items() if own.answers]
        known = {
            place: "only samples that do not stand for the country: set measure.non_national = true to use them"
            if own.only_non_national
            else f"every list is refused: {'; '.join(own.refused[:2])}"
            for place, own in gathered.items()
            if not own.answers and (not request.places or place in request.places)
        }
        return absences(request.places, there, "no answers in the data set", known)

    def _gathered(self, request: Request) -> dict[str, _Gathered]:
        path = self._path(request.data)
        asked = instrument(self.instrument, request.data)
        found: dict[str, _Gathered] = {}
        lists = refused = 0
        for item in read_items(path):
            question = asked.question(item.id)
            assert question is not None
            for place, samples in _by_place(item, path).items():
                own = found.setdefault(place, _Gathered())
                sample = min(samples, key=lambda name: SAMPLES[name])
                if SAMPLES[sample] == NON_NATIONAL and not request.non_national:
                    own.only_non_national += 1
                    continue
                read = _read_lists(item, samples[sample], path)
                lists, refused = lists + 1, refused + bool(read.why)
                _take(own, question, sample, read)
        if refused > MOST_REFUSED * lists:
            first = next(why for own in found.values() for why in own.refused)
            raise BadAnswers(f"{refused} of {lists} lists of shares cannot be read, the first: {first}")
        return found

    def _path(self, data: Path | None) -> Path:
        if data is None:
            raise BadFile(f"{self.name} reads {FOLDER}/ from a data folder: give --data DIR or TAWAZUN_DATA")
        try:
            return find_file(data)
        except BadFile as error:
            raise BadFile(str(error).replace(f"globalopinionqa needs {USUAL}", f"{self.name} needs {USUAL}")) from error


def _by_place(item: Item, path: Path) -> dict[str, dict[str, list[Sequence[object]]]]:
    """Place -> sample -> its lists that are not empty (two where two names of a place are in one row)."""
    found: dict[str, dict[str, list[Sequence[object]]]] = {}
    for entity, shares in item.shares.items():
        name, _, rest = entity.partition(" (")
        sample = rest.rstrip(") ").casefold()
        if sample not in SAMPLES:
            name, sample = entity, ""
        known = NAMES.get(name.strip()) or getattr(find_place(name), "code", None)
        if known is None:
            raise BadAnswers(f"{path.name} row {item.row}: {entity!r} is no known place; add an alias to its place")
        if any(shares):
            found.setdefault(known, {}).setdefault(sample, []).append(shares)
    return found


def _read_lists(item: Item, lists: Sequence[Sequence[object]], path: Path) -> _Shares:
    where = f"{path.name} row {item.row}"
    if any(list(other) != list(lists[0]) for other in lists):
        return _Shares(why=f"{where}: two names of one place with different shares")
    shares = [float(s) if isinstance(s, int | float) and not isinstance(s, bool) else math.nan for s in lists[0]]
    if len(shares) != item.width:
        return _Shares(why=f"{where}: {len(shares)} shares for {item.width} options")
    if not all(math.isfinite(share) and share >= 0 for share in shares):
        return _Shares(why=f"{where}: shares are numbers of at least 0, not {lists[0]!r}")
    total = math.fsum(shares)
    kept = math.fsum(shares[i] for i in item.kept)
    if total > 1 + ROUNDING * item.width + 1e-9:
        return _Shares(why=f"{where}: shares sum to {total:.4g}, more than rounding allows")
    if kept < LISTED - 1e-9:
        return _Shares(why=f"{where}: only {kept:.4g} of the people gave a listed answer")
    unlisted = 1 - total if 1 - total > ROUNDING * item.width else 0.0
    return _Shares(tuple(shares[i] / kept for i in item.kept), max(0.0, total - kept + unlisted))


def _take(own: _Gathered, question: Question, sample: str, read: _Shares) -> None:
    if read.why:
        own.refused.append(read.why)
        return
    value, sd = moments(question, read.p)
    own.answers[question.id] = HumanAnswer(question.id, read.p, value, sd)
    own.samples[sample] += 1
    own.silent[question.id] = read.silent


def _note(place: str, own: _Gathered, northern_ireland: bool) -> str:
    notes = [f"{sample} for {count} items" for sample, count in sorted(own.samples.items()) if sample]
    most = max(own.silent, key=lambda item: own.silent[item])
    if own.silent[most] > ROUNDING:
        middle = sorted(own.silent.values())[len(own.silent) // 2]
        notes.append(
            f"people without a listed answer taken out and the rest brought to 1: median {middle:.1%}, at most "
            f"{own.silent[most]:.1%} ({most})"
        )
    if own.only_non_national:
        notes.append(f"items with a non-national sample only, left out: {own.only_non_national}")
    if own.refused:
        more = f" and {len(own.refused) - 3} more" if len(own.refused) > 3 else ""
        notes.append(f"left out: {'; '.join(own.refused[:3])}{more}")
    if place == "GBR" and northern_ireland:
        notes.append("the United Kingdom without Northern Ireland")
    return "; ".join(notes)


POPULATION = GlobalOpinionQA()
