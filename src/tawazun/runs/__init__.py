"""Run folders: the only room that knows how a run lies on disk."""

from tawazun.runs.folder import Run, RunFolder, open_run
from tawazun.runs.joining import Joined, join_shards, take_joined
from tawazun.runs.shards import POSITION, Shard, ShardRecord, parse_shard, write_record

__all__ = [
    "POSITION",
    "Joined",
    "Run",
    "RunFolder",
    "Shard",
    "ShardRecord",
    "join_shards",
    "open_run",
    "parse_shard",
    "take_joined",
    "write_record",
]
