"""The command line: parse, call, print, exit. No logic lives here."""

import contextlib
import errno
import gc
import os
import sys
import threading
import traceback
from collections.abc import Sequence

from logcov.errors import LogcovError, OutputError

USAGE = 2
CRASH = 1
INTERRUPTED = 130

RARELY = (50_000, 20, 20)
"""How many new objects Python waits for before it looks for garbage, and how often among older ones."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""How a disk says that it takes no more."""


def main() -> None:
    """Runs the command line and exits: the codes are those of docs/exit-codes.md."""
    _prepare_output()
    # Almost all that is made here is kept to the end: looking for garbage all the time costs a third of the time.
    gc.set_threshold(*RARELY)
    try:
        code = run()
    except KeyboardInterrupt:  # a second one, while the first was being told
        code = INTERRUPTED
    leave(code)


def _prepare_output() -> None:
    """Makes printing safe: with standard output closed (`>&-`), and for what the terminal cannot show."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as we do
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives its exit code. `arguments`: without the program's name; by default, our own."""
    try:
        from logcov.cli.app import app

        app(None if arguments is None else list(arguments), prog_name="logcov")
    except SystemExit as end:
        if isinstance(end.__context__ and end.__context__.__cause__, KeyboardInterrupt):
            _tell("interrupted")
        return end.code if isinstance(end.code, int) else USAGE
    except KeyboardInterrupt:
        _tell("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return CRASH
    except OutputError as error:
        _tell(str(error))
        return CRASH
    except LogcovError as error:
        _tell(str(error))
        return USAGE
    except OSError as error:
        if error.errno not in FULL:
            return _bug()
        _tell(f"output cannot be written: {error.strerror}")
        return CRASH
    except Exception:  # noqa: BLE001 - the last place: a bug is told as one, with exit 1
        return _bug()
    return 0


def _bug() -> int:
    with contextlib.suppress(OSError):
        traceback.print_exc()
    _tell("this is a bug; please report it with the lines above.")
    return CRASH


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be left to be told
        print(f"logcov: {message}", file=sys.stderr)


def leave(code: int) -> None:
    """Exits with the code. Workers that still wait for an answer (after Ctrl-C, or a bug) are not waited for."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            # Whoever read our output has gone (`logcov … | head`), or the disk is full: the rest is dropped, or
            # the interpreter would try again when it ends, and complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                _tell(f"output cannot be written: {error.strerror or error}")
            code = code if code in {USAGE, INTERRUPTED} else CRASH
    others = [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    if others or code == INTERRUPTED:
        os._exit(code)
    sys.exit(code)
