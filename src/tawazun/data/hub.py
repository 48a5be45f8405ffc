"""Local copies of model repositories of the Hugging Face Hub, at one commit.

Only what a model needs is fetched: configuration, tokenizer and the safetensors weights that its index names. Python
files come along only for a model whose remote code was asked for.
"""

import json
import re
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from tawazun.errors import BadFile

HUB_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?$")
TEXTS = ("*.json", "*.jinja", "*.txt", "*.model")


def looks_like_hub_name(name: str) -> bool:
    """Whether a name can be a repository: `owner/name` or `name`, and no path."""
    return bool(HUB_NAME.match(name)) and ".." not in name


def hub_folder(name: str, revision: str = "", *, index: str, single: str, code: bool = False) -> tuple[Path, str]:
    """The local copy of a repository: its folder and the commit it stands for.

    index, single   names of the weights' index and of a single weights file
    Errors          BadFile in one line when the repository, the revision or the network is not there
    """
    texts = [*TEXTS, "*.py"] if code else list(TEXTS)
    folder = _snapshot(name, revision, texts)
    listing = folder / index
    shards = {single}
    if listing.is_file():
        shards = set(json.loads(listing.read_text(encoding="utf-8")).get("weight_map", {}).values())
    return _snapshot(name, folder.name, sorted(shards)), folder.name


def _snapshot(name: str, revision: str, patterns: list[str]) -> Path:
    at = f" at revision {revision!r}" if revision else ""
    try:
        return Path(snapshot_download(name, revision=revision or None, allow_patterns=patterns))
    except GatedRepoError as error:
        raise BadFile(f"model {name!r} is gated: accept its terms on the Hub and log in there first") from error
    except RevisionNotFoundError as error:
        raise BadFile(f"model {name!r} has no revision {revision!r}") from error
    except RepositoryNotFoundError as error:
        raise BadFile(f"model {name!r} is neither a folder here nor a repository of the Hub") from error
    except HfHubHTTPError as error:
        raise BadFile(f"model {name!r}{at}: the Hub answered with an error ({type(error).__name__})") from error
    except OSError as error:
        raise BadFile(
            f"model path missing: {name!r}{at} is no folder here, no local copy of it exists, "
            "and the Hub cannot be reached"
        ) from error
