"""Running the command line: in this process, or as the process of its own that a person starts."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

POLICY = """\
version: 1
name: okta
title: Okta
destinations:
  siem:
    at: ["okta:splunk-cloud/acme.splunkcloud.com"]
    attested:
      facts: {retain: 400d, searchable: 90d}
      by: siem-owner@acme.example
      from: 2020-01-01
      expires: 2099-01-01
      evidence: SEC-12
require:
  - {id: in-siem, title: The System Log is in the SIEM, logs: okta.system_log, reach: siem, severity: high}
"""
"""Acme's main Okta org meets it, its preview org does not."""

MET = """\
version: 1
name: met
title: Met
require:
  - {id: at-hand, title: The System Log can be searched, logs: okta.system_log, reach: "*", searchable: 90d}
"""

DENIED = '[{"fault": "denied", "provider": "okta", "operation": "*logStreams*", "place": "%s"}]'


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


def environment(**more: str) -> dict[str, str]:
    """The environment without credentials, colours, and a terminal's size."""
    unwanted = ("AWS_", "GOOGLE_", "OKTA_", "CLOUDSDK_", "GCE_", "NO_COLOR", "FORCE_COLOR", "COLUMNS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "NO_GCE_CHECK": "true", **more}


MAIN = "from logcov.cli import main; main()"
"""What the installed `logcov` does."""

LISTENING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
"""Ctrl-C is switched off for a shell's background jobs, and whoever they start."""


def process(
    *arguments: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    script: str = MAIN,
    timeout: float = 120,
) -> Ran:
    """Runs logcov as a process of its own, to its end. `script`: Python that starts it."""
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        input=stdin.encode(),
        capture_output=True,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def started(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None, **more: object
) -> subprocess.Popen[str]:
    """Starts logcov as a process of its own, which Ctrl-C can reach."""
    options: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", LISTENING + MAIN, *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        stdin=subprocess.DEVNULL,
        text=True,
        **options,
    )


def marked(mark: str) -> list[int]:
    """The running processes with this value somewhere in their environment."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it ended just now, or belongs to somebody else
            if mark.encode() in environ.read_bytes():
                found.append(int(environ.parent.name))
    return found


def inject(endpoint: str, faults: str) -> None:
    """Has a served sandbox fail in these ways from now on; `[]` for none."""
    request = Request(f"{endpoint}/_sandbox/faults", data=faults.encode(), method="POST")
    with urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def written(folder: Path, name: str, text: str) -> Path:
    """Writes a file, and gives its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
