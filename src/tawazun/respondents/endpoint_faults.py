"""What can go wrong with one request, and what follows from it."""

from dataclasses import dataclass


@dataclass
class Halt:
    """Why nothing more is asked; empty while all is well."""

    why: str = ""


class Malformed(ValueError):
    """A reply that is not what was asked for; asking again may help."""


class NoLogprobs(Malformed):
    """A good reply that came without the log-probabilities that were asked for."""


class CellFailed(Exception):
    """There is no answer to one cell; its text is the reason that is kept."""


class Stopped(Exception):
    """No further request makes sense: a wrong key, no such model, a read-out that the server does not have."""
