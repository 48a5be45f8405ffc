"""Checks of a benchmark, one file each."""
