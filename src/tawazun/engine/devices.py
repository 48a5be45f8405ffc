"""The devices that torch can compute on."""

from dataclasses import dataclass

import torch

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Device:
    """One device.

    device       `cpu`, `cuda:0`, `mps`
    memory_mb    None where torch does not tell
    """

    device: str
    name: str
    memory_mb: int | None = None
    free_mb: int | None = None


def devices() -> tuple[Device, ...]:
    """Every device: the CUDA ones with their memory, Apple's, and the CPU with the threads that torch uses."""
    found = []
    for number in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
        free, total = torch.cuda.mem_get_info(number)
        found.append(Device(f"cuda:{number}", torch.cuda.get_device_name(number), total // MB, free // MB))
    if torch.backends.mps.is_available():
        found.append(Device("mps", "Apple GPU"))
    return (*found, Device("cpu", f"{torch.get_num_threads()} threads"))
