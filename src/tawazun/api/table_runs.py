"""The runs behind the honest table: asked once, taken up after a kill, asked anew where `[table]` asks otherwise."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tawazun.adapt.ground import Ground
from tawazun.adapt.prompted import Prompted, Tuned
from tawazun.adapt.table_arms import Arm, contents
from tawazun.adapt.table_studies import Block
from tawazun.api.finding import prepare as prepare_study
from tawazun.api.running import run_prepared
from tawazun.engine.eight_bits import INT8
from tawazun.engine.soft_prompts import is_soft_prompt
from tawazun.errors import StudyChanged
from tawazun.instruments import Instrument
from tawazun.respondents import Recorded, Respondent, Settings, make_respondent
from tawazun.respondents.steered import find_steering, steered
from tawazun.runs import Run, open_run
from tawazun.runs.writing import write_text
from tawazun.seeds import digest_bytes, digest_of

KEYS = ".table.json"


@dataclass
class TableRuns:
    """The runs of a table under an adaptation's folder.

    out    the adaptation's folder; base: where the recipe's relative paths start
    keys   "PLACE/BLOCK" -> hash of everything that its run depends on, as kept in `.table.json`
    used   those of this table; what else is there belongs to an earlier one
    """

    ground: Ground
    out: Path
    base: Path
    data: Path | None
    remote_code: bool
    keys: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    made: dict[str, Respondent | Recorded] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read what an earlier call kept; what cannot be read is as nothing."""
        try:
            found = json.loads((self.out / KEYS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if isinstance(found, dict):
            self.keys = found

    def asked(self, code: str, block: Block, arms: list[Arm], instruments: list[Instrument]) -> Run:
        """The run of a block of a place: read where it is whole and of the same arms and study, else asked."""
        assert block.study is not None
        name, path = f"{code}/{block.name}", self.out / "table" / code / block.name
        key = key_of(block, arms, instruments, self.base)
        self.used.add(name)
        if self.keys.get(name) == key and (path / "manifest.json").is_file():
            return open_run(path)
        prepared = prepare_study(
            block.study, folder=self.base, data=self.data, remote_code=self.remote_code, make=self._make
        )  # fmt: skip
        try:
            run = run_prepared(prepared, path)
        except StudyChanged:  # the answers are of another table
            shutil.rmtree(path)
            run = run_prepared(prepared, path)
        self._keep({**self.keys, name: key})
        return run

    def let_go(self) -> None:
        """Take the adapters of a target off the model."""
        for one in self.made.values():
            if isinstance(one, Prompted):
                one.close()
        self.made.clear()

    def sweep(self) -> None:
        """Delete runs of an earlier table that this one does not have."""
        for name in sorted(self.keys.keys() - self.used):
            shutil.rmtree(self.out / "table" / name, ignore_errors=True)
        self._keep({name: key for name, key in self.keys.items() if name in self.used})

    def _make(self, settings: Settings) -> Respondent | Recorded:
        if settings.name not in self.made:
            self.made[settings.name] = respondent_on(self.ground, settings)
        return self.made[settings.name]

    def _keep(self, keys: dict[str, str]) -> None:
        self.keys = keys
        write_text(self.out / KEYS, json.dumps(keys, sort_keys=True, indent=1) + "\n")


def key_of(block: Block, arms: list[Arm], instruments: list[Instrument], base: Path) -> str:
    """Hash of a block's study, of what its arms' adapters and the user's files of people hold, and of the instruments'
    versions; `base`: where relative paths start.
    """
    assert block.study is not None
    study: dict[str, Any] = block.study.model_dump(mode="json", exclude={"name"})
    people = {one.file: digest_bytes((base / one.file).read_bytes()) for one in block.study.population}
    return digest_of([study, contents(arms), {one.name: one.source.version for one in instruments}, people])


def respondent_on(ground: Ground, settings: Settings) -> Respondent | Recorded:
    """The respondent of some settings on the model that is loaded already, wherever its weights are the same."""
    if folder := find_steering(settings):
        return steered(ground.respondent, folder, settings)
    if not settings.adapter:
        return ground.respondent
    folder = settings.folder / settings.adapter
    if is_soft_prompt(folder):
        return Prompted(ground.respondent, folder)
    if settings.dtype == INT8:  # an adapter goes on before weights are rounded
        return make_respondent(settings)
    return Tuned(ground.respondent, folder)
