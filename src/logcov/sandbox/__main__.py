"""`python -m logcov.sandbox`: serves a world until it is interrupted."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from logcov.errors import LogcovError
from logcov.sandbox.here import Here, serve_here

DEFAULT_ROLE = "LogcovReader"


def main() -> int:
    """Prints one line of JSON with the endpoints, then serves.

    With `--with-parent` it ends as soon as its standard input does, and Ctrl-C is left to the parent.
    """
    parser = argparse.ArgumentParser(prog="python -m logcov.sandbox", description=__doc__)
    parser.add_argument("--world", type=Path, help="a world file; the shipped one, if not given")
    parser.add_argument("--without-aws", action="store_true", help="leave AWS out")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    asked = parser.parse_args()
    if asked.with_parent:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        with serve_here(asked.world, with_aws=not asked.without_aws) as here:
            _say(endpoints(here))
            threading.Event().wait()
    except LogcovError as error:
        _say({"error": error.message, "hint": error.hint})
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    return 0


def endpoints(here: Here) -> dict[str, object]:
    """What the line of JSON says."""
    role = here.world.aws.get("role", DEFAULT_ROLE)
    return {"google": here.google, "okta": here.okta, "aws": here.aws, "role": role}


def _say(value: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _end_with_input() -> None:
    """Nothing is kept that would have to be put away: the process may end at once."""
    while os.read(0, 65536):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
