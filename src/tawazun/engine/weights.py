"""Files of a model folder: which hold the weights, and hashes that name what they hold.

Only safetensors are taken. A pickle can run any code while it is read, so a folder with nothing else is refused.
"""

import json
from functools import cache
from hashlib import blake2b
from pathlib import Path

from tawazun.errors import BadFile, Refused
from tawazun.seeds import digest, digest_of

MODEL = ("model.safetensors.index.json", "model.safetensors")
ADAPTER = ("adapter_model.safetensors.index.json", "adapter_model.safetensors")
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
TOKENIZER_FILES = (
    "added_tokens.json", "merges.txt", "special_tokens_map.json", "spiece.model", "tokenizer.json", "tokenizer.model",
    "vocab.json", "vocab.txt",
)  # fmt: skip
# keys of configuration files that say who wrote a file and not what a model does
NOISE = {"transformers_version", "_name_or_path", "name_or_path", "dtype", "torch_dtype"}


def weight_files(folder: Path, names: tuple[str, str] = MODEL) -> tuple[Path, ...]:
    """The safetensors files that hold a model's (or an adapter's) weights, in the order of their names.

    names    the index and the single file, `MODEL` or `ADAPTER`
    Errors   Refused when there are only pickles; BadFile when there are no weights or a shard is missing
    """
    index, single = names
    if (folder / index).is_file():
        listed = read_json(folder / index).get("weight_map")
        shards = sorted({str(name) for name in listed.values()}) if isinstance(listed, dict) else []
        if not shards:
            raise BadFile(f"{folder / index}: weight_map names no weights file")
        for shard in shards:
            if not (folder / shard).is_file():
                raise BadFile(f"{folder}: the weights file {shard} that {index} names is missing")
        return tuple(folder / shard for shard in shards)
    if (folder / single).is_file():
        return (folder / single,)
    pickles = sorted(file.name for pattern in PICKLES for file in folder.glob(pattern))
    if pickles:
        raise Refused(
            f"{folder}: only pickled weights ({pickles[0]}); weights are read from safetensors alone "
            "because a pickle can run code: convert them first"
        )
    if names == MODEL and (folder / "adapter_config.json").is_file():
        raise BadFile(f"{folder}: this is an adapter; give its base as model and this folder as adapter")
    raise BadFile(f"{folder}: no weights here; expected {single} or {index}")


def read_json(file: Path) -> dict[str, object]:
    """The object in a JSON file. Errors: BadFile."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{file}: cannot be read as JSON") from error
    if not isinstance(value, dict):
        raise BadFile(f"{file}: expected a JSON object")
    return value


def weights_digest(files: tuple[Path, ...]) -> str:
    """BLAKE2b-128 over the contents of weight files; each file is read once per process while it does not change."""
    return digest_of([_file_digest(file, file.stat().st_size, file.stat().st_mtime_ns) for file in files])


@cache
def _file_digest(file: Path, size: int, modified: int) -> str:
    total = blake2b(digest_size=16)
    with file.open("rb") as stream:
        while chunk := stream.read(1 << 22):
            total.update(chunk)
    return total.hexdigest()


def tokenizer_digest(folder: Path) -> str:
    """Hash of everything in a folder that decides how text becomes tokens; the chat template is hashed apart."""
    files = {name: digest(_text(folder / name)) for name in TOKENIZER_FILES if (folder / name).is_file()}
    return digest_of([files, _settings(folder / "tokenizer_config.json", {"chat_template"})])


def config_digest(folder: Path) -> str:
    """Hash of the model's configuration without the keys that only say which library wrote it."""
    return digest_of(_settings(folder / "config.json", set()))


def _settings(file: Path, skip: set[str]) -> dict[str, object]:
    if not file.is_file():
        return {}
    return {key: value for key, value in read_json(file).items() if key not in NOISE | skip}


def _text(file: Path) -> str:
    return file.read_bytes().hex() if file.suffix == ".model" else file.read_text(encoding="utf-8")
