"""The engine: tokens in, log-probabilities and replies out. It knows no cell and no instrument."""

from tawazun.engine.chat import MARK, Chat, marked, opened
from tawazun.engine.chatting import load_chat
from tawazun.engine.embedders import load_embedder
from tawazun.engine.embedding import Embedder, embed
from tawazun.engine.generation import generate
from tawazun.engine.gradient import score_with_gradient
from tawazun.engine.loading import load_model
from tawazun.engine.model import LoadedModel, ModelChoice, Position, Standing, filled
from tawazun.engine.scoring import score_continuations, score_next
from tawazun.engine.soft_prompts import SoftPrompt, base_of, mark_of, read_soft_prompt, write_soft_prompt
from tawazun.engine.virtual import VirtualTokens
from tawazun.engine.writing import Sampling, Thoughts, Until

__all__ = [
    "MARK",
    "Chat",
    "Embedder",
    "LoadedModel",
    "ModelChoice",
    "Position",
    "Sampling",
    "SoftPrompt",
    "Standing",
    "Thoughts",
    "Until",
    "VirtualTokens",
    "base_of",
    "embed",
    "filled",
    "generate",
    "load_chat",
    "load_embedder",
    "load_model",
    "mark_of",
    "marked",
    "opened",
    "read_soft_prompt",
    "score_continuations",
    "score_next",
    "score_with_gradient",
    "write_soft_prompt",
]
