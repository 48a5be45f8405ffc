"""Printing what other people wrote: names, quotes of cards, tags."""

import typer

# control characters steer a terminal; marks of direction can make a line read otherwise than it is
CONTROL = [*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)]
DIRECTION = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
STEERING = dict.fromkeys([*CONTROL, *DIRECTION], "\N{REPLACEMENT CHARACTER}")


def say(text: str) -> None:
    """Print a line; what would steer the terminal is shown as a replacement character."""
    typer.echo(text.translate(STEERING))
