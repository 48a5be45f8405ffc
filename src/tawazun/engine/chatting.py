"""The chat layout of a model without its weights in memory: for tools that do the scoring themselves."""

from tawazun.atlas import model_folder
from tawazun.engine.chat import Chat
from tawazun.engine.loading import resolve, tokenizer_of
from tawazun.engine.model import ModelChoice
from tawazun.engine.weights import MODEL

PLANTED = "planted"


def load_chat(model: str, revision: str = "") -> Chat:
    """The layout of a folder, a Hub repository, or the shipped `planted` model. Errors: BadFile, Refused."""
    path = str(model_folder()) if model == PLANTED else model
    folder, _ = resolve(path, revision, MODEL)
    return Chat(tokenizer_of(folder, ModelChoice(path=path, revision=revision)))
