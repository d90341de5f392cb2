"""The sandbox in a child process that ends with its parent."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from logcov.errors import SandboxError
from logcov.sandbox.configuration import config_text, policies

READY_WITHIN = 90.0
"""Seconds that the child may take until it serves; most of them go into starting AWS."""

_ENDS_WITHIN = 5.0


class Running:
    """A sandbox that a child process serves. A context manager that stops it.

    Attributes:
        google, aws: endpoints; `aws` is empty if AWS is not served.
        okta: the endpoint of the main Okta org.
        okta_orgs: host of each Okta org → its endpoint.
        policies: absolute paths of the policies that go with the world; the first lives as long as the sandbox.
        config: the text of a `logcov.yaml` that points at all of it.
    """

    def __init__(
        self, child: subprocess.Popen[bytes], ready: dict[str, Any], folder: Path, owned: Any
    ) -> None:
        self._child = child
        self._owned = owned
        self.google: str = ready["google"]
        self.aws: str = ready["aws"]
        self.okta_orgs: dict[str, str] = ready["okta"]
        self.okta: str = next(iter(self.okta_orgs.values()), "")
        self.policies = policies(folder)
        self.config = config_text(
            google=self.google, okta=self.okta_orgs, aws=self.aws, role=ready["role"], policies=self.policies
        )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def alive(self) -> bool:
        """Whether the child still serves."""
        return self._child.poll() is None

    def stop(self) -> None:
        """Ends the child process. May be called again."""
        _end(self._child)
        if self._owned is not None:
            self._owned.cleanup()
            self._owned = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(world: Path | None = None, *, folder: Path | None = None, with_aws: bool = True) -> Running:
    """Serves a world from a child process, and returns once it answers.

    The child ends when `stop` is called, and when this process ends in whatever way: it watches its standard input.

    Args:
        world: a world file; the shipped one, if None.
        folder: where the policies with moved dates are written; a temporary one that `stop` removes, if None.
        with_aws: serves AWS, too.

    Raises:
        SandboxError: it could not be started; says why, and what to do.
    """
    command = [sys.executable, "-m", "logcov.sandbox", "--with-parent"]
    if world is not None:
        command += ["--world", str(world.absolute())]
    if not with_aws:
        command.append("--without-aws")
    # `-m` would look for modules in the working directory first: the sandbox must start in any folder.
    environment = {**os.environ, "PYTHONSAFEPATH": "1"}
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, env=environment
        )
        try:
            ready = _ready(child, complaints)
        except BaseException:
            _end(child)
            raise
    owned = None if folder else tempfile.TemporaryDirectory(prefix="logcov-sandbox-")
    try:
        return Running(child, ready, folder or Path(owned.name if owned else ""), owned)
    except BaseException:
        _end(child)
        if owned:
            owned.cleanup()
        raise


def _ready(child: subprocess.Popen[bytes], complaints: IO[bytes]) -> dict[str, Any]:
    """The child's first line: its endpoints, or what went wrong."""
    assert child.stdout is not None
    line = _first_line(child.stdout, READY_WITHIN)
    try:
        told: dict[str, Any] = json.loads(line)
    except ValueError as error:
        complaints.seek(0)
        last = complaints.read().decode("utf-8", "replace").strip()[-2000:]
        waited = "" if line or child.poll() is not None else f" within {READY_WITHIN:.0f} seconds"
        raise SandboxError(f"the sandbox did not start{waited}", last) from error
    if "error" in told:
        raise SandboxError(told["error"], told["hint"])
    return told


def _first_line(stream: IO[bytes], seconds: float) -> bytes:
    """What the stream gives up to its first line end, within so many seconds; nothing, if it takes longer."""
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(stream.readline()), daemon=True)
    reader.start()
    reader.join(seconds)
    return found[0] if found else b""


def _end(child: subprocess.Popen[bytes]) -> None:
    """Lets the child end by itself, then ends it. Its output is closed last: somebody may still wait for a line."""
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.close()
    try:
        child.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()
