"""Rows of a data set of the Hugging Face Hub, streamed: nothing is kept on disk and one row is held at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

from tawazun.errors import BadFile, Failure, MissingExtra

PREFIX = "hub:"


def stream_rows(
    name: str, *, config: str = "", split: str = "train", revision: str = ""
) -> Iterator[Mapping[str, Any]]:
    """Rows of `OWNER/NAME`, with or without `hub:` before it.

    Errors   MissingExtra without the library; BadFile for a set, split or revision that is not there, or is gated;
             Failure when the stream breaks off
    """
    try:
        from datasets import load_dataset
    except ImportError as error:
        raise MissingExtra("sets of the Hub need the library datasets: pip install 'tawazun[hub]'") from error
    name = name.removeprefix(PREFIX)
    try:
        rows = iter(load_dataset(name, config or None, split=split, revision=revision or None, streaming=True))
    except (OSError, ValueError) as error:
        raise BadFile(_line(name, error)) from error
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except (OSError, ValueError) as error:
            raise Failure(f"{name}: the stream broke off ({str(error).splitlines()[0][:120]})") from error


def _line(name: str, error: Exception) -> str:
    """One line for a set that cannot be opened."""
    kind = type(error).__name__
    why = {
        "DatasetNotFoundError": "the Hub has no such set, or it is gated: accept its terms there and log in first",
        "GatedRepoError": "the set is gated: accept its terms on the Hub and log in first",
        "ConnectionError": "the Hub cannot be reached; download the set and name its folder",
    }.get(kind, (str(error).splitlines() or [kind])[0][:160])
    return f"hub:{name}: {why}"
