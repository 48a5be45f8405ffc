"""Trials of a search over prompts, kept so that a search that was killed asks nothing twice."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from tawazun.adapt.prompts import Trial
from tawazun.errors import BadFile, StudyChanged, WriteFailed

VERSION = 1


def keep_trials(file: Path, owner: str, trials: Sequence[Trial]) -> None:
    """Write what was tried so far, at once or not at all.

    owner    digest of everything that makes this search the search it is: asks, objective, respondent, seed
    Errors   WriteFailed
    """
    table = {"version": VERSION, "owner": owner, "trials": [asdict(one) for one in trials]}
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(json.dumps(table, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        part.replace(file)
    except OSError as error:
        raise WriteFailed(f"{file}: cannot be written ({error.strerror})") from None


def read_trials(file: Path, owner: str) -> Mapping[str, Trial]:
    """digest -> trial of a search's file; empty where there is none yet.

    Errors   StudyChanged for the file of another search, BadFile for one that is none
    """
    if not file.exists():
        return {}
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
        if table["version"] != VERSION:
            raise BadFile(f"{file}: trials of version {VERSION} are read, not {table['version']!r}")
        found = [Trial(**one) for one in table["trials"]]
        whose = str(table["owner"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFile(f"{file}: no trials of a search ({error})") from None
    if whose != owner:
        raise StudyChanged(f"{file}: trials of another search (asks, objective, respondent or seed differ)")
    return {one.digest: one for one in found}
