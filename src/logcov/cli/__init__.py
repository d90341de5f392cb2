"""The command line: parse, call, print, exit. No logic lives here."""

import os
import sys
import traceback

from logcov.errors import LogcovError, OutputError

USAGE = 2
CRASH = 1
INTERRUPTED = 130


def main() -> None:
    """Runs the command line and exits: the codes are those of docs/exit-codes.md."""
    from logcov.cli.app import app

    code = CRASH
    try:
        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else USAGE
    except KeyboardInterrupt:
        print("logcov: interrupted", file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`logcov … | head`): there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = CRASH
    except OutputError as error:
        print(f"logcov: {error}", file=sys.stderr)
        code = CRASH
    except LogcovError as error:
        print(f"logcov: {error}", file=sys.stderr)
        code = USAGE
    except Exception:  # noqa: BLE001 - the last place: a bug is told as one, with exit 1
        traceback.print_exc()
        print("logcov: this is a bug; please report it with the lines above.", file=sys.stderr)
        code = CRASH
    leave(code)


def leave(code: int) -> None:
    """Exits at once with the code: workers that still wait for an answer are not waited for."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code) if code == INTERRUPTED else sys.exit(code)
