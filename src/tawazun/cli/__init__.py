"""The command line. A user's mistake is one line on stderr and exit 2; a failure is one line and exit 1."""

import sys

from tawazun.cli.commands import app
from tawazun.errors import TawazunError


def main() -> None:
    """Run the command line and exit."""
    try:
        app()
    except TawazunError as error:
        print(f"tawazun: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("tawazun: stopped; the same command goes on where this one left off", file=sys.stderr)
        sys.exit(130)


__all__ = ["main"]
