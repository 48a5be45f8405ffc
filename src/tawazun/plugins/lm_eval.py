"""A benchmark as a task of lm-evaluation-harness: one YAML file, one JSONL file of prompts, a loader and a notice.

What the harness scores is what our engine scores: the prompt as this package lays it out, then a space (none where the
prompt ends in white space), then the option's label or text. Log-likelihoods are therefore the same numbers, up to the
white space at the end of a prompt, which the harness counts to the continuation of every option alike.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tawazun.cells import Ask
from tawazun.cells.labels import UNLABELLED
from tawazun.data.logs import OURS
from tawazun.errors import BadStudy, WriteFailed
from tawazun.instruments import Instrument
from tawazun.plugins.laying import Levels, asks_of, gold_position, groups_of, word_of
from tawazun.version import VERSION

LOADER = "tawazun_items"
Render = Callable[[Sequence[tuple[str, str]], str], str]

LOADER_TEXT = '''"""Reads the items that lie beside this file, wherever the folder was put."""

import json
from pathlib import Path

from datasets import Dataset


def load(file, **_):
    """The items of one task, as its only split."""
    lines = Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines()
    return {"test": Dataset.from_list([json.loads(line) for line in lines])}
'''


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    task       its name; items: how many; left_out: questions without one right option
    delimiter  what stands between prompt and option
    own_use    whether the licence keeps the files with the user
    """

    task: str
    folder: str
    items: int
    left_out: int
    delimiter: str
    own_use: bool
    files: tuple[str, ...]


def plain_render(messages: Sequence[tuple[str, str]], cue: str) -> str:
    """A prompt for a model without a chat template, as our engine lays it out."""
    return "\n".join([*(f"{text}\n" if role == "system" else text for role, text in messages), cue])


def export(
    instrument: Instrument, levels: Levels, out: Path, render: Render = plain_render, chat: str = ""
) -> Exported:
    """Write a benchmark into a folder for `lm_eval --include_path`.

    render   from messages and cue to the text that the model reads; chat: the model whose template that is
    Errors   BadStudy for an instrument without keys or a level that it lacks; WriteFailed
    """
    if instrument.exam is None or not instrument.gold:
        raise BadStudy(
            f"{instrument.name} has no key, so lm-evaluation-harness has nothing to score; ask it with `tawazun run`, "
            f"or as the Inspect task tawazun/{instrument.name}"
        )
    asks = [ask for ask in asks_of(instrument, levels, "logprob") if ask.question.id in instrument.gold]
    if not asks:
        raise BadStudy(f"{instrument.name} has no question with options and a key")
    task = f"tawazun_{instrument.name.replace(':', '_').replace('/', '_').replace('.', '_')}"
    rows = [_row(instrument, ask, levels.seed, render) for ask in asks]
    # a reply that a chat template begins, and what follows white space, have no space of their own before them
    spaced = {not chat and not str(row["prompt"])[-1:].isspace() for row in rows}
    if len(spaced) > 1:
        raise BadStudy(f"{instrument.name}: some prompts end in white space and some do not; choose another wording")
    delimiter = " " if spaced.pop() else ""
    own_use = instrument.source.redistribute != "yes"
    texts = {
        f"{task}.yaml": _yaml(instrument, task, levels, delimiter),
        f"{task}.jsonl": "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        f"{LOADER}.py": LOADER_TEXT,
        f"{task}.NOTICE": _notice(instrument, asks[0], task, chat, own_use),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise WriteFailed(f"{out}: cannot be written ({error.strerror})") from error
    left_out = len(instrument.questions) - len(rows)
    return Exported(task, str(out), len(rows), left_out, delimiter, own_use, tuple(texts))


def _row(instrument: Instrument, ask: Ask, seed: int, render: Render) -> dict[str, object]:
    prompt = ask.prompts[0]
    return {
        "id": ask.question.id,
        "prompt": render(prompt.messages, prompt.cue),
        "choices": list(prompt.labels or prompt.options),
        "options": list(prompt.options),
        "gold": gold_position(instrument, ask),
        "question": ask.shown.wording.stem,
        "groups": json.dumps(dict(groups_of(ask)), ensure_ascii=False),
        OURS: word_of(ask, seed),
    }


def _yaml(instrument: Instrument, task: str, levels: Levels, delimiter: str) -> str:
    metrics = ["acc", "acc_norm"] if levels.labels in UNLABELLED else ["acc"]
    lines = [
        f"# {instrument.title}, made by tawazun {VERSION}; terms in {task}.NOTICE",
        f"task: {task}",
        f"custom_dataset: !function {LOADER}.load",
        "dataset_kwargs:",
        f"  file: {task}.jsonl",
        "test_split: test",
        "output_type: multiple_choice",
        "doc_to_text: prompt",
        "doc_to_choice: choices",
        "doc_to_target: gold",
        f"target_delimiter: {json.dumps(delimiter)}",
        "num_fewshot: 0",
        "metric_list:",
    ]
    for metric in metrics:
        lines += [f"  - metric: {metric}", "    aggregation: mean", "    higher_is_better: true"]
    return "\n".join([*lines, "metadata:", "  version: 1", ""])


def _notice(instrument: Instrument, ask: Ask, task: str, chat: str, own_use: bool) -> str:
    source, framing = instrument.source, ask.framing
    prompt = f"rendered with the chat template of {chat}" if chat else "plain text, for models without a chat template"
    lines = [
        instrument.title,
        "",
        f"Cite: {source.cite}",
        f"From: {source.where} ({source.version})",
        f"Licence: {source.licence}",
        f"Terms: {source.terms}",
        f"Not for: {instrument.not_for}",
    ]
    if own_use:
        lines.append("These files hold texts or keys that may not be passed on: for your own use only.")
    lines += [
        "",
        f"Prompts: language {framing.language}, wording {framing.wording}, labels {framing.labels}, order "
        f"{framing.order}, {framing.context or 'no worked examples'}; {prompt}.",
        f"Run: lm_eval --include_path . --tasks {task} --model hf --model_args pretrained=MODEL"
        f"{',add_bos_token=False' if chat else ''}",
        "The prompts are complete: run them without --apply_chat_template and without --num_fewshot.",
        "With --log_samples, `tawazun import` brings the answers back with intervals and baselines.",
        "",
    ]
    return "\n".join(lines)
