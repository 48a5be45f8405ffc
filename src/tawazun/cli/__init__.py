"""The command line. A user's mistake is one line on stderr and exit 2; a failure is one line and exit 1."""

import os
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
    except Exception as error:  # the one place: a bug is a line too, and a traceback where one is asked for
        if os.environ.get("TAWAZUN_DEBUG"):
            raise
        line = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        print(f"tawazun: unexpected failure: {line} (TAWAZUN_DEBUG=1 shows where)", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("tawazun: stopped; the same command goes on where this one left off", file=sys.stderr)
        sys.exit(130)


__all__ = ["main"]
