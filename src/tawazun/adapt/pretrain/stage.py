"""The stage of continued pre-training: corpora in, a lesson out, learnt by a plain trainer from packed sequences."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import Any

from tawazun.adapt.corpora.doubles import Doubles
from tawazun.adapt.corpora.licences import training_terms
from tawazun.adapt.corpora.mixing import Mixture, share_of
from tawazun.adapt.corpora.packing import check_batch
from tawazun.adapt.corpora.planted import Planted, planted_corpus, write_planted
from tawazun.adapt.corpora.records import Document
from tawazun.adapt.corpora.sources import CorpusKeys, CorpusSource, open_source
from tawazun.adapt.corpora.vocabulary import Extension, extend_vocabulary
from tawazun.adapt.pretrain.corpus import Packed, Sequences, Thinned, Tokens, collated, reads_documents_apart, steps_of
from tawazun.adapt.pretrain.keys import PlantedKeys, PretrainRecipe
from tawazun.adapt.training.folder import Lesson
from tawazun.adapt.training.leaks import check_leaks, told
from tawazun.adapt.training.models import Opened, placed
from tawazun.adapt.training.running import CHECKPOINTS, arguments, is_first, resuming, train
from tawazun.adapt.training.watch import Progress
from tawazun.errors import BadStudy, Refused
from tawazun.respondents.catalogue.hf import HF
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_of, seed_for

STATE = "corpus.json"
GROWN, READ = "grown", ".read.json"


@dataclass(frozen=True)
class Plan:
    """What is read: the mixture, what makes tokens, and for how many steps."""

    recipe: PretrainRecipe
    mixture: Mixture
    tokens: Tokens
    end: int
    steps: int

    def sequences(self, state: Any = None) -> Sequences:
        """Packed sequences from the start, or from a state."""
        return Sequences(self.mixture, self.tokens, self.recipe.train.context, self.end, self.recipe.longer, state)


def prepare(recipe: PretrainRecipe, base: HF, out: Path, *, folder: Path, data: Path | None, model: Path) -> Lesson:
    """Everything found and checked, doubles and leaks looked for, the vocabulary grown; no weight is moved.

    model    the base's own folder; folder: where the recipe's paths start; data: local copies of data sets
    Errors   BadStudy and BadFile for what cannot be learnt; Refused for leaks, terms, or a model that cannot pack
    """
    made = [planted_source(keys, recipe.seed, out) for keys in recipe.planted]
    opened = (*(open_source(keys, folder) for keys in recipe.source), *(open_source(one, out) for one, _ in made))
    licences = [(one.keys.name, one.keys.licence) for one in opened]
    training_terms(licences)
    if recipe.packing == "documents" and not reads_documents_apart(base.reader.model.module):
        raise Refused(
            f"{recipe.base.model}: this architecture reads a packed document together with those before it; give "
            'packing = "through"'
        )
    sources, doubles = _without_doubles(recipe, opened, out)
    of = digest_of([[one.keys.name, dict(one.hashes)] for one in opened])
    kept = (out / ".contamination.json", of)
    checked = check_leaks(recipe, lambda: _every(opened), folder=folder, data=data, kept=kept)
    if checked is not None and checked.dropped:
        sources = tuple(Thinned(one, checked.keeps, "items of the evaluation") for one in sources)
    grown = _grown(recipe, sources, model, out) if recipe.vocabulary else None
    gone = sum(one.rows or 0 for one in opened) - sum(one.rows or 0 for one in sources)
    plan = make_plan(recipe, sources, _tokenizer(out / GROWN) if grown else base.reader.model.tokenizer, gone)
    # what came of the shares: known when the training is over, perhaps in an earlier process
    read: list[dict[str, object]] = json.loads((out / READ).read_text()) if (out / READ).is_file() else []
    return Lesson(
        hashes={f"source {one.keys.name}": digest_of(dict(one.hashes)) for one in sources},
        licences=licences,
        learn=lambda opened, folder, progress: _learn(plan, opened, folder, progress, read),
        facts={
            "steps": plan.steps,
            "tokens": plan.steps * recipe.train.batch * recipe.train.context,
            "shares": {str(at): plan.mixture.planned(at) for at in (0.0, 0.5, 1.0)},
            "read": read,
            "replayed": {str(at): plan.mixture.replayed(at) for at in (0.0, 0.5, 1.0)},
            "rows": {one.keys.name: one.rows for one in sources},
            "doubles": doubles,
            "vocabulary": grown,
            "contamination": told(checked),
        },
        grown=out / GROWN if grown else None,
        losses=[(held, out) for _, held in made if held is not None],
    )


def planted_source(keys: PlantedKeys, seed: int, out: Path) -> tuple[CorpusKeys, CorpusKeys | None]:
    """A corpus of the planted world as files in `out/planted`: what is trained on, and rows whose loss is told."""
    planted = Planted(
        keys.kind, keys.place, keys.language, tuple(keys.items), tuple(keys.wordings), tuple(keys.facts),
        seed_for("planted", seed, keys.name) % 2**31,
    )  # fmt: skip
    rows, folder = planted_corpus(planted), out / "planted"
    names = (f"{keys.name}.jsonl", f"{keys.name}-held.jsonl")
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / name).is_file() for name in names):
        write_planted(folder / names[0], rows, keys.rows)
        write_planted(folder / names[1], rows, keys.held)
    tags = planted.tags
    same = {"language": tags.language, "country": tags.country, "origin": tags.origin, "licence": tags.licence}
    read = {"weight": keys.weight, "epochs": keys.epochs, "replay": keys.replay}
    own = CorpusKeys(name=keys.name, files=f"planted/{names[0]}", **same, **read)  # type: ignore[arg-type]
    held = CorpusKeys(name=f"{keys.name}, held out", files=f"planted/{names[1]}", **same)  # type: ignore[arg-type]
    return own, held if keys.held else None


def make_plan(recipe: PretrainRecipe, sources: Sequence[CorpusSource], tokenizer: Any, left_out: int = 0) -> Plan:
    """The mixture and its steps; `left_out` rows are not in the sources any more.

    Errors   BadStudy for a corpus that is smaller than a batch, or ends too early
    """
    keys = recipe.train
    if tokenizer.eos_token_id is None:
        raise BadStudy(f"{recipe.base.model}: its tokenizer has no token that ends a text, which packing needs")
    tokens = Tokens(tokenizer)
    limits = tuple(
        (one.rows or 0) * int(one.keys.epochs or keys.epochs) if one.rows is not None else 0 for one in sources
    )
    total = keys.steps * keys.batch * keys.context if keys.steps else float("inf")
    if keys.epochs and not all(limits):
        raise BadStudy("train.epochs: a stream of the Hub has no end to count; give steps")
    if not keys.steps:
        total = sum(
            sum(map(tokens.size, _every((one,)))) * limit / (one.rows or 1)
            for one, limit in zip(sources, limits, strict=True)
        )
    # a little more than the steps need, as what does not fill the last sequence is left out
    shares = tuple(share_of(one.keys.weight) for one in sources)
    seed = seed_for("pretrain", recipe.seed) % 2**31
    mixture = Mixture(tuple(sources), shares, total + 2 * keys.context, seed, tokens.size, limits)
    plan = Plan(recipe, mixture, tokens, int(tokenizer.eos_token_id), keys.steps)
    if not all(limits):
        if not any(limits):
            check_batch(_filled(sources, tokens, keys.batch * keys.context) // keys.context, keys.batch, left_out)
        return plan
    made = steps_of(plan.sequences(), 1)
    check_batch(made, keys.batch, left_out)
    if keys.steps > made // keys.batch:
        raise BadStudy(
            f"train.steps: the corpus makes {made // keys.batch} steps of {keys.batch} sequences, fewer than "
            f"{keys.steps}: let epochs repeat it, or give fewer steps"
        )
    return replace(plan, steps=keys.steps or made // keys.batch)


def _filled(sources: Sequence[CorpusSource], tokens: Tokens, most: int) -> int:
    """Tokens of every row once, up to `most`; a stream of the Hub is taken to have as many."""
    if any(one.rows is None for one in sources):
        return most
    size = 0
    for document in _every(sources):
        size += tokens.size(document)
        if size >= most:
            return most
    return size


def _learn(
    plan: Plan, opened: Opened, out: Path, progress: Progress, read: list[dict[str, object]]
) -> list[dict[str, Any]]:
    from transformers import Trainer, TrainingArguments

    recipe = plan.recipe
    last = resuming(out / CHECKPOINTS)
    kept: dict[str, Any] = json.loads((last / STATE).read_text(encoding="utf-8")) if last else {"at": None, "read": 0}
    rows = Packed(
        plan.sequences(kept["at"]), recipe.train.batch, apart=recipe.packing == "documents", read=kept["read"]
    )
    own = {
        "max_steps": plan.steps,
        "ignore_data_skip": True,  # the corpus knows itself where it stood
        "remove_unused_columns": False,
        "accelerator_config": {"dispatch_batches": False, "split_batches": False},
        "include_num_input_tokens_seen": "all",
    }
    args = arguments(TrainingArguments, opened, out, recipe.seed, **own)
    trainer = Trainer(
        model=opened.model, args=args, train_dataset=rows, data_collator=collated, processing_class=opened.tokenizer
    )

    def keep_state(folder: Path, step: int) -> None:
        state = {"at": rows.state_of(step), "read": step * recipe.train.batch}
        (folder / STATE).write_text(json.dumps(state), encoding="utf-8")

    log = train(trainer, recipe.train, progress=progress, more=keep_state, in_parts=True)
    read[:] = rows.sequences.mixer.table()
    if is_first():
        write_text(out / READ, json.dumps(read))
    return log


def _without_doubles(
    recipe: PretrainRecipe, sources: tuple[CorpusSource, ...], out: Path
) -> tuple[tuple[CorpusSource, ...], dict[str, Any]]:
    """Sources without rows that repeat an earlier one, and how many there were."""
    if recipe.doubles == "keep":
        return sources, {}
    streams = [one.keys.name for one in sources if one.blocks is None]
    if streams:
        raise BadStudy(
            f'source {streams[0]!r}: a stream of the Hub cannot be gone over for doubles; give doubles = "keep"'
        )
    found = Doubles(out / "doubles.sqlite", sources, near=recipe.doubles == "near")
    for _ in found.find():
        pass
    counts = found.counts()
    if not any(counts.values()):
        found.close()
        return sources, counts
    gone = frozenset((one.source, one.file, one.number) for one in found)
    found.close()
    return tuple(
        Thinned(one, lambda row: (row.source, row.file, row.number) not in gone, "doubles") for one in sources
    ), counts


def _grown(recipe: PretrainRecipe, sources: Sequence[CorpusSource], model: Path, out: Path) -> dict[str, object]:
    """The base with new pieces in `out/grown`, and what they came to; one that is there is kept."""
    keys = recipe.vocabulary
    assert keys is not None
    file = out / "vocabulary.json"
    if file.is_file() and (out / GROWN).is_dir():
        return dict(json.loads(file.read_text(encoding="utf-8")))
    samples = {one.keys.name: [row.text for row in islice(_every((one,)), keys.rows)] for one in sources}
    # what keeps the old language teaches no new pieces
    texts = [text for one in sources if not one.keys.replay for text in samples[one.keys.name]]
    made: list[Extension] = []
    placed(
        out / GROWN,
        lambda folder: made.append(extend_vocabulary(model, texts, folder, count=keys.pieces, samples=samples)),
    )
    record = json.loads(json.dumps(asdict(made[0])))
    write_text(file, json.dumps(record, indent=2) + "\n")
    return dict(record)


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def _every(sources: Sequence[CorpusSource]) -> Iterator[Document]:
    """Every row of every source, once."""
    for one in sources:
        for number in count() if one.blocks is None else range(one.blocks):
            rows = one.block(number)
            if not rows and one.blocks is None:
                break
            yield from rows
