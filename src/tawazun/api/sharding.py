"""One study on many machines: each asks its shard, and the shards are joined, measured and shown as one run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tawazun.api.drift import frozen_state, refuse_drift
from tawazun.api.finding import Prepared, find_instruments, instruments_of
from tawazun.api.running import answer_all, inputs_of
from tawazun.api.sides import counted, facts_of, write_sides
from tawazun.cache import Memory
from tawazun.claims.freezing import late_of
from tawazun.data import data_folder
from tawazun.errors import BadFile
from tawazun.estimates import scores_table
from tawazun.interview import Progress
from tawazun.measures import measure_answers
from tawazun.report import page
from tawazun.runs import (
    Joined,
    Run,
    RunFolder,
    Shard,
    ShardRecord,
    join_shards,
    open_run,
    take_joined,
    write_record,
)
from tawazun.runs.own_files import keep_own_files, own_instruments, pass_own_files
from tawazun.runs.usage import read_usage, summed
from tawazun.study import Study, register_own
from tawazun.version import PROMPT_VERSION, RUN_FORMAT, VERSION

VERSIONS = {"tawazun": VERSION, "prompts": str(PROMPT_VERSION), "format": str(RUN_FORMAT)}


def run_shard(
    prepared: Prepared,
    out: str | Path,
    shard: Shard,
    *,
    progress: Progress = lambda count: None,
    memories: Mapping[str, Memory] | None = None,
) -> Run:
    """Ask the cells of one shard into a folder of its own; scores and page come when the shards are joined.

    Errors   as `run`; UserError when the folder holds another shard, or a run that is in no shards
    """
    register_own(prepared.study)
    with RunFolder.hold(out, prepared.study, inputs_of(prepared), shard) as runfolder:
        keep_own_files(runfolder, prepared.study.ask.instruments, prepared.folder)
        write_record(runfolder.path, _record(prepared, shard, out, finished=False))
        answer_all(runfolder, prepared, progress, memories or {})
        write_sides(runfolder, prepared.study, prepared.instruments, prepared.populations)
        write_record(runfolder.path, _record(prepared, shard, out, finished=True))
    return open_run(out)


def _record(prepared: Prepared, shard: Shard, out: str | Path, *, finished: bool) -> ShardRecord:
    facts = facts_of(prepared, read_usage(Path(out)))
    cells = {label: len(plan) for label, plan in prepared.plans.items()}
    return ShardRecord(shard, finished, cells, (*prepared.recorded, *prepared.asked), VERSIONS, facts)


def merge(
    runs: Sequence[str | Path],
    out: str | Path,
    *,
    partial: bool = False,
    folder: Path = Path(),
    data: str | Path | None = None,
) -> Run:
    """Join the shards of a study into one run and measure it: the run that one machine would have made.

    folder   where files that the study names lie; partial: whether shards may be absent, which the manifest then says
    Errors   those of `join_shards`; BadFile when `out` holds a run that did not come from joining
    """
    shards = [open_run(run) for run in runs]
    joined = join_shards(shards, partial=partial)
    study = shards[0].study
    register_own(study)
    own = own_instruments(shards[0], study.ask.instruments, folder)
    instruments = find_instruments(study, folder, data_folder(data), texts=False, own=own)
    whole = next((run for run, record in zip(shards, joined.records, strict=True) if record.finished), None)
    if whole is None:
        raise BadFile("no shard is finished, so nothing says whom the answers are compared with; finish one")
    if study.frozen:
        refuse_drift(study, instruments_of(study, folder, data_folder(data), own=own), whole.humans)
    with RunFolder.hold(out, study, whole.inputs) as runfolder:
        take_joined(runfolder, joined, whole, _frozen(study, shards))
        pass_own_files(runfolder, shards)
        made = open_run(out)
        runfolder.write_scores(scores_table(measure_answers(study, made.answers, made.humans, list(instruments))))
        runfolder.write_report(page(made))
        told = {**_facts(joined), "frozen": frozen_state(study, made.frozen)}
        runfolder.finish({**told, **counted(made)})
    return open_run(out)


def _frozen(study: Study, shards: Sequence[Run]) -> dict[str, object]:
    """What the shards kept of freezing: that of one which began too early, when there is one."""
    late = [run.frozen for run in shards if late_of(study, run.frozen)]
    return late[0] if late else shards[0].frozen


def _of_shard(note: str, shard: str) -> str:
    """A note with its shard, where it tells of one shard's requests and not of how answers came about."""
    return f"shard {shard}, {note}" if note.startswith("last session") else note


def _facts(joined: Joined) -> dict[str, object]:
    """The facts of all shards: notes of a respondent that any of them made, what asking came to, what is absent."""
    facts = dict(joined.records[0].facts)
    respondents = {label: dict(one) for label, one in facts["respondents"].items()}
    for label, one in respondents.items():
        own = {record.shard.text: record.facts["respondents"][label] for record in joined.records}
        notes = [_of_shard(note, shard) for shard, said in own.items() for note in said["notes"]]
        one["notes"] = list(dict.fromkeys(notes))
        # a shard that was given twice asked once
        if total := summed(said.get("usage", {}) for said in own.values()):
            one["usage"] = total
    facts["respondents"] = respondents
    facts["shards"] = {"of": joined.records[0].shard.of, "absent": list(joined.absent), "missing": joined.missing}
    return facts
