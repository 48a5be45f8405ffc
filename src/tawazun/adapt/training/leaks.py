"""Whether what a stage learns from holds items that it is scored on: looked for before any weight is moved."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path

from tawazun.adapt.contamination import (
    Contamination,
    Haystack,
    Leak,
    check_corpus,
    evaluation_instruments,
    needles_of,
    refuse_leaks,
)
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.training.keys import ContaminationKeys, StageRecipe
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.instruments.official import with_texts
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_of
from tawazun.study import load_study

Place = tuple[str, str, int]  # source, file, row
UNASKED: dict[str, object] = {
    "said": 'contamination was not looked for: name what to look for in contamination.instruments ("every" = all here)'
}


@dataclass(frozen=True)
class Checked:
    """What a check came to: what was found, the line that says so, and rows that are left out for it.

    instruments   names of those whose items were looked for
    """

    found: Contamination
    said: str
    dropped: frozenset[Place]
    instruments: tuple[str, ...] = ()

    def keeps(self, document: Document) -> bool:
        """Whether a row stays."""
        return (document.source, document.file, document.number) not in self.dropped

    @property
    def facts(self) -> dict[str, object]:
        """For the lineage."""
        return {
            "said": self.said,
            "instruments": list(self.instruments),
            "items": list(self.found.items),
            "rows": self.found.rows,
            "dropped": len(self.dropped),
        }


@dataclass(frozen=True)
class Scored:
    """What `[score]` asks, in the recipe or in the study that it names: instruments, and `INSTRUMENT=FILE` of texts."""

    instruments: tuple[str, ...] = ()
    texts: tuple[str, ...] = field(default=())


def scored(recipe: StageRecipe, folder: Path) -> Scored:
    """What a model is scored on. Errors: BadFile and BadStudy of the study that `[score]` names."""
    if recipe.score is None:
        return Scored()
    ask = recipe.score.ask or load_study(_study_file(recipe.score.study, folder)).ask
    return Scored(tuple(ask.instruments), tuple(ask.texts))


def _study_file(word: str, folder: Path) -> Path:
    # the room of studies imports this one's neighbours, so what ships with it is found as a file
    here, shipped = folder / word, Path(str(files("tawazun.studies"))) / f"{word}.toml"
    return here if here.is_file() or not shipped.is_file() else shipped


def looked_for(
    instruments: Iterable[str], texts: Iterable[str], folder: Path, data: Path | None
) -> tuple[Instrument, ...]:
    """Instruments as they are asked, with the user's own texts of them. Errors: BadFile, BadStudy, UnknownName."""
    found = {one.name: one for one in evaluation_instruments(instruments, data, folder)}
    for text in texts:
        name, _, file = text.partition("=")
        if name in found and file:
            found[name] = with_texts(found[name], folder / file)
    return tuple(found.values())


def check_leaks(
    recipe: StageRecipe,
    documents: Callable[[], Iterable[Document]],
    *,
    folder: Path,
    data: Path | None,
    learnt: Collection[str] = (),
    more: Sequence[str] = (),
    kept: tuple[Path, str] | None = None,
) -> Checked | None:
    """Hold every row against the items that the model is scored on; None where nothing is looked for.

    learnt   `instrument:item` that the recipe trains on in so many words (survey rows): not reported unless held out
    more     further instruments that are looked for, such as those that survey rows are made of
    kept     a file in which what was found is kept, and the hash of what was gone over: a training that is taken up
             goes over a large corpus once
    Errors   Refused naming items, row and what to do; BadStudy for a held-out item that is none
    """
    asked = scored(recipe, folder)
    names = [*recipe.contamination.instruments, *asked.instruments, *more]
    instruments = looked_for(names, asked.texts, folder, data)
    return hold_against(recipe.contamination, instruments, documents, learnt=learnt, kept=kept)


def hold_against(
    keys: ContaminationKeys,
    instruments: Sequence[Instrument],
    documents: Callable[[], Iterable[Document]],
    *,
    learnt: Collection[str] = (),
    kept: tuple[Path, str] | None = None,
) -> Checked | None:
    """Hold every row against the items of some instruments; None without any. Arguments and errors: `check_leaks`."""
    if not instruments:
        return None
    needles, short = needles_of(instruments)
    watched = _watched(keys, {one.item for one in needles} | set(short), learnt)
    unchecked = tuple(sorted(set(short) & watched))
    of = digest_of([kept[1], sorted(watched), [[one.item, one.language, one.text] for one in needles]]) if kept else ""
    found = _read(kept[0], of) if kept else None
    if found is None:
        found = check_corpus(documents(), Haystack(needles, watched=watched), unchecked)
        if kept:
            write_text(kept[0], json.dumps({"of": of, "found": asdict(found)}))
    names = tuple(one.name for one in instruments)
    if keys.drop:
        dropped = frozenset((one.source, one.file, one.row) for one in found.leaks)
        return Checked(found, f"{found.words}; {len(dropped)} rows were left out", dropped, names)
    return Checked(found, refuse_leaks(found, keys.go_on), frozenset(), names)


def told(checked: Checked | None) -> dict[str, object]:
    """A check, or that there was none, for the lineage."""
    return UNASKED if checked is None else checked.facts


def _read(file: Path, of: str) -> Contamination | None:
    """What was found before in the same rows by the same needles."""
    if not file.is_file():
        return None
    held = json.loads(file.read_text(encoding="utf-8"))
    if held["of"] != of:
        return None
    found = held["found"]
    leaks = tuple(Leak(**one) for one in found["leaks"])
    return Contamination(**{**found, "leaks": leaks, "unchecked": tuple(found["unchecked"])})


def _watched(keys: ContaminationKeys, known: set[str], learnt: Collection[str]) -> set[str]:
    for item in keys.held_out:
        if item not in known:
            raise BadStudy(f"contamination.held_out: {item!r} is no item of the instruments that are looked for")
    return set(keys.held_out) if keys.held_out else known - set(learnt)
