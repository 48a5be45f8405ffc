"""Run folders: the only room that knows how a run lies on disk."""

from tawazun.runs.folder import Run, RunFolder, open_run

__all__ = ["Run", "RunFolder", "open_run"]
