"""Instruments written for other tools."""

from pathlib import Path

from tawazun.api.finding import find_instrument
from tawazun.data import data_folder
from tawazun.instruments.custom import PREFIX
from tawazun.plugins.laying import Levels
from tawazun.plugins.lm_eval import Exported, export


def export_lm_eval(name: str, levels: Levels, out: Path, *, chat: str = "", data: str | Path | None = None) -> Exported:
    """Write a benchmark as a task of lm-evaluation-harness.

    name     a benchmark on offer, or a file of the user's
    chat     a model whose chat template the prompts are rendered with; empty for none
    Errors   those of `plugins.lm_eval.export`; UnknownName, BadFile
    """
    own = f"{PREFIX}{name}" if Path(name).suffix and not name.startswith(PREFIX) else name
    found = find_instrument(own, Path(), data_folder(data))
    if not chat:
        return export(found, levels, out)
    from tawazun.engine import load_chat

    return export(found, levels, out, load_chat(chat).text, chat)
