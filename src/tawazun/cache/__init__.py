"""Answers of earlier runs, kept on this machine: what was asked once is not asked again, whatever run asks for it."""

from tawazun.cache.memory import Item, Memory, open_memory
from tawazun.cache.place import cache_cap, cache_file
from tawazun.cache.store import Kept, Store

__all__ = ["Item", "Kept", "Memory", "Store", "cache_cap", "cache_file", "open_memory"]
