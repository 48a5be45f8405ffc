"""The engine: tokens in, log-probabilities and replies out. It knows no cell and no instrument."""

from tawazun.engine.chat import Chat
from tawazun.engine.chatting import load_chat
from tawazun.engine.generation import Sampling, generate
from tawazun.engine.loading import load_model
from tawazun.engine.model import LoadedModel, ModelChoice
from tawazun.engine.scoring import score_continuations, score_next

__all__ = [
    "Chat",
    "LoadedModel",
    "ModelChoice",
    "Sampling",
    "generate",
    "load_chat",
    "load_model",
    "score_continuations",
    "score_next",
]
