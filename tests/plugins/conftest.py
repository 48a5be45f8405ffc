"""A planted model without its chat template, and lm-evaluation-harness without its index of thousands of tasks."""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tawazun.atlas import model_folder

Scored = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted model as a base model: same weights, no chat template."""
    folder = tmp_path_factory.mktemp("models") / "plain"
    shutil.copytree(model_folder(), folder)
    (folder / "chat_template.jinja").unlink()
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings.pop("chat_template", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


@pytest.fixture(scope="session")
def harness() -> Callable[[Path, Path, str], Scored]:
    """Runs a task of a folder on a model folder; returns its samples by item."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lm_eval import simple_evaluate
        from lm_eval.models.huggingface import HFLM
        from lm_eval.tasks import TaskManager

    def run(folder: Path, model: Path, task: str) -> Scored:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lm = HFLM(pretrained=str(model), device="cpu", batch_size=16, dtype="float32")
            manager = TaskManager(include_path=str(folder), include_defaults=False)
            done = simple_evaluate(lm, tasks=[task], task_manager=manager, bootstrap_iters=0, verbosity="ERROR")
        return {sample["doc"]["id"]: sample for sample in done["samples"][task]}

    return run
