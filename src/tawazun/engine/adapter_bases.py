"""Which base a weight adapter was trained on, where it says so: on another one its numbers mean nothing."""

from collections.abc import Mapping
from pathlib import Path

from tawazun.engine.weights import read_json
from tawazun.errors import Refused

BASE_FACTS = ("weights", "config")
BASE_FILE = "base.json"  # beside the adapter's weights, written by `tawazun adapt`


def refuse_other_base(adapter: Path, facts: Mapping[str, str]) -> None:
    """Refuse an adapter of ours that was trained on another base; others say nothing of theirs.

    facts    `weights` and `config` of the base that is given, as a respondent's identity has them
    Errors   Refused; BadFile for a broken record
    """
    file = adapter / BASE_FILE
    if not file.is_file():
        return
    own = read_json(file)
    if any(own.get(key, facts[key]) != facts[key] for key in BASE_FACTS):
        raise Refused(
            f"adapter {adapter.name} of {adapter.parent.name or adapter}: it was trained on another base "
            f"(weights {str(own.get('weights'))[:8]}, this model has {facts['weights'][:8]}); give the base that its "
            "lineage.json names"
        )
