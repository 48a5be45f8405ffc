"""Tiny random models, saved once per session."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tawazun.engine import LoadedModel, ModelChoice, load_model
from tests import tiny_models

# plain, absolute positions, plain, sliding, sliding and full in turns (twice), convolution and attention, both in each
# layer, recurrent only
KINDS = ("llama", "gpt2", "qwen", "mistral", "gemma", "gemma3", "lfm2", "falcon_h1", "mamba")


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder of a kind of model, made when it is first asked for."""
    root = tmp_path_factory.mktemp("models")

    def folder(kind: str) -> Path:
        return root / kind if (root / kind).is_dir() else tiny_models.save(root / kind, kind)

    return folder


@pytest.fixture(params=KINDS)
def model(request: pytest.FixtureRequest, folders: Callable[[str], Path]) -> LoadedModel:
    return load_model(ModelChoice(str(folders(request.param))))


@pytest.fixture
def llama(folders: Callable[[str], Path]) -> LoadedModel:
    return load_model(ModelChoice(str(folders("llama"))))


@pytest.fixture(scope="session")
def llama_of_session(folders: Callable[[str], Path]) -> LoadedModel:
    """For tests that leave the model as it is."""
    return load_model(ModelChoice(str(folders("llama"))))
