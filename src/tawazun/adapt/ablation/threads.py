"""How many threads torch computes with: sums are added up thread by thread, so other threads are other last bits."""

import torch


def threads() -> int:
    """Threads of this process."""
    return int(torch.get_num_threads())


def compute_with(count: int) -> None:
    """Compute with so many threads."""
    torch.set_num_threads(count)
