"""The page of a run: one file that opens without a network and says what may be said."""

from tawazun.report.page import page

__all__ = ["page"]
