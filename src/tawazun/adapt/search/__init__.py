"""Search without gradients: optimisers behind ask and tell, equal budgets, checkpoints that resume bit for bit."""

from tawazun.adapt.search.checkpoints import Checkpoint, Owner, keep_checkpoints, latest_checkpoint, resume
from tawazun.adapt.search.loop import history_table, search
from tawazun.adapt.search.optimiser import Optimiser, find_method, make_optimiser, optimiser_names
from tawazun.adapt.search.records import Best, Budget, Found, Generation, Space, box

__all__ = [
    "Best",
    "Budget",
    "Checkpoint",
    "Found",
    "Generation",
    "Optimiser",
    "Owner",
    "Space",
    "box",
    "find_method",
    "history_table",
    "keep_checkpoints",
    "latest_checkpoint",
    "make_optimiser",
    "optimiser_names",
    "resume",
    "search",
]
